"""Images and sounds that a project refers to by links: the lost ones, and where they are found."""

from __future__ import annotations

import errno
import json
import os
import zlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.errors import Problem, WorkbenchError
from workbench.core.paths import is_file
from workbench.core.text import count, tr
from workbench.formats.atomic import TEMP_PREFIX, TEMP_SUFFIX, disk_reason, write_atomic
from workbench.formats.regular_file import MB, open_regular, read_regular
from workbench.project.cache import cache_place

if TYPE_CHECKING:
    from workbench.project.session import Session

LOST, LOST_SOUND = "lost-image", "lost-sound"
"""Kinds of findings about links that lead nowhere."""
_FILE = "links.json"
_LIMIT = 500 * MB
_NOT_LOST = {errno.ELOOP, errno.EACCES, errno.EPERM}
_PEEK = 4096  # bytes at either end of a file

Targets = Mapping[str, str]
"""Where links lead, by the key of the image or sound."""


def lost_target(path: str | os.PathLike[str]) -> str | None:
    """Where a link that leads nowhere should lead; None for all else, as one that leads round in
    a circle, or to where one may not look."""
    try:
        target = os.readlink(path)
        os.stat(path)
    except ValueError:
        return None
    except OSError as error:
        if error.errno in _NOT_LOST or not os.path.islink(path):
            return None
        return os.path.join(os.path.dirname(path), target)
    return None


def lost_problem(path: Path, target: str, kind: str = LOST) -> Problem:
    """What ``doctor`` says of it."""
    return Problem(str(path), kind, f"{path.name} refers to {target}, which is not there: its "
                   "folder was moved, or a disk is not connected.")


# --- what linked files are ------------------------------------------------------------------------


def mark_of(path: str | os.PathLike[str]) -> str | None:
    """What tells whether it is the same file elsewhere: its size, and a checksum of both
    ends; None where it cannot be read."""
    try:
        with open_regular(path) as stream:
            size = os.fstat(stream.fileno()).st_size
            data = stream.read(_PEEK)
            if size > _PEEK:
                stream.seek(max(_PEEK, size - _PEEK))
                data += stream.read(_PEEK)
    except OSError:
        return None
    return f"{size}:{zlib.crc32(data):08x}"


def read_marks(project: Path) -> dict[str, str]:
    """The marks of linked files by key, as they were when they came."""
    try:
        data = json.loads(read_regular(cache_place(project) / _FILE, _LIMIT))
    except (OSError, ValueError, RecursionError, WorkbenchError):
        return {}
    return {key: mark for key, mark in data.items() if isinstance(mark, str)} if isinstance(
        data, dict) else {}


def add_marks(project: Path, marks: Mapping[str, str]) -> None:
    """Remember more; what cannot be remembered is only found less surely."""
    known = read_marks(project)
    both = {**known, **marks}
    if both != known:
        with suppress(WorkbenchError):
            write_atomic(cache_place(project) / _FILE, json.dumps(both).encode("ascii"))


# --- finding them again ---------------------------------------------------------------------------


def find_moved(project: Path, keys: Iterable[str], place: Path,
               progress: Callable[[int], None] = lambda done: None) -> dict[str, str]:
    """Where the lost files ``keys`` are in ``place`` or below it, by key.

    A file is one that has the name, in a folder whose name and those above agree for as long as
    possible with where it was. One that is another than what was linked is not taken.
    """
    marks, moved, found = read_marks(project), dict[str, Path](), dict[str, str]()
    for number, key in enumerate(keys, start=1):
        target = lost_target(project / key)
        if target is not None:
            new = _found(Path(target), place, moved)
            if new is not None and marks.get(key) in (None, mark_of(new)):
                found[key] = str(new)
        progress(number)
    return found


def _found(target: Path, place: Path, moved: dict[str, Path]) -> Path | None:
    """The file that was ``target``; ``moved`` remembers what became of its folder."""
    old = str(target.parent)
    if old in moved and is_file(moved[old] / target.name):
        return moved[old] / target.name
    parts = target.parent.parts[1:]
    for at in range(len(parts) + 1):
        new = place.joinpath(*parts[at:])
        if is_file(new / target.name):
            moved[old] = new
            return new / target.name
    return None


def point(project: Path, targets: Targets) -> dict[str, str]:
    """Let links lead elsewhere, all of them or none; returns where they led.

    Raises
    ------
    WorkbenchError
        If the disk refuses; all lead where they led.
    """
    before: dict[str, str] = {}
    for key, target in targets.items():
        try:
            old = os.readlink(project / key)
            _set_link(project / key, target)
        except OSError as error:
            with suppress(OSError):
                for other, there in before.items():
                    _set_link(project / other, there)
            raise WorkbenchError(disk_reason(error), path=project / key,
                                 kept="All are referred to as before.") from error
        before[key] = old
    return before


def _set_link(path: Path, target: str) -> None:
    temp = path.with_name(f"{TEMP_PREFIX}{os.urandom(8).hex()}{TEMP_SUFFIX}")
    temp.symlink_to(target)
    try:
        temp.replace(path)
    except OSError:
        temp.unlink(missing_ok=True)
        raise


class Relinked:
    """The step that let links lead elsewhere; it is done when it is made."""

    def __init__(self, session: Session, targets: Targets, before: Targets,
                 noun: str = "image") -> None:
        self.text = tr("locate {images}", images=count(len(targets), noun))
        self.key = next(iter(targets)) if len(targets) == 1 else ""
        self._session, self._targets, self._before = session, dict(targets), dict(before)
        self._listed = session.sounds if noun == "sound" else session.index
        self._done = True

    def do(self) -> None:
        if not self._done:
            point(self._session.folder, self._targets)
        self._done = True
        self._listed.refresh()

    def undo(self) -> None:
        point(self._session.folder, self._before)
        self._done = False
        self._listed.refresh()
