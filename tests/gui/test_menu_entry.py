"""Help › Add to the applications menu, and an entry whose copy of the program has gone."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from workbench.desktop import menu
from workbench.desktop.program import Copy, this_copy
from workbench.gui.app.context import AppContext, Message
from workbench.gui.app.menu_entry import look
from workbench.gui.app.program import Program

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="as it is on Linux")


def messages(context: AppContext) -> list[str]:
    return [entry.text for entry in context.log.entries]


def add_older(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Copy:
    """Have the menu start another copy of the program."""
    older = Copy(folder / "python", folder, "packaging/workbench.sh")
    folder.mkdir()
    older.python.touch()
    with monkeypatch.context() as patch:
        patch.setattr(menu, "this_copy", lambda: older)
        menu.add()
    return older


def test_it_is_added_and_removed_from_the_help_menu(program: Program, qtbot: QtBot) -> None:
    add, remove = (program.context.actions[f"help.menu_{name}"] for name in ("add", "remove"))
    assert add.enabled() and not remove.enabled()
    add.run()
    qtbot.waitUntil(lambda: "Workbench is in the applications menu now." in
                    messages(program.context))
    assert menu.state() == "this" and not add.enabled() and remove.enabled()
    remove.run()
    qtbot.waitUntil(lambda: "Workbench was removed from the applications menu." in
                    messages(program.context))
    assert menu.state() == "none"


def test_an_entry_whose_folder_was_moved_works_again_after_a_start(
        context: AppContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    older = add_older(tmp_path / "old", monkeypatch)
    older.folder.rename(tmp_path / "new")
    assert menu.state() == "gone"
    look(context)
    qtbot.waitUntil(lambda: menu.state() == "this")
    known = menu.entry()
    assert known is not None and known.python == this_copy().python
    qtbot.waitUntil(lambda: bool(messages(context)))


def test_a_menu_that_starts_an_older_copy_is_told_once(
        context: AppContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    older = add_older(tmp_path / "old", monkeypatch)
    look(context)
    look(context)
    said, = messages(context)
    assert str(older.folder) in said
    assert menu.state() == "other"


def test_who_starts_it_by_a_click_is_offered_an_entry_once(
        context: AppContext, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    monkeypatch.setenv("WORKBENCH_CLICKED", "yes")
    offers: list[Message] = []
    context.announced.connect(offers.append)
    look(context)
    look(context)
    offer, = offers
    assert menu.state() == "none" and offer.action is not None
    offer.action()
    qtbot.waitUntil(lambda: menu.state() == "this")


def test_without_an_entry_nothing_is_written(context: AppContext, isolated_home: Path) -> None:
    before = set(isolated_home.rglob("*"))
    look(context)
    assert messages(context) == [] and set(isolated_home.rglob("*")) == before
