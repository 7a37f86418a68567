"""Boxes on an image, as people draw them.

Pure Python on purpose: the window paints its first image before numpy is imported.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Self

Box = tuple[float, float, float, float]
"""``(xmin, ymin, xmax, ymax)`` in image pixels, 0-based, half-open."""


@dataclass(frozen=True, slots=True)
class LabeledBox:
    """One object on an image.

    Parameters
    ----------
    label
        Name of its class.
    box
        ``(xmin, ymin, xmax, ymax)`` in pixels of the displayed image, 0-based, half-open.
    difficult, truncated
        The flags of Pascal VOC; a difficult object is neither hit nor miss in evaluation.
    source
        Position of the object in the file that the document was read from, or None for one that
        was drawn since. A writer uses it to leave everything it does not understand in place.
    """

    label: str
    box: Box
    difficult: bool = False
    truncated: bool = False
    source: int | None = None

    @property
    def width(self) -> float:
        return self.box[2] - self.box[0]

    @property
    def height(self) -> float:
        return self.box[3] - self.box[1]

    def with_box(self, box: Box) -> Self:
        return replace(self, box=box)

    def with_label(self, label: str) -> Self:
        return replace(self, label=label)

    def in_order(self) -> Self:
        """With the smaller coordinates first; some programs write corners the other way round."""
        (x1, y1, x2, y2) = self.box
        if x1 <= x2 and y1 <= y2:
            return self
        return replace(self, box=(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)))


@dataclass(frozen=True, slots=True)
class Annotation:
    """All that is known about one image: immutable, so that undo keeps plain references.

    Parameters
    ----------
    objects
        In file order; drawn ones are appended.
    size
        ``(width, height)`` in pixels as the file states it, or None.
    verified
        Whether a person has marked the whole image as checked.
    """

    objects: tuple[LabeledBox, ...] = field(default=())
    size: tuple[int, int] | None = None
    verified: bool = False

    def counts(self) -> Counter[str]:
        """Number of objects for each class name."""
        return Counter(item.label for item in self.objects)
