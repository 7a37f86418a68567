"""A ZIP file that holds a project: what is in it, and making a folder of it."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

from workbench.core.background import Cancelled
from workbench.core.progress import ProgressCallback
from workbench.core.video import VIDEO_SUFFIXES
from workbench.formats.atomic import new_folder
from workbench.formats.regular_file import open_regular
from workbench.media.images.header import IMAGE_SUFFIXES
from workbench.media.sounds.suffixes import SUFFIXES
from workbench.project.handover.video_labels import is_of_video
from workbench.project.imports.archives import extract_project, is_archive, name_of
from workbench.project.layout import MANIFEST_NAME
from workbench.project.runs import BEST, CONFIG

_KINDS: Mapping[str, Collection[str]] = {
    "image": IMAGE_SUFFIXES, "sound": SUFFIXES, "video": VIDEO_SUFFIXES}
MARK = b"Workbench project"
"""The comment of archives that the program wrote."""


@dataclass(frozen=True, slots=True)
class Inside:
    """What an archive of a project holds."""

    name: str
    """Of the project."""
    files: int
    """Besides those of the runs."""
    samples: int
    """How many of these are images, sounds or videos."""
    runs: tuple[str, ...]
    """Names of the runs with a model."""
    videos: int = 0
    """How many of the samples are videos."""
    video_labels: int = 0
    """Files of tracks and events."""


def look_inside(path: Path) -> Inside | None:
    """What an archive of a project holds; None for a file that is none, or no archive of one. An
    archive that a person made of a project's folder is one, too."""
    if not is_archive(path):
        return None
    try:
        with open_regular(path) as stream, zipfile.ZipFile(stream) as archive:
            comment = archive.comment
            names = [PurePosixPath(name) for item in archive.infolist()
                     if not (name := name_of(item)).endswith("/")]
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):
        return None  # told by whoever unpacks it
    shown = [name for name in names
             if name.parts and not any(part.startswith((".", "__MACOSX")) for part in name.parts)]
    tops = {name.parts[0] for name in shown if len(name.parts) > 1}
    top = next(iter(tops)) if len(tops) == 1 and all(len(name.parts) > 1 for name in shown) else ""
    inside = {name.relative_to(top) if top else name for name in shown}
    configs = {name.parent for name in inside if name.name == CONFIG and _is_run(name.parent)}
    runs = tuple(sorted(place.name for place in configs if place / BEST in inside))
    if comment != MARK and PurePosixPath(MANIFEST_NAME) not in inside and not (
            runs and all(name.parts[0] == "runs" for name in inside)):
        return None
    own = [name for name in inside if name.parts[0] != "runs"]
    kinds = Counter(map(kind_of_sample, own))
    return Inside(top or path.stem, len(own), kinds.total() - kinds[None], runs, kinds["video"],
                  sum(is_of_video(name.name) for name in own))


def kind_of_sample(name: PurePath) -> str | None:
    """ "image", "sound" or "video", by the name of a file; None for any other."""
    suffix = name.suffix.lower()
    return next((kind for kind, suffixes in _KINDS.items() if suffix in suffixes), None)


def is_project_archive(path: Path) -> bool:
    """Whether it is a ZIP file with a project in it."""
    return look_inside(path) is not None


def _is_run(place: PurePosixPath) -> bool:
    return len(place.parts) == 2 and place.parts[0] == "runs"


def unpack_project(path: Path, folder: Path, progress: ProgressCallback | None = None,
                   cancelled: Callable[[], bool] = lambda: False) -> None:
    """Make the new ``folder`` of the archive; it appears when all of it is there.

    Parameters
    ----------
    progress
        Called with the bytes that are unpacked, and of all.

    Raises
    ------
    FormatError
        If the archive cannot be read, or names files outside of it.
    WorkbenchError
        If there is something in ``folder`` already, or the disk refuses.
    Cancelled
        If it is not wanted any more; nothing stays.
    """
    with new_folder(folder, "the project") as place:
        extract_project(path, place, cancelled, progress)
        if cancelled():
            raise Cancelled
