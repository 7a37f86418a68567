"""Draws the sample project: life in a drop of pond water, as a microscope shows it.

Three kinds to find: green globes with daughters inside (Volvox), golden-brown boats of glass
(Diatom), and slipper-shaped swimmers with a fringe of hairs (Paramecium). Everything is drawn from
distance functions, so that edges are smooth and the boxes follow from what was drawn.

Not all of it is easy, or there would be nothing to see in Results: some things are small, faint, of
an odd kind, or lie under a clump of mud, and some that look alike are none of the three.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from workbench.core.annotation import NO_ATTRIBUTES, TRUNCATED, Annotation, LabeledObject
from workbench.core.shapes import Box
from workbench.formats.atomic import new_folder
from workbench.formats.voc import new_voc
from workbench.project.datasets.splits import Split, save_split
from workbench.project.manifest import Manifest

Array = NDArray[np.floating[Any]]

WIDTH, HEIGHT = 640, 480
CLASSES = ("Diatom", "Paramecium", "Volvox")
SMALLEST = 9.0
"""Shortest side of a box, in pixels."""
UNLABELLED = 4
"""Images left for a person to draw boxes on."""


def make_sample(folder: Path, images: int = 48, seed: int = 0) -> None:
    """Make the sample project in ``folder``.

    It is a folder as labelImg and this program know it: ``images/``, ``annotations/`` in Pascal
    VOC, ``splits/default.json`` and ``workbench.toml``. The last few images have no boxes yet. One
    ``seed`` gives one set of pictures.

    Parameters
    ----------
    folder
        Must not exist, or be empty. It appears only when all is written.
    images
        How many, at least 12.

    Raises
    ------
    WorkbenchError
        If there is something in ``folder`` already, or it cannot be written.
    """
    with new_folder(folder, "the sample") as unfinished:
        _write(unfinished, folder.absolute(), max(images, 12), seed)


def _write(unfinished: Path, folder: Path, images: int, seed: int) -> None:
    for name in ("images", "annotations", "splits"):
        (unfinished / name).mkdir(parents=True)
    labelled = []
    grain = _grain(np.random.default_rng(seed))
    for number in range(images):
        picture, objects = draw_picture(np.random.default_rng((seed, number)), grain)
        key = f"images/pond-{number + 1:02d}.jpg"
        picture.save(unfinished / key, quality=90)
        if number < images - UNLABELLED:
            labelled.append(key)
            data = new_voc(Annotation(objects, size=(WIDTH, HEIGHT)), image_path=folder / key)
            (unfinished / "annotations" / f"pond-{number + 1:02d}.xml").write_bytes(data)
    Manifest("Pond life", classes=list(CLASSES), images="images",
             annotations="annotations").save(unfinished)
    # every picture is drawn alike, so that the order of their numbers is as good as any other
    held = round(len(labelled) * 0.16)
    save_split(unfinished, Split(
        seed=seed, train=labelled[2 * held :], val=labelled[:held], test=labelled[held : 2 * held],
        origin="made with the sample",
    ))


# A picture


class Look(NamedTuple):
    """How one thing appears.

    ``size`` 1 is as usual; ``strength`` 0..1 is how much it stands out from the water; an ``odd``
    one looks a little like another kind; a ``muddy`` one lies partly under a clump.
    """

    size: float = 1.0
    strength: float = 1.0
    odd: bool = False
    muddy: bool = False


HARD = 0.42
"""Share of the things that are not easy to find."""
ALIKE = 1.6
"""Things that only look like one of the three, for each picture."""


class Sprite(NamedTuple):
    """One drawn thing.

    ``light`` float32 (h, w, 3) is what is left of the light behind it (1 is all, above 1 is a glow
    at an edge), ``body`` bool (h, w) are the pixels that belong to it.
    """

    light: Array
    body: NDArray[np.bool_]


def draw_picture(
    rng: np.random.Generator, grain: Array
) -> tuple[Image.Image, tuple[LabeledObject, ...]]:
    """Draw one picture and say what is on it; later things lie over earlier ones."""
    canvas = _water(rng)
    covered = np.zeros((HEIGHT, WIDTH), np.bool_)
    objects = []
    for _ in range(int(rng.integers(4, 10))):
        label = str(rng.choice(CLASSES, p=(0.42, 0.28, 0.30)))
        look = _look(rng)
        sprite = faded(KINDS[label](rng, look), look.strength)
        found = _place(canvas, covered, sprite, rng)
        if found is not None:
            box, cut = found
            attributes = {TRUNCATED: True} if cut else NO_ATTRIBUTES
            objects.append(LabeledObject(label, Box(*box), attributes))
            if look.muddy:
                _cover_with_mud(canvas, box, rng)
    for _ in range(int(rng.poisson(ALIKE))):
        alike = ALIKES[int(rng.integers(len(ALIKES)))]
        _place(canvas, covered, alike(rng), rng)
    top = int(rng.integers(0, grain.shape[0] - HEIGHT + 1))
    left = int(rng.integers(0, grain.shape[1] - WIDTH + 1))
    canvas += grain[top : top + HEIGHT, left : left + WIDTH, None]
    pixels = (np.clip(canvas, 0, 1) * 255 + 0.5).astype(np.uint8)
    return Image.fromarray(pixels), tuple(objects)


def _look(rng: np.random.Generator) -> Look:
    """Mostly an easy one, sometimes one of four hard ones."""
    if rng.random() >= HARD:
        return Look()
    return (
        Look(size=float(rng.uniform(0.36, 0.55))),
        Look(strength=float(rng.uniform(0.09, 0.3))),
        Look(odd=True, size=float(rng.uniform(0.7, 1.0))),
        Look(muddy=True),
    )[int(rng.integers(4))]


def faded(sprite: Sprite, strength: float) -> Sprite:
    """``sprite`` with only so much of its contrast."""
    return Sprite(1 - (1 - sprite.light) * np.float32(strength), sprite.body)


def _cover_with_mud(
    canvas: Array, box: tuple[float, float, float, float], rng: np.random.Generator
) -> None:
    """Lay a clump of mud over one end of what is in ``box``, about two fifths of it."""
    wide, high = box[2] - box[0], box[3] - box[1]
    side = 1 if rng.random() < 0.5 else -1
    shift = (side * 0.42 * wide, 0.0) if wide > high else (0.0, side * 0.42 * high)
    radius = 0.5 * max(wide, high)
    x, y = _field(rng, radius * 1.2, float(rng.uniform(0, 6.3)))
    side_length = len(x)
    clump = Image.fromarray((rng.random((9, 9)) * 255).astype(np.uint8))
    rough = np.asarray(clump.resize((side_length, side_length), Image.Resampling.BICUBIC),
                       np.float32) / 255
    body = _cover(np.hypot(x, y) - radius * (0.55 + 0.5 * rough), 9.0)
    light = np.ones((*body.shape, 3), np.float32)
    _tint(light, np.asarray(body * (1.05 - 0.5 * rough).clip(0, 1), np.float32), (0.36, 0.31, 0.24))
    left = round((box[0] + box[2]) / 2 + shift[0]) - light.shape[1] // 2
    top = round((box[1] + box[3]) / 2 + shift[1]) - light.shape[0] // 2
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + light.shape[1], WIDTH), min(top + light.shape[0], HEIGHT)
    if x1 > x0 and y1 > y0:
        canvas[y0:y1, x0:x1] *= light[y0 - top : y1 - top, x0 - left : x1 - left]


def _place(
    canvas: Array, covered: NDArray[np.bool_], sprite: Sprite, rng: np.random.Generator
) -> tuple[tuple[float, float, float, float], bool] | None:
    """Lay a sprite where it hides little of what is there; its box, and whether it is cut off."""
    rows, columns = sprite.body.shape
    for _ in range(8):
        # a thing may reach over the border by a third of its size
        left = int(rng.integers(-columns // 3, WIDTH - columns * 2 // 3))
        top = int(rng.integers(-rows // 3, HEIGHT - rows * 2 // 3))
        x0, y0 = max(left, 0), max(top, 0)
        x1, y1 = min(left + columns, WIDTH), min(top + rows, HEIGHT)
        inside = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
        seen = sprite.body[inside]
        under = covered[y0:y1, x0:x1]
        share = seen.sum() / max(int(sprite.body.sum()), 1)
        if share < 0.5 or (seen & under).sum() > 0.15 * seen.sum():
            continue
        ys, xs = np.nonzero(seen.any(1))[0], np.nonzero(seen.any(0))[0]
        box = (
            float(max(x0 + xs[0], 1)), float(max(y0 + ys[0], 1)),
            float(x0 + xs[-1] + 1), float(y0 + ys[-1] + 1),
        )
        if min(box[2] - box[0], box[3] - box[1]) < SMALLEST:
            continue
        canvas[y0:y1, x0:x1] *= sprite.light[inside]
        under |= seen
        return box, bool(share < 0.999)
    return None


def _water(rng: np.random.Generator) -> Array:
    """Lit water with a soft fall-off, blurred things out of focus, specks and threads."""
    tone = np.array(((0.93, 0.95, 0.88), (0.88, 0.93, 0.95), (0.95, 0.92, 0.84), (0.90, 0.94, 0.91))
                    [int(rng.integers(4))], np.float32)
    small = Image.fromarray((rng.random((5, 7)) * 255).astype(np.uint8))
    cloud = np.asarray(small.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC), np.float32) / 255
    x = np.linspace(-1, 1, WIDTH, dtype=np.float32) - rng.uniform(-0.3, 0.3)
    y = np.linspace(-1, 1, HEIGHT, dtype=np.float32)[:, None] - rng.uniform(-0.3, 0.3)
    light = 1.02 - 0.13 * (x * x + y * y) + 0.06 * (cloud - 0.5)
    return np.asarray(light[:, :, None] * tone * _litter(rng)[:, :, None], np.float32)


def _litter(rng: np.random.Generator) -> Array:
    """Light that passes the things nobody labels, 0..1: drawn half size, softly."""
    picture = Image.new("L", (WIDTH // 2, HEIGHT // 2), 255)
    draw = ImageDraw.Draw(picture)
    for _ in range(int(rng.integers(3, 8))):
        x, y, r = rng.uniform(0, 320), rng.uniform(0, 240), rng.uniform(8, 34)
        shade = int(rng.integers(226, 246))
        draw.ellipse((x - r, y - r, x + r, y + r), fill=shade)
    picture = picture.filter(ImageFilter.GaussianBlur(9))
    draw = ImageDraw.Draw(picture)
    for _ in range(int(rng.integers(12, 40))):
        x, y, r = rng.uniform(0, 320), rng.uniform(0, 240), rng.uniform(0.3, 1.6)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=int(rng.integers(110, 205)))
    for _ in range(int(rng.integers(0, 3))):
        start, turn = rng.uniform(0, (320, 240)), rng.uniform(0, 2 * math.pi)
        steps = turn + np.cumsum(rng.normal(0, 0.16, 60))
        path = start + np.cumsum(np.stack((np.cos(steps), np.sin(steps)), 1) * 4, 0)
        draw.line([tuple(point) for point in path.tolist()], fill=int(rng.integers(150, 205)),
                  width=int(rng.integers(1, 3)), joint="curve")
    picture = picture.filter(ImageFilter.GaussianBlur(0.8))
    return np.asarray(picture.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC), np.float32) / 255


def _grain(rng: np.random.Generator) -> Array:
    """The camera's noise, larger than a picture, so that each takes another part of it."""
    return rng.normal(0, 0.012, (HEIGHT + 120, WIDTH + 120)).astype(np.float32)


