"""What can be kept of what was heard: tables of files and of regions, and tables for Raven."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Any

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.csv_text import csv_text
from workbench.core.errors import WorkbenchError
from workbench.core.shapes import Region
from workbench.extension.saving import (
    HIGH,
    LOW,
    Color,
    Limits,
    Prediction,
    PredictionFiles,
    Row,
    Saving,
    least_score,
    of_class,
    unsure,
)
from workbench.formats.atomic import write_below
from workbench.jobs.commands import HEARD_FROM

COLUMNS = ("label", "score", "start", "end", "low_hz", "high_hz")
_TABLE = ".Table.1.selections.txt"


def limited(item: Prediction, limits: Limits) -> dict[str, Any]:
    """Without regions that score less than their class needs; the others with the frequencies that
    a person said of it."""
    shown = unsure(item, limits)
    if shown.get("regions") is not None:
        nyquist = shown.get("nyquist", inf)
        shown["regions"] = [_banded(region, limits, nyquist) for region in shown["regions"]
                            if region["score"] >= least_score(limits, region["label"])]
    return shown


def _calls_limited(item: Prediction, limits: Limits) -> dict[str, Any]:
    """As :func:`limited`; where no call is left, the recording has no class either."""
    shown = limited(item, limits)
    return shown if shown["regions"] else {**shown, "label": "", "sure": False}


def _banded(region: Mapping[str, Any], limits: Limits, nyquist: float) -> Mapping[str, Any]:
    name = region["label"]
    low = limits.get(of_class(LOW, name), region.get("low", 0.0))
    high = limits.get(of_class(HIGH, name), region.get("high"))
    if high is None or low >= (high := min(high, nyquist)):
        return region
    return {**region, "low": low, "high": high}


def _rows(item: Prediction) -> Iterator[Row]:
    """The regions of a long recording, or the class of a short sound as a whole."""
    regions = item.get("regions")
    if regions is None:
        yield (item["label"], item["scores"][item["label"]], "", "", "", "")
        return
    for region in regions:
        yield (region["label"], region["score"], region["start"], region["end"],
               region.get("low", ""), region.get("high", ""))


def _sum_row(item: Prediction, classes: Sequence[str]) -> Row:
    regions = item.get("regions")
    heard = "" if regions is None else len(regions)
    return (item["label"], heard, *(item["scores"].get(name, "") for name in classes))


def annotation(item: Prediction) -> Annotation:
    """The regions of a recording; of a short sound all of it, where its class is sure.

    Raises
    ------
    WorkbenchError
        If the sound cannot be read.
    """
    regions = item.get("regions")
    if regions is None and not item.get("sure", True):
        return Annotation()
    if regions is None:
        from workbench.media.sounds.sound_info import read_sound_info

        regions = [{"label": item["label"], "score": item["scores"][item["label"]], "start": 0.0,
                    "end": read_sound_info(Path(item["file"])).duration}]
    return Annotation(tuple(
        LabeledObject(region["label"], Region(region["start"], region["end"], region.get("low"),
                                              region.get("high")),
                      {"score": round(region["score"], 3)})
        for region in regions), labels=(item["label"],) if item["label"] else ())


def raven(item: Prediction, folder: Path, name: str, _color: Color) -> None:
    """Write the regions as a selection table, which Raven shows over the recording."""
    from workbench.formats.raven import new_raven
    from workbench.media.sounds.sound_info import read_sound_info

    path = Path(item["file"])
    nyquist, heard = read_sound_info(path).nyquist, annotation(item)
    table = new_raven(heard.objects, path.name).render(heard, nyquist)
    write_below(folder / f"{name}{_TABLE}", table)


def raven_of_all(items: Iterable[Prediction], folder: Path) -> None:
    """Write one selection table about all recordings."""
    from workbench.formats.raven import table_of_several
    from workbench.media.sounds.sound_info import read_sound_info

    def recordings() -> Iterator[tuple[Path, Sequence[LabeledObject], float, float]]:
        for item in items:
            path = Path(item["file"])
            with suppress(WorkbenchError):  # which was told when its own table was written
                info = read_sound_info(path)
                yield path, annotation(item).objects, info.duration, info.nyquist

    write_below(folder / "all.selections.txt", table_of_several(recordings()))


def table(item: Prediction, folder: Path, name: str, _color: Color) -> None:
    """Write the regions as CSV."""
    write_below(folder / f"{name}.csv", csv_text((COLUMNS, *_rows(item))).encode())


def audacity(item: Prediction, folder: Path, name: str, _color: Color) -> None:
    """Write the regions as a label track, which Audacity shows below the recording."""
    from workbench.formats.sound_labels import audacity_labels

    write_below(folder / f"{name}.txt", audacity_labels(annotation(item).objects).encode())


SAVING = Saving(
    columns=COLUMNS, rows=_rows,
    sums=lambda classes: ("label", "regions", *classes), sum_row=_sum_row,
    annotation=annotation, limited=limited, usual=HEARD_FROM, bands=True,
    files={"raven": PredictionFiles("raven", "Tables for Raven", raven, whole=raven_of_all,
                                      noun="table"),
           "tables": PredictionFiles("tables", "A table for each sound", table, noun="table"),
           "audacity": PredictionFiles("audacity", "Labels for Audacity", audacity)},
)
"""Of classifiers: a person may say between which frequencies a class is heard."""
CALLS = replace(SAVING, bands=False, limited=_calls_limited)
"""Of models that find the frequencies themselves."""
