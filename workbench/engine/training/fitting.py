"""An optimiser for models that are fitted in one go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import torch
from torch import nn


class FittedModel(Protocol):
    """A model that looks at samples batch by batch and is then fitted."""

    fit_every: int
    """Steps after which all samples were looked at; 0 in a trial, after which nothing is fitted."""

    def fit(self) -> object: ...


class FitOptimizer(torch.optim.Optimizer):
    """Fits a model at the last step of each epoch; gradients are of no use. It counts the steps in
    its parameter group, so that a run that is resumed knows."""

    def __init__(self, model: FittedModel, parameters: Iterable[nn.Parameter]) -> None:
        super().__init__([{"params": list(parameters), "lr": 1.0, "steps": 0}], {})
        self._model = model

    def step(self, closure: Any = None) -> None:  # type: ignore[override]  # there is no loss
        group = self.param_groups[0]
        group["steps"] += 1
        if self._model.fit_every and group["steps"] % self._model.fit_every == 0:
            self._model.fit()
