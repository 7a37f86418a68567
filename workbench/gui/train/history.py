"""Everything that the events of one run say, ready to be drawn.

A live run and a reopened one go through the same door: :meth:`RunHistory.apply`. No Qt in here.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from workbench.core.found_shapes import DETAILS
from workbench.core.packed_details import PackedDetails
from workbench.core.signal import Signal
from workbench.core.text import tr
from workbench.gui.app.task import noun_of, window_task
from workbench.gui.charts.series import Series
from workbench.jobs.events import (
    Checkpoint,
    Epoch,
    Event,
    Failed,
    Finished,
    Paused,
    Preview,
    Progress,
    Started,
    Step,
    Unpaused,
)
from workbench.project.task import default_task

RunState = Literal[
    "starting", "running", "paused", "finished", "stopped", "cancelled", "failed", "interrupted"
]
ENDED: frozenset[str] = frozenset({"finished", "stopped", "cancelled", "failed", "interrupted"})
PHASES = ("data", "forward", "backward", "step")
MAIN_METRICS = ("map", "map_50", "miou", "accuracy", "auroc", "r2")
"""The engine calls that epoch the best which has the highest of the first of these that it
measures."""
METRIC_SMOOTHING, TIME_WEIGHT = 1, 0.1


@dataclass(frozen=True, slots=True)
class PreviewImage:
    """One image or clip as the model saw it after ``epoch``.

    ``boxes`` are xyxy in pixels of the displayed image, ``labels`` class names. A clip has no
    boxes, but its ``truth``, the seconds ``start`` and ``end``, and labels with falling scores.
    """

    epoch: int
    file: str
    boxes: tuple[tuple[float, float, float, float], ...]
    labels: tuple[str, ...]
    scores: tuple[float, ...]
    truth: str = ""
    start: float = 0.0
    end: float = 0.0
    judged: bool | None = None
    """Whether the answer is right, where that is more than having the same name."""
    answer: str = ""
    """The answer in words, where it is no name with a probability."""
    fault: str = ""
    """What is wrong with it, where that is not only that it is another one."""
    details: PackedDetails | None = field(default=None, compare=False)
    """Outlines and key points of the boxes, from a model that finds some."""
    areas: Mapping[str, Any] | None = field(default=None, compare=False)
    """The "map" of the classes of all pixels, its "classes", and figures of that, from a model that
    finds areas."""

    @property
    def key(self) -> str:
        """What tells it from the others of an epoch; a long clip may be there in several parts."""
        return f"{self.file}@{self.start}" if self.start else self.file

    @property
    def label(self) -> str:
        """What a clip is taken for."""
        return self.labels[0] if self.labels else ""

    @property
    def score(self) -> float:
        """Probability of :attr:`label`."""
        return self.scores[0] if self.scores else 0.0

    @property
    def right(self) -> bool:
        """Whether a clip is taken for what it is."""
        return self.label == self.truth if self.judged is None else self.judged

    @property
    def taken(self) -> str:
        """What it is taken for, in words."""
        return self.answer or f"{self.label} · {self.score:.0%}"

    @property
    def verdict(self) -> str:
        """Whether that is right, or what is wrong."""
        return tr("recognised") if self.right else self.fault or tr("not {name}", name=self.truth)


class RunHistory:
    """Curves, previews and the newest figures of one run.

    The x of every curve is the epoch as a fraction: 2.5 is the middle of the third epoch.

    Attributes
    ----------
    chapter
        Another number whenever more changed than the figures of one more step: there is a new
        curve, an epoch is over, previews came, a run was resumed.
    """

    def __init__(self, run: str = "") -> None:
        self.changed: Signal[()] = Signal()
        """An event was taken in."""
        self.run = run
        self.config: dict[str, Any] = {}
        self.revision = 0
        self.state: RunState = "starting"
        self.message = ""
        self.losses: dict[str, Series] = {}
        self.metrics: dict[str, Series] = {}
        self.lr = Series(METRIC_SMOOTHING)
        self.times: dict[str, float] = {}
        self.step: Step | None = None
        self.epoch, self.epochs, self.progress = 0, 0, 0.0
        self.epochs_done = 0
        self.seconds = 0.0
        self._bests: list[int] = []
        self.previews: dict[str, list[PreviewImage]] = {}
        self.note = Progress("", "")
        self.left_out = 0
        """Lines of the run's file that hold no event that could be read."""
        self.checkpoint_time: float | None = None
        self._appliers = {
            Started: self._started, Step: self._stepped, Epoch: self._epoch_done,
            Preview: self._previewed, Checkpoint: self._checkpointed, Progress: self._progressed,
            Paused: self._paused, Unpaused: self._unpaused, Finished: self._finished,
            Failed: self._failed,
        }

    @classmethod
    def of(cls, run: str, events: Iterable[Event], state: str = "") -> RunHistory:
        """The history of a run on disk; ``state`` is what its folder says about it."""
        history = cls(run)
        for event in events:
            history._apply(event)
        history.run = run  # the folder may have been renamed since
        history.checkpoint_time = None
        if state:
            history.state = state  # type: ignore[assignment]  # the folder's word is one of ours
        return history

    # --- figures --------------------------------------------------------------------------------

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @property
    def loss(self) -> Series | None:
        return self.losses.get("loss")

    @property
    def val_loss(self) -> Series | None:
        return self.metrics.get("val_loss")

    @property
    def main_metric(self) -> str:
        """The figure by which the best epoch is chosen: mAP of boxes, accuracy for sounds …"""
        task = window_task(self.task)
        usual = task.metric if task is not None else MAIN_METRICS[0]
        return next((name for name in MAIN_METRICS if name in self.metrics), usual)

    @property
    def task(self) -> str:
        """What the run learns; one that does not say is old, and of boxes."""
        return str(self.config.get("task") or default_task())

    @property
    def noun(self) -> str:
        """One sample that it learns from ("image", "clip")."""
        return noun_of(self.task)

    @property
    def unit(self) -> str:
        """What a step is counted in where that is another thing ("tile", "window")."""
        return self.config.get("unit") or self.noun

    @property
    def best_epoch(self) -> int:
        """The epoch whose model is kept as the best; 0 before there is one."""
        return self._bests[-1] if self._bests else 0

    @property
    def best_value(self) -> float:
        """The main metric in the best epoch; NaN before there is one."""
        series = self.metrics.get(self.main_metric)
        at = series.nearest(self.best_epoch) if series is not None and self.best_epoch else None
        return float(series.y[at]) if series is not None and at is not None else float("nan")

    @property
    def best_word(self) -> str:
        """What to call the epoch whose model is kept: outlines and key points count as well, so
        that another may be better by the main metric alone."""
        series = self.metrics.get(self.main_metric)
        higher = series is not None and any(series.y > self.best_value)
        return tr("kept") if higher else tr("best")

    @property
    def looked_at(self) -> tuple[int, int]:
        """Validation samples that the newest metrics come from, and how many there are."""
        series = self.metrics.get("val_images")
        split = self.config.get("split")
        known = split.get("val") if isinstance(split, dict) else None
        looked = int(series.last) if series is not None and len(series) else 0
        return looked, known if isinstance(known, int) else looked

    @property
    def step_seconds(self) -> float | None:
        """Duration of one step, where the batch size is known."""
        batch = self.config.get("batch_size")
        speed = self.step.images_per_second if self.step is not None else 0
        if not isinstance(batch, int | float) or not batch or not speed:
            return None
        return float(batch) / speed

    def checkpoint_age(self) -> float | None:
        """Seconds since the last checkpoint that was seen being saved."""
        if self.checkpoint_time is None:
            return None
        return time.monotonic() - self.checkpoint_time

    # --- events ---------------------------------------------------------------------------------

    def apply(self, event: Event) -> None:
        """Take in one event of the run and announce it."""
        self._apply(event)
        self.changed.emit()

    def _apply(self, event: Event) -> None:
        applier = self._appliers.get(type(event))
        if not isinstance(event, Step | Progress | Checkpoint):
            self.revision += 1
        if applier is not None:
            applier(event)  # type: ignore[operator]  # the table pairs each kind with its own

    def _started(self, event: Started) -> None:
        self.run = event.run or self.run
        self.config = event.config
        self.epochs = self.epochs or int(event.config.get("epochs") or 0)
        self.state, self.message = "running", ""
        if event.resumed_at_epoch or self.epoch:
            self._rewind(event.resumed_at_epoch)

    def _rewind(self, epoch: int) -> None:
        """A resumed run repeats what came after its checkpoint: forget what was drawn of it.

        It goes on somewhere in ``epoch``; where exactly, the number of its first step tells.
        """
        done = max(epoch - 1, 0)
        for series in self.metrics.values():
            series.truncate(done)
        self._truncate_steps(epoch)
        for file, images in self.previews.items():
            self.previews[file] = [image for image in images if image.epoch <= done]
        self.epoch = self.epochs_done = done
        self.progress = done / self.epochs if self.epochs else 0.0
        self._bests = [best for best in self._bests if best <= done]

    def _truncate_steps(self, x: float) -> None:
        for series in (*self.losses.values(), self.lr):
            series.truncate(x)

    def _steps_of_an_epoch(self, event: Step) -> float:
        """In a run of minutes the expected number of epochs varies, the size of one does not."""
        split, batch = self.config.get("split"), self.config.get("batch_size")
        images = split.get("train") if isinstance(split, dict) else None
        if self.config.get("minutes") and images and batch:
            return float(max(1, math.ceil(images / batch)))
        return max(1, event.steps) / max(1, event.epochs)

    def _stepped(self, event: Step) -> None:
        steps = self._steps_of_an_epoch(event)
        x = min(max(event.step / steps, event.epoch - 1), event.epoch)
        if event.losses.keys() - self.losses.keys():
            self.revision += 1
        if self.step is not None and event.step <= self.step.step:
            self._truncate_steps(x - 0.5 / steps)
        self.step = event
        self.epoch, self.epochs, self.progress = event.epoch, event.epochs, event.progress
        self.note = Progress("", "")
        for name, value in event.losses.items():
            self.losses.setdefault(name, Series()).append(x, value)
        self.lr.append(x, event.lr)
        for name, share in event.times.items():
            if share is not None:
                old = self.times.get(name, share)
                self.times[name] = old + TIME_WEIGHT * (share - old)

    def _epoch_done(self, event: Epoch) -> None:
        self.epoch, self.epochs = event.epoch, event.epochs
        self.epochs_done = event.epoch
        for name, value in event.metrics.items():
            self.metrics.setdefault(name, Series(METRIC_SMOOTHING)).append(event.epoch, value)
        if event.best:
            self._bests.append(event.epoch)

    def _previewed(self, event: Preview) -> None:
        for item in event.images:
            image = PreviewImage(
                event.epoch,
                item["file"],
                tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in item["boxes"]),
                tuple(item["labels"]),
                tuple(item["scores"]),
                str(item.get("truth", "")), float(item.get("start", 0.0)),
                float(item.get("end", 0.0)), _flag(item.get("right")),
                str(item.get("answer", "")), str(item.get("fault", "")), _details(item),
                item if "map" in item and _has_areas(item) else None,
            )
            self.previews.setdefault(image.key, []).append(image)

    def _checkpointed(self, event: Checkpoint) -> None:
        self.checkpoint_time = time.monotonic()

    def _progressed(self, event: Progress) -> None:
        self.note = event

    def _paused(self, event: Paused) -> None:
        self.state = "paused"

    def _unpaused(self, event: Unpaused) -> None:
        self.state = "running"

    def _finished(self, event: Finished) -> None:
        self.state = event.state if event.state in ENDED else "finished"  # type: ignore[assignment]
        self.note = Progress("", "")
        self.seconds = float(event.result.get("seconds") or 0.0)
        if self.state == "finished":
            self.progress = 1.0

    def _failed(self, event: Failed) -> None:
        self.state, self.message = "failed", event.message
        self.note = Progress("", "")


def _details(item: Mapping[str, Any]) -> PackedDetails | None:
    number = len(item["boxes"])
    there = {name: item[name] for name in DETAILS if number == len(item.get(name, [])) > 0}
    try:
        return PackedDetails(there) if there else None
    except (TypeError, ValueError):  # kept in a file that was damaged: boxes are left
        return None


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _has_areas(item: Mapping[str, Any]) -> bool:
    """Whether the map of a preview can be painted; else the image is shown without."""
    from workbench.core.class_maps import ClassMap  # needs numpy

    classes = item.get("classes")
    try:
        found = ClassMap.of_json(item["map"])
    except (ValueError, TypeError, AttributeError):  # the last two of no mapping at all
        return False
    return isinstance(classes, list) and int(found.labels.max(initial=0)) < len(classes)
