"""Lines and zones over the picture of the trajectories: drawn, named and turned there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.evaluation.counting import CountingLine, CountingPlace
from workbench.gui.app.context import AppContext
from workbench.gui.charts.trajectories import TrajectoryView
from workbench.gui.counting.overlay import PlacesOverlay
from workbench.gui.counting.painting import paint_places
from workbench.gui.counting.places import CountingPlaces
from workbench.gui.counting.tools import NamedTools
from workbench.gui.widgets import row
from workbench.project.measurements.crossed import passed
from workbench.project.measurements.tracks import TrackTable


class DrawnLines(QWidget):
    """Buttons below a picture of trajectories, and what is drawn over it.

    Parameters
    ----------
    listed
        The table, and the rows of it that are drawn.
    """

    def __init__(self, context: AppContext, view: TrajectoryView,
                 listed: Callable[[], tuple[TrackTable | None, tuple[int, ...]]]) -> None:
        super().__init__()
        self._view, self._listed = view, listed
        self.places = CountingPlaces(context.drawn, self)
        self.overlay = PlacesOverlay(self.places, context.theme, view)
        self.overlay.words = self.words_of
        self.named = NamedTools(self.places, self.overlay)
        self.setLayout(row(self.named))
        view.over = self._paint_over
        view.laid_out.connect(self._lay_over)

    def show_video(self, path: Path | None) -> None:
        """Show what is drawn on a video; None for none."""
        self.places.show("" if path is None else str(path))
        self.overlay.setVisible(path is not None)
        self._lay_over()

    def _lay_over(self) -> None:
        self.overlay.setGeometry(self._view.rect())
        self.overlay.set_view(self._view.area() if self.places.file else None,
                              self._view.frame_size)

    def words_of(self, place: CountingPlace) -> str:
        """Its name, and of a line how often what is drawn crosses it."""
        table, rows = self._listed()
        if not isinstance(place, CountingLine) or table is None:
            return place.name
        found = [passed(table.crossings[at], place.name) for at in rows]
        return tr("{name}  {ins:,} in, {outs:,} out", name=place.name,
                  ins=sum(ins for ins, _ in found), outs=sum(outs for _, outs in found))

    def _paint_over(self, painter: QPainter, area: QRectF, unit: float) -> None:
        paint_places(painter, self.places.places, area, self._view.frame_size, self.words_of,
                     font=self.font(), unit=unit)
