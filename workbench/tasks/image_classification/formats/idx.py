"""IDX files, as MNIST, Fashion-MNIST and EMNIST are published in, plain or gzipped.

Source: yann.lecun.com/exdb/mnist, "File formats": two zero bytes, the type (8 for unsigned bytes),
the number of dimensions, each dimension as big-endian int32, the values. Images and labels are
pairs of files, ``NAME-images-idx3-ubyte`` and ``NAME-labels-idx1-ubyte``.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import FormatError, Problem, WorkbenchError
from workbench.extension.annotation_formats import AnnotatedSample, ClassNames, Source
from workbench.formats.regular_file import open_regular
from workbench.tasks.image_classification.formats.pixels import about_val, write_samples

_IMAGES = re.compile(r"(?P<name>.*?)[-_.]?images[-_.]idx3[-_.]ubyte(\.gz)?", re.IGNORECASE)
_MOST = 1 << 31  # bytes of values
_UNSIGNED = 8


def sniff(path: Path) -> bool:
    if path.is_file():
        return bool(_IMAGES.fullmatch(path.name))
    return any(_IMAGES.fullmatch(file.name) for pattern in ("*ubyte*", "*/*ubyte*")
               for file in path.glob(pattern))


def read(source: Source) -> Iterator[AnnotatedSample | ClassNames | Problem]:
    """The images of all pairs, as PNG files in a folder for each class."""
    found = [file for file in sorted(source.folder.rglob("*ubyte*"))
             if _IMAGES.fullmatch(file.name)]
    names: set[str] = set()
    parts: Counter[str] = Counter()
    for file in found:
        if file.suffix.lower() == ".gz" and file.with_suffix("") in found:
            source.used.update((file, *_labels_of(file)))  # the same again, packed
            continue
        part = _part(file)
        place = part or file.name.partition("-")[0]
        try:
            pixels, labels, other = _pair(file)
        except WorkbenchError as error:
            yield Problem(str(file), "unreadable-labels", error.sentence())
            continue
        source.used.update((file, other))
        names |= set(labels)
        yield from write_samples(pixels, labels, place, parts[place], source.scratch,
                                 splits=bool(part))
        parts[place] += len(labels)
    yield ClassNames(tuple(sorted(names, key=lambda name: (len(name), name))))
    if parts["train"] and not parts["val"]:
        yield about_val(source.folder)


def _part(file: Path) -> str:
    """ "train", "val", "test" or "" by the name of a file."""
    match = _IMAGES.fullmatch(file.name)
    name = match["name"].lower() if match is not None else ""
    return next((part for part, words in (("train", ("train",)), ("val", ("val",)),
                                          ("test", ("test", "t10k")))
                 if any(word in name for word in words)), "")


def _pair(file: Path) -> tuple[NDArray[np.uint8], list[str], Path]:
    """Images and labels of one pair, and the file of the latter; raises FormatError."""
    images = read_idx(file)
    other = next(_labels_of(file), None)
    if other is None:
        raise FormatError(f"its labels, {_twin(file)}, are not there", path=file)
    labels = read_idx(other)
    if images.ndim != 3 or labels.ndim != 1:
        raise FormatError("images must have three dimensions and labels one", path=file)
    if len(images) != len(labels):
        raise FormatError(f"it holds {len(images):,} images, but {other.name} has "
                          f"{len(labels):,} labels", path=file)
    if 0 in images.shape[1:]:
        raise FormatError("its images have no pixels", path=file)
    return images, [str(value) for value in labels.tolist()], other


def _twin(file: Path) -> str:
    return re.sub("images([-_.])idx3", r"labels\1idx1", file.name, flags=re.IGNORECASE)


def _labels_of(file: Path) -> Iterator[Path]:
    """The labels of a file of images, where they are there: plain or gzipped, best first."""
    twin = _twin(file)
    for name in (twin, twin.removesuffix(".gz"), f"{twin}.gz"):
        if (path := file.with_name(name)).is_file():
            yield path


def read_idx(path: Path) -> NDArray[np.uint8]:
    """The values of an IDX file of unsigned bytes.

    Raises
    ------
    FormatError
        If it is none, is cut off, or claims more than there is.
    """
    try:
        with open_regular(path) as raw, \
                (gzip.open(raw) if path.suffix.lower() == ".gz" else raw) as file:
            head = file.read(4)
            if len(head) < 4 or head[:2] != b"\0\0" or not 1 <= head[3] <= 4:
                raise FormatError("it is no IDX file", path=path)
            if head[2] != _UNSIGNED:
                raise FormatError("its values are not unsigned bytes", path=path)
            sizes = np.frombuffer(file.read(4 * head[3]), ">i4").tolist()
            wanted = int(np.prod(sizes, dtype=object)) if len(sizes) == head[3] else -1
            if wanted < 0 or min(sizes) < 0:
                raise FormatError("it is cut off", path=path)
            if wanted > _MOST:
                raise FormatError(f"it claims {wanted:,} values, more than are read", path=path)
            data = file.read(wanted)
    except (OSError, EOFError, zlib.error) as error:
        raise FormatError(f"it could not be read ({error})", path=path) from None
    if len(data) != wanted:
        raise FormatError(f"it is cut off: {len(data):,} of {wanted:,} values are there", path=path)
    return np.frombuffer(data, np.uint8).reshape(sizes)
