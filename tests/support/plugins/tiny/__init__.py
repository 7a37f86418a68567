"""A recipe for tests, registered as a plugin's is: learns in milliseconds, fails on demand."""

from __future__ import annotations

from workbench.core.schema import Field
from workbench.extension.recipe import Recipe
from workbench.extension.registry import recipes
from workbench.extension.settings import training_settings

SETTINGS = training_settings(epochs=3, batch_size=4, lr=0.02, augment=True, previews=2).extended(
    Field("tiny.fault", "choice", "none", "Fault", "", choices=(
        ("none", "none"), ("nan", "nan"), ("memory", "memory"), ("bug", "bug"), ("exit", "exit"),
        ("lost card", "lost card"))),
    Field("tiny.fault_step", "int", 5, "Step of the fault"),
    Field("tiny.largest_batch", "int", 2, "Images that fit"),
    Field("tiny.slow", "float", 0.0, "Seconds that a step takes at least"),
)


def register() -> None:
    if "tiny" in recipes:  # another test of this process was first
        return
    recipes.register(Recipe(
        id="tiny", title="Tiny", summary="For tests.", task="detection",
        build="workbench_plugin_tiny.model:build", settings=SETTINGS, parameters=2000,
        from_nothing="yes", bytes_a_pixel=100,
    ))
