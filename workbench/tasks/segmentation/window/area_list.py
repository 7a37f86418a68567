"""The images of Results: pictures with their areas, as many in a row as the width allows."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.gui.label.images.crops import CropLoader
from workbench.gui.results.picture_list import EnlargingView, PictureDelegate, PictureListModel
from workbench.gui.style.theme import Theme
from workbench.tasks.segmentation.messages import image_details, image_word
from workbench.tasks.segmentation.results import AreaSnapshot
from workbench.tasks.segmentation.window.area_overlays import OverlayLoader

_POOR = 0.5
"""Mean IoU of an image below which it is said in another tone."""


class AreaListModel(PictureListModel):
    """The images of one snapshot."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.snapshot: AreaSnapshot | None = None

    def set_snapshot(self, snapshot: AreaSnapshot | None) -> None:
        """Show other images, or the same ones with other figures."""
        same = self.shows(snapshot)
        if not same:
            self.beginResetModel()
        self.snapshot = snapshot
        if not same:
            self.endResetModel()

    def shows(self, snapshot: AreaSnapshot | None) -> bool:
        """Whether these are the images that are shown, in this order."""
        before = self.snapshot
        return (before is not None and snapshot is not None
                and before.results.keys == snapshot.results.keys
                and before.rows.tolist() == snapshot.rows.tolist())

    def number_of_rows(self) -> int:
        return 0 if self.snapshot is None else len(self.snapshot.rows)

    def shown(self) -> AreaSnapshot:
        assert self.snapshot is not None
        return self.snapshot

    def image(self, row: int) -> int:
        """The number of an image among those of the results."""
        return int(self.shown().rows[row])

    def key(self, row: int) -> str:
        return self.shown().results.records[self.image(row)].key

    def path(self, row: int) -> Path:
        return self.shown().results.records[self.image(row)].path

    def size(self, row: int) -> tuple[int, int]:
        """(width, height) in pixels as displayed."""
        return self.shown().results.records[self.image(row)].size

    def name(self, row: int) -> str:
        return Path(self.key(row)).stem

    def word(self, row: int) -> str:
        return image_word(self.shown(), self.image(row))

    def tone(self, row: int) -> str:
        miou = float(self.shown().figures.miou[self.image(row)])
        return "bad_text" if self.shown().cell is None and miou < _POOR else "soft"

    def details(self, row: int) -> str:
        return image_details(self.shown(), self.image(row))

    def find(self, key: str) -> int | None:
        """Row of an image."""
        return next((row for row in range(self.number_of_rows()) if self.key(row) == key), None)


class AreaDelegate(PictureDelegate[AreaListModel]):
    """Paints one picture with its areas."""

    def __init__(self, theme: Theme, crops: CropLoader, overlays: OverlayLoader, view: AreaView
                 ) -> None:
        super().__init__(theme, view, view.areas)
        self._crops, self._overlays = crops, overlays
        self._areas = view

    def paint_picture(self, painter: QPainter, area: QRectF, row: int) -> None:
        width, height = self.model.size(row)
        part = (0.0, 0.0, float(width), float(height))
        target, there = self.paint_crop(painter, area, self._crops, self.model.path(row), part)
        ratio = self.view.devicePixelRatioF()
        overlay = self._overlays.get(self.model.image(row), (
            max(1, round(target.width() * ratio)), max(1, round(target.height() * ratio))))
        if there and overlay is not None:
            self._overlays.paint(painter, target, overlay, self._areas.cover)


class AreaView(EnlargingView):
    """Pictures in rows; ``cover`` tells how much the areas hide of them, 0..1."""

    shape = 1.2

    def __init__(self, theme: Theme, crops: CropLoader, overlays: OverlayLoader) -> None:
        super().__init__(theme)
        self.cover = 1.0
        self.areas = AreaListModel(self)
        self.setModel(self.areas)
        self.setItemDelegate(AreaDelegate(theme, crops, overlays, self))
        self.setAccessibleName(tr("Images with their areas"))
        crops.ready.connect(self.viewport().update)
        overlays.ready.connect(self.viewport().update)

    def show_snapshot(self, snapshot: AreaSnapshot | None) -> None:
        """Show other images; the choice and the place stay where that is possible."""
        before = self.areas.snapshot
        if self.areas.shows(snapshot):
            self.areas.set_snapshot(snapshot)
            self.viewport().update()
            return
        chosen = self.areas.key(self.row) if self.row is not None else None
        stay = before is not None and snapshot is not None and before.cell == snapshot.cell
        self.replace(lambda: self.areas.set_snapshot(snapshot),
                     lambda: self.areas.find(chosen) if chosen is not None else None, stay=stay)
