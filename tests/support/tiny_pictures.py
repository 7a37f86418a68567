"""A folder of small generated pictures: three classes that anybody can tell apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = ("dots", "stripes", "waves")


def picture(label: str, seed: int, side: int = 48) -> Image.Image:
    """A pattern in a colour of its own for each class, a little different for each seed."""
    chance = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side] + chance.uniform(0, 8)
    wave = {"dots": np.sin(x / 3) * np.sin(y / 3), "stripes": np.sin(x / 2),
            "waves": np.sin(y / 4 + np.sin(x / 5))}[label]
    colour = {"dots": (220, 60, 40), "stripes": (40, 200, 60), "waves": (50, 70, 220)}[label]
    noise = chance.normal(0, 6, (side, side, 3))
    pixels = (0.6 + 0.4 * wave)[..., None] * np.asarray(colour) + noise
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def make_pictures(folder: Path, each: int = 6, side: int = 48) -> Path:
    """``dots/0.png`` and so on, a folder for each class."""
    for number, label in enumerate(CLASSES):
        (folder / label).mkdir(parents=True)
        for index in range(each):
            picture(label, 100 * number + index, side).save(folder / label / f"{index}.png")
    return folder
