"""A network of one's own for sounds: learned, exported, and told where it does not fit."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from workbench.core.errors import WorkbenchError
from workbench.engine.export.export import export_run
from workbench.engine.training.control import TrainControl
from workbench.engine.training.train import train
from workbench.jobs.commands import TrainRequest
from workbench.jobs.events import Epoch, Event
from workbench.project.networks.files import read_design, write_design
from workbench.project.networks.layers import Layer
from workbench.project.networks.network import SOUNDS, Design
from workbench.tasks.sound_classification.engine.predict import SoundPredictor

EAR = Design("Ear", (
    Layer("convolution", {"channels": 8, "stride": 2, "bias": False}), Layer("normalisation"),
    Layer("activation", {"function": "prelu"}), Layer("residual", {"channels": 12, "stride": 2}),
    Layer("global-pooling", {"how": "max"})), kind=SOUNDS)


def asked(**changes: object) -> TrainRequest:
    return dataclasses.replace(TrainRequest(device="cpu", recipe="ear", epochs=6,
                                            settings={"batch_size": 8}), **changes)


def test_it_learns_and_hears_the_same_elsewhere(sounds: Path, tmp_path: Path) -> None:
    file = sounds / "networks" / "ear.toml"
    write_design(file, EAR)
    assert "side" not in file.read_text("utf-8") and read_design(file, SOUNDS) == EAR
    events: list[Event] = []
    run = train(sounds, asked(), events.append, TrainControl())
    losses = [event.losses["loss"] for event in events if isinstance(event, Epoch)]
    assert losses[-1] < 0.8 * losses[0]
    assert (run.config["recipe"], run.config["recipe_title"]) == ("own-sound-network", "Ear")
    file.unlink()
    again = train(sounds, asked(recipe="auto", start_from=run.name, epochs=1), events.append,
                  TrainControl())
    assert again.config["recipe_title"] == "Ear"
    assert SoundPredictor.load(again, "cpu").classes == SoundPredictor.load(run, "cpu").classes
    told = export_run(sounds, run, tmp_path / "ear.onnx", events.append)
    assert told["score_difference"] < 1e-3 and told["checked"] > 1


def test_what_does_not_fit_the_sounds_is_told_at_its_layer(sounds: Path) -> None:
    layers = (Layer("pooling", {"size": 60}), *EAR.layers)
    write_design(sounds / "networks" / "ear.toml", Design("Ear", layers, kind=SOUNDS))
    with pytest.raises(WorkbenchError, match=r"Layer 1 \(Pooling\): its window of 60 × 60"):
        train(sounds, asked(), lambda event: None, TrainControl())
    assert not (sounds / "runs").exists()
