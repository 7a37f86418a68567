"""The cards of a run: curves with a legend one can press, and bars of shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from workbench.core.text import tr
from workbench.gui.charts.chart import LiveChart
from workbench.gui.charts.curve import Curve
from workbench.gui.style import tokens
from workbench.gui.style.painting import small
from workbench.gui.style.theme import Theme, current_theme
from workbench.gui.widgets import Card, Chip, IconButton, label

CHART_HEIGHT = 108
SMALL_BUTTON = 24


def even_head(card: Card) -> None:
    """Give a card's title line the height it has with buttons, so that neighbours line up."""
    card.set_head_height(SMALL_BUTTON)


class LegendItem(QAbstractButton):
    """A curve's dot, name and newest value; a press shows or hides the curve."""

    def __init__(self, name: str, color: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._color = color
        self._value = ""
        self.setText(name)
        self.setCheckable(True)
        self.setChecked(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip(tr("Show or hide {name}", name=name))
        self.toggled.connect(self.updateGeometry)
        self.setFont(small(self.font(), 1))
        self._announce()
        current_theme().changed.connect(self.update)

    def set_value(self, value: str) -> None:
        if value != self._value:
            longer = len(value) > len(self._value)
            self._value = value
            self._announce()
            if longer:  # never narrower again: a number that changes must not move its neighbours
                self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        digits = len(self._value) if self.isChecked() else 0
        value = metrics.horizontalAdvance("0" * digits + "  ") if digits else 0
        name = metrics.horizontalAdvance(self.text())
        width = tokens.SPACE_XS + tokens.SPACE_L + name + value
        return QSize(width, metrics.height() + tokens.SPACE_XS)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            color = theme.color(self._color)
            middle = self.height() / 2
            painter.setPen(QPen(color if self.isChecked() else theme.color("faint"), 1.5))
            painter.setBrush(color if self.isChecked() else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(tokens.SPACE_XS + 2, middle), 3.5, 3.5)
            painter.setPen(theme.color("soft" if self.isChecked() else "faint"))
            text = self.rect().adjusted(tokens.SPACE_L, 0, 0, 0)
            flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
            painter.drawText(text, flags, self.text())
            if self.isChecked() and self._value:
                painter.setPen(theme.color("ink"))
                text.setLeft(text.left() + self.fontMetrics().horizontalAdvance(self.text() + "  "))
                painter.drawText(text, flags, self._value)
            if self.hasFocus():
                painter.setPen(QPen(theme.color("accent"), tokens.FOCUS_WIDTH))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1),
                                        tokens.RADIUS_MARK, tokens.RADIUS_MARK)

    def _announce(self) -> None:
        self.setAccessibleName(f"{self.text()} {self._value}".strip())


class Legend(QWidget):
    """Entries side by side, in as many rows as the width asks for.

    Rows are laid here and not by a layout whose height depends on its width: nested in grids and
    scroll areas, those end with the last row cut off.
    """

    def __init__(self) -> None:
        super().__init__()
        self.items: dict[str, LegendItem] = {}

    def set_items(self, items: Mapping[str, LegendItem]) -> None:
        """Show these instead of the ones before."""
        for item in self.items.values():
            item.deleteLater()
        self.items = dict(items)
        for item in self.items.values():
            item.setParent(self)
            item.show()
        self._flow()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._flow()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._flow()
        return super().event(event)

    def _flow(self) -> None:
        x = y = height = 0
        for item in self.items.values():
            hint = item.sizeHint()
            if x and x + hint.width() > self.width():
                x, y = 0, y + height
            item.setGeometry(x, y, hint.width(), hint.height())
            x += hint.width() + tokens.SPACE_XS
            height = hint.height()
        self.setFixedHeight(max(1, y + height))


@dataclass(frozen=True, slots=True)
class ChartLine:
    """What one legend entry stands for: one or more curves under its name.

    ``value`` is asked for the newest figure; ``shown`` is the choice at the beginning; ``help``
    says what the name means.
    """

    name: str
    color: str
    curves: Mapping[str, Curve]
    value: Callable[[], str]
    shown: bool = True
    help: str = ""


