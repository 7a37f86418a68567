"""Labels of other programs come in by one drop, and leave by one dialog."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.gui.test_import import button, wait_for_page, words
from tests.gui.test_main_window import drop
from tests.project.helpers import labelled, png
from workbench.gui.app.context import Message
from workbench.gui.app.export_page import ExportPage
from workbench.gui.app.import_page import ImportPage
from workbench.gui.app.program import Program
from workbench.gui.shell.sheets import Sheet
from workbench.gui.widgets import Chip
from workbench.project.datasets.splits import load_split
from workbench.project.manifest import Manifest

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
    sheet, _ = wait_for_page(program, qtbot)
    qtbot.mouseClick(button(sheet, "Import"), LEFT)
    project = tmp_path / "pets project"
    qtbot.waitUntil(lambda: (project / "images" / "val" / "y.png").is_file())
    assert asked == [str(project)]
    qtbot.waitUntil(lambda: program.context.session is not None
                    and list(program.context.session.classes) == ["cat", "dog"])


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
    assert program.projects.open(tmp_path / "pets")
    qtbot.waitUntil(lambda: bool(told))
    [message] = told
    assert message.sentence == "“pets” holds labels in another format (YOLO). They are shown " \
        "once they are imported."
    assert message.stays, "nothing else in the window offers it"
    monkeypatch.setattr(QFileDialog, "getSaveFileName",
                        lambda _parent, _title, before, *_more, **_options: (before, ""))
    assert message.action is not None
    message.action()
    wait_for_page(program, qtbot)
    session = program.context.session
    assert session is not None and session.folder == tmp_path / "pets project"


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
    assert said[0].action_text == "Show folder" and said[0].action is not None
    said[0].action()
    assert shown[0].toLocalFile() == str(out)
    _, again = export_page(opened, qtbot)
    assert again.formats.selected == "coco"  # remembered


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
