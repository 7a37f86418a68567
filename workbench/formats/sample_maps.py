"""Where samples lie on a map on which those that look alike are near each other, and which are
nearest to which. It can be made again from the samples at any time.

Format: an npz archive (uncompressed zip of npy arrays) that is read without pickle.

============== ======= ====== ====================================================
array          dtype   shape  meaning
============== ======= ====== ====================================================
``header``     uint8   (B,)   UTF-8 JSON: format, version, what, keys, labels
``points``     float32 (N, 2) place on the map, 0..1 on each axis
``boxes``      float32 (N, 4) xyxy in pixels of the displayed image, of a sound seconds
                              and Hz; NaN: all of it
``neighbours`` int32   (N, K) rows of the nearest others, the nearest first
``similarity``   float32 (N, K) cosine of the angle between their features, −1..1
============== ======= ====== ====================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import FloatArray
from workbench.core.errors import FormatError
from workbench.core.plain import fitted, parse_json
from workbench.formats.arrays import json_array, read_arrays, write_arrays
from workbench.formats.atomic import make_folders_above
from workbench.formats.regular_file import MB, read_file

FORMAT = "workbench-sample-map"
VERSION = 1
LIMIT = 1000 * MB
"""Bytes of a file that is read: some two million samples."""
MOST = 20_000
"""Points of a map; of more as many are drawn at random, the same ones each time."""
FOLDER = "maps"
"""In the cache of a project."""
SAMPLES, OBJECTS = "samples", "objects"
"""What the points of a map are: whole images or sounds, or single labelled objects."""


class _Header(TypedDict):
    format: str
    version: int
    what: str
    keys: list[str]
    labels: list[str]


@dataclass(frozen=True, slots=True)
class SampleMap:
    """Samples by how much they look alike; N points, each with its K nearest others."""

    what: str
    """:data:`SAMPLES` or :data:`OBJECTS`."""
    keys: tuple[str, ...]
    """The sample of each point; several objects have one key."""
    labels: tuple[str, ...]
    """The class of each point when the map was made; "" for none, and for several."""
    points: FloatArray
    """float32 (N, 2), 0..1; y goes down."""
    boxes: FloatArray
    """float32 (N, 4) xyxy in pixels of the displayed image, of a region of a sound in seconds and
    Hz; NaN where it is all of it."""
    neighbours: NDArray[np.int32]
    """int32 (N, K): rows of the nearest others, the nearest first."""
    similarity: FloatArray
    """float32 (N, K): cosines, 1 for what looks the same."""

    def __len__(self) -> int:
        return len(self.keys)

    def unusual(self) -> NDArray[np.intp]:
        """All rows, first those whose nearest others are least like them."""
        if not self.similarity.size:
            return np.arange(len(self))
        return np.argsort(self.similarity.mean(axis=1), kind="stable")

    def doubtful(self, labels: tuple[str, ...]) -> list[tuple[int, str]]:
        """Rows with a class that few of their neighbours have, and the class of most of them; those
        on which the neighbours agree most come first.

        Parameters
        ----------
        labels
            The class of each point now; "" for none, which says nothing.
        """
        found: list[tuple[float, int, str]] = []
        for row, label in enumerate(labels):
            votes: dict[str, float] = {}
            for place, weight in zip(self.neighbours[row], self.similarity[row], strict=True):
                if labels[place]:
                    votes[labels[place]] = votes.get(labels[place], 0.0) + max(0.0, float(weight))
            total = sum(votes.values())
            if not label or not total:
                continue
            other, most = max(votes.items(), key=lambda item: item[1])
            if other != label and most > 0.5 * total:
                found.append(((votes.get(label, 0.0) - most) / total, row, other))
        return [(row, other) for _share, row, other in sorted(found)]


def map_path(cache: Path, what: str) -> Path:
    """Where the map of a project is, in the folder of what is remembered about it."""
    return cache / FOLDER / f"{what}.npz"


def save_sample_map(path: Path, found: SampleMap) -> None:
    """Write ``found`` atomically; raises WorkbenchError if the disk refuses."""
    make_folders_above(path)
    header = {"format": FORMAT, "version": VERSION, "what": found.what, "keys": list(found.keys),
              "labels": list(found.labels)}
    write_arrays(path, header=json_array(header), points=found.points, boxes=found.boxes,
                 neighbours=found.neighbours, similarity=found.similarity)


def load_sample_map(path: Path) -> SampleMap:
    """Read a map.

    Raises
    ------
    FormatError
        If it is damaged, or of another version.
    WorkbenchError
        If it cannot be read.
    """
    data = read_file(path, LIMIT)
    try:
        arrays = read_arrays(data, ("header", "points", "boxes", "neighbours", "similarity"))
        header = fitted(parse_json(arrays["header"].tobytes()), _Header)
        found = SampleMap(
            header["what"], tuple(header["keys"]), tuple(header["labels"]),
            arrays["points"].astype(np.float32), arrays["boxes"].astype(np.float32),
            arrays["neighbours"].astype(np.int32), arrays["similarity"].astype(np.float32))
        if header["format"] != FORMAT or header["version"] != VERSION or not _sound(found):
            raise ValueError("it is of another kind")
    except ValueError as error:
        raise FormatError("the map of samples is damaged; make it again", path=path) from error
    return found


def _sound(found: SampleMap) -> bool:
    rows = len(found.keys)
    same = found.neighbours.shape == found.similarity.shape
    shapes = (found.points.shape, found.boxes.shape) == ((rows, 2), (rows, 4))
    if not (same and shapes and found.neighbours.ndim == 2 and len(found.labels) == rows
            and len(found.neighbours) == rows):
        return False
    inside = not found.neighbours.size or (
        found.neighbours.min() >= 0 and found.neighbours.max() < rows)
    return bool(inside and np.isfinite(found.points).all() and np.isfinite(found.similarity).all())
