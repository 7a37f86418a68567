"""From a recipe to a model."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from workbench.core.errors import WorkbenchError
from workbench.core.schema import Value
from workbench.extension.detection import BuildContext, ClassRows, DataFacts, DetectionModel
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


def build_model(recipe: Recipe, context: BuildContext) -> DetectionModel:
    """Import the recipe's builder and call it.

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
    model: DetectionModel = builder(context)
    return model


def class_rows(model: DetectionModel) -> Mapping[str, ClassRows]:
    """Which weights hold rows of classes; empty where the model does not say."""
    rows: Mapping[str, ClassRows] = getattr(model, "class_rows", {})
    return rows


def facts_to_json(facts: DataFacts) -> dict[str, Any]:
    """Plain data; sizes are rounded to a hundredth of a pixel."""
    return {
        "images": facts.images,
        "boxes": facts.boxes,
        "image_sizes": [list(size) for size in facts.image_sizes],
        "box_sizes": [[round(w, 2), round(h, 2)] for w, h in facts.box_sizes],
        "relative_sizes": [round(size, 6) for size in facts.relative_sizes],
        "boxes_per_image": facts.boxes_per_image,
        "class_counts": list(facts.class_counts),
    }


def facts_from_json(data: Mapping[str, Any]) -> DataFacts:
    return DataFacts(
        images=int(data["images"]),
        boxes=int(data["boxes"]),
        image_sizes=tuple((int(w), int(h)) for w, h in data["image_sizes"]),
        box_sizes=tuple((float(w), float(h)) for w, h in data["box_sizes"]),
        relative_sizes=tuple(float(size) for size in data["relative_sizes"]),
        boxes_per_image=int(data["boxes_per_image"]),
        class_counts=tuple(int(count) for count in data["class_counts"]),
    )
