"""The calls behind a number: spectrograms in rows, labels solid and what was found dashed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractItemView

from workbench.core.text import count, tr
from workbench.evaluation.box_words import kind_of, tile_word
from workbench.gui.label.sounds.names import excerpt_name
from workbench.gui.label.sounds.spectrogram_thumbs import Excerpt, SpectrogramThumbs
from workbench.gui.results.card_view import GAP, PAD, CardDelegate, CardView, ResultListModel
from workbench.gui.style import tokens
from workbench.gui.style.painting import small
from workbench.gui.style.theme import Theme
from workbench.project.datasets.sounds import ClipRecord
from workbench.tasks.sound_detection.results import CallSnapshot
from workbench.tasks.sound_detection.window.drawing import paint_call

TILE_WIDTH = 220
"""Least width of a picture with its frame, in logical pixels."""
PICTURE_HEIGHT = 130
CAPTION = 38
_AROUND, _LEAST_AROUND = 0.6, 0.25
"""What is shown beside a call to either side: a share of its length, and seconds at least."""
_TONES = {"missed": "bad_text", "extra": "warn_text", "confused": "accent_text",
          "right": "ok_text"}

CallKey = tuple[int, int, int]


class CallListModel(ResultListModel):
    """The calls of one snapshot, in its order; or whole recordings."""

    def __init__(self) -> None:
        super().__init__()
        self.snapshot: CallSnapshot | None = None

    def set_snapshot(self, snapshot: CallSnapshot | None) -> None:
        """Show other calls."""
        self.beginResetModel()
        self.snapshot = snapshot
        self.endResetModel()

    def number_of_rows(self) -> int:
        return 0 if self.snapshot is None else len(self.snapshot.entries)

    def record(self, row: int) -> ClipRecord:
        assert self.snapshot is not None
        return self.snapshot.results.records[int(self.snapshot.entries.table.image[row])]

    def box(self, row: int) -> tuple[float, float, float, float]:
        """Start, low, end and high of what the row is about."""
        assert self.snapshot is not None
        start, low, end, high = self.snapshot.entries.table.boxes[row].tolist()
        return start, low, end, high

    @property
    def whole(self) -> bool:
        """Whether whole recordings are shown."""
        return self.snapshot is not None and self.snapshot.entries.selection is None

    def key(self, row: int) -> CallKey:
        """What tells a row from all others, also when thresholds move."""
        assert self.snapshot is not None
        return self.snapshot.entries.identity(row)

    def find(self, key: CallKey) -> int | None:
        """Row of a call."""
        return next((row for row in range(self.rowCount()) if self.key(row) == key), None)

    def excerpt(self, row: int) -> Excerpt:
        """What is drawn and played: a call with what is beside it, or all of a recording."""
        record = self.record(row)
        if self.whole:
            return Excerpt(record.path, 0.0, record.info.duration)
        start, _low, end, _high = self.box(row)
        beside = max(_LEAST_AROUND, _AROUND * (end - start))
        return Excerpt(record.path, max(0.0, start - beside), end + beside, to_scale=True)

    def name(self, row: int) -> str:
        start, _low, end, _high = self.box(row)
        return excerpt_name(self.record(row).key, None if self.whole else (start, end))

    def word(self, row: int) -> str:
        assert self.snapshot is not None
        if self.whole:
            return count(int(self.snapshot.entries.mistakes[row]), "mistake")
        return tile_word(self.snapshot.entries.cell(row), self.snapshot.results.classes)

    def tone(self, row: int) -> str:
        """Colour of the word below a picture, as a token."""
        assert self.snapshot is not None
        if self.whole:
            return "soft"
        return _TONES[kind_of(self.snapshot.entries.cell(row),
                              len(self.snapshot.results.classes))]

    def figure(self, row: int) -> str:
        """How sure, where something was found."""
        assert self.snapshot is not None
        table = self.snapshot.entries.table
        return f"{table.score[row]:.2f}" if table.detection[row] >= 0 else ""

    def details(self, row: int) -> str:
        start, low, end, high = self.box(row)
        words = f"{self.record(row).key} · {self.word(row)}"
        if self.whole:
            return words
        return (f"{words} {self.figure(row)} · {start:.2f}–{end:.2f} s · "
                f"{low / 1000:.2f}–{high / 1000:.2f} kHz").replace("  ", " ")


class CallDelegate(CardDelegate):
    """Paints one spectrogram with its boxes, and what it is below."""

    def __init__(self, theme: Theme, view: CallListView) -> None:
        super().__init__(theme, view)
        self._list = view

    def paint_card(self, painter: QPainter, inside: QRectF, row: int) -> None:
        area = QRectF(inside.left(), inside.top(), inside.width(), PICTURE_HEIGHT)
        self._paint_picture(painter, area, row)
        model, theme = self._list.calls, self.theme
        line = QRectF(area.left(), area.bottom() + 2, area.width(), (CAPTION - 2) / 2)
        painter.setFont(self.view.font())
        self.paint_line(painter, line, model.word(row), model.figure(row),
                        theme.color(model.tone(row)))
        painter.setFont(small(self.view.font()))
        self.paint_line(painter, line.translated(0, line.height()), model.name(row), "",
                        theme.color("soft"))

    def _paint_picture(self, painter: QPainter, area: QRectF, row: int) -> None:
        painter.fillRect(area, self.theme.color("canvas"))
        what = self._list.calls.excerpt(row)
        picture = self._list.thumbs.get(what)
        if isinstance(picture, str):
            self.paint_sentence(painter, area, picture)
            return
        if not isinstance(picture, QImage):
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(area, picture)
        painter.setClipRect(area)
        self._paint_boxes(painter, area, row, what)
        painter.setClipping(False)
        if self._list.playing == self._list.calls.key(row):
            x = area.left() + area.width() * self._list.played
            painter.setPen(QPen(QColor(tokens.ON_IMAGE), tokens.WIDTH_BOX))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))

    def _paint_boxes(self, painter: QPainter, area: QRectF, row: int, what: Excerpt) -> None:
        """All calls in the picture; those that the row is about are thick."""
        model = self._list.calls
        shown = model.snapshot
        assert shown is not None
        image, truth, detection = model.key(row)
        evaluation, rate = shown.evaluation, model.record(row).info.sample_rate
        settings = self._list.thumbs.display.settings(rate)
        truths, found = evaluation.truth_table, evaluation.detection_table
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for table, solid, own in ((truths, True, truth), (found, False, detection)):
            first, last = int(table.starts[image]), int(table.starts[image + 1])
            for place in range(first, last):
                if solid or evaluation.shown_mask[place]:
                    color = QColor(self._list.colors[int(table.labels[place])])
                    paint_call(painter, area, what, table.boxes[place].tolist(), color,
                               (settings, rate), solid=solid, thick=place - first == own)


class CallListView(CardView):
    """Spectrograms in rows."""

    least_width = TILE_WIDTH
    play_pressed = Signal(int)
    """(row) a click on a call: it is to be heard."""
    toggle_pressed = Signal()
    """The space bar."""

    def __init__(self, theme: Theme, thumbs: SpectrogramThumbs) -> None:
        super().__init__(theme)
        self.calls = CallListModel()
        self.calls.setParent(self)
        self.thumbs = thumbs
        self.colors: Sequence[str] = ()
        self.playing: CallKey | None = None
        self.played = 0.0
        self.setModel(self.calls)
        self.setItemDelegate(CallDelegate(theme, self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setAccessibleName(tr("Calls behind the number"))
        self.clicked.connect(lambda index: self.play_pressed.emit(index.row()))
        thumbs.ready.connect(self.viewport().update)

    def card_height(self, width: int) -> int:
        return PICTURE_HEIGHT + CAPTION + 2 * PAD + GAP

    def show_snapshot(self, shown: CallSnapshot | None, colors: Sequence[str] = ()) -> None:
        """Show other calls; the choice and the place stay where that is possible."""
        before, model = self.calls.snapshot, self.calls
        chosen = model.key(self.row) if before is not None and self.row is not None else None
        stay = (before is not None and shown is not None and before.results is shown.results
                and before.entries.selection == shown.entries.selection)
        self.colors = colors
        self.replace(lambda: model.set_snapshot(shown),
                     lambda: model.find(chosen) if chosen is not None else None, stay=stay)

    def show_playing(self, key: CallKey | None, share: float = 0.0) -> None:
        """Draw how far a call has been played (0..1); None: nothing is heard."""
        self.playing, self.played = key, share
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        for row in reversed(self.rows_in_view()):  # what is asked for last comes first
            self.thumbs.get(self.calls.excerpt(row))
        super().paintEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self.toggle_pressed.emit()
        else:
            super().keyPressEvent(event)
