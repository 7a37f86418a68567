"""Renaming, merging and removing a class in all annotations of a project, as one step."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.annotation import Annotation
from workbench.core.errors import Problem, WorkbenchError, unexpected
from workbench.formats.voc import VocConvention, VocDocument, parse_voc
from workbench.project.document import ImageDocument, State
from workbench.project.folder_identity import FolderGoneError
from workbench.project.index import ImageSummary, Packed
from workbench.project.journal import DOING, DONE, UNDOING, UNDONE, Journal, StepRow, digest
from workbench.project.saver import read_or_none, replace_file, unchanged

if TYPE_CHECKING:
    from workbench.project.session import Session

Batch = list[tuple[str, Packed | None]]
Act = Callable[[str, Path], Annotation | None]

_TELL_EVERY = 0.1  # seconds between two reports of progress
KIND = "left-out-of-step"


def relabelled(annotation: Annotation, old: str, new: str | None) -> Annotation:
    """``annotation`` with class ``old`` called ``new``, or without its objects for None."""
    if not any(item.label == old for item in annotation.objects):
        return annotation
    objects = tuple(
        item.with_label(new) if new is not None and item.label == old else item
        for item in annotation.objects if new is not None or item.label != old
    )
    return replace(annotation, objects=objects)


@dataclass(slots=True)
class StepReport:
    """How a step across the project went.

    ``changed`` counts files; ``problems`` are the files that were left as they are.
    """

    text: str
    changed: int = 0
    problems: list[Problem] = field(default_factory=list)


class Relabel:
    """The step itself; one for renaming, merging (``new`` exists) and removing (None).

    Open documents change at once and are saved as after any edit. The other files are worked
    through on the saver's thread, between two saves; the journal keeps what they were. A document
    that is opened meanwhile is *claimed*: it changes in memory and the thread passes it by.
    """

    def __init__(
        self, session: Session, old: str, new: str | None, journal: Journal,
        going_on: StepRow | None = None,
    ) -> None:
        merging = new in session.classes if going_on is None else going_on.merging
        self.text = step_words(old, new, merging=merging)
        self.key = ""
        self._session = session
        self._old = old
        self._new = new
        self._journal = journal
        self._step = going_on.id if going_on is not None else None
        self._lock = threading.RLock()
        self._cancelled = threading.Event()
        self._claimed: set[str] = set()
        self._left: set[str] = set()  # keys that the thread has not been at yet
        self._after: set[str] = set()  # keys whose file the thread has changed
        self._moves: dict[str, tuple[State, State]] = {}  # open documents, before and after
        leaves = new is None or new in session.classes
        self._position = session.classes.index(old) if leaves and going_on is None else None
        if going_on is not None:
            self._position = going_on.position
        self._color = session.classes.color(old)
        self._running = ""  # DOING or UNDOING while the thread is at it

    # Steps, on the owner's thread

    def do(self) -> None:
        keys = self._session.steps.keys_with(self._old)  # its own undo may be under way
        self._stop()
        if self._step is None:
            self._step = self._journal.begin(self._old, self._new, self._position)
        else:
            self._journal.set_state(self._step, DOING)
        self.go_forward(keys)

    def go_forward(self, keys: list[str]) -> None:
        """Do it in the files of ``keys``; the journal knows already. Also after a kill."""
        session = self._session
        session.steps.retire(self._old)
        self._change_classes()
        for key, (_, after) in self._moves.items():
            session.apply_state(key, after, by_hand=False)
        for document in session.documents.all():
            if document.key not in self._moves:
                self._change(document)
        self._begin(DOING, keys, self._rewrite)

    def undo(self) -> None:
        assert self._step is not None
        self._stop()
        self._journal.set_state(self._step, UNDOING)
        self._restore_classes()
        for key, (before, _) in self._moves.items():
            self._session.apply_state(key, before, by_hand=False)
        for document in self._session.documents.all():
            self._give_back(document)
        self.go_back()

    def go_back(self) -> None:
        """Restore the files, in the background."""
        self._begin(UNDOING, sorted(self._after), self._restore)

    def go_on_back(self, keys: set[str]) -> None:
        """Restore what a killed undo left over: the files of ``keys``."""
        self._after = keys
        self._restore_classes()
        for document in self._session.documents.all():
            self._give_back(document)
        self.go_back()

    def adopt(self, document: ImageDocument) -> None:
        """A document was opened while the thread is at work."""
        with self._lock:
            self._claimed.add(document.key)
            # what the thread has been at may hold the old name again, by a later step
            due = document.key in self._left
        if self._running == DOING and due:
            self._change(document)
        elif self._running == UNDOING:
            self._give_back(document)

    def claim(self, key: str) -> None:
        """From here on the thread passes ``key`` by; waits for a file that it is just writing."""
        with self._lock:
            self._claimed.add(key)

    def _change(self, document: ImageDocument) -> None:
        if document.readonly_reason is not None:
            return
        before = document.state
        annotation = relabelled(before.annotation, self._old, self._new)
        if annotation is not before.annotation:
            after = State(before.base, annotation, before.exists)
            self._moves[document.key] = (before, after)
            self._session.apply_state(document.key, after, by_hand=False)

    def _give_back(self, document: ImageDocument) -> None:
        """A document whose file the thread had changed before it was opened."""
        assert self._step is not None
        if document.key not in self._after or document.readonly_reason is not None:
            return
        path = self._relative(document.key)
        kept = self._journal.before(self._step, path)
        if kept is None or kept[0] is None:
            return
        base = self._parsed(kept[0], document.annotation_path)
        before = State(base, base.annotation, True)
        self._moves[document.key] = (before, document.state)
        self._after.discard(document.key)
        self._session.apply_state(document.key, before, by_hand=False)

    def _change_classes(self) -> None:
        classes = self._session.classes
        if self._old not in classes:
            return
        renaming = self._position is None and self._new is not None and self._new in classes
        if renaming and classes.index(self._new or "") > classes.index(self._old):
            classes.remove(self._new or "")  # found in files that a kill left half way
        if self._new is not None and self._new not in classes:
            classes.rename(self._old, self._new)
        else:
            classes.remove(self._old)
        self._session.person_changed()

    def _restore_classes(self) -> None:
        session = self._session
        session.steps.unretire((self._old,))
        classes = session.classes
        if self._position is not None:
            if self._old not in classes:
                classes.insert(self._position, self._old, self._color)
        elif self._new is not None:
            session.steps.retire(self._new)
            if self._new in classes and self._old not in classes:
                classes.rename(self._new, self._old)
            elif self._new in classes:  # found again in files that a kill left half way
                classes.remove(self._new)
        session.person_changed()

    # The saver's thread

    def _begin(self, what: str, keys: list[str], act: Act) -> None:
        self._cancelled = threading.Event()
        self._claimed = {document.key for document in self._session.documents.all()
                         if document.readonly_reason is None}
        keys = [key for key in keys if key not in self._claimed]
        self._left = set(keys)
        self._running = what
        self._session.steps.began(self)
        text = self.text if what == DOING else f"undo: {self.text}"
        self._session.saver.run_task(self._work(keys, act, StepReport(text), self._cancelled))

    def _stop(self) -> None:
        """End what the thread does for this step, at the next file."""
        with self._lock:
            self._cancelled.set()
        self._running = ""
        self._session.steps.ended(self)

    def _work(
        self, keys: list[str], act: Act, report: StepReport, cancelled: threading.Event
    ) -> Iterator[None]:
        told = 0.0
        batch: Batch = []
        gone = False
        for number, key in enumerate(keys):
            with self._lock:
                if cancelled.is_set():
                    break
                if not self._session.identity.is_there():
                    gone = True
                    break
                if key not in self._claimed:
                    self._one(key, act, report, batch)
                    self._left.discard(key)
            if time.monotonic() - told > _TELL_EVERY:
                told = time.monotonic()
                self._tell(report.text, number, len(keys), batch)
                batch = []
            yield
        with self._lock:
            self._tell(report.text, len(keys), len(keys), batch)
            if gone:  # the journal says that it is unfinished: it goes on at the next opening
                error = FolderGoneError.of(self._session.folder)
                report.problems.append(Problem(
                    str(self._session.folder), KIND,
                    f"“{report.text}” was interrupted. {error.message}."))
                self._session.post(lambda: self._ended(report, cancelled))
            elif not cancelled.is_set():
                self._finish(DONE if act == self._rewrite else UNDONE, report, cancelled)

    def _one(
        self, key: str, act: Act, report: StepReport,
        batch: Batch,
    ) -> None:
        path = self._session.index.annotation_path(key)
        try:
            annotation = act(key, path)
        except WorkbenchError as error:
            report.problems.append(Problem(
                str(path), KIND, f"{error.sentence()} “{report.text}” left it out.",
                line=error.line))
            return
        except Exception as bug:  # costs this file only
            report.problems.append(Problem(
                str(path), KIND, f"{path.name}: {unexpected(bug)}. “{report.text}” left it out."))
            return
        if annotation is not None:
            report.changed += 1
            batch.append((key, ImageSummary.of(annotation).pack()))

    def _rewrite(self, key: str, path: Path) -> Annotation | None:
        assert self._step is not None
        data = read_or_none(path)
        if data is None or not _may_hold(data, self._old):
            return None
        base = self._parsed(data, path)
        annotation = relabelled(base.annotation, self._old, self._new)
        if annotation is base.annotation:
            return None
        after = base.render(annotation)
        self._journal.keep(self._step, self._relative(key), data, after)
        replace_file(path, after, unchanged(path, data))
        self._after.add(key)
        return annotation

    def _restore(self, key: str, path: Path) -> Annotation | None:
        assert self._step is not None
        kept = self._journal.before(self._step, self._relative(key))
        if kept is None:
            return None
        before, after_digest = kept
        assert before is not None  # an image's step changes files that are there
        data = read_or_none(path)
        if data != before:
            if data is None or digest(data) != after_digest:
                raise WorkbenchError("another program changed it", path=path,
                                     kept="The file was left as it is.")
            replace_file(path, before, unchanged(path, data))
        self._journal.drop(self._step, self._relative(key))
        self._after.discard(key)
        return self._parsed(before, path).annotation

    def _finish(self, state: str, report: StepReport, cancelled: threading.Event) -> None:
        assert self._step is not None
        try:
            self._journal.set_state(self._step, state)
        except WorkbenchError as error:
            report.problems.append(Problem(str(self._journal.path), KIND, error.sentence()))
        self._session.post(lambda: self._ended(report, cancelled))

    def _ended(self, report: StepReport, cancelled: threading.Event) -> None:
        if cancelled.is_set():
            return  # the step was turned round before this was told, and is under way again
        self._running = ""
        report.changed += len(self._moves)
        self._session.steps.ended(self)
        self._session.steps.report(report)

    def _tell(
        self, text: str, done: int, total: int, batch: Batch
    ) -> None:
        session = self._session

        def tell() -> None:
            session.index.take_summaries(batch)
            for key, _ in batch:
                session.index.saved(key)
            session.progress.emit(text, done, total)

        session.post(tell)

    def _parsed(self, data: bytes, path: Path) -> VocDocument:
        return parse_voc(data, VocConvention(self._session.manifest.voc_convention), path)

    def _relative(self, key: str) -> str:
        return self._session.index.annotation_key(key)


def _may_hold(data: bytes, label: str) -> bool:
    """Whether ``label`` can be in the file at all: a quick look before it is parsed."""
    return label.encode("utf-8") in data or b"&" in data or b"\0" in data or not data.isascii()


def step_words(old: str, new: str | None, *, merging: bool) -> str:
    """What the step is called: "rename cat to dog"."""
    if new is None:
        return f"remove class {old}"
    return f"merge {old} into {new}" if merging else f"rename {old} to {new}"
