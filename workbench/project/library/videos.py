"""The videos of a project: which there are, and their tracks, one file beside each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.background import BackgroundThread, Post, Worker
from workbench.core.errors import Problem, UsageError, WorkbenchError
from workbench.core.paths import file_stamp, is_file
from workbench.core.signal import Signal
from workbench.core.text import count, tr
from workbench.core.tracks import track_of, with_tracks
from workbench.core.video import TRACKS_SUFFIX, VIDEO_SUFFIXES
from workbench.project.edits.saver import Content
from workbench.project.library.document import NO_LABELS, Document, State
from workbench.project.library.file_library import FileLibrary
from workbench.project.library.scan import find_media, sort_naturally
from workbench.project.open_project import OpenProject

if TYPE_CHECKING:
    from workbench.formats.cvat_video import VideoFacts


_Stamp = tuple[int, int] | None
UNREADABLE_TRACKS = "unreadable-tracks"


def tracks_path(video: Path) -> Path:
    """Where the tracks of a video are kept: "clip.mp4.tracks.xml" beside "clip.mp4"."""
    return video.with_name(video.name + TRACKS_SUFFIX)


@dataclass(frozen=True, slots=True)
class VideoSummary:
    """What the list shows of a video: how many tracks of which classes, or why it has none, and
    whether the video itself cannot be shown."""

    classes: tuple[tuple[str, int], ...] = ()
    problem: str | None = None
    damaged: bool = False
    events: int = 0
    """How often something was noted that happens in it."""

    @property
    def tracks(self) -> int:
        return sum(number for _, number in self.classes)

    @property
    def todo(self) -> bool:
        """Whether it can be labelled, and is not."""
        return not (self.tracks or self.events or self.damaged or self.problem)

    @classmethod
    def of(cls, document: Document, annotation: Annotation) -> VideoSummary:
        return cls(tuple(annotation.counts().items()), document.readonly_reason)


class VideoLibrary(FileLibrary[VideoSummary, Document]):
    """All videos of a project.

    The objects of a document are tracks (:mod:`workbench.core.tracks`). They are kept as CVAT
    writes them, in a file of their own beside the video.
    """

    noun = "video"
    joins = True
    unknown = VideoSummary()

    def __init__(self, session: OpenProject, post: Post) -> None:
        super().__init__(session, post)
        self.damaged: set[str] = set()
        """Keys of videos that cannot be shown, as far as somebody tried."""
        self.replaced: Signal[str] = Signal()
        """(key) another program put another video in the place of this one."""
        self.removed: Signal[tuple[str, ...]] = Signal()
        """(keys) these videos went to the trash."""
        self._events: dict[str, int] = {}  # how many there are of a video, where there are any
        self._facts: dict[Path, VideoFacts] = {}
        self._stamps: dict[str, _Stamp] = {}  # of the videos, when the folder was looked at
        self._changes = Worker(name="video changes", post=post)

    def files(self, key: str) -> tuple[Path, ...]:
        """The video and what lies beside it: its tracks and events; some may not be there."""
        from workbench.project.library.events import events_path

        return self.path(key), self.annotation_path(key), events_path(self.path(key))

    # What the library asks of a medium

    def annotation_path(self, key: str) -> Path:
        return tracks_path(self.path(key))

    def document(self, key: str) -> Document:
        self.check_disk(key)
        return super().document(key)

    def read(self, key: str) -> Document:
        if not self.is_there(key):
            self.session.identity.require()
            raise UsageError(f"there is no video “{key}” in {self.folder.name}")
        return self._read_labels(Document(key, self.path(key), self.annotation_path(key)))

    def state_of(self, document: Document, data: bytes | None) -> State:
        if data is None:
            return NO_LABELS
        from workbench.formats.cvat_video import parse

        base = parse(data, document.annotation_path)
        document.problems = () if not base.other else (Problem(
            str(document.annotation_path), "other-shapes",
            tr("{tracks} of other shapes than boxes are not shown and stay in the file",
               tracks=count(base.other, "track")), "warning"),)
        return State(base, base.annotation, True)

    def content(self, document: Document, state: State) -> Content:
        return partial(tracks_content, state, document.path, self._facts)

    def joined(self, before: Annotation, ours: Annotation, theirs: Annotation) -> Annotation:
        """As for all samples; of two tracks with one number the second gets a free one."""
        found = super().joined(before, ours, theirs)
        first: dict[int, LabeledObject] = {}
        for item in found.objects:
            first.setdefault(track_of(item).id, item)
        unique = tuple(first.values())
        again = [item for item in found.objects if first[track_of(item).id] is not item]
        return replace(found, objects=with_tracks(unique, again))

    def summarized(self, document: Document, annotation: Annotation) -> VideoSummary:
        return VideoSummary.of(document, annotation)

    # The list

    def _show(self, document: Document) -> None:
        super()._show(document)
        path, reason = str(document.annotation_path), document.readonly_reason
        if reason is None:
            self.session.drop_problem(path, UNREADABLE_TRACKS)
        else:
            self.session.add_problem(Problem(path, UNREADABLE_TRACKS, reason))

    def summary(self, key: str) -> VideoSummary:
        found = super().summary(key)
        damaged, events = key in self.damaged, self._events.get(key, 0)
        return replace(found, damaged=damaged, events=events) if damaged or events else found

    def note_events(self, key: str, number: int) -> None:
        """So many events are in the table of a video."""
        if self._events.get(key, 0) != number:
            self._events[key] = number
            self.summary_changed.emit(key)

    def note_damaged(self, path: Path) -> None:
        """No frame of this video can be shown."""
        key = path.relative_to(self.folder).as_posix()
        self.damaged.add(key)
        self.summary_changed.emit(key)

    def remove_keys(self, keys: Iterable[str]) -> None:
        """These videos are in the trash."""
        gone = set(keys)
        self._set_keys([key for key in self._keys if key not in gone])
        for key in gone:
            self._documents.pop(key, None)
            self._store(key, None)
        self.removed.emit(tuple(gone))
        self.damaged -= gone
        self.reset.emit()
        if self.scanning:  # which may have seen them
            self.refresh()

    # Life

    def look_again(self) -> None:
        """Take in what another program did to the tracks of videos that are open; and, soon, which
        videos came, went or were replaced."""
        for document in self.open_documents():
            self.check_disk(document.key)
        if not self.scanning and not self._changes.busy:
            self._changes.start(self._stamped, self._take_changes)

    def close(self) -> None:
        super().close()
        self._changes.cancel()

    def _stamped(self, thread: BackgroundThread) -> dict[str, _Stamp] | None:
        """The videos that there are and how their files stand; None where a folder cannot be looked
        into. For any thread."""
        refused: list[OSError] = []
        found = {}
        for key in find_media(self.folder, VIDEO_SUFFIXES, refused.append):
            thread.check()
            if is_file(self.path(key)):  # a link may lead nowhere
                found[key] = file_stamp(self.path(key))
        return None if refused or not self.session.identity.is_there() else found

    def _take_changes(self, found: dict[str, _Stamp] | None) -> None:
        if found is None or self.scanning:
            return
        before, self._stamps = self._stamps, found
        if found.keys() != set(self._keys):
            self.refresh()
        for key, stamp in found.items():
            if before.get(key, stamp) != stamp:
                self.damaged.discard(key)
                self.replaced.emit(key)

    def _look(self, thread: BackgroundThread) -> None:
        stamps = {}
        for key in find_media(self.folder, VIDEO_SUFFIXES, partial(self._refused, thread)):
            thread.check()
            stamps[key] = file_stamp(self.path(key))
        keys = sort_naturally(stamps)
        documents = []
        events = {}
        for key in keys:
            thread.check()
            if is_file(self.path(key)):
                documents.append(self.read(key))
                events[key] = _count_events(self.path(key))
        thread.post(lambda: self._found(documents, stamps, events))

    def _found(self, documents: Sequence[Document], stamps: dict[str, _Stamp],
               events: dict[str, int]) -> None:
        """These are the videos, in their order, how their files stand, and how many events of
        each there are."""
        self._stamps, self._events = stamps, events
        self._set_keys([item.key for item in documents])
        self.adopt(item for item in documents if item.state.exists or item.readonly_reason)
        for key in [key for key in self._summaries if self.row(key) is None]:
            self._store(key, None)
        for item in documents:
            self.check_disk(item.key)
            known = self._documents.get(item.key, item)
            self._show(known)
            self.session.add_classes_of(known)
        self.scanning = False
        self.reset.emit()
        self.summary_changed.emit("")
        self.finished.emit()


def _count_events(video: Path) -> int:
    """How many events lie beside a video; 0 of a table that cannot be read, which is told when it
    is shown."""
    from workbench.project.library.events import read_events_beside

    try:
        return len(read_events_beside(video))
    except WorkbenchError:
        return 0


def tracks_content(state: State, video: Path, known: dict[Path, VideoFacts]) -> bytes | None:
    """Bytes of the file with the tracks, or None where there shall be none.

    Parameters
    ----------
    known
        What videos are like for which files were made: one that is gone since, or was renamed,
        costs no tracks.

    Raises
    ------
    WorkbenchError
        If the video of a new file cannot be read, or a value cannot be written.
    """
    if not state.exists:
        return None
    if state.base is not None:
        data: bytes = state.base.render(state.annotation)
        return data
    from workbench.formats.cvat_video import VideoFacts, new_file
    from workbench.media.video.reader import VideoReader

    try:
        with VideoReader(video) as reader:
            known[video] = VideoFacts(video.name, reader.frame_count, reader.size)
    except WorkbenchError:
        if video not in known:
            raise
    return new_file(state.annotation, known[video])
