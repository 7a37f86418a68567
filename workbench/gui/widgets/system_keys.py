"""Keys on a Mac: some of the usual ones are the system's own there, or on no keyboard."""

from __future__ import annotations

import sys

from PySide6.QtCore import Qt

_TAKEN = {"Ctrl+H": "Ctrl+Shift+H", "F11": "Ctrl+Meta+F"}
"""What hides the program there, and clears the desk, and what stands for it instead."""


def system_keys(keys: tuple[str, ...]) -> tuple[str, ...]:
    """The keys of an action (in Qt's portable text) as this system has them.

    A Mac's key "delete" is Qt's Backspace; few of its keyboards have another one.
    """
    if sys.platform != "darwin":
        return keys
    found: list[str] = []
    for key in keys:
        found += ("Backspace", "Del") if key == "Del" else (_TAKEN.get(key, key),)
    return tuple(dict.fromkeys(found))


def deletes(key: int) -> bool:
    """Whether a list takes ``key`` for the one that deletes."""
    return key == Qt.Key.Key_Delete or (
        sys.platform == "darwin" and key == Qt.Key.Key_Backspace)
