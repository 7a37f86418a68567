"""A key that does something as long as it is held."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent


class HoldKey(QObject):
    """Hears ``key`` go up, wherever the keyboard is; going down is a shortcut's business.

    A key that is held repeats itself: :attr:`repeating` tells that from a new press. Another window
    that takes the keyboard lets go, too.
    """

    def __init__(self, key: Qt.Key, let_go: Callable[[], object],
                 parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._key = key
        self._let_go = let_go
        self.repeating = False
        app = QCoreApplication.instance()
        if app is not None:
            app.installEventFilter(self)

    def close(self) -> None:
        """Hear nothing any more."""
        app = QCoreApplication.instance()
        if app is not None:
            app.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.ApplicationDeactivate:
            self._let_go()
        elif isinstance(event, QKeyEvent) and event.key() == self._key:
            if kind == QEvent.Type.ShortcutOverride:
                self.repeating = event.isAutoRepeat()
            elif kind == QEvent.Type.KeyRelease and not event.isAutoRepeat():
                self.repeating = False
                self._let_go()
        return False
