"""Open regular files only, and read no more of them than fits.

A pipe called ``photo.jpg`` would hold a reader for ever, a device never ends, and a file of several
gigabytes that should hold a page of text takes all memory. Everything in a person's folder is
therefore opened here. What takes a path and opens it itself (Qt, libsndfile, Pillow) is given one
that :func:`require_regular` has let through, or the open file.
"""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from workbench.core.errors import UnusableFileError
from workbench.formats.atomic import DiskErrors

MB = 1_000_000
MOST_RATIO = 200
"""How many times its size an archive may hold."""
FREELY_UNPACKED = 100 * MB
"""Bytes that are never held against that."""
_PIECE = 1 << 20  # bytes read at a time
TEXT_LIMIT = 64 * MB
"""Bytes of a text that is read as a whole: an annotation of 250,000 boxes."""
_WAY_OUT = ("; cut the image or recording that it labels into several, or divide a table of many "
            "files among several projects")
"""What a person can do: labels are what grows so large among such texts."""

_KINDS = (
    (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"),
)
# Neither wait for the other end of a pipe nor make a terminal this program's own.
_FLAGS = (os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
          | getattr(os, "O_BINARY", 0))


def require_regular(path: str | os.PathLike[str], limit: int | None = None) -> os.stat_result:
    """State of the regular file at ``path``; links are followed.

    Parameters
    ----------
    limit
        Most bytes that it may have; None: any number.

    Raises
    ------
    OSError
        If it cannot be looked at; :class:`~workbench.core.errors.UnusableFileError` if it is no
        regular file or larger than ``limit``.
    """
    return _fit(os.stat(path), path, limit)  # noqa: PTH116  the index asks 100,000 times


def open_regular(path: str | os.PathLike[str], limit: int | None = None) -> BinaryIO:
    """Open a regular file for reading its bytes; raises as :func:`require_regular`.

    The file is looked at before, so that no device is touched, and again once it is open.
    """
    descriptor, _ = open_descriptor(path, limit)
    try:
        return os.fdopen(descriptor, "rb", io.DEFAULT_BUFFER_SIZE)  # else it asks for a terminal
    except BaseException:
        os.close(descriptor)
        raise


def open_descriptor(path: str | os.PathLike[str], limit: int | None = None) -> tuple[int, int]:
    """As :func:`open_regular`, for who reads all of it: the descriptor and the size in bytes.

    A stream asks the system four things more, which shows in 100,000 small files.
    """
    require_regular(path, limit)
    descriptor = os.open(path, _FLAGS)
    try:
        return descriptor, _fit(os.fstat(descriptor), path, limit).st_size
    except BaseException:
        os.close(descriptor)
        raise


def pieces_of(descriptor: int, size: int) -> Iterator[bytes]:
    """The content of an open file of about ``size`` bytes, in pieces of at most 1 MiB, to its end:
    it may grow while it is read, and those in /proc say that they are empty."""
    most = min(size, _PIECE) + 1  # so that a small file is one piece
    while piece := os.read(descriptor, most):
        yield piece
        most = _PIECE


def most_unpacked(packed: int) -> int:
    """How many bytes may be in an archive of ``packed`` bytes: images hardly shrink, and texts by
    20 at most."""
    return max(FREELY_UNPACKED, packed * MOST_RATIO)


def read_regular(path: str | os.PathLike[str], limit: int = TEXT_LIMIT) -> bytes:
    """All bytes of a regular file; raises as :func:`require_regular`."""
    descriptor, size = open_descriptor(path, limit)
    read, pieces = 0, []
    try:
        for piece in pieces_of(descriptor, size):
            pieces.append(piece)
            read += len(piece)
            if read > limit:
                raise _too_large(path, limit)
    finally:
        os.close(descriptor)
    return b"".join(pieces)


def read_file(path: Path, limit: int = TEXT_LIMIT) -> bytes:
    """As :func:`read_regular`, with this program's own error.

    Raises
    ------
    WorkbenchError
        With path and reason.
    """
    with DiskErrors(path, "read"):
        return read_regular(path, limit)


def _fit(state: os.stat_result, path: str | os.PathLike[str], limit: int | None) -> os.stat_result:
    if stat.S_ISDIR(state.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    if not stat.S_ISREG(state.st_mode):
        kind = next((words for holds, words in _KINDS if holds(state.st_mode)), "something else")
        raise UnusableFileError(errno.EINVAL, f"it is not a file but {kind}", os.fspath(path))
    if limit is not None and state.st_size > limit:
        raise _too_large(path, limit)
    return state


def _too_large(path: str | os.PathLike[str], limit: int) -> UnusableFileError:
    size = f"{limit / MB:.0f} MB" if limit >= MB else f"{limit} bytes"
    way = _WAY_OUT if limit == TEXT_LIMIT else ""
    return UnusableFileError(errno.EFBIG, f"it is larger than {size}, too large for a file of its "
                             f"kind{way}", os.fspath(path))
