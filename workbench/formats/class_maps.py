"""Raw answers of a model of areas on one split: stored once, thresholded later.

Format: an npz archive (uncompressed zip of npy arrays) that is read without pickle.

=========== ======= ====== ======================================================
array       dtype   shape  meaning
=========== ======= ====== ======================================================
``header``  uint8   (B,)   UTF-8 JSON: format, version, files, classes, meta
``sizes``   int64   (F, 2) width and height of each image in pixels as displayed
``shapes``  int64   (F, 2) width and height of its map
``lengths`` int64   (F,)   bytes of its stream; they follow one another in
``maps``    uint8   (B,)   zlib streams of the bytes of uint8 (2, h, w): labels and
                           levels (:mod:`workbench.core.class_maps`)
=========== ======= ====== ======================================================
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from workbench.core.class_maps import LEVELS, MOST_PIXELS, ClassMap
from workbench.core.errors import FormatError
from workbench.formats.arrays import write_arrays
from workbench.formats.regular_file import MB
from workbench.formats.stored_answers import Kinds, answers_header, of_model, opened_answers

FORMAT = "workbench-class-maps"
LIMIT = 8000 * MB
"""Bytes of a file that is read: maps of some 100,000 images."""
_QUICKLY = 1  # of zlib: more takes twice as long and saves little
_ARRAYS: Kinds = {
    "sizes": (np.int64, (2,)), "shapes": (np.int64, (2,)), "lengths": (np.int64, ()),
    "maps": (np.uint8, ()),
}


class PackedMap(NamedTuple):
    """A map as it is stored, a tenth as large, and its (width, height)."""

    size: tuple[int, int]
    data: bytes

    @classmethod
    def of(cls, found: ClassMap) -> PackedMap:
        return cls(found.size, zlib.compress(found.labels.tobytes() + found.levels.tobytes(),
                                             _QUICKLY))

    def map(self) -> ClassMap:
        width, height = self.size
        planes = np.frombuffer(zlib.decompress(self.data), np.uint8).reshape(2, height, width)
        return ClassMap(*planes)


@dataclass(slots=True)
class ClassMapSet:
    """What a model says of a list of images; maps stay packed until they are asked for."""

    files: list[str]
    """Keys of the images: posix paths relative to the project."""
    sizes: list[tuple[int, int]]
    """``(width, height)`` of each in pixels as displayed."""
    classes: list[str]
    """Class names of the run, in the order that labels index."""
    packed: list[bytes]
    shapes: list[tuple[int, int]]
    """The map of each as a stream, and its ``(width, height)``."""
    meta: dict[str, Any] = field(default_factory=dict)
    """Anything JSON can hold: model, split, unreadable files."""

    def __len__(self) -> int:
        return len(self.files)

    def map(self, index: int) -> ClassMap:
        """The map of one image.

        Raises
        ------
        FormatError
            If its stream is damaged.
        """
        width, height = self.shapes[index]
        wanted = 2 * width * height
        try:
            data = zlib.decompressobj().decompress(self.packed[index], wanted + 1)
        except zlib.error as error:
            raise FormatError("what is stored of an image is damaged; evaluate the run again to "
                              "make it new", path=Path(self.files[index])) from error
        found = np.frombuffer(data, np.uint8)
        if found.size != wanted:
            raise FormatError("what is stored of an image is cut off; evaluate the run again to "
                              "make it new", path=Path(self.files[index]))
        labels, levels = found.reshape(2, height, width)
        if levels.max(initial=0) > LEVELS or labels.max(initial=0) >= max(1, len(self.classes)):
            raise FormatError("what is stored of an image is damaged; evaluate the run again to "
                              "make it new", path=Path(self.files[index]))
        return ClassMap(labels, levels)

    def add(self, file: str, size: tuple[int, int], found: ClassMap | PackedMap) -> None:
        """Take in what is said of one more image."""
        kept = found if isinstance(found, PackedMap) else PackedMap.of(found)
        self.files.append(file)
        self.sizes.append(size)
        self.packed.append(kept.data)
        self.shapes.append(kept.size)

    @classmethod
    def of(cls, files: Sequence[str], sizes: Sequence[tuple[int, int]],
           maps: Sequence[ClassMap | PackedMap], classes: Sequence[str], meta: dict[str, Any],
           ) -> ClassMapSet:
        """The set of these maps."""
        made = cls([], [], list(classes), [], [], meta)
        for item in zip(files, sizes, maps, strict=True):
            made.add(*item)
        return made


def save_class_maps(path: Path, found: ClassMapSet) -> None:
    """Write ``found`` atomically.

    Raises
    ------
    WorkbenchError
        If the disk refuses; a file that was there before is untouched.
    """
    write_arrays(
        path, header=answers_header(FORMAT, found.files, found.classes, found.meta),
        sizes=np.array(found.sizes, np.int64).reshape(-1, 2),
        shapes=np.array(found.shapes, np.int64).reshape(-1, 2),
        lengths=np.array([len(item) for item in found.packed], np.int64),
        maps=np.frombuffer(b"".join(found.packed), np.uint8))


def load_class_maps(path: Path) -> ClassMapSet:
    """Read what :func:`save_class_maps` wrote; see :func:`.opened_answers`."""
    with opened_answers(path, LIMIT, "areas", FORMAT, _ARRAYS) as (header, arrays):
        shapes, lengths = arrays["shapes"], arrays["lengths"]
        files = header["files"]
        if not len(files) == len(arrays["sizes"]) == len(shapes) == len(lengths):
            raise ValueError(f"{len(files)} files, {len(lengths)} maps")
        if len(files) and (lengths.min() < 0 or shapes.min() < 1
                           or int(shapes.prod(1).max()) > MOST_PIXELS
                           or shapes.max() > MOST_PIXELS):
            raise ValueError("a map has an impossible size")
        ends = np.cumsum(lengths)
        if (int(ends[-1]) if len(ends) else 0) != len(arrays["maps"]):
            raise ValueError("maps are missing")
        packed = [arrays["maps"][end - length:end].tobytes()
                  for end, length in zip(ends.tolist(), lengths.tolist(), strict=True)]
        return ClassMapSet(files, _pairs(arrays["sizes"]), header["classes"], packed,
                           _pairs(shapes), header["meta"])


def _pairs(values: Any) -> list[tuple[int, int]]:
    return [(int(one), int(other)) for one, other in values.tolist()]


def class_maps_of_model(path: Path, model: str) -> ClassMapSet | None:
    """What a file holds of the model of this id; see :func:`of_model`."""
    return of_model(load_class_maps, path, model)
