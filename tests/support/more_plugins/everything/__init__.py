"""One thing of each kind that a plugin can add, with ``workbench.extension`` alone.

The task learns one number of each image (how bright it is) from ``numbers.csv`` in the project.
"""

from workbench.extension.annotation_formats import AnnotationFormat, annotation_formats
from workbench.extension.augmentations import Augmentation, augmentations
from workbench.extension.explanations import ExplanationMethod, explanation_methods
from workbench.extension.exports import ExportFormat, export_formats
from workbench.extension.recipe import Recipe
from workbench.extension.registry import recipes
from workbench.extension.settings import training_settings
from workbench.extension.shell import ShellCommand, shell_commands
from workbench.extension.tasks import Task, tasks
from workbench.extension.training import (
    OptimizerKind,
    Sampler,
    Schedule,
    optimizers,
    samplers,
    schedules,
)


def register() -> None:
    here = __name__
    tasks.register(Task("brightness", "How bright images are", "images", "image",
                        f"{here}.engine:TASK", window=f"{here}.window:TASK",
                        shell=f"{here}.shell:TASK"))
    recipes.register(Recipe(
        "two-steps", "Two steps", "A trunk and a head, each with an optimiser of its own.",
        "brightness", f"{here}.model:build",
        training_settings(epochs=8, lr=0.02, ema=False), 400, from_nothing="yes"))
    optimizers.register(OptimizerKind("sign", "Signs", f"{here}.model:sign"))
    schedules.register(Schedule("flat", "Flat", f"{here}.model:flat"))
    samplers.register(Sampler("backwards", "Backwards", f"{here}.model:backwards"))
    augmentations.register(Augmentation(
        "speckle", "Speckle", "Adds noise.", ("brightness", "detection"), f"{here}.model:speckle"))
    annotation_formats.register(AnnotationFormat(
        "dots", "Dots", "images", f"{here}.dots:sniff", f"{here}.dots:read", f"{here}.dots:write"))
    explanation_methods.register(ExplanationMethod(
        "weights", "What it weighs", ("brightness",), f"{here}.explain:explain"))
    export_formats.register(ExportFormat(
        "arrays", "NumPy arrays", ".npz", f"{here}.export:write", f"{here}.export:open_file"))
    shell_commands.register(ShellCommand(
        "brightest", "name the brightest image", f"{here}.shell:add", f"{here}.shell:brightest"))
