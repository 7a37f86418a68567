"""What commands of the shell print with: JSON, tables, a line of progress."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from workbench.core.plain import json_text
from workbench.core.text import table_lines

_json_out: list[TextIO] = []  # where JSON goes while stdout is kept clean


@contextmanager
def clean_stdout() -> Iterator[None]:
    """Keep stdout for JSON inside the block: what libraries and recipes print goes to stderr."""
    real = sys.stdout
    try:
        ours = real.fileno() == 1
    except (OSError, ValueError):
        ours = False  # something else than a file stands in for it
    real.flush()
    kept = os.dup(1) if ours else -1
    # half characters of a file name become "\\udce9", which is how JSON writes them
    stream = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace") \
        if ours else real
    if ours:
        os.dup2(2, 1)
    sys.stdout = sys.stderr
    _json_out.append(stream)
    try:
        yield
    finally:
        _json_out.pop()
        sys.stdout = real
        if ours:
            os.dup2(kept, 1)
            os.close(kept)
            stream.close()


@contextmanager
def lasting_output() -> Iterator[None]:
    """Inside the block nothing that is printed, by whomever, fails: where nobody reads any more
    (``| head``), or the disk of a log is full, it goes nowhere. For work that takes long."""
    old, old_json = (sys.stdout, sys.stderr), list(_json_out)
    sys.stdout, sys.stderr = map(_lasting, old)
    _json_out[:] = map(_lasting, old_json)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr, *_json_out):
            stream.flush()
        (sys.stdout, sys.stderr), _json_out[:] = old, old_json


def _lasting(stream: TextIO) -> TextIO:
    with suppress(OSError):
        stream.flush()
    try:
        raw = _Unfailing(stream.fileno(), "wb", closefd=False)
    except (OSError, ValueError):
        return stream  # something else than a file stands in for it
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding=stream.encoding,
                            errors=stream.errors, line_buffering=bool(stream.line_buffering))


class _Unfailing(io.FileIO):
    """A file that takes in whatever cannot be written."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError:
            return len(data)


def print_json(data: Any) -> None:
    """Print ``data`` as JSON; what is not a finite number becomes null."""
    print_line(json_text(data, indent=1))


def print_line(text: str) -> None:
    """Print JSON that is text already, and flush."""
    print(text, file=_json_out[-1] if _json_out else sys.stdout, flush=True)


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print :func:`table_lines`."""
    for line in table_lines(rows):
        print(line)


class StatusLine:
    """One line on a terminal that is written over and over; silent where there is no terminal."""

    def __init__(self) -> None:
        self._shown = False
        self._live = sys.stderr.isatty()

    def show(self, text: str) -> None:
        if self._live:
            width = shutil.get_terminal_size().columns - 1
            print(f"{_erasure()}{text[:width]}", end="", file=sys.stderr, flush=True)
            self._shown = True

    def clear(self) -> None:
        if self._shown:
            print(_erasure(), end="", file=sys.stderr, flush=True)
            self._shown = False

    def say(self, text: str) -> None:
        """Print a line that stays, to stderr."""
        self.clear()
        print(text, file=sys.stderr, flush=True)


def _erasure() -> str:
    """What empties the line; a console of Windows need not know the sequence for that."""
    if os.name == "nt":
        return f"\r{' ' * (shutil.get_terminal_size().columns - 1)}\r"
    return "\r\x1b[K"
