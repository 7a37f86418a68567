"""A picture with boxes on a widget: zoom, place and painting, without the hand that edits."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.core.shapes import Bounds
from workbench.gui.label.images.adjustments import Adjustments
from workbench.gui.label.images.geometry import Point
from workbench.gui.label.images.layer import CachedLayer
from workbench.gui.label.images.outlines import ZOOMING_POINTS, ShapePainter
from workbench.gui.label.images.scene import Pens, Scene, view_rects
from workbench.gui.label.images.viewport import Viewport
from workbench.gui.style import tokens
from workbench.gui.style.painting import small
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.zoomed_view import ZoomedView

REST_MS = 150
"""Zooming is over when nothing was zoomed for so long."""


class PictureView(ZoomedView):
    """Shows a :class:`Scene`: what stays lies in a :class:`CachedLayer`, which is copied.

    Subclasses paint what moves in :meth:`paint_above` and look around in :meth:`view_moved`.
    """

    view_changed = Signal()
    """Zoom or place are others now."""
    painted = Signal()
    """A picture was painted, for the first time."""

    def __init__(self, theme: Theme, colors: ClassColors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.scene = Scene()
        self.layer = CachedLayer()
        self.scene.viewport.margin = float(tokens.SPACE_L)
        self._colors = colors
        self._pens: Pens | None = None
        self.mouse: Point | None = None
        self._was_painted = False
        self._resting = QTimer(self, singleShot=True, interval=REST_MS)
        self._resting.timeout.connect(self._rest)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        colors.changed.connect(self.restyle)
        theme.changed.connect(self.restyle)

    def view_moved(self) -> None:
        """Zoom or place are others; called before it is announced."""

    def paint_above(self, painter: QPainter) -> None:
        """Paint what lies above picture and boxes."""

    # --- what is shown --------------------------------------------------------------------------

    @property
    def viewport(self) -> Viewport:
        return self.scene.viewport

    @property
    def pens(self) -> Pens:
        """Pens and labels in the classes' colours."""
        ratio = self.devicePixelRatioF()
        if self._pens is None or self._pens.ratio != ratio:
            self._pens = Pens(self._colors.color, small(self.font()), ratio)
        return self._pens

    def restyle(self) -> None:
        """Classes or theme have other colours."""
        self._pens = None
        self.layer.invalidate()
        self.update()

    def set_adjustments(self, adjustments: Adjustments) -> None:
        """Show pictures brighter, inverted …"""
        if adjustments != self.scene.adjustments:
            self.scene.adjustments = adjustments
            self.layer.invalidate()
            self.update()

    def view_rect(self, box: Bounds) -> QRectF:
        """Where ``box`` lies in the canvas, on whole screen pixels with lines in their middle."""
        ratio = self.devicePixelRatioF()
        scale = self.viewport.scale * ratio
        left, top = round(self.viewport.x * ratio), round(self.viewport.y * ratio)
        x0, x1 = round(box[0] * scale + left), round(box[2] * scale + left)
        y0, y1 = round(box[1] * scale + top), round(box[3] * scale + top)
        half = 0.5 / ratio
        return QRectF(x0 / ratio + half, y0 / ratio + half, (x1 - x0) / ratio, (y1 - y0) / ratio)

    def view_rects(self, indexes: Iterable[int]) -> list[tuple[int, QRectF]]:
        """:meth:`view_rect` of many objects, cut where they reach far out of view."""
        ratio = self.devicePixelRatioF()
        half = 0.5 / ratio
        return [(index, rect.translated(half, half))
                for index, rect in view_rects(self.scene, indexes, ratio)]

    def shape_painter(self, painter: QPainter) -> ShapePainter:
        """What paints shapes that are no boxes where they lie in the canvas."""
        scene = self.scene
        return ShapePainter(painter, scene.outlines, scene.viewport, self.devicePixelRatioF(),
                            scene.skeleton, scene.adjustments.masks / 100, areas=scene.areas)

    # --- zoom and place -------------------------------------------------------------------------

    def zoom_by(self, factor: float, cursor: Point | None = None) -> None:
        """Zoom at ``cursor``, or where the mouse is, or in the middle."""
        middle = (self.width() / 2, self.height() / 2)
        self.viewport.zoom(factor, cursor or (self.mouse if self.underMouse() else None) or middle)
        if self.scene.points > ZOOMING_POINTS:
            self.scene.zooming = True
            self._resting.start()
        self._view_moved()

    def _rest(self) -> None:
        """Zooming is over: lines may be smooth again."""
        self.scene.zooming = False
        self.layer.invalidate()
        self.update()

    def fit(self) -> None:
        """Show the whole image."""
        self.viewport.fit()
        self._view_moved()

    def actual_size(self) -> None:
        """Show one image pixel for one pixel."""
        self.viewport.actual()
        self._view_moved()

    def pan(self, dx: float, dy: float) -> None:
        """Push the picture by logical pixels."""
        before = (self.viewport.x, self.viewport.y)
        self.viewport.pan(dx, dy)
        if before != (self.viewport.x, self.viewport.y):
            self.layer.scroll(self.scene, self.devicePixelRatioF())
            self._moved()

    def show_box(self, box: Bounds) -> None:
        """Bring ``box`` into view."""
        self.viewport.show(box)
        self._view_moved()

    def _view_moved(self) -> None:
        self.layer.invalidate()
        self._moved()

    def _moved(self) -> None:
        self.update()
        self.view_moved()
        self.view_changed.emit()

    # --- painting -------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.viewport.set_view(float(self.width()), float(self.height()))
        self._view_moved()
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        ground: QColor = self.theme.color("canvas")
        pixmap = self.layer.pixmap(self.scene, self.pens, ground)
        with QPainter(self) as painter:
            # The painter is clipped to what has to be painted: only that much is copied.
            painter.drawPixmap(0, 0, pixmap)
            self.paint_above(painter)
        if not self._was_painted and self.scene.picture.settled:
            self._was_painted = True
            QTimer.singleShot(0, self, self.painted.emit)

    def sizeHint(self) -> QSize:
        return QSize(640, 480)
