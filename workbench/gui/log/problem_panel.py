"""What is wrong with files of the open project, and a way to look at every one of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.core.background import BackgroundThread
from workbench.core.errors import Problem
from workbench.core.text import tr
from workbench.gui.app.context import AppContext, ImageTarget
from workbench.gui.background.threads import worker
from workbench.gui.style import tokens
from workbench.gui.widgets import (
    Card,
    LinkButton,
    ProgressLine,
    QuietButton,
    SectionTitle,
    SidePanel,
    column,
    label,
    row,
    scrolling,
)

PROBLEMS_SHOWN = 100
"""Problems listed as rows; more of them are counted."""
_TELL_SECONDS = 0.1


class Examination(QObject):
    """Looks at every file of a project on a thread of its own.

    Attributes
    ----------
    running, done
        Whether one is under way, and whether one came to its end for this project.
    fraction
        How much of it is done, 0 to 1; None where that is not known yet.
    problems
        What the last one found.
    failure
        Why it could not be done, as one sentence, or "".

    Signals
    -------
    changed
        An attribute is another one.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.running = self.done = False
        self.fraction: float | None = None
        self.problems: list[Problem] = []
        self.failure = ""
        self._worker = worker(self, "examination")

    def begin(self, folder: Path) -> None:
        """Look at every file of ``folder``; one that is under way is given up."""
        self.cancel()
        self.running, self.fraction = True, None
        self._worker.start(lambda thread: self._work(folder, thread), self._end, self._failed)
        self.changed.emit()

    def cancel(self) -> None:
        """Give up what is under way and forget what was found."""
        self._worker.cancel()
        self.running = self.done = False
        self.problems, self.failure = [], ""
        self.changed.emit()

    def _work(self, folder: Path, thread: BackgroundThread) -> list[Problem]:
        from workbench.project.doctor import doctor

        told = 0.0

        def progress(done: int, total: int) -> None:
            nonlocal told
            thread.check()
            if time.monotonic() - told > _TELL_SECONDS:
                told = time.monotonic()
                thread.post(partial(self._progress, done / total if total else None))

        return doctor(folder, progress)

    def _progress(self, fraction: float | None) -> None:
        self.fraction = fraction
        self.changed.emit()

    def _end(self, problems: list[Problem]) -> None:
        self.running, self.done = False, True
        self.problems = problems
        self.changed.emit()

    def _failed(self, sentence: str) -> None:
        self.running = False
        self.failure = sentence
        self.changed.emit()


class ProblemPanel(SidePanel):
    """What is known to be wrong in the open project, file by file."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._disconnect: Callable[[], None] | None = None
        self._shown: list[Problem] | None = None
        self.examination = Examination(self)
        self.setMinimumWidth(240)
        self.title = SectionTitle(tr("Problems in this project"), "")
        self.copy_button = LinkButton(tr("Copy the list"), "copy")
        self.copy_button.clicked.connect(self._copy)
        self._words = label("", "caption", wrap=True)
        self.check_button = QuietButton(tr("Check every file"), "search")
        self.check_button.setToolTip(
            tr("Looks into every image and label file; nothing is changed"))
        self.check_button.clicked.connect(self._check)
        self._line = ProgressLine()
        self._line.hide()
        self.rows = QVBoxLayout()
        self.rows.setSpacing(tokens.SPACE_S)
        content = QWidget()
        inner = column(self.rows, self._words, spacing=tokens.SPACE_S,
                       margins=(0, 0, tokens.SPACE_S, 0))
        inner.addWidget(self.copy_button, 0, Qt.AlignmentFlag.AlignLeft)
        inner.addStretch(1)
        content.setLayout(inner)
        self.setLayout(column(
            self.title, row(self.check_button, 1), self._line, scrolling(content),
            spacing=tokens.SPACE_M,
            margins=(tokens.SPACE_M, tokens.SPACE_L, tokens.SPACE_S, tokens.SPACE_S)))
        self.examination.changed.connect(self._examined)
        context.session_changed.connect(self._session_changed)
        self._session_changed()

    def refresh(self) -> None:
        """Show the problems as they are now."""
        session = self._context.session
        problems = self._known() if session is not None else []
        if problems == self._shown:
            return
        self._shown = problems
        while (item := self.rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for problem in problems[:PROBLEMS_SHOWN]:
            self.rows.addWidget(self._row(problem))
        self.title.set_right(f"{len(problems):,}" if problems else "")
        self.copy_button.setVisible(bool(problems))
        self._words.setText(self._summary(len(problems)))

    def _known(self) -> list[Problem]:
        """What came up by itself, and what the last examination found besides."""
        session = self._context.session
        assert session is not None
        found = {(session.folder / item.path, item.kind): item
                 for item in (*self.examination.problems, *session.problems)}
        return list(found.values())

    def _check(self) -> None:
        session = self._context.session
        if session is not None:
            self.examination.begin(session.folder)

    def _examined(self) -> None:
        """The examination went on, or ended."""
        examination = self.examination
        self.check_button.setEnabled(not examination.running)
        self._line.setVisible(examination.running)
        self._line.set_fraction(examination.fraction)
        if not examination.running:
            if examination.failure:
                self._context.say("bad", examination.failure)
            self._shown = None
            self.refresh()

    def _summary(self, count: int) -> str:
        if self._context.session is None:
            return tr("No project is open.")
        if count == 0:
            return (tr("Every file can be used.") if self.examination.done
                    else tr("Nothing has been checked yet."))
        more = count - PROBLEMS_SHOWN
        return tr("and {more:,} more", more=more) if more > 0 else " "

    def _row(self, problem: Problem) -> QWidget:
        card = Card(flat=True)
        tone = "bad" if problem.severity == "error" else "warn"
        name = label(Path(problem.path).name, "title", tone, wrap=True)
        card.add(name)
        card.add(label(problem.reason, "caption", wrap=True))
        show = LinkButton(tr("Show the file"), "external")
        show.clicked.connect(lambda: self._show(problem))
        card.add(row(show, 1))
        card.setAccessibleName(f"{Path(problem.path).name}: {problem.reason}")
        return card

    def _show(self, problem: Problem) -> None:
        """Go to the image, or show the folder of a file that is none."""
        session = self._context.session
        if session is None:
            return
        path = session.folder / problem.path
        key = session.index.key_of(path)
        if key is not None:
            self._context.go("images", ImageTarget(key, back="log"))
        elif not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent))):
            self._context.say("info", tr("The file is {path}", path=path))

    def _copy(self) -> None:
        lines = [f"{item.path}\t{item.severity}\t{item.reason}" for item in self._shown or ()]
        QGuiApplication.clipboard().setText("\n".join(lines))
        self._context.say("ok", tr("The list of problems was copied."))

    def _session_changed(self) -> None:
        if self._disconnect is not None:
            self._disconnect()
            self._disconnect = None
        session = self._context.session
        if session is not None:
            self._disconnect = session.problems_changed.connect(self._changed)
        self._shown = None
        self.examination.cancel()
        self.check_button.setVisible(session is not None)
        self.refresh()

    def _changed(self) -> None:
        if self.isVisible():
            self.refresh()
