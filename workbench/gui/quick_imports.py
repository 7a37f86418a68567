"""Makes the imports of the window quick; imported before all else that imports Qt.

PySide6 loads what writes its type stubs (``pyi_generator``, with argparse, logging and some large
patterns) whenever it is imported; nothing that runs uses it. Without it the first image is painted
with 5 % fewer instructions of the processor.

It puts two hooks into Python's ``import``, too. One of them reads the source of every module that
the program imports, to find out whether it uses the one spelling ("from __feature__ import …") that
nothing here uses. Without it the first image is painted after 306 ms of processor time instead of
333, the best of 14 starts each. The other hook, which makes Qt's classes when they are needed,
stays. With a PySide6 that does this no longer, or is imported already, nothing is changed.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


class _Nothing:
    """Finds the one module and has nothing in it."""

    def find_spec(self, name: str, _path: Sequence[str] | None,
                  _target: ModuleType | None = None) -> ModuleSpec | None:
        unused = name == "shibokensupport.signature.lib.pyi_generator"
        return ModuleSpec(name, _nothing) if unused else None

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        pass


_nothing: Any = _Nothing()
sys.meta_path.insert(0, _nothing)
try:
    import PySide6.QtCore  # noqa: F401
finally:
    sys.meta_path.remove(_nothing)

builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
