"""Images per second of ``compact-n`` at 416 px, from JPEG files of 640×480 px to boxes.

``forward`` is the network alone on a batch that is ready, measured between the rounds; ``ratio``
says how much of it is left when files are read, decoded, letterboxed and boxes sorted out too. The
start (importing torch, loading the model) is told apart.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

from common import make_image

IMAGES, SIDE, ROUNDS, FORWARDS = 240, 416, 3, 4


def measure(folder: Path) -> dict[str, Any]:
    from workbench.engine.memory import kept_memory

    with kept_memory():  # as every job of the engine
        return _measured(folder)


def _measured(folder: Path) -> dict[str, Any]:
    model_file = folder / "model.safetensors"
    files = [make_image(folder / f"{index:03d}.jpg", 640, 480, index) for index in range(IMAGES)]
    began = time.perf_counter()
    from workbench.engine.devices import use_all_cores
    from workbench.tasks.detection.engine.predict import Predictor

    use_all_cores()
    imported = time.perf_counter()
    _write_model(model_file)
    written = time.perf_counter()
    predictor = Predictor.load_file(model_file, "cpu")
    next(iter(predictor.predict_raw(files[:1])))
    loaded = time.perf_counter()
    list(predictor.predict_raw(files[:64]))  # warms up
    rounds = [(_predicted(predictor, files), _forward(predictor)) for _ in range(ROUNDS)]
    whole, network = (statistics.median(column) for column in zip(*rounds, strict=True))
    return {
        "images_per_second": round(whole, 1),
        "forward_images_per_second": round(network, 1),
        "ratio": round(statistics.median(a / b for a, b in rounds), 3),
        "import_seconds": round(imported - began, 2),
        "load_and_first_image_seconds": round(loaded - written, 2),
    }


def _write_model(path: Path) -> None:
    """A model as a training leaves it, that finds little: its scores lie far below those it begins
    with, as after learning."""
    from dataclasses import asdict

    from workbench.engine.models.build import all_settings, build_model
    from workbench.engine.models.card import ModelCard
    from workbench.engine.models.saved import save_model
    from workbench.extension.detection import DataFacts
    from workbench.extension.model import ModelContext
    from workbench.extension.plugins import load_plugins
    from workbench.extension.registry import recipes

    load_plugins()
    recipe = recipes.get("compact-n")
    classes = ("a", "b", "c")
    settings = all_settings(recipe, {"image_size": SIDE})
    facts = DataFacts(100, 1000, ((640, 480),) * 100, ((60.0, 60.0),) * 1000, (0.108,) * 1000, 10,
                      (400, 300, 300))
    model = build_model(recipe, ModelContext(classes, settings, facts, "cpu"))
    state = model.module.state_dict()
    for name, tensor in state.items():
        if name.endswith("scores.bias"):
            tensor -= 4
    save_model(path, state, ModelCard(
        "benchmark", recipe.id, classes, settings, asdict(facts), model.input_size))


def _predicted(predictor: Any, files: list[Path]) -> float:
    began = time.perf_counter()
    count = sum(1 for _ in predictor.predict_raw(files))
    return count / (time.perf_counter() - began)


def _forward(predictor: Any) -> float:
    import torch

    model, size = predictor._model, predictor.batch_size
    width, height = model.input_size
    images = torch.randint(0, 255, (size, 3, height, width), dtype=torch.uint8)
    with torch.no_grad():
        began = time.perf_counter()
        for _ in range(FORWARDS):
            model.module(images)
    return FORWARDS * size / (time.perf_counter() - began)
