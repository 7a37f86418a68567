"""What measured objects come to by class and by image."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from workbench.core.arrays import Float64Array, IntArray
from workbench.core.deviation import sample_deviation
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
    return Spread(len(some), float(some.mean()), sample_deviation(some), float(np.median(some)),
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


class MeasuredSample(NamedTuple):
    """The objects of one image, the regions of one sound, or the tracks of one video."""

    key: str
    objects: int
    extent: float
    """Area of all objects together, or seconds, or the length of the paths of all tracks; overlaps
    count twice."""
    share: float
    """Of the image or sound, 0 to 1, or more where objects overlap; nan of videos."""
    density: float
    """Objects by the area of the image, in :func:`density_unit`, or by minute; nan where that is
    not known."""


_LARGER = {"nm": ("µm²", 1e6), "µm": ("mm²", 1e6), "mm": ("cm²", 1e2), "cm": ("m²", 1e4),
           PIXEL: ("Mpx", 1e6)}


def density_unit(unit: str) -> tuple[str, float]:
    """By which area objects are counted where lengths have this unit, and how many of its squares
    that is: things that are measured in µm are counted by mm²."""
    return _LARGER.get(unit, (f"{unit}²", 1.0))


def by_sample(table: MeasuredTable, unit: str, rows: IntArray) -> list[MeasuredSample]:
    """Of each image or sound that was looked at, also of those with none of the ``rows``, in their
    order; areas are in the square of ``unit``."""
    number, sample = len(table.keys), table.sample[rows]
    counts = np.bincount(sample, minlength=number)

    def sums(values: Float64Array) -> Float64Array:
        return np.bincount(sample, np.nan_to_num(values[rows]), minlength=number).astype(float)

    if table.medium == "sounds":
        extents = known = sums(table.in_pixels[:, _place(table, "duration")])
        whole, density = table.sizes[:, 0], counts / (table.sizes[:, 0] / 60)
    elif table.medium == "videos":
        extents = sums(table.values(unit)[:, _place(table, "path")])
        if unit != PIXEL:
            extents[np.isnan(table.pixel[:, 0])] = np.nan
        known = np.full(number, np.nan)
        whole = np.where(table.sizes[:, 0] > 0, table.sizes[:, 0], np.nan)
        density = counts / (whole / 60)
    else:
        at = _place(table, "area")
        known, extents = sums(table.in_pixels[:, at]), sums(table.values(unit)[:, at])
        one = np.ones(number) if unit == PIXEL else table.pixel.prod(1)
        whole = np.where(table.sizes.prod(1) > 0, table.sizes.prod(1), np.nan)
        density = counts / (whole * one) * density_unit(unit)[1]
        extents[np.isnan(one)] = np.nan
    return [MeasuredSample(*row) for row in zip(
        table.keys, counts.tolist(), extents.tolist(), (known / whole).tolist(), density.tolist(),
        strict=True)]


def _place(table: MeasuredTable, id: str) -> int:
    return next(at for at, item in enumerate(table.columns) if item.id == id)
