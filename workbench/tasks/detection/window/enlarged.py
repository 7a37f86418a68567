"""One picture as large as the gallery, to look at it without leaving the place."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.gui.label.images.crops import CropLoader, crop_for, fitted
from workbench.gui.style import tokens
from workbench.gui.style.painting import CENTER, MIDDLE, small, write
from workbench.gui.style.theme import Theme
from workbench.tasks.detection.window.drawing import ImagePlacement, paint_boxes_on
from workbench.tasks.detection.window.gallery_view import GalleryView

_FOOT = 30


class Enlarged(QWidget):
    """The whole image of the gallery's chosen picture with all its boxes.

    Arrow keys go on to the next picture, a click, Space or Escape goes back to the gallery.
    """

    closed = Signal()
    """Back to the gallery."""
    opened = Signal(int)
    """(row) Return: open the image in Images."""

    def __init__(self, theme: Theme, crops: CropLoader, view: GalleryView) -> None:
        super().__init__()
        self._theme, self._crops, self._view = theme, crops, view
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Enlarged picture"))
        crops.ready.connect(self.update)
        theme.changed.connect(self.update)

    def row_changed(self) -> None:
        """Another picture is chosen, or other boxes lie on it."""
        row = self._view.row
        if row is not None and row < self._view.gallery.rowCount():
            self.setAccessibleDescription(self._view.gallery.details(row))
        self.update()

    def step(self, by: int) -> None:
        """Go to another picture of the gallery."""
        last = self._view.gallery.rowCount() - 1
        if self._view.row is not None and last >= 0:
            self._view.set_row(min(max(self._view.row + by, 0), last))
            self.row_changed()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key
        if event.key() in (key.Key_Right, key.Key_Down):
            self.step(1)
        elif event.key() in (key.Key_Left, key.Key_Up):
            self.step(-1)
        elif event.key() in (key.Key_Space, key.Key_Escape):
            self.closed.emit()
        elif event.key() in (key.Key_Return, key.Key_Enter) and self._view.row is not None:
            self.opened.emit(self._view.row)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        self.closed.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        row, model = self._view.row, self._view.gallery
        with QPainter(self) as painter:
            frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(self._theme.color("line"))
            painter.setBrush(self._theme.color("panel"))
            painter.drawRoundedRect(frame, tokens.RADIUS_CARD, tokens.RADIUS_CARD)
            if row is not None and model.snapshot is not None and row < model.rowCount():
                self._paint_picture(painter, row)

    def _paint_picture(self, painter: QPainter, row: int) -> None:
        model = self._view.gallery
        assert model.snapshot is not None
        size = model.snapshot.results.sizes[int(model.snapshot.entries.table.image[row])]
        part = (0.0, 0.0, float(size[0]), float(size[1]))
        area = QRectF(self.rect()).adjusted(tokens.SPACE_S, tokens.SPACE_S, -tokens.SPACE_S, -_FOOT)
        ratio = self.devicePixelRatioF()
        target = fitted(part, area, ratio)
        picture = self._crops.get(crop_for(model.path(row), part, target, ratio))
        if picture is not None:
            painter.drawPixmap(target.topLeft(), picture)
            placement = ImagePlacement.fitting(part, target)
            paint_boxes_on(painter, model.boxes_on(row), placement, target, small(self.font()),
                           everything=True)
        painter.setFont(self.font())
        foot = QRectF(area.left(), self.height() - _FOOT, area.width(), _FOOT)
        write(painter, foot, model.details(row), self._theme.color("soft"), CENTER, MIDDLE)
