"""What Windows refuses to do with files, as far as another system can play it."""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path, PureWindowsPath
from typing import Any

import numpy as np
import pytest

from workbench import cli
from workbench.core import paths
from workbench.core.errors import WorkbenchError
from workbench.core.paths import may_write
from workbench.core.terminal import StatusLine
from workbench.formats import atomic, scratch
from workbench.formats.atomic import disk_reason, write_atomic
from workbench.formats.scratch import remove_tree, scratch_folder
from workbench.project.edits.journal import Journal, has_unfinished, read_only_uri
from workbench.project.statistics import figures


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def refusal(winerror: int, number: int = errno.EACCES, name: str = "a.xml") -> OSError:
    """What Python raises there."""
    error = OSError(number, os.strerror(number), name)
    error.winerror = winerror  # type: ignore[attr-defined]  # only there
    return error


def refusing(real: Callable[..., Any], *errors: OSError) -> Callable[..., Any]:
    """``real``, which refuses as often as there are errors."""
    left = list(errors)

    def act(*paths: Any, **more: Any) -> Any:
        if left:
            raise left.pop(0)
        return real(*paths, **more)

    return act


def test_a_file_that_is_looked_into_for_a_moment_is_replaced(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "replace", refusing(os.replace, refusal(5), refusal(32), refusal(33)))
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new" and names(tmp_path) == ["a.xml"]


@pytest.mark.parametrize(("winerror", "words"), [
    (32, "a.xml: another program has it open"),
    (5, "no permission to write it, or another program has it open"),
    (19, "the disk is read-only"),
])
def test_a_file_that_stays_open_elsewhere_is_told_and_left(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, winerror: int, words: str) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(b"old")
    monkeypatch.setattr(atomic, "_PATIENCE", 0.0)
    monkeypatch.setattr(os, "replace", refusing(os.replace, *[refusal(winerror)] * 9))
    with pytest.raises(WorkbenchError, match=words):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old" and names(tmp_path) == ["a.xml"]


def test_what_is_no_matter_of_a_moment_is_not_waited_for(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "replace", refusing(os.replace, PermissionError(errno.EACCES, "no")))
    with pytest.raises(WorkbenchError, match="there is no permission to write it"):
        write_atomic(tmp_path / "a.xml", b"new")


def test_paths_and_names_that_windows_does_not_take_are_told(
        monkeypatch: pytest.MonkeyPatch) -> None:
    assert disk_reason(refusal(123, errno.EINVAL)) == "Windows takes no such name"
    assert "260 characters" in disk_reason(refusal(206, errno.ENOENT))
    assert "not connected" in disk_reason(refusal(53, errno.ENOENT), "read")
    long = FileNotFoundError(errno.ENOENT, "not there", "C:\\" + "a" * 260)
    assert disk_reason(long) == "its folder is not there"
    monkeypatch.setattr(os, "name", "nt")
    assert "260 characters" in disk_reason(long, "read")
    short = FileNotFoundError(errno.ENOENT, "not there", "C:\\a")
    assert disk_reason(short, "read") == "the file is not there"


def test_whether_a_folder_can_be_written_is_tried_where_nothing_else_tells(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "_ACCESS_KNOWS_RIGHTS", False)
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refusing(os.open, refusal(5)))
        assert not may_write(tmp_path)
    assert may_write(tmp_path) and not names(tmp_path)


def test_a_line_of_progress_needs_no_sequences_of_the_terminal(
        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    line = StatusLine()
    monkeypatch.setattr(os, "name", "nt")
    line.show("half")
    line.clear()
    assert capsys.readouterr().err == f"\r{' ' * 19}\rhalf\r{' ' * 19}\r"


def test_a_reader_that_has_seen_enough_is_no_failure(
        monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    def gone(options: object) -> int:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "dup2", lambda *_: None)
    monkeypatch.setattr(cli, "load", lambda name: name if callable(name) else gone)
    assert cli.main(["open"]) == 1  # elsewhere it is something else
    monkeypatch.setattr(cli, "_NOBODY_READS", frozenset({errno.EINVAL}))
    capfd.readouterr()
    assert cli.main(["open"]) == 0 and not capfd.readouterr().err


def test_a_journal_is_read_on_disks_and_network_folders(tmp_path: Path) -> None:
    assert read_only_uri(PureWindowsPath("C:/a b/ü")) == "file:///C:/a%20b/%C3%BC?mode=ro"
    network = PureWindowsPath(r"\\computer\share\a#")
    assert read_only_uri(network) == "file:////computer/share/a%23?mode=ro"
    folder = tmp_path / "50 % #1 ü?"
    folder.mkdir()
    Journal(folder).begin("cat", "dog", None)
    assert has_unfinished(folder) and not has_unfinished(tmp_path)


def test_days_before_1970_have_a_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.localtime

    def localtime(seconds: float) -> time.struct_time:
        if seconds < 0:
            raise refusal(0, errno.EINVAL)
        return real(seconds)

    monkeypatch.setattr(time, "localtime", localtime)
    [moment] = figures._local(np.array([-86400.0 * 365]))
    assert str(moment)[:3] in ("196", "197")


def keep_read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the system remove no file that is read-only."""
    real = os.unlink

    def unlink(path: Any, *, dir_fd: int | None = None) -> None:
        if not os.stat(path, dir_fd=dir_fd).st_mode & stat.S_IWRITE:
            raise refusal(5, name=str(path))
        real(path, dir_fd=dir_fd)

    monkeypatch.setattr(os, "unlink", unlink)
    monkeypatch.setattr(scratch, "_KEEPS_READ_ONLY", True)


def test_read_only_files_are_removed_with_their_folder(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_read_only(monkeypatch)
    with scratch_folder("workbench-", tmp_path) as folder:
        (folder / "inside").mkdir()
        (folder / "inside" / "a.jpg").write_bytes(b"from a CD")
        (folder / "inside" / "a.jpg").chmod(0o444)
    assert not names(tmp_path)


def test_what_cannot_be_removed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "open.jpg").write_bytes(b"")
    monkeypatch.setattr(os, "unlink", refusing(os.unlink, refusal(32)))
    told: list[OSError] = []
    remove_tree(tmp_path / "a", told.append)
    assert told and (tmp_path / "a" / "open.jpg").exists()