# What lives in it


def _field(rng: np.random.Generator, reach: float, turn: float) -> tuple[Array, Array]:
    """Coordinates in pixels along and across a thing, from its middle, on a square around it."""
    half = math.ceil(reach) + 8
    line = np.arange(-half, half + 1, dtype=np.float32)
    x = line[None, :] - np.float32(rng.uniform(-0.5, 0.5))
    y = line[:, None] - np.float32(rng.uniform(-0.5, 0.5))
    cosine, sine = np.float32(math.cos(turn)), np.float32(math.sin(turn))
    return x * cosine + y * sine, y * cosine - x * sine


def _cover(distance: Array, soft: float = 1.4) -> Array:
    """1 inside, 0 outside of a shape, from the signed distance to its edge in pixels."""
    return np.asarray(np.clip(0.5 - distance / soft, 0, 1), np.float32)


def _line(distance: Array, width: float) -> Array:
    """1 on an edge, falling off over ``width`` pixels."""
    return np.asarray(np.exp(-np.square(distance / width)), np.float32)


def _tint(light: Array, amount: Array, colour: tuple[float, float, float]) -> None:
    """Let ``light`` through a filter of ``colour`` where ``amount`` is 1."""
    for channel, value in enumerate(colour):
        light[..., channel] *= 1 - amount * np.float32(1 - value)


