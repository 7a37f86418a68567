"""Watching it learn: what a classifier takes a few validation samples for, epoch after epoch."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QHideEvent,
    QPainter,
    QPainterPath,
    QPainterStateGuard,
    QPaintEvent,
)
from PySide6.QtWidgets import QSizePolicy

from workbench.core.text import tr
from workbench.gui.charts.picking import TipView
from workbench.gui.style import tokens
from workbench.gui.style.painting import MIDDLE, write
from workbench.gui.style.theme import Theme
from workbench.gui.train.history import PreviewImage, RunHistory
from workbench.gui.widgets import Card, label

ROW_HEIGHT = 52.0
_PICTURE_WIDTH, _PICTURE_HEIGHT = 96.0, 42.0
_NAME_WIDTH, _NOW_WIDTH = 150.0, 120.0
_BAR_MOST, _BAR_LEAST = 14.0, 3.0


class ClassPreviewRows(TipView):
    """A row for each sample: its picture, what it is, what it is taken for, and how that came.

    There is a bar for each epoch, as high as the probability of the class that the model named,
    green where that is the truth, red where it is not.
    """

    def __init__(self, theme: Theme, locate: Callable[[str], Path]) -> None:
        super().__init__()
        self.theme, self.locate = theme, locate
        self._rows: list[list[PreviewImage]] = []
        theme.changed.connect(self.update)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Watching it learn"))

    def set_rows(self, rows: list[list[PreviewImage]]) -> None:
        """Show samples, each with its epochs in order."""
        if len(rows) != len(self._rows):
            self.setFixedHeight(round(ROW_HEIGHT * len(rows)))
        self._rows = rows
        self.setAccessibleDescription("; ".join(sentence(row[-1]) for row in rows))
        self.update()

    def bars(self, index: int) -> list[tuple[PreviewImage, QRectF]]:
        """The bars of a row; the newest are kept where the width does not hold all."""
        previews = self._rows[index]
        left = _PICTURE_WIDTH + _NAME_WIDTH + _NOW_WIDTH + 3 * tokens.SPACE_M
        room = max(self.width() - left, _BAR_LEAST)
        shown = previews[-max(1, int(room // _BAR_LEAST)):]
        step = min(_BAR_MOST, room / len(shown))
        bottom = index * ROW_HEIGHT + _PICTURE_HEIGHT
        found = []
        for place, preview in enumerate(shown):
            height = max(2.0, _PICTURE_HEIGHT * preview.score)
            gap = 2.0 if step >= 5 else 0.5
            found.append((preview, QRectF(left + place * step, bottom - height,
                                          max(step - gap, 1.0), height)))
        return found

    def paint_picture(self, painter: QPainter, area: QRectF, preview: PreviewImage) -> None:
        """Paint what a sample looks like."""
        raise NotImplementedError

    def stop(self) -> None:
        """End the threads that draw."""
        raise NotImplementedError

    # --- events ---------------------------------------------------------------------------------

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.stop()

    def tip_at(self, point: QPointF) -> tuple[str, QRect]:
        found = self._at(point)
        return "" if found is None else sentence(found), QRect()

    def _at(self, point: QPointF) -> PreviewImage | None:
        index = int(point.y() // ROW_HEIGHT)
        if not 0 <= index < len(self._rows):
            return None
        column = (preview for preview, bar in self.bars(index)
                  if bar.left() <= point.x() < bar.right() + 2)
        return next(column, self._rows[index][-1])

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            for index, previews in enumerate(self._rows):
                self._paint_row(painter, index, previews)

    def _paint_row(self, painter: QPainter, index: int, previews: list[PreviewImage]) -> None:
        now, top = previews[-1], index * ROW_HEIGHT
        self._paint_picture(painter, QRectF(0, top, _PICTURE_WIDTH, _PICTURE_HEIGHT), now)
        left = _PICTURE_WIDTH + tokens.SPACE_M
        self._two_lines(painter, QRectF(left, top, _NAME_WIDTH, _PICTURE_HEIGHT),
                        now.truth or tr("no label"), Path(now.file).name, "ink")
        painter.setPen(Qt.PenStyle.NoPen)
        for preview, bar in self.bars(index):
            painter.setBrush(QColor(self.theme.color("ok" if preview.right else "bad")))
            painter.drawRoundedRect(bar, 1, 1)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        space = QRectF(left + _NAME_WIDTH + tokens.SPACE_M, top, _NOW_WIDTH, _PICTURE_HEIGHT)
        self._two_lines(painter, space, now.taken, now.verdict,
                        "ok_text" if now.right else "bad_text")

    def _paint_picture(self, painter: QPainter, area: QRectF, preview: PreviewImage) -> None:
        with QPainterStateGuard(painter):
            clip = QPainterPath()
            clip.addRoundedRect(area, tokens.RADIUS_MARK, tokens.RADIUS_MARK)
            painter.setClipPath(clip)
            painter.fillRect(area, self.theme.color("canvas"))
            self.paint_picture(painter, area, preview)

    def _two_lines(self, painter: QPainter, area: QRectF, first: str, second: str,
                   tone: str) -> None:
        half = area.height() / 2
        line = QRectF(area.left(), area.top(), area.width(), half)
        write(painter, line, first, self.theme.color(tone), cut=MIDDLE)
        write(painter, line.translated(0, half), second, self.theme.color("soft"), cut=MIDDLE)


class PreviewRowsCard(Card):
    """Rows of previews, and what stands there before the first epoch is over.

    Parameters
    ----------
    rows
        The widget that paints them; its ``stop`` ends the thread that draws.
    words, height
        What is said before there are any, and how high that is in logical pixels.
    """

    def __init__(self, rows: Any, words: str, height: float) -> None:
        super().__init__(tr("Watching it learn"))
        self._history: RunHistory | None = None
        self.rows = rows
        self._empty = label(words, tone="faint", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setFixedHeight(round(height))
        self.add(self._empty)
        self.add(self.rows)
        self.refresh()

    @abstractmethod
    def show_rows(self, rows: list[list[PreviewImage]]) -> str:
        """Show samples, each with its epochs in order; returns what the heading says of them."""

    def show_history(self, history: RunHistory | None) -> None:
        """Show the previews of a run from now on."""
        self._history = history
        self.refresh()

    def close_down(self) -> None:
        """End the thread that draws."""
        self.rows.stop()

    def refresh(self) -> None:
        """Read the newest previews."""
        known = self._history.previews.values() if self._history is not None else ()
        rows = [list(previews) for previews in known if previews]
        self.rows.setVisible(bool(rows))
        self._empty.setVisible(not rows)
        self.set_right(self.show_rows(rows))


class ClassPreviewCard(PreviewRowsCard):
    """What a classifier takes ``samples`` ("clips") for."""

    def __init__(self, rows: ClassPreviewRows, samples: str) -> None:
        words = tr("After each epoch, a few validation {samples} show what the model takes them "
                   "for.", samples=samples)
        super().__init__(rows, words, 2 * ROW_HEIGHT)

    def show_rows(self, rows: list[list[PreviewImage]]) -> str:
        self.rows.set_rows(rows)
        right = sum(row[-1].right for row in rows)
        return tr("{right} of {all} right after epoch {epoch}", right=right, all=len(rows),
                  epoch=rows[0][-1].epoch) if rows else ""


def sentence(preview: PreviewImage) -> str:
    """What a bar says ("Epoch 3: nine_theo_2.wav is nine, taken for five (51 %)")."""
    what = tr("Epoch {epoch}: {file} is {truth}", epoch=preview.epoch,
              file=Path(preview.file).name, truth=preview.truth or tr("no class"))
    if preview.answer:
        return f"{what}, {preview.verdict} ({preview.answer})"
    taken = tr("recognised") if preview.right else tr("taken for {name}", name=preview.label)
    return f"{what}, {taken} ({preview.score:.0%})"
