"""Draws the sample project for sorting: autumn leaves of four trees, one on each picture.

Shapes tell the trees apart, not colours: each tree has leaves of every colour. A third of the
pictures has no label yet, and a few are labelled wrongly, so that there is something to find.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from workbench.formats.atomic import new_folder
from workbench.formats.label_table import LabelTable
from workbench.project.manifest import Manifest

Array = NDArray[np.floating[Any]]
Contour = Callable[[np.random.Generator], Array]

WIDTH, HEIGHT = 360, 270
TREES = ("Birch", "Ginkgo", "Maple", "Oak")
UNLABELLED, WRONG = 24, 3
"""Pictures left for a person to sort, and those that have the label of another tree."""
_FINE = 2  # shapes are drawn so many times larger
_COLOURS = ((196, 148, 30), (214, 110, 28), (176, 48, 32), (120, 140, 46), (140, 92, 44),
            (222, 178, 64))
_GROUNDS = ((96, 88, 74), (120, 126, 112), (74, 80, 60), (150, 140, 122), (62, 58, 56))


def make_sample(folder: Path, images: int = 84, seed: int = 0) -> None:
    """Make the sample project in ``folder``: ``images/``, ``labels.csv`` and ``workbench.toml``.

    Parameters
    ----------
    folder
        Must not exist, or be empty. It appears only when all is written.
    images
        How many, at least 12. One ``seed`` gives one set of pictures.

    Raises
    ------
    WorkbenchError
        If there is something in ``folder`` already, or it cannot be written.
    """
    with new_folder(folder, "the sample") as unfinished:
        _write(unfinished, max(images, 12), seed)


def _write(folder: Path, images: int, seed: int) -> None:
    (folder / "images").mkdir(parents=True)
    labels: dict[str, str] = {}
    labelled = images - min(UNLABELLED, images // 3)
    wrong = {labelled * (2 * number + 1) // (2 * WRONG) for number in range(WRONG)}
    for number in range(images):
        tree = TREES[(number * 7 + number // 4) % len(TREES)]
        draw_leaf(tree, np.random.default_rng((seed, number))).save(
            folder / "images" / f"leaf-{number + 1:02d}.jpg", quality=90)
        if number < labelled:
            said = TREES[(TREES.index(tree) + 1) % len(TREES)] if number in wrong else tree
            labels[f"images/leaf-{number + 1:02d}.jpg"] = said
    (folder / "labels.csv").write_bytes(LabelTable.new().render(labels))
    Manifest("Autumn leaves", task="image-classification", classes=list(TREES),
             images="images").save(folder)


def draw_leaf(tree: str, chance: np.random.Generator) -> Image.Image:
    """One picture, RGB of :data:`WIDTH` × :data:`HEIGHT`."""
    picture = _ground((WIDTH, HEIGHT), chance)
    length = chance.uniform(0.62, 0.92) * HEIGHT * _FINE
    turn = chance.uniform(0, 2 * math.pi)
    middle = (np.array(picture.size) / 2 + chance.uniform(-0.08, 0.08, 2) * HEIGHT) * _FINE
    rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])

    def place(points: Array) -> list[tuple[float, float]]:
        bent = points + np.stack([np.zeros(len(points)), bend * points[:, 0] ** 2], 1)
        return [(float(x), float(y)) for x, y in bent * length @ rotation.T + middle]

    bend = chance.uniform(-0.25, 0.25)
    outline, veins = place(_CONTOURS[tree](chance)), [place(line) for line in _veins(tree)]
    shape = _mask(lambda brush: brush.polygon(outline, fill=255))
    shadow = ImageChops.offset(shape.filter(ImageFilter.GaussianBlur(4.5)), 5, 7).point(
        lambda value: value * 0.45)
    picture.paste((20, 18, 16), mask=shadow)
    colour = np.array(_COLOURS[chance.integers(len(_COLOURS))], np.float32)
    leaf = _mottled((WIDTH, HEIGHT), colour * chance.uniform(0.85, 1.1), chance)

    def draw_veins(brush: ImageDraw.ImageDraw) -> None:
        for number, line in enumerate(veins):
            brush.line(line, fill=255, width=5 if number == 0 else 2, joint="curve")

    pale = tuple(int(value) for value in np.clip(colour * 1.25 + 18, 0, 255))
    leaf.paste(pale, mask=_mask(draw_veins))
    stem = place(np.array([[-0.7, 0.0], [-0.2, 0.0]]))
    picture.paste(tuple(int(value * 0.7) for value in colour),
                  mask=_mask(lambda brush: brush.line(stem, fill=255, width=7)))
    picture.paste(leaf, mask=shape)
    return picture


def _mask(draw: Callable[[ImageDraw.ImageDraw], None]) -> Image.Image:
    """What is drawn on a larger one, with smooth edges. Masks alone are large: one byte a pixel."""
    large = Image.new("L", (WIDTH * _FINE, HEIGHT * _FINE))
    draw(ImageDraw.Draw(large))
    return large.reduce(_FINE)


# Shapes: points (N, 2) of a leaf whose axis runs from x = -0.5 at the stem to 0.5 at the tip


def _both_sides(x: Array, half: Array) -> Array:
    upper = np.stack([x, half], 1)
    return np.concatenate([upper, upper[::-1] * [1, -1]])


def _birch(chance: np.random.Generator) -> Array:
    t = np.linspace(0, 1, 160)
    half = chance.uniform(0.26, 0.34) * np.sin(math.pi * t ** 0.62) ** 0.9
    teeth = 1 - 0.09 * np.abs(((t * chance.integers(13, 17)) % 1) - 0.15)
    return _both_sides(t - 0.5, half * teeth)


def _oak(chance: np.random.Generator) -> Array:
    t = np.linspace(0, 1, 160)
    lobes = chance.uniform(3.8, 4.6)
    half = (0.1 + 0.22 * t) * np.sin(math.pi * np.clip(t, 0.02, 0.98)) ** 0.35
    wave = np.cos(2 * math.pi * (lobes * t - 0.4))
    return _both_sides(t - 0.5, half * (0.72 + 0.28 * np.sign(wave) * np.abs(wave) ** 0.55))


def _maple(chance: np.random.Generator) -> Array:
    angle = np.linspace(-math.pi, math.pi, 400)
    reach = np.zeros_like(angle)
    for at, long, wide in ((0.0, 0.62, 0.62), (0.92, 0.56, 0.56), (-0.92, 0.56, 0.56),
                           (1.85, 0.4, 0.6), (-1.85, 0.4, 0.6)):
        away = np.abs(angle - at - chance.normal(0, 0.03))
        reach = np.maximum(reach, long * np.clip(1 - away / wide, 0, 1) ** 0.62)
    reach = np.maximum(reach, 0.12) * (1 - 0.22 * np.abs((angle * 2.7) % 1 - 0.5))
    return np.stack([reach * np.cos(angle) - 0.12, reach * np.sin(angle)], 1)


def _ginkgo(chance: np.random.Generator) -> Array:
    spread = chance.uniform(0.9, 1.15)
    angle = np.linspace(-spread, spread, 200)
    notch = 0.28 * np.exp(-(angle / 0.07) ** 2)
    reach = 0.88 - notch + 0.02 * np.sin(angle * chance.uniform(18, 26)) - 0.12 * (
        np.abs(angle) / spread) ** 3
    fan = np.stack([reach * np.cos(angle) - 0.45, reach * np.sin(angle)], 1)
    return np.concatenate([[[-0.45, 0.0]], fan])


_CONTOURS: dict[str, Contour] = {"Birch": _birch, "Ginkgo": _ginkgo, "Maple": _maple, "Oak": _oak}


def _veins(tree: str) -> list[Array]:
    """Lines along the leaf, the thickest first."""
    if tree == "Ginkgo":
        return [np.array([[-0.45, 0], [0.42 * math.cos(at), 0.8 * math.sin(at)]])
                for at in np.linspace(-1, 1, 13)]
    if tree == "Maple":
        return [np.array([[-0.12, 0], [0.5 * math.cos(at) - 0.12, 0.5 * math.sin(at)]])
                for at in (0.0, 0.92, -0.92, 1.85, -1.85)]
    middle = [np.array([[-0.5, 0], [0.48, 0]])]
    return middle + [np.array([[x, 0], [x + 0.14, side * 0.24]])
                     for x in np.linspace(-0.36, 0.26, 6) for side in (1, -1)]


# Surfaces


def _noise(size: tuple[int, int], cell: int, chance: np.random.Generator) -> Array:
    """Smooth noise of -1 to 1, (H, W)."""
    small = chance.uniform(0, 255, (size[1] // cell + 2, size[0] // cell + 2)).astype(np.uint8)
    grown = Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)
    return np.asarray(grown, np.float32) / 127.5 - 1


def _ground(size: tuple[int, int], chance: np.random.Generator) -> Image.Image:
    colour = np.array(_GROUNDS[chance.integers(len(_GROUNDS))], np.float32)
    light = 1 + 0.16 * _noise(size, 45, chance) + 0.14 * _noise(size, 7, chance) \
        + 0.1 * _noise(size, 2, chance)
    pixels = np.clip(colour * light[..., None], 0, 255).astype(np.uint8)
    picture = Image.fromarray(pixels)
    brush = ImageDraw.Draw(picture)
    for _ in range(int(chance.integers(4, 16))):  # blades and twigs
        x, y = chance.uniform(0, 1, 2) * size
        at, long = chance.uniform(0, math.pi), chance.uniform(15, 75)
        tone = tuple(int(value) for value in np.clip(colour * chance.uniform(0.5, 1.4), 0, 255))
        brush.line([(x, y), (x + long * math.cos(at), y + long * math.sin(at))], fill=tone,
                   width=int(chance.integers(1, 4)))
    return picture.filter(ImageFilter.GaussianBlur(0.6))


def _mottled(size: tuple[int, int], colour: Array, chance: np.random.Generator) -> Image.Image:
    other = np.array(_COLOURS[chance.integers(len(_COLOURS))], np.float32)
    share = np.clip(0.25 + 0.4 * _noise(size, 30, chance), 0, 0.6)[..., None]
    light = 1 + 0.1 * _noise(size, 3, chance)[..., None]
    return Image.fromarray(np.clip((colour * (1 - share) + other * share) * light, 0, 255).astype(
        np.uint8))
