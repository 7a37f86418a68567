"""Lines and zones over the picture of the trajectories: drawn, named and turned there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QLineEdit, QWidget

from workbench.core.commands import UndoStack
from workbench.core.signal import Connections
from workbench.core.text import tr
from workbench.evaluation.counting import CountingLine, CountingPlace
from workbench.gui.app.context import AppContext
from workbench.gui.charts.trajectories import TrajectoryView
from workbench.gui.counting.overlay import PlacesOverlay
from workbench.gui.counting.painting import paint_places
from workbench.gui.counting.places import CountingPlaces
from workbench.gui.counting.tools import CountingTools
from workbench.gui.style import tokens
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
        self._context, self._view, self._listed = context, view, listed
        self._steps = Connections()
        self._drawn_last = False  # whether the last step was one of these
        self.places = CountingPlaces(context.drawn, self)
        self.overlay = PlacesOverlay(self.places, context.theme, view)
        self.overlay.words = self.words_of
        self.tools = CountingTools(self.places, self.overlay)
        self.name = QLineEdit()
        self.name.setAccessibleName(tr("Name of the line or zone"))
        self.name.setPlaceholderText(tr("Draw a line to count"))
        self.setLayout(row(self.tools, (self.name, 1), spacing=tokens.SPACE_S))
        view.over = self._paint_over
        view.laid_out.connect(self._lay_over)
        context.drawn.stepped.connect(partial(self._stepped, drawn=True))
        self.name.editingFinished.connect(self._rename)
        self.overlay.rename_wanted.connect(self._ask_name)
        for signal in (self.places.changed, self.places.chosen_changed):
            signal.connect(self._show_chosen)
        context.session_changed.connect(self._session_changed)
        self._session_changed()
        self._show_chosen()

    def _session_changed(self) -> None:
        self._steps.end()
        session, self._drawn_last = self._context.session, False
        if session is not None:
            self._steps.add(session.undo.changed.connect(partial(self._stepped, drawn=False)))

    def _stepped(self, *, drawn: bool) -> None:
        self._drawn_last = drawn

    def last_undo(self) -> UndoStack | None:
        """The steps of what is drawn on this video, where the last step in the project was one."""
        return self.places.undo if self._drawn_last else None

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

    # --- names ----------------------------------------------------------------------------------

    def _show_chosen(self) -> None:
        chosen = self.places.chosen
        self.name.setEnabled(bool(chosen))
        self.name.setText(chosen)

    def _ask_name(self, _name: str) -> None:
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)
        self.name.selectAll()

    def _rename(self) -> None:
        if not self.places.rename(self.places.chosen, self.name.text()):
            self.name.setText(self.places.chosen)
