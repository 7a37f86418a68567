"""Whether what was found about a file is still so: asked again before it is moved to the trash.

Between a look at all files and a click lie minutes or hours, in which a person mends files
elsewhere, or a disk comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.errors import Problem, WorkbenchError
from workbench.core.paths import exists, is_file, is_folder
from workbench.media.images.header import IMAGE_SUFFIXES
from workbench.media.images.readable import picture_info
from workbench.project.damage import is_cut_off
from workbench.project.datasets.splits import load_split
from workbench.project.layout import exchanged
from workbench.project.library.events import read_events_beside
from workbench.project.runs import CONFIG
from workbench.project.video_check import read_tracks_beside, video_of

if TYPE_CHECKING:
    from workbench.project.layout import Layout
    from workbench.project.session import Session


def still_found(session: Session, findings: Sequence[Problem]) -> list[Problem]:
    """Those of ``findings``, all of one kind, whose file is as it was found."""
    if findings and findings[0].kind == "annotation-without-image":
        owned = {session.index.annotation_key(key) for key in session.index}
        return [item for item in findings if _is_alone(session, Path(item.path), owned)]
    if findings and findings[0].kind == "unreadable-annotation":
        return [item for item in findings if _refused(
            path := Path(item.path), partial(session.store.read, path, None))]
    return [item for item in findings
            if _CHECKS.get(item.kind, _is_there)(Path(item.path), item.kind)]


def _is_there(path: Path, kind: str) -> bool:
    return exists(path)


def _refused(path: Path, read: Callable[[], object]) -> bool:
    """Whether a file that is there cannot be read."""
    if not is_file(path):
        return False
    try:
        read()
    except (OSError, WorkbenchError):
        return True
    return False


def _unread_sound(path: Path, kind: str) -> bool:
    from workbench.media.sounds.sound_info import read_sound_info

    return _refused(path, lambda: read_sound_info(path))


def _first_frame(path: Path) -> None:
    from workbench.media.video.reader import VideoReader

    with VideoReader(path) as reader:
        reader.frame(0)


def _cut_off(path: Path, kind: str) -> bool:
    try:
        return is_cut_off(path)
    except OSError:
        return False


def _run(path: Path, kind: str) -> bool:
    """But for those that go on, or ended well, since."""
    from workbench.project.doctor import run_problems

    folder = path.parent if path.name == CONFIG else path
    return is_folder(folder) and any(now.kind == kind for now in run_problems(folder))


_CHECKS: Mapping[str, Callable[[Path, str], bool]] = {
    "unreadable-split": lambda path, kind: _refused(
        path, lambda: load_split(path.parent.parent, path.stem)),
    "unreadable-image": lambda path, kind: _refused(path, lambda: picture_info(path)),
    "unreadable-sound": _unread_sound,
    "unreadable-video": lambda path, kind: _refused(path, lambda: _first_frame(path)),
    "unreadable-tracks": lambda path, kind: _refused(
        path, lambda: read_tracks_beside(video_of(path))),
    "unreadable-events": lambda path, kind: _refused(
        path, lambda: read_events_beside(video_of(path))),
    "tracks-without-video": lambda path, kind: is_file(path) and not is_file(video_of(path)),
    "events-without-video": lambda path, kind: is_file(path) and not is_file(video_of(path)),
    "truncated-image": _cut_off,
    "broken-run": _run,
    "failed-run": _run,
}


def _is_alone(session: Session, path: Path, owned: set[str]) -> bool:
    """Whether no image belongs to a label file: none that is known, and none that came just now."""
    folder, layout = session.folder, session.manifest.layout
    if not is_file(path) or path.relative_to(folder).as_posix() in owned:
        return False
    name = path.relative_to(folder).as_posix()
    if layout.mirrored and layout.annotations:
        image = folder / exchanged(name, layout.annotations, "images")
    elif layout.apart:
        key = name.removeprefix(f"{layout.annotations}/").removesuffix(".json")
        return not is_file(folder / key)
    else:
        image = _beside(folder, layout, path)
    return not any(is_file(image.with_suffix(form)) for suffix in IMAGE_SUFFIXES
                   for form in (suffix, suffix.upper()))


def _beside(folder: Path, layout: Layout, path: Path) -> Path:
    """Where the image of a label file would be."""
    below = folder / (layout.annotations or layout.images)
    inside = path.relative_to(below) if path.is_relative_to(below) else Path(path.name)
    return folder / layout.images / inside
