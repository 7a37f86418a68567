"""Draws the sample project for counting: plates with colonies of two kinds, a dot on each.

Colonies differ in size and lie over each other, the light differs from plate to plate, and some
plates have bubbles, which are not counted. A third of the plates has no dots yet.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.dots import dot_at
from workbench.formats.atomic import new_folder
from workbench.formats.voc import new_voc
from workbench.project.manifest import Manifest

Array = NDArray[np.floating[Any]]

SIDE = 480
"""Width and height of a plate's picture in pixels."""
COLOURS = {"white": (236, 232, 214), "pink": (214, 120, 132)}
"""What the colonies of each class look like."""
UNLABELLED = 8
"""Plates left for a person, or a model, to count."""
_DISH = 0.46  # radius of the plate, of the side
_RADIUS = 5.5, 11.0  # of a colony in pixels
_REACH = 20  # pixels around the middle of a colony or bubble that it can reach
_TABLE, _AGAR, _RIM = (58, 62, 70), (196, 168, 112), (228, 226, 218)


def make_sample(folder: Path, images: int = 28, seed: int = 0) -> None:
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
        picture, objects = draw_plate(np.random.default_rng((seed, number)))
        key = f"images/plate-{number + 1:02d}.jpg"
        picture.save(unfinished / key, quality=88)
        if number < labelled:
            data = new_voc(Annotation(objects, size=(SIDE, SIDE)), image_path=folder / key)
            (unfinished / "annotations" / f"plate-{number + 1:02d}.xml").write_bytes(data)
    Manifest("Colony plates", classes=list(COLOURS), images="images",
             annotations="annotations").save(unfinished)


def draw_plate(chance: np.random.Generator) -> tuple[Image.Image, tuple[LabeledObject, ...]]:
    """One picture, RGB of :data:`SIDE` × :data:`SIDE`, and a dot in the middle of each colony."""
    y, x = np.mgrid[:SIDE, :SIDE].astype(float)
    middle = SIDE / 2 + chance.uniform(-8, 8, 2)
    far = np.hypot(y - middle[0], x - middle[1]) / SIDE
    pixels = np.empty((SIDE, SIDE, 3))
    pixels[:] = _TABLE
    agar = np.array(_AGAR, float) + chance.normal(0, 9, 3) + _soft_noise(chance, 40, 4)[..., None]
    pixels[far < _DISH] = agar[far < _DISH]
    pixels[np.abs(far - _DISH) < 0.008] = _RIM
    for _ in range(int(chance.integers(0, 5))):
        _add_bubble(*_around(pixels, _place(chance, middle)), chance)
    places: list[tuple[float, float]] = []
    objects = []
    share = chance.uniform(0.2, 0.8)
    for _ in range(int(chance.integers(12, 75))):
        place = _place(chance, middle)
        if any(np.hypot(place[0] - one, place[1] - other) < _RADIUS[0] for one, other in places):
            continue  # nobody could tell them apart
        kind = "white" if chance.random() < share else "pink"
        _add_colony(*_around(pixels, place), kind, chance)
        places.append(place)
        objects.append(LabeledObject(kind, dot_at((round(place[1], 1), round(place[0], 1)))))
    light = 1 + 0.12 * chance.uniform(-1, 1) + 0.1 * chance.uniform(-1, 1) * (x / SIDE - 0.5)
    pixels = pixels * light[..., None] + chance.normal(0, 4, (SIDE, SIDE, 1))
    picture = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    return picture.filter(ImageFilter.GaussianBlur(0.8)), tuple(objects)


def _place(chance: np.random.Generator, middle: Array) -> tuple[float, float]:
    """Somewhere on the agar, y and x."""
    away, turn = np.sqrt(chance.random()) * (_DISH * SIDE - 18), chance.uniform(0, 2 * np.pi)
    return float(middle[0] + away * np.sin(turn)), float(middle[1] + away * np.cos(turn))


def _around(pixels: Array, place: tuple[float, float]) -> tuple[Array, Array, Array]:
    """The pixels near a place, to be written to, and how far each lies below and right of it."""
    top, left = (max(0, int(at) - _REACH) for at in place)
    part = pixels[top:top + 2 * _REACH, left:left + 2 * _REACH]
    y, x = np.mgrid[top:top + part.shape[0], left:left + part.shape[1]]
    return part, y - place[0], x - place[1]


def _add_colony(pixels: Array, down: Array, across: Array, kind: str,
                chance: np.random.Generator) -> None:
    """A round heap with a ragged rim, lit from the upper left."""
    radius, lobes, turn = chance.uniform(*_RADIUS), chance.integers(3, 6), chance.uniform(0, 6.3)
    rim = radius * (1 + 0.06 * np.sin(lobes * np.arctan2(down, across) + turn))
    height = 1 - np.hypot(down, across) / rim
    inside = height > 0
    shade = 18 * height[inside] - 14 * (down[inside] + across[inside]) / radius / 2
    colour = np.array(COLOURS[kind], float) + chance.normal(0, 6, 3)
    pixels[inside] = colour + shade[:, None]


def _add_bubble(pixels: Array, down: Array, across: Array, chance: np.random.Generator) -> None:
    """A ring of light: air in the agar."""
    away = np.hypot(down, across)
    pixels[np.abs(away - chance.uniform(6, 14)) < 1.0] += 34


def _soft_noise(chance: np.random.Generator, grain: int, strength: float) -> Array:
    coarse = chance.normal(size=(SIDE // grain + 2,) * 2).astype(np.float32)
    fine = Image.fromarray(coarse).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    return np.asarray(fine, float) * strength
