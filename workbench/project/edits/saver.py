"""Writes what was edited, at once, whole, and never on the window's thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from workbench.core.background import BackgroundThread
from workbench.core.errors import ConflictError, WorkbenchError
from workbench.core.signal import Signal
from workbench.formats.atomic import DiskErrors, Replacement, disk_reason, write_atomic, write_many
from workbench.formats.locks import folder_lock
from workbench.formats.regular_file import read_regular

SaverState = Literal["saved", "saving", "failed"]
Content = Callable[[], bytes | None]
Fingerprint = tuple[int, int]

RETRY_SECONDS, LONGEST_RETRY = 4.0, 60.0
"""How long after a failed save it is tried again; twice as long after each further one, up to the
second."""


def fingerprint(data: bytes | None) -> Fingerprint | None:
    """What is remembered of a file's bytes (within this process); None for no file."""
    return None if data is None else (len(data), hash(data))


@dataclass(frozen=True, slots=True)
class _Save:
    key: str
    path: Path
    content: Content


class Saver:
    """One thread that writes files in the order in which they were changed.

    Of several changes to one file that wait, only the last is written. Before a file is replaced
    it is compared with what was last read or written here: one that another program changed is
    not overwritten, and is no conflict where nothing was changed here. What could not be written
    stays in memory and is tried again at the next edit, by :meth:`retry` and by itself after some
    seconds.

    Parameters
    ----------
    post
        Runs a function on the owner's thread, soon and in order.
    guard
        Called before each save; what it raises keeps the file from being written for now.
    folder
        Below it, folders that a file is to lie in are made.
    """

    def __init__(self, post: Callable[[Callable[[], None]], None],
                 guard: Callable[[], None] = lambda: None, folder: Path | None = None) -> None:
        self.state: SaverState = "saved"
        self.last_error: WorkbenchError | None = None
        self.state_changed: Signal[()] = Signal()
        """``state`` is another; on the owner's thread, as all signals here."""
        self.saved: Signal[str] = Signal()
        """(key) the file is on the disk."""
        self.failed: Signal[str, WorkbenchError] = Signal()
        """(key, error) it is not; a :class:`ConflictError` waits for a person's decision."""
        self._post = post
        self._guard = guard
        self._folder = folder
        self._delay = RETRY_SECONDS
        self._again: list[str] = []  # keys that are tried once more, by the clock
        self._changed = threading.Condition()
        self._pending: dict[str, _Save] = {}
        self._active: _Save | None = None
        self._failed: dict[str, tuple[_Save, WorkbenchError]] = {}
        self._known: dict[Path, Fingerprint | None] = {}
        self._tasks: list[Iterator[None]] = []
        self._ended = 0  # tasks that are through, but what they posted may still be under way
        self._news: list[tuple[str, WorkbenchError | None]] = []
        self._closing = False
        self._closed = False
        self._thread: BackgroundThread | None = None

    # What is on the disk

    def remember(self, path: Path, data: bytes | None) -> None:
        """Take ``data`` (None: no file) as what the disk holds at ``path``."""
        with self._changed:
            self._known[path] = fingerprint(data)

    def knows(self, path: Path, data: bytes | None) -> bool:
        """Whether ``data`` is what was last read from or written to ``path`` here."""
        with self._changed:
            return path in self._known and self._known[path] == fingerprint(data)

    # Work

    def submit(self, key: str, path: Path, content: Content, *, first: bool = False) -> None:
        """Write what ``content`` returns (None: no file) to ``path``, as soon as possible;
        ``first`` before all that waits.

        ``content`` is called on the saver's thread and must only use what never changes.
        """
        self.submit_many([(key, path, content)], first=first)

    def submit_many(self, jobs: Iterable[tuple[str, Path, Content]], *,
                    first: bool = False) -> None:
        """As :meth:`submit`, for many files; in their order."""
        with self._changed:
            self._requeue()
            for key, path, content in jobs:
                self._failed.pop(key, None)
                self._pending.pop(key, None)
                self._pending[key] = _Save(key, path, content)
                if first:
                    self._pending = {key: self._pending.pop(key), **self._pending}
            self._start()
            self._changed.notify_all()
        self._sync()

    def retry(self) -> None:
        """Try once more what could not be written; conflicts stay for a person to decide."""
        with self._changed:
            self._requeue()
            self._start()
            self._changed.notify_all()
        self._sync()

    def drop(self, key: str) -> None:
        """Forget what waits or failed for ``key``: the disk's version is taken instead."""
        with self._changed:
            self._pending.pop(key, None)
            self._failed.pop(key, None)
        self._sync()

    def unsaved(self, key: str) -> bool:
        """Whether something for ``key`` is not on the disk."""
        with self._changed:
            active = self._active is not None and self._active.key == key
            return active or key in self._pending or key in self._failed

    @property
    def waiting(self) -> int:
        """How many files are still to be written."""
        with self._changed:
            return len(self._pending) + (self._active is not None)

    def errors(self) -> dict[str, WorkbenchError]:
        """What could not be written, by key."""
        with self._changed:
            return {key: error for key, (_, error) in self._failed.items()}

    def run_task(self, steps: Iterator[None]) -> None:
        """Work through ``steps`` between two saves; each step must be short and not raise."""
        with self._changed:
            self._tasks.append(steps)
            self._start()
            self._changed.notify_all()
        self._sync()

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until every edit was written or has failed; return whether all are on the disk.

        Long tasks are not waited for. For closing; it blocks the caller.
        """
        done = self.wait_until_written(timeout)
        self._sync()
        return done

    def wait_until_written(self, timeout: float | None = None) -> bool:
        """As :meth:`flush`, for any thread but the owner's: nothing is announced here."""
        with self._changed:
            self._changed.wait_for(lambda: not self._pending and self._active is None, timeout)
            return not self._pending and self._active is None and not self._failed

    def wait_for_tasks(self, timeout: float | None = None) -> bool:
        """Wait until the long tasks are through; return whether they are."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._tasks, timeout)

    def close(self, timeout: float | None = None) -> bool:
        """Flush, stop long tasks at their next step and end the thread; see :meth:`flush`."""
        done = self.flush(timeout)
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout)
        self._sync()
        self._closed = True
        return done

    # Inside

    def _requeue(self) -> None:
        self._delay = RETRY_SECONDS
        self._again.clear()
        for key, (job, error) in list(self._failed.items()):
            if not isinstance(error, ConflictError):
                del self._failed[key]
                self._pending.setdefault(key, job)

    def _start(self) -> None:
        if self._thread is None:
            self._thread = BackgroundThread(self._run, name="saver").start()

    def _run(self, _thread: BackgroundThread) -> None:
        while True:
            with self._changed:
                found = self._changed.wait_for(
                    lambda: self._pending or self._again or self._tasks or self._closing,
                    self._delay if self._retryable() else None)
                if self._closing and not self._pending:
                    self._tasks.clear()
                    return
                if not found:
                    self._again = self._retryable()
                job = self._pending.pop(next(iter(self._pending))) if self._pending else None
                self._active = job
                again = self._again.pop(0) if self._again and job is None else None
                task = self._tasks[0] if self._tasks and job is None and again is None else None
            if job is not None:
                self._save(job)
            elif again is not None:
                self._save_again(again)
            elif task is not None:
                self._advance(task)

    def _advance(self, task: Iterator[None]) -> None:
        try:
            if next(task, self) is not self:
                return
        except Exception as bug:  # a bug costs one task, reported, not the thread that saves
            error = WorkbenchError(f"a change across the project was not finished ({bug})")
            with self._changed:
                self._news.append(("", error))
        with self._changed:
            if task in self._tasks:
                self._tasks.remove(task)
            self._ended += 1
            self._changed.notify_all()
        self._post(self._task_told)

    def _task_told(self) -> None:
        """What a task that is through has posted was heard."""
        with self._changed:
            self._ended -= 1
        self._sync()

    def _retryable(self) -> list[str]:
        return [key for key, (_, error) in self._failed.items()
                if not isinstance(error, ConflictError)]

    def _save_again(self, key: str) -> None:
        """Try once more what failed; only another outcome is reported."""
        with self._changed:
            job, before = self._failed.get(key, (None, None))
        if job is None:
            return
        error = self._try(job)
        with self._changed:
            if self._failed.get(key, (None, None))[0] is not job:
                return  # edited or dropped meanwhile
            if error is None:
                del self._failed[key]
                self._delay = RETRY_SECONDS
            else:
                self._delay = min(2 * self._delay, LONGEST_RETRY)
            if str(error) != str(before):
                if error is not None:
                    self._failed[key] = (job, error)
                self._news.append((key, error))
            self._changed.notify_all()
        self._post(self._sync)

    def _try(self, job: _Save) -> WorkbenchError | None:
        """Write; return why it could not be."""
        try:
            self._write(job)
        except WorkbenchError as error:
            return error
        except Exception as bug:  # a bug costs one save, reported, not the thread that saves
            return WorkbenchError(f"it could not be written ({bug})", path=job.path,
                                  kept="The file was left as it is.")
        return None

    def _save(self, job: _Save) -> None:
        error = self._try(job)
        with self._changed:
            self._active = None
            if error is not None and job.key not in self._pending:
                self._failed[job.key] = (job, error)
            self._news.append((job.key, error))
            self._changed.notify_all()
        self._post(self._sync)

    def _write(self, job: _Save) -> None:
        self._guard()
        content = job.content()
        disk = read_or_none(job.path)
        if disk != content:
            with self._changed:
                known = self._known.get(job.path)
                if job.path in self._known and fingerprint(content) == known:
                    return  # nothing was changed here: what another program wrote stays
            _expect(job.path, disk, known)
            if content is not None and self._folder is not None:
                _make_folders(job.path, self._folder)
            replace_file(job.path, content,
                         lambda: _expect(job.path, read_or_none(job.path), known))
        with self._changed:
            self._known[job.path] = fingerprint(content)

    def _sync(self) -> None:
        """Tell what happened and then bring ``state`` up to date; on the owner's thread."""
        if self._closed:
            return
        with self._changed:
            news, self._news = self._news, []
        for key, error in news:
            if error is None:
                self.saved.emit(key)
            else:
                self.failed.emit(key, error)
        with self._changed:
            busy = bool(self._pending or self._active or self._tasks or self._ended or self._news)
            errors = [error for _, error in self._failed.values()]
        before = (self.state, self.last_error)
        self.last_error = errors[-1] if errors else None
        self.state = "saving" if busy else "failed" if errors else "saved"
        if before != (self.state, self.last_error):
            self.state_changed.emit()


