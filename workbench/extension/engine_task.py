"""What a task brings to the engine. torch is imported for type checkers only.

The loop, checkpoints, budget, steering and the run's record are the same for all tasks; a task
reads labels, makes batches, validates and predicts.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from workbench.core.errors import Problem, UsageError, WorkbenchError
from workbench.core.progress import ProgressCallback, StageCallback
from workbench.core.schema import Value
from workbench.core.text import count
from workbench.core.video import Source, path_of
from workbench.extension.pipeline import Batch as Batch  # plugins may name all of them here
from workbench.extension.pipeline import Loader as Loader
from workbench.extension.pipeline import Pipeline as Pipeline
from workbench.extension.pipeline import Store as Store
from workbench.extension.pipeline import ValidationResult as ValidationResult
from workbench.extension.pipeline import Validator as Validator
from workbench.extension.registry import load, recipes
from workbench.extension.tasks import tasks

Pixels = Any
"""A picture: uint8 (H, W, 3) RGB, an array of numpy's."""

if TYPE_CHECKING:
    import torch

    from workbench.extension.exports import Exportable
    from workbench.extension.recipe import Recipe

_LIGHT = 10_000_000  # parameters up to which a model takes larger batches


class Reporter(Protocol):
    """How a job talks to the person who waits for it."""

    def __call__(self, text: str, done: int, total: int) -> None:
        """Tell progress; may raise to end the work."""

    def part(self, share: float) -> None:
        """Tell how much (0 to 1) of a file that takes long is through; may raise to end the work.
        """

    def warn(self, sentence: str) -> None: ...

    def check(self) -> None:
        """Called often; raises where the person ended the work."""


class SilentReporter:
    """A :class:`Reporter` that says nothing."""

    def __call__(self, text: str, done: int, total: int) -> None:
        pass

    def part(self, share: float) -> None:
        pass

    def warn(self, sentence: str) -> None:
        pass

    def check(self) -> None:
        pass


class SplitMembers(Protocol):
    """Which samples are learned from, watched on and tested on, by their keys."""

    @property
    def name(self) -> str: ...
    def members(self, part: str) -> list[str]:
        """Keys of "train", "val" or "test"."""
    @property
    def val_is_train(self) -> bool:
        """Whether there is too little to hold anything back."""


class Run(Protocol):
    """The folder of a training and what it left there."""

    @property
    def path(self) -> Path: ...
    @property
    def project(self) -> Path: ...
    @property
    def name(self) -> str: ...
    @property
    def task(self) -> str: ...
    @property
    def split(self) -> str: ...
    @property
    def config(self) -> Mapping[str, Any]: ...
    @property
    def best_path(self) -> Path: ...
    def predictions_path(self, split: str) -> Path: ...


class SavedModel(Protocol):
    """What a saved model says about itself; ``facts`` are as the task's ``facts_to_json`` made
    them, and ``id`` differs between any two saved models."""

    @property
    def id(self) -> str: ...
    @property
    def recipe(self) -> str: ...
    @property
    def classes(self) -> tuple[str, ...]: ...
    @property
    def settings(self) -> Mapping[str, Value]: ...
    @property
    def facts(self) -> Mapping[str, Any]: ...
    @property
    def input_size(self) -> tuple[int, int]: ...
    @property
    def epoch(self) -> int: ...


class TrainingChoices(Protocol):
    """What a person, or the program for them, has chosen; ``settings`` are complete, and one of
    ``epochs`` and ``minutes`` is set."""

    @property
    def project(self) -> Path: ...
    @property
    def recipe(self) -> Recipe: ...
    @property
    def settings(self) -> Mapping[str, Value]: ...
    @property
    def device(self) -> torch.device: ...
    @property
    def seed(self) -> int: ...
    @property
    def epochs(self) -> int | None: ...
    @property
    def minutes(self) -> float | None: ...


