"""From windows of a recording to its calls: looks that overlap, put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from workbench.core.arrays import BoolArray, FloatArray
from workbench.core.detections import Detections
from workbench.core.progress import Check
from workbench.engine.sounds.recording import Samples, SoundSamples
from workbench.evaluation.nms import batched_nms
from workbench.extension.calls import CallModel
from workbench.project.datasets.held_out import Span
from workbench.tasks.sound_detection.engine.spectrum import SpectrumSettings, window_at

SEAM_NMS = 0.75
"""Overlap above which calls found in neighbouring windows are one for certain. What overlaps less
is left to the threshold that a person sets."""
_BATCH = 16  # windows
PIECES = 2.0
"""Frames: what ends so near to the rim of a window may go on, as a piece of a longer call."""
_SAME_TIME = 1e-6  # seconds
_SURE = 0.05  # score from which on pieces are joined
_SAME_BAND = 0.5  # overlap of the frequencies of two pieces of a call
_PIECE = 0.8  # share of a piece that lies in what it is a piece of


def find_calls(
    model: CallModel, samples: SoundSamples, settings: SpectrumSettings, spans: Sequence[Span],
    device: torch.device, check: Check, tick: Callable[[float], None] = lambda _share: None,
) -> Detections:
    """All calls in ``spans`` (seconds) of a recording, boxes in seconds and hertz.

    Windows overlap by half. Each answers for calls with their middle in its core; of calls that
    reach over its rim it finds pieces, which are joined.
    """
    found: list[Detections] = []
    for number, span in enumerate(spans):
        parts: list[tuple[Detections, BoolArray]] = []
        starts = _starts(span, settings.seconds)
        for first in range(0, len(starts), _BATCH):
            check()
            some = starts[first:first + _BATCH]
            read = _ReadOnce(samples, some[0], some[-1] + settings.seconds, settings.sample_rate)
            waves = torch.stack([window_at(read, start, span, settings) for start in some])
            for start, (boxes, scores, labels) in zip(some, model.find(waves.to(device)),
                                                      strict=True):
                sides = settings.in_sound(boxes.cpu().numpy().astype(np.float64), start)
                item = Detections(sides.astype(np.float32), scores.cpu().numpy(),
                                  labels.cpu().numpy().astype(np.int64))
                parts.append(_answered(item, start, span, settings))
            tick((number + (first + len(some)) / len(starts)) / len(spans))
        found.append(_together(parts, settings))
    return Detections.join(found)


class _ReadOnce:
    """The samples between two times (seconds), read at once: a compressed file would be gone
    through anew for each window."""

    def __init__(self, samples: SoundSamples, start: float, end: float, rate: int) -> None:
        self._length = len(samples)
        self._first = max(0, round(start * rate))
        self._part = samples[self._first:min(self._length, round(end * rate) + 1)]

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, part: slice, /) -> Samples:
        start, stop, _ = part.indices(self._length)
        return self._part[max(0, start - self._first):max(0, stop - self._first)]


def _starts(span: Span, seconds: float) -> list[float]:
    """Where windows begin (seconds); one that is longer than the span has it in its middle."""
    first, last = span
    if last - first <= seconds:
        return [(first + last - seconds) / 2]
    count = int(np.ceil((last - first - seconds) / (seconds / 2))) + 1
    found: list[float] = np.linspace(first, last - seconds, count).tolist()
    return found


def _answered(found: Detections, start: float, span: Span, settings: SpectrumSettings
              ) -> tuple[Detections, BoolArray]:
    """What a window answers for, and whether that reaches over its left and right rim: bool
    (N, 2)."""
    end, near = start + settings.seconds, PIECES * settings.frame
    left, right = found.boxes[:, 0], found.boxes[:, 2]
    cut_left = (left < start + near) & (start > span[0] + _SAME_TIME)
    cut_right = (right > end - near) & (end < span[1] - _SAME_TIME)
    middle, quarter = (left + right) / 2, settings.seconds / 4
    mine = (((middle >= start + quarter) | (start <= span[0] + _SAME_TIME))
            & ((middle < end - quarter) | (end >= span[1] - _SAME_TIME)))
    cut = np.stack((cut_left, cut_right), 1) & (found.scores >= _SURE)[:, None]
    limits = np.array([max(start, span[0]), 0.0, min(end, span[1]), settings.high], np.float32)
    boxes = np.concatenate((np.maximum(found.boxes[:, :2], limits[:2]),
                            np.minimum(found.boxes[:, 2:], limits[2:])), 1)
    kept = (mine | cut.any(1)) & (boxes[:, 2:] > boxes[:, :2]).all(1)
    whole = Detections(boxes, found.scores, found.labels).select(kept)
    thin = batched_nms(whole.boxes, whole.scores, whole.labels, SEAM_NMS)
    return whole.select(thin), cut[kept][thin]


def _together(parts: Sequence[tuple[Detections, BoolArray]], settings: SpectrumSettings
              ) -> Detections:
    """Whole calls, and pieces joined into calls, without what another one holds."""
    every = Detections.join([found for found, _ in parts])
    if not len(every):
        return every
    cut = np.concatenate([edge for _, edge in parts])
    piece: BoolArray = np.asarray(cut.any(1))
    joined = _joined(every.select(piece), cut[piece], 2 * PIECES * settings.frame)
    whole = Detections.join([every.select(~piece), joined])
    kept = batched_nms(whole.boxes, whole.scores, whole.labels, SEAM_NMS)
    found = whole.select(kept)
    return found.select(~_swallowed(found, kept >= int((~piece).sum())))


def _joined(pieces: Detections, cut: BoolArray, gap: float) -> Detections:
    """Pieces of one class that follow each other at the same height as one call: one that reaches
    over the right rim of its window, and one that reaches over the left rim of a later window."""
    boxes, scores, cut = pieces.boxes.copy(), pieces.scores.copy(), cut.copy()
    strong = batched_nms(boxes, scores, pieces.labels, 0.5)
    kept: list[int] = []
    open_ones: list[int] = []
    for place in strong[np.argsort(boxes[strong, 0], kind="stable")].tolist():
        open_ones = [other for other in open_ones if boxes[place, 0] <= boxes[other, 2] + gap]
        into = next((other for other in open_ones
                     if cut[other, 1] and cut[place, 0]
                     and pieces.labels[other] == pieces.labels[place]
                     and _band_overlap(boxes[other], boxes[place]) > _SAME_BAND), None)
        if into is None:
            kept.append(place)
            open_ones.append(place)
            continue
        boxes[into, :2] = np.minimum(boxes[into, :2], boxes[place, :2])
        boxes[into, 2:] = np.maximum(boxes[into, 2:], boxes[place, 2:])
        scores[into] = max(scores[into], scores[place])
        cut[into, 1] = cut[place, 1]
    index = np.array(kept, np.int64)
    return Detections(boxes[index], scores[index], pieces.labels[index])


def _band_overlap(one: FloatArray, other: FloatArray) -> float:
    common = min(one[3], other[3]) - max(one[1], other[1])
    return float(common / max(1e-6, max(one[3], other[3]) - min(one[1], other[1])))


def _swallowed(found: Detections, piece: BoolArray) -> BoolArray:
    """Which lie in a larger one of their class that is as sure; of a ``piece`` half as sure is
    enough, as a window shows less of it."""
    gone = np.zeros(len(found), np.bool_)
    order = np.argsort(found.boxes[:, 0], kind="stable")
    boxes, scores, labels = found.boxes[order], found.scores[order], found.labels[order]
    area, starts = (boxes[:, 2:] - boxes[:, :2]).prod(1), boxes[:, 0]
    longest = float((boxes[:, 2] - starts).max(initial=0.0))
    for place in np.flatnonzero(scores >= _SURE).tolist():
        box = boxes[place]
        first, last = np.searchsorted(starts, (box[0] - longest, box[2]))
        near = slice(int(first), int(last))  # hours hold a million
        low = np.maximum(box[:2], boxes[near, :2])
        high = np.minimum(box[2:], boxes[near, 2:])
        common = np.maximum(high - low, 0).prod(1)
        least = scores[place] * (0.5 if piece[order[place]] else 1.0)
        gone[order[place]] = bool(np.any(
            (common >= _PIECE * area[place]) & (area[near] > area[place] / _PIECE)
            & (labels[near] == labels[place]) & (scores[near] >= least)))
    return gone
