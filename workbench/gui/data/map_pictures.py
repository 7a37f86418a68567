"""The small pictures of a map's points: of images their thumbnails, of objects what is in their
boxes, of sounds their spectrograms."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtGui import QImage, QPainter, QPixmap

from workbench.core.shapes import Bounds
from workbench.gui.background.cropped_thumbnails import CroppedThumbnails
from workbench.gui.label.images.crops import CropLoader, crop_for, fitted, part_around
from workbench.gui.label.sounds.display import DisplaySettings
from workbench.gui.label.sounds.spectrogram_thumbs import Excerpt, SpectrogramThumbs
from workbench.gui.style import tokens

if TYPE_CHECKING:
    from workbench.project.sample_places import PlacedSamples
    from workbench.project.session import Session

_KEPT = 1500
_LENGTH = 10.0
"""Seconds of a sound whose length is not known."""
_CONTEXT = 1.15
"""What is shown of an object's surroundings."""


class MapPictures(QObject):
    """Pictures that are there at once where they are known, and announced when they come."""

    ready = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._session: Session | None = None
        self._placed: PlacedSamples | None = None
        self._covers = CroppedThumbnails(tokens.RADIUS_MARK, _KEPT)
        self._crops = CropLoader(self)
        self._crops.ready.connect(self.ready)
        self._sounds = SpectrogramThumbs(DisplaySettings(), self)
        self._sounds.ready.connect(self.ready)

    def set_session(self, session: Session | None) -> None:
        """Show another project's."""
        self.stop()
        self._session, self._placed = session, None
        if session is not None:
            self._covers.show_project(session.folder, self, self._came)

    def set_display(self, display: DisplaySettings) -> None:
        """Show spectrograms like this."""
        if display != self._sounds.display:
            self._sounds.display = display
            self._sounds.forget()
            self.ready.emit()

    def show_placed(self, placed: PlacedSamples | None) -> None:
        """Show what is on this map."""
        self._placed = placed

    def _came(self, path: str) -> None:
        self._covers.forget(path)
        self.ready.emit()

    def stop(self) -> None:
        """End the threads."""
        self._crops.stop()
        self._crops.forget()
        self._covers.show_project(None, self, self._came)
        self._sounds.stop()
        self._sounds.forget()

    def box(self, row: int) -> Bounds | None:
        """The box of an object, xyxy in pixels, or in seconds and Hz; None for a whole sample."""
        placed = self._placed
        if placed is None or not placed.are_objects:
            return None
        left, top, right, bottom = placed.boxes[row].tolist()
        return left, top, right, bottom

    def failed(self, row: int) -> bool:
        """Whether it is known that there will be no picture."""
        path = self._path(row)
        if path and self._are_sounds:
            return isinstance(self._sounds.get(self.excerpt(row)), str)
        loader = self._covers.loader
        return bool(path) and (bool(self._crops.failure(path)) if self.box(row) is not None
                               else loader is not None and loader.failed(path))

    def paint(self, painter: QPainter, frame: QRectF, row: int) -> QRectF | None:
        """Paint the picture of a point into ``frame``; where it lies there, or None where it is
        not there yet."""
        path, box = self._path(row), self.box(row)
        ratio = painter.device().devicePixelRatioF()
        if not path:
            return None
        if self._are_sounds:
            return self._paint_sound(painter, frame, row)
        if box is None:
            picture = self._covers.get(path, frame.size().toSize(), ratio)
            target = frame
        else:
            target, picture = self._crop(row, path, box, frame, ratio)
        if picture is None or picture.isNull():
            return None
        painter.drawPixmap(target.topLeft(), picture)
        return target

    def _crop(self, row: int, path: str, box: Bounds, frame: QRectF, ratio: float,
              ) -> tuple[QRectF, QPixmap | None]:
        assert self._placed is not None and self._session is not None
        width, height = (max(1, round(side)) for side in self._placed.sizes[row].tolist())
        part = part_around(box, (width, height), frame.width() / max(1.0, frame.height()), _CONTEXT)
        target = fitted(part, frame, ratio)
        return target, self._crops.get(crop_for(
            self._session.index.path(self._placed.found.keys[row]), part, target, ratio))

    @property
    def _are_sounds(self) -> bool:
        return self._placed is not None and self._placed.medium == "sounds"

    def excerpt(self, row: int) -> Excerpt:
        """The stretch of a sound that a point is."""
        assert self._placed is not None
        box = self.box(row)
        length = float(self._placed.sizes[row, 0]) or _LENGTH
        return Excerpt(Path(self._path(row)), *((0.0, length) if box is None else
                                                (box[0], box[2])))

    def _paint_sound(self, painter: QPainter, frame: QRectF, row: int) -> QRectF | None:
        picture = self._sounds.get(self.excerpt(row))
        if not isinstance(picture, QImage):
            return None
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(frame, picture)
        return frame

    def _path(self, row: int) -> str:
        if self._session is None or self._placed is None:
            return ""
        if self._are_sounds:
            return str(self._session.sounds.path(self._placed.found.keys[row]))
        return str(self._session.index.path(self._placed.found.keys[row]))


def square(side: float, x: float, y: float) -> QRectF:
    """A square around a point, on whole logical pixels."""
    return QRectF(round(x - side / 2), round(y - side / 2), side, side)


