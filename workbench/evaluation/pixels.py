"""How good areas are, pixel by pixel: confusion, IoU (Jaccard) and Dice of each class.

All that can be asked at any least score is kept in one small table of an image,
:func:`pixel_table`; tables are added up.

Sources: Everingham et al., 2010, section 5.3 (mean IoU as the VOC challenge has it); Dice, 1945.
Here the mean is over the classes, without the background: it is most of a picture and easy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.class_maps import LEVELS, UNKNOWN, Areas, ClassMap, level_of

Counts = NDArray[np.int64]
_AT_ONCE = 200_000  # pixels that are counted together: so few lie in the processor's cache
BACKGROUND = "background"
"""What is shown of pixels where nothing is; never a class of a run."""


def pixel_table(found: ClassMap, truth: Areas, classes: int) -> Counts:
    """What was found where something is true, int64 (1 + C, C, LEVELS + 1): pixels by their true
    value (0 is background), their likeliest class and its level. Unknown pixels are left out."""
    length = (2 + classes) * classes * (LEVELS + 1)  # with a row for what nobody knows
    kind = np.uint16 if length <= 1 << 16 else np.uint32
    counts = np.zeros(length, np.int64)
    rows = max(1, _AT_ONCE // truth.shape[1])
    for top in range(0, len(truth), rows):
        part = slice(top, top + rows)
        code: NDArray[Any] = np.minimum(truth[part], min(UNKNOWN, classes + 1)).astype(kind)
        code *= kind(classes)
        code += found.labels[part]
        code *= kind(LEVELS + 1)
        code += found.levels[part]
        counts += np.bincount(code.ravel(), minlength=length)
    return counts.reshape(2 + classes, classes, LEVELS + 1)[:-1]


def confusion_at(table: Counts, least: float) -> Counts:
    """Pixels by true value (rows) and found value (columns), int64 (1 + C, 1 + C), of scores from
    ``least`` on."""
    level = level_of(least)
    found = table[:, :, level:].sum(2)
    return np.concatenate([table[:, :, :level].sum((1, 2))[:, None], found], 1)


@dataclass(frozen=True, slots=True)
class AreaFigures:
    """Figures of one class; NaN where there is nothing to divide by."""

    name: str
    iou: float
    """Pixels that are true and found, of all that are one or the other."""
    dice: float
    precision: float
    recall: float
    truth: int
    found: int
    """Pixels that are, and that were found."""


@dataclass(frozen=True, slots=True)
class PixelEvaluation:
    """What a model says of pixels beside what is true."""

    classes: tuple[str, ...]
    confusion: Counts
    """int64 (1 + C, 1 + C): true value in rows, found value in columns; the first is background."""
    images: int
    least: float
    """Score from which on a pixel counts."""

    @property
    def per_class(self) -> list[AreaFigures]:
        """Of the background first, then of each class."""
        hits = np.diag(self.confusion)
        truth, found = self.confusion.sum(1), self.confusion.sum(0)
        return [AreaFigures(
            name, _share(hit, real + seen - hit), _share(2 * hit, real + seen), _share(hit, seen),
            _share(hit, real), int(real), int(seen))
            for name, hit, real, seen in zip((BACKGROUND, *self.classes), hits.tolist(),
                                             truth.tolist(), found.tolist(), strict=True)]

    @property
    def miou(self) -> float:
        """The mean IoU of the classes that are there or were found; NaN where none is."""
        return _mean([item.iou for item in self.per_class[1:]])

    @property
    def mean_dice(self) -> float:
        """The mean Dice of the same."""
        return _mean([item.dice for item in self.per_class[1:]])

    @property
    def pixel_accuracy(self) -> float:
        """The share of pixels that are what they are taken for, background among them."""
        return _share(int(np.trace(self.confusion)), int(self.confusion.sum()))

    def numbers(self) -> dict[str, float]:
        """The figures that exist, by name, as they are kept with a run."""
        found = {"miou": self.miou, "mean_dice": self.mean_dice,
                 "pixel_accuracy": self.pixel_accuracy}
        return {name: value for name, value in found.items() if not np.isnan(value)}

    def to_json(self) -> dict[str, Any]:
        """All figures as plain data; None for those that do not exist."""
        def plain(value: float) -> float | None:
            return None if np.isnan(value) else round(value, 6)

        return {
            "images": self.images, "pixels": int(self.confusion.sum()), "score_thresh": self.least,
            "miou": plain(self.miou), "mean_dice": plain(self.mean_dice),
            "pixel_accuracy": plain(self.pixel_accuracy),
            "per_class": [{
                "name": item.name, "iou": plain(item.iou), "dice": plain(item.dice),
                "precision": plain(item.precision), "recall": plain(item.recall),
                "truth": item.truth, "found": item.found} for item in self.per_class],
            "confusion": {"classes": [BACKGROUND, *self.classes],
                          "matrix": self.confusion.tolist()},
        }


def evaluate_pixels(tables: Iterable[Counts], classes: Sequence[str], least: float = 0.5
                    ) -> PixelEvaluation:
    """Figures of all images together, from their tables; each is needed only once."""
    total = np.zeros((1 + len(classes), len(classes), LEVELS + 1), np.int64)
    images = 0
    for table in tables:
        total += table
        images += 1
    return PixelEvaluation(tuple(classes), confusion_at(total, least), images, least)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _mean(values: Sequence[float]) -> float:
    there = [value for value in values if not np.isnan(value)]
    return sum(there) / len(there) if there else float("nan")
