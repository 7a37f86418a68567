"""Very many boxes, very small ones, and very different images: trained on and looked at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.shapes import Box
from workbench.engine.models.card import read_card
from workbench.engine.training.control import TrainControl
from workbench.engine.training.train import train
from workbench.formats.voc import new_voc
from workbench.jobs.commands import TrainRequest
from workbench.project.datasets.splits import Split, save_split
from workbench.project.runs import RunFolder
from workbench.tasks.detection.engine.predict import Predictor
from workbench.tasks.detection.engine.tiles import tiling_of_card

MEMORY = 1_600_000_000
"""Bytes that a training may take more than the process had before."""


@pytest.fixture
def within_memory() -> Iterator[None]:
    """Watch the process; its highest use is what counts."""
    process, over = psutil.Process(), Flag()
    before, highest = process.memory_info().rss, 0

    def watch() -> None:
        nonlocal highest
        while not over.wait(0.02):
            highest = max(highest, process.memory_info().rss)

    thread = Thread(target=watch)
    thread.start()
    yield
    over.set()
    thread.join()
    assert highest - before < MEMORY


def write(folder: Path, name: str, size: tuple[int, int], boxes: np.ndarray) -> str:
    for part in ("images", "annotations"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    path = folder / "images" / f"{name}.jpg"
    image = Image.new("RGB", size, (120, 110, 100))
    for box in boxes[:200]:
        image.paste((230, 40, 40), tuple(int(value) for value in box))
    image.save(path)
    objects = tuple(LabeledObject("dot", Box(*map(float, box))) for box in boxes)
    data = new_voc(Annotation(objects, size=size), image_path=path)
    (folder / "annotations" / f"{name}.xml").write_bytes(data)
    return f"images/{path.name}"


def spread(count: int, size: tuple[int, int], side: int) -> np.ndarray:
    low = np.random.default_rng(0).integers(0, (size[0] - side, size[1] - side), (count, 2))
    return np.concatenate([low, low + side], 1)


def learn(folder: Path, keys: list[str], **settings: Any) -> RunFolder:
    save_split(folder, Split(train=keys[:-2], val=keys[-2:-1], test=keys[-1:], origin="test"))
    request = TrainRequest(recipe="compact-n", epochs=1, device="cpu", settings=settings)
    run = train(folder, request, lambda event: None, TrainControl())
    assert run.state["state"] == "finished"
    assert run.predictions_path("val").is_file() and run.predictions_path("test").is_file()
    return run


@pytest.mark.parametrize("tiles", ["off", "on"])
def test_five_thousand_boxes_on_one_image(
    tmp_path: Path, within_memory: None, tiles: str
) -> None:
    size = (640, 480)
    keys = [write(tmp_path, "many", size, spread(5000, size, 6))]
    keys += [write(tmp_path, str(n), size, spread(3, size, 6)) for n in range(3)]
    run = learn(tmp_path, keys, tiles=tiles, image_size=256)
    assert (tiling_of_card(read_card(run.best_path)) is not None) == (tiles == "on")
    found = next(iter(Predictor.load(run, "cpu").predict_raw([tmp_path / keys[0]])))
    assert len(found.raw) <= 5000


def test_boxes_of_one_pixel(tmp_path: Path, within_memory: None) -> None:
    size = (160, 120)
    keys = [write(tmp_path, str(n), size, spread(4, size, 1)) for n in range(4)]
    run = learn(tmp_path, keys)
    assert all(np.isfinite(value) for value in run.state["metrics"]["test"].values())


def test_images_from_32_to_12000_pixels(tmp_path: Path, within_memory: None) -> None:
    sizes = [(32, 32), (12_000, 120), (250, 150), (120, 12_000), (64, 40)]
    keys = [write(tmp_path, str(n), size, spread(5, size, 10)) for n, size in enumerate(sizes)]
    run = learn(tmp_path, keys, image_size=128)
    assert tiling_of_card(read_card(run.best_path)) is not None  # objects are tiny on some
    found = list(Predictor.load(run, "cpu").predict_raw([tmp_path / key for key in keys]))
    assert [item.size for item in found] == sizes
    for item in found:
        assert (item.raw.boxes[:, 2:] <= np.asarray(item.size, np.float32)).all()
