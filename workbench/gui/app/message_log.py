"""All that was said, kept for the Log place and in a file that survives a crash. Imports no Qt."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from workbench.core.signal import Signal

KEPT = 5000
"""Entries kept in memory."""
FILE_BYTES = 2 * 2**20
"""A log file longer than this is put aside when the program starts."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One thing that was said."""

    when: float
    """Seconds since 1970."""
    tone: str
    """ "info", "ok", "warn" or "bad"."""
    source: str
    """ "window" or "engine"."""
    text: str
    """One sentence."""
    detail: str = ""
    """More for somebody who looks for a cause, such as a traceback; or ""."""

    def line(self) -> str:
        """As it stands in the file."""
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.when))
        lines = [f"{stamp}  {self.source:<6}  {self.tone:<4}  {self.text}"]
        lines += [f"    {item}" for item in self.detail.splitlines()]
        return "\n".join(lines)


class MessageLog:
    """The last entries, and a file of all of them.

    Parameters
    ----------
    path
        The log file; None keeps none. It is written line by line, so that it is complete when the
        program ends badly. One that cannot be written is done without.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.added: Signal[LogEntry] = Signal()
        """(entry) one more."""
        self.cleared: Signal[()] = Signal()
        """There are none any more (the file stays)."""
        self.path = path
        self._entries: deque[LogEntry] = deque(maxlen=KEPT)
        self.file = _open(path) if path is not None else None
        """The open log file, where there is one."""

    @property
    def entries(self) -> Sequence[LogEntry]:
        """The oldest first."""
        return self._entries

    def add(self, tone: str, text: str, *, source: str = "window", detail: str = "") -> LogEntry:
        """Remember one sentence and write it down."""
        entry = LogEntry(time.time(), tone, source, text, detail)
        self._entries.append(entry)
        if self.file is not None:
            with suppress(OSError, ValueError):  # a full disk must not stop the program
                self.file.write(entry.line() + "\n")
                self.file.flush()
        self.added.emit(entry)
        return entry

    def clear(self) -> None:
        """Empty the list; the file stays."""
        self._entries.clear()
        self.cleared.emit()

    def close(self) -> None:
        """Close the file; later entries are kept in memory only."""
        if self.file is not None:
            self.file.close()
            self.file = None


def _open(path: Path) -> TextIO | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file() and path.stat().st_size > FILE_BYTES:
            with suppress(OSError):  # on Windows, while another window writes into it
                path.replace(path.with_suffix(".old.log"))
        return path.open("a", encoding="utf-8", errors="backslashreplace")
    except OSError:
        return None
