"""What the three sizes of the compact detector train at on the best device here.

For each: images a second, the share of the time in which a step waited for its batch, the memory of
the device, and the time of a step's parts. Steps go through the program's own loop, with everything
that the button chooses for the device (precision, batch size, workers). Pictures of 640×480.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from common import make_learnable

IMAGES, BATCH, SIDE = 192, 16, 416
WARM, SECONDS, LEAST = 3, 12.0, 4
"""Steps that do not count; seconds of each size, but so many steps at least."""
RECIPES = ("compact-n", "compact-s", "compact-m")


def measure(folder: Path) -> dict[str, Any]:
    from workbench.engine.memory import kept_memory

    with kept_memory():  # as every job of the engine
        return _measured(folder)


def _measured(folder: Path) -> dict[str, Any]:
    import torch

    from workbench.engine.devices import list_devices, use_all_cores

    project = make_learnable(folder / "sizes", IMAGES)
    use_all_cores()
    devices = list_devices()
    best = next((item for item in devices if item["id"] != "cpu"), devices[0])
    return {
        "device": best["name"], "torch": torch.__version__, "input": SIDE, "batch": BATCH,
        **{recipe: _size(project, folder, recipe, best["id"]) for recipe in RECIPES},
    }


def _size(project: Path, folder: Path, recipe: str, device: str) -> dict[str, Any]:
    import torch

    from workbench.engine.training.parts import build_bare, build_parts
    from workbench.engine.training.planning import make_plan
    from workbench.jobs.commands import TrainRequest

    request = TrainRequest(recipe=recipe, epochs=1000, device=device,
                           settings={"batch_size": BATCH, "image_size": SIDE})
    plan = make_plan(project, request, lambda text, done, total: None)
    parts = build_parts(plan, build_bare(plan), folder / f"cache-{recipe}")
    if device.startswith("cuda"):
        torch.cuda.reset_peak_memory_stats()
    try:
        reports, seconds = _steps(parts, folder)
    finally:
        parts.close()
    phases = {name: sum(item.phases[name] for item in reports) for name in reports[0].phases}
    memory = torch.cuda.max_memory_allocated() if device.startswith("cuda") else 0
    return {
        "parameters": sum(item.numel() for item in parts.model.module.parameters()),
        "images_per_second": round(sum(item.images for item in reports) / seconds, 1),
        "waits_for_batch": round(phases["data"] / seconds, 4),
        "ms": {name: round(1000 * value / len(reports), 2) for name, value in phases.items()},
        "precision": parts.precision.kind,
        "device_memory_mb": round(memory / 2**20),
        "steps": len(reports),
    }


def _steps(parts: Any, folder: Path) -> tuple[list[Any], float]:
    """The reports of the steps behind the first few, and the seconds that they took together."""
    from workbench.engine.training.budget import Budget
    from workbench.engine.training.control import TrainControl
    from workbench.engine.training.hooks import Hook, StepReport
    from workbench.engine.training.loop import RunFiles, Trainer

    control = TrainControl()
    reports: list[StepReport] = []
    marks: list[float] = []

    class Watch(Hook):
        def on_step(self, report: StepReport) -> None:
            reports.append(report)
            marks.append(time.perf_counter())
            counted = len(reports) - WARM
            if counted >= LEAST and marks[-1] - marks[WARM - 1] > SECONDS:
                control.cancel()

    files = RunFiles(folder / "last.ckpt", lambda *best: None, lambda epoch, path: None)
    Trainer(parts, Budget(None, time.monotonic(), control), control, [Watch()], files, [],
            lambda text: None, _NoReserve()).run()
    return reports[WARM:], marks[-1] - marks[WARM - 1]


class _NoReserve:
    def seconds(self) -> float:
        return 0.0
