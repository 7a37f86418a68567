"""Clips that were deleted: out of the project's way, and back where they were.

They lie in the project's own folder ``.trash``, where a file manager finds them and no look for
sounds or images does, until they are :data:`KEPT_DAYS` old.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.errors import WorkbenchError
from workbench.core.look import is_file
from workbench.formats.atomic import disk_reason

if TYPE_CHECKING:
    from workbench.project.sound_library import SoundLibrary

TRASH = ".trash"
KEPT_DAYS = 30
SAVE_SECONDS = 3.0
"""So long a deletion waits for labels that are still being written."""


@dataclass(frozen=True, slots=True)
class PutAway:
    """Files in the trash: below ``folder`` as they lay below the project, posix paths."""

    folder: Path
    files: tuple[str, ...]


def put_away(project: Path, files: Iterable[Path]) -> PutAway:
    """Move ``files`` of a project to its trash, all or none.

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


class ClipFiles:
    """The step that adds new clips to a project, or deletes some: their files lie where they
    belong or in the trash.

    Parameters
    ----------
    adds
        Whether the step adds the clips, whose files are there already; else it deletes them.
    """

    def __init__(self, library: SoundLibrary, keys: Iterable[str], text: str, *,
                 adds: bool) -> None:
        self.text = text
        self._keys = tuple(keys)
        self.key = self._keys[0] if len(self._keys) == 1 else ""
        self._library = library
        self._adds = adds
        self._away: PutAway | None = None

    def do(self) -> None:
        self._there() if self._adds else self._gone()

    def undo(self) -> None:
        self._gone() if self._adds else self._there()

    def _there(self) -> None:
        if self._away is not None:
            bring_back(self._library.folder, self._away)
            self._away = None
        self._library.found(self._keys)

    def _gone(self) -> None:
        library = self._library
        library.settle()
        library.session.saver.flush(SAVE_SECONDS)
        unsaved = next((key for key in self._keys if library.unsaved(key)), None)
        if unsaved is not None:
            raise WorkbenchError("its labels are not saved yet", path=library.path(unsaved),
                                 kept="Nothing was deleted.")
        files = (path for key in self._keys for path in library.files(key) if is_file(path))
        self._away = put_away(library.folder, files)
        library.gone(self._keys)
