"""Reading the events of an earlier run on a thread: a long one has a hundred thousand of them."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, Signal

from workbench.core.background import WorkQueue
from workbench.gui.background.threads import work_queue
from workbench.gui.train.history import RunHistory
from workbench.jobs.events import Event
from workbench.jobs.protocol import ProtocolError, decode_event
from workbench.project.runs import RunFolder


def read_history(run: RunFolder) -> RunHistory:
    """The whole history of a run as its folder tells it; lines that are no events are counted."""
    state, left_out = run.state, 0

    def events() -> Iterator[Event]:
        nonlocal left_out
        for line in run.lines():
            try:
                yield decode_event(line)
            except ProtocolError:
                left_out += 1

    history = RunHistory.of(run.name, events(), state["state"])
    history.left_out = left_out
    history.message = history.message or state["message"]
    return history


class HistoryLoader(QObject):
    """Reads one history at a time."""

    loaded = Signal(str, object)
    """(run name, :class:`RunHistory`)"""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue: WorkQueue[str] = work_queue(self, "history")

    def load(self, run: RunFolder) -> None:
        """Read ``run``; older requests that were not begun yet are dropped."""
        self._queue.keep_only(lambda _: False)
        self._queue.ask(run.name, lambda: read_history(run),
                        lambda history: self.loaded.emit(run.name, history))

    def close(self) -> None:
        """Wait for the thread."""
        self._queue.close()
