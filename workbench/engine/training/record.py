"""What a training leaves in its run's folder."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from torch import Tensor

from workbench.core.errors import WorkbenchError
from workbench.core.text import several
from workbench.engine.models.card import ModelCard
from workbench.engine.models.saved import save_model
from workbench.engine.training.checkpoint import BestEpoch, Position
from workbench.engine.training.hooks import Emit, EpochReport, Hook
from workbench.extension.pipeline import ValidationResult
from workbench.extension.plugins import fault_text
from workbench.formats.atomic import write_atomic
from workbench.jobs.events import (
    Checkpoint,
    Epoch,
    Event,
    Failed,
    Finished,
    LogLine,
    Paused,
    Preview,
    Progress,
    Started,
    Step,
    Unpaused,
)
from workbench.jobs.protocol import encode
from workbench.project.datasets.splits import PARTS, Split, load_split, save_split
from workbench.project.operating import forget_score
from workbench.project.runs import RunFolder

_KEPT = (Started, Step, Epoch, Preview, Paused, Unpaused, Finished, Failed)
_TICK = 0.1  # seconds between two Progress events of one text
_STATE = 2.0  # seconds between two notes of the epoch in state.json


class RunRecord:
    """Tells events to the person and keeps them with the run; writes state and best model.

    Parameters
    ----------
    run
        Its folder.
    emit
        Where events go.
    """

    def __init__(self, run: RunFolder, emit: Emit, job: str) -> None:
        self.run = run
        self.job = job
        self.validation: ValidationResult | None = None
        self.save_seconds = 0.0
        self._emit = emit

    def emit(self, event: Event) -> None:
        """Send an event; those that tell the run's story go into its metrics.jsonl too."""
        self._emit(event)
        if isinstance(event, _KEPT):
            self.run.append_line(encode(event))

    def say(self, sentence: str) -> None:
        """Tell what a person should know, and keep it with the run."""
        event = LogLine("warning", sentence)
        self.emit(event)
        self.run.append_line(encode(event))

    def save_best(
        self, card: ModelCard, weights: Mapping[str, Tensor], best: BestEpoch,
        validation: ValidationResult | None,
    ) -> None:
        """Write the best model so far; what the one before it predicted is stale by that."""
        began = time.perf_counter()
        for part in PARTS:
            with suppress(OSError):  # no reason to end a training
                self.run.predictions_path(part).unlink(missing_ok=True)
        with suppress(WorkbenchError):
            forget_score(self.run)
        save_model(self.run.best_path, weights, card)
        self.save_seconds = time.perf_counter() - began
        self.validation = validation
        self.run.write_state(metrics={"best_epoch": best.epoch, "val": best.metrics})

    def saved(self, epoch: int, path: object) -> None:
        self.emit(Checkpoint(self.job, epoch, str(path)))


class RunHook(Hook):
    """Keeps the epoch in state.json, and tells which images turned out to be unreadable.

    Parameters
    ----------
    broken
        Why an image cannot be read, by its number; ``learned`` have the first numbers and are
        learned from. Where none of them can be read the training ends, as it learns nothing.
    noun
        What they are.
    """

    def __init__(
        self, record: RunRecord, broken: Mapping[int, str], learned: int, noun: str
    ) -> None:
        self._record = record
        self._broken = broken
        self._learned = learned
        self._noun = noun
        self._reported: set[str] = set()  # tiles of one image share a sentence
        self._written = 0.0
        self._epoch = self._reported_epoch = 0

    def on_epoch(self, report: EpochReport) -> None:
        self._epoch = report.epoch
        if time.monotonic() - self._written > _STATE:
            self._write_epoch()
        for _, sentence in sorted(self._broken.items()):
            if sentence not in self._reported:
                self._reported.add(sentence)
                self._record.say(sentence)
        if all(index in self._broken for index in range(self._learned)):
            raise WorkbenchError(f"none of the training {several(self._noun)} could be read, "
                                 "so nothing was learned")

    def on_end(self) -> None:
        if self._epoch != self._reported_epoch:
            self._write_epoch()

    def _write_epoch(self) -> None:
        self._record.run.write_state(epoch=self._epoch)
        self._written, self._reported_epoch = time.monotonic(), self._epoch


@dataclass(slots=True)
class EventReporter:
    """Tells progress, ten times a second at most, and asks whether to go on; see
    :class:`workbench.extension.engine_task.Reporter`."""

    emit: Emit
    job: str = ""
    check: Callable[[], None] = lambda: None
    text: str = ""
    last: float = 0.0

    def __call__(self, text: str, done: int, total: int) -> None:
        self.check()
        now = time.monotonic()
        if text != self.text or done == total or now - self.last >= _TICK:
            self.text, self.last = text, now
            self.emit(Progress(self.job, text, done, total))

    def part(self, share: float) -> None:
        """Nobody asked for a part of a file: see :mod:`workbench.engine.predictions`."""
        self.check()

    def warn(self, sentence: str) -> None:
        self.emit(LogLine("warning", sentence))


def freeze_split(run: RunFolder, split: Split) -> None:
    """Keep the members of the split with the run, so that it can go on with them."""
    save_split(run.path, split)


def frozen_split(run: RunFolder, name: str) -> Split:
    return load_split(run.path, name)


def forget_after(run: RunFolder, position: Position) -> None:
    """Drop events behind ``position``: they will happen again."""

    def stays(line: str) -> bool:
        try:
            event = json.loads(line)
        except ValueError:
            return False
        kind = event.get("event")
        if kind == "step":
            return int(event.get("step", 0)) <= position.step
        if kind in ("epoch", "preview"):
            return int(event.get("epoch", 0)) < position.epoch
        return kind not in ("finished", "failed")

    lines = list(run.lines())
    kept = [line for line in lines if stays(line)]
    if len(kept) < len(lines):
        write_atomic(run.events_path, "".join(f"{line}\n" for line in kept).encode("utf-8"))


def failed_state(run: RunFolder, error: BaseException) -> str:
    """Write that the run failed and return the sentence for the person."""
    sentence = str(error) if isinstance(error, WorkbenchError) else fault_text(error)
    if isinstance(error, WorkbenchError) and error.path and error.path.parent == run.path:
        sentence = str(WorkbenchError(error.message, path=error.path, kept=_kept(run)))
    with suppress(WorkbenchError):  # it is told all the same
        run.write_state(state="failed", message=sentence)
    return sentence


def _kept(run: RunFolder) -> str:
    """What there is of a run whose files could not be written any more."""
    if not run.best_path.is_file():
        return "There was no model yet."
    return "The best model so far is kept" + (
        ", and the run can be resumed." if run.checkpoint_path.is_file() else ".")


def card_lost(run: RunFolder) -> WorkbenchError:
    """What is said of a run whose card stopped working in it."""
    kept = ("Go on with the run from its last checkpoint." if run.checkpoint_path.is_file()
            else "There was no checkpoint yet: train again.")
    return WorkbenchError("the GPU stopped working or was taken away during the training",
                          kept=kept)


def folder_gone(run: RunFolder) -> WorkbenchError:
    """What is said of a run whose folder is not there any more."""
    return WorkbenchError(
        f"the folder of the run {run.name} was renamed, moved or deleted while it trained",
        kept="Where it still is somewhere in runs, it can go on from its last checkpoint.")
