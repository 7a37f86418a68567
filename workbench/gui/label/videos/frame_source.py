"""The frames of one open video for the canvas, with exact numbers and times."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from workbench.core.background import BackgroundThread, WorkQueue
from workbench.core.errors import WorkbenchError
from workbench.gui.background.reading import as_image
from workbench.gui.background.threads import work_queue, worker
from workbench.gui.label.images.image_source import Picture, levels_of
from workbench.project.cache import cache_folder

if TYPE_CHECKING:
    from workbench.media.video.frame_times import KnownFrames
    from workbench.media.video.reader import VideoReader

CACHE_BYTES = 192_000_000
"""Of decoded frames that are kept."""
THUMBS = 64
"""Small pictures along the time line, at most about so many."""
THUMB_HEIGHT = 40
LONG = 2000
"""From so many frames on their times are remembered; fewer are counted in a moment."""
_BATCH = 200  # frames whose times are told at once
_BEHIND = 12
"""Who steps back wants the frame before next: so many are decoded together, fewer of large ones."""
_EARLY = 3
"""When so few of them are left, those before are decoded."""


class FrameSource(QObject):
    """One open video.

    Its frames are counted in the background, as what a file says about their number is an
    estimate: those of a long one all at once where its packets tell their times, else from the
    beginning. Those that were counted can be shown.
    """

    grew = Signal()
    """More frames are known."""
    ready = Signal(int)
    """(number) the frame that was asked for last is there: :meth:`picture`."""
    failed = Signal(str)
    """(sentence) why the video, or a frame, cannot be shown."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.path: Path | None = None
        self.times: list[float] = []
        """Seconds of the frames that were counted so far."""
        self.promised = 0
        self.complete = False
        """Whether all were."""
        self.warning = ""
        """Where the video is cut off, or ""."""
        self.thumbs: dict[int, QImage] = {}
        """Small pictures by number of the frame."""
        self._pictures: dict[int, Picture] = {}
        self._wanted = -1
        self._behind = 1
        self._made = range(0)  # what the thread decoded last
        self._reader: VideoReader | None = None
        self._count = worker(self, "video-frames")
        self._queue: WorkQueue[int] = work_queue(self, "video-decoder", newest_first=True,
                                                 most_waiting=1)

    # --- on the owner's thread ------------------------------------------------------------------

    @property
    def last(self) -> int:
        """Number of the last frame that is known; 0 where none is."""
        return max(0, len(self.times) - 1)

    @property
    def share(self) -> float:
        """How many of the frames are known, 0 to 1, as far as the file says."""
        return 1.0 if self.complete else min(1.0, len(self.times) / max(1, self.promised))

    def time(self, frame: int) -> float:
        """Seconds at which a frame is shown."""
        return self.times[frame] if 0 <= frame < len(self.times) else 0.0

    def at_time(self, seconds: float) -> int:
        """The frame that is shown at a time."""
        return max(0, bisect_right(self.times, seconds + 1e-6) - 1)

    def open(self, path: Path, folder: Path | None = None) -> None:
        """Begin to count the frames of another video; those of a long one in the project
        ``folder`` are remembered."""
        self.close()
        self.path = path
        self._count.start(lambda thread: self._look(path, folder, thread), self._counted,
                          self._refused)

    def close(self) -> None:
        """Give the file back; what is under way is waited for."""
        self._count.cancel()
        self._queue.stop()
        if self._reader is not None:
            self._reader.close()
        self._reader, self.path = None, None
        self.times, self.promised, self.complete, self.warning = [], 0, False, ""
        self.thumbs, self._wanted = {}, -1
        self._pictures.clear()
        self._behind, self._made = 1, range(0)

    def show(self, frame: int) -> bool:
        """Whether the frame is there; else it is decoded, and ``ready`` tells. What was asked for
        before is not wanted any more."""
        before, self._wanted = self._wanted, frame
        there = frame in self._pictures
        if not there:
            self._ask(frame)
        elif frame < before <= frame + 2:
            first = frame
            while first - 1 in self._pictures:
                first -= 1
            if frame - first < _EARLY:
                self._ask(first - 1)
        return there

    def _ask(self, frame: int) -> None:
        path, behind = self.path, self._behind
        if path is not None and 0 <= frame < len(self.times):
            self._queue.ask(frame, lambda: self._decode(path, frame, behind), self._take,
                            lambda sentence: self._not_decoded(frame, sentence), again=False)

    def _not_decoded(self, frame: int, sentence: str) -> None:
        if frame == self._wanted:  # else nobody waits for it
            self.failed.emit(sentence)

    def picture(self, frame: int) -> Picture | None:
        """A frame that was decoded."""
        return self._pictures.get(frame)

    def _take(self, made: Sequence[tuple[int, QImage]]) -> None:
        waited = self._wanted not in self._pictures
        for number, image in made:
            self._pictures[number] = Picture(
                (image.width(), image.height()), levels_of(image), complete=True)
        each = [item.bytes for item in self._pictures.values()]
        self._behind = min(_BEHIND, max(2, CACHE_BYTES // 2 // max(1, *each)))
        total = sum(each)
        while total > CACHE_BYTES and len(self._pictures) > 1:
            far = max(self._pictures, key=lambda number: abs(number - self._wanted))
            total -= self._pictures.pop(far).bytes
        if self._wanted in self._pictures:
            if waited:
                self.ready.emit(self._wanted)
        elif not made:  # it was decoded, and had to make room
            self._made = range(0)
            self._ask(self._wanted)

    def _more(self, path: Path, start: int, times: list[float], thumbs: dict[int, QImage],
              promised: int) -> None:
        if path == self.path:
            self.times[start:start + len(times)] = times
            self.thumbs.update(thumbs)
            self.promised = promised
            self.grew.emit()

    def _all(self, path: Path, times: list[float], thumbs: dict[int, QImage],
             warning: str) -> None:
        if path == self.path:
            self.complete, self.warning = True, warning
            self._more(path, 0, times, thumbs, len(times))

    def _counted(self, warning: str) -> None:
        self.complete, self.warning = True, warning
        self.grew.emit()

    def _refused(self, sentence: str) -> None:
        self.complete = True
        self.failed.emit(sentence)

    # --- on the threads -------------------------------------------------------------------------

    def _look(self, path: Path, folder: Path | None, thread: BackgroundThread) -> str:
        """Find out the times of all frames; returns what is wrong with the end of the video."""
        from workbench.media.video.frame_times import KnownFrames, read_times, write_times
        from workbench.media.video.reader import VideoReader

        cache = _cache(folder)
        known = read_times(cache, path) if cache is not None else None
        with VideoReader(path) as reader:
            if known is not None:
                return self._recall(reader, known, thread)
            first, promised = [next(reader.frames()).time], reader.frame_count
            thread.post(lambda: self._more(path, 0, first, {}, promised))  # meanwhile
            found = KnownFrames(reader.quick_times(thread.check) or [], {})
            warning = (self._recall(reader, found, thread) if found.times
                       else self._scan(reader, found, thread))
        if cache is not None and len(found.times) >= LONG:
            write_times(cache, path, found)
        return warning

    def _recall(self, reader: VideoReader, known: KnownFrames, thread: BackgroundThread) -> str:
        """Tell what is known; without small pictures, look at some frames for these, which
        ``known`` receives."""
        from workbench.media.video.reader import require_whole

        path, times, warning = reader.path, known.times, ""
        try:
            require_whole(path, len(times))
        except WorkbenchError as error:
            warning = error.sentence()
        thumbs = {number: as_image(pixels) for number, pixels in known.thumbs.items()}
        thread.post(lambda: self._all(path, times, thumbs, warning))
        step = max(1, -(-len(times) // THUMBS))
        for number in range(0, 0 if thumbs else len(times), step):
            thread.check()
            with suppress(WorkbenchError):  # a damaged place; the others are shown
                known.thumbs[number] = small = _small(reader.frame(number, times[number]).pixels)
                thread.post(partial(self._more, path, 0, [], {number: as_image(small)}, len(times)))
        return warning

    def _scan(self, reader: VideoReader, found: KnownFrames, thread: BackgroundThread) -> str:
        """Count the frames; ``found`` receives their times and small pictures."""
        path = reader.path
        times: list[float] = []
        thumbs: dict[int, QImage] = {}
        promised, number = reader.frame_count, -1

        def tell() -> None:
            nonlocal times, thumbs
            start, batch, shown = len(found.times), times, thumbs
            times, thumbs = [], {}
            if batch:
                found.times.extend(batch)
                thread.post(lambda: self._more(path, start, batch, shown, promised))

        try:
            for number, time, pixels in reader.scan(max(1, -(-promised // THUMBS)), thread.check):
                thread.check()
                times.append(time)
                if pixels is not None:
                    found.thumbs[number] = small = _small(pixels)
                    thumbs[number] = as_image(small)
                if len(times) >= _BATCH or number == 0:
                    tell()
        except WorkbenchError as error:
            tell()
            if number < 0:
                raise
            return error.sentence()
        tell()
        return ""

    def _decode(self, path: Path, frame: int, behind: int) -> list[tuple[int, QImage]]:
        from workbench.media.video.reader import VideoReader

        if frame in self._made:
            return []  # it is on its way
        if self._reader is None:
            self._reader = VideoReader(path)
        reader = self._reader
        back = reader.at - frame
        first = max(0, frame - behind + 1) if 0 < back <= 2 * behind else frame
        self._made = range(first, frame + 1)
        return [(number, as_image(reader.frame(number, self.times[number]).pixels))
                for number in range(first, frame + 1)]


def _cache(folder: Path | None) -> Path | None:
    """Where a project remembers things; None where there is no place."""
    if folder is not None:
        with suppress(WorkbenchError):
            return cache_folder(folder)
    return None


def _small(pixels: Any) -> Any:
    """A picture for the time line, uint8 (THUMB_HEIGHT, width, 3) RGB."""
    import cv2

    height, width = pixels.shape[:2]
    size = (max(1, round(width * THUMB_HEIGHT / height)), THUMB_HEIGHT)
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
