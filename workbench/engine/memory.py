"""Keep what a step frees for the next one, instead of handing it back to the system.

The C library of Linux maps every large block anew and unmaps it when it is freed, so each tensor of
a step is memory that the system has to find and clear, page by page of 4 kB, when it is first
written: a tenth to a quarter of a training step on two cores. Blocks from a heap that is never
trimmed, in pages of 2 MB where the system has them, come back as they were left (M. Kerrisk,
mallopt(3); the figures are in docs/performance.md).
"""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4  # names of mallopt(3)
_HUGE_PAGES = 14  # MADV_HUGEPAGE of madvise(2)
_PAGE = 2 * 2**20  # bytes of a huge page
_GROWTH = 64 * 2**20  # bytes by which the heap grows at least
_SHARE, _MOST = 4, 8 * 2**30  # of the machine's memory, and bytes, that may lie in huge pages


@contextmanager
def kept_memory() -> Iterator[None]:
    """Keep freed memory inside the block, and give it back after it; for a job of the engine."""
    libc = _keep()
    try:
        yield
    finally:
        if libc is not None:
            libc.malloc_trim(0)


@cache
def _keep() -> ctypes.CDLL | None:
    """Once in a process; None where there is another C library, which is left as it is."""
    if sys.platform != "linux" or platform.libc_ver()[0] != "glibc":
        return None
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    libc.free.restype, libc.free.argtypes = None, [ctypes.c_void_p]
    libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    libc.malloc_trim.argtypes = [ctypes.c_size_t]
    libc.mallopt(_MMAP_MAX, 0)
    libc.mallopt(_TRIM_THRESHOLD, -1)
    libc.mallopt(_TOP_PAD, _GROWTH)
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    _ask_for_huge_pages(libc, min(whole // _SHARE, _MOST))
    return libc


def _ask_for_huge_pages(libc: ctypes.CDLL, size: int) -> None:
    """Let the heap grow by ``size`` bytes, none of which is used yet, and have them in huge pages.

    Where the system has none or allows less, nothing is different.
    """
    block = libc.malloc(size)
    if block:
        start = -(-block // _PAGE) * _PAGE
        libc.madvise(start, (block + size - start) // _PAGE * _PAGE, _HUGE_PAGES)
        libc.free(block)
