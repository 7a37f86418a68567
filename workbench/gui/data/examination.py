"""Looks at every file of the open project in the background, and keeps what it found."""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from workbench.core.background import BackgroundThread
from workbench.core.errors import Problem
from workbench.gui.background.threads import worker
from workbench.project.library.scan import Throttle

_TELL_SECONDS = 0.1


class Examination(QObject):
    """Findings come while it goes on."""

    changed = Signal()
    """An attribute is another one, or :meth:`problems` gives others."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.running = self.done = False
        """Whether one is under way, and whether one came to its end for this project."""
        self.fraction: float | None = None
        """How much of it is done, 0 to 1; None where that is not known yet."""
        self.failure = ""
        """Why it could not be done, as one sentence, or ""."""
        self._found: dict[Problem, None] = {}
        self._mended: set[Problem] = set()
        self._worker = worker(self, "examination")

    def problems(self) -> list[Problem]:
        """What was found and is not mended, in the order it was found."""
        others = {_file(item) for item in self._mended if item not in self._found}
        return [item for item in self._found
                if item not in self._mended and _file(item) not in others]

    @property
    def mended_files(self) -> set[tuple[str, str]]:
        """Path and kind of what was mended."""
        return {_file(item) for item in self._mended}

    def begin(self, folder: Path) -> None:
        """Look at every file of ``folder``; one that is under way is given up."""
        self.cancel()
        self.running, self.fraction = True, None
        self._worker.start(lambda thread: self._work(folder, thread), self._end, self._failed)
        self.changed.emit()

    def stop(self) -> None:
        """Give up what is under way; what was found stays."""
        self._worker.cancel()
        self.running = False
        self.changed.emit()

    def cancel(self) -> None:
        """Give up what is under way and forget what was found."""
        self._worker.cancel()
        self.running = self.done = False
        self._found, self._mended, self.failure = {}, set(), ""
        self.changed.emit()

    def set_mended(self, problems: Iterable[Problem], mended: bool) -> None:
        """These are mended, or were not after all."""
        if mended:
            self._mended.update(problems)
        else:
            self._mended.difference_update(problems)
        self.changed.emit()

    def _work(self, folder: Path, thread: BackgroundThread) -> list[Problem]:
        from workbench.project.doctor import findings

        throttle = Throttle(thread)
        told, share, batch = 0.0, None, list[Problem]()

        def tell(done: int = 0, total: int = 0) -> None:
            nonlocal told, share, batch
            throttle()
            share = done / total if total else share
            if time.monotonic() - told > _TELL_SECONDS:
                told = time.monotonic()
                thread.post(partial(self._progress, share, batch))
                batch = []

        for problem in findings(folder, tell):
            batch.append(problem)
        return batch

    def _progress(self, fraction: float | None, problems: list[Problem]) -> None:
        self.fraction = fraction
        self._found.update(dict.fromkeys(problems))
        self.changed.emit()

    def _end(self, problems: list[Problem]) -> None:
        self.running, self.done = False, True
        self._found.update(dict.fromkeys(problems))
        self.changed.emit()

    def _failed(self, sentence: str) -> None:
        self.running = False
        self.failure = sentence
        self.changed.emit()


def _file(problem: Problem) -> tuple[str, str]:
    """By which what came up by itself and what an examination found are one."""
    return problem.path, problem.kind
