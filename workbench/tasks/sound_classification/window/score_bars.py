"""Bars for the probabilities of the classes while somebody speaks."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.gui.style import tokens
from workbench.gui.style.painting import RIGHT, paint_share, write
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.class_colors import ClassColors

LINE = 20
MOST_BARS = 10
NAME_WIDTH = 84
"""Names are given so much room at most."""
NUMBER_WIDTH = 34
TWO_COLUMNS = 300
"""From this width on, more than half of :data:`MOST_BARS` stand in two columns."""
FAINT = 0.45
"""Opacity of what is not heard."""


class ScoreBars(QWidget):
    """One bar for each class, the heard one strong; a line where the threshold is."""

    def __init__(self, theme: Theme, colors: ClassColors) -> None:
        super().__init__()
        self._theme, self._colors = theme, colors
        self.scores: dict[str, float] = {}
        """Probability by class, of the classes that have a bar, in the order of the bars."""
        self.heard = ""
        """The class that is lit, or ""."""
        self.threshold = 0.0
        self.setAccessibleName(tr("Probabilities of the classes"))
        theme.changed.connect(self.update)
        colors.changed.connect(self.update)

    def show_scores(self, scores: Mapping[str, float], threshold: float, heard: str) -> None:
        """Show probabilities by class; ``heard`` is the class that is lit, "" for none."""
        self.threshold, self.heard = threshold, heard
        shown = [name for name in self.scores if name in scores] or list(scores)[:MOST_BARS]
        best = max(scores, key=lambda name: scores[name]) if scores else ""
        if best and best not in shown:
            # bars stay where they are; only the least likely one makes room
            shown[min(range(len(shown)), key=lambda at: scores[shown[at]])] = best
        self.scores = {name: scores[name] for name in shown}
        self._fit()
        self.setAccessibleDescription(heard or tr("nothing heard"))
        self.update()

    def clear(self) -> None:
        """Another model may know other classes."""
        self.scores, self.heard = {}, ""
        self._fit()
        self.update()

    @property
    def columns(self) -> int:
        """How many bars stand side by side."""
        return 2 if len(self.scores) > MOST_BARS // 2 and self.width() >= TWO_COLUMNS else 1

    @property
    def lines(self) -> int:
        return -(-len(self.scores) // self.columns)

    def _fit(self) -> None:
        height = max(1, self.lines) * LINE
        if height != self.height():
            self.setFixedHeight(height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    # --- painting -------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            lines, gap = self.lines, tokens.SPACE_L
            wide = (self.width() - gap * (self.columns - 1)) / self.columns
            metrics = painter.fontMetrics()
            names = min(NAME_WIDTH, tokens.SPACE_S + max(
                (metrics.horizontalAdvance(name) for name in self.scores), default=0))
            for at, (name, score) in enumerate(self.scores.items()):
                column, line = divmod(at, max(1, lines))
                area = QRectF(column * (wide + gap), line * LINE, wide, LINE)
                self._paint_bar(painter, area, names, name, score)

    def _paint_bar(self, painter: QPainter, area: QRectF, names: int, name: str,
                   score: float) -> None:
        lit = name == self.heard
        ink = self._theme.color("ink" if lit else "soft")
        write(painter, QRectF(area.left(), area.top(), names - tokens.SPACE_XS, LINE), name, ink)
        write(painter, QRectF(area.right() - NUMBER_WIDTH, area.top(), NUMBER_WIDTH, LINE),
              f"{score:.2f}", ink, RIGHT)
        lane = QRectF(area.left() + names, area.top() + 5,
                      max(1.0, area.width() - names - NUMBER_WIDTH - tokens.SPACE_S),
                      LINE - 10)
        color = QColor(self._colors.color(name))
        color.setAlphaF(1.0 if lit else FAINT)
        paint_share(painter, lane, score, color, self._theme)
        painter.setPen(QPen(self._theme.color("ink"), 1, Qt.PenStyle.DashLine))
        x = round(lane.left() + lane.width() * self.threshold)
        painter.drawLine(x, round(area.top()) + 3, x, round(area.bottom()) - 3)
