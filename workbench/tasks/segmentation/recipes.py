"""The models of areas that come with the program; importing this imports no torch."""

from __future__ import annotations

from workbench.core.schema import Field, Schema
from workbench.extension.recipe import LITE0, Recipe
from workbench.extension.settings import TRAINING, training_settings
from workbench.tasks.segmentation.kind import ID

LONGEST = 512
"""Limit in pixels for the longer side of the input where it is chosen by the program."""
CROP = 256
"""Side in pixels of the pieces that are learned from, where the input is as large."""
_MODEL = "workbench.tasks.segmentation.engine.model"

_SIZE = Field(
    "image_size", "int", 0, "Image size", "Longer side that images are brought to; 0 takes their "
    f"own, up to {LONGEST}, and more where something thin would vanish. Larger shows finer things; "
    "looking at an image takes longer.", "px", minimum=0, maximum=4096,
)
_UNLABELLED = Field(
    "unlabelled", "choice", "auto", "Unlabelled pixels", "What is true where nothing is painted: "
    "that nothing is there, or that nobody said. Automatic takes the second where there is a class "
    "called “background”.",
    choices=(("auto", "Automatic"), ("background", "Are background"),
             ("unknown", "Are left out")), advanced=True,
)
_LAYERS = Field(
    "train_layers", "choice", "all", "Layers to train", "The backbone knows photos already: what "
    "does not learn keeps that, and saves time.",
    choices=(("head", "All but the backbone"), ("last", "Not its first stages"),
             ("all", "All layers"), ("gradual", "All layers, the lower ones later and less")),
)


def _settings(*own: Field) -> Schema:
    return training_settings(
        without=("tiles", "train_layers", "augment.mosaic", "augment.turn"), epochs=100,
        optimizer="muon", lr=0.02, weight_decay=0.1,
    ).extended(_SIZE, _UNLABELLED, *own)


_UNPAINTED = Field(
    "unlabelled", "choice", "auto", "Unlabelled pixels", "What is true where nothing is painted: "
    "that nothing is there, or that nobody said. Automatic takes the second where two classes or "
    "more are painted, or “background” is, as while you paint.",
    choices=_UNLABELLED.choices, advanced=True,
)
_EACH_CLASS = 28  # bytes of a pixel: its score, what the losses keep of it, and their gradients

INSTANT = Recipe(
    id="areas-instant", title="Areas, instant", task=ID,
    summary="Looks at each pixel through filters and fits the classes to what is painted, in "
    "seconds, as “Suggest while I paint” does. A few strokes are enough.",
    build="workbench.tasks.segmentation.engine.instant:build_instant", parameters=2_000,
    from_nothing="yes", largest_input=1000,
    settings=Schema(TRAINING["previews"], TRAINING["workers"], _UNPAINTED),
    fixed={"epochs": 1, "ema": False, "augment": False}, fitted=True,
)

RECIPES = (
    INSTANT,
    Recipe(
        id="areas-n", title="Areas", task=ID,
        summary="Says what each pixel belongs to. Small, and quick even without a GPU; begins with "
        "nothing.",
        build=f"{_MODEL}:build", settings=_settings(), parameters=1_130_000, from_nothing="yes",
        largest_input=LONGEST, learned_side=CROP, bytes_a_pixel=1500, bytes_a_class=_EACH_CLASS,
    ),
    Recipe(
        id="areas-lite0", title="Areas, knows photos", task=ID,
        summary="Says what each pixel belongs to, with a backbone that has seen a million photos.",
        build=f"{_MODEL}:build_lite0", settings=_settings(_LAYERS), parameters=3_260_000,
        weights=(LITE0,), largest_input=LONGEST, learned_side=CROP, bytes_a_pixel=2800,
        bytes_a_class=_EACH_CLASS,
    ),
)
"""In the order of lists."""
