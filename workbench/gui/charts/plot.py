"""The part of a chart that is drawn by pyqtgraph; imported once that is there."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF
from PySide6.QtWidgets import QFrame, QWidget

from workbench.core.arrays import Float64Array
from workbench.gui.charts.curve import Curve
from workbench.gui.style.painting import small
from workbench.gui.style.theme import Theme

AXIS_WIDTH, AXIS_HEIGHT = 46, 20
NAME_SIZE = 16
"""Pixels that the name of an axis takes."""
_PLACES = ((0, 1), (0, -1), (-1, 1), (1, 1), (-1, -1), (1, -1), (-1, 0), (1, 0))
"""Where words may stand at a mark: above, below, at the corners, at the sides; as steps to the
right and up."""
_RING, _GAP = 9, 2  # pixels: across the mark, and between it and the words
_MARGIN = 4  # around the words, of the text item itself
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)  # seconds
_TICK = 80  # pixels between two times
_COLUMNS = 24  # where a line is looked at under words
FAINT_ALPHA = 95
MARKS_UP_TO = 60
MARK_SIZE = 5


class EpochAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """The x axis: its first number says what is counted ("epoch 5"); the one behind it gives way
    where both would touch."""

    unit = ""
    times = False
    """Whether these are seconds."""

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:
        least = (high - low) * _TICK / max(size, 1.0)
        if self.times and least > 1:
            return [(next((step for step in _STEPS if step >= least), 3600 * ceil(least / 3600)),
                     0.0)]
        found: list[tuple[float, float]] = super().tickSpacing(low, high, size)
        return found

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        if self.times:
            return time_words(values, spacing)
        words: list[str] = super().tickStrings(values, scale, spacing)
        whole = [at for at, value in enumerate(values) if value > 0 and value == round(value)]
        if self.unit and whole:  # there is no half epoch, but where one looks very closely
            words = [str(round(value)) if value == round(value) else "" for value in values]
        positive = whole[0] if whole else next(
            (at for at, value in enumerate(values) if value > 0), None)
        if self.unit and positive is not None and words[positive]:
            words[positive] = f"{self.unit} {words[positive]}"
            if positive + 1 < len(words):
                metrics = QFontMetricsF(self.style["tickFont"] or QFont())
                both = sum(map(metrics.horizontalAdvance, words[positive:positive + 2]))
                least, most = self.range
                room = spacing * self.size().width() / ((most - least) or 1.0)
                if both / 2 + _MARGIN > room:
                    words[positive + 1] = ""
        return words


def time_words(seconds: list[float], spacing: float) -> list[str]:
    """ "5 s", "10 s"; where they reach a minute "0:50", "1:00"."""
    if max(seconds, default=0.0) < 60:
        return [f"{round(second, 3):g} s" for second in seconds]
    rest = "04.1f" if spacing < 1 else "02.0f"
    parts = [divmod(round(second, 1 if spacing < 1 else 0), 60) for second in seconds]
    return [f"{minutes:.0f}:{left:{rest}}" for minutes, left in parts]


def _crosses(box: QRectF, x: Float64Array, y: Float64Array) -> bool:
    """Whether a line through points (in pixels, x rising) runs through ``box``."""
    columns = np.linspace(box.left(), box.right(), _COLUMNS)
    columns = columns[(columns >= x[0]) & (columns <= x[-1])]
    rows = np.concatenate([np.interp(columns, x, y),
                           y[(x >= box.left()) & (x <= box.right())]])
    return bool(np.any((rows >= box.top()) & (rows <= box.bottom())))


class Plot:
    """Axes, a grid and curves; it knows no data but what it is given to draw."""

    def __init__(self, parent: QWidget, x_unit: str = "",
                 names: tuple[str, str] = ("", ""), *, times: bool = False) -> None:
        self._bottom = EpochAxis("bottom")
        self._bottom.unit, self._bottom.times = x_unit, times
        self.widget = pg.PlotWidget(parent, enableMenu=False, axisItems={"bottom": self._bottom})
        self.widget.setFrameShape(QFrame.Shape.NoFrame)
        self.widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.widget.setMouseTracking(True)
        self._item = self.widget.getPlotItem()
        self._item.hideButtons()
        self._item.setContentsMargins(0, 4, 4, 0)
        self._box = self._item.getViewBox()
        self._box.setMouseEnabled(False, False)
        self._box.disableAutoRange()
        self._box.setDefaultPadding(0)
        self._item.setDownsampling(auto=True, mode="peak")
        self._item.setClipToView(True)
        self._left = self._item.getAxis("left")
        self._names = dict(zip((self._bottom, self._left), names, strict=True))
        self._give_room()
        for axis in (self._left, self._bottom):
            axis.enableAutoSIPrefix(False)
            axis.setStyle(tickLength=0, maxTickLevel=0, tickTextOffset=6,
                          autoExpandTextSpace=False, autoReduceTextSpace=False)
        self._left.setGrid(255)
        self._left.setZValue(-1)  # no grid runs over the curves
        self._curves: dict[str, Any] = {}
        self._theme: Theme | None = None
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._marker = pg.ScatterPlotItem(size=_RING, pxMode=True)
        self._marker_text = pg.TextItem(anchor=(0.5, 1.3))
        for item in (self._cursor, self._marker, self._marker_text):
            item.setZValue(10)
            item.hide()
            self._item.addItem(item, ignoreBounds=True)

    def _give_room(self) -> None:
        """Make the axes as large as their numbers and names."""
        self._left.setWidth(AXIS_WIDTH + (NAME_SIZE if self._names[self._left] else 0))
        self._bottom.setHeight(AXIS_HEIGHT + (NAME_SIZE if self._names[self._bottom] else 0))

    def set_names(self, names: tuple[str, str], theme: Theme, font: QFont) -> None:
        """Call the axes otherwise."""
        self._names = dict(zip((self._bottom, self._left), names, strict=True))
        self._give_room()
        self.style(theme, font)

    def style(self, theme: Theme, font: QFont) -> None:
        """Take over a theme's colours."""
        self._theme = theme
        tiny = small(font)
        self.widget.setBackground(theme.color("panel"))
        # pyqtgraph sets the alpha of these itself, so only the ground's colour is unseen
        unseen = pg.mkPen(theme.color("panel"), width=1)
        for axis in (self._left, self._bottom):
            axis.setPen(unseen)
            axis.setTextPen(theme.color("soft"))
            axis.setStyle(tickFont=tiny)
            axis.showLabel(bool(self._names[axis]))
            if self._names[axis]:
                axis.setLabel(self._names[axis], color=theme.color("soft").name())
                axis.label.setFont(tiny)
        self._left.setTickPen(pg.mkPen(theme.color("line"), width=1))
        self._bottom.setTickPen(unseen)
        self._cursor.setPen(pg.mkPen(theme.color("line_strong"), width=1))
        self._marker_text.setColor(theme.color("soft"))
        self._marker_text.fill = pg.mkBrush(theme.color("panel"))  # no grid runs through it
        self._marker_text.setFont(tiny)

    def draw(
        self, curves: Mapping[str, Curve], x_range: tuple[float, float], log: bool
    ) -> tuple[float, float] | None:
        """Show the part of ``curves`` that is in ``x_range``.

        Returns
        -------
        tuple
            The lowest and the highest value in view, as log10 on a log axis; None without any.
        """
        for key in [key for key in self._curves if key not in curves]:
            self._item.removeItem(self._curves.pop(key))
        self._item.setLogMode(y=log)
        self._box.setXRange(*x_range, padding=0)
        for z, (key, curve) in enumerate(curves.items()):
            self._draw(key, curve, z, x_range, log)
        values = [self._curves[key].dataBounds(1, orthoRange=x_range) for key in curves]
        found = [(low, high) for low, high in values if low is not None]
        return (min(low for low, _ in found), max(high for _, high in found)) if found else None

    def show_values(self, low: float, high: float) -> None:
        """Set the range of the value axis."""
        self._box.setYRange(low, high, padding=0)

    def mark(self, marker: tuple[float, float, str] | None, color: str) -> None:
        """Ring the point ``(x, y)`` and say a few words beside it where no curve is."""
        for item in (self._marker, self._marker_text):
            item.setVisible(marker is not None)
        if marker is None or self._theme is None:
            return
        x, y, text = marker
        self._marker.setData([x], [y], pen=pg.mkPen(self._theme.color(color), width=2),
                             brush=pg.mkBrush(self._theme.color("panel")))
        self._marker_text.setText(text)
        anchor = self._free_place(x, y)
        self._marker_text.setVisible(anchor is not None)
        if anchor is not None:
            self._marker_text.setAnchor(anchor)
            self._marker_text.setPos(x, y)

    def _free_place(self, x: float, y: float) -> tuple[float, float] | None:
        """Anchor of the marker's words where they lie in the plot and on no curve, if any is."""
        size = self._marker_text.boundingRect().size()
        at = self._pixels(np.array([x]), np.array([y]))
        area = QRectF(0, 0, self.area_width(), self.area_height())
        lines = [self._pixels(*item.getData()) for item in self._curves.values()
                 if item.getData()[0] is not None and len(item.getData()[0])]
        away = _RING / 2 + 1 + _GAP  # and half of the ring's line
        for right, up in _PLACES:
            across = 0.5 - right * (0.5 + away / size.width())
            down = 0.5 + up * (0.5 + away / size.height())
            box = QRectF(at[0][0] - across * size.width(), at[1][0] - down * size.height(),
                         size.width(), size.height())
            words = box.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
            if area.contains(words) and not any(_crosses(box, *line) for line in lines):
                return across, down
        return None

    def _pixels(self, x: Float64Array, y: Float64Array) -> tuple[Float64Array, Float64Array]:
        """Points of the plot in pixels from its upper left corner."""
        (left, right), (bottom, top) = self._box.viewRange()
        return ((np.asarray(x, np.float64) - left) / (right - left) * self.area_width(),
                (top - np.asarray(y, np.float64)) / (top - bottom) * self.area_height())

    def show_cursor(self, x: float | None) -> None:
        self._cursor.setVisible(x is not None)
        if x is not None:
            self._cursor.setValue(x)

    def x_at(self, position: QPointF) -> float | None:
        """The x under a point of the widget, or None beside the plot."""
        point = self._box.mapSceneToView(self.widget.mapToScene(position.toPoint()))
        area: QRectF = self._box.viewRect()
        return float(point.x()) if area.left() <= point.x() <= area.right() else None

    def pixel_of(self, x: float) -> float:
        """The widget's pixel column of ``x``."""
        return float(self._box.mapViewToScene(QPointF(x, 0.0)).x())

    def points(self) -> dict[str, tuple[Float64Array, Float64Array]]:
        """What is drawn, by curve."""
        return {key: item.getData() for key, item in self._curves.items()}

    def pen_color(self, key: str) -> str:
        """Colour of a curve as ``#rrggbb``."""
        return str(self._curves[key].opts["pen"].color().name())

    def area_width(self) -> int:
        """Pixels between the axes."""
        return max(1, int(self.widget.width() - self._left.width()))

    def area_height(self) -> int:
        """Pixels above the x axis."""
        return max(1, int(self.widget.height() - self._bottom.height()))

    def _draw(
        self, key: str, curve: Curve, z: int, x_range: tuple[float, float], log: bool
    ) -> None:
        item = self._curves.get(key)
        if item is None:
            item = self._curves[key] = pg.PlotDataItem(antialias=True, autoDownsampleFactor=1)
            self._item.addItem(item, ignoreBounds=True)
        x, y = curve.points()
        if log:
            x, y = x[y > 0], y[y > 0]
        color = self._color(curve)
        # dots make a few points visible; thousands of them would only cost time
        few = curve.marks and ((x >= x_range[0]) & (x <= x_range[1])).sum() <= MARKS_UP_TO
        # such pens are counted in the screen's own pixels, of which a sharp one has more
        width = curve.width * self.widget.devicePixelRatioF()
        item.setZValue(z)
        item.setData(x, y, pen=pg.mkPen(color, width=width), symbol="o" if few else None,
                     symbolSize=MARK_SIZE, symbolPen=None, symbolBrush=pg.mkBrush(color))

    def _color(self, curve: Curve) -> QColor:
        assert self._theme is not None
        color = QColor(self._theme.color(curve.color))
        if curve.faint:
            color.setAlpha(FAINT_ALPHA)
        return color
