"""The findings of one kind: what they are, one below the other, and what mends them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.core.errors import Problem
from workbench.core.text import capital, tr
from workbench.gui.style import tokens
from workbench.gui.widgets import Card, ElidedLabel, LinkButton, QuietButton, label, row, widget_of
from workbench.project.mending import MENDINGS, title_of

FIRST, MORE = 5, 50
"""Findings that are listed at first, and with each asking for more."""


class FindingCard(Card):
    """One kind of findings."""

    look_wanted = Signal(object)
    """(problem) a person wants to see what it is about."""
    mend_wanted = Signal(object)
    """(list of problems) they are to be mended."""

    def __init__(self, kind: str) -> None:
        super().__init__(title_of(kind))
        self.problems: list[Problem] = []
        self._mending = MENDINGS.get(kind)
        self._rows: dict[Problem, QWidget] = {}
        self._most = FIRST
        self.all_button = QuietButton(tr(self._mending.all) if self._mending is not None else "")
        self.all_button.clicked.connect(lambda: self.mend_wanted.emit(list(self.problems)))
        self.all_button.setVisible(self._mending is not None)
        self.add_to_head(self.all_button)
        if self._mending is not None:
            self.all_button.setToolTip(tr(self._mending.help))
            self.all_button.setAccessibleDescription(tr(self._mending.help))
            self.add(label(tr(self._mending.help), "caption", wrap=True))
        self.lines = QVBoxLayout()
        self.lines.setSpacing(tokens.SPACE_XS)
        self.add(self.lines)
        self.more_button = LinkButton("", "chevron-down", run=self._show_more)
        self.add(row(self.more_button, 1))

    def show_problems(self, problems: list[Problem], *, may_mend: bool) -> None:
        """List these; rows that are there already stay."""
        self.problems = problems
        shown = problems[:self._most]
        wanted = set(shown)
        for problem in [item for item in self._rows if item not in wanted]:
            line = self._rows.pop(problem)
            self.lines.removeWidget(line)
            line.hide()
            line.deleteLater()
        for at, problem in enumerate(shown):
            if problem not in self._rows:
                self._rows[problem] = line = self._line(problem)
                self.lines.insertWidget(at, line)
        left = len(problems) - len(shown)
        self.more_button.setText(tr("{left:,} more", left=left))
        self.more_button.setVisible(left > 0)
        self.set_right(f"{len(problems):,}")
        self.all_button.setVisible(self._mending is not None and len(problems) > 1)
        self.setEnabled(may_mend)

    def _show_more(self) -> None:
        self._most += MORE
        self.show_problems(self.problems, may_mend=self.isEnabled())

    def _line(self, problem: Problem) -> QWidget:
        name = Path(problem.path).name
        look = LinkButton(name, run=lambda: self.look_wanted.emit(problem),
                          tip=tr("Show {path}", path=problem.path))
        reason = ElidedLabel(_sentence(problem, name))
        reason.setProperty("tone", "bad" if problem.severity == "error" else "soft")
        parts: list[QWidget] = [look, reason]
        if self._mending is not None:
            button = QuietButton(tr(self._mending.text))
            button.setToolTip(tr(self._mending.help))
            button.setAccessibleName(f"{tr(self._mending.text)}: {name}")
            button.clicked.connect(partial(self.mend_wanted.emit, [problem]))
            parts.append(button)
        body = row(*parts, spacing=tokens.SPACE_M)
        body.setStretch(1, 1)
        line = widget_of(body)
        line.setAccessibleName(f"{name}: {problem.reason}")
        return line


def _sentence(problem: Problem, name: str) -> str:
    """The reason as it stands behind the name of its file."""
    text = problem.reason.removeprefix(name).strip().lstrip(":").strip()
    text = capital(text)
    if problem.line is not None and f"line {problem.line}" not in text:
        text = tr("Line {line}: {text}", line=problem.line, text=text)
    return text

