"""One open project: its images, classes, open annotations, undo and saving."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.annotation import LabeledObject
from workbench.core.background import Post
from workbench.core.classes import class_name
from workbench.core.errors import ConflictError, Problem, UsageError, WorkbenchError
from workbench.core.events import EVENTS_SUFFIX
from workbench.core.paths import exists, is_folder
from workbench.core.signal import Signal
from workbench.project.edits.commands import ClassCommand
from workbench.project.edits.manifest_file import MANIFEST_KEY
from workbench.project.edits.outside import OutsideChanges
from workbench.project.edits.steps import ProjectSteps
from workbench.project.folder_identity import FolderGoneError
from workbench.project.library.document import Document
from workbench.project.library.images import ImageLibrary
from workbench.project.manifest import Manifest
from workbench.project.open_project import OpenProject
from workbench.project.presence import Holder, Presence
from workbench.project.stores.numbering import CLASSES_KEY, Numbering

if TYPE_CHECKING:
    from workbench.core.commands import Command
    from workbench.project.library.base import Library
    from workbench.project.library.events import EventLibrary
    from workbench.project.library.file_library import FileLibrary
    from workbench.project.library.sounds import SoundLibrary
    from workbench.project.library.videos import VideoLibrary
    from workbench.project.stores.coco_session import CocoFiles


class Session(OpenProject):
    """One open project in the window, or in a test.

    Every edit is one step on :attr:`undo` and one save. All methods are called, and all signals
    emitted, on the owner's thread.
    """

    def __init__(self, folder: Path, manifest: Manifest, post: Post) -> None:
        super().__init__(folder, manifest, post)
        self._sounds: SoundLibrary | None = None
        self._videos: VideoLibrary | None = None
        self._events: EventLibrary | None = None
        self.steps = ProjectSteps(self, lambda: (self.sounds, self.videos))
        self.numbering = Numbering(self)
        self.images = ImageLibrary(self, self.index, self.numbering)
        self.steps.watch(self.images)
        self.coco_files: CocoFiles | None = None
        """What keeps files with the labels of many images up to date, where there are any."""
        if self.store.files:
            from workbench.project.stores.coco_session import CocoFiles

            self.coco_files = CocoFiles(self, self.images)
        self.attributes_changed: Signal[()] = Signal()
        self.scale_changed: Signal[()] = Signal()
        """Somebody has said something else of the sizes of pixels."""
        self.outside = OutsideChanges(self, self._manifest_file)
        self.outside.settings_read.connect(self._settings_read)
        self.folder_there = True
        self.folder_there_changed: Signal[bool] = Signal()
        """(:attr:`folder_there`) the folder was renamed, moved or disconnected, or is back; edits
        are kept in memory until then."""
        self._presence = Presence(folder)
        self.other: Holder | None = None
        """Another process that had the project open when it was opened here, or None."""

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
        self.index.problem_found.connect(self.add_problem)
        self.index.problem_gone.connect(self.drop_problem)
        self.index.folder_seen.connect(self._folder_seen)
        self.index.summary_changed.connect(lambda key: self.find_classes())
        self.index.summarized.connect(self._settle_order)
        self.saver.saved.connect(self._saved)
        self.saver.failed.connect(self._save_failed)
        self.images.opened.connect(self.add_classes_of)
        self.numbering.begin()
        if self.coco_files is not None:
            self.coco_files.begin()
        self.steps.go_on_when_listed()
        self.index.start(hold=hold)
        self.other = self._presence.join()

    def close(self, timeout: float | None = None) -> bool:
        """Wait for the saver and stop all threads; return whether all edits are on the disk."""
        if self.manifest.exists and self._manifest_file.dirty:
            self._manifest_file.save()
        self.numbering.settle()
        for library in (*self.libraries, *((self._events,) if self._events is not None else ())):
            library.settle()
        done = self.saver.close(timeout)
        if self.coco_files is not None and done:
            self.coco_files.close()
        self.outside.close()
        self.index.close()
        for others in (self._sounds, self._videos):
            if others is not None:
                others.close()
        self._closed = True
        self.steps.close()
        self._presence.leave()
        return done

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
            self._add(self._sounds)
        return self._sounds

    @property
    def videos_if_read(self) -> VideoLibrary | None:
        """The videos, where somebody has asked for them; this does not begin to look for them."""
        return self._videos

    @property
    def videos(self) -> VideoLibrary:
        """The videos of the project, looked for on first use."""
        if self._videos is None:
            from workbench.project.library.videos import VideoLibrary

            self._videos = VideoLibrary(self, self.post)
            self._add(self._videos)
        return self._videos

    @property
    def events_if_read(self) -> EventLibrary | None:
        """The events of videos, where somebody has asked for them."""
        return self._events

    @property
    def events(self) -> EventLibrary:
        """What happens in the videos of the project."""
        if self._events is None:
            from workbench.project.library.events import EventLibrary

            self._events = EventLibrary(self, self.videos)
        return self._events

    def _add(self, library: FileLibrary[Any, Any]) -> None:
        self.steps.watch(library)
        self.catalogs.append(library)
        library.start()

    @property
    def libraries(self) -> list[Library[Any]]:
        """The media of the project that were asked for."""
        return self.steps.libraries

    def library_of(self, key: str) -> Library[Any]:
        """The one that sample ``key`` belongs to."""
        if self._events is not None and key.endswith(EVENTS_SUFFIX):
            return self._events
        for other in self.libraries[1:]:
            if other.row(key) is not None or other.cached(key) is not None:
                return other
        return self.images

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

    # Conflicts

    def reload(self, key: str) -> None:
        """Take what the disk holds instead of the edits that could not be saved; undoable.

        Raises
        ------
        WorkbenchError
            If the file cannot be read; nothing was changed then.
        """
        if key == MANIFEST_KEY:
            self._manifest_file.reload()
            self.scale_changed.emit()
            self.find_classes()
            self.drop_problem(str(self._manifest_file.path), "not-saved")
            return
        if not self._chosen(key, ours=False):
            self.library_of(key).reload(key)

    def overwrite(self, key: str) -> None:
        """Write the edits although another program changed the file in the meantime.

        Raises
        ------
        WorkbenchError
            If the file cannot be read or must not be changed.
        """
        if key == MANIFEST_KEY:
            self._manifest_file.overwrite()
            self.scale_changed.emit()
            return
        if not self._chosen(key, ours=True):
            self.library_of(key).overwrite(key)

    def may_keep_both(self, key: str) -> bool:
        """Whether what was changed here and elsewhere at the same time can be joined."""
        held = self.coco_files is not None and self.coco_files.is_held(key)
        return key != MANIFEST_KEY and not held and self.library_of(key).joins

    def keep_both(self, key: str) -> None:
        """Join the edits and what another program changed; see :meth:`Library.keep_both`."""
        self.library_of(key).keep_both(key)

    def _chosen(self, key: str, *, ours: bool) -> bool:
        """Whether a conflict was about a file that holds the labels of many images."""
        if self.coco_files is None or not self.coco_files.is_held(key):
            return False
        self.coco_files.choose(key, ours=ours)
        return True

    def restart_damaged(self, key: str) -> Path:
        """Label ``key`` from the beginning; see :meth:`Library.restart_damaged`."""
        return self.library_of(key).restart_damaged(key)

    # Classes

    def add_class(self, name: str) -> None:
        """Append a class; one that is there already is left as it is."""
        name = name if name in self.classes else class_name(name)
        if name in self.classes:
            return
        retired: frozenset[str] = frozenset()

        def add() -> None:
            nonlocal retired
            retired = self.unretire((name,))
            self.numbering.need((name,))
            self.classes.add(name)

        def remove() -> None:
            self.classes.remove(name)
            self.retire_again(retired)

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
            self._relabel(old, new)

    def remove_class(self, name: str) -> None:
        """Take class ``name`` and all its objects out of the project; else as rename_class."""
        self.classes.index(name)
        self._relabel(name, None)

    def _relabel(self, old: str, new: str | None) -> None:
        from workbench.project.suggested_tracks import relabel_suggested_tracks
        from workbench.project.suggestion_steps import relabel_suggestions

        step = self.steps.relabel(old, new)
        others: list[Command] = [  # before the class is another, which they have to hear
            *relabel_suggestions(self, old, new, step.text),
            *relabel_suggested_tracks(self, old, new, step.text)]
        with self.undo.together(step.text):
            for command in (step, *others):
                self.undo.push(command)

    def set_class_color(self, name: str, color: str | None) -> None:
        """Give a class the colour "#rrggbb", or the palette's again with None."""
        before = self.classes.color(name)
        if before != color:
            self.undo.push(ClassCommand(
                f"change the colour of {name}", self.person_changed,
                lambda: self.classes.set_color(name, color),
                lambda: self.classes.set_color(name, before),
            ))

    # The saver's news

    def _saved(self, key: str) -> None:
        self._folder_seen(True)
        if key == MANIFEST_KEY:
            self._presence.join()  # it may have become a project
            if not self.saver.unsaved(key):
                self._manifest_file.saved()
        else:
            self.library_of(key).wrote(key)
        if key in self.index and not self.saver.unsaved(key):
            self.index.saved(key)
        path = str(self._file_of(key))
        self.drop_problem(path, "not-saved")
        for kind in ("unreadable-annotation", "unreadable-tracks", "unreadable-events"):
            read = self._problems.get((path, kind))
            if read is not None and read.severity == "error":
                # it was read while another program was writing it; now it holds what was saved
                self.drop_problem(path, kind)

    def _save_failed(self, key: str, error: WorkbenchError) -> None:
        conflict = isinstance(error, ConflictError)
        if key == MANIFEST_KEY and conflict and self._manifest_file.classes_agree():
            self.overwrite(MANIFEST_KEY)
            return
        if key == CLASSES_KEY and isinstance(error, ConflictError) and self.numbering.settles():
            return
        if isinstance(error, FolderGoneError):
            self._folder_seen(False)
            return
        if isinstance(error, ConflictError):
            self.conflict.emit(key, error)
        self.add_problem(Problem(str(self._file_of(key)), "not-saved", error.sentence()))

    def _settings_read(self) -> None:
        self.scale_changed.emit()
        self.attributes_changed.emit()
        if self._events is not None:
            self._events.classes_changed.emit()

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
        return self.library_of(key).annotation_path(key) if key else self._manifest_file.path
