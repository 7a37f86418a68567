"""The frames of a video: one after the other, or a certain one; decoded by OpenCV's FFmpeg.

A frame's number is its place in the order in which it is shown, counted while decoding: what a
file says about its number of frames, and what a player derives from a rate, is an estimate. A
frame's time is its presentation time since the video's first one, as it is stored, so that it is
right where the rate varies.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from workbench.core.arrays import Rgb
from workbench.core.errors import FormatError
from workbench.core.text import count
from workbench.core.video import time_text
from workbench.formats.atomic import DiskErrors
from workbench.formats.regular_file import open_regular
from workbench.media.images.file_kinds import kind_of_file
from workbench.media.images.readable import memory_ceiling

# What is wrong with a file is said in a sentence; and a video may not make FFmpeg ask the network.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "protocol_whitelist;file")

import cv2

cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

_SAME = 5e-4
"""Seconds by which two readings of one frame's time may differ."""
_MISSING = 1.5
"""Frames of usual length behind the last one from which on something is missing."""
_NEAR = 60
"""Frames ahead that are decoded on the way rather than by a jump."""
_BACK = (0.0, 1.0, 5.0, 20.0)
"""Seconds before the wanted time to which a jump goes, until it lands early enough."""
_LONG, _PLACES, _RUN = 3000, 4, 16
"""From so many frames on they are counted by their packets; places between the beginning and the
end, and frames there, that are decoded to see whether these tell the times."""
_START = 64  # bytes that are looked at to say what a file is
_CONTAINERS = (b"\x1a\x45\xdf\xa3", b"FLV", b"\x30\x26\xb2\x75", b"\0\0\1\xba", b"RIFF", b"OggS")
_FIRST_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")


class Frame(NamedTuple):
    """One frame: its number from 0, its time in seconds, and uint8 (H, W, 3) RGB, upright."""

    number: int
    time: float
    pixels: Rgb


