"""Optimisers, learning-rate schedules and samplers of a training. Imports no torch.

Each is a choice in the settings of every recipe that has ``training_settings``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.core.errors import WorkbenchError
from workbench.extension.registry import Registry, load

if TYPE_CHECKING:
    from workbench.core.arrays import IntArray
    from workbench.extension.engine_task import Plan

__all__ = ["OptimizerKind", "Sampler", "Schedule", "optimizers", "order_of", "samplers",
           "schedules"]

Labels = Sequence[Sequence[str]]
"""The class names of each training sample."""
Order = Callable[[int], "IntArray"]
"""From an epoch to the indices of the samples that it shows."""

_HERE = "workbench.engine.training"


@dataclass(frozen=True, slots=True)
class OptimizerKind:
    """A rule that changes the weights."""

    id: str
    title: str
    """Stable name, and words for the form."""
    build: str
    """``"package.module:function"``, imported in the engine only: called with the parameter groups,
    each with "params", "lr", "peak" and "weight_decay", and the settings, it returns a
    ``torch.optim.Optimizer``."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How the learning rate changes over a run."""

    id: str
    title: str
    """Stable name, and words for the form."""
    factor: str
    """``"package.module:function"``: from the progress of the run and the share of the warm-up,
    both 0..1, to a factor on the rate."""
    peak: str = f"{_HERE}.schedule:end_of_warmup"
    """The same, for the progress at which it stops rising; from the share of the warm-up."""


@dataclass(frozen=True, slots=True)
class Sampler:
    """Which samples an epoch shows, in which order."""

    id: str
    title: str
    """Stable name, and words for the form."""
    order: str
    """``"package.module:function"``: from the class names of each training sample, the run's seed
    and the epoch to as many indices; a pure function, so that a run can go on."""


optimizers: Registry[OptimizerKind] = Registry("optimiser")
schedules: Registry[Schedule] = Registry("schedule")
samplers: Registry[Sampler] = Registry("sampler")

for _id, _title in (("adamw", "AdamW"), ("muon", "Muon"), ("sgd", "SGD")):
    optimizers.register(OptimizerKind(_id, _title, f"{_HERE}.optimizers:{_id}"))
schedules.register(Schedule("cosine", "Warm-up, then cosine", f"{_HERE}.schedule:cosine"))
schedules.register(Schedule("one-cycle", "One cycle", f"{_HERE}.schedule:one_cycle",
                            f"{_HERE}.schedule:end_of_long_warmup"))
schedules.register(Schedule("constant", "Warm-up, then constant", f"{_HERE}.schedule:constant"))
samplers.register(Sampler("shuffle", "Each once", f"{_HERE}.samplers:shuffle"))
samplers.register(Sampler("balanced", "Rare classes more often", f"{_HERE}.samplers:balanced"))


def order_of(plan: Plan, model: Any, labels: Labels) -> Order:
    """The order that the model itself or the settings ask for.

    Raises
    ------
    WorkbenchError
        From the result, if a sampler does not give as many indices as there are samples.
    """
    import numpy as np

    from workbench.extension.model import HasSampler

    choose = (model.sample_order if isinstance(model, HasSampler)
              else load(samplers.get(str(plan.settings["sampler"])).order))

    def order(epoch: int) -> IntArray:
        found = np.asarray(choose(labels, plan.seed, epoch), np.int64)
        if found.shape != (len(labels),) or not np.all((found >= 0) & (found < len(labels))):
            raise WorkbenchError(f"the sampler gave no order of the {len(labels)} samples")
        return found

    return order
