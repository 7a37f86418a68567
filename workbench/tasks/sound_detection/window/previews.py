"""Watching it learn: the calls that are found in a few validation recordings, epoch after epoch."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QHideEvent, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.core.errors import WorkbenchError
from workbench.core.text import count, tr
from workbench.gui.label.sounds.display import DisplaySettings
from workbench.gui.label.sounds.spectrogram_thumbs import Excerpt, SpectrogramThumbs
from workbench.gui.style import tokens
from workbench.gui.style.painting import MIDDLE, write
from workbench.gui.style.theme import Theme
from workbench.gui.train.class_previews import PreviewRowsCard
from workbench.gui.train.history import PreviewImage
from workbench.gui.train.project_files import ProjectFiles
from workbench.media.sounds.sound_info import read_sound_info
from workbench.tasks.sound_detection.window.drawing import paint_call

_ROW, _PICTURE = 118.0, 92.0
LEAST_SCORE = 0.25
"""Of a call that is drawn."""


class CallPreviewRows(QWidget):
    """A stretch of each recording, with what was found after the newest epoch."""

    def __init__(self, theme: Theme, files: ProjectFiles) -> None:
        super().__init__()
        self._theme, self._files = theme, files
        self.thumbs = SpectrogramThumbs(DisplaySettings(), self)
        self.thumbs.ready.connect(self.update)
        self._shown: list[PreviewImage] = []
        self._rates: dict[str, int] = {}
        theme.changed.connect(self.update)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Watching it learn"))

    def show_previews(self, shown: list[PreviewImage]) -> None:
        """Show these, one for each recording."""
        self._shown = shown
        self.setFixedHeight(round(_ROW * len(shown)))
        self.setAccessibleDescription("; ".join(map(_words, shown)))
        self.update()

    def stop(self) -> None:
        """End the thread that draws."""
        self.thumbs.stop()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.stop()

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            for place, preview in enumerate(self._shown):
                area = QRectF(0, place * _ROW, self.width(), _PICTURE)
                painter.fillRect(area, self._theme.color("canvas"))
                painter.setClipRect(area)
                self._paint(painter, area, preview)
                painter.setClipping(False)
                line = QRectF(0, area.bottom(), self.width(), _ROW - _PICTURE - tokens.SPACE_XS)
                write(painter, line, _words(preview), self._theme.color("soft"), cut=MIDDLE)

    def _paint(self, painter: QPainter, area: QRectF, preview: PreviewImage) -> None:
        what = Excerpt(self._files.locate(preview.file), preview.start, preview.end, to_scale=True)
        picture, rate = self.thumbs.get(what), self._rate(preview.file)
        if isinstance(picture, str):
            painter.setPen(self._theme.color("soft"))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, picture)
            return
        if not isinstance(picture, QImage) or not rate:
            return
        painter.drawImage(area, picture)
        axis = (self.thumbs.display.settings(rate), rate)
        for box, name, score in zip(preview.boxes, preview.labels, preview.scores, strict=True):
            if score >= LEAST_SCORE:
                paint_call(painter, area, what, box, self._files.color_of(name), axis,
                           solid=False)

    def _rate(self, file: str) -> int:
        """The sample rate of a recording; 0 where it has gone."""
        if file not in self._rates:
            try:
                self._rates[file] = read_sound_info(self._files.locate(file)).sample_rate
            except WorkbenchError:
                self._rates[file] = 0
        return self._rates[file]


def _words(preview: PreviewImage) -> str:
    found = sum(score >= LEAST_SCORE for score in preview.scores)
    return tr("{file} from {start:.1f} s: {calls} found", file=preview.file.rpartition("/")[2],
              start=preview.start, calls=count(found, "call"))


class CallPreviewCard(PreviewRowsCard):
    """See :class:`workbench.extension.window.Previews`."""

    def __init__(self, theme: Theme, files: ProjectFiles) -> None:
        super().__init__(
            CallPreviewRows(theme, files), tr("After each epoch, stretches of a few validation "
                                              "recordings show which calls the model finds."), _ROW)

    def show_rows(self, rows: list[list[PreviewImage]]) -> str:
        newest = [row[-1] for row in rows]
        self.rows.show_previews(newest)
        return tr("dashed: found after epoch {epoch}", epoch=newest[0].epoch) if newest else ""
