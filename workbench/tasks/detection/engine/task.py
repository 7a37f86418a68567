"""The task of finding objects in images."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import torch

from workbench.core.dots import DotSides
from workbench.core.errors import Problem
from workbench.core.plain import fitted
from workbench.core.progress import ProgressCallback, StageCallback
from workbench.core.rectangles import corners_of
from workbench.core.schema import Value
from workbench.core.video import Source
from workbench.engine.data.images import ImageStore
from workbench.engine.models.build import all_settings, build_model
from workbench.engine.training.parts import cache_bytes, workers
from workbench.engine.training.start import apply_start, find_start
from workbench.engine.watching import watch
from workbench.evaluation.evaluate import evaluate
from workbench.extension.detection import (
    BuildContext,
    DataFacts,
    DetectionModel,
    finds_rotated,
    learns_outlines,
)
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
from workbench.extension.model import has_fixed_shapes
from workbench.extension.pipeline import Pipeline
from workbench.extension.registry import recipes
from workbench.extension.training import order_of
from workbench.formats.predictions import PredictionSet, save_predictions
from workbench.project.datasets.image_advice import first_files
from workbench.project.datasets.images import load_dataset, read_record
from workbench.project.datasets.label_issues import find_label_issues
from workbench.project.datasets.labelled import LabelledFolder
from workbench.tasks.detection.details import (
    AUTOMATIC,
    as_it_began,
    learned_config,
    learned_kinds,
    rotated_wanted,
)
from workbench.tasks.detection.dots import dots_of, mixed_words
from workbench.tasks.detection.dots import words as dot_words
from workbench.tasks.detection.engine import predict, teaching
from workbench.tasks.detection.engine.advice import (
    check_enough,
    data_warnings,
    size_warnings,
)
from workbench.tasks.detection.engine.augment import OFTEN, SEEN_OFTEN, unchanged
from workbench.tasks.detection.engine.batches import BatchLoader
from workbench.tasks.detection.engine.details import Wanted, rectangles_of
from workbench.tasks.detection.engine.export import exportable
from workbench.tasks.detection.engine.predict import (
    Predictor,
    live_predictor,
    predict_set,
)
from workbench.tasks.detection.engine.samples import Sample, data_facts
from workbench.tasks.detection.engine.stored import prediction_meta
from workbench.tasks.detection.engine.throughput import pixels_an_image
from workbench.tasks.detection.engine.tiles import (
    MOST_TILES,
    Tiling,
    choose_tiling,
    tile_samples,
    tiling_of,
    words,
)
from workbench.tasks.detection.engine.validation import DetectionValidator
from workbench.tasks.detection.kind import ID
from workbench.tasks.detection.recipe_choice import Situation, choose_recipe, shows_large_things

_LOSS_TILES = 32  # tiles of validation images that the validation loss is measured on

_DOTS = "dots"
"""In the configuration of a run: what it makes of dots."""
_LOOKED_AT = 100  # labelled images whose objects decide which recipe is taken


class Detection(EngineTask):
    """See :class:`workbench.extension.engine_task.EngineTask`."""

    id = ID
    predicting = "Detecting on"
    ensure_predictions = staticmethod(predict.ensure_predictions)
    make_pseudo_labels = staticmethod(teaching.make_pseudo_labels)
    with_pseudo_labels = staticmethod(teaching.with_pseudo_labels)

    def read(self, options: Options, tick: StageCallback) -> TrainingData:
        data = load_dataset(options.project, options.split,
                            lambda done, of: tick("Reading labels", done, of))
        check_enough(data)
        classes = options.same_classes(data.classes)
        dots = DotSides.of_plain(options.earlier.get(_DOTS)) if options.earlier \
            else dots_of(data.train, options.settings)
        images = [Sample.of(record, dots) for record in data.train]
        train, facts = images, data_facts(images, classes, data.skeletons, dots)
        settings = options.settings if options.earlier else self.settled(options.settings, "none")
        warnings: list[str] = []
        tiling = _tiling(options, facts)
        if tiling is not None:
            train = tile_samples(images, tiling, MOST_TILES)
            if sum(bool(item.names) for item in train) == MOST_TILES:
                warnings.append(f"of the very many tiles with objects {MOST_TILES:,} are learned "
                                "from")
            facts = replace(data_facts(train, classes, data.skeletons, dots), tile=tiling.size,
                            overlap=tiling.overlap)
        elif options.settings["tiles"] == "on":
            warnings.append("no image is large enough to be cut into tiles")
        facts = as_it_began(facts, options.earlier)
        warnings = [*data_warnings(data, learned_kinds(settings, facts),
                                   rotated=rotated_wanted(settings, facts)),
                    *mixed_words(data.train, dots), *warnings]
        facts = replace(facts, pixels_an_image=_pixels_an_image(
            options, settings, classes, facts, tick))
        return TrainingData(
            classes, data.split, train, [Sample.of(record, dots) for record in data.val],
            [Sample.of(record, dots) for record in data.test], facts,
            learned=len({item.key for item in train}), unit="tile" if tiling else "",
            warnings=warnings, files=first_files(find_label_issues(data)),
            config={"pixels_an_image": facts.pixels_an_image, _DOTS: dots.to_plain(),
                    **learned_config(settings, facts)},
            summary="; ".join(filter(None, (words(tiling) if tiling else "", dot_words(dots)))),
        )

    def settled(self, settings: Mapping[str, Value], start: str) -> Mapping[str, Value]:
        """A new training refines boxes twice, scores them anew and learns outlines and key points;
        one begun before there was that goes on without."""
        chosen = {"refine_boxes": "twice", **AUTOMATIC}
        return {**settings, **{name: value for name, value in chosen.items()
                               if settings.get(name) == "auto"}}

    def choose_recipe(
        self, project: Path, device: str, minutes: float | None, weights: frozenset[str],
        tick: StageCallback = lambda *_: None,
    ) -> tuple[str, str]:
        found = LabelledFolder(project)
        images = len(found.labelled)
        facts, classes = _some_facts(found)

        @cache
        def passes(recipe: str) -> float:
            model = _as_trained(project, recipe, BuildContext(classes, {}, facts, device))
            pixels = pixels_an_image(model, torch.device(device), minutes or 0.0, images,
                                     lambda: tick("Measuring a step", 0, 0))
            return pixels / math.prod(model.input_size)

        large = shows_large_things(facts.relative_sizes, facts.images)
        return choose_recipe(recipes, Situation(
            device, images, minutes, weights, large, passes, bool(learned_kinds(AUTOMATIC, facts))))

    def cache_bytes(self, plan: Plan, model: DetectionModel) -> int:
        width, height = model.input_size
        return 3 * width * height * (len(plan.train) + (0 if plan.facts.tile else len(plan.val)))

    def model_warnings(self, plan: Plan, model: DetectionModel) -> list[str]:
        return size_warnings(plan.train, model.input_size)

    def trial(self, plan: Plan) -> tuple[DataFacts, float]:
        """Of large images only one tile is tried."""
        facts: DataFacts = plan.facts
        tiling = tiling_of(facts)
        if tiling is None:
            return facts, 1.0
        tiles = [len(tiling.windows(item.size)) for item in plan.val] or [1]
        return replace(facts, tile=0), sum(tiles) / len(tiles)

    def facts_to_json(self, facts: DataFacts) -> dict[str, Any]:
        """Sizes are rounded to a hundredth of a pixel."""
        return {
            **super().facts_to_json(facts),
            "image_sizes": [list(size) for size in facts.image_sizes],
            "class_counts": list(facts.class_counts),
            "box_sizes": [[round(w, 2), round(h, 2)] for w, h in facts.box_sizes],
            "relative_sizes": [round(size, 6) for size in facts.relative_sizes],
        }

    def facts_from_json(self, data: Mapping[str, Any]) -> DataFacts:
        facts: DataFacts = fitted(data, DataFacts, "facts")
        return facts

    def pipeline(self, plan: Plan, model: DetectionModel, cache: Path) -> Pipeline:
        tiling = tiling_of(plan.facts)
        # tiles to learn from are samples of their own; validation images are not
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
        wanted = Wanted.by(model)
        loader = BatchLoader(
            store,
            plan.train,
            [item.labels(plan.classes) for item in plan.train],
            _varied(plan, model),
            plan.seed,
            plan.device,
            order=order_of(plan, model, [item.names for item in plan.train]),
            packed=has_fixed_shapes(model),
            wanted=wanted,
        )
        validator = DetectionValidator(model, store, first, plan.val, plan.classes, plan.device,
                                       plan.batch_size, tiling, tiles, wanted,
                                       plan.facts.sides_of_dots)
        return Pipeline(store, loader, validator)

    def boxes_of(self, targets: Any, place: int) -> list[list[float]]:
        found = (targets[place].boxes if isinstance(targets, list)
                 else targets[targets[:, 0] == place, 2:6])  # laid end to end, see packed.pack
        boxes: list[list[float]] = found.tolist()
        return boxes

    def corners_of(self, model: DetectionModel, targets: Any, place: int) -> list[list[float]]:
        if not finds_rotated(model):
            return []
        if isinstance(targets, list):
            boxes, rows = targets[place].boxes, targets[place].details
        else:
            mine = targets[targets[:, 0] == place]
            boxes, rows = mine[:, 2:6], mine[:, 6:]
        if rows is None or not rows.shape[1]:
            return []
        corners: list[list[float]] = corners_of(rectangles_of(rows, boxes)).reshape(-1, 8).tolist()
        return corners

    def store_results(
        self, run: Run, card: SavedModel, split: str, samples: Sequence[Sample],
        results: Sequence[Any], unreadable: Sequence[str],
    ) -> None:
        save_predictions(run.predictions_path(split), PredictionSet(
            [item.key for item in samples], [item.size for item in samples], list(results),
            list(card.classes), prediction_meta(card, split, unreadable),
        ))

    def predict_split(
        self, plan: Plan, model: DetectionModel, card: SavedModel, run: Run, split: str,
        tick: ProgressCallback, check: Callable[[], None],
    ) -> dict[str, float]:
        samples: list[Sample] = plan.val if split == "val" else plan.test
        found = predict_set(Predictor(model, card, plan.device), plan.project,
                            [item.key for item in samples], split, tick=tick, check=check)
        save_predictions(run.predictions_path(split), found)
        by_key = {item.key: item for item in samples}
        compared = learns_outlines(model), finds_rotated(model)
        truths = [by_key[key].truth(plan.classes, *compared) for key in found.files]
        return evaluate(truths, found.detections, plan.classes).numbers()

    def predict_each(
        self, run: Run, files: Iterable[Source], report: Reporter, device: str = "auto",
        limits: Mapping[str, float] | None = None,
    ) -> Iterator[dict[str, Any] | Problem]:
        return predict.predict_each(run, files, report, device, **(limits or {}))

    def watch(self, job: Any, emit: Callable[[Any], None], control: Any) -> None:
        watch(job, emit, control, lambda run: live_predictor(run, job.score_thresh, job.nms_thresh))

    def exportable(
        self, model: Any, card: SavedModel, run: Run, limits: Mapping[str, float]
    ) -> Exportable:
        return exportable(model, card, run, limits["score_thresh"], limits["nms_thresh"])


def _pixels_an_image(
    options: Options, settings: Mapping[str, Value], classes: tuple[str, ...], facts: DataFacts,
    tick: StageCallback,
) -> float:
    """See :class:`DataFacts`; a run that goes on keeps what was measured when it began."""
    if options.earlier:
        return float(options.earlier.get("pixels_an_image", 0.0))
    if options.minutes is None or not options.recipe.uses_time or options.settings["image_size"]:
        return 0.0
    context = BuildContext(classes, settings, facts, options.device.type)
    return pixels_an_image(build_model(options.recipe, context), options.device, options.minutes,
                           facts.images, lambda: tick("Measuring a step", 0, 0))


def _some_facts(found: LabelledFolder) -> tuple[DataFacts, tuple[str, ...]]:
    """What a few labelled images from all over the project say, and the classes on them."""
    step = max(1, len(found.labelled) // _LOOKED_AT)
    # what cannot be read is reported when all labels are
    records = (read_record(found, key, []) for key in found.labelled[::step])
    there = [record for record in records if record is not None]
    dots = dots_of(there, {})
    some = [Sample.of(record, dots) for record in there]
    classes = tuple(sorted({name for item in some for name in item.names}))
    return data_facts(some, classes), classes


def _as_trained(project: Path, recipe: str, context: BuildContext) -> DetectionModel:
    """A fresh model of the recipe with the weights that it starts from, which decide what of it
    learns."""
    taken = recipes.get(recipe)
    settings = TASK.settled(all_settings(taken, {}), "none")
    model: DetectionModel = build_model(taken, replace(context, settings=settings))
    apply_start(find_start(project, taken, "auto"), model, context.classes, ID)
    return model


def _tiling(options: Options, facts: DataFacts) -> Tiling | None:
    side, recipe = int(options.settings["image_size"]), options.recipe
    return choose_tiling(str(options.settings["tiles"]), facts, side or recipe.largest_input,
                         side or recipe.tile_input)


def _varied(plan: Plan, model: DetectionModel) -> Mapping[str, Value]:
    """The settings, and how images are varied where the run will show them very often."""
    width, height = model.input_size
    passes = float(plan.epochs or 0)
    if plan.epochs is None:
        passes = plan.facts.pixels_an_image / (width * height)
    if not plan.recipe.uses_time or passes <= OFTEN:
        return plan.settings
    raised = {name: value for name, value in SEEN_OFTEN.items() if unchanged(plan.settings, name)}
    return {**plan.settings, **raised}


TASK = Detection()
