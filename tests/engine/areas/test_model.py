"""The networks of areas, their loss, and steps as a GPU takes them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.engine.queued_step import look_at_nothing, looked_at, made_parts
from workbench.core.annotation import LabeledObject
from workbench.core.class_maps import UNKNOWN
from workbench.core.outlines import Polygon
from workbench.engine.training.muon import Muon
from workbench.engine.training.step import StepTaker
from workbench.extension.recipe import LITE0
from workbench.extension.segmentation import AreaFacts, BuildContext
from workbench.extension.settings import TRAINING
from workbench.tasks.segmentation.engine.looking import at_once
from workbench.tasks.segmentation.engine.loss import area_losses
from workbench.tasks.segmentation.engine.model import AreaModel, build, build_lite0
from workbench.tasks.segmentation.engine.plan import input_size, shrunk_text, usual_size
from workbench.tasks.segmentation.samples import AreaSample, area_facts


def facts(*sizes: tuple[int, int]) -> AreaFacts:
    return AreaFacts(len(sizes), sizes, (0.2, 0.1))


def made(builder: Any = build, **settings: Any) -> AreaModel:
    values = {**TRAINING.defaults(), "precision": "32", **settings}
    model: AreaModel = builder(BuildContext(("a", "b"), values, facts((64, 64)), "cpu"))
    return model


def batch() -> torch.Tensor:
    return torch.randint(0, 256, (2, 3, 64, 64), dtype=torch.uint8)


def labels() -> torch.Tensor:
    return torch.randint(0, 3, (2, 64, 64), dtype=torch.uint8)


@pytest.mark.parametrize("device", ["cuda", "cpu"])
@pytest.mark.parametrize("builder", [build, build_lite0])
def test_no_number_is_looked_at_in_a_step(
    device: str, builder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses = look_at_nothing(made(builder), device, batch, labels, monkeypatch)
    assert losses.shape == (4,)


def test_no_gradient_looks_at_a_number() -> None:
    model = made()
    model.module.train()
    groups = [{"params": list(model.module.parameters()), "lr": 0.01, "weight_decay": 0.01}]
    taker = StepTaker(made_parts(model, "cpu", [Muon(groups, lr=0.01)]), queued=True)
    step = partial(taker._queued, batch(), labels())
    step()
    assert looked_at(step) == []


@pytest.mark.parametrize("builder", [build, build_lite0])
def test_every_pixel_gets_probabilities(builder: Any) -> None:
    model = made(builder)
    model.module.eval()
    found = model.scores(batch())
    assert found.shape == (2, 3, 64, 64)
    assert torch.allclose(found.sum(1), torch.ones(2, 64, 64), atol=1e-5)


def test_unknown_pixels_teach_nothing() -> None:
    logits = torch.randn(2, 3, 8, 8, requires_grad=True)
    targets = torch.randint(0, 3, (2, 8, 8), dtype=torch.uint8)
    targets[:, :4] = UNKNOWN
    torch.stack([*area_losses(logits, targets).values()]).sum().backward()
    assert logits.grad is not None
    assert (logits.grad[:, :, :4] == 0).all() and (logits.grad[:, :, 4:] != 0).any()


def test_nothing_known_is_no_loss() -> None:
    losses = area_losses(torch.randn(1, 3, 4, 4), torch.full((1, 4, 4), UNKNOWN).to(torch.uint8))
    assert [float(value) for value in losses.values()] == [0.0, 0.0]


def test_the_right_answer_has_less_loss_than_any_other() -> None:
    targets = torch.randint(0, 3, (1, 16, 16), dtype=torch.uint8)
    right = torch.nn.functional.one_hot(targets.long(), 3).permute(0, 3, 1, 2).float() * 20
    for name, value in area_losses(right, targets).items():
        assert value < 0.01 < area_losses(right.roll(1, 1), targets)[name]


def test_the_packaged_backbone_is_taken_over_and_its_head_is_not() -> None:
    from workbench.engine.models.weight_files import load_weights

    model = made(build_lite0, train_layers="head")
    left = model.load_pretrained(load_weights(LITE0))
    assert not any("backbone" in name and "num_batches" not in name for name in left)
    model.module.train()
    backbone = [item for name, item in model.module.named_parameters() if "backbone" in name]
    assert not any(item.requires_grad for item in backbone)
    grouped = {id(item) for group in model.parameter_groups({}) for item in group["params"]}
    assert grouped == {id(item) for item in model.module.parameters()}


def test_the_input_has_the_shape_of_the_images() -> None:
    assert input_size(facts((512, 512))) == (512, 512)
    assert input_size(facts((4000, 3000))) == (512, 384)
    assert input_size(facts((300, 600)), 0) == (256, 512)
    assert input_size(facts((100, 90))) == (96, 96)
    assert input_size(facts((20, 20))) == (64, 64) and input_size(facts((8, 30)), 1) == (32, 64)
    assert input_size(facts((4000, 3000)), 1024) == (1024, 768)
    assert input_size(facts()) == (512, 512)
    said = shrunk_text(usual_size(facts((4000, 3000))), 512)
    assert said == ", 7.8 times smaller than 4000×3000"
    assert not shrunk_text(usual_size(facts((512, 512))), 512)


def test_thin_things_are_shown_larger() -> None:
    large = facts((4000, 3000))
    assert input_size(replace(large, thinnest=0.1)) == (512, 384)
    assert input_size(replace(large, thinnest=0.004)) == (992, 736)
    assert input_size(replace(large, thinnest=0.0001)) == (1536, 1152)
    assert input_size(replace(facts((300, 300)), thinnest=0.001)) == (288, 288)


@pytest.mark.parametrize(("width", "unlabelled"), [(3, "background"), (20, "background"),
                                                   (3, "unknown")])
def test_how_thin_a_class_is(width: int, unlabelled: str) -> None:
    line = Polygon((((0.0, 50.0), (400.0, 50.0), (400.0, 50.0 + width), (0.0, 50.0 + width)),))
    sample = AreaSample("a.png", Path("a.png"), (400, 300), (LabeledObject("line", line),))
    found = area_facts([sample], ["line"], unlabelled)
    assert found.thinnest == pytest.approx(0 if unlabelled == "unknown" else width / 400, abs=0.001)


def test_fewer_inputs_are_looked_at_together_where_each_takes_much_memory() -> None:
    cpu, gpu = torch.device("cpu"), torch.device("cuda")
    assert at_once((64, 64), 3, cpu) == at_once((64, 64), 3, gpu) == 32
    assert at_once((512, 512), 3, cpu) == 3 and at_once((512, 512), 3, gpu) == 30
    assert at_once((512, 512), 254, cpu) == 1 and at_once((512, 512), 254, gpu) == 3
    assert at_once((2048, 1376), 3, cpu) == 1 and at_once((2048, 1376), 3, gpu) == 2


@pytest.mark.parametrize(("images", "objects", "looked"), [
    (3, 1, 3), (400, 1, 200), (400, 200, 50), (20, 3000, 5)])
def test_what_a_recipe_is_told_takes_no_seconds(images: int, objects: int, looked: int) -> None:
    cell = LabeledObject("cell", Polygon((((1, 1), (9, 1), (9, 9)),)))
    samples = [AreaSample(str(number), Path(), (10, 10), (cell,) * objects)
               for number in range(images)]
    found = area_facts(samples, ["cell"], "background")
    assert found.images == images and len(found.image_sizes) == looked
    assert found.shares[0] == pytest.approx(0.36, abs=0.1)
