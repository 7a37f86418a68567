"""The things a training is made of, built from a plan."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import psutil
import torch
from torch import Tensor, nn

from workbench.core.schema import Value
from workbench.engine import seeds
from workbench.engine.devices import cpu_cores
from workbench.engine.models.build import build_model
from workbench.engine.tasks import task_of
from workbench.engine.training.ema import WeightAverage
from workbench.engine.training.optimizers import FabricOptimizer, build_optimizers
from workbench.engine.training.plan import TrainPlan
from workbench.extension.engine_task import Loader, Plan, Store, Validator

Precision = Literal["32-true", "bf16-mixed", "16-mixed"]


class LossModule(nn.Module):
    """The model's losses as a ``forward``, which is what Fabric wraps (device, precision, DDP)."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.network = model.module
        self._model = model

    def forward(self, inputs: Tensor, targets: Any) -> dict[str, Tensor]:
        losses: dict[str, Tensor] = self._model.losses(inputs, targets)
        return losses


@dataclass(slots=True)
class TrainingParts:
    """What the loop works with.

    Parameters
    ----------
    learner
        :class:`LossModule` as Fabric wrapped it.
    optimizers, steppers
        The optimisers themselves, for their states and rates, and as Fabric wrapped them, for
        steps.
    average
        Running average of the weights, or None.
    store, loader, validator
        The task's own, see :class:`workbench.extension.engine_task.Pipeline`.
    """

    plan: TrainPlan
    model: Any
    fabric: Any
    learner: Any
    optimizers: list[torch.optim.Optimizer]
    steppers: list[FabricOptimizer]
    average: WeightAverage | None
    store: Store
    loader: Loader
    validator: Validator

    def close(self) -> None:
        """Give back what is held outside Python's memory."""
        self.store.close()


def build_bare(plan: TrainPlan) -> Any:
    """The model of a plan with fresh weights, the same for the same seed, on the CPU."""
    seeds.seed_torch(plan.request.seed, "build")
    return build_model(plan.recipe, plan.context)


def build_parts(plan: TrainPlan, model: Any, cache: Path) -> TrainingParts:
    """Put ``model`` on its device and build everything around it.

    Parameters
    ----------
    cache
        Folder for what does not fit into memory.
    """
    settings = plan.settings
    fabric = _fabric(plan)
    model.module.to(plan.device)
    optimizers = build_optimizers(settings, model)
    learner, *wrapped = fabric.setup(LossModule(model), *optimizers)
    limit = float(settings["clip_norm"])
    steppers = [FabricOptimizer(fabric, learner, item, limit) for item in wrapped]
    data = task_of(plan.recipe).pipeline(plan, model, cache)  # it may fit some weights
    average = None
    if settings["ema"]:
        average = WeightAverage(model.module, float(settings["ema_decay"]))
    return TrainingParts(plan, model, fabric, learner, optimizers, steppers, average, data.store,
                 data.loader, data.validator)


def _fabric(plan: TrainPlan) -> Any:
    # Imported here: it costs two seconds that prediction need not pay.
    from lightning_fabric import Fabric

    device = plan.device
    devices: list[int] | int = [device.index or 0] if device.type == "cuda" else 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # advice about clusters, meant for programmers
        return Fabric(
            accelerator=device.type, devices=devices,
            precision=fabric_precision(plan.settings["precision"], device),
        )


def fabric_precision(wanted: Value, device: torch.device) -> Precision:
    """What Lightning calls the setting ``precision`` ("auto", "32", "bf16" or "16")."""
    if wanted == "auto":
        if device.type != "cuda":
            return "32-true"
        # cards before compute capability 8 emulate bfloat16, and cuDNN cannot convolve in it
        real = torch.cuda.is_bf16_supported(including_emulation=False)
        return "bf16-mixed" if real else "16-mixed"
    if wanted == "bf16":
        return "bf16-mixed"
    # the others have no quick half precision with scaled gradients
    return "16-mixed" if wanted == "16" and device.type == "cuda" else "32-true"


def workers(plan: Plan) -> int:
    """Threads that read and decode."""
    return int(plan.settings["workers"]) or max(2, min(8, cpu_cores()))


def cache_bytes(megabytes: int) -> int:
    """Memory for decoded media; 0 is a quarter of what is free."""
    return megabytes * 10**6 if megabytes else psutil.virtual_memory().available // 4
