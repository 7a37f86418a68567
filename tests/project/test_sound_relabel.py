"""A class is renamed in all clips and images: a kill in the middle leaves no half of it."""

from __future__ import annotations

import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.project.helpers import Owner, labelled
from tests.project.test_sounds import beep
from workbench.core.annotation import LabeledObject
from workbench.core.shapes import Region
from workbench.formats.raven import parse_raven
from workbench.formats.voc import read_voc
from workbench.project.doctor import doctor
from workbench.project.edits.journal import DOING, Journal, digest
from workbench.project.session import Session

Open = Callable[[Path], Session]
COUNT = 12

KILLED = """
import os, queue, signal, sys
from pathlib import Path
from workbench.project.library import base as library
from workbench.project.session import Session
library.Library.at_once, library.SLICE = 5, 4
todo = queue.Queue()
session = Session.open(Path(sys.argv[1]), post=todo.put)
while session.index.summarizing or session.sounds.scanning:
    todo.get()()
def die(*arguments):
    os.kill(os.getpid(), signal.SIGKILL)
moment = sys.argv[2]
session.rename_class("one", "uno")
if moment.startswith("undo"):
    while session.sounds.work is not None or session.saver.state == "saving":
        todo.get()()
writes = 0
real = os.replace
def replace(*arguments):
    global writes
    real(*arguments)
    writes += str(arguments[1]).endswith(".txt")
    if writes == 5:
        die()
os.replace = replace
if moment.startswith("undo"):
    session.undo.undo()
while True:
    todo.get()()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Clips of two classes, of which some have a table, and an image."""
    made = tmp_path / "mixed"
    for number in range(COUNT):
        for name in ("one", "two"):
            beep(made / f"{name}_ann_{number}.wav", 0.02)
    labelled(made, "photo.png", ["one", "two"])
    owner = Owner()
    session = Session.open(made, post=owner.post)
    owner.until(lambda: not session.sounds.scanning)
    owner.ready(session)
    session.sounds.edit_many({f"one_ann_{number}.wav": (LabeledObject("one", Region(0.002, 0.01)),)
                              for number in range(6)}, "draw")
    session.close(10)
    return made


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())
            if path.suffix in (".txt", ".xml", ".toml")}


def on_disk(folder: Path) -> set[str]:
    """All classes that tables and annotations name."""
    return {item.label for path in folder.glob("*.txt")
            for item in parse_raven(path.read_bytes(), path).annotation.objects} | {
        item.label for item in read_voc(folder / "photo.xml").annotation.objects}


def finished(session: Session, owner: Owner) -> None:
    owner.until(lambda: not session.sounds.scanning and session.sounds.work is None)
    owner.until(lambda: not session.steps.journal.unfinished())
    owner.settled(session)


@pytest.mark.parametrize("moment", ["do", "undo"])
def test_a_kill_is_finished_at_the_next_opening(
    folder: Path, owner: Owner, open_session: Open, moment: str
) -> None:
    before = contents(folder)
    done = subprocess.run([sys.executable, "-c", KILLED, str(folder), moment],
                          capture_output=True, timeout=60)
    assert done.returncode == -9, done.stderr.decode()
    assert "unfinished-step" in {item.kind for item in doctor(folder)}
    session = open_session(folder)
    reports = []
    session.step_finished.connect(reports.append)
    owner.ready(session)
    finished(session, owner)
    if moment.startswith("undo"):
        assert contents(folder) == before
        owner.until(lambda: session.sounds.class_counts() == {"one": COUNT, "two": COUNT})
        assert session.classes.names == ("one", "two")
    else:
        assert on_disk(folder) == {"uno", "two"}
        assert session.classes.names == ("uno", "two")
        assert session.sounds.class_counts() == {"uno": COUNT, "two": COUNT}
    assert not any("merge" in report.text for report in reports)
    session.close(10)
    assert not list((folder / ".workbench").glob("steps*"))
    again = open_session(folder)
    owner.ready(again)
    owner.until(lambda: not again.sounds.scanning)
    assert set(again.classes.names) == {"two", "one" if moment.startswith("undo") else "uno"}


