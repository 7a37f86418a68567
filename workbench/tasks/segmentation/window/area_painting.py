"""How areas are painted over a picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterStateGuard

from workbench.core.arrays import BoolArray
from workbench.core.class_maps import Areas, numbers_of
from workbench.core.splitting import Parts
from workbench.core.text import share_text
from workbench.extension.saving import SPLIT
from workbench.gui.style import tokens
from workbench.gui.style.painting import write
from workbench.gui.style.theme import Theme
from workbench.tasks.segmentation.saving import areas_of_answer, found_shares, parts_of_answer

FILL_ALPHA = 100
"""So much of its colour, of 255, lies over an area."""
MOST_WORDS = 6
"""Classes of which it is said what they cover, the largest."""
_LEAST_FOR_WORDS = 220.0  # logical pixels of a picture's width
_LINE, _MARK = 20.0, 9.0  # logical pixels
_GROUND_ALPHA = 225
_NOT_COUNTED: Mapping[str, int] = {}
_KEPT_SMALL, _KEPT_LARGE = 96, 4  # more than are in view: small ones, and models side by side
_DETAIL = 1.5  # pixels of an area for one of the screen, at most
_FINEST = 2048  # pixels of a side up to which pixels are divided, so that borders stay thin


def area_image(areas: Areas, inks: Sequence[QColor], *, edges: int, parts: Parts | None = None
               ) -> QImage:
    """Areas as a picture with transparent ground, faintly in the colours of their classes.

    Parameters
    ----------
    edges
        In how many pixels each is divided along a side, so that borders, one of these wide, are
        drawn that finely; 0 for none, and a picture of the areas' size.
    parts
        int32 (h, w): numbers of what touches and was split, which has borders, too.
    """
    if edges > 1:
        areas = areas.repeat(edges, 0).repeat(edges, 1)
        parts = parts.repeat(edges, 0).repeat(edges, 1) if parts is not None else None
    fill = np.zeros(256, np.uint32)
    line = np.zeros(256, np.uint32)
    for value, ink in enumerate(inks[:255], 1):
        fill[value], line[value] = _premultiplied(ink, FILL_ALPHA), _premultiplied(ink, 255)
    pixels = fill[areas]
    if edges:
        border = _borders(areas)
        if parts is not None:
            border |= _borders(parts) & (areas > 0)
        pixels[border] = line[areas[border]]
    height, width = areas.shape
    return QImage(np.ascontiguousarray(pixels).data, width, height, 4 * width,
                  QImage.Format.Format_ARGB32_Premultiplied).copy()


def _premultiplied(ink: QColor, alpha: int) -> int:
    red, green, blue = (channel * alpha // 255
                        for channel in (ink.red(), ink.green(), ink.blue()))
    return alpha << 24 | red << 16 | green << 8 | blue


def _borders(areas: Areas | Parts) -> BoolArray:
    """The outermost pixels of each area, those at the edge of the picture left out."""
    border = np.zeros(areas.shape, np.bool_)
    across, down = areas[:, 1:] != areas[:, :-1], areas[1:] != areas[:-1]
    border[:, 1:] |= across
    border[:, :-1] |= across
    border[1:] |= down
    border[:-1] |= down
    border &= areas > 0
    return border


def paint_areas(painter: QPainter, area: QRectF, image: QImage) -> None:
    """Draw such a picture over ``area``; enlarged, its pixels stay as sharp as they are."""
    with QPainterStateGuard(painter):
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform,
                              area.width() < 2 * image.width())
        painter.drawImage(area, image)


def paint_answer(painter: QPainter, area: QRectF, item: Mapping[str, Any],
                 color: Callable[[str], QColor], theme: Theme) -> None:
    """Draw what an answer says over ``area``, where its picture lies, and in a corner what each
    class covers, where there is room."""
    classes, found = tuple(item["classes"]), item["map"]
    width, height = found["size"]
    device = painter.device()
    screen = area.width() * (device.devicePixelRatioF() if device is not None else 1.0)
    step = int(width / max(1.0, _DETAIL * screen))
    edges = 0 if step > 1 else max(1, min(round(screen / width), _FINEST // max(width, height)))
    answer = _Answer(found["labels"], found["levels"], (width, height), classes,
                     tuple(sorted(item.get("least", {}).items())), item.get(SPLIT, 0.0))
    image = (_large if edges else _small)(_Look(
        answer, tuple(color(name).rgb() for name in classes), max(1, step), edges))
    paint_areas(painter, area, image)
    if area.width() >= _LEAST_FOR_WORDS:
        seen = area & painter.clipBoundingRect() if painter.hasClipping() else area
        paint_words(painter, seen, item, color, theme,
                    _split(answer)[1] if answer.split else _NOT_COUNTED)


class _Answer(NamedTuple):
    """What an answer says, as far as it is painted; can be remembered."""

    labels: str
    levels: str
    size: tuple[int, int]
    classes: tuple[str, ...]
    least: tuple[tuple[str, float], ...]
    split: float

    def item(self) -> dict[str, Any]:
        return {"map": {"size": list(self.size), "labels": self.labels, "levels": self.levels},
                "classes": self.classes, "least": dict(self.least), SPLIT: self.split}


class _Look(NamedTuple):
    """What a picture of areas is made of: the answer, the colours of the classes, every how
    many-th pixel is taken, and as :func:`area_image` has it."""

    answer: _Answer
    inks: tuple[int, ...]
    step: int
    edges: int


def _picture(look: _Look) -> QImage:
    areas = areas_of_answer(look.answer.item())
    parts = _split(look.answer)[0] if look.answer.split and look.edges else None
    half, step = look.step // 2, look.step
    return area_image(areas[half::step, half::step], list(map(QColor, look.inks)),
                      edges=look.edges, parts=parts)


@lru_cache(_KEPT_LARGE)
def _split(answer: _Answer) -> tuple[Parts, Counter[str]]:
    """The numbers of the pieces in a map, and how many there are of each class."""
    parts = parts_of_answer(answer.item())
    return (numbers_of(parts, answer.size),
            Counter(answer.classes[part.label] for part in parts))


# kept, as what is shown is painted at every movement of the mouse
_small, _large = lru_cache(_KEPT_SMALL)(_picture), lru_cache(_KEPT_LARGE)(_picture)


def paint_words(painter: QPainter, area: QRectF, item: Mapping[str, Any],
                color: Callable[[str], QColor], theme: Theme,
                numbers: Mapping[str, int] = _NOT_COUNTED) -> None:
    """A line for each class with its colour, in the lower left corner; where things were split
    with how many there are."""
    shares = found_shares(item)[:MOST_WORDS]
    if not shares:
        return
    lines = [f"{name} {share_text(share)}" + (f" · {numbers.get(name, 0):,}" if numbers else "")
             for name, share in shares]
    metrics, edge = painter.fontMetrics(), float(tokens.SPACE_S)
    wide = max(metrics.horizontalAdvance(words) for words in lines) + _MARK + 3 * edge
    card = QRectF(area.left(), area.bottom() - len(lines) * _LINE - edge,
                  min(wide, area.width()), len(lines) * _LINE + edge)
    if card.top() < area.top():
        return
    ground = theme.color("panel")
    ground.setAlpha(_GROUND_ALPHA)
    with QPainterStateGuard(painter):
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(card, tokens.RADIUS_CONTROL, tokens.RADIUS_CONTROL)
        for place, ((name, _), words) in enumerate(zip(shares, lines, strict=True)):
            y = card.top() + edge / 2 + place * _LINE
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color(name))
            painter.drawRoundedRect(QRectF(card.left() + edge, y + (_LINE - _MARK) / 2, _MARK,
                                           _MARK), 2, 2)
            left = card.left() + _MARK + 2 * edge
            write(painter, QRectF(left, y, card.right() - left - edge / 2, _LINE), words,
                  theme.color("ink"))
