"""Widgets that show something larger than they are: wheel, touch pad and fingers move the view."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QFocusEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from workbench.gui.widgets.pinch import pinched

WHEEL_BASE = 1.0015
"""Factor of zoom for each unit of the wheel; a notch has 120, which makes 1.2."""
KEY_ZOOM = 1.25

Point = tuple[float, float]


class ZoomedView(QWidget):
    """The wheel zooms at the mouse, with Shift it pushes sideways, with Alt up and down; two
    fingers on a touch pad push, and zoom where they are spread."""

    ringed = False
    """Whether the keyboard came here by Tab, which is shown."""

    def zoom_by(self, factor: float, cursor: Point | None = None) -> None:
        """Zoom in (above 1) or out at ``cursor``, or where it is usual."""
        raise NotImplementedError

    def pan(self, dx: float, dy: float) -> None:
        """Push what is shown by logical pixels."""
        raise NotImplementedError

    def zoom_in(self) -> None:
        """Come closer by a key or a button."""
        self.zoom_by(KEY_ZOOM)

    def zoom_out(self) -> None:
        """Go back by a key or a button."""
        self.zoom_by(1 / KEY_ZOOM)

    def event(self, event: QEvent) -> bool:
        pinch = pinched(event)
        if pinch is not None:
            self.zoom_by(pinch[0], as_point(pinch[1]))
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.ringed = event.reason() in (Qt.FocusReason.TabFocusReason,
                                         Qt.FocusReason.BacktabFocusReason)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.ringed = False
        super().focusOutEvent(event)
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        pixels, angle = event.pixelDelta(), event.angleDelta()
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if control or (pixels.isNull() and not event.modifiers()):
            self.zoom_by(WHEEL_BASE ** (angle.y() or angle.x()), as_point(event.position()))
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.pan(float(angle.y() or angle.x()), 0.0)
        elif event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.pan(0.0, float(angle.x() or angle.y()))  # Qt swaps the axes while Alt is held
        else:
            # Two fingers on a touch pad move the picture, as everywhere else.
            self.pan(float(pixels.x()), float(pixels.y()))
        event.accept()


def as_point(point: QPointF) -> Point:
    """A place of Qt's as the two numbers that the rest works with."""
    return (point.x(), point.y())
