"""The lanes below the time line: what happens when, a lane for each class of events."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QToolTip, QWidget

from workbench.core.annotation import LabeledObject
from workbench.core.events import Span, comment_of, span_of
from workbench.core.text import tr
from workbench.core.video import time_text
from workbench.gui.label.editor import Objects
from workbench.gui.label.videos.event_editor import EventEditor, event_words
from workbench.gui.label.videos.frame_source import FrameSource
from workbench.gui.label.videos.timeline import Timeline
from workbench.gui.style import tokens
from workbench.gui.style.painting import LEFT, small
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.class_colors import ClassColors

LANE, NARROW = 18, 8
"""Logical pixels of a lane, and of the narrowest one."""
MOST = 9 * LANE
_EDGE = 5.0  # pixels beside an end at which it is taken hold of
_LEAST = 3.0
_MOMENT = 5.0


class _Hold(NamedTuple):
    """What the mouse has hold of: an event, which end of it ("start", "stop", "" for the whole),
    the frame at which it was taken, and what it was."""

    place: int
    end: str
    frame: int
    span: Span


def span_words(span: Span) -> str:
    """ "0:01.04 – 0:02.50, 1.46 s", "0:03.00"."""
    start = time_text(span.start)
    if span.moment:
        return start
    if span.stop is None:
        return tr("{start}, still running", start=start)
    return f"{start} – {time_text(span.stop)}, {span.duration:.2f} s"


class EventLanes(QWidget):
    """Events on the time of the :class:`Timeline` above. An end, or the whole, is dragged; each
    drag is one step to undo."""

    wanted = Signal(int)
    """(number) another frame is to be shown."""

    def __init__(self, editor: EventEditor, timeline: Timeline, source: FrameSource, theme: Theme,
                 colors: ClassColors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor, self._timeline, self._source = editor, timeline, source
        self._theme, self._colors = theme, colors
        self._rows: dict[int, tuple[int, int, int]] = {}
        self._names: tuple[str, ...] = ()
        self._hold: _Hold | None = None
        self._held: Span | None = None  # where it is dragged to
        self._drawn: tuple[object, QPixmap] | None = None  # for what it was, and what has ended
        self.setAccessibleName(tr("Events"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        editor.changed.connect(self._load)
        editor.selection_changed.connect(self.update)
        timeline.view_changed.connect(self.update)
        theme.changed.connect(self._draw_anew)
        colors.changed.connect(self._draw_anew)
        self._load()

    def _load(self) -> None:
        names = self._editor.classes.names
        if names != self._names:
            self._names = names
            self.updateGeometry()
        self._rows = _rows(self._editor.objects, names)
        self._hold = self._held = None
        self._draw_anew()

    def _draw_anew(self) -> None:
        self._drawn = None
        self.update()

    # --- places ---------------------------------------------------------------------------------

    @property
    def lane_height(self) -> int:
        return max(NARROW, min(LANE, MOST // max(1, len(self._names))))

    def sizeHint(self) -> QSize:
        return QSize(200, max(1, len(self._names)) * self.lane_height + tokens.SPACE_S)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def span_at(self, place: int) -> Span:
        """When an event is, as it is being dragged."""
        held, hold = self._held, self._hold
        if held is not None and hold is not None and hold.place == place:
            return held
        return span_of(self._editor.objects[place])

    def rect_of(self, place: int) -> QRectF:
        """Where an event lies."""
        lane, row, rows = self._rows[place]
        span, height = self.span_at(place), self.lane_height
        left, high = self._x(span.start), (height - 2) / rows
        if span.moment:
            return QRectF(left - _MOMENT, lane * height + 1 + row * high, 2 * _MOMENT, high)
        right = self._x(span.end) if span.stop is not None else \
            max(left, self._x(self._editor.now()[1]))
        return QRectF(left, lane * height + 1 + row * high, max(_LEAST, right - left), high)

    def _x(self, time: float) -> float:
        """Where a time stands, between two frames as well."""
        times, frame = self._source.times, self._source.at_time(time)
        if frame + 1 >= len(times) or times[frame + 1] <= times[frame]:
            return self._timeline.x_of(frame)
        share = (time - times[frame]) / (times[frame + 1] - times[frame])
        return self._timeline.x_of(frame + min(max(0.0, share), 1.0))

    def event_at(self, point: QPointF) -> tuple[int, str] | None:
        """The event under the mouse, and which end of it ("" for neither); a selected one first."""
        lane = int(point.y() // self.lane_height)
        order = [place for place, (of, _, _) in self._rows.items() if of == lane]
        order.sort(key=lambda place: place in self._editor.selection, reverse=True)
        for place in order:
            rect = self.rect_of(place)
            if not rect.adjusted(-_EDGE, 0, _EDGE, 0).contains(point):
                continue
            span = span_of(self._editor.objects[place])
            if span.moment:
                return place, ""
            edge = min(_EDGE, max(1.0, rect.width() / 4))
            if point.x() <= rect.left() + edge:
                return place, "start"
            if point.x() >= rect.right() - edge and span.stop is not None:
                return place, "stop"
            return place, ""
        return None

    # --- the mouse ------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        found = self.event_at(event.position())
        frame = self._timeline.frame_at(event.position().x())
        if found is None:
            self._editor.select(())
            self.wanted.emit(frame)
            return
        place, end = found
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            kept = [one for one in self._editor.selection if one != place]
            self._editor.select((*kept, place))
        else:
            self._editor.select((place,))
        self._hold = _Hold(place, end, frame, span_of(self._editor.objects[place]))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        hold = self._hold
        if hold is None:
            found = self.event_at(event.position())
            self.setCursor(Qt.CursorShape.SizeHorCursor if found is not None and found[1]
                           else Qt.CursorShape.ArrowCursor)
            return
        frame = self._timeline.frame_at(event.position().x())
        if self._held is None and frame == hold.frame:
            return
        self._held = self._dragged(hold, frame)
        if hold.end:
            self.wanted.emit(frame)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        hold, held = self._hold, self._held
        self._hold = self._held = None
        if hold is None:
            return
        if held is None:
            self.wanted.emit(hold.frame)
        elif held != hold.span:
            self._editor.set_span(hold.place, held)
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        found = self.event_at(event.position())
        if found is not None:
            self.wanted.emit(self._source.at_time(span_of(self._editor.objects[found[0]]).start))

    def _dragged(self, hold: _Hold, frame: int) -> Span:
        """Where an event is when the mouse is at a frame."""
        source, span = self._source, hold.span
        first = source.at_time(span.start) if span.first is None else span.first
        last = source.at_time(span.end) if span.last is None else span.last
        if hold.end == "start":
            frame = min(frame, last - 1) if span.stop is not None else frame
            return replace(span, start=source.time(max(0, frame)), first=max(0, frame))
        if hold.end == "stop":
            frame = max(frame, first + 1)
            return replace(span, stop=source.time(frame), last=frame)
        by = min(max(frame - hold.frame, -first), source.last - (first if span.runs else last))
        if span.runs:
            return replace(span, start=source.time(first + by), first=first + by)
        return Span(source.time(first + by), source.time(last + by), span.moment, first + by,
                    last + by)

    def wheelEvent(self, event: QWheelEvent) -> None:
        QApplication.sendEvent(self._timeline, event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._tip(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def _tip(self, point: QPointF) -> str:
        found = self.event_at(point)
        if found is not None:
            item = self._editor.objects[found[0]]
            return "\n".join(filter(None, (event_words(item), span_words(span_of(item)),
                                           comment_of(item))))
        lane = int(point.y() // self.lane_height)
        return self._names[lane] if 0 <= lane < len(self._names) else ""

    # --- painting -------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme.color("canvas"))
            if not self._source.times:
                return
            painter.drawPixmap(0, 0, self._ended())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for place in self._rows:
                if span_of(self._editor.objects[place]).runs:
                    self._paint_event(painter, place)
            self._paint_names(painter)
            x = self._timeline.x_of(self._source.at_time(self._editor.now()[1]))
            painter.fillRect(QRectF(x - 1, 0, 2, self.height()), self._theme.color("accent"))

    def _ended(self) -> QPixmap:
        """The lanes with all that has ended: while a video plays these stay as they are."""
        ratio = self.devicePixelRatioF()
        shown = (self.size(), ratio, self._timeline.view, len(self._source.times),
                 self._editor.selection, self._held)
        if self._drawn is None or self._drawn[0] != shown:
            pixmap = QPixmap(self.size() * ratio)
            pixmap.setDevicePixelRatio(ratio)
            pixmap.fill(Qt.GlobalColor.transparent)
            with QPainter(pixmap) as painter:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(self._theme.color("line"))
                for lane in range(len(self._names)):
                    y = (lane + 1) * self.lane_height - 0.5
                    painter.drawLine(QPointF(0, y), QPointF(self.width(), y))
                for place in self._rows:
                    if not span_of(self._editor.objects[place]).runs:
                        self._paint_event(painter, place)
            self._drawn = shown, pixmap
        return self._drawn[1]

    def _paint_event(self, painter: QPainter, place: int) -> None:
        item, rect = self._editor.objects[place], self.rect_of(place)
        if rect.right() < 0 or rect.left() > self.width():
            return
        chosen = place in self._editor.selection
        fill = self._colors.color(item.label)
        fill.setAlphaF(1.0 if chosen else 0.7)
        painter.setBrush(fill)
        painter.setPen(self._theme.color("ink") if chosen else Qt.PenStyle.NoPen)
        if span_of(item).moment:
            half = min(_MOMENT, rect.height() / 2 - 1)
            middle = rect.center()
            painter.drawPolygon(QPolygonF([middle + QPointF(0, -half), middle + QPointF(half, 0),
                                           middle + QPointF(0, half), middle + QPointF(-half, 0)]))
            return
        painter.drawRoundedRect(rect.adjusted(0, 1, 0, -1), 2, 2)
        if span_of(item).runs:  # an end that is open
            tip = QPointF(rect.right() + rect.height() / 2, rect.center().y())
            painter.drawPolygon(QPolygonF([rect.topRight() + QPointF(0, 1), tip,
                                           rect.bottomRight() + QPointF(0, -1)]))

    def _paint_names(self, painter: QPainter) -> None:
        """The classes at the left, over what lies there, where a lane has room for words."""
        height = self.lane_height
        if height < LANE - 4:
            return
        painter.setFont(small(painter.font()))
        for lane, name in enumerate(self._names):
            words = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight,
                                                     self.width() // 4)
            width = painter.fontMetrics().horizontalAdvance(words)
            room = QRectF(0, lane * height + 1, width + 2 * tokens.SPACE_S, height - 2)
            ground = self._theme.color("canvas")
            ground.setAlphaF(0.45)
            painter.fillRect(room, ground)
            painter.setPen(self._theme.color("ink"))
            painter.drawText(room.adjusted(tokens.SPACE_S, 0, 0, 0), LEFT, words)


def _rows(events: Objects, names: tuple[str, ...]) -> dict[int, tuple[int, int, int]]:
    """Of each event its lane, its row in it, and how many rows that lane has, so that none lies
    over another."""
    lanes = {name: lane for lane, name in enumerate(names)}
    ends: dict[int, list[float]] = {}
    found: dict[int, tuple[int, int]] = {}
    for place in sorted(range(len(events)), key=lambda at: span_of(events[at]).start):
        item: LabeledObject = events[place]
        lane = lanes.get(item.label)
        if lane is None:
            continue
        span, rows = span_of(item), ends.setdefault(lane, [])
        stop = float("inf") if span.stop is None else span.stop
        row = next((row for row, end in enumerate(rows) if end <= span.start), len(rows))
        rows[row:row + 1] = [stop]
        found[place] = lane, row
    return {place: (lane, row, len(ends[lane])) for place, (lane, row) in found.items()}
