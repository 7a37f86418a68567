"""What a training starts from: nothing, pretrained weights, an earlier run or a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from torch import Tensor

from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.progress import ProgressCallback
from workbench.core.schema import Value
from workbench.engine.models.build import class_rows
from workbench.engine.models.card import read_card
from workbench.engine.models.download import download
from workbench.engine.models.saved import context_of, read_weights
from workbench.engine.models.transfer import COUNTERS, adapt_state
from workbench.engine.models.weight_files import load_weights, read_pth
from workbench.engine.models.weights import is_available
from workbench.extension.model import TrainableModel, TranslatesWeights
from workbench.extension.recipe import Recipe, Weights
from workbench.extension.registry import recipes
from workbench.extension.run_names import title_of_run
from workbench.extension.tasks import tasks
from workbench.project.runs import RunFolder, list_runs

_GENTLE: Mapping[str, Mapping[str, float]] = {"muon": {"lr": 0.25}}
"""By optimiser: factors on a recipe's settings for a start from a model that knows the classes;
only for the one that it was measured with."""

Kind = Literal["none", "pretrained", "model", "file"]


@dataclass(frozen=True, slots=True)
class Start:
    """Where the first weights come from."""

    kind: Kind
    """``none``; ``pretrained`` (the recipe's own); ``model`` (a safetensors file of this program,
    of an earlier run or elsewhere); ``file`` (foreign weights of torch)."""
    weights: Weights | None = None
    """For ``pretrained``."""
    path: Path | None = None
    """For ``model`` and ``file``."""
    name: str = ""
    """Words for the pre-flight."""

    @property
    def available(self) -> bool:
        """Whether nothing has to be fetched."""
        return self.weights is None or is_available(self.weights)

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "name": self.name, "path": str(self.path) if self.path else ""}


def find_start(project: Path, recipe: Recipe, wanted: str) -> Start:
    """Resolve a request's ``start_from``; nothing is read or fetched.

    Raises
    ------
    UsageError
        If it names no run, no file, or weights that the recipe does not have.
    """
    if wanted == "none":
        return Start("none")
    if wanted in ("auto", "pretrained"):
        found = next((item for item in recipe.weights if is_available(item)), None)
        if found is None and wanted == "pretrained":
            if not recipe.weights:
                raise UsageError(f"the recipe “{recipe.id}” has no pretrained weights")
            found = recipe.weights[0]
        return Start("pretrained", found, name=found.title) if found else Start("none")
    run = next((item for item in list_runs(project) if item.name == wanted), None)
    if run is not None:
        return _from_run(run)
    path = Path(wanted).expanduser()
    if not path.is_file():
        raise UsageError(
            f"cannot start from “{wanted}”: it is not none, pretrained, a run of this project or "
            "a file"
        )
    kind: Kind = "model" if path.suffix == ".safetensors" else "file"
    return Start(kind, path=path.resolve(), name=path.name)


def _from_run(run: RunFolder) -> Start:
    if not run.best_path.is_file():
        raise UsageError(f"the run “{run.name}” has no model to start from")
    return Start("model", path=run.best_path, name=_title(run))


def _title(run: RunFolder) -> str:
    """What the run is called in the window, too."""
    try:
        return title_of_run(run.name, run.config)
    except WorkbenchError:
        return run.name


def start_recipe(project: Path, wanted: str) -> str | None:
    """The id of the recipe of the model that ``wanted`` names, or None if it names no model.

    Raises
    ------
    WorkbenchError
        If the model cannot be read.
    """
    path = _model_path(project, wanted)
    return None if path is None else read_card(path).recipe


def _model_path(project: Path, wanted: str) -> Path | None:
    if wanted in ("auto", "none", "pretrained"):
        return None
    run = next((item for item in list_runs(project) if item.name == wanted), None)
    if run is not None:
        return run.best_path if run.best_path.is_file() else None
    path = Path(wanted).expanduser()
    return path if path.suffix == ".safetensors" and path.is_file() else None


def gentle(
    settings: Mapping[str, Value], given: Mapping[str, Any], start: Start, classes: tuple[str, ...]
) -> Mapping[str, Value]:
    """Settings with which a model that knows all ``classes`` does not forget in its first steps.

    What the person gave stays. A model that has to learn other classes keeps the recipe's rate: it
    learned more slowly with a lower one and did not forget less (``docs/compact-detector.md``).
    """
    if start.kind != "model" or start.path is None:
        return settings
    if not set(classes) <= set(read_card(start.path).classes):
        return settings
    factors = _GENTLE.get(str(settings.get("optimizer")), {})
    changed = {name: float(settings[name]) * factor for name, factor in factors.items()
               if name not in given}
    return {**settings, **changed}


def fetch_start(start: Start, tick: ProgressCallback) -> None:
    """Download what the start needs and this machine lacks."""
    if start.weights is not None and not is_available(start.weights):
        download(start.weights, tick)


@dataclass(frozen=True, slots=True)
class StartReport:
    """What a model got from its start."""

    tensors: int
    """How many the model has; running counters do not count."""
    left: tuple[str, ...]
    """Names of those that stay as built."""

    def words(self) -> str:
        """For the pre-flight ("120 of 124 tensors are taken over")."""
        return f"{self.tensors - len(self.left)} of {self.tensors} tensors are taken over"


def apply_start(
    start: Start, model: TrainableModel, classes: tuple[str, ...], task: str
) -> StartReport | None:
    """Load the first weights into ``model``; None for a start from nothing.

    Parameters
    ----------
    task
        Id of the model's task.

    Raises
    ------
    WorkbenchError
        If the file cannot be read, is a model of another task, or nothing in it fits.
    """
    own = [name for name in model.module.state_dict() if not name.endswith(COUNTERS)]
    if start.kind == "pretrained":
        assert start.weights is not None
        left = model.load_pretrained(load_weights(start.weights))
    elif start.path is None:
        return None
    elif start.kind == "file":
        left = model.load_pretrained(read_pth(start.path))
    else:
        left = _from_model(start.path, model, classes, task)
    taken = StartReport(len(own), tuple(name for name in own if name in set(left)))
    if start.path is not None and len(taken.left) == taken.tensors:
        raise WorkbenchError("nothing in it fits this recipe", path=start.path)
    return taken


def _from_model(
    path: Path, model: TrainableModel, classes: tuple[str, ...], task: str
) -> list[str]:
    card = read_card(path)
    rows = class_rows(model)
    state: Mapping[str, Tensor] = read_weights(path)
    if card.recipe in recipes:
        other = tasks.get(recipes.get(card.recipe).task)
        if other.id != task:
            same = other.medium == tasks.get(task).medium
            raise WorkbenchError(f"it is a model for {f'“{other.title}”' if same else other.medium}"
                                 ", which cannot begin this one", path=path)
        if isinstance(model, TranslatesWeights):
            state = model.translate(state, context_of(card, path, "cpu"))
    own = model.module.state_dict()
    if not rows and card.classes != classes:
        # Without knowing which rows are classes, rows of equal number could be of others.
        state = {
            name: tensor for name, tensor in state.items()
            if name in own and not _may_hold_classes(tensor.shape, len(card.classes))
        }
    fitted, left = adapt_state(
        state, own, class_rows=rows, old_classes=card.classes, new_classes=classes,
        mean_rows=True,
    )
    model.module.load_state_dict(fitted)
    return left


def _may_hold_classes(shape: tuple[int, ...], classes: int) -> bool:
    return bool(shape) and shape[0] in (classes, classes + 1, 4 * classes, 4 * (classes + 1))
