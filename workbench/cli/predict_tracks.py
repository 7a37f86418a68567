"""What ``workbench predict`` measures of the things that it followed through videos."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from workbench.cli import track_options
from workbench.cli.predict_counting import places_of, sure_of
from workbench.core.errors import UsageError
from workbench.core.video import is_video
from workbench.extension.saving import Saving
from workbench.extension.tasks import load, tasks
from workbench.project.counting import read_places, zones_on
from workbench.project.measurements.film_predictions import FILM_TABLES, FilmMeasurer
from workbench.project.runs import RunFolder


def check(options: argparse.Namespace, run: RunFolder) -> None:
    """Refuse what means nothing.

    Raises
    ------
    UsageError
        If tracks are to be measured of what cannot be followed, or rules are said for nothing.
    """
    counted = ("smooth", "gap") if options.line or options.zone else ()
    asked = [name for name in track_options.NAMES
             if getattr(options, name) is not None and name not in counted]
    if options.format in FILM_TABLES:
        task = tasks.get(run.task)
        if not task.saving or load(task.saving).tracks is None:
            raise UsageError(f"--format {options.format} means nothing for “{task.title}”")
    elif asked:
        raise UsageError(f"--{track_options.option(asked[0])} is about tracks that are measured: "
                         "--format tracks, positions or crossings; --smooth and --gap also about "
                         "what is counted, at a --line or --zone")


def film_rows(options: argparse.Namespace, run: RunFolder, kind: str,
              items: Iterable[Mapping[str, Any]]) -> Iterator[Sequence[object]]:
    """A row for each thing that is followed through the videos among the answers ``items``, or for
    each of its positions or crossings; one video in memory at a time. Lines and zones are those
    that were asked for, else those that were drawn on the videos."""
    saving: Saving = load(tasks.get(run.task).saving)
    assert saving.tracks is not None
    asked, drawn = places_of(options), read_places(run.project)
    measurer = FilmMeasurer(run.project, track_options.rules_of(options))
    for file, some in groupby(items, lambda item: str(item["file"])):
        if is_video(Path(file)):
            answers = list(some)
            measurer.add(file, saving.tracks(answers, sure_of(options)), answers,
                         asked or zones_on(Path(file), drawn))
    return measurer.rows(kind)
