"""Importing a folder in the window: what is told and chosen before, copied and told after."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from tests.gui.conftest import draw_photos
from tests.gui.import_steps import button, mime, wait_for_page, words
from tests.gui.test_main_window import drop
from tests.project.helpers import add_image, labelled
from workbench.core.errors import WorkbenchError
from workbench.core.progress import ProgressCallback
from workbench.gui.app import import_controller, progress_sheet
from workbench.gui.app.context import Message
from workbench.gui.app.import_page import LONGEST, ImportPage, short
from workbench.gui.app.program import Program
from workbench.gui.shell.sheets import Sheet
from workbench.project.datasets.splits import Split, load_split, save_split
from workbench.project.imports.image_copier import ImageCopier
from workbench.project.imports.images import import_dataset
from workbench.project.imports.preview import ImportPlan, plan_import
from workbench.project.imports.report import ImportReport
from workbench.project.trash import TRASH

Key = Qt.Key


@pytest.fixture
def opened(make_program: Callable[..., Program], tmp_path: Path, qtbot: QtBot) -> Program:
    """The window with a project of one image, whose label is “own”."""
    made = make_program()
    with qtbot.waitActive(made.window):
        made.window.show()
    labelled(tmp_path / "mine", "mine.png", ["own"])
    made.projects.open(tmp_path / "mine")
    session = made.context.session
    assert session is not None
    qtbot.waitUntil(lambda: list(session.classes) == ["own"])
    return made


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Six labelled images in folders of a split, with lists of another, and labels of YOLO."""
    folder = tmp_path / "pictures"
    names = [f"{part}/{part}{number}.png" for part in ("train", "val") for number in range(3)]
    for name in names:
        labelled(folder, name, ["cat"])
    (folder / "train" / "train0.txt").write_text("0 0.5 0.5 0.1 0.1\n", "utf-8")
    lists = folder / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("train0\nval0\nval1\nval2\n", "utf-8")
    (lists / "val.txt").write_text("train1\ntrain2\n", "utf-8")
    return folder


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    """Four sounds in folders of two classes, and a table that names two of them otherwise."""
    folder = tmp_path / "calls"
    for name in ("owl/a.wav", "owl/b.wav", "frog/c.wav", "frog/d.wav"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / name, 0.3 * np.sin(np.arange(1600) / len(name)), 8000)
    (folder / "labels.csv").write_text("file,label\na.wav,hoot\nb.wav,hoot\n", "utf-8")
    return folder


