"""The sounds behind a number: spectrograms in rows, to be heard and relabelled."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QImage, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from workbench.core.classes import HOTKEYS
from workbench.gui import tokens
from workbench.gui.results.sounds.data import SoundKey, SoundSnapshot, key_of
from workbench.gui.results.sounds.thumbs import SpectrogramThumbs, Stretch
from workbench.gui.theme import Theme
from workbench.project.sound_dataset import SoundSample

TILE_WIDTH = 196
"""Least width of a picture with its frame, in logical pixels."""
PICTURE_HEIGHT = 84
CAPTION = 40
PAD, GAP = 7, 10

_Index = QModelIndex | QPersistentModelIndex


class SoundModel(QAbstractListModel):
    """The sounds of one snapshot, in its order."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.snapshot: SoundSnapshot | None = None
        self.label_now: Callable[[SoundSample], str] = lambda sound: sound.label
        self._confidence: list[float] = []

    def set_snapshot(self, snapshot: SoundSnapshot | None) -> None:
        """Show other sounds."""
        self.beginResetModel()
        self.snapshot = snapshot
        self._confidence = [] if snapshot is None else snapshot.evaluation.confidence.tolist()
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  as Qt declares it
        return 0 if parent.isValid() or self.snapshot is None else len(self.snapshot.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        if self.snapshot is None or not index.isValid():
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{self.name(index.row())}, {self.word(index.row())}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.details(index.row())
        return None

    def number(self, row: int) -> int:
        """Position among the sounds of the set."""
        assert self.snapshot is not None
        return int(self.snapshot.rows[row])

    def sound(self, row: int) -> SoundSample:
        assert self.snapshot is not None
        return self.snapshot.results.sounds[self.number(row)]

    def stretch(self, row: int) -> Stretch:
        sound = self.sound(row)
        return Stretch(sound.path, sound.start, sound.end)

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
        now = self.label_now(sound)
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


class SoundDelegate(QStyledItemDelegate):
    """Paints one spectrogram with its file, classes and confidence."""

    def __init__(self, theme: Theme, thumbs: SpectrogramThumbs, view: SoundListView) -> None:
        super().__init__(view)
        self._theme, self._thumbs, self._view = theme, thumbs, view

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:
        return self._view.gridSize()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row = index.row()
        card = QRectF(option.rect).adjusted(0.5, 0.5, -GAP - 0.5, -GAP - 0.5)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        under = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tone = "accent" if chosen else "line_strong" if under else "line"
        painter.setPen(QPen(self._theme.color(tone), tokens.FOCUS_WIDTH if chosen else 1))
        painter.setBrush(self._theme.color("panel"))
        painter.drawRoundedRect(card, tokens.RADIUS_CARD, tokens.RADIUS_CARD)
        area = QRectF(card.left() + PAD, card.top() + PAD, card.width() - 2 * PAD, PICTURE_HEIGHT)
        self._paint_picture(painter, area, row)
        self._paint_caption(painter, QRectF(area.left(), area.bottom() + 2, area.width(),
                                            CAPTION), row)
        painter.restore()

    def _paint_picture(self, painter: QPainter, area: QRectF, row: int) -> None:
        painter.fillRect(area, self._theme.color("canvas"))
        picture = self._thumbs.get(self._view.sounds.stretch(row))
        if isinstance(picture, QImage):
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(area, picture)
        elif isinstance(picture, str):
            painter.setFont(self._small())
            painter.setPen(self._theme.color("soft"))
            painter.drawText(area.adjusted(PAD, PAD, -PAD, -PAD),
                             int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap),
                             picture)
        if self._view.playing_row == row:
            x = area.left() + area.width() * self._view.played
            painter.setPen(QPen(QColor(tokens.ON_IMAGE), tokens.WIDTH_BOX))
            painter.drawLine(round(x), round(area.top()), round(x), round(area.bottom()))

    def _paint_caption(self, painter: QPainter, area: QRectF, row: int) -> None:
        model, theme = self._view.sounds, self._theme
        half = area.height() / 2
        top = QRectF(area.left(), area.top(), area.width(), half)
        below = QRectF(area.left(), area.top() + half, area.width(), half)
        painter.setFont(self._view.font())
        new = model.new_label(row)
        words, tone = model.word(row), "ink" if model.is_right(row) else "bad_text"
        if new is not None:
            words, tone = f"now {new}" if new else "no label now", "accent_text"
        self._line(painter, top, words, f"{model.confidence(row):.0%}".replace("%", " %"),
                   theme.color(tone))
        painter.setFont(self._small())
        self._line(painter, below, model.name(row), "", theme.color("soft"))

    def _line(self, painter: QPainter, area: QRectF, left: str, right: str, ink: QColor) -> None:
        metrics = painter.fontMetrics()
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(self._theme.color("soft"))
        painter.drawText(area, middle | Qt.AlignmentFlag.AlignRight, right)
        room = int(area.width()) - metrics.horizontalAdvance(right) - tokens.SPACE_S
        painter.setPen(ink)
        painter.drawText(area, middle | Qt.AlignmentFlag.AlignLeft, metrics.elidedText(
            left, Qt.TextElideMode.ElideMiddle, room))

    def _small(self) -> QFont:
        font = QFont(self._view.font())
        font.setPixelSize(round(tokens.FONT_SMALL))
        return font


