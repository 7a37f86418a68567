"""Small things with files that importers share."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from workbench.core.errors import Problem, WorkbenchError
from workbench.core.paths import exists
from workbench.formats.atomic import (
    TEMP_PREFIX,
    TEMP_SUFFIX,
    DiskErrors,
    disk_reason,
    patiently,
    write_all,
    write_atomic,
)
from workbench.formats.locks import try_lock
from workbench.formats.regular_file import open_descriptor, pieces_of
from workbench.project.layout import MANIFEST_NAME, STATE_FOLDER
from workbench.project.library.scan import is_outside

_NO_MORE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


def ends_copying(error: OSError | WorkbenchError) -> str:
    """Why the next file would not be taken either ("the disk is full"); "" where it may be."""
    cause = error if isinstance(error, OSError) else error.__cause__
    if isinstance(cause, OSError) and cause.errno in _NO_MORE:
        return disk_reason(cause)
    return ""


def left_out_text(path: str | os.PathLike[str], error: OSError | WorkbenchError) -> str:
    """That one file was not copied, and why."""
    if isinstance(error, OSError):
        itself = error.filename is not None and os.fspath(error.filename) == os.fspath(path)
        why = disk_reason(error, "read" if itself else "write")
    else:
        why = error.message
    return f"{os.path.basename(path)} was left out: {why}."


def numbered(name: str) -> Iterator[str]:
    """Names to try, one after the other: ``a/b.jpg``, ``a/b-2.jpg``, ``a/b-3.jpg`` …"""
    yield name
    stem, dot, suffix = name.rpartition(".")
    number = 2
    while True:
        yield f"{stem}-{number}{dot}{suffix}"
        number += 1


def write_numbered(folder: Path, name: str, data: bytes) -> tuple[Path, bool]:
    """Write a file; one that holds just this is taken as it is, beside another one of this name it
    gets a number. Returns where it is, and whether it is new.

    Raises
    ------
    WorkbenchError
        If the disk refuses.
    """
    for path in map(folder.joinpath, numbered(name)):
        if not os.path.lexists(path):
            write_atomic(path, data)
            return path, True
        if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
            return path, False
    raise AssertionError("numbers do not end")


def missing_folders(folder: Path) -> list[Path]:
    """Which of ``folder`` and those above it are not there, the innermost first."""
    return [path for path in (folder, *folder.parents) if not exists(path)]


def remove_bare_project(made: Sequence[Path]) -> bool:
    """Remove a project that nothing came into, with the folders that were ``made`` for it, as
    :func:`missing_folders` named them; return whether it is gone."""
    if not made:
        return False
    project, *above = made
    own = project / STATE_FOLDER
    if any(Path(at) / name != project / MANIFEST_NAME and own not in (Path(at), *Path(at).parents)
           for at, _, names in os.walk(project) for name in names):
        return False
    with suppress(OSError):
        shutil.rmtree(project)
        for folder in above:
            folder.rmdir()
    return not exists(project)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it; WorkbenchError where the disk refuses."""
    with DiskErrors(folder):
        folder.mkdir(parents=True, exist_ok=True)


def may_copy(path: str | os.PathLike[str], real: str = "") -> bool:
    """Whether ``path`` is a file, and by links in the folder of real path ``real`` ("": anywhere).

    What cannot be looked at counts as fit: whoever opens it says so.
    """
    try:
        state = os.lstat(path)
    except OSError:
        return True
    try:
        if stat.S_ISLNK(state.st_mode):
            state = os.stat(path)
            if real and is_outside(path, real):
                return False
    except OSError:
        return False  # it leads nowhere
    return stat.S_ISREG(state.st_mode) or stat.S_ISDIR(state.st_mode)


def put_aside(path: Path) -> Path:
    """Give a file that cannot be used another name beside it, ``a.xml.unreadable``; return that.

    Raises
    ------
    WorkbenchError
        If the disk refuses; the file is where it was.
    """
    target, number = path.with_name(f"{path.name}.unreadable"), 1
    while os.path.lexists(target):
        number += 1
        target = path.with_name(f"{path.name}.unreadable-{number}")
    with DiskErrors(path, kept="The file was left as it is."):
        patiently(path.rename, target)
    return target


def renamed(problem: Problem, place: Path, shown: Path) -> Problem:
    """``problem`` of a file in the temporary folder ``place``, shown as one in ``shown``."""
    path = Path(problem.path)
    return replace(problem, path=str(shown / path.relative_to(place))) if path.is_relative_to(
        place) else problem


COPY_PREFIX = f"{TEMP_PREFIX}copy-"
"""Of copies that are not whole yet; they are locked."""
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def copy_file(source: str | os.PathLike[str], target: str | os.PathLike[str]) -> None:
    """Copy the content whole or not at all; rights are the project's own, so that what was
    copied from a read-only disk can be edited. OSError where it is no regular file."""
    name = f"{COPY_PREFIX}{secrets.token_hex(8)}{TEMP_SUFFIX}"
    # as texts: a new Path for each of 100,000 files takes longer than what the system does
    temp = os.path.join(os.path.dirname(target), name)
    descriptor, size = open_descriptor(source)
    try:
        copy = os.open(temp, _NEW, 0o666)
        try:
            try_lock(copy)  # as long as somebody is at it
            os.lseek(copy, 0, os.SEEK_SET)
            for piece in pieces_of(descriptor, size):
                write_all(copy, piece)
        finally:
            os.close(copy)
        patiently(os.replace, temp, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temp)
        raise
    finally:
        os.close(descriptor)


def link_file(source: str | os.PathLike[str], target: str | os.PathLike[str]) -> None:
    """Refer to a file where it lies, at a free place; OSError or NotImplementedError where that
    cannot be, as on Windows, where not all may link."""
    os.symlink(os.path.realpath(source), target)


def move_file(source: str | os.PathLike[str], target: str | os.PathLike[str]) -> None:
    """As :func:`copy_file`, of a file that nobody needs where it is."""
    try:
        patiently(os.rename, source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        copy_file(source, target)
