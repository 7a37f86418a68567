"""Measured objects as the rows of CSV tables, their titles first."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from workbench.core.arrays import IntArray
from workbench.project.measurements.summaries import by_class, by_sample, density_unit, spread_of
from workbench.project.measurements.table import MeasuredTable
from workbench.project.statistics.figures import NOUNS

Row = Sequence[object]
_DIGITS = 8


def number_text(value: float) -> str:
    """A number as it stands in a table: eight digits, "" for none."""
    return "" if math.isnan(value) else f"{value:.{_DIGITS}g}"


def object_rows(table: MeasuredTable, unit: str, rows: IntArray, first: Row = (),
                places: Sequence[Row] | None = None) -> Iterator[Row]:
    """A row for each object.

    Parameters
    ----------
    unit
        Of lengths, one of those of the table.
    rows
        Which objects, in their order.
    first
        The titles of the columns that say which sample it is; one for its key, without any.
    places
        What stands in these, by the number of the sample; None for its key.
    """
    values = table.values(unit)
    filled, said = table.filled(values[rows]), table.names_of_attributes()
    sample_noun, noun = NOUNS[table.medium]
    yield (*(first or (sample_noun,)), noun, "label", *said,
           *(table.columns[at].column(unit) for at in filled))
    for number in rows.tolist():
        attributes = table.attributes[number]
        sample = int(table.sample[number])
        yield (*((table.keys[sample],) if places is None else places[sample]),
               int(table.place[number]) + 1,
               table.classes[table.label[number]],
               *(_said(attributes.get(name, "")) for name in said),
               *(number_text(value) for value in values[number, filled].tolist()))


def _said(value: str | float | bool) -> str | float:
    return str(value).lower() if isinstance(value, bool) else value


def class_rows(table: MeasuredTable, unit: str, rows: IntArray) -> Iterator[Row]:
    """A row for each class and measurement, and of each measurement one of all classes."""
    values = table.values(unit)
    yield ("label", "measurement", "unit", "objects", "with a value", "mean", "sd", "median", "min",
           "max")
    for at in table.filled(values[rows]):
        item = table.columns[at]
        made = [(one.label, one.objects, one.spread)
                for one in by_class(table, values[:, at], rows)]
        if len(made) > 1:
            made.append(("(all)", len(rows), spread_of(values[rows, at])))
        for label, objects, spread in made:
            yield (label, item.id, item.unit_in(unit), objects, spread.number,
                   *map(number_text, spread[1:]))


def sample_rows(table: MeasuredTable, unit: str, rows: IntArray) -> Iterator[Row]:
    """A row for each image, sound or video that was looked at."""
    if table.medium == "sounds":
        yield ("sound", "regions", "duration of regions (s)", "share of the sound",
               "regions per minute")
    elif table.medium == "videos":
        yield ("video", "tracks", f"length of all paths ({unit})", "tracks per minute")
    else:
        yield ("image", "objects", f"area of objects ({unit}²)", "share of the image",
               f"objects per {density_unit(unit)[0]}")
    for one in by_sample(table, unit, rows):
        numbers = (one.extent, one.density) if table.medium == "videos" else one[2:]
        yield (one.key, one.objects, *map(number_text, numbers))


def count_rows(table: MeasuredTable, unit: str, rows: IntArray) -> Iterator[Row]:
    """A row for each image, sound or video that was looked at, with how many there are of each
    class that is among the rows."""
    number = len(table.classes)
    counts = np.bincount(table.sample[rows] * number + table.label[rows],
                         minlength=len(table.keys) * number).reshape(len(table.keys), number)
    there = np.flatnonzero(counts.sum(0))
    sample_noun, _ = NOUNS[table.medium]
    yield (sample_noun, *(table.classes[at] for at in there.tolist()), "(all)")
    for key, row in zip(table.keys, counts.tolist(), strict=True):
        yield (key, *(row[at] for at in there.tolist()), sum(row))


def plain(table: MeasuredTable, unit: str, rows: IntArray) -> dict[str, Any]:
    """Plain data for ``--json``: each object with what is known of it."""
    values = table.values(unit)
    filled, (one, noun) = table.filled(values[rows]), NOUNS[table.medium]
    objects = []
    for number in rows.tolist():
        numbers = {table.columns[at].id: value
                   for at, value in zip(filled, values[number, filled].tolist(), strict=True)
                   if not math.isnan(value)}
        objects.append({one: table.keys[table.sample[number]],
                        noun: int(table.place[number]) + 1,
                        "label": table.classes[table.label[number]],
                        "attributes": dict(table.attributes[number]), **numbers})
    return {"unit": unit if table.medium != "sounds" else "", f"{one}s": len(table.keys),
            "without_pixel_size": table.unknown,
            "units": {table.columns[at].id: table.columns[at].unit_in(unit) for at in filled},
            f"{noun}s": objects}
