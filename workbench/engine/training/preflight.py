"""What pressing Train would do: measured on this machine, told in one line."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import torch

from workbench.engine import seeds
from workbench.engine.data.batches import BatchLoader, batches_per_epoch
from workbench.engine.data.images import ImageStore, Pixels
from workbench.engine.devices import list_devices, use_all_cores
from workbench.engine.inference.detect import detect_batch
from workbench.engine.models.weights import weights_path
from workbench.engine.training.control import TrainControl
from workbench.engine.training.parts import build_bare, build_optimizer
from workbench.engine.training.plan import TrainPlan, make_plan
from workbench.engine.training.record import Emit, Ticker
from workbench.engine.training.start import Start
from workbench.engine.training.timing import Timing, recall, remember
from workbench.extension.detection import DetectionModel
from workbench.jobs.messages import PreflightDone, TrainRequest

_ENOUGH = 0.6  # seconds of timed steps
_STARTUP = 3.0  # seconds for building everything, about


def preflight(
    project: Path, request: TrainRequest, emit: Emit, control: TrainControl, job: str = ""
) -> PreflightDone:
    """Find out what a training would do, without leaving anything but a note of the timing.

    Raises
    ------
    UsageError, WorkbenchError
        As :func:`workbench.engine.training.train.train` would.
    Interrupt
        If the person asked something else meanwhile.
    """
    use_all_cores()
    tick = Ticker(emit, job, control.check)
    plan = make_plan(project, request, tick)
    model = build_bare(plan)
    control.check()
    timing = _timing(plan, model, tick)
    control.check()
    return _answer(plan, model, timing, job)


# Measuring


def _timing(plan: TrainPlan, model: DetectionModel, tick: Ticker) -> Timing:
    known = recall(plan, model)
    if known is not None:
        return known
    tick("Measuring a step", 0, 0)
    timing = _measure(plan, model, lambda: tick("Measuring a step", 0, 0))
    remember(plan, model, timing)
    return timing


def _measure(plan: TrainPlan, model: DetectionModel, check: Callable[[], None]) -> Timing:
    before = psutil.Process().memory_info().rss
    device = plan.device
    model.module.to(device)
    optimizer = build_optimizer(plan, model)
    some = plan.train[: plan.batch_size]
    store = ImageStore([item.path for item in some], [item.size for item in some],
                       model.input_size, memory=1 << 40, folder=plan.project, workers=2)
    try:
        began = time.perf_counter()
        pixels = store.get(range(len(some)))
        read = (time.perf_counter() - began) / len(some)
        loader = BatchLoader(store, [item.boxes for item in some],
                             [item.labels(plan.classes) for item in some], plan.settings,
                             plan.request.seed, device)
        step = _time_steps(loader, model, optimizer, len(some), plan, check)
        model.module.eval()
        detect = _time_detect(model, pixels, store, device, check)
    finally:
        store.close()
    return Timing(step, detect, read, _memory(device, before))


def _time_steps(
    loader: BatchLoader, model: DetectionModel, optimizer: torch.optim.Optimizer, images: int,
    plan: TrainPlan, check: Callable[[], None],
) -> float:
    """Seconds of one step, the quickest of a few; a small one before them warms up."""
    times: list[float] = []
    model.module.train()
    for attempt in range(5):
        check()
        indices = np.arange(images if attempt else min(2, images))
        seeds.seed_torch(plan.request.seed, attempt)
        began = time.perf_counter()
        batch = loader.make(indices, 1, attempt, 0.0)
        total = torch.stack(list(model.losses(batch.images, list(batch.targets)).values())).sum()
        total.backward()  # type: ignore[no-untyped-call]  # torch leaves it so
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if plan.device.type == "cuda":
            torch.cuda.synchronize()
        if attempt:
            times.append(time.perf_counter() - began)
        if sum(times) > _ENOUGH:
            break
    return min(times)


def _time_detect(
    model: DetectionModel, pixels: Pixels, store: ImageStore, device: torch.device,
    check: Callable[[], None],
) -> float:
    """Seconds of detecting on one image; the first warms up."""
    for index in range(min(2, len(pixels))):
        check()
        began = time.perf_counter()
        detect_batch(model, pixels[index : index + 1], store.letterboxes[index : index + 1],
                     device)
    return time.perf_counter() - began


def _memory(device: torch.device, before: int) -> int:
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    return max(psutil.Process().memory_info().rss, before)


# Telling


def _answer(plan: TrainPlan, model: DetectionModel, timing: Timing, job: str) -> PreflightDone:
    width, height = model.input_size
    cache = 3 * width * height * (len(plan.train) + len(plan.val))
    memory = timing.memory + (min(cache, psutil.virtual_memory().available // 4)
                              if plan.device.type == "cpu" else 0)
    steps = batches_per_epoch(len(plan.train), plan.batch_size)
    looked = min(len(plan.val), max(32, len(plan.train)))
    epoch = steps * timing.step + looked * timing.detect
    final = (len(plan.test)) * (timing.detect + timing.read)
    first = _STARTUP + (len(plan.train) + len(plan.val)) * timing.read
    if plan.minutes is not None:
        epochs = max(1, int((plan.minutes * 60 - first - final) / epoch))
        eta = plan.minutes * 60
    else:
        epochs = plan.epochs or 1
        eta = first + epochs * epoch + final
    split = {"train": len(plan.train), "val": len(plan.val), "test": len(plan.test)}
    return PreflightDone(
        job, plan.recipe.id, _words(plan, model, memory, epoch, epochs, eta),
        sum(split.values()) if not plan.split.val_is_train else split["train"] + split["test"],
        list(plan.classes), split, str(plan.device), memory, _weights(plan.start), epochs,
        epoch, eta, plan.warnings,
    )


def _weights(start: Start) -> dict[str, object]:
    weights = start.weights
    if weights is None:
        return {"needed": start.path is not None, "available": True, "name": start.name, "size": 0}
    return {"needed": True, "available": start.available, "name": weights.name,
            "size": weights.size, "path": str(weights_path(weights))}


def _words(
    plan: TrainPlan, model: DetectionModel, memory: int, epoch: float, epochs: int, eta: float
) -> str:
    images = len(plan.train) + len(plan.test) + (0 if plan.split.val_is_train else len(plan.val))
    device = next(item for item in list_devices() if item["id"] == str(plan.device))
    whole = (f"About {_seconds(epoch)} an epoch, {_seconds(eta)} in all"
             if plan.minutes is None else
             f"About {_seconds(epoch)} an epoch, {epochs} epochs in {_seconds(eta)}")
    summary = model.summary.strip().rstrip(".")
    parts = [
        f"{_count(images, 'image')}, {_count(len(plan.classes), 'class')}: "
        f"{len(plan.train)} to learn, {len(plan.val)} to watch, {len(plan.test)} to test",
        f"{plan.recipe.title} {_from(plan.start)}" + (f" ({summary})" if summary else ""),
        f"{device['name']}, {memory / 2**30:.1f} of {device['memory'] / 2**30:.0f} GB",
        whole,
    ]
    return ". ".join(parts) + "."


def _from(start: Start) -> str:
    if start.weights is not None:
        place = ("which are here" if start.available
                 else f"{round(start.weights.size / 2**20)} MB to fetch")
        return f"from weights of {start.weights.title}, {place},"
    return f"from {start.name}" if start.path is not None else "from nothing"


def _count(number: int, what: str) -> str:
    plural = {"class": "classes"}.get(what, f"{what}s")
    return f"{number} {what if number == 1 else plural}"


def _seconds(seconds: float) -> str:
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    if minutes < 90:
        return f"{minutes:.0f} min"
    hours, rest = divmod(round(minutes), 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"
