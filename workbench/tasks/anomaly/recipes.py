"""The model that comes with the program; importing this imports no torch."""

from __future__ import annotations

from workbench.core.schema import Field, Schema
from workbench.extension.recipe import LITE0, Recipe
from workbench.extension.settings import TRAINING
from workbench.tasks.anomaly.kind import ID

LONGEST = 320
"""Limit in pixels for the longer side of the input where it is chosen by the program."""
MEMORIES = "fine and coarse"
"""How a model remembers; of one that was trained when there was but one memory nothing is said."""

_GOOD = Field(
    "good", "text", "", "Good class", "The class of the images that are as they should be. "
    "Automatic takes the one called good, OK or normal, else the one with most images; where no "
    "image has a class, all are good.", zero="Automatic", of_classes=True,
)
_SIZE = Field(
    "image_size", "int", 0, "Image size", "Longer side that images are brought to; 0 takes their "
    f"own, up to {LONGEST}. Larger finds finer faults; learning and looking take longer.", "px",
    minimum=0, maximum=2048,
)
_PATCHES = Field(
    "patches", "int", 2000, "Remembered patches", "How many places of the good images are kept, "
    "as different from each other as can be. More know rarer things that are all right; looking "
    "takes longer.", minimum=50, maximum=20_000, advanced=True,
)

RECIPES = (
    Recipe(
        id="good-memory", title="Memory of good images", task=ID,
        summary="Anomaly detection: remembers what places of good images look like, and marks what "
        "is unlike all of them. Needs about 30 good images, and no faulty ones; learns in seconds.",
        build="workbench.tasks.anomaly.engine.model:build", parameters=800_000, weights=(LITE0,),
        from_nothing="yes",
        settings=Schema(_GOOD, _SIZE, TRAINING["workers"], _PATCHES),
        fixed={"epochs": 1, "ema": False, "augment": False, "memories": MEMORIES}, fitted=True,
        largest_input=LONGEST,
    ),
)
"""In the order of lists."""
