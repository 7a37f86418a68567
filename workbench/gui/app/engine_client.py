"""The window's end of the engine: commands go out, events come in, nothing blocks.

The process is started, written to and stopped on a thread of its own. Its events are collected
under a lock and handed to the window's thread at most thirty times a second, so that the cost of
an event storm does not reach the window.
"""

from __future__ import annotations

import itertools
import queue
import threading
import time
import weakref
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Protocol

from PySide6.QtCore import QCoreApplication, QObject, QStandardPaths, QTimer, Signal

from workbench.core.background import BackgroundThread
from workbench.core.errors import WorkbenchError
from workbench.core.text import tr
from workbench.jobs.commands import (
    Command,
    Control,
    Evaluate,
    Export,
    Predict,
    Preflight,
    ResumeRun,
    Shutdown,
    Train,
)
from workbench.jobs.events import (
    Event,
    Failed,
    Finished,
    LogLine,
    Paused,
    PreflightDone,
    Progress,
    Ready,
    Step,
    Unpaused,
)

State = Literal["off", "starting", "ready", "busy", "failed"]

DELIVERY_SECONDS = 1 / 30
STEPS_PER_DELIVERY = 16
LOG_LINES_PER_DELIVERY = 100
RESTARTS, RESTART_WINDOW_SECONDS = 3, 120.0
"""A crashed engine is started again, but not more often than so many times in that time."""

QUIT_SECONDS = 12.0
"""The longest that the end of the program waits for a run to save itself."""

_JOBS = (Train, ResumeRun, Evaluate, Predict, Export, Preflight)


class Engine(Protocol):
    """What is asked of :class:`workbench.jobs.runner.EngineProcess`."""

    on_event: Callable[[Event], None]
    on_exit: Callable[[int, str], None]

    def start(self) -> None: ...
    def send(self, command: Command) -> None: ...
    def stop(self) -> None: ...


def engine_process() -> Engine:
    """A local engine that has not been started yet; it logs to ``engine.log`` in the cache."""
    from workbench.jobs.runner import EngineProcess

    cache = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.CacheLocation)
    # what the window set for its own small sums is not for the engine
    return EngineProcess(log=Path(cache) / "engine.log" if cache else None,
                         environment={"OPENBLAS_NUM_THREADS": ""})


