"""Points of a map by what a run makes of them: right, missed, taken for another class; and where
its errors lie together. What it learned from is not judged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import FloatArray
from workbench.core.errors import WorkbenchError
from workbench.core.judged import OUTCOMES, Judged
from workbench.core.paths import file_stamp
from workbench.core.progress import Check
from workbench.evaluation.error_groups import ErrorGroup, error_groups
from workbench.extension.registry import load
from workbench.extension.tasks import tasks
from workbench.project.runs import RunFolder, list_runs
from workbench.project.sample_places import PlacedSamples, paired

RIGHT = OUTCOMES.index("right")
NOT_JUDGED = -1
_JUDGED = ("val", "test")
_TRIED = 5
"""Of the newest runs, where none was chosen."""


@dataclass(frozen=True, slots=True)
class JudgedPoints:
    """What one run makes of the N points of a map."""

    run: str
    """Name of its folder."""
    outcome: NDArray[np.int8]
    """(N,) place in :data:`~workbench.core.judged.OUTCOMES`, or :data:`NOT_JUDGED`."""
    found: dict[int, str]
    """What points are taken for, or what is wrong with them, by row."""
    groups: tuple[ErrorGroup, ...]
    """Where errors lie together, by rows of the map, the worst first."""

    @property
    def number(self) -> int:
        """How many points are judged."""
        return int((self.outcome != NOT_JUDGED).sum())

    @property
    def wrong(self) -> int:
        """How many of them the run gets wrong."""
        return int((self.outcome > RIGHT).sum())

    def is_wrong(self, row: int) -> bool:
        return int(self.outcome[row]) > RIGHT

    def wrong_apart(self) -> ErrorGroup | None:
        """The points that are wrong and lie in no group; None where there are none."""
        grouped = {row for group in self.groups for row in group.rows}
        rows = [row for row in np.flatnonzero(self.outcome > RIGHT).tolist() if row not in grouped]
        return ErrorGroup(tuple(rows), len(rows), 0.0) if rows else None


def judges(run: RunFolder) -> bool:
    """Whether a run's answers about validation or test samples are stored, of a task whose answers
    are right or wrong."""
    return run.task in tasks and bool(tasks.get(run.task).judged) and any(
        run.predictions_path(part).is_file() for part in _JUDGED)


def judging_runs(folder: Path, medium: str) -> dict[str, RunFolder]:
    """Those of a project that judge samples of a medium ("images", "sounds"), by name, the newest
    first."""
    return {run.name: run for run in list_runs(folder)
            if judges(run) and tasks.get(run.task).medium == medium}


def answers_stamp(run: RunFolder) -> list[object]:
    """What is another one where a run's answers are others."""
    return [file_stamp(run.predictions_path(part)) for part in _JUDGED]


def judged_by(placed: PlacedSamples, runs: Sequence[RunFolder], classes: Sequence[str],
              check: Check = lambda: None) -> JudgedPoints | None:
    """What the first of the ``runs`` makes of a map that judges any of its points; a run of classes
    of images knows nothing of objects. None where there is no run.

    Raises
    ------
    WorkbenchError
        If nothing can be read of all of them.
    """
    first: JudgedPoints | None = None
    problem: WorkbenchError | None = None
    for run in runs[:_TRIED]:
        try:
            judged = judged_points(placed, run, classes, check)
        except WorkbenchError as error:
            problem = problem or error
            continue
        if judged.number:
            return judged
        first = first or judged
    if first is None and problem is not None:
        raise problem
    return first


def judged_points(placed: PlacedSamples, run: RunFolder, classes: Sequence[str],
                  check: Check = lambda: None) -> JudgedPoints:
    """Hold the stored answers of a run against a map; ``classes`` are those of the project.

    Raises
    ------
    WorkbenchError
        If labels or answers cannot be read.
    """
    said = load(tasks.get(run.task).judged)(run, classes)
    outcome = np.full(len(placed), NOT_JUDGED, np.int8)
    found: dict[int, str] = {}
    for row, item in (_objects if placed.are_objects else _samples)(placed, list(said), check):
        outcome[row] = OUTCOMES.index(item.outcome)
        if item.found:
            found[row] = item.found
    outcome[~placed.there] = NOT_JUDGED
    rows = np.flatnonzero(outcome != NOT_JUDGED)
    groups = error_groups(placed.found.points[rows], outcome[rows] > RIGHT, check)
    return JudgedPoints(run.name, outcome, found, tuple(
        group._replace(rows=tuple(rows[list(group.rows)].tolist())) for group in groups))


def _samples(placed: PlacedSamples, said: list[Judged], _check: Check,
             ) -> Iterable[tuple[int, Judged]]:
    """What is said of samples as a whole; where that is nothing, one is as wrong as the worst that
    is in it."""
    of_key: dict[str, Judged] = {}
    for item in said:
        known = of_key.get(item.key)
        if item.box is None or known is None or (
                known.box is not None and known.outcome == "right"):
            of_key[item.key] = item
    return ((row, of_key[key]) for row, key in enumerate(placed.found.keys) if key in of_key)


def _objects(placed: PlacedSamples, said: list[Judged], check: Check,
             ) -> Iterable[tuple[int, Judged]]:
    things = [item for item in said if item.box is not None]
    number = {key: at for at, key in enumerate(dict.fromkeys(placed.found.keys))}
    sample = np.array([number[key] for key in placed.found.keys], np.int64)
    of = np.array([number.get(item.key, -1) for item in things], np.int64)
    boxes = np.array([item.box for item in things], np.float32).reshape(-1, 4)
    rows = paired(_sides(placed, placed.boxes), sample, _sides(placed, boxes), of, check)
    return ((point, things[row]) for point, row in enumerate(rows.tolist()) if row >= 0)


def _sides(placed: PlacedSamples, boxes: FloatArray) -> FloatArray:
    """Boxes as they are compared: of regions only from when to when, for that is judged."""
    if placed.medium != "sounds":
        return boxes
    known = boxes.copy()
    known[:, 1], known[:, 3] = np.where(np.isnan(boxes[:, 0]), np.nan, 0.0), 1.0
    return known
