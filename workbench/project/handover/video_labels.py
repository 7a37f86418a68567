"""Tracks and events of videos that come back in a ZIP file: taken where there are none here."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.annotation import LabeledObject
from workbench.core.errors import WorkbenchError
from workbench.core.events import EVENTS_SUFFIX
from workbench.core.text import count, listed, tr
from workbench.core.video import TRACKS_SUFFIX
from workbench.formats.label_json import LIMIT
from workbench.formats.regular_file import open_regular
from workbench.project.imports.archives import archive_errors, name_of
from workbench.project.library.document import Document

if TYPE_CHECKING:
    from workbench.project.session import Session

Labels = Mapping[str, tuple[LabeledObject, ...]]
_SUFFIXES = (TRACKS_SUFFIX, EVENTS_SUFFIX)


def is_of_video(name: str) -> bool:
    """Whether a file holds the tracks or the events of a video, by its name."""
    return name.endswith(_SUFFIXES)


@dataclass(slots=True)
class VideoLabels:
    """Tracks and events by the video's key, and what could not be read, in sentences."""

    tracks: dict[str, tuple[LabeledObject, ...]] = field(default_factory=dict)
    events: dict[str, tuple[LabeledObject, ...]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


@dataclass(slots=True)
class TakenLabels:
    """What became of them."""

    tracks: int = 0
    events: int = 0
    both: list[str] = field(default_factory=list)
    """Tables that differ from those here, which stay."""
    missing: list[str] = field(default_factory=list)
    """Videos that are not here."""
    problems: list[str] = field(default_factory=list)

    def words(self) -> str:
        """A few sentences for people."""
        came = [count(number, what) for number, what in ((self.tracks, "track"),
                                                         (self.events, "event")) if number]
        said = [tr("{what} taken.", what=tr(" and ").join(came)) if came else
                tr("There was nothing new to take.")]
        if self.both:
            said.append(tr("Yours stay where both have labelled and it differs: {files}. To add "
                           "theirs, unpack the file and read it in Videos.",
                           files=listed(self.both)))
        if self.missing:
            said.append(tr("Not in this project: {files}.", files=listed(self.missing)))
        return " ".join([*said, *self.problems])


def read_video_labels(path: Path) -> VideoLabels:
    """The tracks and events in an archive of a project.

    Raises
    ------
    WorkbenchError
        If the archive cannot be read.
    """
    found = VideoLabels()
    with archive_errors(path), open_regular(path) as stream, zipfile.ZipFile(stream) as archive:
        names = {name_of(item): item for item in archive.infolist()
                 if not name_of(item).endswith("/")}
        tops = {name.partition("/")[0] for name in names}
        whole = len(tops) == 1 and all("/" in name for name in names)
        for name, item in sorted(names.items()):
            key = name.partition("/")[2] if whole else name
            hidden = any(part.startswith((".", "__MACOSX")) for part in name.split("/"))
            if is_of_video(key) and not (hidden or name.startswith("/") or ":" in name):
                if item.file_size > LIMIT:
                    found.problems.append(tr("{name} is too large.", name=key))
                    continue
                _read(archive.read(item), key, found)
    return found


def _read(data: bytes, key: str, found: VideoLabels) -> None:
    from workbench.formats.cvat_video import parse
    from workbench.formats.event_table import parse_events

    video = next(key.removesuffix(end) for end in _SUFFIXES if key.endswith(end))
    try:
        if key.endswith(EVENTS_SUFFIX):
            objects, into = parse_events(data, Path(key)).annotation.objects, found.events
        else:
            objects, into = parse(data, Path(key)).annotation.objects, found.tracks
    except WorkbenchError as error:
        found.problems.append(error.sentence())
        return
    if objects:
        into[video] = tuple(replace(item, source=None) for item in objects)


def _same(ours: Sequence[LabeledObject], theirs: Sequence[LabeledObject]) -> bool:
    return [replace(item, source=None) for item in ours] == list(theirs)


def _new(came: Labels, here: Mapping[str, Document], taken: TakenLabels) -> Labels:
    """Of what came what belongs to videos without any; notes where both have some."""
    new = {}
    for key, document in here.items():
        ours = document.annotation.objects
        if document.readonly_reason is None and not ours:
            new[key] = came[key]
        elif not _same(ours, came[key]):
            taken.both.append(document.annotation_path.name)
    return new


def take_video_labels(session: Session, found: VideoLabels) -> TakenLabels:
    """Give videos that have no tracks, or no events, those that came, as one step to undo.

    Raises
    ------
    WorkbenchError
        If they cannot be changed; nothing was then.
    """
    taken = TakenLabels(problems=list(found.problems))
    keys = {key for key in {*found.tracks, *found.events} if session.videos.is_there(key)}
    taken.missing = sorted({*found.tracks, *found.events} - keys)
    tracks = _new(found.tracks, {key: session.videos.document(key)
                                 for key in found.tracks if key in keys}, taken)
    events = _new(found.events, {key: session.events.shown(key)
                                 for key in found.events if key in keys}, taken)
    text = tr("take their tracks and events")
    with session.undo.together(text):
        if tracks:
            session.videos.edit_many(tracks, text)
        if events:
            all_events = [item for items in events.values() for item in items]
            session.events.set_classes(session.events.classes.with_all_of(all_events), text)
            session.events.edit_many({session.events.key_of(key): items
                                      for key, items in events.items()}, text)
    taken.tracks = sum(map(len, tracks.values()))
    taken.events = sum(map(len, events.values()))
    return taken
