"""A small project whose areas can be learned in a few steps: bright discs and dark stripes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.masks import mask_of_pixels
from workbench.core.outlines import Polygon
from workbench.core.shapes import Shape
from workbench.formats.voc import new_voc
from workbench.project.datasets.splits import Split, save_split

CLASSES = ("disc", "stripe")
SIZE = (96, 64)


def picture(number: int, size: tuple[int, int] = SIZE) -> tuple[np.ndarray, np.ndarray, int]:
    """An image uint8 (H, W, 3), its disc bool (H, W), and the left end of its stripe of 12 px."""
    chance = np.random.default_rng(number)
    y, x = np.mgrid[:size[1], :size[0]]
    middle = chance.uniform(18, size[0] - 34), chance.uniform(18, size[1] - 18)
    disc = np.hypot(x + 0.5 - middle[0], y + 0.5 - middle[1]) < chance.uniform(9, 15)
    left = int(chance.integers(size[0] - 18, size[0] - 12))
    pixels = chance.normal(110, 8, (*disc.shape, 3))
    pixels[disc] += (90, 60, 20)
    pixels[:, left:left + 12] -= 70
    return pixels.clip(0, 255).astype(np.uint8), disc, left


def make_areas(folder: Path, count: int = 16) -> Path:
    """Write ``count`` labelled images: discs as masks, stripes as polygons."""
    (folder / "images").mkdir(parents=True)
    (folder / "annotations").mkdir()
    keys = []
    for number in range(count):
        pixels, disc, left = picture(number)
        name = f"area{number:02}.png"
        Image.fromarray(pixels).save(folder / "images" / name)
        stripe = Polygon((((left, 0.0), (left + 12, 0.0), (left + 12, 64.0), (left, 64.0)),))
        shapes: tuple[tuple[str, Shape], ...] = (("disc", mask_of_pixels(disc)), ("stripe", stripe))
        objects = tuple(LabeledObject(label, shape) for label, shape in shapes)
        data = new_voc(Annotation(objects, size=SIZE), image_path=folder / "images" / name)
        (folder / "annotations" / f"area{number:02}.xml").write_bytes(data)
        keys.append(f"images/{name}")
    save_split(folder, Split(train=keys[:-6], val=keys[-6:-3], test=keys[-3:], origin="test"))
    return folder
