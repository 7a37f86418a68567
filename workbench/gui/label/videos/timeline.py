"""The time line below a video: small pictures, seconds, and the tracks with their key frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from workbench.core.text import tr
from workbench.core.tracks import track_of
from workbench.core.video import time_text
from workbench.gui.label.editor import Objects
from workbench.gui.label.videos.editor import VideoEditor
from workbench.gui.label.videos.frame_source import THUMB_HEIGHT, FrameSource
from workbench.gui.label.videos.track_editor import track_words
from workbench.gui.style import tokens
from workbench.gui.style.painting import LEFT, RIGHT, small
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.class_colors import ClassColors

LANES = 5
LANE = 14
RULER = 18
_PAD = tokens.SPACE_M
_KEY = 4.0
_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
"""Seconds between two marks of the ruler."""
_CLASS_LINE, _CLASS_LINES = 4, 6
"""Between the lines of two classes that are suggested, and how many have a line of their own."""
_MARK_WIDTH = 84
_CLOSEST = 20
"""Frames in view when it is zoomed in as far as it goes."""


def in_lanes(tracks: Objects, last: int, chosen: Iterable[int] = ()) -> tuple[list[list[int]], int]:
    """Places of tracks in at most :data:`LANES` lanes, so that no two of a lane are seen at the
    same time, those that are chosen first; and how many found no place."""
    first = set(chosen)
    order = sorted(range(len(tracks)), key=lambda place: (
        track_of(tracks[place]).id not in first, track_of(tracks[place]).first))
    lanes: list[list[int]] = []
    taken: list[list[tuple[int, int]]] = []
    hidden = 0
    for place in order:
        spans = track_of(tracks[place]).spans(last)
        if not spans:
            continue
        start, end = spans[0][0], spans[-1][1]
        for lane, busy in zip(lanes, taken, strict=True):
            if all(end < one or start > other for one, other in busy):
                lane.append(place)
                busy.append((start, end))
                break
        else:
            if len(lanes) < LANES:
                lanes.append([place])
                taken.append([(start, end)])
            else:
                hidden += 1
    return lanes, hidden


class Timeline(QWidget):
    """Shows where in the video one is, and goes elsewhere with a click or a drag. The wheel shows
    a shorter part of it."""

    wanted = Signal(int)
    """(number) another frame is to be shown."""
    view_changed = Signal()
    """Another part of the video is shown, or another frame."""

    def __init__(self, editor: VideoEditor, source: FrameSource, theme: Theme, colors: ClassColors,
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor, self._source = editor, source
        self._theme, self._colors = theme, colors
        self._frame = 0
        self._view: tuple[float, float] | None = None  # first and last frame in view; None for all
        self._lanes: list[list[int]] = []
        self._hidden = 0
        self._known: tuple[Objects, int, tuple[int, ...]] | None = None
        self._dragging = False
        self.setAccessibleName(tr("Time line"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        source.grew.connect(self._grown)
        editor.objects_changed.connect(self._tracks_changed)
        editor.selection_changed.connect(self._tracks_changed)
        editor.sample_changed.connect(self._other_video)
        editor.suggestions.changed.connect(self.update)
        theme.changed.connect(self.update)
        colors.changed.connect(self.update)

    # --- what is shown --------------------------------------------------------------------------

    def set_frame(self, frame: int) -> None:
        """Show where one is."""
        self._frame = frame
        self._bring_into_view()
        self.setAccessibleDescription(tr("Frame {frame:,} of {count:,}, {time}", frame=frame,
                                         count=len(self._source.times),
                                         time=time_text(self._source.time(frame))))
        self.update()
        self.view_changed.emit()

    @property
    def view(self) -> tuple[float, float]:
        """First and last frame in view."""
        return self._view or (0.0, float(max(self._end, 1)))

    @property
    def _end(self) -> int:
        """The last frame, as far as it is known."""
        source = self._source
        return source.last if source.complete else max(source.last, source.promised - 1)

    def sizeHint(self) -> QSize:
        shown = max(1, len(self._lanes))
        return QSize(200, THUMB_HEIGHT + RULER + shown * LANE + tokens.SPACE_S)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _other_video(self) -> None:
        self._frame, self._view = 0, None
        self._tracks_changed()

    def _grown(self) -> None:
        if self._source.complete:
            self._tracks_changed()
        self.update()
        self.view_changed.emit()

    def _tracks_changed(self) -> None:
        editor, before = self._editor, self.sizeHint()
        known = (editor.tracks, self._end, editor.chosen)
        if known != self._known:  # stepping through many tracks must not be felt
            self._known, (self._lanes, self._hidden) = known, in_lanes(*known)
        if self.sizeHint() != before:
            self.updateGeometry()
        self.update()

    def _bring_into_view(self) -> None:
        if self._view is not None:
            first, last = self._view
            if not first <= self._frame <= last:
                self._set_view(self._frame - (last - first) / 2, last - first)

    def _set_view(self, first: float, span: float) -> None:
        end = float(max(self._end, 1))
        span = max(min(span, end), min(_CLOSEST, end))
        first = min(max(0.0, first), end - span)
        self._view = None if span >= end else (first, first + span)
        self.update()
        self.view_changed.emit()

    # --- places ---------------------------------------------------------------------------------

    def x_of(self, frame: float) -> float:
        """Where a frame stands, in logical pixels."""
        first, last = self.view
        return _PAD + (frame - first) / (last - first) * max(1, self.width() - 2 * _PAD)

    def frame_at(self, x: float) -> int:
        """The frame that stands at ``x``, of those that are known."""
        first, last = self.view
        share = (x - _PAD) / max(1, self.width() - 2 * _PAD)
        return min(max(0, round(first + share * (last - first))), self._source.last)

    def lane_rect(self, lane: int) -> QRectF:
        """Where a lane lies."""
        return QRectF(0, THUMB_HEIGHT + RULER + lane * LANE, self.width(), LANE)

    def track_at(self, point: QPointF) -> int | None:
        """Place of the track under the mouse."""
        frame, tracks = self.frame_at(point.x()), self._editor.tracks
        for number, lane in enumerate(self._lanes):
            if self.lane_rect(number).contains(point):
                for place in lane:
                    for start, end in track_of(tracks[place]).spans(self._end):
                        if self.x_of(start) - _KEY <= point.x() <= self.x_of(end + 1) + _KEY \
                                or start <= frame <= end:
                            return place
        return None

    # --- the mouse ------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        place = self.track_at(event.position())
        if place is not None:
            id = track_of(self._editor.tracks[place]).id
            shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            kept = [one for one in self._editor.chosen if one != id] if shift else []
            self._editor.choose((*kept, id))
        self._dragging = True
        self.wanted.emit(self.frame_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self.wanted.emit(self.frame_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragging = False

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps = event.angleDelta().y() / 120 or event.angleDelta().x() / 120
        first, last = self.view
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or not event.angleDelta().y():
            self._set_view(first - steps * (last - first) / 10, last - first)
        else:
            span = (last - first) * 0.8**steps
            share = min(max(0.0, (event.position().x() - _PAD) / max(1, self.width() - 2 * _PAD)),
                        1.0)
            self._set_view(first + share * (last - first - span), span)
        event.accept()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._tip(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def _tip(self, point: QPointF) -> str:
        frame = self.frame_at(point.x())
        where = tr("Frame {frame:,} · {time}", frame=frame,
                   time=time_text(self._source.time(frame)))
        place = self.track_at(point)
        return where if place is None else f"{track_words(self._editor.tracks[place])}\n{where}"

    # --- painting -------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme.color("canvas"))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self.hasFocus():
                painter.setPen(self._theme.color("accent"))
                painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
            if self._source.times:
                self._paint_thumbs(painter)
                self._paint_suggested(painter)
                self._paint_ruler(painter)
                self._paint_lanes(painter)
                self._paint_here(painter)

    def _paint_thumbs(self, painter: QPainter) -> None:
        thumbs = self._source.thumbs
        if not thumbs:
            return
        numbers = sorted(thumbs)
        width = max(1, thumbs[numbers[0]].width())
        strip = QRect(_PAD, 0, self.width() - 2 * _PAD, THUMB_HEIGHT)
        painter.save()
        painter.setClipRect(strip)
        known = self.x_of(self._source.last + 1)
        for left in range(strip.left(), strip.right() + 1, width):
            if left > known:
                break
            frame = self.frame_at(left + width / 2)
            nearest = min(numbers, key=lambda number: abs(number - frame))
            painter.drawImage(left, 0, thumbs[nearest])
        painter.restore()

    def _paint_suggested(self, painter: QPainter) -> None:
        """Where tracks are suggested: a dashed line for each class over the small pictures."""
        items = self._editor.suggestions.tracks
        lines = {name: at for at, name in enumerate(dict.fromkeys(item.label for item in items))}
        for item in items:
            painter.setPen(QPen(self._colors.color(item.label), 2, Qt.PenStyle.DashLine))
            y = THUMB_HEIGHT - 2 - _CLASS_LINE * (lines[item.label] % _CLASS_LINES)
            for start, end in track_of(item).spans(self._end):
                painter.drawLine(QPointF(self.x_of(start), y), QPointF(self.x_of(end), y))

    def _paint_ruler(self, painter: QPainter) -> None:
        source = self._source
        first, last = (min(round(frame), source.last) for frame in self.view)
        start, end = source.time(first), source.time(last)
        most = max(1, self.width() // _MARK_WIDTH)
        step = next((one for one in _STEPS if (end - start) / one <= most), _STEPS[-1])
        painter.setFont(small(painter.font()))
        hidden = self._hidden_words()
        room = self.width() - (_PAD + painter.fontMetrics().horizontalAdvance(f"{hidden}  ")
                               if hidden else 0)
        mark, free = -(-start // step) * step, 0.0  # where the words before end
        while mark <= end + 1e-9:
            x = self.x_of(source.at_time(mark))
            painter.setPen(self._theme.color("line_strong"))
            painter.drawLine(QPointF(x, THUMB_HEIGHT + 2), QPointF(x, THUMB_HEIGHT + 6))
            painter.setPen(self._theme.color("soft"))
            words = time_text(mark)
            end_of_words = x + 3 + painter.fontMetrics().horizontalAdvance(words)
            if free < x + 3 and end_of_words <= room:  # marks are close where frames are few
                free = end_of_words
                painter.drawText(QRectF(x + 3, THUMB_HEIGHT, _MARK_WIDTH, RULER), LEFT, words)
            mark += step

    def _paint_lanes(self, painter: QPainter) -> None:
        for number, lane in enumerate(self._lanes):
            for place in lane:
                self._paint_track(painter, number, place)
        painter.setPen(self._theme.color("soft"))
        painter.drawText(QRectF(0, THUMB_HEIGHT, self.width() - _PAD, RULER), RIGHT,
                         self._hidden_words())

    def _hidden_words(self) -> str:
        """How many tracks there is no room for; "" where all are shown."""
        return tr("{hidden:,} of {count:,} tracks are not shown", hidden=self._hidden,
                  count=len(self._editor.tracks)) if self._hidden else ""

    def _paint_track(self, painter: QPainter, lane: int, place: int) -> None:
        item = self._editor.tracks[place]
        track, rect = track_of(item), self.lane_rect(lane)
        chosen = track.id in self._editor.chosen
        color = self._theme.color("line_strong")
        color = self._colors.color(item.label) if item.label else color
        y = rect.center().y()
        faint = painter.opacity()
        painter.setOpacity(1.0 if chosen or not self._editor.chosen else 0.55)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        high = 3.0 if chosen else 1.5
        for start, end in track.spans(self._end):
            left, right = self.x_of(start), self.x_of(min(end, self._end))
            painter.drawRoundedRect(QRectF(left, y - high, max(2.0, right - left), 2 * high),
                                    high, high)
        self._paint_keys(painter, [(self.x_of(key.frame), key.outside) for key in track.keys], y,
                         _KEY + 1 if chosen else _KEY - 1)
        painter.setOpacity(faint)

    def _paint_keys(self, painter: QPainter, keys: Sequence[tuple[float, bool]], y: float,
                    half: float) -> None:
        """A diamond for each key frame, an empty one where the thing is gone."""
        brush = painter.brush()
        for x, outside in keys:
            if not -half <= x <= self.width() + half:
                continue
            painter.setPen(brush.color() if outside else self._theme.color("canvas"))
            painter.setBrush(self._theme.color("canvas") if outside else brush)
            painter.drawPolygon(QPolygonF([QPointF(x, y - half), QPointF(x + half, y),
                                           QPointF(x, y + half), QPointF(x - half, y)]))
        painter.setBrush(brush)

    def _paint_here(self, painter: QPainter) -> None:
        x = self.x_of(self._frame)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("accent"))
        painter.drawRect(QRectF(x - 1, 0, 2, self.height() - tokens.SPACE_XS))
        painter.drawPolygon(QPolygonF([QPointF(x - 6, 0), QPointF(x + 6, 0), QPointF(x, 8)]))
