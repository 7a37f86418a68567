"""Renaming, merging and removing a class in all labels of a project, as one step."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from workbench.core.annotation import Annotation
from workbench.core.errors import Problem, WorkbenchError
from workbench.project.edits.file_changes import KIND, FileChange, noted, replaced, reported
from workbench.project.edits.journal import (
    DOING,
    DONE,
    UNDOING,
    UNDONE,
    UNKNOWN_POSITION,
    Journal,
    StepRow,
    digest,
)
from workbench.project.edits.saver import Content, read_or_none
from workbench.project.folder_identity import FolderGoneError
from workbench.project.library.document import Document, State
from workbench.project.open_project import StepOutcome

if TYPE_CHECKING:
    from workbench.core.attributes import Attribute
    from workbench.core.skeletons import Skeleton
    from workbench.project.library.base import Library
    from workbench.project.open_project import OpenProject

States = dict["Library[Any]", dict[str, State]]
Batch = dict["Library[Any]", list[tuple[str, object]]]

GROUP = 16
"""Files that are written at once: nobody who opens one of them, or saves, waits longer."""
_REPORT_EVERY = 0.1  # seconds between two reports of progress


def relabelled(annotation: Annotation, old: str, new: str | None) -> Annotation:
    """``annotation`` with class ``old`` called ``new``, or without its objects for None."""
    if not any(item.label == old for item in annotation.objects):
        return annotation
    objects = tuple(
        item.with_label(new) if new is not None and item.label == old else item
        for item in annotation.objects if new is not None or item.label != old
    )
    return replace(annotation, objects=objects)


class OtherSteps(Protocol):
    """All steps across a project, as one of them sees them."""

    libraries: list[Library[Any]]

    @property
    def media(self) -> str: ...
    def samples_with(self, name: str) -> list[tuple[Library[Any], str]]: ...
    def follow(self, step: Relabel) -> None: ...
    def began(self, step: Relabel) -> None: ...
    def ended(self, step: Relabel) -> None: ...
    def report(self, report: StepOutcome) -> None: ...
    def report_failure(self, act: Callable[[], object]) -> None: ...


class Relabel:
    """The step itself; one for renaming, merging (``new`` exists) and removing (None).

    Open documents change at once and are saved as after any edit. The other files are worked
    through on the saver's thread, between two saves. Before a file is replaced, the journal keeps
    what it was. A document that is opened meanwhile is *claimed*: it changes in memory and the
    thread passes it by.
    """

    def __init__(
        self, project: OpenProject, old: str, new: str | None, journal: Journal, steps: OtherSteps,
        going_on: StepRow | None = None,
    ) -> None:
        classes = project.classes
        leaves = new is None or new in classes
        self._position = classes.index(old) if leaves and old in classes else None
        if going_on is not None and going_on.position != UNKNOWN_POSITION:
            self._position = going_on.position
        merging = new is not None and self._position is not None
        self.text = step_text(old, new, merging=merging)
        self.key = ""
        self._project = project
        self._steps = steps
        self._old = old
        self._new = new
        self._journal = journal
        self._step = going_on.id if going_on is not None else None
        self._free = threading.Condition()
        """Guards what follows; told when the thread has written what it was at."""
        self._writing: set[str] = set()
        self._cancelled = threading.Event()
        self._claimed: set[str] = set()
        self._left: set[str] = set()  # keys that the thread has not been at yet
        self._after: dict[str, Library[Any]] = {}  # samples whose file the thread has changed
        self._moves: dict[str, tuple[Library[Any], State, State]] = {}  # open ones, before, after
        self._unsaved: set[str] = set()  # open ones that are not on the disk yet
        self._color = classes.color(old)
        self._asked: tuple[tuple[Attribute, ...], dict[str, Skeleton]] | None = None  # before
        self._by_number: set[Library[Any]] = set()  # whose label files name classes by number
        self._state = ""  # DOING or UNDOING
        self._running = False  # whether the thread is at it
        self._finished = False

    # Steps, on the owner's thread

    def do(self) -> None:
        samples = self._steps.samples_with(self._old)  # its own undo may be under way
        self._stop()
        if self._step is None:
            self._step = self._journal.begin(
                self._old, self._new, self._position, self._steps.media)
        else:
            self._journal.set_state(self._step, DOING)
        self.go_forward(samples)

    def go_forward(self, samples: list[tuple[Library[Any], str]]) -> None:
        """Do it in the files of ``samples``; the journal knows already. Also after a kill."""
        self._project.retired.add(self._old)
        self._change_classes()  # before the index counts by the new name, and finds it
        self._rename_by_number(self._old, self._new)
        samples = [(library, key) for library, key in samples if library not in self._by_number]
        self._state = DOING
        states: States = {}
        for key, (library, _, after) in self._moves.items():
            states.setdefault(library, {})[key] = after
        for library in self._steps.libraries:
            for document in library.open_documents():
                if document.key not in self._moves:
                    self._change(library, document, states)
        self._apply(states)
        self._begin(samples, self._rewrite)

    def undo(self) -> None:
        assert self._step is not None
        self._stop()
        self._journal.set_state(self._step, UNDOING)
        self._restore_classes()
        self._state = UNDOING
        states: States = {}
        for key, (library, before, _) in self._moves.items():
            states.setdefault(library, {})[key] = before
        self._go_back(states)

    def go_on_back(self, samples: list[tuple[Library[Any], str]]) -> None:
        """Restore what a killed undo left over: the files of ``samples``."""
        self._after = {key: library for library, key in samples}
        self._restore_classes()
        self._state = UNDOING
        self._go_back({})

    def _go_back(self, states: States) -> None:
        for library in self._steps.libraries:
            for document in library.open_documents():
                self._give_back(library, document, states)
                if library in self._by_number and document.key not in self._moves:  # opened since
                    self._call_back(library, document, states)
        self._apply(states)
        self._begin([(library, key) for key, library in sorted(
            self._after.items(), key=lambda item: item[0])], self._restore)

    def adopt(self, library: Library[Any], document: Document) -> None:
        """A document was opened while the thread is at work."""
        with self._free:
            self._claimed.add(document.key)
            # what the thread has been at may hold the old name again, by a later step
            due = document.key in self._left
        if not self._running:
            return
        states: States = {}
        if self._state == DOING and due:
            self._change(library, document, states)
        elif self._state == UNDOING:
            self._give_back(library, document, states)
        self._apply(states)

    def claim(self, key: str) -> None:
        """From here on the thread passes ``key`` by; waits where it is just writing it."""
        with self._free:
            self._free.wait_for(lambda: key not in self._writing)
            self._claimed.add(key)

    def _apply(self, states: States) -> None:
        for library, chosen in states.items():
            there = {key: state for key, state in chosen.items() if library.is_there(key)}
            self._unsaved.update(there)
            self._steps.follow(self)
            library.apply(there, by_hand=False)

    def _change(self, library: Library[Any], document: Document, states: States) -> None:
        if document.readonly_reason is not None:
            return
        before = document.state
        annotation = relabelled(before.annotation, self._old, self._new)
        if annotation is not before.annotation:
            after = before.with_objects(annotation.objects)
            self._moves[document.key] = (library, before, after)
            states.setdefault(library, {})[document.key] = after

    def _give_back(self, library: Library[Any], document: Document, states: States) -> None:
        """A document whose file the thread had changed before it was opened."""
        assert self._step is not None
        if document.key not in self._after or document.readonly_reason is not None:
            return
        kept = self._journal.before(self._step, library.file_key(document.key))
        if kept is None:
            return
        before = library.state_of(document, kept[0])
        self._moves[document.key] = (library, before, document.state)
        del self._after[document.key]
        states.setdefault(library, {})[document.key] = before

    def _rename_by_number(self, old: str, new: str | None) -> None:
        self._by_number = {library for library in self._steps.libraries
                           if library.rename_by_number(old, new)}

    def _call_back(self, library: Library[Any], document: Document, states: States) -> None:
        """An open document whose file says a number that has its former name again."""
        assert self._new is not None
        annotation = relabelled(document.annotation, self._new, self._old)
        if annotation is not document.annotation and document.readonly_reason is None:
            after = document.state.with_objects(annotation.objects)
            states.setdefault(library, {})[document.key] = after

    def _change_classes(self) -> None:
        classes = self._project.classes
        if self._old not in classes:
            return
        renaming = self._position is None and self._new is not None and self._new in classes
        if renaming and classes.index(self._new or "") > classes.index(self._old):
            classes.remove(self._new or "")  # found in files that a kill left half way
        if self._new is not None and self._new not in classes:
            classes.rename(self._old, self._new)
            self._project.manifest.rename_class(self._old, self._new)
        else:
            if self._new is not None:
                self._merge_asked(self._new)
            classes.remove(self._old, self._new)
        self._project.person_changed()

    def _merge_asked(self, new: str) -> None:
        manifest = self._project.manifest
        before = manifest.attributes, manifest.skeletons
        manifest.merge_class(self._old, new)
        if before != (manifest.attributes, manifest.skeletons):
            self._asked = before  # else what is there stays when this is undone

    def _restore_classes(self) -> None:
        project = self._project
        project.unretire((self._old,))
        classes = project.classes
        if self._position is not None:
            if self._old not in classes:
                classes.insert(self._position, self._old, self._color)
            if self._asked is not None:
                project.manifest.attributes, project.manifest.skeletons = self._asked
        elif self._new is not None:
            project.retired.add(self._new)
            if self._new in classes and self._old not in classes:
                classes.rename(self._new, self._old)
                project.manifest.rename_class(self._new, self._old)
            elif self._new in classes:  # found again in files that a kill left half way
                classes.remove(self._new)
        if self._new is not None:
            self._rename_by_number(self._new, self._old)
        project.person_changed()

    # Open documents, which the saver writes

    def waits_for(self, key: str) -> bool:
        """Whether the labels of open document ``key`` are still to be written."""
        return key in self._unsaved

    def journaled(self, document: Document, content: Content) -> Content:
        """``content`` that has the journal keep first what the file was."""
        if self._state != DOING:
            return content
        library, before, _ = self._moves[document.key]
        if library in self._by_number:
            return content
        assert self._step is not None
        return partial(_kept_first, self._journal, self._step, library.file_key(document.key),
                       library.content(document, before), content)

    def saved(self, key: str) -> bool:
        """The labels of ``key`` are on the disk; return whether they were the last."""
        self._unsaved.discard(key)
        if not self._unsaved and not self._running and self._state:
            self._steps.report_failure(self._set_done)
        return not self._unsaved

    def _set_done(self) -> None:
        assert self._step is not None
        self._finished = True
        self._journal.set_state(self._step, DONE if self._state == DOING else UNDONE)

    # The saver's thread

    def _begin(self, samples: list[tuple[Library[Any], str]], act: Act) -> None:
        self._cancelled = threading.Event()
        self._claimed = {document.key for library in self._steps.libraries
                         for document in library.open_documents()
                         if document.readonly_reason is None}
        samples = [(library, key) for library, key in samples if key not in self._claimed]
        self._left = {key for _, key in samples}
        self._running, self._finished = True, False
        self._steps.began(self)
        text = self.text if self._state == DOING else f"undo: {self.text}"
        self._project.saver.run_task(self._work(samples, act, StepOutcome(text), self._cancelled))

    def _stop(self) -> None:
        """End what the thread does for this step, behind the files that it is just writing."""
        with self._free:
            self._cancelled.set()
            self._free.wait_for(lambda: not self._writing)
        self._running = False
        self._steps.ended(self)

    def _work(
        self, samples: list[tuple[Library[Any], str]], act: Act, report: StepOutcome,
        cancelled: threading.Event,
    ) -> Iterator[None]:
        reported = 0.0
        batch: Batch = {}
        gone = False
        for start in range(0, len(samples), GROUP):
            gone = not self._project.identity.is_there()
            group = samples[start:start + GROUP]
            if gone or not self._take(group, cancelled):
                break
            try:
                self._some(group, act, report, batch)
            finally:
                self._let_go(group)
            if time.monotonic() - reported > _REPORT_EVERY:
                reported = time.monotonic()
                self._report_progress(report.text, start, len(samples), batch)
                batch = {}
            yield
        with self._free:
            self._report_progress(report.text, len(samples), len(samples), batch)
            if gone:  # the journal says that it is unfinished: it goes on at the next opening
                error = FolderGoneError.of(self._project.folder)
                report.problems.append(Problem(
                    str(self._project.folder), KIND,
                    f"“{report.text}” was interrupted. {error.message}."))
            if gone or not cancelled.is_set():
                if not gone:
                    self._finish(report)
                self._project.post(lambda: self._ended(report, cancelled, whole=not gone))

    def _take(self, group: list[tuple[Library[Any], str]], cancelled: threading.Event) -> bool:
        """Have those of ``group`` that nobody claimed until :meth:`_let_go`; False where the step
        is to end."""
        with self._free:
            if not cancelled.is_set():
                self._writing = {key for _, key in group} - self._claimed
            return not cancelled.is_set()

    def _let_go(self, group: list[tuple[Library[Any], str]]) -> None:
        with self._free:
            self._left -= self._writing
            self._writing = set()
            self._free.notify_all()

    def _some(self, group: list[tuple[Library[Any], str]], act: Act, report: StepOutcome,
              batch: Batch) -> None:
        """What is made of a few samples; the disk is waited for once for all of them."""
        changes = []
        for library, key in group:
            if key in self._writing:
                with reported(library.annotation_path(key), report):
                    if (change := act(library, key)) is not None:
                        changes.append(change)
        for change in self._write(changes, report):
            with reported(change.path, report):
                summary = change.summary()
                if summary is not None:
                    report.changed += 1
                    batch.setdefault(change.library, []).append((change.key, summary))

    def _write(self, changes: list[FileChange], report: StepOutcome) -> list[FileChange]:
        """Those that are on the disk now, and of which the journal knows that."""
        assert self._step is not None
        doing, step, journal = self._state == DOING, self._step, self._journal
        if doing:
            changes = noted(changes, report, lambda: journal.keep_all(
                step, [(item.name, item.before, item.after) for item in changes]))
        written = replaced(changes, report)
        if doing:
            self._after.update((item.key, item.library) for item in written)
            return written
        back = noted(written, report, lambda: journal.drop(step, [item.name for item in written]))
        for item in back:
            self._after.pop(item.key, None)
        return back

    def _rewrite(self, library: Library[Any], key: str) -> FileChange | None:
        made = library.rewritten(key, partial(relabelled, old=self._old, new=self._new), self._old)
        return None if made is None else FileChange(
            library, key, library.file_key(key), made.path, made.before, made.after,
            lambda: made.summary)

    def _restore(self, library: Library[Any], key: str) -> FileChange | None:
        assert self._step is not None
        name = library.file_key(key)
        kept = self._journal.before(self._step, name)
        if kept is None:
            return None
        before, after_digest = kept
        path = self._project.folder / name
        data = read_or_none(path)
        if data != before and digest(data) != after_digest:
            raise WorkbenchError("another program changed it", path=path,
                                 kept="The file was left as it is.")
        return FileChange(library, key, name, path, data, before,
                       lambda: library.summary_on_disk(key))

    def _ended(self, report: StepOutcome, cancelled: threading.Event, *, whole: bool) -> None:
        if cancelled.is_set():
            return  # the step was turned round before this was posted, and is under way again
        self._running = False
        if whole and not self._finished:
            self._finish(report)
        report.changed += len(self._moves)
        self._steps.ended(self)
        self._steps.report(report)

    def _finish(self, report: StepOutcome) -> None:
        """Note that it is done, unless open documents are still to be saved."""
        if self._unsaved:
            return
        try:
            self._set_done()
        except WorkbenchError as error:
            report.problems.append(Problem(str(self._journal.path), KIND, error.sentence()))

    def _report_progress(self, text: str, done: int, total: int, batch: Batch) -> None:
        project = self._project

        def report() -> None:
            for library, written in batch.items():
                library.set_written(written)
            project.progress.emit(text, done, total)

        project.post(report)

Act = Callable[["Library[Any]", str], FileChange | None]


def _kept_first(journal: Journal, step: int, path: str, before: Content,
                after: Content) -> bytes | None:
    data = after()
    journal.keep(step, path, before(), data)
    return data


def step_text(old: str, new: str | None, *, merging: bool) -> str:
    """What the step is called: "rename cat to dog"."""
    if new is None:
        return f"remove class {old}"
    return f"merge {old} into {new}" if merging else f"rename {old} to {new}"
