"""Everything that imports Qt."""

from __future__ import annotations

import sys


def _keep_singletons_alive() -> None:
    """Keep PySide6 from ending the process on Python 3.11.

    PySide6 6.12's wheel gives back ``None`` from every call that returns nothing without taking a
    reference to it: right since Python 3.12, where ``None`` is immortal, but before that each call
    of Qt takes one reference away, and after some ten thousand the interpreter stops with
    "deallocating None". A reference count that cannot reach zero is what 3.12 does, too: with 3.12
    as the oldest Python this function goes.
    """
    if sys.version_info >= (3, 12) or sys.implementation.name != "cpython":
        return
    import ctypes

    for singleton in (None, True, False, NotImplemented, ...):
        # The count is an object's first word, except in debug builds, which nobody installs.
        if sys.getrefcount(singleton) < 1 << 40:
            ctypes.c_ssize_t.from_address(id(singleton)).value += 1 << 40


_keep_singletons_alive()

import workbench.gui.quick_imports  # noqa: E402, F401  once the guard stands
