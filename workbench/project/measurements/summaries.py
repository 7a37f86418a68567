"""What measured objects come to by class and by image."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from workbench.core.arrays import Float64Array, IntArray
from workbench.core.measurements import PIXEL
from workbench.project.measurements.table import MeasuredTable


class Spread(NamedTuple):
    """How numbers lie; nan where there are too few."""

    number: int = 0
    """How many there are; objects without a number are none."""
    mean: float = math.nan
    deviation: float = math.nan
    """Of a sample: n − 1."""
    median: float = math.nan
    least: float = math.nan
    most: float = math.nan


def spread_of(values: Float64Array) -> Spread:
    """How those of ``values`` lie that are numbers."""
    some = values[np.isfinite(values)]
    if not len(some):
        return Spread()
    deviation = float(some.std(ddof=1)) if len(some) > 1 else math.nan
    return Spread(len(some), float(some.mean()), deviation, float(np.median(some)),
                  float(some.min()), float(some.max()))


class MeasuredClass(NamedTuple):
    """The objects of one class: how many, and one measurement of them."""

    label: str
    objects: int
    spread: Spread


def by_class(table: MeasuredTable, values: Float64Array, rows: IntArray) -> list[MeasuredClass]:
    """Of each class that is among ``rows`` how the numbers ``values`` (N,) of its objects lie, the
    most frequent first."""
    counts = np.bincount(table.label[rows], minlength=len(table.classes))
    order = np.argsort(-counts, kind="stable")
    return [MeasuredClass(table.classes[at], int(counts[at]),
                         spread_of(values[rows[table.label[rows] == at]]))
            for at in order.tolist() if counts[at]]


class MeasuredImage(NamedTuple):
    """The objects of one image."""

    key: str
    objects: int
    area: float
    """Of all of them together; overlaps count twice."""
    share: float
    """Of the image, 0 to 1, or more where objects overlap."""
    density: float
    """Objects by the area of the image, in :func:`density_unit`; nan where that is not known."""


def density_unit(unit: str) -> tuple[str, float]:
    """By which area objects are counted where lengths have this unit, and how many of its squares
    that is."""
    return ("Mpx", 1e6) if unit == PIXEL else (f"{unit}²", 1.0)


def by_image(table: MeasuredTable, unit: str, rows: IntArray) -> list[MeasuredImage]:
    """Of each image that was looked at, also of those with none of the ``rows``, in their order.

    Areas are in the square of ``unit``.
    """
    place = next(at for at, item in enumerate(table.columns) if item.id == "area")
    number, sample = len(table.keys), table.sample[rows]
    counts = np.bincount(sample, minlength=number)
    pixels, areas = (np.bincount(sample, np.nan_to_num(values[rows, place]),
                                 minlength=number).astype(float)
                     for values in (table.in_pixels, table.values(unit)))
    whole = table.sizes.prod(1)
    one = np.ones(number) if unit == PIXEL else table.pixel.prod(1)
    whole = np.where(whole > 0, whole, np.nan)
    areas[np.isnan(one)] = np.nan
    density = counts / (whole * one) * density_unit(unit)[1]
    return [MeasuredImage(*row) for row in zip(
        table.keys, counts.tolist(), areas.tolist(), (pixels / whole).tolist(), density.tolist(),
        strict=True)]
