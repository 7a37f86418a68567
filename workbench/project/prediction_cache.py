"""What a model answered about files of any place, kept until the program starts again.

A file of lines: first what was asked of which model, then for each answer a check sum (that goes on
from the one of the first line: another window may have begun the file anew about another model), a
space and JSON with the size and time of its file. It lies in the cache: without it files are looked
at again.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from workbench.core.errors import WorkbenchError
from workbench.core.plain import JSON
from workbench.formats.atomic import write_atomic
from workbench.formats.regular_file import MB, open_regular

FILE = "predicted.jsonl"
MOST_BYTES = 500 * MB
"""What is answered beyond that is not kept."""
_VERSION = 2
_AT_A_TIME = 500
Stamp = list[int]


class Kept(NamedTuple):
    """Answers and problems, as they came, about files that are as they were then; videos that were
    looked at to their end; files that are gone or others by now."""

    items: list[JSON]
    problems: list[JSON]
    ended: set[str]
    stale: set[str]


NOTHING_KEPT = Kept([], [], set(), set())


def stamp_of(path: str | Path) -> Stamp | None:
    """What tells whether a file is still the same: its size and time; None where it is gone."""
    try:
        stat = Path(path).stat()
    except (OSError, ValueError):
        return None
    return [stat.st_size, stat.st_mtime_ns]


class PredictionCache:
    """The answers to one question; those to another one are replaced when the first comes.

    Parameters
    ----------
    path
        Of the file.
    head
        What was asked of which model, as JSON.
    """

    def __init__(self, path: Path, head: Mapping[str, Any]) -> None:
        self._path = path
        self._head = _line({"version": _VERSION, **head})
        self._seed = zlib.crc32(self._head)
        self._begun = False

    def add(self, items: Iterable[JSON], problems: Iterable[JSON] = (),
            ended: Iterable[str] = ()) -> None:
        """Keep answers; what the disk does not take is not kept."""
        stamps: dict[str, Stamp | None] = {}

        def told(kind: str, file: str, value: Any) -> bytes:
            if file not in stamps:
                stamps[file] = stamp_of(file)
            return _line({"stamp": stamps[file], "file": file, kind: value}, self._seed)

        lines = [*(told("item", str(item["file"]), item) for item in items),
                 *(told("problem", str(item["file"]), item) for item in problems),
                 *(told("ended", file, True) for file in ended)]
        try:
            self._begin()
            with self._path.open("ab") as out:
                if out.tell() < MOST_BYTES:
                    out.write(b"\n" + b"".join(lines))  # after a line that was cut off, if one was
        except (OSError, WorkbenchError):
            self._begun = False

    def _begin(self) -> None:
        if not self._begun:
            if not self._is_same():
                write_atomic(self._path, self._head)
            self._begun = True

    def _is_same(self) -> bool:
        try:
            with open_regular(self._path) as stream:
                return stream.readline() == self._head
        except (OSError, WorkbenchError):
            return False

    def read(self, check: Callable[[], object]) -> Kept:
        """What is kept of answers to this question; ``check`` raises what ends it."""
        items: dict[tuple[str, int], JSON] = {}
        problems: dict[str, JSON] = {}
        ended: set[str] = set()
        stamps: dict[str, Stamp | None] = {}
        stale: set[str] = set()
        for number, line in enumerate(self._lines()):
            if number % _AT_A_TIME == 0:
                check()
            data = _read(line, self._seed)
            file = data.get("file")
            if not isinstance(file, str):
                continue
            if file not in stamps:
                stamps[file] = stamp_of(file)
            if stamps[file] is None or stamps[file] != data.get("stamp"):
                stale.add(file)
            elif "item" in data:
                items[file, data["item"].get("frame", -1)] = data["item"]
                problems.pop(file, None)
            elif "problem" in data:
                problems[file] = data["problem"]
            elif "ended" in data:
                ended.add(file)
        known = {file for file, _ in items} | problems.keys()
        return Kept([*items.values()], [*problems.values()], ended, stale - known)

    def _lines(self) -> Iterable[bytes]:
        if not self._is_same():
            return
        try:
            with open_regular(self._path) as stream:
                next(stream)
                yield from stream
        except (OSError, WorkbenchError):
            return

    def forget(self) -> None:
        """Keep nothing."""
        self._begun = False
        self._path.unlink(missing_ok=True)


def _line(data: Mapping[str, Any], seed: int = 0) -> bytes:
    text = json.dumps(data, separators=(",", ":")).encode("ascii")
    return b"%08x %s\n" % (zlib.crc32(text, seed), text)


def _read(line: bytes, seed: int) -> JSON:
    """What a line says; nothing where it is damaged, or an answer to another question."""
    sum, _, text = line.rstrip(b"\n").partition(b" ")
    if sum != b"%08x" % zlib.crc32(text, seed):
        return {}
    data: JSON = json.loads(text)
    return data
