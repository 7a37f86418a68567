"""The task of finding things in images."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from workbench.core.schema import Value
from workbench.core.text import count
from workbench.engine.data.images import ImageStore
from workbench.engine.training.finish import Reserve, finish
from workbench.engine.training.parts import cache_bytes, workers
from workbench.engine.training.plan import TrainPlan, auto_batch, plan_images
from workbench.extension.detection import DataFacts, DetectionModel
from workbench.extension.engine_task import EngineTask, TrainingData
from workbench.tasks.detection.engine.augment import OFTEN, SEEN_OFTEN, unchanged
from workbench.tasks.detection.engine.batches import BatchLoader
from workbench.tasks.detection.engine.tiles import tile_samples, tiling_of
from workbench.tasks.detection.engine.validation import Validator

_LOSS_TILES = 32  # tiles of validation images that the validation loss is measured on


def _data(plan: TrainPlan, model: DetectionModel, cache: Path) -> TrainingData:
    tiling = tiling_of(plan.facts) if isinstance(plan.facts, DataFacts) else None
    # in a plan with tiles, those to learn from are samples of their own; validation images are not
    tiles = [] if tiling is None else tile_samples(plan.val, tiling, _LOSS_TILES)
    first = len(plan.train)
    store = ImageStore(
        [*plan.train, *plan.val, *tiles],
        model.input_size,
        memory=cache_bytes(int(plan.settings["cache_mb"])),
        folder=cache / "images",
        workers=workers(plan),
        passing=() if tiling is None else range(first, first + len(plan.val)),
    )
    loader = BatchLoader(
        store,
        [item.boxes for item in plan.train],
        [item.labels(plan.classes) for item in plan.train],
        _varied(plan, model),
        plan.request.seed,
        plan.device,
    )
    validator = Validator(
        model, store, first, plan.val, plan.classes, plan.device, plan.batch_size, tiling, tiles
    )
    return TrainingData(store, loader, validator)


def _varied(plan: TrainPlan, model: DetectionModel) -> Mapping[str, Value]:
    """The settings, and how images are varied where the run will show them very often."""
    width, height = model.input_size
    passes = float(plan.epochs or 0)
    if plan.epochs is None and isinstance(plan.facts, DataFacts):
        passes = plan.facts.pixels_an_image / (width * height)
    more = plan.recipe.uses_time and passes > OFTEN
    if not more:
        return plan.settings
    raised = {name: value for name, value in SEEN_OFTEN.items() if unchanged(plan.settings, name)}
    return {**plan.settings, **raised}


def _cache_bytes(plan: TrainPlan, model: DetectionModel) -> int:
    width, height = model.input_size
    tiled = isinstance(plan.facts, DataFacts) and plan.facts.tile
    return 3 * width * height * (len(plan.train) + (0 if tiled else len(plan.val)))


def _inventory(plan: TrainPlan) -> str:
    watched = 0 if plan.split.val_is_train else len(plan.val)
    return count(plan.learned + len(plan.test) + watched, "image")


TASK = EngineTask(plan_images, auto_batch, _data, Reserve, finish, _cache_bytes,
            _inventory)