class CurveCard(Card):
    """A chart with its legend, a switch for the log axis and a way back from a zoom."""

    toggled = Signal(str, bool)
    """(key, shown) the person showed or hid a line."""

    def __init__(self, title: str, chart: LiveChart, *, log_axis: bool = False) -> None:
        super().__init__(title)
        self.chart = chart
        self._lines: dict[str, ChartLine] = {}
        self._choices: dict[str, bool] = {}
        self.all_button = IconButton("fit", tr("Show the whole run"), side=SMALL_BUTTON)
        self.all_button.clicked.connect(chart.show_all)
        self.all_button.hide()
        chart.zoomed.connect(self.all_button.setVisible)
        self.add_to_head(self.all_button)
        self.log_button = Chip("log", checkable=True)
        self.log_button.setToolTip(tr("Logarithmic axis (L in the chart)"))
        self.log_button.toggled.connect(chart.set_log)
        chart.log_changed.connect(self.log_button.setChecked)
        self.add_to_head(self.log_button)
        self.log_button.setVisible(log_axis)
        even_head(self)
        self._has_log = log_axis
        self._said = label("", tone="soft", wrap=True)
        self._said.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._said.hide()
        self.add(self._said, 1)
        self._legend = Legend()
        self.add(self._legend)
        chart.setMinimumHeight(CHART_HEIGHT)
        self.add(chart, 1)

    def set_lines(self, lines: Mapping[str, ChartLine]) -> None:
        """Show these lines; a choice that the person made for a key stays."""
        if list(lines) != list(self._lines):
            self._make_legend(lines)
        self._lines = dict(lines)
        self.refresh(curves=True)

    def say(self, words: str) -> None:
        """Show a sentence in place of curves that would mean nothing; "" shows the curves."""
        self._said.setText(words)
        self._said.setVisible(bool(words))
        self.chart.setVisible(not words)
        self._legend.setVisible(not words and len(self._lines) > 1)
        self.log_button.setVisible(self._has_log and not words)

    @property
    def said(self) -> str:
        """The sentence in place of the curves, or ""."""
        return self._said.text()

    def refresh(self, *, curves: bool = False) -> None:
        """Read the newest figures and draw soon."""
        for key, line in self._lines.items():
            self._legend.items[key].set_value(line.value())
        if curves:
            self.chart.set_curves(self._curves())
        else:
            self.chart.refresh()

    def is_shown(self, key: str) -> bool:
        return self._choices.get(key, self._lines[key].shown)

    def _curves(self) -> dict[str, Curve]:
        found: dict[str, Curve] = {}
        for key, line in reversed(self._lines.items()):  # the first line lies on top
            if self.is_shown(key):
                found.update({f"{key}/{name}": curve for name, curve in line.curves.items()})
        return found

    def _make_legend(self, lines: Mapping[str, ChartLine]) -> None:
        items: dict[str, LegendItem] = {}
        for key, line in lines.items():
            item = items[key] = LegendItem(line.name, line.color, self._legend)
            item.setChecked(self._choices.get(key, line.shown))
            item.setToolTip(line.help)
            item.toggled.connect(partial(self._toggle, key))
        self._legend.set_items(items)
        self._legend.setVisible(len(lines) > 1)

    def _toggle(self, key: str, shown: bool) -> None:
        self._choices[key] = shown
        self.chart.set_curves(self._curves())
        self.toggled.emit(key, shown)

    def legend(self, key: str) -> LegendItem:
        """The legend's entry for one line."""
        return self._legend.items[key]


class ShareBars(QWidget):
    """Horizontal bars with a name and a share each, adding up to a whole."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        self._shares: list[tuple[str, float, str]] = []
        self.setAccessibleName(name)
        self.setMinimumHeight(CHART_HEIGHT)
        theme.changed.connect(self.update)

    def set_shares(self, shares: list[tuple[str, float, str]]) -> None:
        """Show ``(name, share 0..1, colour)`` from top to bottom."""
        if shares != self._shares:
            self._shares = shares
            words = ", ".join(f"{name} {share:.0%}" for name, share, _ in shares)
            self.setAccessibleDescription(words)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._shares:
            self._paint_bars(painter)
        else:
            painter.setPen(self._theme.color("faint"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, tr("Shown while it trains"))
        painter.end()

    def _paint_bars(self, painter: QPainter) -> None:
        slot = min(self.height() / len(self._shares), 2.0 * tokens.CONTROL_HEIGHT)
        thick = min(slot * 0.6, tokens.SPACE_XL)
        metrics = self.fontMetrics()
        words = [f"{name} {share:.0%}".replace("%", " %") for name, share, _ in self._shares]
        room = max(metrics.horizontalAdvance(word) for word in words) + tokens.SPACE_M
        longest = max(max(share for _, share, _ in self._shares), 0.01)
        for at, (_, share, color) in enumerate(self._shares):
            middle = (at + 0.5) * slot
            length = max(3.0, (self.width() - room) * share / longest)
            bar = QRectF(0, middle - thick / 2, length, thick)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._theme.color(color)))
            painter.drawRoundedRect(bar, tokens.RADIUS_MARK, tokens.RADIUS_MARK)
            painter.setPen(self._theme.color("soft"))
            text = QRectF(length + tokens.SPACE_S, middle - slot / 2, room, slot)
            painter.drawText(text, int(Qt.AlignmentFlag.AlignVCenter), words[at])
