"""Optimisers, learning-rate schedules and samplers of a training. Imports no torch.

Each is a choice in the settings of every recipe that has ``training_settings``.
"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.extension.registry import Registry

__all__ = ["OptimizerKind", "Sampler", "Schedule", "optimizers", "samplers", "schedules"]

_HERE = "workbench.engine.training"


@dataclass(frozen=True, slots=True)
class OptimizerKind:
    """A rule that changes the weights.

    Parameters
    ----------
    id, title
        Stable name, and words for the form.
    build
        ``"package.module:function"``, imported in the engine only: called with the parameter
        groups, each with "params", "lr", "peak" and "weight_decay", and the settings, it returns a
        ``torch.optim.Optimizer``.
    """

    id: str
    title: str
    build: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """How the learning rate changes over a run.

    Parameters
    ----------
    id, title
        Stable name, and words for the form.
    factor
        ``"package.module:function"``: from the progress of the run and the share of the warm-up,
        both 0..1, to a factor on the rate.
    peak
        The same, for the progress at which it stops rising; from the share of the warm-up.
    """

    id: str
    title: str
    factor: str
    peak: str = f"{_HERE}.schedule:end_of_warmup"


@dataclass(frozen=True, slots=True)
class Sampler:
    """Which samples an epoch shows, in which order.

    Parameters
    ----------
    id, title
        Stable name, and words for the form.
    order
        ``"package.module:function"``: from the class names of each training sample, the run's seed
        and the epoch to as many indices; a pure function, so that a run can go on.
    """

    id: str
    title: str
    order: str


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
