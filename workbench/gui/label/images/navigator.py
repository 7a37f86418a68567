"""The whole picture small, in the corner, with a frame around the part that is in view."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.gui.label.images.canvas import Canvas
from workbench.gui.label.images.image_source import Picture
from workbench.gui.style import tokens

LONGEST = 180
"""Logical pixels of its longer side at most."""
_SHADE = 120


class Navigator(QWidget):
    """Lies over the upper right corner of a canvas while the picture is larger than the view; a
    click or a drag moves the view there."""

    def __init__(self, canvas: Canvas, parent: QWidget) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._picture: Picture | None = None
        self._small = QPixmap()
        self.wanted = False
        """Whether a person wants it."""
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(tr("Overview of the picture"))
        self.setToolTip(tr("Drag to move the view"))
        self.hide()
        canvas.view_changed.connect(self.refresh)
        canvas.installEventFilter(self)

    def want(self, wanted: bool) -> None:
        """Show it from now on where the picture is larger than the view, or never."""
        self.wanted = wanted
        self.refresh()

    @property
    def scale(self) -> float:
        """Its pixels for each of the image."""
        width, height = self._canvas.scene.picture.size
        return LONGEST / max(width, height, 1)

    @property
    def frame(self) -> QRectF:
        """The part in view, in its own pixels."""
        x0, y0, x1, y1 = (side * self.scale for side in self._canvas.viewport.visible())
        return QRectF(x0, y0, x1 - x0, y1 - y0)

    def refresh(self) -> None:
        """The view or the picture is another."""
        width, height = self._canvas.scene.picture.size
        frame = self.frame
        whole = frame.width() * frame.height() >= 0.99 * width * height * self.scale**2
        self.setVisible(self.wanted and bool(width and height) and not whole)
        if self.isHidden():
            return
        self.setFixedSize(max(24, round(width * self.scale)), max(24, round(height * self.scale)))
        at = self._canvas.geometry()
        self.move(at.right() - self.width() - tokens.SPACE_M, at.top() + tokens.SPACE_S)
        self.raise_()
        self._take_picture()
        self.update()

    def _take_picture(self) -> None:
        picture = self._canvas.scene.picture
        level = picture.level(self.scale * self.devicePixelRatioF())
        if picture is self._picture or level is None:
            return
        self._picture = picture
        ratio = self.devicePixelRatioF()
        self._small = QPixmap.fromImage(level[1].scaled(
            self.size() * ratio, Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation))
        self._small.setDevicePixelRatio(ratio)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self.refresh()
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._go(event.position())

    def _go(self, at: QPointF) -> None:
        """Bring what is shown at ``at`` into the middle of the view."""
        canvas = self._canvas
        x, y = canvas.viewport.to_view((at.x() / self.scale, at.y() / self.scale))
        canvas.pan(canvas.width() / 2 - x, canvas.height() / 2 - y)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.drawPixmap(0, 0, self._small)
            shade = QColor(tokens.ON_IMAGE_DARK)
            shade.setAlpha(_SHADE)
            frame, whole = self.frame, QRectF(self.rect())
            painter.setClipping(True)
            painter.fillRect(QRectF(0, 0, whole.width(), frame.top()), shade)
            painter.fillRect(QRectF(0, frame.bottom(), whole.width(), whole.height()), shade)
            painter.fillRect(QRectF(0, frame.top(), frame.left(), frame.height()), shade)
            painter.fillRect(QRectF(frame.right(), frame.top(), whole.width(), frame.height()),
                             shade)
            painter.setPen(QPen(QColor(tokens.ON_IMAGE), 1.5))
            painter.drawRect(frame.adjusted(0.75, 0.75, -0.75, -0.75))
            painter.setPen(QPen(self._canvas.theme.color("line"), 1.0))
            painter.drawRect(whole.adjusted(0.5, 0.5, -0.5, -0.5))
