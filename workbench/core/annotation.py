"""What a person says about one sample: its objects, and labels of the whole.

Pure Python on purpose: the window paints its first image before numpy is imported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from workbench.core.shapes import Bounds, Box, Region, Shape

Attributes = Mapping[str, str | float | bool]
NO_ATTRIBUTES: Attributes = {}
"""Shared by all that have none; never changed."""
DIFFICULT, TRUNCATED, CHANNEL, POSE = "difficult", "truncated", "channel", "pose"


@dataclass(frozen=True, slots=True)
class LabeledObject:
    """One thing in one sample."""

    label: str
    """Name of its class; empty for a region without one."""
    shape: Shape
    """Where it is."""
    attributes: Attributes = field(default_factory=lambda: NO_ATTRIBUTES, hash=False)
    """What else is said of it, without what is not the case: ``difficult`` (neither hit nor miss in
    evaluation), ``truncated`` and ``pose`` of Pascal VOC, the ``channel`` that Raven counts from
    1."""
    source: int | None = None
    """Position of the object in the file that the document was read from, or None for one that was
    drawn since. A writer uses it to leave everything it does not understand in place."""

    # Any shape

    @property
    def box(self) -> Bounds:
        """The smallest upright rectangle around it."""
        return self.shape.bounds()

    @property
    def width(self) -> float:
        box = self.shape.bounds()
        return box[2] - box[0]

    @property
    def height(self) -> float:
        box = self.shape.bounds()
        return box[3] - box[1]

    @property
    def difficult(self) -> bool:
        return bool(self.attributes.get(DIFFICULT, False))

    @property
    def truncated(self) -> bool:
        return bool(self.attributes.get(TRUNCATED, False))

    def with_label(self, label: str) -> Self:
        return replace(self, label=label)

    def with_shape(self, shape: Shape) -> Self:
        return replace(self, shape=shape)

    def with_attribute(self, name: str, value: str | float | bool) -> Self:
        """With an attribute set; False takes it away."""
        rest = {key: item for key, item in self.attributes.items() if key != name}
        return replace(self, attributes=rest if value is False else {**rest, name: value})

    # Boxes

    def with_box(self, box: Bounds) -> Self:
        return replace(self, shape=Box(*box))

    def in_order(self) -> Self:
        """With the corners of a box in order."""
        shape = self.shape
        ordered = shape.in_order() if isinstance(shape, Box) else shape
        return self if ordered is shape else replace(self, shape=ordered)

    # Regions of sounds

    @property
    def region(self) -> Region:
        """Its shape, which must be a region of a sound."""
        assert isinstance(self.shape, Region), f"{self.label} is no region of a sound"
        return self.shape

    @property
    def start(self) -> float:
        return self.region.start

    @property
    def end(self) -> float:
        return self.region.end

    @property
    def low(self) -> float | None:
        return self.region.low

    @property
    def high(self) -> float | None:
        return self.region.high

    def with_region(self, **changes: Any) -> Self:
        """With other values of ``start``, ``end``, ``low`` or ``high``."""
        return replace(self, shape=replace(self.region, **changes))


@dataclass(frozen=True, slots=True)
class Annotation:
    """All that is known about one sample: immutable, so that undo keeps plain references."""

    objects: tuple[LabeledObject, ...] = ()
    """In file order; drawn ones are appended. The class of a sound as a whole is a region from 0 to
    its end over all frequencies: one table on disk holds both kinds, and Raven shows both."""
    labels: tuple[str, ...] = ()
    """Of the whole sample: one for single-label tasks, several for tags."""
    size: tuple[int, int] | None = None
    """``(width, height)`` in pixels as the file states it, or None."""
    verified: bool = False
    """Whether a person has marked the whole sample as checked."""
    attributes: Attributes = field(default_factory=lambda: NO_ATTRIBUTES, hash=False)
    """What else is said of the sample."""

    def counts(self) -> Counter[str]:
        """Number of objects for each class name."""
        return Counter(item.label for item in self.objects if item.label)

    def whole_label(self, duration: float) -> str | None:
        """The class of a clip as a whole, or None if it only has parts or nothing."""
        return next((item.label for item in self.objects if item.region.is_whole(duration)), None)