def choose(program: Program, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the action, as menu and palette do."""
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args: str(folder))
    program.context.actions["file.import"].run()


def said(program: Program) -> list[tuple[str, str]]:
    told: list[tuple[str, str]] = []
    program.context.message.connect(lambda tone, text: told.append((tone, text)))
    return told


@pytest.mark.parametrize("kind", ["voc", "zip", "classes"])
def test_pictures_that_cannot_be_used_are_named_before_they_come(
        kind: str, opened: Program, tmp_path: Path, qtbot: QtBot) -> None:
    folder = tmp_path / "pictures"
    for name in ("a", "cut", "none"):
        labelled(folder, f"{name}.png", ["cat"])
        if kind != "voc":
            (folder / f"{name}.xml").unlink()
        if kind == "zip":
            (folder / f"{name}.txt").write_text("0 0.5 0.5 0.1 0.1\n", "utf-8")
    if kind == "classes":
        for name in ("cat/a.png", "cat/cut.png", "dog/none.png", "dog/b.png"):
            add_image(folder, name)
        for old in folder.glob("*.png"):
            old.unlink()
    for path in folder.rglob("*.png"):
        if path.stem in ("cut", "none"):
            path.write_bytes(path.read_bytes()[:-40] if path.stem == "cut" else b"")
    if kind == "zip":
        folder = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", folder))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(folder))])
    drop(opened.window, mime)
    sheet, page = wait_for_page(opened, qtbot)
    shown = words(page)
    assert "1 image breaks off, so a part is missing: cut.png." in shown
    assert "none.png" in shown and "the file is empty" in shown
    assert shown.count("none.png") == 1
    button(sheet, "Cancel").click()


def test_sources_of_the_split_are_shown_and_one_is_chosen_by_keys(
        opened: Program, pictures: Path, tmp_path: Path, qtbot: QtBot,
        monkeypatch: pytest.MonkeyPatch) -> None:
    told = said(opened)
    choose(opened, pictures, monkeypatch)
    sheet, page = wait_for_page(opened, qtbot)
    assert sheet.accessibleName() == "Import “pictures” into “mine”"
    shown = words(page)
    for part in ("6 images, all labelled", "4 train, 2 val", "3 train, 3 val",
                 "train/train0.txt (1 file): labels of YOLO"):
        assert part in shown, part
    assert page.splits.selected == "lists" and not (tmp_path / "mine" / "train").exists()
    focused = opened.window.focusWidget()
    assert focused is button(sheet, "Import")
    while focused is not page.splits.buttons["lists"]:
        qtbot.keyClick(opened.window.focusWidget(), Key.Key_Tab)
        focused = opened.window.focusWidget()
        assert focused is not None and sheet.isAncestorOf(focused)
    qtbot.keyClick(focused, Key.Key_Down)
    assert page.splits.selected == "folders"
    qtbot.waitUntil(lambda: "ImageSets/Main/train.txt" in words(page))  # these now stay behind
    qtbot.mouseClick(button(sheet, "Import"), Qt.MouseButton.LeftButton)
    session = opened.context.session
    assert session is not None
    qtbot.waitUntil(lambda: bool(told) and len(session.index) == 7)
    assert told == [("ok", "6 images and 6 annotations were copied. The Log has the details.")]
    assert opened.context.log.entries[-1].text == told[0][1]
    assert "ImageSets" in opened.context.log.entries[-1].detail
    assert list(session.classes) == ["own", "cat"], "what was there keeps its place"
    assert opened.context.session is session and not session.problems
    assert opened.window.overlays.message_bar.isVisible()
    split = load_split(session.folder)
    assert sorted(Path(key).name for key in split.val) == ["val0.png", "val1.png", "val2.png"]
    assert session.saver.flush(60) and session.saver.state == "saved"


def test_an_import_is_undone_into_the_trash(
        opened: Program, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(8):
        labelled(tmp_path / "plain", f"p{number}.png", ["cat"])
    session = opened.context.session
    assert session is not None
    session.manifest_changed()
    assert session.saver.flush(60)
    before = sorted(path.name for path in (tmp_path / "mine").glob("*.*"))
    offered: list[Message] = []
    opened.context.announced.connect(offered.append)
    choose(opened, tmp_path / "plain", monkeypatch)
    qtbot.waitUntil(lambda: bool(offered) and len(session.index) == 9)
    assert offered[-1].action_text == "Undo" and offered[-1].action is not None
    offered[-1].action()
    qtbot.waitUntil(lambda: len(offered) == 2 and len(session.index) == 1)
    assert offered[-1].sentence == "The import was undone. Its files are in the trash."
    assert sorted(path.name for path in (tmp_path / "mine").glob("*.*")) == sorted(
        [*before, TRASH])
    assert len(list((tmp_path / "mine" / TRASH).rglob("*.png"))) == 8
    assert list(session.classes) == ["own"]
    opened.context.actions["images.redo"].run()
    qtbot.waitUntil(lambda: len(session.index) == 9)
    assert list(session.classes) == ["own", "cat"]
    assert session.undo.undo_text == "import 8 images"
    opened.context.actions["images.undo"].run()
    qtbot.waitUntil(lambda: len(session.index) == 1)
    assert list(session.classes) == ["own"]


def test_what_an_import_adds_to_the_split_goes_and_comes_with_it(
        opened: Program, pictures: Path, tmp_path: Path, qtbot: QtBot,
        monkeypatch: pytest.MonkeyPatch) -> None:
    session = opened.context.session
    assert session is not None
    own = next(iter(session.index.keys()))
    path = save_split(session.folder, Split(train=[own], ratios=(0.5, 0.25, 0.25)))
    before, told = path.read_bytes(), said(opened)
    choose(opened, pictures, monkeypatch)
    sheet, page = wait_for_page(opened, qtbot)
    page.splits.buttons["folders"].click()
    qtbot.mouseClick(button(sheet, "Import"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(told) and len(session.index) == 7)
    joined = path.read_bytes()
    assert len(load_split(session.folder).val) == 3
    opened.context.actions["images.undo"].run()
    qtbot.waitUntil(lambda: len(session.index) == 1)
    assert path.read_bytes() == before
    opened.context.actions["images.redo"].run()
    qtbot.waitUntil(lambda: len(session.index) == 7)
    assert path.read_bytes() == joined


def test_escape_copies_nothing(opened: Program, pictures: Path, tmp_path: Path, qtbot: QtBot,
                               monkeypatch: pytest.MonkeyPatch) -> None:
    before = sorted((tmp_path / "mine").rglob("*"))
    choose(opened, pictures, monkeypatch)
    sheet, _ = wait_for_page(opened, qtbot)
    qtbot.keyClick(sheet, Key.Key_Escape)
    qtbot.waitUntil(lambda: opened.window.findChild(Sheet) is None)
    assert sorted(path for path in (tmp_path / "mine").rglob("*")) == before
    qtbot.keyClick(opened.window, Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert opened.window.overlays.palette.isVisible(), "keys work again"


def test_nothing_is_asked_where_there_is_no_choice_and_no_doubt(
        opened: Program, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    told = said(opened)
    for number in range(8):
        labelled(tmp_path / "plain", f"p{number}.png", ["cat"])
    choose(opened, tmp_path / "plain", monkeypatch)
    qtbot.waitUntil(lambda: bool(told))
    assert told == [("ok", "8 images and 8 annotations were copied. The Log has the details.")]


def test_names_that_the_project_has_already_are_told_before(
        opened: Program, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    session = opened.context.session
    assert session is not None
    own = Path(next(iter(session.index.keys()))).name
    for name in (own, "other.png"):
        labelled(tmp_path / "plain", name, ["cat"])
    choose(opened, tmp_path / "plain", monkeypatch)
    _, page = wait_for_page(opened, qtbot)
    assert "1 image has one of the same name in the project already." in words(page)


def test_a_folder_without_anything_is_told(opened: Program, tmp_path: Path, qtbot: QtBot,
                                           monkeypatch: pytest.MonkeyPatch) -> None:
    told = said(opened)
    (tmp_path / "empty").mkdir()
    choose(opened, tmp_path / "empty", monkeypatch)
    qtbot.waitUntil(lambda: bool(told))
    assert told[0][0] == "bad" and "no images and no sounds" in told[0][1]


def test_an_import_into_an_empty_project_makes_its_folders(
        opened: Program, pictures: Path, tmp_path: Path, qtbot: QtBot,
        monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "new").mkdir()
    opened.projects.open(tmp_path / "new")
    choose(opened, pictures, monkeypatch)
    sheet, _ = wait_for_page(opened, qtbot)
    qtbot.keyClick(button(sheet, "Import"), Key.Key_Return)
    qtbot.waitUntil(lambda: opened.context.session is not None
                    and len(opened.context.session.index) == 6)
    assert (tmp_path / "new" / "images" / "train" / "train0.png").is_file()
    assert (tmp_path / "new" / "annotations" / "train" / "train0.xml").is_file()


def test_without_a_project_a_new_one_is_named(
        opened: Program, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    opened.projects.close()
    for number in range(8):
        labelled(tmp_path / "plain", f"p{number}.png", ["cat"])
    offered: list[str] = []

    def name(_parent: object, _title: str, usual: str, *_more: str, **_options: object
             ) -> tuple[str, str]:
        offered.append(usual)
        return str(tmp_path / "made" / "here"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", name)
    choose(opened, tmp_path / "plain", monkeypatch)
    qtbot.waitUntil(lambda: opened.context.session is not None
                    and len(opened.context.session.index) == 8)
    assert Path(offered[0]).name == "plain project"
    assert (tmp_path / "made" / "here" / "images" / "p0.png").is_file()


@pytest.mark.parametrize("refused", ["empty", "images missing", "cancelled"])
def test_an_import_of_which_nothing_comes_leaves_no_new_project(
        opened: Program, pictures: Path, tmp_path: Path, qtbot: QtBot,
        monkeypatch: pytest.MonkeyPatch, refused: str) -> None:
    opened.projects.close()
    told, source, place = said(opened), tmp_path / "source", opened.window.place
    source.mkdir()
    if refused == "images missing":
        (source / "coco.json").write_text(
            '{"images": [{"id": 1, "file_name": "a.png", "width": 9, "height": 9}], '
            '"annotations": [], "categories": []}', "utf-8")
    monkeypatch.setattr(QFileDialog, "getSaveFileName",
                        lambda *_args, **_more: (str(tmp_path / "deep" / "project"), ""))
    choose(opened, pictures if refused == "cancelled" else source, monkeypatch)
    if refused == "cancelled":
        sheet, _ = wait_for_page(opened, qtbot)
        assert sheet.accessibleName() == "Import “pictures” into “project”"
        qtbot.mouseClick(button(sheet, "Cancel"), Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: opened.window.findChild(Sheet) is None)
    else:
        qtbot.waitUntil(lambda: bool(told))
        assert told[0][0] == "bad" and "no images" in told[0][1]
    assert not (tmp_path / "deep").exists()
    assert opened.context.session is None and opened.window.place == place


@pytest.mark.parametrize("comes", [False, True])
def test_an_import_that_fails_keeps_what_came_or_leaves_no_new_project(
        opened: Program, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch,
        comes: bool) -> None:
    opened.projects.close()
    told, place, project = said(opened), opened.window.place, tmp_path / "deep" / "project"
    for number in range(8):
        labelled(tmp_path / "plain", f"p{number}.png", ["cat"])

    def fail(*_args: object) -> None:
        raise WorkbenchError("the disk went to sleep", path=project / "x")

    monkeypatch.setattr(ImageCopier, "finish" if comes else "run", fail)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args, **_more: (str(project), ""))
    choose(opened, tmp_path / "plain", monkeypatch)
    qtbot.waitUntil(lambda: bool(told))
    session = opened.context.session
    if comes:
        assert told == [("warn", "Import stopped after 8 images of 8: x: the disk went to sleep. "
                                 "Import the folder again to go on from there.")]
        assert session is not None
        qtbot.waitUntil(lambda: len(session.index) == 8)
        session.undo.undo()
        qtbot.waitUntil(lambda: not len(session.index))
    else:
        assert told == [("bad", "Nothing was imported: x: the disk went to sleep.")]
        assert not (tmp_path / "deep").exists() and session is None
        assert opened.window.place == place
        assert str(project) not in [str(item.path) for item in opened.projects.recent]


@pytest.mark.parametrize(("source", "classes"), [
    ("tables", {"hoot": 2}), ("folders", {"owl": 2, "frog": 2}), ("none", {})])
def test_the_source_of_labels_of_sounds_is_chosen(
        opened: Program, sounds: Path, tmp_path: Path, qtbot: QtBot,
        monkeypatch: pytest.MonkeyPatch, source: str, classes: dict[str, int]) -> None:
    (tmp_path / "new").mkdir()
    opened.projects.open(tmp_path / "new")
    choose(opened, sounds, monkeypatch)
    sheet, page = wait_for_page(opened, qtbot)
    shown = words(page)
    for part in ("4 sounds, 2 without labels", "2 of 4 sounds, 1 class",
                 "4 of 4 sounds, 2 classes"):
        assert part in shown, part
    assert [item.text() for item in page.labels.buttons.values()] == [
        "labels.csv", "Folder names", "No existing labels"]
    assert page.labels.selected == "tables"
    qtbot.mouseClick(page.labels.buttons[source], Qt.MouseButton.LeftButton)
    without = {"tables": "4 sounds, 2 without labels", "folders": "4 sounds, all labelled",
               "none": "4 sounds, none labelled"}[source]
    qtbot.waitUntil(lambda: page.summary.text() == without)
    qtbot.mouseClick(button(sheet, "Import"), Qt.MouseButton.LeftButton)
    session = opened.context.session
    assert session is not None
    qtbot.waitUntil(lambda: len(session.sounds) == 4 and not session.sounds.scanning)
    assert dict(session.sounds.class_counts()) == classes
    assert opened.window.place == "audio"
    assert (tmp_path / "new" / "audio" / "calls" / "owl" / "a.wav").is_file()


@pytest.mark.parametrize("answer", ["Import", "Open it as a project instead"])
def test_a_folder_dropped_on_a_project_is_imported_or_opened(
        opened: Program, photos: Path, qtbot: QtBot, answer: str) -> None:
    session = opened.context.session
    assert session is not None
    drop(opened.window, mime(photos))
    sheet, _ = wait_for_page(opened, qtbot)
    qtbot.mouseClick(button(sheet, answer), Qt.MouseButton.LeftButton)
    if answer == "Import":
        qtbot.waitUntil(lambda: len(session.index) == 6)
        assert opened.context.session is session
    else:
        qtbot.waitUntil(lambda: opened.context.session is not session)
        assert opened.context.session is not None
        assert opened.context.session.folder == photos


def test_a_project_dropped_on_a_project_opens(
        opened: Program, photos: Path, qtbot: QtBot) -> None:
    (photos / "workbench.toml").write_text('name = "other"\n', "utf-8")
    drop(opened.window, mime(photos))
    qtbot.waitUntil(lambda: opened.context.session is not None
                    and opened.context.session.folder == photos)
    assert opened.window.findChild(Sheet) is None


def test_a_long_look_can_be_given_up(
        opened: Program, pictures: Path, tmp_path: Path, qtbot: QtBot,
        monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, ended = threading.Event(), threading.Event()

    def slow(*args: object, **more: object) -> ImportPlan:
        assert go_on.wait(60)
        try:
            return plan_import(*args, **more)  # type: ignore[arg-type]
        finally:
            ended.set()

    monkeypatch.setattr(import_controller, "plan_import", slow)
    monkeypatch.setattr(progress_sheet, "PATIENCE_MS", 0)
    before = sorted((tmp_path / "mine").rglob("*"))
    choose(opened, pictures, monkeypatch)
    try:
        qtbot.waitUntil(lambda: any(item.isVisible() for item in
                                    opened.window.findChildren(Sheet)))
        sheet = next(item for item in opened.window.findChildren(Sheet) if item.isVisible())
        assert any(item.text() == "Looking through “pictures” …"
                   for item in sheet.findChildren(QLabel))
        qtbot.keyClick(button(sheet, "Cancel"), Key.Key_Return)
    finally:
        go_on.set()
    qtbot.waitUntil(ended.is_set)
    qtbot.waitUntil(lambda: not any(item.name == "look-at-import" for item in
                                    threading.enumerate()))
    QApplication.processEvents()
    assert opened.window.findChild(Sheet) is None
    assert sorted((tmp_path / "mine").rglob("*")) == before


def test_a_long_import_shows_how_far_it_is_and_can_be_stopped(
        opened: Program, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    draw_photos(tmp_path / "many", [f"m{number}.png" for number in range(9)])
    told = said(opened)
    go_on = threading.Event()

    def slow(src: Path, project: Path, format: str, progress: ProgressCallback,
             cancelled: Callable[[], bool], **more: str) -> ImportReport:
        def step(done: int, total: int) -> None:
            progress(done, total)
            if done == 3:
                assert go_on.wait(60)

        return import_dataset(src, project, format, step, cancelled, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(import_controller, "import_dataset", slow)
    monkeypatch.setattr(progress_sheet, "PATIENCE_MS", 0)
    choose(opened, tmp_path / "many", monkeypatch)
    try:
        qtbot.waitUntil(lambda: any(item.text() == "3 of 9 images" for item in
                                    opened.window.findChildren(QLabel)))
        sheet = next(item for item in opened.window.findChildren(Sheet) if item.isVisible())
        assert sheet.accessibleName() == "Importing"
        cancel = button(sheet, "Cancel")
        assert opened.window.focusWidget() is cancel
        qtbot.keyClick(cancel, Key.Key_Return)
    finally:
        go_on.set()
    qtbot.waitUntil(lambda: bool(told))
    assert told == [("warn", "Import stopped after 3 images of 9. Import the folder again to go on "
                             "from there.")]
    session = opened.context.session
    assert session is not None
    qtbot.waitUntil(lambda: len(session.index) == 4)
    QApplication.processEvents()
    assert opened.window.findChild(Sheet) is None


def test_a_source_of_many_tables_fits_the_page() -> None:
    tables = [f"station_{number}/metadata.csv" for number in range(6)]
    assert short(", ".join(tables[:2])) == "station_0/metadata.csv, station_1/metadata.csv"
    assert short(", ".join(tables)) == "station_0/metadata.csv and 5 more"
    deep = "/".join(["a-folder-with-a-name"] * 8) + "/labels.csv"
    assert short(deep).endswith("/labels.csv") and len(short(deep)) <= LONGEST + 3


def test_what_rows_of_yolo_mean_is_chosen(
        opened: Program, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    add_image(tmp_path / "found", "images/a.png")
    (tmp_path / "found" / "labels").mkdir()
    (tmp_path / "found" / "labels" / "a.txt").write_text("0 0.5 0.5 0.25 0.5 0.9 1\n")
    choose(opened, tmp_path / "found", monkeypatch)
    _, first = wait_for_page(opened, qtbot)
    assert first.formats.selected == "yolo" and first.formats.isVisible()
    qtbot.mouseClick(first.formats.buttons["yolo-segment"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: [item for item in opened.window.findChildren(ImportPage)
                             if item is not first] == [opened.window.findChild(ImportPage)])
    sheet, page = wait_for_page(opened, qtbot)
    assert page.formats.selected == "yolo-segment" and "YOLO (outlines)" in words(page)
    session = opened.context.session
    assert session is not None
    before = len(session.index)
    qtbot.mouseClick(button(sheet, "Import"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(session.index) == before + 1)
    [made] = (tmp_path / "mine").rglob("a.xml")
    assert b"<polygon>" in made.read_bytes()
