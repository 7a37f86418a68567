"""The part of a chart that is drawn by pyqtgraph; imported once that is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QFrame, QWidget

from workbench.gui import tokens

if TYPE_CHECKING:
    from workbench.gui.charts import Curve
    from workbench.gui.series import Floats
    from workbench.gui.theme import Theme

AXIS_WIDTH, AXIS_HEIGHT = 46, 20
WORDS_HEIGHT, WORDS_REACH = 16, 0.12
"""Pixels of a line of words at a mark; how far they reach to each side, of the plot's width."""
FAINT_ALPHA = 95
MARKS_UP_TO = 60
MARK_SIZE = 5


class _EpochAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """The x axis: its first number says what is counted ("epoch 5")."""

    unit = ""

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        words: list[str] = super().tickStrings(values, scale, spacing)
        positive = next((at for at, value in enumerate(values) if value > 0), None)
        if self.unit and positive is not None and words[positive]:
            words[positive] = f"{self.unit} {words[positive]}"
        return words


class Plot:
    """Axes, a grid and curves; it knows no data but what it is given to draw."""

    def __init__(self, parent: QWidget, x_unit: str = "") -> None:
        self._bottom = _EpochAxis("bottom")
        self._bottom.unit = x_unit
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
        self._left = self._item.getAxis("left")
        self._left.setWidth(AXIS_WIDTH)
        self._bottom.setHeight(AXIS_HEIGHT)
        for axis in (self._left, self._bottom):
            axis.enableAutoSIPrefix(False)
            axis.setStyle(tickLength=0, maxTickLevel=0, tickTextOffset=6,
                          autoExpandTextSpace=False, autoReduceTextSpace=False)
        self._left.setGrid(255)
        self._curves: dict[str, Any] = {}
        self._pens: dict[str, tuple[object, ...]] = {}
        self._theme: Theme | None = None
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._marker = pg.ScatterPlotItem(size=9, pxMode=True)
        self._marker_text = pg.TextItem(anchor=(0.5, 1.3))
        for item in (self._cursor, self._marker, self._marker_text):
            item.setZValue(10)
            item.hide()
            self._item.addItem(item, ignoreBounds=True)

    def style(self, theme: Theme, font: QFont) -> None:
        """Take over a theme's colours."""
        self._theme = theme
        small = QFont(font)
        small.setPixelSize(round(tokens.FONT_SMALL))
        self.widget.setBackground(theme.color("panel"))
        # pyqtgraph sets the alpha of these itself, so only the ground's colour is unseen
        unseen = pg.mkPen(theme.color("panel"), width=1)
        for axis in (self._left, self._bottom):
            axis.setPen(unseen)
            axis.setTextPen(theme.color("soft"))
            axis.setStyle(tickFont=small)
        self._left.setTickPen(pg.mkPen(theme.color("line"), width=1))
        self._bottom.setTickPen(unseen)
        self._cursor.setPen(pg.mkPen(theme.color("line_strong"), width=1))
        self._marker_text.setColor(theme.color("soft"))
        self._marker_text.setFont(small)
        self._pens.clear()

    def draw(
        self,
        drawn: Mapping[str, tuple[Floats, Floats]],
        curves: Mapping[str, Curve],
        x_range: tuple[float, float],
        y_range: tuple[float, float],
        log: bool,
    ) -> None:
        """Show the points ``drawn`` with the looks of ``curves``; for a log axis y is log10."""
        for key in [key for key in self._curves if key not in drawn]:
            self._item.removeItem(self._curves.pop(key))
            self._pens.pop(key, None)
        for z, (key, (x, y)) in enumerate(drawn.items()):
            item = self._curve(key, curves[key], z)
            item.setData(x, y, skipFiniteCheck=True)
            self._mark_points(key, curves[key], x, y, z)
        for key in [key for key in self._curves if key.endswith("·marks")]:
            if key.removesuffix("·marks") not in drawn:
                self._item.removeItem(self._curves.pop(key))
        self._left.setLogMode(x=False, y=log)
        self._box.setRange(xRange=x_range, yRange=y_range, padding=0, disableAutoRange=True)

    def mark(self, marker: tuple[float, float, str] | None, color: str) -> None:
        """Ring the point ``(x, y)`` and say a few words above it, or below where a curve is."""
        for item in (self._marker, self._marker_text):
            item.setVisible(marker is not None)
        if marker is None or self._theme is None:
            return
        x, y, text = marker
        self._marker.setData([x], [y], pen=pg.mkPen(self._theme.color(color), width=2),
                             brush=pg.mkBrush(self._theme.color("panel")))
        self._marker_text.setText(text)
        self._marker_text.fill = pg.mkBrush(self._theme.color("panel"))  # no line runs through it
        low, high = self._box.viewRange()[0]
        share = (x - low) / (high - low)
        bottom, top = self._box.viewRange()[1]
        words = (top - bottom) * WORDS_HEIGHT / self.area_height()
        below = (y - bottom) / (top - bottom) > 0.95 or (
            self._passes(x, y + 0.3 * words, y + 1.7 * words)
            and y - bottom > 2 * words and not self._passes(x, y - 1.7 * words, y - 0.3 * words))
        self._marker_text.setAnchor((0 if share < 0.15 else 1 if share > 0.85 else 0.5,
                                     -0.3 if below else 1.2))
        self._marker_text.setPos(x, y)

    def _passes(self, x: float, low: float, high: float) -> bool:
        """Whether a curve lies between two values where words at ``x`` would stand."""
        start, end = self._box.viewRange()[0]
        reach = (end - start) * WORDS_REACH
        for item in self._curves.values():
            xs, ys = item.getData()
            if xs is not None and len(xs):
                near = (np.abs(np.asarray(xs) - x) < reach) & (np.asarray(ys) > low)
                if bool(np.any(near & (np.asarray(ys) < high))):
                    return True
        return False

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

    def points(self) -> dict[str, tuple[Floats, Floats]]:
        """What is drawn, by curve."""
        return {key: item.getData() for key, item in self._curves.items()}

    def pen_color(self, key: str) -> str:
        """Colour of a curve as ``#rrggbb``."""
        return str(self._curves[key].opts["pen"].color().name())

    def area_width(self) -> int:
        """Pixels between the axes."""
        return max(1, int(self.widget.width()) - AXIS_WIDTH)

    def area_height(self) -> int:
        """Pixels above the x axis."""
        return max(1, int(self.widget.height()) - AXIS_HEIGHT)

    def _curve(self, key: str, curve: Curve, z: int) -> Any:
        item = self._curves.get(key)
        if item is None:
            item = self._curves[key] = pg.PlotCurveItem(antialias=True)
            self._item.addItem(item, ignoreBounds=True)
        # such pens are counted in the screen's own pixels, of which a sharp one has more
        width = curve.width * self.widget.devicePixelRatioF()
        look = (curve.color, width, curve.faint, z)
        if self._pens.get(key) != look and self._theme is not None:
            self._pens[key] = look
            item.setPen(pg.mkPen(self._color(curve), width=width))
            item.setZValue(z)
        return item

    def _mark_points(self, key: str, curve: Curve, x: Floats, y: Floats, z: int) -> None:
        """Dots make a few points visible; thousands of them would only cost time."""
        name = f"{key}·marks"
        if not curve.marks or len(x) > MARKS_UP_TO:
            if name in self._curves:
                self._item.removeItem(self._curves.pop(name))
            return
        item = self._curves.get(name)
        if item is None:
            item = self._curves[name] = pg.ScatterPlotItem(size=MARK_SIZE, pxMode=True)
            item.setZValue(z)
            self._item.addItem(item, ignoreBounds=True)
        item.setData(x, y, pen=None, brush=pg.mkBrush(self._color(curve)))

    def _color(self, curve: Curve) -> QColor:
        assert self._theme is not None
        color = QColor(self._theme.color(curve.color))
        if curve.faint:
            color.setAlpha(FAINT_ALPHA)
        return color
