"""Projects that somebody who tries the program makes: too little, too small, all in one place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.shapes import Bounds, Box
from workbench.formats.voc import new_voc
from workbench.jobs.commands import TrainRequest
from workbench.project.datasets.splits import PARTS, Split, save_split

Size = tuple[int, int]
Objects = Sequence[tuple[str, Bounds]]
SIZE = (96, 64)
RED: tuple[str, Bounds] = ("red", (8.0, 8.0, 30.0, 30.0))
BLUE: tuple[str, Bounds] = ("blue", (50.0, 20.0, 84.0, 52.0))
DOT: tuple[str, Bounds] = ("red", (20.0, 20.0, 21.0, 21.0))


def odd_project(
    folder: Path, pictures: Sequence[tuple[Size, Objects | None]], part: str = ""
) -> Path:
    """A folder with one picture for each of ``pictures``: its size and its objects, None for no
    annotation. ``part`` puts all of them into that part of the split."""
    (folder / "images").mkdir(parents=True)
    (folder / "annotations").mkdir()
    rng = np.random.default_rng(0)
    keys = []
    for number, (size, objects) in enumerate(pictures):
        pixels = rng.integers(90, 130, (size[1], size[0], 3)).astype(np.uint8)
        for label, box in objects or ():
            left, top, right, bottom = (int(value) for value in box)
            pixels[top:bottom, left:right] = (220, 40, 40) if label == "red" else (40, 60, 220)
        path = folder / "images" / f"{number:03d}.png"
        Image.fromarray(pixels).save(path)
        keys.append(path.relative_to(folder).as_posix())
        if objects is not None:
            labelled = tuple(LabeledObject(label, Box(*box)) for label, box in objects)
            data = new_voc(Annotation(labelled, size=size), image_path=path)
            (folder / "annotations" / f"{number:03d}.xml").write_bytes(data)
    if part:
        members = {name: keys if name == part else [] for name in PARTS}
        save_split(folder, Split(origin="by hand", **members))
    return folder


def many(*objects: tuple[str, Bounds], images: int = 8) -> list[tuple[Size, Objects]]:
    """The same picture again and again."""
    return [(SIZE, objects)] * images


ONE = [(SIZE, (RED, BLUE))]
NOTHING: dict[str, tuple[Sequence[tuple[Size, Objects | None]], str, str]] = {
    "no image": ([], "", "no image in this folder: add some images"),
    "no label": ([(SIZE, None)] * 3, "", "no label on any of the 3 images: draw some boxes first"),
    "no box": (many(images=3), "train", "no box on any of the 3 labelled images: draw some boxes"),
    "all in test": (many(RED, images=3), "test", r"the split “default” leaves no image to learn "
                    r"from \(3 in test\): label more images, or choose"),
    "all in val": (many(RED, images=3), "val", r"no image to learn from \(3 in val\)"),
}
"""What cannot be learned from: pictures, the part they are in, and what is said (a pattern)."""

ONCE = TrainRequest(recipe="compact-n", epochs=1, device="cpu",
                    settings={"image_size": 64, "batch_size": 4, "previews": 0})
"""A training of a second."""
