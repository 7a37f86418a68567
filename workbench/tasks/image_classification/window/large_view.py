"""One image as large as there is room, with its class."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.gui.background.thumbnails import ThumbnailLoader
from workbench.gui.style import tokens
from workbench.gui.style.painting import CENTER, MIDDLE, write
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.class_colors import ClassColors
from workbench.tasks.image_classification.window.chips import paint_tags
from workbench.tasks.image_classification.window.grid_view import GridView
from workbench.tasks.image_classification.window.kinds import begins_label

_FOOT = 30
_STEPS = {Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageDown: 1,
          Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageUp: -1}


class LargeView(QWidget):
    """The grid's current image.

    Arrow keys go to its neighbours; Escape or a double click leads back to the grid.
    """

    closed = Signal()
    """Back to the grid."""
    confirmed = Signal()
    """Enter."""
    typed = Signal(str)
    """(letters) somebody begins to type the name of a class."""

    def __init__(self, theme: Theme, colors: ClassColors, grid: GridView) -> None:
        super().__init__()
        self._theme, self._colors, self._grid = theme, colors, grid
        self.loader = ThumbnailLoader(None, self)
        self.loader.ready.connect(lambda _path: self.update())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Image"))
        grid.selectionModel().currentChanged.connect(lambda *_: self.current_changed())
        theme.changed.connect(self.update)
        colors.changed.connect(self.update)

    def step(self, by: int) -> None:
        """Go to a neighbour."""
        if self._grid.row is not None:
            self._grid.go_to(self._grid.row + by)

    def current_changed(self) -> None:
        """Another image is current, or its class another one."""
        images, key = self._grid.images, self._grid.key
        if key:
            self.setAccessibleDescription(f"{key}, {images.words(key)}")
        self.update()

    def picture_area(self) -> QRect:
        """Where the picture has room."""
        edge = tokens.SPACE_M
        return self.rect().adjusted(edge, edge, -edge, -_FOOT)

    def event(self, event: QEvent) -> bool:
        # Enter and Escape lead back, before the window takes them
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) \
                and event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is not None:
            self.step(step)
        elif event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.confirmed.emit()
        elif event.text() and begins_label(event.text(), self._grid.images.kind) \
                and not event.modifiers() & (Qt.KeyboardModifier.ControlModifier
                                             | Qt.KeyboardModifier.AltModifier):
            self.typed.emit(event.text())
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()
        self.closed.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme.color("ground"))
            key = self._grid.key
            if key:
                self._paint(painter, key)

    def _paint(self, painter: QPainter, key: str) -> None:
        images, area = self._grid.images, self.picture_area()
        ratio = self.devicePixelRatioF()
        path = str(images.path(key))
        picture = self.loader.get(path, area.size() * ratio)
        painter.setFont(self.font())
        shown = QRectF(area)
        if picture is not None:
            size = QSize(picture.size()).scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRect(area.left() + (area.width() - size.width()) // 2,
                          area.top() + (area.height() - size.height()) // 2, size.width(),
                          size.height())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(place, picture)
            shown = QRectF(place)
            self._look_ahead(ratio)
        elif self.loader.failed(path):
            painter.setPen(self._theme.color("soft"))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, tr("This image cannot be read."))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_tags(painter, shown, images, key, self._colors, self._theme)
        foot = QRectF(area.left(), self.height() - _FOOT, area.width(), _FOOT)
        row = self._grid.row or 0
        words = tr("{key} · {row:,} of {rowcount:,}",
                   key=key, row=row + 1, rowcount=images.rowCount())
        write(painter, foot, words, self._theme.color("soft"), CENTER, MIDDLE)

    def _look_ahead(self, ratio: float) -> None:
        """Decode the next image while this one is looked at."""
        row = (self._grid.row or 0) + 1
        images = self._grid.images
        if row < images.rowCount():
            self.loader.get(images.path(images.key(row)), self.picture_area().size() * ratio)
