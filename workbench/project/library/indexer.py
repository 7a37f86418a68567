"""The background thread that finds the images of a project and summarizes their labels."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.background import BackgroundThread, Cancelled
from workbench.core.errors import FormatError, Problem, unexpected
from workbench.formats.atomic import disk_reason
from workbench.formats.regular_file import read_regular
from workbench.project.cache import write_names
from workbench.project.layout import Placement
from workbench.project.library.image_rows import ImageRows, ImageSummary, Packed, pack_marks
from workbench.project.library.ownership import (
    other_owner_text,
    owner,
    shared_files,
    sharing_problem,
)
from workbench.project.library.scan import Scan, Throttle, sort_in_steps, unread_alone

if TYPE_CHECKING:
    from workbench.core.background import Post
    from workbench.project.library.summaries import Row, SummaryStore
    from workbench.project.stores.base import AnnotationStore

Batch = list[tuple[str, Packed | None]]

_POST_EVERY = 0.05  # seconds between two batches, so that the window repaints rarely
_BATCH = 400  # summaries in one batch: about a millisecond on the owner's thread
_CHUNK = 100  # images whose memory is looked up at once
_TIDY_AFTER = 2.0  # seconds of rest after which the folder is put in order
_WRITE_EVERY = 200  # parsed files between two transactions


class Indexer:
    """Finds files, sorts them and summarizes their annotations, politely.

    It works for two milliseconds and rests for two, because the interpreter lock is shared with
    the window. What it finds goes to ``index`` through ``post``.
    """

    def __init__(
        self, index: ImageRows, cache: Path | None, scan: Scan, steps: Iterator[None],
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
        self._opened: SummaryStore | None = None
        self._shared: dict[str, tuple[str, ...]] = {}
        self._fresh: list[Row] = []
        self._reported: dict[tuple[str, str], Problem] = {}
        self._wake = threading.Condition()
        self._again = False
        self._saved: dict[str, int] = {}
        self._when_settled: list[Callable[[], None]] = []
        self._wanted: deque[str] = deque()
        self._thread = BackgroundThread(self._run, name="media-index", post=post)
        self._throttle = Throttle(self._thread)

    # Called on the owner's thread

    def start(self, rest: float) -> None:
        """Begin after ``rest`` seconds, or when :meth:`go_on` is called."""
        self._rest = rest
        self._thread.start()

    def go_on(self) -> None:
        with self._wake:
            self._rest = 0.0
            self._wake.notify()

    def stop(self) -> None:
        self._thread.cancel()
        with self._wake:
            self._wake.notify()
        self._thread.join()

    def refresh(self) -> None:
        with self._wake:
            self._again = True
            self._wake.notify()

    def saved(self, key: str, edit: int) -> None:
        """The annotation of ``key`` was written as it was after edit number ``edit``."""
        with self._wake:
            self._saved[key] = edit
            self._wake.notify()

    def when_settled(self, what: Callable[[], None]) -> None:
        """Call ``what`` on the owner's thread when everything noted so far is summarized."""
        with self._wake:
            self._when_settled.append(what)
            self._wake.notify()

    def want(self, keys: Iterable[str]) -> None:
        self._wanted.extend(keys)

    # The thread

    def _run(self, thread: BackgroundThread) -> None:
        try:
            with self._wake:
                self._wake.wait_for(lambda: thread.cancelled or not self._rest, self._rest)
            thread.check()
            self._scan_or_report()
            if not self._wait(_TIDY_AFTER):
                self._tidy()
            while True:
                self._wait()
                self._summarize_saved()
                if self._again:
                    self._again = False
                    there = self._index.folder_is_there()
                    self._thread.post(lambda there=there: self._index.folder_seen.emit(there))  # type: ignore[misc]
                    if not there:
                        continue
                    self._scan = Scan(self._folder, self._layout)
                    self._steps = self._scan.steps()
                    self._scan_or_report()
        finally:
            if self._opened is not None:
                self._flush_rows()
                self._opened.close()

    @property
    def _store(self) -> SummaryStore:
        """Opened late: loading SQLite would take time from the first paint."""
        if self._opened is None:
            from workbench.project.library.summaries import SummaryStore

            self._opened = SummaryStore(self._cache)
        return self._opened

    def _wait(self, seconds: float | None = None) -> bool:
        """Rest until there is something to do; whether there is after ``seconds``."""
        with self._wake:
            self._wake.wait_for(
                lambda: self._thread.cancelled or self._again or self._saved
                or self._when_settled, seconds)
            busy = bool(self._again or self._saved or self._when_settled)
        self._thread.check()
        return busy

    def _tidy(self) -> None:
        from workbench.project.housekeeping import tidy

        if not self._thread.cancelled and self._index.folder_is_there():
            tidy(self._folder, self._scan.folders)

    def _scan_or_report(self) -> None:
        """Look; what nobody foresaw is told, and what was found until then can be worked on."""
        try:
            self._scan_once()
        except Cancelled:
            raise
        except Exception as bug:
            reason = f"Not all of the folder was looked through: {unexpected(bug)}."
            self._report([*self._scan.problems,
                          Problem(str(self._folder), "unreadable-folder", reason)])
            self._thread.post(self._index.abort_scan)

    def _scan_once(self) -> None:
        """One whole pass: list, sort, summarize."""
        self._list(hand_out=self._known is None)
        if self._known is not None and not self._index.folder_is_there():
            self._thread.post(lambda: self._index.folder_seen.emit(False))
            self._thread.post(self._index.abort_scan)
            return
        keys, gone = self._sorted()
        self._placement.pair(keys, self._scan.annotations, self._throttle)
        changed = keys is not self._known
        self._known = keys
        unread = unread_alone(keys, self._scan.unread)
        self._thread.post(lambda: self._index.set_unread(unread))
        self._thread.post(lambda: self._index.set_rows(keys, gone))
        if changed and self._cache is not None:
            write_names(self._cache, self._layout, keys)
        self._shared = shared_files(keys, self._placement, self._throttle)
        shared = self._shared
        self._thread.post(lambda: self._index.set_shared(shared))
        problems = list(self._scan.problems)
        problems += [sharing_problem(g, self._placement) for g in dict.fromkeys(shared.values())]
        problems += self._summarize(keys)
        self._report(problems)
        self._thread.post(self._index.finish_scan)

    def _list(self, hand_out: bool) -> None:
        posted = time.perf_counter()
        for _ in self._steps:
            self._throttle()
            if hand_out and time.perf_counter() - posted > _POST_EVERY:
                posted = time.perf_counter()
                batch = self._scan.keys[self._handed_out :]
                self._handed_out += len(batch)
                self._thread.post(lambda batch=batch: self._index.append_rows(batch))  # type: ignore[misc]

    def _sorted(self) -> tuple[list[str], list[str]]:
        """The keys in order (the very list that is known where nothing changed), and which of
        the known ones are gone."""
        found = self._scan.keys
        known = self._known
        if known is None:
            return sort_in_steps(found, self._throttle), []
        present, before = self._set(found), self._set(known)
        gone = self._outside(known, present)
        new = self._outside(found, before)
        if not gone and not new and len(found) == len(known):
            return known, []
        kept = self._outside(known, set(gone)) if gone else known
        return sort_in_steps(kept + new, self._throttle), gone

    def _set(self, keys: list[str]) -> set[str]:
        result: set[str] = set()
        for start in range(0, len(keys), 4096):
            result.update(keys[start : start + 4096])
            self._throttle()
        return result

    def _outside(self, keys: list[str], others: set[str]) -> list[str]:
        result: list[str] = []
        for start in range(0, len(keys), 4096):
            result += [key for key in keys[start : start + 4096] if key not in others]
            self._throttle()
        return result

    # Summaries

    def _summarize(self, keys: list[str]) -> list[Problem]:
        problems: list[Problem] = []
        batch: Batch = []
        posted = time.perf_counter()
        for chunk in self._chunks(keys):
            known = self._known_rows(chunk)
            for key in chunk:
                packed, problem = self._summary_or_problem(key, known)
                if problem is not None:
                    problems.append(problem)
                batch.append((key, packed))
                self._throttle()
            if len(batch) >= _BATCH or time.perf_counter() - posted > _POST_EVERY:
                posted = time.perf_counter()
                self._post_batch(batch)
                batch = []
        self._post_batch(batch)
        self._forget_rows()
        return problems

    def _chunks(self, keys: list[str]) -> Iterator[list[str]]:
        """The keys in their order, but those in view as soon as they are asked for."""
        for start in range(0, len(keys), _CHUNK):
            while self._wanted:
                yield [self._wanted.popleft() for _ in range(min(len(self._wanted), _CHUNK))]
            yield keys[start : start + _CHUNK]

    def _known_rows(self, keys: Iterable[str]) -> dict[str, Row]:
        annotations = self._scan.annotations
        paths = [path for path in map(self._placement.annotation, keys) if path in annotations]
        return self._store.get(paths) if paths else {}

    def _post_batch(self, batch: Batch) -> None:
        self._thread.post(lambda: self._index.set_summaries(batch))

    def _summary_or_problem(
        self, key: str, known: dict[str, Row]
    ) -> tuple[Packed | None, Problem | None]:
        """As :meth:`_summary`; what nobody foresaw costs this file only."""
        try:
            return self._summary(key, known)
        except Exception as bug:
            annotation = self._placement.annotation(key)
            name = annotation.rpartition("/")[2]
            reason = f"{name} could not be read: {unexpected(bug)}. The file was left as it is."
            problem = Problem(str(self._folder / annotation), "unreadable-annotation", reason)
            return ImageSummary(problem=reason).pack(), problem

    def _summary(self, key: str, known: dict[str, Row]) -> tuple[Packed | None, Problem | None]:
        annotation = self._placement.annotation(key)
        if annotation not in self._scan.annotations:
            return None, None
        if key in self._shared:
            belongs_to = self._owner(key, annotation)
            if belongs_to != key:
                words = other_owner_text(key, belongs_to, annotation)
                return ImageSummary(problem=words, labelled=False).pack(), None
        row = self._row(annotation, known.get(annotation))
        if row is None:
            return None, None
        _, _, _, classes, marks, reason, line = row
        problem = None
        if reason is not None:
            problem = Problem(str(self._folder / annotation), "unreadable-annotation", reason,
                              line=line)
        return _packed(self._index.store.named(classes), marks, reason), problem

    def _owner(self, key: str, annotation: str) -> str:
        try:
            data = read_regular(self._folder / annotation)
        except OSError:
            data = None
        return owner(self._shared[key], data)

    def _row(self, annotation: str, row: Row | None) -> Row | None:
        """What is so about an annotation file now, ``row`` being known; None where it is gone."""
        path = os.path.join(self._folder, annotation)
        try:
            state = os.stat(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            return _unreadable(annotation, 0, 0, disk_reason(error, "read"), None)
        if row is None or row[1:3] != (state.st_mtime_ns, state.st_size):
            row = read_row(self._index.store, annotation, state)
            self._fresh.append(row)
            if len(self._fresh) >= _WRITE_EVERY:
                self._flush_rows()
        return row

    def _flush_rows(self) -> None:
        if self._fresh:
            self._store.put(self._fresh)
        self._fresh = []

    def _forget_rows(self) -> None:
        self._flush_rows()
        gone: list[str] = []
        for paths in self._store.paths():
            gone += [path for path in paths if path not in self._scan.annotations]
            self._throttle()
        self._store.forget(gone)

    def _summarize_saved(self) -> None:
        """Bring the memory up to date with what was saved."""
        with self._wake:
            edits, self._saved = self._saved, {}
            callbacks, self._when_settled = self._when_settled, []
        for chunk in self._chunks(list(edits)):
            batch: Batch = []
            for key in chunk:
                annotation = self._placement.annotation(key)
                self._scan.annotations.add(annotation)
                if not os.path.exists(os.path.join(self._folder, annotation)):
                    self._scan.annotations.discard(annotation)
            known = self._known_rows(chunk)
            for key in chunk:
                batch.append((key, self._summary_or_problem(key, known)[0]))
                self._throttle()
            self._post_saved(batch, {key: edits[key] for key in chunk if key in edits})
        self._flush_rows()
        for what in callbacks:
            self._thread.post(what)

    def _post_saved(self, batch: Batch, edits: dict[str, int]) -> None:
        self._thread.post(lambda: self._index.set_saved(batch, edits))

    def _report(self, problems: list[Problem]) -> None:
        now = {(problem.path, problem.kind): problem for problem in problems}
        for where, problem in now.items():
            if self._reported.get(where) != problem:
                self._thread.post(lambda problem=problem: self._index.problem_found.emit(problem))  # type: ignore[misc]
        for path, kind in self._reported.keys() - now.keys():
            self._thread.post(lambda p=path, k=kind: self._index.problem_gone.emit(p, k))  # type: ignore[misc]
        self._reported = now


@lru_cache(maxsize=4096)
def _packed(classes: str, marks: int, reason: str | None) -> Packed:
    """Images with the same objects share one summary."""
    return classes, marks, reason, True


def read_row(store: AnnotationStore, annotation: str, state: os.stat_result) -> Row:
    """Summarize one annotation file, from its bytes."""
    try:
        found = store.summarize(read_regular(store.folder / annotation))
    except FormatError as error:
        return _unreadable(annotation, state.st_mtime_ns, state.st_size, error.message, error.line)
    except OSError as error:
        return _unreadable(annotation, 0, 0, disk_reason(error, "read"), None)
    classes = json.dumps(dict(found.counts), ensure_ascii=False)
    marks = pack_marks(found.verified, found.difficult, found.truncated)
    return annotation, state.st_mtime_ns, state.st_size, classes, marks, None, None


def _unreadable(annotation: str, mtime_ns: int, size: int, reason: str, line: int | None) -> Row:
    where = f"line {line}, " if line is not None else ""
    name = annotation.rpartition("/")[2]
    words = f"{name} could not be read: {where}{reason.rstrip('.')}. The file was left as it is."
    return annotation, mtime_ns, size, "{}", 0, words, line
