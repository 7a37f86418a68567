"""Notices files, images, sounds and videos, that come and go in the folder of the open project."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QFileSystemWatcher, QObject, QStorageInfo, Qt, QTimer
from PySide6.QtGui import QGuiApplication

from workbench.core.paths import is_file, is_folder
from workbench.core.signal import Connections
from workbench.project.layout import MANIFEST_NAME

if TYPE_CHECKING:
    from workbench.project.library.file_library import FileLibrary
    from workbench.project.session import Session

REST_MS = 500
"""Files often come by the dozen: the folder is looked at when it has rested for so long."""
MOST_FOLDERS = 200
"""So many folders are watched; others are looked at when the window is entered again."""
MANY = 5000
"""With more images, the program's own saving is no reason to list the folder again."""
OWN_SECONDS = 2.0
REMOTE_MS = 15_000
"""So often a folder on a network disk is looked at while the window is used: nobody tells what
another computer writes there."""
_REMOTE = ("nfs", "cifs", "smb", "9p", "sshfs", "afpfs", "webdav", "davfs", "gvfs", "vboxsf")


class FolderWatch(QObject):
    """Has the index of a session look again whenever something changes in its folders."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session: Session | None = None
        self._connections = Connections()
        self._saved = 0.0
        self._others: Sequence[FileLibrary[Any, Any]] = ()  # that are listened to
        self._watcher = QFileSystemWatcher(self)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._look)
        for changed in (self._watcher.directoryChanged, self._watcher.fileChanged):
            changed.connect(lambda _path: self._rest.start())
        self._again = QTimer(self, interval=REMOTE_MS)
        self._again.timeout.connect(self._look_if_used)

    @property
    def folders(self) -> list[str]:
        """The folders that are watched."""
        return self._watcher.directories()

    def follow(self, session: Session | None) -> None:
        """Watch the folders of another project, or none."""
        self._connections.end()
        self._rest.stop()
        self._again.stop()
        if watched := [*self.folders, *self._watcher.files()]:
            self._watcher.removePaths(watched)
        self._session, self._others = session, ()
        if session is not None:
            # Not before: watching must not take time from the first picture.
            self._connections.add(session.index.summarized.connect(self._watch),
                                session.saver.saved.connect(self._own))

    def _watch(self) -> None:
        session = self._session
        if session is None:
            return
        from workbench.project.imports.sounds import FOLDER

        layout, folder = session.index.layout, session.folder
        others = [one for one in (session.sounds_if_read, session.videos_if_read)
                  if one is not None]
        self._connections.add(*(one.finished.connect(self._watch) for one in others
                                if one not in self._others))
        self._others = others
        inside = {"", "splits", layout.images, layout.annotations, FOLDER}
        for key in (*session.index, *chain(*others)):
            place = key.rpartition("/")[0]
            if place not in inside:
                inside.add(place)
                if layout.annotations and session.index.row(key) is not None:
                    inside.add(session.index.annotation_key(key).rpartition("/")[0])
            if len(inside) > MOST_FOLDERS:
                break
        wanted = {str(folder / name) for name in inside if is_folder(folder / name)}
        if is_file(manifest := folder / MANIFEST_NAME):  # some programs write into it as it is
            wanted.add(str(manifest))
        if not self._again.isActive() and is_remote(folder):
            self._again.start()
        new = wanted - {*self.folders, *self._watcher.files()}
        if new:
            self._watcher.addPaths(sorted(new))

    def _look_if_used(self) -> None:
        session, used = self._session, Qt.ApplicationState.ApplicationActive
        if session is not None and QGuiApplication.applicationState() == used \
                and not (session.index.scanning or session.index.summarizing):
            self._look()

    def _own(self, _key: str) -> None:
        self._saved = time.monotonic()

    def _look(self) -> None:
        session = self._session
        if session is None:
            return
        index = session.index
        session.outside.look()
        if session.sounds_if_read is not None:
            session.sounds_if_read.changes.check()
        if session.videos_if_read is not None:
            session.videos_if_read.look_again()
        if session.events_if_read is not None:
            session.events_if_read.look_again()
        if index.scanning or index.summarizing:
            self._rest.start()
        elif len(index) <= MANY or time.monotonic() - self._saved > OWN_SECONDS:
            index.refresh()


def is_remote(folder: Path) -> bool:
    """Whether a folder is on a network disk, of whose changes elsewhere this computer is not told
    (Windows is told)."""
    kind = bytes(QStorageInfo(str(folder)).fileSystemType().data()).decode("ascii", "replace")
    return any(name in kind.lower() for name in _REMOTE)
