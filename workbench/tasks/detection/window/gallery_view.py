"""The pictures behind a number: a list of any length that paints only what is in view."""

from __future__ import annotations

from math import isnan
from pathlib import Path

from PySide6.QtCore import QEvent, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from workbench.core.shapes import Bounds
from workbench.core.text import count, tr
from workbench.evaluation.box_entries import Entries
from workbench.evaluation.box_words import COMPARED, kind_of, tile_word
from workbench.gui.label.images.crops import CropLoader, part_around
from workbench.gui.label.images.ghost import score_text
from workbench.gui.results.picture_list import EnlargingView, PictureDelegate, PictureListModel
from workbench.gui.style.painting import small
from workbench.gui.style.theme import Theme
from workbench.tasks.detection.results import Snapshot
from workbench.tasks.detection.window.drawing import DrawnBox, ImagePlacement, paint_boxes_on
from workbench.tasks.detection.window.drawn_boxes import DrawnBoxes

_BETWEEN = 4
"""Gap between the two pictures of a comparison."""
_TONES = {"missed": "bad_text", "extra": "warn_text", "confused": "accent_text",
          "right": "ok_text"}


class GalleryModel(PictureListModel):
    """The entries of one snapshot."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.snapshot: Snapshot | None = None
        self.marks: DrawnBoxes | None = None
        self.other_boxes: DrawnBoxes | None = None

    @property
    def entries(self) -> Entries | None:
        return self.snapshot.entries if self.snapshot is not None else None

    def shows(self, snapshot: Snapshot) -> bool:
        """Whether ``snapshot`` has the entries that are shown, whatever boxes lie on them."""
        return (self.snapshot is not None and self.snapshot.results is snapshot.results
                and _same(self.snapshot.entries, snapshot.entries))

    def set_snapshot(self, snapshot: Snapshot | None, marks: DrawnBoxes | None,
                     others: DrawnBoxes | None = None) -> None:
        """Show other entries; ``others`` are the boxes of the run that is compared with."""
        same = snapshot is not None and self.shows(snapshot)
        if not same:
            self.beginResetModel()
        self.snapshot, self.marks, self.other_boxes = snapshot, marks, others
        if not same:
            self.endResetModel()

    def number_of_rows(self) -> int:
        return 0 if self.entries is None else len(self.entries)

    def name(self, row: int) -> str:
        """Name of the image without folder and suffix."""
        return Path(self.key(row)).stem

    def key(self, row: int) -> str:
        assert self.snapshot is not None
        return self.snapshot.results.keys[int(self.snapshot.entries.table.image[row])]

    def word(self, row: int) -> str:
        """What the picture is about, in one or two words."""
        assert self.snapshot is not None
        entries = self.snapshot.entries
        if entries.selection is None:
            wrong = int(entries.mistakes[row])
            return count(wrong, "mistake") if wrong else tr("all found")
        return tile_word(entries.cell(row), self.snapshot.results.classes)

    def tone(self, row: int) -> str:
        """Colour of that word: what was missed, extra, of a wrong class, or right."""
        assert self.snapshot is not None
        entries = self.snapshot.entries
        if entries.selection is None:
            return "soft" if entries.mistakes[row] else "ok_text"
        return _TONES[kind_of(entries.cell(row), len(self.snapshot.results.classes))]

    def details(self, row: int) -> str:
        """File, score, overlap and size, as a line."""
        assert self.snapshot is not None
        table = self.snapshot.entries.table
        parts = [self.key(row), self.word(row)]
        if table.detection[row] >= 0:
            parts.append(tr("score {score_text}", score_text=score_text(float(table.score[row]))))
        if table.detection[row] >= 0 and table.truth[row] >= 0:
            parts.append(tr("overlap {iou:.2f}", iou=table.iou[row]))
        if not isnan(table.outline_iou[row]):
            parts.append(tr("of outlines {iou:.2f}", iou=table.outline_iou[row]))
        near, labelled = table.keypoints[row].tolist()
        if labelled:
            parts.append(tr("{near} of {key_points} near", near=near,
                            key_points=count(labelled, "key point")))
        x0, y0, x1, y1 = self.box(row)
        parts.append(f"{x1 - x0:.0f} × {y1 - y0:.0f} px")
        return " · ".join(parts)

    def box(self, row: int) -> Bounds:
        """The box that the picture is about, in image pixels; a whole image's own frame."""
        assert self.snapshot is not None
        x0, y0, x1, y1 = self.snapshot.entries.table.boxes[row].tolist()
        return x0, y0, x1, y1

    def part(self, row: int, ratio: float) -> Bounds:
        """The part of the image that is shown."""
        assert self.snapshot is not None
        entries = self.snapshot.entries
        size = self.snapshot.results.sizes[int(entries.table.image[row])]
        if entries.selection is None:
            return 0.0, 0.0, float(size[0]), float(size[1])
        return part_around(self.box(row), size, ratio)

    def boxes_on(self, row: int) -> list[DrawnBox]:
        if self.snapshot is None or self.marks is None:
            return []
        return self.marks.on(*self.snapshot.entries.identity(row))

    def other_boxes_on(self, row: int) -> list[DrawnBox] | None:
        """What the run that is compared with found there; None where nothing is compared."""
        shown = self.snapshot
        if (shown is None or shown.compared is None or self.other_boxes is None
                or shown.entries.selection not in COMPARED):
            return None
        image, truth, _ = shown.entries.identity(row)
        return self.other_boxes.on(shown.compared.image[image], truth)

    def path(self, row: int) -> Path:
        assert self.snapshot is not None
        return self.snapshot.results.paths[int(self.snapshot.entries.table.image[row])]

    def find(self, identity: tuple[int, int, int]) -> int | None:
        """Row of what was at another row before."""
        if self.entries is None:
            return None
        table = self.entries.table
        rows = ((table.image == identity[0]) & (table.truth == identity[1])
                & (table.detection == identity[2])).nonzero()[0]
        return int(rows[0]) if len(rows) else None


