"""Samples that were added or deleted: steps that have their files in place or in the trash."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.errors import WorkbenchError
from workbench.core.text import count
from workbench.project.datasets.splits import (
    Split,
    joined_split,
    load_split,
    save_split,
    separate_members,
)
from workbench.project.open_project import NewClasses
from workbench.project.trash import PutAway, bring_back, put_away

if TYPE_CHECKING:
    from workbench.project.library.sounds import SoundLibrary
    from workbench.project.open_project import OpenProject
    from workbench.project.session import Session

SAVE_SECONDS = 3.0
"""So long a deletion waits for labels that are still being written."""


class FileStep(ABC):
    """The step that adds samples to a project, or deletes some.

    Parameters
    ----------
    adds
        Whether the step adds the samples, whose files are there already; else it deletes them.
    known
        Whether the project has taken in what was added before the step is done.
    """

    def __init__(self, session: OpenProject, text: str, key: str = "", *, adds: bool = True,
                 known: bool = False) -> None:
        self.text, self.key = text, key
        self._session = session
        self._adds, self._known = adds, known
        self._away: PutAway | None = None

    @property
    def lost(self) -> bool:
        """Whether the files were deleted for good."""
        return self._away is not None and not self._away.folder.is_dir()

    def do(self) -> None:
        known, self._known = self._known, False
        if not known:
            self._bring() if self._adds else self._put_away()

    def undo(self) -> None:
        self._put_away() if self._adds else self._bring()

    @abstractmethod
    def files(self) -> Iterable[Path]:
        """All that goes into the trash; some of it may not be there.

        Raises
        ------
        WorkbenchError
            If labels of the samples could not be saved; nothing is deleted then.
        """

    @abstractmethod
    def arrived(self) -> None:
        """The files are there: take them in."""

    @abstractmethod
    def gone(self) -> None:
        """The files are in the trash: forget them."""

    def _bring(self) -> None:
        self._session.identity.require()
        if self._away is not None:
            bring_back(self._session.folder, self._away)
            self._away = None
        self.arrived()

    def _put_away(self) -> None:
        self._session.identity.require()
        # also links to what is gone
        there = [path for path in self.files() if os.path.lexists(path)]
        self._away = put_away(self._session.folder, there)
        self.gone()


class ClipFiles(FileStep):
    """The step that adds new clips to a project, or deletes some."""

    def __init__(self, library: SoundLibrary, keys: Iterable[str], text: str, *,
                 adds: bool, known: bool = False) -> None:
        self._keys = tuple(keys)
        super().__init__(library.session, text, self._keys[0] if len(self._keys) == 1 else "",
                         adds=adds, known=known)
        self._library = library

    def files(self) -> Iterable[Path]:
        library = self._library
        library.settle()
        self._session.saver.flush(SAVE_SECONDS)
        unsaved = next((key for key in self._keys if library.unsaved(key)), None)
        if unsaved is not None:
            raise WorkbenchError("its labels are not saved yet", path=library.path(unsaved),
                                 kept="Nothing was deleted.")
        return (path for key in self._keys for path in library.files(key))

    def arrived(self) -> None:
        self._library.add_keys(self._keys)

    def gone(self) -> None:
        self._library.remove_keys(self._keys)


class ImportedFiles(FileStep):
    """The step that copied images into a project; they are there when it is made.

    Parameters
    ----------
    made
        The new files, as posix paths in the project.
    classes
        Names that came with them.
    """

    def __init__(self, session: Session, made: Iterable[str], classes: Sequence[str]) -> None:
        self._made, self._classes = tuple(made), tuple(classes)
        self._images = tuple(key for key in self._made
                             if not key.endswith((".xml", ".txt", ".json")))
        self._listed: Split | None = None  # in the split, while they are in the trash
        super().__init__(session, f"import {count(len(self._images), 'image')}", known=True)

    def files(self) -> Iterable[Path]:
        session = self._session
        if not session.saver.flush(SAVE_SECONDS):
            raise WorkbenchError("its labels are not saved yet", path=session.folder,
                                 kept="Nothing was taken back.")
        labels = session.index.own_labels(self._images)
        return dict.fromkeys([*(session.folder / name for name in self._made), *labels])

    def arrived(self) -> None:
        session = self._session
        if self._listed is not None:
            with suppress(WorkbenchError):
                save_split(session.folder, joined_split(load_split(session.folder), self._listed))
        session.unretire(self._classes)
        missing = [name for name in self._classes if name not in session.classes]
        self._changed([*session.classes, *missing])

    def gone(self) -> None:
        session = self._session
        with suppress(WorkbenchError):  # none, or one that cannot be read and stays as it is
            rest, self._listed = separate_members(load_split(session.folder), self._images)
            save_split(session.folder, rest)
        session.retired.update(self._classes)  # until the index knows that the files are gone
        self._changed([name for name in session.classes if name not in self._classes])

    def _changed(self, classes: list[str]) -> None:
        session = self._session
        session.classes.replace(classes, dict(session.classes.colors))
        session.manifest_changed()
        session.index.refresh()


class VideoFiles(FileStep):
    """The step that added videos to a project, with the tracks and events beside them.

    Parameters
    ----------
    keys
        The videos, which are there when the step is made.
    """

    _session: Session

    def __init__(self, session: Session, keys: Iterable[str]) -> None:
        self.keys = tuple(keys)
        super().__init__(session, f"add {count(len(self.keys), 'video')}", known=True)
        self._classes = frozenset(session.classes)

    def files(self) -> Iterable[Path]:
        if not self._session.saver.flush(SAVE_SECONDS):
            raise WorkbenchError("its tracks are not saved yet", path=self._session.folder,
                                 kept="Nothing was taken back.")
        return (path for key in self.keys for path in self._session.videos.files(key))

    def arrived(self) -> None:
        self._session.videos.refresh()

    def gone(self) -> None:
        videos = self._session.videos
        came = {name for key in self.keys for name, _ in videos.summary(key).classes}
        videos.remove_keys(self.keys)
        self._session.drop_unused(NewClasses(tuple(came - self._classes), frozenset()))


class FilesAway(FileStep):
    """The step that moves files, or runs as a whole, of a project to its trash."""

    _session: Session

    def __init__(self, session: Session, paths: Iterable[Path], text: str) -> None:
        super().__init__(session, text, adds=False)
        self._paths = tuple(dict.fromkeys(paths))

    def files(self) -> Iterable[Path]:
        if not self._session.saver.flush(SAVE_SECONDS):
            raise WorkbenchError("its labels are not saved yet", path=self._session.folder,
                                 kept="Nothing was moved.")
        return self._paths

    def arrived(self) -> None:
        self._session.index.refresh()
        if self._session.sounds_if_read is not None:
            self._session.sounds_if_read.changes.check()
        if self._session.videos_if_read is not None:
            self._session.videos_if_read.refresh()

    def gone(self) -> None:
        self.arrived()
