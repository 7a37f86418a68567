"""Raw answers of a model that scores each place of an image: stored once, thresholded later.

Format: an npz archive (uncompressed zip of npy arrays) that is read without pickle.

=========== ======= ====== ======================================================
array       dtype   shape  meaning
=========== ======= ====== ======================================================
``header``  uint8   (B,)   UTF-8 JSON: format, version, files, classes, meta
``sizes``   int64   (F, 2) width and height of each image in pixels as displayed
``scores``  float32 (F,)   of each image as a whole, 0..1
``shapes``  int64   (F, 2) width and height of its map
``maps``    uint8   (B,)   the maps behind one another, row by row: scores 0..1 in
                           steps of 1 / 255
=========== ======= ====== ======================================================
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypedDict

import numpy as np
from numpy.typing import NDArray

from workbench.core.class_maps import MOST_PIXELS
from workbench.core.plain import fitted
from workbench.formats.arrays import write_arrays
from workbench.formats.regular_file import MB
from workbench.formats.stored_answers import Kinds, answers_header, of_model, opened_answers

FORMAT = "workbench-score-maps"
FULL = 255
"""The value of a score of 1 in a map."""
_LIMIT = 4000 * MB
_ARRAYS: Kinds = {
    "sizes": (np.int64, (2,)), "scores": (np.float32, ()), "shapes": (np.int64, (2,)),
    "maps": (np.uint8, ()),
}


class _Plain(TypedDict):
    size: list[int]
    values: str


class ScoreMap(NamedTuple):
    """What a model says of one image: a score of it as a whole, 0..1, and of each place, uint8
    (h, w) in steps of 1 / 255; rows and columns are spread evenly over the image."""

    score: float
    values: NDArray[np.uint8]

    def to_json(self) -> dict[str, Any]:
        """The map as plain data; :func:`map_of_json` reads it."""
        height, width = self.values.shape
        return {"size": [width, height],
                "values": base64.b64encode(self.values.tobytes()).decode("ascii")}


def map_of_json(data: Mapping[str, Any]) -> NDArray[np.uint8]:
    """What :meth:`ScoreMap.to_json` made; raises ``ValueError`` for anything else."""
    plain = fitted(data, _Plain)
    if len(plain["size"]) != 2 or min(plain["size"]) < 1:
        raise ValueError(f"a map of {plain['size']}")
    width, height = plain["size"]
    found = np.frombuffer(base64.b64decode(plain["values"]), np.uint8)
    if found.size != width * height:
        raise ValueError(f"{found.size} values for {width} × {height}")
    return found.reshape(height, width)


@dataclass(slots=True)
class ScoreMapSet:
    """What a model says of a list of images."""

    files: list[str]
    """Keys of the images: posix paths relative to the project."""
    sizes: list[tuple[int, int]]
    """``(width, height)`` of each in pixels as displayed."""
    classes: list[str]
    """Class names of the run."""
    maps: list[ScoreMap]
    meta: dict[str, Any] = field(default_factory=dict)
    """Anything JSON can hold: model, split, unreadable files."""

    def __len__(self) -> int:
        return len(self.files)


def save_score_maps(path: Path, found: ScoreMapSet) -> None:
    """Write ``found`` atomically.

    Raises
    ------
    WorkbenchError
        If the disk refuses; a file that was there before is untouched.
    """
    write_arrays(
        path, header=answers_header(FORMAT, found.files, found.classes, found.meta),
        sizes=np.array(found.sizes, np.int64).reshape(-1, 2),
        scores=np.array([item.score for item in found.maps], np.float32),
        shapes=np.array([item.values.shape[::-1] for item in found.maps], np.int64).reshape(-1, 2),
        maps=np.concatenate([np.zeros(0, np.uint8), *(item.values.ravel() for item in found.maps)]))


def load_score_maps(path: Path) -> ScoreMapSet:
    """Read what :func:`save_score_maps` wrote; see :func:`.opened_answers`."""
    with opened_answers(path, _LIMIT, "differences", FORMAT, _ARRAYS) as (header, arrays):
        scores, shapes = arrays["scores"], arrays["shapes"]
        files = header["files"]
        if not len(files) == len(arrays["sizes"]) == len(scores) == len(shapes):
            raise ValueError(f"{len(files)} files, {len(scores)} scores")
        if len(files) and (shapes.min() < 1 or shapes.max() > MOST_PIXELS
                           or not np.isfinite(scores).all()):
            raise ValueError("a map has an impossible size")
        ends = np.cumsum(shapes.prod(1))
        if (int(ends[-1]) if len(ends) else 0) != len(arrays["maps"]):
            raise ValueError("maps are missing")
        maps = [ScoreMap(float(score), arrays["maps"][end - width * height:end].reshape(
            height, width)) for score, end, (width, height) in zip(
                scores.tolist(), ends.tolist(), shapes.tolist(), strict=True)]
        sizes = [(int(one), int(other)) for one, other in arrays["sizes"].tolist()]
        return ScoreMapSet(files, sizes, header["classes"], maps, header["meta"])


def score_maps_of_model(path: Path, model: str) -> ScoreMapSet | None:
    """What a file holds of the model of this id; see :func:`of_model`."""
    return of_model(load_score_maps, path, model)
