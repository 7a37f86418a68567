"""Two windows, or a window and another program, on one project."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.project.helpers import Owner, add_image, box, labelled
from tests.support.two_processes import KEY, go, start
from workbench.core.errors import ConflictError
from workbench.formats import atomic
from workbench.formats.voc import read_voc
from workbench.project.edits.saver import Saver
from workbench.project.presence import PRESENCE_FILE, Presence
from workbench.project.session import Session

Open = Callable[[Path], Session]

HOLDING = """
import sys
from pathlib import Path
from workbench.project.session import Session
session = Session.open(Path(sys.argv[1]), post=lambda what: None)
print(session.other is not None, flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Another process that has ``tmp_path`` open, until it is ended."""
    begun: list[subprocess.Popen[str]] = []

    def begin() -> subprocess.Popen[str]:
        process = subprocess.Popen([sys.executable, "-c", HOLDING, str(tmp_path)], text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == "False\n"
        begun.append(process)
        return process

    yield begin
    for process in begun:
        process.kill()
        process.communicate()


def test_what_two_processes_were_told_is_saved_is_there(tmp_path: Path) -> None:
    labelled(tmp_path, KEY, ["cat"])
    acknowledged = go(start(tmp_path, "a", 25), start(tmp_path, "b", 25))
    found = {item.label for item in read_voc(tmp_path / "photo.xml").annotation.objects}
    assert acknowledged and not acknowledged - found
    assert not [path for path in tmp_path.iterdir() if atomic.is_leftover(path.name)]


def test_a_file_is_compared_again_at_the_rename(
    tmp_path: Path, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, saver = tmp_path / "a", Saver(owner.post)
    path.write_bytes(b"old")
    saver.remember(path, b"old")
    real = os.fsync

    def somebody_is_faster(descriptor: int) -> None:
        path.write_bytes(b"theirs")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", somebody_is_faster)
    saver.submit("a", path, lambda: b"mine")
    assert not saver.flush(60) and isinstance(saver.errors()["a"], ConflictError)
    assert path.read_bytes() == b"theirs" and list(tmp_path.iterdir()) == [path]
    saver.close(10)


def test_a_second_window_is_told_who_was_first(
    tmp_path: Path, open_session: Open, holder: Callable[[], subprocess.Popen[str]]
) -> None:
    add_image(tmp_path, "a.png")
    (tmp_path / "workbench.toml").write_text('classes = ["cat"]\n')
    process = holder()
    session = open_session(tmp_path)
    assert session.other is not None and session.other.pid == process.pid
    assert f"process {process.pid}" in session.other.words()
    assert session.other.words().startswith("on this computer")
    session.close(10)
    process.kill()
    process.wait()
    assert open_session(tmp_path).other is None, "a killed window has nothing open"


def test_a_folder_that_becomes_a_project_stays_taken(
    tmp_path: Path, owner: Owner, open_session: Open, holder: Callable[[], subprocess.Popen[str]]
) -> None:
    add_image(tmp_path, "a.png")
    session = open_session(tmp_path)
    assert session.other is None
    session.edit("a.png", (box("cat"),), "draw")
    owner.until(lambda: (tmp_path / ".workbench" / PRESENCE_FILE).exists())
    other = subprocess.run([sys.executable, "-c", HOLDING, str(tmp_path)], input="\n", text=True,
                           capture_output=True, check=True)
    assert other.stdout == "True\n"
    session.close(10)
    holder()


def test_one_process_is_not_its_own_second_window(tmp_path: Path, open_session: Open) -> None:
    first, second = open_session(tmp_path), open_session(tmp_path)
    assert first.other is None and second.other is None


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff", b'{"host": 3}', b"[" * 9000])
def test_who_has_it_open_may_have_signed_badly(
    tmp_path: Path, holder: Callable[[], subprocess.Popen[str]], content: bytes
) -> None:
    (tmp_path / "workbench.toml").touch()
    holder()
    (tmp_path / ".workbench" / PRESENCE_FILE).write_bytes(content)
    other = Presence(tmp_path).join()
    assert other is not None and other.words() == "on this computer"


def test_a_place_without_locks_goes_on_without(
    tmp_path: Path, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("workbench.formats.locks", "workbench.project.presence"):
        monkeypatch.setattr(f"{module}.try_lock", lambda descriptor: None)
    (tmp_path / "workbench.toml").touch()
    assert Presence(tmp_path).join() is None
    saver = Saver(owner.post)
    saver.submit("a", tmp_path / "a", lambda: b"1")
    assert saver.flush(60) and (tmp_path / "a").read_bytes() == b"1"
    saver.close(10)