def read_or_none(path: Path) -> bytes | None:
    """Bytes of the file, or None where there is none.

    Raises
    ------
    WorkbenchError
        If there is one that cannot be read.
    """
    try:
        return read_regular(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise WorkbenchError(disk_reason(error, "read"), path=path,
                             kept="The file was left as it is.") from error


def unchanged(path: Path, data: bytes | None) -> Callable[[], None]:
    """A check for :func:`replace_file`: ``path`` still holds ``data``."""
    known = fingerprint(data)
    return lambda: _expect(path, read_or_none(path), known)


def _expect(path: Path, disk: bytes | None, known: Fingerprint | None) -> None:
    if fingerprint(disk) != known:
        raise ConflictError(
            "another program changed this file after it was read", path=path,
            kept="It was not overwritten; your changes are still here.",
        )


def replace_file(path: Path, content: bytes | None, check: Callable[[], None]) -> None:
    """Make ``content`` that of ``path`` (None: no file) if ``check`` does not raise.

    Between the check and the replacing no other window can write: of two that saved at once, the
    second gets a conflict.
    """
    if content is not None:
        _make_folder(path)
        write_atomic(path, content, check)
        return
    with DiskErrors(path, kept="The file was left as it is."), folder_lock(path.parent):
        check()
        path.unlink(missing_ok=True)


def replace_files(
    files: Iterable[tuple[Path, bytes | None, Callable[[], None]]],
) -> list[WorkbenchError | None]:
    """As :func:`replace_file` for each of ``files``, in the time that a few take; why each was not
    written, or None."""
    outcome: list[Replacement | WorkbenchError | None] = []
    folders: set[Path] = set()
    for path, content, check in files:
        try:
            if content is not None:
                if path.parent not in folders:
                    _make_folder(path)
                    folders.add(path.parent)
                outcome.append(Replacement(path, content, check))
            else:
                replace_file(path, None, check)
                outcome.append(None)
        except WorkbenchError as error:
            outcome.append(error)
    write_many([item for item in outcome if isinstance(item, Replacement)])
    return [item.error if isinstance(item, Replacement) else item for item in outcome]


def _make_folder(path: Path) -> None:
    """``annotations/`` appears with the first save; never more than that one level, because a
    disk that was pulled out must not be rebuilt under its mount point."""
    _make((path.parent,), path)


def _make_folders(path: Path, project: Path) -> None:
    """The same for what lies deep in a project that is there, as ``labels/val/night/a.txt``."""
    above = [folder for folder in path.parents if project in folder.parents]
    _make(reversed(above), path)


def _make(folders: Iterable[Path], path: Path) -> None:
    with DiskErrors(path, kept="Nothing was written."):
        for folder in folders:
            folder.mkdir(exist_ok=True)
