"""Which sounds a project has, in order, and what is known of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from workbench.project.library.catalog import SampleCatalog
from workbench.project.library.clips import ClipSummary
from workbench.project.library.scan import sort_naturally

_UNKNOWN = ClipSummary()  # of a clip that was not looked at


class SoundCatalog(SampleCatalog[ClipSummary]):
    """The clips of a project, counted by class: once as a whole, once for each region."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, int] = {}

    def row(self, key: str) -> int | None:
        return self._rows.get(key)

    def summary(self, key: str) -> ClipSummary:
        return self._summaries.get(key, _UNKNOWN)

    def classes_of(self, summary: ClipSummary) -> Iterable[tuple[str, int]]:
        return summary.classes

    def groups(self) -> dict[str, str]:
        """Group by key, where one is known."""
        return {key: item.group for key, item in self._summaries.items() if item.group}

    # For the library that this is the list of

    def _replace(self, keys: list[str], summaries: Mapping[str, ClipSummary]) -> None:
        """These are the clips, in this order; nothing else is known of them."""
        self._summaries = {}
        self._counts = Counter()
        for key, summary in summaries.items():
            self._store(key, summary)
        self._set_keys(keys)

    def _sort(self) -> None:
        """Make rows of all clips that something is known of."""
        self._set_keys(sort_naturally(self._summaries))

    def _set_keys(self, keys: list[str]) -> None:
        self._keys = keys
        self._rows = {key: row for row, key in enumerate(keys)}
        self.reset.emit()