class SoundListView(QListView):
    """Spectrograms in rows; the width decides how many are side by side.

    Signals
    -------
    play_pressed
        (row) a click on a sound: it is to be heard.
    toggle_pressed
        The space bar.
    opened
        (row) a double click or Return.
    digit_pressed
        (digit) a class key.
    cleared
        Escape.
    """

    play_pressed = Signal(int)
    toggle_pressed = Signal()
    opened = Signal(int)
    digit_pressed = Signal(str)
    cleared = Signal()

    def __init__(self, theme: Theme, thumbs: SpectrogramThumbs,
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sounds = SoundModel(self)
        self._playing: SoundKey | None = None
        self.playing_row: int | None = None
        self.played = 0.0
        self.setModel(self.sounds)
        self.setItemDelegate(SoundDelegate(theme, thumbs, self))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setUniformItemSizes(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setSelectionRectVisible(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setAccessibleName("Sounds behind the number")
        self.clicked.connect(lambda index: self.play_pressed.emit(index.row()))
        self.doubleClicked.connect(lambda index: self.opened.emit(index.row()))
        thumbs.ready.connect(self.viewport().update)
        theme.changed.connect(self.viewport().update)

    @property
    def row(self) -> int | None:
        """The current sound."""
        index = self.currentIndex()
        return index.row() if index.isValid() else None

    def set_row(self, row: int) -> None:
        """Choose a sound, alone, and bring it into view."""
        self.selectionModel().setCurrentIndex(
            self.sounds.index(row), QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def chosen_rows(self) -> list[int]:
        """All selected sounds, or else the current one."""
        rows = sorted(index.row() for index in self.selectedIndexes())
        return rows or ([self.row] if self.row is not None else [])

    def show_snapshot(self, snapshot: SoundSnapshot | None) -> None:
        """Show other sounds; the choice and the place stay where that is possible."""
        before = self.sounds.snapshot
        chosen = key_of(self.sounds.sound(self.row)) if self.row is not None else None
        value = self.verticalScrollBar().value()
        same = before is not None and snapshot is not None and before.cell == snapshot.cell
        self.sounds.set_snapshot(snapshot)
        self._find_playing()
        row = self.sounds.find(chosen) if chosen is not None and same else None
        if row is not None:
            self.set_row(row)
        if same:
            self.verticalScrollBar().setValue(value)
        else:
            self.scrollToTop()

    def show_playing(self, key: SoundKey | None, share: float = 0.0) -> None:
        """Draw how far a sound has been played (0..1); None: nothing is heard."""
        if key != self._playing:
            self._playing = key
            self._find_playing()
        self.played = share
        self.viewport().update()

    def _find_playing(self) -> None:
        self.playing_row = self.sounds.find(self._playing) if self._playing is not None else None

    def resizeEvent(self, event: QResizeEvent) -> None:
        # room for the scroll bar is kept, so that pictures do not change size when it comes
        width = self.width() - tokens.SCROLLBAR_WIDTH - 1
        size = QSize(width // max(1, width // TILE_WIDTH),
                     PICTURE_HEIGHT + CAPTION + 2 * PAD + GAP)
        if size != self.gridSize():
            self.setGridSize(size)
        super().resizeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key
        if event.key() in (key.Key_Return, key.Key_Enter) and self.row is not None:
            self.opened.emit(self.row)
        elif event.key() == key.Key_Space:
            self.toggle_pressed.emit()
        elif event.key() == key.Key_Escape:
            self.cleared.emit()
        elif len(event.text()) == 1 and event.text() in HOTKEYS:
            self.digit_pressed.emit(event.text())
        else:
            super().keyPressEvent(event)
