"""Light and dark: the palette, the style sheet and the icons, all made from the tokens."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from PySide6.QtCore import QByteArray, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QImage, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from workbench.gui.style import tokens
from workbench.gui.style.memory_files import add_memory_files
from workbench.gui.style.resources import font_paths, icon_path
from workbench.gui.style.stylesheet import pixels, style_sheet
from workbench.gui.style.tokens import DARK, LIGHT, Colors

Mode = Literal["system", "light", "dark"]

FUSION = "has_fusion"
"""Property of an application that was started with the style that the theme dresses."""
_GENERIC_FAMILIES = {"", "Sans Serif", "sans-serif", "Sans"}
_PLAIN_FAMILIES = {"DejaVu Sans", "Bitstream Vera Sans", "Liberation Sans", "FreeSans"}
"""What a desktop without an interface font of its own falls back to."""
SHIPPED = "Inter"
_FAMILIES = (SHIPPED, "Noto Sans", "Cantarell", "Ubuntu", "DejaVu Sans")
"""Asked for, in this order, where the desktop names no interface font of its own."""

_MARKS = (("chevron-down", "soft"), ("chevron-up", "soft"), ("check", "accent_ink"),
          ("dot", "accent_ink"))


class Theme(QObject):
    """The colours in use, and everything that is made from them.

    Parameters
    ----------
    mode
        ``"system"`` follows the desktop's light or dark; the others stay.
    """

    changed = Signal()
    """The colours are other ones now: icons and own painting must be made again."""

    def __init__(self, mode: Mode = "system") -> None:
        super().__init__()
        self.mode: Mode = mode
        self._app: QApplication | None = None
        self._icons: dict[tuple[str, str], QIcon] = {}
        app = QApplication.instance()
        system = app.styleHints().colorScheme() if isinstance(app, QApplication) else None
        self._system_dark = system == Qt.ColorScheme.Dark
        self.dark = False
        self.colors: Colors = LIGHT
        self._choose()
        global _current
        _current = self

    def set_mode(self, mode: Mode) -> None:
        """Follow the system, or stay light or dark."""
        if mode == self.mode:
            return
        self.mode = mode
        self._match_frames()
        self._refresh()

    def apply(self, app: QApplication) -> None:
        """Give ``app`` the fonts, the palette and the style sheet, now and at every change."""
        self._app = app
        if not app.property(FUSION):
            app.setStyle("Fusion")
        app.setFont(interface_font())
        app.styleHints().colorSchemeChanged.connect(self._system_changed)
        if self.mode != "system":
            self._match_frames()
        self._dress()

    def color(self, name: str) -> QColor:
        """The colour with a token's name ("accent"), or any colour Qt understands ("#ff0000")."""
        return QColor(getattr(self.colors, name, name))

    def icon(self, name: str, color: str | None = None, *, gap: bool = False) -> QIcon:
        """The icon ``resources/icons/NAME.svg`` in a token's colour (``soft`` where none is given).

        With a ``gap`` it is :data:`tokens.ICON_GAP` times as wide, empty at the right: Qt lets one
        choose no distance between the icon and the words of a button.

        Raises
        ------
        KeyError
            If there is no such icon.
        """
        token = color or "soft"
        key = f"{name} gap" if gap else name
        icon = self._icons.get((key, token))
        if icon is None:
            wide = tokens.ICON_GAP if gap else 1.0
            # Qt makes it smaller
            icon = QIcon(self.pixmap(name, token, tokens.ICON_LARGE, wide=wide))
            icon.addPixmap(self.pixmap(name, token, tokens.ICON_LARGE, wide=wide, tint="faint"),
                           QIcon.Mode.Disabled)
            self._icons[(key, token)] = icon
        return icon

    def pixmap(self, name: str, color: str = "soft", side: int = tokens.ICON, *,
               wide: float = 1.0, tint: str = "") -> QPixmap:
        """One picture of an icon, ``side`` logical pixels wide and sharp on this screen; ``wide``
        adds room at its right, and a ``tint`` is the one colour of all of it."""
        ratio = self._app.devicePixelRatio() if self._app is not None else 1.0
        # one step sharper than the screen, so that another screen or a smaller size stays crisp
        ratio = max(2.0, ratio)
        picture = QPixmap.fromImage(_drawn(self._tinted(name, color), round(side * ratio), wide,
                                           self.color(tint).name() if tint else ""))
        picture.setDevicePixelRatio(ratio)
        return picture

    def _tinted(self, name: str, color: str) -> bytes:
        return _source(name).replace(b"currentColor", self.color(color).name().encode())

    def _choose(self) -> None:
        self.dark = self._system_dark if self.mode == "system" else self.mode == "dark"
        self.colors = DARK if self.dark else LIGHT

    def _match_frames(self) -> None:
        """Have what the system draws, as the frames of windows and its own dialogs, be light or
        dark, too."""
        if self._app is None:
            return
        hints = self._app.styleHints()
        if self.mode == "system":
            hints.unsetColorScheme()
            self._system_dark = hints.colorScheme() == Qt.ColorScheme.Dark
        else:
            hints.setColorScheme(Qt.ColorScheme.Dark if self.mode == "dark"
                                 else Qt.ColorScheme.Light)

    def _system_changed(self, scheme: Qt.ColorScheme) -> None:
        if self.mode == "system":  # else it is what was asked for here
            self._system_dark = scheme == Qt.ColorScheme.Dark
            self._refresh()

    def _refresh(self) -> None:
        before = self.colors
        self._choose()
        if self.colors is before:
            return
        self._icons.clear()
        if self._app is not None:
            self._dress()
        self.changed.emit()

    def _dress(self) -> None:
        assert self._app is not None
        self._app.setPalette(_palette(self.colors))
        sheet = style_sheet(self.colors, self._marks())
        if sheet != self._app.styleSheet():  # the same one would be read and applied again
            self._app.setStyleSheet(sheet)

    def _marks(self) -> dict[str, str]:
        """Paths of the marks that a style sheet can only take from a file, in these colours."""
        kind = "dark" if self.dark else "light"
        folder = f"workbench-marks-{kind}"
        if kind not in _marked:
            add_memory_files(folder, {f"{name}.svg": self._tinted(name, token)
                                      for name, token in _MARKS})
            _marked.add(kind)
        return {name: f":/{folder}/{name}.svg" for name, _ in _MARKS}


