"""Ten classes from ten pictures each: cells and kangaroos cut out of their boxes, ants, bees, and
four handwritten digits; what the default button and a fine-tuning reach on 20 other pictures of
each.

Crops to learn from and crops to test on come from different images. Each draw takes other pictures.
"""

from __future__ import annotations

import random
import shutil
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[3] / "shared/data"
LEARN, TEST = 10, 20
DIGITS = (3, 4, 7, 8)
BOXED = {"bccd": ("Annotations", "JPEGImages"), "kangaroo": ("annotations", "images")}
IMAGES = 90
"""So many images of a project with boxes are cut up."""
RECIPES: Mapping[str, tuple[int, dict[str, Any]]] = {"auto": (3, {}), "lite0": (1, {"epochs": 6})}
"""How many draws each is measured on, and how it is asked."""



def measure(folder: Path) -> dict[str, Any]:
    if not DATA.is_dir():
        return {"failed": [f"there is no {DATA}"]}
    pictures = _pictures(folder)
    found: dict[str, Any] = {"classes": sorted(pictures), "learned from": LEARN, "tested on": TEST}
    for name, (draws, options) in RECIPES.items():
        figures = [_one(pictures, folder / f"{name}-{draw}", name, options, draw)
                   for draw in range(draws)]
        found[name] = {
            "accuracy": [figure["accuracy"] for figure in figures],
            "mean": round(sum(figure["accuracy"] for figure in figures) / draws, 3),
            "processor seconds": [figure["seconds"] for figure in figures]}
    return found


def _pictures(folder: Path) -> dict[str, list[tuple[str, Path]]]:
    """Of each class: where a picture comes from, and its file."""
    import numpy as np
    from PIL import Image

    from workbench.tasks.image_classification.crops import make_crops
    from workbench.tasks.image_classification.formats.idx import read_idx

    found: dict[str, list[tuple[str, Path]]] = defaultdict(list)
    for name, (labels, images) in BOXED.items():
        chosen = sorted((DATA / name / labels).glob("*.xml"))[:IMAGES]
        for source in chosen:
            for path in (source, *(DATA / name / images).glob(f"{source.stem}.*")):
                target = folder / name / path.parent.name / path.name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)
        crops = make_crops(folder / name, folder / f"{name}-crops").folder
        for path in sorted(crops.rglob("*.jpg")):
            found[path.parent.name].append((path.stem.rpartition("-")[0], path))
    for name in ("ants", "bees"):
        found[name] = [(path.name, path) for path in sorted((DATA / "ants-bees" / name).iterdir())]
    pixels = read_idx(DATA / "mnist/train-images-idx3-ubyte.gz")
    digits = read_idx(DATA / "mnist/train-labels-idx1-ubyte.gz")
    for digit in DIGITS:
        for place in np.flatnonzero(digits == digit)[: 3 * (LEARN + TEST)]:
            path = folder / "digits" / f"{digit}-{place}.png"
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(pixels[place]).save(path)
            found[str(digit)].append((path.name, path))
    return found


def _one(pictures: Mapping[str, list[tuple[str, Path]]], project: Path, recipe: str,
         options: Mapping[str, Any], draw: int) -> dict[str, Any]:
    from workbench.engine.training.control import TrainControl
    from workbench.engine.training.train import train
    from workbench.jobs.commands import TrainRequest

    for label, files in pictures.items():
        for part, chosen in _divided(files, draw).items():
            for number, path in enumerate(chosen):
                target = project / part / label / f"{number}{path.suffix}"
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)
    began = time.process_time()
    run = train(project, TrainRequest(recipe=recipe, device="cpu", seed=draw, **options),
                lambda event: None, TrainControl())
    accuracy = run.state["metrics"]["test"]["accuracy"]
    return {"accuracy": round(accuracy, 3), "seconds": round(time.process_time() - began, 1)}


def _divided(files: list[tuple[str, Path]], draw: int) -> dict[str, list[Path]]:
    """Pictures to learn from and others to test on, of different sources."""
    sources = sorted({source for source, _ in files})
    random.Random(draw).shuffle(sources)
    learned = set(sources[: max(LEARN, len(sources) // 4)])
    rows = sorted(files, key=lambda row: (sources.index(row[0]), row[1]))
    parts = {"train": [path for source, path in rows if source in learned],
             "test": [path for source, path in rows if source not in learned]}
    chance = random.Random(draw)
    for chosen in parts.values():
        chance.shuffle(chosen)
    return {"train": parts["train"][:LEARN], "test": parts["test"][:TEST]}
