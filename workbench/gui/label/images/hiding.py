"""The key that hides labels and suggestions: a press hides them, or shows them again; held longer,
they are hidden as long as it is held."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer

from workbench.gui.label.hold_key import HoldKey
from workbench.gui.label.images.editor import Editor

HELD_S = 0.35
"""Who lets go sooner has only pressed the key."""
REPEATED_MS = 30
"""A key that goes down again so soon has only repeated itself."""


class HideWhileHeld(QObject):
    """Hides what lies over the editor's image.

    Parameters
    ----------
    clock
        Gives seconds.
    """

    def __init__(self, editor: Editor, parent: QObject,
                 clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self._editor, self._clock = editor, clock
        self._since: float | None = None  # when the key hid it, as long as it is down
        self._before: float | None = None  # the same, of a key that may only repeat itself
        self._show = QTimer(self, singleShot=True, interval=REPEATED_MS)
        self._show.timeout.connect(lambda: editor.set_hidden(False))
        self.key = HoldKey(Qt.Key.Key_H, self._let_go, self._go_on, self)

    def press(self) -> None:
        """The key went down, or the action was chosen elsewhere."""
        if self.key.repeating:
            return
        self._show.stop()
        self._before = None
        hide = not self._editor.hidden
        self._since = self._clock() if hide else None
        self._editor.set_hidden(hide)

    def _let_go(self) -> None:
        since, self._since = self._since, None
        if since is None:
            return  # the window and the widget in it are told of the same key
        self._before = since
        if self._clock() - since >= HELD_S:
            self._show.start()

    def _go_on(self) -> bool:
        since, self._before = self._before, None
        if since is None:
            return False
        self._show.stop()
        self._since = since
        self._editor.set_hidden(True)
        return True
