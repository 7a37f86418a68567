"""The task of telling pictures apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, cast

import torch

from workbench.core.errors import Problem, WorkbenchError
from workbench.core.progress import ProgressCallback, StageCallback
from workbench.core.schema import Value
from workbench.core.text import count
from workbench.core.video import Source
from workbench.engine.class_scores import keep_scores
from workbench.engine.data.batches import batches_per_epoch
from workbench.engine.models.designed import fitting_memory
from workbench.engine.models.weights import is_intact
from workbench.engine.training.parts import cache_bytes, workers
from workbench.engine.watching import watch
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
from workbench.extension.recipe import LITE0, Recipe
from workbench.extension.training import order_of
from workbench.formats.scores import save_scores
from workbench.project.datasets.splits import Split
from workbench.project.networks.network import IMAGES
from workbench.tasks.image_classification.dataset import (
    ImageFacts,
    LabelledImage,
    check_enough,
    check_kind,
    data_warnings,
    facts_of,
    load_images,
    names_of,
    targets_of,
)
from workbench.tasks.image_classification.engine import predict, stored, teaching
from workbench.tasks.image_classification.engine.batches import ImageLoader
from workbench.tasks.image_classification.engine.describe import describe_images
from workbench.tasks.image_classification.engine.export import exportable
from workbench.tasks.image_classification.engine.instant import InstantClassifier
from workbench.tasks.image_classification.engine.model import ImageClassifier
from workbench.tasks.image_classification.engine.predict import (
    ImagePredictor,
    learned_with,
    live_predictor,
    open_store,
)
from workbench.tasks.image_classification.engine.stored import score_set, stored_numbers
from workbench.tasks.image_classification.engine.validation import ImageValidator
from workbench.tasks.image_classification.file_issues import file_issues
from workbench.tasks.image_classification.messages import NO_WEIGHTS
from workbench.tasks.image_classification.results import found_thresholds

_FEATURE_BATCH = 64
_LARGEST_BATCH = 32
_SMALL = 1_000_000  # parameters of a model that takes twice as many
_TINY_PICTURE = 40  # pixels; a network for photos sees nothing in it
_MANY = 500  # pictures from which on a small network learns more than features of photos say
_PLENTY = 20_000  # from which on more layers are better, see docs/picture-classifier.md

_LABELS = {"class": "each image has one class", "tags": "images have tags",
           "number": "each image has a number"}


class ImageClassification(EngineTask):
    """See :class:`workbench.extension.engine_task.EngineTask`."""

    id = "image-classification"
    predicting = "Looking at"
    facts_from_json = staticmethod(stored.facts_from_json)
    ensure_predictions = staticmethod(predict.ensure_scores)
    make_pseudo_labels = staticmethod(teaching.make_pseudo_labels)
    with_pseudo_labels = staticmethod(teaching.with_pseudo_labels)
    on_pixels = staticmethod(predict.ask_pixels)
    describe = staticmethod(describe_images)

    def read(self, options: Options, tick: StageCallback) -> TrainingData:
        data = load_images(options.project, options.split, seed=options.seed,
                           progress=lambda done, of: tick("Reading labels", done, of))
        if options.earlier:
            check_kind(str(options.earlier.get("kind", "class")), data.kind)
        check_enough(data)
        classes = options.same_classes(data.classes)
        doubts = file_issues(data, lambda done, of: tick("Looking at the files", done, of))
        return TrainingData(classes, data.split, list(data.train), list(data.val),
                            list(data.test), facts_of(data.train, classes, data.kind),
                            warnings=[*doubts, *data_warnings(data)], files=doubts,
                            config={"kind": data.kind})

    def settled(self, settings: Mapping[str, Value], start: str) -> Mapping[str, Value]:
        """Where nothing was learned before, all layers have to learn."""
        new = start == "none" and "train_layers" in settings
        return {**settings, "train_layers": "new"} if new else settings

    def choose_recipe(
        self, project: Path, device: str, minutes: float | None, weights: frozenset[str],
        tick: StageCallback = lambda *_: None,
    ) -> tuple[str, str]:
        data = load_images(project)
        facts = facts_of(data.train, data.classes, data.kind)
        if 0 < facts.side <= _TINY_PICTURE and facts.images >= _MANY:
            if facts.images >= _PLENTY:
                return "vgg-6", "the images are tiny, and there are many of them"
            return "lenet-5", "the images are tiny, and there are enough of them"
        if not is_intact(LITE0):
            return "vgg-9", "it needs no pretrained weights"
        return "instant", "it takes seconds and is hard to beat with few images"

    def label_summary(self, plan: Plan) -> str:
        kind = plan.facts.kind
        return "a number for each" if kind == "number" else count(
            len(plan.classes), "tag" if kind == "tags" else "class")

    def auto_batch(self, recipe: Recipe, samples: int, device: torch.device) -> int:
        """A power of two for at least eight steps an epoch."""
        if recipe.id == "instant":
            return _FEATURE_BATCH
        most = _LARGEST_BATCH * (2 if recipe.parameters <= _SMALL or device.type == "cuda" else 1)
        return fitting_memory(recipe, batch_for(samples, most), device, IMAGES)

    def cache_bytes(self, plan: Plan, model: ImageClassifier) -> int:
        if model.has_features:
            return 0
        return 3 * model.stored**2 * (len(plan.train) + len(plan.val))

    def model_warnings(self, plan: Plan, model: ImageClassifier) -> list[str]:
        if isinstance(model, InstantClassifier) and not model.ready:
            raise WorkbenchError(f"{NO_WEIGHTS}, or take another recipe")
        said = [f"“{field.label}” changes nothing: {_LABELS[plan.facts.kind]}"
                for field in plan.recipe.settings.without_effect(plan.settings, plan.facts.kind)]
        if learned_with(model, cast("Split", plan.split), "val", plan.train):
            said.append("the validation images are learned from, too; what is said of them comes "
                        "from fits that had not seen them")
        return said

    def facts_to_json(self, facts: ImageFacts) -> dict[str, Any]:
        return {"pictures": asdict(facts)}

    def pipeline(self, plan: Plan, model: ImageClassifier, cache: Path) -> Pipeline:
        samples: list[LabelledImage] = [*plan.train, *plan.val]
        store = open_store(model, [item.path for item in samples], cache,
                           cache_bytes(int(plan.settings["cache_mb"])), workers(plan))
        kind = plan.facts.kind
        targets = targets_of(plan.train, plan.classes, kind)
        if model.fresh_head and not model.has_features:
            model.begin_head(store, targets)
        order = order_of(plan, model, [names_of(item, kind) for item in plan.train])
        loader = ImageLoader(store, targets, order,
                             0 if model.has_features else model.side, plan.settings, plan.seed,
                             plan.device)
        if isinstance(model, InstantClassifier):
            both = learned_with(model, cast("Split", plan.split), "val", plan.train)
            learned = targets_of(samples, plan.classes, kind) if both else targets
            model.attach(store, learned, batches_per_epoch(len(plan.train), plan.batch_size),
                         len(plan.train))
        validator = ImageValidator(model, store, len(plan.train), plan.val, plan.classes,
                                   plan.device, kind)
        return Pipeline(store, loader, validator)

    def store_results(
        self, run: Run, card: SavedModel, split: str, samples: Sequence[LabelledImage],
        results: Sequence[Any], unreadable: Sequence[str],
    ) -> None:
        save_scores(run.predictions_path(split),
                    score_set(card, split, samples, results, unreadable))

    def predict_split(
        self, plan: Plan, model: ImageClassifier, card: SavedModel, run: Run, split: str,
        tick: ProgressCallback, check: Callable[[], None],
    ) -> dict[str, float]:
        samples: list[LabelledImage] = plan.val if split == "val" else plan.test
        score = partial(
            ImagePredictor(model, card, plan.device).score_samples, tick=tick, check=check,
            project=run.project,
            learned=learned_with(model, cast("Split", plan.split), split, plan.train))
        found = keep_scores(run, card, split, samples, score, score_set)
        # those of a test come from validation, as they do wherever it is told again
        return stored_numbers(found, samples, found_thresholds(run) if split != "val" else None)

    def predict_each(
        self, run: Run, files: Iterable[Source], report: Reporter, device: str = "auto",
        limits: Mapping[str, float] | None = None,
    ) -> Iterator[dict[str, Any] | Problem]:
        return predict.predict_each(run, files, report, device)

    def watch(self, job: Any, emit: Callable[[Any], None], control: Any) -> None:
        watch(job, emit, control, live_predictor)

    def exportable(
        self, model: Any, card: SavedModel, run: Run, limits: Mapping[str, float]
    ) -> Exportable:
        return exportable(model, card, run)


TASK = ImageClassification()
