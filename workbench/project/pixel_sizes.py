"""How large a pixel of an image of a project is, whoever says so.

What a person said of the image counts before what its file says, and that before what was said of
its folder or of the project: see :mod:`workbench.project.scale_table`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from workbench.core.pixel_size import PixelSize
from workbench.media.images.file_scale import read_pixel_size
from workbench.project.edits.commands import ClassCommand
from workbench.project.open_project import OpenProject
from workbench.project.scale_table import KnownSize, PixelSizes
from workbench.project.session import Session


def known_size(project: OpenProject, key: str) -> KnownSize | None:
    """How large a pixel of image ``key`` of an open project is, and who says so; None where nobody
    does. Reads the header of a TIFF."""
    return project.manifest.pixel_sizes.known(key, project.folder / key)


def pixel_size_of(project: OpenProject, key: str) -> PixelSize | None:
    """As :func:`known_size`, without who says so."""
    known = known_size(project, key)
    return known.size if known is not None else None


def pixel_size_at(sizes: PixelSizes, folder: Path, path: Path) -> PixelSize | None:
    """How large a pixel of the file at ``path`` is, by what is said in the project ``folder``: of
    one in it as :func:`known_size`, of one elsewhere what it says itself, else what is said of the
    project. For any thread."""
    path, folder = path.absolute(), folder.absolute()
    if not path.is_relative_to(folder):
        return pixel_size_of_file(path, sizes.project)
    known = sizes.known(path.relative_to(folder).as_posix(), path)
    return known.size if known is not None else None


def frame_at(sizes: PixelSizes, folder: Path, path: Path) -> float:
    """Seconds from each frame of the video at ``path`` to the next, by what is said in the project
    ``folder``; 0 where it plays as filmed. Of one elsewhere counts what is said of the project."""
    path, folder = path.absolute(), folder.absolute()
    if not path.is_relative_to(folder):
        return sizes.frame
    return sizes.frame_of(path.relative_to(folder).as_posix())


def pixel_size_of_file(path: Path, fallback: PixelSize | None = None) -> PixelSize | None:
    """How large a pixel of any image file is: what it says itself, else ``fallback``."""
    return read_pixel_size(path) or fallback


def set_pixel_sizes(session: Session, sizes: PixelSizes) -> None:
    """Make these what is said of the sizes of pixels in a project, as one step of undo."""
    before = session.manifest.pixel_sizes
    if sizes == before:
        return

    def change(old: PixelSizes, new: PixelSizes) -> None:
        session.manifest.pixel_sizes = session.manifest.pixel_sizes.with_changes(old, new)
        session.scale_changed.emit()

    same_times = (sizes.frame, sizes.frames) == (before.frame, before.frames)
    text = "set the scale" if same_times else "say how far apart frames are"
    session.undo.push(ClassCommand(text, session.manifest_changed,
                                   lambda: change(before, sizes), lambda: change(sizes, before)))


def images_moved(session: Session, names: Mapping[str, str]) -> None:
    """Images of an open project have other names, by those that they had: their sizes follow."""
    sizes = session.manifest.pixel_sizes.with_names(names)
    if sizes is not session.manifest.pixel_sizes:
        session.manifest.pixel_sizes = sizes
        session.scale_changed.emit()
        session.manifest_changed()
