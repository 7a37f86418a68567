"""Frames of videos for the window, decoded on a thread; what is asked for last comes first."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPixmap

from workbench.core.errors import WorkbenchError
from workbench.core.video import Shown
from workbench.gui.background.cache import BackgroundCache
from workbench.gui.background.reading import as_image

MEMORY_BYTES = 64 * 2**20
"""Frames kept in memory, in bytes of 32-bit pixels."""
_WAITING = 2
"""Requests that wait at most: who drags through a video wants the newest."""

_Request = tuple[Shown, int, int]


class FrameLoader(QObject):
    """Gives frames at once where they are known, and says when the others are ready."""

    ready = Signal()
    """:meth:`get` has an answer for one more frame; one that cannot be decoded is announced too,
    and :meth:`failed` tells."""

    def __init__(self, parent: QObject | None = None, waiting: int = _WAITING) -> None:
        super().__init__(parent)
        self._failed: set[Shown] = set()
        self._frames = _LazyReader()
        self._cache: BackgroundCache[_Request, QPixmap] = BackgroundCache(
            self, self._make, lambda _request: self.ready.emit(), name="frames",
            most=MEMORY_BYTES, waiting=waiting, finish=self._finish,
            size=lambda pixmap: 4 * pixmap.width() * pixmap.height())

    def get(self, shown: Shown, size: QSize) -> QPixmap | None:
        """The frame, fitted into a box of device pixels; None and, later, :attr:`ready`."""
        if shown in self._failed:
            return None
        return self._cache.get((shown, size.width(), size.height()))

    def failed(self, shown: Shown) -> bool:
        """Whether the frame was found not to be readable."""
        return shown in self._failed

    def stop(self) -> None:
        """End the thread and give the file back; :meth:`get` starts again."""
        self._cache.stop()
        self._frames.close()

    def _make(self, request: _Request) -> QImage:
        shown, width, height = request
        image = self._frames.read(shown)
        if image.isNull() or (image.width() <= width and image.height() <= height):
            return image
        return image.scaled(max(1, width), max(1, height), Qt.AspectRatioMode.KeepAspectRatio,
                            Qt.TransformationMode.SmoothTransformation)

    def _finish(self, request: _Request, image: QImage) -> QPixmap:
        if image.isNull():
            self._failed.add(request[0])
        return QPixmap.fromImage(image)


class _LazyReader:
    """Imports what reads videos when a frame is first asked for, on the thread that asks."""

    def __init__(self) -> None:
        self._reader: object = None

    def read(self, shown: Shown) -> QImage:
        from workbench.media.video.frames import FrameReader

        if not isinstance(self._reader, FrameReader):
            self._reader = FrameReader()
        try:
            pixels = self._reader.read(shown)
        except WorkbenchError:
            return QImage()
        return as_image(pixels)

    def close(self) -> None:
        close = getattr(self._reader, "close", None)
        if close is not None:
            close()
