"""Stored scores of a classifier beside the labels of now: what Results, shell and reports share."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from workbench.core.class_names import classes_of_run
from workbench.core.csv_text import csv_text
from workbench.core.errors import WorkbenchError
from workbench.core.text import count, listed, tr
from workbench.evaluation import scored
from workbench.evaluation.class_report import render_class_report
from workbench.evaluation.classification import Classification, worst_mistakes
from workbench.evaluation.report_page import ReportImage
from workbench.evaluation.scored import ScoredSample, ScoredSnapshot
from workbench.formats.atomic import write_atomic
from workbench.formats.scores import ScoreSet
from workbench.project.datasets.splits import list_splits


class LabelledSample(ScoredSample, Protocol):
    """A sample with one class; ``key`` is its file, ``score_key`` its row among stored scores."""

    @property
    def score_key(self) -> tuple[str, float, float]: ...


SampleT = TypeVar("SampleT", bound=LabelledSample)


@dataclass(frozen=True, slots=True)
class PartLabels(Generic[SampleT]):
    """The labelled samples of each part of the split that a run was trained with.

    The members are those of the run, the labels those of now; to the project's own split what was
    labelled since is added.
    """

    split: str
    run: str
    """The run whose own copy of the split was read, "" for the project's."""
    parts: Mapping[str, tuple[SampleT, ...]]
    doubts: Mapping[str, str] = field(default_factory=dict)
    """Of some parts, why scores on them say little about new samples."""
    held_out: object = None
    """What was held out within recordings, as the configuration of a run has it."""
    gone: Mapping[str, str] = field(default_factory=dict)
    """Of some parts, that samples are gone or have no labels, as a sentence or ""."""

    def counts(self) -> dict[str, int]:
        return {part: len(samples) for part, samples in self.parts.items()}


def is_shared(project: Path, split: str) -> bool:
    """Whether a split is the project's own, to which new samples are added."""
    return split == "default" and split in list_splits(project)


@dataclass(frozen=True, slots=True)
class JoinedScores(Generic[SampleT]):
    """Labelled samples that have a row of scores, and the rows."""

    samples: tuple[SampleT, ...]
    scores: NDArray[np.float64]
    """float64 (N, C)."""
    classes: tuple[str, ...]
    """The run's, under the names of now."""
    missing: int
    """How many labelled samples have no scores yet."""
    doubt: str = ""
    """What should be known about figures that come of them."""


def join_scores(
    found: ScoreSet, labels: PartLabels[SampleT], part: str, project_classes: Sequence[str]
) -> JoinedScores[SampleT]:
    """Stored scores beside the labelled samples of a part of the split."""
    samples = labels.parts[part]
    places, unreadable = found.places(), set(found.meta.get("unreadable", ()))
    classes = classes_of_run(found.classes, project_classes).names
    kept = [item for item in samples if item.score_key in places]
    missing = sum(item.score_key not in places and item.key not in unreadable for item in samples)
    rows = [places[item.score_key] for item in kept]
    scores = found.scores[rows].astype(np.float64).reshape(-1, len(classes))
    unread = [item.key for item in samples
              if item.key in unreadable and item.score_key not in places]
    doubts = (labels.doubts.get(part, ""), left_out_text(list(dict.fromkeys(unread))))
    return JoinedScores(tuple(kept), scores, classes, missing, " ".join(filter(None, doubts)))


def left_out_text(unreadable: Sequence[str]) -> str:
    """That files cannot be read, so that figures do not hold them; "" of none."""
    if not unreadable:
        return ""
    return tr("{files} out of these figures: {names}.",
              files=count(len(unreadable), "file cannot be read and is left",
                          "files cannot be read and are left"), names=listed(unreadable))


def csv_bytes(
    shown: ScoredSnapshot[SampleT], columns: Sequence[str], cells: Callable[[SampleT], list[str]]
) -> bytes:
    """The samples in the list with their scores, as CSV (UTF-8, one head line); see
    :func:`.scored.table_rows`."""
    return csv_text(scored.table_rows(shown, columns, cells)).encode("utf-8", "backslashreplace")


def report_picture(caption: str, read: Callable[[], bytes], mime: str = "image/jpeg"
                   ) -> ReportImage:
    """A picture for a report; of a file that has gone since, the line stays without one."""
    try:
        data = read()
    except (WorkbenchError, OSError):
        data = b""
    return ReportImage(caption, base64.b64encode(data).decode("ascii"), mime)


def write_class_report(
    path: Path, result: Classification, samples: Sequence[SampleT], noun: str,
    picture: Callable[[SampleT, str], ReportImage], **values: Any,
) -> Path:
    """Write the HTML report of a classifier to ``path`` and return it; for any thread.

    Parameters
    ----------
    samples
        Those that ``result`` is about, in its order.
    picture
        Shows a sample; called with what it is and what it was taken for, in words.
    values
        What else :func:`render_class_report` is given: title, run, split, config, colors …

    Raises
    ------
    WorkbenchError
        If it cannot be written; a report that was there before is untouched.
    """
    mistakes = [picture(samples[index], f"{samples[index].label} taken for "
                        f"{result.classes[int(result.predicted[index])]} "
                        f"({result.confidence[index]:.2f})") for index in worst_mistakes(result)]
    return save_report(path, render_class_report(result, noun, mistakes=mistakes, **values))


def save_report(path: Path, html: str) -> Path:
    """Write a report; raises WorkbenchError, and one that was there before is untouched."""
    write_atomic(path, html.encode("utf-8", "backslashreplace"))
    return path
