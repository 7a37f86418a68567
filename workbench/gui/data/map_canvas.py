"""The map itself: points, or pictures where few are in view, for the mouse and the keys.

A click chooses the nearest point, a drag encloses several (with Shift or Ctrl besides those that
are chosen); with Space held, the middle or the right button it moves the map. The wheel zooms to
the cursor, with Shift it moves sideways, with Alt up and down. The arrows go to the next point.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPolygonF,
    QResizeEvent,
)

from workbench.core.text import tr
from workbench.gui.data.map_overlay import MapOverlay, WordsOf
from workbench.gui.data.map_pictures import MapPictures
from workbench.gui.data.map_scene import MapScene
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.zoomed_view import Point, ZoomedView, as_point

SLIP = 4.0
"""Logical pixels that a hand moves in a click."""
_ARROWS: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1),
}
_MORE = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier


class MapCanvas(ZoomedView):
    """Shows a :class:`MapScene`; says what a person points at."""

    chosen = Signal(int)
    """(row) a point was clicked, or gone to with a key."""
    enclosed = Signal(object, bool)
    """(rows, whether besides those that are chosen) a drag went around points; a point was clicked
    with Shift or Ctrl."""
    let_go = Signal()
    """A click beside all points, or Escape."""
    opened = Signal(int)
    """(row) a double click, or Enter."""
    menu_wanted = Signal(QPoint)
    """(place on the screen) the context menu is asked for."""

    def __init__(self, theme: Theme, pictures: MapPictures, words_of: WordsOf) -> None:
        super().__init__()
        self.scene = MapScene()
        self.current: int | None = None
        """The point that keys are about."""
        self.hovered: int | None = None
        self._theme = theme
        self._layer: QImage | None = None
        self._overlay = MapOverlay(theme, pictures, words_of)
        self._path: list[QPointF] = []
        self._panning: QPointF | None = None
        self._pressed: QPointF | None = None
        self._space = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Map"))
        self.setMinimumSize(tokens.SIDE_PANEL_WIDTH, tokens.SIDE_PANEL_WIDTH // 2)
        theme.changed.connect(self.refresh)
        pictures.ready.connect(self.update)

    def refresh(self) -> None:
        """What is shown, or how, is another one."""
        self._layer = None
        self.scene.moved()
        self.update()

    def set_current(self, row: int | None) -> None:
        """Mark another point, and move it into view where it is not."""
        self.current = row
        if row is not None:
            spot = self.scene.spot(row)
            if not QRectF(self.rect()).contains(spot):
                self.scene.fit((row,))
                self._layer = None
            self.setAccessibleDescription(self._overlay.words_of(row)[0])
        self.update()

    def set_hovered(self, row: int | None) -> None:
        """Ring another point, as if the mouse were there."""
        if row != self.hovered:
            self.hovered = row
            self.update()

    # --- the view -------------------------------------------------------------------------------

    def fit(self) -> None:
        """Show the whole map."""
        self.scene.fit()
        self.refresh()

    def zoom_by(self, factor: float, cursor: Point | None = None) -> None:
        """Around the mouse, the point that is chosen, or the middle."""
        self.scene.viewport.zoom(factor, cursor or as_point(
            QPointF(self.rect().center()) if self.current is None
            else self.scene.spot(self.current)))
        self._moved()

    def pan(self, dx: float, dy: float) -> None:
        """Move the map."""
        self.scene.viewport.pan(dx, dy)
        self._moved()

    def _moved(self) -> None:
        self.refresh()
        if self.underMouse() and self._panning is None:
            self.set_hovered(self.scene.row_at(QPointF(self.mapFromGlobal(self.cursor().pos()))))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.scene.viewport.set_view(float(self.width()), float(self.height()))
        self.refresh()
        super().resizeEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) \
                and event.key() == Qt.Key.Key_Space and not event.modifiers():
            event.accept()  # held, it lets a drag move the map
            return True
        if event.type() is QEvent.Type.DevicePixelRatioChange:
            self.refresh()
        return super().event(event)

    # --- mouse ----------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        left = event.button() is Qt.MouseButton.LeftButton
        self.ringed = False
        self._pressed = event.position()
        if left and not self._space:
            self._path = [event.position()]
        elif self._panning is None:
            self._panning = event.position()
        self._show_cursor()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._panning is not None:
            step, self._panning = at - self._panning, at
            self.pan(step.x(), step.y())
        elif self._path:
            if (at - self._path[-1]).manhattanLength() >= 2:
                self._path.append(at)
            self.hovered = None
            self.update()
        else:
            self.set_hovered(self.scene.row_at(at))
            self._show_cursor()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        path, self._path, self._panning = self._path, [], None
        pressed, self._pressed = self._pressed, None
        still = pressed is not None and (event.position() - pressed).manhattanLength() <= SLIP \
            and all((at - pressed).manhattanLength() <= SLIP for at in path)
        more = bool(event.modifiers() & _MORE)
        if path and still:
            self._clicked(event.position(), more)
        elif path:
            self._enclose([*path, event.position()], more)
        elif still and event.button() is Qt.MouseButton.RightButton:
            row = self.scene.row_at(event.position())
            if row is not None:
                self.menu_wanted.emit(event.globalPosition().toPoint())
        self._show_cursor()
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        row = self.scene.row_at(event.position())
        if event.button() is Qt.MouseButton.LeftButton and row is not None and not self._space:
            self.opened.emit(row)
        else:
            self.mousePressEvent(event)

    def _clicked(self, at: QPointF, more: bool) -> None:
        row = self.scene.row_at(at)
        if row is None:
            if not more:
                self.let_go.emit()
        elif more:
            self.enclosed.emit([row], True)
        else:
            self.chosen.emit(row)

    def _enclose(self, points: list[QPointF], more: bool) -> None:
        path = QPainterPath()
        path.addPolygon(QPolygonF(points))
        path.closeSubpath()
        self.enclosed.emit(self.scene.rows_in(path), more)

    def _show_cursor(self) -> None:
        shape = Qt.CursorShape.CrossCursor
        if self._panning is not None:
            shape = Qt.CursorShape.ClosedHandCursor
        elif self._space:
            shape = Qt.CursorShape.OpenHandCursor
        elif self.hovered is not None and not self._path:
            shape = Qt.CursorShape.PointingHandCursor
        if self.cursor().shape() is not shape:
            self.setCursor(shape)

    def leaveEvent(self, event: QEvent) -> None:
        self.set_hovered(None)
        super().leaveEvent(event)

    # --- keys -----------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, arrow = event.key(), _ARROWS.get(event.key())
        if arrow is not None and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.pan(-arrow[0] * 4.0 * tokens.SPACE_M, -arrow[1] * 4.0 * tokens.SPACE_M)
        elif arrow is not None:
            self._go(*arrow)
        elif key == Qt.Key.Key_Space and not event.modifiers():
            self._space = True
            self._show_cursor()
        elif key == Qt.Key.Key_Escape:
            self._escape()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current is not None:
            self.opened.emit(self.current)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_in()
        elif key == Qt.Key.Key_Minus:
            self.zoom_out()
        elif key == Qt.Key.Key_0:
            self.fit()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self._show_cursor()
        super().keyReleaseEvent(event)

    def _go(self, dx: int, dy: int) -> None:
        """To the next point in a direction; at first to the one nearest to the middle."""
        scene = self.scene
        if self.current is None or not scene.shown[self.current]:
            away = scene.points - scene.points[scene.shown].mean(axis=0) if scene.shown.any() \
                else None
            row = None if away is None else int(
                ((away * away).sum(axis=1) + (~scene.shown) * 1e12).argmin())
        else:
            row = scene.beside(self.current, dx, dy)
        if row is not None:
            self.chosen.emit(row)

    def _escape(self) -> None:
        if self._path:
            self._path = []
            self.update()
        else:
            self.let_go.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._space = False
        super().focusOutEvent(event)

    # --- painting -------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._layer is None:
            self._layer = self.scene.picture(self.size(), self.devicePixelRatioF(),
                                             self._theme.color("canvas"))
        with QPainter(self) as painter:
            painter.drawImage(0, 0, self._layer)
            self._overlay.paint_pictures(painter, self.scene)
            self._overlay.paint_marks(painter, self.scene, self.current, self.hovered)
            if self._path:
                self._overlay.paint_lasso(painter, self._path)
            elif self.hovered is not None and self._panning is None:
                self._overlay.paint_card(painter, self.scene, self.hovered, self.rect())
            if self.ringed:
                self._overlay.paint_ring(painter, QRectF(self.rect()))
