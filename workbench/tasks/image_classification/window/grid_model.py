"""The images of a project with their classes, as the grid shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.core.signal import Signal
from workbench.core.text import tr
from workbench.gui.label.sample_filter import SampleFilter, Test
from workbench.gui.label.sample_model import SampleModel, SampleSource
from workbench.tasks.image_classification.label_store import LabelStore, labels_of

if TYPE_CHECKING:
    from workbench.project.session import Session

Index = QModelIndex | QPersistentModelIndex
Order = Literal["name", "class"]
_MANY = 100


class ClassFilter(SampleFilter):
    """A choice of images by a class, ``class:NAME``, a part of the file's name, or a chip."""

    words = {  # noqa: RUF012
        "unlabelled": lambda _, label: not label, "unlabeled": lambda _, label: not label,
        "labelled": lambda _, label: bool(label), "labeled": lambda _, label: bool(label),
    }
    chips = words

    def other(self, word: str, classes: Iterable[str]) -> Test:
        name = word.removeprefix("class:")
        exact = {item for item in classes if item.casefold() == name}
        of_class = exact or {item for item in classes if name in item.casefold()}
        if name != word:
            return lambda _, label: label in of_class
        return lambda key, label: label in of_class or word in key.casefold()


class LabelledImages:
    """The images of a session's index, each with its class for a summary.

    Its signals are as of :class:`~workbench.gui.label.sample_model.SampleSource`.
    """

    def __init__(self, session: Session) -> None:
        self._index = session.index
        self.store: LabelStore = labels_of(session)
        self.reset: Signal[()] = session.index.reset
        self.appended = session.index.appended
        self.finished: Signal[()] = session.index.finished
        self.summary_changed: Signal[str] = Signal()

    def __len__(self) -> int:
        return len(self._index)

    def keys(self) -> Sequence[str]:
        return self._index.keys()

    def key(self, row: int) -> str:
        return self._index.key(row)

    def row(self, key: str) -> int | None:
        return self._index.row(key)

    def path(self, key: str) -> Path:
        return self._index.path(key)

    def summary(self, key: str) -> str:
        return self.store.label(key)


class GridModel(SampleModel):
    """Rows are images."""

    live = True

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(ClassFilter(), lambda label: label or tr("no class yet"), parent)
        self.order: Order = "name"

    def set_session(self, session: Session | None) -> None:
        """Show the images of another project."""
        if session is None:
            self.set_source(None)
        else:
            self.set_source(LabelledImages(session), session.classes)

    def connections(self, source: SampleSource) -> list[Callable[[], None]]:
        assert isinstance(source, LabelledImages)
        return [source.reset.connect(self.refilter), source.appended.connect(self.append),
                source.store.changed.connect(self._labels_changed)]

    def label(self, key: str) -> str:
        """Class of an image, or ""."""
        return self.summary(key) or ""

    def set_order(self, order: Order) -> None:
        """Show the images in another order."""
        if order != self.order:
            self.order = order
            self.refilter()

    def ordered(self, keys: list[str]) -> list[str]:
        if self.order == "name":
            return keys
        place = {name: number for number, name in enumerate(self._classes)}
        return sorted(keys, key=lambda key: place.get(self.label(key), len(place)))

    def refilter(self) -> None:
        self.live = self.order == "name"
        super().refilter()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.ToolTipRole and 0 <= index.row() < self.rowCount():
            key = self.key(index.row())
            return f"{key}\n{self.label(key) or 'no class yet'}"
        return super().data(index, role)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def _labels_changed(self, keys: tuple[str, ...]) -> None:
        if not keys:
            self.refilter()
            return
        if len(keys) > _MANY:  # to look for each costs more than to paint what is in view
            self.summary_changed("")
            return
        rows = [row for key in keys if (row := self.row(key)) is not None]
        if rows:
            self.dataChanged.emit(self.index(min(rows)), self.index(max(rows)))
