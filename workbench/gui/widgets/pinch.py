"""Two fingers that are spread or pinched on a touch pad."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QNativeGestureEvent


def pinched(event: QEvent) -> tuple[float, QPointF] | None:
    """By what such a gesture zooms in (above 1) or out, and where in the widget; None for every
    other event."""
    if isinstance(event, QNativeGestureEvent) \
            and event.gestureType() is Qt.NativeGestureType.ZoomNativeGesture:
        return max(0.1, 1.0 + event.value()), event.position()
    return None
