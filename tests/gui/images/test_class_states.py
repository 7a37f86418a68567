"""Hidden and locked classes, several at once: with the mouse in the list and on the canvas."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from workbench.core.annotation import LabeledObject
from workbench.core.outlines import mask_of_spans
from workbench.core.shapes import Box
from workbench.gui.label.class_states import ClassStates
from workbench.gui.widgets.row_view import MARKS_ROLE, mark_places

if TYPE_CHECKING:
    from conftest import Bench

BOXES = (("cell", (20, 20, 120, 120)), ("dust", (150, 20, 250, 120)),
         ("hair", (280, 20, 380, 120)), ("cell", (20, 160, 120, 260)))
SHIFT = Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def three(bench: Bench, tmp_path: Path, write_image: Callable[[Path, int, int], Path]) -> Bench:
    """An image of 400 × 300 with boxes of three classes."""
    for name in ("a.png", "b.png"):
        write_image(tmp_path / "p" / name, 400, 300)
    bench.open_project(tmp_path / "p")
    for name in ("cell", "dust", "hair"):
        bench.session.add_class(name)
    bench.session.edit("a.png", tuple(LabeledObject(name, Box(*box)) for name, box in BOXES), "x")
    bench.saved()
    view = bench.place.classes.view
    bench.wait(lambda: view.model().rowCount() == 3 and view.viewport().height() > 80)
    return bench


def press_mark(bench: Bench, row: int, mark: str) -> None:
    """Click the eye ("hidden") or the lock ("locked") of a class."""
    view = bench.place.classes.view
    index = view.model().index(row, 0)
    place = next(place for item, place in mark_places(view.visualRect(index), index)
                 if item.id == mark)
    QTest.mouseMove(view.viewport(), place.center())
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place.center())


def drawn(bench: Bench) -> list[int]:
    return sorted(bench.canvas.scene.near(QRectF(bench.canvas.rect())))


def test_the_eye_hides_several_classes(three: Bench) -> None:
    editor, before = three.place.editor, three.place.editor.current_class
    press_mark(three, 1, "hidden")
    assert drawn(three) == [0, 2, 3]
    assert three.place.viewer.notice.text == "“dust” is hidden."
    press_mark(three, 0, "hidden")
    assert drawn(three) == [2] and three.place.viewer.notice.text == "Only “hair” is shown."
    assert editor.current_class == before, "a click on the eye chooses no class"
    three.click(200, 70)
    assert editor.selection == ()
    three.drag((5, 5), (395, 295), SHIFT)
    assert editor.selection == (2,)
    press_mark(three, 1, "hidden")
    assert drawn(three) == [1, 2]
    three.place.viewer.notice.press("Show all")
    assert drawn(three) == [0, 1, 2, 3]


def test_the_menu_of_a_class_hides_locks_and_shows_it_alone(three: Bench) -> None:
    view, states = three.place.classes.view, three.place.editor.states

    def choose(words: str) -> None:
        view.customContextMenuRequested.emit(view.visualRect(view.model().index(1, 0)).center())
        (menu,) = (menu for menu in three.place.classes.findChildren(QMenu) if menu.isVisible())
        next(action for action in menu.actions() if action.text() == words).trigger()
        menu.close()

    choose("Lock")
    assert states.locked == {"dust"}
    choose("Show only this")
    assert states.hidden == {"cell", "hair"} and drawn(three) == [1]
    choose("Hide")
    assert states.hidden == {"cell", "dust", "hair"}
    assert three.place.viewer.notice.text == "3 classes are hidden."
    choose("Show")
    choose("Unlock")
    assert states.hidden == {"cell", "hair"} and not states.locked


def test_a_locked_class_is_drawn_but_not_taken(three: Bench) -> None:
    editor = three.place.editor
    three.click(200, 70)
    assert editor.selection == (1,)
    three.run("lock_class")
    assert editor.states.locked == {"dust"} and editor.selection == ()
    assert drawn(three) == [0, 1, 2, 3]
    labels = three.labels("a.png")
    three.drag((200, 70), (220, 90))  # draws a box in it instead of moving it
    assert editor.objects[1].box == (150, 20, 250, 120) and len(editor.objects) == 5
    three.run("undo")
    three.run("select_all")
    assert editor.selection == (0, 2, 3)
    three.run("delete")
    assert [item.label for item in editor.objects] == ["dust"]
    three.run("undo")
    assert editor.selection == (0, 2, 3) and three.labels("a.png") == labels
    editor.select((0,))
    three.press_key(Qt.Key.Key_Tab)
    assert editor.selection == (2,)
    press_mark(three, 1, "locked")
    three.click(200, 70)
    assert editor.selection == (1,)


def test_drawing_into_a_locked_class_says_that_it_is_locked(three: Bench) -> None:
    editor, words = three.place.editor, "“cell” is locked. L unlocks it."
    painted = mask_of_spans((row, 150, 200) for row in range(200, 240))
    editor.add_shape(painted, "cell")
    before = editor.objects
    press_mark(three, 0, "locked")
    editor.set_current_class("cell")
    three.drag((200, 200), (260, 250))
    for tool, modifiers in (("brush", NONE), ("fill", NONE), ("polygon", NONE), ("eraser", NONE),
                            ("brush", Qt.KeyboardModifier.AltModifier)):
        three.run(f"tool_{tool}")
        three.click(170, 215, modifiers)
        assert not three.canvas.busy
    assert [text for _, text in three.said] == [words] * 6 and editor.objects == before

def test_the_list_of_boxes_selects_no_locked_one(three: Bench) -> None:
    editor, view = three.place.editor, three.place.boxes.view
    press_mark(three, 2, "locked")

    def press(row: int) -> None:
        at = view.visualRect(view.model().index(row, 0)).topLeft() + QPoint(60, 10)
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)

    press(2)
    assert editor.selection == () and not view.selectionModel().selectedRows()
    press(3)
    assert editor.selection == (3,)


def test_what_is_drawn_or_named_into_a_hidden_class_shows_it(three: Bench) -> None:
    editor = three.place.editor
    editor.states.set({"cell", "dust"}, ())
    editor.select((2,))
    editor.choose_class("cell")
    assert editor.states.hidden == {"dust"} and editor.selection == (2,)
    editor.add_box((10, 130, 60, 150), "dust")
    assert not editor.states.hidden
    editor.states.set({"hair"}, ())
    editor.add_objects([LabeledObject("hair", Box(1, 1, 9, 9))], "accept", select=False)
    assert not editor.states.hidden


def test_it_goes_with_a_class_that_is_renamed(three: Bench) -> None:
    editor, session = three.place.editor, three.session
    editor.states.set({"cell", "old"}, {"cell", "dust"})
    editor.set_current_class("cell")
    session.rename_class("cell", "old")
    assert (editor.states.hidden, editor.states.locked) == ({"old"}, {"old", "dust"})
    assert editor.current_class == "old" and drawn(three) == [1, 2]
    session.undo.undo()
    assert (editor.states.hidden, editor.states.locked) == ({"cell"}, {"cell", "dust"})
    assert editor.current_class == "cell"


def test_it_is_remembered_for_the_project(three: Bench, tmp_path: Path) -> None:
    press_mark(three, 1, "hidden")
    press_mark(three, 2, "locked")
    three.open("b.png")
    assert three.place.viewer.notice.text == "“dust” is hidden."
    three.session.close(10)
    three.open_project(tmp_path / "p")
    states = three.place.editor.states
    assert (states.hidden, states.locked) == ({"dust"}, {"hair"})
    model = three.place.classes.model
    marks = model.data(model.index(2), MARKS_ROLE)
    assert [mark.on for mark in marks] == [False, True]
    assert model.data(model.index(2), Qt.ItemDataRole.AccessibleTextRole).endswith("locked")


def test_what_is_stored_of_another_version_is_no_harm() -> None:
    states = ClassStates()
    states.set({"a"}, {"b", "c"})
    other = ClassStates()
    other.restore(states.stored())
    assert (other.hidden, other.locked) == ({"a"}, {"b", "c"})
    for text in ("", "[", "[1]", "{}", '[["a"], 5]', "7"):
        other.restore(text)
        assert (other.hidden, other.locked) == (set(), set()), text