class EngineClient(QObject):
    """One engine, as the window sees it.

    Parameters
    ----------
    factory
        Makes the process; a test passes its own.
    """

    event = Signal(object)  # type: ignore[assignment]  # hides QObject.event, which we never call
    """One message of the engine, on the window's thread, in order. Steps that came in a burst are
    merged into means. A job that ends because its engine died gets a ``Failed`` here too, so that
    there is one way to learn of the end of a job."""
    state_changed = Signal()
    """:attr:`state`, :attr:`detail` or :attr:`devices` are others."""
    crashed = Signal(str)
    """The engine died without being asked; one sentence for people."""

    def __init__(
        self, factory: Callable[[], Engine] = engine_process, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.state: State = "off"
        self.detail = ""
        self.devices: list[dict[str, Any]] = []
        self.versions: dict[str, Any] = {}
        self.jobs: dict[str, Command] = {}
        self._still: set[str] = set()  # those of them that are paused
        self._factory = factory
        self._line: _Line | None = None
        self._leaving: list[_Line] = []
        self._numbers = itertools.count(1)
        self._crash_times: list[float] = []
        self._inbox: list[tuple[_Line, Event | _Exit]] = []
        self._lock = threading.Lock()
        self._courier = _Courier(self._deliver)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self._quit)

    # --- asked by the window --------------------------------------------------------------------

    def start(self) -> None:
        """Start the engine unless it runs; returns at once, ``Ready`` comes as an event."""
        if self._line is not None:
            return
        self.devices = []
        self._line = _Line(self._factory, self._receive)
        self._set_state("starting")

    def send(self, command: Command) -> None:
        """Send ``command`` and return at once.

        An engine that is off is started first, but not for steering a job that went with it.
        """
        if isinstance(command, Control | Shutdown) and self._line is None:
            return
        self.start()
        if isinstance(command, _JOBS):
            self.jobs[command.job] = command
        assert self._line is not None
        self._line.send(command)
        self._settle()

    def memory(self) -> int:
        """Bytes of memory that the engine holds now; 0 where that is not known."""
        pid = self._line.pid if self._line is not None else None
        if pid is None:
            return 0
        import psutil  # 15 ms that the start of the window need not pay

        try:
            engine = psutil.Process(pid)
            # a virtual environment's python of Windows only starts the one that does the work
            return sum(int(one.memory_info().rss) for one in (engine, *engine.children(True)))
        except psutil.Error:
            return 0

    @property
    def running(self) -> bool:
        """Whether it is there, or being started."""
        return self.state in ("starting", "ready", "busy")

    @property
    def training(self) -> str:
        """The job of the training that the engine is at, "" for none."""
        job, command = next(iter(self.jobs.items()), ("", None))
        return job if isinstance(command, Train | ResumeRun) else ""

    @property
    def learns(self) -> bool:
        """Whether there is one and it does not stand still: a question to a model has to wait."""
        return bool(self.training) and self.training not in self._still

    @property
    def wanted(self) -> bool:
        """Whether there is a job that a person waits for; not one that stands still."""
        return any(job not in self._still for job in self.jobs)

    def ask_now(self) -> None:
        """Have the training stand still for the questions that wait; then it goes on by itself."""
        if self.learns:
            self.send(Control(self.training, "aside"))

    def new_job(self) -> str:
        """An id that no other job of this window has."""
        return f"job-{next(self._numbers)}"

    def stop(self, wait_seconds: float = 0.0) -> None:
        """End the engine; its jobs end without another event.

        Returns at once, or after the process is gone when ``wait_seconds`` allows for it.
        """
        line, self._line = self._line, None
        self.jobs.clear()
        self._still.clear()
        self._courier.stop()
        with self._lock:
            self._inbox.clear()
        self._set_state("off")
        if line is not None:
            line.stop()
            self._leaving = [gone for gone in self._leaving if gone.alive] + [line]
            line.join(wait_seconds)

    def restart(self) -> None:
        """Stop the engine, if it runs, and start a fresh one."""
        self.stop()
        self._crash_times.clear()
        self.start()

    # --- on the engine's thread -----------------------------------------------------------------

    def _receive(self, line: _Line, message: Event | _Exit) -> None:
        with self._lock:
            self._inbox.append((line, message))
            first = len(self._inbox) == 1
        if first:
            self._courier.woken.emit()

    # --- on the window's thread -----------------------------------------------------------------

    def _deliver(self) -> None:
        with self._lock:
            inbox, self._inbox = self._inbox, []
        current = [message for line, message in inbox if line is self._line]
        exits = [message for message in current if isinstance(message, _Exit)]
        for event in coalesce(item for item in current if not isinstance(item, _Exit)):
            self._note(event)
            self.event.emit(event)
        if exits and self._line is not None:
            self._exited(exits[0])

    def _note(self, event: Event) -> None:
        if isinstance(event, Ready):
            self.devices = list(event.devices)
            self.versions = dict(event.versions)
            self._settle(ready=True)
        elif isinstance(event, Finished | Failed | PreflightDone):
            self.jobs.pop(event.job, None)
            self._still.discard(event.job)
            self._settle()
        elif isinstance(event, Paused):
            self._still.add(event.job)
        elif isinstance(event, Unpaused):
            self._still.discard(event.job)

    def _settle(self, ready: bool = False) -> None:
        """Work out the state from what is known: only a ready engine can be busy or idle."""
        if ready or self.state in ("ready", "busy"):
            self._set_state("busy" if self.jobs else "ready")

    def _set_state(self, state: State, detail: str = "") -> None:
        if (state, detail) != (self.state, self.detail):
            self.state, self.detail = state, detail
            self.state_changed.emit()

    def _exited(self, gone: _Exit) -> None:
        was_ready = self.state in ("ready", "busy")
        lost, self.jobs = self.jobs, {}
        self._still.clear()
        line, self._line = self._line, None
        if line is not None:
            line.stop()
        again = was_ready and self._may_restart()
        sentence = gone.sentence(again)
        self._set_state("failed", sentence)
        self.crashed.emit(sentence)  # first, so that what a job's owner says about it comes last
        for job, command in lost.items():
            resumable = isinstance(command, Train | ResumeRun)
            self.event.emit(Failed(job, sentence, detail=gone.reason, resumable=resumable))
        if again:
            self.start()

    def _may_restart(self) -> bool:
        now = time.monotonic()
        recent = [at for at in self._crash_times if now - at < RESTART_WINDOW_SECONDS]
        self._crash_times = [*recent, now]
        return len(self._crash_times) <= RESTARTS

    def _quit(self) -> None:
        """The program ends: what is still under way may save itself first."""
        self.stop()
        for line in self._leaving:
            line.join(QUIT_SECONDS)


class _Courier(QObject):
    """Calls ``deliver`` on the window's thread soon after :attr:`woken` was emitted on any thread.

    It is an object of its own because the client must get no events from Qt: its signal ``event``
    lies where Qt looks for a method of that name, and finding the signal there costs a reference.
    """

    woken = Signal()

    def __init__(self, deliver: Callable[[], None]) -> None:
        super().__init__()
        # A method of the client would keep it alive in a circle that Python cannot see through.
        self._deliver = weakref.WeakMethod(deliver)
        self._delivered_at = 0.0
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._ring)
        self.woken.connect(self._schedule)  # queued by Qt where another thread emits it

    def stop(self) -> None:
        """Forget the delivery that is due."""
        self._timer.stop()

    def _schedule(self) -> None:
        wait = self._delivered_at + DELIVERY_SECONDS - time.monotonic()
        self._timer.start(max(0, round(wait * 1000)))

    def _ring(self) -> None:
        self._delivered_at = time.monotonic()
        deliver = self._deliver()
        if deliver is not None:
            deliver()


