"""The binary files of CIFAR-10 and CIFAR-100: 32 × 32 pixels, a record for each image.

Source: cs.toronto.edu/~kriz/cifar.html, "Binary version". A record is the class as one byte (in
CIFAR-100 the coarse one and then the fine one), and 1,024 bytes each of red, green and blue.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from workbench.core.errors import FormatError, Problem, WorkbenchError
from workbench.core.paths import is_file, is_folder
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    ClassNames,
    Pixels,
    Source,
    Target,
)
from workbench.formats.label_json import class_list
from workbench.formats.label_text import decode
from workbench.formats.regular_file import read_file
from workbench.tasks.image_classification.formats.pixels import (
    about_val,
    decoded,
    labelled,
    require_bytes,
    write_samples,
)

if TYPE_CHECKING:
    import numpy as np

_SIDE = 32
PIXELS = Pixels(_SIDE)
_LIMIT = 1 << 29  # bytes of a file
_PIXELS = 3 * _SIDE * _SIDE


class _Cifar(NamedTuple):
    names: str
    """File with the classes, a line each."""
    files: tuple[tuple[str, str], ...]
    """Files that there may be, and the part that each is of."""
    label_bytes: int


_KINDS = (
    _Cifar("batches.meta.txt", (*((f"data_batch_{number}.bin", "train") for number in range(1, 6)),
                                ("test_batch.bin", "test")), 1),
    _Cifar("fine_label_names.txt", (("train.bin", "train"), ("test.bin", "test")), 2),
)


def _find(path: Path) -> tuple[Path, _Cifar] | None:
    """The folder of the files, and which they are."""
    if is_file(path):
        path = path.parent
    for folder in (path, *sorted(item for item in path.glob("*") if is_folder(item))):
        for kind in _KINDS:
            if is_file(folder / kind.names) and any(
                    is_file(folder / name) for name, _ in kind.files):
                return folder, kind
    return None


def sniff(path: Path) -> bool:
    return (is_folder(path) or path.suffix.lower() == ".bin") and _find(path) is not None


def read(source: Source) -> Iterator[AnnotatedSample | ClassNames | Problem]:
    """The images of all files, as PNG files in a folder for each class."""
    import numpy as np

    found = _find(source.folder)
    assert found is not None
    folder, kind = found
    text, _ = decode(read_file(folder / kind.names), folder / kind.names)
    names = [line.strip() for line in text.splitlines() if line.strip()]
    yield ClassNames(tuple(names))
    first = {"train": 0, "test": 0}
    for name, part in kind.files:
        path = folder / name
        if not is_file(path):
            yield Problem(str(path), "missing-file", f"{name} is not there.", "warning")
            continue
        try:
            samples = list(_records(path, kind, names))
        except WorkbenchError as error:
            yield Problem(str(path), "unreadable-labels", error.sentence())
            continue
        pixels = np.stack([item[0] for item in samples])
        yield from write_samples(pixels, [item[1] for item in samples], part, first[part],
                                 source.scratch)
        source.used.add(path)
        first[part] += len(samples)
    yield about_val(folder)


def _records(path: Path, kind: _Cifar, names: list[str]) -> Iterator[tuple[np.ndarray, str]]:
    import numpy as np

    data = np.frombuffer(read_file(path, _LIMIT), np.uint8)
    size = kind.label_bytes + _PIXELS
    if not len(data) or len(data) % size:
        raise FormatError(f"its {len(data):,} bytes are no whole number of images of {size:,} "
                          "bytes", path=path)
    for record in data.reshape(-1, size):
        number = int(record[kind.label_bytes - 1])
        if number >= len(names):
            raise FormatError(f"it names class {number}, but {kind.names} has {len(names)}",
                              path=path)
        yield (np.ascontiguousarray(record[kind.label_bytes :].reshape(3, _SIDE, _SIDE)
                                    .transpose(1, 2, 0)), names[number])


# --- writing --------------------------------------------------------------------------------------


def write_10(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """The files of CIFAR-10, with as many classes as there are."""
    _write(target, samples, _KINDS[0])


def write_100(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """Those of CIFAR-100; all classes are of one coarse one."""
    target.write("coarse_label_names.txt", "all\n")
    _write(target, samples, _KINDS[1])


def _write(target: Target, samples: Iterable[AnnotatedSample], kind: _Cifar) -> None:
    found = labelled(samples)
    require_bytes(target, "CIFAR")
    numbers = {name: number for number, name in enumerate(target.classes)}
    target.write(kind.names, class_list(target.classes))
    coarse = bytes(kind.label_bytes - 1)
    with ExitStack() as stack:
        for part in ("train", "test"):
            own = [item for item in found if (item[0].split == "test") == (part == "test")]
            files = [stack.enter_context((target.folder / name).open("wb"))
                     for name, of in kind.files if of == part]
            for place, (values, label) in enumerate(decoded(own, (_SIDE, _SIDE), False, target)):
                stream = files[place % len(files)]  # classes come in a row: each file has of all
                stream.write(coarse + bytes((numbers[label],)))
                stream.write(values.transpose(2, 0, 1).tobytes())
