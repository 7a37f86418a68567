"""Widths that a person chose are there again next time."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QSplitter


def remember_splitter(splitter: QSplitter, settings: QSettings, key: str) -> None:
    """Give ``splitter`` the widths it had, and keep them under ``key`` whenever one is dragged."""
    state = settings.value(key)
    if isinstance(state, QByteArray):
        splitter.restoreState(state)
    splitter.splitterMoved.connect(lambda: settings.setValue(key, splitter.saveState()))
