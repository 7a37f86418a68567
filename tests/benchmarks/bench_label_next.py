"""What to label next, for boxes: how good a detector becomes from the first images in that order,
and from as many at random.

Three draws hold back three tenths of the images each, which neither the order nor a training sees.
The others are put in order from nothing (no labels, no model); a training sees the first of them,
or random ones, in the same number of steps, and its last weights are judged on what is held back.
How many boxes a person would have drawn is counted, too: an image with more of them is more work.
"""

from __future__ import annotations

import os
import random
import shutil
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[3] / "shared/data"
SETS = {"bccd": ("Annotations", "JPEGImages"), "kangaroo": ("annotations", "images")}
LABELS = (8, 16, 32)
DRAWS = 3
HELD_BACK = 0.3
STEPS, BATCH, SIDE = 60, 8, 160
RECIPE = "compact-lite0"


def measure(folder: Path) -> dict[str, Any]:
    if not DATA.is_dir():
        return {"failed": [f"there is no {DATA}"]}
    import torch

    torch.set_num_threads(int(os.environ.get("WORKBENCH_BENCH_THREADS", "1")))
    return {name: _curve(folder / name, *places) for name, places in SETS.items()}


def _curve(project: Path, labels: str, images: str) -> dict[str, Any]:
    """mAP50 by order and number of labelled images, of each draw."""
    for part in (labels, images):
        shutil.copytree(DATA / project.name / part, project / part)
    keys = sorted(f"{images}/{path.name}" for path in (project / images).iterdir()
                  if list((project / labels).glob(f"{path.stem}.xml")))
    boxes = {key: (project / labels / f"{Path(key).stem}.xml").read_text().count("<bndbox>")
             for key in keys}
    order_of = _orders(project, keys)
    points: dict[str, dict[int, list[dict[str, float]]]] = {"chosen": {}, "random": {}}
    for draw in range(DRAWS):
        mixed = random.Random(draw).sample(keys, len(keys))
        held_back = mixed[:round(HELD_BACK * len(keys))]
        pool = mixed[len(held_back):]  # in random order already
        for name, order in (("chosen", order_of(sorted(pool))), ("random", pool)):
            for number in LABELS:
                score, seconds = _train(project, order[:number], held_back, keys, draw)
                point = {"map_50": score, "boxes": sum(boxes[key] for key in order[:number]),
                         "seconds": seconds}
                points[name].setdefault(number, []).append(point)
                print(project.name, draw, name, number, point, flush=True)  # it takes long
    return {name: {number: _told(found) for number, found in by_number.items()}
            for name, by_number in points.items()}


def _told(found: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    scores = [item["map_50"] for item in found]
    return {"map_50": round(statistics.mean(scores), 3), "each": scores,
            "boxes": round(statistics.mean(item["boxes"] for item in found)),
            "processor seconds": round(statistics.mean(item["seconds"] for item in found))}


def _orders(project: Path, keys: Sequence[str]) -> Callable[[Sequence[str]], list[str]]:
    """What puts images in the order in which they are worth labelling."""
    import numpy as np

    from workbench.engine.tasks import engine_task
    from workbench.extension.registry import load
    from workbench.extension.tasks import register_bundled, tasks
    from workbench.project.cache import cache_folder
    from workbench.project.label_next import Candidates, label_next

    class Silent:
        def __call__(self, *_: object) -> None: ...

        def check(self) -> None: ...

    register_bundled()
    task = tasks.get("image-classification")
    engine_task(task.id).describe(project, keys, Silent())
    places, values = load(task.features)(cache_folder(project), [project / key for key in keys],
                                         lambda: None)
    row = {keys[place]: at for at, place in enumerate(places)}
    none = np.zeros((0, values.shape[1]), np.float32)

    def order(pool: Sequence[str]) -> list[str]:
        known = [key for key in pool if key in row]
        return list(label_next(Candidates(known, values[[row[key] for key in known]], none, 0, {}),
                               lambda: None))

    return order


def _train(project: Path, chosen: Sequence[str], held_back: Sequence[str], keys: Sequence[str],
           seed: int) -> tuple[float, float]:
    """mAP50 on what is held back, and the processor seconds it took."""
    from workbench.engine.training.control import TrainControl
    from workbench.engine.training.train import train
    from workbench.jobs.commands import TrainRequest
    from workbench.project.datasets.splits import Split, save_split

    used = {*chosen, *held_back}
    save_split(project, Split("points", train=sorted(chosen), test=sorted(held_back),
                              left_out=[key for key in keys if key not in used]))
    began = time.process_time()
    request = TrainRequest(
        recipe=RECIPE, device="cpu", seed=seed, split="points", start_from="pretrained",
        epochs=-(-STEPS // -(-len(chosen) // BATCH)),
        settings={"batch_size": BATCH, "image_size": SIDE, "train_layers": "head"})
    run = train(project, request, lambda event: None, TrainControl())
    score = round(run.state["metrics"]["test"]["map_50"], 3)
    shutil.rmtree(run.path)
    return score, time.process_time() - began
