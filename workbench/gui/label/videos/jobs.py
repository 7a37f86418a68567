"""What takes a while with a video: on a thread, with progress, and to be cancelled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal

from workbench.core.background import BackgroundThread
from workbench.core.shapes import Box
from workbench.core.text import count, tr
from workbench.core.tracks import track_of
from workbench.formats.cvat_video import VideoFacts
from workbench.formats.track_files import TrackedVideo, TrackFormat, read_tracks
from workbench.formats.yolo_frames import TracksRead
from workbench.gui.app.context import AppContext
from workbench.gui.app.task import place_for
from workbench.gui.background.threads import worker
from workbench.gui.label.videos.track_editor import track_words
from workbench.project.edits.file_steps import VideoFiles
from workbench.project.imports.videos import copy_videos
from workbench.project.video_frames import FrameChoice, FramesWritten, write_labelled_frames

if TYPE_CHECKING:
    from workbench.formats.event_files import EventFormat, ObservedVideo
    from workbench.gui.label.videos.editor import VideoEditor
    from workbench.gui.label.videos.events_mode import EventsMode
    from workbench.gui.label.videos.viewer import VideoViewer
    from workbench.media.following import FollowedBox


class _VideoPlaceParts(Protocol):
    """What the work needs of the place."""

    editor: VideoEditor
    viewer: VideoViewer
    events: EventsMode

    def go_to(self, key: str) -> None: ...
    def refuse(self, sentence: str) -> None: ...
    def say_with_undo(self, sentence: str) -> None: ...
    def ask_to_add(self, path: Path, read: TracksRead) -> None: ...


class VideoJobs(QObject):
    """Does one thing at a time for the place."""

    progress = Signal(str, float)
    """(words, share from 0 to 1) how far it is; "" when it is over."""

    def __init__(self, context: AppContext, place: _VideoPlaceParts, parent: QObject) -> None:
        super().__init__(parent)
        self._context, self._place = context, place
        self._worker = worker(self, "video-job")
        self._keep: Callable[[], object] = lambda: None  # what is there of it, where it ends early

    @property
    def busy(self) -> bool:
        return self._worker.busy

    def cancel(self) -> None:
        """End what is under way; what was written stays."""
        if self._worker.busy:
            self._worker.cancel()
            self.progress.emit("", 0.0)
            self._keep()

    def _failed(self, sentence: str) -> None:
        self.progress.emit("", 0.0)
        self._keep()
        self._context.say("bad", sentence)

    def add(self, paths: Sequence[Path]) -> None:
        """Copy videos into the project as one step, and show the first of them."""
        session = self._context.session
        if session is None or not paths:
            return

        def words(done: int) -> str:
            return tr("Copying video {done} of {total} …", done=min(done + 1, len(paths)),
                      total=len(paths))

        def work(thread: BackgroundThread) -> list[str]:
            def step(done: int) -> None:
                thread.check()
                thread.post(lambda: self.progress.emit(words(done), done / len(paths)))

            return copy_videos(session.folder, paths, step, came.append)

        came: list[str] = []

        def keep() -> None:
            self._keep = lambda: None
            if came:
                session.undo.push(VideoFiles(session, came))
                session.videos.refresh()
                self._place.go_to(came[0])
                self._place.say_with_undo(tr("{videos} added.", videos=count(len(came), "video")))

        def added(keys: list[str]) -> None:
            self.progress.emit("", 0.0)
            if not came:
                self._place.go_to(keys[0])
                self._context.say("info", tr("These videos are in the project already.")
                                  if len(keys) > 1 else
                                  tr("This video is in the project already."))
            keep()

        self._keep = keep
        self.progress.emit(words(0), 0.0)
        self._worker.start(work, added, self._failed)

    def follow(self, direction: int) -> None:
        """Follow the chosen box on the frames after this one (1) or before it (-1), up to its
        next key frame or until that is not sure any more."""
        session, editor, times = self._context.session, self._place.editor, \
            list(self._place.viewer.frames.times)
        item, start = editor.followed, editor.frame
        key = track_of(item).at(start) if item is not None else None
        if session is None or item is None or key is None:
            self._place.refuse(tr("Select a box to track first."))
            return
        track, box = track_of(item), key.box
        limit = track.next_key(start, direction)
        edge = len(times) - 1 if direction > 0 else 0
        end = edge if limit is None else limit - direction
        if end == start:
            self._place.refuse(tr("There is a key frame right beside this one.")
                               if limit is not None else tr("There is no frame to go on to."))
            return
        path, name = session.videos.path(editor.key), editor.key
        words = tr("Tracking {words} …", words=track_words(item))

        def work(thread: BackgroundThread) -> FollowedBox:
            from workbench.media.video.following import follow
            from workbench.media.video.reader import VideoReader

            def tell(frame: int) -> None:
                thread.check()
                share = abs(frame - start) / abs(end - start)
                thread.post(lambda: self.progress.emit(words, share))

            with VideoReader(path) as reader:
                return follow(reader, times, start, box, end, tell)

        def done(found: FollowedBox) -> None:
            self.progress.emit("", 0.0)
            if editor.key == name:
                self._followed(track.id, start, direction, found)

        self.progress.emit(words, 0.0)
        self._worker.start(work, done, self._failed)

    def _followed(self, id: int, start: int, direction: int, found: FollowedBox) -> None:
        """Make key frames of what was found, and show the last one."""
        editor, place = self._place.editor, self._place
        item = next((one for one in editor.tracks if track_of(one).id == id), None)
        if item is None:
            return  # it was deleted meanwhile
        if not found.boxes:
            place.refuse(tr("It is not sure where this is on the next frame. Go on a frame and "
                            "put the box there."))
            return
        boxes = {frame: Box(*map(float, map(round, box))).clipped(editor.size)
                 for frame, box in found.boxes.items()}
        words = track_words(item)
        if editor.set_track(id, track_of(item).filled(start, boxes),
                            tr("track {words}", words=words)):
            said = tr("Followed {words} over {frames}.", words=words,
                      frames=count(len(boxes), "frame"))
            if found.unsure:
                said += " " + tr("There it was no longer sure: correct the box and go on.")
            place.say_with_undo(said)
            place.viewer.go_to(max(boxes) if direction > 0 else min(boxes))

    def read_tracks(self, path: Path, first: int | None = None) -> None:
        """Read the tracks of a file, or of a folder, and ask whether they shall be added to the
        video that is shown; ``first`` is the number that the first frame has there."""
        editor, key = self._place.editor, self._place.editor.key
        facts = self._facts()
        if facts is None:
            return

        def found(read: TracksRead) -> None:
            self.progress.emit("", 0.0)
            if editor.key == key:
                self._place.ask_to_add(path, read)

        self.progress.emit(tr("Reading tracks …"), 0.0)
        self._worker.start(lambda _thread: read_tracks(path, facts, first), found, self._failed)

    def add_tracks(self, path: Path, read: TracksRead) -> None:
        """Add what was read of a file, as one step."""
        tracks = count(len(read.tracks), "track")
        if self._place.editor.add_tracks(read.tracks, tr("read {tracks}", tracks=tracks)):
            self._place.say_with_undo(tr("{tracks} read from {name}.", tracks=tracks,
                                         name=path.name))

    def _facts(self) -> VideoFacts | None:
        """What the video that is shown is like."""
        session, editor = self._context.session, self._place.editor
        if session is None or not editor.key:
            return None
        return VideoFacts(session.videos.path(editor.key).name,
                          len(self._place.viewer.frames.times), editor.size)

    def save_tracks(self, format: TrackFormat, folder: Path) -> None:
        """Write the tracks of the video that is shown in another format into a folder, which is
        made where there is none."""
        session, place, facts = self._context.session, self._place, self._facts()
        if session is None or facts is None:
            return
        film = TrackedVideo(place.editor.tracks, facts, self._rate(), tuple(session.classes))

        self._save(tr("Saving tracks …"), tr("Tracks saved as {name}."), format.lost(film.tracks),
                   partial(format.write, film, folder))

    def _save(self, doing: str, done: str, lost: Sequence[str], write: Callable[[], Path]) -> None:
        """Write on a thread, and say ``done`` with the file's {name} and what was ``lost``."""
        def saved(made: Path) -> None:
            from workbench.gui.app.saved import say_saved

            self.progress.emit("", 0.0)
            say_saved(self._context, " ".join((done.format(name=made), *lost)), made,
                      "warn" if lost else "ok")

        self.progress.emit(doing, 0.0)
        self._worker.start(lambda _thread: write(), saved, self._failed)

    def read_events(self, path: Path) -> None:
        """Add the events of a file to those of the video that is shown, as one step."""
        from workbench.formats.event_files import EventsRead, read_events, without_known

        session, film = self._context.session, self._film()
        if session is None or film is None:
            return
        key, times, events = self._place.editor.key, list(self._place.viewer.frames.times), \
            self._place.events

        def found(whole: EventsRead) -> None:
            self.progress.emit("", 0.0)
            if self._place.editor.key != key:
                return
            read = without_known(whole, session.events.shown(key).annotation.objects)
            number = count(len(read.events), "event")
            if not read.events:
                self._context.say("info", " ".join((
                    tr("{name} has no other events.", name=path.name), *read.notes)))
            elif events.add(read.events, read.classes, times, tr("read {events}", events=number)):
                self._place.say_with_undo(" ".join((
                    tr("{events} read from {name}.", events=number, name=path.name), *read.notes)))

        self.progress.emit(tr("Reading events …"), 0.0)
        self._worker.start(lambda _thread: read_events(path, film.name, film.duration), found,
                           self._failed)

    def save_events(self, format: EventFormat, folder: Path) -> None:
        """Write the events of the video that is shown in another format into a folder."""
        film = self._film()
        if film is None:
            return

        self._save(tr("Saving events …"), tr("Events saved as {name}."), format.lost(film.events),
                   partial(format.write, film, folder))

    def _film(self) -> ObservedVideo | None:
        """The video that is shown, with its events."""
        from workbench.formats.event_files import ObservedVideo

        facts, times = self._facts(), self._place.viewer.frames.times
        if facts is None or not times:
            return None
        return ObservedVideo(facts.name, self._place.events.editor.objects,
                             times[-1] + 1 / self._rate(), self._rate())

    def _rate(self) -> float:
        """Frames a second, in the mean."""
        frames = self._place.viewer.frames
        return frames.last / frames.times[-1] if frames.times[-1] > 0 else 25.0

    def write_frames(self, choice: FrameChoice, train: bool = False) -> None:
        """Write frames of the video that is shown as images of the project, and perhaps go to
        Train then."""
        session, editor = self._context.session, self._place.editor
        if session is None or not editor.key:
            return
        key, tracks, times = editor.key, editor.tracks, list(self._place.viewer.frames.times)
        words = tr("Writing frames …")

        def written(done: FramesWritten) -> None:
            self.progress.emit("", 0.0)
            session.index.refresh()
            said = tr("Wrote {images} with {boxes}.", images=count(done.images, "image"),
                      boxes=count(done.boxes, "box"))
            if done.kept:
                said += " " + tr("{images} had labels already, which stay.",
                                 images=count(done.kept, "image"))
            said = " ".join([said, *done.losses.words(session.store.title)])
            if train and done.boxes + done.kept:
                self._context.go("train")
            self._context.say("ok", said, tr("Go to Images"),
                              lambda: self._context.go(place_for("images", session)))

        self.progress.emit(words, 0.0)
        session.numbering.need(item.label for item in tracks)
        self._worker.start(
            lambda thread: write_labelled_frames(
                session, key, tracks, times, choice, thread,
                lambda share: self.progress.emit(words, share)), written, self._failed)
