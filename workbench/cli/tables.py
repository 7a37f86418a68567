"""What was found as tables: the rows of ``workbench predict --format``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from workbench.core.csv_text import csv_text
from workbench.core.errors import WorkbenchError
from workbench.core.plain import json_text
from workbench.core.video import PLACE, place_row
from workbench.extension.registry import load
from workbench.extension.tasks import tasks
from workbench.project.measurements.film_predictions import FILM_TABLES
from workbench.project.runs import RunFolder

MEASUREMENTS = "measurements"
TABLES = ("text", "csv", "sums", "hours", MEASUREMENTS, *FILM_TABLES, "json")
Films = Callable[[str, Iterable[Mapping[str, Any]]], Iterator[Sequence[object]]]
"""From the kind of a table about tracks, and answers, to its rows."""


def table_lines(kind: str, items: Iterable[Mapping[str, Any]], run: RunFolder, frames: bool,
                then: bool, stations: Callable[[str], str], films: Films) -> Iterator[str]:
    """The lines of a table, each as soon as its answer is there: "csv" with a row for each thing
    that was found, "sums" with one for each file or frame, "json" as a list (one answer behind, as
    a comma may follow); at the end "hours", how many there are in each hour, "measurements", how
    large and bright each thing is, and "tracks", "positions" and "crossings" of the things in
    videos, which ``films`` makes. With ``frames`` it has columns for frames of videos, with
    ``then`` those for what a second model says."""
    if kind == "json":
        yield from _json_lines(items)
    else:
        made = films(kind, items) if kind in FILM_TABLES else \
            rows(kind, items, run, frames, then, stations)
        for row in made:
            yield _csv_line(row)


def _json_lines(items: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    text, comma = "[", ""
    stopped: BaseException | None = None
    try:
        for item in items:
            yield text + comma
            text, comma = " " + json_text(item, indent=1).replace("\n", "\n "), ","
    except (KeyboardInterrupt, WorkbenchError) as error:  # what is there is a whole list
        stopped = error
    yield from (text, "]") if comma else ("[]",)
    if stopped is not None:
        raise stopped


def rows(kind: str, items: Iterable[Mapping[str, Any]], run: RunFolder, frames: bool, then: bool,
         stations: Callable[[str], str]) -> Iterator[Sequence[object]]:
    """The rows of such a table as CSV, with its titles."""
    from workbench.extension.saving import Saving
    saving: Saving = load(tasks.get(run.task).saving)
    classes = [str(name) for name in run.config.get("classes", ())]
    place = PLACE if frames else PLACE[:1]
    from workbench.project.activity import COLUMNS, PLACED, Activity, Placing

    placing = Placing(saving, stations)
    if kind == "hours":
        found = Activity(saving, stations)
        for item in items:
            found.add(item)
        yield from (COLUMNS, *found.rows())
    elif kind == MEASUREMENTS:
        from workbench.project.measurements.predictions import measured_rows
        from workbench.project.run_skeletons import skeletons_of_run

        yield from measured_rows(saving, items, run.project, skeletons_of_run(run))
    elif kind == "sums":
        yield (*place, *saving.sums(classes), *PLACED)
        for item in items:
            yield (*place_row(item, frames), *saving.sum_row(item, classes), *placing.cells(item))
    else:
        yield (*place, *saving.columns, *(saving.then_columns if then else ()), *PLACED)
        for item in items:
            for row in saving.rows(item):
                yield (*place_row(item, frames), *row, *placing.cells(item, row))


def _csv_line(row: Sequence[object]) -> str:
    return csv_text([row]).removesuffix("\r\n")
