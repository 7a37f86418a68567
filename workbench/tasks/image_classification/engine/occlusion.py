"""What a score depends on: the image with a part of it covered, part after part."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from workbench.core.arrays import FloatArray
from workbench.core.errors import UsageError
from workbench.core.progress import StageCallback
from workbench.extension.explanations import Explanation, ExplanationRequest
from workbench.media.images.readable import picture_info
from workbench.tasks.image_classification.engine.model import ImageClassifier
from workbench.tasks.image_classification.engine.pictures import Pixels, read_square

CELLS = 7
"""Rows and columns of the map."""
_BATCH = 8
_EVEN = 0.2
"""A fall in log-odds that is shown in full strength at least: less is no more than noise."""
_SUREST = 1e-6
"""How near a score comes to 0 and 1 for its log-odds: single precision holds little more."""



def explain(request: ExplanationRequest) -> Explanation:
    """How far each score falls, in log-odds, where a part of the image is covered (occlusion,
    Zeiler and Fergus 2014), the likeliest class first; of a number how far it moves.

    In log-odds a score of 0.999 that falls to 0.99 has lost evidence, which would be black in a map
    of the scores themselves; models of few classes are often that sure.

    Raises
    ------
    WorkbenchError
        If there is no model yet, or the image cannot be read.
    """
    model = request.load_model()
    if not isinstance(model, ImageClassifier):
        raise UsageError("only models of whole images are explained by covering parts of them")
    square = read_square(request.file, model.stored)
    pictures = covered(square, model.side)

    def ask(batch: Pixels) -> FloatArray:
        found: FloatArray = model.scores(torch.from_numpy(batch)).float().cpu().numpy()
        return found

    scores = _in_batches(pictures, ask, request.report)
    number = model.kind == "number"
    common = {"kind": model.kind, "box": _seen(request, model), "rows": CELLS, "frames": CELLS}
    views = [{**_view(name, scores[:, at], number), **common} for at, name in
             enumerate(["number"] if number else request.classes)]
    views.sort(key=lambda view: -view["score"])
    return Explanation({"covered": len(pictures) - 1}, views)


def covered(square: Pixels, side: int) -> Pixels:
    """A picture as it is, and with each of some squares in its mean colour.

    Parameters
    ----------
    square
        uint8 (3, S, S), of which the middle ``side`` × ``side`` pixels are seen.

    Returns
    -------
    uint8 (1 + (CELLS + 1)², 3, S, S); a square is two cells wide and moved by one, so that each
    cell is covered four times.
    """
    edge = (square.shape[-1] - side) // 2
    mean = square[:, edge : edge + side, edge : edge + side].mean((1, 2)).round().astype(np.uint8)
    bounds = [edge + round(side * at / CELLS) for at in range(CELLS + 1)]
    # what is not seen is covered with the outermost cells: a network may look a little beyond
    bounds[0], bounds[-1] = 0, square.shape[-1]
    made = np.repeat(square[None], 1 + (CELLS + 1) ** 2, 0)
    for place, (row, column) in enumerate(np.ndindex(CELLS + 1, CELLS + 1), 1):
        rows, columns = (slice(bounds[max(at - 1, 0)], bounds[min(at + 1, CELLS)])
                         for at in (row, column))
        made[place, :, rows, columns] = mean[:, None, None]
    return made


def fall_map(scores: FloatArray, *, signless: bool = False) -> FloatArray:
    """From answers about :func:`covered` pictures, float32 (N,), to the mean fall of each cell,
    float32 (CELLS, CELLS); ``signless`` takes rises as falls."""
    falls = scores[0] - scores[1:]
    falls = (np.abs(falls) if signless else falls).reshape(CELLS + 1, CELLS + 1)
    return np.asarray((falls[:-1, :-1] + falls[1:, :-1] + falls[:-1, 1:] + falls[1:, 1:]) / 4,
                      np.float32)


def log_odds(scores: FloatArray) -> FloatArray:
    """Of scores from 0 to 1, as far as single precision tells them apart."""
    held = np.clip(scores.astype(float), _SUREST, 1 - _SUREST)
    return np.asarray(np.log(held / (1 - held)), np.float32)


def _in_batches(pictures: Pixels, ask: Callable[[Pixels], FloatArray],
                report: StageCallback) -> FloatArray:
    found = []
    for start in range(0, len(pictures), _BATCH):
        report("Covering parts of the image", start, len(pictures))
        found.append(ask(pictures[start : start + _BATCH]))
    report("Covering parts of the image", len(pictures), len(pictures))
    return np.concatenate(found)


def _view(name: str, scores: FloatArray, number: bool) -> dict[str, Any]:
    values = fall_map(scores if number else log_odds(scores), signless=number)
    least = 0.0 if number else _EVEN
    return {"id": name, "title": name,
            "values": base64.b64encode(values.astype("<f4").tobytes()).decode("ascii"),
            "full": max(float(values.max()), least), "score": round(float(scores[0]), 5),
            "lowest": round(float(scores[1:].min()), 5),
            "highest": round(float(scores[1:].max()), 5)}


def _seen(request: ExplanationRequest, model: ImageClassifier) -> list[float]:
    """Left, top, right and bottom of what the model sees, as shares of the upright picture."""
    info = picture_info(request.file)
    edge = min(info.width, info.height) * model.side / model.stored
    x, y = edge / info.width / 2, edge / info.height / 2
    return [0.5 - x, 0.5 - y, 0.5 + x, 0.5 + y]
