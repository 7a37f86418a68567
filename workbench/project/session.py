"""One open project: its images, classes, open annotations, undo and saving."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.annotation import LabeledObject
from workbench.core.background import Post
from workbench.core.classes import ClassList, class_name
from workbench.core.commands import UndoStack
from workbench.core.errors import ConflictError, Problem, UsageError, WorkbenchError
from workbench.core.paths import exists, is_folder
from workbench.core.signal import Signal
from workbench.project.edits.commands import ClassCommand, NewClasses
from workbench.project.edits.saver import Saver, read_or_none
from workbench.project.edits.steps import ProjectSteps
from workbench.project.folder_identity import FolderGoneError, FolderIdentity
from workbench.project.layout import MANIFEST_NAME
from workbench.project.library.document import Document, State
from workbench.project.library.images import ImageLibrary
from workbench.project.library.index import MediaIndex
from workbench.project.library.scan import sort_naturally
from workbench.project.manifest import Manifest
from workbench.project.presence import Holder, Presence

if TYPE_CHECKING:
    from workbench.project.edits.relabel import StepOutcome
    from workbench.project.library.base import Library
    from workbench.project.library.sounds import SoundLibrary


MANIFEST_KEY = ""
"""Stands for workbench.toml where the saver and :attr:`Session.conflict` name a key."""


class Session:
    """One open project in the window, or in a test.

    Every edit is one step on :attr:`undo` and one save. All methods are called, and all signals
    emitted, on the owner's thread.

    Attributes
    ----------
    files
        Files besides annotations and workbench.toml that the saver writes, by its key.
    other
        Another process that had the project open when it was opened here, or None.

    Signals
    -------
    problem_added
        A file or folder cannot be used, or should be known about.
    problems_changed
        :attr:`problems` is another list.
    conflict
        (key, error) another program changed the label file of ``key`` ("": workbench.toml): offer
        :meth:`reload` and :meth:`overwrite`.
    folder_there_changed
        (:attr:`folder_there`) the folder was renamed, moved or disconnected, or is back; edits
        are kept in memory until then.
    progress
        (text, done, total) of a step across the project, in files.
    step_finished
        Such a step is through; the report names the files that were left out.
    """

    def __init__(self, folder: Path, manifest: Manifest, post: Post) -> None:
        self.folder = folder
        self.manifest = manifest
        self._manifest_before = deepcopy(manifest)  # as it is known to be on the disk
        self.classes = ClassList(manifest.classes, manifest.colors)
        self.undo = UndoStack()
        self._sounds: SoundLibrary | None = None
        self.identity = FolderIdentity(folder, self._landmarks)
        self.saver = Saver(post, self.identity.require)
        self.index = MediaIndex(folder, manifest.layout, post)
        self.index.folder_is_there = self.identity.is_there
        self.steps = ProjectSteps(self)
        self.images = ImageLibrary(self, self.index)
        self.steps.watch(self.images)
        self.problem_added: Signal[Problem] = Signal()
        self.problems_changed: Signal[()] = Signal()
        self.conflict: Signal[str, ConflictError] = Signal()
        self.attributes_changed: Signal[()] = Signal()
        self.folder_there = True
        self.folder_there_changed: Signal[bool] = Signal()
        self.progress: Signal[str, int, int] = Signal()
        self.step_finished: Signal[StepOutcome] = Signal()
        self._presence = Presence(folder)
        self.other: Holder | None = None
        self.files: dict[str, Path] = {}
        self._problems: dict[tuple[str, str], Problem] = {}
        self._manifest_dirty = False
        self._found: set[str] = set()  # classes that only files name, while these are looked at
        self._settled_order = False
        self._post = post
        self._closed = False

    @classmethod
    def open(cls, folder: str | Path, *, post: Post, hold: bool = False) -> Session:
        """Open ``folder`` without waiting until it is listed.

        Parameters
        ----------
        folder
            A project, or any folder with images.
        post
            ``post(f)`` runs ``f`` on the owner's thread, soon and in order; called by background
            threads.
        hold
            Whether the folder is looked through only after :meth:`MediaIndex.go_on`.

        Raises
        ------
        UsageError
            If there is no such folder.
        """
        path = Path(os.path.abspath(folder))  # noqa: PTH100  links stay as the person knows them
        if not is_folder(path):
            what = "this is a file, not a folder" if exists(path) else "there is no such folder"
            raise UsageError(what, path=path)
        manifest = Manifest.load(path)
        session = cls(path, manifest, post)
        session._begin(hold)
        return session

    def _begin(self, hold: bool) -> None:
        if self.manifest.problem is not None:
            self.add_problem(self.manifest.problem)
        elif self.manifest.exists:
            self.saver.remember(self.folder / MANIFEST_NAME, self.manifest.text.encode("utf-8"))
        else:
            self.saver.remember(self.folder / MANIFEST_NAME, None)
        self.classes.changed.connect(self._classes_changed)
        self.index.problem_found.connect(self.add_problem)
        self.index.problem_gone.connect(self.drop_problem)
        self.index.folder_seen.connect(self._folder_seen)
        self.index.summary_changed.connect(lambda key: self.find_classes())
        self.index.summarized.connect(self._settle_order)
        self.saver.saved.connect(self._saved)
        self.saver.failed.connect(self._save_failed)
        self.images.opened.connect(self.add_classes_of)
        self.steps.go_on_when_listed()
        self.index.start(hold=hold)
        self.other = self._presence.join()

    def close(self, timeout: float | None = None) -> bool:
        """Wait for the saver and stop all threads; return whether all edits are on the disk."""
        if self.manifest.exists and self._manifest_dirty:
            self._save_manifest()
        for library in self.libraries:
            library.settle()
        done = self.saver.close(timeout)
        self.index.close()
        if self._sounds is not None:
            self._sounds.close()
        self._closed = True
        self.steps.close()
        self._presence.leave()
        return done

    def post(self, what: Callable[[], None]) -> None:
        """Run ``what`` on the owner's thread, unless the session is closed by then."""
        self._post(lambda: None if self._closed else what())

    @property
    def sounds_if_read(self) -> SoundLibrary | None:
        """The sounds, where somebody has asked for them; this does not begin to look for them."""
        return self._sounds

    @property
    def sounds(self) -> SoundLibrary:
        """The sounds of the project, looked for on first use."""
        if self._sounds is None:
            from workbench.project.library.sounds import SoundLibrary

            self._sounds = SoundLibrary(self, self.post)
            self.steps.watch(self._sounds)
            self._sounds.start()
        return self._sounds

    @property
    def libraries(self) -> list[Library[Any]]:
        """The media of the project that were asked for."""
        return [self.images] if self._sounds is None else [self.images, self._sounds]

    def library_of(self, key: str) -> Library[Any]:
        """The one that sample ``key`` belongs to."""
        sounds = self._sounds
        if sounds is not None and (sounds.row(key) is not None or sounds.cached(key) is not None):
            return sounds
        return self.images

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

    # Documents

    def document(self, key: str) -> Document:
        """Return the labels of sample ``key``, read on first use.

        Labels that cannot be read are returned empty, with ``readonly_reason``. An annotation of
        an image that another program changed since is read again.

        Raises
        ------
        UsageError
            If there is no such sample.
        """
        document: Document = self.library_of(key).document(key)
        return document

    def read_ahead(self, key: str, then: Callable[[], None]) -> bool:
        """Whether :meth:`document` would take long, as the annotation is large; then a thread reads
        it, and ``then`` is called when it has, unless another one was asked for meanwhile."""
        return self.images.read_ahead(key, then)

    def document_cached(self, key: str) -> Document | None:
        """The document if it is in memory; never touches the disk."""
        return self.library_of(key).cached(key)

    # Edits

    def edit(self, key: str, objects: Iterable[LabeledObject], text: str) -> None:
        """Make ``objects`` those of sample ``key``, as one step; see :meth:`Library.edit_many`."""
        self.library_of(key).edit(key, objects, text)

    def set_verified(self, key: str, verified: bool) -> None:
        """Mark image ``key`` as checked by a person, or not; raises as :meth:`edit`."""
        self.images.set_verified(key, verified)

    # Classes that come with labels; for libraries and steps only

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
        retired = self.steps.unretire(fresh) if by_hand else frozenset()
        self._settled_order = True
        self.classes.add_all(name for name in fresh if not self.steps.is_retired(name))
        return NewClasses(fresh, retired)

    def drop_unused(self, new: NewClasses) -> None:
        """Take classes out that came with a step which was undone."""
        if not new.names:
            return
        self.steps.retire_again(new.retired)
        counts = self.index.class_counts()
        if self._sounds is not None:
            counts.update(self._sounds.class_counts())
        for name in new.names:
            if name in self.classes and (not counts[name] or self.steps.is_retired(name)):
                self.classes.remove(name)
        self.person_changed()

    # Conflicts

    def reload(self, key: str) -> None:
        """Take what the disk holds instead of the edits that could not be saved; undoable.

        Raises
        ------
        WorkbenchError
            If the file cannot be read; nothing was changed then.
        """
        if key == MANIFEST_KEY:
            self._reload_manifest()
            return
        self.library_of(key).reload(key)

    def overwrite(self, key: str) -> None:
        """Write the edits although another program changed the file in the meantime.

        Raises
        ------
        WorkbenchError
            If the file cannot be read or must not be changed.
        """
        if key == MANIFEST_KEY:
            self._overwrite_manifest()
            return
        self.library_of(key).overwrite(key)

    def restart_damaged(self, key: str) -> Path:
        """Label ``key`` from the beginning; see :meth:`Library.restart_damaged`."""
        return self.library_of(key).restart_damaged(key)

    def _reload_manifest(self) -> None:
        theirs = Manifest.load(self.folder)
        if theirs.problem is not None:
            raise WorkbenchError(theirs.problem.reason)
        self.saver.drop(MANIFEST_KEY)
        self.saver.remember(self.folder / MANIFEST_NAME, theirs.text.encode("utf-8"))
        self.manifest.adopt(theirs)
        self._manifest_before = deepcopy(theirs)
        self.classes.replace(theirs.classes, theirs.colors)
        self._manifest_dirty = False
        self.find_classes()
        self.drop_problem(str(self.folder / MANIFEST_NAME), "not-saved")

    def _classes_agree(self) -> bool:
        """Whether the changed manifest names no class that is not here, in the same order: then
        nothing is lost by setting our classes in it, and nobody has to decide anything."""
        theirs = Manifest.load(self.folder)
        here = [name for name in self.classes if name in set(theirs.classes)]
        return theirs.problem is None and here == theirs.classes

    def _overwrite_manifest(self) -> None:
        """Our classes and what else was changed here, with all the rest as the other program
        left it."""
        theirs = Manifest.load(self.folder)
        if theirs.problem is not None:
            raise WorkbenchError(theirs.problem.reason)
        self.manifest.adopt(theirs, self._manifest_before)
        self._manifest_before = deepcopy(theirs)
        disk = theirs.text.encode("utf-8") if theirs.exists else None
        self.saver.remember(self.folder / MANIFEST_NAME, disk)
        self.saver.drop(MANIFEST_KEY)
        self.manifest_changed()

    # Classes

    def add_class(self, name: str) -> None:
        """Append a class; one that is there already is left as it is."""
        name = name if name in self.classes else class_name(name)
        if name in self.classes:
            return
        retired: frozenset[str] = frozenset()

        def add() -> None:
            nonlocal retired
            retired = self.steps.unretire((name,))
            self.classes.add(name)

        def remove() -> None:
            self.classes.remove(name)
            self.steps.retire_again(retired)

        self.undo.push(ClassCommand(f"add class {name}", self.person_changed, add, remove))

    def rename_class(self, old: str, new: str) -> None:
        """Call class ``old`` ``new`` in all annotations; one that exists takes its objects in.

        One undoable step. Open documents change at once, the other files in the background, shown
        by :attr:`progress` and :attr:`step_finished`; files that cannot be read are left out.
        It goes on at the next opening if the program is killed.

        Raises
        ------
        UsageError
            If there is no class ``old``, or ``new`` cannot be the name of one.
        WorkbenchError
            If the project cannot be written; nothing was changed then.
        """
        self.classes.index(old)
        new = new if new in self.classes else class_name(new)
        if new != old:
            self.steps.relabel(old, new)

    def remove_class(self, name: str) -> None:
        """Take class ``name`` and all its objects out of the project; else as rename_class."""
        self.classes.index(name)
        self.steps.relabel(name, None)

    def set_class_color(self, name: str, color: str | None) -> None:
        """Give a class the colour "#rrggbb", or the palette's again with None."""
        before = self.classes.color(name)
        if before != color:
            self.undo.push(ClassCommand(
                f"change the colour of {name}", self.person_changed,
                lambda: self.classes.set_color(name, color),
                lambda: self.classes.set_color(name, before),
            ))

    def find_classes(self) -> None:
        """Append the classes that annotations use and the manifest does not name."""
        self._add_classes(self.index.class_counts())

    def _add_classes(self, names: Iterable[str]) -> None:
        """Take in classes that files name.

        Until all files were looked at, they are kept in natural order, whichever was read first;
        but a person who has begun to work keeps the order that is there.
        """
        fresh = {name for name in names
                 if name and name not in self.classes and not self.steps.is_retired(name)}
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

    def _classes_changed(self) -> None:
        self._manifest_dirty = True

    def person_changed(self) -> None:
        """The first change makes the folder a project; later ones keep its manifest current."""
        self._settled_order = True
        if not self.manifest.exists or self._manifest_dirty:
            self._save_manifest()

    def manifest_changed(self) -> None:
        """The manifest has other values: write it."""
        self._manifest_dirty = True
        self._save_manifest()

    def _save_manifest(self) -> None:
        self._manifest_dirty = False
        if self.manifest.problem is not None:
            return
        self.manifest.classes = list(self.classes)
        self.manifest.colors = self.classes.colors
        data = self.manifest.render()
        self.manifest.text = data.decode("utf-8")
        self.manifest.exists = True
        self.saver.submit(MANIFEST_KEY, self.folder / MANIFEST_NAME, lambda: data)

    # The saver's news

    def _saved(self, key: str) -> None:
        self._folder_seen(True)
        if key == MANIFEST_KEY:
            self._presence.join()  # it may have become a project
            if not self.saver.unsaved(key):
                self._manifest_before = deepcopy(self.manifest)
        if key in self.index and not self.saver.unsaved(key):
            self.index.saved(key)
        path = str(self._file_of(key))
        self.drop_problem(path, "not-saved")
        read = self._problems.get((path, "unreadable-annotation"))
        if read is not None and read.severity == "error":
            # it was read while another program was writing it; now it holds what was saved
            self.drop_problem(path, "unreadable-annotation")

    def _save_failed(self, key: str, error: WorkbenchError) -> None:
        if key == MANIFEST_KEY and isinstance(error, ConflictError) and self._classes_agree():
            self._overwrite_manifest()
            return
        if isinstance(error, FolderGoneError):
            self._folder_seen(False)
            return
        if isinstance(error, ConflictError):
            self.conflict.emit(key, error)
        self.add_problem(Problem(str(self._file_of(key)), "not-saved", error.sentence()))

    def _landmarks(self) -> Iterator[bool]:
        """Whether things are still in the folder that were there; for any thread."""
        keys = self.index.keys()
        for at in (0, len(keys) // 2, -1) if keys else ():
            yield exists(self.folder / keys[at])
        if self.manifest.text:
            path = self.folder / MANIFEST_NAME
            with suppress(WorkbenchError):
                yield self.saver.knows(path, read_or_none(path))

    def _folder_seen(self, there: bool) -> None:
        if there == self.folder_there:
            return
        self.folder_there = there
        path = str(self.folder)
        if there:
            self.drop_problem(path, "folder-gone")
            self.index.refresh()
        else:
            reason = str(FolderGoneError.of(self.folder))
            self.add_problem(Problem(path, "folder-gone", reason))
        self.folder_there_changed.emit(there)

    def _file_of(self, key: str) -> Path:
        if key in self.files:
            return self.files[key]
        return self.library_of(key).annotation_path(key) if key else self.folder / MANIFEST_NAME
