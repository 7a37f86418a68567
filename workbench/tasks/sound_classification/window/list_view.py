"""The sounds behind a number: spectrograms in rows, to be heard and relabelled."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QWidget

from workbench.core.classes import HOTKEYS
from workbench.gui.results.card_view import GAP, PAD, CardDelegate, CardView, ResultListModel
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.project.datasets.sounds import SoundSample
from workbench.tasks.sound_classification.results import SoundKey, SoundSnapshot, key_of
from workbench.tasks.sound_classification.window.thumbs import Excerpt, SpectrogramThumbs

TILE_WIDTH = 196
"""Least width of a picture with its frame, in logical pixels."""
PICTURE_HEIGHT = 84
CAPTION = 40


class SoundListModel(ResultListModel):
    """The sounds of one snapshot, in its order."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.snapshot: SoundSnapshot | None = None
        self.current_label: Callable[[SoundSample], str] = lambda sound: sound.label
        self._confidence: list[float] = []

    def set_snapshot(self, snapshot: SoundSnapshot | None) -> None:
        """Show other sounds."""
        self.beginResetModel()
        self.snapshot = snapshot
        self._confidence = [] if snapshot is None else snapshot.evaluation.confidence.tolist()
        self.endResetModel()

    def number_of_rows(self) -> int:
        return 0 if self.snapshot is None else len(self.snapshot.rows)

    def number(self, row: int) -> int:
        """Position among the sounds of the set."""
        assert self.snapshot is not None
        return int(self.snapshot.rows[row])

    def sound(self, row: int) -> SoundSample:
        assert self.snapshot is not None
        return self.snapshot.results.sounds[self.number(row)]

    def excerpt(self, row: int) -> Excerpt:
        sound = self.sound(row)
        return Excerpt(sound.path, sound.start, sound.end)

    def name(self, row: int) -> str:
        """The file without its folder, and when where it is a part of it."""
        sound = self.sound(row)
        stem = sound.path.stem
        return stem if sound.whole else f"{stem} {sound.start:.2f}–{sound.end:.2f} s"

    def word(self, row: int) -> str:
        """What it is, and what it is taken for where that is another class."""
        assert self.snapshot is not None
        truth, found = self.sound(row).label, self.snapshot.predicted(self.number(row))
        return truth if truth == found else f"{truth} → {found}"

    def is_right(self, row: int) -> bool:
        assert self.snapshot is not None
        number = self.number(row)
        return bool(self.snapshot.evaluation.predicted[number]
                    == self.snapshot.evaluation.truth[number])

    def confidence(self, row: int) -> float:
        """Score of the best class."""
        return self._confidence[self.number(row)]

    def new_label(self, row: int) -> str | None:
        """The class that the sound was given since it was counted ("" for none); None: the same."""
        sound = self.sound(row)
        now = self.current_label(sound)
        return now if now != sound.label else None

    def details(self, row: int) -> str:
        """File, classes, confidence, loss and length, as a line."""
        assert self.snapshot is not None
        sound = self.sound(row)
        loss = float(self.snapshot.evaluation.loss[self.number(row)])
        return " · ".join((sound.key, self.word(row), f"confidence {self.confidence(row):.3f}",
                           f"loss {loss:.2f}", f"{sound.duration:.2f} s"))

    def find(self, key: SoundKey) -> int | None:
        """Row of a sound."""
        return next((row for row in range(self.rowCount()) if key_of(self.sound(row)) == key),
                    None)


class SoundDelegate(CardDelegate):
    """Paints one spectrogram with its file, classes and confidence."""

    def __init__(self, theme: Theme, thumbs: SpectrogramThumbs, view: SoundListView) -> None:
        super().__init__(theme, view)
        self._thumbs, self._list = thumbs, view

    def paint_card(self, painter: QPainter, inside: QRectF, row: int) -> None:
        area = QRectF(inside.left(), inside.top(), inside.width(), PICTURE_HEIGHT)
        self._paint_picture(painter, area, row)
        self._paint_caption(painter, QRectF(area.left(), area.bottom() + 2, area.width(),
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

    def _paint_caption(self, painter: QPainter, area: QRectF, row: int) -> None:
        model = self._list.sounds
        half = area.height() / 2
        top = QRectF(area.left(), area.top(), area.width(), half)
        below = QRectF(area.left(), area.top() + half, area.width(), half)
        painter.setFont(self.view.font())
        new = model.new_label(row)
        words, tone = model.word(row), "ink" if model.is_right(row) else "bad_text"
        if new is not None:
            words, tone = f"now {new}" if new else "no label now", "accent_text"
        self.paint_line(painter, top, words, f"{model.confidence(row):.0%}".replace("%", " %"),
                        self.theme.color(tone))
        painter.setFont(self.small())
        self.paint_line(painter, below, model.name(row), "", self.theme.color("soft"))


class SoundListView(CardView):
    """Spectrograms in rows.

    Signals
    -------
    play_pressed
        (row) a click on a sound: it is to be heard.
    toggle_pressed
        The space bar.
    digit_pressed
        (digit) a class key.
    """

    least_width = TILE_WIDTH
    play_pressed = Signal(int)
    toggle_pressed = Signal()
    digit_pressed = Signal(str)

    def __init__(self, theme: Theme, thumbs: SpectrogramThumbs,
                 parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.sounds = SoundListModel(self)
        self._playing: SoundKey | None = None
        self.playing_row: int | None = None
        self.played = 0.0
        self.setModel(self.sounds)
        self.setItemDelegate(SoundDelegate(theme, thumbs, self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setSelectionRectVisible(False)
        self.setAccessibleName("Sounds behind the number")
        self.clicked.connect(lambda index: self.play_pressed.emit(index.row()))
        thumbs.ready.connect(self.viewport().update)

    def chosen_rows(self) -> list[int]:
        """All selected sounds, or else the current one."""
        rows = sorted(index.row() for index in self.selectedIndexes())
        return rows or ([self.row] if self.row is not None else [])

    def show_snapshot(self, snapshot: SoundSnapshot | None) -> None:
        """Show other sounds; the choice and the place stay where that is possible."""
        before = self.sounds.snapshot
        chosen = key_of(self.sounds.sound(self.row)) if self.row is not None else None
        stay = before is not None and snapshot is not None and before.cell == snapshot.cell

        def change() -> None:
            self.sounds.set_snapshot(snapshot)
            self._find_playing()

        self.replace(change, lambda: self.sounds.find(chosen) if chosen is not None else None,
                     stay=stay)

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
        elif len(event.text()) == 1 and event.text() in HOTKEYS:
            self.digit_pressed.emit(event.text())
        else:
            super().keyPressEvent(event)
