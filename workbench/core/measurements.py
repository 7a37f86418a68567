"""What is measured of objects: each measurement is declared once, for window, shell and files.

A measurement reads one number off what was computed of a shape, and of the pixels inside it
(:mod:`workbench.core.shape_figures`, :mod:`workbench.core.brightness`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from workbench.core.arrays import Float64Array
from workbench.core.brightness import Brightness
from workbench.core.shape_figures import ShapeFigures

PIXEL = "px"
"""The unit of lengths where the size of a pixel is not known."""
NO_BRIGHTNESS = Brightness()


@dataclass(frozen=True, slots=True)
class Measurement:
    """One number about an object."""

    id: str
    """Stable: the title of its column in files, before its unit."""
    title: str
    help: str
    """What people read: a name, and what it means in a sentence."""
    value: Callable[[ShapeFigures, Brightness], float] = lambda _shape, _inside: math.nan
    """Reads it off an object; nan of what is measured otherwise."""
    power: int = 0
    """Of the unit of length: 1 for a length, 2 for an area, 0 for what has none."""
    unit: str = ""
    """A unit of its own, as "°"."""
    per: str = ""
    """What stands behind a unit of length: "/s" of a speed."""
    pixels: bool = False
    """Whether the image has to be read for it."""

    def unit_in(self, length: str) -> str:
        """Its unit where lengths have this one: "µm²"; "" for none."""
        return self.unit if not self.power else \
            f"{length}{'²' if self.power == 2 else ''}{self.per}"

    def column(self, length: str) -> str:
        """The title of its column in a file: "area (µm²)"."""
        unit = self.unit_in(length)
        return f"{self.id} ({unit})" if unit else self.id


def _ratio(above: float, below: float) -> float:
    return above / below if below > 0 else math.nan


def _circularity(shape: ShapeFigures, _inside: Brightness) -> float:
    # estimated perimeters of a few pixels are too short
    return min(1.0, _ratio(4 * math.pi * shape.area, shape.perimeter * shape.perimeter)) \
        if shape.perimeter > 0 else math.nan


MEASUREMENTS: tuple[Measurement, ...] = (
    Measurement("area", "Area", "What lies inside the outline, without holes; of a mask its pixels",
                lambda shape, _: shape.area, 2),
    Measurement("perimeter", "Perimeter",
                "Length of the outline, holes included; of a mask it is estimated, as the steps of "
                "its pixels are too long",
                lambda shape, _: shape.perimeter, 1),
    Measurement("width", "Width", "Of the upright box around it",
                lambda shape, _: shape.bounds[2] - shape.bounds[0], 1),
    Measurement("height", "Height", "Of the upright box around it",
                lambda shape, _: shape.bounds[3] - shape.bounds[1], 1),
    Measurement("centre_x", "Centre X", "Of its area, from the left edge of the image",
                lambda shape, _: shape.centre[0], 1),
    Measurement("centre_y", "Centre Y", "Of its area, from the upper edge of the image",
                lambda shape, _: shape.centre[1], 1),
    Measurement("feret_max", "Max. Feret",
                "Its length: the largest distance between two of its points",
                lambda shape, _: shape.feret[0], 1),
    Measurement("feret_min", "Min. Feret",
                "Its breadth: the narrowest gap between two walls that it fits through",
                lambda shape, _: shape.feret[1], 1),
    Measurement("major_axis", "Major axis",
                "The longer axis of the ellipse with the same second moments",
                lambda shape, _: shape.axes[0], 1),
    Measurement("minor_axis", "Minor axis",
                "The shorter axis of the ellipse with the same second moments",
                lambda shape, _: shape.axes[1], 1),
    Measurement("angle", "Angle",
                "Of the major axis to the horizontal, anticlockwise, 0 to 180; none where all "
                "directions are alike",
                lambda shape, _: shape.angle, unit="°"),
    Measurement("equivalent_diameter", "Equivalent diameter", "Of the disc with the same area",
                lambda shape, _: math.sqrt(4 * shape.area / math.pi), 1),
    Measurement("circularity", "Circularity",
                "4π × area / perimeter²: 1 for a disc, the less the more it is drawn out or frayed",
                _circularity),
    Measurement("aspect_ratio", "Aspect ratio", "Major by minor axis: 1 for a disc",
                lambda shape, _: _ratio(*shape.axes)),
    Measurement("solidity", "Solidity",
                "Area by the area of the convex hull: 1 where nothing is dented",
                lambda shape, _: _ratio(shape.area, shape.hull_area)),
    Measurement("lines", "Joined points",
                "Length of all lines between its key points; of those whose both ends are there",
                lambda shape, _: _total(shape.lines), 1),
    Measurement("mean", "Mean grey",
                "Mean of the values inside it, as the file has them; of colours, their luminance",
                lambda _, inside: inside.mean, pixels=True),
    Measurement("sd", "SD of grey", "Standard deviation of the grey values inside it",
                lambda _, inside: inside.deviation, pixels=True),
    Measurement("min", "Darkest", "Smallest grey value inside it",
                lambda _, inside: inside.least, pixels=True),
    Measurement("max", "Brightest", "Largest grey value inside it",
                lambda _, inside: inside.most, pixels=True),
    Measurement("integrated", "Integrated grey", "Sum of all grey values inside it",
                lambda _, inside: inside.total, pixels=True),
    Measurement("mean_red", "Mean red", "Mean of the red values inside it; none in grey images",
                lambda _, inside: inside.colors[0], pixels=True),
    Measurement("mean_green", "Mean green", "Mean of the green values inside it; none in grey "
                "images", lambda _, inside: inside.colors[1], pixels=True),
    Measurement("mean_blue", "Mean blue", "Mean of the blue values inside it; none in grey images",
                lambda _, inside: inside.colors[2], pixels=True),
)
"""In the order of the columns."""


def _total(lines: Sequence[float]) -> float:
    known = [length for length in lines if not math.isnan(length)]
    return sum(known) if known else math.nan


def numbers_of(shape: ShapeFigures, inside: Brightness = NO_BRIGHTNESS) -> Float64Array:
    """All :data:`MEASUREMENTS` of an object, float64 (M,); nan where one means nothing of it."""
    return np.array([item.value(shape, inside) for item in MEASUREMENTS])


def line_measurement(one: str, other: str) -> Measurement:
    """The distance of two key points that are joined; what measures them knows its place."""
    return Measurement(f"{one}–{other}", f"{one} – {other}", "Distance of these two key points",
                       power=1)
