"""Colour tables for spectrograms.

The tables are interpolated in linear steps between a few colours that were chosen so that
lightness rises evenly from quiet to loud; none of them is taken from another program.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

STOPS: dict[str, tuple[str, ...]] = {
    "magma": ("#030312", "#1a1044", "#4a1079", "#812581", "#b73779", "#e8535f", "#fb8861",
              "#fec287", "#fcf9c4"),
    "viridis": ("#3f0a50", "#46327e", "#365c8d", "#277f8e", "#1fa187", "#4ac16d", "#a0da39",
                "#f6e726"),
    "ice": ("#03050d", "#0d1b3e", "#123a70", "#1a62a0", "#2f90c0", "#64bcd4", "#aee0e6",
            "#f2fbfa"),
    "gray": ("#000000", "#ffffff"),
    "paper": ("#ffffff", "#000000"),
}
"""Colours from quiet to loud, at even distances."""


def color_table(name: str) -> NDArray[np.uint8]:
    """256 colours from quiet to loud: uint8 (256, 3), red, green, blue.

    Raises
    ------
    KeyError
        If there is no table of that name.
    """
    stops = np.array([[int(text[at:at + 2], 16) for at in (1, 3, 5)] for text in STOPS[name]])
    place = np.linspace(0, len(stops) - 1, 256)
    table = [np.interp(place, np.arange(len(stops)), stops[:, part]) for part in range(3)]
    return np.round(np.stack(table, axis=1)).astype(np.uint8)