def test_a_rename_that_came_to_its_end_leaves_no_journal(
    folder: Path, owner: Owner, open_session: Open
) -> None:
    session = open_session(folder)
    owner.ready(session)
    owner.until(lambda: not session.sounds.scanning)
    before = contents(folder)
    session.rename_class("one", "uno")
    finished(session, owner)
    session.undo.undo()
    finished(session, owner)
    assert contents(folder) == before
    session.undo.redo()
    finished(session, owner)
    assert on_disk(folder) == {"uno", "two"}
    session.rename_class("uno", "two")
    assert session.undo.undo_text == "merge uno into two"
    finished(session, owner)
    assert session.close(10)
    assert on_disk(folder) == {"two"} and not list((folder / ".workbench").glob("steps*"))


def test_what_was_read_before_a_rename_does_not_bring_the_name_back(
    folder: Path, owner: Owner, open_session: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.project.library.base.Library.at_once", 1)
    session = open_session(folder)
    owner.ready(session)
    owner.until(lambda: not session.sounds.scanning)
    early = [session.sounds.read(f"one_ann_{number}.wav") for number in range(COUNT)]
    session.rename_class("one", "uno")
    finished(session, owner)
    session.sounds.set_read(early)
    session.sounds.finish_scan()
    assert session.sounds.class_counts() == {"uno": COUNT, "two": COUNT}
    assert session.classes.names == ("uno", "two")


def test_what_another_program_changed_since_is_not_restored(
    folder: Path, owner: Owner, open_session: Open
) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(folder), "undo"], capture_output=True,
                   timeout=60, check=False)
    changed = next(path for path in sorted(folder.glob("*.txt")) if b"uno" in path.read_bytes())
    changed.write_bytes(theirs := changed.read_bytes() + b"\n")
    session = open_session(folder)
    owner.ready(session)
    finished(session, owner)
    owner.until(lambda: any(item.path == str(changed) for item in session.problems))
    assert changed.read_bytes() == theirs


def test_a_journal_of_the_version_before_is_read(tmp_path: Path) -> None:
    import sqlite3

    (tmp_path / ".workbench").mkdir()
    with sqlite3.connect(tmp_path / ".workbench" / "steps.sqlite") as old:
        old.execute("pragma user_version = 1")
        old.execute("create table step (id integer primary key, old text, new text, "
                    "position integer, state text)")
        old.execute("insert into step values (1, 'cat', 'dog', null, 'doing')")
    old.close()
    journal = Journal(tmp_path)
    assert [(row.old, row.new, row.state, row.media) for row in journal.unfinished()] == [
        ("cat", "dog", DOING, "images")]
    journal.close()


def two_halves(folder: Path, rows: list[tuple[int, str | None, str, str]]) -> None:
    """The journal of a version that had a row for each medium."""
    import sqlite3

    (folder / ".workbench").mkdir(exist_ok=True)
    table = folder / "one_ann_0.selections.txt"
    before = table.read_bytes()
    after = before.replace(b"\tone\n", b"\tuno\n")
    with sqlite3.connect(folder / ".workbench" / "steps.sqlite") as old:
        old.execute("pragma user_version = 2")
        old.execute("create table step (id integer primary key, old text, new text, "
                    "position integer, state text, media text)")
        old.execute("create table item (step integer, path text, before blob, after blob, "
                    "primary key (step, path)) without rowid")
        old.executemany("insert into step values (?, 'one', 'uno', ?, ?, ?)", rows)
        old.execute("insert into item values (1, ?, ?, ?)",
                    (table.name, zlib.compress(before, 1), digest(after)))
    old.close()
    if len(rows) > 1:  # else it was killed before any file was written
        table.write_bytes(after)


@pytest.mark.parametrize("rows", [
    [(1, None, "doing", "clips")],
    [(1, None, "doing", "clips"), (2, None, "doing", "images")],
    [(1, None, "doing", "clips"), (2, None, "done", "images")],
    [(1, None, "undoing", "clips"), (2, None, "done", "images")],
    [(1, None, "done", "clips"), (2, None, "undoing", "images")],
])
def test_a_step_of_two_halves_is_finished(
    folder: Path, owner: Owner, open_session: Open, rows: list[tuple[int, str | None, str, str]]
) -> None:
    before = contents(folder)
    two_halves(folder, rows)
    session = open_session(folder)
    owner.ready(session)
    finished(session, owner)
    if any(state == "undoing" for _, _, state, _ in rows):
        assert contents(folder) == before and session.classes.names == ("one", "two")
    else:
        assert on_disk(folder) == {"uno", "two"} and session.classes.names == ("uno", "two")
    assert session.close(10) and not list((folder / ".workbench").glob("steps*"))
