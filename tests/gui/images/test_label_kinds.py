"""Images with tags or a number in the window: by key, by typing, and changed to another kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.conftest import draw_photos
from tests.gui.images.test_sort_place import Bench, sorting_bench
from workbench.gui.app.program import Program
from workbench.tasks.image_classification.window.training_data import DATA

KEY = Qt.Key


@pytest.fixture
def make_bench(make_program: Callable[..., Program], qtbot: QtBot,
               tmp_path: Path) -> Callable[[str], Bench]:
    def make(rows: str) -> Bench:
        folder = draw_photos(tmp_path / "photos", [f"{number}.png" for number in range(5)])
        (folder / "labels.csv").write_text(rows, encoding="utf-8", newline="")
        return sorting_bench(make_program, qtbot, folder)

    return make


def choose(bench: Bench, text: str) -> None:
    """As somebody who opens the list and takes a line."""
    box = bench.place.kinds.box
    box.setCurrentIndex(box.findText(text))
    box.activated.emit(box.currentIndex())


def test_digits_toggle_tags(make_bench: Callable[[str], Bench]) -> None:
    bench = make_bench("file,tags\n0.png,cat;night\n1.png,cat\n")
    assert bench.place.kinds.box.currentText() == "Tags"
    assert bench.place.classes.model.names == ("cat", "night")
    assert not bench.place.suggestions.panel.isVisible()
    bench.click("2.png")
    bench.press(KEY.Key_1)
    bench.press(KEY.Key_2)
    assert bench.grid.chosen() == ["2.png"]  # more tags may follow
    assert bench.grid.images.classes("2.png") == ("cat", "night")
    bench.press(KEY.Key_1)
    assert bench.grid.images.classes("2.png") == ("night",)
    bench.click("1.png")
    bench.click("2.png", Qt.KeyboardModifier.ControlModifier)
    bench.press(KEY.Key_W)
    bench.press(KEY.Key_Return)
    assert bench.saved() == "file,tags\n0.png,cat;night\n1.png,cat;w\n2.png,night;w\n"
    images = bench.grid.images
    assert images.words("0.png") == "cat, night", "the file's own way is for files"
    assert images.data(images.index(1), Qt.ItemDataRole.ToolTipRole) == "1.png\ncat, w"
    bench.place.bar.set_filter("class:night")
    assert bench.rows() == ["0.png", "2.png"]
    bar = bench.program.window.overlays.message_bar
    assert bar.text == "Tagged 2 images “w”."
    QTest.mouseClick(bar.action_button, Qt.MouseButton.LeftButton)
    bench.wait(lambda: bench.session.classes.names == ("cat", "night"))
    assert DATA.words(bench.session) == "3 labelled images, 2 tags."


def test_numbers_are_typed(make_bench: Callable[[str], Bench]) -> None:
    bench = make_bench("file,number,by\n4.png,10,me\n")
    assert bench.place.kinds.box.currentText() == "A number"
    assert bench.place.classes.isHidden()
    bench.click("0.png")
    bench.press(KEY.Key_7)
    assert bench.place.number.field.text() == "7"
    bench.wait(bench.place.number.field.hasFocus)
    QTest.keyClicks(QApplication.focusWidget(), ".5")
    bench.press(KEY.Key_Return)
    assert bench.label("0.png") == "7.5"
    assert bench.grid.chosen() == ["1.png"]  # on to the next one
    bench.wait(bench.grid.hasFocus)
    bench.press(KEY.Key_Minus)
    bench.press(KEY.Key_Escape)
    assert bench.label("1.png") == ""
    assert bench.saved() == "file,number,by\n4.png,10,me\n0.png,7.5,\n"
    assert DATA.words(bench.session) == "2 labelled images."
    box = bench.place.bar.order_box
    box.setCurrentIndex(box.findData("class"))
    box.activated.emit(box.currentIndex())
    assert bench.rows()[:2] == ["0.png", "4.png"]


def test_another_kind_asks_before_something_is_lost(make_bench: Callable[[str], Bench]) -> None:
    before = "file,tags\n0.png,cat;night\n1.png,cat\n"
    bench = make_bench(before)
    kinds = bench.place.kinds
    choose(bench, "One class")
    assert kinds.confirm.isVisible()
    assert kinds.confirm.text == (
        "1 image would keep the first tag only. Ctrl+Z brings the others back.")
    assert kinds.box.currentText() == "Tags"
    kinds.confirm.yes.click()
    assert kinds.box.currentText() == "One class"
    assert bench.saved() == "file,tags\n0.png,cat\n1.png,cat\n"
    assert bench.place.suggestions.panel.isVisible()
    bench.session.undo.undo()
    assert kinds.box.currentText() == "Tags"
    assert bench.saved() == before
    kinds.box.setFocus()
    choose(bench, "A number")
    assert kinds.confirm.text.startswith("The labels of 2 images are not numbers")
    choose(bench, "Tags")  # never mind
    assert kinds.confirm.isHidden()
    assert kinds.box.hasFocus(), "where it was before the question"
    assert bench.grid.images.kind == "tags"


def test_after_the_question_a_number_can_be_typed(make_bench: Callable[[str], Bench]) -> None:
    bench = make_bench("file,tags\n0.png,cat\n")
    bench.click("2.png")
    choose(bench, "A number")
    bench.place.kinds.confirm.yes.click()
    assert bench.grid.hasFocus()
    bench.press(KEY.Key_7)
    assert bench.place.number.field.text() == "7"
