"""Steps across the project while they are under way, also over the end of a session."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from workbench.core.errors import Problem, UsageError, WorkbenchError
from workbench.core.paths import exists
from workbench.project.layout import journal_path

if TYPE_CHECKING:
    from workbench.project.edits.journal import Journal, StepRow
    from workbench.project.edits.relabel import Relabel
    from workbench.project.edits.saver import Content
    from workbench.project.library.base import Library
    from workbench.project.library.document import Document
    from workbench.project.library.file_library import FileLibrary
    from workbench.project.open_project import OpenProject, StepOutcome

    Others = Callable[[], tuple[FileLibrary[Any, Any], ...]]


class ProjectSteps:
    """Which steps the saver's thread is working on. ``others`` gives the media besides images, and
    begins to look for their samples."""

    def __init__(self, project: OpenProject, others: Others) -> None:
        self._project = project
        self._others = others
        self.libraries: list[Library[Any]] = []
        """The media of the project that were asked for."""
        self._active: list[Relabel] = []
        self._unsaved: list[Relabel] = []
        self._reports = 0
        self._settled = 0
        self._journal: Journal | None = None
        project.saver.saved.connect(self._saved)

    def watch(self, library: Library[Any]) -> None:
        """Documents of ``library`` that are opened take part in the steps under way."""
        def opening(key: str) -> None:
            for step in self._active:
                step.claim(key)

        def opened(document: Document) -> None:
            for step in list(self._active):
                step.adopt(library, document)

        self.libraries.append(library)
        library.journaled = self.journaled
        library.opening.connect(opening)
        library.opened.connect(opened)

    def relabel(self, old: str, new: str | None) -> Relabel:
        """The step that calls class ``old`` ``new``, or removes it for None; it is not done yet."""
        from workbench.project.edits.relabel import Relabel

        step = Relabel(self._project, old, new, self.journal, self)
        for library in self.libraries:  # a few are shown changed at once
            keys = library.keys_with(old) if library.at_once else []
            for key in keys if len(keys) <= library.at_once else []:
                with suppress(UsageError):  # it was removed meanwhile
                    library.document(key)
        return step

    def close(self) -> None:
        if self._journal is not None:
            self._journal.close()

    @property
    def journal(self) -> Journal:
        """Opened on first use; raises WorkbenchError where it cannot be."""
        if self._journal is None:
            from workbench.project.edits.journal import Journal

            self._project.identity.require()  # nothing is made in a bare mount point
            self._journal = Journal(self._project.folder)
        return self._journal

    # Going on after a kill

    def go_on_when_listed(self) -> None:
        """Finish what a kill interrupted as soon as all files are known."""
        if not exists(journal_path(self._project.folder)):
            return

        def go_on() -> None:
            forget()
            self.report_failure(self._begin_to_go_on)

        forget = self._project.index.finished.connect(go_on)

    def report_failure(self, act: Callable[[], object]) -> None:
        """Do ``act``; where the journal fails, a problem says so."""
        try:
            act()
        except WorkbenchError as error:
            self._project.add_problem(Problem(
                str(journal_path(self._project.folder)), "unfinished-step",
                f"A change across the project could not be finished: {error.sentence()}"))

    def _begin_to_go_on(self) -> None:
        from workbench.project.edits.journal import BOTH

        rows = self.journal.unfinished()
        others = self._others() if any(row.media == BOTH for row in rows) else ()
        waiting = [library for library in others if library.scanning]
        if not waiting:
            self._go_on(rows)

        def listed(library: object) -> None:
            if library in waiting:
                waiting.remove(library)
                if not waiting:
                    self.report_failure(lambda: self._go_on(rows))

        for library in list(waiting):
            library.finished.connect(partial(listed, library))

    def _go_on(self, rows: list[StepRow]) -> None:
        from workbench.project.edits.journal import UNDOING
        from workbench.project.edits.relabel import Relabel

        for row in rows:
            step = Relabel(self._project, row.old, row.new, self.journal, self, going_on=row)
            if row.state == UNDOING:
                left = set(self.journal.paths(row.id))
                step.go_on_back([
                    (library, key) for library in self.libraries
                    for key in list(library.keys())
                    if library.file_key(key) in left])
            else:
                step.go_forward(self.samples_with(row.old))

    @property
    def media(self) -> str:
        """In which files a step is done, as the journal notes it."""
        from workbench.project.edits.journal import BOTH, IMAGES

        return IMAGES if len(self.libraries) == 1 else BOTH

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
        if self._unsaved and not any(item.unsaved(key) for item in self.libraries):
            self._unsaved = [step for step in self._unsaved if not step.saved(key)]

    # What the steps report

    def samples_with(self, name: str) -> list[tuple[Library[Any], str]]:
        """Samples that may have objects of class ``name``."""
        behind = self._project.index_is_behind
        return [(library, key) for library in self.libraries
                for key in (library.keys() if behind else library.keys_with(name))]

    def _note_behind(self) -> None:
        """Files that a step changed may be summarized again only after it, or are by now."""
        self._project.index_is_behind = bool(self._active) or self._settled < self._reports

    def began(self, step: Relabel) -> None:
        self._active.append(step)
        self._project.files_were_changed = True
        self._note_behind()

    def ended(self, step: Relabel) -> None:
        if step in self._active:
            self._active.remove(step)
            self._note_behind()

    def report(self, report: StepOutcome) -> None:
        for problem in report.problems:
            self._project.add_problem(problem)

        self._reports += 1
        this = self._reports
        self._note_behind()

        def settled() -> None:
            # A later step's files may have been read before it changed them: its own end counts.
            if not self._active and this == self._reports:
                self._settled = this
                self._note_behind()
                self._project.retired.clear()
                self._project.find_classes()

        self._project.index.when_settled(settled)
        self._project.step_finished.emit(report)
