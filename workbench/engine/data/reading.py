"""Pictures and frames of videos, decoded ahead of their use on threads of their own."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from workbench.core.background import Cancelled
from workbench.core.errors import WorkbenchError
from workbench.core.video import Shown, Source, VideoFrames, wanted_frames
from workbench.engine.data.images import Cut, ModelImage, load_picture, picture_of_frame

Read = ModelImage | WorkbenchError


def read_ahead(
    sources: Iterable[Source], input_size: tuple[int, int], cut: Cut, *, threads: int, ahead: int
) -> Generator[tuple[Shown, Read]]:
    """Pictures of files in their order, or why one cannot be read.

    Parameters
    ----------
    sources
        Images, and videos: of these all frames, or those that are wanted. What is wrong with a
        video comes after the frames that could be read.
    input_size, cut
        As :func:`workbench.engine.data.images.load_picture` takes them.
    threads
        Decoding threads for images; a video is decoded on one.
    ahead
        Pictures that wait at most. Where images are cut into tiles, whole decoded images wait, so
        that it is one: it is ready long before the tiles of the one before it were looked at.
    """
    waiting: deque[Future[tuple[Shown, Read] | None]] = deque()
    unwanted = threading.Event()
    most = 1 if cut is not None else max(1, ahead)

    def load(path: Path) -> tuple[Shown, Read]:
        try:
            return Shown(path), load_picture(path, input_size, cut)
        except WorkbenchError as error:
            return Shown(path), error

    def asked() -> Iterator[Future[tuple[Shown, Read] | None]]:
        for source in sources:
            frames = wanted_frames(source)
            if frames is None:
                assert isinstance(source, Path)
                yield pool.submit(load, source)
            else:
                video = _Video(frames, input_size, cut, unwanted)
                while not video.ended:
                    yield single.submit(video.step)

    with ThreadPoolExecutor(max(1, threads), thread_name_prefix="decode") as pool, \
            ThreadPoolExecutor(1, thread_name_prefix="decode-video") as single:
        futures = asked()
        try:
            while True:
                while len(waiting) <= most and (future := next(futures, None)) is not None:
                    waiting.append(future)
                if not waiting:
                    return
                found = waiting.popleft().result()
                if found is not None:
                    yield found
        finally:
            unwanted.set()
            for future in waiting:
                future.cancel()


class _Video:
    """Gives the frames of a video one by one; all steps are made on one thread."""

    def __init__(self, wanted: VideoFrames, input_size: tuple[int, int], cut: Cut,
                 unwanted: threading.Event) -> None:
        self.ended = False
        self._unwanted = unwanted
        self._path = wanted.path
        self._steps = self._read(wanted, input_size, cut)

    def step(self) -> tuple[Shown, Read] | None:
        """The next frame; None after the last one."""
        found = next(self._steps, None)
        self.ended = self.ended or found is None
        return found

    def _check(self) -> None:
        if self._unwanted.is_set():
            raise Cancelled

    def _read(self, wanted: VideoFrames, input_size: tuple[int, int], cut: Cut,
              ) -> Iterator[tuple[Shown, Read]]:
        from workbench.media.video.reader import VideoReader  # not needed for images

        try:
            with VideoReader(wanted.path) as reader, \
                    closing(reader.frames(wanted.first, wanted.every, self._check)) as frames:
                for frame in frames:
                    yield (Shown(wanted.path, frame.number, frame.time),
                           picture_of_frame(frame.pixels, input_size, cut))
        except WorkbenchError as error:
            yield Shown(wanted.path), error


def expected_pictures(sources: Iterable[Source]) -> int:
    """How many pictures there will be, about: of videos what they say themselves."""
    number = 0
    for source in sources:
        wanted = wanted_frames(source)
        if wanted is None:
            number += 1
            continue
        from workbench.media.video.reader import VideoReader  # not needed for images

        try:
            with VideoReader(wanted.path) as reader:
                number += max(1, -(-(reader.frame_count - wanted.first) // wanted.every))
        except WorkbenchError:
            number += 1
    return number
