"""Moving images into the folders of their classes: what would move, one question, and how far it
is."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from workbench.core.background import BackgroundThread
from workbench.core.errors import WorkbenchError
from workbench.core.signal import Connections
from workbench.core.text import count, tr
from workbench.gui.app.progress_sheet import ProgressSheet
from workbench.gui.app.undo_action import say_done
from workbench.gui.background.threads import worker
from workbench.gui.widgets import PrimaryButton, QuietButton, column, label, row, widget_of
from workbench.tasks.image_classification.folder_step import FoldersStep, mover_of
from workbench.tasks.image_classification.window.folder_level import ask_level

if TYPE_CHECKING:
    from workbench.gui.app.context import AppContext
    from workbench.gui.shell.main_window import MainWindow
    from workbench.project.session import Session
    from workbench.tasks.image_classification.class_folders import MovePlan

_SAVE_SECONDS = 60.0
_SHOWN = 8


class FolderMoves(QObject):
    """Asks, and shows what is being moved, also where that is undone.

    Parameters
    ----------
    page
        Over whose window the question lies.
    """

    def __init__(self, page: QWidget, context: AppContext) -> None:
        super().__init__(page)
        self._page, self._context = page, context
        self._worker = worker(self, "plan-moves")
        self._connections = Connections()
        self._sheet: ProgressSheet | None = None

    def set_session(self, session: Session | None) -> None:
        """Show the moves of another project."""
        self._connections.end()
        self._worker.cancel(0.0)
        self._ended("")
        if session is not None:
            mover = mover_of(session)
            self._connections.add(mover.began.connect(lambda: self._began(session)),
                                  mover.progress.connect(self._moved),
                                  mover.ended.connect(self._ended))

    @property
    def _window(self) -> MainWindow:
        return cast("MainWindow", self._page.window())

    def choose_level(self) -> None:
        """Ask which folders are classes."""
        ask_level(self._page, self._context)

    def ask(self) -> None:
        """Find out what would move, and ask whether it is to."""
        session = self._context.session
        if session is None or self._worker.busy:
            return

        def work(_thread: BackgroundThread) -> MovePlan:
            from workbench.tasks.image_classification.class_folders import plan_moves

            if not session.saver.wait_until_written(_SAVE_SECONDS):
                raise WorkbenchError(tr("The labels are not saved yet"))
            return plan_moves(session.folder)

        self._worker.start(work, lambda plan: self._planned(session, plan),
                           lambda sentence: self._context.say("warn", sentence))

    def _planned(self, session: Session, plan: MovePlan) -> None:
        if self._context.session is not session:
            return
        moves = plan.moves.images
        if not moves:
            self._context.say("warn" if plan.left else "ok", plan.words())
            return
        no, yes = QuietButton(tr("Cancel")), PrimaryButton(
            tr("Move {images}", images=count(len(moves), "image")))
        lines = [f"{old} → {new}" for old, new in list(moves.items())[:_SHOWN]]
        if len(moves) > _SHOWN:
            lines.append(tr("and {number:,} more", number=len(moves) - _SHOWN))
        content = widget_of(column(
            label(plan.words(), wrap=True), label("\n".join(lines), "caption", wrap=True),
            label(tr("Splits and results of trainings follow them. Undo brings them back."),
                  "caption", wrap=True)))
        sheet = self._window.overlays.lay_over(tr("Move images into their class folders"), content,
                                               widget_of(row(1, no, yes)))
        no.clicked.connect(sheet.close_sheet)
        yes.clicked.connect(sheet.close_sheet)
        yes.clicked.connect(lambda: self._move(session, plan))
        yes.setFocus(Qt.FocusReason.OtherFocusReason)

    def _move(self, session: Session, plan: MovePlan) -> None:
        try:
            session.undo.push(FoldersStep(session, plan.moves))
        except WorkbenchError as error:
            self._context.say("warn", error.sentence())

    def _began(self, session: Session) -> None:
        self._sheet = ProgressSheet(self._window.overlays, mover_of(session).stop)
        self._sheet.begin(tr("Move images"), tr("Moving images …"))

    def _moved(self, done: int, total: int) -> None:
        if self._sheet is not None:
            self._sheet.show_progress(done, total)

    def _ended(self, sentence: str) -> None:
        sheet, self._sheet = self._sheet, None
        if sheet is None:
            return
        sheet.end()
        sheet.deleteLater()
        session = self._context.session
        if sentence:
            self._context.say("warn", sentence)
        elif session is not None and isinstance(session.undo.undo_step, FoldersStep):
            say_done(self._context, session)
