"""Large annotations, read and understood by a thread before a document is made of them.

Nothing else changes: the document is made on the owner's thread as always, from the bytes that
the disk holds then. Where these are the ones that were read ahead, it costs next to nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.annotation import LabeledObject
from workbench.core.errors import FormatError, WorkbenchError
from workbench.project.edits.saver import read_or_none

if TYPE_CHECKING:
    from workbench.formats.voc import VocDocument

LARGE = 2_000_000
"""Bytes, some 10,000 boxes; less is read in a tenth of a second, on the thread that asks."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What an annotation file with content ``data`` holds, its objects with corners in order."""

    data: bytes
    base: VocDocument | FormatError
    objects: tuple[LabeledObject, ...] = ()


def parsed(data: bytes, convention: str, path: Path) -> Parsed:
    """Understand ``data``; what is wrong with it is kept and not raised."""
    from workbench.formats.voc import VocConvention, parse_voc

    try:
        base = parse_voc(data, VocConvention(convention), path)
    except FormatError as error:
        return Parsed(data, error)
    return Parsed(data, base, tuple(item.in_order() for item in base.annotation.objects))


class ReadAhead:
    """One file at a time, the one asked for last; what was read is kept until it is taken.

    Parameters
    ----------
    post
        Runs a function on the owner's thread.
    """

    def __init__(self, post: Callable[[Callable[[], None]], None]) -> None:
        self._post = post
        self._lock = threading.Lock()
        self._wish: tuple[Path, str, Callable[[], None]] | None = None
        self._busy = False
        self._kept: tuple[Path, Parsed] | None = None

    def read(self, path: Path, convention: str, then: Callable[[], None]) -> None:
        """Read ``path``, then call ``then`` on the owner's thread, whatever became of it; not
        where another file was asked for meanwhile."""
        with self._lock:
            self._wish, self._kept = (path, convention, then), None
            if not self._busy:
                self._busy = True
                threading.Thread(target=self._work, name="read-ahead", daemon=True).start()

    def has(self, path: Path, data: bytes) -> bool:
        """Whether ``data`` is what was read of ``path``."""
        with self._lock:
            return self._kept is not None and self._kept[0] == path and self._kept[1].data == data

    def take(self, path: Path, data: bytes) -> Parsed | None:
        """What ``data`` of ``path`` holds, if it was read; it is given away once."""
        if not self.has(path, data):
            return None
        with self._lock:
            kept, self._kept = self._kept, None
        return kept[1] if kept is not None else None

    def _work(self) -> None:
        while True:
            with self._lock:
                if (wish := self._wish) is None:
                    self._busy = False
                    return
            path, convention, then = wish
            found = _read(path, convention)
            with self._lock:
                if self._wish is not wish:
                    continue
                self._wish = None
                self._kept = (path, found) if found is not None else None
            self._post(then)


def _read(path: Path, convention: str) -> Parsed | None:
    """None for what the owner is told of when a document is made of it."""
    try:
        data = read_or_none(path)
        return parsed(data, convention, path) if data is not None else None
    except (WorkbenchError, MemoryError):
        return None
