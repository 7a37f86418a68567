"""Networks that people design: what is said of them is what torch builds; they learn, and runs of
them open without their file."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import tiny_pictures
import torch
from torch import nn

from workbench.core.errors import UsageError, WorkbenchError
from workbench.engine.export.export import export_run
from workbench.engine.models.card import read_card
from workbench.engine.models.designed import begin
from workbench.engine.models.saved import load_run
from workbench.engine.training.control import TrainControl
from workbench.engine.training.preflight import preflight
from workbench.engine.training.train import resume, train
from workbench.jobs.commands import TrainRequest
from workbench.jobs.events import Epoch, Event
from workbench.project.networks.files import read_design, write_design
from workbench.project.networks.layers import FUNCTIONS, INITIALISERS, KINDS, Layer
from workbench.project.networks.network import Design, report_of
from workbench.project.networks.presets import LITTLE_RESNET, PRESETS
from workbench.tasks.image_classification.engine.designed import DesignedImages

SMALL = Design("Small", (
    Layer("convolution", {"channels": 8, "bias": False}), Layer("normalisation"),
    Layer("activation", {"function": "prelu"}), Layer("pooling"),
    Layer("residual", {"channels": 16, "stride": 2}), Layer("global-pooling"),
), {"side": 24})


def quiet(event: Event) -> None:
    pass


def random_layer(chance: random.Random) -> Layer:
    kind = KINDS[chance.choice(list(KINDS))]
    values: dict[str, Any] = {}
    for field in kind.settings:
        if field.kind == "choice":
            values[field.name] = chance.choice([key for key, _ in field.choices])
        elif field.kind == "bool":
            values[field.name] = chance.random() < 0.5
        elif field.kind == "int":
            values[field.name] = chance.choice((1, 2, 3, 4, 6, 8, 12))
    if "pieces" in values:
        values["pieces"] = chance.choice((2, 3))
    return Layer(kind.id, values)


def random_design(seed: int) -> Design:
    """A network of random layers that fit, of at most a few hundred thousand weights."""
    chance = random.Random(seed)
    design = Design("r", (), {"side": chance.randint(8, 20),
                              "colour": chance.choice(("yes", "no", "auto"))})
    for _ in range(30):
        grown = design.with_layers([*design.layers, random_layer(chance)])
        report = report_of(grown)
        if not any(step.problem for step in report.layers) and report.parameters < 300_000:
            design = grown
    shape = report_of(design).layers[-1].shape
    return design if shape is not None and len(shape) == 1 else design.with_layers(
        [*design.layers, Layer("flatten")])


def work_of(found: list[int]) -> Any:
    def count(module: nn.Module, inputs: Any, output: torch.Tensor) -> None:
        weight: Any = module.weight
        found.append(weight.numel() * (output.shape[2] * output.shape[3] if output.ndim == 4
                                       else 1))
    return count


@pytest.mark.parametrize("seed", range(40))
def test_shapes_weights_and_work_are_those_of_torch(seed: int) -> None:
    design = random_design(seed)
    report = report_of(design, classes=5)
    assert report.first_problem() == ""
    network = DesignedImages(design, 5, grey=False).train()
    work: list[int] = []
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            module.register_forward_hook(work_of(work))
    assert report.input is not None
    x = torch.rand(1, *report.input)
    for layer, step in zip(network.body, report.layers, strict=True):
        x = layer(x)
        assert step.measure is not None
        assert tuple(x.shape[1:]) == step.shape
        assert sum(item.numel() for item in layer.parameters()) == step.measure.parameters
    assert network.classifier(x).shape == (1, 5)
    assert sum(work) == report.work
    assert sum(item.numel() for item in network.parameters()) == report.parameters
    side = report.input[1]
    assert network(torch.zeros(2, 3, side, side, dtype=torch.uint8)).shape == (2, 5)


def test_what_does_not_fit_is_refused_with_the_layer() -> None:
    with pytest.raises(UsageError, match=r"Layer 1 \(Dense\): it needs a list of numbers"):
        DesignedImages(Design("d", (Layer("dense"),)), 2, grey=False)


@pytest.mark.parametrize("function", [key for key, _ in FUNCTIONS])
def test_each_activation_bends(function: str) -> None:
    layers = (Layer("flatten"), Layer("dense", {"units": 8}),
              Layer("activation", {"function": function}))
    network = DesignedImages(Design("d", layers, {"side": 8}), 2, grey=False)
    x = torch.linspace(-3, 3, 8).expand(1, 8)
    bend = network.body[2]
    assert not torch.allclose(bend(x) + bend(-x), torch.zeros(1), atol=1e-4) or function == "tanh"


@pytest.mark.parametrize("initialiser", [key for key, _ in INITIALISERS])
def test_first_weights(initialiser: str) -> None:
    torch.manual_seed(0)
    layer = nn.Linear(400, 300)
    begin(layer, initialiser)
    spread = float(layer.weight.detach().std())
    wanted = {"zeros": 0.0, "normal": 0.05, "uniform": 0.1 / 12**0.5, "glorot": (2 / 700) ** 0.5,
              "he": (2 / 400) ** 0.5, "lecun": (1 / 400) ** 0.5, "orthogonal": (1 / 400) ** 0.5}
    assert spread == pytest.approx(wanted[initialiser], rel=0.02, abs=1e-6)
    assert not layer.bias.any()


@pytest.mark.parametrize("design", PRESETS, ids=lambda design: design.title)
def test_presets_are_whole(design: Design) -> None:
    assert report_of(design).first_problem() == ""
    DesignedImages(design, 3, grey=True)


def project_with(folder: Path, design: Design = SMALL, each: int = 6) -> Path:
    project = tiny_pictures.make_pictures(folder / "pictures", each=each)
    write_design(project / "networks" / "small.toml", design)
    return project


def asked(**changes: Any) -> TrainRequest:
    return TrainRequest(**{"device": "cpu", "recipe": "small", "epochs": 3,
                           "settings": {"batch_size": 4}, **changes})


def test_it_learns_and_the_run_needs_the_file_no_more(tmp_path: Path) -> None:
    project = project_with(tmp_path, each=10)
    events: list[Event] = []
    run = train(project, asked(epochs=12), events.append, TrainControl())
    losses = [event.losses["loss"] for event in events if isinstance(event, Epoch)]
    assert losses[-1] < 0.6 * losses[0]
    assert run.state["metrics"]["test"]["accuracy"] >= 0.8
    assert run.config["recipe"] == "own-network"
    assert run.config["recipe_title"] == "Small"
    (project / "networks" / "small.toml").unlink()
    model, card, _ = load_run(run, "cpu")
    assert json.loads(str(card.settings["layers"]))["layers"][0]["channels"] == 8
    assert model.side == 24
    again = train(project, asked(recipe="auto", start_from=run.name, epochs=1), quiet,
                  TrainControl())
    assert read_card(again.best_path).settings["layers"] == card.settings["layers"]
    assert again.config["recipe_title"] == "Small"


def test_a_run_goes_on_when_its_file_was_changed(tmp_path: Path) -> None:
    project = project_with(tmp_path)
    control = TrainControl()

    def leave(event: Event) -> None:
        if isinstance(event, Epoch):
            control.abandon()

    run = train(project, asked(), leave, control)
    write_design(project / "networks" / "small.toml", LITTLE_RESNET)
    done = resume(project, run.name, quiet, TrainControl())
    assert done.state["state"] == "finished"
    assert read_card(done.best_path).input_size == (24, 24)


def test_onnx_answers_alike(tmp_path: Path) -> None:
    layers = (Layer("convolution", {"channels": 12, "kernel": 4}),
              Layer("activation", {"function": "maxout", "pieces": 3}),
              Layer("normalisation", {"over": "group", "groups": 2}),
              Layer("activation", {"function": "gelu"}), Layer("pooling", {"how": "average"}),
              Layer("residual", {"channels": 6, "function": "selu"}),
              Layer("global-pooling", {"how": "max"}), Layer("dense", {"units": 9}),
              Layer("normalisation"), Layer("activation", {"function": "leaky"}))
    project = project_with(tmp_path, Design("Mixed", layers, {"side": 24}))
    run = train(project, asked(epochs=1), quiet, TrainControl())
    told = export_run(project, run, tmp_path / "mixed.onnx", quiet)
    assert told["score_difference"] < 1e-4
    assert told["checked"] > 2  # of the project's own images


def test_faults_are_told_before_a_training(tmp_path: Path) -> None:
    project = project_with(tmp_path)
    path = project / "networks" / "small.toml"
    path.write_text(path.read_text().replace("channels = 8", "channels = -8"))
    with pytest.raises(WorkbenchError, match=r"small.toml: Layer 1 \(Convolution\): channels is"):
        train(project, asked(), quiet, TrainControl())
    path.write_text("layers = 3")
    with pytest.raises(WorkbenchError, match="no list “layers”"):
        train(project, asked(), quiet, TrainControl())
    with pytest.raises(UsageError, match=r"no recipe “other”; there are: .*, networks/small.toml"):
        train(project, asked(recipe="other"), quiet, TrainControl())
    with pytest.raises(UsageError, match="comes from a file"):
        train(project, asked(recipe="own-network"), quiet, TrainControl())
    assert not (project / "runs").exists()


def test_a_file_of_elsewhere_and_its_preflight(tmp_path: Path) -> None:
    project = project_with(tmp_path)
    elsewhere = tmp_path / "mine.toml"
    write_design(elsewhere, read_design(project / "networks" / "small.toml"))
    told = preflight(project, asked(recipe=str(elsewhere)), quiet, TrainControl())
    assert "Small" in told.words
    assert told.recipe == str(elsewhere)
