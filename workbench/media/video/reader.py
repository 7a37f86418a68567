"""The frames of a video: one after the other, or a certain one; decoded by OpenCV's FFmpeg.

A frame's number is its place in the order in which it is shown, counted while decoding: what a
file says about its number of frames, and what a player derives from a rate, is an estimate. A
frame's time is its presentation time since the video's first one, as it is stored, so that it is
right where the rate varies.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import FormatError, WorkbenchError
from workbench.core.text import count
from workbench.formats.atomic import disk_reason
from workbench.formats.regular_file import open_regular
from workbench.media.images.file_kinds import kind_of_file
from workbench.media.images.readable import memory_ceiling

# What is wrong with a file is said in a sentence; and a video may not make FFmpeg ask the network.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "protocol_whitelist;file")

import cv2

cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

Rgb = NDArray[np.uint8]
_SAME = 5e-4
"""Seconds by which two readings of one frame's time may differ."""
_NEAR = 60
"""Frames ahead that are decoded on the way rather than by a jump."""
_BACK = (0.0, 1.0, 5.0, 20.0)
"""Seconds before the wanted time to which a jump goes, until it lands early enough."""
_START = 64  # bytes that are looked at to say what a file is
_CONTAINERS = (b"\x1a\x45\xdf\xa3", b"FLV", b"\x30\x26\xb2\x75", b"\0\0\1\xba", b"RIFF", b"OggS")
_FIRST_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")


class Frame(NamedTuple):
    """One frame: its number from 0, its time in seconds, and uint8 (H, W, 3) RGB, upright."""

    number: int
    time: float
    pixels: Rgb


class VideoReader:
    """An open video; to be used by one thread at a time.

    Attributes
    ----------
    size
        (width, height) as displayed: a rotation that the file asks for is applied.
    frame_count
        How many frames there are, as the file says: an estimate, at least 1.
    rate
        Frames a second on average, as the file says.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._capture = _open(path)
        self._at = -1  # the number of the frame that was decoded last
        self._time = 0.0
        self._untimed = False  # whether the file stores no times; then the rate says them
        promised = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self.frame_count = int(min(max(1.0, promised), 1e9)) if promised == promised else 1
        self.rate = rate if 0 < rate < 1e4 else 25.0
        self.size = (int(self._capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
                     int(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT)))
        if 12 * self.size[0] * self.size[1] > memory_ceiling():
            raise FormatError(f"the video says that it is {self.size[0]:,} × {self.size[1]:,} "
                              "pixels, which do not fit into the free memory", path=path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the file and the memory back."""
        self._capture.release()

    def frames(self, first: int = 0, every: int = 1) -> Generator[Frame]:
        """Frames in their order, one at a time in memory.

        Raises
        ------
        FormatError
            If the video has no frame, or is cut off; all frames until then were given.
        """
        if self._at >= first:
            self._reopen()
        while self._next():
            if self._at >= first and (self._at - first) % every == 0:
                yield self._frame()
        if self._at < 0:
            raise FormatError("the video has no frame that can be read", path=self.path)
        if _is_cut_off(self.path):
            raise FormatError(f"the video is cut off after {count(self._at + 1, 'frame')}",
                              path=self.path)

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
        if index != self._at and not self._forward(index) and not self._jump(index, time):
            self._reopen()
            while self._at < index:
                if not self._next():
                    raise FormatError(f"the video has no frame {index:,}", path=self.path)
        return self._frame()

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
            while self._next():
                if self._time > time + _SAME:
                    break
                if self._time > time - _SAME:
                    self._at = index
                    return True
        return False

    def _next(self) -> bool:
        if not self._capture.grab():
            return False
        self._at += 1
        stored = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        self._untimed = self._untimed or (self._at == 1 and stored <= 0)
        self._time = self._at / self.rate if self._untimed else max(0.0, stored)
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
        self._at = -1


def _open(path: Path) -> cv2.VideoCapture:
    """Open a video, or say what is wrong with the file."""
    try:
        with open_regular(path) as stream:
            start = stream.read(_START)
    except OSError as error:
        raise WorkbenchError(disk_reason(error), path=path) from error
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
