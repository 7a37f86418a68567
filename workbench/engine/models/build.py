"""From a recipe to a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.core.errors import WorkbenchError
from workbench.core.schema import Value
from workbench.extension.augmentations import settings_of
from workbench.extension.model import ClassRows, HasClassRows, ModelContext, TrainableModel
from workbench.extension.recipe import Recipe
from workbench.extension.registry import load
from workbench.extension.settings import TRAINING


def all_settings(recipe: Recipe, given: Mapping[str, Any]) -> dict[str, Value]:
    """Every setting of a training: the recipe's, checked, and the common ones it leaves out.

    Raises
    ------
    UsageError
        For an unknown name or a value that does not fit.
    """
    return {**TRAINING.defaults(), **recipe.fixed, **settings_of(recipe).validate(given)}


def build_model(recipe: Recipe, context: ModelContext[Any]) -> Any:
    """Import the recipe's builder and call it.

    Returns
    -------
    What the recipe's task calls for.

    Raises
    ------
    WorkbenchError
        If the recipe's code cannot be imported.
    """
    try:
        builder = load(recipe.build)
    except (ImportError, AttributeError) as error:
        raise WorkbenchError(f"the recipe “{recipe.id}” could not be loaded: {error}") from error
    return builder(context)


def class_rows(model: TrainableModel) -> Mapping[str, ClassRows]:
    """Which weights hold rows of classes; empty where the model does not say."""
    return model.class_rows if isinstance(model, HasClassRows) else {}
