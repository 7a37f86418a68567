"""Summaries of annotation files, remembered in SQLite between two openings."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from workbench.project.cache import SUMMARIES_FILE

_SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """What is remembered about one annotation file; valid for exactly this time and size."""

    path: str
    mtime_ns: int
    size: int
    classes: str
    verified: bool
    problem: str | None
    line: int | None


class SummaryStore:
    """SQLite file with one row for each annotation file.

    Used by one thread. A file that is broken or not ours is thrown away and made anew.
    """

    def __init__(self, cache: Path) -> None:
        self._path = cache / SUMMARIES_FILE
        self._connection = self._open()

    def _open(self) -> sqlite3.Connection:
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
                "size integer, classes text, verified integer, problem text, line integer) "
                "without rowid"
            )
            connection.execute("select path, line from summary limit 1").fetchone()
            connection.commit()
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def rows(self) -> Iterator[list[SummaryRow]]:
        """All rows, in chunks; ends early where the file turns out to be damaged."""
        try:
            cursor = self._connection.execute(
                "select path, mtime_ns, size, classes, verified, problem, line from summary"
            )
            while chunk := cursor.fetchmany(200):
                yield [SummaryRow(p, m, s, c, bool(v), q, n) for p, m, s, c, v, q, n in chunk]
        except sqlite3.Error:
            self._connection.close()
            with suppress(OSError):
                self._path.unlink()
            self._connection = self._open()

    def put(self, rows: Iterable[SummaryRow]) -> None:
        """Remember ``rows``, replacing what was known about their files."""
        with suppress(sqlite3.Error), self._connection:
            self._connection.executemany(
                "insert or replace into summary values (?, ?, ?, ?, ?, ?, ?)",
                [(r.path, r.mtime_ns, r.size, r.classes, int(r.verified), r.problem, r.line)
                 for r in rows],
            )

    def forget(self, paths: Iterable[str]) -> None:
        with suppress(sqlite3.Error), self._connection:
            self._connection.executemany(
                "delete from summary where path = ?", [(path,) for path in paths]
            )

    def close(self) -> None:
        self._connection.close()
