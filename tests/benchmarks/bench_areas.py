"""Areas in images: pieces of 256×256 px that are learned a second by either recipe, images of
640×480 px that are looked at a second from JPEG files to class maps, and how long answers take.

``ratio`` says how much of the network's own speed is left when files are read, decoded and
letterboxed and maps are made, too, measured between each other. ``slider`` is what a step of the
slider in Results asks of 200 images of 512×512 px with 5 classes, ``regions`` what one such map
with some 200 regions takes to become labels.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from common import make_image, quantiles

IMAGES, ROUNDS, STEPS, BATCH = 48, 3, 6, 8
RECIPES = ("areas-n", "areas-lite0")


def measure(folder: Path) -> dict[str, Any]:
    from workbench.engine.devices import use_all_cores
    from workbench.engine.memory import kept_memory
    from workbench.extension.plugins import load_plugins

    load_plugins()
    use_all_cores()
    files = [make_image(folder / f"{index:03d}.jpg", 640, 480, index) for index in range(IMAGES)]
    with kept_memory():  # as every job of the engine
        return {**{recipe: _of_recipe(recipe, files) for recipe in RECIPES}, **_answers()}


def _of_recipe(name: str, files: list[Path]) -> dict[str, Any]:
    import torch

    from workbench.engine.models.build import all_settings, build_model
    from workbench.extension.model import ModelContext
    from workbench.extension.registry import recipes
    from workbench.extension.segmentation import AreaFacts
    from workbench.tasks.segmentation.engine.predict import AreaPredictor

    recipe = recipes.get(name)
    facts = AreaFacts(100, ((640, 480),) * 100, (0.2, 0.1, 0.1))
    model = build_model(recipe, ModelContext(("a", "b", "c"), all_settings(recipe, {}), facts,
                                             "cpu"))
    model.module.train()
    images = torch.randint(0, 256, (BATCH, 3, *model.crop[::-1]), dtype=torch.uint8)
    targets = torch.randint(0, 4, (BATCH, *model.crop[::-1]), dtype=torch.uint8)

    def step() -> None:
        sum(model.losses(images, targets).values()).backward()

    learned = BATCH / _median(step, STEPS)
    predictor = AreaPredictor(model, _Card(model), torch.device("cpu"))
    width, height = model.input_size
    seen = torch.randint(0, 256, (predictor.batch_size, 3, height, width), dtype=torch.uint8)
    list(predictor.predict_raw(files[:8]))  # warms up
    rounds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        count = sum(1 for _ in predictor.predict_raw(files))
        whole = count / (time.perf_counter() - began)
        rounds.append((whole, predictor.batch_size / _median(lambda: model.scores(seen), 4)))
    whole, network = (statistics.median(column) for column in zip(*rounds, strict=True))
    return {"learned_pieces_per_second": round(learned, 1),
            "input_size": list(model.input_size),
            "images_per_second": round(whole, 1), "forward_images_per_second": round(network, 1),
            "ratio": round(statistics.median(a / b for a, b in rounds), 3)}


class _Card:
    """What is asked of a saved model here."""

    def __init__(self, model: Any) -> None:
        self.classes, self.input_size, self.id = ("a", "b", "c"), model.input_size, "benchmark"


def _answers() -> dict[str, Any]:
    from workbench.core.class_maps import ClassMap, regions_of
    from workbench.evaluation.pixels import evaluate_pixels, pixel_table

    y, x = np.mgrid[:512, :512]
    waves = np.sin(x / 11) * np.sin(y / 11)
    found = ClassMap.of_scores((x // 103).astype(np.uint8), 0.5 + waves / 2)
    truth = np.where(waves > 0.1, 1 + x // 103, 0).astype(np.uint8)
    classes = [f"class {number}" for number in range(5)]
    tables = [pixel_table(found, truth, 5) for _ in range(200)]
    table, slider, regions = (
        [_seconds(work) for _ in range(15)] for work in (
            lambda: pixel_table(found, truth, 5),
            lambda: evaluate_pixels(tables, classes, 0.6).to_json(),
            lambda: regions_of(found, 0.5, (2048, 2048))))
    return {"table_ms": quantiles(table), "slider_ms": quantiles(slider),
            "regions_ms": quantiles(regions), "regions": len(regions_of(found, 0.5, (512, 512)))}


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _median(work: Callable[[], object], times: int) -> float:
    work()
    return statistics.median(_seconds(work) for _ in range(times))
