"""What was deleted: out of the project's way, and back where it was.

Clips and runs lie in the project's own folder ``.trash``, where a file manager finds them and no
look for sounds, images or runs does, until they are :data:`KEPT_DAYS` old. A ``.trash`` that is a
link is somebody else's folder: nothing is put there, and nothing there is deleted.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from workbench.core.errors import WorkbenchError
from workbench.formats.atomic import disk_reason, patiently
from workbench.formats.scratch import remove_tree

TRASH = ".trash"
KEPT_DAYS = 30
_OURS = re.compile(r"\d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d(?: \(\d+\))?|runs .+", re.DOTALL)
"""Names of what this program puts there."""


@dataclass(frozen=True, slots=True)
class PutAway:
    """Files in the trash: below ``folder`` as they lay below the project, posix paths."""

    folder: Path
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrashSize:
    """What the trash holds: number of files, and their size in bytes."""

    files: int = 0
    bytes: int = 0


def put_away(project: Path, files: Iterable[Path]) -> PutAway:
    """Move ``files`` (or whole folders) of a project to its trash, all or none.

    Raises
    ------
    WorkbenchError
        If the disk refuses; all lie where they were then.
    """
    if (project / TRASH).is_symlink():
        raise WorkbenchError("the trash is a link to another folder", path=project / TRASH,
                             kept="Nothing was deleted.")
    made = PutAway(_new_folder(project / TRASH),
                   tuple(path.relative_to(project).as_posix() for path in files))
    _move_all(project, made.folder, made.files)
    return made


def bring_back(project: Path, away: PutAway) -> None:
    """Move files back to where they lay, all or none.

    Raises
    ------
    WorkbenchError
        If another file is there by now, or the disk refuses; all lie in the trash then.
    """
    if not away.folder.is_dir():
        raise WorkbenchError("it is no longer in the trash", path=project / away.files[0])
    for name in away.files:
        if os.path.lexists(project / name):
            raise WorkbenchError("there is another file of this name by now", path=project / name,
                                 kept="What was deleted stays in the trash.")
    _move_all(away.folder, project, away.files)
    for root, _, _ in os.walk(away.folder, topdown=False):
        with suppress(OSError):  # something was put there since
            os.rmdir(root)  # noqa: PTH106


def deleted(project: Path) -> list[PutAway]:
    """What can be brought back, what was deleted last first; for any time after, also when the
    program was ended in between."""
    folders = []
    for folder in _contents(project):
        try:
            if folder.is_dir() and not folder.is_symlink():
                folders.append((folder.stat().st_mtime_ns, folder.name, folder))
        except OSError:
            continue
    found = [PutAway(folder, tuple(sorted(_units(folder)))) for _, _, folder in sorted(folders)]
    return [away for away in reversed(found) if away.files]


def is_put_away(project: Path, name: str) -> bool:
    """Whether a file of a project, a posix path in it, lies in its trash."""
    return any(os.path.lexists(folder / name) for folder in _contents(project))


def in_trash(project: Path, folder: str) -> Iterator[Path]:
    """What lay directly in ``folder`` of a project, a posix path in it, and is in its trash now."""
    for away in _contents(project):
        with suppress(OSError):
            yield from (away / folder).iterdir()


def _units(folder: Path) -> Iterator[str]:
    """What lies in a folder of the trash: files, and runs as a whole."""
    for root, names, files in os.walk(folder):
        inside = Path(root).relative_to(folder)
        if inside == Path("runs"):
            yield from (f"runs/{name}" for name in names)
            names.clear()
        yield from ((inside / name).as_posix() for name in files)


def forget_old(project: Path) -> None:
    """Delete for good what was put away more than :data:`KEPT_DAYS` days ago; what others put there
    stays."""
    for folder in _contents(project):
        if not _OURS.fullmatch(folder.name) or folder.is_symlink():
            continue
        try:
            old = time.time() - folder.stat().st_mtime > KEPT_DAYS * 86400
        except OSError:
            continue
        if old:
            remove_tree(folder)


def trash_size(project: Path) -> TrashSize:
    """Look at all that lies in the trash."""
    files = size = 0
    for item in _contents(project):
        paths = ([item] if item.is_symlink() or not item.is_dir() else
                 [Path(root, name) for root, _, names in os.walk(item) for name in names])
        for path in paths:
            files += 1
            try:
                size += path.lstat().st_size
            except OSError:
                continue  # it went in this moment
    return TrashSize(files, size)


def empty_trash(project: Path) -> None:
    """Delete for good all that lies in the trash.

    Raises
    ------
    WorkbenchError
        If the disk refuses to delete some of it; all the rest is gone then.
    """
    refused: list[OSError] = []
    for item in _contents(project):
        if item.is_dir() and not item.is_symlink():
            remove_tree(item, refused.append)
            continue
        try:
            item.unlink()
        except OSError as error:
            refused.append(error)
    if refused:
        raise WorkbenchError(f"not all of it could be deleted: {disk_reason(refused[0])}",
                             path=project / TRASH, kept="The rest of it is gone.")


def _contents(project: Path) -> list[Path]:
    """What lies in the trash; nothing where it is a link to some other folder."""
    trash = project / TRASH
    try:
        return [] if trash.is_symlink() else list(trash.iterdir())
    except OSError:
        return []


def _new_folder(trash: Path) -> Path:
    stem = time.strftime("%Y-%m-%d %H.%M.%S")
    number = 1
    while True:
        folder = trash / (stem if number == 1 else f"{stem} ({number})")
        try:
            if not trash.exists():
                trash.mkdir()  # never its parents: a project that is gone is not made anew
            folder.mkdir()
        except FileExistsError:
            number += 1
        except OSError as error:
            raise WorkbenchError(f"the trash could not be used: {disk_reason(error)}", path=folder,
                                 kept="Nothing was deleted.") from error
        else:
            return folder


def _move_all(source: Path, target: Path, names: Iterable[str]) -> None:
    moved: list[str] = []
    for name in names:
        try:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            patiently((source / name).rename, target / name)
        except OSError as error:
            for back in moved:
                (target / back).rename(source / back)
            raise WorkbenchError(f"it could not be moved: {disk_reason(error)}",
                                 path=source / name, kept="Nothing was moved.") from error
        moved.append(name)
