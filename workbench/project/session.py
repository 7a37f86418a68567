"""One open project: its images, classes, open annotations, undo and saving."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.annotation import Annotation, LabeledBox
from workbench.core.classes import ClassList
from workbench.core.commands import UndoStack
from workbench.core.errors import (
    ConflictError,
    FormatError,
    Problem,
    UsageError,
    WorkbenchError,
)
from workbench.core.signal import Signal
from workbench.project.commands import (
    ClassCommand,
    EditCommand,
    StateCommand,
    with_objects,
    with_verified,
)
from workbench.project.document import ImageDocument, State, own_sources
from workbench.project.index import ImageSummary, MediaIndex, Post
from workbench.project.layout import MANIFEST_NAME, journal_path
from workbench.project.manifest import Manifest
from workbench.project.ownership import not_owner_words, owner
from workbench.project.saver import Saver, read_or_none
from workbench.project.sounds import SAVER_PREFIX, SoundLibrary

if TYPE_CHECKING:
    from workbench.project.journal import Journal
    from workbench.project.relabel import Relabel, StepReport

_KEPT_OPEN = 64  # documents without edits that stay in memory
_MANIFEST_KEY = ""
_EMPTY = Annotation()


class Session:
    """One open project in the window, or in a test.

    Every edit is one step on :attr:`undo` and one save. All methods are called, and all signals
    emitted, on the owner's thread.

    Signals
    -------
    problem_added
        A file or folder cannot be used, or should be known about.
    problems_changed
        :attr:`problems` is another list.
    conflict
        (key, error) another program changed the file of ``key``: offer :meth:`reload` and
        :meth:`overwrite`.
    progress
        (text, done, total) of a step across the project, in files.
    step_finished
        Such a step is through; the report names the files that were left out.
    """

    def __init__(self, folder: Path, manifest: Manifest, post: Post) -> None:
        self.folder = folder
        self.manifest = manifest
        self.classes = ClassList(manifest.classes, manifest.colors)
        self.undo = UndoStack()
        self._sounds: SoundLibrary | None = None
        self.saver = Saver(post)
        self.index = MediaIndex(folder, manifest.layout, post)
        self.problem_added: Signal[Problem] = Signal()
        self.problems_changed: Signal[()] = Signal()
        self.conflict: Signal[str, ConflictError] = Signal()
        self.progress: Signal[str, int, int] = Signal()
        self.step_finished: Signal[StepReport] = Signal()
        self._problems: dict[tuple[str, str], Problem] = {}
        self._documents: dict[str, ImageDocument] = {}
        self._touched: set[str] = set()
        self._manifest_dirty = False
        self._retired: set[str] = set()
        self._steps: list[Relabel] = []
        self._journal: Journal | None = None
        self._post = post
        self._closed = False

    @classmethod
    def open(cls, folder: str | Path, *, post: Post) -> Session:
        """Open ``folder`` without waiting until it is listed.

        Parameters
        ----------
        folder
            A project, or any folder with images.
        post
            ``post(f)`` runs ``f`` on the owner's thread, soon and in order; called by background
            threads.

        Raises
        ------
        UsageError
            If there is no such folder.
        """
        path = Path(os.path.abspath(folder))  # noqa: PTH100  links stay as the person knows them
        if not path.is_dir():
            what = "this is a file, not a folder" if path.exists() else "there is no such folder"
            raise UsageError(what, path=path)
        manifest = Manifest.load(path)
        session = cls(path, manifest, post)
        session._begin()
        return session

    def _begin(self) -> None:
        if self.manifest.problem is not None:
            self._add_problem(self.manifest.problem)
        elif self.manifest.exists:
            self.saver.remember(self.folder / MANIFEST_NAME, self.manifest.text.encode("utf-8"))
        else:
            self.saver.remember(self.folder / MANIFEST_NAME, None)
        self.classes.changed.connect(self._classes_changed)
        self.index.problem_found.connect(self._add_problem)
        self.index.problem_gone.connect(self._drop_problem)
        self.index.summary_changed.connect(self._find_classes)
        self.saver.saved.connect(self._saved)
        self.saver.failed.connect(self._save_failed)
        self.index.start()
        if journal_path(self.folder).exists():
            self._go_on_when_listed()

    def close(self, timeout: float | None = None) -> bool:
        """Wait for the saver and stop all threads; return whether all edits are on the disk."""
        if self.manifest.exists and self._manifest_dirty:
            self._save_manifest()
        done = self.saver.close(timeout)
        self.index.close()
        if self._sounds is not None:
            self._sounds.close()
        self._closed = True
        if self._journal is not None:
            self._journal.close()
        return done

    def post(self, what: Callable[[], None]) -> None:
        """Run ``what`` on the owner's thread, unless the session is closed by then."""
        self._post(lambda: None if self._closed else what())

    @property
    def sounds(self) -> SoundLibrary:
        """The sounds of the project, looked for on first use."""
        if self._sounds is None:

            self._sounds = SoundLibrary(self, self.post)
            self._sounds.start()
        return self._sounds

    # Problems

    @property
    def problems(self) -> list[Problem]:
        return list(self._problems.values())

    def _add_problem(self, problem: Problem) -> None:
        self._problems[(problem.path, problem.kind)] = problem
        self.problem_added.emit(problem)
        self.problems_changed.emit()

    def _drop_problem(self, path: str, kind: str) -> None:
        if self._problems.pop((path, kind), None) is not None:
            self.problems_changed.emit()

    # Documents

    def document(self, key: str) -> ImageDocument:
        """Return the annotation of image ``key``, read on first use.

        One that cannot be read is returned empty, with ``readonly_reason``. One that another
        program changed since is read again.

        Raises
        ------
        UsageError
            If there is no such image.
        """
        document = self._documents.get(key)
        if document is None:
            document = self._load(key)
        else:
            self._look_outside(document)
        self._documents.pop(key, None)
        self._documents[key] = document  # at the end: the least recently used are first
        self._forget_old()
        return document

    def document_cached(self, key: str) -> ImageDocument | None:
        """The document if it is in memory; never touches the disk."""
        return self._documents.get(key)

    def editable(self, key: str) -> ImageDocument:
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

    def _load(self, key: str) -> ImageDocument:
        if self.index.row(key) is None and not self.index.path(key).is_file():
            raise UsageError(f"there is no image “{key}” in {self.folder.name}")
        document = ImageDocument(key, self.index.path(key), self.index.annotation_path(key))
        for step in self._steps:
            step.claim(key)
        self._read(document)
        self._documents[key] = document
        self._add_classes(item.label for item in document.annotation.objects)
        for step in self._steps:
            step.adopt(document)
        return document

    def _read(self, document: ImageDocument) -> None:
        try:
            document.stamp = _stamp(document.annotation_path)
            data = read_or_none(document.annotation_path)
        except WorkbenchError as error:
            document.readonly_reason = error.sentence()
            return
        self.saver.remember(document.annotation_path, data)
        document.set_state(self._interpreted(document, data))

    def _interpreted(self, document: ImageDocument, data: bytes | None) -> State:
        """State of a file with content ``data``; sets why it is read-only, where it is."""
        document.readonly_reason = self._not_ours(document.key, data)
        document.problems = ()
        if data is None or document.readonly_reason is not None:
            return State(None, _EMPTY, False)
        from workbench.formats.voc import VocConvention, parse_voc

        try:
            base = parse_voc(data, VocConvention(self.manifest.voc_convention),
                             document.annotation_path)
        except FormatError as error:
            document.readonly_reason = (
                error.sentence() if error.kept
                else f"{error.sentence()} The file was left as it is."
            )
            return State(None, _EMPTY, False)
        document.problems = base.problems
        return State(base, base.annotation, True)

    def _not_ours(self, key: str, data: bytes | None) -> str | None:
        sharing = self.index.sharing(key) or self._siblings(key)
        if not sharing:
            return None
        belongs_to = owner(sharing, data)
        if belongs_to == key:
            return None
        return not_owner_words(key, belongs_to, str(self.index.annotation_path(key).name))

    def _siblings(self, key: str) -> tuple[str, ...]:
        """Images of the same stem beside ``key``, as long as the index cannot tell."""
        if not self.index.scanning:
            return ()
        from workbench.formats.image_info import IMAGE_SUFFIXES

        stem = key[: key.rfind(".")]
        found = [key] + [
            stem + suffix for suffix in sorted(IMAGE_SUFFIXES)
            if stem + suffix != key and self.index.path(stem + suffix).is_file()
        ]
        return tuple(sorted(found)) if len(found) > 1 else ()

    def _look_outside(self, document: ImageDocument) -> None:
        """Take in what another program wrote, unless an edit of ours is on its way."""
        stamp = _stamp(document.annotation_path)
        if stamp == document.stamp or self.saver.unsaved(document.key):
            return
        try:
            data = read_or_none(document.annotation_path)
        except WorkbenchError:
            return  # the next save tells it
        document.stamp = stamp
        if not self.saver.knows(document.annotation_path, data):
            self._take_in(document, data)

    def _take_in(self, document: ImageDocument, data: bytes | None) -> None:
        before = document.state
        state = self._interpreted(document, data)
        self.saver.remember(document.annotation_path, data)
        if document.key in self._touched and document.readonly_reason is None:
            self.undo.push(StateCommand(
                self, document.key, before, state, "take in what another program changed"))
            return
        document.set_state(state)
        self.index.set_summary(document.key, ImageSummary.of(state.annotation, state.exists))

    def _forget_old(self) -> None:
        if len(self._documents) <= _KEPT_OPEN + len(self._touched):
            return
        for key in list(self._documents)[:-1]:
            if key not in self._touched:
                del self._documents[key]
                return

    # Edits

    def edit(self, key: str, new_objects: Iterable[LabeledBox], text: str) -> None:
        """Make ``new_objects`` the objects of image ``key``, as one step called ``text``.

        Objects keep their ``source``; one that was copied from elsewhere gets none. A label that
        is no class yet becomes the last class.

        Raises
        ------
        WorkbenchError
            If the annotation must not be changed; nothing was changed then.
        """
        before = self.editable(key).state
        objects = own_sources(before.annotation.objects, tuple(new_objects))
        if objects != before.annotation.objects:
            self.undo.push(EditCommand(self, key, before, with_objects(before, objects), text))

    def set_verified(self, key: str, verified: bool) -> None:
        """Mark image ``key`` as checked by a person, or not; raises as :meth:`edit`."""
        before = self.editable(key).state
        if before.annotation.verified != verified:
            text = "mark as checked" if verified else "mark as not checked"
            self.undo.push(EditCommand(self, key, before, with_verified(before, verified), text))

    def apply_state(self, key: str, state: State, *, by_hand: bool = True) -> tuple[str, ...]:
        """Show and save ``state``; return the classes that came with it. For steps only.

        A label that a person gave ``by_hand`` is a class, even if that was renamed before.
        """
        document = self.editable(key)
        self._touched.add(key)
        fresh = tuple(dict.fromkeys(
            item.label for item in state.annotation.objects if item.label not in self.classes
        ))
        if by_hand:
            self._retired.difference_update(fresh)
        self._add_classes(fresh)
        document.set_state(state)
        self.index.set_summary(key, ImageSummary.of(state.annotation, state.exists))
        image, convention = document.path, self.manifest.voc_convention
        self.saver.submit(key, document.annotation_path, lambda: state.content(image, convention))
        self.person_changed()
        return fresh

    def drop_unused(self, names: Iterable[str]) -> None:
        """Take classes out that came with a step which was undone. For steps only."""
        counts = self.index.class_counts()
        for name in names:
            if name in self.classes and not counts[name]:
                self.classes.remove(name)
        self.person_changed()

    # Conflicts

    def reload(self, key: str) -> None:
        """Take what the disk holds instead of the edits that could not be saved; undoable."""
        document = self.document(key)
        self.saver.drop(key)
        data = read_or_none(document.annotation_path)
        document.stamp = _stamp(document.annotation_path)
        self._take_in(document, data)

    def overwrite(self, key: str) -> None:
        """Write the edits although another program changed the file in the meantime."""
        document = self.editable(key)
        self.saver.remember(document.annotation_path, read_or_none(document.annotation_path))
        self.apply_state(key, document.state)

    # Classes

    def add_class(self, name: str) -> None:
        """Append a class; one that is there already is left as it is."""
        name = name.strip()
        if not name:
            raise UsageError("a class needs a name")
        self._retired.discard(name)
        if name not in self.classes:
            self.undo.push(ClassCommand(
                f"add class {name}", self.person_changed,
                lambda: self.classes.add(name), lambda: self.classes.remove(name),
            ))

    def rename_class(self, old: str, new: str) -> None:
        """Call class ``old`` ``new`` in all annotations; one that exists takes its objects in.

        One undoable step. Open documents change at once, the other files in the background, told
        by :attr:`progress` and :attr:`step_finished`; files that cannot be read are left out.
        It goes on at the next opening if the program is killed.

        Raises
        ------
        UsageError
            If there is no class ``old`` or ``new`` is empty.
        WorkbenchError
            If the project cannot be written; nothing was changed then.
        """
        new = new.strip()
        self.classes.index(old)
        if not new:
            raise UsageError("a class needs a name")
        if new != old:
            self._relabel(old, new)

    def remove_class(self, name: str) -> None:
        """Take class ``name`` and all its objects out of the project; else as rename_class."""
        self.classes.index(name)
        self._relabel(name, None)

    def set_class_color(self, name: str, color: str | None) -> None:
        """Give a class the colour "#rrggbb", or the palette's again with None."""
        before = self.classes.color(name)
        if before != color:
            self.undo.push(ClassCommand(
                f"change the colour of {name}", self.person_changed,
                lambda: self.classes.set_color(name, color),
                lambda: self.classes.set_color(name, before),
            ))

    def _find_classes(self, key: str) -> None:
        """Append the classes that annotations use and the manifest does not name."""
        self._add_classes(self.index.class_counts())

    def _add_classes(self, names: Iterable[str]) -> None:
        self.classes.add_all(name for name in names if name not in self._retired)

    def _classes_changed(self) -> None:
        self._manifest_dirty = True

    def person_changed(self) -> None:
        """The first change makes the folder a project; later ones keep its manifest current."""
        if not self.manifest.exists or self._manifest_dirty:
            self._save_manifest()

    def _save_manifest(self) -> None:
        self._manifest_dirty = False
        if self.manifest.problem is not None:
            return
        self.manifest.classes = list(self.classes)
        self.manifest.colors = self.classes.colors
        data = self.manifest.render()
        if self.manifest.exists and data == self.manifest.text.encode("utf-8"):
            return
        self.manifest.text = data.decode("utf-8")
        self.manifest.exists = True
        self.saver.submit(_MANIFEST_KEY, self.folder / MANIFEST_NAME, lambda: data)

    # Steps across the project

    def _relabel(self, old: str, new: str | None) -> None:
        from workbench.project.relabel import Relabel

        self.undo.push(Relabel(self, old, new, self._open_journal()))

    def _open_journal(self) -> Journal:
        if self._journal is None:
            from workbench.project.journal import Journal

            self._journal = Journal(self.folder)
        return self._journal

    def _go_on_when_listed(self) -> None:
        """A step was interrupted by a kill: finish it as soon as all files are known."""
        def go_on() -> None:
            forget()
            try:
                self._go_on()
            except WorkbenchError as error:
                self._add_problem(Problem(
                    str(journal_path(self.folder)), "unfinished-step",
                    f"A change across the project could not be finished: {error.sentence()}"))

        forget = self.index.finished.connect(go_on)

    def _go_on(self) -> None:
        from workbench.project.journal import UNDOING
        from workbench.project.relabel import Relabel

        journal = self._open_journal()
        for row in journal.unfinished():
            step = Relabel(self, row.old, row.new, journal, going_on=row)
            if row.state == UNDOING:
                left = set(journal.paths(row.id))
                step.go_on_back({k for k in self.index if self.index.annotation_key(k) in left})
            else:
                step.go_forward()

    def open_documents(self) -> list[ImageDocument]:
        return list(self._documents.values())

    def keys_with(self, name: str) -> list[str]:
        """Images that may have objects of class ``name``. For steps only."""
        return list(self.index) if len(self._steps) else self.index.keys_with(name)

    def retire(self, name: str) -> None:
        """Do not take ``name`` for a new class only because files still hold it."""
        self._retired.add(name)

    def unretire(self, name: str) -> None:
        self._retired.discard(name)

    def step_began(self, step: Relabel) -> None:
        self._steps.append(step)

    def step_ended(self, step: Relabel) -> None:
        if step in self._steps:
            self._steps.remove(step)

    def step_reported(self, report: StepReport) -> None:
        for problem in report.problems:
            self._add_problem(problem)

        def settled() -> None:
            if not self._steps:
                self._retired.clear()
                self._find_classes("")

        self.index.when_settled(settled)
        self.step_finished.emit(report)

    # The saver's news

    def _saved(self, key: str) -> None:
        if key in self.index:
            self.index.saved(key)
        self._drop_problem(str(self._file_of(key)), "not-saved")

    def _save_failed(self, key: str, error: WorkbenchError) -> None:
        if isinstance(error, ConflictError) and not key.startswith(SAVER_PREFIX):
            self.conflict.emit(key, error)
        self._add_problem(Problem(str(self._file_of(key)), "not-saved", error.sentence()))

    def _file_of(self, key: str) -> Path:
        if key.startswith(SAVER_PREFIX):
            return self.sounds.table_path(key.removeprefix(SAVER_PREFIX))
        return self.index.annotation_path(key) if key else self.folder / MANIFEST_NAME


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size
