"""Whether a training learns outlines besides boxes. Imports neither Qt nor torch."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.core.schema import Field, Value
from workbench.extension.detection import DataFacts

OUTLINES = Field(
    "outlines", "choice", "auto", "Learn outlines", "Objects that are labelled with polygons or "
    "masks are found with their outlines, not only with the boxes around them.",
    choices=(("auto", "Automatic"), ("most", "Where most objects have them"),
             ("on", "Where any object has them"), ("off", "No: boxes only")),
    advanced=True,
)
"""The setting of recipes that can; "auto" is settled when a training begins, and a model from
before there was the setting has none."""


LEARNED = "learns_outlines"
"""In the configuration of a run: whether it does."""


def outlines_wanted(settings: Mapping[str, Value], facts: DataFacts) -> bool:
    """Whether a model with these settings learns outlines from labels of which ``facts`` speak."""
    wanted = settings.get(OUTLINES.name)
    if wanted == "most":
        return 2 * facts.outlines > facts.boxes
    return wanted == "on" and facts.outlines > 0