class _Exit:
    """The process ended without being asked."""

    def __init__(self, code: int, reason: str) -> None:
        self.code = code
        self.reason = reason

    def sentence(self, again: bool) -> str:
        what = tr("The engine stopped ({reason}).",
                  reason=self.reason) if self.reason else tr("The engine stopped.")
        then = tr("It is being started again.") if again else tr("Start it again when you are "
                                                                 "ready.")
        return tr("{what} Labels and checkpoints are safe. {then}", what=what, then=then)


class _Line:
    """A thread that owns one process; everything that may block happens there."""

    def __init__(
        self,
        factory: Callable[[], Engine],
        receive: Callable[[_Line, Event | _Exit], None],
    ) -> None:
        self._factory = factory
        self._receive: Callable[[_Line, Event | _Exit], None] | None = receive
        self._process: Engine | None = None
        self._orders: queue.SimpleQueue[Command | None] = queue.SimpleQueue()
        self._thread = BackgroundThread(self._work, name="engine-line").start()

    def send(self, command: Command) -> None:
        self._orders.put(command)

    def stop(self) -> None:
        """Begin to end the process; nothing is heard of it any more."""
        self._receive = None
        self._orders.put(None)

    def join(self, seconds: float) -> None:
        """Wait until the process is gone, ``seconds`` at most."""
        if seconds > 0:
            self._thread.join(seconds)

    @property
    def pid(self) -> int | None:
        """Number of the running process, where it has one."""
        return getattr(self._process, "pid", None)

    @property
    def alive(self) -> bool:
        return self._thread.alive

    def _say(self, message: Event | _Exit) -> None:
        receive = self._receive
        if receive is not None:
            receive(self, message)

    def _work(self, _thread: BackgroundThread) -> None:
        process = self._process = self._factory()
        process.on_event = self._say
        process.on_exit = lambda code, reason: self._say(_Exit(code, reason))
        try:
            process.start()
        except (OSError, WorkbenchError) as error:
            self._say(_Exit(-1, str(error).rstrip(".")))
        while (command := self._orders.get()) is not None:
            try:
                process.send(command)
            except (OSError, ValueError, WorkbenchError):
                # A closed pipe: the process is gone, and its end is told through on_exit.
                continue
        process.stop()


def coalesce(events: Iterable[Event]) -> list[Event]:
    """Shorten a burst: steps become means, of progress only the last word counts.

    Nothing that ends or changes a job is ever left out, and the order stays.
    """
    result: list[Event] = []
    for kind, group in itertools.groupby(events, _burst_key):
        burst = list(group)
        if kind[0] is Step:
            result.extend(_merge_steps([item for item in burst if isinstance(item, Step)]))
        elif kind[0] is Progress:
            result.append(burst[-1])
        elif kind[0] is LogLine and len(burst) > LOG_LINES_PER_DELIVERY:
            left = len(burst) - LOG_LINES_PER_DELIVERY
            result.append(LogLine("info", tr("({left} more lines are in the log file)", left=left)))
            result.extend(burst[left:])
        else:
            result.extend(burst)
    return result


def _burst_key(event: Event) -> tuple[type[Any], str, int]:
    job = "" if isinstance(event, Ready | LogLine) else event.job
    return type(event), job, event.epoch if isinstance(event, Step) else 0


def _merge_steps(steps: list[Step]) -> list[Step]:
    """At most :data:`STEPS_PER_DELIVERY` steps, each the mean of neighbours."""
    if len(steps) <= STEPS_PER_DELIVERY:
        return steps
    edges = [round(i * len(steps) / STEPS_PER_DELIVERY) for i in range(STEPS_PER_DELIVERY + 1)]
    return [_mean_step(steps[start:end]) for start, end in itertools.pairwise(edges)]


def _mean_step(steps: list[Step]) -> Step:
    last = steps[-1]
    return replace(
        last,
        losses=_mean([step.losses for step in steps]),
        times=_mean([step.times for step in steps]),
    )


def _mean(rows: list[dict[str, float]]) -> dict[str, float]:
    means: dict[str, float] = {}
    for name in rows[-1]:
        # JSON has no NaN: a loss that was not a number arrives as None.
        values = [row[name] for row in rows if row.get(name) is not None]
        means[name] = sum(values) / len(values) if values else float("nan")
    return means
