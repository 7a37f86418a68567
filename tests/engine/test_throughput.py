"""A run of minutes shows images larger where this machine has the time for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_project import make_project

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.shapes import Box
from workbench.engine.training.control import TrainControl
from workbench.engine.training.parts import build_bare, build_parts
from workbench.engine.training.plan import TrainPlan
from workbench.engine.training.planning import make_plan
from workbench.engine.training.train import plan_of, train
from workbench.formats.voc import new_voc
from workbench.jobs.commands import TrainRequest
from workbench.jobs.events import Step
from workbench.tasks.detection.engine import task as planning
from workbench.tasks.detection.engine import throughput
from workbench.tasks.detection.engine.throughput import pixels_a_second, pixels_an_image


def planned(project: Path, **request: Any) -> TrainPlan:
    asked = TrainRequest(recipe="compact-n", device="cpu", start_from="none", **request)
    return make_plan(project, asked, lambda *_: None)


def side(plan: TrainPlan) -> int:
    return max(build_bare(plan).input_size)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Things a quarter of the picture wide: 256 px suffice for them, and the images have more."""
    folder = make_project(tmp_path / "pictures")
    for path in (folder / "images").iterdir():
        image = Image.new("RGB", (480, 360), (110, 110, 110))
        image.paste((220, 40, 40), (150, 100, 270, 200))
        image.save(path)
        thing = LabeledObject("red", Box(150.0, 100.0, 270.0, 200.0))
        data = new_voc(Annotation((thing,), size=(480, 360)), image_path=path)
        (folder / "annotations" / f"{path.stem}.xml").write_bytes(data)
    return folder


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "pixels_an_image", lambda *_: 1e12)


@pytest.mark.usefixtures("quick")
def test_a_quick_machine_uses_its_time_on_larger_images(pictures: Path) -> None:
    usual = side(planned(pictures, epochs=5))
    assert side(planned(pictures, minutes=5)) > usual, "time is left"
    assert side(planned(pictures, minutes=5, settings={"image_size": 128})) == 128


def test_nothing_is_measured_without_need(
    pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> float:
        raise AssertionError

    monkeypatch.setattr(planning, "pixels_an_image", never)
    planned(pictures, epochs=5)
    planned(pictures, minutes=5, settings={"image_size": 128})


def test_a_machine_is_measured_and_a_slow_one_takes_what_is_needed(
    pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = build_bare(planned(pictures, epochs=5))
    device = torch.device("cpu")
    assert 1e3 < pixels_a_second(model, device) < 1e12
    short = pixels_an_image(model, device, 0.5, 1000)
    assert 0 < short < pixels_an_image(model, device, 50, 10)
    assert pixels_an_image(model, device, 0.1, 10) == 0, "starting takes all of it"
    monkeypatch.setattr(throughput, "pixels_a_second", lambda *_: 0.0)
    assert pixels_an_image(model, device, 50, 10) > 0, "what was just told holds"
    slow = planned(pictures, minutes=0.2)
    assert side(slow) == side(planned(pictures, epochs=5))


@pytest.mark.usefixtures("quick")
def test_a_run_that_goes_on_keeps_its_size_on_a_slower_machine(
    pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = TrainRequest(recipe="compact-n", device="cpu", start_from="none", minutes=0.2)
    control = TrainControl()
    run = train(pictures, asked, lambda event: isinstance(event, Step) and control.abandon(),
                control)
    began = run.config["input_size"]
    monkeypatch.setattr(planning, "pixels_an_image", lambda *_: 0.0)
    assert list(build_bare(plan_of(run, lambda *_: None)).input_size) == began
    assert max(began) > side(planned(pictures, minutes=0.2))


def test_images_that_are_seen_very_often_are_varied_more(pictures: Path, tmp_path: Path) -> None:
    def batch(**length: Any) -> torch.Tensor:
        plan = planned(pictures, settings={"image_size": 128}, **length)
        parts = build_parts(plan, build_bare(plan), tmp_path / "cache")
        try:
            return parts.loader.make(np.arange(9), 1, 0, 0.0).inputs
        finally:
            parts.close()

    usual = batch(epochs=50)
    assert torch.equal(usual, batch(epochs=100))
    often = batch(epochs=101)
    assert not torch.equal(usual, often)
