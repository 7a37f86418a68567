"""What a person chose is there again next time: widths, folds, the place in a project."""

from __future__ import annotations

import math
from _blake2 import blake2b  # hashlib, which has the same one, loads all of OpenSSL: 2 ms
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QSplitter

_WIDEST = 10_000
"""Logical pixels of a panel, at most."""


def remember_splitter(splitter: QSplitter, settings: QSettings, key: str) -> None:
    """Give ``splitter`` the widths it had, and keep them under ``key`` whenever one is dragged."""
    state = settings.value(key)
    if isinstance(state, QByteArray):
        splitter.restoreState(state)
    splitter.splitterMoved.connect(lambda: settings.setValue(key, splitter.saveState()))


def stored_number(settings: QSettings, key: str, usual: float, least: float, most: float) -> float:
    """A number that is kept, brought into its range; what is none, as of another version or in a
    damaged file, reads as the usual one."""
    try:
        value = float(str(settings.value(key, usual)))
    except ValueError:
        return usual
    return usual if math.isnan(value) else min(max(value, least), most)


class PlaceMemory:
    """What a place remembers between two starts: widths, folds, and per project where one was.

    Reads and writes settings under ``PLACE/``; values of another version read as nothing.
    """

    def __init__(self, settings: QSettings, place: str) -> None:
        self._settings = settings
        self._place = place

    def width(self, name: str, usual: int) -> int:
        """Width of a panel in logical pixels."""
        return int(stored_number(self._settings, f"{self._place}/width/{name}", usual, 0, _WIDEST))

    def set_width(self, name: str, width: int) -> None:
        self._settings.setValue(f"{self._place}/width/{name}", width)

    def folded(self, name: str) -> bool:
        """Whether a panel was folded away."""
        return str(self._settings.value(f"{self._place}/folded/{name}", "no")) == "yes"

    def set_folded(self, name: str, folded: bool) -> None:
        self._settings.setValue(f"{self._place}/folded/{name}", "yes" if folded else "no")

    def option(self, name: str, *, usual: bool) -> bool:
        """Whether an option of the place is on."""
        return str(self._settings.value(f"{self._place}/{name}", "yes" if usual else "no")) == "yes"

    def set_option(self, name: str, *, on: bool) -> None:
        self._settings.setValue(f"{self._place}/{name}", "yes" if on else "no")

    def of_project(self, folder: Path, name: str) -> str:
        """A remembered text of the project in ``folder``, or ""."""
        return str(self._settings.value(self._key(folder, name), ""))

    def remember(self, folder: Path, name: str, value: str) -> None:
        key = self._key(folder, name)
        if str(self._settings.value(key, "")) != value:
            self._settings.setValue(key, value)

    def _key(self, folder: Path, name: str) -> str:
        digest = blake2b(str(folder).encode("utf-8", "surrogateescape"), digest_size=8)
        return f"projects/{digest.hexdigest()}/{self._place}/{name}"
