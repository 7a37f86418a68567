"""What came up with files of the open project, and the way to look at every one of them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.core.errors import Problem
from workbench.core.signal import Connections
from workbench.core.text import tr
from workbench.gui.app.context import AppContext, DataTarget, ImageTarget
from workbench.gui.app.saved import show_in_folder
from workbench.gui.style import tokens
from workbench.gui.widgets import (
    Card,
    LinkButton,
    QuietButton,
    SectionTitle,
    SidePanel,
    clear_layout,
    column,
    label,
    row,
    scrolling,
    widget_of,
)

PROBLEMS_SHOWN = 100
"""Problems listed as rows; more of them are counted."""


class ProblemPanel(SidePanel):
    """What is known to be wrong in the open project, file by file."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._connections = Connections()
        self._shown: list[Problem] | None = None
        self.setMinimumWidth(240)
        self.title = SectionTitle(tr("Problems in this project"), "")
        self.copy_button = LinkButton(tr("Copy the list"), "copy", run=self._copy)
        self._words = label("", "caption", wrap=True)
        self.check_button = QuietButton(tr("Check every file"), "search", tip=tr(
            "Looks into every image, sound, video and label file; nothing is changed"))
        self.check_button.clicked.connect(
            lambda: context.go("data", DataTarget(check=True)))
        self.rows = QVBoxLayout()
        self.rows.setSpacing(tokens.SPACE_S)
        inner = column(self.rows, self._words, spacing=tokens.SPACE_S,
                       margins=(0, 0, tokens.SPACE_S, 0))
        inner.addWidget(self.copy_button, 0, Qt.AlignmentFlag.AlignLeft)
        inner.addStretch(1)
        content = widget_of(inner)
        self.setLayout(column(
            self.title, row(self.check_button, 1), scrolling(content),
            spacing=tokens.SPACE_M,
            margins=(tokens.SPACE_M, tokens.SPACE_L, tokens.SPACE_S, tokens.SPACE_S)))
        context.session_changed.connect(self._session_changed)
        self._session_changed()

    def refresh(self) -> None:
        """Show the problems as they are now."""
        session = self._context.session
        problems = session.problems if session is not None else []
        if problems == self._shown:
            return
        self._shown = problems
        clear_layout(self.rows)
        for problem in problems[:PROBLEMS_SHOWN]:
            self.rows.addWidget(self._row(problem))
        self.title.set_right(f"{len(problems):,}" if problems else "")
        self.copy_button.setVisible(bool(problems))
        self._words.setText(self._summary(len(problems)))

    def _summary(self, count: int) -> str:
        if self._context.session is None:
            return tr("No project is open.")
        if count == 0:
            return tr("None came up so far.")
        more = count - PROBLEMS_SHOWN
        return tr("and {more:,} more", more=more) if more > 0 else " "

    def _row(self, problem: Problem) -> QWidget:
        card = Card(flat=True)
        tone = "bad" if problem.severity == "error" else "warn"
        name = label(Path(problem.path).name, "title", tone, wrap=True)
        card.add(name)
        card.add(label(problem.reason, "caption", wrap=True))
        show = LinkButton(tr("Show the file"), "external", run=lambda: self._show(problem))
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
        else:
            show_in_folder(self._context, path)

    def _copy(self) -> None:
        lines = [f"{item.path}\t{item.severity}\t{item.reason}" for item in self._shown or ()]
        QGuiApplication.clipboard().setText("\n".join(lines))
        self._context.say("ok", tr("The list of problems was copied."))

    def _session_changed(self) -> None:
        self._connections.end()
        session = self._context.session
        if session is not None:
            self._connections.add(session.problems_changed.connect(self._changed))
        self._shown = None
        self.check_button.setVisible(session is not None)
        self.refresh()

    def _changed(self) -> None:
        if self.isVisible():
            self.refresh()
