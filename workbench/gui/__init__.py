"""Everything that imports Qt."""

from __future__ import annotations

import builtins
import sys


def _keep_singletons_alive() -> None:
    """Keep PySide6 from ending the process on Python 3.11.

    PySide6 6.12's wheel gives back ``None`` from every call that returns nothing without taking a
    reference to it: right since Python 3.12, where ``None`` is immortal, but before that each call
    of Qt takes one reference away, and after some ten thousand the interpreter stops with
    "deallocating None". A reference count that cannot reach zero is what 3.12 does, too.
    """
    if sys.version_info >= (3, 12) or sys.implementation.name != "cpython":
        return
    import ctypes

    for singleton in (None, True, False, NotImplemented, ...):
        # The count is an object's first word, except in debug builds, which nobody installs.
        if sys.getrefcount(singleton) < 1 << 40:
            ctypes.c_ssize_t.from_address(id(singleton)).value += 1 << 40


_keep_singletons_alive()


def _import_at_full_speed() -> None:
    """Take one of PySide6's two hooks out of Python's ``import``.

    It reads the source of every module that the program imports, to find out whether it uses the
    one spelling ("from __feature__ import …") that nothing here uses, and costs a twentieth of the
    time to the first paint. The other hook, which makes Qt's classes when they are needed, stays.
    Without PySide6, or with one that does this no longer, nothing is changed.
    """
    original = getattr(builtins, "__orig_import__", None)
    if original is not None:
        builtins.__import__ = original


_import_at_full_speed()
