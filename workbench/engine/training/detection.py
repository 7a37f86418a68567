"""The task of finding things in images."""

from __future__ import annotations

from pathlib import Path

from workbench.engine.data.batches import BatchLoader
from workbench.engine.data.images import ImageStore
from workbench.engine.training.finish import Reserve, finish
from workbench.engine.training.parts import cache_bytes, workers
from workbench.engine.training.plan import TrainPlan, auto_batch, plan_images
from workbench.engine.training.tasks import Data, Task
from workbench.engine.training.validation import Validator
from workbench.extension.detection import DetectionModel


def _data(plan: TrainPlan, model: DetectionModel, cache: Path) -> Data:
    samples = [*plan.train, *plan.val]
    store = ImageStore(
        [item.path for item in samples],
        [item.size for item in samples],
        model.input_size,
        memory=cache_bytes(int(plan.settings["cache_mb"])),
        folder=cache / "images",
        workers=workers(plan),
    )
    loader = BatchLoader(
        store,
        [item.boxes for item in plan.train],
        [item.labels(plan.classes) for item in plan.train],
        plan.settings,
        plan.request.seed,
        plan.device,
    )
    validator = Validator(
        model, store, len(plan.train), plan.val, plan.classes, plan.device, plan.batch_size
    )
    return Data(store, loader, validator)


def _cache_bytes(plan: TrainPlan, model: DetectionModel) -> int:
    width, height = model.input_size
    return 3 * width * height * (len(plan.train) + len(plan.val))


TASK = Task("detection", "image", plan_images, auto_batch, _data, Reserve, finish, _cache_bytes)
