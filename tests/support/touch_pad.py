"""Fingers on a touch pad."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QNativeGestureEvent, QPointingDevice
from PySide6.QtWidgets import QApplication, QWidget


def pinch(widget: QWidget, point: QPointF, value: float) -> None:
    """Spread two fingers over a ``point`` of ``widget``, by the share ``value`` that macOS tells;
    below 0 they are pinched."""
    event = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture, QPointingDevice.primaryPointingDevice(), 2, point,
        point, QPointF(widget.mapToGlobal(point)), value, QPointF())
    QApplication.sendEvent(widget, event)
