"""What Predict's picture shows at a point."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget


def is_near(color: QColor, ink: QColor | str) -> bool:
    return sum(abs(one - other) for one, other in
               zip(color.getRgb()[:3], QColor(ink).getRgb()[:3], strict=True)) < 60


def is_drawn(picture: Any, name: str) -> bool:
    picture.grab()
    return bool(picture.measured.endswith(f"{name}.png"))


def place_on(picture: Any, spot: tuple[float, float]) -> QPoint:
    """Where a point of the image, 64 by 48 pixels, lies in the widget."""
    assert isinstance(picture, QWidget)
    view, area = picture.viewport, picture._area()
    left, top, right, bottom = view.box_to_view((0.0, 0.0, *view.image))
    return QPoint(round(area.left() + left + spot[0] / 64 * (right - left)),
                  round(area.top() + top + spot[1] / 48 * (bottom - top)))
