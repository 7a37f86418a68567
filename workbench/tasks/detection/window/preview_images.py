"""Pictures for previews: decoded small, on a thread, once."""

from __future__ import annotations

import sys
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, QSize, QThreadPool, Signal
from PySide6.QtGui import QImage

from workbench.gui.background.reading import DecodeFailure, image_header, read_image

KEPT = 48


@dataclass(frozen=True, slots=True)
class PreviewPicture:
    """A decoded image and the size of the file it came from, both as displayed."""

    image: QImage
    size: QSize


class PreviewImages(QObject):
    """Decodes images no larger than needed and remembers the last ones.

    Signals
    -------
    ready
        (path) a picture that was asked for can be had now.
    """

    ready = Signal(str)
    _decoded = Signal(str, int, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pictures: OrderedDict[tuple[str, int], PreviewPicture] = OrderedDict()
        self._asked: set[tuple[str, int]] = set()
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._decoded.connect(self._take)

    def get(self, path: Path, side: int) -> PreviewPicture | None:
        """The picture with a longer side of about ``side`` pixels, or None while it is decoded."""
        key = (str(path), side)
        found = self._pictures.get(key)
        if found is not None:
            self._pictures.move_to_end(key)
        elif key not in self._asked:
            self._asked.add(key)
            self._pool.start(_Decode(path, side, self._decoded))
        return found

    def close(self) -> None:
        """Forget what was asked for and wait for the decoder."""
        self._pool.clear()
        self._pool.waitForDone()

    def _take(self, path: str, side: int, picture: PreviewPicture | None) -> None:
        if picture is not None:
            self._asked.discard((path, side))
            self._pictures[(path, side)] = picture
            while len(self._pictures) > KEPT:
                self._pictures.popitem(last=False)
            self.ready.emit(path)


class _Decode(QRunnable):
    def __init__(self, path: Path, side: int, decoded: object) -> None:
        super().__init__()
        self._path, self._side = path, side
        self._emit = decoded.emit  # type: ignore[attr-defined]  # a bound Qt signal

    def run(self) -> None:
        picture = read_scaled(self._path, self._side)
        try:
            self._emit(str(self._path), self._side, picture)
        except RuntimeError:
            # The window was closed meanwhile: nobody waits for this picture.
            if not sys.is_finalizing():
                return


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
