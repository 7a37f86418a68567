"""What of a suggestion is shown; numpy is not imported, as the window asks for it before."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple


class ShownAreas(NamedTuple):
    """What of a suggestion is shown, and becomes labels."""

    least: float = 0.0
    """Probability from which on a pixel belongs to its likeliest class."""
    hidden: Collection[str] = ()
    """Classes of which nothing is shown."""
    smallest: int = 0
    """Pixels of the image: what is smaller belongs to what is around it."""
    smooth: bool = False
    """Whether borders are smoothed."""
