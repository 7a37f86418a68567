"""What a model's answer is worth, thing by thing."""

from __future__ import annotations

from typing import Literal, NamedTuple

from workbench.core.shapes import Bounds

Outcome = Literal["right", "missed", "wrong"]
OUTCOMES: tuple[Outcome, ...] = ("right", "missed", "wrong")
"""Found as what it is, not found, and taken for something else."""


class Judged(NamedTuple):
    """One labelled thing, or a sample as a whole."""

    key: str
    """The sample."""
    box: Bounds | None
    """The thing, xyxy in pixels as displayed, or (start, low, end, high) in seconds and Hz; None
    for the sample as a whole."""
    outcome: Outcome
    found: str = ""
    """What it is taken for, or what is wrong, in a few words; "" where nothing is, or nothing was
    found."""
