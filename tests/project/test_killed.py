"""What a process that was killed leaves behind: saved labels, locks and half-done deletions."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.project.helpers import Owner, add_image, box, labelled
from tests.support import adding
from workbench.formats import atomic
from workbench.formats.locks import try_lock
from workbench.formats.scratch import MARK, remove_abandoned
from workbench.formats.voc import read_voc
from workbench.project.imports.images import import_dataset
from workbench.project.label_export import ExportRequest, export_labels
from workbench.project.session import Session

Open = Callable[[Path], Session]
pytestmark = pytest.mark.skipif(os.name != "posix", reason="there is no SIGKILL here")

IMAGES = 30
HOLDS_EVERYTHING = """
import sys
from pathlib import Path
from workbench.formats.locks import folder_lock
from workbench.project.session import Session
folder = Path(sys.argv[1])
session = Session.open(folder, post=lambda what: None)
with folder_lock(folder):
    (folder / ".workbench-a.xml-killed.part").write_bytes(b"<annotation>")
    print("locked", flush=True)
    sys.stdin.readline()
"""


HOLDS_A_FOLDER = """
import sys
from pathlib import Path
from workbench.formats.scratch import scratch_folder
with scratch_folder("workbench-import-", Path(sys.argv[1])) as folder:
    (folder / "labels").write_text("x")
    print(folder, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def killed() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a process; it is killed at the end whatever happens."""
    begun: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        begun.append(subprocess.Popen([sys.executable, *arguments], text=True,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        return begun[-1]

    yield start
    for process in begun:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("after", [1, 7, 19])
def test_no_added_label_that_was_told_as_saved_is_lost(
    tmp_path: Path, killed: Callable[..., subprocess.Popen[str]], after: int
) -> None:
    for number in range(IMAGES):
        labelled(tmp_path, f"{number:02d}.png", ["cat"])
    process = killed(adding.__file__, str(tmp_path))
    assert process.stdout is not None
    told = [process.stdout.readline().strip() for _ in range(after)]
    process.send_signal(signal.SIGKILL)
    told += process.communicate()[0].split()
    assert len(set(told)) >= after
    for number in range(IMAGES):
        found = [item.label for item in read_voc(tmp_path / f"{number:02d}.xml").annotation.objects]
        assert found in (["cat"], ["cat", "found"]), "a file is the old one or the new one"
        assert len(found) == 2 or f"{number:02d}.png" not in told


def test_locks_of_a_killed_process_hold_nothing_up(
    tmp_path: Path, killed: Callable[..., subprocess.Popen[str]], owner: Owner, open_session: Open
) -> None:
    labelled(tmp_path, "a.png", ["cat"])
    (tmp_path / "workbench.toml").write_text('classes = ["cat"]\n')
    dead = killed("-c", HOLDS_EVERYTHING, str(tmp_path))
    assert dead.stdout is not None and dead.stdout.readline() == "locked\n"
    dead.send_signal(signal.SIGKILL)
    dead.wait()
    # two more processes, this one among them, work on with what it left
    session = open_session(tmp_path)
    assert session.other is None
    second = killed("-c", HOLDS_EVERYTHING.replace("with folder_lock", "if session.other:\n  print"
                    "('second', session.other.pid, flush=True)\nwith folder_lock"), str(tmp_path))
    assert second.stdout is not None
    assert second.stdout.readline() == f"second {os.getpid()}\n"
    assert second.stdout.readline() == "locked\n"
    second.send_signal(signal.SIGKILL)
    second.wait()
    session.edit("a.png", (box("dog"),), "draw")
    owner.until(lambda: session.saver.state != "saving")
    assert session.saver.state == "saved"
    assert [item.label for item in read_voc(tmp_path / "a.xml").annotation.objects] == ["dog"]


def test_what_a_kill_leaves_half_written_goes_with_the_next_opening(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    labelled(tmp_path, "a.png", ["cat"])
    left = tmp_path / ".workbench-a.xml-killed.part"
    left.write_bytes(b"<annotation>")
    assert atomic.is_leftover(left.name)
    os.utime(left, (1, 1))
    session = open_session(tmp_path)
    owner.until(lambda: not left.exists())
    owner.ready(session)
    assert len(session.index) == 1


def test_half_copies_of_a_killed_import_go_with_the_next_and_no_others(tmp_path: Path) -> None:
    source, project = tmp_path / "set", tmp_path / "out"
    labelled(source, "a.png", ["cat"])
    import_dataset(source, project)
    place = next(project.rglob("a.png")).parent
    left, held, new = (place / f".workbench-copy-{name}.part" for name in "123")
    for path in (left, held, new):
        path.write_bytes(b"half")
    for path in (left, held):
        os.utime(path, (time.time() - 5, time.time() - 5))
    with held.open("rb+") as copy:
        assert try_lock(copy.fileno())
        labelled(source, "b.png", ["cat"])
        import_dataset(source, project)
        assert not left.exists() and held.exists() and new.exists()


def test_what_another_computer_writes_on_a_shared_disk_stays(tmp_path: Path) -> None:
    for name, whose in (("theirs", b"elsewhere"), ("old", b"elsewhere"), ("ours", b"")):
        (tmp_path / f".out-{name}").mkdir()
        (tmp_path / f".out-{name}" / MARK).write_bytes(whose)
    os.utime(tmp_path / ".out-old" / MARK, (1, 1))
    remove_abandoned(tmp_path, 2.0)
    assert [path.name for path in tmp_path.iterdir()] == [".out-theirs"]


def test_the_folder_of_a_killed_import_is_removed_by_the_next_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed: Callable[..., subprocess.Popen[str]]
) -> None:
    temporary, source = tmp_path / "temporary", tmp_path / "set"
    theirs = temporary / "workbench-import-theirs"  # called like one, without the lock of one
    theirs.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    processes = [killed("-c", HOLDS_A_FOLDER, str(temporary)) for _ in range(2)]
    alive, gone = (Path(process.stdout.readline().strip()) for process in processes
                   if process.stdout is not None)
    add_image(source, "a.png")
    (gone / "link.png").symlink_to(source / "a.png")
    processes[1].kill()
    processes[1].wait()
    (source / "a.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    (source / "classes.txt").write_text("cat\n")
    beside = tmp_path / "out" / ".labels-killed"
    beside.mkdir(parents=True)
    (beside / MARK).touch()
    import_dataset(source, tmp_path / "project")
    assert set(temporary.iterdir()) == {theirs, alive}
    assert (alive / "labels").is_file() and (source / "a.png").is_file()
    export_labels(tmp_path / "project", ExportRequest("coco"), tmp_path / "out" / "labels")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["labels"]
