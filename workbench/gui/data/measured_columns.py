"""Measured objects, classes and images as the columns of tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from workbench.core.arrays import Float64Array
from workbench.core.measurements import Measurement
from workbench.core.text import count, several, share_text, tr
from workbench.core.video import time_text
from workbench.gui.widgets.tables import Column
from workbench.project.measurements.crossings import clock_text
from workbench.project.measurements.summaries import MeasuredClass, MeasuredSample, density_unit
from workbench.project.measurements.table import MeasuredTable
from workbench.project.measurements.tracks import TrackTable
from workbench.project.statistics.figures import NOUNS

USUAL = ("area", "perimeter", "feret_max", "feret_min", "circularity", "lines")
"""Columns that are shown where nobody chose others."""
_DIGITS = 4


def number_words(value: float, *, whole: bool = True) -> str:
    """Four digits, and all of those before the point: "0.7731", "48.56", "12,044"; "" for none.
    Without ``whole``, in a column where others have fractions, "13.00" for 13."""
    if math.isnan(value):
        return ""
    if value == round(value) and (whole or not value):
        return f"{value:,.0f}"
    if abs(value) < 1:
        return f"{value:{'' if whole else '#'}.{_DIGITS}g}"
    before = math.floor(math.log10(abs(value))) + 1
    return f"{value:,.{max(0, _DIGITS - before)}f}"


def title_of(item: Measurement, unit: str) -> str:
    """ "Area (µm²)"."""
    own = item.unit_in(unit)
    return f"{tr(item.title)} ({own})" if own else tr(item.title)


def sortable(value: float) -> float:
    """A number, or what is below all where there is none."""
    return -math.inf if math.isnan(value) else value


def object_columns(table: MeasuredTable, unit: str, shown: Sequence[int]) -> list[Column]:
    """Columns of tables whose records are rows of ``table``: image, number and class, the
    measurements at the places ``shown``, and what else is said of objects."""
    keys = [table.keys[at] for at in table.sample.tolist()]
    labels = [table.classes[at] for at in table.label.tolist()]
    places = (table.place + 1).tolist()
    values = table.values(unit)
    one, noun = NOUNS[table.medium]
    found = [
        Column(one.capitalize(), lambda row: (keys[row], places[row]),
               lambda row: PurePosixPath(keys[row]).name,
               tr("A click on a row shows its path") if table.medium == "videos" else
               tr("A click on a row leads there")),
        Column(noun.capitalize(), places.__getitem__, lambda row: f"{places[row]:,}",
               tr("Its number there"), figure=True),
        Column("Class", lambda row: labels[row].casefold(),
               lambda row: labels[row] or tr("no class"))]
    found += [_measured(table.columns[at], values[:, at], unit) for at in shown]
    return found + [_attribute(table, name) for name in table.names_of_attributes()]


def _attribute(table: MeasuredTable, name: str) -> Column:
    values = [one.get(name, "") for one in table.attributes]
    return Column(name, lambda row: _in_order(values[row]), lambda row: _said(values[row]))


def _in_order(value: str | float | bool) -> tuple[bool, float, str]:
    """Numbers by their size, texts behind them."""
    return (True, 0.0, value) if isinstance(value, str) else (False, float(value), "")


def _said(value: str | float | bool) -> str:
    return tr("yes") if value is True else "" if value is False else str(value)


def _measured(item: Measurement, values: Float64Array, unit: str) -> Column:
    numbers = values.tolist()
    whole = not (np.nan_to_num(values) % 1).any()
    return Column(title_of(item, unit), lambda row: sortable(numbers[row]),
                  lambda row: number_words(numbers[row], whole=whole), tr(item.help), figure=True)


def class_columns(item: Measurement, unit: str, noun: str) -> list[Column]:
    """Columns of :class:`MeasuredClass`, whose numbers are of one measurement."""
    behind = f" ({own})" if (own := item.unit_in(unit)) else ""

    def spread(title: str, place: int, tip: str) -> Column:
        def number(one: MeasuredClass) -> float:
            return float(one.spread[place])

        return Column(f"{tr(title)}{behind}", lambda one: sortable(number(one)),
                      lambda one: number_words(number(one)), tr(tip), figure=True)

    return [
        Column("Class", lambda one: one.label.casefold(), lambda one: one.label or tr("no class"),
               tr("A click shows its objects")),
        _whole(several(noun).capitalize(), lambda one: one.objects, tr("How many there are")),
        spread("Mean", 1, "Of this measurement over all of the class"),
        spread("SD", 2, "Standard deviation of a sample (n − 1)"),
        spread("Median", 3, "Half of them have less"),
        spread("Min", 4, "The smallest"), spread("Max", 5, "The largest")]


def sample_columns(unit: str, medium: str) -> list[Column]:
    """Columns of :class:`MeasuredSample`."""
    def number(title: str, value: Callable[[MeasuredSample], float], tip: str,
               words: Callable[[float], str] = number_words) -> Column:
        return Column(title, lambda one: sortable(value(one)), lambda one: words(value(one)), tip,
                      figure=True)

    timed, (one, noun) = medium != "images", NOUNS[medium]
    things = several(noun).capitalize()
    extent = {"sounds": tr("Duration of regions (s)"),
              "videos": tr("Length of all paths ({unit})", unit=unit)}.get(
                  medium, tr("Area of objects ({unit}²)", unit=unit))
    share = [] if medium == "videos" else [number(
        tr("Share"), lambda one: one.share,
        tr("Of the whole, that they cover; where they overlap, it counts twice"), _share)]
    return [
        Column(one.capitalize(), lambda one: one.key, lambda one: PurePosixPath(one.key).name,
               tr("A click leads to it")),
        _whole(things, lambda one: one.objects, tr("How many there are")),
        number(extent, lambda one: one.extent,
               tr("Of all of them together; where they overlap, it counts twice")),
        *share,
        number(tr("{things} per {unit}", things=things,
                  unit=tr("minute") if timed else density_unit(unit)[0]),
               lambda one: one.density, tr("By its duration") if timed else tr(
                   "By the area of the image"))]


def crossing_columns(table: TrackTable) -> list[Column]:
    """Columns of :class:`CrossingSum`."""
    clock = [] if all(began is None for began in table.began) else [
        Column("Clock", lambda one: one.clock or 0.0, lambda one: clock_text(one.clock),
               tr("When the interval begins, by the name of the video"))]
    return [
        Column("Video", lambda one: one.key, lambda one: PurePosixPath(one.key).name,
               tr("A click shows its paths")),
        Column("Line", lambda one: one.line.casefold(), lambda one: one.line),
        Column("From", lambda one: (one.first, one.key), lambda one: time_text(one.first),
               tr("In the video")),
        *clock,
        Column("Class", lambda one: one.label.casefold(), lambda one: one.label or tr("no class")),
        _whole(tr("In"), lambda one: one.ins, tr("In the direction of the arrow")),
        _whole(tr("Out"), lambda one: one.outs, tr("Against the direction of the arrow")),
        _whole(tr("Net"), lambda one: one.net, tr("How many more in than out"))]


def _share(share: float) -> str:
    return "" if math.isnan(share) else share_text(share)


def _whole(title: str, value: Callable[[Any], int], tip: str) -> Column:
    return Column(title, value, lambda one: f"{value(one):,}", tip, figure=True)


def number_listed(table: MeasuredTable, number: int) -> str:
    """ "12 of 40 objects in 3 images", of which so many are listed."""
    one, noun = NOUNS[table.medium]
    objects, all_of = count(number, noun), len(table.label)
    if number != all_of:
        objects = tr("{number:,} of {objects}", number=number, objects=count(all_of, noun))
    return tr("{objects} in {images}", objects=objects, images=count(len(table.keys), one))


def without_size_text(table: MeasuredTable, unit: str) -> str:
    """What is to be said of images or videos without a size of a pixel; "" for nothing."""
    if table.medium == "sounds":
        return ""
    videos = table.medium == "videos"
    if not table.unit:
        return tr("Lengths are in pixels, as of no video is known how large a pixel is.") \
            if videos else tr("Sizes are in pixels, as no image says how large a pixel is.")
    if table.unknown and unit == table.unit:
        return tr("{images} no known pixel size in {unit}: lengths and areas in them are left out.",
                  images=count(table.unknown, "video has", "videos have") if videos else
                  count(table.unknown, "image has", "images have"), unit=unit)
    return ""
