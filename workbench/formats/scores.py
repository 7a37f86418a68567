"""Scores of a sound classifier on a split: one ``.npz``, written whole or not at all.

Everything that is shown about a run on sounds comes from here. The archive holds ``header`` (JSON
as uint8: format, version, files, classes, meta), ``spans`` float64 (N, 2) seconds, ``truth`` int64
(N,) and ``scores`` float32 (N, C).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import FormatError, WorkbenchError
from workbench.core.plain import fitted, parse_json
from workbench.formats.arrays import json_array, read_arrays, write_arrays
from workbench.formats.regular_file import MB, read_file

FORMAT = "workbench-scores"
VERSION = 1
LIMIT = 4000 * MB
"""Bytes of a file that is read: raw boxes of 500,000 images."""
_KINDS = {"spans": np.float64, "truth": np.int64, "scores": np.float32}


class _ScoresHeader(TypedDict):
    format: str
    version: int
    files: list[str]
    classes: list[str]
    meta: dict[str, Any]


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
    header = {"format": FORMAT, "version": VERSION, "files": scores.files,
              "classes": scores.classes, "meta": scores.meta}
    write_arrays(path, header=json_array(header), spans=scores.spans, truth=scores.truth,
                 scores=scores.scores)


def load_scores(path: Path) -> ScoreSet:
    """Read what :func:`save_scores` wrote.

    Raises
    ------
    WorkbenchError
        If the file cannot be opened.
    FormatError
        If it is damaged, of another kind or of another version.
    """
    data = read_file(path, LIMIT)
    try:
        arrays = read_arrays(data, ("header", *_KINDS))
        header = fitted(parse_json(arrays["header"].tobytes()), _ScoresHeader)
        if header["format"] != FORMAT or header["version"] != VERSION:
            raise ValueError(header["format"])
        for name, kind in _KINDS.items():
            if arrays[name].dtype != kind:
                raise ValueError(f"{name} is {arrays[name].dtype}")
        truth = arrays["truth"]
        if truth.size and not -1 <= truth.min() <= truth.max() < len(header["classes"]):
            raise ValueError("a sound's class is none of the file's")
        return ScoreSet(header["files"], arrays["spans"], truth, arrays["scores"],
                        header["classes"], header["meta"])
    except ValueError as error:
        raise FormatError("these are no scores that can be read; evaluate the run again to make "
                          "new ones", path=path) from error


def scores_of_model(path: Path, model: str) -> ScoreSet | None:
    """What a file holds of the very model of this id, or None: there is none yet, or it is damaged
    or of another model, and has to be made again."""
    try:
        found = load_scores(path)
    except WorkbenchError:
        return None
    return found if found.meta.get("model") == model else None
