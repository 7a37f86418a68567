"""One image with what lies over it, as large as there is room, and larger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)

from workbench.core.text import tr
from workbench.gui.label.images.crops import Crop, CropLoader
from workbench.gui.label.images.scene import PIXELS_FROM
from workbench.gui.label.images.viewport import Viewport
from workbench.gui.results.snapshot_list import SnapshotView
from workbench.gui.style import tokens
from workbench.gui.style.painting import CENTER, MIDDLE, write
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.zoomed_view import KEY_ZOOM, Point, ZoomedView

_FOOT = 30
_MOST_SIDE = 3200
"""Longer side of the picture in pixels: of a larger image no more is seen, however far one zooms
in."""
_KEYS = Qt.Key
_STEPS = {_KEYS.Key_Right: 1, _KEYS.Key_Down: 1, _KEYS.Key_PageDown: 1,
          _KEYS.Key_Left: -1, _KEYS.Key_Up: -1, _KEYS.Key_PageUp: -1}
_ZOOMS = {_KEYS.Key_Plus: KEY_ZOOM, _KEYS.Key_Equal: KEY_ZOOM, _KEYS.Key_Minus: 1 / KEY_ZOOM}


class LargeImageView(ZoomedView):
    """The list's chosen image.

    Arrow keys go on to the next one, the wheel zooms, a drag moves, 0 or a double click shows the
    whole image; Space or Escape goes back to the list.

    Parameters
    ----------
    view
        The list.
    paint_over
        Paints what lies over the image of a row; called with a painter and where the image is.
    """

    closed = Signal()
    """Back to the list."""
    opened = Signal(int)
    """(row) Return: open the image in Images."""

    def __init__(self, theme: Theme, crops: CropLoader, view: SnapshotView[Any],
                 paint_over: Callable[[QPainter, QRectF, int], object]) -> None:
        super().__init__()
        self._theme, self._crops, self._view = theme, crops, view
        self._paint_over = paint_over
        self.viewport = Viewport()
        self.viewport.margin = float(tokens.SPACE_S)
        self._held: QPointF | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Enlarged image"))
        crops.ready.connect(self.update)
        theme.changed.connect(self.update)
        view.selectionModel().currentChanged.connect(lambda *_: self.row_changed())

    def row_changed(self) -> None:
        """Another image is chosen, or other figures are known of it."""
        row = self._row()
        if row is not None:
            self.viewport.set_image(self._view.images.listed(row).size)
            self.setAccessibleDescription(self._view.images.details(row))
        self.update()

    def step(self, by: int) -> None:
        """Go to another image of the list."""
        last = self._view.images.rowCount() - 1
        if self._view.row is not None and last >= 0:
            self._view.set_row(min(max(self._view.row + by, 0), last))

    def zoom_by(self, factor: float, cursor: Point | None = None) -> None:
        """Zoom in (above 1) or out around a point of the widget, or its middle."""
        self.viewport.zoom(factor, cursor or (self.width() / 2, self._room() / 2))
        self.update()

    def pan(self, dx: float, dy: float) -> None:
        """Push the picture."""
        self.viewport.pan(dx, dy)
        self.update()

    def fit(self) -> None:
        """Show the whole image."""
        self.viewport.fit()
        self.update()

    def _row(self) -> int | None:
        row = self._view.row
        return row if row is not None and row < self._view.images.rowCount() else None

    def _room(self) -> float:
        """Height of what the picture may fill."""
        return float(max(1, self.height() - _FOOT))

    # --- events ---------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.viewport.set_view(float(self.width()), self._room())

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.viewport.fit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._held = event.position()
        self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is not None:
            moved, self._held = event.position() - self._held, event.position()
            self.pan(moved.x(), moved.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = _KEYS(event.key())
        if key in _STEPS:
            self.step(_STEPS[key])
        elif key in _ZOOMS:
            self.zoom_by(_ZOOMS[key])
        elif key is _KEYS.Key_0:
            self.fit()
        elif key in (_KEYS.Key_Space, _KEYS.Key_Escape):
            self.closed.emit()
        elif key in (_KEYS.Key_Return, _KEYS.Key_Enter) and self._view.row is not None:
            self.opened.emit(self._view.row)
        else:
            super().keyPressEvent(event)

    # --- painting -------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        row = self._row()
        with QPainter(self) as painter:
            room = QRectF(0, 0, self.width(), self._room())
            painter.fillRect(room, self._theme.color("canvas"))
            if row is None:
                return
            painter.save()
            painter.setClipRect(room)
            self._paint_picture(painter, row)
            painter.restore()
            foot = QRectF(tokens.SPACE_S, room.bottom(), self.width() - 2 * tokens.SPACE_S, _FOOT)
            words = self._view.images.details(row) + tr("   ← → other images   wheel: zoom")
            write(painter, foot, words, self._theme.color("soft"), CENTER, MIDDLE)

    def _paint_picture(self, painter: QPainter, row: int) -> None:
        images = self._view.images
        width, height = self.viewport.image
        x0, y0, x1, y1 = self.viewport.box_to_view((0, 0, width, height))
        target = QRectF(x0, y0, x1 - x0, y1 - y0)
        whole = (0.0, 0.0, float(width), float(height))
        shrunk = min(1.0, _MOST_SIDE / max(width, height, 1))
        crop = Crop(str(images.listed(row).path), whole, max(1, round(width * shrunk)),
                    max(1, round(height * shrunk)))
        picture = self._crops.get(crop)
        smooth = self.viewport.scale < PIXELS_FROM
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        if picture is None:
            failure = self._crops.failure(crop.path)
            if failure:
                painter.setPen(self._theme.color("soft"))
                painter.drawText(target, Qt.AlignmentFlag.AlignCenter, tr(
                    "This image cannot be shown: {failure}.", failure=failure))
            return
        painter.drawPixmap(target, picture, QRectF(picture.rect()))
        self._paint_over(painter, target, row)
