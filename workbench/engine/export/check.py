"""Whether an exported model finds what the model itself finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from workbench.core.detections import Detections
from workbench.core.errors import WorkbenchError
from workbench.engine.data.letterbox import FILL
from workbench.engine.models.card import ModelCard
from workbench.evaluation.nms import filter_detections
from workbench.extension.detection import RawDetections
from workbench.extension.sounds import SoundFacts
from workbench.project.sound_dataset import SoundSample
from workbench.tasks.detection.engine.predict import Predictor
from workbench.tasks.detection.engine.stored import LOWEST_SCORE, MOST_DETECTIONS
from workbench.tasks.detection.engine.types import Raw
from workbench.tasks.sound_classification.engine.clips import Cutter
from workbench.tasks.sound_classification.engine.features import FeatureSettings
from workbench.tasks.sound_classification.engine.recording import Recording

Run = Callable[[NDArray[Any]], list[NDArray[Any]]]
"""An opened file: from one input to the outputs."""
Check = Callable[[], None]

MOST_PIXELS = 1.0
"""Largest difference of a box's edge that is taken for the same, in pixels of the image."""
MOST_SCORE = 0.01
"""Largest difference of a score that is taken for the same."""

_WEAK = 0.05  # detections below this score need not have an equal
_MANY = 100  # a class with so many detections may have been cut off at the weakest
_TIE = 1e-3  # scores that rounding may bring into another order


@dataclass(frozen=True, slots=True)
class Difference:
    """How far apart two answers are at most: edges of boxes in pixels, and scores."""

    pixels: float = 0.0
    score: float = 0.0

    @property
    def small(self) -> bool:
        return self.pixels <= MOST_PIXELS and self.score <= MOST_SCORE

    def worst(self, other: Difference) -> Difference:
        return Difference(max(self.pixels, other.pixels), max(self.score, other.score))


Checked = Iterator[tuple[str, Difference]]
"""For each thing that was looked at, its name and the difference."""


class Opened:
    """An exported detector in the place of a model, so that both take the one way of predicting.

    Parameters
    ----------
    run
        The opened file.
    input_size
        (width, height) in pixels.
    """

    def __init__(self, run: Run, input_size: tuple[int, int]) -> None:
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


def check_detector(
    model: Any, card: ModelCard, run: Run, paths: Sequence[Path], thresholds: tuple[float, float],
    check: Check,
) -> Checked:
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
            yield path.name, _on_image(one.detections, two.detections, thresholds,
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


def check_classifier(
    model: Any, card: ModelCard, run: Run, samples: Sequence[SoundSample]
) -> Checked:
    """Compare a classifier of sounds with its exported self on clips, and on noise first.

    Not on silence: its features are nought divided by nought, and rounding decides them.
    """
    assert isinstance(card.facts, SoundFacts)
    settings = FeatureSettings.from_json(card.facts.features)
    noise = torch.rand(1, settings.samples, generator=torch.Generator().manual_seed(0)) - 0.5
    yield "noise", _on_sound(model, run, noise)
    cut = Cutter(settings)
    for sample in samples:
        try:
            waveform = Recording(sample.path, settings)
        except WorkbenchError:
            continue
        yield sample.path.name, _on_sound(model, run, cut(waveform, sample)[None])


def _on_sound(model: Any, run: Run, windows: Tensor) -> Difference:
    own = model.scores(windows).numpy()
    return Difference(score=float(np.abs(own - run(windows.numpy())[0]).max()))
