"""Images per second of a training against the same model in a bare loop, one after the other.

Both take the same recipe, images, batch size, augmentation and weight average. The bare loop makes
a batch, learns it, makes the next; so the difference is what the training adds (events, control,
checks). ``ratio_to_prepared`` is stricter: there the bare
loop gets its batches for nothing. ``ratio_cpu`` compares the processor time that an image takes
instead of the clock, for a machine that others use too. Rounds alternate, because the machine's
speed changes. All steps lie in one epoch: checkpoints are kept to a fiftieth of the time by design.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any, NamedTuple

from common import make_learnable

IMAGES, BATCH, SIDE = 120, 8, 256
ROUNDS, STEPS = 8, 10


def measure(folder: Path) -> dict[str, Any]:
    from workbench.engine.memory import kept_memory

    with kept_memory():  # as every job of the engine
        return _measured(folder)


def _measured(folder: Path) -> dict[str, Any]:
    from workbench.engine.devices import use_all_cores
    from workbench.engine.training.parts import build_bare, build_parts
    from workbench.engine.training.planning import make_plan
    from workbench.jobs.commands import TrainRequest

    project = make_learnable(folder / "overhead", IMAGES)
    use_all_cores()
    request = TrainRequest(
        recipe="compact-n", epochs=1000, device="cpu",
        settings={"batch_size": BATCH, "image_size": SIDE},
    )
    plan = make_plan(project, request, lambda text, done, total: None)
    parts = build_parts(plan, build_bare(plan), folder / "cache")
    rounds = [
        (_trained(parts, folder, number), _bare(parts), _bare(parts, prepared=True))
        for number in range(ROUNDS + 1)
    ][1:]  # the first one warms up
    names = ("images_per_second", "bare_images_per_second", "prepared_images_per_second")
    medians = (statistics.median(speed.clock for speed in column)
               for column in zip(*rounds, strict=True))
    return {
        **{name: round(value, 2) for name, value in zip(names, medians, strict=True)},
        "ratio": round(statistics.median(a.clock / b.clock for a, b, _ in rounds), 3),
        "ratio_cpu": round(statistics.median(a.cpu / b.cpu for a, b, _ in rounds), 3),
        "ratio_to_prepared": round(statistics.median(a.clock / c.clock for a, _, c in rounds), 3),
    }


class Speed(NamedTuple):
    """Images per second by the clock, and per second of processor time."""

    clock: float
    cpu: float


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _speed(images: int, began: tuple[float, float], ended: tuple[float, float]) -> Speed:
    return Speed(images / (ended[0] - began[0]), images / (ended[1] - began[1]))


def _trained(parts: Any, folder: Path, number: int) -> Speed:
    """Images per second of our loop, over STEPS steps of one epoch."""
    from workbench.engine.training.budget import Budget
    from workbench.engine.training.control import Interrupt, TrainControl
    from workbench.engine.training.hooks import EventHook, Hook, StepReport, TensorBoardHook
    from workbench.engine.training.loop import RunFiles, Trainer

    control = TrainControl()
    marks: list[tuple[float, float]] = []
    images: list[int] = []

    class Watch(Hook):
        def on_step(self, report: StepReport) -> None:
            marks.append(_now())
            images.append(report.images)
            if len(marks) > STEPS:
                control.cancel()

    sink = (folder / f"events-{number}.jsonl").open("w")
    hooks = [EventHook(lambda event: print(event, file=sink, flush=True), "b"),
             TensorBoardHook(folder / "tensorboard", lambda event: None), Watch()]
    files = RunFiles(folder / "last.ckpt", lambda *best: None, lambda epoch, path: None)
    trainer = Trainer(parts, Budget(None, time.monotonic(), control), control, hooks, files, [],
                      lambda text: None, _NoReserve())
    try:
        trainer.run()
    except Interrupt:
        pass
    finally:
        sink.close()
    return _speed(sum(images[1:]), marks[0], marks[-1])


class _NoReserve:
    def seconds(self) -> float:
        return 0.0


def _bare(parts: Any, prepared: bool = False) -> Speed:
    """Images per second of the shortest loop that learns the same."""
    import torch

    # the very batches of the other loop, whose first step is not counted either
    batches: Iterator[Any] = islice(_batches(parts), 1, STEPS + 1)
    if prepared:
        batches = iter(list(batches))
    model, optimizer = parts.model, parts.optimizers[0]
    model.module.train()
    began = _now()
    images = 0
    for batch in batches:
        loss = sum(model.losses(batch.inputs, batch.targets).values())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.module.parameters(), 10.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        parts.average.update()
        images += len(batch.inputs)
    return _speed(images, began, _now())


def _batches(parts: Any) -> Iterator[Any]:
    from workbench.engine.data.batches import batch_plan
    from workbench.engine.training.samplers import shuffled

    order = shuffled(len(parts.plan.train), 0)
    for epoch in count(1):
        for index, indices in enumerate(batch_plan(order(epoch), BATCH)):
            yield parts.loader.make(indices, epoch, index, 0.0)
