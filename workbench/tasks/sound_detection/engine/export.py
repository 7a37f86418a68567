"""A detector of calls for other programs, and whether it finds the same there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from workbench.core.arrays import Float64Array, FloatArray, IntArray
from workbench.core.errors import WorkbenchError
from workbench.engine.data.batches import spread
from workbench.engine.export.export import MOST_PIXELS, MOST_SCORE
from workbench.engine.sounds.recording import Recording
from workbench.extension.calls import CallModel, TraceableCallModel
from workbench.extension.engine_task import Run, SavedModel
from workbench.extension.exports import Difference, Exportable, Graph, OpenedFile
from workbench.project.datasets.sounds import ClipRecord, load_sound_dataset
from workbench.project.datasets.splits import PARTS
from workbench.tasks.sound_detection.calls import busiest, recordings
from workbench.tasks.sound_detection.engine.find import PIECES, SEAM_NMS
from workbench.tasks.sound_detection.engine.model import LOWEST_SCORE
from workbench.tasks.sound_detection.engine.spectrum import SpectrumSettings, window_at

_COMPARED = 8  # recordings at most
_CLEAR = 0.05
"""Calls below this score need not have an equal."""
_MANY = 100  # with so many in a window the weakest may have been cut off
_TIE = 1e-3  # scores that rounding may bring into another order


def exportable(model: CallModel, card: SavedModel, run: Run, limits: Mapping[str, float]
               ) -> Exportable:
    """A loaded model as it is written for other programs; ``limits`` hold the "score_thresh" and
    "nms_thresh" that a person saw the results with.

    Raises
    ------
    WorkbenchError
        If this kind of model cannot be exported.
    """
    if not isinstance(model, TraceableCallModel):
        raise WorkbenchError(
            f"models of the recipe “{card.recipe}” cannot be exported: they have no traceable()")
    settings = SpectrumSettings.from_json(card.facts["spectrum"])
    records = _records(run)
    axes = {name: {0: "batch"} for name in ("waveform", "boxes", "scores")}
    module = model.traceable().eval()
    graph = Graph(module, torch.zeros(2, settings.samples), "waveform", ("boxes", "scores"), axes)
    return Exportable(
        graph, {**_metadata(settings), **limits}, partial(_compare, model, settings, records),
        len(records) + 1, noun="recording", first="noise", boxes=True,
        edges="steps of the spectrum")


def _records(run: Run) -> list[ClipRecord]:
    """Recordings to compare on, from the last part of the split that has some; none if it is gone.
    """
    try:
        data = load_sound_dataset(run.project, run.split, run=run.path)
    except WorkbenchError:
        return []
    parts = (recordings(data.part(part)) for part in reversed(PARTS))
    return spread(next((part for part in parts if part), []), _COMPARED)


def _metadata(settings: SpectrumSettings) -> dict[str, Any]:
    return {
        "input": {
            "name": "waveform", "layout": "(B, samples)", "dtype": "float32", "range": [-1, 1],
            "channels": "mono, the mean of all", "sample_rate": settings.sample_rate,
            "samples": settings.samples, "any_batch": True,
        },
        "resize": {
            "mode": "windows", "overlap": 0.5,
            "short_sounds": "in the middle of silence",
            "merge": "each window answers for calls whose middle lies in its middle half; pieces "
                     "of longer calls are joined",
            "piece_edge": PIECES * settings.frame, "seam_nms": SEAM_NMS,
        },
        "normalisation": "inside the graph, as is the spectrum",
        "spectrum": {**settings.to_json(), "high": settings.high},
        "outputs": {
            "boxes": "(B, N, 4) start, low, end, high: seconds from the beginning of the window, "
                     "and hertz; may reach beyond it",
            "scores": "(B, N, C) 0..1 for each class; before NMS",
        },
        "nms": "outside the graph, for each class on its own; a call goes when its IoU with a "
               "better one is above nms_thresh",
    }


def _compare(
    model: CallModel, settings: SpectrumSettings, records: Sequence[ClipRecord], run: OpenedFile,
    check: Callable[[], None],
) -> Iterator[tuple[str, Difference]]:
    """Compare a detector with its exported self where most calls of recordings are, and on noise
    first; recordings that cannot be read are passed over."""
    noise = torch.rand(1, settings.samples, generator=torch.Generator().manual_seed(0)) - 0.5
    yield "noise", _on_sound(model, settings, run, noise)
    for record in records:
        check()
        try:
            samples = Recording(record.path, settings)
            start, end = busiest(record, settings.seconds)
            wave = window_at(samples, start, (start, max(end, start + settings.seconds)), settings)
        except WorkbenchError:
            continue
        yield record.path.name, _on_sound(model, settings, run, wave[None])


def _on_sound(model: CallModel, settings: SpectrumSettings, run: OpenedFile, waves: Tensor
              ) -> Difference:
    """Whether each call that one of both finds is found by the other."""
    [(cells, scores, labels)] = model.find(waves)
    own = _Found(settings.in_sound(cells.numpy().astype(np.float64), 0.0), scores.numpy(),
                 labels.numpy())
    boxes, dense = (part[0] for part in run(waves.numpy()))
    place, kind = np.nonzero(dense >= LOWEST_SCORE)
    other = _Found(boxes[place].astype(np.float64), dense[place, kind], kind)
    step = np.array([settings.frame, settings.row, settings.frame, settings.row])
    # of a picture with very many the weakest are left out here
    least = max(_CLEAR, float(own.scores.min()) + _TIE) if len(own.scores) >= _MANY else _CLEAR
    return own.worst_in(other, step, least).worst(other.worst_in(own, step, least))


class _Found(NamedTuple):
    """Boxes in seconds and hertz, with scores and classes."""

    boxes: Float64Array
    scores: FloatArray
    labels: IntArray

    def worst_in(self, other: _Found, step: Float64Array, least: float) -> Difference:
        """How far those of the score ``least`` are at most from the one that is most alike in
        ``other``."""
        worst = Difference()
        for place in np.flatnonzero(self.scores >= least).tolist():
            same = other.labels == self.labels[place]
            edges = (np.abs(other.boxes[same] - self.boxes[place]) / step).max(1)
            apart = np.abs(other.scores[same] - self.scores[place])
            if not len(edges):
                return Difference(float("inf"))
            best = int(np.maximum(edges / MOST_PIXELS, apart / MOST_SCORE).argmin())
            worst = worst.worst(Difference(float(edges[best]), float(apart[best])))
        return worst