def _outline(along: Array, across: Array, length: float, half: Array) -> Array:
    """Signed distance to a long body that is ``half`` wide to each side, about, in pixels."""
    beyond = np.abs(along) - length
    beside = np.abs(across) - half
    slope = np.gradient(half)
    steep = np.sqrt(1 + np.square(slope[0]) + np.square(slope[1]))
    tip = np.hypot(beyond, across)
    return np.asarray(np.where(beyond < 0, np.minimum(beside / steep, tip), tip), np.float32)


def _finish(light: Array, distance: Array, rim: float) -> Sprite:
    """Add the dark rim and the bright halo that bent light draws around a body."""
    halo = 0.10 * _line(distance - 3.0, 1.8)
    edge = rim * _line(distance + 0.8, 1.3)
    light *= (1 + halo - edge)[:, :, None]
    return Sprite(light, distance < 0.5)


def _volvox(rng: np.random.Generator, look: Look) -> Sprite:
    """A green globe with daughters; an odd one is young, pale and has none yet."""
    radius = float(rng.uniform(30, 62)) * look.size
    x, y = _field(rng, radius, float(rng.uniform(0, 6.3)))
    away = np.sqrt(x * x + y * y)
    distance = away - radius
    inside = _cover(distance)
    depth = np.sqrt(np.clip(1 - np.square(away / radius), 0, 1))
    light = np.ones((*away.shape, 3), np.float32)
    deep = 0.45 if look.odd else 1.0
    _tint(light, inside * (0.35 + 0.4 * (1 - depth)) * deep, (0.55, 0.80, 0.30))
    # cells sit on the globe in a hexagonal pattern, closer together towards the rim
    bent = np.arcsin(np.clip(away / radius, 0, 0.999)) * radius / np.maximum(away, 1e-3)
    u, v = x * bent, y * bent
    step = np.float32(2 * math.pi / rng.uniform(6.5, 8.5))
    waves = sum(np.cos(step * (u * math.cos(a) + v * math.sin(a))) for a in (0.0, 2.094, 4.189))
    _tint(light, np.asarray(inside * np.clip(waves - 1.2, 0, 1), np.float32), (0.30, 0.55, 0.16))
    for _ in range(0 if look.odd else int(rng.integers(3, 8))):
        turn, out = rng.uniform(0, 6.3), rng.uniform(0.1, 0.66) * radius
        size = float(rng.uniform(0.13, 0.24)) * radius
        apart = np.hypot(x - out * math.cos(turn), y - out * math.sin(turn))
        _tint(light, _cover(apart - size, 2.5) * (0.55 + 0.45 * apart / size).clip(0, 1),
              (0.36, 0.58, 0.20))
    return _finish(light, distance, 0.22)


