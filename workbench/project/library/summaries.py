"""Summaries of annotation files, remembered in SQLite between two openings."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from workbench.project.cache import SUMMARIES_FILE

_SCHEMA_VERSION = 2

Row = tuple[str, int, int, str, int, str | None, int | None]
"""What is remembered about one annotation file: path, mtime_ns, size, classes as JSON, marks,
problem, line of the problem. It holds for exactly this time and size."""


class SummaryStore:
    """SQLite file with one row for each annotation file.

    Used by one thread. A file that is broken or not ours is thrown away and made anew. Without a
    folder, it remembers until it is closed.
    """

    def __init__(self, cache: Path | None) -> None:
        self._path = cache / SUMMARIES_FILE if cache is not None else None
        self._connection = self._open()

    def _open(self) -> sqlite3.Connection:
        if self._path is None:
            return self._connect(":memory:")
        try:
            return self._connect(self._path)
        except sqlite3.Error:
            for suffix in ("", "-wal", "-shm", "-journal"):
                with suppress(OSError):
                    os.unlink(f"{self._path}{suffix}")  # noqa: PTH108
        try:
            return self._connect(self._path)
        except sqlite3.Error:
            return self._connect(":memory:")  # the disk will not have it: remember until closing

    @staticmethod
    def _connect(path: Path | str) -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=2.0)
        try:
            connection.execute("pragma synchronous = off")  # a cache may be lost, not be slow
            version = connection.execute("pragma user_version").fetchone()[0]
            if version != _SCHEMA_VERSION:
                connection.execute("drop table if exists summary")
                connection.execute(f"pragma user_version = {_SCHEMA_VERSION}")
            connection.execute(
                "create table if not exists summary (path text primary key, mtime_ns integer, "
                "size integer, classes text, marks integer, problem text, line integer) "
                "without rowid"
            )
            connection.execute("select path, line from summary limit 1").fetchone()
            connection.commit()
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    # A file name that is no UTF-8 is no text for SQLite: such a file is read anew each time.

    def get(self, paths: Sequence[str]) -> dict[str, Row]:
        """What is known about these files, by path; at most some hundred at once."""
        paths = [path for path in paths if _fits(path)]
        marks = ",".join("?" * len(paths))
        query = ("select path, mtime_ns, size, classes, marks, problem, line "
                 f"from summary where path in ({marks})")
        try:
            found = self._connection.execute(query, paths).fetchall()
        except sqlite3.Error:
            self._start_anew()
            return {}
        return {row[0]: row for row in found}

    def paths(self) -> Iterator[list[str]]:
        """All paths that something is known about, in chunks."""
        after = ""
        while True:
            try:
                found = self._connection.execute(
                    "select path from summary where path > ? order by path limit 500", (after,)
                ).fetchall()
            except sqlite3.Error:
                self._start_anew()
                return
            if not found:
                return
            after = found[-1][0]
            yield [row[0] for row in found]

    def _start_anew(self) -> None:
        """The file turned out to be damaged further inside."""
        self._connection.close()
        if self._path is not None:
            with suppress(OSError):
                self._path.unlink()
        self._connection = self._open()

    def put(self, rows: Iterable[Row]) -> None:
        """Remember ``rows``, replacing what was known about their files."""
        with suppress(sqlite3.Error), self._connection:
            self._connection.executemany(
                "insert or replace into summary values (?, ?, ?, ?, ?, ?, ?)",
                [row for row in rows if all(map(_fits, row))],
            )

    def forget(self, paths: Iterable[str]) -> None:
        with suppress(sqlite3.Error), self._connection:
            self._connection.executemany(
                "delete from summary where path = ?", [(path,) for path in paths]
            )

    def close(self) -> None:
        self._connection.close()


def _fits(value: object) -> bool:
    """Whether SQLite takes ``value``: text with half characters is refused."""
    if not isinstance(value, str) or value.isascii():
        return True
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
