"""The task of telling the areas of images apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from workbench.core.errors import Problem, WorkbenchError
from workbench.core.plain import fitted
from workbench.core.progress import ProgressCallback, StageCallback
from workbench.core.video import Source
from workbench.engine.data.images import ImageStore
from workbench.engine.models.weights import is_intact
from workbench.engine.training.parts import cache_bytes, workers
from workbench.engine.watching import watch
from workbench.evaluation.pixels import Counts, evaluate_pixels, pixel_table
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
from workbench.extension.pipeline import Loader, Pipeline
from workbench.extension.recipe import LITE0
from workbench.extension.segmentation import AreaFacts, SegmentationModel
from workbench.extension.training import order_of
from workbench.formats.class_maps import save_class_maps
from workbench.tasks.segmentation.advice import (
    check_enough,
    data_warnings,
    files_to_look_at,
    unlabelled_text,
)
from workbench.tasks.segmentation.engine import predict
from workbench.tasks.segmentation.engine.area_store import AreaStore
from workbench.tasks.segmentation.engine.batches import AreaLoader
from workbench.tasks.segmentation.engine.export import exportable
from workbench.tasks.segmentation.engine.instant import InstantAreas, attached
from workbench.tasks.segmentation.engine.looking import at_once
from workbench.tasks.segmentation.engine.predict import (
    AreaPredictor,
    class_map_set,
    live_predictor,
    predict_set,
)
from workbench.tasks.segmentation.engine.validation import AreaValidator
from workbench.tasks.segmentation.kind import ID
from workbench.tasks.segmentation.recipes import INSTANT
from workbench.tasks.segmentation.samples import (
    AreaSample,
    area_facts,
    check_told_apart,
    load_areas,
    unlabelled_means,
    why_instant,
)

_JUDGED_AT_ONCE = 4  # images that are looked at together in a validation
_SECONDS = 20.0  # in which no other recipe learns anything


class Segmentation(EngineTask):
    """See :class:`workbench.extension.engine_task.EngineTask`."""

    id = ID
    predicting = "Looking at"
    ensure_predictions = staticmethod(predict.ensure_predictions)

    def read(self, options: Options, tick: StageCallback) -> TrainingData:
        data = load_areas(options.project, options.split,
                          lambda done, of: tick("Reading labels", done, of))
        check_enough(data)
        classes = options.same_classes(data.classes)
        train = [AreaSample.of(record) for record in data.train]
        unlabelled = str(options.earlier.get("unlabelled", "")) or unlabelled_means(
            train, str(options.settings.get("unlabelled", "auto")),
            as_painted=options.recipe.fitted)
        check_told_apart(train, unlabelled)
        return TrainingData(
            classes, data.split, train, [AreaSample.of(record) for record in data.val],
            [AreaSample.of(record) for record in data.test],
            area_facts(train, classes, unlabelled),
            warnings=data_warnings(data, classes, unlabelled), files=files_to_look_at(data),
            config={"unlabelled": unlabelled}, summary=unlabelled_text(data, unlabelled))

    def choose_recipe(
        self, project: Path, device: str, minutes: float | None, weights: frozenset[str],
        tick: StageCallback = lambda *_: None,
    ) -> tuple[str, str]:
        if minutes is not None and minutes <= _SECONDS / 60:
            return INSTANT.id, "it takes seconds"
        if why := why_instant(load_areas(project)):
            return INSTANT.id, why
        if is_intact(LITE0):
            return "areas-lite0", "a backbone that knows photos learns from fewer images"
        return "areas-n", "it needs no pretrained weights"

    def cache_bytes(self, plan: Plan, model: SegmentationModel) -> int:
        width, height = model.input_size
        return 3 * width * height * (len(plan.train) + len(plan.val))

    def facts_to_json(self, facts: AreaFacts) -> dict[str, Any]:
        return {**asdict(facts), "image_sizes": [list(size) for size in facts.image_sizes],
                "shares": list(facts.shares)}

    def facts_from_json(self, data: Mapping[str, Any]) -> AreaFacts:
        facts: AreaFacts = fitted(data, AreaFacts, "facts")
        return facts

    def pipeline(self, plan: Plan, model: SegmentationModel, cache: Path) -> Pipeline:
        samples: list[AreaSample] = [*plan.train, *plan.val]
        store = ImageStore(samples, model.input_size,
                           memory=cache_bytes(int(plan.settings["cache_mb"])),
                           folder=cache / "images", workers=workers(plan))
        areas = AreaStore(samples, model.input_size, plan.classes, plan.facts.unlabelled)
        names = [[item.label for item in sample.objects] for sample in plan.train]
        order = order_of(plan, model, names)
        loader: Loader = AreaLoader(store, areas, len(plan.train), model.crop, plan.settings,
                                    plan.seed, plan.device, order=order)
        if isinstance(model, InstantAreas):
            loader = attached(model, store, areas, len(plan.train), plan.seed, plan.batch_size,
                              order, plan.device)
        few = at_once(model.input_size, len(plan.classes), plan.device)
        validator = AreaValidator(model, store, areas, len(plan.train), plan.val, plan.classes,
                                  plan.device, min(plan.batch_size, _JUDGED_AT_ONCE, few))
        return Pipeline(store, loader, validator)

    def areas_of(self, targets: Any, place: int) -> Any:
        return targets[place].cpu().numpy()

    def store_results(
        self, run: Run, card: SavedModel, split: str, samples: Sequence[AreaSample],
        results: Sequence[Any], unreadable: Sequence[str],
    ) -> None:
        save_class_maps(run.predictions_path(split), class_map_set(
            card, split, [item.key for item in samples], [item.size for item in samples],
            results, unreadable))

    def predict_split(
        self, plan: Plan, model: SegmentationModel, card: SavedModel, run: Run, split: str,
        tick: ProgressCallback, check: Callable[[], None],
    ) -> dict[str, float]:
        samples: list[AreaSample] = plan.val if split == "val" else plan.test
        found = predict_set(AreaPredictor(model, card, plan.device), plan.project,
                            [item.key for item in samples], split, tick=tick, check=check)
        save_class_maps(run.predictions_path(split), found)
        by_key = {item.key: item for item in samples}

        def tables() -> Iterator[Counts]:  # one by one: with many classes each takes megabytes
            for row, key in enumerate(found.files):
                check()
                truth = by_key[key].areas(found.shapes[row], plan.classes, plan.facts.unlabelled)
                yield pixel_table(found.map(row), truth, len(plan.classes))

        return evaluate_pixels(tables(), plan.classes).numbers()

    def predict_each(
        self, run: Run, files: Iterable[Source], report: Reporter, device: str = "auto",
        limits: Mapping[str, float] | None = None,
    ) -> Iterator[dict[str, Any] | Problem]:
        return predict.predict_each(run, files, report, device)

    def exportable(
        self, model: Any, card: SavedModel, run: Run, limits: Mapping[str, float]
    ) -> Exportable:
        if isinstance(model, InstantAreas):
            raise WorkbenchError(f"models of “{INSTANT.title}” are filters that no other program "
                                 "has: to take a model elsewhere, train another one of areas")
        return exportable(model, card, run)

    def watch(self, job: Any, emit: Callable[[Any], None], control: Any) -> None:
        watch(job, emit, control, live_predictor)


TASK = Segmentation()
