"""The key that hides labels and suggestions: a press hides them, or shows them again; held longer,
they are hidden as long as it is held."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt

from workbench.gui.label.hold_key import HoldKey
from workbench.gui.label.images.editor import Editor

HELD_S = 0.35
"""Who lets go sooner has only pressed the key."""


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
        self._let_go_at: float | None = None  # the same, of a key that may only repeat itself
        self.key = HoldKey(Qt.Key.Key_H, self._let_go, self._go_on, self)

    def press(self) -> None:
        """The key went down, or the action was chosen elsewhere."""
        if self.key.repeating:
            return
        hide = not self._editor.hidden
        self._since = self._clock() if hide else None
        self._editor.set_hidden(hide)

    def _let_go(self) -> None:
        since, self._since = self._since, None
        self._let_go_at = since
        if since is not None and self._clock() - since >= HELD_S:
            self._editor.set_hidden(False)

    def _go_on(self) -> bool:
        self._since = self._let_go_at
        if self._since is not None:
            self._editor.set_hidden(True)
        return self._since is not None
