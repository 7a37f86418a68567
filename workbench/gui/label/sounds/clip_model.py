"""The clips of a project as a model for a list view, filtered."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.gui.label.sounds.clip_filter import ClipFilter, is_todo, summary_words

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.project.library.clips import ClipSummary
    from workbench.project.library.sounds import SoundLibrary

Index = QModelIndex | QPersistentModelIndex


class ClipModel(QAbstractListModel):
    """Rows are clips. One that is labelled stays where it is, even if the filter would not choose
    it any more: a list that jumps under the hand costs more than a row too many."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sounds: SoundLibrary | None = None
        self._filter = ClipFilter()
        self._keys: list[str] = []
        self._rows: dict[str, int] = {}
        self._disconnect: list[Callable[[], None]] = []

    def set_sounds(self, sounds: SoundLibrary | None) -> None:
        """Show the clips of another project."""
        for disconnect in self._disconnect:
            disconnect()
        self._disconnect.clear()
        self._sounds = sounds
        if sounds is not None:
            self._disconnect = [
                sounds.reset.connect(self.refilter),
                sounds.summary_changed.connect(self._summary_changed),
                sounds.finished.connect(self._finished),
            ]
        self.refilter()

    @property
    def filter(self) -> ClipFilter:
        return self._filter

    def set_filter(self, filter: ClipFilter) -> None:
        """Show other clips."""
        if filter != self._filter:
            self._filter = filter
            self.refilter()

    def refilter(self) -> None:
        """Apply the filter anew."""
        self.beginResetModel()
        sounds = self._sounds
        if sounds is None:
            self._keys = []
        elif self._filter.shows_all:
            self._keys = list(sounds.keys())
        else:
            self._keys = self._filter.choose(sounds.keys(), sounds.summary)
        self._rows = {key: row for row, key in enumerate(self._keys)}
        self.endResetModel()

    def key(self, row: int) -> str:
        return self._keys[row]

    def row(self, key: str) -> int | None:
        """Row of a clip, or None where it is not shown."""
        return self._rows.get(key)

    def path(self, key: str) -> Path:
        assert self._sounds is not None
        return self._sounds.path(key)

    def summary(self, key: str) -> ClipSummary:
        assert self._sounds is not None
        return self._sounds.summary(key)

    def todo_count(self) -> int:
        """Clips of the project with neither class nor region."""
        sounds = self._sounds
        return sum(is_todo(sounds.summary(key)) for key in sounds) if sounds else 0

    # --- the view asks --------------------------------------------------------------------------

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._keys)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not 0 <= index.row() < len(self._keys):
            return None
        key = self._keys[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return key.rpartition("/")[2]
        if role == Qt.ItemDataRole.ToolTipRole:
            problem = self.summary(key).problem
            return f"{key}\n{problem}" if problem else key
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{key}, {summary_words(self.summary(key))}"
        return None

    # --- the library announces ------------------------------------------------------------------

    def _summary_changed(self, key: str) -> None:
        if key:
            row = self._rows.get(key)
            if row is not None:
                self.dataChanged.emit(self.index(row), self.index(row))
        elif self._keys:
            self.dataChanged.emit(self.index(0), self.index(len(self._keys) - 1))

    def _finished(self) -> None:
        if not self._filter.shows_all:
            self.refilter()
