"""Runs something on the window's thread, asked for by any thread."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal


class GuiThreadCaller(QObject):
    """Call it with a function: that runs on the thread this object was made on, soon and in order.

    After :meth:`close` nothing is run any more, so that threads that come late touch nothing that
    has gone.
    """

    _posted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open = True
        self._posted.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def __call__(self, function: Callable[[], None]) -> None:
        if self._open:
            self._posted.emit(function)

    def close(self) -> None:
        """Forget what is under way and all that comes later."""
        self._open = False

    def _run(self, function: Callable[[], None]) -> None:
        if self._open:
            function()
