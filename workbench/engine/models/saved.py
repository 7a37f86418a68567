"""A trained model in one safetensors file that says itself how to build it again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from workbench.core.errors import FormatError, UsageError, WorkbenchError
from workbench.core.schema import Value
from workbench.engine.models.build import build_model, facts_from_json, facts_to_json
from workbench.extension.detection import BuildContext, DataFacts, DetectionModel
from workbench.extension.plugins import load_plugins
from workbench.extension.registry import recipes
from workbench.formats.atomic import disk_reason, write_atomic

_KEY = "workbench"


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What is written beside the weights.

    Parameters
    ----------
    id
        Differs between any two saved models; stored predictions name the model they came from.
    recipe
        Id of the recipe.
    classes
        Names in the order of the model's labels.
    settings
        All settings of the training.
    facts
        What the model was fitted to; with the settings they rebuild it.
    input_size
        (width, height) in pixels.
    epoch
        Epoch of the weights.
    metrics
        On the validation images, at that epoch.
    """

    id: str
    recipe: str
    classes: tuple[str, ...]
    settings: Mapping[str, Value]
    facts: DataFacts
    input_size: tuple[int, int]
    epoch: int = 0
    metrics: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "recipe": self.recipe,
            "classes": list(self.classes),
            "settings": dict(self.settings),
            "input_size": list(self.input_size),
            "epoch": self.epoch,
            "metrics": dict(self.metrics),
            "facts": facts_to_json(self.facts),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ModelCard:
        width, height = data["input_size"]
        return cls(
            id=str(data["id"]),
            recipe=str(data["recipe"]),
            classes=tuple(data["classes"]),
            settings=dict(data["settings"]),
            facts=facts_from_json(data["facts"]),
            input_size=(int(width), int(height)),
            epoch=int(data["epoch"]),
            metrics=dict(data["metrics"]),
        )

    def context(self, device: str) -> BuildContext:
        return BuildContext(self.classes, self.settings, self.facts, device)


def save_model(path: Path, weights: Mapping[str, Tensor], card: ModelCard) -> None:
    """Write weights and card; the old file stays until the new one is whole."""
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}
    text = json.dumps(card.to_json(), ensure_ascii=False)
    write_atomic(path, safetensors.torch.save(plain, {"format": "pt", _KEY: text}))


def read_card(path: Path) -> ModelCard:
    """Read the card alone, without the weights.

    Raises
    ------
    FormatError
        If the file is no model of this program.
    """
    try:
        with safetensors.safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
        return ModelCard.from_json(json.loads(metadata[_KEY]))
    except FileNotFoundError:
        raise WorkbenchError("the model is not there", path=path) from None
    except OSError as error:
        raise WorkbenchError(disk_reason(error, "read"), path=path) from error
    except (safetensors.SafetensorError, KeyError, ValueError, TypeError) as error:
        raise FormatError("it is not a model of this program", path=path) from error


def read_weights(path: Path) -> dict[str, Tensor]:
    """Read the tensors of a safetensors file to the CPU."""
    try:
        return safetensors.torch.load_file(path)
    except OSError as error:
        raise WorkbenchError(disk_reason(error, "read"), path=path) from error
    except safetensors.SafetensorError as error:
        raise FormatError("it is not a safetensors file", path=path) from error


def load_model(path: Path, device: str) -> tuple[DetectionModel, ModelCard]:
    """Rebuild a saved model on ``device``, ready to detect.

    Raises
    ------
    WorkbenchError
        If the file cannot be read or its recipe is not installed.
    """
    card = read_card(path)
    load_plugins()
    try:
        recipe = recipes.get(card.recipe)
    except UsageError as error:
        raise WorkbenchError(f"it was made by a recipe that is not here: {error}", path=path) from (
            error
        )
    model = build_model(recipe, card.context(device))
    try:
        model.module.load_state_dict(read_weights(path))
    except RuntimeError as error:  # names or shapes differ
        raise WorkbenchError(
            f"its weights do not fit the recipe “{recipe.id}” of this version", path=path
        ) from error
    model.module.to(torch.device(device))
    model.module.eval()
    return model, card