_marked: set[str] = set()
_current: Theme | None = None


def current_theme() -> Theme:
    """The theme in use; one that follows the system where the program has not made its own yet."""
    return _current if _current is not None else Theme()


def interface_font() -> QFont:
    """The system's interface font at body size with tabular figures.

    Where it has none that was made for an interface, that is the one that comes with the program,
    so that it looks the same on every such system.
    """
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    if font.family() in _GENERIC_FAMILIES | _PLAIN_FAMILIES:
        _load_shipped()
        font.setFamilies([*_FAMILIES, "Sans Serif"])
    font.setPixelSize(pixels(tokens.FONT_BODY))
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def _load_shipped() -> None:
    """Make the program's own font known to Qt, once."""
    app = QApplication.instance()
    if app is None or app.property(SHIPPED):
        return
    app.setProperty(SHIPPED, True)
    if not QFontDatabase.hasFamily(SHIPPED):
        for path in font_paths():
            QFontDatabase.addApplicationFont(str(path))


def fixed_font() -> QFont:
    """The system's fixed-width font at small size, for logs."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPixelSize(pixels(tokens.FONT_SMALL) + 1)
    return font


@lru_cache(None)
def _source(name: str) -> bytes:
    path = icon_path(name)
    if not path.is_file():
        raise KeyError(f"there is no icon “{name}”")
    return path.read_bytes()


@lru_cache(1024)
def _drawn(svg: bytes, side: int, wide: float, tint: str) -> QImage:
    """An icon, ``side`` pixels high; see :meth:`Theme.pixmap`. All windows and both themes share
    what was drawn."""
    if tint:
        image = _drawn(svg, side, wide, "").copy()
        with QPainter(image) as painter:
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
            painter.fillRect(image.rect(), QColor(tint))
        return image
    image = QImage(round(side * wide), side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    with QPainter(image) as painter:
        QSvgRenderer(QByteArray(svg)).render(painter, QRectF(0, 0, side, side))
    return image


def _palette(c: Colors) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    for which, color in (
        (role.Window, c.ground), (role.WindowText, c.ink), (role.Base, c.panel),
        (role.AlternateBase, c.raised), (role.Text, c.ink), (role.Button, c.panel),
        (role.ButtonText, c.ink), (role.BrightText, c.bad), (role.Highlight, c.accent),
        (role.HighlightedText, c.accent_ink), (role.ToolTipBase, c.panel),
        (role.ToolTipText, c.ink), (role.PlaceholderText, c.soft), (role.Link, c.accent_text),
        (role.LinkVisited, c.accent_text), (role.Light, c.panel), (role.Midlight, c.hover),
        (role.Mid, c.line), (role.Dark, c.line_strong), (role.Shadow, c.line_strong),
        (role.Accent, c.accent),
    ):
        palette.setColor(which, QColor(color))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(c.faint))
    return palette