def _same(a: Entries, b: Entries) -> bool:
    return len(a) == len(b) and a.selection == b.selection and bool(
        (a.table.image == b.table.image).all() and (a.table.truth == b.table.truth).all()
        and (a.table.detection == b.table.detection).all()
    )


class GalleryDelegate(PictureDelegate[GalleryModel]):
    """Paints one picture with its boxes."""

    def __init__(self, theme: Theme, crops: CropLoader, model: GalleryModel,
                 view: GalleryView) -> None:
        super().__init__(theme, view, model)
        self._crops = crops

    def paint_picture(self, painter: QPainter, area: QRectF, row: int) -> None:
        """The picture with its boxes; beside another run twice, with the other's at the left."""
        others = self.model.other_boxes_on(row)
        if others is None:
            self._paint_half(painter, area, row, self.model.boxes_on(row))
            return
        half = (area.width() - _BETWEEN) / 2
        left = QRectF(area.left(), area.top(), half, area.height())
        self._paint_half(painter, left, row, others)
        self._paint_half(painter, left.translated(half + _BETWEEN, 0), row,
                         self.model.boxes_on(row))

    def _paint_half(self, painter: QPainter, area: QRectF, row: int, marks: list[DrawnBox]) -> None:
        part = self.model.part(row, area.width() / area.height())
        target, there = self.paint_crop(painter, area, self._crops, self.model.path(row), part)
        if there:
            placement = ImagePlacement.fitting(part, target)
            paint_boxes_on(painter, marks, placement, target, small(self.view.font()))


class GalleryView(EnlargingView):
    """Pictures in rows."""

    shape = 1.36

    def __init__(self, theme: Theme, crops: CropLoader) -> None:
        super().__init__(theme)
        self.gallery = GalleryModel(self)
        self.setModel(self.gallery)
        self.setItemDelegate(GalleryDelegate(theme, crops, self.gallery, self))
        self.setAccessibleName(tr("Pictures behind the number"))
        crops.ready.connect(self.viewport().update)

    def show_snapshot(self, snapshot: Snapshot | None, marks: DrawnBoxes | None,
                      others: DrawnBoxes | None = None) -> None:
        """Show other entries; the choice and the place stay where that is possible."""
        row, before = self.row, self.gallery.entries
        if before is not None and snapshot is not None and self.gallery.shows(snapshot):
            self.gallery.set_snapshot(snapshot, marks, others)
            self.viewport().update()
            return
        chosen = before.identity(row) if before is not None and row is not None else None
        stay = (before is not None and snapshot is not None
                and before.selection == snapshot.entries.selection)
        self.replace(lambda: self.gallery.set_snapshot(snapshot, marks, others),
                     lambda: self.gallery.find(chosen) if chosen is not None else None, stay=stay)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.viewport().update()
        return super().viewportEvent(event)
