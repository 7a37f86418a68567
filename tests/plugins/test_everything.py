"""A plugin adds one thing of each kind with the public API alone, and leaves no trace."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from workbench.cli import main
from workbench.engine.explain.explain import explain
from workbench.engine.models.saved import read_weights
from workbench.engine.training.control import TrainControl
from workbench.engine.training.optimizers import build_optimizers
from workbench.engine.training.train import resume, train
from workbench.extension import plugins
from workbench.extension.augmentations import settings_of
from workbench.extension.registry import recipes
from workbench.jobs.commands import Explain, TrainRequest
from workbench.jobs.events import Epoch, Event, Explained
from workbench.project.datasets.images import load_dataset
from workbench.project.label_export import ExportRequest, export_labels
from workbench.project.manifest import Manifest
from workbench.project.runs import RunFolder, list_runs
from workbench.project.task import task_of_folder

PLUGIN = Path(__file__).resolve().parents[1] / "support" / "more_plugins" / "everything"
ALLOWED = ("workbench.extension", "torch", "numpy", "PIL", "__future__", "collections", "typing",
           "dataclasses", "functools", "pathlib", "argparse", "shutil", "csv", "io")


@pytest.fixture
def plugin() -> Iterator[None]:
    plugins.load_plugins()
    before = [registry.ids() for registry in plugins.REGISTRIES]
    assert plugins._load(PLUGIN) is None
    yield
    remove(before)


def remove(before: list[frozenset[str]] | None = None) -> None:
    for place, registry in enumerate(plugins.REGISTRIES):
        added = {item.id for item in registry if PLUGIN.name in repr(item)}
        registry.keep_only(registry.ids() - added if before is None else before[place])
    for name in [name for name in sys.modules if name.startswith("workbench_plugin_everything")]:
        del sys.modules[name]


@pytest.fixture
def project(tmp_path: Path, plugin: None) -> Path:
    """Grey images and how bright they are."""
    folder = tmp_path / "project"
    folder.mkdir()
    lines = ["file,value"]
    for number in range(20):
        Image.new("RGB", (16, 12), (12 * number,) * 3).save(folder / f"{number:02d}.png")
        lines.append(f"{number:02d}.png,{number / 20}")
    (folder / "numbers.csv").write_text("\n".join(lines), "utf-8")
    return folder


def learn(project: Path, *more: str) -> RunFolder:
    assert main(["train", str(project), "--recipe", "two-steps", "--device", "cpu", *more]) == 0
    return list_runs(project)[0]


def test_it_imports_nothing_but_the_public_api() -> None:
    for path in PLUGIN.glob("*.py"):
        allowed = (*ALLOWED, "PySide6", "json") if path.name == "page.py" else ALLOWED
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            for name in names:
                assert name.startswith(allowed), f"{path.name} imports {name}"


def test_a_task_of_its_own_is_trained_measured_and_asked_from_the_shell(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = learn(project, "--epochs", "30", "--set", "augment.speckle=0.1", "--set",
                "sampler=backwards", "--set", "schedule=flat")
    assert run.task == "brightness" and Manifest.load(project).task == "brightness"
    assert task_of_folder(project) == "brightness"
    assert run.config["settings"]["augment.speckle"] == 0.1
    epochs = [event for line in run.lines() if (event := json.loads(line))["event"] == "epoch"]
    assert set(epochs[-1]["losses"]) == {"trunk", "head", "loss"}
    error = run.state["metrics"]["test"]["error"]
    assert error < 0.2 and f"On test: error {error:.3f}" in capsys.readouterr().out
    assert main(["evaluate", str(project), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["error"] == pytest.approx(
        run.state["metrics"]["test"]["error"])
    Image.new("RGB", (9, 9), (120, 120, 120)).save(tmp_path / "middle.png")
    assert main(["predict", str(project), str(tmp_path / "middle.png")]) == 0
    said = capsys.readouterr().out
    assert abs(float(said.split(": ")[1]) - 0.5) < 0.25
    assert main(["brightest", str(project)]) == 0
    assert capsys.readouterr().out == "19.png\n"


def test_its_training_goes_on_to_the_same_weights(project: Path) -> None:
    asked = TrainRequest(recipe="two-steps", epochs=5, device="cpu",
                         settings={"augment.speckle": 0.2})
    whole = train(project, asked, lambda event: None, TrainControl())
    control = TrainControl()

    def leave(event: Event) -> None:
        if isinstance(event, Epoch) and event.epoch == 2:
            control.abandon()

    begun = train(project, asked, leave, control)
    assert begun.state["state"] == "interrupted"
    resume(project, begun, lambda event: None, TrainControl())
    one, other = read_weights(whole.best_path), read_weights(begun.best_path)
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_its_model_is_exported_and_explained(project: Path, tmp_path: Path) -> None:
    run = learn(project, "--epochs", "2")
    for name, format in (("m.npz", "arrays"), ("m.onnx", "onnx")):
        file = tmp_path / name
        assert main(["export", str(project), "--format", format, "--out", str(file)]) == 0
        assert file.stat().st_size > 500
    events: list[Event] = []
    explain(Explain("j", str(project), "03.png", run.name), events.append, TrainControl())
    shown = events[0]
    assert isinstance(shown, Explained) and shown.recipe == "two-steps"
    assert shown.views[0]["title"] == "03.png" and len(shown.views[0]["weights"]) == 4


@pytest.mark.usefixtures("plugin")
def test_its_format_is_imported_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, made = tmp_path / "source", tmp_path / "made"
    source.mkdir()
    for name in ("a", "b"):
        Image.fromarray(np.zeros((40, 60, 3), np.uint8)).save(source / f"{name}.png")
    (source / "dots.txt").write_text(
        "a.png cat 1 2 30 20\na.png dog 5 5 9 9\nb.png cat 0 0 8 8\nnonsense\n", "utf-8")
    assert main(["import", str(source), "--project", str(made), "--check"]) == 0
    assert "2 images" in capsys.readouterr().out and not made.exists()
    assert main(["import", str(source), "--project", str(made), "--format", "dots"]) == 0
    assert "a line is not of the form" in capsys.readouterr().out
    data = load_dataset(made)
    records = {record.key: record for part in ("train", "val", "test")
               for record in data.part(part)}
    assert [(item.label, item.box) for item in records["images/a.png"].objects] == [
        ("cat", (1, 2, 30, 20)), ("dog", (5, 5, 9, 9))]
    assert not (made / "images" / "a.png").is_symlink()
    back = tmp_path / "back"
    found = export_labels(made, ExportRequest("dots"), back)
    assert found.words() == "2 images with 3 objects were written as Dots."
    assert found.lost() == ["Dots does not say what belongs to train, val and test."]
    assert (back / "a.png").read_bytes() == (source / "a.png").read_bytes()
    assert (back / "dots.txt").read_text("utf-8").splitlines() == [
        "a.png cat 1 2 30 20", "a.png dog 5 5 9 9", "b.png cat 0 0 8 8"]


@pytest.mark.usefixtures("plugin")
def test_what_it_adds_is_among_the_settings_of_other_recipes() -> None:
    schema = settings_of(recipes.get("compact-n"))
    assert "augment.speckle" in schema
    assert schema.validate({"optimizer": "sign", "schedule": "flat"})["optimizer"] == "sign"

    class Model:
        def parameter_groups(self, settings: object) -> list[dict[str, object]]:
            return [{"params": [torch.nn.Parameter(torch.zeros(2))]}]

    [built] = build_optimizers({"optimizer": "sign", "lr": 0.1, "weight_decay": 0.0}, Model())
    assert isinstance(built, torch.optim.Rprop)


def test_without_it_nothing_of_it_is_left(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    learn(project, "--epochs", "1")
    remove()
    assert not [item for registry in plugins.REGISTRIES for item in registry
                if PLUGIN.name in repr(item)]
    assert "augment.speckle" not in settings_of(recipes.get("compact-n"))
    capsys.readouterr()
    assert main(["evaluate", str(project)]) == 2
    assert "there is no task “brightness”" in capsys.readouterr().err
    assert main(["runs", str(project)]) == 0
    assert task_of_folder(project) == "detection"
    with pytest.raises(SystemExit):
        main(["brightest", str(project)])
