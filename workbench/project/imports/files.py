"""Small things with files that importers share."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from workbench.core.errors import Problem, UnfitFile, WorkbenchError
from workbench.formats.atomic import TEMP_PREFIX, TEMP_SUFFIX, disk_reason
from workbench.formats.regular_file import open_regular, require_regular
from workbench.project.library.scan import leads_out

_NO_MORE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


def ends_copying(error: OSError | WorkbenchError) -> str:
    """Why the next file would not be taken either ("the disk is full"); "" where it may be."""
    cause = error if isinstance(error, OSError) else error.__cause__
    if isinstance(cause, OSError) and cause.errno in _NO_MORE:
        return disk_reason(cause)
    return ""


def left_out_words(path: Path, error: OSError | WorkbenchError) -> str:
    """That one file was not copied, and why."""
    why = disk_reason(error) if isinstance(error, OSError) else error.message
    return f"{path.name} was left out: {why}."


def numbered(name: str) -> Iterator[str]:
    """Names to try, one after the other: ``a/b.jpg``, ``a/b-2.jpg``, ``a/b-3.jpg`` …"""
    yield name
    stem, dot, suffix = name.rpartition(".")
    number = 2
    while True:
        yield f"{stem}-{number}{dot}{suffix}"
        number += 1


def make_folder(folder: Path) -> None:
    """Make a folder and those above it; WorkbenchError where the disk refuses."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkbenchError(disk_reason(error), path=folder) from error


def fit_to_copy(path: Path, real: str = "") -> bool:
    """Whether ``path`` is a file, and by links in the folder of real path ``real`` ("": anywhere).

    What cannot be looked at counts as fit: whoever opens it says so.
    """
    if path.is_symlink() and (not path.exists() or (real and leads_out(path, real))):
        return False
    try:
        require_regular(path)
    except UnfitFile:
        return False
    except OSError:
        return True
    return True


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
    try:
        path.rename(target)
    except OSError as error:
        raise WorkbenchError(disk_reason(error), path=path,
                             kept="The file was left as it is.") from error
    return target


def renamed(problem: Problem, place: Path, told: Path) -> Problem:
    """``problem`` of a file in the temporary folder ``place``, told as one in ``told``."""
    path = Path(problem.path)
    return replace(problem, path=str(told / path.relative_to(place))) if path.is_relative_to(
        place) else problem


def copy_file(source: Path, target: Path) -> None:
    """Copy the content whole or not at all; rights are the project's own, so that what was
    copied from a read-only disk can be edited. OSError where it is no regular file."""
    temp = target.with_name(f"{TEMP_PREFIX}{secrets.token_hex(8)}{TEMP_SUFFIX}")
    try:
        with open_regular(source) as stream, temp.open("xb") as copy:
            shutil.copyfileobj(stream, copy, 1 << 20)
        os.replace(temp, target)  # noqa: PTH105  the same call, without a new Path for each file
    except BaseException:
        temp.unlink(missing_ok=True)
        raise
