"""Watching it learn: what is found on validation images, epoch after epoch."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from workbench.core.text import tr
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.train.history import PreviewImage
from workbench.gui.train.image_previews import PicturePreviewCard
from workbench.gui.train.preview_images import PreviewPicture
from workbench.gui.train.preview_look import PreviewLook
from workbench.gui.train.project_files import ProjectFiles
from workbench.tasks.detection.window.preview_drawing import LEAST_SCORE, paint_boxes


class DetectionLook(PreviewLook):
    """Detections dashed, labels solid."""

    def paint(self, painter: QPainter, preview: PreviewImage, picture: PreviewPicture,
              area: QRectF, *, large: bool = False) -> None:
        width = tokens.WIDTH_BOX_ACTIVE if large else tokens.WIDTH_BOX
        paint_boxes(painter, preview, picture, area, self.files.color_of, self.files.skeleton_of,
                    width=width, scores=large)

    def words(self, preview: PreviewImage, *, truth: bool) -> str:
        found = any(score >= LEAST_SCORE for score in preview.scores)
        words = tr("dashed: detection") if found else tr("nothing found")
        return words + tr(" · solid: label") if truth else words

    def described(self, preview: PreviewImage) -> str:
        return tr("{boxes} boxes", boxes=len(preview.boxes))


class PreviewCard(PicturePreviewCard):
    """See :class:`workbench.extension.window.Previews`."""

    def __init__(self, theme: Theme, files: ProjectFiles) -> None:
        super().__init__(theme, DetectionLook(files))
