"""Areas in any images, as Predict shows them."""

from __future__ import annotations

from array import array
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.byte_store import ByteStore
from workbench.core.class_maps import LEVELS, LIKELIER, ClassMap, level_of
from workbench.core.folders import user_cache_folder
from workbench.core.splitting import LEAST_PIXELS, MOST_NECK
from workbench.extension.predictions import FoundThing, Limit, PredictionDisplay
from workbench.extension.saving import SPLIT, Limits, least_score
from workbench.tasks.segmentation.saving import areas_of_answer, found_shares

if TYPE_CHECKING:
    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QColor, QPainter

    from workbench.gui.style.theme import Theme


_STORE = ByteStore(user_cache_folder())
"""An hour of video is some gigabytes of maps."""


class _Packed:
    """The map of one file, and how many of its pixels score what: all that a slider asks for."""

    __slots__ = ("_above", "_labels", "_levels", "_size", "_sums", "classes", "file", "pixels",
                 "size")

    def __init__(self, item: Mapping[str, Any]) -> None:
        found = item["map"]
        self.file: str = item["file"]
        self.size: tuple[int, int] = tuple(item["size"])
        self.classes: tuple[str, ...] = tuple(item["classes"])
        self._size: tuple[int, int] = tuple(found["size"])
        self._labels, self._levels = (_STORE.keep(b64decode(found[name]))
                                      for name in ("labels", "levels"))
        self.pixels = self._size[0] * self._size[1]
        counts = ClassMap.of_json(found).histogram(len(self.classes))
        # arrays of Python: one number of them is had ten times as quickly as of numpy's
        self._above = [array("Q", row.tolist()) for row in _from_each(counts)]
        self._sums = [array("Q", row.tolist())
                      for row in _from_each(counts * np.arange(LEVELS + 1))]

    @property
    def map(self) -> dict[str, Any]:
        """The map as an answer has it."""
        return {"size": list(self._size),
                "labels": b64encode(self._labels.get()).decode("ascii"),
                "levels": b64encode(self._levels.get()).decode("ascii")}

    def above(self, limits: Limits) -> list[tuple[str, int, int]]:
        """Each class, how many of its pixels score enough, and the sum of their levels."""
        levels = (level_of(least_score(limits, name)) for name in self.classes)
        return [(name, number[level], total[level]) for name, number, total, level in zip(
            self.classes, self._above, self._sums, levels, strict=True)]


def _from_each(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sums of each row from each place on to its end."""
    return counts[:, ::-1].cumsum(1)[:, ::-1]


def _shown(packed: _Packed, limits: Limits) -> dict[str, Any]:
    return {"file": packed.file, "size": packed.size, "classes": list(packed.classes),
            "map": packed.map,
            "least": {name: least_score(limits, name) for name in packed.classes},
            SPLIT: limits.get(SPLIT, 0.0),
            "areas": {name: round(number / packed.pixels, 6)
                      for name, number, _ in packed.above(limits)}}


def _shares(packed: _Packed, limits: Limits) -> dict[str, float]:
    return {name: number / packed.pixels for name, number, _ in packed.above(limits)
            if number >= LEAST_PIXELS}


def _count(packed: _Packed, limits: Limits) -> tuple[dict[str, int], float]:
    """The classes that are there, and the mean score of their pixels: the best one is nearly 1 in
    any image."""
    there = [row for row in packed.above(limits) if row[1] >= LEAST_PIXELS]
    pixels, levels = sum(row[1] for row in there), sum(row[2] for row in there)
    return {row[0]: 1 for row in there}, levels / pixels / LEVELS if pixels else 0.0


def _things(item: Mapping[str, Any]) -> list[FoundThing]:
    """Each class, where it is."""
    areas = areas_of_answer(item)
    return [(name, areas == 1 + item["classes"].index(name)) for name, _ in found_shares(item)]


def _paint(painter: QPainter, area: QRectF, item: Mapping[str, Any],
           color: Callable[[str], QColor], theme: Theme) -> None:
    from workbench.tasks.segmentation.window.area_painting import paint_answer

    paint_answer(painter, area, item, color, theme)


DISPLAY = PredictionDisplay(
    limits=(Limit("score", "Least score", 0.05, 0.95, LIKELIER,
                  "Pixels below this score belong to no area: lower it where areas are too small, "
                  "raise it where they are too large", step=1 / LEVELS),
            Limit(SPLIT, "Split what touches", 0.0, MOST_NECK, 0.0,
                  "Cuts one area into several where its neck is narrower than this share of the "
                  "smaller one’s width, as where cells touch: 0.8 to 0.95 suit round things; at "
                  "the left end areas stay as they are. Counted, listed and suggested are then the "
                  "pieces", step=0.05, least_text="off")),
    asked={}, pack=_Packed, shown=_shown, count=_count, shares=_shares, paint=_paint,
    suggests=lambda _packed: True, class_limits=True, things=_things, found=("area", "areas"),
)