def _diatom(rng: np.random.Generator, look: Look) -> Sprite:
    """A golden-brown boat of glass; an odd one is an empty shell, stout and pale."""
    length, turn = float(rng.uniform(34, 74)) * look.size, float(rng.uniform(0, 6.3))
    breadth = length * float(rng.uniform(0.30, 0.38) if look.odd else rng.uniform(0.17, 0.26))
    along, across = _field(rng, length, turn)
    share = np.clip(1 - np.square(along / length), 0, None)
    outline = breadth * np.power(share, np.float32(rng.uniform(0.62, 0.95)))
    distance = _outline(along, across, length, outline)
    inside = _cover(distance)
    light = np.ones((*distance.shape, 3), np.float32)
    _tint(light, inside, (0.86, 0.86, 0.80) if look.odd else (0.93, 0.84, 0.60))
    plate = _line(np.abs(across) - 0.55 * outline, breadth * 0.3)
    plate *= _cover(np.abs(along) - 0.72 * length, 14)
    _tint(light, inside * plate * (0.15 if look.odd else 1.0), (0.82, 0.56, 0.20))
    stripes = 0.5 + 0.5 * np.cos(2 * math.pi * (along + 0.12 * np.abs(across)) / 4.4)
    _tint(light, np.asarray(inside * stripes * 0.4, np.float32), (0.62, 0.48, 0.28))
    slit = _line(across, 1.2) * _cover(np.abs(along) - 0.86 * length, 6) * (1 - _line(along, 5.0))
    _tint(light, inside * slit, (0.45, 0.34, 0.20))
    return _finish(light, distance, 0.5)


