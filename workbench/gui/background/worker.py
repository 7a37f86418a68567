"""One thread for all that takes time, where only the newest wish of a kind counts."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, Signal

from workbench.core.errors import WorkbenchError


@dataclass(frozen=True, slots=True)
class _Task:
    kind: str
    epoch: int
    work: Callable[[], Any]
    then: Callable[[Any], object]
    failed: Callable[[str], object] | None


class Worker(QObject):
    """Runs work on a thread of its own and hands the results back on the window's thread.

    A wish replaces a waiting one of its kind, so that a dragged slider never queues up; what is
    being worked on is finished and shown. Kinds are served in the order they are declared.

    Parameters
    ----------
    kinds
        Names of the kinds, the most urgent first.
    """

    _done = Signal(object, object, object)
    idle = Signal()
    """Nothing is waiting or being worked on any more."""

    def __init__(self, kinds: tuple[str, ...], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kinds = kinds
        self._epochs = dict.fromkeys(kinds, 0)
        self._waiting: OrderedDict[str, _Task] = OrderedDict()
        self._changed = threading.Condition()
        self._open = 0
        self._stopped = False
        self._thread: threading.Thread | None = None
        self._done.connect(self._deliver)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.stop)

    def ask(
        self, kind: str, work: Callable[[], Any], then: Callable[[Any], object],
        failed: Callable[[str], object] | None = None,
    ) -> None:
        """Do ``work`` on the thread, then call ``then`` with its result.

        ``failed`` is called with the sentence of a :class:`WorkbenchError`. Whatever else is
        raised is a bug and is raised again on the window's thread.
        """
        with self._changed:
            if self._stopped:
                return
            if kind not in self._waiting:
                self._open += 1
            self._waiting[kind] = _Task(kind, self._epochs[kind], work, then, failed)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="results", daemon=True)
                self._thread.start()
            self._changed.notify()

    def cancel(self, *kinds: str) -> None:
        """Forget what waits of ``kinds`` (all without any), and what is on its way."""
        with self._changed:
            for kind in kinds or self._kinds:
                self._epochs[kind] += 1
                if self._waiting.pop(kind, None) is not None:
                    self._open -= 1

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits, is being done or is about to be delivered."""
        with self._changed:
            return self._open == 0

    def stop(self) -> None:
        """End the thread; work that has begun is finished, its result is dropped."""
        with self._changed:
            self._stopped = True
            self._waiting.clear()
            self._changed.notify_all()
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(10.0)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopped or self._waiting)
                if self._stopped:
                    return
                kind = next(name for name in self._kinds if name in self._waiting)
                task = self._waiting.pop(kind)
            result: Any = None
            problem: BaseException | None = None
            try:
                result = task.work()
            except Exception as error:  # told to the person, or raised again where it is seen
                problem = error
            with self._changed:
                if self._stopped:
                    return
                self._done.emit(task, result, problem)

    def _deliver(self, task: _Task, result: Any, problem: BaseException | None) -> None:
        with self._changed:
            self._open -= 1
            idle = self._open == 0
            wanted = task.epoch == self._epochs[task.kind] and not self._stopped
        try:
            if not wanted:
                return
            if problem is None:
                task.then(result)
            elif isinstance(problem, WorkbenchError) and task.failed is not None:
                task.failed(problem.sentence())
            else:
                raise problem
        finally:
            if idle and self.is_idle:
                self.idle.emit()
