"""The saver writes in order, whole, and survives what happens to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project.helpers import Owner, add_image, box, labelled, labels
from workbench.core.errors import ConflictError, WorkbenchError
from workbench.formats.voc import read_voc
from workbench.project.edits.saver import Saver
from workbench.project.session import Session
from workbench.project.stores.adopt import adopt


@pytest.fixture
def saver(owner: Owner) -> Iterator[Saver]:
    saver = Saver(owner.post)
    yield saver
    saver.close(timeout=60)


def put(saver: Saver, path: Path, data: bytes | None) -> None:
    saver.submit(path.name, path, lambda: data)


def test_waiting_saves_of_one_file_become_one(
    tmp_path: Path, owner: Owner, saver: Saver, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, gate = tmp_path / "a", threading.Event()
    saver.remember(path, None)
    written: list[str] = []
    real = os.replace
    monkeypatch.setattr(os, "replace", lambda s, t: (written.append(str(t)), real(s, t))[1])
    saver.submit("gate", tmp_path / "gate", lambda: (gate.wait(60), b"")[1])
    for number in range(100):
        put(saver, path, b"%d" % number)
    gate.set()
    assert saver.flush(60) and saver.state == "saved"
    assert path.read_bytes() == b"99"
    assert written == [str(tmp_path / "gate"), str(path)]


def test_states_are_told_in_order(tmp_path: Path, owner: Owner, saver: Saver) -> None:
    states: list[str] = []
    saved: list[tuple[str, str]] = []
    saver.state_changed.connect(lambda: states.append(saver.state))
    saver.saved.connect(lambda key: saved.append((key, saver.state)))
    saver.remember(tmp_path / "a", None)
    told = threading.Event()  # written before that is told, it would never have been unsaved
    saver.submit("a", tmp_path / "a", lambda: (told.wait(60), b"1")[1])
    told.set()
    owner.until(lambda: "saved" in states)  # it is so before it is told
    assert states == ["saving", "saved"] and saved == [("a", "saving")]
    assert not saver.unsaved("a")


def test_an_unknown_file_is_not_overwritten(tmp_path: Path, owner: Owner, saver: Saver) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"theirs")
    put(saver, path, b"mine")
    assert not saver.flush(60)
    assert isinstance(saver.errors()["a"], ConflictError) and path.read_bytes() == b"theirs"
    assert saver.state == "failed" and saver.unsaved("a")
    saver.drop("a")
    assert saver.state == "saved" and saver.last_error is None
    put(saver, path, b"theirs")
    assert saver.flush(60), "the disk holds what was wanted"


def test_a_folder_appears_but_never_two(tmp_path: Path, owner: Owner, saver: Saver) -> None:
    put(saver, tmp_path / "annotations" / "a", b"1")
    put(saver, tmp_path / "gone" / "annotations" / "b", b"1")
    assert not saver.flush(60)
    assert (tmp_path / "annotations" / "a").read_bytes() == b"1"
    assert list(saver.errors()) == ["b"] and not (tmp_path / "gone").exists()


def test_a_bug_costs_one_save_and_not_the_thread(
    tmp_path: Path, owner: Owner, saver: Saver
) -> None:
    failures: list[WorkbenchError] = []
    saver.failed.connect(lambda key, error: failures.append(error))

    def bug() -> bytes:
        raise ZeroDivisionError("oops")

    def task() -> Iterator[None]:
        yield
        raise ZeroDivisionError("oops")

    saver.submit("bug", tmp_path / "bug", bug)
    saver.run_task(task())
    assert saver.wait_for_tasks(60)
    put(saver, tmp_path / "a", b"1")
    saver.flush(60)
    owner.drain()
    assert (tmp_path / "a").read_bytes() == b"1" and "oops" in str(failures[0])
    assert any("across the project" in str(error) for error in failures)


def test_edits_go_before_long_tasks(tmp_path: Path, owner: Owner, saver: Saver) -> None:
    order: list[str] = []
    begun = threading.Event()

    def task() -> Iterator[None]:
        for number in range(3):
            order.append(f"step {number}")
            begun.set()
            if not number:
                go_on.wait(60)
            yield

    go_on = threading.Event()
    saver.run_task(task())
    assert begun.wait(60)
    saver.submit("a", tmp_path / "a", lambda: (order.append("edit"), b"1")[1])
    go_on.set()
    assert saver.wait_for_tasks(60)
    assert order == ["step 0", "edit", "step 1", "step 2"]
    owner.until(lambda: saver.state == "saved")


def test_flush_gives_up_in_time(tmp_path: Path, owner: Owner, saver: Saver) -> None:
    gate = threading.Event()
    saver.submit("a", tmp_path / "a", lambda: (gate.wait(60), b"1")[1])
    assert not saver.flush(0.05) and saver.state == "saving"
    gate.set()
    assert saver.flush(60)


EDITING = """
import os, queue, sys
from pathlib import Path
from workbench.core.annotation import LabeledObject
from workbench.core.shapes import Box
from workbench.project.session import Session
todo = queue.Queue()
session = Session.open(Path(sys.argv[1]), post=todo.put)
def say():
    if session.saver.state == "saved":
        os.write(1, b"Saved %d\\n" % number)
