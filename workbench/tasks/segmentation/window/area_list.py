"""The images of Results: pictures with their areas, as many in a row as the width allows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from workbench.core.text import tr
from workbench.gui.label.images.crops import CropLoader
from workbench.gui.results.picture_list import PictureDelegate
from workbench.gui.results.snapshot_list import SnapshotListModel, SnapshotView
from workbench.gui.style.theme import Theme
from workbench.project.datasets.images import Record
from workbench.tasks.segmentation.messages import image_details, image_word
from workbench.tasks.segmentation.results import AreaSnapshot
from workbench.tasks.segmentation.window.area_overlays import OverlayLoader

_POOR = 0.5
"""Mean IoU of an image below which it is said in another tone."""


class AreaListModel(SnapshotListModel[AreaSnapshot]):
    """The images of one snapshot."""

    def images_of(self, snapshot: AreaSnapshot) -> Sequence[Record]:
        return snapshot.results.records

    def chosen_of(self, snapshot: AreaSnapshot) -> object:
        return snapshot.cell

    def name(self, row: int) -> str:
        return Path(self.key(row)).stem

    def word(self, row: int) -> str:
        return image_word(self.shown(), self.image(row))

    def tone(self, row: int) -> str:
        miou = float(self.shown().figures.miou[self.image(row)])
        return "bad_text" if self.shown().cell is None and miou < _POOR else "soft"

    def details(self, row: int) -> str:
        return image_details(self.shown(), self.image(row))


class AreaDelegate(PictureDelegate[AreaListModel]):
    """Paints one picture with its areas."""

    def __init__(self, theme: Theme, crops: CropLoader, overlays: OverlayLoader, view: AreaView
                 ) -> None:
        super().__init__(theme, view, view.images)
        self._crops, self._overlays = crops, overlays
        self._areas = view

    def paint_picture(self, painter: QPainter, area: QRectF, row: int) -> None:
        width, height = self.model.listed(row).size
        part = (0.0, 0.0, float(width), float(height))
        target, there = self.paint_crop(painter, area, self._crops,
                                        self.model.listed(row).path, part)
        ratio = self.view.devicePixelRatioF()
        overlay = self._overlays.get(self.model.image(row), (
            max(1, round(target.width() * ratio)), max(1, round(target.height() * ratio))))
        if there and overlay is not None:
            self._overlays.paint(painter, target, overlay, self._areas.cover)


class AreaView(SnapshotView[AreaSnapshot]):
    """Pictures in rows; ``cover`` tells how much the areas hide of them, 0..1."""

    images: AreaListModel

    def __init__(self, theme: Theme, crops: CropLoader, overlays: OverlayLoader) -> None:
        super().__init__(theme, crops, AreaListModel())
        self.cover = 1.0
        self.setItemDelegate(AreaDelegate(theme, crops, overlays, self))
        self.setAccessibleName(tr("Images with their areas"))
        overlays.ready.connect(self.viewport().update)
