"""The task of telling sounds apart."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch

from workbench.core.errors import Problem, WorkbenchError
from workbench.core.paths import is_file
from workbench.core.schema import Value
from workbench.core.text import count
from workbench.engine.models.card import read_card
from workbench.engine.models.saved import read_weights
from workbench.engine.training.budget import Budget
from workbench.engine.training.control import Interrupt
from workbench.engine.training.finish import Reserve
from workbench.engine.training.notes import left_out_words
from workbench.engine.training.parts import Parts, cache_bytes, workers
from workbench.engine.training.plan import Choice, Tick, TrainPlan, same_classes
from workbench.engine.training.record import RunRecord
from workbench.extension.engine_task import EngineTask, TrainingData
from workbench.extension.recipe import Recipe
from workbench.extension.sounds import SoundFacts, SoundModel
from workbench.formats.scores import save_scores
from workbench.jobs.messages import LogLine
from workbench.project.doubts import absent_words
from workbench.project.held_out import held_out_words
from workbench.project.sound_dataset import (
    BACKGROUND_WORDS,
    ClipRecord,
    SoundDataset,
    SoundSample,
    load_sound_dataset,
    samples_of,
)
from workbench.project.splits import PARTS, Split
from workbench.tasks.sound_classification.engine.batches import SoundLoader
from workbench.tasks.sound_classification.engine.clips import LARGE, ClipStore
from workbench.tasks.sound_classification.engine.features import FeatureSettings, fitted
from workbench.tasks.sound_classification.engine.predict import (
    SoundPredictor,
    keep_scores,
    score_set,
)
from workbench.tasks.sound_classification.engine.stored import score_numbers
from workbench.tasks.sound_classification.engine.validation import SoundValidator

_LARGEST_BATCH = 32
_SMALL = 2_000_000  # parameters


def _plan(
    choice: Choice, tick: Tick, split: Split | None, classes: tuple[str, ...] | None
) -> TrainPlan:
    settings = choice.settings
    data = load_sound_dataset(
        choice.project, split or choice.request.split,
        test_groups=_names(settings.get("split.test_groups", "")),
        val_groups=_names(settings.get("split.val_groups", "")), seed=choice.request.seed,
        progress=lambda done, of: tick("Reading labels", done, of),
    )
    if not data.train:
        raise WorkbenchError(_nothing_words(data))
    names = same_classes(data.classes, classes)
    if len(names) < 2:
        raise WorkbenchError("there is only one class: label sounds of at least two")
    background = bool(settings.get("background", True)) and any(
        record.regions and not record.label for record in data.train)
    train = _sounds(data.train, background)
    facts = SoundFacts(
        len(train), _features(data.train, settings).to_json(),
        tuple(Counter(item.label for item in train)[name] for name in names), background,
    )
    return TrainPlan(
        choice.project, choice.request, choice.recipe, settings, choice.device, choice.start,
        choice.epochs, choice.minutes, names, data.split, train, _sounds(data.val),
        _sounds(data.test), facts, _warnings(data, train, names, background),
    )


def _names(text: Value) -> tuple[str, ...]:
    return tuple(part.strip() for part in str(text).split(",") if part.strip())


def _sounds(records: list[ClipRecord], background: bool = False) -> list[SoundSample]:
    return [item for record in records for item in samples_of(record, background)]


def _features(records: list[ClipRecord], settings: dict[str, Value] | object) -> FeatureSettings:
    """Settings that suit the training sounds, with what the person fixed."""
    assert isinstance(settings, dict)
    lengths = [item.duration for record in records for item in samples_of(record)]
    found = fitted([record.info.sample_rate for record in records], lengths,
                   int(settings.get("n_mfcc", 0)), int(settings["sample_rate"]))
    wanted = {name: settings[name] for name in ("seconds", "n_mels") if settings[name]}
    return replace(found, centred=float(settings["centred"]), **wanted)  # type: ignore[arg-type]


def _nothing_words(data: SoundDataset) -> str:
    lost = [item for item in data.problems if item.severity == "error"]
    if lost:
        return f"there is no readable label to learn from: {lost[0].reason}"
    return "there is no labelled sound to train on: label some clips first"


def _warnings(
    data: SoundDataset, train: list[SoundSample], names: tuple[str, ...], background: bool
) -> list[str]:
    said = [note[:1].lower() + note[1:].rstrip(".") for note in data.split.notes]
    held = held_out_words(data.split.stretches)
    if held:
        said.append(held[:1].lower() + held[1:])
    if background:
        said.append(BACKGROUND_WORDS[:1].lower() + BACKGROUND_WORDS[1:].rstrip("."))
    if data.split.val_is_train:
        said.append("validation uses the training sounds: its numbers are too good")
    elif not data.val:
        said.append("no validation sounds: nobody can tell which epoch is best")
    if not data.test:
        said.append("no sounds are held back for a final test")
    counts = Counter(item.label for item in train)
    for words, times in (("only one example of", 1), ("no training example of", 0)):
        found = [name for name in names if counts[name] == times]
        if found:
            more = f" and {len(found) - 3} more" if len(found) > 3 else ""
            said.append(f"{words} {', '.join(found[:3])}{more}")
    said.extend(_absent(data, [name for name in names if counts[name]]))
    lost = [item for item in data.problems if item.severity == "error"]
    if lost:
        said.append(left_out_words(lost))
    said.extend(_noted(data.problems))
    return said


def inventory(plan: TrainPlan) -> str:
    """"3 labels in 1 recording and 8 background stretches"; clips with one label are clips."""
    sounds = [item for item in plan.train if item.label] + list(plan.test)
    sounds += [] if plan.split.val_is_train else list(plan.val)
    clips = sum(item.whole for item in sounds)
    parts = [item for item in sounds if not item.whole]
    said = [count(clips, "clip")] if clips or not parts else []
    if parts:
        said.append(f"{count(len(parts), 'label')} in "
                    f"{count(len({item.key for item in parts}), 'recording')}")
    gaps = len(plan.train) - plan.learned
    if gaps:
        said.append(count(gaps, "background stretch", "background stretches"))
    return " and ".join(said) if len(said) < 3 else f"{said[0]}, {said[1]} and {said[2]}"


def _absent(data: SoundDataset, learned: Sequence[str]) -> Iterator[str]:
    """Classes that are learned and then not judged; listed clips that are gone."""
    for part in ("val", "test"):
        there = {item.label for item in _sounds(data.part(part))}
        absent = [name for name in learned if name not in there]
        if there and absent and not data.split.val_is_train:
            yield absent_words(part, absent)
    gone = [key for part in PARTS for key in data.split.members(part)
            if not is_file(data.folder / key)]
    if gone:
        clips = "1 clip that the split lists is" if len(gone) == 1 else (
            f"{len(gone)} clips that the split lists are")
        more = f" and {len(gone) - 3} more" if len(gone) > 3 else ""
        yield f"{clips} gone ({', '.join(name.rpartition('/')[2] for name in gone[:3])}{more})"


def _noted(problems: Sequence[Problem]) -> Iterator[str]:
    """What should be known of sounds that are learned from, one sentence for each kind."""
    kinds: dict[str, list[Problem]] = {}
    for problem in problems:
        if problem.severity == "warning":
            kinds.setdefault(problem.kind, []).append(problem)
    for first, *others in kinds.values():
        more = f"; {count(len(others), 'other sound')} too" if others else ""
        yield first.reason.rstrip(".?") + more


def _auto_batch(recipe: Recipe, sounds: int, device: torch.device) -> int:
    """A power of two for at least eight steps an epoch."""
    most = _LARGEST_BATCH if device.type == "cpu" else 2 * _LARGEST_BATCH
    return int(2 ** math.floor(math.log2(min(most, max(4, sounds // 8)))))


def _data(plan: TrainPlan, model: SoundModel, cache: Path) -> TrainingData:
    assert isinstance(plan.facts, SoundFacts)
    if plan.device.type == "cpu" and plan.recipe.parameters < _SMALL:
        # A step is so short that sharing each product among threads costs more than it gains, most
        # of all on a machine that is busy; the second core prepares the batches.
        torch.set_num_threads(1)
    features = FeatureSettings.from_json(plan.facts.features)
    samples: list[SoundSample] = [*plan.train, *plan.val]
    store = ClipStore([item.path for item in samples], features,
                      cache_bytes(int(plan.settings["cache_mb"])), cache / "sounds", workers(plan))
    loader = SoundLoader(store, plan.train, model, features, plan.classes, plan.facts.background,
                         plan.settings, plan.request.seed, plan.device)
    validator = SoundValidator(model, store, len(plan.train), plan.val, features, plan.classes,
                               plan.device, plan.facts.background)
    return TrainingData(store, loader, validator)


def _cache_bytes(plan: TrainPlan, model: SoundModel) -> int:
    assert isinstance(plan.facts, SoundFacts)
    lengths = {item.path: item.end for item in (*plan.train, *plan.val)}
    sizes = (int(4 * float(plan.facts.features["sample_rate"]) * end) for end in lengths.values())
    return sum(size for size in sizes if size <= LARGE)


class SoundReserve(Reserve):
    """As for images; what validation found is stored as scores."""

    def keep_validation(self) -> bool:
        """Store the best epoch's scores as the run's, if they are of all sounds."""
        plan, look = self._parts.plan, self._record.validation
        if look is None or not plan.val or len(look.indices) < len(plan.val):
            return False
        broken = {index - len(plan.train) for index in self._parts.store.broken}
        kept = [place for place, index in enumerate(look.indices) if index not in broken]
        run = self._record.run
        save_scores(run.predictions_path("val"), score_set(
            read_card(run.best_path), "val", [plan.val[look.indices[place]] for place in kept],
            [look.detections[place] for place in kept],
            [plan.val[index].key for index in broken if 0 <= index < len(plan.val)],
        ))
        return True


def _finish(
    parts: Parts, record: RunRecord, reserve: SoundReserve, budget: Budget, tick: Tick
) -> None:
    """Store the scores of the best model for val and test, and write the final numbers."""
    plan, run = parts.plan, record.run
    wanted = {"val": plan.val, "test": plan.test}
    if reserve.keep_validation():
        del wanted["val"]
    late = reserve.final_seconds() > budget.remaining()
    if late and any(wanted.values()):
        record.tell(LogLine("info", "There was no time left to listen to the test sounds; this is "
                            "done when the results are opened."))
        return
    card = read_card(run.best_path)
    parts.model.module.load_state_dict(read_weights(run.best_path))
    predictor = SoundPredictor(parts.model, card, plan.device)
    for split, samples in wanted.items():
        if not samples:
            continue
        try:
            found = keep_scores(run, predictor, split, samples,
                                partial(tick, f"Listening to {split}"))
        except Interrupt:
            return
        except WorkbenchError as error:  # the model is safe; only an extra could not be written
            record.say(str(error))
            return
        metrics = score_numbers(found, samples)
        run.write_state(metrics={**run.state["metrics"], split: metrics})


Check = Callable[[], None]

TASK = EngineTask(_plan, _auto_batch, _data, SoundReserve, _finish,
            _cache_bytes, inventory)
