"""Temporary folders that go also where the program was killed while it used them.

In each lies a file that its process keeps locked. A lock ends with its process, however that ends,
so a folder whose file can be locked was left behind: whoever next makes one in the same place
removes it. A folder without that file is never touched, and one of another computer on a shared
disk, whose lock may not be seen here, only when it is old.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from workbench.formats.locks import computer_name, try_lock

MARK = ".workbench-scratch"
"""The file that says whose folder it is."""
_KEEPS_READ_ONLY = os.name == "nt"
_TRIES = 20
_OLD = 7 * 86_400.0  # seconds: nobody works on one for longer
_PATIENCE = 2.0  # seconds that nobody waits for a folder longer


@contextmanager
def scratch_folder(prefix: str, place: Path | None = None) -> Iterator[Path]:
    """A new folder in ``place`` (that of temporary files), removed when the block ends.

    Besides :data:`MARK` it is empty. What killed processes left there goes first.

    Raises
    ------
    OSError
        If the disk refuses.
    """
    place = place or Path(tempfile.gettempdir())
    remove_abandoned(place, _PATIENCE)
    folder, descriptor = _new_folder(prefix, place)
    try:
        yield folder
    finally:
        os.close(descriptor)  # Windows removes no open file
        remove_tree(folder)


def remove_tree(folder: str | os.PathLike[str],
                refused: Callable[[OSError], object] = lambda error: None) -> None:
    """Remove a folder with all that is in it, also what is marked as read-only, which Windows
    removes for nobody.

    Parameters
    ----------
    refused
        Called for each thing that could not be removed; the rest goes all the same.
    """
    def again(call: Callable[[str], object], path: str, failure: tuple[Any, Any, Any]) -> None:
        error = failure[1]
        try:
            if not _KEEPS_READ_ONLY or call not in (os.unlink, os.rmdir):
                raise error
            os.chmod(path, stat.S_IWRITE)
            call(path)
        except OSError as last:
            refused(last)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # its name before Python 3.12
        shutil.rmtree(folder, onerror=again)


def remove_abandoned(place: Path, seconds: float) -> None:
    """Remove the scratch folders in ``place`` that no process uses any more.

    Parameters
    ----------
    seconds
        For so long; what is left then waits for the next time.
    """
    until = time.monotonic() + seconds
    with suppress(OSError), os.scandir(place) as entries:
        for entry in entries:
            if _may_be_ours(entry.name) and entry.is_dir(follow_symlinks=False):
                with suppress(OSError):
                    _remove_if_abandoned(entry.path, until)


def _may_be_ours(name: str) -> bool:
    return name.startswith(("workbench-", "."))


def _new_folder(prefix: str, place: Path) -> tuple[Path, int]:
    """The folder, and the descriptor of the file in it that is locked."""
    for _ in range(_TRIES):
        folder = place / f"{prefix}{os.urandom(8).hex()}"
        # Windows would keep others out also of what is moved from here to where they work with it.
        folder.mkdir(0o700 if os.name == "posix" else 0o777)
        try:
            descriptor = os.open(folder / MARK, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        except FileNotFoundError:
            continue
        except OSError:
            remove_tree(folder)
            raise
        with suppress(OSError):
            os.write(descriptor, _here())
        # another process may have found it in between, unlocked, and be about to remove it
        if try_lock(descriptor) is not False and os.path.lexists(folder / MARK):
            return folder, descriptor
        os.close(descriptor)
    raise OSError(f"no folder could be made in {place}")


def _here() -> bytes:
    return computer_name().encode("utf-8", "surrogateescape")[:256]


def _remove_if_abandoned(folder: str, until: float) -> None:
    mark = os.path.join(folder, MARK)
    state = os.lstat(mark)
    if not stat.S_ISREG(state.st_mode) or (hasattr(os, "getuid") and state.st_uid != os.getuid()):
        return
    descriptor = os.open(mark, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    try:
        elsewhere = os.read(descriptor, 256) not in (b"", _here())
        if elsewhere and time.time() - state.st_mtime < _OLD:
            return
        if try_lock(descriptor) is not True or not _emptied(folder, until):
            return
        if os.name == "posix":
            remove_tree(folder)
    finally:
        os.close(descriptor)
    remove_tree(folder)


def _unlink(path: str) -> None:
    if _KEEPS_READ_ONLY:
        os.chmod(path, stat.S_IWRITE)
    os.unlink(path)


def _emptied(folder: str, until: float) -> bool:
    """Remove all but the file that marks the folder, which goes last; False where time is up."""
    for root, folders, files in os.walk(folder, topdown=False):
        for name in files:
            if name != MARK:
                _unlink(os.path.join(root, name))
        for name in folders:
            path = os.path.join(root, name)
            os.unlink(path) if os.path.islink(path) else os.rmdir(path)
        if time.monotonic() > until:
            return False
    return True
