"""Pictures for previews: decoded small, on a thread, once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QImage

from workbench.gui.background.cache import BackgroundCache
from workbench.gui.background.reading import DecodeFailure, image_header, read_image

KEPT = 48


@dataclass(frozen=True, slots=True)
class PreviewPicture:
    """A decoded image and the size of the file it came from, both as displayed."""

    image: QImage
    size: QSize


class PreviewImages(QObject):
    """Decodes images no larger than needed and remembers the last ones."""

    ready = Signal(str)
    """(path) a picture that was asked for can be had now."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cache: BackgroundCache[tuple[Path, int], PreviewPicture | None] = BackgroundCache(
            self, lambda request: read_scaled(*request),
            lambda request: self.ready.emit(str(request[0])), name="previews", most=KEPT,
            waiting=KEPT)

    def get(self, path: Path, side: int) -> PreviewPicture | None:
        """The picture with a longer side of about ``side`` pixels, or None while it is decoded."""
        return self._cache.get((path, side))

    def close(self) -> None:
        """Forget what was asked for and wait for the decoder."""
        self._cache.stop()


def read_scaled(path: Path, side: int) -> PreviewPicture | None:
    """Decode ``path`` with its longer side at ``side`` pixels or less; None if it cannot be read.

    It looks as everywhere in the window (:mod:`workbench.gui.background.reading`).
    """
    try:
        info = image_header(path)
        image = read_image(path, info, QSize(side, side))
    except DecodeFailure:
        return None
    return PreviewPicture(image, QSize(info.width, info.height))
