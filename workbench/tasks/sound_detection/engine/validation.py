"""How good the model is on validation recordings, and what it finds there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from workbench.core.detections import Detections
from workbench.engine.sounds.store import ClipStore
from workbench.engine.validation import SampleValidator
from workbench.evaluation.evaluate import Evaluation, evaluate
from workbench.evaluation.nms import filter_detections
from workbench.extension.calls import CallModel
from workbench.project.datasets.sounds import ClipRecord
from workbench.tasks.sound_detection.calls import busiest, judged_of, spans_of, truth_of
from workbench.tasks.sound_detection.engine.find import find_calls
from workbench.tasks.sound_detection.engine.spectrum import SpectrumSettings

_PREVIEW_SCORE, _PREVIEW_CALLS, _PREVIEW_SECONDS = 0.05, 60, 8.0


class CallValidator(SampleValidator[ClipRecord, Detections]):
    """Finds calls in validation recordings, which begin at ``offset`` in ``store``, and measures.
    """

    def __init__(
        self, model: CallModel, store: ClipStore, offset: int, records: Sequence[ClipRecord],
        spectrum: SpectrumSettings, classes: Sequence[str], device: torch.device,
    ) -> None:
        super().__init__(model, store, offset, records, classes)
        self._spectrum = spectrum
        self._device = device

    def measure(self, indices: Sequence[int], found: Sequence[Detections],
                check: Callable[[], None]) -> dict[str, float]:
        return evaluated([self._samples[index] for index in indices], found,
                         self._classes).numbers()

    def predict(self, indices: Sequence[int], check: Callable[[], None]) -> list[Detections]:
        self._model.module.eval()
        found = []
        for index in indices:
            [samples] = self._store.get([index + self._offset])
            found.append(find_calls(self._model, samples, self._spectrum,
                                    spans_of(self._samples[index]), self._device, check))
        check()
        return found

    def show(self, index: int, result: Detections) -> dict[str, object]:
        """What a preview shows of recording ``index``: the clearest calls of a stretch of it."""
        record = self._samples[index]
        start, end = busiest(record, _PREVIEW_SECONDS)
        shown = filter_detections(result, _PREVIEW_SCORE, 0.5)
        inside = (shown.boxes[:, 2] > start) & (shown.boxes[:, 0] < end)
        shown = shown.select(np.flatnonzero(inside)[:_PREVIEW_CALLS])
        return {
            "file": record.key, "start": round(start, 3), "end": round(end, 3),
            "boxes": [[round(float(side), 4) for side in box] for box in shown.boxes],
            "labels": [self._classes[label] for label in shown.labels],
            "scores": [round(float(score), 4) for score in shown.scores],
        }


def evaluated(records: Sequence[ClipRecord], found: Sequence[Detections], classes: Sequence[str]
              ) -> Evaluation:
    """The figures of what was found in recordings."""
    return evaluate([truth_of(record, classes) for record in records],
                    [judged_of(*pair) for pair in zip(records, found, strict=True)], classes)
