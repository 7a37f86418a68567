"""Scores of a sound classifier on a split: one ``.npz``, written whole or not at all.

Everything that is shown about a run on sounds comes from here. The archive holds ``header`` (JSON
as uint8: format, version, files, classes, meta), ``spans`` float64 (N, 2) seconds, ``truth`` int64
(N,) and ``scores`` float32 (N, C).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.formats.arrays import write_arrays
from workbench.formats.regular_file import MB
from workbench.formats.stored_answers import ANY, Kinds, answers_header, of_model, opened_answers

FORMAT = "workbench-scores"
LIMIT = 4000 * MB
"""Bytes of a file that is read: raw boxes of 500,000 images."""
_ARRAYS: Kinds = {
    "spans": (np.float64, (2,)), "truth": (np.int64, ()), "scores": (np.float32, (ANY,)),
}


@dataclass(slots=True)
class ScoreSet:
    """What a classifier says about sounds."""

    files: list[str]
    """Key of the clip of each sound, posix path relative to the project folder."""
    spans: NDArray[np.float64]
    """float64 (N, 2), seconds from the clip's beginning: where the sound starts and ends."""
    truth: NDArray[np.int64]
    """int64 (N,), its class when this was made; -1 where it was none of ``classes``."""
    scores: NDArray[np.float32]
    """float32 (N, C), probabilities of the classes."""
    classes: list[str]
    """Names in the order of the columns."""
    meta: dict[str, Any] = field(default_factory=dict)
    """Anything JSON can hold: model, split, unreadable files."""

    def __post_init__(self) -> None:
        count = len(self.files)
        shapes = self.spans.shape, self.truth.shape, self.scores.shape
        if shapes != ((count, 2), (count,), (count, len(self.classes))):
            raise ValueError(f"{count} files, arrays of {shapes}")

    def __len__(self) -> int:
        return len(self.files)

    def places(self) -> dict[tuple[str, float, float], int]:
        """Row of each sound, by :func:`sound_key`."""
        return {sound_key(file, start, end): row for row, (file, (start, end))
                in enumerate(zip(self.files, self.spans.tolist(), strict=True))}


def sound_key(file: str, start: float, end: float) -> tuple[str, float, float]:
    """What tells a sound from all others: times are compared to a millisecond."""
    return file, round(start, 3), round(end, 3)


def save_scores(path: Path, scores: ScoreSet) -> None:
    """Write ``scores`` atomically.

    Raises
    ------
    WorkbenchError
        If the disk refuses; a file that was there before is untouched.
    """
    write_arrays(path, header=answers_header(FORMAT, scores.files, scores.classes, scores.meta),
                 spans=scores.spans, truth=scores.truth, scores=scores.scores)


def load_scores(path: Path) -> ScoreSet:
    """Read what :func:`save_scores` wrote; see :func:`.opened_answers`."""
    with opened_answers(path, LIMIT, "scores", FORMAT, _ARRAYS) as (header, arrays):
        truth = arrays["truth"]
        if truth.size and not -1 <= truth.min() <= truth.max() < len(header["classes"]):
            raise ValueError("a sound's class is none of the file's")
        return ScoreSet(header["files"], arrays["spans"], truth, arrays["scores"],
                        header["classes"], header["meta"])


def scores_of_model(path: Path, model: str) -> ScoreSet | None:
    """What a file holds of the model of this id; see :func:`of_model`."""
    return of_model(load_scores, path, model)
