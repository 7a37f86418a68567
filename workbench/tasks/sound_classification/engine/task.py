"""The task of telling sounds apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from workbench.core.errors import Problem, WorkbenchError
from workbench.core.progress import ProgressCallback, StageCallback
from workbench.core.schema import Value
from workbench.core.video import Source, path_of
from workbench.engine.class_scores import keep_scores, score_numbers
from workbench.engine.models.designed import fitting_memory
from workbench.engine.sounds.store import LARGE, ClipStore
from workbench.engine.training.parts import cache_bytes, workers
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
from workbench.extension.sounds import SoundFacts, SoundModel
from workbench.extension.training import order_of
from workbench.formats.scores import save_scores
from workbench.jobs.commands import HEARD_FROM
from workbench.project.datasets.sound_advice import data_warnings, no_labels_text, unheard
from workbench.project.datasets.sounds import (
    ClipRecord,
    SoundSample,
    bands_of,
    group_names,
    load_sound_dataset,
    samples_of,
)
from workbench.project.networks.network import SOUNDS
from workbench.tasks.sound_classification.engine import advice, live, predict, stored, teaching
from workbench.tasks.sound_classification.engine.advice import (
    sounds_of,
)
from workbench.tasks.sound_classification.engine.batches import SoundLoader
from workbench.tasks.sound_classification.engine.export import exportable
from workbench.tasks.sound_classification.engine.features import FeatureSettings, fitted
from workbench.tasks.sound_classification.engine.predict import SoundPredictor, score_set
from workbench.tasks.sound_classification.engine.validation import SoundValidator
from workbench.tasks.sound_classification.kind import ID

_LARGEST_BATCH = 32
_SMALL = 2_000_000  # parameters
_HIGHEST = "highest_labelled"  # in the configuration of a run; Hz


class SoundClassification(EngineTask):
    """See :class:`workbench.extension.engine_task.EngineTask`."""

    id = ID
    predicting = "Listening to"
    inventory = staticmethod(advice.inventory)
    sample_summary = staticmethod(advice.sample_summary)
    facts_from_json = staticmethod(stored.facts_from_json)
    ensure_predictions = staticmethod(predict.ensure_scores)
    make_pseudo_labels = staticmethod(teaching.make_pseudo_labels)
    with_pseudo_labels = staticmethod(teaching.with_pseudo_labels)
    listen = staticmethod(live.listen)

    def read(self, options: Options, tick: StageCallback) -> TrainingData:
        settings = options.settings
        data = load_sound_dataset(
            options.project, options.split,
            test_groups=group_names(settings.get("split.test_groups", "")),
            val_groups=group_names(settings.get("split.val_groups", "")), seed=options.seed,
            progress=lambda done, of: tick("Reading labels", done, of),
        )
        if not data.train:
            raise WorkbenchError(no_labels_text(data))
        classes = options.same_classes(data.classes)
        if len(classes) < 2:
            raise WorkbenchError("there is only one class: label sounds of at least two")
        background = bool(settings.get("background", True)) and any(
            record.regions and not record.label for record in data.train)
        train = sounds_of(data.train, background)
        counts = Counter(item.label for item in train)
        bands = bands_of(data.train)
        features = _features(data.train, settings, bands, options.earlier)
        facts = SoundFacts(len(train), features.to_json(),
                           tuple(counts[name] for name in classes), background, bands)
        return TrainingData(
            classes, data.split, train, sounds_of(data.val), sounds_of(data.test), facts,
            learned=sum(facts.class_counts),  # background is no label
            warnings=[*data_warnings(data, classes, counts, lambda part: {
                          item.label for item in sounds_of(data.part(part))}, background),
                      *unheard(bands, features.high)],
            config={"background": background, _HIGHEST: _highest(bands)},
        )

    def auto_batch(self, recipe: Recipe, samples: int, device: torch.device) -> int:
        """A power of two for at least eight steps an epoch."""
        most = _LARGEST_BATCH if device.type == "cpu" else 2 * _LARGEST_BATCH
        return fitting_memory(recipe, batch_for(samples, most), device, SOUNDS)

    def cache_bytes(self, plan: Plan, model: SoundModel) -> int:
        rate = float(plan.facts.features["sample_rate"])
        lengths = {item.path: item.end for item in (*plan.train, *plan.val)}
        return sum(size for end in lengths.values() if (size := int(4 * rate * end)) <= LARGE)

    def facts_to_json(self, facts: SoundFacts) -> dict[str, Any]:
        return {"sounds": facts.to_json()}

    def pipeline(self, plan: Plan, model: SoundModel, cache: Path) -> Pipeline:
        if plan.device.type == "cpu" and plan.recipe.parameters < _SMALL:
            # A step is so short that sharing each product among threads costs more than it gains,
            # most of all on a machine that is busy; the second core prepares the batches.
            torch.set_num_threads(1)
        features = FeatureSettings.from_json(plan.facts.features)
        samples: list[SoundSample] = [*plan.train, *plan.val]
        store = ClipStore([item.path for item in samples], features,
                          cache_bytes(int(plan.settings["cache_mb"])), cache / "sounds",
                          workers(plan))
        loader = SoundLoader(store, plan.train, model, features, plan.classes,
                             plan.facts.background, plan.settings, plan.seed, plan.device,
                             order=order_of(plan, model, [[item.label] for item in plan.train]))
        validator = SoundValidator(model, store, len(plan.train), plan.val, features, plan.classes,
                                   plan.device, plan.facts.background)
        return Pipeline(store, loader, validator)

    def store_results(
        self, run: Run, card: SavedModel, split: str, samples: Sequence[SoundSample],
        results: Sequence[Any], unreadable: Sequence[str],
    ) -> None:
        save_scores(run.predictions_path(split),
                    score_set(card, split, samples, results, unreadable))

    def predict_split(
        self, plan: Plan, model: SoundModel, card: SavedModel, run: Run, split: str,
        tick: ProgressCallback, check: Callable[[], None],
    ) -> dict[str, float]:
        samples: list[SoundSample] = plan.val if split == "val" else plan.test
        score = partial(SoundPredictor(model, card, plan.device).score_samples, tick=tick,
                        check=check)
        return score_numbers(keep_scores(run, card, split, samples, score, score_set), samples)

    def predict_each(
        self, run: Run, files: Iterable[Source], report: Reporter, device: str = "auto",
        limits: Mapping[str, float] | None = None,
    ) -> Iterator[dict[str, Any] | Problem]:
        asked = limits or {}
        return predict.predict_each(run, map(path_of, files), report, device,
                                    gate=bool(asked.get("gate")),
                                    least=asked.get("score_thresh", HEARD_FROM))

    def exportable(
        self, model: Any, card: SavedModel, run: Run, limits: Mapping[str, float]
    ) -> Exportable:
        return exportable(model, card, run)


def _highest(bands: Mapping[str, tuple[float, float]]) -> float:
    """Up to which frequency (Hz) classes are labelled; 0 where regions do not say it."""
    return max((high for _low, high in bands.values()), default=0.0)


def _features(
    records: list[ClipRecord], settings: Mapping[str, Value],
    bands: Mapping[str, tuple[float, float]], earlier: Mapping[str, Any],
) -> FeatureSettings:
    """Settings that suit the training sounds, with what the person fixed; a run that goes on hears
    as far up as it did when it began."""
    lengths = [item.duration for record in records for item in samples_of(record)]
    highest = float(earlier.get(_HIGHEST, 0.0)) if earlier else _highest(bands)
    found = fitted([record.info.sample_rate for record in records], lengths,
                   int(settings.get("n_mfcc", 0)), int(settings["sample_rate"]), highest)
    if earlier and _HIGHEST not in earlier:  # of before the frequencies of labels were looked at
        found = replace(found, high=min(found.high, 8_000.0))
    wanted = {name: settings[name] for name in ("seconds", "n_mels") if settings[name]}
    return replace(found, centred=float(settings["centred"]), **wanted)  # type: ignore[arg-type]


TASK = SoundClassification()
