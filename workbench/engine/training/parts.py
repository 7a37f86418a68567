"""The things a training is made of, built from a plan."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import torch
from torch import Tensor, nn

from workbench.engine import seeds
from workbench.engine.devices import cpu_cores
from workbench.engine.models.build import build_model
from workbench.engine.tasks import task_of
from workbench.engine.training.ema import WeightAverage
from workbench.engine.training.optimizers import MixedOptimizer, build_optimizers
from workbench.engine.training.plan import TrainPlan
from workbench.engine.training.precision import Precision, choose_precision, use_quick_products
from workbench.extension.engine_task import Plan
from workbench.extension.pipeline import Loader, Store, Validator


class LossModule(nn.Module):
    """The model's losses as a ``forward``, in the training's precision."""

    def __init__(self, model: Any, precision: Precision) -> None:
        super().__init__()
        self.network = model.module
        self._model = model
        self._precision = precision

    def forward(self, inputs: Tensor, targets: Any) -> dict[str, Tensor]:
        with self._precision.autocast():
            losses: dict[str, Tensor] = self._model.losses(inputs, targets)
        return losses


@dataclass(slots=True)
class TrainingParts:
    """What the loop works with."""

    plan: TrainPlan
    model: Any
    precision: Precision
    """In which format is computed."""
    learner: LossModule
    """The model's losses in that precision."""
    optimizers: list[torch.optim.Optimizer]
    steppers: list[MixedOptimizer]
    """The optimisers themselves, for their states and rates, and for steps in that precision."""
    average: WeightAverage | None
    """Running average of the weights, or None."""
    store: Store
    loader: Loader
    validator: Validator
    """The task's own, see :class:`workbench.extension.pipeline.Pipeline`."""

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
    use_quick_products(settings["precision"], plan.device)
    precision = Precision(choose_precision(settings["precision"], plan.device), plan.device)
    model.module.to(plan.device)
    model.module.train()  # a fresh module says it is; what rests in it follows from its weights
    optimizers = build_optimizers(settings, model)
    limit = float(settings["clip_norm"])
    steppers = [MixedOptimizer(precision, item, limit) for item in optimizers]
    data = task_of(plan.recipe).pipeline(plan, model, cache)  # it may fit some weights
    average = None
    if settings["ema"]:
        average = WeightAverage(model.module, float(settings["ema_decay"]),
                                plan.recipe.averaged)
    learner = LossModule(model, precision)
    return TrainingParts(plan, model, precision, learner, optimizers, steppers, average,
                         data.store, data.loader, data.validator)


def workers(plan: Plan) -> int:
    """Threads that read and decode."""
    return int(plan.settings["workers"]) or max(2, min(8, cpu_cores()))


def cache_bytes(megabytes: int) -> int:
    """Memory for decoded media; 0 is a quarter of what is free."""
    return megabytes * 10**6 if megabytes else psutil.virtual_memory().available // 4