class Options(TrainingChoices, Protocol):
    """What is decided before any label is read; ``earlier`` is the configuration of a run that goes
    on."""

    @property
    def earlier(self) -> Mapping[str, Any]: ...

    @property
    def split(self) -> Any:
        """The name of the wanted split, or the split itself of a run that goes on."""

    def split_of(
        self, keys: Sequence[str], groups: Mapping[str, str] | None = None
    ) -> SplitMembers:
        """That split of ``keys``, with those added that it does not know."""

    def same_classes(self, found: Sequence[str]) -> tuple[str, ...]:
        """The classes that were found, in the order of a run that goes on; raises
        ``WorkbenchError`` where they have changed since it began."""


class Plan(TrainingChoices, Protocol):
    """All that is decided before the model is built."""

    @property
    def classes(self) -> tuple[str, ...]: ...
    @property
    def split(self) -> SplitMembers: ...
    @property
    def train(self) -> list[Any]: ...
    @property
    def val(self) -> list[Any]: ...
    @property
    def test(self) -> list[Any]: ...
    @property
    def facts(self) -> Any: ...
    @property
    def learned(self) -> int: ...
    @property
    def batch_size(self) -> int: ...


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What a task read of a project's labels."""

    classes: tuple[str, ...]
    """In the order of the model's labels."""
    split: Any
    """Its name with the keys of all members."""
    train: list[Any]
    val: list[Any]
    test: list[Any]
    """Labelled samples; each has a ``key`` (posix path relative to the project)."""
    facts: Any
    """What the training samples say; recipes fit themselves to it."""
    learned: int | None = None
    """Labels to learn from, as a person counts them; None: the training samples."""
    unit: str = ""
    """What a training sample is where it is not the task's noun ("tile")."""
    warnings: list[str] = field(default_factory=list)
    """Sentences for the person, without a capital and a full stop."""
    files: dict[str, str] = field(default_factory=dict)
    """A file to look at for those of them that are about files."""
    config: dict[str, Any] = field(default_factory=dict)
    """What is kept in the run's configuration besides."""
    summary: str = ""
    """How samples are cut or prepared, in words for the pre-flight; may be empty."""


@dataclass(frozen=True, slots=True)
class Predicted:
    """Answers on files as plain data, each with its "file", and the files without one."""

    items: list[dict[str, Any]]
    problems: list[Problem] = field(default_factory=list)


def gathered(
    answers: Iterable[dict[str, Any] | Problem], report: Reporter, text: str, total: int
) -> Predicted:
    """What :meth:`EngineTask.predict_each` gives, all at once; progress is told as ``text``."""
    found = Predicted([])
    for done, item in enumerate(answers, 1):
        if isinstance(item, Problem):
            found.problems.append(item)
        else:
            found.items.append(item)
        report(text, done, total)
    return found


