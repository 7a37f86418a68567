"""What Windows refuses to do with files, as far as another system can play it."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workbench.core.errors import WorkbenchError
from workbench.formats import atomic, scratch
from workbench.formats.atomic import disk_reason, write_atomic
from workbench.formats.scratch import remove_tree, scratch_folder


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
