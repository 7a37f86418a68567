"""torchvision's detectors behind the protocol; at small sizes, because two of them are heavy."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torchvision.models import detection

from workbench.core.detections import Detections
from workbench.engine.data.letterbox import Letterbox
from workbench.engine.models.build import build_model
from workbench.extension.detection import BuildContext, DataFacts
from workbench.extension.registry import recipes
from workbench.tasks.detection.engine.detect import detect_batch
from workbench.tasks.detection.engine.torchvision_detectors import FAMILIES, TorchvisionDetector
from workbench.tasks.detection.engine.types import DetectionTarget

FACTS = DataFacts(2, 2, ((640, 400),) * 2, ((90.0, 80.0),) * 2, (0.2,) * 2, 1, (1, 1))
ALL = sorted(FAMILIES)
LIGHT = ["fasterrcnn-mobilenet-v3-320", "ssdlite320-mobilenet-v3"]


def build(name: str, classes: tuple[str, ...] = ("kangaroo", "dog"), **settings: Any) -> (
    TorchvisionDetector
):
    torch.manual_seed(0)
    recipe = recipes.get(name)
    values = {**recipe.settings.defaults(), "image_size": 128, **settings}
    model = build_model(recipe, BuildContext(classes, values, FACTS, "cpu"))
    assert isinstance(model, TorchvisionDetector)
    return model


def batch(model: TorchvisionDetector) -> tuple[torch.Tensor, list[DetectionTarget]]:
    width, height = model.input_size
    images = torch.randint(0, 255, (2, 3, height, width), dtype=torch.uint8)
    some = DetectionTarget(torch.tensor([[10.0, 8.0, 70.0, 60.0]]), torch.tensor([1]))
    return images, [some, DetectionTarget(torch.zeros(0, 4), torch.zeros(0, dtype=torch.int64))]


@pytest.mark.parametrize("name", ALL)
def test_recipe_says_the_truth(name: str) -> None:
    recipe = recipes.get(name)
    model = build(name)
    own = sum(item.numel() for item in model.module.parameters())
    assert abs(own - recipe.parameters) < 0.4 * recipe.parameters  # heads for other classes
    weights = recipe.weights[0]
    official = getattr(detection, FAMILIES[name].weights).DEFAULT
    assert weights.url == official.url and weights.sha256 in weights.name
    assert f"{model.input_size[0]}×{model.input_size[1]}" in model.summary


@pytest.mark.parametrize("name", LIGHT)
def test_losses_have_gradients_and_detections_are_raw(name: str) -> None:
    model = build(name)
    images, targets = batch(model)
    before = images.clone()
    losses = model.losses(images, targets)
    assert all(loss.ndim == 0 and loss.isfinite() for loss in losses.values())
    sum(losses.values(), torch.zeros(())).backward()
    learned = [p for group in model.parameter_groups({}) for p in group["params"]]
    assert all(parameter.grad is not None for parameter in learned)
    assert torch.equal(images, before)
    found = detect_batch(model, images.numpy(), [Letterbox.fit((640, 400), model.input_size)] * 2,
                         torch.device("cpu"))
    assert len(found) == 2
    for item in found:
        check(item)
    # nothing was suppressed: many boxes lie on each other
    assert max(len(item) for item in found) > 100


def check(item: Detections) -> None:
    assert len(item) <= 1000 and (item.scores >= 0.01).all()
    assert (item.scores[:-1] >= item.scores[1:]).all()
    assert set(item.labels.tolist()) <= {0, 1}
    assert (item.boxes[:, 2] <= 640).all() and (item.boxes[:, 3] <= 400).all()
    assert (item.boxes[:, 2:] > item.boxes[:, :2]).all()


def test_input_follows_the_images_shape() -> None:
    assert build("fasterrcnn-mobilenet-v3-320", image_size=320).input_size == (320, 192)
    assert build("ssdlite320-mobilenet-v3", image_size=0).input_size == (320, 320)


def test_only_the_head_learns_where_that_is_wanted() -> None:
    model = build("fasterrcnn-mobilenet-v3-320", train_layers="head")
    groups = model.parameter_groups({"train_layers": "head"})
    names = {id(p): name for name, p in model.module.named_parameters()}
    learned = {names[id(p)] for group in groups for p in group["params"]}
    assert learned and all(name.startswith(("rpn.", "roi_heads.")) for name in learned)
    images, targets = batch(model)
    state = {k: v.clone() for k, v in model.module.backbone.state_dict().items()}
    model.losses(images, targets)["loss_classifier"].backward()
    after = model.module.backbone.state_dict()
    assert all(torch.equal(state[name], after[name]) for name in state)  # not even statistics


@pytest.mark.parametrize("name", LIGHT)
def test_coco_weights_are_taken_over_with_rows_of_known_classes(name: str) -> None:
    family = FAMILIES[name]
    torch.manual_seed(1)
    official = family.builder(weights=None, weights_backbone=None, num_classes=91)
    model = build(name)
    state = official.state_dict()
    counters = [key for key in state if key.endswith("num_batches_tracked")]
    for key in counters:
        del state[key]  # torchvision's files of some models lack them
    assert model.load_pretrained(state) == []
    own = model.module.state_dict()
    key = next(key for key in model.class_rows if key.endswith("weight"))
    rows = model.class_rows[key]
    coco = getattr(detection, family.weights).DEFAULT.meta["categories"]
    theirs = state[key].reshape(rows.outer, 91, rows.inner, -1)
    mine = own[key].reshape(rows.outer, 3, rows.inner, -1)
    assert torch.equal(mine[:, 0], theirs[:, 0])
    assert torch.equal(mine[:, 2], theirs[:, coco.index("dog")])
    images, targets = batch(model)
    before = {k: v.clone() for k, v in own.items() if "running_" in k and "backbone" in k}
    model.losses(images, targets)
    after = model.module.state_dict()
    assert all(torch.equal(value, after[k]) for k, value in before.items())
