"""The picture that an answer is about: an image, or a frame of a video."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from workbench.core.arrays import Rgb
from workbench.core.video import Shown, shown_in
from workbench.media.images.pixels import upright_rgb
from workbench.media.video.reader import VideoReader


class FrameReader:
    """Reads frames of any videos, and keeps the one that was read last open: those that follow
    each other are quick. Safe on any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reader: VideoReader | None = None

    def read(self, shown: Shown) -> Rgb:
        """uint8 (H, W, 3) RGB.

        Raises
        ------
        WorkbenchError
            If it cannot be read.
        """
        with self._lock:
            if self._reader is None or self._reader.path != shown.path:
                self._close()
                self._reader = VideoReader(shown.path)
            return self._reader.frame(shown.frame, shown.time).pixels

    def close(self) -> None:
        """Give the file back; reading opens it again."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None


_frames = FrameReader()


def shown_pixels(answer: Mapping[str, Any]) -> Rgb:
    """The picture that an answer is about, uint8 (H, W, 3) RGB; raises as :meth:`FrameReader.read`.

    A video stays open until another one is asked for.
    """
    shown = shown_in(answer)
    return upright_rgb(shown.path) if shown.frame < 0 else _frames.read(shown)
