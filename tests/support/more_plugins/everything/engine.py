from __future__ import annotations

import csv
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from workbench.extension.augmentations import registered_variation
from workbench.extension.engine_task import (
    EngineTask,
    Options,
    Pipeline,
    Plan,
    Predicted,
    Problem,
    Reporter,
    Run,
    SavedModel,
    TrainingData,
    load_model,
    run_members,
)
from workbench.extension.exports import Difference, Exportable, Graph, OpenedFile
from workbench.extension.training import order_of

from .model import SIDE, TwoSteps


@dataclass(frozen=True)
class Sample:
    key: str
    path: Path
    value: float


@dataclass(frozen=True)
class Facts:
    mean: float


def read_numbers(project: Path) -> dict[str, float]:
    with (project / "numbers.csv").open(encoding="utf-8") as file:
        return {row["file"]: float(row["value"]) for row in csv.DictReader(file)}


def pixels(path: Path) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """uint8 (3, SIDE, SIDE)."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB").resize((SIDE, SIDE))).transpose(2, 0, 1)


class Store:
    def __init__(self, samples: list[Sample]) -> None:
        self._samples = samples
        self.broken: dict[int, str] = {}

    def get(self, indices: Any) -> torch.Tensor:
        return torch.from_numpy(np.stack([pixels(self._samples[index].path) for index in indices]))

    def close(self) -> None:
        pass


@dataclass(frozen=True)
class Batch:
    inputs: torch.Tensor
    targets: torch.Tensor
    index: int


class Loader:
    def __init__(self, store: Store, plan: Plan, model: TwoSteps) -> None:
        self._store = store
        self._values = torch.tensor([item.value for item in plan.train])
        self._order = order_of(plan, model, [()] * len(plan.train))
        self._vary = registered_variation("brightness", plan.settings)
        self._seed = plan.seed

    def epoch(
        self, epoch: int, batch_size: int, first: int, progress: Callable[[int], float],
        every: int = 1,
    ) -> Generator[Batch]:
        order = self._order(epoch)
        parts = np.array_split(order, max(1, -(-len(order) // batch_size)))
        for index in range(first, len(parts), every):
            yield self.make(parts[index], epoch, index, progress(index))

    def make(self, indices: Any, epoch: int, index: int, progress: float) -> Batch:
        chosen = [int(item) for item in indices]
        generator = torch.Generator().manual_seed(hash((self._seed, epoch, index)))
        inputs, targets = self._vary(self._store.get(chosen), self._values[chosen], generator)
        return Batch(inputs, targets, index)


@dataclass(frozen=True)
class Result:
    indices: list[int]
    results: list[float]
    metrics: dict[str, float]

    @property
    def score(self) -> float:
        return -self.metrics["error"]


class Validator:
    def __init__(self, model: TwoSteps, store: Store, plan: Plan) -> None:
        self._model, self._store, self._plan = model, store, plan
        self.seconds_per_sample = self.loss_seconds = 0.0

    def __len__(self) -> int:
        return len(self._plan.val)

    def choose(self, most: int) -> list[int]:
        return list(range(min(most, len(self))))

    def previews(self, indices: Sequence[int], count: int) -> list[int]:
        return list(indices)[:count]

    @torch.no_grad()
    def predict(self, indices: Sequence[int], check: Callable[[], None]) -> list[float]:
        check()
        self._model.module.eval()
        first = len(self._plan.train)
        found: list[float] = self._model(self._store.get(first + i for i in indices)).tolist()
        return found

    def run(self, indices: Sequence[int], check: Callable[[], None]) -> Result:
        found = self.predict(indices, check)
        truth = [self._plan.val[index].value for index in indices]
        return Result(list(indices), found, {"error": error(truth, found)})

    def show(self, index: int, result: float) -> dict[str, object]:
        return {"file": self._plan.val[index].key, "boxes": [], "labels": [f"{result:.2f}"],
                "scores": [1.0]}


def error(truth: Sequence[float], found: Sequence[float]) -> float:
    return float(np.abs(np.subtract(truth, found)).mean()) if truth else 0.0


class Brightness(EngineTask):
    id = "brightness"

    def read(self, options: Options, tick: Callable[[str, int, int], None]) -> TrainingData:
        numbers = read_numbers(options.project)
        split = options.split_of(list(numbers))
        parts = [[Sample(key, options.project / key, numbers[key]) for key in split.members(part)
                  if key in numbers] for part in ("train", "val", "test")]
        facts = Facts(float(np.mean([item.value for item in parts[0]])))
        return TrainingData(options.same_classes(["value"]), split, *parts, facts)

    def facts_from_json(self, data: Mapping[str, Any]) -> Facts:
        return Facts(float(data["mean"]))

    def pipeline(self, plan: Plan, model: TwoSteps, cache: Path) -> Pipeline:
        store = Store([*plan.train, *plan.val])
        return Pipeline(store, Loader(store, plan, model), Validator(model, store, plan))

    def store_results(
        self, run: Run, card: SavedModel, split: str, samples: Sequence[Sample],
        results: Sequence[Any], unreadable: Sequence[str],
    ) -> None:
        with run.predictions_path(split).open("wb") as file:
            np.savez(file, model=card.id, files=[item.key for item in samples],
                     values=np.asarray(results, np.float64))

    def predict_split(
        self, plan: Plan, model: TwoSteps, card: SavedModel, run: Run, split: str,
        tick: Callable[[int, int], None], check: Callable[[], None],
    ) -> dict[str, float]:
        samples = plan.val if split == "val" else plan.test
        found = self._asked(model, [item.path for item in samples])
        self.store_results(run, card, split, samples, found, ())
        return {"error": error([item.value for item in samples], found)}

    def ensure_predictions(
        self, project: Path, run: Run, split: str, report: Reporter, device: str = "auto"
    ) -> Path:
        path = run.predictions_path(split)
        if not path.is_file():
            model, card, _ = load_model(run, device)
            numbers = read_numbers(project)
            samples = [Sample(key, project / key, numbers[key]) for key in run_members(run, split)]
            self.store_results(run, card, split, samples,
                               self._asked(model, [item.path for item in samples]), ())
        return path

    def predict(
        self, run: Run, files: Sequence[Path], report: Reporter, device: str = "auto",
        limits: Mapping[str, float] | None = None,
    ) -> Predicted:
        model, _, _ = load_model(run, device)
        found = Predicted([])
        for number, path in enumerate(files, 1):
            try:
                [value] = self._asked(model, [path])
            except OSError:
                found.problems.append(Problem(str(path), "unreadable-image",
                                              f"{path.name} could not be read."))
                continue
            found.items.append({"file": str(path), "value": round(value, 4)})
            report("Looking", number, len(files))
        return found

    @torch.no_grad()
    def _asked(self, model: TwoSteps, paths: Sequence[Path]) -> list[float]:
        model.module.eval()
        if not paths:
            return []
        found: list[float] = model(torch.from_numpy(np.stack(list(map(pixels, paths))))).tolist()
        return found

    def exportable(
        self, model: TwoSteps, card: SavedModel, run: Run, limits: Mapping[str, float]
    ) -> Exportable:
        graph = Graph(model.module.eval(), torch.zeros(2, 3, SIDE, SIDE), "image", ("value",),
                      {"image": {0: "batch"}, "value": {0: "batch"}})
        return Exportable(graph, {"side": SIDE}, partial(compare, model), 1, "image", "grey")


def compare(model: TwoSteps, opened: OpenedFile, check: Callable[[], None]) -> Any:
    grey = torch.full((1, 3, SIDE, SIDE), 0.5)
    own = float(model.module(grey).detach())
    yield "grey", Difference(score=abs(own - float(opened(grey.numpy())[0].ravel()[0])))


TASK = Brightness()
