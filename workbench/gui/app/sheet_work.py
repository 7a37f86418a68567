"""What is looked at, asked about in a sheet, and done by a thread behind a sheet of progress."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from workbench.core.progress import ProgressCallback
from workbench.core.text import tr
from workbench.gui.app.progress_sheet import ProgressSheet, unless_stopped
from workbench.gui.background.threads import worker
from workbench.gui.widgets import PrimaryButton, QuietButton, row

if TYPE_CHECKING:
    from workbench.gui.app.context import AppContext
    from workbench.gui.app.projects import Projects
    from workbench.gui.shell.overlays import Overlays
    from workbench.gui.shell.sheets import Sheet
    from workbench.project.session import Session


T = TypeVar("T")
Cancelling = Callable[[], bool]


class Foot(QWidget):
    """The buttons below a question: one to go on, one that does not, and others before them."""

    def __init__(self, go: str = "", *others: QWidget) -> None:
        super().__init__()
        self.cancel, self.go = QuietButton(tr("Cancel")), PrimaryButton(go)
        self.setLayout(row(*others, 1, self.cancel, self.go))


class SheetWork(QObject):
    """The frame of such work on the open project: one thing at a time.

    Parameters
    ----------
    overlays
        In which the questions lie.
    name
        Of the work, for its threads.
    """

    def __init__(self, overlays: Overlays, context: AppContext, projects: Projects, name: str,
                 ) -> None:
        super().__init__(overlays)
        self._overlays, self._context, self._projects = overlays, context, projects
        self._looker = worker(self, f"look-at-{name}")
        self._worker = worker(self, name)
        self._looking = ProgressSheet(overlays, lambda: self._looker.cancel(0.0))
        self._working = ProgressSheet(overlays, self._worker.stop)

    def stop(self) -> None:
        """The program ends: nothing half stays of what is written."""
        self._looker.cancel(0.0)
        self._worker.cancel(None)

    def _ready(self, refused: str) -> Session | None:
        """The open project with all edits on the disk; None where there is none, the thread is at
        work, or they cannot be saved, which is said with ``refused`` before the reason."""
        session = self._context.session
        if session is None or self._worker.busy:
            return None
        if reason := self._projects.flush():
            self._context.say("bad", tr("{refused}: {reason}", refused=refused, reason=reason))
            return None
        return session

    def _open_folder(self) -> Path | None:
        session = self._context.session
        return None if session is None else session.folder

    def _lay_over(self, title: str, page: QWidget, foot: Foot,
                  go: Callable[[Sheet], object]) -> Sheet:
        """Ask; ``go`` is called with the sheet when a person agrees."""
        sheet = self._overlays.lay_over(title, page, foot)
        foot.cancel.clicked.connect(sheet.close_sheet)
        foot.go.clicked.connect(lambda: go(sheet))
        foot.go.setFocus(Qt.FocusReason.OtherFocusReason)
        return sheet

    def _work(self, title: str, words: str, job: Callable[[ProgressCallback, Cancelling], T],
              then: Callable[[T], object], *, about: str, cancelled: str,
              said: Callable[[int, int], str] | None = None) -> None:
        """Do ``job`` behind a sheet of progress, put into words by ``said``, and ``then`` go on
        with what it returns. An error is said, ``about`` a file where it names none; or that it was
        ``cancelled``."""
        def done(found: T | str) -> None:
            self._working.end()
            if isinstance(found, str):
                self._context.say("bad" if found else "info", found or cancelled, stays=True)
            else:
                then(found)

        self._working.begin(title, words, said)
        self._worker.start(lambda thread: unless_stopped(lambda: job(
            self._working.reporting(thread), lambda: thread.stopping), about), done)
