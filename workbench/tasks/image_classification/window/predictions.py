"""Classes of any images, as Predict shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from workbench.extension.predictions import PredictionDisplay
from workbench.extension.saving import unsure
from workbench.gui.predict.class_scores import (
    LEAST_SCORE,
    count,
    paint_bars,
    paint_words,
    things,
)
from workbench.gui.style.theme import Theme


def _paint(painter: QPainter, area: QRectF, item: Mapping[str, Any],
           color: Callable[[str], QColor], theme: Theme) -> None:
    if "scores" in item:
        paint_bars(painter, area, item["scores"], color, theme, on_picture=True)
    else:
        paint_words(painter, area, item["label"], theme)


DISPLAY = PredictionDisplay(limits=(LEAST_SCORE,), asked={}, pack=dict, shown=unsure, count=count,
                  paint=_paint, whole=True, things=things, found=("image", "images"))
