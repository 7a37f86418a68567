"""A project of small drawn pictures, and what tests of the engine need around it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.shapes import Box
from workbench.formats.voc import new_voc
from workbench.jobs.events import Epoch, Event
from workbench.project.datasets.splits import Split, save_split

PLUGINS = Path(__file__).parent / "plugins"
COLORS = {"red": (220, 40, 40), "blue": (40, 60, 220), "green": (40, 200, 60)}


def use_tiny_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the recipe "tiny" here and in processes that the test starts."""
    monkeypatch.setenv("WORKBENCH_PLUGINS", str(PLUGINS))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # many small processes share the machine
    from workbench.extension import plugins
    from workbench.extension.registry import recipes

    plugins.load_plugins()
    if "tiny" not in recipes:  # plugins were loaded before the folder was named
        assert plugins._load(PLUGINS / "tiny") is None


def make_project(
    folder: Path, images: int = 16, size: tuple[int, int] = (60, 48),
    classes: Sequence[str] = ("red", "blue"), val: int = 4, test: int = 3, seed: int = 0,
) -> Path:
    """Coloured rectangles on noise with VOC files, split in order: train, val, test."""
    (folder / "images").mkdir(parents=True)
    (folder / "annotations").mkdir()
    keys = []
    for number in range(images):
        path = folder / "images" / f"{number:03d}.png"
        objects = draw(path, np.random.default_rng((seed, number)), size, classes)
        keys.append(path.relative_to(folder).as_posix())
        data = new_voc(Annotation(objects, size=size), image_path=path)
        (folder / "annotations" / f"{number:03d}.xml").write_bytes(data)
    train = images - val - test
    save_split(folder, Split(train=keys[:train], val=keys[train : train + val],
                             test=keys[train + val :], origin="test"))
    return folder


def draw(
    path: Path, rng: np.random.Generator, size: tuple[int, int], classes: Sequence[str]
) -> tuple[LabeledObject, ...]:
    """Draw one picture with two rectangles and say where they are."""
    width, height = size
    pixels = rng.integers(90, 130, (height, width, 3)).astype(np.uint8)
    objects = []
    for place in range(2):
        label = classes[int(rng.integers(len(classes)))]
        w, h = (int(value) for value in rng.integers(10, 18, 2))
        x = int(rng.integers(0, width // 2 - w)) + place * width // 2
        y = int(rng.integers(0, height - h))
        pixels[y : y + h, x : x + w] = COLORS[label]
        objects.append(LabeledObject(label, Box(float(x), float(y), float(x + w), float(y + h))))
    Image.fromarray(pixels).save(path)
    return tuple(objects)


def curve(events: Sequence[Event]) -> list[tuple[int, dict[str, float], dict[str, float]]]:
    """The numbers of every epoch, without times."""
    return [(event.epoch, event.losses, event.metrics) for event in events
            if isinstance(event, Epoch)]


def environment() -> dict[str, str]:
    """For a process that a test starts."""
    return dict(os.environ)
