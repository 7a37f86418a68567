"""The task of finding calls in sounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from workbench.core.errors import Problem, WorkbenchError
from workbench.core.plain import fitted as fitted_to
from workbench.core.progress import ProgressCallback, StageCallback
from workbench.core.text import count
from workbench.core.video import Source, path_of
from workbench.engine.sounds.store import LARGE, ClipStore
from workbench.engine.training.parts import cache_bytes, workers
from workbench.extension.calls import CallFacts, CallModel
from workbench.extension.engine_task import (
    EngineTask,
    Options,
    Plan,
    Reporter,
    Run,
    SavedModel,
    TrainingData,
    batch_for,
)
from workbench.extension.exports import Exportable
from workbench.extension.pipeline import Pipeline
from workbench.extension.recipe import Recipe
from workbench.extension.training import order_of
from workbench.project.datasets.sound_advice import data_warnings, unheard
from workbench.project.datasets.sounds import ClipRecord, bands_of, group_names, load_sound_dataset
from workbench.tasks.sound_detection.calls import (
    CallWindow,
    banded,
    left_out,
    no_calls_text,
    record_of,
    recordings,
    spans_of,
    windows_of,
)
from workbench.tasks.sound_detection.engine import predict
from workbench.tasks.sound_detection.engine.batches import CallLoader
from workbench.tasks.sound_detection.engine.export import exportable
from workbench.tasks.sound_detection.engine.predict import CallPredictor
from workbench.tasks.sound_detection.engine.spectrum import (
    SpectrumSettings,
    fitted,
    other_length,
)
from workbench.tasks.sound_detection.engine.stored import save_calls
from workbench.tasks.sound_detection.engine.validation import CallValidator, evaluated
from workbench.tasks.sound_detection.kind import ID

_LARGEST_BATCH = 16
_SPECTRUM = "spectrum"  # in the configuration of a run


class SoundDetection(EngineTask):
    """See :class:`workbench.extension.engine_task.EngineTask`."""

    id = ID
    predicting = "Listening to"
    ensure_predictions = staticmethod(predict.ensure_calls)

    def read(self, options: Options, tick: StageCallback) -> TrainingData:
        settings = options.settings
        data = load_sound_dataset(
            options.project, options.split,
            test_groups=group_names(settings.get("split.test_groups", "")),
            val_groups=group_names(settings.get("split.val_groups", "")), seed=options.seed,
            progress=lambda done, of: tick("Reading labels", done, of),
        )
        train = recordings(data.train)
        calls = banded(train)
        if not calls:
            raise WorkbenchError(no_calls_text(train))
        found = {item.label for records in data.parts().values()
                 for item in banded(recordings(records))}
        classes = options.same_classes([name for name in data.classes if name in found])
        kept = options.earlier.get(_SPECTRUM) if options.earlier else None
        spectrum = SpectrumSettings.from_json(kept) if kept else fitted(
            calls, [record.info.sample_rate for record in train],
            seconds=float(settings["seconds"]), sample_rate=int(settings["sample_rate"]))
        counts = Counter(item.label for item in calls)
        facts = CallFacts(spectrum.to_json(), tuple(counts[name] for name in classes))
        return TrainingData(
            classes, data.split, list(windows_of(train, spectrum.seconds)), recordings(data.val),
            recordings(data.test), facts, learned=len(train), unit="window",
            warnings=[*data_warnings(data, classes, counts, lambda part: {
                item.label for item in banded(recordings(data.part(part)))}),
                *left_out(data), *unheard(bands_of(train), spectrum.high),
                *filter(None, (other_length(float(settings["seconds"]), spectrum),))],
            config={_SPECTRUM: spectrum.to_json()},
        )

    def inventory(self, plan: Plan) -> str:
        return f"{self.sample_summary(plan)}, {count(len(plan.classes), 'class')}"

    def sample_summary(self, plan: Plan) -> str:
        held = [*plan.test, *(() if plan.split.val_is_train else plan.val)]
        calls = sum(plan.facts.class_counts) + len(banded(held))
        files = {item.key for item in (*plan.train, *held)}
        return f"{count(calls, 'call')} in {count(len(files), 'recording')}"

    def trial(self, plan: Plan) -> tuple[CallFacts, float]:
        """One window is tried; a recording is as many, overlapping by half."""
        seconds = SpectrumSettings.from_json(plan.facts.spectrum).seconds
        looks = [sum(2 * (end - start) / seconds for start, end in spans_of(record))
                 for record in plan.val]
        return plan.facts, max(1.0, sum(looks) / max(1, len(looks)))

    def auto_batch(self, recipe: Recipe, samples: int, device: torch.device) -> int:
        return batch_for(samples, _LARGEST_BATCH if device.type == "cpu" else 4 * _LARGEST_BATCH)

    def cache_bytes(self, plan: Plan, model: CallModel) -> int:
        rate = plan.facts.spectrum["sample_rate"]
        records = [record_of(item, 0.0) for item in (*plan.train, *plan.val)]
        lengths = {record.path: record.info.duration for record in records}
        return sum(size for end in lengths.values() if (size := int(4 * rate * end)) <= LARGE)

    def facts_from_json(self, data: Mapping[str, Any]) -> CallFacts:
        facts: CallFacts = fitted_to(data, CallFacts, "facts")
        return facts

    def pipeline(self, plan: Plan, model: CallModel, cache: Path) -> Pipeline:
        if plan.device.type == "cpu":
            # A step is short: sharing each product among threads costs more than it gains, most of
            # all on a machine that is busy; the second core prepares the batches.
            torch.set_num_threads(1)
        spectrum = SpectrumSettings.from_json(plan.facts.spectrum)
        windows: list[CallWindow] = plan.train
        judged = [record_of(item, spectrum.seconds) for item in plan.val]
        store = ClipStore([item.path for item in (*windows, *plan.val)], spectrum,
                          cache_bytes(int(plan.settings["cache_mb"])), cache / "sounds",
                          workers(plan))
        labels = [sorted({region.label for region in item.record.regions}) for item in windows]
        loader = CallLoader(store, windows, model, spectrum, plan.classes, plan.settings,
                            plan.seed, plan.device, order=order_of(plan, model, labels))
        validator = CallValidator(model, store, len(windows), judged, spectrum, plan.classes,
                                  plan.device)
        return Pipeline(store, loader, validator)

    def store_results(
        self, run: Run, card: SavedModel, split: str, samples: Sequence[ClipRecord],
        results: Sequence[Any], unreadable: Sequence[str],
    ) -> None:
        save_calls(run.predictions_path(split), card, split, samples, results, unreadable)

    def predict_split(
        self, plan: Plan, model: CallModel, card: SavedModel, run: Run, split: str,
        tick: ProgressCallback, check: Callable[[], None],
    ) -> dict[str, float]:
        records: list[ClipRecord] = plan.val if split == "val" else plan.test
        kept, found = CallPredictor(model, card, plan.device).of_records(records, tick, check)
        there = {item.key for item in kept}
        save_calls(run.predictions_path(split), card, split, kept, found,
                   [item.key for item in records if item.key not in there])
        return evaluated(kept, found, plan.classes).numbers() if kept else {}

    def predict_each(
        self, run: Run, files: Iterable[Source], report: Reporter, device: str = "auto",
        limits: Mapping[str, float] | None = None,
    ) -> Iterator[dict[str, Any] | Problem]:
        return predict.predict_each(run, map(path_of, files), report, device, **(limits or {}))

    def exportable(
        self, model: Any, card: SavedModel, run: Run, limits: Mapping[str, float]
    ) -> Exportable:
        return exportable(model, card, run, limits)


TASK = SoundDetection()
