"""Generated data sets in the layout, number and shape of the real ones that tests use.

The real ones lie beside a developer's checkout; a plain clone tests the same on these.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import wave
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.shapes import Box
from workbench.formats.voc import new_voc

_DRAWN = 12
"""Pictures that are really drawn; the others of a set show the same ones again."""


@cache
def stand_in(name: str) -> Path | None:
    """Folder of the generated data set ``name``, made once a process; None where there is none."""
    maker = _MAKERS.get(name)
    if maker is None:
        return None
    root = Path(tempfile.mkdtemp(prefix="workbench-stand-in-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    folder = root / name
    maker(folder)
    return folder


def _cells(folder: Path) -> None:
    """Blood cells: 292 images in Pascal VOC's layout, 205 to train and 87 to validate."""
    names = [f"BloodImage_{number:05d}" for number in range(292)]
    drawn = [_picture(folder / f"drawn-{seed}.jpg", seed, (640, 480), (
        ("WBC", 1, 90, "#8a5fb0"), ("RBC", 12, 45, "#d98f8f"), ("Platelets", 2, 16, "#7a4fa0"),
    )) for seed in range(_DRAWN)]
    for number, name in enumerate(names):
        picture, objects = drawn[number % _DRAWN]
        if number in (50, 250):  # a click that drew no box, one in each part
            objects = [*objects, LabeledObject("RBC", Box(100.0, 100.0, 100.0, 120.0))]
        _add(picture, objects, folder / "JPEGImages" / f"{name}.jpg",
             folder / "Annotations" / f"{name}.xml")
    lists = folder / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    for part, members in (("train", names[87:]), ("val", names[:87]), ("trainval", names),
                          ("test", [])):
        (lists / f"{part}.txt").write_text("".join(f"{item}\n" for item in members), "utf-8")
    _forget(drawn)


def _animals(folder: Path) -> None:
    """Photos of one class: 164 in two folders, one of them cut off."""
    drawn = [_picture(folder / f"drawn-{seed}.jpg", 100 + seed, (450, 319), (
        ("kangaroo", 2, 90, "#a0703c"),)) for seed in range(_DRAWN)]
    for number in range(164):
        picture, objects = drawn[number % _DRAWN]
        _add(picture, objects, folder / "images" / f"{number + 1:05d}.jpg",
             folder / "annotations" / f"{number + 1:05d}.xml")
    cut = folder / "images" / "00090.jpg"
    data = cut.read_bytes()
    cut.unlink()
    cut.write_bytes(data[: -len(data) // 8])
    _forget(drawn)


def _picture(path: Path, seed: int, size: tuple[int, int],
             things: tuple[tuple[str, int, int, str], ...]) -> tuple[Path, list[LabeledObject]]:
    """Draw ``(label, how many, radius, colour)`` as discs on a mottled ground."""
    random = np.random.default_rng(seed)
    width, height = size
    light = Image.fromarray(random.uniform(90, 240, (4, 5, 3)).astype(np.uint8)).resize(
        size, Image.Resampling.BICUBIC)
    noise = random.normal(0, 5, (height, width, 1))
    image = Image.fromarray((np.asarray(light) + noise).clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    objects = []
    for label, count, radius, colour in things:
        for _ in range(count):
            across, up = radius * random.uniform(0.8, 1.2, 2)
            x = random.uniform(across + 1, width - across - 1)
            y = random.uniform(up + 1, height - up - 1)
            box = tuple(float(round(value)) for value in (x - across, y - up, x + across, y + up))
            draw.ellipse(box, fill=colour, outline="#604040")
            objects.append(LabeledObject(label, Box(*box)))
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, quality=90)
    return path, objects


def _add(picture: Path, objects: list[LabeledObject], image: Path, annotation: Path) -> None:
    for path in (image, annotation):
        path.parent.mkdir(parents=True, exist_ok=True)
    os.link(picture, image)
    with Image.open(picture) as opened:
        size = opened.size
    annotation.write_bytes(new_voc(Annotation(tuple(objects), size=size), image_path=image))


def _forget(drawn: list[tuple[Path, list[LabeledObject]]]) -> None:
    for path, _ in drawn:
        path.unlink()


def _digits(folder: Path) -> None:
    """Spoken digits: 2,000 clips of four speakers, each digit with a melody of its own."""
    folder.mkdir(parents=True)
    rate = 8000
    for voice, speaker in enumerate(("jackson", "nicolas", "theo", "yweweler")):
        for digit in range(10):
            for take in range(50):
                random = np.random.default_rng((voice, digit, take))
                time = np.arange(round(rate * random.uniform(0.3, 0.5))) / rate
                low, high = 250 + 90 * digit, 2600 - 180 * digit
                bend = np.sin(np.pi * time / time[-1])
                phase = 2 * np.pi * np.cumsum(low * (1 + 0.04 * voice) + 120 * bend) / rate
                sound = np.sin(phase) + 0.5 * np.sin(2 * np.pi * high * time)
                sound = 0.3 * bend * sound + 0.003 * random.standard_normal(len(time))
                # not by soundfile, which waits for the disk after each of the 2,000
                with wave.open(str(folder / f"{digit}_{speaker}_{take}.wav"), "wb") as file:
                    file.setparams((1, 2, rate, 0, "NONE", ""))
                    file.writeframes((sound * 32767).round().astype("<i2").tobytes())


_MAKERS: dict[str, Callable[[Path], None]] = {
    "bccd": _cells, "kangaroo": _animals, "fsdd": _digits,
}
