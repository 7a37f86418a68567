"""What is wrong with files of the project, by kind, and what mends it."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout

from workbench.core.errors import Problem
from workbench.core.signal import Connections
from workbench.core.text import count, tr
from workbench.gui.app.context import AppContext
from workbench.gui.data.examination import Examination
from workbench.gui.data.finding_card import FindingCard
from workbench.gui.data.findings import PLACE, look_at, mend_all
from workbench.gui.data.locating import Locator
from workbench.gui.data.page_frame import PageFrame
from workbench.gui.style import tokens
from workbench.gui.widgets import EmptyState, LinkButton, QuietButton, column
from workbench.project.mending import MENDINGS
from workbench.project.session import Session

_SHOW_MS = 150


class ProblemsPage(PageFrame):
    """A card for each kind of findings, errors first."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._connections = Connections()
        self._session: Session | None = None
        self.examination = Examination(self)
        self.cards: dict[str, FindingCard] = {}
        self._locator = Locator(self, context)
        self._make()
        self._showing = QTimer(self, singleShot=True, interval=_SHOW_MS)
        self._showing.timeout.connect(self._show)
        self.examination.changed.connect(self._changed)
        context.session_changed.connect(self._session_changed)
        self._session_changed()

    def _make(self) -> None:
        self.check_button = QuietButton(tr("Check every file"), "search", tip=tr(
            "Looks into every image, sound, video and label file; nothing is changed"))
        self.check_button.clicked.connect(self.check)
        self.stop_button = QuietButton(tr("Stop"), "stop")
        self.stop_button.clicked.connect(self.examination.stop)
        self.copy_button = LinkButton(tr("Copy the list"), "copy", run=self._copy)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(tokens.SPACE_M)
        self.empty = EmptyState("ok", "", "", tr("Check every file"), button_icon="search")
        self.empty.clicked.connect(self.check)
        self.lay_out(column(self._lines, 1), self.empty, self.copy_button, self.check_button,
                     self.stop_button)

    # --- the project ----------------------------------------------------------------------------

    def _session_changed(self) -> None:
        self._connections.end()
        session = self._context.session
        if session is self._session and session is not None:
            return  # only its task is another
        self._session = session
        if session is not None:
            self._connections.add(session.problems_changed.connect(self._changed))
        self.examination.cancel()
        self._show()

    def check(self) -> None:
        """Look at every file."""
        if self._session is not None and not self.examination.running:
            self.examination.begin(self._session.folder)

    def problems(self) -> list[Problem]:
        """What was found, and what came up by itself."""
        if self._session is None:
            return []
        found = self.examination.problems()
        known = {(item.path, item.kind) for item in found} | self.examination.mended_files
        return [*found, *(item for item in self._session.problems
                          if (str(self._session.folder / item.path), item.kind) not in known)]

    # --- what is shown --------------------------------------------------------------------------

    def _changed(self) -> None:
        if not self._showing.isActive():
            self._showing.start()

    def _show(self) -> None:
        examination, problems = self.examination, self.problems()
        self.check_button.setVisible(not examination.running and bool(problems))
        self.check_button.setEnabled(self._session is not None)
        self.stop_button.setVisible(examination.running)
        self.copy_button.setVisible(bool(problems))
        self.line.setVisible(examination.running)
        self.line.set_fraction(examination.fraction)
        self.title.setText(self._title(len(problems)))
        self._show_cards(problems)
        self._show_empty(bool(problems))
        self._context.status_changed.emit()

    def _title(self, number: int) -> str:
        if number:
            return count(number, "problem")
        return tr("Looking at every file…") if self.examination.running else ""

    def _show_cards(self, problems: list[Problem]) -> None:
        kinds: dict[str, list[Problem]] = {}
        for item in problems:
            kinds.setdefault(item.kind, []).append(item)
        order = sorted(kinds, key=lambda kind: kinds[kind][0].severity != "error")
        for kind in [kind for kind in self.cards if kind not in kinds]:
            card = self.cards.pop(kind)
            self._lines.removeWidget(card)
            card.hide()
            card.deleteLater()
        for at, kind in enumerate(order):
            card = self.cards.get(kind) or self._new_card(kind)
            if self._lines.indexOf(card) != at:
                self._lines.insertWidget(at, card)
            card.show_problems(kinds[kind], may_mend=not self.examination.running)

    def _new_card(self, kind: str) -> FindingCard:
        card = self.cards[kind] = FindingCard(kind)
        card.look_wanted.connect(self.look_at)
        card.mend_wanted.connect(self.mend)
        return card

    def _show_empty(self, some: bool) -> None:
        self.show_found(some or self.examination.running)
        if self._session is None:
            self.empty.set_text(tr("No project is open"), "", "")
        elif self.examination.failure:
            self.empty.set_text(tr("The files could not be checked"), self.examination.failure,
                                tr("Check every file"))
        elif self.examination.done:
            self.empty.set_text(tr("No problems found"), tr("Every file can be used."),
                                tr("Check again"))
        else:
            self.empty.set_text(
                tr("Nothing has been checked yet"),
                tr("This looks into every image, sound, video and label file, and changes "
                   "nothing."),
                tr("Check every file"))

    # --- what is done ---------------------------------------------------------------------------

    def look_at(self, problem: Problem) -> None:
        """Go to what it is about; images that look the same are shown side by side."""
        if problem.kind == "duplicate-across-split":
            self._context.actions[f"{PLACE}.duplicates"].run()
        elif self._session is not None:
            look_at(self._context, self._session, problem)

    def mend(self, problems: list[Problem]) -> None:
        """Mend findings of one kind as one step."""
        if self._session is None or not problems:
            return
        mending = MENDINGS.get(problems[0].kind)
        if mending is not None and mending.asks_folder:
            self._locator.ask(self._session, problems, self.examination.set_mended)
        else:
            mend_all(self._context, self._session, problems, self.examination.set_mended)

    def _copy(self) -> None:
        lines = [f"{item.path}\t{item.severity}\t{item.reason}" for item in self.problems()]
        QGuiApplication.clipboard().setText("\n".join(lines))
        self._context.say("ok", tr("The list of problems was copied."))
