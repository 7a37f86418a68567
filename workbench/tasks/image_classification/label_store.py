"""The classes of the images of an open project, as the window changes them. No Qt in here.

They are read in the background, changed in steps that can be undone, and saved at once in the
project's table of labels; no image is moved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from workbench.core.background import Worker
from workbench.core.classes import class_name
from workbench.core.errors import ConflictError, WorkbenchError
from workbench.core.signal import Signal
from workbench.core.text import count
from workbench.formats.label_table import LabelTable
from workbench.project.edits.commands import ClassCommand
from workbench.project.edits.saver import read_or_none
from workbench.project.library.scan import sort_naturally
from workbench.tasks.image_classification.kind import ID
from workbench.tasks.image_classification.labels import (
    ImageLabels,
    read_labels,
)
from workbench.tasks.image_classification.recognise import TABLES, find_table

if TYPE_CHECKING:
    from workbench.project.session import Session

SAVER_KEY = "labels of images"
"""Stands for the table where the saver names a key; no image has it."""
_TRIES = 3


class _OnDisk(NamedTuple):
    """What was read: the table's bytes (None for no table), and what it and the folders say."""

    path: Path
    data: bytes | None
    table: LabelTable
    found: ImageLabels


@dataclass(slots=True)
class _Step:
    """New and old class of some images, "" for none."""

    text: str
    after: dict[str, str]
    before: dict[str, str] = field(default_factory=dict)


