"""Which samples of one medium a project has, in order, and what is known of each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from workbench.core.signal import Signal
from workbench.project.library.scan import sort_key

S = TypeVar("S")


class SampleCatalog(ABC, Generic[S]):
    """Samples by row and by key, each with a summary of the type ``S`` as it is kept.

    A key is the posix path of a sample relative to the project folder. Rows are in natural order
    (img2 before img10) as soon as the folder is known.
    """

    def __init__(self) -> None:
        self.scanning = True
        """Whether samples are still being looked for."""
        self.reset: Signal[()] = Signal()
        """The rows are others; remember places by key."""
        self.summary_changed: Signal[str] = Signal()
        """The summary of this key changed; "" stands for many at once."""
        self.finished: Signal[()] = Signal()
        """All samples are found and in order."""
        self._keys: list[str] = []
        self._sorted = False
        self._summaries: dict[str, S] = {}
        self._counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.row(key) is not None

    def key(self, row: int) -> str:
        return self._keys[row]

    def row(self, key: str) -> int | None:
        """Row of ``key``, or None where there is no such sample."""
        if not self._sorted:
            return self._keys.index(key) if key in self._keys else None
        # A table of 100,000 names would cost the window 20 ms each time they change.
        row = bisect_left(self._keys, sort_key(key), key=sort_key)
        return row if row < len(self._keys) and self._keys[row] == key else None

    def keys(self) -> Sequence[str]:
        """The keys in row order; do not change the list."""
        return self._keys

    def class_counts(self) -> Counter[str]:
        """Number of objects by class name in all that was summarized; a copy."""
        return Counter(self._counts)

    @abstractmethod
    def classes_of(self, summary: S) -> Iterable[tuple[str, int]]:
        """Number of objects by class name on one sample."""

    def _store(self, key: str, summary: S | None) -> bool:
        """Take in what is known of a sample, None for nothing; whether that is something else."""
        old = self._summaries.get(key)
        if old == summary:
            return False
        if old is not None:
            self._count(old, -1)
        if summary is None:
            self._summaries.pop(key, None)
        else:
            self._summaries[key] = summary
            self._count(summary, 1)
        return True

    def _count(self, summary: S, sign: int) -> None:
        """Count a summary in, or out with ``sign`` -1."""
        for name, number in self.classes_of(summary):
            left = self._counts[name] + sign * number
            if left:
                self._counts[name] = left
            else:
                del self._counts[name]
