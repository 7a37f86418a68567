"""Whether an open project's folder is still the one that was opened.

A folder that was renamed must not be made again, and nothing may be written into the bare mount
point that a disconnected disk or network share leaves behind.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from workbench.core.errors import WorkbenchError

Landmarks = Callable[[], Iterable[bool]]
"""For each thing that was in the folder, whether it is there now; looked at until one is."""


class FolderGoneError(WorkbenchError):
    """The project's folder is not there; what is to be written waits until it is back."""

    @classmethod
    def of(cls, folder: Path) -> FolderGoneError:
        """The sentence about ``folder``."""
        return cls(
            f"The folder “{folder.name}” is gone: it was renamed or moved, or its disk or network "
            "share was disconnected",
            kept="Your changes are kept in this window and saved when it is back.",
        )


class FolderIdentity:
    """Knows the folder by its place on the disk and by what it held.

    A network share that comes back may have another number on the system: then what it holds tells.
    For any thread.
    """

    def __init__(self, folder: Path, landmarks: Landmarks = lambda: ()) -> None:
        self._folder = folder
        self._landmarks = landmarks
        self._known = _identity(folder)

    def is_there(self) -> bool:
        """Whether there is a folder of that name, and the same one."""
        now = _identity(self._folder)
        if now is None:
            return False
        looked = False
        for there in self._landmarks():
            if there:
                self._known = now
                return True
            looked = True
        return now == self._known and not (looked and _is_bare(self._folder))

    def require(self) -> None:
        """Raise :class:`FolderGoneError` if the folder is not there."""
        if not self.is_there():
            raise FolderGoneError.of(self._folder)


def _is_bare(folder: Path) -> bool:
    """Whether nothing is in it, or one may not look."""
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is None
    except OSError:
        return True


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        state = os.stat(folder)  # noqa: PTH116  before every save
    except OSError:
        return None
    return state.st_dev, state.st_ino