class LabelStore:
    """The class of each image of a session.

    Everything is called and emitted on the session's thread.

    Attributes
    ----------
    ready
        Whether the labels were read; before that no image has a class.
    problem
        Why labels cannot be changed, or "".

    Signals
    -------
    changed
        (keys) these images have another class; () stands for all.
    """

    def __init__(self, session: Session) -> None:
        self.ready = False
        self.problem = ""
        self.changed: Signal[tuple[str, ...]] = Signal()
        self._session = session
        self._worker = Worker(name="labels of images", post=session.post)
        self._labels: dict[str, str] = {}
        self._counts: Counter[str] = Counter()
        self._disk: _OnDisk | None = None
        self._steps = 0
        self._edits: dict[str, str] = {}  # since the table was read
        self._unsaved: set[str] = set()
        session.index.finished.connect(self.look)
        session.index.folder_seen.connect(lambda _there: self.look())
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

    def counts(self) -> Counter[str]:
        """Images of each class."""
        return Counter(self._counts)

    @property
    def labelled(self) -> int:
        """How many images have a class."""
        return len(self._labels)

    # --- reading --------------------------------------------------------------------------------

    def look(self) -> None:
        """Read the labels where the images or the table may be others now."""
        if self._session.index.scanning or self._worker.busy:
            return
        folder, keys, before = self._session.folder, tuple(self._session.index.keys()), self._disk
        edits = self._steps

        def take(disk: _OnDisk | None) -> None:
            if edits == self._steps:
                self._take(disk)
            else:
                self.look()  # what was read is older than what was saved meanwhile

        self._worker.start(lambda _thread: _read(folder, keys, before), take, self._unreadable)

    def settle(self) -> None:
        """Wait until what is being read has been; it is delivered later."""
        self._worker.join()

    def _unreadable(self, sentence: str) -> None:
        self.problem, self.ready = sentence, True
        self.changed.emit(())

    def _take(self, disk: _OnDisk | None) -> None:
        if disk is None:  # as it was
            return
        if self._session.index.keys() and tuple(disk.found.keys) != tuple(
                self._session.index.keys()):
            self.look()  # images came or went meanwhile
        self.problem = next((problem.reason for problem in disk.found.problems
                             if problem.kind == "unreadable-labels"), "")
        for problem in self._disk.found.problems if self._disk is not None else ():
            self._session.drop_problem(problem.path, problem.kind)
        for problem in disk.found.problems:
            self._session.add_problem(problem)
        self._disk = disk
        if not self._session.saver.unsaved(SAVER_KEY):
            self._session.saver.remember(disk.path, disk.data)
        kept = {key: self._edits[key] for key in self._unsaved if key in self._edits}
        self._edits = kept
        self._labels = {key: label for key, label in {**disk.found.labels, **kept}.items()
                        if label}
        self._counts = Counter(self._labels.values())
        self.ready = True
        self._session.classes.add_all(
            name for name in sort_naturally(self._counts) if name not in self._session.classes)
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
        classes = self._session.classes
        if label and label not in classes:
            label = class_name(label)
        after = {key: label for key in keys if self.label(key) != label}
        number = count(len(after), "image")
        return self._change(_Step(
            f"label {number} {label}" if label else f"take the class off {number}", after))

    def set_labels(self, labels: Mapping[str, str], text: str) -> int:
        """Give each image a class of its own, as one step called ``text``; see
        :meth:`set_label`."""
        return self._change(_Step(text, {key: label for key, label in labels.items()
                                         if self.label(key) != label}))

    def _change(self, step: _Step) -> int:
        classes = self._session.classes
        new = [name for name in dict.fromkeys(step.after.values()) if name and name not in classes]
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
        step = _Step(f"rename {old} to {new}", self._all_of(old, new))
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
        self._push(_Step(f"remove class {name}", self._all_of(name, "")),
                   lambda: classes.remove(name), lambda: classes.insert(position, name, color))

    def _all_of(self, name: str, label: str) -> dict[str, str]:
        return {key: label for key, known in self._labels.items() if known == name}

    def _push(self, step: _Step, do: Callable[[], object] = lambda: None,
              undo: Callable[[], object] = lambda: None) -> None:
        if step.after and (self.problem or self._disk is None):
            raise WorkbenchError(self.problem or "the labels are still being read", path=self.path,
                                 kept="Nothing was changed.")
        step.before = {key: self.label(key) for key in step.after}

        def there() -> None:
            do()
            self._apply(step.after)

        def back() -> None:
            self._apply(step.before)
            undo()

        manifest = self._session.manifest
        if not manifest.task and step.after:
            manifest.task = ID  # from now on no look at the folder decides
        self._session.undo.push(ClassCommand(
            step.text, self._session.person_changed, there, back))

    def _apply(self, labels: Mapping[str, str]) -> None:
        if not labels:
            return
        for key, label in labels.items():
            before = self._labels.pop(key, "")
            self._counts[before] -= 1
            if label:
                self._labels[key] = label
                self._counts[label] += 1
        self._counts = +self._counts
        self._counts.pop("", None)
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
        found, table = disk.found, disk.table
        rows = {found.names.get(key, key): label for key, label in self._edits.items()
                if found.labels.get(key, "") != label}
        self._session.saver.submit(
            SAVER_KEY, disk.path, lambda: table.render(rows) if rows else disk.data)

    def _saved(self, key: str) -> None:
        if key == SAVER_KEY and not self._session.saver.unsaved(SAVER_KEY):
            self._unsaved.clear()

    def _failed(self, key: str, error: WorkbenchError) -> None:
        """Another program changed the table: take its rows in, and write ours once more."""
        if key != SAVER_KEY or not isinstance(error, ConflictError):
            return
        folder, keys = self._session.folder, tuple(self._session.index.keys())

        def merge(disk: _OnDisk | None) -> None:
            self._session.saver.drop(SAVER_KEY)
            self._take(disk)
            if self._edits:
                self._submit()

        self._worker.start(lambda _thread: _read(folder, keys, None), merge, self._unreadable)


def _read(folder: Path, keys: tuple[str, ...], before: _OnDisk | None) -> _OnDisk | None:
    """Read table and folders; None where both are as ``before``."""
    for _ in range(_TRIES):
        path = find_table(folder) or folder / TABLES[0]
        data = read_or_none(path)
        if before is not None and before.data == data and before.path == path \
                and tuple(before.found.keys) == keys:
            return None
        found = read_labels(folder, keys)
        if read_or_none(path) == data:
            break
    unreadable = any(problem.kind == "unreadable-labels" for problem in found.problems)
    table = LabelTable.new() if data is None or unreadable else LabelTable.parse(data, path)
    return _OnDisk(path, data, table, found)


_stores: WeakKeyDictionary[Session, LabelStore] = WeakKeyDictionary()


def labels_of(session: Session) -> LabelStore:
    """The labels of a session; they are read when this is first called."""
    if session not in _stores:
        _stores[session] = LabelStore(session)
    return _stores[session]
