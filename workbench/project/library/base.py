"""The labels of all samples of one medium while a project is open: reading, editing, saving."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.classes import class_name
from workbench.core.errors import Problem, UsageError, WorkbenchError
from workbench.core.signal import Signal
from workbench.project.edits.commands import Delta, EditCommand, NewClasses
from workbench.project.edits.saver import Content, read_or_none
from workbench.project.library.document import Document, State, own_sources

if TYPE_CHECKING:
    from workbench.project.edits.bulk import Work
    from workbench.project.session import Session

D = TypeVar("D", bound=Document)
Change = Callable[[D], Iterable[LabeledObject]]
"""The objects that a sample shall have, of how it stands; for any thread."""
Then = Callable[[int], object]  # called with the number of samples that were changed
Besides = Callable[[list[str]], object]

SLICE = 250
"""Of a large step so many samples are shown and handed to the saver at a time."""
TAKE_IN = "take in what another program changed"


class Rewritten(NamedTuple):
    """A label file with other labels in it; ``before`` is None where there is no file."""

    path: Path
    before: bytes | None
    after: bytes | None
    summary: object


class Library(ABC, Generic[D]):
    """One medium of an open project. What its files are like is said by a subclass.

    Called, and its signals emitted, on the owner's thread. Each edit is one step on the session's
    undo stack and is saved at once by its saver.

    Attributes
    ----------
    at_once
        So many samples are read and changed at once; more of them are prepared in the background.
    kept_open
        So many documents without edits stay in memory; None for all.

    Signals
    -------
    opening, opened
        (key; document) it is about to be read for the first time; it was read.
    work_changed
        :attr:`work` began, came on or is over.
    """

    noun = "sample"
    at_once = 100
    kept_open: int | None = None

    def __init__(self, session: Session) -> None:
        self.session = session
        self.folder = session.folder
        self.clock: Callable[[], float] = time.monotonic
        self.opening: Signal[str] = Signal()
        self.opened: Signal[D] = Signal()
        self.work_changed: Signal[()] = Signal()
        self._documents: dict[str, D] = {}
        self._touched: set[str] = set()
        self._unsettled: dict[str, None] = {}
        self._works: list[Work[D]] = []

    # What a medium says

    @abstractmethod
    def path(self, key: str) -> Path:
        """The sample's own file."""

    @abstractmethod
    def annotation_path(self, key: str) -> Path:
        """Where its labels are, or would be; for any thread."""

    def file_key(self, key: str) -> str:
        """As :meth:`annotation_path`, as posix path relative to the project folder."""
        return self.annotation_path(key).relative_to(self.folder).as_posix()

    @abstractmethod
    def keys(self) -> Sequence[str]:
        """All samples in their order; do not change the list."""

    @abstractmethod
    def row(self, key: str) -> int | None:
        """Place of a sample in their order, or None where the list has no such sample."""

    @abstractmethod
    def is_there(self, key: str) -> bool:
        """Whether there is such a sample."""

    @abstractmethod
    def keys_with(self, name: str) -> list[str]:
        """Samples that may have objects of class ``name``."""

    @abstractmethod
    def read(self, key: str) -> D:
        """Read the labels of ``key`` without keeping them; what cannot be read is empty, with
        ``readonly_reason``. For any thread.

        Raises
        ------
        UsageError
            If there is no such sample.
        """

    @abstractmethod
    def state_of(self, document: D, data: bytes | None) -> State:
        """What a label file with content ``data`` says about the sample.

        Raises
        ------
        FormatError
            If it cannot be read.
        """

    @abstractmethod
    def content(self, document: D, state: State) -> Content:
        """What makes the bytes of the label file; uses only what never changes."""

    @abstractmethod
    def rewritten(self, key: str, change: Callable[[Annotation], Annotation],
                  label: str) -> Rewritten | None:
        """The file of ``key`` with ``change`` made in it; None where that changes nothing, as it
        does where ``label`` is not in it. Nothing is written. For any thread.

        Raises
        ------
        WorkbenchError
            If it cannot be read.
        """

    @abstractmethod
    def summary_on_disk(self, key: str) -> object:
        """What the list shows of how the file stands now; for any thread."""

    @abstractmethod
    def set_written(self, batch: list[tuple[str, object]]) -> None:
        """Files were written past the documents; these are their summaries."""

    @abstractmethod
    def _show(self, document: D) -> None:
        """Bring the list up to date with ``document``."""

    def _listed(self, keys: list[str]) -> None:
        """The list was brought up to date with so many."""

    def _is_current(self, document: D) -> bool:
        """Whether a look at the files' times says that nothing changed."""
        return False

    # Documents

    def document(self, key: str) -> D:
        """The labels of ``key``, read on first use; raises as :meth:`read`."""
        document = self._documents.get(key)
        if document is None:
            self.opening.emit(key)
            document = self._keep(self.read(key))
        return document

    def cached(self, key: str) -> D | None:
        """The document if it is in memory; never touches the disk. For any thread."""
        return self._documents.get(key)

    def open_documents(self) -> list[D]:
        return list(self._documents.values())

    def adopt(self, documents: Iterable[D]) -> None:
        """Keep documents that a thread read, but for those that there are by now."""
        for item in documents:
            if item.key not in self._documents and self.is_there(item.key):
                self.opening.emit(item.key)
                self._keep(item if self._is_current(item) else self.read(item.key))

    def _keep(self, document: D) -> D:
        self.session.saver.remember(document.annotation_path, document.read)
        document.read = None
        self._documents[document.key] = document
        self.opened.emit(document)
        return document

    def _use(self, document: D) -> None:
        """It was asked for: of those without edits the least recently used go."""
        if self.kept_open is None:
            return
        self._documents[document.key] = self._documents.pop(document.key)
        if len(self._documents) > self.kept_open + len(self._touched):
            for key in list(self._documents)[:-1]:
                if key not in self._touched:
                    del self._documents[key]
                    return

    def editable(self, key: str) -> D:
        """As :meth:`document`, for a change.

        Raises
        ------
        WorkbenchError
            If it must not be changed.
        """
        document = self._documents.get(key) or self.document(key)
        if document.readonly_reason is not None:
            raise WorkbenchError(document.readonly_reason)
        return document

    def unsaved(self, key: str) -> bool:
        """Whether an edit is not on the disk yet."""
        return key in self._unsettled or self.session.saver.unsaved(key)

    # What other programs do

    def check_disk(self, key: str) -> None:
        """Take in what another program did to the labels of ``key``, unless an edit of ours is on
        its way; where it was edited here, that can be undone."""
        document = self._documents.get(key)
        if document is None or self.unsaved(key) or not self.is_there(key):
            return
        if not self._is_current(document):
            self.refresh_document(self.read(key))

    def refresh_document(self, fresh: D) -> None:
        """Take in how a sample was read just now, unless an edit of ours is on its way."""
        document = self._documents.get(fresh.key)
        if document is None or self.unsaved(fresh.key):
            return
        if self._differs(document, fresh):
            self._take_in(document, fresh)
        else:
            document.stamp = fresh.stamp

    def _differs(self, document: D, fresh: D) -> bool:
        return (fresh.annotation_path != document.annotation_path
                or fresh.readonly_reason != document.readonly_reason
                or not self.session.saver.knows(fresh.annotation_path, fresh.read))

    def reload(self, key: str) -> None:
        """Take what the disk holds instead of edits that could not be saved; undoable.

        Raises
        ------
        WorkbenchError
            If it cannot be read; nothing was changed then.
        """
        document, fresh = self.document(key), self.read(key)
        if fresh.readonly_reason is not None:
            raise WorkbenchError(fresh.readonly_reason)
        self.session.saver.drop(key)
        self._take_in(document, fresh)

    def overwrite(self, key: str) -> None:
        """Write our edits although another program changed the file in the meantime.

        Raises
        ------
        WorkbenchError
            If it cannot be read or must not be changed.
        """
        document = self.editable(key)
        self.session.saver.remember(document.annotation_path,
                                    read_or_none(document.annotation_path))
        self.apply({key: document.state})

    def restart_damaged(self, key: str) -> Path:
        """Label ``key`` from the beginning, where its file is damaged; return where that lies now,
        under another name beside it.

        Raises
        ------
        UsageError
            If the file is not damaged.
        WorkbenchError
            If the disk refuses; nothing was changed then.
        """
        document = self.document(key)
        if document.damaged is None:
            raise UsageError("its labels are not damaged", path=document.path)
        from workbench.project.imports.files import put_aside

        aside = put_aside(document.damaged)
        self.session.saver.drop(key)
        self._take_in(document, self.read(key))
        return aside

    def _take_in(self, document: D, fresh: D) -> None:
        document.adopt(fresh)
        self.session.saver.remember(fresh.annotation_path, fresh.read)
        usable = fresh.readonly_reason is None
        if document.key in self._touched and usable:
            delta = Delta.of(document.state, fresh.state)
            self.session.undo.push(EditCommand(self, {document.key: delta}, TAKE_IN))
            return
        # The steps go on from what they made: that is shown but cannot be changed for now.
        if document.key not in self._touched:
            document.state = fresh.state
        if usable:
            self.session.add_classes_of(document)
        self._show(document)
        document.changed.emit()
        self._listed([document.key])

    # Editing

    def edit(self, key: str, objects: Iterable[LabeledObject], text: str, *,
             kind: str = "") -> None:
        """Make ``objects`` those of ``key``; see :meth:`edit_many`."""
        self.edit_many({key: objects}, text, kind=kind)

    def edit_many(self, objects: Mapping[str, Iterable[LabeledObject]], text: str, *,
                  kind: str = "") -> None:
        """Give samples other objects at once, as one undoable step called ``text``.

        Objects keep their ``source``; one that was copied from elsewhere gets none. A label that
        is no class yet becomes the last class. Steps of the same ``kind`` that follow within a
        second are undone together.

        Raises
        ------
        WorkbenchError
            If labels must not be changed, or a new label cannot be the name of a class; nothing
            was changed then.
        """
        self._push({key: self.delta(self.editable(key), items) for key, items in objects.items()},
                   text, kind)

    def delta(self, document: D, objects: Iterable[LabeledObject]) -> Delta | None:
        """What gives a sample other ``objects``; None where it has them already."""
        classes, before = self.session.classes, document.state
        named = (item if item.label in classes or not item.label
                 else item.with_label(class_name(item.label)) for item in objects)
        own = own_sources(before.annotation.objects, tuple(named))
        if own == before.annotation.objects:
            return None
        return Delta.of(before, before.with_objects(own))

    def _push(self, deltas: Mapping[str, Delta | None], text: str, kind: str = "") -> None:
        real = {key: delta for key, delta in deltas.items() if delta is not None}
        if real:
            self.session.undo.push(EditCommand(self, real, text, kind))

    def apply(self, states: Mapping[str, State], *, by_hand: bool = True) -> NewClasses:
        """Show and save ``states``, of many the first at once and the others soon after; return
        the classes that came with them. For steps only.

        A label that a person gave ``by_hand`` is a class, even if that was renamed before.
        """
        documents = [self.editable(key) for key in states]
        for document in documents:
            document.state = states[document.key]
        self._touched.update(states)
        new = self.session.new_classes(states.values(), by_hand=by_hand)
        under_way = bool(self._unsettled)
        self._unsettled.update(dict.fromkeys(states))
        if not under_way:
            self._settle_some()
        self.session.person_changed()
        return new

    def settle(self) -> None:
        """Finish what is prepared; bring all changes to the list and the saver, without pause."""
        while self._works:
            self._works[0].complete()
        while self._unsettled:
            self._settle(len(self._unsettled))

    def _settle_some(self) -> None:
        self._settle(SLICE)
        if self._unsettled:
            self.session.post(self._settle_some)

    def _settle(self, most: int) -> None:
        chosen = list(islice(self._unsettled, most))
        documents = [self.document(key) for key in chosen]
        jobs = []
        for document in documents:
            del self._unsettled[document.key]
            self._show(document)
            content = self.content(document, document.state)
            jobs.append((document.key, document.annotation_path,
                         self.session.steps.journaled(document, content)))
        self.session.saver.submit_many(jobs)
        for document in documents:
            document.changed.emit()
        if chosen and not self._unsettled:
            self._listed(chosen)

    # Many samples

    def change_many(self, keys: Iterable[str], change: Change[D], text: str, *,
                    then: Then | None = None, besides: Besides | None = None) -> None:
        """Change samples as one step called ``text``.

        ``besides`` is called with the samples that were changed, and may push what is to be done
        and undone together with it.

        A few are changed at once. Many are prepared in the background, shown by :attr:`work`, and
        changed when all are ready; those that cannot be changed are then left out and listed by
        :attr:`Session.step_finished`.

        Raises
        ------
        WorkbenchError
            If one of a few samples must not be changed; nothing was changed.
        """
        chosen = list(dict.fromkeys(keys))
        if len(chosen) <= self.at_once:
            documents = [self.editable(key) for key in chosen]
            self._change({item.key: self.delta(item, change(item)) for item in documents},
                         text, then, besides)
            return
        from workbench.project.edits.bulk import Work

        self._works.append(Work(self, chosen, change, text,
                                lambda work: self._worked(work, then, besides)))
        if len(self._works) == 1:
            self._works[0].start()
        self.work_changed.emit()

    def _change(self, deltas: Mapping[str, Delta | None], text: str, then: Then | None,
                besides: Besides | None) -> None:
        with self.session.undo.together(text):
            if besides is not None:
                besides([key for key, delta in deltas.items() if delta is not None])
            self._push(deltas, text)
        if then is not None:
            then(sum(delta is not None for delta in deltas.values()))

    @property
    def work(self) -> Work[D] | None:
        """What is being prepared in the background."""
        return self._works[0] if self._works else None

    def stop_work(self) -> None:
        """Give up what is being prepared, and what waits for it; nothing of it was changed."""
        works, self._works = self._works, []
        for work in works:
            work.stop()
        self.work_changed.emit()

    def _worked(self, work: Work[D], then: Then | None, besides: Besides | None) -> None:
        from workbench.project.edits.relabel import StepOutcome

        self._works.remove(work)
        if self._works:
            self._works[0].start()
        try:
            self._change(work.deltas, work.text, then, besides)
        except WorkbenchError as error:
            work.problems.append(Problem(str(self.folder), "left-out-of-step", error.sentence()))
        self.work_changed.emit()
        self.session.step_finished.emit(StepOutcome(work.text, len(work.deltas), work.problems))
