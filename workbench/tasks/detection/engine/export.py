"""A detector for other programs, and whether it finds the same there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from workbench.core.detections import Detections
from workbench.core.errors import WorkbenchError
from workbench.engine.data.letterbox import FILL
from workbench.engine.export.export import MOST_PIXELS, MOST_SCORE
from workbench.engine.export.pictures import images_to_compare, input_metadata
from workbench.evaluation.nms import MAX_DETECTIONS, filter_detections
from workbench.extension.detection import DenseDetector, HasDetails, RawDetections
from workbench.extension.engine_task import Run, SavedModel
from workbench.extension.exports import Difference, Exportable, Graph, OpenedFile
from workbench.tasks.detection.engine.predict import Predictor
from workbench.tasks.detection.engine.stored import LOWEST_SCORE, MOST_DETECTIONS
from workbench.tasks.detection.engine.tiles import tiling_of_card
from workbench.tasks.detection.engine.types import Raw

CHECKED = 8
"""So many of the project's images an exported model is compared on."""
CHECKED_TILED = 2
"""Images that are cut in tiles are many each."""

_WEAK = 0.05  # detections below this score need not have an equal
_MANY = 100  # a class with so many detections may have been cut off at the weakest
_TIE = 1e-3  # scores that rounding may bring into another order


def exportable(
    model: Any, card: SavedModel, run: Run, score_thresh: float, nms_thresh: float
) -> Exportable:
    """A loaded model as it is written for other programs.

    Parameters
    ----------
    score_thresh, nms_thresh
        0..1; what a person saw the results with.

    Raises
    ------
    WorkbenchError
        If this kind of model cannot be exported.
    """
    if not isinstance(model, DenseDetector):
        raise WorkbenchError(
            f"models of the recipe “{card.recipe}” cannot be exported yet; those of “compact-n” "
            "and the other built-in recipes can")
    graph = _graph(model, model, card)
    paths = images_to_compare(run.project, run,
                              CHECKED if tiling_of_card(card) is None else CHECKED_TILED)
    left_out = list(model.details) if isinstance(model, HasDetails) else []
    metadata = {**_metadata(graph, card), "left_out": left_out, "score_thresh": score_thresh,
                "nms_thresh": nms_thresh, "max_detections": MAX_DETECTIONS}
    alike = model.without_details() if isinstance(model, HasDetails) else model
    compared = partial(compare, alike, card, paths, (score_thresh, nms_thresh))
    return Exportable(graph, metadata, compared, len(paths) + 1, noun="image",
                      first="a blank image", boxes=True, left_out=left_out)


class _Dense(nn.Module):
    """A detector's boxes and scores as a module's own forward."""

    def __init__(self, owner: nn.Module, dense: Callable[[Tensor], tuple[Tensor, Tensor]]) -> None:
        super().__init__()
        self.owner = owner
        self._dense = dense

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        return self._dense(images)


def _graph(model: Any, detector: DenseDetector, card: SavedModel) -> Graph:
    width, height = card.input_size
    # Two images where batches are taken, so that nothing in the trace is of one image only.
    images = torch.full((2 if detector.batches else 1, 3, height, width), 114, dtype=torch.uint8)
    boxes, scores = {1: "detections"}, {1: "detections"}
    axes = {"boxes": boxes, "scores": scores}
    if detector.batches:
        axes["images"] = {0: "batch", 2: "height", 3: "width"}
        boxes[0] = scores[0] = "batch"
    module = _Dense(model.module, detector.dense).eval()
    with torch.no_grad():
        module(images)  # what a model finds out at its first image is not for the trace
    return Graph(module, images, "images", ("boxes", "scores"), axes, detector.size_step)


def _metadata(graph: Graph, card: SavedModel) -> dict[str, Any]:
    return {
        **input_metadata(graph, card.input_size),
        "tiles": _tiles(card),
        "outputs": {
            "boxes": "(B, N, 4) xmin, ymin, xmax, ymax in pixels of the input; may reach beyond it",
            "scores": "(B, N, C) 0..1 for each class; before NMS",
        },
        "nms": "outside the graph, for each class on its own; a box goes when its IoU with a "
               "better one is above nms_thresh",
    }


def _tiles(card: SavedModel) -> dict[str, Any] | None:
    """How large images are cut before anything else; None shows the model whole images."""
    tiling = tiling_of_card(card)
    if tiling is None:
        return None
    return {"size": tiling.size, "overlap": tiling.overlap,
            "merge": "each tile answers for the objects whose centre lies nearest its own middle; "
                     "NMS over all of an image"}


