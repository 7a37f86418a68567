"""The whole place on real projects: lists, classes, trouble with files, and the ways in and out."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from workbench.core.errors import Problem
from workbench.gui.app.context import AppContext
from workbench.gui.app.remember import PlaceMemory
from workbench.gui.label.images.selected_panel import CoordinateField
from workbench.gui.label.labelling_speed import LabellingSpeed

if TYPE_CHECKING:
    from conftest import Bench

Key = Qt.Key


# --- from one image to the next -----------------------------------------------------------------


def test_a_folder_of_photos_opens_and_one_walks_through_it(bench: Bench, photos: Path) -> None:
    bench.open_project(photos)
    place = bench.place
    assert place.media.view.samples.rowCount() == 8
    first = place.editor.key
    bench.run("next")
    bench.run("next")
    assert place.editor.key == bench.session.index.key(2)
    bench.run("previous")
    bench.run("previous")
    bench.run("previous")
    assert place.editor.key == first
    assert place.status()[0].startswith("Image 1 of 8")
    for key in bench.session.index:
        bench.open(key)
        document = bench.session.document(key)
        assert place.editor.objects == document.annotation.objects


def test_the_first_picture_does_not_wait_for_the_panels(bench: Bench, squares: Path) -> None:
    panels = bench.place.panels
    assert panels.made is None
    panels.fold("list", folded=True)
    bench.open_project(squares)
    bench.wait(lambda: panels.made is not None)
    assert bench.place.media.isHidden() and bench.place.classes.isVisible()
    assert bench.place.selected.isHidden(), "nothing is selected"
    assert bench.place.media.view.samples.rowCount() == 3
    bench.place.toggle_list()
    assert bench.place.media.isVisible()
    assert bench.place.media.view.currentIndex().row() == 0
    assert bench.place.boxes.model.rowCount() == 2


def test_the_status_says_how_fast_one_labels_for_who_wants_it(
        bench: Bench, context: AppContext, squares: Path) -> None:
    bench.open_project(squares)
    editor, now = bench.place.editor, [0.0]
    editor.pace = LabellingSpeed(lambda: now[0])
    for number in range(5):
        now[0] = 10.0 * number
        assert editor.add_box((number, 0, number + 5, 9), "cat")
    assert "a minute" not in bench.place.status()[0]
    PlaceMemory(context.settings, "images").set_option("pace", on=True)
    assert bench.place.status()[0].endswith("6 objects a minute")


def test_looking_changes_no_file(bench: Bench, photos: Path) -> None:
    before = {path: path.read_bytes() for path in photos.rglob("*") if path.is_file()}
    bench.open_project(photos)
    for _ in range(7):
        bench.run("next")
    bench.run("select_all")
    bench.run("copy")
    bench.saved()
    assert {path: path.read_bytes() for path in photos.rglob("*") if path.is_file()} == before


def test_the_list_chooses_and_follows(bench: Bench, photos: Path) -> None:
    bench.open_project(photos)
    view = bench.place.media.view
    row = view.visualRect(view.samples.index(3)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=row)
    assert bench.place.editor.key == bench.session.index.key(3)
    bench.run("next")
    assert view.currentIndex().row() == 4
    QTest.keyClick(view, Key.Key_Up)
    assert bench.place.editor.key == bench.session.index.key(3)


def test_neighbours_are_decoded_ahead(bench: Bench, photos: Path) -> None:
    bench.open_project(photos)
    index = bench.session.index
    bench.wait(lambda: bench.place.viewer.source.picture(index.path(index.key(1))).complete)
    bench.run("next")
    assert bench.canvas.scene.picture.complete, "there without waiting"


def test_the_next_image_to_work_on_follows_the_chip(bench: Bench, squares: Path) -> None:
    for name in ("b", "d"):
        shutil.copyfile(squares / "a.xml", squares / f"{name}.xml")
    for name in ("d", "e"):
        shutil.copyfile(squares / "a.png", squares / f"{name}.png")
    session = bench.open_project(squares)
    editor, chips = bench.place.editor, bench.place.media.chips

    def walk(chip: str, steps: int) -> list[str]:
        chips.select(chip)
        bench.open("a.png")
        keys = []
        for _ in range(steps):
            bench.run("next_todo")
            keys.append(editor.key)
        return keys

    assert walk("all", 3) == ["c.png", "e.png", "c.png"], "unlabelled ones"
    assert walk("unlabelled", 2) == ["c.png", "e.png"]
    session.set_verified("b.png", True)
    assert walk("labelled", 2) == ["d.png", "a.png"], "labelled and not verified"
    session.set_verified("d.png", True)
    assert walk("verified", 3) == ["b.png", "d.png", "b.png"]
    assert walk("labelled", 1) == ["a.png"]
    assert bench.said[-1] == ("ok", "All labelled images in this list are verified.")


def test_verifying_goes_on_to_the_next_where_that_is_wanted(bench: Bench, squares: Path) -> None:
    session = bench.open_project(squares)
    session.set_verified("b.png", True)
    action = bench.context.actions["images.verify_next"]
    assert action.checked is not None and not action.checked()
    bench.run("verify")
    assert bench.place.editor.key == "a.png"
    bench.run("verify")
    action.run()
    assert action.checked()
    bench.run("verify")
    assert bench.place.editor.key == "c.png", "the next that is not verified"
    bench.run("verify")
    assert bench.said[-1] == ("ok", "Every image in this list is verified.")
    bench.run("verify")
    assert bench.place.editor.key == "c.png", "taking the mark off goes nowhere"


def test_where_one_was_is_remembered(
        bench: Bench, context: AppContext, photos: Path) -> None:
    session = bench.open_project(photos)
    bench.open(session.index.key(5))
    bench.run("toggle_side")
    bench.run("actual_size")
    context.session = None
    context.session_changed.emit()
    session.close(10)
    assert bench.place.editor.key == ""
    bench.open_project(photos)
    assert bench.place.editor.key == session.index.key(5)
    assert bench.canvas.viewport.mode == "actual"
    assert bench.place.panels.side.isHidden()


# --- the filter ---------------------------------------------------------------------------------


def test_filters_and_chips(bench: Bench, squares: Path) -> None:
    session = bench.open_project(squares)
    media = bench.place.media
    model = media.view.samples

    def shown(text: str) -> list[str]:
        media.set_filter(text)
        return [model.key(row) for row in range(model.rowCount())]

    assert shown("") == ["a.png", "b.png", "c.png"]
    assert shown("unlabelled") == ["b.png", "c.png"]
    assert shown("small") == ["a.png"]
    assert shown("class:big") == ["a.png"]
    assert shown(">1") == ["a.png"]
    assert shown("c.p") == ["c.png"]
    assert shown("nothing like it") == []
    session.set_verified("b.png", True)
    assert shown("verified") == ["b.png"]
    media.clear_filter()
    media.chips.select("unlabelled")
    assert [model.key(row) for row in range(model.rowCount())] == ["c.png"]
    bench.wait(lambda: media.chips["unlabelled"].text() == "Unlabelled 1")
    assert media.chips["labelled"].text() == "Labelled 2"
    assert media.chips["verified"].text() == "Verified 1"


def test_a_filter_ends_with_its_project(bench: Bench, squares: Path, tmp_path: Path) -> None:
    bench.open_project(squares)
    media = bench.place.media
    media.set_filter("nothing like it")
    media.chips.select("verified")
    other = shutil.copytree(squares, tmp_path / "other")
    bench.open_project(other)
    assert media.field.text() == "" and media.chips.selected == "all"
    assert media.view.samples.rowCount() == 3


def test_labelling_leaves_the_row_where_it_is(bench: Bench, squares: Path) -> None:
    bench.open_project(squares)
    media = bench.place.media
    media.chips.select("unlabelled")
    bench.open("b.png")
    bench.drag((10, 10), (60, 60))
    assert media.view.samples.rowCount() == 2
    bench.run("next")
    assert bench.place.editor.key == "c.png"


def test_empty_states_say_what_to_do(bench: Bench, squares: Path, tmp_path: Path) -> None:
    session = bench.open_project(squares)
    media = bench.place.media
    media.set_filter("nothing like it")
    assert media.empty.isVisible() and media.empty.text() == "No image fits this filter."
    media.clear_button.click()
    assert media.view.isVisible()
    for key in session.index:
        session.set_verified(key, True)
    media.chips.select("unlabelled")
    assert media.empty.text().startswith("Every image is labelled")
    session.close(10)
    bare = tmp_path / "nothing"
    bare.mkdir()
    bench.open_project(bare)
    empty = bench.place._start_page
    assert empty is not None and empty.isVisible()
    assert empty.accessibleName() == "No images in “nothing”"
    assert empty.button.text() == "Open another folder"


def test_why_there_are_no_images_may_be_known_only_later(bench: Bench, tmp_path: Path) -> None:
    bare = tmp_path / "locked"
    bare.mkdir()
    session = bench.open_project(bare)
    empty = bench.place._start_page
    assert empty is not None
    bench.wait(lambda: empty.isVisible() and not session.index.summarizing)
    session.add_problem(Problem(str(bare), "unreadable-folder", "It could not be listed."))
    assert empty.accessibleName() == "No images in “locked”"
    assert "It could not be listed." in [item.text() for item in empty.findChildren(QLabel)]


def test_without_a_project_the_place_offers_to_open_one(bench: Bench) -> None:
    empty = bench.place._start_page
    assert empty is not None and empty.isVisible()
    empty.button.click()
    assert bench.said == [("info", "open")]
    assert bench.place.status() == ("", "")


# --- classes ------------------------------------------------------------------------------------


def test_classes_show_counts_and_keys(bench: Bench, cells: Path) -> None:
    session = bench.open_project(cells)
    model = bench.place.classes.model
    bench.wait(lambda: all(model.count_of(name) for name in session.classes))
    counts = session.index.class_counts()
    shown = {model.name(row): model.count_of(model.name(row)) for row in range(model.rowCount())}
    assert shown == dict(counts)


def test_a_class_is_renamed_everywhere_as_one_step(bench: Bench, squares: Path) -> None:
    session = bench.open_project(squares)
    bench.place.classes.rename("big", "large")
    bench.wait(lambda: "large" in session.classes and "big" not in session.classes)
    assert bench.place.editor.objects[0].label == "large"
    assert bench.place.editor.current_class == "large"
    assert "<name>large</name>" in bench.labels("a.png")
    bench.run("undo")
    bench.wait(lambda: "big" in session.classes)
    assert "<name>big</name>" in bench.labels("a.png")


def test_a_step_across_the_project_shows_how_far_it_is(bench: Bench, squares: Path) -> None:
    session = bench.open_project(squares)
    panel = bench.place.classes
    session.progress.emit("rename big to large", 20, 80)
    assert panel.working.text() == "Rename big to large: 20 of 80 files"
    assert panel.progress.isVisible() and panel.progress.fraction == 0.25
    (squares / "b.xml").write_text("<annotation><object><name>big</name>", "utf-8")
    session.rename_class("big", "large")
    bench.wait(lambda: not panel.progress.isVisible())


def test_merging_asks_first_and_tells_the_number(bench: Bench, squares: Path) -> None:
    session = bench.open_project(squares)
    panel = bench.place.classes
    bench.wait(lambda: panel.model.count_of("small") == 1)
    panel.rename("small", "big")
    assert panel.confirm.isVisible()
    assert panel.confirm.text == "Merge “small” (1 object) into “big”?"
    assert list(session.classes) == ["big", "small"]
    panel.confirm.yes.click()
    bench.wait(lambda: list(session.classes) == ["big"])
    assert [item.label for item in bench.place.editor.objects] == ["big", "big"]


def test_removing_a_class_with_boxes_asks_first(bench: Bench, squares: Path) -> None:
    session = bench.open_project(squares)
    panel = bench.place.classes
    bench.wait(lambda: panel.model.count_of("small") == 1)
    panel.remove("small")
    panel.confirm.no.click()
    assert "small" in session.classes
    panel.remove("small")
    panel.confirm.yes.click()
    bench.wait(lambda: "small" not in session.classes)
    assert len(bench.place.editor.objects) == 1
    bench.run("undo")
    bench.wait(lambda: len(bench.place.editor.objects) == 2)


def test_a_class_is_added_and_used(bench: Bench, squares: Path) -> None:
    session = bench.open_project(squares)
    panel = bench.place.classes
    panel.begin_adding()
    QTest.keyClicks(panel.field, "tiny")
    QTest.keyClick(panel.field, Key.Key_Return)
    assert list(session.classes) == ["big", "small", "tiny"]
    assert bench.place.editor.current_class == "tiny"
    row = panel.view.visualRect(panel.model.index(1)).center()
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=row)
    assert bench.place.editor.current_class == "small"


# --- boxes in the panel -------------------------------------------------------------------------


def test_the_list_of_boxes_and_the_canvas_select_together(bench: Bench, squares: Path) -> None:
    bench.open_project(squares)
    panel = bench.place.boxes
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton,
                     pos=panel.view.visualRect(panel.model.index(1)).center())
    assert bench.place.editor.selection == (1,)
    bench.place.editor.select((0,))
    assert [index.row() for index in panel.view.selectionModel().selectedRows()] == [0]
    bench.run("select_all")
    assert len(panel.view.selectionModel().selectedRows()) == 2


def typed(field: CoordinateField, text: str) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Key.Key_Return)


def test_exact_coordinates_can_be_typed(bench: Bench, squares: Path) -> None:
    bench.open_project(squares)
    bench.place.editor.select((1,))
    panel = bench.place.selected
    assert [field.text() for field in panel.fields] == ["150", "100", "200", "150"]
    typed(panel.fields[2], "222")
    assert bench.place.editor.objects[1].box == (150, 100, 222, 150)
    assert panel.size_label.text() == "72 × 50 px"
    typed(panel.fields[0], "many")
    assert panel.fields[0].property("invalid") == "true"
    typed(panel.fields[0], "500")
    assert bench.place.editor.objects[1].box == (150, 100, 222, 150)
    QTest.keyClick(panel.fields[1], Key.Key_Up)
    assert bench.place.editor.objects[1].box == (150, 101, 222, 150)
    typed(panel.fields[3], "9999")
    assert bench.place.editor.objects[1].box == (150, 101, 222, 300)
    field = panel.fields[0]
    field.set_value(12345.75)
    assert field.cursorPosition() == 0, "the first digits are what is seen"
    room = field.width() - 2 * field.textMargins().left()
    assert field.fontMetrics().horizontalAdvance("12345") < room


def test_chips_mark_the_selected_boxes(bench: Bench, squares: Path) -> None:
    bench.open_project(squares)
    bench.run("select_all")
    panel = bench.place.selected
    panel.flags["difficult"].click()
    assert all(item.difficult for item in bench.place.editor.objects)
    panel.flags["difficult"].click()
    assert not any(item.difficult for item in bench.place.editor.objects)
    panel.classes.setCurrentIndex(0)
    panel.classes.activated.emit(0)
    assert [item.label for item in bench.place.editor.objects] == ["big", "big"]
    last = panel.classes.count() - 1
    panel.classes.setCurrentIndex(last)
    panel.classes.activated.emit(last)
    chooser = bench.place.viewer.chooser
    assert panel.classes.currentText() == "big" and chooser.isVisible(), "a new class is typed"
    QTest.keyClicks(chooser.field, "huge")
    QTest.keyClick(chooser.field, Qt.Key.Key_Return)
    assert [item.label for item in bench.place.editor.objects] == ["huge", "huge"]
