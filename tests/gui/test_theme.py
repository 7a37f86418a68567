"""Colours can be read, follow the system, and stand in one file only."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QIcon, QImage, QStyleHints
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QCompleter, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

import workbench.gui
from workbench.core.shipped import shipped_folder
from workbench.gui.style import tokens
from workbench.gui.style.memory_files import add_memory_files
from workbench.gui.style.resources import font_paths, icon_path
from workbench.gui.style.theme import SHIPPED, Theme, interface_font
from workbench.gui.style.tokens import DARK, LIGHT, Colors
from workbench.gui.widgets import Chip, PopupWindow, column
from workbench.gui.widgets.menu import Menu

SURFACES = ("ground", "panel", "raised", "hover", "accent_wash", "canvas")
WORDS = ("ink", "soft", "accent_text", "ok_text", "warn_text", "bad_text")
MARKS = ("accent", "ok", "warn", "bad")


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours as WCAG 2.1 defines it, 1 to 21."""

    def luminance(text: str) -> float:
        color = QColor(text)
        parts = [channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
                 for channel in (color.redF(), color.greenF(), color.blueF())]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_words_can_be_read_on_every_surface(colors: Colors) -> None:
    pairs = [*itertools.product(WORDS, SURFACES), ("accent_ink", "accent"),
             ("accent_ink", "accent_hover"), ("bad_ink", "bad")]
    poor = {(word, surface): round(contrast(getattr(colors, word), getattr(colors, surface)), 2)
            for word, surface in pairs
            if contrast(getattr(colors, word), getattr(colors, surface)) < 4.5}
    assert not poor


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_marks_stand_out_from_panels(colors: Colors) -> None:
    for mark, surface in itertools.product(MARKS, ("ground", "panel")):
        assert contrast(getattr(colors, mark), getattr(colors, surface)) >= 3, (mark, surface)


def test_class_colours_are_all_different() -> None:
    assert len(set(tokens.CLASS_COLORS)) == len(tokens.CLASS_COLORS)
    faint = [np.mean([lab_of(0.4 * rgb_of(color) + 0.6 * ground) for ground in (0.2, 0.5, 0.8)], 0)
             for color in tokens.CLASS_COLORS]
    alike = [(one, other) for one, other in itertools.combinations(range(len(faint)), 2)
             if np.linalg.norm(faint[one] - faint[other]) < 13]
    assert not alike, "fills of areas over pictures"


def rgb_of(color: str) -> np.ndarray:
    return np.array([int(color[at:at + 2], 16) / 255 for at in (1, 3, 5)])


def lab_of(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of sRGB."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722],
                    [0.0193, 0.1192, 0.9505]]) @ linear / (0.9505, 1.0, 1.089)
    x, y, z = np.cbrt(xyz)  # none of these is near black
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_no_other_file_names_a_colour() -> None:
    folder = Path(workbench.gui.__file__).parent
    named = re.compile(r"""["'(\s]#[0-9a-fA-F]{6}\b|\bQColor\(\s*\d""")
    found = {str(path.relative_to(folder)): line.strip()
             for path in folder.rglob("*.py") if path.name != "tokens.py"
             for line in path.read_text(encoding="utf-8").splitlines()
             if named.search(line) and not line.lstrip().startswith(("#", '"""'))}
    assert not found


def test_theme_follows_the_system(qapp: QApplication, qtbot: QtBot) -> None:
    hints = qapp.styleHints()
    theme = Theme("system")
    theme.apply(qapp)
    hints.colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert theme.colors is LIGHT
    with qtbot.waitSignal(theme.changed):
        hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert theme.colors is DARK
    assert qapp.palette().window().color().name() == DARK.ground
    assert DARK.panel in qapp.styleSheet()
    theme.set_mode("light")
    assert theme.colors is LIGHT
    with qtbot.assertNotEmitted(theme.changed):
        hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)  # a person's choice goes first
    qapp.setStyleSheet("")


def test_frames_of_windows_are_light_or_dark_with_the_theme(
        qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(QStyleHints, "setColorScheme", lambda hints, scheme: asked.append(scheme))
    monkeypatch.setattr(QStyleHints, "unsetColorScheme", lambda hints: asked.append("the system's"))
    theme = Theme("system")
    theme.apply(qapp)
    assert not asked
    for mode in ("dark", "light", "system"):
        theme.set_mode(mode)
    assert asked == [Qt.ColorScheme.Dark, Qt.ColorScheme.Light, "the system's"]
    Theme("dark").apply(qapp)
    assert asked[-1] == Qt.ColorScheme.Dark
    qapp.setStyleSheet("")


def test_what_was_asked_for_here_is_not_the_systems_choice(qapp: QApplication) -> None:
    hints = qapp.styleHints()
    theme = Theme("dark")
    theme.apply(qapp)
    hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)  # as Windows and macOS answer it
    theme.set_mode("system")
    assert theme.colors is LIGHT
    qapp.setStyleSheet("")


