"""The whole place on real projects: lists, classes, trouble with files, and the ways in and out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtTest import QTest

from workbench.gui.context import AppContext, ClassTarget, Ghost, ImageTarget
from workbench.gui.images.editor import Editor
from workbench.gui.images.place import ImagesPlace
from workbench.gui.images.selected_panel import CoordinateField

if TYPE_CHECKING:
    from conftest import Bench

Key = Qt.Key


# --- from one image to the next -----------------------------------------------------------------


def test_a_folder_of_photos_opens_and_one_walks_through_it(bench: Bench, photos: Path) -> None:
    bench.open_project(photos)
    place = bench.place
    assert place.media.view.media.rowCount() == 8
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
    beside = bench.place.beside
    assert beside.made is None
    beside.fold("list", folded=True)
    bench.open_project(squares)
    bench.wait(lambda: beside.made is not None)
    assert bench.place.media.isHidden() and bench.place.classes.isVisible()
    assert bench.place.selected.isHidden(), "nothing is selected"
    assert bench.place.media.view.media.rowCount() == 3
    bench.place.toggle_list()
    assert bench.place.media.isVisible()
    assert bench.place.media.view.currentIndex().row() == 0
    assert bench.place.boxes.model.rowCount() == 2


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
    row = view.visualRect(view.media.index(3)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=row)
    assert bench.place.editor.key == bench.session.index.key(3)
    bench.run("next")
    assert view.currentIndex().row() == 4
    QTest.keyClick(view, Key.Key_Up)
    assert bench.place.editor.key == bench.session.index.key(3)


def test_neighbours_are_decoded_ahead(bench: Bench, photos: Path) -> None:
    bench.open_project(photos)
    index = bench.session.index
    bench.wait(lambda: bench.place.stage.source.picture(index.path(index.key(1))).complete)
    bench.run("next")
    assert bench.canvas.scene.picture.complete, "there without waiting"


def test_next_to_do_passes_by_what_is_verified(bench: Bench, photos: Path) -> None:
    session = bench.open_project(photos)
    for row in (1, 2):
        session.set_verified(session.index.key(row), True)
    bench.run("next_todo")
    assert bench.place.editor.key == session.index.key(3)


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
    assert bench.place.beside.side.isHidden()


# --- the filter ---------------------------------------------------------------------------------


def test_filters_and_chips(bench: Bench, squares: Path) -> None:
    session = bench.open_project(squares)
    media = bench.place.media
    model = media.view.media

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
    media.chips.select("todo")
    assert [model.key(row) for row in range(model.rowCount())] == ["a.png", "c.png"]
    bench.wait(lambda: media.chips["todo"].text() == "To do 2")
    assert media.chips["verified"].text() == "Verified 1"


def test_verifying_leaves_the_row_where_it_is(bench: Bench, squares: Path) -> None:
    bench.open_project(squares)
    media = bench.place.media
    media.chips.select("todo")
    bench.run("verify")
    assert media.view.media.rowCount() == 3
    bench.run("next")
    assert bench.place.editor.key == "b.png"


def test_empty_states_say_what_to_do(bench: Bench, squares: Path, tmp_path: Path) -> None:
    session = bench.open_project(squares)
    media = bench.place.media
    media.set_filter("nothing like it")
    assert media._empty.isVisible() and media._empty.text() == "No image fits this filter."
    media._clear.click()
    assert media.view.isVisible()
    for key in session.index:
        session.set_verified(key, True)
    media.chips.select("todo")
    assert media._empty.text().startswith("Everything is verified")
    session.close(10)
    bare = tmp_path / "nothing"
    bare.mkdir()
    bench.open_project(bare)
    empty = bench.place._empty
    assert empty is not None and empty.isVisible()
    assert empty.accessibleName() == "No images in nothing yet"
    assert empty.button.text() == "Open another folder"


def test_without_a_project_the_place_offers_to_open_one(bench: Bench) -> None:
    empty = bench.place._empty
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
    assert panel.confirm.text == "There is a class “big” already. Put the 1 box of “small” into it?"
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


# --- trouble ------------------------------------------------------------------------------------


def test_a_broken_label_file_is_shown_and_never_overwritten(bench: Bench, squares: Path) -> None:
    broken = b"<annotation><object><name>cat</name><bndbox><xmin>12"
    (squares / "b.xml").write_bytes(broken)
    bench.open_project(squares)
    bench.open("b.png")
    notice = bench.place.stage.notice
    corner = bench.place.stage.zoom_bar.geometry().bottomRight()
    assert bench.canvas.rect().contains(corner), "the notice made the canvas smaller"
    assert notice.text.startswith("b.xml: ") and "left as it is" in notice.text
    assert notice.choices == ["Show in folder", "Read again"]
    assert not bench.context.actions["images.draw"].enabled()
    bench.place.draw()
    bench.drag((10, 10), (100, 100))
    bench.place.verify()
    bench.place.editor.clipboard = bench.session.document("a.png").annotation.objects
    bench.place.paste()
    bench.saved()
    assert (squares / "b.xml").read_bytes() == broken
    assert any(tone == "warn" and "b.xml" in text for tone, text in bench.said)
    (squares / "b.xml").write_text(
        (squares / "a.xml").read_text("utf-8").replace("a.png", "b.png"), "utf-8")
    notice.press("Read again")
    assert notice.text == ""
    assert len(bench.place.editor.objects) == 2


@pytest.mark.parametrize("choice", ["Reload", "Keep mine"])
def test_a_file_that_another_program_changed(bench: Bench, squares: Path, choice: str) -> None:
    session = bench.open_project(squares)
    other = (squares / "a.xml").read_text("utf-8").replace("<xmax>300<", "<xmax>333<")
    (squares / "a.xml").write_text(other, "utf-8")
    bench.click(175, 125)
    bench.run("delete")
    notice = bench.place.stage.notice
    bench.wait(lambda: "another program" in notice.text)
    assert (squares / "a.xml").read_text("utf-8") == other
    assert notice.choices == ["Reload", "Keep mine"]
    notice.press(choice)
    bench.wait(lambda: session.saver.state == "saved" and notice.text == "")
    if choice == "Reload":
        assert bench.place.editor.objects[0].box == (100, 50, 333, 250)
        assert (squares / "a.xml").read_text("utf-8") == other
    else:
        assert len(bench.place.editor.objects) == 1
        assert "small" not in (squares / "a.xml").read_text("utf-8")


def test_a_picture_that_cannot_be_read_says_why_and_the_next_one_works(
        bench: Bench, squares: Path) -> None:
    (squares / "b.png").write_bytes(b"no picture")
    (squares / "b.xml").write_text((squares / "a.xml").read_text("utf-8"), "utf-8")
    bench.open_project(squares)
    bench.place.open("b.png")
    bench.wait(lambda: bool(bench.canvas.scene.picture.failure))
    assert "b.png could not be shown" in bench.canvas.scene.picture.failure
    bench.canvas.grab()
    bench.place.draw()
    bench.drag((10, 10), (100, 100))
    assert len(bench.place.editor.objects) == 2
    bench.place.editor.set_drawing(False)
    bench.run("select_all")
    bench.canvas.grab()
    assert bench.canvas.scene.near(QRectF(bench.canvas.rect())) == []
    bench.open("c.png")
    assert bench.canvas.scene.picture.size == (400, 300)


# --- from and to other places -------------------------------------------------------------------


def test_a_target_shows_the_object_and_the_way_back(bench: Bench, cells: Path) -> None:
    session = bench.open_project(cells)
    key = session.index.key(4)
    bench.place.media.set_filter("nothing like it")
    bench.place.entered(ImageTarget(key, object_index=2, back="results"))
    bench.wait_for_picture()
    assert bench.place.editor.key == key
    assert bench.place.editor.selection == (2,)
    back = bench.place.stage.toolbar.back
    assert back.isVisible() and back.text() == "Back to Results"
    back.click()
    assert bench.went == [("results", None)]
    assert not back.isVisible()


def test_a_target_box_is_in_view_even_when_zoomed_in(bench: Bench, cells: Path) -> None:
    session = bench.open_project(cells)
    bench.wheel(10, 10, 1800)
    bench.place.entered(ImageTarget(session.index.key(1), box=(500.0, 400.0, 560.0, 450.0)))
    bench.wait_for_picture()
    x0, y0, x1, y1 = bench.canvas.viewport.box_to_view((500, 400, 560, 450))
    assert x0 >= 0 and y0 >= 0
    assert x1 <= bench.canvas.width() and y1 <= bench.canvas.height()


GHOST = Ghost((320.4, 20.2, 380.7, 80.6), "big", 0.77)


def show_ghost(bench: Bench, squares: Path, ghost: Ghost = GHOST) -> Editor:
    """Open the image with two boxes and show a detection beside them."""
    bench.open_project(squares)
    bench.place.entered(ImageTarget("a.png", box=ghost.box, back="results", ghost=ghost))
    bench.wait_for_picture()
    return bench.place.editor


def colored(bench: Bench, x: float, y: float) -> int:
    """How many pixels around an image point have the colour of the class "big"."""
    wanted = bench.place.colors.color("big").rgb()
    image, at = bench.canvas.grab().toImage(), bench.at(x, y)
    return sum(image.pixel(at.x() + dx, at.y() + dy) == wanted
               for dx in range(-20, 21) for dy in range(-3, 4))


def test_a_detection_is_shown_and_is_no_label(bench: Bench, squares: Path) -> None:
    before = (squares / "a.xml").read_bytes()
    editor = show_ghost(bench, squares)
    assert editor.selection == () and len(editor.objects) == 2
    assert colored(bench, 350, 80) > 10
    assert "big" in bench.place.stage.notice.text and ".77" in bench.place.stage.notice.text
    bench.place.stage.notice.press("Dismiss")
    assert colored(bench, 350, 80) == 0
    assert bench.place.stage.notice.text == ""
    bench.saved()
    assert (squares / "a.xml").read_bytes() == before


def test_enter_makes_the_detection_a_box_in_one_step(bench: Bench, squares: Path) -> None:
    editor = show_ghost(bench, squares)
    bench.press_key(Key.Key_Return)
    assert editor.objects[2].box == (320, 20, 381, 81)
    assert editor.objects[2].label == "big" and editor.selection == (2,)
    assert editor.ghost is None and bench.place.stage.notice.text == ""
    assert bench.labels().count("<object>") == 3
    bench.run("undo")
    assert len(editor.objects) == 2


def test_the_button_and_the_palette_make_it_a_box_too(bench: Bench, squares: Path) -> None:
    editor = show_ghost(bench, squares)
    bench.place.stage.notice.press("Add as a box")
    assert len(editor.objects) == 3
    assert not bench.context.actions["images.accept_ghost"].enabled()
    editor.show_ghost(replace(GHOST, box=(350.0, 280.0, 500.0, 400.0)))
    bench.run("accept_ghost")
    assert editor.objects[3].box == (350, 280, 400, 300), "cut at the image's edge"


def test_escape_and_the_next_image_dismiss_the_detection(bench: Bench, squares: Path) -> None:
    editor = show_ghost(bench, squares)
    bench.press_key(Key.Key_Escape)
    assert editor.ghost is None and len(editor.objects) == 2
    editor.show_ghost(GHOST)
    bench.run("next")
    assert editor.ghost is None and bench.place.stage.notice.text == ""
    bench.run("previous")
    assert editor.ghost is None


def test_a_detection_on_labels_that_cannot_be_read_adds_nothing(
    bench: Bench, squares: Path
) -> None:
    (squares / "a.xml").write_text("<annotation><object>", "utf-8")
    editor = show_ghost(bench, squares)
    bench.press_key(Key.Key_Return)
    assert editor.objects == () and editor.ghost == GHOST
    assert (squares / "a.xml").read_text("utf-8") == "<annotation><object>"


def test_a_class_target_filters(bench: Bench, squares: Path) -> None:
    bench.open_project(squares)
    bench.place.entered(ClassTarget("small"))
    assert bench.place.media.view.media.rowCount() == 1


# --- many ---------------------------------------------------------------------------------------


def test_five_thousand_boxes_can_be_worked_with(bench: Bench, crowd: Path) -> None:
    bench.open_project(crowd)
    editor = bench.place.editor
    assert len(editor.objects) == 5000
    bench.click(12, 14)
    assert editor.selection == (0,)
    bench.run("class_2")
    assert editor.objects[0].label == "class1"
    bench.run("select_all")
    bench.run("difficult")
    assert all(item.difficult for item in editor.objects)
    before = [item.box for item in editor.objects]
    bench.drag((12, 14), (72, 74))
    shifts = {(a.box[0] - b[0], a.box[1] - b[1])
              for a, b in zip(editor.objects, before, strict=True)}
    assert len(shifts) == 1 and shifts != {(0.0, 0.0)}
    bench.run("undo")
    bench.run("delete")
    assert editor.objects == ()
    bench.run("undo")
    assert len(editor.objects) == 5000
    bench.saved()


def test_a_hundred_thousand_files_in_the_list(bench: Bench, squares: Path) -> None:
    session = bench.open_project(squares)
    index = session.index
    keys = [f"img{number:06}.jpg" for number in range(100_000)]
    index.take_more(keys)
    view = bench.place.media.view
    assert view.media.rowCount() == 100_003
    bench.wait(lambda: view.verticalScrollBar().maximum() > 99_000 * 50)
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
    assert view.media.key(view.indexAt(view.viewport().rect().center()).row()) in keys[-40:]
    bench.place.media.set_filter("img09999")
    assert view.media.rowCount() == 10
    bench.place.media.clear_filter()
    assert view.currentIndex().row() == 0, "the shown image stays marked"
    bench.place.open("a.png")


def test_the_actions_have_keys_of_their_own(bench: Bench) -> None:
    taken: dict[str, str] = {}
    for action in bench.context.actions:
        for keys in action.keys:
            assert keys not in taken, (keys, action.id, taken[keys])
            taken[keys] = action.id
    wanted = {"W", "A", "D", "Del", "Ctrl+D", "Ctrl+E", "Ctrl+Z", "Ctrl+Shift+Z", "Ctrl+F", "Space"}
    assert wanted <= taken.keys()


def test_two_places_do_not_share_actions(bench: Bench) -> None:
    with pytest.raises(ValueError):
        ImagesPlace(bench.context)


def test_the_list_begins_at_its_first_row_when_it_gets_its_room_late(
        bench: Bench, tmp_path: Path, write_image: Callable[[Path, int, int], Path]) -> None:
    for number in range(30):
        write_image(tmp_path / "many" / f"{number:02d}.png", 40, 30)
    view = bench.place.media.view
    bench.open_project(tmp_path / "many")
    view.setMaximumHeight(11)  # as it is before the window is laid out
    bench.wait(lambda: view.height() == 11)
    view.set_current(view.media.key(0))
    view.setMaximumHeight(600)
    bench.wait(lambda: view.height() == 600)
    assert view.verticalScrollBar().value() == 0
    bench.open(view.media.key(29))
    assert view.verticalScrollBar().value() == view.verticalScrollBar().maximum()
