"""Steps across the project while they are under way, also over the end of a session."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from workbench.core.errors import Problem, WorkbenchError
from workbench.core.look import exists
from workbench.project.layout import journal_path

if TYPE_CHECKING:
    from workbench.project.document import ImageDocument
    from workbench.project.journal import Journal
    from workbench.project.relabel import Relabel, StepReport
    from workbench.project.session import Session


class ProjectSteps:
    """Which steps the saver's thread is working on, and which class names they put aside."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._active: list[Relabel] = []
        self._retired: set[str] = set()
        self._reports = 0
        self._settled = 0
        self._journal: Journal | None = None
        session.documents.opening.connect(self._opening)
        session.documents.opened.connect(self._opened)

    def relabel(self, old: str, new: str | None) -> None:
        """Push the step that calls class ``old`` ``new``, or removes it for None."""
        from workbench.project.relabel import Relabel

        self._session.undo.push(Relabel(self._session, old, new, self._open_journal()))

    def close(self) -> None:
        if self._journal is not None:
            self._journal.close()

    def _open_journal(self) -> Journal:
        if self._journal is None:
            from workbench.project.journal import Journal

            self._journal = Journal(self._session.folder)
        return self._journal

    # Going on after a kill

    def go_on_when_listed(self) -> None:
        """Finish what a kill interrupted as soon as all files are known."""
        if not exists(journal_path(self._session.folder)):
            return

        def go_on() -> None:
            forget()
            try:
                self._go_on()
            except WorkbenchError as error:
                self._session.add_problem(Problem(
                    str(journal_path(self._session.folder)), "unfinished-step",
                    f"A change across the project could not be finished: {error.sentence()}"))

        forget = self._session.index.finished.connect(go_on)

    def _go_on(self) -> None:
        from workbench.project.journal import UNDOING
        from workbench.project.relabel import Relabel

        journal = self._open_journal()
        index = self._session.index
        for row in journal.unfinished():
            step = Relabel(self._session, row.old, row.new, journal, going_on=row)
            if row.state == UNDOING:
                left = set(journal.paths(row.id))
                step.go_on_back({key for key in index if index.annotation_key(key) in left})
            else:
                step.go_forward(self.keys_with(row.old))

    # Class names

    def retire(self, name: str) -> None:
        """Do not take ``name`` for a new class only because files still hold it."""
        self._retired.add(name)

    def unretire(self, names: Iterable[str]) -> frozenset[str]:
        """A person uses these names again; return those that were put aside until now."""
        back = self._retired.intersection(names)
        self._retired -= back
        return frozenset(back)

    def retire_again(self, names: Iterable[str]) -> None:
        """What :meth:`unretire` returned is not used after all: an edit was undone."""
        if self._index_is_behind():  # files may still hold them
            self._retired.update(names)

    def is_retired(self, name: str) -> bool:
        return name in self._retired

    # What the steps report

    def keys_with(self, name: str) -> list[str]:
        """Images that may have objects of class ``name``."""
        index = self._session.index
        return list(index) if self._index_is_behind() else index.keys_with(name)

    def _index_is_behind(self) -> bool:
        """Whether a step has changed files that are not summarized again yet."""
        return bool(self._active) or self._settled < self._reports

    def began(self, step: Relabel) -> None:
        self._active.append(step)

    def ended(self, step: Relabel) -> None:
        if step in self._active:
            self._active.remove(step)

    def report(self, report: StepReport) -> None:
        for problem in report.problems:
            self._session.add_problem(problem)

        self._reports += 1
        this = self._reports

        def settled() -> None:
            # A later step's files may have been read before it changed them: its own end counts.
            if not self._active and this == self._reports:
                self._settled = this
                self._retired.clear()
                self._session.find_classes()

        self._session.index.when_settled(settled)
        self._session.step_finished.emit(report)

    def _opening(self, key: str) -> None:
        for step in self._active:
            step.claim(key)

    def _opened(self, document: ImageDocument) -> None:
        for step in self._active:
            step.adopt(document)
