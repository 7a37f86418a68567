"""Classes of whole files, as Predict shows them; images and sounds share it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from workbench.extension.predictions import FoundThing, Limit
from workbench.extension.saving import Limits, least_score
from workbench.gui.style import tokens
from workbench.gui.style.painting import RIGHT, paint_share, write
from workbench.gui.style.theme import Theme

MOST = 6
"""Classes that have a bar, the likeliest."""
LINE = 22
NAME, NUMBER = 110, 40
LEAST_SCORE = Limit("score", "Score", 0.0, 0.99, 0.5,
                    "A file whose class has a lower score counts as unsure")


def count(item: Mapping[str, Any], limits: Limits) -> tuple[dict[str, int], float]:
    """The class of the file, where it has a high enough score; its tags; or its number."""
    if "labels" in item:
        found = [float(item["scores"][name]) for name in item["labels"]]
        return dict.fromkeys(item["labels"], 1), max(found, default=0.0)
    if "scores" not in item:
        return {item["label"]: 1}, 0.0
    best = float(item["scores"][item["label"]])
    return ({item["label"]: 1}, best) if best >= least_score(limits, item["label"]) else ({}, 0.0)


def things(item: Mapping[str, Any]) -> list[FoundThing]:
    """The class of the file, where it has a high enough score, or its tags."""
    names = item["labels"] if "labels" in item else [item["label"]] if item["sure"] else []
    return [(name, None) for name in names]


def bars_area(area: QRectF, scores: Mapping[str, float]) -> QRectF:
    """Where :func:`paint_bars` paints where there is no picture."""
    lines = min(MOST, len(scores))
    return QRectF(area.left(), area.top(), min(area.width(), 480.0),
                  lines * LINE + tokens.SPACE_M)


def paint_bars(painter: QPainter, area: QRectF, scores: Mapping[str, float],
               color: Callable[[str], QColor], theme: Theme, *, on_picture: bool) -> QRectF:
    """A bar for each of the likeliest classes, in the lower left corner of a picture, or at the top
    where there is none; returns where they are."""
    best = sorted(scores, key=lambda name: -scores[name])[:MOST]
    width = min(area.width(), 320.0)
    card = QRectF(area.left(), area.bottom() - len(best) * LINE - tokens.SPACE_M, width,
                  len(best) * LINE + tokens.SPACE_M) if on_picture else bars_area(area, scores)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if on_picture:
        ground = theme.color("panel")
        ground.setAlpha(225)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(card, tokens.RADIUS_CONTROL, tokens.RADIUS_CONTROL)
    left = card.left() + tokens.SPACE_S
    lane = card.width() - NAME - NUMBER - 2 * tokens.SPACE_S
    for at, name in enumerate(best):
        y = card.top() + tokens.SPACE_M / 2 + at * LINE
        ink = theme.color("soft" if at else "ink")
        write(painter, QRectF(left, y, NAME - 4, LINE), name, ink)
        write(painter, QRectF(left + NAME + lane, y, NUMBER, LINE), f"{scores[name]:.2f}", ink,
              RIGHT)
        paint_share(painter, QRectF(left + NAME, y + 6, max(lane, 1.0), LINE - 12), scores[name],
                    color(name), theme)
    return card


def paint_words(painter: QPainter, area: QRectF, words: str, theme: Theme) -> None:
    """A few words, as a number, in the lower left corner of a picture."""
    width = painter.fontMetrics().horizontalAdvance(words) + 2 * tokens.SPACE_M
    card = QRectF(area.left(), area.bottom() - LINE - tokens.SPACE_S, width, LINE + tokens.SPACE_S)
    ground = theme.color("panel")
    ground.setAlpha(225)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(card, tokens.RADIUS_CONTROL, tokens.RADIUS_CONTROL)
    painter.setPen(theme.color("ink"))
    painter.drawText(card, Qt.AlignmentFlag.AlignCenter, words)
