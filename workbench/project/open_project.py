"""What all parts of an open project share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from workbench.core.background import Post
from workbench.core.classes import ClassList
from workbench.core.commands import UndoStack
from workbench.core.errors import ConflictError, Problem
from workbench.core.paths import exists
from workbench.core.signal import Signal
from workbench.project.edits.manifest_file import ManifestFile
from workbench.project.edits.saver import Saver
from workbench.project.folder_identity import FolderIdentity
from workbench.project.library.catalog import SampleCatalog
from workbench.project.library.document import Document, State
from workbench.project.library.index import MediaIndex
from workbench.project.library.scan import sort_naturally
from workbench.project.manifest import Manifest
from workbench.project.stores.chosen import known_classes, store_of

T = TypeVar("T")


Changes = Mapping[str, tuple[object, object]]
"""Labels before and after a step by the key of each sample: an annotation, a class, None for
none."""


class NewClasses(NamedTuple):
    """Names that became classes with an edit, and which of them a step under way had put aside."""

    names: tuple[str, ...] = ()
    retired: frozenset[str] = frozenset()


@dataclass(slots=True)
class StepOutcome:
    """How a step across the project went.

    ``changed`` counts files; ``problems`` are the files that were left as they are.
    """

    text: str
    changed: int = 0
    problems: list[Problem] = field(default_factory=list)


class OpenProject:
    """Folder, manifest, classes, undo, saving and problems of a project that is open.

    For the libraries, stores and steps that a :class:`~workbench.project.session.Session` puts
    together; on its owner's thread.
    """

    def __init__(self, folder: Path, manifest: Manifest, post: Post) -> None:
        self.folder = folder
        self.manifest = manifest
        self.store = store_of(folder, manifest)
        """What the labels of images mean on disk."""
        self.classes = ClassList(known_classes(manifest, self.store), manifest.colors)
        self.undo = UndoStack()
        self.identity = FolderIdentity(folder, self._landmarks)
        self.saver = Saver(post, self.identity.require, folder)
        self._manifest_file = ManifestFile(folder, manifest, self.classes, self.saver, self.store)
        self.index = MediaIndex(folder, manifest.layout, post, self.store)
        self.index.folder_is_there = self.identity.is_there
        self.catalogs: list[SampleCatalog[Any]] = [self.index]
        """The samples of all media that were asked for."""
        self.retired: set[str] = set()
        """Names that are no classes any more, although files may hold them until a step across the
        project is through."""
        self.index_is_behind = False
        """Whether such a step has changed files that are not summarized again yet."""
        self.files_were_changed = False
        """Whether one changed files, or is at it: what was read before may be out of date."""
        self.problem_added: Signal[Problem] = Signal()
        """A file or folder cannot be used, or should be known about."""
        self.problems_changed: Signal[()] = Signal()
        """:attr:`problems` is another list."""
        self.conflict: Signal[str, ConflictError] = Signal()
        """(key, error) another program changed the label file of ``key`` ("": workbench.toml):
        offer :meth:`reload` and :meth:`overwrite`."""
        self.progress: Signal[str, int, int] = Signal()
        """(text, done, total) of a step across the project, in files."""
        self.step_finished: Signal[StepOutcome] = Signal()
        """Such a step is through; the report names the files that were left out."""
        self.labelled: Signal[Changes] = Signal()
        """Somebody at this window gave samples other labels, or took that back."""
        self._elsewhere = False
        self.files: dict[str, Path] = {}
        """Files besides annotations and workbench.toml that the saver writes, by its key."""
        self._problems: dict[tuple[str, str], Problem] = {}
        self._found: set[str] = set()  # classes that only files name, while these are looked at
        self.parts: dict[Hashable, Any] = {}
        """What else is known while it is open; see :meth:`part`."""
        self._settled_order = False
        self._post = post
        self._closed = False

    def part(self, key: Hashable, make: Callable[[], T]) -> T:
        """What :attr:`parts` has under ``key``, made when it is first asked for."""
        if key not in self.parts:
            self.parts[key] = make()
        found: T = self.parts[key]
        return found

    @contextmanager
    def from_elsewhere(self) -> Iterator[None]:
        """What is taken in, as long as the block runs, nobody labelled at this window."""
        before, self._elsewhere = self._elsewhere, True
        try:
            yield
        finally:
            self._elsewhere = before

    def tell_labelled(self, changes: Changes) -> None:
        """A step gave samples other labels."""
        if changes and not self._elsewhere:
            self.labelled.emit(changes)

    def post(self, what: Callable[[], None]) -> None:
        """Run ``what`` on the owner's thread, unless the session is closed by then."""
        self._post(lambda: None if self._closed else what())

    # Problems

    @property
    def problems(self) -> list[Problem]:
        return list(self._problems.values())

    def add_problem(self, problem: Problem) -> None:
        """Keep and announce ``problem``, unless it is known."""
        if self._problems.get((problem.path, problem.kind)) != problem:
            self._problems[(problem.path, problem.kind)] = problem
            self.problem_added.emit(problem)
            self.problems_changed.emit()

    def drop_problem(self, path: str, kind: str) -> None:
        """Forget a problem that is none any more."""
        if self._problems.pop((path, kind), None) is not None:
            self.problems_changed.emit()

    # Classes that come with labels

    def add_classes_of(self, document: Document) -> None:
        """Take in the classes that a file which was read names."""
        self._add_classes(item.label for item in document.annotation.objects)

    def new_classes(self, states: Iterable[State], *, by_hand: bool) -> NewClasses:
        """Add the classes that ``states`` bring.

        A label that a person gave ``by_hand`` is a class, even if that was renamed before.
        """
        fresh = tuple(dict.fromkeys(
            item.label for state in states for item in state.annotation.objects
            if item.label and item.label not in self.classes
        ))
        retired = self.unretire(fresh) if by_hand else frozenset()
        self._settled_order = True
        self.classes.add_all(name for name in fresh if name not in self.retired)
        return NewClasses(fresh, retired)

    def drop_unused(self, new: NewClasses) -> None:
        """Take classes out that came with a step which was undone."""
        if not new.names:
            return
        self.retire_again(new.retired)
        counts = sum((item.class_counts() for item in self.catalogs), Counter[str]())
        for name in new.names:
            if name in self.classes and (not counts[name] or name in self.retired):
                self.classes.remove(name)
        self.person_changed()

    def unretire(self, names: Iterable[str]) -> frozenset[str]:
        """A person uses these names again; return those that were put aside until now."""
        back = self.retired.intersection(names)
        self.retired -= back
        return frozenset(back)

    def retire_again(self, names: Iterable[str]) -> None:
        """What :meth:`unretire` returned is not used after all: an edit was undone."""
        if self.index_is_behind:  # files may still hold them
            self.retired.update(names)

    def find_classes(self) -> None:
        """Append the classes that annotations use and the manifest does not name."""
        self._add_classes(self.index.class_counts())

    def _add_classes(self, names: Iterable[str]) -> None:
        """Take in classes that files name.

        Until all files were looked at, they are kept in natural order, whichever was read first;
        but a person who has begun to work keeps the order that is there.
        """
        fresh = {name for name in names
                 if name and name not in self.classes and name not in self.retired}
        if not fresh:
            return
        if self._settled_order:
            self.classes.add_all(sort_naturally(fresh))
            return
        self._found |= fresh
        named = [name for name in self.classes if name not in self._found]
        self.classes.replace([*named, *sort_naturally(self._found)], self.manifest.colors)

    def _settle_order(self) -> None:
        self._settled_order = True

    def person_changed(self) -> None:
        """The first change makes the folder a project; later ones keep its manifest current."""
        self._settled_order = True
        if not self.manifest.exists or self._manifest_file.dirty:
            self._manifest_file.save()

    def manifest_changed(self) -> None:
        """The manifest has other values: write it."""
        self._manifest_file.save()

    def manifest_will_change(self) -> None:
        """The manifest has other values, which nobody asked for: they are written with the next
        change, or when the project is closed; never where the folder is no project yet."""
        self._manifest_file.dirty = True

    def _landmarks(self) -> Iterator[bool]:
        """Whether things are still in the folder that were there; for any thread."""
        keys = self.index.keys()
        for at in (0, len(keys) // 2, -1) if keys else ():
            yield exists(self.folder / keys[at])
        yield from self._manifest_file.landmark()
