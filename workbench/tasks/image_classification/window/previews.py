"""Watching it learn: what the model takes a few validation images for, epoch after epoch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from workbench.gui.background.cropped_thumbnails import CroppedThumbnails
from workbench.gui.background.thumbnails import ThumbnailLoader
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.train.class_previews import ClassPreviewCard, ClassPreviewRows
from workbench.gui.train.history import PreviewImage
from workbench.gui.train.project_files import ProjectFiles


class ImagePreviewRows(ClassPreviewRows):
    """Images with their thumbnails."""

    def __init__(self, theme: Theme, locate: Callable[[str], Path]) -> None:
        super().__init__(theme, locate)
        self._covers = CroppedThumbnails(tokens.RADIUS_MARK)
        self._covers.loader = self.loader = ThumbnailLoader(None, self)
        self.loader.ready.connect(lambda _path: self.update())

    def paint_picture(self, painter: QPainter, area: QRectF, preview: PreviewImage) -> None:
        size = area.size().toSize()
        picture = self._covers.get(str(self.locate(preview.file)), size,
                                   painter.device().devicePixelRatioF())
        if picture is not None:
            painter.drawPixmap(area.topLeft(), picture)

    def stop(self) -> None:
        self.loader.stop()


class ImagePreviewCard(ClassPreviewCard):
    """The rows of a run on images."""

    def __init__(self, theme: Theme, files: ProjectFiles) -> None:
        super().__init__(ImagePreviewRows(theme, files.locate), "images")
