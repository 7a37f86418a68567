"""The place about the whole of a project's data, in pages."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QStackedWidget, QWidget

from workbench.core.errors import WorkbenchError
from workbench.core.text import tr
from workbench.gui.app.actions import Action
from workbench.gui.app.context import AppContext, DataTarget
from workbench.gui.data.agreement_page import AgreementPage
from workbench.gui.data.duplicates_page import DuplicatesPage
from workbench.gui.data.findings import PLACE
from workbench.gui.data.problems_page import ProblemsPage
from workbench.gui.data.statistics_page import StatisticsPage
from workbench.gui.label.status import busy_words
from workbench.gui.shell.places import PlaceWidget
from workbench.gui.style import tokens
from workbench.gui.widgets import ChipGroup, SidePanel, column, row


class DataPlace(PlaceWidget):
    """Chips choose the page."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self.problems = ProblemsPage(context)
        self.chips = ChipGroup()
        self._stack = QStackedWidget()
        self.statistics = StatisticsPage(context)
        self.duplicates = DuplicatesPage(context)
        self.agreement = AgreementPage(context)
        self._pages: dict[str, QWidget] = {
            "statistics": self.statistics, "problems": self.problems,
            "duplicates": self.duplicates, "agreement": self.agreement}
        for id, text in (("statistics", tr("Statistics")), ("problems", tr("Problems")),
                         ("duplicates", tr("Near-duplicates")), ("agreement", tr("Two people"))):
            self.chips.add(id, text)
            self._stack.addWidget(self._pages[id])
        self.chips.changed.connect(lambda id: self._stack.setCurrentWidget(self._pages[id]))
        bar = SidePanel("bottom")
        bar.setFixedHeight(tokens.ROW_HEIGHT_TALL)
        bar.setLayout(row(self.chips, margins=(tokens.SPACE_L, 0, tokens.SPACE_L, 0)))
        whole = column(bar, self._stack, spacing=0)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self._register()

    def _register(self) -> None:
        add = self._context.actions.add
        for verb, text, keys in (("undo", "Undo", ("Ctrl+Z",)),
                                 ("redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"))):
            add(Action(f"{PLACE}.{verb}", tr(text), partial(self._step, verb), keys, PLACE, "Edit",
                       verb, enabled=partial(self._may, verb)))
        add(Action(f"{PLACE}.duplicates", tr("Find images that look the same"),
                   self._find_duplicates, (), PLACE, "Data", "duplicate",
                   enabled=lambda: self._context.session is not None))
        add(Action(f"{PLACE}.check", tr("Check every file"), self.problems.check, ("F5",), PLACE,
                   "Data", "search", enabled=lambda: self._context.session is not None))

    def _find_duplicates(self) -> None:
        self._context.go(PLACE, DataTarget("duplicates"))
        self.duplicates.compare()

    def _may(self, verb: str) -> bool:
        session = self._context.session
        return session is not None and getattr(session.undo, f"{verb}_step") is not None

    def _step(self, verb: str) -> None:
        session = self._context.session
        if session is None:
            return
        try:
            step = session.undo.undo() if verb == "undo" else session.undo.redo()
        except WorkbenchError as error:
            self._context.say("bad", error.sentence())
            return
        if step is not None:
            done = tr("Undone: {text}.") if verb == "undo" else tr("Done again: {text}.")
            self._context.say("info", done.format(text=step.text))

    # --- hooks of the window --------------------------------------------------------------------

    def entered(self, target: object = None) -> None:
        session = self._context.session
        self.chips["duplicates"].setVisible(session is None or len(session.index) > 0)
        if isinstance(target, DataTarget):
            self.chips.select(target.page)
            self._stack.setCurrentWidget(self._pages[target.page])
            self.chips[target.page].setFocus()
            if target.check:
                self.problems.check()

    def status(self) -> tuple[str, str]:
        session = self._context.session
        if session is None:
            return "", ""
        return next((words for library in session.libraries if (words := busy_words(library))),
                    ""), ""

    def close_down(self) -> None:
        self.problems.examination.cancel()
        self.statistics.end()
        self.duplicates.end()
        self.agreement.cancel()
