"""Steps across the project while they are under way, also over the end of a session."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from workbench.core.errors import Problem, WorkbenchError
from workbench.core.paths import exists
from workbench.project.layout import SOUND_PREFIX, journal_path

if TYPE_CHECKING:
    from workbench.project.document import ImageDocument
    from workbench.project.journal import Journal, StepRow
    from workbench.project.relabel import Relabel, StepReport
    from workbench.project.session import Session
    from workbench.project.sound_relabel import ClipRelabel


class ProjectSteps:
    """Which steps the saver's thread is working on, and which class names they put aside."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._active: list[Relabel] = []
        self._in_clips: list[ClipRelabel] = []
        self._retired: set[str] = set()
        self._reports = 0
        self._settled = 0
        self._journal: Journal | None = None
        session.saver.saved.connect(self._saved)
        session.documents.opening.connect(self._opening)
        session.documents.opened.connect(self._opened)

    def relabel(self, old: str, new: str | None) -> None:
        """Push the step that calls class ``old`` ``new``, or removes it for None."""
        from workbench.project.relabel import Relabel

        self._session.undo.push(Relabel(self._session, old, new, self.journal))

    def close(self) -> None:
        if self._journal is not None:
            self._journal.close()

    @property
    def journal(self) -> Journal:
        """Opened on first use; raises WorkbenchError where it cannot be."""
        if self._journal is None:
            from workbench.project.journal import Journal

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
            self._tell_failure(self._begin_to_go_on)

        forget = self._session.index.finished.connect(go_on)

    def _tell_failure(self, act: Callable[[], object]) -> None:
        try:
            act()
        except WorkbenchError as error:
            self._session.add_problem(Problem(
                str(journal_path(self._session.folder)), "unfinished-step",
                f"A change across the project could not be finished: {error.sentence()}"))

    def _begin_to_go_on(self) -> None:
        from workbench.project.journal import CLIPS

        rows = self.journal.unfinished()
        if not any(row.media == CLIPS for row in rows) or not self._session.sounds.scanning:
            self._go_on(rows)
            return

        def go_on() -> None:
            forget()
            self._tell_failure(lambda: self._go_on(rows))

        forget = self._session.sounds.finished.connect(go_on)

    def _go_on(self, rows: list[StepRow]) -> None:
        from workbench.project.journal import DOING, IMAGES
        from workbench.project.relabel import Relabel
        from workbench.project.sound_relabel import go_on

        for row in rows:
            if row.media == IMAGES:
                self._go_on_in_images(row)
                continue
            alone = row.state == DOING and not any(row.pairs_with(other) for other in rows)
            if alone:  # killed before its half in images was begun
                Relabel(self._session, row.old, row.new, self.journal).do()
            go_on(self._session, row, self.journal)

    def _go_on_in_images(self, row: StepRow) -> None:
        from workbench.project.journal import UNDOING
        from workbench.project.relabel import Relabel

        index = self._session.index
        step = Relabel(self._session, row.old, row.new, self.journal, going_on=row)
        if row.state == UNDOING:
            left = set(self.journal.paths(row.id))
            step.go_on_back({key for key in index if index.annotation_key(key) in left})
        else:
            step.go_forward(self.keys_with(row.old))

    # Clips, whose tables the saver writes

    def follow(self, step: ClipRelabel) -> None:
        """A step in clips was begun or turned round: it is told what is saved."""
        if step in self._in_clips:
            self._in_clips.remove(step)
        self._in_clips.append(step)

    def in_clip(self, key: str) -> ClipRelabel | None:
        """The last step that waits until clip ``key`` is saved."""
        return next((step for step in reversed(self._in_clips) if step.waits_for(key)), None)

    def _saved(self, key: str) -> None:
        if key.startswith(SOUND_PREFIX) and self._in_clips and not self._session.saver.unsaved(key):
            clip = key.removeprefix(SOUND_PREFIX)
            self._in_clips = [step for step in self._in_clips if not step.saved(clip)]

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
