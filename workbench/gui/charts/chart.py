"""Curves that grow while one watches: zoom, pan, a readout under the pointer, a log axis.

pyqtgraph takes most of a second to import: :func:`workbench.gui.charts.loader.preload` does it in
idle time after the first paint, and a chart that is shown earlier stays empty until then.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QShowEvent, QWheelEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from workbench.core.text import tr
from workbench.gui.charts.curve import Curve
from workbench.gui.charts.loader import chart_loader, preload
from workbench.gui.style import tokens
from workbench.gui.widgets.key_words import with_keys

if TYPE_CHECKING:
    from workbench.gui.charts.plot import Plot
    from workbench.gui.style.theme import Theme

REDRAW_MS = 50
ZOOM_STEP = 1.3
DEEPEST_ZOOM = 5000
EDGE = 0.015
ROOM, MARKER_PIXELS = 0.06, 28
"""What stays free: a share of the value range around the curves, pixels above a marker."""


class LiveChart(QWidget):
    """A chart of growing curves over one x axis.

    Parameters
    ----------
    theme
        Colours; the chart follows its changes.
    name
        What the chart shows, for screen readers.
    x_unit
        What is counted on the x axis; said once, at its first number.
    x_times
        Whether x are seconds of a recording, which are written as such.
    axes
        Names of the x and the value axis, where the chart's title does not say them.
    x_text
        Makes the first word of the readout from an x ("epoch 3.4").
    y_floor, y_ceiling
        Limits that the value axis always shows, such as 0.

    Attributes
    ----------
    is_stale, drawings
        Whether a drawing is due, and how many there have been.

    Notes
    -----
    Drag pans, Ctrl and the wheel zoom at the pointer, a double click or 0 shows all. With the
    keyboard: arrows move the readout, plus and minus zoom, L changes the value axis.
    """

    zoomed = Signal(bool)
    """Whether only a part of the x axis is in view now."""
    log_changed = Signal(bool)
    """Whether the value axis is logarithmic now."""

    def __init__(
        self,
        theme: Theme,
        name: str,
        *,
        x_unit: str = "",
        x_times: bool = False,
        axes: tuple[str, str] = ("", ""),
        x_text: Callable[[float], str] = lambda x: f"{x:g}",
        y_text: Callable[[float], str] = lambda y: f"{y:.3g}",
        y_floor: float | None = None,
        y_ceiling: float | None = None,
    ) -> None:
        super().__init__()
        self.curves: dict[str, Curve] = {}
        """What is shown, by key."""
        self._theme = theme
        self._x_unit, self._x_text, self._y_text = x_unit, x_text, y_text
        self._x_times, self._axes = x_times, axes
        self._y_limits = (y_floor, y_ceiling)
        self._span = (0.0, 1.0)
        self._window: tuple[float, float] | None = None
        self.log = False
        """Whether the value axis is logarithmic."""
        self._marker: tuple[float, float, str] | None = None
        self._cursor: float | None = None
        self.plot: Plot | None = None
        self.drawings = 0
        self._drag: tuple[float, float] | None = None
        self.is_stale = True
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._redraw)
        self.setAccessibleName(name)
        self._make()
        theme.changed.connect(self._restyle)
        chart_loader().loaded.connect(self._build)

    def _make(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._readout = QLabel(self)
        self._readout.setObjectName("chart-readout")
        self._readout.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._readout.hide()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolTip(with_keys(tr("Drag to move, <Ctrl> and wheel to zoom, "
                                     "double click to show all")))

    # --- what is shown --------------------------------------------------------------------------

    def set_log(self, log: bool) -> None:
        if log != self.log:
            self.log = log
            self.log_changed.emit(log)
            self.refresh()

    @property
    def is_zoomed(self) -> bool:
        return self._window is not None

    def set_curves(self, curves: dict[str, Curve]) -> None:
        """Show these curves, by a key of one's own, the first at the bottom."""
        self.curves = dict(curves)
        self.refresh()

    def set_span(self, low: float, high: float) -> None:
        """The whole x axis, as a run of known length has one."""
        if (low, high) != self._span and high > low:
            self._span = (low, high)
            self.refresh()

    def set_axes(self, axes: tuple[str, str]) -> None:
        """Call the axes otherwise."""
        if axes != self._axes:
            self._axes = axes
            if self.plot is not None:
                self.plot.set_names(axes, self._theme, self.font())
            self.refresh()

    def set_marker(self, marker: tuple[float, float, str] | None) -> None:
        """Mark the point ``(x, y)`` with a few words, or nothing."""
        if marker != self._marker:
            self._marker = marker
            self.refresh()

    def refresh(self) -> None:
        """Draw again soon; many calls are one drawing, and none while the chart is hidden."""
        self.is_stale = True
        if self.isVisible() and not self._timer.isActive():
            self._timer.start(REDRAW_MS)

    def show_all(self) -> None:
        """Leave the zoom."""
        self._set_window(None)

    def zoom(self, factor: float, at: float | None = None) -> None:
        """Show ``factor`` times less of the x axis, keeping ``at`` where it is."""
        low, high = self.in_view()
        centre = (low + high) / 2 if at is None else at
        self._set_window((centre - (centre - low) / factor, centre + (high - centre) / factor))

    def pan(self, share: float) -> None:
        """Move by a share of what is in view; positive to the right."""
        low, high = self.in_view()
        shift = share * (high - low)
        self._set_window((low + shift, high + shift))

    def in_view(self) -> tuple[float, float]:
        """The part of the x axis that is in view."""
        return self._window or self._span

    def _set_window(self, window: tuple[float, float] | None) -> None:
        if window is not None:
            window = self._fitted(*window)
        if window != self._window:
            self._window = window
            self.zoomed.emit(window is not None)
            self.refresh()

    def _fitted(self, low: float, high: float) -> tuple[float, float] | None:
        """Keep a window inside the span; all of the span is no window."""
        first, last = self._span
        width = max(high - low, (last - first) / DEEPEST_ZOOM)
        if width >= (last - first) * 0.999:
            return None
        low = min(max(low, first), last - width)
        return low, low + width

    # --- readout --------------------------------------------------------------------------------

    def set_cursor(self, x: float | None) -> str:
        """Read the curves at ``x`` (None hides the readout); returns what is said."""
        self._cursor = x
        lines = self._lines_at(x) if x is not None else []
        text = " · ".join(f"{name} {value}".strip() for name, value, _ in lines)
        if self.plot is not None:
            self.plot.show_cursor(x if lines else None)
        self._readout.setVisible(bool(lines) and self.plot is not None)
        if lines and self.plot is not None and x is not None:
            self._readout.setText(_table(lines, self._theme))
            self._readout.adjustSize()
            pixel = round(self.plot.pixel_of(x))
            beside = pixel + tokens.SPACE_S
            if beside + self._readout.width() > self.width():
                beside = pixel - tokens.SPACE_S - self._readout.width()
            self._readout.move(beside, 0)
        self.setAccessibleDescription(text)
        return text

    def _lines_at(self, x: float) -> list[tuple[str, str, str]]:
        lines = []
        snapped: float | None = None
        for curve in self.curves.values():
            at = curve.series.nearest(x) if curve.shown and not curve.faint else None
            if at is None:
                continue
            points_x, points_y = curve.points()
            if snapped is None or abs(points_x[at] - x) < abs(snapped - x):
                snapped = float(points_x[at])
            lines.append((curve.label, self._y_text(float(points_y[at])), curve.color))
        if snapped is None:
            return []
        return [(self._x_text(snapped), "", ""), *lines]

    # --- drawing --------------------------------------------------------------------------------

    def ensure_loaded(self) -> None:
        """Have the chart ready now, even if that means to wait for the import."""
        chart_loader().wait()
        self._build()

    def _build(self) -> None:
        if self.plot is None and chart_loader().ready:
            from workbench.gui.charts.plot import Plot

            self.plot = Plot(self, self._x_unit, self._axes, times=self._x_times)
            layout = self.layout()
            assert layout is not None
            layout.addWidget(self.plot.widget)
            self.plot.widget.viewport().installEventFilter(self)
            self._readout.raise_()
            self._restyle()

    def _restyle(self) -> None:
        if self.plot is not None:
            self.plot.style(self._theme, self.font())
        colors = self._theme.colors
        self._readout.setStyleSheet(
            f"background: {colors.panel}; border: 1px solid {colors.line_strong}; "
            f"border-radius: {tokens.RADIUS_MARK}px; padding: {tokens.SPACE_XS}px; "
            f"font-size: {tokens.FONT_SMALL + 0.5:.0f}px;"
        )
        self.refresh()

    def _redraw(self) -> None:
        if self.plot is None or not self.is_stale or not self.isVisible():
            return
        self.is_stale = False
        self.drawings += 1
        low, high = self.in_view()
        margin = 0.0 if self.is_zoomed else EDGE * (high - low)  # room for a mark on the edge
        shown = {key: curve for key, curve in self.curves.items() if curve.shown}
        values = self.plot.draw(shown, (low, high + margin), self.log)
        self.plot.show_values(*self._value_range(*(values or (0.0, 1.0))))
        self.plot.mark(self._marker_point(), self._marker_color())
        if self._cursor is not None:
            self.set_cursor(self._cursor)

    def _marker_point(self) -> tuple[float, float, str] | None:
        if self._marker is None or (self.log and self._marker[1] <= 0):
            return None
        x, y, text = self._marker
        return x, float(np.log10(y)) if self.log else y, text

    def _marker_color(self) -> str:
        return next((curve.color for curve in reversed(self.curves.values())), "ink")

    def _value_range(self, low: float, high: float) -> tuple[float, float]:
        """Values in view from ``low`` to ``high``, with a little room around."""
        floor, ceiling = (None, None) if self.log else self._y_limits
        low = low if floor is None else min(low, floor)
        high = high if ceiling is None else max(high, ceiling)
        room = ROOM * (high - low) or abs(high) * ROOM or ROOM
        above = room
        if self._marker is not None and self.plot is not None:
            height = self.plot.area_height()
            # in a low chart the words may lie on the curve: half of it stays for the curve
            above = (high - low) * MARKER_PIXELS / max(MARKER_PIXELS, height - MARKER_PIXELS)
            if not self.log:
                # the words need their room only where the mark is that high
                above = max(room, self._marker[1] + above - high)
        bottom = low if low == floor else low - room
        # at the ceiling lies the best there is: its line and its tick must not be cut off
        return bottom, high + (above or room)

    # --- events ---------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        preload()
        self._build()
        self.refresh()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key
        low, high = self.in_view()
        nudge = (high - low) / 60
        here = (low + high) / 2 if self._cursor is None else self._cursor
        actions: dict[int, Callable[[], object]] = {
            key.Key_Left: lambda: self.set_cursor(max(low, here - nudge)),
            key.Key_Right: lambda: self.set_cursor(min(high, here + nudge)),
            key.Key_Plus: lambda: self.zoom(ZOOM_STEP, self._cursor),
            key.Key_Equal: lambda: self.zoom(ZOOM_STEP, self._cursor),
            key.Key_Minus: lambda: self.zoom(1 / ZOOM_STEP, self._cursor),
            key.Key_0: self.show_all,
            key.Key_Home: self.show_all,
            key.Key_L: lambda: self.set_log(not self.log),
            key.Key_Escape: lambda: self.set_cursor(None),
        }
        action = actions.get(event.key())
        if action is None:
            super().keyPressEvent(event)
        else:
            action()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.set_cursor(None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The pointer over the plot is ours: pyqtgraph only draws."""
        if self.plot is None:
            return False
        if isinstance(event, QMouseEvent):
            return self._mouse(event)
        if isinstance(event, QWheelEvent):
            return self._wheel(event)
        if event.type() == QEvent.Type.Leave:
            self.set_cursor(None)
        elif event.type() == QEvent.Type.Resize:
            self.refresh()  # laid out only now: how much room there is, is known only now
        return False

    def _mouse(self, event: QMouseEvent) -> bool:
        kind, position = event.type(), event.position()
        if kind == QEvent.Type.MouseButtonDblClick:
            self.show_all()
        elif kind == QEvent.Type.MouseButtonPress:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._drag = (position.x(), self.in_view()[0])
        elif kind == QEvent.Type.MouseButtonRelease:
            self._drag = None
        elif kind == QEvent.Type.MouseMove and self._drag is not None and self.is_zoomed:
            self._drag_to(position)
        elif kind == QEvent.Type.MouseMove and self.plot is not None:
            self.set_cursor(self.plot.x_at(position))
        return True

    def _drag_to(self, position: QPointF) -> None:
        assert self._drag is not None and self.plot is not None
        start, low_then = self._drag
        low, high = self.in_view()
        shift = (position.x() - start) / self.plot.area_width() * (high - low)
        self._set_window((low_then - shift, low_then - shift + high - low))

    def _wheel(self, event: QWheelEvent) -> bool:
        """Without Ctrl the wheel scrolls the page that the chart stands in."""
        if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
            return True
        turned = event.angleDelta().y() / 120
        at = self.plot.x_at(event.position()) if self.plot is not None else None
        self.zoom(ZOOM_STEP**turned, at)
        event.accept()
        return True


def _table(lines: list[tuple[str, str, str]], theme: Theme) -> str:
    """The readout as a small table: a dot in the curve's colour, its name, its value."""
    rows = [f"<tr><td colspan=3>{escape(lines[0][0])}</td></tr>"]
    for name, value, color in lines[1:]:
        dot = f'<span style="color:{theme.color(color).name()}">●</span>'
        rows.append(f"<tr><td>{dot}</td><td>{escape(name)}&nbsp;&nbsp;</td>"
                    f"<td align=right>{escape(value)}</td></tr>")
    return f"<table cellspacing=0 cellpadding=1>{''.join(rows)}</table>"
