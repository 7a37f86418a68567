"""The list of images that a snapshot names, for tasks that judge whole images."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from PySide6.QtWidgets import QWidget

from workbench.core.arrays import IntArray
from workbench.gui.label.images.crops import CropLoader
from workbench.gui.results.picture_list import EnlargingView, PictureListModel
from workbench.gui.style.theme import Theme


class ListedImage(Protocol):
    """One image of a set."""

    @property
    def key(self) -> str: ...
    @property
    def path(self) -> Path: ...
    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels as displayed."""


class ImageSnapshot(Protocol):
    """What is on the screen; ``rows`` are the numbers of the images that are listed, in order."""

    @property
    def results(self) -> Any: ...
    @property
    def rows(self) -> IntArray: ...


SnapshotT = TypeVar("SnapshotT", bound=ImageSnapshot)


class SnapshotListModel(PictureListModel, Generic[SnapshotT]):
    """The images of one snapshot."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.snapshot: SnapshotT | None = None

    @abstractmethod
    def images_of(self, snapshot: SnapshotT) -> Sequence[ListedImage]:
        """All images of the set."""

    @abstractmethod
    def chosen_of(self, snapshot: SnapshotT) -> object:
        """What was chosen in figures or matrix, by which images are listed."""

    def set_snapshot(self, snapshot: SnapshotT | None) -> None:
        """Show other images, or the same ones with other figures."""
        same = self.shows(snapshot)
        if not same:
            self.beginResetModel()
        self.snapshot = snapshot
        if not same:
            self.endResetModel()

    def shows(self, snapshot: SnapshotT | None) -> bool:
        """Whether these are the images that are shown, in this order."""
        before = self.snapshot
        return (before is not None and snapshot is not None
                and before.rows.tolist() == snapshot.rows.tolist()
                and (before.results is snapshot.results or
                     [image.key for image in self.images_of(before)]
                     == [image.key for image in self.images_of(snapshot)]))

    def number_of_rows(self) -> int:
        return 0 if self.snapshot is None else len(self.snapshot.rows)

    def shown(self) -> SnapshotT:
        assert self.snapshot is not None
        return self.snapshot

    def image(self, row: int) -> int:
        """The number of an image among those of the results."""
        return int(self.shown().rows[row])

    def listed(self, row: int) -> ListedImage:
        return self.images_of(self.shown())[self.image(row)]

    def key(self, row: int) -> str:
        return self.listed(row).key

    def find(self, key: str) -> int | None:
        """Row of an image."""
        return next((row for row in range(self.number_of_rows()) if self.key(row) == key), None)


class SnapshotView(EnlargingView, Generic[SnapshotT]):
    """Pictures in rows."""

    shape = 1.2

    def __init__(self, theme: Theme, crops: CropLoader, model: SnapshotListModel[SnapshotT]
                 ) -> None:
        super().__init__(theme)
        self.images = model
        model.setParent(self)
        self.setModel(model)
        crops.ready.connect(self.viewport().update)

    def show_snapshot(self, snapshot: SnapshotT | None) -> None:
        """Show other images; the choice and the place stay where that is possible."""
        listed, before = self.images, self.images.snapshot
        if listed.shows(snapshot):
            listed.set_snapshot(snapshot)
            self.viewport().update()
            return
        chosen = listed.key(self.row) if self.row is not None else None
        stay = (before is not None and snapshot is not None
                and listed.chosen_of(before) == listed.chosen_of(snapshot))
        self.replace(lambda: listed.set_snapshot(snapshot),
                     lambda: listed.find(chosen) if chosen is not None else None, stay=stay)
