"""What Audio remembers between two starts: widths, folds, and per project where one was."""

from __future__ import annotations

import hashlib
from pathlib import Path

from PySide6.QtCore import QSettings


class Memory:
    """Reads and writes settings under ``audio/``; values of another version read as nothing."""

    def __init__(self, settings: QSettings) -> None:
        self._settings = settings

    def width(self, name: str, usual: int) -> int:
        """Width of a panel in logical pixels."""
        try:
            return int(str(self._settings.value(f"audio/width/{name}", usual)))
        except ValueError:
            return usual

    def set_width(self, name: str, width: int) -> None:
        self._settings.setValue(f"audio/width/{name}", width)

    def folded(self, name: str) -> bool:
        return str(self._settings.value(f"audio/folded/{name}", "no")) == "yes"

    def set_folded(self, name: str, folded: bool) -> None:
        self._settings.setValue(f"audio/folded/{name}", "yes" if folded else "no")

    def last_clip(self, folder: Path) -> str:
        """Key of the clip of a project that was shown last, or ""."""
        return str(self._settings.value(self._key(folder, "last"), ""))

    def remember_clip(self, folder: Path, key: str) -> None:
        self._settings.setValue(self._key(folder, "last"), key)

    def _key(self, folder: Path, name: str) -> str:
        digest = hashlib.blake2b(str(folder).encode("utf-8", "surrogateescape"), digest_size=8)
        return f"projects/{digest.hexdigest()}/audio/{name}"
