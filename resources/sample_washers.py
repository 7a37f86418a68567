"""Draws the sample project for what differs from good images: washers as a camera over a belt sees
them.

Most are good, and differ a little in place, turn and light. The others have one fault each, some of
them faint, and ``ground_truth/`` has a mask of it, laid out as MVTec AD is.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from workbench.formats.atomic import new_folder
from workbench.project.manifest import Manifest

Array = NDArray[np.floating[Any]]
Where = NDArray[np.bool_]

SIDE = 320
"""Width and height of a picture in pixels."""
_OUTER, _INNER = 118.0, 52.0  # radii of a washer
_METAL, _BELT = 168.0, 46.0


def make_sample(folder: Path, good: int = 60, each: int = 6, seed: int = 0) -> None:
    """Make the sample project in ``folder``: ``train/good/``, ``test/KIND/``,
    ``ground_truth/KIND/`` and ``workbench.toml``.

    Parameters
    ----------
    folder
        Must not exist, or be empty. It appears only when all is written.
    good
        Good washers, of which every sixth is in ``test/good``.
    each
        Washers with each kind of fault. One ``seed`` gives one set of pictures.

    Raises
    ------
    WorkbenchError
        If there is something in ``folder`` already, or it cannot be written.
    """
    with new_folder(folder, "the sample") as unfinished:
        for number in range(good):
            part = "test" if number % 6 == 5 else "train"
            picture, _ = draw_washer(np.random.default_rng((seed, number)))
            _save(picture, unfinished / part / "good" / f"{number:03d}.jpg")
        for place, kind in enumerate(FAULTS):
            for number in range(each):
                picture, fault = draw_washer(np.random.default_rng((seed, 1000 + place, number)),
                                             kind)
                _save(picture, unfinished / "test" / kind / f"{number:03d}.jpg")
                _save(Image.fromarray(np.where(fault, 255, 0).astype(np.uint8)),
                      unfinished / "ground_truth" / kind / f"{number:03d}_mask.png")
        Manifest(folder.absolute().name, task="anomaly-detection").save(unfinished)


def _save(picture: Image.Image, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, quality=90)


def draw_washer(chance: np.random.Generator, kind: str = "") -> tuple[Image.Image, Where]:
    """One picture, grey of :data:`SIDE` × :data:`SIDE`, and which pixels are the fault; ``kind`` is
    one of :data:`FAULTS`, "" for none."""
    y, x = np.mgrid[:SIDE, :SIDE].astype(float)
    y, x = y - SIDE / 2 - chance.uniform(-9, 9), x - SIDE / 2 - chance.uniform(-9, 9)
    away, angle = np.hypot(y, x), np.arctan2(y, x)
    washer = (away < _OUTER) & (away > _INNER)
    grain = chance.normal(0, 1, 360)[(away * 1.4).astype(int) % 360]  # turned on a lathe
    shine = 26 * np.cos(2 * (angle - chance.uniform(0, np.pi)))
    edge = 1 - 0.25 * np.exp(-np.minimum(_OUTER - away, away - _INNER).clip(0) / 3)
    pixels = np.where(washer, (_METAL + shine + 5 * grain) * edge, _BELT)
    fault = np.zeros_like(washer)
    if kind:
        fault = FAULTS[kind](pixels, washer, away, angle, chance)
    pixels = pixels * chance.uniform(0.93, 1.07) + chance.normal(0, 4, pixels.shape)
    picture = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    return picture.filter(ImageFilter.GaussianBlur(0.9)), fault


def _scratch(pixels: Array, washer: Where, away: Array, angle: Array,
             chance: np.random.Generator) -> Where:
    """A thin bright line across the metal."""
    turn, off = chance.uniform(0, np.pi), chance.uniform(-90, 90)
    beside = away * np.cos(angle - turn) - off
    along = away * np.sin(angle - turn)
    start = chance.uniform(-60, 20)
    fault: Where = washer & (np.abs(beside) < 1.6) & (along > start) & (along < start + 80)
    pixels[fault] += chance.uniform(14, 70)
    return fault


def _stain(pixels: Array, washer: Where, away: Array, angle: Array,
           chance: np.random.Generator) -> Where:
    """A dark patch with a soft shape."""
    far, turn, size = chance.uniform(62, 108), chance.uniform(-np.pi, np.pi), chance.uniform(10, 19)
    apart = np.sqrt(away ** 2 + far ** 2 - 2 * away * far * np.cos(angle - turn))
    fault: Where = washer & (apart < size * (1 + 0.2 * np.sin(3 * angle + turn)))
    pixels[fault] *= chance.uniform(0.68, 0.94)
    return fault


def _chip(pixels: Array, washer: Where, away: Array, angle: Array,
          chance: np.random.Generator) -> Where:
    """A piece that is missing at the rim."""
    rim, turn = float(chance.choice((_OUTER, _INNER))), chance.uniform(-np.pi, np.pi)
    apart = np.sqrt(away ** 2 + rim ** 2 - 2 * away * rim * np.cos(angle - turn))
    fault: Where = washer & (apart < chance.uniform(11, 20))
    pixels[fault] = _BELT
    return fault


FAULTS: dict[str, Callable[[Array, Where, Array, Array, np.random.Generator], Where]] = {
    "scratch": _scratch, "stain": _stain, "chip": _chip}
"""By class what makes a fault, and returns where."""
