"""Figures of a network as the window says them."""

from __future__ import annotations

from workbench.core.text import tr
from workbench.project.networks.layers import Shape


def shape_words(shape: Shape | None) -> str:
    """ "32 × 64 × 64" for a map, "128" for a list; channels come first."""
    return " × ".join(f"{side:,}" for side in shape) if shape is not None else ""


def amount(number: int) -> str:
    """ "0" to "9,999", then "12.3 K", "4.5 M", "1.2 G"."""
    if number < 10_000:
        return f"{number:,}"
    for unit, size in (("K", 1e3), ("M", 1e6)):
        if number < 999.5 * size:
            return tr("{number:.3g} {unit}", number=number / size, unit=unit)
    return tr("{number:.3g} {unit}", number=number / 1e9, unit="G")
