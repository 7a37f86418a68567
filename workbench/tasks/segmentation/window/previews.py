"""Watching it learn: the areas of validation images, epoch after epoch."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from workbench.core.annotation import LabeledObject
from workbench.core.class_maps import shares_of
from workbench.core.outlines import Mask, Polygon
from workbench.core.text import tr
from workbench.core.tracing import outline_of_mask
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.train.history import PreviewImage
from workbench.gui.train.image_previews import PicturePreviewCard
from workbench.gui.train.preview_images import PreviewPicture
from workbench.gui.train.preview_look import PreviewLook
from workbench.gui.train.project_files import ProjectFiles
from workbench.tasks.segmentation.saving import areas_of_answer
from workbench.tasks.segmentation.window.area_painting import paint_answer, paint_words

_HALO = "#ffffff"
"""Around the lines of labels: what is found has lines in the colours of the classes, too."""
_TRACED = 64  # masks whose outlines are kept


class AreaLook(PreviewLook):
    """Areas that the model finds filled, labels as lines above them."""

    truth_above = True

    def __init__(self, theme: Theme, files: ProjectFiles) -> None:
        super().__init__(files)
        self._theme = theme

    def empty(self) -> str:
        return tr("After each epoch, a few validation images show which areas the model finds.")

    def caption(self, preview: PreviewImage, epochs: str) -> str:
        overlap = (preview.areas or {}).get("miou")
        return epochs if overlap is None else f"{epochs} · {overlap:.2f}"

    def paint(self, painter: QPainter, preview: PreviewImage, picture: PreviewPicture,
              area: QRectF, *, large: bool = False) -> None:
        if preview.areas is not None:
            paint_answer(painter, area, {**preview.areas, "areas": {}}, self.files.color_of,
                         self._theme)

    def paint_words(self, painter: QPainter, preview: PreviewImage, area: QRectF) -> None:
        if preview.areas is not None:
            paint_words(painter, area, {**preview.areas, "areas": _shares(preview.areas)},
                        self.files.color_of, self._theme)

    def words(self, preview: PreviewImage, *, truth: bool) -> str:
        found = preview.areas is not None and any(_shares(preview.areas).values())
        words = tr("filled: found") if found else tr("nothing found")
        overlap = (preview.areas or {}).get("miou")
        if overlap is not None:
            words += tr(" · mIoU {overlap:.2f}", overlap=overlap)
        return words + tr(" · white lines: label") if truth else words

    def described(self, preview: PreviewImage) -> str:
        return self.words(preview, truth=False)

    def paint_label(self, painter: QPainter, item: LabeledObject, area: QRectF, scale: float,
                    ink: QColor) -> None:
        if isinstance(item.shape, Mask):
            item = item.with_shape(_traced(item.shape))
        for color, width in ((QColor(_HALO), tokens.WIDTH_BOX_ACTIVE + 1), (ink, 1.0)):
            painter.setPen(QPen(color, width))
            super().paint_label(painter, item, area, scale, ink)


@lru_cache(_TRACED)
def _traced(mask: Mask) -> Polygon:
    return outline_of_mask(mask)


def _shares(areas: Mapping[str, Any]) -> dict[str, float]:
    """What each class covers in a preview."""
    return shares_of(areas_of_answer(areas), areas["classes"])


class AreaPreviewCard(PicturePreviewCard):
    """See :class:`workbench.extension.window.Previews`."""

    def __init__(self, theme: Theme, files: ProjectFiles) -> None:
        super().__init__(theme, AreaLook(theme, files))
