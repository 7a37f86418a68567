"""The open documents of one medium: the labels of its samples, read on first use and saved."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from workbench.core.annotation import Annotation
from workbench.core.classes import class_name
from workbench.core.errors import FormatError, WorkbenchError
from workbench.core.paths import file_stamp
from workbench.core.signal import Signal
from workbench.project.edits.saver import Content, read_or_none
from workbench.project.library.document import (
    Delta,
    Document,
    Labels,
    State,
    own_sources,
)
from workbench.project.open_project import NewClasses, OpenProject

D = TypeVar("D", bound=Document)

SLICE = 250
"""Of a large step so many samples are shown and handed to the saver at a time."""


class Rewritten(NamedTuple):
    """A label file with other labels in it; ``before`` is None where there is no file."""

    path: Path
    before: bytes | None
    after: bytes | None
    summary: object


class Documents(ABC, Generic[D]):
    """The labels of all samples of one medium of an open project; what its files are like is said
    by a subclass.

    Called, and its signals emitted, on the owner's thread.
    """

    noun = "sample"
    own_classes = False
    """Whether what its objects are labelled with are no classes of the project."""
    kept_open: int | None = None
    """So many documents without edits stay in memory; None for all."""

    def __init__(self, session: OpenProject) -> None:
        self.session = session
        self.folder = session.folder
        self.clock: Callable[[], float] = time.monotonic
        self.opening: Signal[str] = Signal()
        self.opened: Signal[D] = Signal()
        """(key; document) it is about to be read for the first time; it was read."""
        self.journaled: Callable[[Document, Content], Content] = lambda document, content: content
        """What is written for a document, of what it holds: steps across the project keep first
        what the file was."""
        self._documents: dict[str, D] = {}
        self._touched: set[str] = set()
        self._unsettled: dict[str, None] = {}

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

    def wrote(self, key: str) -> None:
        """The labels of ``key`` are on the disk."""
        document = self._documents.get(key)
        if document is not None and not self.unsaved(key):
            document.on_disk = document.state

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
        """Whether nothing changed on the disk; a large file is not read anew where we wrote it."""
        path = document.annotation_path
        stamp = file_stamp(path)
        if stamp == document.stamp:
            return True
        if stamp is None and not self.session.identity.is_there():
            return True  # what is in memory is all there is of it
        with suppress(WorkbenchError):
            if self.session.saver.knows(path, read_or_none(path)):
                document.stamp = stamp
                return document.readonly_reason is None
        return False

    def _read_labels(self, document: D) -> D:
        """Fill ``document`` from its file; what cannot be read says why."""
        path = document.annotation_path
        document.stamp = file_stamp(path)
        try:
            document.read = read_or_none(path)
            if document.read is None:
                self.session.identity.require()
            document.readonly_reason = self._refusal(document)
            if document.readonly_reason is None:
                document.state = document.on_disk = self.state_of(document, document.read)
        except FormatError as error:
            kept = "" if error.kept else " The file was left as it is."
            document.readonly_reason = f"{error.sentence()}{kept}"
            document.damaged = path
        except WorkbenchError as error:
            document.readonly_reason = error.sentence()
        return document

    def _refusal(self, document: D) -> str | None:
        """Why the labels that were found are not to be read as those of the sample, or None."""
        return None

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

    # Changes

    def delta(self, document: D, labels: Labels) -> Delta | None:
        """What gives a sample other objects, or with an annotation these and what is said of it as
        a whole; None where it has them already."""
        whole = labels if isinstance(labels, Annotation) else None
        objects = labels.objects if isinstance(labels, Annotation) else labels
        classes, before = self.session.classes, document.state
        named = (item if item.label in classes or not item.label
                 else item.with_label(class_name(item.label)) for item in objects)
        own = own_sources(before.annotation.objects, tuple(named))
        if whole is None:
            return None if own == before.annotation.objects else Delta.of(
                before, before.with_objects(own))
        after = before.with_said_of(whole).with_objects(own)
        return None if after == before else Delta.of(before, after)

    def apply(self, states: Mapping[str, State], *, by_hand: bool = True) -> NewClasses:
        """Show and save ``states``, of many the first at once and the others soon after; return
        the classes that came with them. For steps only.

        A label that a person gave ``by_hand`` is a class, even if that was renamed before.
        """
        documents = [self.editable(key) for key in states]
        before = {document.key: _labels(document.state) for document in documents}
        for document in documents:
            document.state = states[document.key]
        self._touched.update(states)
        new = NewClasses()
        if not self.own_classes:
            if by_hand:
                self.session.tell_labelled({
                    key: (was, _labels(states[key])) for key, was in before.items()})
            new = self.session.new_classes(states.values(), by_hand=by_hand)
        under_way = bool(self._unsettled)
        self._unsettled.update(dict.fromkeys(states))
        if not under_way:
            self._settle_some()
        self.session.person_changed()
        return new

    def settle(self) -> None:
        """Bring all changes to the list and the saver, without pause."""
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
                         self.journaled(document, content)))
        self.session.saver.submit_many(jobs)
        for document in documents:
            document.changed.emit()
        if chosen and not self._unsettled:
            self._listed(chosen)


def _labels(state: State) -> Annotation | None:
    return state.annotation if state.exists else None
