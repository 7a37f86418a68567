"""What watches a training without the loop knowing it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.jobs.events import Epoch, Event, LogLine, Preview, Step

Emit = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class StepReport:
    """One optimiser step; ``phases`` are seconds by phase, the rest as in ``messages.Step``."""

    epoch: int
    epochs: int
    step: int
    steps: int
    losses: dict[str, float]
    images: int
    lr: float
    phases: dict[str, float]
    progress: float
    eta_seconds: float


@dataclass(frozen=True, slots=True)
class EpochReport:
    """One epoch, as in ``messages.Epoch``; ``previews`` as in ``messages.Preview``."""

    epoch: int
    epochs: int
    step: int
    losses: dict[str, float]
    metrics: dict[str, float]
    seconds: float
    best: bool
    previews: list[dict[str, object]]


class Hook:
    """Does nothing; subclasses do."""

    def on_step(self, report: StepReport) -> None:
        pass

    def on_epoch(self, report: EpochReport) -> None:
        pass

    def on_end(self) -> None:
        pass


_INTERVALS = ((60.0, 0.1), (600.0, 0.25), (float("inf"), 1.0))
"""(seconds since the beginning, least seconds between two events): long runs are told sparsely."""


class EventHook(Hook):
    """Tells steps, several in one event where they are quick, and epochs; with the load of the
    ``gpu``, as ``messages.Step`` has it."""

    def __init__(self, emit: Emit, job: str, clock: Callable[[], float] = time.perf_counter,
                 gpu: Callable[[], dict[str, float]] = dict):
        self._emit = emit
        self._gpu = gpu
        self._job = job
        self._clock = clock
        self._began = self._last = clock()
        self._sums: dict[str, float] = {}
        self._phases: dict[str, float] = {}
        self._images = 0
        self._steps = 0
        self._latest: StepReport | None = None

    def on_step(self, report: StepReport) -> None:
        self._add(report)
        self._latest = report
        now = self._clock()
        interval = next(gap for until, gap in _INTERVALS if now - self._began <= until)
        if now - self._last >= interval or report.step == 1:
            self._send(report)

    def _send(self, report: StepReport) -> None:
        """One event for all steps since the last one."""
        whole = sum(self._phases.values()) or 1.0
        self._emit(Step(
            self._job, report.epoch, report.epochs, report.step, report.steps,
            {name: value / self._steps for name, value in self._sums.items()},
            report.lr, self._images / whole,
            {name: value / whole for name, value in self._phases.items()},
            report.progress, report.eta_seconds, self._gpu(),
        ))
        self._last = self._clock()
        self._sums, self._phases, self._images, self._steps = {}, {}, 0, 0

    def on_epoch(self, report: EpochReport) -> None:
        if self._steps and self._latest is not None:
            self._send(self._latest)  # the curve reaches the end of the epoch
        self._emit(Epoch(
            self._job, report.epoch, report.epochs, report.losses, report.metrics,
            report.seconds, report.best,
        ))
        if report.previews:
            self._emit(Preview(self._job, report.epoch, list(report.previews)))

    def _add(self, report: StepReport) -> None:
        self._steps += 1
        self._images += report.images
        for name, value in report.losses.items():
            self._sums[name] = self._sums.get(name, 0.0) + value
        for name, value in report.phases.items():
            self._phases[name] = self._phases.get(name, 0.0) + value


class TensorBoardHook(Hook):
    """Writes TensorBoard's event files; the library is imported at the first number."""

    def __init__(self, folder: Path, emit: Emit) -> None:
        self._folder = folder
        self._emit = emit
        self._writer: Any = None
        self._broken = False

    def on_epoch(self, report: EpochReport) -> None:
        for name, value in report.losses.items():
            self._add(f"train/{name}", value, report.step)
        for name, value in report.metrics.items():
            self._add(f"val/{name}", value, report.step)
        if self._writer is not None:
            self._writer.flush()

    def on_step(self, report: StepReport) -> None:
        if report.step % 10 == 1:
            self._add("step/loss", report.losses["loss"], report.step)
            self._add("step/lr", report.lr, report.step)

    def on_end(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def _add(self, name: str, value: float, step: int) -> None:
        if self._broken:
            return
        try:
            if self._writer is None:
                from tensorboardX import SummaryWriter

                self._writer = SummaryWriter(str(self._folder), write_to_disk=True)
            self._writer.add_scalar(name, value, step)
        except (ImportError, OSError) as error:
            # These files are an extra: a training must not end for them.
            self._broken = True
            self._emit(LogLine("warning", f"TensorBoard's files are not written: {error}"))
