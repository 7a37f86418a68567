"""What the mouse and the arrow keys do on the canvas.

On the waveform a click puts the cursor and a drag marks a stretch. On the spectrogram a drag draws
a region: over all frequencies, or with Shift (or in band mode) a band of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent

from workbench.core.annotation import LabeledObject
from workbench.core.shapes import Region
from workbench.gui.label.sounds.editor import ClipEditor
from workbench.gui.label.sounds.time_canvas import GUTTER, TimeCanvas
from workbench.gui.style import tokens

Kind = Literal["seek", "stretch", "draw", "move", "resize", "pan"]

SLOP = 4
"""Logical pixels that the mouse moves before a press becomes a drag."""
GRIP = 6
"""Logical pixels around an edge in which it can be taken."""
_NUDGES: dict[int, int] = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_CURSORS: dict[str, Qt.CursorShape] = {
    "start": Qt.CursorShape.SizeHorCursor, "end": Qt.CursorShape.SizeHorCursor,
    "low": Qt.CursorShape.SizeVerCursor, "high": Qt.CursorShape.SizeVerCursor,
    "body": Qt.CursorShape.ArrowCursor, "": Qt.CursorShape.CrossCursor,
}


@dataclass(slots=True)
class _Drag:
    kind: Kind
    begin: QPointF
    seconds: float
    frequency: float
    banded: bool = False
    edge: str = ""
    moved: bool = False


class PointerTool:
    """Turns presses, moves and keys into edits; nothing is edited before the button is let go."""

    def __init__(self, canvas: TimeCanvas, editor: ClipEditor) -> None:
        self._canvas = canvas
        self._editor = editor
        self._drag: _Drag | None = None
        self.preview: dict[int, LabeledObject] = {}
        """Regions as they stand while dragged, by position; -1 is one that is being drawn."""
        self.stretch: tuple[float, float] | None = None
        """The stretch that is being marked, or None."""

    @property
    def busy(self) -> bool:
        return self._drag is not None

    def cancel(self) -> None:
        """Forget what is being dragged."""
        self._drag = None
        self.preview = {}
        self.stretch = None
        self._canvas.update()

    # --- what is where --------------------------------------------------------------------------

    def hit(self, position: QPointF) -> tuple[int, str]:
        """Region under the pointer and its part ("start", "end", "low", "high", "body", "")."""
        canvas, editor = self._canvas, self._editor
        if canvas.hidden or not canvas.spectrum_rect.contains(position.toPoint()):
            return -1, ""
        parts = set(editor.parts)
        for at in (at for at in reversed(editor.selection) if at in parts):
            edge = self._edge(self.rect_of(at), position, banded=editor.objects[at].low is not None)
            if edge:
                return at, edge
        # most are told by their times alone: a region is a pixel wide at least
        time = canvas.time
        first, last = (time.seconds(position.x() - GUTTER - shift) for shift in (1, 0))
        inside = [at for at in editor.parts
                  if (item := editor.objects[at].region).start <= last and item.end >= first
                  and self.rect_of(at).contains(position)]
        if not inside:
            return -1, ""
        # the smallest one: it could not be reached otherwise
        return min(inside, key=lambda at: _area(self.rect_of(at))), "body"

    def rect_of(self, at: int) -> QRectF:
        """Where a region lies on the spectrogram."""
        return self._canvas.rect_of(self._editor.objects[at])

    @staticmethod
    def _edge(rect: QRectF, position: QPointF, *, banded: bool) -> str:
        x, y = position.x(), position.y()
        if rect.top() - GRIP <= y <= rect.bottom() + GRIP:
            if abs(x - rect.right()) <= GRIP:
                return "end"
            if abs(x - rect.left()) <= GRIP:
                return "start"
        if banded and rect.left() <= x <= rect.right():
            if abs(y - rect.top()) <= GRIP:
                return "high"
            if abs(y - rect.bottom()) <= GRIP:
                return "low"
        return ""

    def choose_for_menu(self, position: QPointF) -> None:
        """Select what a context menu is asked for."""
        at, _ = self.hit(position)
        if at >= 0 and at not in self._editor.selection:
            self._editor.select((at,))

    # --- the mouse ------------------------------------------------------------------------------

    def press(self, event: QMouseEvent) -> None:
        canvas, editor = self._canvas, self._editor
        position = event.position()
        drag = _Drag("seek", position, canvas.time_at(position.x()),
                     canvas.frequency_at(position.y()))
        if event.button() == Qt.MouseButton.MiddleButton:
            drag.kind = "pan"
        elif event.button() != Qt.MouseButton.LeftButton:
            return
        elif canvas.spectrum_rect.contains(position.toPoint()):
            self._press_spectrum(drag, event)
        else:
            drag.kind = "stretch"
        self._drag = drag
        if drag.kind in ("draw", "stretch") and editor.stretch is not None:
            editor.set_stretch(0, 0)

    def _press_spectrum(self, drag: _Drag, event: QMouseEvent) -> None:
        editor = self._editor
        at, part = self.hit(event.position())
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if at < 0 or shift:
            drag.kind, drag.banded = "draw", editor.banded or shift
            return
        if control:
            editor.toggle(at)
            return
        if at not in editor.selection:
            editor.select((at,))
        drag.kind, drag.edge = ("move", "") if part == "body" else ("resize", part)

    def move(self, event: QMouseEvent) -> None:
        drag = self._drag
        position = event.position()
        if drag is None:
            self._show_cursor(position)
            return
        away = position - drag.begin
        if not drag.moved and abs(away.x()) + abs(away.y()) < SLOP:
            return
        drag.moved = True
        _MOVES[drag.kind](self, drag, position)
        self._canvas.update()

    def release(self, event: QMouseEvent) -> None:
        drag = self._drag
        if drag is None:
            return
        self._drag = None
        preview, self.preview = self.preview, {}
        stretch, self.stretch = self.stretch, None
        editor = self._editor
        if not drag.moved:
            self._click(drag)
        elif drag.kind == "stretch" and stretch is not None:
            editor.set_stretch(*stretch)
            self._canvas.sought.emit(editor.inside(min(stretch)))
        elif drag.kind == "draw" and -1 in preview:
            self._finish_drawing(preview[-1])
        elif drag.kind in ("move", "resize") and preview:
            editor.change(preview, drag.kind)
        self._canvas.update()

    def double_click(self, position: QPointF) -> None:
        """Zoom to a region; on the waveform show the whole clip."""
        at, part = self.hit(position)
        if at >= 0 and part:
            region = self._editor.objects[at]
            self._canvas.show_range(region.start, region.end)
        elif self._canvas.wave_rect.contains(position.toPoint()):
            self._canvas.fit()

    def _click(self, drag: _Drag) -> None:
        if drag.kind == "draw":
            self._editor.select(())
        if drag.kind in ("draw", "stretch", "move"):
            self._canvas.sought.emit(drag.seconds)

    def _finish_drawing(self, region: LabeledObject) -> None:
        editor = self._editor
        if not editor.add(region.start, region.end, region.low, region.high):
            return
        if not editor.current_class:
            at = editor.active
            assert at is not None
            self._canvas.label_wanted.emit(self.rect_of(at).toRect())

    def _show_cursor(self, position: QPointF) -> None:
        if not self._canvas.spectrum_rect.contains(position.toPoint()):
            self._canvas.setCursor(Qt.CursorShape.IBeamCursor)
            return
        _, part = self.hit(position)
        self._canvas.setCursor(_CURSORS[part])

    # --- while dragging -------------------------------------------------------------------------

    def _pan(self, drag: _Drag, position: QPointF) -> None:
        canvas = self._canvas
        canvas.time.pan((drag.begin.x() - position.x()) * canvas.time.seconds_per_pixel)
        drag.begin = position
        canvas.changed_view()

    def _mark(self, drag: _Drag, position: QPointF) -> None:
        self.stretch = (drag.seconds, self._canvas.time_at(position.x()))

    def _draw(self, drag: _Drag, position: QPointF) -> None:
        start, end = sorted((drag.seconds, self._canvas.time_at(position.x())))
        low = high = None
        if drag.banded:
            low, high = sorted((drag.frequency, self._canvas.frequency_at(position.y())))
        self.preview = {-1: LabeledObject(self._editor.current_class,
                                          Region(start, end, low, high))}

    def _shift(self, drag: _Drag, position: QPointF) -> None:
        canvas, editor = self._canvas, self._editor
        chosen = {at: editor.objects[at] for at in editor.selection}
        first = min(item.start for item in chosen.values())
        last = max(item.end for item in chosen.values())
        by = (position.x() - drag.begin.x()) * canvas.time.seconds_per_pixel
        by = min(max(by, -first), editor.duration - last)
        rise = canvas.frequency_at(position.y()) - drag.frequency
        self.preview = {at: self._moved(item, by, rise) for at, item in chosen.items()}

    def _moved(self, region: LabeledObject, by: float, rise: float) -> LabeledObject:
        low, high = region.low, region.high
        if low is not None and high is not None:
            rise = min(max(rise, -low), self._editor.nyquist - high)
            low, high = low + rise, high + rise
        return region.with_region(start=region.start + by, end=region.end + by, low=low, high=high)

    def _resize(self, drag: _Drag, position: QPointF) -> None:
        at = self._editor.active
        if at is None:
            return
        region = self._editor.objects[at]
        if drag.edge in ("low", "high"):
            frequency = self._canvas.frequency_at(position.y())
            low, high = sorted((region.high if drag.edge == "low" else region.low, frequency),
                               key=lambda value: value or 0.0)
            self.preview = {at: region.with_region(low=low, high=high)}
            return
        fixed = region.end if drag.edge == "start" else region.start
        start, end = sorted((fixed, self._canvas.time_at(position.x())))
        self.preview = {at: region.with_region(start=start, end=end)}

    def _nothing(self, drag: _Drag, position: QPointF) -> None:
        """A press that was a choice only."""

    # --- keys -----------------------------------------------------------------------------------

    def key(self, event: QKeyEvent) -> bool:
        """Arrows move the selected regions, or else the cursor; Escape lets go."""
        if event.key() == Qt.Key.Key_Escape:
            if self.busy:
                self.cancel()
            elif self._editor.selection:
                self._editor.select(())
            else:
                self._editor.set_stretch(0, 0)
            return True
        step = _NUDGES.get(event.key())
        if step is None:
            return False
        fast = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        seconds = step * self._canvas.time.seconds_per_pixel * (tokens.SPACE_L if fast else 2)
        if self._editor.selection:
            self._editor.shift_selected(seconds)
        else:
            self._canvas.sought.emit(self._editor.inside(self._canvas.playhead + seconds))
        return True


def _area(rect: QRectF) -> float:
    return rect.width() * rect.height()


_MOVES: dict[Kind, Callable[[PointerTool, _Drag, QPointF], None]] = {
    "pan": PointerTool._pan, "stretch": PointerTool._mark, "draw": PointerTool._draw,
    "move": PointerTool._shift, "resize": PointerTool._resize, "seek": PointerTool._nothing,
}
