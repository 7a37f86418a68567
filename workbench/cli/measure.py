"""``workbench measure``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli import track_options
from workbench.core.errors import UsageError
from workbench.core.terminal import StatusLine, print_json
from workbench.core.text import count, listed, table_lines

if TYPE_CHECKING:
    from workbench.core.arrays import IntArray
    from workbench.project.measurements.summaries import Spread
    from workbench.project.measurements.table import MeasuredTable

_SHOWN = ("area", "perimeter", "feret_max", "feret_min", "circularity", "lines", "mean",
          "duration", "low", "high", "peak", "level", "path", "straightness", "mean_speed",
          "max_speed", "moving")
TABLES = ("objects", "classes", "samples", "counts")


def add(command: argparse.ArgumentParser) -> None:
    """Give ``measure`` its options."""
    command.add_argument("--class", action="append", default=[], dest="classes", metavar="NAME",
                         help="only objects of this class; more than once for several")
    command.add_argument("--output", type=Path, metavar="FILE.csv",
                         help="write a table; without it, means of each class are printed")
    command.add_argument("--table", choices=TABLES, default="objects",
                         help="what has a row in it: objects (the default), classes with mean, "
                         "standard deviation and median of each measurement, or samples (images, "
                         "sounds or videos) with count, covered share and density, or with "
                         "counts of each class")
    command.add_argument("--brightness", action="store_true",
                         help="also the grey values inside, as the files have them; reads all "
                         "images")
    command.add_argument("--split-touching", type=_share, default=0.0, metavar="SHARE",
                         help="of painted areas: cut a region where its neck is narrower than this "
                         "share (0..0.95) of the smaller side's width; 0.9 suits round things")
    command.add_argument("--pixels", action="store_true",
                         help="lengths in pixels, also where the size of a pixel is known")
    command.add_argument("--tracks", action="store_true",
                         help="measure the tracks of videos: how far, how fast, how straight, how "
                         "long; and at the lines and in the zones that were drawn on them")
    command.add_argument("--positions", type=Path, metavar="FILE.csv",
                         help="with --tracks: also write where each is in each frame")
    command.add_argument("--crossings", type=Path, metavar="FILE.csv",
                         help="with --tracks: also write which crosses which line, when and in "
                         "which direction")
    command.add_argument("--sum-every", type=track_options.duration, metavar="TIME",
                         help="with --crossings: in place of each crossing, how many there are of "
                         "each class in each interval, as “15 min”")
    command.add_argument("--events", action="store_true",
                         help="sum up the events of videos, by class and subject: how often, how "
                         "long, which share of the time, when first; --table classes over all "
                         "videos together")
    track_options.add(command)


def _share(text: str) -> float:
    from workbench.core.splitting import MOST_NECK

    value = float(text)
    if not 0 <= value <= MOST_NECK:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and {MOST_NECK}")
    return value


def measure(options: argparse.Namespace) -> int:
    """Measure the labelled objects, regions of sounds or tracks of videos of a project."""
    import numpy as np

    from workbench.core.measurements import PIXEL
    from workbench.project.manifest import Manifest
    from workbench.project.statistics.figures import NOUNS

    _check(options)
    if options.events:
        from workbench.cli.measure_events import measure_events

        return measure_events(options)
    line = StatusLine()
    table = _measured(options, line)
    line.clear()
    if unknown := sorted({*options.classes} - {*table.classes}):
        raise UsageError(f"no object of class {listed(unknown)} is labelled in "
                         f"{options.project.name}")
    unit, rows = PIXEL if options.pixels else table.units[0], np.arange(len(table.label))
    damaged = Manifest.load(options.project).problem  # so that scales in it are not known
    problems = [*table.problems, *([damaged] if damaged is not None else [])]
    for problem in problems:
        print(f"workbench measure: {problem.reason}", file=sys.stderr)
    if unit != PIXEL and table.unknown:
        one = NOUNS[table.medium][0]
        print(f"workbench measure: {count(table.unknown, f'{one} has', f'{one}s have')} no known "
              f"pixel size in {unit}; lengths and areas in them are left out", file=sys.stderr)
    _tell(table, unit, rows, options)
    if options.positions is not None:
        _write_positions(table, unit, rows, options)
    if options.crossings is not None:
        _write_crossings(table, rows, options)
    return 1 if problems else 0


def _check(options: argparse.Namespace) -> None:
    """Refuse what means nothing together."""
    asked = [name for name in ("positions", "crossings", *track_options.NAMES)
             if getattr(options, name) is not None]
    if asked and not options.tracks:
        raise UsageError(f"--{track_options.option(asked[0])} is about tracks of videos: --tracks")
    if options.sum_every is not None and options.crossings is None:
        raise UsageError("--sum-every is about crossings of lines: --crossings FILE.csv")
    if options.events and (options.tracks or options.brightness or options.split_touching):
        raise UsageError("--events sums up what happens in videos, and measures nothing else")
    if options.tracks and (options.brightness or options.split_touching):
        raise UsageError("tracks are boxes: --brightness and --split-touching mean nothing there")


def _measured(options: argparse.Namespace, line: StatusLine) -> MeasuredTable:
    """What there is to measure."""
    def progress(done: int, total: int) -> None:
        line.show(f"Measuring {done}/{total}")

    if not options.tracks:
        from workbench.project.measurements.labels import measure_labels

        return measure_labels(options.project, classes=options.classes, inside=options.brightness,
                              split=options.split_touching, progress=progress)
    from workbench.project.measurements.film_labels import STEPS, measure_tracks

    return measure_tracks(options.project, track_options.rules_of(options),
                          classes=options.classes,
                          progress=lambda done, total: progress(done // STEPS, total // STEPS))


def _tell(table: MeasuredTable, unit: str, rows: IntArray, options: argparse.Namespace) -> None:
    """Write or print the table."""
    from workbench.formats.csv_file import write_csv
    from workbench.project.measurements import rows as made

    if options.output is not None:
        make = {"objects": made.object_rows, "classes": made.class_rows,
                "samples": made.sample_rows, "counts": made.count_rows}[options.table]
        written = write_csv(options.output, make(table, unit, rows))
        words = f"{count(written, 'row')} written to {options.output}." if written else \
            "Nothing is labelled, so nothing was written."
        if not options.json:
            print(words)
        else:
            print_json({"rows": written, "file": str(options.output), "unit": unit})
    elif options.json:
        print_json(made.plain(table, unit, rows))
    else:
        for text in _lines(table, unit, rows):
            print(text)


def _write_positions(table: MeasuredTable, unit: str, rows: IntArray,
                     options: argparse.Namespace) -> None:
    from workbench.formats.csv_file import write_csv
    from workbench.project.measurements.tracks import TrackTable, position_rows

    assert isinstance(table, TrackTable)
    written = write_csv(options.positions, position_rows(table, unit, rows))
    if not options.json:
        print(f"{count(written, 'position')} written to {options.positions}." if written else
              "No track is labelled, so no positions were written.")


def _write_crossings(table: MeasuredTable, rows: IntArray, options: argparse.Namespace) -> None:
    from workbench.formats.csv_file import write_csv
    from workbench.project.measurements.crossings import crossing_rows, sum_rows
    from workbench.project.measurements.tracks import TrackTable

    assert isinstance(table, TrackTable)
    every = options.sum_every
    written = write_csv(options.crossings, crossing_rows(table, rows) if every is None else
                        sum_rows(table, rows, every))
    if options.json:
        return
    if not any(table.lines):
        print("No line is drawn on a video, so no crossings were written: draw one in "
              "Videos, in Data, Measurements, or in Predict.")
    elif not written:
        print("Nothing crosses a line, so no crossings were written.")
    else:
        noun = "crossing" if every is None else "row"
        print(f"{count(written, noun)} written to {options.crossings}.")


def _lines(table: MeasuredTable, unit: str, rows: IntArray) -> list[str]:
    """What there is, and means of each class."""
    from workbench.project.measurements.summaries import by_class
    from workbench.project.statistics.figures import NOUNS

    one, noun = NOUNS[table.medium]
    found = [f"{count(len(rows), noun)} in {count(len(table.keys), f'labelled {one}')}"]
    values = table.values(unit)
    places = [at for at in table.filled(values) if table.columns[at].id in _SHOWN]
    if not places:
        return [*found, *_counts(table, rows)]
    titles = ["class", f"{noun}s", *(table.columns[at].column(unit) for at in places)]
    summaries = [by_class(table, values[:, at], rows) for at in places]
    body = [[one[0].label, f"{one[0].objects:,}",
             *(_spread_text(item.spread) for item in one)]
            for one in zip(*summaries, strict=True)]
    return [*found, *_rules(table), "mean ± standard deviation", *table_lines([titles, *body]),
            *_counts(table, rows)]


def _counts(table: MeasuredTable, rows: IntArray) -> list[str]:
    """How often each line is crossed."""
    from workbench.project.measurements.crossings import crossing_sums
    from workbench.project.measurements.tracks import TrackTable

    sums = [*crossing_sums(table, rows)] if isinstance(table, TrackTable) else []
    if not sums:
        return []
    return ["crossings of lines", *table_lines([
        ["video", "line", "class", "in", "out"],
        *([one.key, one.line, one.label, f"{one.ins:,}", f"{one.outs:,}"] for one in sums)])]


def _rules(table: MeasuredTable) -> list[str]:
    """What tracks were measured by."""
    from workbench.project.measurements.tracks import TrackTable

    return [table.words()] if isinstance(table, TrackTable) else []


def _spread_text(spread: Spread) -> str:
    """ "1102 ± 3.5", or the number alone where there is but one."""
    from workbench.project.measurements.rows import number_text

    if not spread.number:
        return "–"
    mean = f"{float(number_text(spread.mean)):.4g}"
    return mean if spread.number == 1 else f"{mean} ± {spread.deviation:.3g}"
