"""Starting from an earlier run, a file, or weights that are fetched and checked."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import safetensors.torch
import torch
from tiny_project import make_project

from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.folders import weights_folder
from workbench.engine.models.transfer import adapt_state
from workbench.engine.models.weight_files import load_weights, read_pth
from workbench.engine.models.weights import download, is_available, weights_path
from workbench.engine.training.control import TrainControl
from workbench.engine.training.train import train
from workbench.extension.detection import ClassRows
from workbench.extension.recipe import Weights
from workbench.extension.registry import recipes
from workbench.jobs.messages import Event, LogLine, Progress, Started, TrainRequest
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


# Fetching


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address it is served at."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


def put(folder: Path, address: str, state: dict[str, torch.Tensor]) -> Weights:
    path = folder / "tiny.pth"
    torch.save(state, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Weights("tiny-x.pth", address + path.name, digest[:8], path.stat().st_size, "Tiny")


def test_weights_are_fetched_with_progress_and_checked(shelf: tuple[Path, str]) -> None:
    weights = put(*shelf, {"a": torch.ones(300_000)})
    ticks: list[tuple[int, int]] = []
    assert not is_available(weights)
    path = download(weights, lambda done, total: ticks.append((done, total)))
    assert path == weights_path(weights) and is_available(weights)
    assert ticks[0][0] == 0 and ticks[-1] == (weights.size, weights.size)
    assert load_weights(weights)["a"].sum() == 300_000
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(WorkbenchError, match="not the weights that were expected"):
        load_weights(weights)


def test_a_file_of_another_hash_is_not_kept(shelf: tuple[Path, str]) -> None:
    weights = replace(put(*shelf, {"a": torch.ones(3)}), sha256="0123abcd")
    with pytest.raises(WorkbenchError, match="not the weights that were expected"):
        download(weights, lambda done, total: None)
    assert not is_available(weights) and not list(weights_folder().iterdir())


def test_no_network_is_told_in_a_sentence(shelf: tuple[Path, str]) -> None:
    weights = put(*shelf, {"a": torch.ones(3)})
    for url in (shelf[1] + "missing.pth", "http://127.0.0.1:9/x.pth"):
        with pytest.raises(WorkbenchError, match="could not be fetched"):
            download(replace(weights, url=url), lambda done, total: None)
    assert not list(weights_folder().iterdir())


def test_cancelling_a_download_leaves_nothing(shelf: tuple[Path, str]) -> None:
    weights = put(*shelf, {"a": torch.ones(300_000)})

    def tick(done: int, total: int) -> None:
        if done:
            raise InterruptedError

    with pytest.raises(WorkbenchError):
        download(weights, tick)
    assert not list(weights_folder().iterdir())


@pytest.fixture
def with_weights(shelf: tuple[Path, str], tmp_path: Path) -> Iterator[Weights]:
    """A recipe "tiny-pre" whose weights are those of a run."""
    first, _ = learn(make_project(tmp_path / "source"))
    state = safetensors.torch.load_file(first.best_path)
    weights = put(*shelf, {**state, "box.bias": torch.full((4,), 7.0)})
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
