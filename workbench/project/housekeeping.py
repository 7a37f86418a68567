"""What is put in order when a project is opened, in the background."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from workbench.formats.atomic import is_leftover
from workbench.formats.locks import try_lock
from workbench.formats.scratch import remove_abandoned
from workbench.project.imports.files import COPY_PREFIX
from workbench.project.layout import STATE_FOLDER
from workbench.project.runs import move_old_trash
from workbench.project.trash import forget_old

SCRATCH_SECONDS = 3.0
"""So long at most: who closes the project waits for it."""
OLD_SECONDS = 60.0
"""A write takes no longer: what is older was left by one that was killed."""
_NEW_SECONDS = 1.0  # after which a copy is locked


def tidy(project: Path, folders: Iterable[str]) -> None:
    """Remove what killed writes left behind, and what has been in the trash for long enough.

    Parameters
    ----------
    folders
        Where images and annotations lie, as posix paths relative to the project.
    """
    for folder in {project, *(project / name for name in folders), *_own_folders(project)}:
        remove_leftovers(folder)
    for place in (Path(tempfile.gettempdir()), project, project.parent):
        remove_abandoned(place, SCRATCH_SECONDS)  # of imports, and of exports beside the project
    move_old_trash(project)
    forget_old(project)


def _own_folders(project: Path) -> Iterator[Path]:
    """Where the program itself writes."""
    yield from (project / STATE_FOLDER, project / "splits", project / "runs")
    with suppress(OSError), os.scandir(project / "runs") as entries:
        yield from [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]


def remove_leftovers(folder: Path) -> None:
    """Remove what writes and copies into ``folder`` left that were killed."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if is_leftover(entry.name) and entry.is_file(follow_symlinks=False):
                with suppress(OSError):
                    age = time.time() - entry.stat(follow_symlinks=False).st_mtime
                    if age > OLD_SECONDS or (age > _NEW_SECONDS and _is_dead_copy(entry)):
                        os.unlink(entry.path)  # noqa: PTH108


def _is_dead_copy(entry: os.DirEntry[str]) -> bool:
    """Whether a file was being copied by somebody who is not there any more."""
    if not entry.name.startswith(COPY_PREFIX):
        return False
    descriptor = os.open(entry.path, os.O_RDWR)
    try:
        return try_lock(descriptor) is True
    finally:
        os.close(descriptor)
