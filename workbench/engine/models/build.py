"""From a recipe to a model."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from workbench.core.errors import WorkbenchError
from workbench.core.schema import Value
from workbench.engine.models.context import Context
from workbench.extension.detection import ClassRows
from workbench.extension.model import TrainableModel
from workbench.extension.recipe import Recipe
from workbench.extension.settings import TRAINING


def all_settings(recipe: Recipe, given: Mapping[str, Any]) -> dict[str, Value]:
    """Every setting of a training: the recipe's, checked, and the common ones it leaves out.

    Raises
    ------
    UsageError
        For an unknown name or a value that does not fit.
    """
    return {**TRAINING.defaults(), **recipe.settings.validate(given)}


def build_model(recipe: Recipe, context: Context) -> Any:
    """Import the recipe's builder and call it.

    Returns
    -------
    What the recipe's task calls for: a ``DetectionModel`` or a ``SoundModel``.

    Raises
    ------
    WorkbenchError
        If the recipe's code cannot be imported.
    """
    module, _, function = recipe.build.partition(":")
    try:
        builder = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise WorkbenchError(f"the recipe “{recipe.id}” could not be loaded: {error}") from error
    return builder(context)


def class_rows(model: TrainableModel) -> Mapping[str, ClassRows]:
    """Which weights hold rows of classes; empty where the model does not say."""
    rows: Mapping[str, ClassRows] = getattr(model, "class_rows", {})
    return rows