class Opened:
    """An exported detector in the place of a model, so that both take the one way of predicting.

    Parameters
    ----------
    run
        The opened file.
    input_size
        (width, height) in pixels.
    """

    def __init__(self, run: OpenedFile, input_size: tuple[int, int]) -> None:
        self.input_size = input_size
        self._run = run

    def detect(self, images: Tensor) -> list[Raw]:
        """Raw detections (see ``DetectionModel.detect``)."""
        return [self._raw(*self._run(image[None].numpy())) for image in images]

    def _raw(self, boxes: NDArray[np.float32], scores: NDArray[np.float32]) -> Raw:
        places, labels = np.nonzero(scores[0] >= LOWEST_SCORE)
        values = scores[0, places, labels]
        best = np.argsort(-values, kind="stable")[:MOST_DETECTIONS]
        width, height = self.input_size
        inside = boxes[0, places[best]].clip(0, (width, height, width, height))
        return Raw(torch.from_numpy(inside), torch.from_numpy(values[best]),
                   torch.from_numpy(labels[best]))


def compare(
    model: Any, card: SavedModel, paths: Sequence[Path], thresholds: tuple[float, float],
    run: OpenedFile, check: Callable[[], None],
) -> Iterator[tuple[str, Difference]]:
    """Compare a detector with its exported self on images, and on a blank one first.

    Images that cannot be read are passed over.

    Parameters
    ----------
    thresholds
        Score and NMS. Of a detector of several stages what is shown at these is compared; what lies
        below hangs on which of many equal proposals it looks at.
    check
        Called between batches; may raise.
    """
    exported: Any = Opened(run, card.input_size)
    width, height = card.input_size
    blank = torch.full((1, 3, height, width), FILL, dtype=torch.uint8)
    with torch.no_grad():
        own, other = (_plain(item.detect(blank)[0]) for item in (model, exported))
    yield "a blank image", (difference if model.batches else _strongest)(own, other)
    cpu = torch.device("cpu")
    for path in paths:
        answers = [list(Predictor(item, card, cpu).predict_raw([path], check))
                   for item in (model, exported)]
        for one, two in zip(*answers, strict=True):
            yield path.name, _on_image(one.raw, two.raw, thresholds,
                                       raw=model.batches)


def _on_image(
    own: Detections, other: Detections, thresholds: tuple[float, float], *, raw: bool
) -> Difference:
    if raw:
        return difference(own, other)
    score, nms = thresholds
    # what is at the threshold may be on either side of it
    low = score - MOST_SCORE
    return difference(filter_detections(own, low, nms), filter_detections(other, low, nms), score)


def _strongest(one: Detections, other: Detections) -> Difference:
    """How far the best scores of each class are apart.

    All places of a blank image are alike. Which of them come first, and through the limits inside
    a detector of several stages, is left to rounding.
    """
    best = [{int(label): float(item.scores[item.labels == label].max())
             for label in np.unique(item.labels)} for item in (one, other)]
    return Difference(score=max((abs(best[0].get(label, LOWEST_SCORE)
                                     - best[1].get(label, LOWEST_SCORE))
                                 for label in best[0].keys() | best[1].keys()), default=0.0))


def _plain(raw: RawDetections) -> Detections:
    return Detections(raw.boxes.numpy(), raw.scores.numpy(), raw.labels.numpy())


def difference(one: Detections, other: Detections, least: float = _WEAK) -> Difference:
    """How far the detections of ``one`` are from their equals in ``other``, and the other way.

    The equal of a detection is the nearest of its class, where 1 px counts as much as 0.01; where
    there is none the difference is infinite. Those with a score below ``least`` need no equal:
    they may fall below the lowest score that is told on one side only.
    """
    return _missing(one, other, least).worst(_missing(other, one, least))


def _missing(one: Detections, other: Detections, least: float) -> Difference:
    worst = Difference()
    for label in np.unique(one.labels):
        theirs = other.select(other.labels == label)
        limit = least
        if len(theirs.scores) >= _MANY:
            limit = max(least, float(theirs.scores.min()) + _TIE)
        mine = one.select((one.labels == label) & (one.scores >= limit))
        if not len(mine.scores):
            continue
        if not len(theirs.scores):
            return Difference(np.inf, np.inf)
        pixels = np.abs(mine.boxes[:, None] - theirs.boxes[None]).max(2)
        score = np.abs(mine.scores[:, None] - theirs.scores[None])
        nearest = (pixels / MOST_PIXELS + score / MOST_SCORE).argmin(1)
        rows = np.arange(len(nearest))
        worst = worst.worst(Difference(float(pixels[rows, nearest].max()),
                                       float(score[rows, nearest].max())))
    return worst
