"""The page that shows how samples are split, and splits them by what is kept together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from tests.gui.test_attribute_page import laid_over, press
from tests.project.helpers import labelled
from workbench.cli import main
from workbench.gui.app.folder_watch import FolderWatch
from workbench.gui.app.program import Program
from workbench.gui.app.split_page import SplitPage
from workbench.gui.shell.sheets import Sheet
from workbench.gui.train.place import TrainPlace
from workbench.project.datasets.splits import Split, list_splits, load_split, save_split
from workbench.project.grouping import Grouping
from workbench.project.manifest import Manifest
from workbench.project.session import Session


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "cameras"
    for number in range(24):
        labelled(made, f"cam{number % 8}/{number}.png", ["fox" if number == 8 else "deer"])
    return made


@pytest.fixture
def opened(make_program: Callable[..., Program], folder: Path, qtbot: QtBot) -> Program:
    made = make_program()
    with qtbot.waitActive(made.window):
        made.window.show()
    made.projects.open(folder)
    return made


def page_of(program: Program, qtbot: QtBot) -> tuple[Session, Sheet, SplitPage]:
    sheet, page = laid_over(program, "file.split", SplitPage)
    qtbot.waitUntil(lambda: page.grouped is not None, timeout=30_000)
    assert program.context.session is not None
    return program.context.session, sheet, page


def choose(page: SplitPage, by: str, qtbot: QtBot) -> None:
    box = page.form.editor("group_by").control
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findData(by))
    qtbot.waitUntil(lambda: page.wanted is None or page.grouped is not None, timeout=30_000)


def test_samples_are_split_by_station(opened: Program, folder: Path, qtbot: QtBot) -> None:
    session, sheet, page = page_of(opened, qtbot)
    choose(page, "station", qtbot)
    assert page.then.text().startswith("8 stations: 6 train, 1 val, 1 test.")
    assert "“fox” is only in cam0" in page.doubts.text()
    assert [row.name for row in page.table.records] == [f"cam{number}" for number in range(8)]
    press(sheet, "Split")
    assert load_split(folder).origin.startswith("by group") and session.manifest.grouping.declared
    session.undo.undo()
    assert not list_splits(folder) and not session.manifest.grouping.declared


def test_a_pattern_is_shown_while_it_is_typed(opened: Program, qtbot: QtBot) -> None:
    _, sheet, page = page_of(opened, qtbot)
    choose(page, "station", qtbot)
    choose(page, "name", qtbot)
    assert page.wanted is None and not page.form.editor("pattern").isHidden()
    assert page.table.isHidden() and page.then.isHidden(), "they are of the choice before"
    QTest.keyClicks(page.form.editor("pattern").control, "cam{group}/*")
    qtbot.waitUntil(lambda: page.grouped is not None, timeout=30_000)
    assert [row.name for row in page.table.records] == [str(number) for number in range(8)]
    choose(page, "nothing", qtbot)
    assert page.table.isHidden() and page.form.editor("pattern").isHidden()
    sheet.close_sheet()


def test_a_split_that_is_there_may_stay(opened: Program, folder: Path, qtbot: QtBot) -> None:
    keys = [f"cam{number % 8}/{number}.png" for number in range(24)]
    before = Split(train=keys[:16], val=keys[16:20], test=keys[20:])
    save_split(folder, before)
    session, sheet, page = page_of(opened, qtbot)
    choose(page, "station", qtbot)
    assert page.now.text().startswith("Now: 8 stations") and "too good" in page.now.text()
    press(sheet, "Only for samples to come")
    assert session.manifest.grouping.by == "station" and load_split(folder) == before
    session, sheet, page = page_of(opened, qtbot)
    press(sheet, "Split again")
    assert load_split(folder) != before and load_split(folder, "earlier-1").train == before.train


def test_it_is_found_by_what_it_is_about_and_undone_in_train(
        opened: Program, folder: Path, qtbot: QtBot) -> None:
    palette = opened.window.overlays.palette
    palette.open("camera")
    assert "How samples are split…" in [entry.text for entry in palette.model.entries]
    palette.close_palette()
    opened.context.go("train")
    _, sheet, page = page_of(opened, qtbot)
    choose(page, "station", qtbot)
    press(sheet, "Split")
    assert list_splits(folder)
    opened.context.actions["train.undo"].run()
    assert not list_splits(folder)


def test_it_can_be_said_before_anything_is_labelled(
        make_program: Callable[..., Program], tmp_path: Path, qtbot: QtBot) -> None:
    program = make_program()
    labelled(tmp_path / "new", "cam1/a.png", ["deer"])
    (tmp_path / "new" / "cam1" / "a.xml").unlink()
    with qtbot.waitActive(program.window):
        program.window.show()
    program.projects.open(tmp_path / "new")
    sheet, page = laid_over(program, "file.split", SplitPage)
    qtbot.waitUntil(lambda: page.unlabelled, timeout=30_000)
    box = page.form.editor("group_by").control
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findData("station"))
    assert page.then.text().startswith("Nothing is labelled yet")
    press(sheet, "Keep together")
    assert program.context.session is not None
    assert program.context.session.manifest.grouping.by == "station"


def test_a_split_that_cannot_be_read_says_what_to_do(
        opened: Program, folder: Path, qtbot: QtBot) -> None:
    save_split(folder, Split(train=["cam0/0.png"]))
    (folder / "splits" / "default.json").write_bytes(b"{")
    sheet, page = laid_over(opened, "file.split", SplitPage)
    qtbot.waitUntil(lambda: "Find and mend problems" in page.problem.text(), timeout=30_000)
    assert page.grouped is None
    sheet.close_sheet()


def watched(program: Program, folder: Path, qtbot: QtBot) -> Session:
    """The session, when what others change in its folder is noticed."""
    session = program.context.session
    watch = program.projects.findChild(FolderWatch)
    assert session is not None and isinstance(watch, FolderWatch)
    session.index.refresh()
    qtbot.waitUntil(lambda: str(folder) in watch.folders, timeout=30_000)
    return session


def test_what_a_shell_says_and_splits_is_seen_where_it_is_shown(
        opened: Program, folder: Path, qtbot: QtBot) -> None:
    session = watched(opened, folder, qtbot)
    told: list[str] = []
    session.outside.split_changed.connect(lambda: told.append("split"))
    _, sheet, page = page_of(opened, qtbot)
    assert page.form.values()["group_by"] == "auto" and not page.has_split
    assert main(["split", str(folder), "--group-by", "station"]) == 0
    qtbot.waitUntil(lambda: session.manifest.grouping.by == "station", timeout=30_000)
    qtbot.waitUntil(lambda: page.has_split and "8 stations" in page.now.text(), timeout=30_000)
    assert page.form.values()["group_by"] == "station" and told
    assert sheet.isVisible()
    sheet.close_sheet()
    session.add_class("hare")
    qtbot.waitUntil(lambda: session.saver.state == "saved", timeout=30_000)
    said = Manifest.load(folder)
    assert said.grouping.by == "station" and "hare" in said.classes, "both are kept"


def test_classes_that_another_program_adds_come_and_what_it_reorders_is_asked_about(
        opened: Program, folder: Path, qtbot: QtBot) -> None:
    session = watched(opened, folder, qtbot)
    session.add_class("hare")
    qtbot.waitUntil(lambda: session.saver.state == "saved", timeout=30_000)
    theirs = Manifest.load(folder)
    theirs.classes.append("lynx")
    theirs.save(folder)
    qtbot.waitUntil(lambda: "lynx" in session.classes, timeout=30_000)
    before = session.classes.names
    theirs.classes.reverse()
    theirs.grouping = Grouping("folder")
    theirs.save(folder)
    session.outside.look()
    asked: list[str] = []
    session.conflict.connect(lambda key, _error: asked.append(key))
    session.add_class("owl")
    qtbot.waitUntil(lambda: bool(asked), timeout=30_000)
    assert session.classes.names == (*before, "owl") and not session.manifest.grouping.declared


def test_an_earlier_split_is_used_again_with_one_click(
        opened: Program, folder: Path, qtbot: QtBot) -> None:
    keys = [f"cam{number % 8}/{number}.png" for number in range(24)]
    for name, first in (("default", 0), ("earlier-1", 4)):
        save_split(folder, Split(name, train=keys[:first] + keys[first + 8:],
                                 val=keys[first:first + 4], test=keys[first + 4:first + 8]))
    now, then = load_split(folder), load_split(folder, "earlier-1")
    opened.context.go("train")
    place = opened.window.place_widget("train")
    assert isinstance(place, TrainPlace)
    form = place.panel.form
    qtbot.waitUntil(lambda: form.split_box.findData("earlier-1") >= 0, timeout=30_000)
    assert form.keep_split_button.isHidden()
    form.split_box.setCurrentIndex(form.split_box.findData("earlier-1"))
    assert not form.keep_split_button.isHidden()
    form.keep_split_button.click()
    assert load_split(folder).train == then.train and form.split_box.value() == "default"
    assert load_split(folder, "earlier-2").train == now.train
    opened.context.actions["train.undo"].run()
    assert load_split(folder) == now and list_splits(folder) == ["default", "earlier-1"]


def test_an_earlier_split_is_used_again_in_the_shell(
        folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["split", str(folder), "--use", "earlier-1"]) == 2
    assert "there is no other split “earlier-1”; there is none" in capsys.readouterr().err
    assert main(["split", str(folder), "--group-by", "station"]) == 0
    first = load_split(folder)
    assert main(["split", str(folder), "--group-by", "nothing", "--again"]) == 0
    assert load_split(folder).train != first.train
    capsys.readouterr()
    assert main(["split", str(folder), "--use", "earlier-1"]) == 0
    said = capsys.readouterr().out
    assert "Trainings use earlier-1 from now on; the one before is earlier-2." in said
    assert load_split(folder).train == first.train
