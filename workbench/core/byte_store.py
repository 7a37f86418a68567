"""Bytes that are seldom asked for again, however many there are: in memory while they are few, then
in a file that nobody sees and that goes with the process."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from typing import IO

MOST = 256 * 2**20
"""Bytes that are kept in memory."""


class KeptBytes:
    """Some bytes; their room is free when nobody holds this any more."""

    __slots__ = ("_data", "_length", "_start", "_store")

    def __init__(self, store: ByteStore, length: int, start: int, data: bytes | None) -> None:
        self._store, self._length, self._start, self._data = store, length, start, data

    def get(self) -> bytes:
        """The bytes."""
        return self._store.read(self._start, self._length) if self._data is None else self._data

    def __del__(self) -> None:
        self._store.forget(self._length, on_disk=self._data is None)


class ByteStore:
    """Keeps bytes; safe on any thread.

    Parameters
    ----------
    folder
        Where the file is made when it is needed, and this where it is missing. Where the disk
        refuses, all stay in memory.
    """

    def __init__(self, folder: Path, most: int = MOST) -> None:
        self._folder, self._most = folder, most
        self._lock = threading.RLock()  # the garbage collector may come in between
        self._file: IO[bytes] | None = None
        self.in_memory = 0
        """Bytes."""
        self._written = self._pieces = 0  # bytes and pieces on the disk

    def keep(self, data: bytes) -> KeptBytes:
        """Keep ``data``."""
        with self._lock:
            if self.in_memory + len(data) > self._most:
                start = self._write(data)
                if start >= 0:
                    return KeptBytes(self, len(data), start, None)
            self.in_memory += len(data)
            return KeptBytes(self, len(data), -1, data)

    def _write(self, data: bytes) -> int:
        """Where it begins in the file; -1 where the disk refuses."""
        try:
            if self._file is None:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115
            self._file.seek(self._written)
            self._file.write(data)
            self._file.flush()
        except OSError:
            return -1
        start = self._written
        self._written += len(data)
        self._pieces += 1
        return start

    def read(self, start: int, length: int) -> bytes:
        """Part of the file."""
        with self._lock:
            assert self._file is not None
            self._file.seek(start)
            return self._file.read(length)

    def forget(self, length: int, *, on_disk: bool) -> None:
        """A piece is not wanted any more; the file shrinks when none in it is."""
        with self._lock:
            if not on_disk:
                self.in_memory -= length
                return
            self._pieces -= 1
            if not self._pieces and self._file is not None:
                self._file.close()
                self._file, self._written = None, 0
