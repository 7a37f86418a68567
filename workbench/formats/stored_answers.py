"""What all archives with the answers of a model share: a header of JSON, and arrays of known kinds.

The header is the array ``header``, UTF-8 JSON as uint8: format, version, files, classes, meta.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypedDict, TypeVar

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import FormatError, WorkbenchError
from workbench.core.plain import fitted, parse_json
from workbench.formats.arrays import json_array, read_arrays
from workbench.formats.regular_file import read_file

VERSION = 1
ANY = -1
"""Of an array that may have any length along an axis."""
Kinds = Mapping[str, tuple[type, tuple[int, ...]]]
"""Type of each array, and how large it is along all axes but the first."""


class OtherFormat(ValueError):
    """It holds something else, or is no archive of answers."""


class OtherVersion(ValueError):
    """It was written by another version of the program; the argument says which."""


class AnswersHeader(TypedDict):
    files: list[str]
    classes: list[str]
    meta: dict[str, Any]


class StoredAnswers(Protocol):
    """What such an archive holds."""

    meta: dict[str, Any]


AnswersT = TypeVar("AnswersT", bound=StoredAnswers)
AnswerT = TypeVar("AnswerT")


def answers_header(format: str, files: Sequence[str], classes: Sequence[str],
                   meta: Mapping[str, Any], **more: bool) -> NDArray[np.uint8]:
    """The header as an array."""
    return json_array({"format": format, "version": VERSION, "files": list(files),
                       "classes": list(classes), "meta": dict(meta), **more})


def read_answers(data: bytes, format: str, kinds: Kinds, sometimes: Kinds | None = None,
                 ) -> tuple[AnswersHeader, dict[str, NDArray[Any]]]:
    """The header and the arrays; of those that are there ``sometimes`` the ones that the header
    names.

    Raises
    ------
    ValueError
        If the archive is damaged, or an array is not what it should be; as :class:`OtherFormat` or
        :class:`OtherVersion` where it is another archive.
    """
    header = parse_json(read_arrays(data, ["header"])["header"].tobytes())
    if not isinstance(header, Mapping) or header.get("format") != format:
        raise OtherFormat(format)
    if header.get("version") != VERSION:
        raise OtherVersion(header.get("version"))
    known = fitted(header, AnswersHeader)
    there = {name: kind for name, kind in (sometimes or {}).items() if header.get(name) is True}
    expected = {**kinds, **there}
    arrays = read_arrays(data, expected)
    for name, (kind, shape) in expected.items():
        _check(arrays[name], name, kind, shape)
    return known, arrays


@contextmanager
def opened_answers(path: Path, limit: int, noun: str, format: str, kinds: Kinds,
                   ) -> Iterator[tuple[AnswersHeader, dict[str, NDArray[Any]]]]:
    """The header and the arrays of the archive of ``noun`` at ``path``, of at most ``limit`` bytes;
    a ValueError in this block says that it is damaged.

    Raises
    ------
    WorkbenchError
        If the file cannot be opened.
    FormatError
        If it is damaged, of another kind or of another version.
    """
    data = read_file(path, limit)
    try:
        yield read_answers(data, format, kinds)
    except ValueError as error:
        raise FormatError(f"these are no {noun} that can be read; evaluate the run again to make "
                          "new ones", path=path) from error


def _check(array: NDArray[Any], name: str, kind: type, expected: tuple[int, ...]) -> None:
    shape = array.shape[1:]
    fits = len(shape) == len(expected) and array.ndim > 0 and all(
        wanted in (size, ANY) for size, wanted in zip(shape, expected, strict=True))
    if array.dtype != kind or not fits:
        raise ValueError(f"{name} is {array.dtype} {array.shape}")


def of_model(load: Callable[[Path], AnswersT], path: Path, model: str) -> AnswersT | None:
    """What a file holds of the very model of this id, or None: there is none yet, or it is damaged
    or of another model, and has to be made again."""
    try:
        found = load(path)
    except WorkbenchError:
        return None
    return found if found.meta.get("model") == model else None


@dataclass(frozen=True, slots=True)
class Known(Generic[AnswerT]):
    """What is stored of a model: its answers by image key, and which images it could not read."""

    answers: Mapping[str, AnswerT]
    unreadable: frozenset[str] = frozenset()

    def complete(self, keys: Sequence[str]) -> bool:
        """Whether it holds exactly ``keys``, but for those that could not be read then."""
        return bool(self.answers) and set(self.answers) == set(keys) - self.unreadable
