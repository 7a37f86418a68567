"""Keeps what libraries of C print about damaged files off the terminal: the reader says it in a
sentence, with the file's name."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_lock = threading.Lock()
_depth = 0


def silence_libtiff(library: str) -> None:
    """Have libtiff print neither errors nor warnings.

    Parameters
    ----------
    library
        A library that is linked to it; one that does not show libtiff's functions is left as it is.
    """
    with suppress(OSError, AttributeError):
        tiff = ctypes.CDLL(library)
        for name in ("TIFFSetErrorHandler", "TIFFSetWarningHandler"):
            setter = getattr(tiff, name)
            setter.argtypes, setter.restype = [ctypes.c_void_p], ctypes.c_void_p
            setter(None)


@contextmanager
def silence_native_code() -> Iterator[None]:
    """Let what is printed through C's ``stderr`` inside the block go nowhere; for mpg123, which
    libsndfile keeps to itself with all its settings.

    Only that pointer is another one meanwhile. The file descriptor stays, by which Python prints,
    so nothing of ours is lost, whichever thread it comes from. With another C library than glibc
    nothing is done, as the pointer may be a constant there.
    """
    global _depth
    if _stderr is None:
        yield
        return
    with _lock:
        _depth += 1
        if _depth == 1:
            _stderr.value = _nowhere
    try:
        yield
    finally:
        with _lock:
            _depth -= 1
            if _depth == 0:
                _stderr.value = _real


def _find_stderr() -> ctypes.c_void_p | None:
    if sys.platform != "linux":
        return None
    try:
        if not str(os.confstr("CS_GNU_LIBC_VERSION")).startswith("glibc"):
            return None
        return ctypes.c_void_p.in_dll(ctypes.CDLL(None), "stderr")
    except (AttributeError, OSError, TypeError, ValueError):  # another C library
        return None


def _open_nowhere() -> int | None:
    libc = ctypes.CDLL(None)
    libc.fopen.argtypes, libc.fopen.restype = [ctypes.c_char_p] * 2, ctypes.c_void_p
    opened: int | None = libc.fopen(os.fsencode(os.devnull), b"w")
    return opened


_stderr = _find_stderr()
_real = _stderr.value if _stderr is not None else None
_nowhere = _open_nowhere() if _stderr is not None else None
if _nowhere is None:
    _stderr = None
