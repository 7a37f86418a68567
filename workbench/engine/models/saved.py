"""A trained model in one safetensors file that says itself how to build it again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from workbench.core.errors import FormatError, UsageError, WorkbenchError
from workbench.core.paths import is_utf8
from workbench.engine.devices import choose_device
from workbench.engine.models.build import build_model
from workbench.engine.models.card import KEY, ModelCard, read_card
from workbench.engine.tasks import task_of
from workbench.extension.engine_task import Run
from workbench.extension.model import ModelContext
from workbench.extension.plugins import load_plugins
from workbench.extension.registry import recipes
from workbench.formats.atomic import disk_reason, write_atomic


def save_model(path: Path, weights: Mapping[str, Tensor], card: ModelCard) -> None:
    """Write weights and card; the old file stays until the new one is whole."""
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}
    text = json.dumps(card.to_json(), ensure_ascii=False)
    write_atomic(path, safetensors.torch.save(plain, {"format": "pt", KEY: text}))


def read_weights(path: Path) -> dict[str, Tensor]:
    """Read the tensors of a safetensors file to the CPU."""
    try:
        if not is_utf8(str(path)):  # which the library takes for no path
            return safetensors.torch.load(path.read_bytes())
        return safetensors.torch.load_file(path)
    except OSError as error:
        raise WorkbenchError(disk_reason(error, "read"), path=path) from error
    except safetensors.SafetensorError as error:
        raise FormatError("it is not a safetensors file", path=path) from error


def context_of(card: ModelCard, path: Path, device: str) -> ModelContext[Any]:
    """What the model in ``path`` was built for.

    Raises
    ------
    WorkbenchError
        If what it was fitted to cannot be read.
    """
    task = task_of(recipes.get(card.recipe))
    try:
        facts = task.facts_from_json(card.facts)
    except ValueError as error:
        raise FormatError("it is not a model of this program", path=path) from error
    return ModelContext(card.classes, card.settings, facts, device)


def load_model(path: Path, device: str) -> tuple[Any, ModelCard]:
    """Rebuild a saved model on ``device``, ready to be asked; of which kind it is, its recipe's
    task says.

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
    model = build_model(recipe, context_of(card, path, device))
    try:
        model.module.load_state_dict(read_weights(path))
    except RuntimeError as error:  # names or shapes differ
        raise WorkbenchError(
            f"its weights do not fit the recipe “{recipe.id}” of this version", path=path
        ) from error
    model.module.to(torch.device(device))
    model.module.eval()
    return model, card


def load_run(run: Run, device: str = "auto") -> tuple[Any, ModelCard, torch.device]:
    """See :func:`workbench.extension.engine_task.load_model`."""
    if not run.best_path.is_file():
        raise WorkbenchError(f"the run {run.name} has no model yet")
    chosen = choose_device(device)
    return (*load_model(run.best_path, str(chosen)), chosen)
