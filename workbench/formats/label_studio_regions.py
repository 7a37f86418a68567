"""What Label Studio says of a region: its place, its classes, and what else was answered about it.

A region may be said in several results with one ``id``: its place, its class, a text. A brush is
packed bits: the number of values (32 bits), their size less one (5), four sizes of counts less one
(4 each), and then runs (a bit for equal values, two for the size of the count, the count less one,
the values). The values are red, green, blue and opacity of each pixel. Source: labelstud.io,
"Export", and rle-pack by thi.ng.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.core.outlines import Keypoints, Mask, Polygon, RotatedBox
from workbench.core.rings import turned_ring
from workbench.core.shapes import Box, Shape
from workbench.formats.label_json import entries, number, polygon_ring, ring_of_points
from workbench.formats.labelme import circle

PLACED = frozenset({"x", "points", "rle"})
"""Keys of what has a place in the image."""
SAID = {"number": "number", "rating": "rating", "textarea": "text", "datetime": "datetime",
        "choices": "choices", "taxonomy": "taxonomy"}
"""Controls that say something of an image or a region, and where."""
_CLASSES = ("rectanglelabels", "polygonlabels", "keypointlabels", "brushlabels", "ellipselabels",
            "labels")
_BYTE = frozenset(range(256))


@dataclass(slots=True)
class StudioRegion:
    """What all results of one region say."""

    where: str
    values: dict[str, Any] = field(default_factory=dict)
    kinds: list[str] = field(default_factory=list)
    said: dict[str, str | float | bool] = field(default_factory=dict)

    def take(self, kind: str, name: str, value: Mapping[str, Any]) -> None:
        """Add a result of this ``kind``, of the control ``name``."""
        if kind in SAID:
            self.said[name] = answer(value[SAID[kind]])
        else:
            self.values.update(value)
            self.kinds.append(kind)

    def classes(self) -> list[str]:
        found = (self.values.get(kind) for kind in _CLASSES)
        return [str(name) for names in found if isinstance(names, list) for name in names]

    def shape(self, size: tuple[int, int]) -> Shape:
        """Its place in an image of ``size``; ValueError or TypeError where it has none."""
        value, per_x, per_y = self.values, size[0] / 100, size[1] / 100
        if "rle" in value:
            return _brush(entries(value["rle"], "rle"), size)
        if "points" in value:
            ring = ring_of_points(value["points"], "points", (per_x, per_y))
            return Polygon((polygon_ring(ring),))
        angle = math.radians(number(value.get("rotation") or 0, "rotation"))
        if "radiusX" in value:
            x, y, across, down = (number(value.get(name), name)
                                  for name in ("x", "y", "radiusX", "radiusY"))
            around = circle((0.0, 0.0), across * per_x, down * per_y)
            return Polygon((turned_ring(around, angle, (x * per_x, y * per_y)),))
        if "height" in value:
            x, y, width, height = (number(value.get(name), name)
                                   for name in ("x", "y", "width", "height"))
            x, y, width, height = x * per_x, y * per_y, width * per_x, height * per_y
            if not angle:
                return Box(*(round(edge, 4) for edge in (x, y, x + width, y + height)))
            [middle] = turned_ring(((width / 2, height / 2),), angle, (x, y))
            return RotatedBox(middle, width, height, angle % math.tau)
        if "x" in value and any("keypoint" in kind for kind in self.kinds):
            point = number(value["x"], "x") * per_x, number(value.get("y"), "y") * per_y
            return Keypoints((point,), (2,))
        raise ValueError(f"a region “{', '.join(self.kinds)}” is not read")


def answer(value: Any) -> str | float | bool:
    """What a control says: a number, or lines of text."""
    texts = value if isinstance(value, list) else [value]
    if len(texts) == 1 and isinstance(texts[0], int | float):
        return texts[0]
    text = "\n".join(" / ".join(map(str, item)) if isinstance(item, list) else str(item)
                     for item in texts)
    return {"true": True, "false": False}.get(text, text)


def _brush(packed: list[Any], size: tuple[int, int]) -> Mask:
    import numpy as np

    from workbench.core.masks import mask_of_pixels

    if not all(type(value) is int and value in _BYTE for value in packed):
        raise ValueError("the runs of a brush are no bytes")
    bits = _Bits(bytes(packed))
    total, word = bits.read(32), bits.read(5) + 1
    counts = [bits.read(4) + 1 for _ in range(4)]
    if total != 4 * size[0] * size[1]:
        raise ValueError("a brush is not as large as its image")
    values = np.zeros(total, np.uint8)
    at = 0
    while at < total:
        same = bits.read(1)
        end = min(at + 1 + bits.read(counts[bits.read(2)]), total)
        if same:
            values[at:end] = bits.read(word) & 255
        else:
            values[at:end] = [bits.read(word) & 255 for _ in range(at, end)]
        at = end
    return mask_of_pixels(values[3::4].reshape(size[1], size[0]) > 0)


class _Bits:
    def __init__(self, data: bytes) -> None:
        self._bits = "".join(f"{byte:08b}" for byte in data)
        self._at = 0

    def read(self, size: int) -> int:
        word = self._bits[self._at:self._at + size]
        if len(word) < size:
            raise ValueError("the runs of a brush are cut off")
        self._at += size
        return int(word, 2)
