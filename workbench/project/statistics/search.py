"""Which samples have an object of a size, a form or a trait, or are in a part of the split."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import FloatArray
from workbench.core.paths import folded
from workbench.project.datasets.splits import PARTS
from workbench.project.statistics.table import NO_PART, ObjectTable

Mask = NDArray[np.bool_]
Fits = Callable[[str, str], Callable[[Any], Any] | None]


class Condition(Protocol):
    """What is asked for (a :class:`~workbench.gui.label.filter_terms.Term`)."""

    @property
    def field(self) -> str: ...
    @property
    def sign(self) -> str: ...
    @property
    def value(self) -> str: ...
    @property
    def negated(self) -> bool: ...


def _width(table: ObjectTable) -> FloatArray:
    return table.bounds[:, 2] - table.bounds[:, 0]


def _height(table: ObjectTable) -> FloatArray:
    return table.bounds[:, 3] - table.bounds[:, 1]


def _size(table: ObjectTable) -> FloatArray:
    return np.asarray(np.sqrt(np.maximum(_width(table) * _height(table), 0)), np.float32)


def _aspect(table: ObjectTable) -> FloatArray:
    return np.asarray(_width(table) / np.maximum(_height(table), 1e-9), np.float32)


NUMBERS: dict[str, Callable[[ObjectTable], FloatArray]] = {
    "size": _size, "width": _width, "height": _height, "aspect": _aspect, "length": _width,
    "low": lambda table: table.bounds[:, 1], "high": lambda table: table.bounds[:, 3],
}
"""Of each object, by the name of the field: pixels, or seconds and Hz."""


NUMBERED = {"boxes": "box", "polygons": "polygon", "masks": "mask", "rotated": "rotated",
            "keypoints": "keypoints"}
"""What objects are counted of each sample, by the name of the field: one of the table's traits."""


def keys_where(table: ObjectTable, conditions: Iterable[Condition], fits: Fits) -> frozenset[str]:
    """Samples that fulfil all conditions.

    Those about objects (sizes, ``has`` and ``class``) are meant of one and the same object; one
    that is negated says that no object of the sample is so. How many objects there are of a shape
    is counted of all classes. What the sample as a whole ``has``
    holds for all its objects. A value that is no number fits nothing.

    Parameters
    ----------
    fits
        Gives the test of an array of numbers for a sign and a value, or None.
    """
    chosen = np.ones(len(table.keys), bool)
    objects = np.ones(len(table.sample), bool)
    wholes = np.ones(len(table.keys), bool)
    asked = False
    for item in conditions:
        if item.field == "split":
            chosen &= _in_part(table, item.value) != item.negated
            continue
        if item.field in NUMBERED:
            chosen &= _so_many(table, item, fits) != item.negated
            continue
        mask = _objects(table, item, fits)
        whole = _named(table.traits, table.of_sample, item.value, exact=False) \
            if item.field == "has" else np.zeros(len(table.keys), bool)
        if item.negated:
            chosen[table.sample[mask]] = False
            chosen &= ~whole
        else:
            objects &= mask | whole[table.sample]
            wholes &= whole
            asked = True
    if asked:
        some = wholes
        some[table.sample[objects]] = True
        chosen &= some
    return frozenset(table.keys[at] for at in np.flatnonzero(chosen).tolist())


def _in_part(table: ObjectTable, name: str) -> Mask:
    part = PARTS.index(name) if name in PARTS else NO_PART if name == "none" else -1
    return np.asarray(table.part == part)


def _so_many(table: ObjectTable, item: Condition, fits: Fits) -> Mask:
    """Samples with so many objects of a shape."""
    those = _named(table.traits, table.trait, NUMBERED[item.field], exact=False)
    numbers = np.bincount(table.sample[those], minlength=len(table.keys))
    test = fits(item.sign, item.value)
    return np.asarray(test(numbers), bool) if test is not None \
        else np.full(len(table.keys), item.negated)


def _objects(table: ObjectTable, item: Condition, fits: Fits) -> Mask:
    if item.field == "class":
        return _named(table.classes, table.label, item.value, exact=True)
    if item.field == "has":
        return _named(table.traits, table.trait, item.value, exact=False)
    test = fits(item.sign, item.value)
    if test is None:
        return np.zeros(len(table.sample), bool)
    return np.asarray(test(NUMBERS[item.field](table)), bool)


def _named(names: tuple[str, ...], numbers: NDArray[np.int32], value: str, *, exact: bool) -> Mask:
    """Objects whose class is called so, or holds the text where none is; of traits one of them."""
    plain = [folded(name) for name in names]
    if exact:
        wanted = [name == value for name in plain]
        wanted = wanted if any(wanted) else [value in name for name in plain]
    else:
        wanted = [any(trait == value or trait.partition("=")[0] == value
                      for trait in name.split("\n")) for name in plain]
    return np.array([*wanted, False], bool)[numbers]
