"""Keeps the COCO files of an open project at what its labels say."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from workbench.core.errors import ConflictError
from workbench.project.stores.coco import CocoStore
from workbench.project.stores.coco_parts import SyncOutcome
from workbench.project.stores.numbering import CLASSES_KEY

if TYPE_CHECKING:
    from workbench.project.library.images import ImageLibrary
    from workbench.project.open_project import OpenProject

WAIT = 0.7
"""Seconds after the last edit before the files are written."""
LONGEST = 10.0
"""Seconds that whoever closes the project waits at most until that is done."""


class CocoFiles:
    """Works on the saver's thread, between two saves; otherwise on the session's."""

    def __init__(self, project: OpenProject, images: ImageLibrary) -> None:
        assert isinstance(project.store, CocoStore)
        self._project, self._images, self._store = project, images, project.store
        self._lock = threading.Lock()
        self._hints: set[str] = set()  # images that were saved
        self._left: set[str] = set()  # those that are at work, or could not be written
        self._full = False  # whether anything else may have changed
        self._last = 0.0
        self._running = False
        self._reported: list[tuple[str, str]] = []
        self._held: set[str] = set()

    def begin(self) -> None:
        project = self._project
        project.saver.saved.connect(self._saved)
        project.index.finished.connect(self.look)
        project.step_finished.connect(lambda _outcome: self.look())
        for problem in self._store.problems:
            project.add_problem(problem)
        self.look()

    @property
    def settled(self) -> bool:
        """Whether the files say what the labels say, as far as they can."""
        with self._lock:
            return not (self._running or self._hints or self._full)

    def look(self) -> None:
        """Other programs, or steps across the project, may have changed something."""
        with self._lock:
            self._full = True
        self._start()

    def choose(self, key: str, *, ours: bool) -> None:
        """A person has chosen in a conflict."""
        self._store.sync.choices[key] = ours
        self._held.discard(key)
        self.look()

    def is_held(self, key: str) -> bool:
        return key in self._held

    def close(self) -> None:
        """Write what was not written yet, unless that takes long: it is then at the next opening.
        The saver has ended."""
        hints, until = self._hints | self._left, time.monotonic() + LONGEST
        if (hints or self._full) and self._project.identity.is_there():
            steps = self._store.sync.run(SyncOutcome(), hints, only=not self._full)
            for _ in steps:
                if time.monotonic() > until:
                    steps.close()
                    return

    def _saved(self, key: str) -> None:
        if key == CLASSES_KEY or key in self._project.index:
            with self._lock:
                self._hints.add(key)
                self._last = time.monotonic()
            self._start()

    def _start(self) -> None:
        with self._lock:
            start, self._running = not self._running, True
        if start:
            self._project.saver.run_task(self._steps())

    def _steps(self) -> Iterator[None]:
        while time.monotonic() - self._last < WAIT:
            time.sleep(0.02)
            yield
        outcome, done = SyncOutcome(), False
        with self._lock:
            hints = self._left = self._left | self._hints
            full, self._full, self._hints = self._full, False, set()
        try:
            if self._project.identity.is_there():
                yield from self._store.sync.run(outcome, hints, only=not full, politely=True)
                done = True
        finally:
            with self._lock:
                if done and not outcome.failed:
                    self._left = set()
                self._full |= full and not done
                self._running = False
        if done:
            self._project.post(partial(self._done, outcome))

    def _done(self, outcome: SyncOutcome) -> None:
        project = self._project
        if self._hints or self._full:  # there is more by now
            self._start()
        now = [(problem.path, problem.kind) for problem in outcome.problems]
        if outcome.whole:
            for where in self._reported:
                if where not in now:
                    project.drop_problem(*where)
            self._reported = now
        else:
            self._reported += now
        for problem in outcome.problems:
            project.add_problem(problem)
        if outcome.entries:
            for key in outcome.entries:
                if self._images.cached(key) is not None:
                    self._images.check_disk(key)
            project.index.refresh()
        held = {key for keys in outcome.held.values() for key in keys}
        for key in held - self._held if outcome.whole else held:  # also when it was edited again
            project.conflict.emit(key, ConflictError(
                "another program changed its labels in the COCO file",
                path=self._images.path(key), kept="Neither was overwritten."))
        self._held = held if outcome.whole else self._held | held