def batch_for(samples: int, most: int) -> int:
    """Samples in a step: a power of two up to ``most`` for at least eight steps an epoch."""
    return int(2 ** math.floor(math.log2(min(most, max(4, samples // 8)))))


def load_model(run: Run, device: str = "auto") -> tuple[Any, SavedModel, torch.device]:
    """The best model of a run on a device, ready to be asked, and what it says about itself.

    Raises
    ------
    WorkbenchError
        If there is none yet, or it cannot be read.
    """
    found: tuple[Any, SavedModel, torch.device] = load(
        "workbench.engine.models.saved:load_run")(run, device)
    return found


def run_members(run: Run, part: str) -> list[str]:
    """Keys of "train", "val" or "test" of the split that a run was trained with."""
    split: SplitMembers = load("workbench.project.datasets.splits:load_split")(run.path, run.split)
    return split.members(part)


class EngineTask(ABC):
    """What a task does in the engine; an instance is named by ``Task.engine``.

    Attributes
    ----------
    predicting
        Words of progress before the name of a split ("Detecting on").
    """

    id: str
    """As in the registry of tasks."""
    predicting = "Predicting on"

    # Before a training

    @abstractmethod
    def read(self, options: Options, tick: StageCallback) -> TrainingData:
        """Read the labels; raises ``WorkbenchError`` where there is nothing to learn from."""

    def settled(self, settings: Mapping[str, Value], start: str) -> Mapping[str, Value]:
        """The settings of a new training that begins with ``start``: "none", "pretrained",
        "model" or "file"."""
        return settings

    def choose_recipe(
        self, project: Path, device: str, minutes: float | None, weights: frozenset[str],
        tick: StageCallback = lambda *_: None,
    ) -> tuple[str, str]:
        """The id of the recipe to take where none is named, and why as the end of a sentence.

        Parameters
        ----------
        device
            "cpu", "cuda" or "mps".
        minutes
            The time given, or None for the recipe's own length.
        weights
            Ids of the recipes whose pretrained weights are on this machine.
        tick
            Told what is done, where that takes long; may raise to end it.
        """
        own = [item for item in recipes if item.task == self.id]
        if not own:
            raise UsageError(f"there is no recipe for “{tasks.get(self.id).title}”")
        return next((item for item in own if item.from_nothing == "yes"), own[0]).id, ""

    def auto_batch(self, recipe: Recipe, samples: int, device: torch.device) -> int:
        """Samples in a step, where nothing is set: a power of two that suits the model, the device
        and at least eight steps an epoch."""
        most = 16 if recipe.parameters <= _LIGHT else 4
        if device.type == "cuda":  # a small batch leaves most of a card idle
            most = 64 if recipe.parameters <= _LIGHT else 8
        return batch_for(samples, most)

    def cache_bytes(self, plan: Plan, model: Any) -> int:
        """Memory that kept samples will take, about."""
        return 0

    def inventory(self, plan: Plan) -> str:
        """What a plan learns from, is watched on and tested on: "292 images, 3 classes"."""
        watched = 0 if plan.split.val_is_train else len(plan.val)
        samples = plan.learned + len(plan.test) + watched
        return f"{count(samples, tasks.get(self.id).noun)}, {self.label_summary(plan)}"

    def sample_summary(self, plan: Plan) -> str:
        """How many samples a plan is about, where they are no files: "132 labels in 8
        recordings"; "" where they are."""
        return ""

    def label_summary(self, plan: Plan) -> str:
        """What is told apart: "3 classes"."""
        return count(len(plan.classes), "class")

    def model_warnings(self, plan: Plan, model: Any) -> list[str]:
        """What is known once the model is built; raises ``WorkbenchError`` where it cannot
        learn."""
        return []

    def trial(self, plan: Plan) -> tuple[Any, float]:
        """For timing on one batch and one validation sample: the facts to take, and how many times
        longer predicting on a whole sample takes."""
        return plan.facts, 1.0

    # Models

    def facts_to_json(self, facts: Any) -> dict[str, Any]:
        """Plain data that is saved with a model; with its settings they rebuild it."""
        return asdict(facts)

    @abstractmethod
    def facts_from_json(self, data: Mapping[str, Any]) -> Any:
        """Read what :meth:`facts_to_json` made; raises ``ValueError`` for anything else."""

    # Training

    @abstractmethod
    def pipeline(self, plan: Plan, model: Any, cache: Path) -> Pipeline:
        """``cache`` is a folder for what does not fit into memory."""

    def boxes_of(self, targets: Any, place: int) -> list[list[float]]:
        """What is to be found in sample ``place`` of a batch, as xyxy in input pixels; for the
        preview of what a training sees."""
        return []

    def corners_of(self, model: Any, targets: Any, place: int) -> list[list[float]]:
        """Of what ``model`` learns to find as a rotated box, x and y of each corner one after the
        other, in place of what :meth:`boxes_of` says; nothing where boxes are not rotated."""
        return []

    def areas_of(self, targets: Any, place: int) -> Any:
        """What is labelled of each pixel of sample ``place``, uint8 (h, w) as
        :data:`workbench.core.class_maps.Areas`, for the same preview; None where that is not
        learned."""
        return None

    # Results

    @abstractmethod
    def store_results(
        self, run: Run, card: SavedModel, split: str, samples: Sequence[Any],
        results: Sequence[Any], unreadable: Sequence[str],
    ) -> None:
        """Write raw results to ``run.predictions_path(split)``."""

    @abstractmethod
    def predict_split(self, plan: Plan, model: Any, card: SavedModel, run: Run, split: str,
                      tick: ProgressCallback, check: Callable[[], None],
                      ) -> dict[str, float]:
        """Predict on a part of the plan, store the raw results and return the figures."""

    @abstractmethod
    def ensure_predictions(self, project: Path, run: Run, split: str, report: Reporter,
                           device: str = "auto") -> Path:
        """Have the raw results of ``run`` on a split on the disk; return where."""

    def predict(self, run: Run, files: Sequence[Path], report: Reporter, device: str = "auto",
                limits: Mapping[str, float] | None = None) -> Predicted:
        """Answers on any files; ``limits`` may hold "score_thresh" and "nms_thresh". A task brings
        this or :meth:`predict_each`, and the other follows."""
        return gathered(self.predict_each(run, files, report, device, limits), report,
                        self.predicting.split()[0], len(files))

    def predict_each(
        self, run: Run, files: Iterable[Source], report: Reporter, device: str = "auto",
        limits: Mapping[str, float] | None = None,
    ) -> Iterator[dict[str, Any] | Problem]:
        """As :meth:`predict`, each answer, or what is wrong with a file, as soon as it is known;
        for any number of files; of a task with ``gate``, ``limits`` may hold "gate". A task with
        ``videos`` is given videos, too; an answer about a frame has its number as "frame" and its
        "time" in seconds, and all those of a video stand together."""
        found = self.predict(run, [path_of(item) for item in files], report, device, limits)
        yield from found.items
        yield from found.problems

    # What else it may offer

    def make_pseudo_labels(
        self, plan: Plan, teacher: Run, report: Reporter
    ) -> list[dict[str, Any]]:
        """What a model is sure of on samples without labels; of a task with ``self_training``."""
        return []

    def with_pseudo_labels(
        self, plan: Plan, pseudo_labels: Sequence[Mapping[str, Any]]
    ) -> list[Any]:
        """These as samples to train on."""
        return []

    def exportable(self, model: Any, card: SavedModel, run: Run, limits: Mapping[str, float],
                   ) -> Exportable:
        """What is written for other programs; raises ``WorkbenchError`` where nothing can be."""
        raise WorkbenchError(f"models of the recipe “{card.recipe}” cannot be exported")

    def on_pixels(self, run: Run, device: str = "auto",
                  ) -> Callable[[Sequence[Pixels]], list[dict[str, Any]]]:
        """What answers about pictures that lie in memory, as :meth:`predict_each` does about files;
        asked of tasks with ``crops``."""
        raise UsageError(f"models for “{tasks.get(self.id).title}” are asked about files only")

    def describe(self, project: Path, files: Sequence[str], report: Reporter) -> dict[str, Any]:
        """Keep in the project's cache what a quick model in the window learns from; what the
        window must know of that, with "unreadable" files."""
        raise UsageError(f"nothing is found out ahead for “{tasks.get(self.id).title}”")

    def listen(self, job: Any, emit: Callable[[Any], None], control: Any) -> None:
        """Answer a ``Listen`` with what is heard, until the person ends it."""
        raise UsageError(f"models for “{tasks.get(self.id).title}” cannot listen")

    def watch(self, job: Any, emit: Callable[[Any], None], control: Any) -> None:
        """Answer a ``Watch`` with what is seen, until the person ends it; asked of tasks with
        ``videos``."""
        raise UsageError(f"models for “{tasks.get(self.id).title}” cannot watch a camera")


