"""What a training starts from: nothing, pretrained weights, an earlier run or a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from workbench.core.errors import UsageError, WorkbenchError
from workbench.engine.models.build import class_rows
from workbench.engine.models.card import read_card
from workbench.engine.models.saved import read_weights
from workbench.engine.models.transfer import adapt_state
from workbench.engine.models.weight_files import load_weights, read_pth
from workbench.engine.models.weights import download, is_available
from workbench.extension.model import TrainableModel
from workbench.extension.recipe import Recipe, Weights
from workbench.project.runs import RunFolder, list_runs

Kind = Literal["none", "pretrained", "model", "file"]


@dataclass(frozen=True, slots=True)
class Start:
    """Where the first weights come from.

    Parameters
    ----------
    kind
        ``none``; ``pretrained`` (the recipe's own); ``model`` (a safetensors file of this program,
        of an earlier run or elsewhere); ``file`` (foreign weights of torch).
    weights
        For ``pretrained``.
    path
        For ``model`` and ``file``.
    name
        Words for the pre-flight.
    """

    kind: Kind
    weights: Weights | None = None
    path: Path | None = None
    name: str = ""

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
    return Start("model", path=run.best_path, name=run.name)


def fetch_start(start: Start, tick: Callable[[int, int], None]) -> None:
    """Download what the start needs and this machine lacks."""
    if start.weights is not None and not is_available(start.weights):
        download(start.weights, tick)


def apply_start(start: Start, model: TrainableModel, classes: tuple[str, ...]) -> list[str]:
    """Load the first weights into ``model``; return the names of those that stay as built.

    Raises
    ------
    WorkbenchError
        If the file cannot be read, or nothing in it fits.
    """
    if start.kind == "pretrained":
        assert start.weights is not None
        return model.load_pretrained(load_weights(start.weights))
    if start.path is None:
        return []
    if start.kind == "file":
        left = model.load_pretrained(read_pth(start.path))
    else:
        left = _from_model(start.path, model, classes)
    if len(left) >= len(model.module.state_dict()):
        raise WorkbenchError("nothing in it fits this recipe", path=start.path)
    return left


def _from_model(path: Path, model: TrainableModel, classes: tuple[str, ...]) -> list[str]:
    card = read_card(path)
    rows = class_rows(model)
    state = read_weights(path)
    own = model.module.state_dict()
    if not rows and card.classes != classes:
        # Without knowing which rows are classes, rows of equal number could be of others.
        state = {
            name: tensor for name, tensor in state.items()
            if name in own and not _may_hold_classes(tensor.shape, len(card.classes))
        }
    fitted, left = adapt_state(
        state, own, class_rows=rows, old_classes=card.classes, new_classes=classes
    )
    model.module.load_state_dict(fitted)
    return left


def _may_hold_classes(shape: tuple[int, ...], classes: int) -> bool:
    return bool(shape) and shape[0] in (classes, classes + 1, 4 * classes, 4 * (classes + 1))
