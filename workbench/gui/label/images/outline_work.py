"""What takes a while with long outlines: on a thread, so that the window goes on meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from workbench.core.background import WorkQueue
from workbench.gui.background.threads import work_queue
from workbench.gui.label.images.editor import Editor

AT_ONCE = 2000
"""Up to so many runs and points nobody notices that the window does it: some 20 ms."""


class OutlineWork(QObject):
    """Does the work of an editor, one after the other."""

    def __init__(self, editor: Editor, parent: QObject) -> None:
        super().__init__(parent)
        self._editor = editor
        self._left = 0  # of what was asked for; the thread may still be at what is given back
        self._queue: WorkQueue[object] = work_queue(self, "outlines")
        editor.work_out = self.do

    @property
    def busy(self) -> bool:
        return not self._queue.is_idle

    def do(self, length: int, words: str, work: Callable[[], Any],
           then: Callable[[Any], object]) -> None:
        """Have ``then`` called with the result of ``work``, which is done with outlines of
        ``length`` points and runs; meanwhile the status bar says ``words``."""
        if length <= AT_ONCE:
            then(work())
            return

        def made(result: Any) -> None:
            self._left -= 1
            if not self._left:
                self._say("")
            then(result)

        self._left += 1
        self._queue.ask(object(), work, made)
        self._say(words)

    def close(self) -> None:
        """End the thread."""
        self._queue.close()

    def _say(self, words: str) -> None:
        if words != self._editor.working:
            self._editor.working = words
            self._editor.mode_changed.emit()
