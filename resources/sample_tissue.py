"""Draws the sample project for areas: stained sections of a tissue, pixel by pixel.

Cells with a nucleus, the walls between them, and gaps without a cell: each pixel has a class. A
third of the pictures has no label yet, so that a model has something to suggest.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.masks import mask_of_pixels
from workbench.formats.atomic import new_folder
from workbench.formats.voc import new_voc
from workbench.project.manifest import Manifest

Array = NDArray[np.floating[Any]]
Where = NDArray[np.bool_]

WIDTH, HEIGHT = 480, 360
CLASSES = ("nucleus", "wall", "gap", "cell")
UNLABELLED = 8
"""Pictures left for a person, or a model, to label."""
_CELL = 50  # pixels between the middles of neighbouring cells
_WALL = 5.0  # how much farther the second nearest middle may be
_GAPS = 0.12  # share of cells that are missing
_GROUND, _WALLS, _NUCLEI, _GLASS = (232, 176, 196), (178, 92, 134), (96, 58, 138), (243, 238, 240)


def make_sample(folder: Path, images: int = 24, seed: int = 0) -> None:
    """Make the sample project in ``folder``: ``images/``, ``annotations/`` and ``workbench.toml``.

    Parameters
    ----------
    folder
        Must not exist, or be empty. It appears only when all is written.
    images
        How many, at least 6. One ``seed`` gives one set of pictures.

    Raises
    ------
    WorkbenchError
        If there is something in ``folder`` already, or it cannot be written.
    """
    with new_folder(folder, "the sample") as unfinished:
        _write(unfinished, folder, max(images, 6), seed)


def _write(unfinished: Path, folder: Path, images: int, seed: int) -> None:
    for name in ("images", "annotations"):
        (unfinished / name).mkdir(parents=True)
    labelled = images - min(UNLABELLED, images // 3)
    for number in range(images):
        picture, areas = draw_section(np.random.default_rng((seed, number)))
        key = f"images/section-{number + 1:02d}.jpg"
        picture.save(unfinished / key, quality=88)
        if number < labelled:
            objects = tuple(LabeledObject(name, mask_of_pixels(area))
                            for name, area in areas.items() if area.any())
            data = new_voc(Annotation(objects, size=(WIDTH, HEIGHT)), image_path=folder / key)
            (unfinished / "annotations" / f"section-{number + 1:02d}.xml").write_bytes(data)
    Manifest("Tissue sections", task="semantic-segmentation", classes=list(CLASSES),
             images="images", annotations="annotations").save(unfinished)


def draw_section(chance: np.random.Generator) -> tuple[Image.Image, dict[str, Where]]:
    """One picture, RGB of :data:`WIDTH` × :data:`HEIGHT`, and which pixels are of each class."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(float)
    y, x = y + _noise(chance, 24, 5), x + _noise(chance, 24, 5)  # walls are not straight
    middles = _middles(chance)
    missing = chance.random(len(middles)) < _GAPS
    nearest, second, cell = _distances(y, x, middles)
    wall = second - nearest < _WALL
    gap = missing[cell] & ~wall
    nucleus = np.zeros_like(wall)
    for number in np.flatnonzero(~missing):
        nucleus |= _nucleus(y, x, middles[number], chance) & (cell == number) & ~wall
    rest = ~(nucleus | wall | gap)  # a class, too, or a model would have to guess what it is
    areas = dict(zip(CLASSES, (nucleus, wall, gap, rest), strict=True))
    return _stained(areas, cell, len(middles), chance), areas


def _middles(chance: np.random.Generator) -> Array:
    """Middles of cells (N, 2), y and x, in rows that are moved against each other."""
    rows = np.arange(-_CELL, HEIGHT + _CELL, _CELL)
    found = [(row, column) for number, row in enumerate(rows)
             for column in np.arange(-_CELL + number % 2 * _CELL // 2, WIDTH + _CELL, _CELL)]
    return np.array(found, float) + chance.uniform(-0.3, 0.3, (len(found), 2)) * _CELL


def _distances(y: Array, x: Array, middles: Array) -> tuple[Array, Array, NDArray[np.int64]]:
    """How far each pixel is from the nearest and the second nearest middle, and which one is the
    nearest. Each middle is looked at where it can be one of these."""
    nearest, second = np.full(y.shape, 1e9), np.full(y.shape, 1e9)
    cell = np.zeros(y.shape, np.int64)
    reach = 3 * _CELL
    for number, (down, across) in enumerate(middles):
        top, left = max(0, int(down) - reach), max(0, int(across) - reach)
        part = np.s_[top:max(0, int(down) + reach), left:max(0, int(across) + reach)]
        away = np.hypot(y[part] - down, x[part] - across)
        closer = away < nearest[part]
        second[part] = np.where(closer, nearest[part], np.minimum(second[part], away))
        cell[part] = np.where(closer, number, cell[part])
        nearest[part] = np.minimum(nearest[part], away)
    return nearest, second, cell


def _nucleus(y: Array, x: Array, middle: Array, chance: np.random.Generator) -> Where:
    """An ellipse somewhere near the middle of a cell."""
    down, across = middle + chance.uniform(-5, 5, 2)
    wide, high, turn = chance.uniform(8, 11), chance.uniform(6.5, 9), chance.uniform(0, np.pi)
    dy, dx = y - down, x - across
    along, beside = dx * np.cos(turn) + dy * np.sin(turn), dy * np.cos(turn) - dx * np.sin(turn)
    inside: Where = (along / wide) ** 2 + (beside / high) ** 2 < 1
    return inside


def _stained(areas: dict[str, Where], cell: NDArray[np.int64], cells: int,
             chance: np.random.Generator) -> Image.Image:
    tone = _noise(chance, 6, 6) + _noise(chance, 40, 8)
    pixels = np.array(_GROUND, float) + (tone + chance.normal(0, 7, cells)[cell])[..., None]
    grains = _noise(chance, 3, 8)
    for name, colour, shade in (("gap", _GLASS, tone * 0.3), ("wall", _WALLS, tone * 1.1),
                                ("nucleus", _NUCLEI, tone * 1.6 + grains)):
        pixels[areas[name]] = np.array(colour, float) + shade[areas[name]][:, None]
    pixels += chance.normal(0, 5, (HEIGHT, WIDTH, 1))
    picture = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    return picture.filter(ImageFilter.GaussianBlur(1.0))


def _noise(chance: np.random.Generator, side: int, strength: float) -> Array:
    """Soft noise whose grains have ``side`` pixels."""
    coarse = chance.normal(size=(HEIGHT // side + 3, WIDTH // side + 3)).astype(np.float32)
    size = ((WIDTH // side + 3) * side, (HEIGHT // side + 3) * side)
    fine = np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC), float)
    return fine[:HEIGHT, :WIDTH] * strength
