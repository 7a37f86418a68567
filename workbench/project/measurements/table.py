"""Measured objects as rows of arrays: of labels and of what a model found alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.annotation import Attributes, LabeledObject
from workbench.core.arrays import Float64Array, IntArray
from workbench.core.brightness import brightness_of
from workbench.core.errors import Problem
from workbench.core.measurements import (
    MEASUREMENTS,
    NO_BRIGHTNESS,
    PIXEL,
    Measurement,
    line_measurement,
    numbers_of,
)
from workbench.core.outlines import Keypoints
from workbench.core.pixel_size import PixelSize, convert
from workbench.core.shape_figures import NO_LINES, SQUARE, Scale, figures_of
from workbench.core.shapes import Bounds, Box
from workbench.core.skeletons import NO_SKELETONS, Skeleton

Values = NDArray[Any]
"""(H, W) or (H, W, 3): an image."""


@dataclass(frozen=True, slots=True)
class MeasuredTable:
    """A row for each object."""

    keys: tuple[str, ...]
    """The samples that were looked at, also those without an object."""
    sizes: Float64Array
    """float64 (S, 2): their width and height in pixels."""
    pixel: Float64Array
    """float64 (S, 2): width and height of a pixel in :attr:`unit`, nan where it is not known."""
    unit: str
    """The unit in which most of them are known, "" where none is."""
    columns: tuple[Measurement, ...]
    """What was measured."""
    classes: tuple[str, ...]
    """In the order in which they are met."""
    sample: IntArray
    label: IntArray
    place: IntArray
    """Of each object: the numbers of its sample, of its class, and its own in the sample."""
    owner: IntArray
    """The place of the label that each is, or is a part of."""
    boxes: Float64Array
    """float64 (N, 4): the bounds of each (xyxy), as it is drawn."""
    attributes: tuple[Attributes, ...]
    """What else is said of each."""
    in_pixels: Float64Array
    in_units: Float64Array
    """float64 (N, columns): lengths in pixels, and in :attr:`unit`; nan where that is not known, or
    means nothing."""
    problems: tuple[Problem, ...] = ()
    """What could not be read."""
    looked_inside: bool = False
    """Whether pixels were looked at."""
    boxed: bool = False
    """Whether any of them is a box, which is measured as the rectangle that it is."""
    medium: str = "images"
    """Or "sounds", of which the objects are regions, sizes are (seconds, highest Hz), and nothing
    has a unit of length; or "videos", of which they are tracks, and sizes are (seconds, frames)."""

    @property
    def units(self) -> tuple[str, ...]:
        """In which lengths can be said, the most telling first."""
        return (self.unit, PIXEL) if self.unit else (PIXEL,)

    def values(self, unit: str) -> Float64Array:
        """float64 (N, columns), lengths in one of :attr:`units`."""
        return self.in_pixels if unit == PIXEL else self.in_units

    def filled(self, values: Float64Array) -> list[int]:
        """The places of the columns that say something of any object."""
        return np.flatnonzero(np.isfinite(values).any(0)).tolist()

    @property
    def unknown(self) -> int:
        """How many samples have no size of a pixel in :attr:`unit`."""
        return int(np.isnan(self.pixel[:, 0]).sum()) if self.medium != "sounds" else 0

    def names_of_attributes(self) -> list[str]:
        """All that are said of any object, in the order in which they are met."""
        return list(dict.fromkeys(name for one in self.attributes for name in one))

    def of_classes(self, names: Sequence[str]) -> IntArray:
        """The rows of these classes; of all, without any."""
        if not names:
            return np.arange(len(self.label))
        wanted = [place for place, name in enumerate(self.classes) if name in names]
        return np.flatnonzero(np.isin(self.label, wanted))


@dataclass(slots=True)
class _Rows:
    sample: list[int] = field(default_factory=list)
    label: list[int] = field(default_factory=list)
    place: list[int] = field(default_factory=list)
    owner: list[int] = field(default_factory=list)
    boxes: list[Bounds] = field(default_factory=list)
    attributes: list[Attributes] = field(default_factory=list)
    pixels: list[Float64Array] = field(default_factory=list)
    stretched: dict[int, Float64Array] = field(default_factory=dict)
    """Of rows whose pixels are no squares, in the unit of their sample."""
    lines: dict[str, dict[int, tuple[float, float]]] = field(default_factory=dict)
    """By the name of a line and the row: how long it is in pixels, and in the sample's unit."""


