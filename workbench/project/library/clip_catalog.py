"""Which sounds a project has, in order, and what is known of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from workbench.core.signal import Signal
from workbench.project.library.clips import ClipSummary
from workbench.project.library.scan import natural_key

_UNKNOWN = ClipSummary()  # of a clip that was not looked at


class SoundCatalog:
    """The clips by row and by key, in natural order, with their summaries.

    Signals
    -------
    reset
        The list of clips is another.
    summary_changed
        The summary of this key changed; "" stands for many at once.
    """

    def __init__(self) -> None:
        self.reset: Signal[()] = Signal()
        self.summary_changed: Signal[str] = Signal()
        self._keys: list[str] = []
        self._rows: dict[str, int] = {}
        self._summaries: dict[str, ClipSummary] = {}
        self._counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def keys(self) -> Sequence[str]:
        """In natural order; do not change the list."""
        return self._keys

    def key(self, row: int) -> str:
        return self._keys[row]

    def row(self, key: str) -> int | None:
        return self._rows.get(key)

    def summary(self, key: str) -> ClipSummary:
        return self._summaries.get(key, _UNKNOWN)

    def class_counts(self) -> Counter[str]:
        """Clips and regions by class name; a copy."""
        return Counter({name: count for name, count in self._counts.items() if count > 0})

    def groups(self) -> dict[str, str]:
        """Group by key, where one is known."""
        return {key: item.group for key, item in self._summaries.items() if item.group}

    # For the library that this is the list of

    def _replace(self, keys: list[str], summaries: Mapping[str, ClipSummary]) -> None:
        """These are the clips, in this order; nothing else is known of them."""
        self._keys = keys
        self._rows = {key: row for row, key in enumerate(keys)}
        self._summaries = {}
        self._counts = Counter()
        for key, summary in summaries.items():
            self._store(key, summary)
        self.reset.emit()

    def _store(self, key: str, summary: ClipSummary) -> None:
        """Take in what is so about a clip; a new one has its row after :meth:`_sort`."""
        self._forget(key)
        self._summaries[key] = summary
        for name, count in summary.classes:
            self._counts[name] += count

    def _forget(self, key: str) -> None:
        """Drop what is known of a clip; its row stays until :meth:`_sort`."""
        known = self._summaries.pop(key, None)
        for name, count in known.classes if known is not None else ():
            self._counts[name] -= count

    def _sort(self) -> None:
        """Make rows of all clips that something is known of."""
        self._keys = sorted(self._summaries, key=natural_key)
        self._rows = {key: row for row, key in enumerate(self._keys)}
        self.reset.emit()
