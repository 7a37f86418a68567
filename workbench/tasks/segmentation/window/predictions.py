"""Areas in any images, as Predict shows them."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.byte_store import ByteStore
from workbench.core.class_maps import LEAST_PIXELS, LEVELS, LIKELIER, ClassMap, level_of
from workbench.core.folders import user_cache_folder
from workbench.extension.predictions import FoundThing, Limit, PredictionDisplay
from workbench.extension.saving import Limits, least_score
from workbench.tasks.segmentation.saving import areas_of_answer, found_shares

if TYPE_CHECKING:
    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QColor, QPainter

    from workbench.gui.style.theme import Theme


_STORE = ByteStore(user_cache_folder())
"""An hour of video is some gigabytes of maps."""


class _Packed:
    """The map of one file, and how many of its pixels score what: all that a slider asks for."""

    __slots__ = ("_labels", "_levels", "_size", "classes", "counts", "file", "pixels", "size")

    def __init__(self, item: Mapping[str, Any]) -> None:
        found = item["map"]
        self.file: str = item["file"]
        self.size: tuple[int, int] = tuple(item["size"])
        self.classes: tuple[str, ...] = tuple(item["classes"])
        self._size: tuple[int, int] = tuple(found["size"])
        self._labels, self._levels = (_STORE.keep(b64decode(found[name]))
                                      for name in ("labels", "levels"))
        self.pixels = self._size[0] * self._size[1]
        self.counts = ClassMap.of_json(found).histogram(len(self.classes)).astype(np.uint32)

    @property
    def map(self) -> dict[str, Any]:
        """The map as an answer has it."""
        return {"size": list(self._size),
                "labels": b64encode(self._labels.get()).decode("ascii"),
                "levels": b64encode(self._levels.get()).decode("ascii")}

    def above(self, limits: Limits) -> list[int]:
        """How many pixels of each class score enough."""
        return [int(counts[level_of(least_score(limits, name)):].sum())
                for name, counts in zip(self.classes, self.counts, strict=True)]


def _shown(packed: _Packed, limits: Limits) -> dict[str, Any]:
    numbers = packed.above(limits)
    return {"file": packed.file, "size": packed.size, "classes": list(packed.classes),
            "map": packed.map,
            "least": {name: least_score(limits, name) for name in packed.classes},
            "areas": {name: round(number / packed.pixels, 6)
                      for name, number in zip(packed.classes, numbers, strict=True)}}


def _shares(packed: _Packed, limits: Limits) -> dict[str, float]:
    return {name: number / packed.pixels
            for name, number in zip(packed.classes, packed.above(limits), strict=True)
            if number >= LEAST_PIXELS}


def _count(packed: _Packed, limits: Limits) -> tuple[dict[str, int], float]:
    """The classes that are there, and the mean score of their pixels: the best one is nearly 1 in
    any image."""
    there, pixels, score = {}, 0, 0.0
    for name, number, counts in zip(packed.classes, packed.above(limits), packed.counts,
                                    strict=True):
        if number >= LEAST_PIXELS:
            first = level_of(least_score(limits, name))
            there[name] = 1
            pixels += number
            score += float(counts[first:] @ np.arange(first, LEVELS + 1)) / LEVELS
    return there, score / pixels if pixels else 0.0


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
                  "raise it where they are too large", step=1 / LEVELS),),
    asked={}, pack=_Packed, shown=_shown, count=_count, shares=_shares, paint=_paint,
    suggests=lambda _packed: True, class_limits=True, things=_things, found=("area", "areas"),
)