class VideoReader:
    """An open video; to be used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._capture = _open(path)
        self._at = -1  # the number of the frame that was decoded last
        self._time = -1.0  # seconds of that frame; below 0 where none was decoded before the next
        self._jumps = False  # whether they are known to land; then no frame is sought otherwise
        self._ended = False  # whether it was read beyond its last frame, which is gone then
        self._untimed = False  # whether the file stores no times; then the rate says them
        promised = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self.frame_count = int(min(max(1.0, promised), 1e9)) if promised == promised else 1
        """How many frames there are, as the file says: an estimate, at least 1."""
        self.rate = rate if 0 < rate < 1e4 else 25.0
        """Frames a second on average, as the file says."""
        self.size = (int(self._capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
                     int(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT)))
        """(width, height) as displayed: a rotation that the file asks for is applied."""
        if 12 * self.size[0] * self.size[1] > memory_ceiling():
            raise FormatError(f"the video says that it is {self.size[0]:,} × {self.size[1]:,} "
                              "pixels, which do not fit into the free memory", path=path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def at(self) -> int:
        """Number of the frame that was read last; -1 before the first."""
        return self._at

    def close(self) -> None:
        """Give the file and the memory back."""
        self._capture.release()

    def frames(self, first: int = 0, every: int = 1,
               check: Callable[[], object] = lambda: None) -> Generator[Frame]:
        """Frames in their order, one at a time in memory.

        Parameters
        ----------
        check
            Called now and then while it is looked whether the last frame was the end; what it
            raises ends that.

        Raises
        ------
        FormatError
            If the video has no frame, is cut off or damaged; all frames until then were given.
        """
        if self._at >= first:
            self._reopen()
        while self._next():
            if self._at >= first and (self._at - first) % every == 0:
                yield self._frame()
        self._require_whole(check)

    def scan(self, every: int, check: Callable[[], object] = lambda: None,
             ) -> Generator[tuple[int, float, Rgb | None]]:
        """Number and time of every frame, and the pixels of every n-th; much quicker than
        :meth:`frames`, and for the rest as that."""
        if self._at >= 0:
            self._reopen()
        while self._next():
            pixels = self._frame().pixels if self._at % every == 0 else None
            yield self._at, round(self._time, 6), pixels
        self._require_whole(check)

    def times(self, check: Callable[[], object] = lambda: None) -> list[float]:
        """Seconds of all frames, by number. Raises as :meth:`frames` does, and what ``check``
        does, which is called now and then."""
        found = self.quick_times(check)
        if found:
            return found
        found = []
        for _, time, _ in self.scan(1 << 30, check):
            check()
            found.append(time)
        return found

    def quick_times(self, check: Callable[[], object] = lambda: None) -> list[float] | None:
        """Seconds of all frames, by number, without decoding them all; None where only that tells,
        or is as quick.

        They are those of the file's packets, where decoding agrees at the beginning, at the end
        and at some places in between: frames that an edit list hides, fields that are packets of
        their own, and an end that cannot be decoded show there.

        Parameters
        ----------
        check
            Called now and then; what it raises ends the work.
        """
        from workbench.media.video.packets import packet_times

        times = None if _is_cut_off(self.path) else packet_times(self.path, 2 * _SAME, check)
        if times is None or len(times) < _LONG:
            return None
        last = max(0, len(times) - _RUN)
        for place in range(_PLACES + 2):
            check()
            if not self._agrees(times, place * last // (_PLACES + 1)):
                return None
        self._jumps = not self._next()
        return times if self._jumps else None

    def _agrees(self, times: Sequence[float], start: int) -> bool:
        """Whether frames from ``start`` on have the times that are expected."""
        if start == 0:
            self._reopen()
        elif not self._jump(start - 1, times[start - 1]):
            return False
        return all(self._next() and abs(self._time - time) < _SAME
                   for time in times[start:start + _RUN])

    def frame(self, index: int, time: float | None = None) -> Frame:
        """A certain frame.

        Parameters
        ----------
        index
            Its number.
        time
            Its time as it was read, which spares decoding the video from the beginning.

        Raises
        ------
        FormatError
            If there is no such frame.
        """
        there = index == self._at and not self._ended
        if not there and not self._forward(index) and not self._jump(index, time):
            if self._jumps and time:
                raise FormatError(f"frame {index:,} of the video cannot be decoded", path=self.path)
            self._reopen()
            while self._at < index:
                if not self._next():
                    raise FormatError(f"the video has no frame {index:,}", path=self.path)
        return self._frame()

    def _require_whole(self, check: Callable[[], object]) -> None:
        """All that can be read was: say where that is not the whole video."""
        from workbench.media.video.edit_list import shown_seconds
        from workbench.media.video.packets import count_packets

        if self._at < 0:
            raise FormatError("the video has no frame that can be read", path=self.path)
        require_whole(self.path, self._at + 1)
        if self._at + 1 < self.frame_count and not self._untimed:
            _, end = count_packets(self.path, check, shown_seconds(self.path) - 2 * _SAME)
            usual = self._time / self._at if self._at else 1 / self.rate
            if end > self._time + _MISSING * usual:  # it promised too many frames, or there is more
                raise FormatError(f"the video is damaged: nothing after {time_text(self._time)} "
                                  f"(frame {self._at:,}) can be read", path=self.path)

    def _forward(self, index: int) -> bool:
        """Go on to a frame that is not far."""
        if not 0 < index - self._at <= _NEAR:
            return False
        while self._at < index:
            if not self._next():
                return False
        return True

    def _jump(self, index: int, time: float | None) -> bool:
        """Go to a key frame before ``time`` and decode until it is reached."""
        if time is None or time <= 0 or self._untimed:
            return False
        for back in _BACK:
            self._capture.set(cv2.CAP_PROP_POS_MSEC, 1000 * max(0.0, time - back))
            self._time = -1.0
            while self._next():
                if self._time > time + _SAME:
                    break
                if self._time > time - _SAME:
                    self._at = index
                    return True
        return False

    def _next(self) -> bool:
        self._ended = not self._capture.grab()
        if self._ended:
            return False
        self._at += 1
        stored = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        self._untimed = self._untimed or (self._at == 1 and stored <= 0)
        if self._untimed:
            self._time = self._at / self.rate
        elif stored <= 0 <= self._time:  # this one has none, as the last one of an MPEG file
            self._time += 1 / self.rate
        else:
            self._time = max(0.0, stored)
        return True

    def _frame(self) -> Frame:
        done, pixels = self._capture.retrieve()
        if not done:
            raise FormatError(f"frame {self._at:,} of the video cannot be decoded", path=self.path)
        rgb = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
        return Frame(self._at, round(self._time, 6), np.asarray(rgb, np.uint8))

    def _reopen(self) -> None:
        self._capture.release()
        self._capture = _open(self.path)
        self._at, self._time = -1, -1.0


class CutOffVideo(FormatError):
    """The end of a video is missing; what comes before can be shown."""


def require_whole(path: Path, frames: int) -> None:
    """Raise CutOffVideo where the file ends too early, of which ``frames`` could be read."""
    if _is_cut_off(path):
        raise CutOffVideo(f"the video is cut off after {count(frames, 'frame')}", path=path)


def _open(path: Path) -> cv2.VideoCapture:
    """Open a video, or say what is wrong with the file."""
    with DiskErrors(path, "read"), open_regular(path) as stream:
        start = stream.read(_START)
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError as error:
        raise FormatError("videos whose names are no UTF-8 cannot be opened; give it another name",
                          path=path) from error
    if kind_of_file(path) == "image":  # FFmpeg would take it for a video of one frame
        raise FormatError("this is an image, not a video", path=path)
    capture = cv2.VideoCapture()
    with suppress(cv2.error):  # it is not opened then
        capture.open(str(path), cv2.CAP_FFMPEG)
    if not capture.isOpened():
        raise FormatError(_why(path, start), path=path)
    return capture


def _why(path: Path, start: bytes) -> str:
    """Why FFmpeg does not open it."""
    if not start:
        return "the file is empty"
    if _is_cut_off(path):
        return "the video is cut off, and what is left of it cannot be read"
    if not start.startswith(_CONTAINERS) and start[4:8] != b"ftyp":
        return "this is no video"
    return "it holds no video that can be decoded: its codec is not known here, or it is damaged"


def _is_cut_off(path: Path) -> bool:
    """Whether an MP4, MOV or AVI file ends before a part of it does that stands in no other one.

    Of others it is not known. See ISO/IEC 14496-12, 4.2, and the RIFF specification.
    """
    end, place = path.stat().st_size, 0
    with open_regular(path) as stream:
        while place + 8 <= end:
            stream.seek(place)
            head = stream.read(16)
            if head[:4] == b"RIFF":
                size = 8 + int.from_bytes(head[4:8], "little")
                if size == 8:  # it was never closed
                    return True
                size += size % 2
            elif place == 0 and head[4:8] not in _FIRST_BOXES:
                return False
            else:
                size = int.from_bytes(head[:4], "big")
                size = int.from_bytes(head[8:], "big") if size == 1 else size or end - place
            if size < 8:
                return False
            place += size
    return place > end + 1
