"""What other programs, such as the shell, change in ``workbench.toml`` and ``splits/`` while a
project is open."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.background import BackgroundThread, Worker
from workbench.core.paths import file_stamp
from workbench.core.signal import Signal
from workbench.project.layout import MANIFEST_NAME
from workbench.project.manifest import Manifest

if TYPE_CHECKING:
    from workbench.project.edits.manifest_file import ManifestFile
    from workbench.project.open_project import OpenProject

Stamps = tuple[tuple[int, int] | None, frozenset[tuple[str, tuple[int, int] | None]]]
"""Of workbench.toml, and of the splits by their names."""


class OutsideChanges:
    """Looks when it is told to, and says what is other."""

    def __init__(self, session: OpenProject, file: ManifestFile) -> None:
        self.settings_read: Signal[()] = Signal()
        """``workbench.toml`` says something else, which counts from now on."""
        self.split_changed: Signal[()] = Signal()
        """A file in ``splits/`` is another one, also where this program wrote it."""
        self._session, self._file = session, file
        self._worker = Worker(name="changes of others", post=session.post)
        self._again = False
        self._stamps = _stamps(session.folder)

    def look(self) -> None:
        """See what there is by now; told soon."""
        if self._worker.busy:
            self._again = True
            return
        folder, before = self._session.folder, self._stamps

        def work(_thread: BackgroundThread) -> tuple[Stamps, Manifest | None]:
            now = _stamps(folder)
            return now, Manifest.load(folder) if now[0] not in (None, before[0]) else None

        self._worker.start(work, self._take)

    def close(self) -> None:
        """End the thread."""
        self._worker.cancel()

    def _take(self, seen: tuple[Stamps, Manifest | None]) -> None:
        before, (self._stamps, manifest) = self._stamps, seen
        if manifest is not None and self._file.take_in(manifest):
            self.settings_read.emit()
        if self._stamps[1] != before[1]:
            self.split_changed.emit()
        if self._again:
            self._again = False
            self.look()


def _stamps(folder: Path) -> Stamps:
    splits: list[tuple[str, tuple[int, int] | None]] = []
    with suppress(OSError), os.scandir(folder / "splits") as entries:  # mostly not there
        splits += [(entry.name, file_stamp(entry.path)) for entry in entries
                   if entry.name.endswith(".json")]
    return file_stamp(folder / MANIFEST_NAME), frozenset(splits)
