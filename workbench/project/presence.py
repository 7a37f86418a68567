"""Who has a project open: a second window says that it is the second."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from workbench.core.errors import WorkbenchError
from workbench.formats.locks import computer_name, try_lock
from workbench.project.cache import cache_place

PRESENCE_FILE = "open.lock"


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that has the project open, since ``since`` (seconds since the epoch)."""

    host: str
    user: str
    pid: int
    since: float

    def words(self) -> str:
        """Where it is open: "on this computer (process 4711, since 10:42)"."""
        here = self.host == computer_name()
        place = "on this computer" if here else f"on {self.host or 'another computer'}"
        who = [f"process {self.pid}"] if here and self.pid else []
        if self.user and not (here and self.user == _user()):
            who.insert(0, self.user)
        if self.since:
            who.append(f"since {time.strftime('%H:%M', time.localtime(self.since))}")
        return f"{place} ({', '.join(who)})" if who else place


class Presence:
    """Holds a lock file with the name of its holder as long as the project is open.

    The file lies where the project's cache does. The lock ends with the process; what a killed one
    left in the file means nothing.
    """

    _here: dict[Path, tuple[int, int]] = {}  # noqa: RUF012  shared: locks are one a process
    """Descriptor of each lock file that this process has, and for how many projects."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mine: set[Path] = set()

    def join(self) -> Holder | None:
        """Say that the project is open here; return another process that has it open already.

        Again after the folder has become a project, whose cache lies elsewhere.
        """
        try:
            path = cache_place(self._folder) / PRESENCE_FILE
        except WorkbenchError:
            return None
        if path in self._mine:
            return None
        if path in self._here:
            descriptor, count = self._here[path]
            self._here[path] = (descriptor, count + 1)
            self._mine.add(path)
            return None
        return self._take(path)

    def _take(self, path: Path) -> Holder | None:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
        except OSError:
            return None
        locked = False
        try:
            locked = bool(taken := try_lock(descriptor))
            if taken is False:
                return _holder(descriptor)
            if locked:
                _sign(descriptor)
                self._here[path] = (descriptor, 1)
                self._mine.add(path)
        except OSError:
            pass  # without the name it still says that somebody is there
        finally:
            if not locked:
                os.close(descriptor)
        return None

    def leave(self) -> None:
        """The project is not open here any more."""
        for path in self._mine:
            descriptor, count = self._here.pop(path)
            if count > 1:
                self._here[path] = (descriptor, count - 1)
                continue
            with suppress(OSError):
                os.ftruncate(descriptor, 0)
            with suppress(OSError):
                os.close(descriptor)
        self._mine.clear()


def _sign(descriptor: int) -> None:
    me = {"host": computer_name(), "user": _user(), "pid": os.getpid(), "since": time.time()}
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, json.dumps(me).encode("ascii"))


def _holder(descriptor: int) -> Holder:
    """Who signed; one that has not yet, or whose words are not ours, is nobody in particular."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    try:
        data = json.loads(os.read(descriptor, 4096))
        return Holder(str(data["host"])[:80], str(data["user"])[:80], int(data["pid"]),
                      float(data["since"]))
    except (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return Holder(computer_name(), "", 0, 0.0)


def _user() -> str:
    return os.environ.get("USER") or os.environ.get("USERNAME") or ""
