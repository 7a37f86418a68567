"""Answers of a model on many files, sent while they are found."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.core.errors import Problem
from workbench.core.video import Source, VideoFrames
from workbench.engine.chain import Chain
from workbench.engine.data.reading import expected_pictures
from workbench.engine.tasks import engine_task
from workbench.engine.training.record import EventReporter
from workbench.extension.engine_task import Run
from workbench.extension.tasks import tasks
from workbench.jobs.commands import Predict
from workbench.jobs.events import Event, Finished, Paused, Predictions, Unpaused
from workbench.project.runs import RunFolder

MOST = 64
"""Answers in one message."""
SECONDS = 0.1
"""What was found is sent at least so often."""


def stream_answers(job: Predict, run: Run, emit: Callable[[Event], None], control: Any) -> None:
    """Ask a run about the files of ``job``; nothing is kept here of what was sent.

    Raises
    ------
    WorkbenchError
        If the run has no model, or it cannot be read.
    """
    task = engine_task(run.task)  # which registers all tasks
    sources = [_source(file, job.videos.get(file)) for file in job.files]
    outbox = _Outbox(job.job, expected_pictures(sources) if tasks.get(run.task).videos
                     else len(sources), emit)

    def pause() -> None:
        outbox.send()
        emit(Paused(job.job))

    control.listen(pause, lambda: emit(Unpaused(job.job)))
    report = _StreamReporter(emit, job.job, control.check, outbox=outbox)
    limits = {"score_thresh": job.score_thresh, "nms_thresh": job.nms_thresh,
              **({"gate": 1.0} if job.gate else {})}
    try:
        found = task.predict_each(run, sources, report, limits=limits)
        if job.then:
            found = Chain.load(RunFolder(Path(job.then)), job.then_only).follow(
                found, control.check)
        for item in found:
            outbox.put(item)
            control.check()
    finally:
        outbox.send()  # what was found before it was cancelled is kept
    emit(Finished(job.job, "finished", {"answered": outbox.answered, "problems": outbox.wrong}))


def _source(file: str, frames: list[int] | None) -> Source:
    return Path(file) if frames is None else VideoFrames(Path(file), *frames)


@dataclass(slots=True)
class _StreamReporter(EventReporter):
    """Tells of a long file, too, how far it is."""

    outbox: _Outbox | None = None

    def part(self, share: float) -> None:
        self.check()
        if self.outbox is not None:
            self.outbox.part(share)


class _Outbox:
    """Puts answers together, so that a thousand small pictures are no thousand messages."""

    def __init__(self, job: str, total: int, emit: Callable[[Event], None]) -> None:
        self.answered = self.wrong = 0
        self._job, self._total, self._emit = job, total, emit
        self._items: list[dict[str, Any]] = []
        self._problems: list[dict[str, Any]] = []
        self._sent = 0.0

    def put(self, item: dict[str, Any] | Problem) -> None:
        if isinstance(item, Problem):
            self.wrong += 1
            self._problems.append({"file": item.path, "reason": item.reason})
        else:
            self.answered += 1
            self._items.append(item)
        full = len(self._items) + len(self._problems) >= MOST
        if full or time.monotonic() - self._sent >= SECONDS:
            self.send()

    def part(self, share: float) -> None:
        """How much of the next file is through: 0..1."""
        if time.monotonic() - self._sent >= SECONDS:
            self.send(share)

    def send(self, share: float = 0.0) -> None:
        """Send what there is; nothing, where there is no news."""
        if self._items or self._problems or share:
            self._emit(Predictions(self._job, self._items, self._problems,
                                   self.answered + self.wrong,
                                   max(self._total, self.answered + self.wrong), round(share, 4)))
            self._items, self._problems = [], []
        self._sent = time.monotonic()
