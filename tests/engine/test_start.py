"""Starting from an earlier run, a file, or weights that are fetched and checked."""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from tiny_project import make_project
from weight_server import Shelf, weight_server

from workbench.core.errors import UsageError, WorkbenchError
from workbench.engine.models.transfer import adapt_state
from workbench.engine.models.weight_files import read_pth
from workbench.engine.models.weights import is_available
from workbench.engine.training.control import TrainControl
from workbench.engine.training.train import train
from workbench.extension.detection import ClassRows
from workbench.extension.recipe import Weights
from workbench.extension.registry import recipes
from workbench.jobs.commands import TrainRequest
from workbench.jobs.events import Event, LogLine, Progress, Started
from workbench.project.runs import RunFolder


def learn(project: Path, recipe: str = "tiny", **options: Any) -> tuple[RunFolder, list[Event]]:
    events: list[Event] = []
    request = TrainRequest(recipe=recipe, epochs=1, device="cpu", **options)
    return train(project, request, events.append, TrainControl()), events


# Class rows


def test_rows_follow_their_class() -> None:
    rows = {"w": ClassRows(outer=2, inner=3, background=1)}
    old = torch.arange(2 * 4 * 3 * 5, dtype=torch.float32).reshape(24, 5)
    own = torch.full((2 * 3 * 3, 5), -1.0)
    names: dict[str, Any] = {"old_classes": ("a", "b", "c"), "new_classes": ("c", "new")}
    fitted, left = adapt_state({"w": old}, {"w": own}, class_rows=rows, mean_rows=True, **names)
    assert not left
    new, source = fitted["w"].reshape(2, 3, 3, 5), old.reshape(2, 4, 3, 5)
    assert torch.equal(new[:, 0], source[:, 0])  # background
    assert torch.equal(new[:, 1], source[:, 3])  # c
    assert torch.equal(new[:, 2], source[:, 1:].mean(1))  # what all have in common: a thing
    fitted, _ = adapt_state({"w": old}, {"w": own}, class_rows=rows, **names)
    assert (fitted["w"].reshape(2, 3, 3, 5)[:, 2] == -1).all()  # where that is not asked for


def test_what_does_not_fit_keeps_its_own_values_and_is_named() -> None:
    own = {"a": torch.zeros(2), "b": torch.zeros(3), "c": torch.zeros(4),
           "bn.num_batches_tracked": torch.tensor(0)}
    state = {"a": torch.ones(2), "b": torch.ones(5), "c": torch.ones(9)}
    fitted, left = adapt_state(state, own, class_rows={"c": ClassRows()},
                               old_classes=("x",), new_classes=("y",))
    assert left == ["b", "c"] and fitted["a"].sum() == 2 and fitted["b"].sum() == 0


def test_a_run_goes_on_with_other_classes(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p")
    first, _ = learn(project)
    for path in (project / "annotations").iterdir():  # a third class, and another order
        path.write_text(path.read_text().replace("red", "zebra", 1).replace("zebra", "apple", 1)
                        if path.stem < "004" else path.read_text())
    (project / "workbench.toml").write_text(
        'name = "p"\nclasses = ["apple", "red", "blue"]\nimages = "images"\n'
        'annotations = "annotations"\n')
    second, events = learn(project, start_from=first.name, settings={"lr": 1e-8, "ema": False})
    assert second.config["classes"] == ["apple", "red", "blue"]
    assert second.config["start_from"]["name"] == "Tiny #1"
    old = safetensors.torch.load_file(first.best_path)
    new = safetensors.torch.load_file(second.best_path)
    for number, name in enumerate(("red", "blue")):
        torch.testing.assert_close(
            new["classify.weight"][1 + number],
            old["classify.weight"][list(first.config["classes"]).index(name)], atol=1e-5, rtol=0)
    assert not [event for event in events if isinstance(event, LogLine) and "anew" in event.text]


def test_starting_from_a_models_file_of_elsewhere(tmp_path: Path) -> None:
    first, _ = learn(make_project(tmp_path / "p"))
    moved = tmp_path / "model.safetensors"
    moved.write_bytes(first.best_path.read_bytes())
    second, _ = learn(make_project(tmp_path / "q", classes=("green",)), start_from=str(moved))
    assert second.config["start_from"]["kind"] == "model"
    moved.write_bytes(b"no model at all")
    with pytest.raises(WorkbenchError, match="not a model of this program"):
        learn(tmp_path / "q", start_from=str(moved))


# Files of torch


def test_a_pickle_is_never_run(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "sprung",))

    path = tmp_path / "evil.pth"
    path.write_bytes(pickle.dumps({"weight": Trap()}))
    with pytest.raises(WorkbenchError, match=r"evil\.pth.*not plain weights"):
        read_pth(path)
    assert not (tmp_path / "sprung").exists()


# Weights that come with a recipe; how they are fetched is in models/test_download.py


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    with weight_server() as found:
        yield found


@pytest.fixture
def with_weights(shelf: Shelf, tmp_path: Path) -> Iterator[Weights]:
    """A recipe "tiny-pre" whose weights are those of a run."""
    first, _ = learn(make_project(tmp_path / "source"))
    state = safetensors.torch.load_file(first.best_path)
    data = io.BytesIO()
    torch.save({**state, "box.bias": torch.full((4,), 7.0)}, data)
    weights = shelf.put("tiny-x.pth", data.getvalue())
    recipes.register(replace(recipes.get("tiny"), id="tiny-pre", weights=(weights,)))
    yield weights
    recipes.unregister("tiny-pre")


def test_pretrained_is_fetched_only_when_it_is_asked_for(
    with_weights: Weights, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "p")
    settings = {"lr": 1e-8, "ema": False}
    run, _ = learn(project, "tiny-pre", settings=settings)
    assert run.config["start_from"]["kind"] == "none" and not is_available(with_weights)
    run, events = learn(project, "tiny-pre", settings=settings, start_from="pretrained")
    assert is_available(with_weights)
    fetched = [item for item in events if isinstance(item, Progress) and "weights" in item.text]
    assert fetched[-1].done == fetched[-1].total == with_weights.size
    biases = safetensors.torch.load_file(run.best_path)["box.bias"]
    assert biases.tolist() == pytest.approx([7] * 4, abs=1e-3)
    run, events = learn(project, "tiny-pre", settings=settings)  # now that they are here
    assert run.config["start_from"]["kind"] == "pretrained"
    assert not [item for item in events if isinstance(item, Progress) and "Fetch" in item.text]
    run, _ = learn(project, "tiny-pre", start_from="none")
    assert run.config["start_from"]["kind"] == "none"


def test_a_run_without_a_model_is_no_start(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p")
    run, events = learn(project)
    assert any(isinstance(event, Started) for event in events)
    run.best_path.unlink()
    with pytest.raises(UsageError, match="has no model to start from"):
        learn(project, start_from=run.name)
