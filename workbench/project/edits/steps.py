"""Steps across the project while they are under way, also over the end of a session."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from workbench.core.errors import Problem, UsageError, WorkbenchError
from workbench.core.paths import exists
from workbench.project.layout import journal_path

if TYPE_CHECKING:
    from workbench.project.edits.journal import Journal, StepRow
    from workbench.project.edits.relabel import Relabel, StepOutcome
    from workbench.project.edits.saver import Content
    from workbench.project.library.base import Library
    from workbench.project.library.document import Document
    from workbench.project.session import Session


class ProjectSteps:
    """Which steps the saver's thread is working on, and which class names they put aside."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._active: list[Relabel] = []
        self._unsaved: list[Relabel] = []
        self._retired: set[str] = set()
        self._reports = 0
        self._settled = 0
        self._journal: Journal | None = None
        session.saver.saved.connect(self._saved)

    def watch(self, library: Library[Any]) -> None:
        """Documents of ``library`` that are opened take part in the steps under way."""
        def opening(key: str) -> None:
            for step in self._active:
                step.claim(key)

        def opened(document: Document) -> None:
            for step in list(self._active):
                step.adopt(library, document)

        library.opening.connect(opening)
        library.opened.connect(opened)

    def relabel(self, old: str, new: str | None) -> None:
        """Push the step that calls class ``old`` ``new``, or removes it for None."""
        from workbench.project.edits.relabel import Relabel
        from workbench.project.suggestions import relabel_suggestions

        step = Relabel(self._session, old, new, self.journal)
        for library in self._session.libraries:  # a few are shown changed at once
            keys = library.keys_with(old) if library.at_once else []
            for key in keys if len(keys) <= library.at_once else []:
                with suppress(UsageError):  # it was removed meanwhile
                    library.document(key)
        with self._session.undo.together(step.text):
            self._session.undo.push(step)
            for other in relabel_suggestions(self._session, old, new, step.text):
                self._session.undo.push(other)

    def close(self) -> None:
        if self._journal is not None:
            self._journal.close()

    @property
    def journal(self) -> Journal:
        """Opened on first use; raises WorkbenchError where it cannot be."""
        if self._journal is None:
            from workbench.project.edits.journal import Journal

            self._session.identity.require()  # nothing is made in a bare mount point
            self._journal = Journal(self._session.folder)
        return self._journal

    # Going on after a kill

    def go_on_when_listed(self) -> None:
        """Finish what a kill interrupted as soon as all files are known."""
        if not exists(journal_path(self._session.folder)):
            return

        def go_on() -> None:
            forget()
            self.report_failure(self._begin_to_go_on)

        forget = self._session.index.finished.connect(go_on)

    def report_failure(self, act: Callable[[], object]) -> None:
        """Do ``act``; where the journal fails, a problem says so."""
        try:
            act()
        except WorkbenchError as error:
            self._session.add_problem(Problem(
                str(journal_path(self._session.folder)), "unfinished-step",
                f"A change across the project could not be finished: {error.sentence()}"))

    def _begin_to_go_on(self) -> None:
        from workbench.project.edits.journal import BOTH

        rows = self.journal.unfinished()
        if not any(row.media == BOTH for row in rows) or not self._session.sounds.scanning:
            self._go_on(rows)
            return

        def go_on() -> None:
            forget()
            self.report_failure(lambda: self._go_on(rows))

        forget = self._session.sounds.finished.connect(go_on)

    def _go_on(self, rows: list[StepRow]) -> None:
        from workbench.project.edits.journal import UNDOING
        from workbench.project.edits.relabel import Relabel

        for row in rows:
            step = Relabel(self._session, row.old, row.new, self.journal, going_on=row)
            if row.state == UNDOING:
                left = set(self.journal.paths(row.id))
                step.go_on_back([
                    (library, key) for library in self._session.libraries
                    for key in list(library.keys())
                    if library.file_key(key) in left])
            else:
                step.go_forward(self.samples_with(row.old))

    @property
    def media(self) -> str:
        """In which files a step is done, as the journal notes it."""
        from workbench.project.edits.journal import BOTH, IMAGES

        return IMAGES if self._session.sounds_if_read is None else BOTH

    # Open documents, which the saver writes

    def follow(self, step: Relabel) -> None:
        """A step changed open documents: it is to know what is saved."""
        if step in self._unsaved:
            self._unsaved.remove(step)
        self._unsaved.append(step)

    def journaled(self, document: Document, content: Content) -> Content:
        """``content`` as the last step wants it that waits until ``document`` is saved."""
        for step in reversed(self._unsaved):
            if step.waits_for(document.key):
                return step.journaled(document, content)
        return content

    def _saved(self, key: str) -> None:
        if self._unsaved and not any(item.unsaved(key) for item in self._session.libraries):
            self._unsaved = [step for step in self._unsaved if not step.saved(key)]

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

    @property
    def happened(self) -> bool:
        """Whether a step changed files, or is at it: what was read before may be out of date."""
        return bool(self._active or self._reports)

    # What the steps report

    def samples_with(self, name: str) -> list[tuple[Library[Any], str]]:
        """Samples that may have objects of class ``name``."""
        behind = self._index_is_behind()
        return [(library, key) for library in self._session.libraries
                for key in (library.keys() if behind else library.keys_with(name))]

    def _index_is_behind(self) -> bool:
        """Whether a step has changed files that are not summarized again yet."""
        return bool(self._active) or self._settled < self._reports

    def began(self, step: Relabel) -> None:
        self._active.append(step)

    def ended(self, step: Relabel) -> None:
        if step in self._active:
            self._active.remove(step)

    def report(self, report: StepOutcome) -> None:
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
