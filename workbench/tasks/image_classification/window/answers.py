"""Classes of any images, as Predict shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from workbench.extension.window import AnswerLook
from workbench.gui.style.theme import Theme
from workbench.gui.use.class_scores import LEAST_SCORE, count, paint_bars, paint_words, unsure


def _paint(painter: QPainter, area: QRectF, item: Mapping[str, Any],
           color: Callable[[str], QColor], theme: Theme) -> None:
    if "scores" in item:
        paint_bars(painter, area, item["scores"], color, theme, on_picture=True)
    else:
        paint_words(painter, area, item["label"], theme)


LOOK = AnswerLook(limits=(LEAST_SCORE,), asked={}, pack=dict, shown=unsure, count=count,
                  paint=_paint)
