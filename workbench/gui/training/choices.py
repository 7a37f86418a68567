"""What can be chosen before a training, without any widget."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from workbench.core.schema import Field, Schema, Value
from workbench.extension.recipe import Recipe, Weights
from workbench.gui.training.words import megabytes, millions

Reach = Literal["unknown", "online", "offline"]

AUTO = "auto"
PLAIN = ("augment", "any_way_up")
"""Common settings that stand in the open; the others wait under "More"."""
PLAIN_WITH_WEIGHTS = ("train_layers", *PLAIN)
"""The same for a recipe that begins from weights of others: which of them shall learn?"""
OWN_EDITORS = ("epochs", "batch_size")
"""Settings that have their own place in the form."""
BATCHES = (1, 2, 4, 8, 16, 32, 64)
SEED = Field("seed", "int", 0, "Seed", "The same seed gives the same run.", minimum=0,
             maximum=2**31 - 1, advanced=True)
MINUTES = Field("minutes", "float", 10.0, "Minutes", "The run ends within this time: the schedule "
                "is fitted to it, measured on this machine.", minimum=0.1, maximum=100_000)


_FROM_RUN = ("Begins with the best of that run: what it knows is kept, also where the classes are "
             "others.")


@dataclass(frozen=True, slots=True)
class Option:
    """An entry of a list: its value for the request, its words and a longer explanation."""

    value: str
    text: str
    help: str = ""


def checkpoints_folder() -> Path:
    """Where torch keeps downloaded weights."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path("~/.cache").expanduser())
    home = os.environ.get("TORCH_HOME") or str(Path(cache) / "torch")
    return Path(home).expanduser() / "hub" / "checkpoints"


def weights_here(weights: Weights) -> bool:
    """Whether the file lies on this machine (the engine checks its hash before it is used)."""
    return (checkpoints_folder() / weights.name).is_file()


def recipe_options(recipes: Iterable[Recipe], task: str, chosen: str = "") -> list[Option]:
    """All recipes for a task, the automatic choice first.

    ``chosen`` is the id that the engine would take for the automatic choice, once it is known.
    """
    fitting = [recipe for recipe in recipes if recipe.task == task]
    best = next((recipe.title for recipe in fitting if recipe.id == chosen), "")
    auto = f"Automatic: {best}" if best else "Automatic"
    options = [Option(AUTO, auto, "The best recipe for what is on this machine.")]
    for recipe in fitting:
        text = f"{recipe.title} · {millions(recipe.parameters)}"
        options.append(Option(recipe.id, text, recipe.summary))
    return options


def start_options(
    recipe: Recipe | None, runs: Iterable[tuple[str, str, str]], reach: Reach, file: str = ""
) -> list[Option]:
    """What a training can start from, the natural choice first.

    Parameters
    ----------
    recipe
        The chosen one, or None for the automatic choice.
    runs
        ``(name, title, recipe id)`` of earlier runs that have a model.
    reach
        Whether weights could be downloaded now.
    file
        A file that was chosen before, or "".
    """
    if recipe is None:
        options = [Option(AUTO, "Automatic", "Weights that are here, or nothing.")]
    else:
        options = [_pretrained(weights, reach) for weights in recipe.weights[:1]]
    options.append(_nothing(recipe))
    for name, title, of in runs:
        if recipe is None or of == recipe.id:
            options.append(Option(name, f"Run {title}", _FROM_RUN))
    if file:
        options.append(Option(file, Path(file).name, file))
    return options


def _nothing(recipe: Recipe | None) -> Option:
    if recipe is not None and recipe.from_nothing == "yes":
        return Option("none", "Nothing (no weights needed)", "This recipe is made for it.")
    help_ = "Without pretrained weights this takes long and many images."
    return Option("none", "Nothing", "" if recipe is None else help_)


def _pretrained(weights: Weights, reach: Reach) -> Option:
    name = weights.title.partition(",")[0]
    help_ = f"{weights.title}. {weights.licence}".strip()
    if weights_here(weights):
        return Option("pretrained", f"{name} weights (here)", help_)
    if reach == "offline":
        return Option("pretrained", f"{name} weights (not here: offline)",
                      f"{help_}\nThe file {weights.name} is not on this machine and cannot be "
                      f"fetched now. Choose nothing, an earlier run or a file.")
    return Option("pretrained", f"{name} weights (download {megabytes(weights.size)})", help_)


def more_schema(settings: Schema, common: Schema, plain: Collection[str] = PLAIN) -> Schema:
    """The settings of a recipe for :class:`SchemaForm`: what is common and not plain is folded."""
    fields: list[Field] = []
    for field in settings:
        if field.name in OWN_EDITORS:
            continue
        folded = field.advanced or (field.name in common and field.name not in plain)
        fields.append(replace(field, advanced=folded))
    return Schema(*fields, SEED)


def batch_options(default: Value) -> list[Option]:
    """Batch sizes; 0 lets the engine choose."""
    sizes = sorted({*BATCHES, int(default)} - {0})
    options = [Option("0", "Auto", "Chosen by the device and the number of images.")]
    for size in sizes:
        help_ = "What this recipe usually takes." if size == int(default) else ""
        options.append(Option(str(size), f"{size}", help_))
    return options
