"""Reading the events of an earlier run on a thread: a long one has a hundred thousand of them."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from workbench.gui.training.history import RunHistory
from workbench.jobs.messages import Event, ProtocolError, decode_event
from workbench.project.runs import RunFolder


def events_of(run: RunFolder) -> Iterator[Event]:
    """The events in ``metrics.jsonl``; lines that are no events are left out."""
    for line in run.lines():
        try:
            yield decode_event(line)
        except ProtocolError:
            continue


def read_history(run: RunFolder) -> RunHistory:
    """The whole history of a run as its folder tells it."""
    state = run.state
    history = RunHistory.of(run.name, events_of(run), str(state["state"]))
    history.message = history.message or str(state.get("message") or "")
    return history


class HistoryLoader(QObject):
    """Reads one history at a time.

    Signals
    -------
    loaded
        (run name, :class:`RunHistory`)
    """

    loaded = Signal(str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)

    def load(self, run: RunFolder) -> None:
        """Read ``run``; older wishes that were not begun yet are dropped."""
        self._pool.clear()
        self._pool.start(_Read(run, self))

    def close(self) -> None:
        """Wait for the thread."""
        self._pool.clear()
        self._pool.waitForDone()


class _Read(QRunnable):
    def __init__(self, run: RunFolder, loader: HistoryLoader) -> None:
        super().__init__()
        self._run, self._loader = run, loader

    def run(self) -> None:
        history = read_history(self._run)
        try:
            self._loader.loaded.emit(self._run.name, history)
        except RuntimeError:
            # The window was closed meanwhile: nobody waits for this history.
            return
