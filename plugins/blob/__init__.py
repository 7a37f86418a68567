"""Blob detector: an example of a plugin that adds a recipe.

A plugin is a folder with this file and a function ``register()``. The window calls it too, so
nothing here may import torch: the recipe only *names* the function that builds the model, and the
engine imports that module when somebody trains with it. Everything a plugin needs comes from
``workbench.extension``; copy this folder to your own (named in ``WORKBENCH_PLUGINS``) and go on
from there.
"""

from __future__ import annotations

from workbench.extension.recipe import Field, Recipe
from workbench.extension.registry import recipes
from workbench.extension.settings import training_settings

# The common settings (epochs, batch size, rate …) with our own defaults, and one more. The form,
# the command line (--set blob.channels=32) and the saved run all follow from this declaration.
SETTINGS = training_settings(epochs=80, batch_size=8, lr=0.003, weight_decay=0.01).extended(
    Field("blob.channels", "int", 24, "Channels", "Width of the network. More can learn more and "
          "takes longer.", minimum=4, maximum=256),
)

RECIPE = Recipe(
    id="blob",
    title="Blob",
    summary="An example of a plugin: finds compact things that do not touch, by their centres.",
    task="detection",
    # __name__ is the name this plugin was loaded under
    build=f"{__name__}.model:build",
    settings=SETTINGS,
    parameters=79_000,
    from_nothing="slow",
)


def register() -> None:
    """Called once when the program starts."""
    recipes.register(RECIPE)
