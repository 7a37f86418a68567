"""What differs from good images: how well faults are found, on images of many kinds.

Each set has 30 good images to learn from, 18 more and 24 faulty ones; see ``odd_images``. Ways of
learning are chosen by the sets of the part "choosing"; those of "judging" are looked at once, at
the end: ``BENCH_PART=judging``. ``seconds`` are those of a processor, for learning and judging.
"""

from __future__ import annotations

import os
import statistics
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from odd_images import DATA, PARTS, OddSet, odd_set
from PIL import Image

PART = os.environ.get("BENCH_PART", "choosing")
FIGURES = ("auroc", "pixel_auroc", "aupro", "pixel_iou")


def measure(folder: Path) -> dict[str, Any]:
    if not DATA.is_dir():
        return {"failed": [f"there is no {DATA}"]}
    found: dict[str, Any] = {"part": PART}
    kinds: dict[str, list[float]] = defaultdict(list)
    for name in PARTS[PART]:
        found[name], of_kinds = _one(odd_set(name, judging=PART == "judging"), folder / name)
        for kind, value in of_kinds.items():
            kinds[kind].append(value)
    rows = [found[name] for name in PARTS[PART]]
    found["mean"] = {figure: round(statistics.mean(
        row[figure] for row in rows if figure in row), 3) for figure in FIGURES}
    found["kinds"] = {kind: round(statistics.mean(values), 3) for kind, values in kinds.items()}
    return found


def _one(images: OddSet, project: Path) -> tuple[dict[str, Any], dict[str, float]]:
    """The figures of a set, and the AUROC of each kind of fault in it."""
    from workbench.engine.training.control import TrainControl
    from workbench.engine.training.train import train
    from workbench.evaluation.differing import judged
    from workbench.jobs.commands import TrainRequest
    from workbench.tasks.anomaly.results import open_results, read_labels

    _write(images, project)
    began = time.process_time()
    run = train(project, TrainRequest(recipe="good-memory", device="cpu"), lambda event: None,
                TrainControl())
    seconds = time.process_time() - began
    results = open_results(run, "test", read_labels(project, run), {})
    whole = results.judged()
    row = {"auroc": whole.auroc, "found": whole.recall, "false alarms": whole.false_alarms,
           **results.pixels().figures(whole.limit)}
    kind_of = np.array([item.label.partition("-")[0] for item in results.samples])
    good = kind_of == "good"
    kinds = {}
    for kind in sorted({*images.kinds}):
        own = good | (kind_of == kind)
        kinds[kind] = judged(results.scores[own], ~good[own]).auroc
    return {**{name: round(value, 3) for name, value in row.items()},
            "seconds": round(seconds, 1)}, kinds


def _write(images: OddSet, project: Path) -> None:
    """As MVTec AD lays images out."""
    for part, pictures in (("train", images.learn), ("test", images.good)):
        for number, pixels in enumerate(pictures):
            _save(project / part / "good" / f"{number:03d}.png", pixels)
    for number, (pixels, mask, kind) in enumerate(zip(images.faulty, images.masks, images.kinds,
                                                      strict=True)):
        _save(project / "test" / kind / f"{number:03d}.png", pixels)
        if mask is not None:
            _save(project / "ground_truth" / kind / f"{number:03d}_mask.png",
                  mask.astype(np.uint8) * 255)


def _save(path: Path, pixels: np.ndarray[Any, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
