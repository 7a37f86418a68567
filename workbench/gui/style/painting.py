"""What widgets paint by hand: lines of text that are shortened, and the ground of a list's row."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen

from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTER = Qt.AlignmentFlag.AlignCenter
MIDDLE = Qt.TextElideMode.ElideMiddle
_BEFORE = 3  # signs that are seen before those by which two names differ


def small(font: QFont, more: int = 0) -> QFont:
    """``font`` in the size of what is less important, ``more`` pixels larger."""
    made = QFont(font)
    made.setPixelSize(round(tokens.FONT_SMALL) + more)
    return made


def shortened(metrics: QFontMetrics, text: str, room: int, beside: Iterable[str] = ()) -> str:
    """``text`` with "…" in it where it is too long for ``room`` pixels: in the middle, or where it
    stays another one than those that stand ``beside`` it (pages of one stack, images of one
    camera)."""
    if metrics.horizontalAdvance(text) <= room:
        return text
    others = [other for other in beside if other != text]
    for way in (_middle, end_kept):
        shown = way(metrics, text, room)
        if all(way(metrics, other, room) != shown for other in others):
            return shown
    same = max(next((at for at, (one, two) in enumerate(zip(text, other, strict=False))
                     if one != two), min(len(text), len(other))) for other in others)
    return "…" + metrics.elidedText(text[max(0, same - _BEFORE):], Qt.TextElideMode.ElideRight,
                                    room - metrics.horizontalAdvance("…"))


def _middle(metrics: QFontMetrics, text: str, room: int) -> str:
    return metrics.elidedText(text, MIDDLE, room)


def end_kept(metrics: QFontMetrics, text: str, room: int) -> str:
    """``text`` with most of its end, where names differ, and a little of its start."""
    if metrics.horizontalAdvance(text) <= room:
        return text
    start = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room * 2 // 5)[:-1].rstrip()
    return start + metrics.elidedText(text, Qt.TextElideMode.ElideLeft,
                                      room - metrics.horizontalAdvance(start))


def write(painter: QPainter, room: QRect | QRectF, text: str, color: QColor,
          align: Qt.AlignmentFlag = LEFT,
          cut: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> int:
    """Write one line, with "…" where it is too long for ``room``; how wide it became."""
    metrics = painter.fontMetrics()
    shown = metrics.elidedText(text, cut, int(room.width()))
    painter.setPen(color)
    painter.drawText(room, align, shown)
    return metrics.horizontalAdvance(shown)


def write_pair(painter: QPainter, room: QRectF, left: str, right: str, left_color: QColor,
               right_color: QColor, cut: Qt.TextElideMode = MIDDLE) -> None:
    """Write ``right`` at the right, and ``left`` in what it leaves."""
    width = write(painter, room, right, right_color, RIGHT)
    write(painter, room.adjusted(0, 0, -width - tokens.SPACE_S, 0), left, left_color, LEFT, cut)


def paint_share(painter: QPainter, lane: QRectF, share: float, color: QColor,
                theme: Theme) -> None:
    """Paint a bar that fills a ``share`` (0 to 1) of its lane."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("hover"))
    painter.drawRoundedRect(lane, tokens.RADIUS_MARK, tokens.RADIUS_MARK)
    bar = QRectF(lane)
    bar.setWidth(lane.width() * min(1.0, max(0.0, share)))
    painter.setBrush(color)
    painter.drawRoundedRect(bar, tokens.RADIUS_MARK, tokens.RADIUS_MARK)


def paint_ground(painter: QPainter, frame: QRectF, theme: Theme, *, marked: bool,
                 hovered: bool = False, focused: bool = False) -> None:
    """Paint behind a row whether it is selected, under the mouse, and has the keyboard."""
    radius = tokens.RADIUS_CONTROL
    if marked or hovered:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent_wash" if marked else "hover"))
        painter.drawRoundedRect(frame, radius, radius)
    if focused:
        painter.setPen(QPen(theme.color("accent"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(frame.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
