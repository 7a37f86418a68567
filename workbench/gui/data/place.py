"""The place about the whole of a project's data, in pages."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QStackedWidget, QWidget

from workbench.core.commands import UndoStack
from workbench.core.text import tr
from workbench.gui.app.actions import Action
from workbench.gui.app.context import AppContext, DataTarget, MapTarget
from workbench.gui.app.task import medium_of
from workbench.gui.app.undo_action import add_undo_actions, take_and_tell
from workbench.gui.data.agreement_page import AgreementPage
from workbench.gui.data.duplicates_page import DuplicatesPage
from workbench.gui.data.events_page import EventsPage
from workbench.gui.data.findings import PLACE
from workbench.gui.data.map_actions import register_map_actions
from workbench.gui.data.map_page import MapPage
from workbench.gui.data.measurements_page import TRACKS, MeasurementsPage
from workbench.gui.data.problems_page import ProblemsPage
from workbench.gui.data.statistics_page import StatisticsPage
from workbench.gui.label.status import busy_words
from workbench.gui.shell.places import PlaceWidget
from workbench.gui.style import tokens
from workbench.gui.widgets import ChipGroup, SidePanel, column, row
from workbench.project.task import has_videos


class DataPlace(PlaceWidget):
    """Chips choose the page."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self.problems = ProblemsPage(context)
        self.chips = ChipGroup()
        for id, text in (("statistics", tr("Statistics")), ("map", tr("Map")),
                         ("measurements", tr("Measurements")), ("events", tr("Events")),
                         ("problems", tr("Problems")),
                         ("duplicates", tr("Near-duplicates")), ("agreement", tr("Two people"))):
            self.chips.add(id, text)
        # From outside in: whatever gets a parent is styled anew with all that is in it.
        self._stack = QStackedWidget()
        bar = SidePanel("bottom")
        bar.setFixedHeight(tokens.ROW_HEIGHT_TALL)
        bar.setLayout(row(self.chips, margins=(tokens.SPACE_L, 0, tokens.SPACE_L, 0)))
        self.setLayout(column(bar, (self._stack, 1), spacing=0))
        self.statistics = StatisticsPage(context)
        self.measurements = MeasurementsPage(context)
        self.events = EventsPage(context)
        self.duplicates = DuplicatesPage(context)
        self.agreement = AgreementPage(context)
        self.map = MapPage(context)
        self._pages: dict[str, QWidget] = {
            "statistics": self.statistics, "map": self.map, "measurements": self.measurements,
            "events": self.events, "problems": self.problems,
            "duplicates": self.duplicates, "agreement": self.agreement}
        for page in self._pages.values():
            self._stack.addWidget(page)
        self.chips.changed.connect(lambda id: self._stack.setCurrentWidget(self._pages[id]))
        self._register()

    def _register(self) -> None:
        add = self._context.actions.add
        add_undo_actions(self._context, PLACE, self._steps, self._take)
        add(Action(f"{PLACE}.agreement", tr("Compare the labels of two people"),
                   lambda: self._context.go(PLACE, DataTarget("agreement")), (), PLACE, "Data",
                   "compare"))
        add(Action(f"{PLACE}.duplicates", tr("Find images that look the same"),
                   self._find_duplicates, (), PLACE, "Data", "duplicate",
                   enabled=lambda: self._context.session is not None))
        register_map_actions(self._context, self.map)
        add(Action(f"{PLACE}.check", tr("Check every file"), self.problems.check, ("F5",), PLACE,
                   "Data", "search", enabled=lambda: self._context.session is not None))

    def _steps(self) -> UndoStack | None:
        """What Ctrl+Z takes back: what was drawn on a video, where that was the last step, else
        what was done in the project."""
        session = self._context.session
        return self.measurements.last_undo() or (session.undo if session is not None else None)

    def _take(self, forward: bool) -> None:
        drawn = self.measurements.last_undo()
        if drawn is None:
            take_and_tell(self._context, forward)
        else:  # it is seen where it was drawn
            (drawn.redo if forward else drawn.undo)()

    def _find_duplicates(self) -> None:
        self._context.go(PLACE, DataTarget("duplicates"))
        self.duplicates.compare()

    # --- hooks of the window --------------------------------------------------------------------

    def entered(self, target: object = None) -> None:
        session = self._context.session
        images = session is None or len(session.index) > 0
        self.chips["duplicates"].setVisible(images)
        self.chips["map"].setVisible(images or medium_of(session) == "sounds")
        self.chips["events"].setVisible(session is not None and has_videos(session.folder))
        if isinstance(target, MapTarget):
            self._turn_to("map")
            self.map.show_target(target)
        elif isinstance(target, DataTarget):
            self._turn_to(target.page)
            self.chips[target.page].setFocus()
            if target.tracks:
                self.measurements.kinds.select(TRACKS)
            if target.crossings:
                self.measurements.tables.want_crossings()
            if target.check:
                self.problems.check()
            if target.other is not None:
                self.agreement.compare(target.other)

    def _turn_to(self, page: str) -> None:
        self.chips.select(page)
        self._stack.setCurrentWidget(self._pages[page])

    def status(self) -> tuple[str, str]:
        session = self._context.session
        if session is None:
            return "", ""
        shown = self.map.status() if self._stack.currentWidget() is self.map else ""
        return next((words for library in session.libraries if (words := busy_words(library))),
                    shown), ""

    def foot_height(self) -> int:
        button = self.map.panels.side.show_button  # the upper one of those that act on points
        return self.height() - button.mapTo(self, QPoint()).y() if button.isVisible() \
            else super().foot_height()

    def close_down(self) -> None:
        self.problems.examination.cancel()
        self.statistics.end()
        self.measurements.end()
        self.events.end()
        self.duplicates.end()
        self.agreement.cancel()
        self.map.end()
