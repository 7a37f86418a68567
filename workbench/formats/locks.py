"""Locks between processes: around the replacing of a file, and for as long as a folder is open.

They end with the process that has them, however it ends. Where the system or a network disk has no
locks, everything goes on without.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PATIENCE = 2.0  # seconds; a lock around a rename is held for less than a millisecond
_REFUSED = frozenset({errno.EAGAIN, errno.EACCES, errno.EDEADLK})
_FAR = 1 << 20  # Windows locks bytes also against readers: one behind all that is written

if sys.platform == "win32":
    import msvcrt

    def try_lock(descriptor: int) -> bool | None:
        """Lock an open file for this process; False where another has it, None without locks."""
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            return False if error.errno in _REFUSED else None
        return True
else:
    import fcntl

    def try_lock(descriptor: int) -> bool | None:
        """Lock an open file for this process; False where another has it, None without locks."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            return False if error.errno in _REFUSED else None
        return True


def computer_name() -> str:
    """By which a lock of this computer is told from others on a shared disk."""
    if hasattr(os, "uname"):
        return str(os.uname().nodename)
    return os.environ.get("COMPUTERNAME", "")


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Let one process at a time replace files of ``folder``, of all that ask like this.

    Whoever hangs while holding it is not waited for longer than two seconds.
    """
    descriptor = _open(folder)
    try:
        if descriptor is not None:
            _wait(descriptor)
        yield
    finally:
        if descriptor is not None:
            with suppress(OSError):
                os.close(descriptor)


def _wait(descriptor: int) -> None:
    until, pause = time.monotonic() + _PATIENCE, 0.0005
    while try_lock(descriptor) is False and time.monotonic() < until:
        time.sleep(pause)
        pause = min(2 * pause, 0.02)


def _open(folder: Path) -> int | None:
    """The folder itself, which needs no file in it; Windows opens none and takes one elsewhere."""
    try:
        if sys.platform != "win32":
            return os.open(folder, os.O_RDONLY)
        import tempfile
        import zlib

        name = os.path.normcase(os.path.realpath(folder)).encode("utf-8", "surrogatepass")
        place = Path(tempfile.gettempdir()) / f"workbench-{zlib.crc32(name):08x}.lock"
        return os.open(place, os.O_RDWR | os.O_CREAT)
    except OSError:
        return None
