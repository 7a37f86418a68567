"""Large annotations, read and understood by a thread before a document is made of them.

Nothing else changes: the document is made on the owner's thread as always, from the bytes that
the disk holds then. Where these are the ones that were read ahead, it costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.annotation import LabeledObject
from workbench.core.background import Post, WorkQueue
from workbench.core.errors import FormatError, WorkbenchError
from workbench.project.edits.saver import read_or_none

if TYPE_CHECKING:
    from workbench.project.stores.base import AnnotationStore, LabelFile

LARGE = 2_000_000
"""Bytes, some 10,000 boxes; less is read in a tenth of a second, on the thread that asks."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What an annotation file with content ``data`` holds, its objects with corners in order."""

    data: bytes
    base: LabelFile | FormatError
    objects: tuple[LabeledObject, ...] = ()


def parsed(store: AnnotationStore, data: bytes, path: Path, image: Path) -> Parsed:
    """Understand ``data``; what is wrong with it is kept and not raised."""
    try:
        base = store.parse(data, path, image)
    except FormatError as error:
        return Parsed(data, error)
    objects = base.annotation.objects
    if any(problem.kind == "swapped-box" for problem in base.problems):
        objects = tuple(item.in_order() for item in objects)
    return Parsed(data, base, objects)


class ReadAhead:
    """One file at a time, the one asked for last; what was read is kept until it is taken.

    Parameters
    ----------
    post
        Runs a function on the owner's thread.
    """

    def __init__(self, post: Post) -> None:
        self._queue: WorkQueue[str] = WorkQueue(name="read-ahead", post=post)
        self._kept: tuple[Path, Parsed] | None = None

    def read(self, store: AnnotationStore, path: Path, image: Path,
             then: Callable[[], None]) -> None:
        """Read ``path`` of ``image``, then call ``then`` on the owner's thread, whatever became of
        it; not where another file was asked for meanwhile."""
        def take(found: Parsed | None) -> None:
            self._kept = (path, found) if found is not None else None
            then()

        self._kept = None
        self._queue.cancel()
        self._queue.ask("newest", lambda: _read(store, path, image), take)

    def has(self, path: Path, data: bytes) -> bool:
        """Whether ``data`` is what was read of ``path``."""
        return self._kept is not None and self._kept[0] == path and self._kept[1].data == data

    def take(self, path: Path, data: bytes) -> Parsed | None:
        """What ``data`` of ``path`` holds, if it was read; it is given away once."""
        if not self.has(path, data):
            return None
        kept, self._kept = self._kept, None
        return kept[1] if kept is not None else None


def _read(store: AnnotationStore, path: Path, image: Path) -> Parsed | None:
    """None for what is reported when a document is made of it."""
    try:
        data = read_or_none(path)
        return parsed(store, data, path, image) if data is not None else None
    except (WorkbenchError, MemoryError):
        return None
