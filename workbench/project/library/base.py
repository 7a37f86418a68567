"""Editing the labels of one medium of an open project, as steps of undo."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Generic

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import Problem, UsageError, WorkbenchError
from workbench.core.signal import Signal
from workbench.project.edits.commands import EditCommand
from workbench.project.edits.saver import read_or_none
from workbench.project.library.document import Delta, State, both_kept
from workbench.project.library.documents import D, Documents
from workbench.project.open_project import OpenProject, StepOutcome

if TYPE_CHECKING:
    from workbench.project.edits.bulk import Change, Work

Then = Callable[[int], object]  # called with the number of samples that were changed
Besides = Callable[[list[str]], object]

TAKE_IN = "take in what another program changed"


class Library(Documents[D], Generic[D]):
    """One medium of an open project. Each edit is one step on the session's undo stack and is saved
    at once by its saver.

    Attributes
    ----------
    at_once
        So many samples are read and changed at once; more of them are prepared in the background.
    """

    at_once = 100
    joins = False
    """Whether what two people changed at the same time can be joined."""

    def __init__(self, session: OpenProject) -> None:
        super().__init__(session)
        self.work_changed: Signal[()] = Signal()
        """:attr:`work` began, came on or is over."""
        self._works: list[Work[D]] = []

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

    def keep_both(self, key: str) -> None:
        """Join our edits and what another person changed in the file in the meantime, as a step of
        undo: what either added or changed is there, what either removed is not.

        Raises
        ------
        WorkbenchError
            If it cannot be read or must not be changed; nothing was changed then.
        """
        document, fresh = self.editable(key), self.read(key)
        if fresh.readonly_reason is not None:
            raise WorkbenchError(fresh.readonly_reason)
        joined = self.joined(self.as_written(document, document.on_disk),
                           self.as_written(document, document.state), fresh.annotation)
        self.require_joined(document, joined)
        self.session.saver.drop(key)
        with self.session.undo.together("join both versions"):
            self._take_in(document, fresh)
            said = replace(joined, objects=document.annotation.objects)
            if said != document.annotation:
                self._push({key: Delta.of(document.state, replace(
                    document.state, annotation=said, exists=True))}, "join both versions")
            self._push({key: self.delta(document, joined.objects)}, "join both versions")

    def joined(self, before: Annotation, ours: Annotation, theirs: Annotation) -> Annotation:
        """What two people made of ``before``, see :func:`both_kept`."""
        return both_kept(before, ours, theirs)

    def require_joined(self, document: D, joined: Annotation) -> None:
        """Raise UsageError where a person must choose, as both said what can only be once."""

    def as_written(self, document: D, state: State) -> Annotation:
        """The labels as a file says them, where numbers are rounded: what nobody changed is the
        same there."""
        return self.state_of(document, self.content(document, state)()).annotation

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
            with self.session.from_elsewhere():
                self.session.undo.push(EditCommand(self, {document.key: delta}, TAKE_IN))
            return
        # The steps go on from what they made: that is shown but cannot be changed for now.
        if document.key not in self._touched:
            document.state = fresh.state
        if usable and not self.own_classes:
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

    def _push(self, deltas: Mapping[str, Delta | None], text: str, kind: str = "") -> None:
        real = {key: delta for key, delta in deltas.items() if delta is not None}
        if real:
            self.session.undo.push(EditCommand(self, real, text, kind))

    def settle(self) -> None:
        """Finish what is prepared, too."""
        while self._works:
            self._works[0].complete()
        super().settle()

    def rename_by_number(self, old: str, new: str | None) -> bool:
        """Call class ``old`` ``new`` where label files name it by a number; whether they do, and
        so stay as they are."""
        return False

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

        self._works.append(Work(self, chosen, change, text, self.work_changed.emit,
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
        self._works.remove(work)
        if self._works:
            self._works[0].start()
        try:
            self._change(work.deltas, work.text, then, besides)
        except WorkbenchError as error:
            work.problems.append(Problem(str(self.folder), "left-out-of-step", error.sentence()))
        self.work_changed.emit()
        self.session.step_finished.emit(StepOutcome(work.text, len(work.deltas), work.problems))
