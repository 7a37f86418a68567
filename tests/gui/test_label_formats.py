"""Labels of other programs come in by one drop, and leave by one dialog."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.gui.import_steps import button, wait_for_page, words
from tests.gui.test_main_window import drop
from tests.project.helpers import add_image, labelled, png
from workbench.core.annotation import LabeledObject
from workbench.core.outlines import Polygon
from workbench.core.shapes import Box
from workbench.gui.app.context import Message
from workbench.gui.app.export_page import ExportPage
from workbench.gui.app.import_page import ImportPage
from workbench.gui.app.program import Program
from workbench.gui.data.place import DataPlace
from workbench.gui.label.images.place import ImagesPlace
from workbench.gui.shell.sheets import Sheet
from workbench.gui.widgets import Chip
from workbench.project.datasets.splits import load_split
from workbench.project.manifest import Manifest
from workbench.project.stores import chosen, coco_session

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def opened(make_program: Callable[..., Program], tmp_path: Path, qtbot: QtBot) -> Program:
    """The window with a project of two images, whose labels are “own” and “other”."""
    made = make_program()
    with qtbot.waitActive(made.window):
        made.window.show()
    labelled(tmp_path / "mine", "a.png", ["own"])
    labelled(tmp_path / "mine", "b.png", ["other", "own"])
    made.projects.open(tmp_path / "mine")
    session = made.context.session
    assert session is not None
    qtbot.waitUntil(lambda: sorted(session.classes) == ["other", "own"])
    return made


def yolo(folder: Path) -> Path:
    for part, name in (("train", "x"), ("val", "y")):
        for kind, data in (("images", png(seed=len(part))), ("labels", b"1 0.5 0.5 0.5 0.5\n")):
            path = folder / kind / part / f"{name}.{'png' if kind == 'images' else 'txt'}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    (folder / "data.yaml").write_text("train: images/train\nval: images/val\nnames: [cat, dog]\n")
    return folder


def zipped(folder: Path) -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for item in sorted(folder.rglob("*")):
            archive.write(item, f"pets/{item.relative_to(folder).as_posix()}")
    return path


def dropped(program: Program, path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    drop(program.window, mime)


@pytest.mark.parametrize("how", ["folder", "file", "zip"])
def test_one_drop_recognises_the_format(
        opened: Program, tmp_path: Path, qtbot: QtBot, how: str) -> None:
    folder = yolo(tmp_path / "pets")
    path = {"folder": folder, "file": folder / "data.yaml", "zip": zipped(folder)}[how]
    dropped(opened, path)
    sheet, page = wait_for_page(opened, qtbot)
    shown = words(page)
    for part in ("2 images, all labelled", "YOLO · 2 objects of 1 class: dog (2)",
                 "1 train, 1 val, 0 test"):
        assert part in shown, shown
    qtbot.mouseClick(button(sheet, "Import"), LEFT)
    session = opened.context.session
    assert session is not None
    qtbot.waitUntil(lambda: "dog" in session.classes)
    assert Manifest.load(session.folder).classes[-2:] == ["cat", "dog"]
    qtbot.waitUntil(lambda: (session.folder / "splits" / "default.json").is_file())
    assert load_split(session.folder).val == ["val/y.png"]
    assert (folder / "images" / "train" / "x.png").is_file()  # originals stay


def test_labels_alone_are_compared_with_those_of_the_open_project(
        opened: Program, tmp_path: Path, qtbot: QtBot) -> None:
    """A colleague sends a folder of label files, of images that are here already."""
    folder = tmp_path / "labelTxt"
    folder.mkdir()
    (folder / "a.txt").write_text("1 1 9 1 9 5 1 5 ship 0\n")
    dropped(opened, folder)
    qtbot.waitUntil(lambda: opened.window.place == "data")
    place = opened.window.place_widget("data")
    assert isinstance(place, DataPlace)
    qtbot.waitUntil(lambda: "1 image labelled here" in place.agreement.title.text())
    session = opened.context.session
    assert session is not None and session.folder == tmp_path / "mine"


def test_a_class_gets_another_name_before_it_comes(
        opened: Program, tmp_path: Path, qtbot: QtBot) -> None:
    dropped(opened, yolo(tmp_path / "pets"))
    sheet, page = wait_for_page(opened, qtbot)
    field = page.classes.fields["dog"]
    qtbot.mouseDClick(field, LEFT)
    qtbot.keyClicks(field, "own")
    qtbot.mouseClick(button(sheet, "Import"), LEFT)
    session = opened.context.session
    assert session is not None
    path = session.folder / "train" / "x.xml"
    qtbot.waitUntil(path.is_file)
    assert "<name>own</name>" in path.read_text()
    qtbot.waitUntil(lambda: "cat" in session.classes)
    assert "dog" not in session.classes


def test_a_drop_without_a_project_makes_one(
        make_program: Callable[..., Program], tmp_path: Path, qtbot: QtBot,
        monkeypatch: pytest.MonkeyPatch) -> None:
    program = make_program()
    with qtbot.waitExposed(program.window):
        program.window.show()
    asked: list[str] = []

    def name(_parent: object, _title: str, before: str, *_more: object, **_options: object,
             ) -> tuple[str, str]:
        asked.append(before)
        return before, ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", name)
    dropped(program, yolo(tmp_path / "pets"))
    bar = program.window.overlays.message_bar
    qtbot.waitUntil(bar.other_button.isVisible)
    qtbot.mouseClick(bar.other_button, LEFT)
    sheet, _ = wait_for_page(program, qtbot)
    qtbot.mouseClick(button(sheet, "Import"), LEFT)
    project = tmp_path / "pets project"
    qtbot.waitUntil(lambda: (project / "images" / "val" / "y.png").is_file())
    assert asked == [str(project)]
    qtbot.waitUntil(lambda: program.context.session is not None
                    and list(program.context.session.classes) == ["cat", "dog"])
    program.context.actions["file.format"].run()
    qtbot.waitUntil(lambda: bar.text == "Labels are Pascal VOC files (.xml) in “annotations”.")
    assert not bar.action_button.isVisible()


def test_a_folder_that_is_opened_as_it_is_tells_of_its_labels(
        make_program: Callable[..., Program], tmp_path: Path, qtbot: QtBot,
        monkeypatch: pytest.MonkeyPatch) -> None:
    program = make_program()
    with qtbot.waitExposed(program.window):
        program.window.show()
    told: list[Message] = []
    program.context.announced.connect(told.append)
    labelled(tmp_path / "own", "a.png", ["cat"])  # its labels are shown: nothing to tell
    assert program.projects.open(tmp_path / "own")
    yolo(tmp_path / "pets")
    (tmp_path / "pets" / "data.yaml").unlink()  # without names of classes nobody can work in it
    assert program.projects.open(tmp_path / "pets")
    qtbot.waitUntil(lambda: bool(told))
    [message] = told
    assert message.sentence == "“pets” holds labels in another format (YOLO). They are shown " \
        "once they are imported."
    assert message.other is None
    assert message.stays, "nothing else in the window offers it"
    monkeypatch.setattr(QFileDialog, "getSaveFileName",
                        lambda _parent, _title, before, *_more, **_options: (before, ""))
    assert message.action is not None
    message.action()
    sheet, _ = wait_for_page(program, qtbot)
    assert sheet.accessibleName() == "Import “pets” into “pets project”"


@pytest.mark.parametrize("there", [False, True])
def test_a_copy_that_is_refused_leaves_the_open_project_and_no_new_one(
        opened: Program, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, there: bool,
) -> None:
    told: list[Message] = []
    opened.context.announced.connect(told.append)
    folder, project = yolo(tmp_path / "pets"), tmp_path / "copy"
    assert opened.projects.open(folder)
    session = opened.context.session
    qtbot.waitUntil(lambda: bool(told))
    for path in folder.rglob("*.png"):
        path.unlink()
    if there:
        project.mkdir()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args, **_more: (str(project), ""))
    assert told[0].other is not None
    told[0].other()
    qtbot.waitUntil(lambda: told[-1].tone == "bad")
    assert "no images" in told[-1].sentence
    assert opened.context.session is session and project.is_dir() == there


def test_a_damaged_file_of_labels_is_told_at_once(
        make_program: Callable[..., Program], tmp_path: Path, qtbot: QtBot) -> None:
    add_image(tmp_path / "pets", "a.png")
    (tmp_path / "pets" / "coco.json").write_text(
        '{"images": [{"id": 1, "file_name": "a.png", "width": 64, "height": 48}],\n'
        '"categories": [], "annotations": [{"id":')
    program = make_program()
    told: list[Message] = []
    program.context.announced.connect(told.append)
    assert program.projects.open(tmp_path / "pets")
    qtbot.waitUntil(lambda: bool(told))
    assert told[0].tone == "warn"
    assert told[0].sentence.endswith("imported. coco.json: line 2, it is cut off.")


def work_in_it(program: Program, qtbot: QtBot, classes: list[str], counts: dict[str, int],
               ) -> ImagesPlace:
    """Accept the offer of a folder to be worked in as it is, and wait until an image is shown."""
    qtbot.mouseClick(program.window.overlays.message_bar.action_button, LEFT)
    qtbot.waitUntil(lambda: program.context.session is not None
                    and list(program.context.session.classes) == classes)
    session = program.context.session
    assert session is not None
    qtbot.waitUntil(lambda: session.index.class_counts() == counts)
    place = program.window.place_widget("images")
    assert isinstance(place, ImagesPlace)
    qtbot.waitUntil(lambda: bool(place.editor.objects) and 0 not in place.editor.size)
    return place


def test_a_yolo_folder_is_worked_in_as_it_is(
        program: Program, tmp_path: Path, qtbot: QtBot) -> None:
    assert program.projects.open(yolo(tmp_path / "pets"))
    bar = program.window.overlays.message_bar
    qtbot.waitUntil(bar.action_button.isVisible)
    assert bar.action_button.text() == "Work in it as it is"
    place = work_in_it(program, qtbot, ["cat", "dog"], {"dog": 2})
    assert not place.editor.toggle_verified() and "no place for a mark" in bar.text
    toolbar = place.viewer.toolbar
    assert not toolbar.verify.isEnabled() and toolbar.box.isEnabled()
    assert not any(one.isEnabled() for one in toolbar.shapes), "rows are boxes here"
    assert not program.context.actions["images.tool_polygon"].enabled()
    boxes_only = "The YOLO label files of this project hold boxes only."
    assert all(one.toolTip().endswith(f"\n{boxes_only}") for one in toolbar.shapes)
    verify = program.context.actions["images.verify"].why_not()
    assert "no place for a mark" in verify and toolbar.verify.toolTip().endswith(f"\n{verify}")
    for key, why in ((Qt.Key.Key_P, boxes_only), (Qt.Key.Key_Space, verify)):
        bar.dismiss()
        qtbot.keyClick(place.canvas, key)
        assert bar.isVisible() and bar.text == why
    assert any("YOLO" in words for words in place.status())
    place.editor.select_all()
    assert place.selected.flags.isHidden()
    assert place.editor.duplicate()
    rows = tmp_path / "pets" / "labels" / "train" / "x.txt"
    qtbot.waitUntil(lambda: rows.read_bytes().count(b"\n") == 2)
    assert rows.read_bytes().startswith(b"1 0.5 0.5 0.5 0.5\n1 ")
    assert Manifest.load(tmp_path / "pets").format == "yolo"


def test_a_coco_folder_is_worked_in_as_it_is(
        program: Program, tmp_path: Path, qtbot: QtBot,
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coco_session, "WAIT", 0.0)
    folder = tmp_path / "pets"
    add_image(folder, "train/x.png")
    file = folder / "train" / "_annotations.coco.json"
    text = json.dumps({
        "info": {"by": "Roboflow"},
        "categories": [{"id": 0, "name": "dog", "supercategory": "pet"}],
        "images": [{"id": 0, "file_name": "x.png", "width": 64, "height": 48, "license": 1}],
        "annotations": [{"id": 5, "image_id": 0, "category_id": 0, "bbox": [10, 10, 20, 20]}]})
    file.write_text(text)
    assert program.projects.open(folder)
    bar = program.window.overlays.message_bar
    qtbot.waitUntil(bar.action_button.isVisible)
    assert bar.text == "“pets” holds COCO labels. Edit them as they are, so that your scripts " \
        "can go on reading them, or import a copy."
    place = work_in_it(program, qtbot, ["dog"], {"dog": 1})
    assert any("COCO" in words for words in place.status())
    assert not place.viewer.toolbar.verify.isEnabled()
    assert file.read_text() == text
    program.context.actions["file.format"].run()
    qtbot.waitUntil(lambda: bar.text == "Labels are COCO files, edited in place: "
                    "train/_annotations.coco.json.")
    bar.dismiss()
    place.editor.select_all()
    assert place.editor.duplicate()
    qtbot.waitUntil(lambda: '"id": 6' in file.read_text())
    assert file.read_text().startswith(text[:-2])
    program.context.session.undo.undo()
    qtbot.waitUntil(lambda: file.read_text() == text)
    program.projects.close()
    shutil.rmtree(folder / ".workbench")  # as in a copy that left hidden folders out
    monkeypatch.setattr(chosen, "SLOW", 0)
    assert not program.projects.open(folder), "it is read while the window goes on"
    assert bar.text == "The labels of “pets” are being read."
    qtbot.waitUntil(lambda: program.context.session is not None)
    assert program.context.session.classes.names == ("dog",) and file.read_text() == text


def test_what_was_drawn_comes_along_when_the_question_is_answered_at_the_next_opening(
        make_program: Callable[..., Program], tmp_path: Path, qtbot: QtBot) -> None:
    program = make_program()
    with qtbot.waitExposed(program.window):
        program.window.show()
    assert program.projects.open(yolo(tmp_path / "pets"))
    bar = program.window.overlays.message_bar
    qtbot.waitUntil(bar.action_button.isVisible)
    session = program.context.session
    assert session is not None
    key = session.index.key(0)
    session.edit(key, [LabeledObject("bird", Box(0, 0, 4, 4)), LabeledObject(
        "bird", Polygon((((0.0, 0.0), (4.0, 0.0), (4.0, 4.0)),)))], "draw")
    assert program.projects.close() and not bar.isVisible()
    assert Manifest.load(tmp_path / "pets").exists
    assert program.projects.open(tmp_path / "pets")
    qtbot.waitUntil(bar.action_button.isVisible)
    qtbot.mouseClick(bar.action_button, LEFT)
    qtbot.waitUntil(lambda: "came along" in bar.text)
    assert bar.text.startswith("1 object that you") and bar.text.endswith(": 1 object.")
    after = program.context.session
    assert after is not None and list(after.classes) == ["cat", "dog", "bird"]
    assert [item.label for item in after.document(key).annotation.objects][-1] == "bird"
    qtbot.waitUntil(lambda: any(b"\n2 " in b"\n" + path.read_bytes()
                                for path in (tmp_path / "pets" / "labels").rglob("*.txt")))
    program.context.actions["file.format"].run()
    qtbot.waitUntil(lambda: "data.yaml numbers the classes" in bar.text)
    assert bar.action_button.text() == "Import into a new project"
    assert "bird" in (tmp_path / "pets" / "data.yaml").read_text()


def test_the_offered_labels_are_imported_also_where_a_box_was_drawn_meanwhile(
        make_program: Callable[..., Program], tmp_path: Path, qtbot: QtBot,
        monkeypatch: pytest.MonkeyPatch) -> None:
    program = make_program()
    with qtbot.waitExposed(program.window):
        program.window.show()
    assert program.projects.open(yolo(tmp_path / "pets"))
    bar = program.window.overlays.message_bar
    qtbot.waitUntil(bar.other_button.isVisible)
    session = program.context.session
    assert session is not None
    session.edit(session.index.key(0), [LabeledObject("bird", Box(0, 0, 4, 4))], "draw")
    assert session.saver.flush(60)
    said = bar.text
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_more, **_options: ("", ""))
    qtbot.mouseClick(bar.other_button, LEFT)
    assert bar.text == said and bar.other_button.isVisible(), "no folder was named: asked again"
    monkeypatch.setattr(QFileDialog, "getSaveFileName",
                        lambda _parent, _title, before, *_more, **_options: (before, ""))
    qtbot.mouseClick(bar.other_button, LEFT)
    _sheet, page = wait_for_page(program, qtbot)
    assert "2 objects" in page.contents.text() and "YOLO" in page.contents.text()


def test_a_file_that_holds_no_labels_is_told(
        opened: Program, tmp_path: Path, qtbot: QtBot) -> None:
    told: list[str] = []
    opened.context.message.connect(lambda _tone, text: told.append(text))
    (tmp_path / "notes.json").write_text("{}")
    dropped(opened, tmp_path / "notes.json")
    qtbot.waitUntil(lambda: bool(told))
    assert told == ["notes.json is a file: import the folder that it lies in."]


# Export


def export_page(program: Program, qtbot: QtBot) -> tuple[Sheet, ExportPage]:
    program.context.actions["file.export_labels"].run()
    qtbot.waitUntil(lambda: program.window.findChild(ExportPage) is not None)
    page = program.window.findChild(ExportPage)
    assert isinstance(page, ExportPage)
    sheet = page.parentWidget()
    while not isinstance(sheet, Sheet):
        assert sheet is not None
        sheet = sheet.parentWidget()
    return sheet, page


def press(chip: Chip, qtbot: QtBot) -> None:
    qtbot.mouseClick(chip, LEFT, pos=QPoint(chip.width() // 2, chip.height() // 2))


def test_labels_are_exported_by_the_mouse(
        opened: Program, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet, page = export_page(opened, qtbot)
    qtbot.waitUntil(lambda: page.summary.text() == "2 images with 3 objects")
    assert page.lost.text() == "Nothing is lost: YOLO has a place for all of it."
    assert page.lost.property("tone") == ""
    press(page.classes["other"], qtbot)
    qtbot.waitUntil(lambda: page.summary.text() == "2 images with 2 objects")
    press(page.formats["yolo-obb"], qtbot)
    qtbot.waitUntil(lambda: page.lost.text() == "2 boxes become rotated boxes.")
    assert page.lost.property("tone") == "warn"
    press(page.formats["coco"], qtbot)
    press(page.images["none"], qtbot)
    out = tmp_path / "out"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args, **_more: (str(out), ""))
    said: list[Message] = []
    opened.context.announced.connect(said.append)
    qtbot.mouseClick(button(sheet, "Export…"), LEFT)
    qtbot.waitUntil(lambda: bool(said))
    assert said[0].sentence == "2 images with 2 objects were written as COCO."
    files = sorted(path.name for path in out.rglob("*.json"))
    assert files == ["instances_train.json", "instances_val.json"] and not (out / "images").exists()
    data = [json.loads(path.read_text()) for path in sorted(out.rglob("*.json"))]
    assert [item["name"] for item in data[0]["categories"]] == ["own"]
    shown: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: shown.append(url) or True)
    assert said[0].action_text == "Show in folder" and said[0].action is not None
    said[0].action()
    assert shown[0].toLocalFile() == str(out)
    _, again = export_page(opened, qtbot)
    assert again.formats.selected == "coco"  # remembered


def test_a_format_without_a_place_for_any_of_the_labels_cannot_be_exported(
        opened: Program, qtbot: QtBot) -> None:
    sheet, page = export_page(opened, qtbot)
    qtbot.waitUntil(lambda: page.summary.text() == "2 images with 3 objects")
    go, chip = button(sheet, "Export…"), page.formats["coco"]
    place = chip.mapTo(sheet, QPoint())
    press(page.formats["cifar"], qtbot)
    qtbot.waitUntil(lambda: not go.isEnabled())
    assert page.summary.text() == (
        "Nothing to write: CIFAR-10 (binary) has no place for these labels")
    assert "3 boxes are left out" in page.lost.text()
    assert chip.mapTo(sheet, QPoint()) == place, "nothing moves under the mouse"
    press(chip, qtbot)
    qtbot.waitUntil(lambda: page.summary.text() == "2 images with 3 objects")
    assert go.isEnabled() and chip.mapTo(sheet, QPoint()) == place


def test_a_folder_that_holds_something_is_left_alone(
        opened: Program, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet, page = export_page(opened, qtbot)
    qtbot.waitUntil(lambda: page.summary.text() == "2 images with 3 objects")
    monkeypatch.setattr(QFileDialog, "getSaveFileName",
                        lambda *_args, **_more: (str(tmp_path / "mine"), ""))
    told: list[str] = []
    opened.context.message.connect(lambda _tone, text: told.append(text))
    qtbot.mouseClick(button(sheet, "Export…"), LEFT)
    qtbot.waitUntil(lambda: bool(told))
    assert "name a new or empty folder" in told[0]


def test_nothing_is_exported_without_a_project(make_program: Callable[..., Program]) -> None:
    assert not make_program().context.actions["file.export_labels"].enabled()


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_labels_are_converted_once_and_nothing_of_it_stays_behind(
        opened: Program, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch,
        kind: str) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    folder = yolo(tmp_path / "pets")
    path = folder if kind == "folder" else zipped(folder)
    for last in ("Cancel", "Import"):
        dropped(opened, path)
        sheet, _page = wait_for_page(opened, qtbot)
        assert any(place.iterdir())
        (folder / "labels" / "train" / "x.txt").write_text("0 0.5 0.5 0.5 0.5\n")
        qtbot.mouseClick(button(sheet, last), LEFT)
        qtbot.waitUntil(lambda: not any(place.iterdir()))
        qtbot.waitUntil(lambda: opened.window.findChild(ImportPage) is None)
        (folder / "labels" / "train" / "x.txt").write_text("1 0.5 0.5 0.5 0.5\n")
    session = opened.context.session
    assert session is not None
    qtbot.waitUntil(lambda: "cat" in session.classes)
    assert "<name>dog</name>" in (session.folder / "train" / "x.xml").read_text()  # as was shown