class Measurer:
    """Measures the objects of one sample after the other.

    Parameters
    ----------
    skeletons
        By class, which key points are joined.
    """

    def __init__(self, skeletons: Mapping[str, Skeleton] = NO_SKELETONS) -> None:
        self._skeletons = skeletons
        self.problems: list[Problem] = []
        """What could not be read; add to it."""
        self._keys: list[str] = []
        self._sizes: list[tuple[float, float]] = []
        self._known: list[PixelSize | None] = []
        self._classes: dict[str, int] = {}
        self._measurements: dict[str, Measurement] = {}
        self._rows = _Rows()
        self._looked = self._boxed = False

    def add(self, key: str, objects: Sequence[LabeledObject], size: tuple[float, float],
            pixel: PixelSize | None = None, values: Values | None = None,
            classes: Sequence[str] = (), drawn_on: tuple[int, int] | None = None,
            owners: Sequence[int] = ()) -> None:
        """Measure the objects of a sample.

        Parameters
        ----------
        size
            Its width and height in pixels.
        pixel
            How large one is, where that is known.
        values
            The image, where what is inside is to be looked at.
        classes
            Which are measured; all without any.
        drawn_on
            (width, height) of the picture over the sample that objects are drawn on, where that is
            another one.
        owners
            Of each object the place of the label that it is a part of; its own without any.
        """
        self._keys.append(key)
        self._sizes.append(size)
        self._known.append(pixel)
        self._looked = self._looked or values is not None
        for place, item in enumerate(objects):
            if not classes or item.label in classes:
                self._rows.owner.append(owners[place] if owners else place)
                self._measure(place, item, pixel, values, drawn_on)

    @np.errstate(over="ignore", invalid="ignore")
    def _measure(self, place: int, item: LabeledObject, pixel: PixelSize | None,
                 values: Values | None, drawn_on: tuple[int, int] | None) -> None:
        cell = SQUARE if drawn_on is None else _cell(self._sizes[-1], drawn_on)
        rows, number = self._rows, len(self._rows.sample)
        rows.sample.append(len(self._keys) - 1)
        rows.label.append(self._classes.setdefault(item.label, len(self._classes)))
        rows.place.append(place)
        rows.boxes.append(item.shape.bounds())
        self._boxed = self._boxed or isinstance(item.shape, Box)
        rows.attributes.append(item.attributes)
        skeleton = self._skeletons.get(item.label, NO_LINES)
        figures = figures_of(item.shape, cell, skeleton)
        inside = NO_BRIGHTNESS if values is None else brightness_of(item.shape, values, drawn_on)
        rows.pixels.append(numbers_of(figures, inside))
        real = figures
        if pixel is not None and not pixel.square:
            real = figures_of(item.shape, (cell[0] * pixel.x, cell[1] * pixel.y), skeleton)
            rows.stretched[number] = numbers_of(real, inside)
        if isinstance(item.shape, Keypoints):
            factor = 1.0 if pixel is None or not pixel.square else pixel.x
            for (one, other), length, true in zip(skeleton.lines, figures.lines, real.lines,
                                                  strict=True):
                named = line_measurement(skeleton.points[one], skeleton.points[other])
                self._measurements.setdefault(named.id, named)
                rows.lines.setdefault(named.id, {})[number] = (length, true * factor)

    def table(self) -> MeasuredTable:
        """All that was measured."""
        rows = self._rows
        columns = (*MEASUREMENTS, *self._measurements.values())
        sample = np.array(rows.sample, np.int64)
        in_pixels = np.full((len(sample), len(columns)), np.nan)
        if len(sample):
            in_pixels[:, :len(MEASUREMENTS)] = rows.pixels
        for at, name in enumerate(self._measurements, len(MEASUREMENTS)):
            for number, (length, _) in rows.lines.get(name, {}).items():
                in_pixels[number, at] = length
        unit, pixel = common_unit(self._known)
        in_units = self._in_units(in_pixels, pixel, columns)
        for values in (in_pixels, in_units):
            values[~np.isfinite(values)] = np.nan  # of coordinates that are no places
        return MeasuredTable(
            tuple(self._keys), np.array(self._sizes, float).reshape(-1, 2), pixel, unit, columns,
            tuple(self._classes), sample, np.array(rows.label, np.int64),
            np.array(rows.place, np.int64), np.array(rows.owner, np.int64),
            np.array(rows.boxes, float).reshape(-1, 4), tuple(rows.attributes), in_pixels,
            in_units, tuple(self.problems), self._looked,
            self._boxed)

    @np.errstate(over="ignore")
    def _in_units(self, in_pixels: Float64Array, pixel: Float64Array,
                  columns: Sequence[Measurement]) -> Float64Array:
        """``in_pixels`` with lengths in the common unit."""
        rows, powers = self._rows, np.array([item.power for item in columns])
        sample = np.array(rows.sample, np.int64)
        found: Float64Array = in_pixels * np.sqrt(pixel[:, 0] * pixel[:, 1])[sample, None] ** powers
        for number, numbers in rows.stretched.items():
            factor = self._factor(rows.sample[number], pixel)
            found[number, :len(numbers)] = numbers * factor ** powers[:len(numbers)]
        for at, name in enumerate(self._measurements, len(MEASUREMENTS)):
            for number, (_, true) in rows.lines[name].items():
                found[number, at] = true * self._factor(rows.sample[number], pixel)
        return found

    def _factor(self, sample: int, pixel: Float64Array) -> float:
        """From the unit of a sample to the common one; nan where there is none."""
        known = self._known[sample]
        return float(pixel[sample, 0]) / known.x if known is not None else np.nan


def _cell(size: tuple[float, float], drawn_on: tuple[int, int]) -> Scale:
    """Width and height of a pixel of what objects are drawn on, in pixels of the sample."""
    return size[0] / drawn_on[0], size[1] / drawn_on[1]


def common_unit(known: Sequence[PixelSize | None]) -> tuple[str, Float64Array]:
    """The unit in which most sizes are known, and float64 (S, 2): all of them in it, nan for those
    that are not known or of a unit that cannot be turned into it."""
    pixel = np.full((len(known), 2), np.nan)
    units = Counter(size.unit for size in known if size is not None)
    if not units:
        return "", pixel
    unit = units.most_common(1)[0][0]
    for number, size in enumerate(known):
        factor = None if size is None else convert(1.0, size.unit, unit)
        if size is not None and factor is not None:
            pixel[number] = size.x * factor, size.y * factor
    return unit, pixel
