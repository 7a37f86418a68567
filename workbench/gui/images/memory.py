"""What Images remembers between two starts: widths, folds, and per project where one was."""

from __future__ import annotations

import hashlib
from pathlib import Path

from PySide6.QtCore import QSettings


class Memory:
    """Reads and writes settings under ``images/``; values of another version read as nothing."""

    def __init__(self, settings: QSettings) -> None:
        self._settings = settings

    def width(self, name: str, usual: int) -> int:
        """Width of a panel in logical pixels."""
        try:
            return int(str(self._settings.value(f"images/width/{name}", usual)))
        except ValueError:
            return usual

    def set_width(self, name: str, width: int) -> None:
        self._settings.setValue(f"images/width/{name}", width)

    def folded(self, name: str) -> bool:
        """Whether a panel was folded away."""
        return str(self._settings.value(f"images/folded/{name}", "no")) == "yes"

    def set_folded(self, name: str, folded: bool) -> None:
        self._settings.setValue(f"images/folded/{name}", "yes" if folded else "no")

    def of_project(self, folder: Path, name: str) -> str:
        """A remembered text of the project in ``folder``, or ""."""
        return str(self._settings.value(self._key(folder, name), ""))

    def remember(self, folder: Path, name: str, value: str) -> None:
        key = self._key(folder, name)
        if str(self._settings.value(key, "")) != value:
            self._settings.setValue(key, value)

    def _key(self, folder: Path, name: str) -> str:
        digest = hashlib.blake2b(str(folder).encode("utf-8", "surrogateescape"), digest_size=8)
        return f"projects/{digest.hexdigest()}/images/{name}"
