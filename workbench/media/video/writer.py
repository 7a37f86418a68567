"""Writing a video: MPEG-4 in an MP4 file, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

import cv2

from workbench.core.arrays import Rgb
from workbench.core.errors import WorkbenchError
from workbench.formats.atomic import DiskErrors, patiently

SUFFIX = ".mp4"


class VideoWriter:
    """Takes frames, uint8 (H, W, 3) RGB of one size; the file appears when it is closed.

    A context manager: left by an exception, nothing is kept.

    Parameters
    ----------
    path
        What was there is replaced.
    rate
        Frames a second.
    """

    def __init__(self, path: Path, rate: float) -> None:
        self._path, self._rate = path, rate
        self._part = path.with_name(f".{path.stem}.part{SUFFIX}")
        self._writer: cv2.VideoWriter | None = None
        self._size = (0, 0)
        self._count = 0

    def put(self, pixels: Rgb) -> None:
        """Append a frame; one of another size than the first is brought to that.

        Raises
        ------
        WorkbenchError
            If the disk refuses.
        """
        if self._writer is None:
            self._begin((pixels.shape[1], pixels.shape[0]))
        assert self._writer is not None
        bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
        if (bgr.shape[1], bgr.shape[0]) != self._size:
            bgr = cv2.resize(bgr, self._size)
        self._writer.write(bgr)
        self._count += 1

    def _begin(self, size: tuple[int, int]) -> None:
        self._size = (size[0] // 2 * 2 or 2, size[1] // 2 * 2 or 2)  # as the codec wants it
        with DiskErrors(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._part.touch()
        self._writer = cv2.VideoWriter(str(self._part), cv2.CAP_FFMPEG,
                                       cv2.VideoWriter.fourcc(*"mp4v"), self._rate, self._size)
        if not self._writer.isOpened():
            raise WorkbenchError("the video cannot be written", path=self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: BaseException | None,
                 _trace: TracebackType | None) -> None:
        if self._writer is None:
            return
        self._writer.release()
        whole = kind is None and self._is_whole()
        with DiskErrors(self._path):
            if whole:
                patiently(self._part.replace, self._path)
            else:
                self._part.unlink(missing_ok=True)
        if kind is None and not whole:
            raise WorkbenchError("the video could not be written; the disk may be full",
                                 path=self._path)

    def _is_whole(self) -> bool:
        """Whether all frames are in the file: the codec does not tell what the disk said."""
        written = cv2.VideoCapture(str(self._part), cv2.CAP_FFMPEG)
        try:
            return int(written.get(cv2.CAP_PROP_FRAME_COUNT)) == self._count
        finally:
            written.release()
