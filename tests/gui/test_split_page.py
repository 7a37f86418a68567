"""The page that shows how samples are split, and splits them by what is kept together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.gui.test_attribute_page import laid_over, press
from tests.project.helpers import labelled
from workbench.gui.app.program import Program
from workbench.gui.app.split_page import SplitPage
from workbench.gui.shell.sheets import Sheet
from workbench.project.datasets.splits import Split, list_splits, load_split, save_split
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
    box.setCurrentIndex(box.findData(by))  # type: ignore[attr-defined]
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
    box.setCurrentIndex(box.findData("station"))  # type: ignore[attr-defined]
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
