"""Good images of many kinds, and the same with faults drawn into them, with their masks.

Real ones are taken from a folder of data sets; others are made. Nothing of a set that a method was
chosen by is in one that it is judged by: they have other images, other faults, and some kinds of
image exist in one of the two only.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

DATA = Path(os.environ.get("BENCH_DATA") or Path(__file__).resolve().parents[3] / "shared/data")
Pixels = NDArray[np.uint8]
_Pair = tuple[list[Pixels], list[Pixels]]
"""Good images, and faulty ones."""
LEARN, GOOD, FAULTY = 30, 18, 24
"""How many images of a set are learned from, and how many good and faulty ones are judged."""
KINDS = ("scratch", "stain", "missing", "added", "blur", "colour")


@dataclass(frozen=True, slots=True)
class OddSet:
    """Good images to learn from, good ones and faulty ones to judge by, uint8 (H, W, 3); of each
    faulty one where its fault is, bool (H, W) or None for all of it, and what kind it is of."""

    name: str
    learn: list[Pixels]
    good: list[Pixels]
    faulty: list[Pixels]
    masks: list[NDArray[np.bool_] | None]
    kinds: list[str]


PARTS = {
    "choosing": ("washers", "weave", "blood", "membrane", "grass", "threes", "other than 3",
                 "other than 7", "holes"),
    "judging": ("washers", "weave", "blood", "membrane", "grass", "eights", "board", "wood", "bees",
                "other than 4", "holes", "swapped"),
}
"""The sets of each part. In the first ones faults are drawn, in the last ones the thing is another
one: a digit, a ring with a larger or smaller hole, a board with a part in the place of another."""


def odd_sets(part: str) -> Iterator[OddSet]:
    """The sets of a part, one after another."""
    for name in PARTS[part]:
        yield odd_set(name, judging=part == "judging")


def odd_set(name: str, *, judging: bool) -> OddSet:
    chance = np.random.default_rng([judging, *name.encode()])
    if name in _OTHERS:
        good, faulty = _OTHERS[name](judging, chance)
        return OddSet(name, good[:LEARN], good[LEARN:], faulty, [None] * len(faulty),
                      ["another"] * len(faulty))
    images = _SOURCES[name](LEARN + GOOD + FAULTY, judging, chance)
    learn, right, left = images[:LEARN], images[LEARN:-FAULTY], images[-FAULTY:]
    kinds = [KINDS[place % len(KINDS)] for place in range(len(left))]
    drawn = [with_fault(image, kind, right[place % len(right)], chance)
             for place, (image, kind) in enumerate(zip(left, kinds, strict=True))]
    return OddSet(name, learn, right, [image for image, _ in drawn], [mask for _, mask in drawn],
                  kinds)


# --- faults ---------------------------------------------------------------------------------------


def with_fault(image: Pixels, kind: str, other: Pixels, chance: np.random.Generator,
               ) -> tuple[Pixels, NDArray[np.bool_]]:
    """An image with a fault of a kind, and where that is; what is added comes from ``other``."""
    side = min(image.shape[:2])
    x, y = _busy_place(image, chance)
    radius = side * chance.uniform(0.05, 0.1)
    soft = _line(image, x, y, radius, chance) if kind == "scratch" else \
        _blob(image, x, y, radius, chance)
    if kind in ("stain", "blur", "colour"):
        soft = np.asarray(Image.fromarray((255 * soft).astype(np.uint8)).filter(
            ImageFilter.GaussianBlur(side / 100)), np.float64) / 255
    values = image.astype(np.float64)
    changed = _changed(values, kind, other, radius, chance)
    mixed = values + soft[..., None] * (changed - values)
    return mixed.round().clip(0, 255).astype(np.uint8), soft > 0.3


def _changed(values: NDArray[np.float64], kind: str, other: Pixels, radius: float,
             chance: np.random.Generator) -> NDArray[np.float64]:
    """What shows where the fault is."""
    if kind == "scratch":
        return values + chance.choice([-1, 1]) * chance.uniform(50, 90)
    if kind == "stain":
        return values * chance.uniform(0.6, 0.8)
    if kind == "missing":
        edge = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])
        return np.broadcast_to(np.median(edge, 0), values.shape)
    if kind == "added":  # a piece of another image, at another scale and turned
        picture = Image.fromarray(other).rotate(chance.uniform(30, 150))
        width, height = picture.size
        small = picture.resize((width // 4, height // 4), box=(
            width // 4, height // 4, width - width // 4, height - height // 4))
        tiles = np.tile(np.asarray(small, np.float64), (5, 5, 1))
        return tiles[:values.shape[0], :values.shape[1]]
    if kind == "blur":
        return np.asarray(Image.fromarray(values.astype(np.uint8)).filter(
            ImageFilter.GaussianBlur(max(2.5, radius / 5))), np.float64)
    return values + np.roll([45.0, -30.0, -15.0], int(chance.integers(3)))


def _busy_place(image: Pixels, chance: np.random.Generator) -> tuple[int, int]:
    """A place where there is more to see than at most others."""
    height, width = image.shape[:2]
    grey = image.astype(np.float64).mean(2)
    found = []
    for _ in range(12):
        x = int(chance.uniform(0.15, 0.85) * width)
        y = int(chance.uniform(0.15, 0.85) * height)
        near = min(height, width) // 16
        found.append((grey[y - near:y + near, x - near:x + near].std(), x, y))
    return max(sorted(found)[9:], key=lambda item: chance.random())[1:]


def _blob(image: Pixels, x: int, y: int, radius: float, chance: np.random.Generator,
          ) -> NDArray[np.float64]:
    """float64 (H, W): 1 inside an uneven blob."""
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    waves = sum(chance.normal(0, 0.15) * np.sin(k * angles + chance.uniform(0, 6))
                for k in (2, 3, 5))
    reach = radius * (1 + waves)
    return _drawn(image, lambda pen: pen.polygon(list(zip(
        (x + reach * np.cos(angles)).tolist(), (y + reach * np.sin(angles)).tolist(),
        strict=True)), fill=255))


def _line(image: Pixels, x: int, y: int, radius: float, chance: np.random.Generator,
          ) -> NDArray[np.float64]:
    """float64 (H, W): 1 on a slightly bent line."""
    turn, bend = chance.uniform(0, np.pi), chance.normal(0, 0.3)
    steps = np.linspace(-2.2, 2.2, 12) * radius
    xs = x + steps * np.cos(turn) - bend * steps**2 / (4 * radius) * np.sin(turn)
    ys = y + steps * np.sin(turn) + bend * steps**2 / (4 * radius) * np.cos(turn)
    thick = max(2, round(min(image.shape[:2]) / 110))
    return _drawn(image, lambda pen: pen.line(list(zip(xs.tolist(), ys.tolist(), strict=True)),
                                              fill=255, width=thick))


def _drawn(image: Pixels, draw: Callable[[ImageDraw.ImageDraw], None]) -> NDArray[np.float64]:
    made = Image.new("L", image.shape[1::-1])
    draw(ImageDraw.Draw(made))
    return np.asarray(made, np.float64) / 255


# --- where good images come from ------------------------------------------------------------------


def _files(folder: str, judging: bool) -> list[Path]:
    """Files of the first or the second half of a folder."""
    files = sorted((DATA / folder).iterdir())
    half = len(files) // 2
    return files[half:] if judging else files[:half]


def _read(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def _blood(many: int, judging: bool, chance: np.random.Generator) -> list[Pixels]:
    return [np.asarray(_read(path).resize((320, 240))) for path in
            _shuffled(_files("bccd/JPEGImages", judging), chance)[:many]]


def _bees(many: int, judging: bool, chance: np.random.Generator) -> list[Pixels]:
    files = sorted((DATA / "ants-bees/bees").glob("*.jpg"))
    return [np.asarray(_read(path).resize((256, 256))) for path in _shuffled(files, chance)[:many]]


def _membrane(many: int, judging: bool, chance: np.random.Generator) -> list[Pixels]:
    """Pieces of slices; those that are judged come from slices that nothing is learned from."""
    files = _files("membrane/image", judging)
    learned = len(files) // 2
    pieces = []
    for place in range(many):
        own = files[:learned] if place < LEARN else files[learned:]
        x, y = (int(value) for value in chance.integers(0, 512 - 224, 2))
        pieces.append(np.asarray(_read(own[place % len(own)]).crop((x, y, x + 224, y + 224))))
    return pieces


def _grass(many: int, judging: bool, chance: np.random.Generator) -> list[Pixels]:
    """The lower corners of photos of kangaroos: grass, sand and leaves."""
    made = []
    for path in _shuffled(_files("kangaroo/images", judging), chance):
        try:
            image = _read(path)
        except OSError:  # one of them is cut off
            continue
        side = min(image.size) // 2
        left = 0 if len(made) % 2 else image.width - side
        made.append(np.asarray(image.crop((left, image.height - side, left + side, image.height))
                               .resize((224, 224))))
    return made[:many]


def _read_digits() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    with gzip.open(DATA / "mnist/t10k-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28)
    with gzip.open(DATA / "mnist/t10k-labels-idx1-ubyte.gz") as file:
        return images, np.frombuffer(file.read(), np.uint8, offset=8)


def _digits(digit: int) -> Callable[[int, bool, np.random.Generator], list[Pixels]]:
    def made(many: int, judging: bool, chance: np.random.Generator) -> list[Pixels]:
        images, labels = _read_digits()
        return [np.asarray(Image.fromarray(image).convert("RGB").resize((196, 196)))
                for image in images[labels == digit][:many]]
    return made


def _other_digits(digit: int) -> Callable[[bool, np.random.Generator], _Pair]:
    def made(judging: bool, chance: np.random.Generator) -> _Pair:
        return _digits(digit)(LEARN + GOOD, judging, chance), [
            image for other in range(10) if other != digit
            for image in _digits(other)(3, judging, chance)][:FAULTY]
    return made


def _holes(judging: bool, chance: np.random.Generator) -> _Pair:
    return _washers(LEARN + GOOD, judging, chance), [
        image for place in range(FAULTY)
        for image in _washers(1, judging, chance, hole=40 + (9 if place % 2 else -9))]


def _swapped(judging: bool, chance: np.random.Generator) -> _Pair:
    images = _board(LEARN + GOOD + FAULTY, judging, chance)
    faulty = []
    for image in images[-FAULTY:]:
        (top, down), (left, right) = chance.integers(15, 180, 2), chance.integers(15, 240, 2)
        made = image.copy()
        made[down:down + 30, right:right + 36] = image[top:top + 30, left:left + 36]
        faulty.append(made)
    return images[:-FAULTY], faulty


def _washers(many: int, judging: bool, chance: np.random.Generator, hole: float = 40,
             ) -> list[Pixels]:
    """Metal rings in about the same place."""
    y, x = np.mgrid[:240, :240]
    made = []
    for _ in range(many):
        far = np.hypot(x - 120 - chance.normal(0, 3), y - 120 - chance.normal(0, 3))
        ring = (far < 90) & (far > hole)
        values = np.where(ring, 165 + 20 * np.sin(far * 0.8), 60) + chance.normal(0, 5, far.shape)
        made.append(np.stack([values * tone for tone in (1, 0.98, 0.94)], 2))
    return [item.clip(0, 255).astype(np.uint8) for item in made]


def _weave(many: int, judging: bool, chance: np.random.Generator) -> list[Pixels]:
    """Fabric at any shift and a little turned."""
    y, x = np.mgrid[:256, :256].astype(np.float64)
    made = []
    for _ in range(many):
        turn = chance.normal(0, 0.05)
        u, v = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
        u, v = u + chance.uniform(0, 9), v + chance.uniform(0, 9)
        over = (np.floor(u / 4.5) + np.floor(v / 4.5)) % 2
        thread = np.where(over, np.abs(np.sin(np.pi * u / 4.5)), np.abs(np.sin(np.pi * v / 4.5)))
        tone = (70 + 90 * thread + chance.normal(0, 9, u.shape))[..., None] \
            * np.array([0.8, 0.9, 1.15])
        made.append(tone.clip(0, 255).astype(np.uint8))
    return made


def _wood(many: int, judging: bool, chance: np.random.Generator) -> list[Pixels]:
    """Grain along one side, different in each image."""
    made = []
    for _ in range(many):
        noise = chance.normal(0, 1, (40, 256))
        smooth = np.asarray(Image.fromarray(noise.astype(np.float32)).resize(
            (256, 320), Image.Resampling.BICUBIC))[:256]
        fine = np.repeat(chance.normal(0, 1, (16, 256)), 16, 0)
        grain = 14 * smooth + 9 * fine + chance.normal(0, 4, (256, 256))
        tone = np.array([178, 132, 86]) + grain[..., None] * np.array([1, 0.9, 0.7])
        made.append(tone.clip(0, 255).astype(np.uint8))
    return made


def _board(many: int, judging: bool, chance: np.random.Generator) -> list[Pixels]:
    """The same parts at the same places of a board, under light that changes a little."""
    fixed = np.random.default_rng(77)
    base = Image.new("RGB", (288, 224), (30, 96, 58))
    pen = ImageDraw.Draw(base)
    for _ in range(26):
        x, y = fixed.integers(10, 260), fixed.integers(10, 200)
        w, h = fixed.integers(8, 34), fixed.integers(6, 24)
        pen.line((x, y, int(fixed.integers(288)), int(fixed.integers(224))), (70, 140, 90), 2)
        pen.rectangle((x, y, x + w, y + h), tuple(fixed.integers(20, 220, 3).tolist()))
        pen.rectangle((x + 2, y + 2, x + 5, y + h - 2), (200, 200, 205))
    made = []
    for _ in range(many):
        shifted = np.asarray(base.rotate(chance.normal(0, 0.2), translate=tuple(
            chance.integers(-1, 2, 2).tolist())), np.float64)
        values = shifted * chance.normal(1, 0.05) + chance.normal(0, 4, shifted.shape)
        made.append(values.clip(0, 255).astype(np.uint8))
    return made


def _shuffled(files: list[Path], chance: np.random.Generator) -> list[Path]:
    return [files[place] for place in chance.permutation(len(files))]


_SOURCES: dict[str, Callable[[int, bool, np.random.Generator], list[Pixels]]] = {
    "washers": _washers, "weave": _weave, "blood": _blood, "membrane": _membrane, "grass": _grass,
    "threes": _digits(3), "eights": _digits(8), "board": _board, "wood": _wood, "bees": _bees,
}
_OTHERS: dict[str, Callable[[bool, np.random.Generator], _Pair]] = {
    **{f"other than {digit}": _other_digits(digit) for digit in (3, 4, 7)},
    "holes": _holes, "swapped": _swapped,
}
