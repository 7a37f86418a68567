"""Renaming, merging and removing a class in all clips, as one step that survives a kill."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import Problem, WorkbenchError, unexpected
from workbench.project.journal import (
    CLIPS,
    DOING,
    DONE,
    UNDOING,
    UNDONE,
    Journal,
    StepRow,
    digest,
)
from workbench.project.relabel import KIND, StepReport, step_words
from workbench.project.saver import read_or_none, replace_file, unchanged
from workbench.project.sound_steps import Change, ClipCommand, Move

if TYPE_CHECKING:
    from workbench.project.session import Session
    from workbench.project.sound_library import SoundLibrary


def relabelling(old: str, new: str | None) -> Change:
    """Regions of class ``old`` become ``new``, or go where that is None."""
    def change(annotation: Annotation, _duration: float) -> list[LabeledObject]:
        if new is None:
            return [item for item in annotation.objects if item.label != old]
        return [item.with_label(new) if item.label == old else item
                for item in annotation.objects]

    return change


class ClipRelabel(ClipCommand):
    """The step itself. The journal knows it before the first table is written, and keeps what each
    table was before it is replaced; it is done there when the last one is on the disk.

    Raises
    ------
    WorkbenchError
        If the journal cannot be written; nothing was changed then.
    """

    def __init__(self, library: SoundLibrary, moves: Mapping[str, Move], text: str,
                 old: str, new: str | None, journal: Journal, row: StepRow | None = None) -> None:
        super().__init__(library, moves, text)
        self._journal = journal
        self._state = DOING
        self._left = set(moves)
        self._step = row.id if row is not None else journal.begin(old, new, None, CLIPS)

    def do(self) -> None:
        self._turn(DOING)
        super().do()

    def undo(self) -> None:
        self._turn(UNDOING)
        super().undo()

    def cancel(self) -> None:
        """It was not begun after all."""
        self._left.clear()
        self._journal.set_state(self._step, UNDONE)

    def _turn(self, state: str) -> None:
        self._journal.set_state(self._step, state)
        self._state = state
        self._left = set(self._moves)
        self._library.session.steps.follow(self)

    def waits_for(self, key: str) -> bool:
        """Whether the table of ``key`` is still to be written."""
        return key in self._left

    def content(self, key: str, render: Callable[[], bytes | None]) -> bytes | None:
        """Bytes for the table of ``key``; keeps what it was. On the saver's thread."""
        after = render()
        if self._state == DOING:
            document = self._library.document(key)
            before = self._moves[key].before.state.content(document.nyquist)
            path = document.table_path.relative_to(self._library.folder).as_posix()
            self._journal.keep(self._step, path, before, after)
        return after

    def saved(self, key: str) -> bool:
        """The table of ``key`` is on the disk; return whether it was the last one."""
        self._left.discard(key)
        if not self._left:
            self._journal.set_state(self._step, DONE if self._state == DOING else UNDONE)
        return not self._left


def push(library: SoundLibrary, moves: Mapping[str, Move], text: str, old: str,
         new: str | None) -> None:
    """Take the step in clips and images, as one."""
    session = library.session

    def in_images() -> None:
        if new is None:
            session.remove_class(old)
        else:
            session.rename_class(old, new)

    if not moves or new in ("", old):
        in_images()
        return
    step = ClipRelabel(library, moves, text, old, new, session.steps.journal)
    with session.undo.together(text):
        try:
            in_images()
        except BaseException:
            step.cancel()
            raise
        session.undo.push(step)


# After a kill


def go_on(session: Session, row: StepRow, journal: Journal) -> None:
    """Finish what a kill interrupted; the clips are found by now."""
    if row.state == UNDOING:
        session.saver.run_task(_restore(session, row, journal))
        return
    library = session.sounds
    text = step_words(row.old, row.new, merging=row.merging)

    def finish(moves: Mapping[str, Move]) -> None:
        if moves:
            ClipRelabel(library, moves, text, row.old, row.new, journal, row).do()
        else:
            journal.set_state(row.id, DONE)

    library.prepare(library.using(row.old), relabelling(row.old, row.new), text, finish)


def _restore(session: Session, row: StepRow, journal: Journal) -> Iterator[None]:
    """Give tables the bytes back that they had; in steps, on the saver's thread."""
    report = StepReport(f"undo: {step_words(row.old, row.new, merging=row.merging)}")
    for name in list(journal.paths(row.id)):
        path = session.folder / name
        try:
            report.changed += _restore_one(path, row, name, journal)
        except WorkbenchError as error:
            report.problems.append(Problem(str(path), KIND, error.sentence()))
        except Exception as bug:  # costs this table only
            report.problems.append(Problem(str(path), KIND, f"{path.name}: {unexpected(bug)}."))
        yield
    journal.set_state(row.id, UNDONE)

    def tell() -> None:
        session.sounds.read_again()
        session.steps.report(report)

    session.post(tell)


def _restore_one(path: Path, row: StepRow, name: str, journal: Journal) -> bool:
    kept = journal.before(row.id, name)
    data = read_or_none(path)
    if kept is None or data == kept[0]:
        return False
    before, after = kept
    if digest(data) != after:
        raise WorkbenchError("another program changed it", path=path,
                             kept="The file was left as it is.")
    replace_file(path, before, unchanged(path, data))
    return True
