"""Clips that were deleted or recorded: the step that has their files in the trash or where they
belong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from workbench.core.errors import WorkbenchError
from workbench.core.paths import is_file
from workbench.project.trash import PutAway, bring_back, put_away

if TYPE_CHECKING:
    from workbench.project.library.sounds import SoundLibrary

SAVE_SECONDS = 3.0
"""So long a deletion waits for labels that are still being written."""


class ClipFiles:
    """The step that adds new clips to a project, or deletes some: their files lie where they
    belong or in the trash.

    Parameters
    ----------
    adds
        Whether the step adds the clips, whose files are there already; else it deletes them.
    """

    def __init__(self, library: SoundLibrary, keys: Iterable[str], text: str, *,
                 adds: bool) -> None:
        self.text = text
        self._keys = tuple(keys)
        self.key = self._keys[0] if len(self._keys) == 1 else ""
        self._library = library
        self._adds = adds
        self._away: PutAway | None = None

    @property
    def lost(self) -> bool:
        """Whether the files were deleted for good."""
        return self._away is not None and not self._away.folder.is_dir()

    def do(self) -> None:
        self._there() if self._adds else self._gone()

    def undo(self) -> None:
        self._gone() if self._adds else self._there()

    def _there(self) -> None:
        self._library.session.identity.require()
        if self._away is not None:
            bring_back(self._library.folder, self._away)
            self._away = None
        self._library.add_keys(self._keys)

    def _gone(self) -> None:
        library = self._library
        library.session.identity.require()
        library.settle()
        library.session.saver.flush(SAVE_SECONDS)
        unsaved = next((key for key in self._keys if library.unsaved(key)), None)
        if unsaved is not None:
            raise WorkbenchError("its labels are not saved yet", path=library.path(unsaved),
                                 kept="Nothing was deleted.")
        files = (path for key in self._keys for path in library.files(key) if is_file(path))
        self._away = put_away(library.folder, files)
        library.remove_keys(self._keys)


class CopiedClips(ClipFiles):
    """The step that copied clips into a project, where the library is about to find them."""

    def __init__(self, library: SoundLibrary, keys: Iterable[str], text: str) -> None:
        super().__init__(library, keys, text, adds=True)
        self._fresh = True

    def do(self) -> None:
        if not self._fresh:
            super().do()
        self._fresh = False