def test_icons_take_the_colour_they_are_asked_for(qapp: QApplication) -> None:
    theme = Theme("light")
    picture = theme.pixmap("stop", "bad", 24).toImage()
    middle = picture.pixelColor(picture.width() // 2, picture.height() // 2)
    assert middle.name() == LIGHT.bad
    assert picture.pixelColor(0, 0).alpha() == 0


def test_a_disabled_icon_is_pale(qapp: QApplication) -> None:
    icon = Theme("light").icon("stop", "ink")
    image = icon.pixmap(QSize(22, 22), 1.0, QIcon.Mode.Disabled).toImage()
    assert image.pixelColor(11, 11).name() == LIGHT.faint


def test_an_icon_that_does_not_exist_is_named(qapp: QApplication) -> None:
    with pytest.raises(KeyError, match="unicorn"):
        Theme("light").icon("unicorn")


@pytest.mark.parametrize("path", sorted((shipped_folder("resources") / "icons").glob("*.svg")),
                         ids=lambda path: path.stem)
def test_every_icon_is_drawn_in_the_palette_colour_alone(qapp: QApplication, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert QSvgRenderer(str(path)).isValid()
    assert set(re.findall(r'(?:stroke|fill)="([^"]+)"', text)) <= {"none", "currentColor"}
    assert icon_path(path.stem) == path


def test_figures_are_tabular(qapp: QApplication) -> None:
    assert interface_font().featureValue(QFont.Tag("tnum")) == 1
    assert interface_font().pixelSize() == tokens.FONT_BODY


def test_tabular_figures_survive_the_style_sheet(qapp: QApplication, qtbot: QtBot) -> None:
    theme = Theme("light")
    theme.apply(qapp)
    metric = QLabel("1")
    qtbot.addWidget(metric)
    metric.setProperty("role", "metric")
    metric.ensurePolished()
    assert metric.font().pixelSize() == tokens.FONT_METRIC
    widths = {metric.fontMetrics().horizontalAdvance(digit) for digit in "0123456789"}
    assert len(widths) == 1
    qapp.setStyleSheet("")


def test_memory_files_are_found_by_name(qapp: QApplication) -> None:
    square = QImage(2, 2, QImage.Format.Format_RGB32)
    square.fill(QColor(tokens.LIGHT.bad))
    names = [f"file {number}.svg" for number in range(20)]
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{0}"/>'
    add_memory_files("trial", {name: svg.format(at + 1).encode() for at, name in enumerate(names)})
    sizes = [QSvgRenderer(f":/trial/{name}").defaultSize().width() for name in names]
    assert sizes == list(range(1, 21))


def test_completions_can_be_read_in_both_themes(qapp: QApplication, qtbot: QtBot) -> None:
    for theme in (Theme("light"), Theme("dark")):
        theme.apply(qapp)
        field = QLineEdit()
        completer = QCompleter(["alpha", "alps"], field)  # goes, with its list, as the field does
        qtbot.addWidget(field)
        field.setCompleter(completer)
        field.show()
        completer.setCompletionPrefix("al")
        completer.complete()
        popup = completer.popup()
        image = popup.grab().toImage()
        ground = image.pixelColor(popup.width() - 8, popup.height() - 8).name()
        assert contrast(theme.colors.ink, ground) >= 4.5
        popup.hide()
    qapp.setStyleSheet("")


def test_where_the_system_has_no_interface_font_the_shipped_one_is_used(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [path.name for path in font_paths()] == [
        f"Inter-{weight}.otf" for weight in ("Bold", "Medium", "Regular", "SemiBold")]
    assert (font_paths()[0].parent / "OFL.txt").is_file()
    assert sum(path.stat().st_size for path in font_paths()) < 500_000
    for family in ("Sans Serif", "DejaVu Sans"):
        monkeypatch.setattr(QFontDatabase, "systemFont", lambda _, family=family: QFont(family))
        assert QFontInfo(interface_font()).family() == SHIPPED
    monkeypatch.setattr(QFontDatabase, "systemFont", lambda _: QFont("Segoe UI"))
    assert interface_font().family() == "Segoe UI", "a font of the system's own stays"


def test_what_is_behind_a_menu_or_a_popup_shows_at_its_corners(
        qapp: QApplication, qtbot: QtBot) -> None:
    theme = Theme(mode="light")
    theme.apply(qapp)
    menu, popup = Menu(), PopupWindow()
    menu.addAction("Open")
    popup.setLayout(column(Chip("open")))
    for window in (menu, popup):
        qtbot.addWidget(window)
        window.ensurePolished()
        window.resize(window.sizeHint())
        picture = window.grab().toImage()
        assert picture.pixelColor(0, 0).alpha() == 0
        assert picture.pixelColor(window.width() // 2, 4).name() == theme.colors.panel
    qapp.setStyleSheet("")
