"""Windows that flash up: a widget that is shown before it has a parent is one for a moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget


class WindowWatch(QObject):
    """Notes every window that is shown: parts of one must not flash up as windows."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[QWidget] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.shown.append(watched)
        return False


@contextmanager
def watched_windows(app: QApplication) -> Iterator[WindowWatch]:
    """Watch inside the block."""
    watch = WindowWatch()
    app.installEventFilter(watch)
    yield watch
    app.removeEventFilter(watch)
    watch.shown.clear()
