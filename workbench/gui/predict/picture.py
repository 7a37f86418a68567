"""The chosen file, with what the model found in it; zoomed and moved with the mouse."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy

from workbench.core.text import tr
from workbench.core.video import Shown, time_text
from workbench.extension.predictions import AudiblePart, PredictionDisplay
from workbench.extension.window import make
from workbench.gui.background.frames import FrameLoader
from workbench.gui.background.thumbnails import ThumbnailLoader
from workbench.gui.counting.overlay import PlacesOverlay
from workbench.gui.counting.places import CountingPlaces
from workbench.gui.label.images.viewport import Viewport
from workbench.gui.style import tokens
from workbench.gui.style.painting import CENTER, MIDDLE, small, write
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.zoomed_view import Point, ZoomedView, as_point

_FOOT = 30
_UNIT = QSizeF(10_000, 10_000)
"""What pictures are fitted into for the view, whatever size they are decoded to."""
_MOST = 32.0
"""Times that a picture is enlarged at most, beyond fitting in."""
_LARGEST = 4096
"""Pixels of the longer side to which a zoomed picture is decoded at most."""


class PredictionPicture(ZoomedView):
    """Shows one answer; the task paints what was found. Those that are ``beside`` another one share
    its pictures, and zoom and move with it."""

    view_changed = Signal()
    """Zoom or place are others now."""

    def __init__(self, theme: Theme, color: Callable[[str], QColor], places: CountingPlaces,
                 beside: PredictionPicture | None = None) -> None:
        super().__init__()
        self.viewport: Viewport = beside.viewport if beside is not None else Viewport()
        self._beside = beside
        self._grip: QPointF | None = None
        self.overlay = PlacesOverlay(places, theme, self)
        self.counts = False
        """Whether lines and zones can be drawn on frames."""
        self._theme, self._color = theme, color
        self._display: PredictionDisplay | None = None
        self._file, self._problem = "", ""
        self.measured = ""
        """The file whose shape is that of the view; until then another one's is."""
        self.shown_pixels = 0
        """The longer side of the picture as it was decoded."""
        self._marked = -1
        self._frame: Shown | None = None
        self._before: QPixmap | None = None  # shown until the next frame is there
        self.item: Mapping[str, Any] | None = None
        self.loader: ThumbnailLoader = beside.loader if beside is not None else \
            ThumbnailLoader(None, self)
        self.loader.ready.connect(lambda _path: self.update())
        self.frames: FrameLoader = beside.frames if beside is not None else FrameLoader(self)
        self.frames.ready.connect(self.update)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumWidth(tokens.SIDE_PANEL_WIDTH)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("The chosen file"))
        theme.changed.connect(self.update)

    def show_answer(self, display: PredictionDisplay | None, file: str,
                    item: Mapping[str, Any] | None, problem: str = "") -> None:
        """Show a file with its answer, or why there is none; "" for no file."""
        frame = Shown(Path(file), item["frame"], item["time"]) if item and "frame" in item else None
        if frame is None or self._frame is None or frame.path != self._frame.path:
            self._before = None
        if file != self._file:
            self._marked = -1
        if file != self._file and self._beside is None:
            self.viewport.fit()
        self._frame = frame
        self._display, self._file, self.item, self._problem = display, file, item, problem
        self.setAccessibleDescription(problem or Path(file).name)
        self.update()

    @property
    def file(self) -> str:
        """The path of the file that is shown."""
        return self._file

    def parts(self) -> Sequence[AudiblePart]:
        """What of the answer can be heard."""
        if self._display is None or self._display.audible is None or self.item is None:
            return ()
        found: Sequence[AudiblePart] = make(self._display.audible, self._area(), self.item)
        return found

    def mark_part(self, number: int) -> None:
        """Frame the part that is heard; -1 for none."""
        self._marked = number
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.overlay.setGeometry(self.rect())
        if self._beside is None:
            self.viewport.set_view(self._area().width(), self._area().height())

    def _area(self) -> QRectF:
        """Where there is room for the picture."""
        edge = tokens.SPACE_M
        return QRectF(self.rect()).adjusted(edge, edge, -edge, -_FOOT)

    # --- zoom and place -------------------------------------------------------------------------

    def zoom_by(self, factor: float, cursor: Point | None = None) -> None:
        """Zoom at ``cursor``, or in the middle; never smaller than all of the picture."""
        area, view = self._area(), self.viewport
        factor = min(factor, _MOST * view.fit_scale() / view.scale)
        at = area.center() if cursor is None else QPointF(*cursor)
        view.zoom(factor, as_point(at - area.topLeft()))
        if view.scale <= view.fit_scale():
            view.fit()
        self._moved()

    def fit(self) -> None:
        """Show all of the picture."""
        self.viewport.fit()
        self._moved()

    def pan(self, dx: float, dy: float) -> None:
        if self.viewport.mode != "fit":
            self.viewport.pan(dx, dy)
            self._moved()

    def _moved(self) -> None:
        self.update()
        self.view_changed.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.viewport.mode != "fit":
            self._grip = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is not None:
            step, self._grip = event.position() - self._grip, event.position()
            self.pan(step.x(), step.y())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._grip = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        self.fit()

    # --- painting -------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        self.overlay.setVisible(self._frame is not None and self.counts)
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme.color("canvas"))
            if self._file and self._display is not None:
                self._paint(painter, self._display)

    def _paint(self, painter: QPainter, display: PredictionDisplay) -> None:
        area = self._area()
        painter.setFont(self.font())
        foot = QRectF(area.left(), self.height() - _FOOT, area.width(), _FOOT)
        words = "/".join(Path(self._file).parts[-2:])
        if self._frame is not None:
            words = f"{words}   {time_text(self._frame.time)}"
        write(painter, foot, words, self._theme.color("soft"), CENTER, MIDDLE)
        if self._problem:
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap,
                             self._problem)
            return
        shown = self._paint_picture(painter, area) if display.picture else area
        if shown is not None and self.item is not None:
            self.overlay.set_view(shown, self.item.get("size", (1, 1)))
            painter.setFont(small(self.font()))
            make(display.paint, painter, shown & area if display.whole else shown, self.item,
                 self._color, self._theme)
            self._paint_marked(painter)

    def _paint_marked(self, painter: QPainter) -> None:
        if self._marked < 0:
            return
        painter.setPen(QPen(self._theme.color("accent"), tokens.FOCUS_WIDTH))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for part in self.parts()[self._marked:self._marked + 1]:
            for area in part.areas:
                painter.drawRoundedRect(area, tokens.RADIUS_MARK, tokens.RADIUS_MARK)

    def _paint_picture(self, painter: QPainter, area: QRectF) -> QRectF | None:
        """The picture; where it is, once it is there."""
        frame = self._frame
        picture = self._picture(area)
        if picture is None or picture.isNull():
            failed = self.loader.failed(self._file) if frame is None else self.frames.failed(frame)
            if failed:
                painter.drawText(area, Qt.AlignmentFlag.AlignCenter,
                                 tr("This image cannot be shown."))
            elif self._before is not None:
                self._draw(painter, area, self._before)
            return None
        if frame is not None:
            self._before = picture
        return self._draw(painter, area, picture)

    def _picture(self, area: QRectF) -> QPixmap | None:
        """The picture for the whole area; once there is one that suits the zoom, that one."""
        fitting = (area.size() * self.devicePixelRatioF()).toSize()
        larger, view, most = fitting, self.viewport, max(fitting.width(), fitting.height())
        if view.mode != "fit":
            while larger.width() < fitting.width() * view.scale / view.fit_scale() \
                    and 2 * most <= _LARGEST:  # a few sizes only: each is decoded anew
                larger, most = larger * 2, most * 2
        found = self._get(larger)
        return found if larger == fitting or (found is not None and not found.isNull()) \
            else self._get(fitting)

    def _get(self, wanted: QSize) -> QPixmap | None:
        return self.frames.get(self._frame, wanted) if self._frame is not None else \
            self.loader.get(self._file, wanted)

    def _draw(self, painter: QPainter, area: QRectF, picture: QPixmap) -> QRectF:
        """The picture where the view says; where it is."""
        view, size = self.viewport, QSizeF(picture.size())
        self.shown_pixels = max(picture.width(), picture.height())
        if self._beside is None and self.measured != self._file:
            size.scale(_UNIT, Qt.AspectRatioMode.KeepAspectRatio)
            view.set_image((round(size.width()), round(size.height())))
            self.measured = self._file  # a larger one may be of another shape by a pixel
        left, top, right, bottom = view.box_to_view((0.0, 0.0, *view.image))
        place = QRectF(left, top, right - left, bottom - top).translated(area.topLeft())
        painter.setClipRect(area)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(place, picture, QRectF(picture.rect()))
        return place

    def close_down(self) -> None:
        """End the threads."""
        self.loader.stop()
        self.frames.stop()
