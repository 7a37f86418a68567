"""Images beside other programs and places: trouble with files, ways in and out, many boxes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QRectF, Qt

from workbench.core.outlines import Keypoints, Polygon
from workbench.core.shapes import Box
from workbench.gui.app.context import ClassTarget, Ghost, ImageTarget
from workbench.gui.label.images.actions import make_place
from workbench.gui.label.images.editor import Editor
from workbench.project.manifest import Manifest

if TYPE_CHECKING:
    from conftest import Bench

Key = Qt.Key


# --- trouble ------------------------------------------------------------------------------------


def test_a_broken_label_file_is_shown_and_never_overwritten(bench: Bench, squares: Path) -> None:
    broken = b"<annotation><object><name>cat</name><bndbox><xmin>12"
    (squares / "b.xml").write_bytes(broken)
    bench.open_project(squares)
    bench.open("b.png")
    notice = bench.place.viewer.notice
    assert notice.text.startswith("b.xml: ") and "left as it is" in notice.text
    assert notice.choices == ["Show in folder", "Read again", "Start anew"]
    assert not bench.context.actions["images.draw"].enabled()
    toolbar = bench.place.viewer.toolbar
    tools = [toolbar.box, *toolbar.shapes]
    for tool in tools:
        assert not tool.isEnabled() and tool.toolTip().endswith(f"\n{notice.text}")
    grounds = {tool.grab().toImage().pixel(8, 5) for tool in tools}
    assert len(grounds) == 1, "they look the same"
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
    assert all(tool.isEnabled() and "b.xml" not in tool.toolTip() for tool in tools)


def test_a_damaged_label_file_is_put_aside_to_start_anew(bench: Bench, squares: Path) -> None:
    (squares / "b.xml").write_bytes(b"\0" * 300)
    bench.open_project(squares)
    bench.open("b.png")
    bench.place.viewer.notice.press("Start anew")
    assert bench.place.viewer.notice.text == ""
    assert bench.said[-1] == ("info", "The damaged file is kept as b.xml.unreadable.")
    assert (squares / "b.xml.unreadable").read_bytes() == b"\0" * 300
    bench.place.verify()
    bench.saved()
    assert b"verified" in (squares / "b.xml").read_bytes()


@pytest.mark.parametrize("choice", ["Reload", "Keep mine"])
def test_a_file_that_another_program_changed(bench: Bench, squares: Path, choice: str) -> None:
    session = bench.open_project(squares)
    other = (squares / "a.xml").read_text("utf-8").replace("<xmax>300<", "<xmax>333<")
    (squares / "a.xml").write_text(other, "utf-8")
    bench.click(175, 125)
    bench.run("delete")
    notice = bench.place.viewer.notice
    bench.wait(lambda: "another program" in notice.text)
    assert (squares / "a.xml").read_text("utf-8") == other
    assert notice.choices == ["Reload", "Keep mine", "Keep both"]
    notice.press(choice)
    bench.wait(lambda: session.saver.state == "saved" and notice.text == "")
    if choice == "Reload":
        assert bench.place.editor.objects[0].box == (100, 50, 333, 250)
        assert (squares / "a.xml").read_text("utf-8") == other
    else:
        assert len(bench.place.editor.objects) == 1
        assert "small" not in (squares / "a.xml").read_text("utf-8")


def test_what_two_people_changed_in_one_image_is_joined(bench: Bench, squares: Path) -> None:
    session = bench.open_project(squares)
    before = bench.place.editor.objects
    bench.click(175, 125)
    bench.run("duplicate")  # is saved: what is known of the disk goes along
    bench.saved()
    ours = bench.place.editor.objects
    assert len(ours) == len(before) + 1
    text = (squares / "a.xml").read_text("utf-8")
    theirs = text.replace("</annotation>", "<object><name>cat</name><bndbox><xmin>7</xmin>"
                          "<ymin>8</ymin><xmax>20</xmax><ymax>30</ymax></bndbox></object>"
                          "</annotation>")
    (squares / "a.xml").write_text(theirs, "utf-8")
    bench.run("delete")  # the copy
    notice = bench.place.viewer.notice
    bench.wait(lambda: "Keep both" in notice.choices)
    notice.press("Keep both")
    bench.wait(lambda: session.saver.state == "saved" and notice.text == "")
    joined = [(item.label, item.box) for item in bench.place.editor.objects]
    assert sorted(joined) == sorted([*((item.label, item.box) for item in before),
                                     ("cat", (7, 8, 20, 30))])
    assert (squares / "a.xml").read_text("utf-8").count("<object>") == len(before) + 1
    bench.run("undo")
    bench.saved()
    assert [item.box for item in bench.place.editor.objects] == [item.box for item in before]


def test_what_somebody_else_labels_in_the_shown_image_appears_by_itself(
        bench: Bench, squares: Path) -> None:
    session = bench.open_project(squares)
    other = (squares / "a.xml").read_text("utf-8").replace("<xmax>300<", "<xmax>333<")
    (squares / "a.xml").write_text(other, "utf-8")
    session.index.refresh()  # as when its folder has changed
    bench.wait(lambda: bench.place.editor.objects[0].box == (100, 50, 333, 250))


def test_a_message_leaves_the_question_about_a_conflict_free(bench: Bench, squares: Path) -> None:
    bench.open_project(squares)
    bench.context.say("warn", "It is also open elsewhere.", stays=True)
    (squares / "a.xml").write_text((squares / "a.xml").read_text("utf-8") + "\n", "utf-8")
    bench.click(175, 125)
    bench.run("delete")
    notice = bench.place.viewer.notice
    bench.wait(lambda: "Keep both" in notice.choices)
    assert bench.place.height() - bench.place.foot_height() <= notice.mapTo(
        bench.place, notice.rect().topLeft()).y()


@pytest.mark.parametrize("choice", ["Reload", "Keep mine"])
def test_classes_that_another_program_changed(bench: Bench, squares: Path, choice: str) -> None:
    manifest = squares / "workbench.toml"
    session = bench.open_project(squares)
    first, *others = session.classes
    session.add_class("mine")
    bench.saved()
    theirs = ["theirs", first, *others, "mine"]
    manifest.write_text(f"classes = {theirs}\n", "utf-8")
    session.rename_class(first, "other")
    notice = bench.place.viewer.notice
    bench.wait(lambda: "workbench.toml: another program" in notice.text)
    bench.open("b.png")
    assert notice.choices == ["Reload", "Keep mine"], "over every sample"
    notice.press(choice)
    bench.wait(lambda: session.saver.state == "saved" and notice.text == "")
    ours = ["other", *others, "mine"]
    # the name that the files have now is a class, too
    assert list(session.classes) == (ours if choice == "Keep mine" else [*theirs, "other"])
    assert Manifest.load(squares).classes[:2] == list(session.classes)[:2]


def test_a_picture_that_cannot_be_read_says_why_and_the_next_one_works(
        bench: Bench, squares: Path) -> None:
    (squares / "b.png").write_bytes(b"no picture")
    (squares / "b.xml").write_text((squares / "a.xml").read_text("utf-8"), "utf-8")
    bench.open_project(squares)
    bench.place.open("b.png")
    bench.wait(lambda: bool(bench.canvas.scene.picture.failure))
    assert "b.png could not be shown" in bench.canvas.scene.picture.failure
    bench.canvas.grab()
    assert not bench.place.viewer.toolbar.box.isEnabled(), "there is nothing to draw on"
    bench.place.draw()
    assert not bench.place.editor.drawing
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
    back = bench.place.viewer.toolbar.back
    assert back.isVisible() and back.accessibleName() == "Back to Results"
    bench.place.resize(1600, 800)
    assert back.text() == "Back to Results", "where there is room for words"
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
    assert "big" in bench.place.viewer.notice.text and ".77" in bench.place.viewer.notice.text
    bench.place.viewer.notice.press("Dismiss")
    assert colored(bench, 350, 80) == 0
    assert bench.place.viewer.notice.text == ""
    bench.saved()
    assert (squares / "a.xml").read_bytes() == before


def test_enter_makes_the_detection_a_box_in_one_step(bench: Bench, squares: Path) -> None:
    editor = show_ghost(bench, squares)
    bench.press_key(Key.Key_Return)
    assert editor.objects[2].box == (320, 20, 381, 81)
    assert editor.objects[2].label == "big" and editor.selection == (2,)
    assert editor.ghost is None and bench.place.viewer.notice.text == ""
    assert bench.labels().count("<object>") == 3
    bench.run("undo")
    assert len(editor.objects) == 2


def test_the_button_and_the_palette_make_it_a_box_too(bench: Bench, squares: Path) -> None:
    editor = show_ghost(bench, squares)
    bench.place.viewer.notice.press("Add as a label")
    assert len(editor.objects) == 3
    assert not bench.context.actions["images.accept_ghost"].enabled()
    editor.show_ghost(GHOST._replace(box=(350.0, 280.0, 500.0, 400.0)))
    bench.run("accept_ghost")
    assert editor.objects[3].box == (350, 280, 400, 300), "cut at the image's edge"


def test_a_detection_with_an_outline_becomes_a_polygon(bench: Bench, squares: Path) -> None:
    editor = show_ghost(bench, squares)
    outline = Polygon((((320.0, 20.0), (380.0, 40.0), (340.0, 80.0)),))
    editor.show_ghost(GHOST._replace(outline=outline))
    bench.press_key(Key.Key_Return)
    assert editor.objects[2].shape == outline and editor.ghost is None


def test_a_detection_with_key_points_becomes_such_a_label(bench: Bench, squares: Path) -> None:
    editor = show_ghost(bench, squares)
    points = Keypoints(((330.0, 30.0), (350.0, 120.0), (0.0, 0.0)), (2, 2, 0), Box(*GHOST.box))
    assert colored(bench, 350, 120) == 0
    editor.show_ghost(GHOST._replace(outline=points))
    assert colored(bench, 350, 120) > 10, "a point below the box"
    bench.press_key(Key.Key_Return)
    assert editor.objects[2].shape == points and editor.ghost is None


def test_escape_and_the_next_image_dismiss_the_detection(bench: Bench, squares: Path) -> None:
    editor = show_ghost(bench, squares)
    bench.press_key(Key.Key_Escape)
    assert editor.ghost is None and len(editor.objects) == 2
    editor.show_ghost(GHOST)
    bench.run("next")
    assert editor.ghost is None and bench.place.viewer.notice.text == ""
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
    assert bench.place.media.view.samples.rowCount() == 1


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
    index.append_rows(keys)
    view = bench.place.media.view
    assert view.samples.rowCount() == 100_003
    bench.wait(lambda: view.verticalScrollBar().maximum() > 99_000 * 50)
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
    assert view.samples.key(view.indexAt(view.viewport().rect().center()).row()) in keys[-40:]
    bench.place.media.set_filter("img09999")
    assert view.samples.rowCount() == 10
    bench.place.media.clear_filter()
    assert view.currentIndex().row() == 0, "the shown image stays marked"
    bench.place.open("a.png")


def test_the_actions_have_keys_of_their_own(bench: Bench) -> None:
    taken: dict[str, str] = {}
    for action in bench.context.actions:
        for keys in action.keys:
            if action.id.endswith("_suggestion"):
                continue  # only with the mouse on one, before what the key does otherwise
            assert keys not in taken, (keys, action.id, taken[keys])
            taken[keys] = action.id
    wanted = {"W", "A", "D", "Del", "Ctrl+D", "Ctrl+E", "Ctrl+Z", "Ctrl+Shift+Z", "Ctrl+F", "Space"}
    assert wanted <= taken.keys()


def test_two_places_do_not_share_actions(bench: Bench) -> None:
    with pytest.raises(ValueError):
        make_place(bench.context)


def test_the_list_begins_at_its_first_row_when_it_gets_its_room_late(
        bench: Bench, tmp_path: Path, write_image: Callable[[Path, int, int], Path]) -> None:
    for number in range(30):
        write_image(tmp_path / "many" / f"{number:02d}.png", 40, 30)
    view = bench.place.media.view
    bench.open_project(tmp_path / "many")
    view.setMaximumHeight(11)  # as it is before the window is laid out
    bench.wait(lambda: view.height() == 11)
    view.set_current(view.samples.key(0))
    view.setMaximumHeight(600)
    bench.wait(lambda: view.height() == 600)
    assert view.verticalScrollBar().value() == 0
    bench.open(view.samples.key(29))
    assert view.verticalScrollBar().value() == view.verticalScrollBar().maximum()


def test_what_was_copied_follows_its_class(bench: Bench, squares: Path) -> None:
    session = bench.open_project(squares)
    editor = bench.place.editor
    editor.select((0,))
    editor.set_current_class("big")
    assert editor.copy() == 1
    session.rename_class("big", "large")
    bench.open("b.png")
    editor.paste()
    assert editor.objects[-1].label == editor.current_class == "large"
    session.rename_class("large", "small")
    editor.paste()
    assert editor.objects[-1].label == editor.current_class == "small"
    assert session.classes.names == ("small",)
