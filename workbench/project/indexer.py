"""The background thread behind :class:`workbench.project.index.MediaIndex`."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.errors import FormatError, Problem
from workbench.formats.atomic import disk_reason
from workbench.project.cache import write_names
from workbench.project.index import ImageSummary
from workbench.project.layout import Placement
from workbench.project.ownership import not_owner_words, owner, shared_files, sharing_problem
from workbench.project.scan import Breather, Scan, Stopped, sort_politely

if TYPE_CHECKING:
    from workbench.project.index import MediaIndex, Post
    from workbench.project.summaries import SummaryRow, SummaryStore

_POST_EVERY = 0.05  # seconds between two batches, so that the window repaints rarely
_BATCH = 400  # summaries in one batch: about a millisecond on the owner's thread
_WRITE_EVERY = 2000  # parsed files between two transactions


class Indexer:
    """Finds files, sorts them and summarizes their annotations, politely.

    It works for two milliseconds and rests for two, because the interpreter lock is shared with
    the window. Results go to the index's ``take_…`` methods through ``post``.
    """

    def __init__(
        self, index: MediaIndex, cache: Path | None, scan: Scan, steps: Iterator[None],
        remembered: list[str] | None, post: Post,
    ) -> None:
        self._index = index
        self._folder = index.folder
        self._layout = index.layout
        self._placement = Placement(index.folder, index.layout)
        self._cache = cache
        self._scan = scan
        self._steps = steps
        self._known = remembered
        self._handed_out = len(scan.keys)
        self._post_raw = post
        self._rows: dict[str, SummaryRow] = {}
        self._store: SummaryStore | None = None
        self._shared: dict[str, tuple[str, ...]] = {}
        self._fresh: list[SummaryRow] = []
        self._told: dict[tuple[str, str], Problem] = {}
        self._stop = threading.Event()
        self._wake = threading.Condition()
        self._again = False
        self._notes: set[str] = set()
        self._when_settled: list[Callable[[], None]] = []
        self._wanted: deque[str] = deque()
        self._thread = threading.Thread(target=self._run, name="media-index", daemon=True)
        self._breathe = Breather(self._stop.is_set)

    # Called on the owner's thread

    def start(self, settle: float) -> None:
        self._settle = settle
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        with self._wake:
            self._wake.notify()
        self._thread.join()

    def refresh(self) -> None:
        with self._wake:
            self._again = True
            self._wake.notify()

    def note(self, key: str) -> None:
        """The annotation of ``key`` was written."""
        with self._wake:
            self._notes.add(key)
            self._wake.notify()

    def when_settled(self, what: Callable[[], None]) -> None:
        """Call ``what`` on the owner's thread when everything noted so far is summarized."""
        with self._wake:
            self._when_settled.append(what)
            self._wake.notify()

    def want(self, keys: Iterable[str]) -> None:
        self._wanted.extend(keys)

    # The thread

    def _run(self) -> None:
        try:
            self._stop.wait(self._settle)
            self._look()
            while True:
                self._wait()
                self._write_notes()
                if self._again:
                    self._again = False
                    self._scan = Scan(self._folder, self._layout)
                    self._steps = self._scan.steps()
                    self._look()
        except Stopped:
            pass
        finally:
            if self._store is not None:
                self._flush_rows()
                self._store.close()

    def _wait(self) -> None:
        with self._wake:
            self._wake.wait_for(
                lambda: self._stop.is_set() or self._again or self._notes or self._when_settled
            )
        if self._stop.is_set():
            raise Stopped

    def _post(self, what: Callable[[], None]) -> None:
        def guarded() -> None:
            if not self._stop.is_set():  # the project may have been closed in the meantime
                what()

        self._post_raw(guarded)

    def _look(self) -> None:
        """One whole pass: list, sort, summarize."""
        cold = self._known is None
        self._list(cold)
        keys = self._sorted()
        changed = keys is not self._known
        rows = self._numbered(keys) if changed or cold else None
        self._known = keys
        self._post(lambda: self._index.take_all(keys, rows))
        if changed and self._cache is not None:
            write_names(self._cache, self._layout, keys)
        self._shared = shared_files(keys, self._placement, self._breathe)
        shared = self._shared
        self._post(lambda: self._index.take_shared(shared))
        problems = list(self._scan.problems)
        problems += [sharing_problem(g, self._placement) for g in dict.fromkeys(shared.values())]
        problems += self._summarize(keys)
        self._tell(problems)
        self._post(self._index.take_end)

    def _list(self, hand_out: bool) -> None:
        posted = time.perf_counter()
        for _ in self._steps:
            self._breathe()
            if hand_out and time.perf_counter() - posted > _POST_EVERY:
                posted = time.perf_counter()
                batch = self._scan.keys[self._handed_out :]
                self._handed_out += len(batch)
                self._post(lambda batch=batch: self._index.take_more(batch))  # type: ignore[misc]

    def _sorted(self) -> list[str]:
        """The keys in order; the very list that is known where nothing changed."""
        found = self._scan.keys
        known = self._known
        if known is None:
            return sort_politely(found, self._breathe)
        present, before = set(found), set(known)
        if present == before and len(found) == len(known):
            return known
        return sort_politely(
            [key for key in known if key in present] + [k for k in found if k not in before],
            self._breathe,
        )

    def _numbered(self, keys: list[str]) -> dict[str, int]:
        rows: dict[str, int] = {}
        for start in range(0, len(keys), 4096):
            part = keys[start : start + 4096]
            rows.update(zip(part, range(start, start + len(part)), strict=True))
            self._breathe()
        return rows

    # Summaries

    def _summarize(self, keys: list[str]) -> list[Problem]:
        self._load_rows()
        problems: list[Problem] = []
        batch: list[tuple[str, ImageSummary | None]] = []
        posted = time.perf_counter()
        for key in self._with_wanted(keys):
            summary, problem = self._summary(key)
            if problem is not None:
                problems.append(problem)
            batch.append((key, summary))
            self._breathe()
            if len(batch) >= _BATCH or time.perf_counter() - posted > _POST_EVERY:
                posted = time.perf_counter()
                self._hand_over(batch)
                batch = []
        self._hand_over(batch)
        self._flush_rows()
        self._forget_rows()
        return problems

    def _with_wanted(self, keys: list[str]) -> Iterator[str]:
        for key in keys:
            while self._wanted:
                yield self._wanted.popleft()
            yield key

    def _hand_over(self, batch: list[tuple[str, ImageSummary | None]]) -> None:
        self._post(lambda: self._index.take_summaries(batch))

    def _summary(self, key: str) -> tuple[ImageSummary | None, Problem | None]:
        annotation = self._placement.annotation(key)
        if annotation not in self._scan.annotations:
            return None, None
        if key in self._shared:
            belongs_to = self._owner(key, annotation)
            if belongs_to != key:
                words = not_owner_words(key, belongs_to, annotation)
                return ImageSummary(problem=words, labelled=False), None
        row = self._row(annotation)
        if row is None:
            return None, None
        if row.problem is not None:
            path = str(self._folder / annotation)
            problem = Problem(path, "unreadable-annotation", row.problem, line=row.line)
            return ImageSummary(problem=row.problem), problem
        classes = json.loads(row.classes)
        return ImageSummary(sum(classes.values()), classes, row.verified), None

    def _owner(self, key: str, annotation: str) -> str:
        try:
            data = (self._folder / annotation).read_bytes()
        except OSError:
            data = None
        return owner(self._shared[key], data)

    def _row(self, annotation: str) -> SummaryRow | None:
        """What is known about an annotation file as it is now; None where it is gone."""
        path = os.path.join(self._folder, annotation)  # noqa: PTH118  ten times Path's speed
        try:
            state = os.stat(path)  # noqa: PTH116
        except FileNotFoundError:
            return None
        except OSError as error:
            return _unreadable(annotation, 0, 0, disk_reason(error, "read"), None)
        row = self._rows.get(annotation)
        if row is None or (row.mtime_ns, row.size) != (state.st_mtime_ns, state.st_size):
            row = read_row(self._folder, annotation, state)
            self._rows[annotation] = row
            self._fresh.append(row)
            if len(self._fresh) >= _WRITE_EVERY:
                self._flush_rows()
        return row

    def _load_rows(self) -> None:
        if self._cache is None or self._store is not None:
            return
        from workbench.project.summaries import SummaryStore

        self._store = SummaryStore(self._cache)
        for chunk in self._store.rows():
            self._rows.update((row.path, row) for row in chunk)
            self._breathe()

    def _flush_rows(self) -> None:
        for start in range(0, len(self._fresh), 200):
            if self._store is not None:
                self._store.put(self._fresh[start : start + 200])
        self._fresh = []

    def _forget_rows(self) -> None:
        gone = [path for path in self._rows if path not in self._scan.annotations]
        for path in gone:
            del self._rows[path]
        if gone and self._store is not None:
            self._store.forget(gone)

    def _write_notes(self) -> None:
        """Bring the memory up to date with what was saved."""
        with self._wake:
            keys, self._notes = self._notes, set()
            callbacks, self._when_settled = self._when_settled, []
        batch = []
        for key in keys:
            annotation = self._placement.annotation(key)
            self._scan.annotations.add(annotation)
            if self._row(annotation) is None:
                self._scan.annotations.discard(annotation)
            batch.append((key, self._summary(key)[0]))
            if not self._stop.is_set():
                self._breathe()
        self._hand_over(batch)
        self._flush_rows()
        for what in callbacks:
            self._post(what)

    def _tell(self, problems: list[Problem]) -> None:
        now = {(problem.path, problem.kind): problem for problem in problems}
        for where, problem in now.items():
            if self._told.get(where) != problem:
                self._post(lambda problem=problem: self._index.problem_found.emit(problem))  # type: ignore[misc]
        for path, kind in self._told.keys() - now.keys():
            self._post(lambda p=path, k=kind: self._index.problem_gone.emit(p, k))  # type: ignore[misc]
        self._told = now


def read_row(folder: Path, annotation: str, state: os.stat_result) -> SummaryRow:
    """Summarize one annotation file, from its bytes."""
    from workbench.formats.voc import summarize_voc
    from workbench.project.summaries import SummaryRow

    try:
        counts, verified = summarize_voc((folder / annotation).read_bytes())
    except FormatError as error:
        return _unreadable(annotation, state.st_mtime_ns, state.st_size, error.message, error.line)
    except OSError as error:
        return _unreadable(annotation, 0, 0, disk_reason(error, "read"), None)
    return SummaryRow(annotation, state.st_mtime_ns, state.st_size,
                      json.dumps(dict(counts), ensure_ascii=False), verified, None, None)


def _unreadable(
    annotation: str, mtime_ns: int, size: int, reason: str, line: int | None
) -> SummaryRow:
    from workbench.project.summaries import SummaryRow

    where = f"line {line}, " if line is not None else ""
    name = annotation.rpartition("/")[2]
    words = f"{name} could not be read: {where}{reason.rstrip('.')}. The file was left as it is."
    return SummaryRow(annotation, mtime_ns, size, "{}", False, words, line)
