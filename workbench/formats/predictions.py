"""Raw predictions of one run on one split: stored once, thresholded later.

Format: an npz archive (uncompressed zip of npy arrays) that is read without pickle.

============= ======= ========= ====================================================
array         dtype   shape     meaning
============= ======= ========= ====================================================
``header``    uint8   (B,)      UTF-8 JSON: format, version, files, classes, meta;
                                ``outlines``, ``keypoints`` and ``rotated`` are true
                                where these arrays are there
``sizes``     int64   (F, 2)    width and height of each image in pixels as displayed
``counts``    int64   (F,)      detections of each image; they follow one another in
``boxes``     float32 (N, 4)    xyxy in pixels, 0-based, half-open
``scores``    float32 (N,)      0..1
``labels``    int64   (N,)      index into ``classes``
``outlines``  uint8   (B,)      of a model that finds outlines: zlib stream of the
                                bytes of uint8 (N, 28, 28), an outline for each
                                detection (:mod:`workbench.core.outline_grids`)
``keypoints`` float32 (N, K, 3) of a model that finds key points: x and y in pixels
                                and score 0..1 of each, not a number beyond the
                                points of a class with fewer than K
``rotated``   float32 (N, 5)    of a model that finds rotated boxes: these, as
                                :mod:`workbench.core.rectangles` has them
============= ======= ========= ====================================================

Outlines alone are compressed: they take fifty times as many bytes as all else.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.detections import Detections
from workbench.core.errors import FormatError
from workbench.core.outline_grids import SIDE, Grids
from workbench.formats.arrays import write_arrays
from workbench.formats.regular_file import MB, read_file
from workbench.formats.stored_answers import (
    ANY,
    VERSION,
    Kinds,
    OtherFormat,
    OtherVersion,
    answers_header,
    read_answers,
)

FORMAT = "workbench-predictions"
LIMIT = 4000 * MB
"""Bytes of a file that is read: raw boxes of 500,000 images."""

_ARRAYS: Kinds = {
    "sizes": (np.int64, (2,)),
    "counts": (np.int64, ()),
    "boxes": (np.float32, (4,)),
    "scores": (np.float32, ()),
    "labels": (np.int64, ()),
}
_DETAILS: Kinds = {
    "outlines": (np.uint8, ()),
    "keypoints": (np.float32, (ANY, 3)),
    "rotated": (np.float32, (5,)),
}
_QUICKLY = 1  # of zlib: more takes twice as long and saves one part in thirty


@dataclass
class PredictionSet:
    """What a model found in a list of images, before score filter and NMS."""

    files: list[str]
    """Keys of the images: posix paths relative to the project."""
    sizes: list[tuple[int, int]]
    """``(width, height)`` of each in pixels as displayed."""
    detections: list[Detections]
    """One for each file."""
    classes: list[str]
    """Class names of the run, in the order that ``labels`` index."""
    meta: dict[str, Any] = field(default_factory=dict)
    """Anything JSON can hold: run, split, thresholds of the raw boxes."""

    def __post_init__(self) -> None:
        if not len(self.files) == len(self.sizes) == len(self.detections):
            raise ValueError(
                f"{len(self.files)} files, {len(self.sizes)} sizes, "
                f"{len(self.detections)} detections"
            )

    def __len__(self) -> int:
        return len(self.files)


def save_predictions(path: Path, predictions: PredictionSet) -> None:
    """Write ``predictions`` to ``path`` atomically.

    Raises
    ------
    WorkbenchError
        If the disk refuses; a file that was there before is untouched.
    """
    found = predictions.detections
    none = Detections.empty()
    details = _packed(found)
    write_arrays(
        path, header=answers_header(FORMAT, predictions.files, predictions.classes,
                                    predictions.meta, **dict.fromkeys(details, True)),
        sizes=np.array(predictions.sizes, np.int64).reshape(-1, 2),
        counts=np.array([len(item) for item in found], np.int64),
        boxes=np.concatenate([none.boxes, *(item.boxes for item in found)]),
        scores=np.concatenate([none.scores, *(item.scores for item in found)]),
        labels=np.concatenate([none.labels, *(item.labels for item in found)]),
        **details,
    )


def _packed(found: Sequence[Detections]) -> dict[str, NDArray[Any]]:
    """What else is known of detections as it is stored; nothing where one has none."""
    found = [item for item in found if len(item)]
    packed: dict[str, NDArray[Any]] = {}
    outlines = [item.outlines for item in found if item.outlines is not None]
    if found and len(outlines) == len(found):
        packer = zlib.compressobj(_QUICKLY)
        parts = [packer.compress(grids.tobytes()) for grids in outlines]
        packed["outlines"] = np.frombuffer(b"".join((*parts, packer.flush())), np.uint8)
    keypoints = [item.keypoints for item in found if item.keypoints is not None]
    if found and len(keypoints) == len(found):
        packed["keypoints"] = np.concatenate(keypoints)
    rotated = [item.rotated for item in found if item.rotated is not None]
    if found and len(rotated) == len(found):
        packed["rotated"] = np.concatenate(rotated)
    return packed


def _unpacked(packed: NDArray[np.uint8], count: int) -> Grids:
    """``count`` outlines; ValueError where they are not as many or damaged."""
    size = count * SIDE * SIDE
    unpacker = zlib.decompressobj()
    try:
        values = unpacker.decompress(packed.data, size + 1)  # no more, whatever it would grow to
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if len(values) != size or not unpacker.eof:
        raise ValueError(f"outlines of {len(values)} bytes for {count} detections")
    return np.frombuffer(bytearray(values), np.uint8).reshape(count, SIDE, SIDE)


def load_predictions(path: Path) -> PredictionSet:
    """Read what :func:`save_predictions` wrote.

    Raises
    ------
    WorkbenchError
        If the file cannot be opened.
    FormatError
        If it is damaged, of another kind or of a newer version.
    """
    data = read_file(path, LIMIT)
    try:
        return _decode(data)
    except OtherFormat as error:
        raise FormatError("it does not hold predictions", path=path) from error
    except OtherVersion as error:
        raise FormatError("it was written by another version of the program (format "
                          f"{error}, this one reads {VERSION})", path=path) from error
    except ValueError as error:
        raise FormatError("the predictions are damaged; evaluate the run again to make new ones",
                          path=path) from error


def _decode(data: bytes) -> PredictionSet:
    known, arrays = read_answers(data, FORMAT, _ARRAYS, _DETAILS)
    counts = arrays["counts"]
    found = len(arrays["scores"])
    # Each first, because the sum of two huge ones may be anything.
    fit = not counts.size or 0 <= counts.min() <= counts.max() <= found
    if not fit or not counts.sum() == len(arrays["boxes"]) == len(arrays["labels"]) == found:
        raise ValueError("counts do not add up")
    classes = known["classes"]
    labels = arrays["labels"]
    if labels.size and not 0 <= labels.min() <= labels.max() < len(classes):
        raise ValueError("a label has no class")
    packed = arrays.get("outlines")
    every = Detections(arrays["boxes"], arrays["scores"], labels,
                       None if packed is None else _unpacked(packed, found),
                       arrays.get("keypoints"), arrays.get("rotated"))
    ends = np.cumsum(counts)
    parts = [slice(end - count, end) for count, end in zip(counts, ends, strict=True)]
    return PredictionSet(
        files=known["files"],
        sizes=[(int(width), int(height)) for width, height in arrays["sizes"]],
        detections=[every.select(part) for part in parts],
        classes=classes,
        meta=known["meta"],
    )
