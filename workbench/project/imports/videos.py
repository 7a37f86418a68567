"""Copying videos into a project, with the tracks and events beside them."""

from __future__ import annotations

import filecmp
from collections.abc import Callable, Sequence
from pathlib import Path

from workbench.core.paths import is_file
from workbench.formats.atomic import DiskErrors
from workbench.project.imports.files import copy_file, make_folder, numbered
from workbench.project.library.events import events_path
from workbench.project.library.videos import tracks_path

FOLDER = "videos"


def copy_videos(project: Path, paths: Sequence[Path], step: Callable[[int], object],
                came: Callable[[str], object] = lambda _key: None) -> list[str]:
    """Copy videos to the project's ``videos``, never over another file; returns their keys. What
    lies in the project already, or is there already, is left as it is.

    Parameters
    ----------
    step
        Called with the number of videos that are done, also before the first; what it raises
        ends the copying.
    came
        Called with the key of each that is new in the project.

    Raises
    ------
    WorkbenchError
        If a file cannot be read or the disk refuses; what was copied before stays.
    """
    keys = []
    for done, path in enumerate(paths):
        step(done)
        if path.is_relative_to(project):
            keys.append(path.relative_to(project).as_posix())
            continue
        make_folder(project / FOLDER)
        with DiskErrors(path, kept="What was copied before stays."):
            target = next(target for target in map((project / FOLDER).joinpath, numbered(path.name))
                          if _fits(path, target))
            if not target.exists():
                for beside in (tracks_path, events_path):
                    if is_file(beside(path)):
                        copy_file(beside(path), beside(target))
                copy_file(path, target)
                came(target.relative_to(project).as_posix())
        keys.append(target.relative_to(project).as_posix())
    return keys


def _fits(path: Path, target: Path) -> bool:
    """Whether ``target`` is this video already, or is free."""
    if target.exists():
        return filecmp.cmp(path, target, shallow=False)
    return not (target.is_symlink() or tracks_path(target).exists()
                or events_path(target).exists())
