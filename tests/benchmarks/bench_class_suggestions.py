"""From a label to another suggestion on the screen, while images are sorted in the window.

Features are made up and lie in the project's cache, as the engine would have left them: half of
the images are labelled one after the other, in 245 images of two classes and in 20,000 of ten.
"""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the window does, before numpy is there

import numpy as np
from common import quantiles
from PIL import Image
from window import Window

from workbench.formats.content import content_key
from workbench.formats.feature_cache import FOLDER, FeatureCache
from workbench.project.cache import cache_folder

SIZE = 2560
"""Features of an image."""
SIZES = {"245 of 2 classes": (245, 2), "20,000 of 10 classes": (20_000, 10)}
LABELS = 40
_PART = 1_000


def measure(folder: Path) -> dict[str, Any]:
    window = Window(folder)
    found = {name: _one(window, folder / name, *size) for name, size in SIZES.items()}
    window.close()
    return found


def _one(window: Window, project: Path, images: int, classes: int) -> dict[str, Any]:
    truth = _make(project, images, classes)
    window.program.projects.open(project)
    place: Any = window.program.window.place_widget("sort")
    window.until(lambda: place.status()[0].endswith("labelled"))
    store, suggestions = place._store, place.suggestions.current
    keys = list(truth)
    random.Random(0).shuffle(keys)
    store.set_labels({key: truth[key] for key in keys[: images // 4]}, "begin")
    window.until(lambda: suggestions.learned > 0 and not suggestions.missing)
    changed: list[float] = []
    suggestions.changed.connect(lambda: changed.append(time.perf_counter()))
    answers, hand = [], []
    for key in keys[images // 4 : images // 4 + LABELS]:
        window.rest(0.3)
        place.grid.go_to(place.grid.images.row(key))
        changed.clear()
        began = time.perf_counter()
        place.give(truth[key])
        hand.append(time.perf_counter() - began)
        window.until(lambda: bool(changed))
        place.grid.viewport().repaint()
        answers.append(time.perf_counter() - began)
    return {"label_to_suggestion_ms": quantiles(answers), "window_held_ms": quantiles(hand)}


def _make(project: Path, images: int, classes: int) -> dict[str, str]:
    """A folder of tiny pictures with their features; the class of each."""
    project.mkdir(parents=True)
    (project / "workbench.toml").write_text('task = "image-classification"\n', encoding="utf-8")
    random_numbers = np.random.default_rng(0)
    centres = random_numbers.normal(0, 0.6, (classes, SIZE))
    cache = FeatureCache(cache_folder(project) / FOLDER, "made", SIZE)
    truth: dict[str, str] = {}
    for start in range(0, images, _PART):
        names = [f"{number:05d}.png" for number in range(start, min(images, start + _PART))]
        kinds = random_numbers.integers(0, classes, len(names))
        for number, name in enumerate(names, start):
            Image.new("RGB", (4, 4), (number % 256, number // 256, 0)).save(project / name)
        values = np.abs(centres[kinds] + random_numbers.normal(0, 1, (len(names), SIZE)))
        cache.add([content_key(project / name) for name in names], values.astype(np.float32))
        truth |= {name: f"class {kind}" for name, kind in zip(names, kinds, strict=True)}
    return truth
