"""The images of a project with their classes, as the grid shows them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.gui.label.images.media_model import MediaModel
from workbench.project.library.index import UNLABELLED, ImageSummary
from workbench.tasks.image_classification.label_store import LabelStore, labels_of

if TYPE_CHECKING:
    from workbench.project.session import Session

Index = QModelIndex | QPersistentModelIndex
Order = Literal["name", "class"]


@lru_cache(maxsize=8192)
def _summary_of(label: str) -> ImageSummary:
    return ImageSummary(boxes=1, classes={label: 1})


class GridModel(MediaModel):
    """Rows are images. One that is labelled stays where it is, whatever the filter says."""

    def __init__(self, parent: QObject | None = None) -> None:
        self.store: LabelStore | None = None
        self.order: Order = "name"
        self._forget_store: Callable[[], None] = lambda: None
        super().__init__(parent)

    def set_session(self, session: Session | None) -> None:
        self._forget_store()
        self._forget_store = lambda: None
        self.store = labels_of(session) if session is not None else None
        if self.store is not None:
            self._forget_store = self.store.changed.connect(self._labels_changed)
        super().set_session(session)

    def summary(self, key: str) -> ImageSummary | None:
        label = self.label(key)
        return _summary_of(label) if label else UNLABELLED

    def label(self, key: str) -> str:
        """Class of an image, or ""."""
        return self.store.label(key) if self.store is not None else ""

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not 0 <= index.row() < self.rowCount():
            return None
        key = self.key(index.row())
        label = self.label(key) or "no class yet"
        if role == Qt.ItemDataRole.DisplayRole:
            return key.rpartition("/")[2]
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{key}\n{label}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{key}, {label}"
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def _labels_changed(self, keys: tuple[str, ...]) -> None:
        if not keys:
            self.refilter()
            return
        rows = [row for key in keys if (row := self.row(key)) is not None]
        if rows:
            self.dataChanged.emit(self.index(min(rows)), self.index(max(rows)))

    def set_order(self, order: Order) -> None:
        """Show the images in another order."""
        if order != self.order:
            self.order = order
            self.refilter()

    def _choose(self) -> None:
        super()._choose()
        if self.order == "class" and self._session is not None and self.store is not None:
            keys = self._session.index.keys() if self._chosen is None else self._chosen
            place = {name: number for number, name in enumerate(self._session.classes)}
            label, last = self.store.label, len(place)
            self._chosen = sorted(keys, key=lambda key: place.get(label(key), last))

    def _summary_changed(self, key: str) -> None:
        """Boxes have no part in this."""
