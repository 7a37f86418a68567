"""The tensors of a training, as a checkpoint holds them."""

from __future__ import annotations

from typing import Any

from workbench.engine.training.optimizers import load_state
from workbench.engine.training.parts import TrainingParts
from workbench.extension.model import TrainableModel


def take_snapshot(parts: TrainingParts) -> dict[str, Any]:
    """State dicts by part ("model", "optimizer", "average", …)."""
    tensors: dict[str, Any] = {
        "model": parts.model.module.state_dict(),
        "optimizer": parts.optimizers[0].state_dict(),
        "more_optimizers": [item.state_dict() for item in parts.optimizers[1:]],
        "precision": parts.precision.state_dict(),
    }
    if parts.average is not None:
        tensors["average"] = parts.average.state_dict()
        tensors["updates"] = parts.average.updates
    return tensors


def put_weights_back(model: TrainableModel, tensors: dict[str, Any]) -> None:
    """Give a bare model the weights of a snapshot: what learns of it, and how fast, may hang on
    what it holds, so this comes before its optimisers are made."""
    model.module.load_state_dict(tensors["model"])


def put_back(parts: TrainingParts, tensors: dict[str, Any]) -> None:
    """Go on from a snapshot."""
    put_weights_back(parts.model, tensors)
    states = [tensors["optimizer"], *tensors.get("more_optimizers", ())]
    for optimizer, state in zip(parts.optimizers, states, strict=True):
        load_state(optimizer, state)
    parts.precision.load_state_dict(tensors["precision"])
    if parts.average is not None:
        parts.average.load_state_dict(tensors["average"], int(tensors["updates"]))
