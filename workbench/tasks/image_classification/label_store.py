"""The classes of the images of an open project, as the window changes them. No Qt in here.

They are read in the background, changed in steps that can be undone, and saved at once in the
project's table of labels; no image is moved (but by `.folder_step`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.background import BackgroundThread, Worker
from workbench.core.classes import class_name
from workbench.core.errors import ConflictError, Problem, UsageError, WorkbenchError
from workbench.core.paths import is_utf8
from workbench.core.signal import Signal
from workbench.core.text import count
from workbench.project.class_levels import ClassLevels
from workbench.project.edits.commands import ClassCommand
from workbench.project.library.scan import sort_naturally
from workbench.tasks.image_classification.kind import ID
from workbench.tasks.image_classification.label_steps import (
    KIND_WORDS,
    LabelStep,
    changes_of,
    checked_label,
    given_words,
    loses,
    nameless_words,
    replaced,
)
from workbench.tasks.image_classification.labels import (
    Kind,
    converted,
    declared_kind,
    is_tag,
    new_table,
    tags_label,
    tags_of,
)
from workbench.tasks.image_classification.labels_on_disk import (
    OnDisk,
    all_there,
    keep_folders,
    read_disk,
    refused,
    said_of_labels,
)
from workbench.tasks.image_classification.moving import are_moving, finish_moves
from workbench.tasks.image_classification.recognise import TABLES

if TYPE_CHECKING:
    from workbench.project.session import Session

SAVER_KEY = "labels of images"
"""Stands for the table where the saver names a key; no image has it."""
_NAMELESS = "unwritable-name"
_MOVING_SECONDS = 0.1


class LabelStore:
    """The class of each image of a session, on its thread."""

    def __init__(self, session: Session) -> None:
        self.ready = False
        """Whether the labels were read; before that no image has a class."""
        self.problem = ""
        """Why labels cannot be changed, or ""."""
        self.changed: Signal[tuple[str, ...]] = Signal()
        """(keys) these images have another class; () stands for all."""
        self._session = session
        self._worker = Worker(name="labels of images", post=session.post)
        self._labels: dict[str, str] = {}
        self._counts: Counter[str] = Counter()
        self._kind: Kind = declared_kind(session.manifest) or "class"
        self._disk: OnDisk | None = None
        self._outdated = False  # something changed while they were being read
        self._anew = False  # folders mean something else than when they were read
        self._steps = 0  # edits and savings
        self._edits: dict[str, str] = {}  # since the table was read
        self._unsaved: set[str] = set()
        self._nameless: set[str] = set()  # images whose names no table can hold, that were told
        self._held = ""  # why nothing may be changed for the moment
        session.index.finished.connect(self.look)
        session.index.folder_seen.connect(lambda _there: self.look())
        session.outside.settings_read.connect(self.read_anew)
        session.saver.saved.connect(self._saved)
        session.saver.failed.connect(self._failed)
        self.look()

    # --- what is known --------------------------------------------------------------------------

    @property
    def path(self) -> Path:
        """The table that labels are written to."""
        return self._disk.path if self._disk is not None else self._session.folder / TABLES[0]

    def label(self, key: str) -> str:
        """Class of an image, or ""."""
        return self._labels.get(key, "")

    def labels(self) -> dict[str, str]:
        """Class by key, of the images that have one; a copy."""
        return dict(self._labels)

    @property
    def kind(self) -> Kind:
        """What the labels are."""
        return self._kind

    @property
    def levels(self) -> ClassLevels:
        """The folders of the images, and which of them are classes."""
        return self._disk.found.levels if self._disk is not None else ClassLevels(())

    def given(self) -> set[str]:
        """The classes that images have by other than their folders."""
        rows = self._disk.found.names if self._disk is not None else {}
        return {name for key, label in self._labels.items() if key in rows or key in self._edits
                for name in self._names(label)}

    def tags(self, key: str) -> tuple[str, ...]:
        """The classes of an image: one, several where it has tags, none where it has a number."""
        return self._names(self.label(key))

    def counts(self) -> Counter[str]:
        """Images of each class."""
        return Counter(self._counts)

    @property
    def labelled(self) -> int:
        """How many images have a class."""
        return len(self._labels)

    def _names(self, label: str) -> tuple[str, ...]:
        """The classes in a label."""
        if not label or self._kind == "number":
            return ()
        return tags_of(label) if self._kind == "tags" else (label,)

    # --- reading --------------------------------------------------------------------------------

    def look(self) -> None:
        """Read the labels where the images or the table may be others now."""
        if self._session.index.scanning or self._held:
            return
        if self._worker.busy:
            self._outdated = True
            return
        folder, keys, before = self._session.folder, tuple(self._session.index.keys()), self._disk
        known = None if self.problem or self._anew else before
        self._outdated = self._anew = False
        edits = self._steps

        def take(disk: OnDisk | None) -> None:
            saved = edits != self._steps
            if saved or self._outdated:
                self.look()  # what was read is older than what is there by now
            if disk is not None and not saved:
                (self._merge if self.problem and not disk.problem else self._take)(disk)

        session, said = self._session, said_of_labels(self._session)

        def work(thread: BackgroundThread) -> OnDisk | None:
            moved = False
            while are_moving(folder):  # for another window
                moved = True
                thread.wait(_MOVING_SECONDS)
                thread.check()
            fresh = before is None or tuple(before.found.keys) != keys
            if finish_moves(folder) or moved or (fresh and not all_there(folder, keys)):
                session.post(session.index.refresh)  # the images have other keys by now
            return read_disk(folder, keys, known, said)

        self._worker.start(work, take, self._unreadable)

    def read_anew(self) -> None:
        """Read labels again though no file is another: folders mean something else."""
        self._anew = True
        self._steps += 1
        self.look()

    def hold(self, why: str) -> None:
        """Neither read nor change anything until :meth:`let_go`: images have other keys soon."""
        self._worker.cancel(0.0)
        self._held = why

    def let_go(self) -> None:
        """Look where the images are now, and read their labels."""
        def listed() -> None:
            forget()
            self._held = ""
            self._steps += 1
            self.look()

        forget = self._session.index.finished.connect(listed)
        self._session.index.refresh()

    def require_free(self) -> None:
        """Raise WorkbenchError while nothing may be changed."""
        if self._held:
            raise WorkbenchError(self._held, kept="Nothing was changed.")

    @property
    def damaged(self) -> bool:
        """Whether there is a table that cannot be read."""
        return self._disk is not None and bool(self._disk.problem)

    def start_anew(self) -> Path:
        """Put a table that cannot be read aside, and write the labels that are known into a new
        one; return the name that the old one has now.

        Raises
        ------
        WorkbenchError
            If the disk refuses; nothing was changed then.
        """
        self.require_free()
        from workbench.project.imports.files import put_aside

        if self._disk is None or not self.damaged:
            raise UsageError("its labels are not damaged", path=self.path)
        aside = put_aside(self.path)
        if self._kind != "class":  # no table says so any more
            self._session.manifest.settings.setdefault(ID, {})["kind"] = self._kind
            self._session.manifest_changed()
        # an image whose label was taken off does not get that of its folder instead
        self._edits = {**dict.fromkeys(self._disk.found.of_folders(), ""), **self._labels,
                       **self._edits}
        self._unsaved.update(self._edits)
        self.look()
        return aside

    @property
    def busy(self) -> bool:
        """Whether they are being read."""
        return self._worker.busy

    def settle(self) -> None:
        """Wait until what is being read has been; it is delivered later."""
        self._worker.join()

    def _unreadable(self, sentence: str) -> None:
        self.problem, self.ready = sentence, True
        if self._outdated:
            self.look()
        self.changed.emit(())

    def _take(self, disk: OnDisk) -> None:
        before = (self.ready, self.problem, self._kind, self._labels)
        self.problem, found = disk.problem, disk.found
        for problem in self._disk.found.problems if self._disk is not None else ():
            self._session.drop_problem(problem.path, problem.kind)
        for problem in found.problems:
            self._session.add_problem(problem)
        if self._nameless and self._nameless.isdisjoint(found.keys):
            self._session.drop_problem(str(disk.path), _NAMELESS)
            self._nameless.clear()
        self._disk = disk
        if not self._session.saver.unsaved(SAVER_KEY):
            self._session.saver.remember(disk.path, disk.data)
        kept = {key: self._edits[key] for key in self._unsaved if key in self._edits}
        self._edits = kept
        read, kind = found.labels, found.kind
        if self.problem and self.ready:  # what was known is shown until it can be read again
            read = {key: self._labels[key] for key in found.keys if key in self._labels}
            kind = self._kind
        labels = {key: label for key, label in {**read, **kept}.items() if label}
        same = before == (True, self.problem, kind, labels)
        self._labels, self._kind = labels, kind
        self._counts = Counter(name for label in self._labels.values()
                               for name in self._names(label))
        self.ready = True
        self._session.classes.add_all(
            name for name in sort_naturally(self._counts) if name not in self._session.classes)
        if not same:  # after one's own saving all is as it was
            self.changed.emit(())

    # --- steps ----------------------------------------------------------------------------------

    def set_label(self, keys: Iterable[str], label: str) -> int:
        """Give images a class, "" for none, as one step; return how many have another one now.

        Raises
        ------
        UsageError
            If ``label`` cannot be the name of a class.
        WorkbenchError
            If the table cannot be read and must not be changed.
        """
        label = checked_label(label, self._kind, self._session.classes)
        after = self._writable({key: label for key in keys if self.label(key) != label})
        return self._change(LabelStep(given_words(len(after), label, self._kind), after))

    def toggle_tag(self, keys: Iterable[str], tag: str) -> int:
        """Give images a tag, or take it off where all of them have it, as one step; return how
        many are others now. Raises as :meth:`set_label`."""
        keys = list(keys)
        if tag not in self._session.classes:
            tag = class_name(" ".join(tags_of(tag)))
        if all(tag in self.tags(key) for key in keys):
            after = self._writable({
                key: tags_label(name for name in self.tags(key) if name != tag) for key in keys})
            return self._change(LabelStep(f"take “{tag}” off {count(len(after), 'image')}", after))
        after = self._writable({key: tags_label((*self.tags(key), tag)) for key in keys
                                if tag not in self.tags(key)})
        return self._change(LabelStep(f"tag {count(len(after), 'image')} “{tag}”", after))

    def lost_by(self, kind: Kind) -> int:
        """How many images would lose something of their label if labels were of another kind."""
        return sum(loses(label, self._kind, kind) for label in self._labels.values())

    def set_kind(self, kind: Kind) -> None:
        """Make labels classes, tags or numbers from now on, as one step: what can be kept of each
        label is kept, see :func:`.labels.converted`. Raises as :meth:`set_label`."""
        old, session = self._kind, self._session
        if kind == old:
            return
        of_folders = self._disk.found.of_folders() if self._disk is not None else {}
        labels = {**(of_folders if old == "number" else {}), **self._labels}
        after = self._writable({key: new for key, label in labels.items()
                                if (new := converted(label, old, kind)) != self.label(key)})
        names = dict.fromkeys(name for label in {**self._labels, **after}.values() if label
                              for name in (tags_of(label) if kind == "tags" else (label,)))
        fresh = [] if kind == "number" else [name for name in names if name not in session.classes]
        gone = [(place, name, session.classes.color(name)) for place, name in enumerate(
            session.classes) if kind == "tags" and not is_tag(name)]

        def be(now: Kind) -> None:
            self._kind = now
            session.manifest.settings.setdefault(ID, {})["kind"] = now
            session.manifest_changed()
            self._counts = Counter(name for label in self._labels.values()
                                   for name in self._names(label))
            self.changed.emit(())

        def there() -> None:
            be(kind)
            session.classes.add_all(fresh)
            for _, name, _ in gone:
                session.classes.remove(name)

        def back() -> None:
            for name in reversed(fresh):
                session.classes.remove(name)
            for item in gone:
                session.classes.insert(*item)
            be(old)

        self._push(LabelStep(f"make labels {KIND_WORDS[kind]}", after), there, back)

    def set_labels(self, labels: Mapping[str, str], text: str) -> int:
        """Give each image a class of its own, as one step ``text``; see :meth:`set_label`."""
        return self._change(LabelStep(text, self._writable(
            {key: label for key, label in labels.items() if self.label(key) != label})))

    def _change(self, step: LabelStep) -> int:
        classes = self._session.classes
        new = [name for name in dict.fromkeys(
            name for label in dict.fromkeys(step.after.values()) for name in self._names(label))
            if name not in classes]
        step.by_hand = True
        if step.after:
            self._push(step, lambda: classes.add_all(new),
                       lambda: [classes.remove(name) for name in reversed(new)])
        return len(step.after)

    def rename_class(self, old: str, new: str) -> None:
        """Call a class otherwise; one that exists takes its images in. One step; raises as
        :meth:`set_label`."""
        classes = self._session.classes
        position = classes.index(old)
        new = new if new in classes else class_name(new)
        if new == old:
            return
        if self._kind == "tags" and not is_tag(new):
            raise UsageError("the name of a tag cannot hold ; or |, which separate tags")
        step = LabelStep(f"rename {old} to {new}", self._writable(
            replaced(self._labels, self._kind, old, new)))
        if new in classes:
            color = classes.color(old)
            step.text = f"merge {old} into {new}"
            self._push(step, lambda: classes.remove(old),
                       lambda: classes.insert(position, old, color))
        else:
            self._push(step, lambda: classes.rename(old, new), lambda: classes.rename(new, old))

    def remove_class(self, name: str) -> None:
        """Take a class out, and off its images; one step; raises as :meth:`set_label`."""
        classes = self._session.classes
        position, color = classes.index(name), classes.color(name)
        self._push(LabelStep(f"remove class {name}", self._writable(
            replaced(self._labels, self._kind, name, ""))),
                   lambda: classes.remove(name), lambda: classes.insert(position, name, color))

    def _writable(self, after: dict[str, str]) -> dict[str, str]:
        """The new labels without those of images whose names no table can hold, which are told.

        Raises
        ------
        WorkbenchError
            If none is left.
        """
        left = {key: label for key, label in after.items() if is_utf8(key)}
        nameless = after.keys() - left.keys()
        if nameless:
            self._nameless |= nameless
            words = nameless_words(nameless, self.path.name)
            if not left:
                raise WorkbenchError(words, kept="Nothing was changed.")
            self._session.add_problem(Problem(str(self.path), _NAMELESS, f"{words}."))
        return left

    def _push(self, step: LabelStep, do: Callable[[], object] = lambda: None,
              undo: Callable[[], object] = lambda: None) -> None:
        if step.after and (self.problem or self._disk is None):
            raise WorkbenchError(self.problem or "the labels are still being read", path=self.path,
                                 kept="Nothing was changed.")
        step.before = {key: self.label(key) for key in step.after}

        def there() -> None:
            self.require_free()
            do()
            self._apply(step.after, by_hand=step.by_hand)

        def back() -> None:
            self.require_free()
            self._apply(step.before, by_hand=step.by_hand)
            undo()

        manifest = self._session.manifest
        if not manifest.task and step.after:
            manifest.task = ID  # from now on no look at the folder decides
        self._session.undo.push(ClassCommand(step.text, self._session.person_changed, there, back))

    def _apply(self, labels: Mapping[str, str], *, by_hand: bool) -> None:
        if not labels:
            return
        self._session.tell_labelled(changes_of(self._labels, labels) if by_hand else {})
        for key, label in labels.items():
            self._counts.subtract(self._names(self._labels.pop(key, "")))
            if label:
                self._labels[key] = label
                self._counts.update(self._names(label))
        self._counts = +self._counts
        self._steps += 1
        self._edits.update(labels)
        self._unsaved.update(labels)
        self._submit()
        self.changed.emit(tuple(labels))

    # --- saving ---------------------------------------------------------------------------------

    def _submit(self) -> None:
        disk = self._disk
        assert disk is not None
        self._session.files[SAVER_KEY] = disk.path
        table = disk.table if disk.data is not None else new_table(self._kind)
        keep_folders(self._session, disk, len(self._edits))
        rows = disk.rows(self._edits, self._kind)
        content = partial(refused, disk, self.problem) if self.problem else (
            lambda: table.render(rows) if rows else disk.data)
        self._session.saver.submit(SAVER_KEY, disk.path, content)

    def _merge(self, disk: OnDisk) -> None:
        """Take in what another program wrote, and write once more what is not saved."""
        self._session.saver.drop(SAVER_KEY)
        self._take(disk)
        if self._edits:
            self._submit()

    def _saved(self, key: str) -> None:
        if key == SAVER_KEY and not self._session.saver.unsaved(SAVER_KEY):
            self._unsaved.clear()
            self._steps += 1  # what is being read now may be older

    def _failed(self, key: str, error: WorkbenchError) -> None:
        """Another program changed the table: take its rows in, and write ours once more."""
        if key != SAVER_KEY or not isinstance(error, ConflictError):
            return
        folder, keys = self._session.folder, tuple(self._session.index.keys())

        def merge(disk: OnDisk | None) -> None:
            if disk is not None:
                self._merge(disk)
            if self._outdated:
                self.look()

        said = said_of_labels(self._session)
        self._worker.start(
            lambda _thread: read_disk(folder, keys, None, said), merge, self._unreadable)


def labels_of(session: Session) -> LabelStore:
    """The labels of a session; they are read when this is first called."""
    return session.part(LabelStore, lambda: LabelStore(session))
