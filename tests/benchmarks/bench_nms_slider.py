"""One move of the score, NMS and match sliders over 10,000 raw boxes, against torchvision's NMS."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from common import quantiles

from workbench.core.detections import Detections, Truth
from workbench.evaluation.live import LiveEvaluation
from workbench.evaluation.nms import batched_nms


def measure(folder: Path) -> dict[str, Any]:
    chance = np.random.default_rng(0)
    truths, raw = [], []
    for _ in range(50):
        corner = chance.uniform(0, 500, (12, 2))
        boxes = np.concatenate([corner, corner + chance.uniform(20, 120, (12, 2))], 1)
        labels = chance.integers(0, 3, 12)
        truths.append(Truth(boxes.astype(np.float32), labels, np.zeros(12, bool)))
        pick = chance.integers(0, 12, 200)
        found = boxes[pick] + chance.normal(0, 12, (200, 4))
        raw.append(Detections(found.astype(np.float32),
                              chance.beta(0.5, 2, 200).astype(np.float32), labels[pick]))
    live = LiveEvaluation(truths, raw, ["a", "b", "c"])
    live.update(0.25, 0.5, 0.5)
    moves = {
        "score": [(0.05 + 0.009 * i, 0.5, 0.5) for i in range(100)],
        "nms": [(0.25, 0.3 + 0.004 * i, 0.5) for i in range(100)],
        "match": [(0.25, 0.5, 0.3 + 0.004 * i) for i in range(100)],
    }
    result: dict[str, Any] = {
        name: quantiles([_seconds(lambda at=at: live.update(*at)) for at in places])
        for name, places in moves.items()
    }
    result["one_image"] = _one_image(chance)
    return result


def _one_image(chance: np.random.Generator) -> dict[str, Any]:
    """NMS of 10,000 boxes on a single picture, ours and torchvision's in one run."""
    import torch
    import torchvision

    corner = chance.uniform(0, 3000, (10_000, 2)).astype(np.float32)
    boxes = np.concatenate([corner, corner + chance.uniform(10, 120, (10_000, 2))], 1)
    boxes = boxes.astype(np.float32)
    scores = chance.uniform(0, 1, 10_000).astype(np.float32)
    labels = chance.integers(0, 3, 10_000)
    tensors = [torch.from_numpy(array) for array in (boxes, scores, labels)]
    ours, theirs = [], []
    for _ in range(9):
        ours.append(_seconds(lambda: batched_nms(boxes, scores, labels, 0.5)))
        theirs.append(_seconds(lambda: torchvision.ops.batched_nms(*tensors, 0.5)))
    return {"ours": quantiles(ours), "torchvision": quantiles(theirs)}


def _seconds(call: Any) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