number = 0
session.saver.state_changed.connect(say)
for number in range(1, 1000):
    key = f"{number % 5}.png"
    objects = session.document(key).annotation.objects
    box = LabeledObject(f"n{number}", Box(1.0, 2.0, 30.0, 40.0))
    session.edit(key, (*objects, box), "draw")
    while session.saver.state == "saving":
        todo.get()()
"""


@pytest.mark.parametrize("lines", [1, 7])
def test_what_was_called_saved_survives_a_kill(tmp_path: Path, lines: int) -> None:
    for number in range(4):
        labelled(tmp_path, f"{number}.png", ["cat"])
    add_image(tmp_path, "4.png")
    process = subprocess.Popen([sys.executable, "-c", EDITING, str(tmp_path)],
                               stdout=subprocess.PIPE)
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(lines)]
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert said[-1] == b"Saved %d\n" % lines
    found = {item.label for number in range(5) if (tmp_path / f"{number}.xml").exists()
             for item in read_voc(tmp_path / f"{number}.xml").annotation.objects}
    assert {f"n{number}" for number in range(1, lines + 1)} <= found


def test_what_another_program_wrote_is_no_conflict_where_nothing_was_changed_here(
        tmp_path: Path, owner: Owner, saver: Saver) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"read here")
    saver.remember(path, b"read here")
    for theirs in (b"theirs", None):
        path.write_bytes(theirs) if theirs is not None else path.unlink()
        put(saver, path, b"read here")
        assert saver.flush(60) and saver.state == "saved"
        assert (path.read_bytes() if path.exists() else None) == theirs
    path.write_bytes(b"theirs")
    put(saver, path, b"changed here")
    assert not saver.flush(60) and isinstance(saver.last_error, ConflictError)
    assert path.read_bytes() == b"theirs"


def test_a_class_named_by_number_is_renamed_while_another_window_draws(
        tmp_path: Path, owner: Owner) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "data.yaml").write_text("names: [cat, dog]\n")
    for name in "ab":
        add_image(tmp_path, f"images/{name}.png")
        (tmp_path / "labels" / f"{name}.txt").write_text("0 .5 .5 .2 .2\n")
    adopt(tmp_path)
    first, second = (Session.open(tmp_path, post=owner.post) for _ in range(2))
    for session in (first, second):
        owner.ready(session)
        session.document("images/a.png")
    drawn = (*second.document("images/a.png").annotation.objects, box("dog"))
    second.images.edit("images/a.png", drawn, "draw")
    owner.finish(second)
    first.rename_class("cat", "lion")
    owner.finish(first)  # nothing failed
    assert labels(first, "images/a.png") == ["lion", "dog"]
    assert len((tmp_path / "labels/a.txt").read_text().splitlines()) == 2
    for session in (first, second):
        session.close(60)
