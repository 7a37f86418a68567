"""The engine as a process: commands come in on stdin, events go out on stdout.

A reader thread takes commands; what steers the job under way acts at once, everything else waits
in a queue for the main thread, which does one job at a time; only a training that is paused stands
aside for questions to models (files, a camera, a microphone, results). The descriptors of stdin and
stdout themselves are moved away at the start, so that no library's stray print can get between two
events, and none waits for commands. When stdin ends, the window is gone: the job under way saves a
checkpoint, and the process ends.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import IO, Any

from workbench.core.errors import UsageError, WorkbenchError
from workbench.jobs.commands import (
    Arrange,
    AudioChunk,
    CameraFrame,
    Command,
    Control,
    Describe,
    Embed,
    Evaluate,
    EvaluateRounds,
    Explain,
    Export,
    FindAlike,
    FindMask,
    Listen,
    OpenPair,
    Predict,
    Preflight,
    ResumeRun,
    Shutdown,
    Train,
    Vary,
    Watch,
)
from workbench.jobs.events import Event, Failed, Finished, LogLine, Ready
from workbench.jobs.protocol import ProtocolError, decode_command, encode

Job = (Preflight | Train | ResumeRun | Evaluate | EvaluateRounds | Predict | Export | Listen | Watch
       | Explain | Describe | Vary | Arrange | FindAlike)

_Question = Predict | Watch | Listen | Explain | Evaluate | Describe | Arrange | FindAlike
_GO_ON = ("unpause", "stop", "cancel")  # a training that stands still
_NICE = 5
_STD_INPUT_HANDLE = -10  # of Windows
_IDLE = 1.0  # seconds without a job after which idle time is used
_GRACE = 8.0  # seconds that a job has to save itself when the window is gone
_AHEAD = (  # in the order of a training's need
    "workbench.engine.training.preflight", "workbench.engine.devices:wake_gpu",
    "workbench.engine.training.train", "tensorboardX",
)
_NEXT = 0.2  # seconds between two of them
_AFTERWARDS = "workbench.engine.devices:release_gpu_memory"  # when a job has ended


def main() -> int:
    """Serve until stdin ends or a :class:`Shutdown` comes."""
    commands, events = take_stdin(), take_stdout()
    _give_way()
    with contextlib.suppress(ValueError, OSError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the one who started us
    service = Service(events)
    threading.Thread(target=_read, args=(service, commands), name="commands",
                     daemon=True).start()
    return service.serve()


def _read(service: Service, commands: IO[bytes]) -> None:
    """Take commands to their end; then the process ends too, even if a job does not listen."""
    service.read(commands)
    time.sleep(_GRACE)
    os._exit(1)


def take_stdin() -> IO[bytes]:
    """Keep the real stdin for commands; whoever else looks at stdin finds it empty.

    On Windows whatever asks about a pipe waits as long as another thread reads from it, and some
    libraries ask about stdin when they are loaded (numpy's issue 24290): the engine would wait for
    a second command before it imports torch for the first.
    """
    commands = os.fdopen(os.dup(0), "rb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    if sys.platform == "win32":  # what libraries with another C runtime ask
        import ctypes
        import msvcrt

        handle = ctypes.c_void_p(msvcrt.get_osfhandle(0))
        ctypes.windll.kernel32.SetStdHandle(_STD_INPUT_HANDLE, handle)
    return commands


def take_stdout() -> IO[bytes]:
    """Keep the real stdout for events; whatever else is printed goes to stderr."""
    sys.stdout.flush()
    events = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return events


def _give_way() -> None:
    """Let the window go first: labelling must stay smooth while a model learns."""
    import psutil

    with contextlib.suppress(OSError, psutil.Error):
        if sys.platform == "win32":
            psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        else:
            os.nice(_NICE)


class Service:
    """Takes commands and does jobs.

    Parameters
    ----------
    events
        Where events are written, a line each.
    """

    def __init__(self, events: IO[bytes]) -> None:
        from workbench.engine.training.control import TrainControl

        self._new_control: Callable[[], TrainControl] = TrainControl
        self._events = events
        self._writing = threading.Lock()
        self._queue: queue.SimpleQueue[tuple[Job, TrainControl] | None] = queue.SimpleQueue()
        self._controls: dict[str, TrainControl] = {}
        self._questions: dict[str, _Question] = {}  # of the queue, those that nobody answers yet
        self._aside = self._asked = ""  # jobs: the training that stands aside, and for what
        self._ending = threading.Event()
        self._while_idle = list(_AHEAD)

    # The reader's thread

    def read(self, lines: Iterable[bytes]) -> None:
        """Take commands until they end."""
        for line in lines:
            try:
                command = decode_command(line.decode("utf-8", "replace"))
            except ProtocolError as error:
                self.emit(LogLine("warning", f"The engine was sent what it does not know: {error}"))
                continue
            if isinstance(command, Shutdown):
                break
            self.take(command)
        self.end()

    def take(self, command: Command) -> None:
        """Act on a control message at once; put a job into the queue."""
        if isinstance(command, Control):
            control = self._controls.get(command.job)
            if control is not None:
                control.steer(command.action)
                if command.job == self._aside and command.action in _GO_ON:
                    self._give_way()
        elif isinstance(command, AudioChunk | CameraFrame):
            control = self._controls.get(command.job)
            if control is not None:  # else it came after the end
                control.put(command.pcm if isinstance(command, AudioChunk) else command)
        elif not isinstance(command, Shutdown | OpenPair | Embed | FindMask):  # not for this one
            self._controls[command.job] = control = self._new_control()
            if isinstance(command, Train | ResumeRun):
                control.serve(partial(self._answer, command.job))
            if isinstance(command, _Question):
                self._questions[command.job] = command
            self._queue.put((command, control))
            for other in list(self._controls.values()):
                other.wake()

    def _give_way(self) -> None:
        """End the question that holds up a training that is to go on or to end: it may take hours,
        be paused itself, or have no end, as a camera. What was found until then is kept."""
        self._aside = ""
        asked = self._controls.get(self._asked)
        if asked is not None:
            asked.cancel()

    def end(self) -> None:
        """Have every job save itself, and :meth:`serve` end."""
        self._ending.set()
        for control in list(self._controls.values()):
            control.abandon()
        self._queue.put(None)

    # The main thread

    def serve(self) -> int:
        """Do jobs, one after the other, until the end."""
        from workbench.engine.devices import (  # and torch
            gpu_answers,
            list_devices,
            use_all_cores,
            versions,
        )

        use_all_cores()
        self.emit(Ready(list_devices(), versions()))
        patience = _IDLE
        while not self._ending.is_set():
            try:
                next_one = self._queue.get(timeout=patience if self._while_idle else None)
            except queue.Empty:
                self._use_idle_time()
                patience = _NEXT
                continue
            patience = _IDLE
            # else it is answered already, and there may be another one of its name
            if next_one is not None and self._controls.get(next_one[0].job) is next_one[1]:
                self._do(next_one[0])
                if _AFTERWARDS not in self._while_idle:
                    self._while_idle.insert(0, _AFTERWARDS)
                if not gpu_answers():
                    self.emit(LogLine("warning", "The GPU no longer answers this process; the "
                                      "engine must be started again."))
                    break
        os._exit(0)  # waiting for idle library threads would only delay the window's end

    def _use_idle_time(self) -> None:
        """Import or call what the next job will probably need, so that it begins sooner, and put
        away what the last one left."""
        name, _, function = self._while_idle.pop(0).partition(":")
        with contextlib.suppress(ImportError):  # reported by the job that needs it
            module = importlib.import_module(name)
            if function:
                getattr(module, function)()

    def _answer(self, training: str) -> None:
        """Ask models what is waiting, while a training is paused: one may want to try its best
        model so far. What is random in its next step does not depend on what was done before."""
        self._aside = training
        while waiting := list(self._questions.values()):
            self._asked = waiting[0].job
            if not self._aside:  # looked at after that was noted, for the reader's thread
                break
            self._do(waiting[0])
        self._aside = self._asked = ""

    def _do(self, job: Job) -> None:
        control = self._controls[job.job]
        self._questions.pop(job.job, None)
        try:
            perform(job, self.emit, control)
        finally:
            # once its end is told, another one may be sent by the same name
            if self._controls.get(job.job) is control:
                del self._controls[job.job]

    def emit(self, event: Event) -> None:
        """Write an event; safe from any thread."""
        data = encode(event).encode("utf-8") + b"\n"
        with self._writing:
            try:
                view = memoryview(data)
                while view:
                    view = view[self._events.write(view) or 0 :]
            except OSError:
                # Nobody reads any more: the same as the end of stdin.
                if not self._ending.is_set():
                    self._ending.set()
                    for control in list(self._controls.values()):
                        control.abandon()


def perform(
    job: Job, emit: Callable[[Event], None], control: Any, began: float | None = None
) -> int:
    """Do one job to its end, which is told as an event whatever happens.

    Returns
    -------
    int
        0 if it came to its end, 1 if it failed, 2 if it asked for what does not exist.
    """
    from workbench.engine.devices import kept_threads
    from workbench.engine.memory import kept_memory
    from workbench.engine.training.control import Interrupt
    from workbench.extension.plugins import fault_text

    start = time.monotonic() if began is None else began
    try:
        with kept_memory(), kept_threads():
            _JOBS[type(job)](job, emit, control, start)
    except Interrupt:
        emit(Finished(job.job, "cancelled", {}))
    except WorkbenchError as error:
        cause = error.__cause__
        detail = "" if cause is None else "".join(traceback.format_exception(cause))
        emit(Failed(job.job, str(error), detail, error.resumable))
        return 2 if isinstance(error, UsageError) else 1
    except (Exception, SystemExit) as error:  # a fault of ours, or of a plugin: the engine goes on
        emit(Failed(job.job, fault_text(error), traceback.format_exc()))
        return 1
    return 0


def _preflight(job: Preflight, emit: Callable[[Event], None], control: Any, began: float) -> None:
    from workbench.engine.training.preflight import preflight

    emit(preflight(Path(job.project), job.request, emit, control, job.job, began))


def _train(job: Train, emit: Callable[[Event], None], control: Any, began: float) -> None:
    from workbench.engine.training.train import train

    train(Path(job.project), job.request, emit, control, job.job, began)


def _resume(job: ResumeRun, emit: Callable[[Event], None], control: Any, began: float) -> None:
    from workbench.engine.training.train import resume

    resume(Path(job.project), job.run, emit, control, job.job, began)


def _evaluate(job: Evaluate, emit: Callable[[Event], None], control: Any, _: float) -> None:
    from workbench.engine.tasks import engine_task
    from workbench.engine.training.record import EventReporter
    from workbench.project.runs import RunFolder

    project = Path(job.project)
    run = RunFolder.find(project, job.run)
    path = engine_task(run.task).ensure_predictions(
        project, run, job.split, EventReporter(emit, job.job, control.check))
    emit(Finished(job.job, "finished",
                  {"run": run.name, "split": job.split, "predictions": str(path)}))


def _evaluate_rounds(
    job: EvaluateRounds, emit: Callable[[Event], None], control: Any, _: float
) -> None:
    from workbench.engine.rounds import evaluate_rounds
    from workbench.engine.training.record import EventReporter

    found = evaluate_rounds(Path(job.project), EventReporter(emit, job.job, control.check))
    emit(Finished(job.job, "finished", {"rounds": [item.to_json() for item in found]}))


def _predict(job: Predict, emit: Callable[[Event], None], control: Any, _: float) -> None:
    from workbench.engine.tasks import engine_task
    from workbench.engine.training.record import EventReporter
    from workbench.extension.tasks import tasks
    from workbench.project.runs import RunFolder

    run = RunFolder.find(Path(job.project), job.run)
    if job.stream:
        from workbench.engine.predictions import stream_answers

        stream_answers(job, run, emit, control)
        return
    found = engine_task(run.task).predict(
        run, [Path(file) for file in job.files], EventReporter(emit, job.job, control.check))
    for problem in found.problems:
        emit(LogLine("warning", problem.reason))
    problems = [{"file": item.path, "reason": item.reason} for item in found.problems]
    emit(Finished(job.job, "finished",
                  {tasks.get(run.task).medium: found.items, "problems": problems}))


def _export(job: Export, emit: Callable[[Event], None], control: Any, _: float) -> None:
    from workbench.engine.export.export import export_run
    from workbench.project.runs import RunFolder

    project = Path(job.project)
    export_run(project, RunFolder.find(project, job.run), Path(job.file), emit, format=job.format,
               score_thresh=job.score_thresh, nms_thresh=job.nms_thresh, job=job.job,
               check=control.check)


def _listen(job: Listen, emit: Callable[[Event], None], control: Any, _: float) -> None:
    from workbench.engine.tasks import engine_task
    from workbench.project.runs import RunFolder

    run = RunFolder.find(Path(job.project), job.run)
    engine_task(run.task).listen(job, emit, control)


def _watch(job: Watch, emit: Callable[[Event], None], control: Any, _: float) -> None:
    from workbench.engine.tasks import engine_task
    from workbench.project.runs import RunFolder

    run = RunFolder.find(Path(job.project), job.run)
    engine_task(run.task).watch(job, emit, control)


def _explain(job: Explain, emit: Callable[[Event], None], control: Any, _: float) -> None:
    from workbench.engine.explain.explain import explain

    explain(job, emit, control)


def _describe(job: Describe, emit: Callable[[Event], None], control: Any, _: float) -> None:
    from workbench.engine.tasks import engine_task
    from workbench.engine.training.record import EventReporter

    found = engine_task(job.task).describe(
        Path(job.project), job.files, EventReporter(emit, job.job, control.check))
    emit(Finished(job.job, "finished", found))


def _vary(job: Vary, emit: Callable[[Event], None], control: Any, _: float) -> None:
    from workbench.engine.training.augmentation_previews import vary

    vary(job, emit, control)


def _arrange(job: Arrange, emit: Callable[[Event], None], control: Any, _: float) -> None:
    from workbench.engine.similarity.arrange import arrange
    from workbench.engine.training.record import EventReporter

    found = arrange(Path(job.project), job.what, EventReporter(emit, job.job, control.check))
    emit(Finished(job.job, "finished", found))


def _find_alike(job: FindAlike, emit: Callable[[Event], None], control: Any, _: float) -> None:
    from workbench.engine.similarity.arrange import find_alike
    from workbench.engine.training.record import EventReporter

    found = find_alike(Path(job.project), job.what, job.key, job.box,
                       EventReporter(emit, job.job, control.check))
    emit(Finished(job.job, "finished", found))


_JOBS: dict[type[Any], Callable[[Any, Callable[[Event], None], Any, float], None]] = {
    Preflight: _preflight,
    Train: _train,
    ResumeRun: _resume,
    Evaluate: _evaluate,
    EvaluateRounds: _evaluate_rounds,
    Predict: _predict,
    Export: _export,
    Listen: _listen,
    Watch: _watch,
    Explain: _explain,
    Describe: _describe,
    Vary: _vary,
    Arrange: _arrange,
    FindAlike: _find_alike,
}
