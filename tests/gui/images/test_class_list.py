"""The list of classes under the mouse: what a click does, and questions that stay true."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest

from workbench.core.classes import CLASS_COLORS
from workbench.gui.app.context import Message

if TYPE_CHECKING:
    from conftest import Bench

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def two(bench: Bench, squares: Path) -> Bench:
    """Two boxes, of the classes "big" and "small"."""
    session = bench.open_project(squares)
    bench.wait(lambda: bench.place.classes.model.count_of("small") == 1)
    assert list(session.classes) == ["big", "small"]
    view = bench.place.classes.view
    bench.wait(lambda: at_row(bench, "small").y() < view.height() - 5)  # laid out
    return bench


def test_classes_are_asked_for_once_it_is_known_that_there_are_none(
        bench: Bench, tmp_path: Path) -> None:
    Image.new("RGB", (40, 30)).save(tmp_path / "bare.png")
    session = bench.open_project(tmp_path)
    hint = bench.place.classes.hint
    bench.wait(lambda: hint.text().endswith("its class appears here."))
    session.index.scanning = True
    session.classes.changed.emit()
    assert hint.text() == "Looking for classes …"
    session.index.scanning = False
    session.index.finished.emit()
    bench.wait(lambda: hint.text().endswith("its class appears here."))


def at_row(bench: Bench, name: str) -> QPoint:
    panel = bench.place.classes
    return panel.view.visualRect(panel.model.index(panel.model.names.index(name))).center()


def click(bench: Bench, name: str) -> None:
    QTest.mouseClick(bench.place.classes.view.viewport(), LEFT, pos=at_row(bench, name))


def double_click(bench: Bench, name: str) -> None:
    click(bench, name)
    QTest.mouseDClick(bench.place.classes.view.viewport(), LEFT, pos=at_row(bench, name))


def labels(bench: Bench) -> list[str]:
    return [item.label for item in bench.place.editor.objects]


def test_a_click_picks_the_class_of_the_next_box_and_changes_none(two: Bench) -> None:
    two.run("select_all")
    click(two, "small")
    assert labels(two) == ["big", "small"] and two.session.undo.undo_text is None
    assert two.place.editor.current_class == "small"
    two.run("draw")
    two.drag((310, 20), (350, 90))
    assert labels(two) == ["big", "small", "small"]


@pytest.mark.parametrize("how", ["double click", "digit", "enter", "field"])
def test_boxes_are_relabelled_on_purpose_with_a_word_and_a_way_back(
        two: Bench, how: str) -> None:
    announced: list[Message] = []
    two.context.announced.connect(announced.append)
    two.run("select_all")
    panel = two.place.classes
    if how == "double click":
        double_click(two, "small")
    elif how == "digit":
        two.run("class_2")
    elif how == "enter":
        panel.view.setFocus()
        panel.view.setCurrentIndex(panel.model.index(1))
        QTest.keyClick(panel.view, Qt.Key.Key_Return)
    else:
        two.place.selected.classes.activated.emit(1)
    assert labels(two) == ["small", "small"]
    message, = announced
    assert message.sentence == "1 object is now “small”." and message.action_text == "Undo"
    assert message.action is not None
    message.action()
    assert labels(two) == ["big", "small"]


def test_the_way_back_of_a_message_takes_back_nothing_else(two: Bench) -> None:
    announced: list[Message] = []
    two.context.announced.connect(announced.append)
    two.run("select_all")
    two.run("class_2")
    two.run("difficult")
    action = announced[0].action
    assert action is not None
    action()
    assert labels(two) == ["small", "small"]
    assert all(item.difficult for item in two.place.editor.objects)
    assert "Undo first what you did after it" in two.said[-1][1]


def test_the_status_bar_tells_of_no_picture_where_none_is_shown(two: Bench) -> None:
    two.wait(lambda: "×" in two.place.status()[1])
    for key in list(two.session.index.keys()):
        two.session.index.path(key).unlink()
    two.session.index.refresh()
    two.wait(lambda: not two.place.panels.isVisible())
    assert two.place.status()[1] == ""


def test_renaming_a_class_leaves_the_selection_as_it_is(two: Bench) -> None:
    two.place.classes.rename("big", "large")
    assert two.said[-1] == ("info", "Renamed big to large.")
    two.wait(lambda: labels(two) == ["large", "small"])
    assert two.place.editor.selection == ()
    click(two, "small")
    assert labels(two) == ["large", "small"]
    two.place.editor.select((1,))
    two.run("undo")
    two.wait(lambda: labels(two) == ["big", "small"])
    assert two.place.editor.selection == (1,), "undone, it does not select them either"
    two.run("redo")
    two.wait(lambda: labels(two) == ["large", "small"])
    assert two.place.editor.selection == (1,)


def test_a_class_keeps_its_colour_when_another_goes(two: Bench) -> None:
    two.session.add_class("third")
    colors = {name: two.place.colors.name(name) for name in ("small", "third")}
    assert colors == {"small": CLASS_COLORS[1], "third": CLASS_COLORS[2]}
    two.session.remove_class("big")
    two.wait(lambda: "big" not in two.session.classes)
    assert {name: two.place.colors.name(name) for name in colors} == colors
    two.saved()
    manifest = (two.session.folder / "workbench.toml").read_text("utf-8")
    assert CLASS_COLORS[1] in manifest and CLASS_COLORS[2] in manifest


# --- the question whether to merge --------------------------------------------------------------


def rect_in(bench: Bench, what: str) -> QRect:
    panel = bench.place.classes
    widget = panel.confirm if what == "question" else panel.view.viewport()
    return QRect(widget.mapToGlobal(QPoint(0, 0)), widget.size())


def test_the_question_opens_at_its_row_and_moves_nothing(two: Bench) -> None:
    panel = two.place.classes
    boxes_before = two.place.boxes.mapToGlobal(QPoint(0, 0))
    row = panel.view.visualRect(panel.model.index(1))
    panel.rename("small", "big")
    question = rect_in(two, "question")
    below = panel.view.viewport().mapToGlobal(row.bottomLeft()).y()
    assert below <= question.top() <= below + 12
    assert two.place.boxes.mapToGlobal(QPoint(0, 0)) == boxes_before
    side = two.place.panels.side
    assert QRect(side.mapToGlobal(QPoint(0, 0)), side.size()).contains(question)


def test_the_question_stays_true(two: Bench) -> None:
    panel = two.place.classes
    panel.rename("small", "big")
    assert panel.confirm.text == "Merge “small” (1 object) into “big”?"
    two.place.editor.select((1,))
    two.run("duplicate")
    two.wait(lambda: panel.confirm.text == "Merge “small” (2 objects) into “big”?")
    two.session.rename_class("big", "large")
    two.wait(lambda: not panel.confirm.isVisible())
    assert list(two.session.classes) == ["large", "small"]
