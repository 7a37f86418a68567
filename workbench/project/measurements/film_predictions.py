"""What a model found and followed in videos, measured as labelled tracks are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from workbench.core.video import shown_in
from workbench.evaluation.counting import SEEN_FOR, CountingPlace, Tally
from workbench.evaluation.motion import trajectory_of
from workbench.extension.saving import FollowedThing, Prediction
from workbench.project.manifest import Manifest
from workbench.project.measurements.crossed import filmed_at, follow
from workbench.project.measurements.crossings import crossing_rows
from workbench.project.measurements.rows import Row, object_rows
from workbench.project.measurements.tracks import (
    TrackMeasurer,
    TrackRules,
    found_tracks,
    position_rows,
)
from workbench.project.pixel_sizes import frame_at, pixel_size_at

TRACKS, POSITIONS, CROSSINGS = "tracks", "positions", "crossings"
FILM_TABLES = (TRACKS, POSITIONS, CROSSINGS)
"""What :meth:`FilmMeasurer.rows` makes."""


def count_film(answers: Sequence[Prediction], things: Sequence[FollowedThing],
               places: Sequence[CountingPlace], rules: TrackRules, seen_for: float = SEEN_FOR,
               check: Callable[[], object] = lambda: None) -> Tally:
    """Count what was followed through a video at lines and zones, by the ``rules`` by which tables
    of crossings count; ``answers`` are those that it was followed in. Times are those in which the
    video plays."""
    tally = Tally(places, seen_for)
    for track in found_tracks(things, answers):
        trajectory = trajectory_of(track.times, track.middles, rules.smooth, rules.gap)
        follow(tally, trajectory, track.frames, track.boxes, track.number, track.label, check)
    return tally


class FilmMeasurer:
    """Measures what was followed through one video after the other.

    Parameters
    ----------
    project
        The folder of the project whose model it is: it may know how large a pixel of a video is.
    """

    def __init__(self, project: Path, rules: TrackRules) -> None:
        self._project, self._sizes = project, Manifest.load(project).pixel_sizes
        self._measurer = TrackMeasurer(rules)

    def add(self, file: str, things: Sequence[FollowedThing], answers: Sequence[Prediction],
            places: Sequence[CountingPlace], check: Callable[[], object] = lambda: None) -> None:
        """Measure what was followed through the ``answers`` about the frames of a video."""
        last = shown_in(answers[-1]) if answers else None
        self._measurer.add(
            file, found_tracks(things, answers), last.time if last is not None else 0.0,
            last.frame + 1 if last is not None else 0,
            pixel_size_at(self._sizes, self._project, Path(file)), places, lambda _share: check(),
            frame=frame_at(self._sizes, self._project, Path(file)),
            began=filmed_at(Path(file)) if places else None)

    def words(self) -> str:
        """By what was measured."""
        return self._measurer.table().words()

    def rows(self, kind: str) -> Iterator[Row]:
        """A row for each track, or for each position or crossing of one, the titles first; lengths
        are in the unit in which most videos have a scale, else in pixels."""
        table = self._measurer.table()
        every, unit = np.arange(len(table.label)), table.units[0]
        if kind == CROSSINGS:
            return crossing_rows(table, every)
        return position_rows(table, unit, every) if kind == POSITIONS else \
            object_rows(table, unit, every, ("file",), [(key,) for key in table.keys])
