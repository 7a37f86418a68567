"""Windows as on small screens and at 200 %: everything fits, folds, or can be scrolled to."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, QSize, Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QSplitter, QWidget
from pytestqt.qtbot import QtBot

from tests.support.reach import out_of_reach
from tests.support.tiny_sounds import make_sounds
from workbench.gui.app.program import Program
from workbench.gui.app.remember import PlaceMemory
from workbench.gui.train.place import TrainPlace
from workbench.gui.widgets.fitting import LIST, SIDE, Fitting, FoldingPanels, Stacking
from workbench.gui.widgets.layout import column
from workbench.gui.widgets.notice import Notice

SMALL = [(500, 285), (640, 360), (1000, 610)]
"""What a desktop leaves of 1000×650 and 1280×800 at 200 %, and of 1000×650, in logical pixels."""


def resize(program: Program, size: tuple[int, int], qtbot: QtBot) -> None:
    program.window.resize(*size)
    qtbot.waitUntil(lambda: program.window.size() == QSize(*size))


@pytest.fixture
def narrow(program: Program, qtbot: QtBot) -> Program:
    """The smallest window."""
    resize(program, SMALL[0], qtbot)
    return program


def all_within_reach(program: Program, qtbot: QtBot) -> None:
    """In each of the small windows; in the end it is the smallest again."""
    for size in (*SMALL, SMALL[0]):
        resize(program, size, qtbot)
        try:
            qtbot.waitUntil(lambda: not out_of_reach(program.window))
        finally:
            assert (size, out_of_reach(program.window)) == (size, [])
        assert program.window.size() == QSize(*size), "the window never grows by itself"


@pytest.mark.parametrize("sounds", [False, True], ids=["images", "sounds"])
def test_every_place_fits(narrow: Program, photos: Path, tmp_path: Path, qtbot: QtBot, *,
                          sounds: bool) -> None:
    all_within_reach(narrow, qtbot)  # the start page
    narrow.projects.open(make_sounds(tmp_path / "sounds", each=1) if sounds else photos)
    for place in [item.id for item in narrow.window.stack]:
        if place == ("images" if sounds else "audio"):
            continue
        narrow.context.go(place)
        assert narrow.window.place == place
        all_within_reach(narrow, qtbot)


def test_train_without_a_run_fits_beside_its_form(
        program: Program, photos: Path, qtbot: QtBot) -> None:
    resize(program, (900, 600), qtbot)
    program.projects.open(photos)
    program.context.go("train")
    place = program.window.stack.widget_of("train")
    assert isinstance(place, TrainPlace) and not place.area.stacked
    qtbot.waitUntil(lambda: place.area.horizontalScrollBar().maximum() == 0)


def test_what_is_wrong_with_an_image_leaves_room_for_its_buttons(
        narrow: Program, photos: Path, qtbot: QtBot) -> None:
    (photos / "photo1.xml").write_text("<annotation><object>", "utf-8")
    narrow.projects.open(photos)
    notice = narrow.window.findChild(Notice)
    assert notice is not None
    qtbot.waitUntil(lambda: notice.choices[-1:] == ["Start anew"])
    all_within_reach(narrow, qtbot)


def test_what_is_wrong_with_a_clip_leaves_room_for_its_buttons(
        narrow: Program, tmp_path: Path, qtbot: QtBot) -> None:
    folder = make_sounds(tmp_path / "sounds", each=1)
    for clip in list(folder.rglob("*.wav")):
        clip.with_name(f"{clip.stem}.Table.1.selections.txt").write_bytes(b"")
    narrow.projects.open(folder)
    narrow.context.go("audio")
    qtbot.waitUntil(lambda: any(notice.choices[-1:] == ["Start anew"] and notice.isVisible()
                                for notice in narrow.window.findChildren(Notice)))
    all_within_reach(narrow, qtbot)


def test_pages_and_the_palette_fit(narrow: Program, photos: Path, qtbot: QtBot) -> None:
    narrow.projects.open(photos)
    for name in ("keys", "settings", "about"):
        sheet = narrow.window.open_sheet(name)
        all_within_reach(narrow, qtbot)
        sheet.close_sheet()
    for size in SMALL:
        resize(narrow, size, qtbot)
        narrow.window.open_palette()
        box = narrow.window.overlays.palette
        box.field.setText("go")
        popup = box.list.parentWidget()
        assert popup is not None and box.rect().contains(popup.geometry())
        assert box.list.height() >= box.list.sizeHintForRow(0)
        box.close_palette()


def test_the_rail_says_its_words_where_they_fit(program: Program, photos: Path) -> None:
    program.projects.open(photos)
    style = Qt.ToolButtonStyle
    for size, shown in (((1280, 800), style.ToolButtonTextUnderIcon),
                        ((640, 440), style.ToolButtonTextUnderIcon),
                        ((640, 240), style.ToolButtonIconOnly),
                        ((500, 400), style.ToolButtonIconOnly),
                        ((1280, 800), style.ToolButtonTextUnderIcon)):
        program.window.resize(*size)
        button = program.window.rail.button("train")
        assert button.toolButtonStyle() == shown, size
        assert button.toolTip() == "Train (Ctrl+3)"


# --- the parts ------------------------------------------------------------------------------------


@pytest.fixture
def panels(qtbot: QtBot, stored: QSettings) -> FoldingPanels:
    made = FoldingPanels(PlaceMemory(stored, "trial"))
    qtbot.addWidget(made)
    for least in (180, 60, 200):
        part = QWidget()
        part.setMinimumWidth(least)
        made.addWidget(part)
    toggles = {name: QPushButton(made) for name in (LIST, SIDE)}
    for toggle in toggles.values():
        toggle.setCheckable(True)
        toggle.hide()
    made.set_toggles(toggles)
    made.resize(1200, 400)
    made.show()
    return made


def there(panels: FoldingPanels) -> set[str]:
    return {name for name in (LIST, SIDE) if not panels.panel(name).isHidden()}


def test_panels_fold_for_lack_of_room_and_come_back(panels: FoldingPanels) -> None:
    for width, shown in ((1200, {LIST, SIDE}), (710, {LIST, SIDE}), (690, {SIDE}), (530, {SIDE}),
                         (510, set()), (690, {SIDE}), (1200, {LIST, SIDE})):
        panels.resize(width, 400)
        assert there(panels) == shown, width


def test_a_panel_opened_by_hand_takes_the_place_of_the_other(panels: FoldingPanels) -> None:
    panels.resize(600, 400)
    panels.toggle(LIST)
    assert there(panels) == {LIST}
    panels.resize(450, 400)
    assert there(panels) == {LIST}, "what a person opened stays open"
    panels.toggle(LIST)
    assert there(panels) == set()
    panels.resize(1200, 400)
    assert there(panels) == {LIST, SIDE}, "it was closed for lack of room, not for good"


def test_a_fold_by_hand_is_remembered_and_one_for_lack_of_room_is_not(
        panels: FoldingPanels, stored: QSettings) -> None:
    memory = PlaceMemory(stored, "trial")
    panels.resize(400, 400)
    assert there(panels) == set() and not memory.folded(SIDE) and not memory.folded(LIST)
    panels.resize(1200, 400)
    panels.toggle(SIDE)
    assert memory.folded(SIDE) and not memory.folded(LIST)
    panels.resize(600, 400)
    panels.resize(1200, 400)
    assert there(panels) == {LIST}


@pytest.fixture
def stacking(qtbot: QtBot) -> Stacking:
    parts = QSplitter()
    upper, lower = QWidget(), QWidget()
    words = QLabel("so many words that they need lines " * 12)
    words.setWordWrap(True)
    upper.setLayout(column(words))
    lower.setMinimumHeight(90)
    made = Stacking(parts, 500)
    made.hold(upper, lower)
    qtbot.addWidget(made)
    made.resize(900, 200)
    made.show()
    return made


def test_parts_are_stacked_below_a_width(stacking: Stacking) -> None:
    parts = stacking.widget()
    assert isinstance(parts, QSplitter)
    upper, lower = parts.widget(0), parts.widget(1)
    turned: list[bool] = []
    stacking.turned.connect(turned.append)
    assert upper.y() == lower.y() and lower.x() >= upper.width()
    stacking.resize(300, 200)
    QApplication.processEvents()
    assert upper.height() >= upper.heightForWidth(upper.width()), "all of it is there"
    assert lower.y() >= upper.height() and lower.height() == stacking.viewport().height()
    assert not parts.handle(1).isEnabled(), "there is nothing to drag"
    stacking.show_part(1)
    assert lower.mapTo(stacking, lower.rect().topLeft()).y() == 0
    stacking.resize(900, 200)
    QApplication.processEvents()
    assert upper.y() == lower.y() and turned == [True, False]
    assert not stacking.verticalScrollBar().isVisible()


def test_a_page_that_does_not_fit_scrolls(qtbot: QtBot) -> None:
    page = QWidget()
    page.setMinimumSize(300, 200)
    area = Fitting(page)
    qtbot.addWidget(area)
    area.show()
    area.resize(500, 400)
    assert page.size() == QSize(500, 400)
    area.resize(200, 100)
    assert page.size() == QSize(300, 200) and area.minimumSizeHint() == QSize(0, 0)
    assert area.verticalScrollBar().maximum() > 0 and area.horizontalScrollBar().maximum() > 0
