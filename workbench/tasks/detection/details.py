"""Whether a training learns outlines and key points besides boxes. Imports neither Qt nor torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from workbench.core.schema import Field, Value
from workbench.extension.detection import DataFacts
from workbench.extension.holds import KEYPOINTS as KEYPOINT_SET
from workbench.extension.holds import MASK, POLYGON, ROTATED

_CHOICES = (("auto", "Automatic"), ("most", "Where most objects have them"),
            ("on", "Where any object has them"), ("off", "No"))
_AS_ROTATED = "rotated"

OUTLINES = Field(
    "outlines", "choice", "auto", "Learn outlines", "Objects that are labelled with polygons or "
    "masks are found with their outlines, not only with the boxes around them; where most of these "
    "are rotated boxes, or as you choose here, they are found as rotated boxes.",
    choices=(*_CHOICES[:-1], (_AS_ROTATED, "As rotated boxes"), _CHOICES[-1]), advanced=True,
)
KEYPOINTS = Field(
    "keypoints", "choice", "auto", "Learn key points", "Objects that are labelled with key points "
    "are found with these, not only with the boxes around them.", choices=_CHOICES, advanced=True,
)
"""The settings of recipes that can; "auto" is settled when a training begins, and a model from
before there were such settings has none."""


_OUTLINES, _KEYPOINTS, _ROTATED = "learns_outlines", "learned_keypoints", "finds_rotated"

AUTOMATIC: Mapping[str, Value] = {OUTLINES.name: "most", KEYPOINTS.name: "most"}
"""What is settled."""


def learned_kinds(settings: Mapping[str, Value], facts: DataFacts) -> frozenset[str]:
    """The kinds of shapes that are learned as what they are, not as the boxes around them."""
    outlines = {POLYGON, MASK, ROTATED} if outlines_wanted(settings, facts) else set()
    return frozenset(outlines | ({KEYPOINT_SET} if keypoints_wanted(settings, facts) else set()))


def learned_config(settings: Mapping[str, Value], facts: DataFacts) -> dict[str, Any]:
    """What is kept in the configuration of a run for :func:`as_it_began`."""
    partners = facts.partners if keypoints_wanted(settings, facts) else ()
    return {_OUTLINES: outlines_wanted(settings, facts), _KEYPOINTS: list(map(list, partners)),
            _ROTATED: rotated_wanted(settings, facts)}


def as_it_began(facts: DataFacts, earlier: Mapping[str, Any]) -> DataFacts:
    """A run that goes on learns of outlines and key points what it did before, whatever was
    labelled since: its weights are of one kind. ``earlier`` is its configuration."""
    if (outlines := earlier.get(_OUTLINES)) is not None:
        rotated = bool(earlier.get(_ROTATED))  # unknown to runs from before
        facts = replace(facts, outlines=facts.boxes if outlines else 0,
                        rotated=facts.boxes if rotated else 0)
    if (partners := earlier.get(_KEYPOINTS)) is not None:
        facts = replace(facts, keypoints=facts.boxes if partners else 0,
                        partners=tuple(map(tuple, partners)) or facts.partners)
    return facts


def outlines_wanted(settings: Mapping[str, Value], facts: DataFacts) -> bool:
    """Whether a model with these settings learns outlines from labels of which ``facts`` speak."""
    return _wanted(settings.get(OUTLINES.name), facts.outlines, facts)


def rotated_wanted(settings: Mapping[str, Value], facts: DataFacts) -> bool:
    """Whether its outlines are those of rotated boxes: where most are labelled as such, or it is
    chosen. The others are found as rotated boxes, too."""
    return outlines_wanted(settings, facts) and (
        settings.get(OUTLINES.name) == _AS_ROTATED or 2 * facts.rotated > facts.outlines)


def keypoints_wanted(settings: Mapping[str, Value], facts: DataFacts) -> bool:
    """As :func:`outlines_wanted`, of key points."""
    return _wanted(settings.get(KEYPOINTS.name), facts.keypoints, facts)


def _wanted(setting: Value | None, there: int, facts: DataFacts) -> bool:
    """Whether most objects but for dots have such details, or any where that is enough."""
    return 2 * there > facts.boxes - facts.dots if setting == "most" else (
        setting in ("on", _AS_ROTATED) and there > 0)
