"""IDX files, as MNIST, Fashion-MNIST and EMNIST are published in, plain or gzipped.

Source: yann.lecun.com/exdb/mnist, "File formats": two zero bytes, the type (8 for unsigned bytes),
the number of dimensions, each dimension as big-endian int32, the values. Images and labels are
pairs of files, ``NAME-images-idx3-ubyte`` and ``NAME-labels-idx1-ubyte``. A ``classes.txt`` beside
them, a name in each line, says what the numbers mean where that is not themselves.
"""

from __future__ import annotations

import gzip
import re
import shutil
import struct
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.errors import FormatError, Problem, WorkbenchError
from workbench.core.paths import visible
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    ClassNames,
    Pixels,
    Source,
    Target,
)
from workbench.formats.label_json import class_list
from workbench.formats.label_text import decode
from workbench.formats.regular_file import open_regular, read_file
from workbench.tasks.image_classification.formats.pixels import (
    about_val,
    decoded,
    labelled,
    require_bytes,
    write_samples,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PIXELS = Pixels(grey=True)
_NAMES = "classes.txt"
_FILES = {"train": "train", "val": "val", "test": "t10k", "": "all"}
"""How the files of a part begin."""

_IMAGES = re.compile(r"(?P<name>.*?)[-_.]?images[-_.]idx3[-_.]ubyte(\.gz)?", re.IGNORECASE)
_MOST = 1 << 31  # bytes of values
_UNSIGNED = 8


def sniff(path: Path) -> bool:
    if path.is_file():
        return bool(_IMAGES.fullmatch(path.name))
    return any(_IMAGES.fullmatch(file.name) for pattern in ("*ubyte*", "*/*ubyte*")
               for file in visible(path.glob(pattern)))


def read(source: Source) -> Iterator[AnnotatedSample | ClassNames | Problem]:
    """The images of all pairs, as PNG files in a folder for each class."""
    found = [file for file in sorted(visible(source.folder.rglob("*ubyte*")))
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
    names = _names(file.with_name(_NAMES))
    return images, [names[value] if value < len(names) else str(value)
                    for value in labels.tolist()], other


def _names(path: Path) -> list[str]:
    """What the numbers mean; nothing where no file says so."""
    if not path.is_file():
        return []
    return [line.strip() for line in decode(read_file(path), path)[0].splitlines() if line.strip()]


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
    import numpy as np

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


# --- writing --------------------------------------------------------------------------------------


def write(target: Target, samples: Iterable[AnnotatedSample], packed: bool = False) -> None:
    """A pair of files for each part, and the names of classes that are no numbers."""
    found = labelled(samples)
    require_bytes(target, "IDX")
    numbers = _numbers(target.classes)
    if any(name != str(number) for name, number in numbers.items()):
        target.write(_NAMES, class_list(target.classes))
    size = PIXELS.size({sample.annotation.size for sample, _ in found
                        if sample.annotation is not None and sample.annotation.size is not None})
    for part, begins in _FILES.items():
        own = [(sample, label) for sample, label in found if sample.split == part]
        if own:
            _write_pair(target, own, begins, size, numbers)
    if packed:
        for file in sorted(target.folder.glob("*-ubyte")):
            with file.open("rb") as plain, gzip.open(f"{file}.gz", "wb") as stream:
                shutil.copyfileobj(plain, stream)
            file.unlink()


write_packed = partial(write, packed=True)
"""The same, gzipped."""


def _numbers(classes: tuple[str, ...]) -> Mapping[str, int]:
    """Classes that are numbers keep them; others are counted."""
    if all(name.isascii() and name.isdecimal() and str(int(name)) == name and int(name) < 256
           for name in classes):
        return {name: int(name) for name in classes}
    return {name: number for number, name in enumerate(classes)}


def _write_pair(target: Target, own: list[tuple[AnnotatedSample, str]], begins: str,
                size: tuple[int, int], numbers: Mapping[str, int]) -> None:
    width, height = size
    labels = bytearray()
    with (target.folder / f"{begins}-images-idx3-ubyte").open("wb") as stream:
        stream.write(_head(len(own), height, width))
        for values, label in decoded(own, size, True, target):
            stream.write(values.tobytes())
            labels.append(numbers[label])
        stream.seek(0)  # some may not have been readable
        stream.write(_head(len(labels), height, width))
    target.write(f"{begins}-labels-idx1-ubyte", _head(len(labels)) + labels)


def _head(*sizes: int) -> bytes:
    return bytes((0, 0, _UNSIGNED, len(sizes))) + struct.pack(f">{len(sizes)}i", *sizes)
