"""What a step across the project replaced, so that it can be undone and survives a kill."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path, PurePath
from urllib.parse import quote

from workbench.core.errors import WorkbenchError
from workbench.core.paths import exists
from workbench.formats.atomic import disk_reason
from workbench.project.layout import JOURNAL_FILE, journal_path

_VERSION = 3
IMAGES, BOTH = "images", "clips"
"""In which files a step is: of images, or also of sounds and videos."""
UNKNOWN_POSITION = -1

DOING, DONE, UNDOING, UNDONE = "doing", "done", "undoing", "undone"
UNFINISHED = (DOING, UNDOING)


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step as the journal knows it.

    Class ``old`` becomes ``new``, or goes where that is None. ``position`` is where it stood in the
    list if it left it, or None where it only got another name. ``media``: in which files.
    """

    id: int
    old: str
    new: str | None
    position: int | None
    state: str
    media: str = IMAGES


class Journal:
    """SQLite file with the bytes that files had before a step; used from two threads.

    The bytes are on the disk here before the file itself is replaced.

    Raises
    ------
    WorkbenchError
        From every method, where the file cannot be written or is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.path = journal_path(folder)
        self._lock = threading.Lock()
        try:
            self.path.parent.mkdir(exist_ok=True)
            self._connection = sqlite3.connect(
                self.path, timeout=5.0, check_same_thread=False, isolation_level=None
            )
        except OSError as error:
            raise WorkbenchError(disk_reason(error), path=self.path) from error
        except sqlite3.Error as error:
            raise self._failure(error) from error
        self._run("pragma journal_mode = wal")
        self._run("pragma synchronous = normal")
        version = self._run("pragma user_version")[0][0]
        if version not in (0, 1, 2, _VERSION):
            raise WorkbenchError("it was made by another version of Workbench", path=self.path)
        self._run("create table if not exists step "
                  "(id integer primary key, old text, new text, position integer, state text)")
        if "media" not in [row[1] for row in self._run("pragma table_info(step)")]:
            self._run(f"alter table step add column media text default '{IMAGES}'")
        self._run("create table if not exists item (step integer, path text, before blob, "
                  "after blob, primary key (step, path)) without rowid")
        if version == 2:
            self._join_halves()
        self._run(f"pragma user_version = {_VERSION}")

    def _join_halves(self) -> None:
        """Version 2 had two rows for a step in both media, that in clips first."""
        rows = self._rows()
        for row, after in zip(rows, [*rows[1:], None], strict=True):
            if row.media != BOTH:
                continue
            if after is None or after.media != IMAGES or after.id != row.id + 1 \
                    or (row.old, row.new) != (after.old, after.new):
                # killed before the half in images was begun: the classes are as they were
                self._run("update step set position = ? where id = ?", UNKNOWN_POSITION, row.id)
                continue
            state = after.state if after.state in UNFINISHED else row.state
            self._run("update item set step = ? where step = ?", after.id, row.id)
            self._run("update step set media = ?, state = ? where id = ?", BOTH, state, after.id)
            self._run("delete from step where id = ?", row.id)

    def _run(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with self._lock:
            try:
                return self._connection.execute(statement, values).fetchall()
            except sqlite3.Error as error:
                raise self._failure(error) from error

    def _run_all(self, statement: str, rows: list[tuple[object, ...]]) -> None:
        """The same statement with all ``rows``, or with none."""
        with self._lock:
            try:
                with self._connection:
                    self._connection.execute("begin")
                    self._connection.executemany(statement, rows)
            except sqlite3.Error as error:
                raise self._failure(error) from error

    def _failure(self, error: sqlite3.Error) -> WorkbenchError:
        return WorkbenchError(f"the journal of changes could not be written ({error})",
                              path=self.path, kept="Nothing was changed.")

    def begin(self, old: str, new: str | None, position: int | None, media: str = IMAGES) -> int:
        """Note that a step begins; returns its number."""
        self._run("insert into step (old, new, position, state, media) values (?, ?, ?, ?, ?)",
                  old, new, position, DOING, media)
        return int(str(self._run("select max(id) from step")[0][0]))

    def set_state(self, step: int, state: str) -> None:
        self._run("update step set state = ? where id = ?", state, step)

    def keep(self, step: int, path: str, before: bytes | None, after: bytes | None) -> None:
        """Keep the bytes (None: no file) that ``path`` has before it gets the bytes ``after``."""
        self.keep_all(step, [(path, before, after)])

    def keep_all(self, step: int,
                 files: Iterable[tuple[str, bytes | None, bytes | None]]) -> None:
        """As :meth:`keep`, for several files at once."""
        self._run_all("insert or replace into item values (?, ?, ?, ?)", [
            (step, _column(path), None if before is None else zlib.compress(before, 1),
             digest(after)) for path, before, after in files])

    def before(self, step: int, path: str) -> tuple[bytes | None, bytes] | None:
        """The kept bytes of ``path`` and the digest of what replaced them."""
        rows = self._run("select before, after from item where step = ? and path = ?",
                         step, _column(path))
        for before, after in rows:
            assert isinstance(before, bytes | None) and isinstance(after, bytes)
            return None if before is None else zlib.decompress(before), after
        return None

    def drop(self, step: int, paths: Iterable[str]) -> None:
        """Files ``paths`` have their former bytes again."""
        self._run_all("delete from item where step = ? and path = ?",
                      [(step, _column(path)) for path in paths])

    def paths(self, step: int) -> Iterator[str]:
        for row in self._run("select path from item where step = ? order by path", step):
            yield os.fsdecode(row[0]) if isinstance(row[0], bytes) else str(row[0])

    def _rows(self) -> list[StepRow]:
        return [
            StepRow(int(str(id)), str(old), None if new is None else str(new),
                    None if position is None else int(str(position)), str(state), str(media))
            for id, old, new, position, state, media in self._run(
                "select id, old, new, position, state, media from step order by id")
        ]

    def unfinished(self) -> list[StepRow]:
        """Steps that a kill interrupted, in the order they were begun."""
        return [row for row in self._rows() if row.state in UNFINISHED]

    def close(self) -> None:
        """Close; a journal without unfinished steps is deleted, as undo ends with the session."""
        try:
            settled = not self.unfinished()
        except WorkbenchError:
            settled = False
        with self._lock:
            self._connection.close()
        if settled:
            for suffix in ("", "-wal", "-shm"):
                with suppress(OSError):
                    self.path.with_name(JOURNAL_FILE + suffix).unlink()


def read_only_uri(path: PurePath) -> str:
    """An absolute path for SQLite, which may only read; not ``as_uri()``, in which the computer of
    a network folder of Windows has a place that SQLite refuses."""
    name = path.as_posix()
    return f"file://{'' if name.startswith('/') else '/'}{quote(name, safe='/:')}?mode=ro"


def has_unfinished(folder: Path) -> bool:
    """Whether a step was interrupted; only looks."""
    path = journal_path(folder)
    if not exists(path):
        return False
    try:
        with closing(sqlite3.connect(read_only_uri(path), uri=True)) as connection:
            found = connection.execute(
                "select 1 from step where state in (?, ?)", UNFINISHED).fetchone()
    except sqlite3.Error:
        return True
    return found is not None


def _column(path: str) -> str | bytes:
    """A path as SQLite keeps it: a name that is no UTF-8 as its bytes."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return os.fsencode(path)
    return path


def digest(data: bytes | None) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest() if data is not None else b""
