"""Which recipe the button takes: a table, read from the top. Imports no torch.

Facts of the data decide, and where a recipe is for enough time only, how quickly it learns on this
machine, which is tried. What the bounds rest on is in ``docs/compact-detector.md``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from workbench.core.text import count
from workbench.extension.recipe import Recipe
from workbench.tasks.detection.details import OUTLINES
from workbench.tasks.detection.kind import ID

CPU = frozenset({"cpu"})
GPU = frozenset({"cuda", "mps"})
CUDA = frozenset({"cuda"})
ANY = CPU | GPU

_PASSES = 40  # that a larger model must be able to make before it is worth its time
_LITE0_PASSES = 1  # with which what knows photos and framing is ahead of what learns both
_FEW = 40
_SOME = 60
_HUNDREDS = 400
_MANY = 1000
_LARGE = 0.25  # of the image's side; kangaroos in photos 0.47, blood cells 0.18
_CROWD = 5  # objects an image


@dataclass(frozen=True, slots=True)
class Situation:
    """What a choice depends on."""

    device: str
    """ "cpu", "cuda" or "mps"."""
    images: int
    """How many are labelled."""
    minutes: float | None = None
    """The time given, or None for the recipe's own length."""
    weights: frozenset[str] = frozenset()
    """Ids of the recipes whose pretrained weights are on this machine."""
    large_things: bool = False
    """Whether the images show few large things, as photos do; see :func:`shows_large_things`."""
    passes: Callable[[str], float] = lambda _: math.inf
    """Times that the recipe of an id can learn from every image in the time given; called only
    where that matters, as it takes seconds to measure."""
    details: bool = False
    """Whether most objects are labelled with outlines, or with key points: then a recipe that
    learns these is taken."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A recipe and when it is the one to take."""

    recipe: str
    """Its id."""
    reason: str
    """Why, as the end of a sentence; may name ``{images}`` and ``{minutes}``."""
    devices: frozenset[str] = ANY
    """Types of devices."""
    images: tuple[float, float] = (0, math.inf)
    """(fewest, most) labelled images."""
    minutes: tuple[float, float] = (0, math.inf)
    """(from, to) of the time given; where none is given, ``untimed`` decides."""
    untimed: bool = True
    """Whether it is for trainings that end by themselves, too."""
    weights: bool = False
    """Whether its pretrained weights must be here."""
    large_things: bool = False
    """Whether it is for images of few large things only."""
    passes: int = 0
    """Times that it must be able to learn from every image, where a time is given."""

    def fits(self, now: Situation) -> bool:
        if now.device not in self.devices or (self.weights and self.recipe not in now.weights):
            return False
        if self.large_things and not now.large_things:
            return False
        if not self.images[0] <= now.images <= self.images[1]:
            return False
        if now.minutes is None:
            return self.untimed
        if not self.minutes[0] <= now.minutes <= self.minutes[1]:
            return False
        return not self.passes or now.passes(self.recipe) >= self.passes

    def told(self, now: Situation) -> str:
        """The reason, with what a trial showed."""
        minutes = _minutes(now.minutes)
        reason = self.reason.format(images=f"{now.images:,}", minutes=minutes)
        if not self.passes or now.minutes is None:
            return reason
        times = count(round(now.passes(self.recipe)), "time")
        return f"{reason} (tried on this machine: it sees each about {times} in {minutes})"


RULES: tuple[Rule, ...] = (
    Rule("fasterrcnn-resnet50-fpn-v2", "there is a GPU, and its pretrained weights are on this "
         "machine",
         CUDA, minutes=(5, math.inf), weights=True),
    Rule("fasterrcnn-mobilenet-v3-320", "its pretrained weights are on this machine, which helps "
         "most with few images ({images})", ANY, images=(0, _SOME), minutes=(10, math.inf),
         weights=True),
    Rule("compact-lite0", "a backbone that knows photos helps where few images ({images}) show "
         "large things",
         CPU, images=(0, _HUNDREDS), weights=True, large_things=True, passes=_LITE0_PASSES),
    Rule("compact-n", "a small model suits few images ({images})",
         images=(0, _FEW - 1)),
    Rule("compact-m", "there is a GPU, and {images} images are enough for the largest model",
         GPU, images=(_MANY, math.inf), minutes=(5, math.inf)),
    Rule("compact-s", "there is a GPU, so there is time for more than the smallest model",
         GPU, minutes=(1, math.inf)),
    Rule("compact-n", "in {minutes} the smallest model learns most", GPU),
    Rule("compact-m", "in {minutes} even the largest model sees {images} images often enough",
         CPU, images=(_MANY, math.inf), minutes=(90, math.inf), untimed=False,
         passes=_PASSES),
    Rule("compact-s", "in {minutes} there is time for more than the smallest model, even "
         "without a GPU",
         CPU, images=(_HUNDREDS, math.inf), minutes=(20.01, math.inf), untimed=False,
         passes=_PASSES),
    Rule("compact-n", "without a GPU the smallest model learns most in the time"),
)
"""The first that fits is taken. Every recipe may be missing; what fits always comes last."""


def shows_large_things(sizes: Sequence[float], images: int) -> bool:
    """Whether images show few large things rather than many small ones.

    Parameters
    ----------
    sizes
        sqrt(box area / image area) of all objects, 0..1.
    images
        How many images they are on.
    """
    return bool(sizes) and median(sizes) >= _LARGE and len(sizes) <= _CROWD * images


def choose_recipe(recipes: Iterable[Recipe], now: Situation) -> tuple[str, str]:
    """The id of the detection recipe for a situation, and why.

    Parameters
    ----------
    recipes
        Those that are here.
    now
        See :class:`Situation`.
    """
    there = [recipe for recipe in recipes if recipe.task == ID]
    if now.details:
        there = [recipe for recipe in there if OUTLINES.name in recipe.settings] or there
    known = {recipe.id for recipe in there}
    for rule in RULES:
        if rule.recipe in known and rule.fits(now):
            return rule.recipe, rule.told(now)
    otherwise = next((recipe for recipe in there if recipe.from_nothing == "yes"), None)
    if otherwise is None:
        return "compact-n", ""
    return otherwise.id, "it needs no pretrained weights"


def _minutes(minutes: float | None) -> str:
    if minutes is None:
        return "the time"
    if minutes < 1:
        return f"{minutes * 60:.0f} seconds"
    return "1 minute" if minutes == 1 else f"{minutes:g} minutes"
