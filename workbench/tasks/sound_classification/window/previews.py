"""Watching it learn: what the model takes a few validation clips for, epoch after epoch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from workbench.gui.label.sounds.display import DisplaySettings
from workbench.gui.label.sounds.spectrogram_thumbs import Excerpt, SpectrogramThumbs
from workbench.gui.style.theme import Theme
from workbench.gui.train.class_previews import ClassPreviewCard, ClassPreviewRows
from workbench.gui.train.history import PreviewImage
from workbench.gui.train.project_files import ProjectFiles


class SoundPreviewRows(ClassPreviewRows):
    """Clips with their spectrograms."""

    def __init__(self, theme: Theme, locate: Callable[[str], Path]) -> None:
        super().__init__(theme, locate)
        self.thumbs = SpectrogramThumbs(DisplaySettings(), self)
        self.thumbs.ready.connect(self.update)

    def paint_picture(self, painter: QPainter, area: QRectF, preview: PreviewImage) -> None:
        picture = self.thumbs.get(
            Excerpt(self.locate(preview.file), preview.start, preview.end))
        if isinstance(picture, QImage):
            painter.drawImage(area, picture)

    def stop(self) -> None:
        self.thumbs.stop()


class SoundPreviewCard(ClassPreviewCard):
    """The rows of a run on clips."""

    rows: SoundPreviewRows

    def __init__(self, theme: Theme, files: ProjectFiles) -> None:
        super().__init__(SoundPreviewRows(theme, files.locate), "sounds")