def _paramecium(rng: np.random.Generator, look: Look) -> Sprite:
    """A slipper with a fringe of hairs; an odd one is round and green with the algae it keeps."""
    length, turn = float(rng.uniform(44, 84)) * look.size, float(rng.uniform(0, 6.3))
    breadth = length * float(rng.uniform(0.62, 0.78) if look.odd else rng.uniform(0.32, 0.42))
    along, across = _field(rng, length, turn)
    place = along / length
    across = across + breadth * np.float32(rng.uniform(-0.35, 0.35)) * (np.square(place) - 0.3)
    body = np.sqrt(np.clip(1 - np.square(place), 0, 1)) * (1 + 0.22 * place)
    distance = _outline(along, across, length, breadth * body)
    inside = _cover(distance, 2.0)
    light = np.ones((*distance.shape, 3), np.float32)
    hairs = 0.5 + 0.5 * np.sin(90 * np.arctan2(across * 2.2, along) + distance * 0.7)
    fringe = _cover(distance - 4.0, 5.0) * (1 - inside)
    _tint(light, np.asarray(fringe * hairs * 0.6, np.float32), (0.50, 0.55, 0.62))
    _tint(light, inside, (0.68, 0.84, 0.52) if look.odd else (0.77, 0.81, 0.87))
    rough = np.sin(along * 0.9 + 2 * np.sin(across * 0.5)) * np.sin(across * 0.8 + along * 0.3)
    _tint(light, np.asarray(inside * (0.5 + 0.5 * rough) * 0.35, np.float32), (0.70, 0.72, 0.74))
    kernel = np.hypot(along / 1.5, across) - breadth * 0.34
    _tint(light, _cover(kernel, 4.0) * 0.7, (0.66, 0.68, 0.76))
    for _ in range(int(rng.integers(4, 9))):
        x, y = rng.uniform(-0.7, 0.7) * length, rng.uniform(-0.5, 0.5) * breadth
        apart = np.hypot(along - x, across - y) - float(rng.uniform(2.5, 5.5))
        meal = ((0.70, 0.56, 0.36), (0.56, 0.66, 0.36))[int(rng.integers(2))]
        _tint(light, inside * _cover(apart, 2.0), meal)
    for side in (-0.6, 0.6):
        apart = np.hypot(along - side * length, across)
        rays = 0.5 + 0.5 * np.cos(7 * np.arctan2(across, along - side * length))
        star = _cover(apart - 4.5, 2.0) + 0.5 * rays * _cover(apart - 10, 5.0)
        light *= (1 + 0.16 * inside * np.clip(star, 0, 1))[:, :, None]
    return _finish(light, distance, 0.32)


# What only looks like it


def _bubble(rng: np.random.Generator) -> Sprite:
    """Air: round as a Volvox, dark at its rim and clear inside."""
    radius = float(rng.uniform(14, 40))
    x, y = _field(rng, radius, 0.0)
    away = np.hypot(x, y)
    distance = away - radius
    light = np.ones((*away.shape, 3), np.float32)
    _tint(light, _cover(distance) * (0.15 + 0.7 * np.power((away / radius).clip(0, 1), 5)),
          (0.42, 0.46, 0.46))
    glint = np.hypot(x + radius * 0.3, y + radius * 0.3) - radius * 0.2
    light *= (1 + 0.12 * _cover(glint, 5.0))[:, :, None]
    return _finish(light, distance, 0.3)


def _pollen(rng: np.random.Generator) -> Sprite:
    """A grain of pollen: round, yellow-green, with bumps and no cells."""
    radius = float(rng.uniform(18, 42))
    x, y = _field(rng, radius * 1.15, float(rng.uniform(0, 6.3)))
    away, turn = np.hypot(x, y), np.arctan2(y, x)
    distance = away - radius * (1 + 0.05 * np.cos(int(rng.integers(9, 15)) * turn))
    light = np.ones((*away.shape, 3), np.float32)
    _tint(light, _cover(distance) * (0.75 + 0.25 * (away / radius).clip(0, 1)), (0.80, 0.82, 0.42))
    for side in (0.0, 2.094, 4.189):
        pore = np.hypot(x - 0.5 * radius * math.cos(side), y - 0.5 * radius * math.sin(side))
        _tint(light, _cover(pore - 0.16 * radius, 3.0), (0.80, 0.66, 0.36))
    return _finish(light, distance, 0.3)


def _shard(rng: np.random.Generator) -> Sprite:
    """A splinter of a plant: long and brown as a Diatom, with straight sides and blunt ends."""
    length = float(rng.uniform(26, 60))
    breadth = length * float(rng.uniform(0.14, 0.24))
    along, across = _field(rng, length, float(rng.uniform(0, 6.3)))
    across = across + 0.18 * along
    distance = np.maximum(np.abs(along) - length * 0.9, np.abs(across) - breadth)
    inside = _cover(distance)
    light = np.ones((*distance.shape, 3), np.float32)
    _tint(light, inside, (0.88, 0.78, 0.56))
    grain = 0.5 + 0.5 * np.cos(across * 1.6 + np.sin(along * 0.1))
    _tint(light, np.asarray(inside * grain * 0.6, np.float32), (0.70, 0.58, 0.36))
    return _finish(light, np.asarray(distance, np.float32), 0.42)


KINDS: dict[str, Callable[[np.random.Generator, Look], Sprite]] = {
    "Diatom": _diatom, "Paramecium": _paramecium, "Volvox": _volvox,
}
ALIKES: tuple[Callable[[np.random.Generator], Sprite], ...] = (_bubble, _pollen, _shard)
