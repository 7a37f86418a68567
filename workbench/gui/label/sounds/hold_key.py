"""A key that does something as long as it is held."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence

from workbench.gui.widgets.held_keys import is_same_press


class HoldKey(QObject):
    """Hears ``key`` go up, wherever the keyboard is; going down is a shortcut's business.

    A key that is held repeats itself: :attr:`repeating` tells that from a new press
    (:func:`is_same_press`). Another window that takes the keyboard lets go, too.

    Parameters
    ----------
    let_go
        Called when the key goes up.
    go_on
        Called when that was no letting go; returns whether what the key does still goes on.
    """

    def __init__(self, key: Qt.Key, let_go: Callable[[], object], go_on: Callable[[], bool],
                 parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._key: Qt.Key | None = key
        self._let_go = let_go
        self._go_on = go_on
        self._up_at: int | None = None  # time stamp of the last going up, until it goes down
        self._down_at = 0
        self.repeating = False
        app = QCoreApplication.instance()
        if isinstance(app, QGuiApplication):
            app.installEventFilter(self)
            app.applicationStateChanged.connect(self._state_changed)

    def set_keys(self, keys: str) -> None:
        """Listen to another key, in Qt's portable text; "" is none."""
        sequence = QKeySequence(keys)
        self._key = None if sequence.isEmpty() else sequence[0].key()  # type: ignore[index]
        self.repeating, self._up_at = False, None

    def close(self) -> None:
        """Hear nothing any more."""
        app = QCoreApplication.instance()
        if isinstance(app, QGuiApplication):
            app.removeEventFilter(self)
            app.applicationStateChanged.disconnect(self._state_changed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # the quickest question first: every event of the program comes by
        if isinstance(event, QKeyEvent) and event.key() == self._key:
            kind = event.type()
            if kind == QEvent.Type.ShortcutOverride:
                self._down(event)
            elif kind == QEvent.Type.KeyRelease and not event.isAutoRepeat():
                self.repeating = False
                self._up_at = event.timestamp()
                self._let_go()
        return False

    def _state_changed(self, state: Qt.ApplicationState) -> None:
        if state != Qt.ApplicationState.ApplicationActive:
            self.repeating, self._up_at = False, None
            self._let_go()

    def _down(self, event: QKeyEvent) -> None:
        stamp, again = event.timestamp(), event.isAutoRepeat()
        up, self._up_at = self._up_at, None
        if up is None:  # the window and the widget in it are told of the same press
            self.repeating = again or (self.repeating and stamp == self._down_at)
        else:
            self.repeating = is_same_press(up, stamp, again) and (self._go_on() or again)
        self._down_at = stamp
