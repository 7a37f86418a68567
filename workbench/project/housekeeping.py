"""What is put in order when a project is opened, in the background."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from workbench.formats.atomic import is_leftover
from workbench.project.layout import STATE_FOLDER
from workbench.project.runs import move_old_trash
from workbench.project.trash import forget_old

OLD_SECONDS = 60.0
"""A write takes no longer: what is older was left by one that was killed."""


def tidy(project: Path, folders: Iterable[str]) -> None:
    """Remove what killed writes left behind, and what has been in the trash for long enough.

    Parameters
    ----------
    folders
        Where images and annotations lie, as posix paths relative to the project.
    """
    for folder in {project, *(project / name for name in folders), *_own_folders(project)}:
        _remove_leftovers(folder)
    move_old_trash(project)
    forget_old(project)


def _own_folders(project: Path) -> Iterator[Path]:
    """Where the program itself writes."""
    yield from (project / STATE_FOLDER, project / "splits", project / "runs")
    with suppress(OSError), os.scandir(project / "runs") as entries:
        yield from [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]


def _remove_leftovers(folder: Path) -> None:
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if is_leftover(entry.name) and entry.is_file(follow_symlinks=False):
                with suppress(OSError):
                    if time.time() - entry.stat(follow_symlinks=False).st_mtime > OLD_SECONDS:
                        os.unlink(entry.path)  # noqa: PTH108
