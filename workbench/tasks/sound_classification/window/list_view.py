"""The sounds behind a number: spectrograms in rows, to be heard and relabelled."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPen

from workbench.core.text import tr
from workbench.gui.label.sounds.names import excerpt_name
from workbench.gui.label.sounds.spectrogram_thumbs import Excerpt, SpectrogramThumbs
from workbench.gui.results.card_view import GAP, PAD
from workbench.gui.results.classifier_list import CAPTION, ScoredDelegate, ScoredModel, ScoredView
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.project.datasets.sounds import SoundSample
from workbench.tasks.sound_classification.results import SoundKey, key_of

TILE_WIDTH = 196
"""Least width of a picture with its frame, in logical pixels."""
PICTURE_HEIGHT = 84


class SoundListModel(ScoredModel[SoundSample]):
    """The sounds of one snapshot, in its order."""

    def excerpt(self, row: int) -> Excerpt:
        sound = self.sample(row)
        return Excerpt(sound.path, sound.start, sound.end)

    def name(self, row: int) -> str:
        """See :func:`~workbench.gui.label.sounds.names.excerpt_name`."""
        sound = self.sample(row)
        return excerpt_name(sound.key, None if sound.whole else (sound.start, sound.end))

    def details(self, row: int) -> str:
        return f"{super().details(row)} · {self.sample(row).duration:.2f} s"


class SoundDelegate(ScoredDelegate):
    """Paints one spectrogram with its file, classes and confidence."""

    def __init__(self, theme: Theme, thumbs: SpectrogramThumbs, view: SoundListView) -> None:
        super().__init__(theme, view)
        self._thumbs, self._list = thumbs, view

    def paint_card(self, painter: QPainter, inside: QRectF, row: int) -> None:
        area = QRectF(inside.left(), inside.top(), inside.width(), PICTURE_HEIGHT)
        self._paint_picture(painter, area, row)
        self.paint_caption(painter, QRectF(area.left(), area.bottom() + 2, area.width(),
                                            CAPTION), row)

    def _paint_picture(self, painter: QPainter, area: QRectF, row: int) -> None:
        painter.fillRect(area, self.theme.color("canvas"))
        picture = self._thumbs.get(self._list.sounds.excerpt(row))
        if isinstance(picture, QImage):
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(area, picture)
        elif isinstance(picture, str):
            self.paint_sentence(painter, area, picture)
        if self._list.playing_row == row:
            x = area.left() + area.width() * self._list.played
            painter.setPen(QPen(QColor(tokens.ON_IMAGE), tokens.WIDTH_BOX))
            painter.drawLine(round(x), round(area.top()), round(x), round(area.bottom()))


class SoundListView(ScoredView[SoundSample]):
    """Spectrograms in rows."""

    least_width = TILE_WIDTH
    play_pressed = Signal(int)
    """(row) a click on a sound: it is to be heard."""
    toggle_pressed = Signal()
    """The space bar."""

    def __init__(self, theme: Theme, thumbs: SpectrogramThumbs) -> None:
        self.sounds = SoundListModel(key_of)
        super().__init__(theme, self.sounds)
        self._playing: SoundKey | None = None
        self.playing_row: int | None = None
        self.played = 0.0
        self.setItemDelegate(SoundDelegate(theme, thumbs, self))
        self.setAccessibleName(tr("Sounds behind the number"))
        self.clicked.connect(lambda index: self.play_pressed.emit(index.row()))
        thumbs.ready.connect(self.viewport().update)

    def rows_changed(self) -> None:
        self._find_playing()

    def show_playing(self, key: SoundKey | None, share: float = 0.0) -> None:
        """Draw how far a sound has been played (0..1); None: nothing is heard."""
        if key != self._playing:
            self._playing = key
            self._find_playing()
        self.played = share
        self.viewport().update()

    def _find_playing(self) -> None:
        self.playing_row = self.sounds.find(self._playing) if self._playing is not None else None

    def card_height(self, width: int) -> int:
        return PICTURE_HEIGHT + CAPTION + 2 * PAD + GAP

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self.toggle_pressed.emit()
        else:
            super().keyPressEvent(event)
