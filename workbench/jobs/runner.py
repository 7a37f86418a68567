"""A local engine process, without Qt: commands in, events out, and an explicit end.

Nothing here blocks the caller: commands go through a queue to a writer thread, events come on a
reader thread.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Literal

from workbench.jobs.commands import Command, Shutdown
from workbench.jobs.events import Event, LogLine
from workbench.jobs.protocol import ProtocolError, decode_event, encode

Outcome = Literal["none", "running", "ended", "crashed", "killed"]

_STOP_SECONDS = 10.0  # for a job to save itself before the process is killed
_TAIL = 30  # lines of stderr that are kept for the reason of a crash
_ENVIRONMENT = {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}  # else as the system writes
_STATUS = 0xC000_0000  # from here on Windows says why it ended a process
_STATUSES = {
    0xC000_0005: "it touched memory that is not its own",
    0xC000_0017: "the memory ran out",
    0xC000_00FD: "its stack ran over",
    0xC000_012D: "the memory ran out",
    0xC000_013A: "it was interrupted",
    0xC000_0135: "a library was not found",
    0xC000_0142: "a library could not be loaded",
    0xC000_0409: "it broke off by itself",
}


def _ignore_event(event: Event) -> None:
    pass


def _ignore_exit(code: int, reason: str) -> None:
    pass


class EngineProcess:
    """One engine process; can be started again after its end.

    Parameters
    ----------
    command
        What to run; the engine of this program by default.
    log
        File that stderr is appended to, as it comes; no file where it is None.
    environment
        Added to the environment.
    """

    def __init__(
        self, command: Sequence[str] | None = None, log: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.on_event: Callable[[Event], None] = _ignore_event
        """Called with every event on the reader thread."""
        self.on_exit: Callable[[int, str], None] = _ignore_exit
        """Called once at the end of the process with its exit code (negative: minus the signal) and
        the reason in a few words ("killed by signal 9"), empty when it ended as it was asked."""
        self.outcome: Outcome = "none"
        """``none`` (never started), ``running``, ``ended`` (as asked), ``crashed`` or
        ``killed``."""
        self._command = list(command or (sys.executable, "-m", "workbench.engine"))
        self._log = log
        self._environment = dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._asked_to_end = False
        self._tail: deque[str] = deque(maxlen=_TAIL)
        self._waiter: threading.Thread | None = None

    @property
    def pid(self) -> int | None:
        """Of the running process."""
        return self._process.pid if self._process is not None and self.running else None

    @property
    def running(self) -> bool:
        return self.outcome == "running"

    def start(self) -> None:
        """Start the process unless it runs.

        Raises
        ------
        OSError
            If it cannot be started.
        """
        if self.running:
            return
        process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **_ENVIRONMENT, **self._environment},
            # Ctrl+C in a terminal is not for the engine; nor is, on Windows, the end of its window
            start_new_session=os.name == "posix",
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        assert process.stdin and process.stdout and process.stderr
        self._process = process
        self._outbox = queue.SimpleQueue()
        self._asked_to_end = False
        self._tail.clear()
        self.outcome = "running"
        reader = _thread("engine-events", self._read, process.stdout)
        errors = _thread("engine-log", self._read_errors, process.stderr)
        _thread("engine-commands", self._write, process.stdin, self._outbox)
        self._waiter = _thread("engine-end", self._wait, process, reader, errors)

    def send(self, command: Command) -> None:
        """Put ``command`` on its way and return at once; after the end it goes nowhere."""
        self._outbox.put(encode(command).encode("utf-8") + b"\n")

    def stop(self, seconds: float = _STOP_SECONDS) -> None:
        """End the process: a job under way saves a checkpoint, then it is killed if need be.

        Returns when it is gone, after ``seconds`` and a little at most.
        """
        process = self._process
        if process is None:
            return
        self._asked_to_end = True
        self.send(Shutdown())
        self._outbox.put(None)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
        if self._waiter is not None and self._waiter is not threading.current_thread():
            self._waiter.join(5.0)

    def kill(self) -> None:
        """End the process at once."""
        if self._process is not None:
            self._process.kill()

    # Threads

    def _write(self, pipe: IO[bytes], outbox: queue.SimpleQueue[bytes | None]) -> None:
        with contextlib.suppress(OSError, ValueError):  # the end of the process is told elsewhere
            while (line := outbox.get()) is not None:
                pipe.write(line)
                pipe.flush()
        with contextlib.suppress(OSError):
            pipe.close()

    def _read(self, pipe: IO[bytes]) -> None:
        with pipe:
            for raw in pipe:
                line = raw.decode("utf-8", "replace").rstrip("\n")
                try:
                    event = decode_event(line)
                except ProtocolError:
                    event = LogLine("info", line)
                self.on_event(event)

    def _read_errors(self, pipe: IO[bytes]) -> None:
        with pipe, _open_log(self._log) as log:
            for raw in pipe:
                text = raw.decode("utf-8", "replace").rstrip()
                if log is not None:
                    with contextlib.suppress(OSError):  # a full disk must not stop the engine
                        log.write(raw)
                        log.flush()
                if text:
                    self._tail.append(text)
                    self.on_event(LogLine("info", text))

    def _wait(
        self, process: subprocess.Popen[bytes], reader: threading.Thread, errors: threading.Thread
    ) -> None:
        code = process.wait()
        # Events that were written before the end come first. A grandchild may hold the pipes.
        reader.join(2.0)
        errors.join(2.0)
        self._outbox.put(None)
        if self._asked_to_end or code == 0:
            self.outcome, reason = "ended", "" if self._asked_to_end else "it ended by itself"
        else:
            self.outcome = "killed" if code < 0 else "crashed"
            reason = exit_reason(code, list(self._tail))
        self.on_exit(code, reason)


def exit_reason(code: int, tail: Sequence[str] = ()) -> str:
    """Why a process ended, in a few words for a person."""
    if code == -signal.SIGINT:
        return "it was interrupted"
    if code < 0:
        words = f"killed by signal {-code}"
        if code == -9:
            words += ", perhaps because the memory ran out"
        return words
    if code >= _STATUS:
        status = f"Windows ended it with status 0x{code:08X}"
        return f"{status}: {_STATUSES[code]}" if code in _STATUSES else status
    last = next((line.strip() for line in reversed(tail) if line.strip()), "")
    return f"exit code {code}: {last[:200]}" if last else f"exit code {code}"


def _thread(name: str, target: Callable[..., None], *args: object) -> threading.Thread:
    thread = threading.Thread(target=target, args=args, name=name, daemon=True)
    thread.start()
    return thread


@contextlib.contextmanager
def _open_log(path: Path | None) -> Iterator[IO[bytes] | None]:
    if path is None:
        yield None
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab")
    except OSError:
        yield None  # the lines still come as events
        return
    with file:
        yield file
