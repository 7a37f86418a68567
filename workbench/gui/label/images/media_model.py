"""The images of a project as a model for a list view, filtered, up to hundreds of thousands."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
)

from workbench.gui.label.images.media_filter import MediaFilter, summary_words

if TYPE_CHECKING:
    from workbench.project.library.index import ImageSummary
    from workbench.project.session import Session

Index = QModelIndex | QPersistentModelIndex

REFILTER_MS = 250
"""While summaries still come in, a filter by them is applied anew at most this often."""


class MediaModel(QAbstractListModel):
    """Rows are images; without a filter a row here is a row of the :class:`MediaIndex`.

    A single image that is edited stays where it is, even if the filter would not choose it any
    more: a list that jumps under the hand costs more than a row too many.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session: Session | None = None
        self._filter = MediaFilter()
        self._count = 0
        self._chosen: list[str] | None = None
        self._rows: dict[str, int] | None = None
        self._disconnect: list[Callable[[], None]] = []
        self._refilter = QTimer(self, singleShot=True, interval=REFILTER_MS)
        self._refilter.timeout.connect(self.refilter)

    # --- what is shown --------------------------------------------------------------------------

    def set_session(self, session: Session | None) -> None:
        """Show the images of another project."""
        for disconnect in self._disconnect:
            disconnect()
        self._disconnect.clear()
        self._refilter.stop()
        self.beginResetModel()
        self._session = session
        if session is not None:
            index = session.index
            self._disconnect = [
                index.reset.connect(self._index_reset),
                index.appended.connect(self._appended),
                index.summary_changed.connect(self._summary_changed),
            ]
        self._choose()
        self.endResetModel()

    @property
    def filter(self) -> MediaFilter:
        return self._filter

    def set_filter(self, filter: MediaFilter) -> None:
        """Show other images."""
        if filter != self._filter:
            self._filter = filter
            self.refilter()

    def refilter(self) -> None:
        """Apply the filter anew."""
        self.beginResetModel()
        self._choose()
        self.endResetModel()

    def key(self, row: int) -> str:
        """Key of the image in ``row``."""
        if self._chosen is not None:
            return self._chosen[row]
        assert self._session is not None
        return self._session.index.key(row)

    def row(self, key: str) -> int | None:
        """Row of an image, or None where it is not shown."""
        if self._session is None:
            return None
        if self._chosen is None:
            row = self._session.index.row(key)
            return row if row is not None and row < self._count else None
        if self._rows is None:
            self._rows = {name: row for row, name in enumerate(self._chosen)}
        return self._rows.get(key)

    def path(self, key: str) -> str:
        """Path of the image file."""
        assert self._session is not None
        return str(self._session.index.path(key))

    def summary(self, key: str) -> ImageSummary | None:
        return self._session.index.summary(key) if self._session is not None else None

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
            summary = self.summary(key)
            return f"{key}\n{summary.problem}" if summary and summary.problem else key
        if role == Qt.ItemDataRole.AccessibleTextRole:
            summary = self.summary(key)
            verified = ", verified" if summary is not None and summary.verified else ""
            return f"{key}, {summary_words(summary)}{verified}"
        return None

    # --- the index announces --------------------------------------------------------------------

    def _choose(self) -> None:
        self._rows = None
        if self._session is None:
            self._chosen, self._count = [], 0
        elif self._filter.shows_all:
            self._chosen, self._count = None, len(self._session.index)
        else:
            index = self._session.index
            self._chosen = self._filter.choose(index.keys(), index.summary, self._session.classes)
            self._count = len(self._chosen)

    def _index_reset(self) -> None:
        self.refilter()

    def _appended(self, first: int, last: int) -> None:
        assert self._session is not None
        index = self._session.index
        if self._chosen is None:
            self.beginInsertRows(QModelIndex(), first, last)
            self._count = last + 1
            self.endInsertRows()
            return
        fresh = self._filter.choose((index.key(row) for row in range(first, last + 1)),
                                    index.summary, self._session.classes)
        if fresh:
            self.beginInsertRows(QModelIndex(), self._count, self._count + len(fresh) - 1)
            self._chosen.extend(fresh)
            self._rows = None
            self._count = len(self._chosen)
            self.endInsertRows()

    def _summary_changed(self, key: str) -> None:
        if key:
            row = self.row(key)
            if row is not None:
                self.dataChanged.emit(self.index(row), self.index(row))
            return
        if self._count:
            self.dataChanged.emit(self.index(0), self.index(self._count - 1))
        if not self._filter.shows_all and not self._refilter.isActive():
            self._refilter.start()
