"""What was deleted: out of the project's way, and back where it was.

Clips and runs lie in the project's own folder ``.trash``, where a file manager finds them and no
look for sounds, images or runs does, until they are :data:`KEPT_DAYS` old.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from workbench.core.errors import WorkbenchError
from workbench.formats.atomic import disk_reason

TRASH = ".trash"
KEPT_DAYS = 30


@dataclass(frozen=True, slots=True)
class PutAway:
    """Files in the trash: below ``folder`` as they lay below the project, posix paths."""

    folder: Path
    files: tuple[str, ...]


def put_away(project: Path, files: Iterable[Path]) -> PutAway:
    """Move ``files`` (or whole folders) of a project to its trash, all or none.

    Raises
    ------
    WorkbenchError
        If the disk refuses; all lie where they were then.
    """
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
    for name in away.files:
        if (project / name).exists():
            raise WorkbenchError("there is another file of this name by now", path=project / name,
                                 kept="What was deleted stays in the trash.")
    _move_all(away.folder, project, away.files)
    shutil.rmtree(away.folder, ignore_errors=True)


def forget_old(project: Path, days: float = KEPT_DAYS) -> None:
    """Delete for good what was put away more than ``days`` ago."""
    try:
        folders = list((project / TRASH).iterdir())
    except OSError:
        return
    for folder in folders:
        try:
            old = time.time() - folder.stat().st_mtime > days * 86400
        except OSError:
            continue
        if old:
            shutil.rmtree(folder, ignore_errors=True)


def _new_folder(trash: Path) -> Path:
    stem = time.strftime("%Y-%m-%d %H.%M.%S")
    number = 1
    while True:
        folder = trash / (stem if number == 1 else f"{stem} ({number})")
        try:
            folder.mkdir(parents=True)
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
            (source / name).rename(target / name)
        except OSError as error:
            for back in moved:
                (target / back).rename(source / back)
            raise WorkbenchError(f"it could not be moved: {disk_reason(error)}",
                                 path=source / name, kept="Nothing was moved.") from error
        moved.append(name)
