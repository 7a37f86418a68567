"""The samples of a project as a model for a list view, filtered, up to hundreds of thousands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.core.signal import Connections, Signal
from workbench.core.text import tr
from workbench.gui.label.sample_filter import SampleFilter

if TYPE_CHECKING:
    from workbench.project.labelled_by import LabelledBy
    from workbench.project.statistics.facts import LabelFacts
    from workbench.project.statistics.table import ObjectTable

Index = QModelIndex | QPersistentModelIndex

_FOLDERS_SHOWN = 2
"""So many of a sample's folders are shown before its name at most."""


class SampleSource(Protocol):
    """All samples of one medium of an open project."""

    reset: Signal[()]
    summary_changed: Signal[str]
    finished: Signal[()]

    def __len__(self) -> int: ...
    def keys(self) -> Sequence[str]: ...
    def key(self, row: int) -> str: ...
    def row(self, key: str) -> int | None: ...
    def path(self, key: str) -> Path: ...
    def summary(self, key: str) -> Any: ...


class SampleModel(QAbstractListModel):
    """Rows are samples. A single one that is edited stays where it is, even if the filter would
    not choose it any more: a list that jumps under the hand costs more than a row too many."""

    def __init__(self, filter: SampleFilter, words: Callable[[Any], str],
                 parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.source: SampleSource | None = None
        self.filter = filter
        self._words = words
        self._classes: Iterable[str] = ()
        self._count = 0
        self._chosen: list[str] | None = None
        self._rows: dict[str, int] | None = None
        self._connections = Connections()
        self.trouble: Callable[[str], str] = lambda _path: ""
        """What is wrong with a sample's own file, in a sentence; "" for nothing."""
        self.facts: LabelFacts | None = None
        """All labels of the project, for filters that ask for them; set before the source."""
        self.labelled_by: LabelledBy | None = None
        """Who labelled what; the same."""

    # --- what is shown --------------------------------------------------------------------------

    def set_source(self, source: SampleSource | None, classes: Iterable[str] = ()) -> None:
        """Show the samples of another project."""
        self._connections.end()
        self.source, self._classes = source, classes
        if source is not None:
            self._connections.add(*self.connections(source))
            if self.facts is not None:
                self._connections.add(self.facts.changed.connect(self._labels_read))
            if self.labelled_by is not None:
                self._connections.add(self.labelled_by.changed.connect(self._people_read))
        self.refilter()

    def _labels_read(self) -> None:
        if self.filter.needs_labels:
            self.refilter()

    def _people_read(self) -> None:
        if self.filter.needs_people:
            self.refilter()

    def _person(self, key: str) -> str:
        """Who labelled a sample, or ""."""
        return self.labelled_by.labeller(key) if self.labelled_by is not None else ""

    def connections(self, source: SampleSource) -> list[Callable[[], None]]:
        """Listen to ``source``; what ends that."""
        return [source.reset.connect(self.refilter),
                source.summary_changed.connect(self.summary_changed)]

    @property
    def live(self) -> bool:
        """Whether without a filter rows are those of the source, and not a copy of them."""
        return False

    def set_filter(self, filter: SampleFilter) -> None:
        """Show other samples."""
        if filter != self.filter:
            self.filter = filter
            self.refilter()

    def refilter(self) -> None:
        """Apply the filter anew."""
        self.beginResetModel()
        source, self._rows = self.source, None
        if source is None:
            self._chosen, self._count = [], 0
        elif self.filter.shows_all and self.live:
            self._chosen, self._count = None, len(source)
        else:
            self._chosen = self.ordered(
                list(source.keys()) if self.filter.shows_all else
                self.chosen(source.keys()))
            self._count = len(self._chosen)
        self.endResetModel()

    def chosen(self, keys: Iterable[str]) -> list[str]:
        """Which of these samples the filter shows."""
        assert self.source is not None
        return self.filter.choose(keys, self.source.summary, self._classes, self._table(),
                                  self._person)

    def _table(self) -> ObjectTable | None:
        """All labels of the project, where the filter asks for them; they may not be read yet."""
        if self.facts is None or not self.filter.needs_labels:
            return None
        self.facts.want()
        return self.facts.table

    @property
    def waits(self) -> bool:
        """Whether the filter can only be applied when all labels are read."""
        return (self.filter.needs_labels and self.facts is not None
                and self.facts.table is None and not self.facts.failure)

    def ordered(self, keys: list[str]) -> list[str]:
        """The keys that are shown, in their order."""
        return keys

    def append(self, first: int, last: int) -> None:
        """The source has got rows at its end."""
        source = self.source
        assert source is not None
        if self._chosen is None:
            self.beginInsertRows(QModelIndex(), first, last)
            self._count = last + 1
            self.endInsertRows()
            return
        fresh = self.filter.choose((source.key(row) for row in range(first, last + 1)),
                                    source.summary, self._classes, self._table(), self._person)
        if fresh:
            self.beginInsertRows(QModelIndex(), self._count, self._count + len(fresh) - 1)
            self._chosen.extend(fresh)
            self._rows = None
            self._count = len(self._chosen)
            self.endInsertRows()

    def summary_changed(self, key: str) -> None:
        """Show a sample, or all where ``key`` is "", as the source describes it now."""
        first, last = 0, self._count - 1
        if key:
            row = self.row(key)
            first, last = (0, -1) if row is None else (row, row)
        if first <= last:
            self.dataChanged.emit(self.index(first), self.index(last))

    def key(self, row: int) -> str:
        """Key of the sample in ``row``."""
        if self._chosen is not None:
            return self._chosen[row]
        assert self.source is not None
        return self.source.key(row)

    def row(self, key: str) -> int | None:
        """Row of a sample, or None where it is not shown."""
        if self.source is None:
            return None
        if self._chosen is None:
            row = self.source.row(key)
            return row if row is not None and row < self._count else None
        if self._rows is None:
            self._rows = {name: row for row, name in enumerate(self._chosen)}
        return self._rows.get(key)

    def path(self, key: str) -> Path:
        """The sample's file."""
        assert self.source is not None
        return self.source.path(key)

    def shown_name(self, key: str) -> str:
        """The name of its file; where the samples lie in several folders, behind the last two that
        tell them apart, as cameras call their files alike (``cam03/fox/IMG_0012.JPG``)."""
        *folders, name = key.split("/")
        return "/".join([*folders[self._folders_of_all():][-_FOLDERS_SHOWN:], name])

    def _folders_of_all(self) -> int:
        """How many folders the first and the last sample have in common, and so all between them:
        this is asked for each row that is painted."""
        source = self.source
        if source is None or not len(source):
            return 0
        first, last = (source.key(row).split("/")[:-1] for row in (0, len(source) - 1))
        return len(list(takewhile(lambda pair: pair[0] == pair[1],
                                  zip(first, last, strict=False))))

    def summary(self, key: str) -> Any:
        return self.source.summary(key) if self.source is not None else None

    def problem(self, key: str) -> str:
        """Why a sample, or its labels, cannot be used; "" where they can."""
        return (getattr(self.summary(key), "problem", None)
                or self.trouble(str(self.path(key))))

    # --- the view asks --------------------------------------------------------------------------

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else self._count

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not 0 <= index.row() < self._count:
            return None
        key = self.key(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return key.rpartition("/")[2]
        if role == Qt.ItemDataRole.ToolTipRole:
            problem = self.problem(key)
            person = self._person(key)
            by = tr("labelled by {name}", name=person) if person else ""
            return "\n".join(filter(None, (key, by, problem)))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            summary = self.summary(key)
            verified = tr(", verified") if getattr(summary, "verified", False) else ""
            trouble = self.trouble(str(self.path(key)))
            return f"{key}, {self._words(summary)}{verified}" + (f", {trouble}" if trouble else "")
        return None
