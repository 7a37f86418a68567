"""A key that does something as long as it is held."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QWindow

from workbench.gui.widgets.held_keys import is_same_press

QUIET_MS = 1000
"""So long after the key went up, no repetition of it comes any more."""


class HoldKey(QObject):
    """Hears ``key`` go up, wherever the keyboard is; going down is a shortcut's business.

    A key that is held repeats itself: :attr:`repeating` tells that from a new press
    (:func:`is_same_press`). Another program that takes the keyboard lets go, too.

    Looking at every event of the program slows all of it, so that is done only while the key is
    down: until then it is enough to hear the windows that have had the keyboard.

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
        self._quiet = QTimer(self, singleShot=True, interval=QUIET_MS)
        self._quiet.timeout.connect(self._hear_windows_only)
        app = QCoreApplication.instance()
        if isinstance(app, QGuiApplication):
            app.applicationStateChanged.connect(self._state_changed)
            app.focusWindowChanged.connect(self._hear_window)
            self._hear_window(app.focusWindow())

    def set_keys(self, keys: str) -> None:
        """Listen to another key, in Qt's portable text; "" is none."""
        sequence = QKeySequence(keys)
        self._key = None if sequence.isEmpty() else sequence[0].key()  # type: ignore[index]
        self.repeating, self._up_at = False, None
        self._quiet.start()

    def close(self) -> None:
        """Hear nothing any more."""
        self._key = None
        self._quiet.stop()
        app = QCoreApplication.instance()
        if isinstance(app, QGuiApplication):
            app.removeEventFilter(self)
            app.applicationStateChanged.disconnect(self._state_changed)
            app.focusWindowChanged.disconnect(self._hear_window)

    def _hear_window(self, window: QWindow | None) -> None:
        if window is not None:
            window.installEventFilter(self)  # a second time is none

    def _hear_program(self) -> None:
        """The key may go up in a menu, which never has the keyboard by itself."""
        self._quiet.stop()
        app = QCoreApplication.instance()
        if app is not None:
            app.installEventFilter(self)

    def _hear_windows_only(self) -> None:
        app = QCoreApplication.instance()
        if app is not None:
            app.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # the quickest question first: many events come by
        if isinstance(event, QKeyEvent) and event.key() == self._key:
            kind = event.type()
            if kind == QEvent.Type.ShortcutOverride:
                self._hear_program()
                self._down(event)
            elif kind == QEvent.Type.KeyRelease and not event.isAutoRepeat():
                self.repeating = False
                self._up_at = event.timestamp()
                self._quiet.start()
                self._let_go()
        return False

    def _state_changed(self, state: Qt.ApplicationState) -> None:
        if state != Qt.ApplicationState.ApplicationActive:
            self.repeating, self._up_at = False, None
            self._quiet.start()
            self._let_go()

    def _down(self, event: QKeyEvent) -> None:
        stamp, again = event.timestamp(), event.isAutoRepeat()
        up, self._up_at = self._up_at, None
        if up is None:  # the window and the widget in it are told of the same press
            self.repeating = again or (self.repeating and stamp == self._down_at)
        else:
            self.repeating = is_same_press(up, stamp, again) and (self._go_on() or again)
        self._down_at = stamp
