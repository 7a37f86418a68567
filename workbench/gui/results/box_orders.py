"""In which orders the boxes behind a number can be looked at."""

from __future__ import annotations

from typing import get_args

from workbench.evaluation.box_entries import Order
from workbench.evaluation.box_words import Selection

ORDERS: dict[Order, str] = {
    "worst": "worst first", "file": "by file", "mistakes": "most mistakes first",
    "score-high": "highest score first",
    "score-low": "lowest score first", "overlap": "least overlap first",
    "small": "smallest first", "large": "largest first",
}
assert set(ORDERS) == set(get_args(Order))


def orders_for(selection: Selection, none: int) -> list[Order]:
    """The orders that mean something for the pictures of ``selection``, the usual one first."""
    if selection is None:
        return ["mistakes", "file"]
    if isinstance(selection, str):
        scored: list[Order] = [] if selection == "missed" else ["score-high", "score-low"]
        return ["worst", *scored, "small", "large", "file"]
    scored = ["score-high", "score-low"] if selection[1] != none else []
    paired: list[Order] = ["overlap"] if none not in selection else []
    return [*scored, *paired, "small", "large", "file"]
