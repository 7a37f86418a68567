"""The list of clips: rows with small waveforms, painted only where they are seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import cast

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from workbench.gui.label.sounds.clip_filter import summary_words
from workbench.gui.label.sounds.clip_model import ClipModel
from workbench.gui.label.sounds.wave_thumbs import Bars, WaveThumbs
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.class_colors import ClassColors

Index = QModelIndex | QPersistentModelIndex

THUMB = QSize(52, 24)
_BAR = 2
_MARGIN = tokens.SPACE_S - 2
_SETTLE_MS = 60


class ClipDelegate(QStyledItemDelegate):
    """Paints one clip: waveform, name, "0.43 s · seven · jackson"."""

    def __init__(self, theme: Theme, colors: ClassColors, thumbs: WaveThumbs,
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._colors = colors
        self._thumbs = thumbs

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(tokens.LIST_PANEL_WIDTH // 2, tokens.ROW_HEIGHT_TALL)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, ClipModel)
        rect: QRect = option.rect
        key = model.key(index.row())
        summary = model.summary(key)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, rect, option.state)
        left = rect.left() + _MARGIN + tokens.SPACE_S
        thumb = QRect(left, rect.center().y() - THUMB.height() // 2 + 1,
                      THUMB.width(), THUMB.height())
        if summary.problem is not None:
            side = tokens.ICON
            self._theme.icon("warning", "warn").paint(
                painter, thumb.center().x() - side // 2, thumb.center().y() - side // 2, side, side)
        else:
            bars = self._thumbs.get(key, model.path(key))
            color = self._colors.name(summary.label) if summary.label else "faint"
            self._paint_bars(painter, thumb, bars, color)
        right = rect.right() - _MARGIN - tokens.SPACE_S
        text = QRect(thumb.right() + tokens.SPACE_M, rect.top(),
                     right - thumb.right() - tokens.SPACE_M, rect.height())
        self._paint_words(painter, text, key.rpartition("/")[2], summary_words(summary), option)
        painter.restore()

    def _paint_ground(self, painter: QPainter, rect: QRect, state: QStyle.StateFlag) -> None:
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if selected or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("accent_wash" if selected else "hover"))
            painter.drawRoundedRect(rect.adjusted(_MARGIN, 1, -_MARGIN, -1),
                                    tokens.RADIUS_CONTROL, tokens.RADIUS_CONTROL)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(self._theme.color("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(rect).adjusted(_MARGIN + .5, 1.5, -_MARGIN - .5, -1.5),
                                    tokens.RADIUS_CONTROL, tokens.RADIUS_CONTROL)

    def _paint_bars(self, painter: QPainter, rect: QRect, bars: Bars | None, color: str) -> None:
        if not bars:
            painter.setPen(self._theme.color("line_strong"))
            painter.drawLine(rect.left(), rect.center().y(), rect.right(), rect.center().y())
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(color))
        step = rect.width() / len(bars)
        middle = rect.top() + rect.height() / 2
        for number, value in enumerate(bars):
            height = max(2.0, value * rect.height())
            painter.drawRoundedRect(QRectF(rect.left() + number * step, middle - height / 2,
                                           _BAR, height), 1, 1)

    def _paint_words(self, painter: QPainter, rect: QRect, name: str, words: str,
                     option: QStyleOptionViewItem) -> None:
        half = rect.height() // 2
        elide = Qt.TextElideMode.ElideRight
        painter.setPen(self._theme.color("ink"))
        painter.setFont(option.font)
        upper = QRect(rect.left(), rect.top() + 5, rect.width(), half - 4)
        painter.drawText(upper, Qt.AlignmentFlag.AlignBottom,
                         painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle,
                                                          rect.width()))
        font = QFont(option.font)
        font.setPixelSize(int(tokens.FONT_SMALL) + 1)
        painter.setFont(font)
        painter.setPen(self._theme.color("soft"))
        lower = QRect(rect.left(), rect.top() + half + 2, rect.width(), half - 4)
        painter.drawText(lower, Qt.AlignmentFlag.AlignTop,
                         painter.fontMetrics().elidedText(words, elide, rect.width()))


class ClipView(QListView):
    """The list; several clips can be selected, one of them is current.

    Signals
    -------
    chosen
        (key) another clip is current.
    accepted
        Enter was pressed.
    seen_changed
        Other rows are in view.
    delete_wanted
        The selected clips should be deleted: Delete was pressed while the list has the keyboard.
    """

    chosen = Signal(str)
    accepted = Signal()
    seen_changed = Signal()
    delete_wanted = Signal()

    def __init__(self, theme: Theme, colors: ClassColors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.clips = ClipModel(self)
        self.thumbs = WaveThumbs(self)
        self._current = ""
        self._kept: list[str] = []
        self._quiet = False
        self.setModel(self.clips)
        self.setItemDelegate(ClipDelegate(theme, colors, self.thumbs, self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAccessibleName("Clips")
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self._settled)
        self.verticalScrollBar().valueChanged.connect(lambda: self._settle.start())
        self.clips.modelAboutToBeReset.connect(self._before_reset)
        self.clips.modelReset.connect(self._after_reset)
        self.selectionModel().currentChanged.connect(self._current_changed)
        self.thumbs.ready.connect(self._repaint)
        theme.changed.connect(self.viewport().update)
        colors.changed.connect(self.viewport().update)

    @property
    def selected(self) -> list[str]:
        """Keys of the selected clips, in the order of the list."""
        # by ranges: thousands of indexes would take a tenth of a second
        chosen = sorted((item.top(), item.bottom()) for item in self._ranges())
        return [self.clips.key(row) for top, bottom in chosen for row in range(top, bottom + 1)]

    @property
    def selected_count(self) -> int:
        """How many clips are selected."""
        return sum(item.height() for item in self._ranges())

    def _ranges(self) -> Iterable[QItemSelectionRange]:
        # a list of ranges, which PySide's stubs do not know
        return cast("Iterable[QItemSelectionRange]", self.selectionModel().selection())

    def set_current(self, key: str) -> None:
        """Mark the shown clip and bring it into view; no signal. A selection that holds it stays.
        """
        self._current = key
        row = self.clips.row(key)
        self._quiet = True
        try:
            if row is None:
                self.selectionModel().clear()
                return
            index = self.clips.index(row)
            flag = QItemSelectionModel.SelectionFlag
            kept = self.selectionModel().isSelected(index)
            self.selectionModel().setCurrentIndex(
                index, flag.NoUpdate if kept else flag.ClearAndSelect)
            rect = self.visualRect(index)
            if rect.top() < 0 or rect.bottom() > self.viewport().height():
                self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)
        finally:
            self._quiet = False

    def step(self, by: int) -> str:
        """Key of the clip ``by`` rows from the current one, "" at the ends."""
        row = self.clips.row(self._current)
        row = (0 if by > 0 else -1) if row is None else row + by
        return self.clips.key(row) if 0 <= row < self.clips.rowCount() else ""

    def following(self, keys: Iterable[str]) -> str:
        """Key of the clip after ``keys``, or else the one before, "" where there is none."""
        left_out = set(keys)
        rows = sorted(row for key in left_out if (row := self.clips.row(key)) is not None)
        if not rows:
            return ""
        after = range(rows[-1] + 1, self.clips.rowCount())
        before = range(rows[-1] - 1, -1, -1)
        return next((key for row in (*after, *before)
                     if (key := self.clips.key(row)) not in left_out), "")

    def seen(self) -> list[str]:
        """Keys of the rows in view."""
        first = self.indexAt(QPoint(1, 1)).row()
        if first < 0:
            return []
        count = self.viewport().height() // tokens.ROW_HEIGHT_TALL + 2
        return [self.clips.key(row)
                for row in range(first, min(first + count, self.clips.rowCount()))]

    def _repaint(self, key: str) -> None:
        row = self.clips.row(key)
        if row is not None:
            self.update(self.clips.index(row))

    def _settled(self) -> None:
        self.thumbs.keep_only(self.seen())
        self.seen_changed.emit()

    def _current_changed(self, index: QModelIndex) -> None:
        if self._quiet or not index.isValid():
            return
        key = self.clips.key(index.row())
        if key != self._current:
            self._current = key
            self.chosen.emit(key)

    def _before_reset(self) -> None:
        self._kept = self.selected
        self._quiet = True

    def _after_reset(self) -> None:
        """What was selected is selected still, where it is shown."""
        rows = sorted(row for key in self._kept if (row := self.clips.row(key)) is not None)
        chosen = QItemSelection()
        for top, bottom in _runs(rows):
            chosen.append(QItemSelectionRange(self.clips.index(top), self.clips.index(bottom)))
        self.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._quiet = False
        if self.clips.row(self._current) is not None:
            self.doItemsLayout()
            self.set_current(self._current)
        self._settle.start()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) \
                and event.key() == Qt.Key.Key_Delete and not event.modifiers():
            event.accept()  # here it means clips, and not the regions on the picture
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.accepted.emit()
        elif event.key() == Qt.Key.Key_Delete:
            self.delete_wanted.emit()
        elif event.text() and event.text().isprintable():
            # Letters and digits are keys of the place, not a search in the list.
            event.ignore()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle.start()


def _runs(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last of each unbroken run of rising rows."""
    first = 0
    for at in range(1, len(rows) + 1):
        if at == len(rows) or rows[at] != rows[at - 1] + 1:
            yield rows[first], rows[at - 1]
            first = at
