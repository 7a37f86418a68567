"""Asking a trained detector of calls about sounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import torch

from workbench.core.detections import Detections
from workbench.core.errors import Problem, UsageError, WorkbenchError
from workbench.core.progress import Check, ProgressCallback
from workbench.engine.models.card import read_card
from workbench.engine.models.saved import load_run
from workbench.engine.sounds.recording import Recording
from workbench.evaluation.nms import filter_detections
from workbench.extension.calls import CallModel
from workbench.extension.engine_task import Reporter, Run, SavedModel
from workbench.project.datasets.sounds import ClipRecord, load_sound_dataset
from workbench.project.runs import require_storable
from workbench.project.suggestion import LEAST
from workbench.tasks.sound_detection.calls import recordings, spans_of
from workbench.tasks.sound_detection.engine.find import find_calls
from workbench.tasks.sound_detection.engine.spectrum import SpectrumSettings
from workbench.tasks.sound_detection.engine.stored import save_calls, stored_of

_MOST = 1_000_000  # calls of a file that are told


def _nothing() -> None:
    pass


class CallPredictor:
    """A trained detector and the one way of giving it sounds."""

    def __init__(self, model: CallModel, card: SavedModel, device: torch.device) -> None:
        self.card = card
        """What the model is."""
        self.spectrum = SpectrumSettings.from_json(card.facts["spectrum"])
        self.problems: list[Problem] = []
        """Files that could not be read so far."""
        self._model = model
        self._device = device
        model.module.eval()

    @classmethod
    def load(cls, run: Run, device: str = "auto") -> Self:
        """Load the best model of ``run``.

        Raises
        ------
        WorkbenchError
            If the run has no model or it cannot be read.
        """
        model, card, chosen = load_run(run, device)
        return cls(model, card, chosen)

    def of_records(
        self, records: Sequence[ClipRecord], tick: ProgressCallback, check: Check = _nothing
    ) -> tuple[list[ClipRecord], list[Detections]]:
        """Calls in labelled recordings, as far as they count; those that cannot be read are left
        out and noted."""
        kept, found = [], []
        for done, record in enumerate(records, 1):
            try:
                sound = Recording(record.path, self.spectrum)
                found.append(find_calls(self._model, sound, self.spectrum, spans_of(record),
                                        self._device, check))
                kept.append(record)
            except WorkbenchError as error:
                self.problems.append(Problem(str(record.path), "unreadable-sound",
                                             error.sentence()))
            tick(done, len(records))
        return kept, found

    def in_files(self, paths: Iterable[Path], check: Check = _nothing,
                 part: Callable[[float], None] = lambda _share: None,
                 ) -> Iterator[tuple[Recording, Detections] | Problem]:
        """Calls in any files, in their order; or what is wrong with one. ``part`` is told how much
        of a file is through, 0..1."""
        for path in paths:
            check()
            try:
                sound = Recording(path, self.spectrum)
                seconds = len(sound) / self.spectrum.sample_rate
                yield sound, find_calls(self._model, sound, self.spectrum, [(0.0, seconds)],
                                        self._device, check, part)
            except WorkbenchError as error:
                yield Problem(str(path), "unreadable-sound", error.sentence())


def ensure_calls(
    project: Path, run: Run, split: str, report: Reporter, device: str = "auto"
) -> Path:
    """Have what ``run`` finds on ``split`` on the disk; return where. Stored answers are used as
    far as they are of the same model.

    Raises
    ------
    UsageError
        If the split has no recordings with regions.
    WorkbenchError
        If the run has no model, or the disk refuses.
    """
    if not run.best_path.is_file():
        raise WorkbenchError(f"the run {run.name} has no model yet")
    data = load_sound_dataset(project, run.split, run=run.path)
    records, card = recordings(data.part(split)), read_card(run.best_path)
    if not records:
        raise UsageError(f"the split “{split}” has no recordings with regions")
    path = run.predictions_path(split)
    stored = stored_of(path, card)
    if stored.complete([item.key for item in records]):
        return path
    require_storable(path)
    made, predictor = dict(stored.answers), CallPredictor.load(run, device)
    kept, found = predictor.of_records(
        [item for item in records if item.key not in made],
        lambda done, total: report(f"Listening to {split}", done, total), report.check)
    for problem in predictor.problems:
        report.warn(problem.reason)
    made.update((item.key, one) for item, one in zip(kept, found, strict=True))
    there = [item for item in records if item.key in made]
    save_calls(path, card, split, there, [made[item.key] for item in there],
               [item.key for item in records if item.key not in made])
    return path


def predict_each(
    run: Run, files: Iterable[Path], report: Reporter, device: str = "auto", *,
    score_thresh: float = LEAST, nms_thresh: float = 0.5, **_others: float,
) -> Iterator[dict[str, Any] | Problem]:
    """Find calls in any files: see :func:`to_json`; or the problem with one."""
    predictor = CallPredictor.load(run, device)
    for item in predictor.in_files(files, report.check, report.part):
        if isinstance(item, Problem):
            yield item
            continue
        sound, found = item
        yield to_json(sound, filter_detections(found, score_thresh, nms_thresh, _MOST),
                      predictor.card.classes, len(sound) / predictor.spectrum.sample_rate)


def to_json(sound: Recording, shown: Detections, classes: Sequence[str], seconds: float,
            ) -> dict[str, Any]:
    """One file as plain data, as classifiers of sounds have it of long recordings: "file",
    "seconds", "nyquist" (Hz), "regions" with "label", "start", "end" (seconds), "low", "high" (Hz)
    and "score", by their beginning; "scores" is that of the surest call of each class, and "label"
    the class of the surest of all, "" where there is none."""
    best: dict[str, float] = dict.fromkeys(classes, 0.0)
    regions: list[dict[str, Any]] = []
    for box, score, label in zip(shown.boxes.tolist(), shown.scores.tolist(),
                                 shown.labels.tolist(), strict=True):
        name = classes[label]
        best[name] = max(best[name], round(score, 5))
        start, low, end, high = box
        regions.append({"label": name, "start": round(start, 4), "end": round(end, 4),
                        "score": round(score, 5), "low": round(low, 1), "high": round(high, 1)})
    regions.sort(key=lambda region: (region["start"], region["low"]))
    label = max(best, key=lambda name: best[name]) if regions else ""
    return {"file": str(sound.path), "label": label, "scores": best, "seconds": round(seconds, 2),
            "nyquist": sound.rate / 2, "regions": regions}
