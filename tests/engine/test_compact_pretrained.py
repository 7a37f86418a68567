"""The compact detector on the backbone that comes with ImageNet weights."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from workbench.engine.models.efficientnet_lite import EfficientNetLite0, renamed
from workbench.engine.models.weight_files import load_weights
from workbench.engine.training.optimizers import build_optimizers
from workbench.extension.detection import BuildContext, DataFacts
from workbench.extension.plugins import load_plugins
from workbench.extension.recipe import LITE0
from workbench.extension.registry import recipes
from workbench.tasks.detection.engine.compact import CompactDetector, build_lite0
from workbench.tasks.detection.engine.types import DetectionTarget

FACTS = DataFacts(
    images=10, boxes=10, image_sizes=((128, 96),) * 10, box_sizes=((40.0, 40.0),) * 10,
    relative_sizes=(0.36,) * 10, boxes_per_image=1, class_counts=(5, 5))


@pytest.fixture(scope="module")
def weights() -> dict[str, Tensor]:
    return load_weights(LITE0)


def detector(weights: dict[str, Tensor] | None, layers: str = "last") -> CompactDetector:
    torch.manual_seed(0)
    settings = {"train_layers": layers, "precision": "32", "image_size": 128}
    model = build_lite0(BuildContext(("a", "b"), settings, FACTS, "cpu"))
    if weights is not None:
        left = model.load_pretrained(weights)
        assert not [name for name in left if name.startswith("backbone.")]
    return model


def pictures() -> tuple[Tensor, list[DetectionTarget]]:
    torch.manual_seed(1)
    images = torch.randint(0, 255, (2, 3, 96, 128), dtype=torch.uint8)
    box = torch.tensor([[20.0, 20.0, 60.0, 60.0]])
    return images, [DetectionTarget(box, torch.tensor([number])) for number in range(2)]


def test_its_last_map_is_that_of_the_classifier_with_the_same_weights(
    weights: dict[str, Tensor]
) -> None:
    whole = EfficientNetLite0().eval()
    whole.load_state_dict(renamed(weights))
    seen: list[Tensor] = []
    whole.blocks[-1].register_forward_hook(lambda _module, _inputs, output: seen.append(output))
    images, _ = pictures()
    module = detector(weights).module.eval()
    with torch.no_grad():
        whole(images)
        maps = module.backbone((images.float() - 127) / 128)
    assert [item.shape[-1] for item in maps] == [32, 16, 8, 4]
    torch.testing.assert_close(maps[-1], seen[0])


@pytest.mark.parametrize(("layers", "first"), [
    ("head", 16), ("last", 11), ("all", -1), ("gradual", -1)])
def test_a_step_changes_only_what_shall_learn(
    weights: dict[str, Tensor], layers: str, first: int
) -> None:
    model = detector(weights, layers)
    load_plugins()
    settings = {**recipes.get("compact-lite0").settings.defaults(), "train_layers": layers}
    optimizer, = build_optimizers(settings, model)
    before = {name: item.clone() for name, item in model.module.state_dict().items()}
    model.module.train()
    images, targets = pictures()
    torch.stack(list(model.losses(images, targets).values())).sum().backward()
    optimizer.step()
    changed = {name for name, item in model.module.state_dict().items()
               if not torch.equal(item, before[name])}
    blocks = {int(name.split(".")[2]) for name in changed if name.startswith("backbone.blocks.")}
    assert blocks == set(range(max(first, 0), 16))
    assert ("backbone.stem.weight" in changed) == (first < 0)
    assert any(name.startswith("neck.") for name in changed)
    assert not [name for name in changed
                if name.startswith("backbone.") and "running" in name]  # a few images spoil them


def groups_of(model: CompactDetector) -> list[dict[str, Any]]:
    return [dict(group) for group in model.parameter_groups({})]


def test_lower_layers_learn_later_and_less(weights: dict[str, Tensor]) -> None:
    model = detector(weights, "gradual")
    model.module.train()
    assert all(item.requires_grad for item in model.module.parameters())
    names = {id(item): name for name, item in model.module.named_parameters()}
    rates: dict[tuple[float, float], set[str]] = {}
    for group in groups_of(model):
        rate = group["lr_scale"], group.get("begins", 0.0)
        rates.setdefault(rate, set()).update(names.pop(id(item)) for item in group["params"])
    assert not names, "each parameter is in one group"
    (_, others), (last, upper), (lower, below) = sorted(rates.items(), reverse=True)
    assert not [name for name in others if name.startswith("backbone.")]
    assert {name.split(".")[2] for name in upper} == {"11", "12", "13", "14", "15"}
    assert "backbone.stem.weight" in below and last[0] > lower[0] and 0 < last[1] < lower[1] < 1


def test_groups_of_weights_are_those_of_earlier_checkpoints(weights: dict[str, Tensor]) -> None:
    model = detector(weights)
    groups = groups_of(model)
    assert [group["lr_scale"] for group in groups] == [1.0, 1.0, 0.3, 0.3]
    assert [group.get("weight_decay") for group in groups] == [None, 0.0, None, 0.0]
    inside = {id(item) for item in model.module.backbone.parameters()}
    for group, there in zip(groups, (False, False, True, True), strict=True):
        assert {id(item) in inside for item in group["params"]} == {there}


def test_without_weights_all_of_it_learns_and_its_norms_follow_the_data() -> None:
    model = detector(None, "head")
    model.module.train()
    assert all(item.requires_grad for item in model.module.parameters())
    norms = [item for item in model.module.backbone.modules() if isinstance(item, nn.BatchNorm2d)]
    assert all(item.training for item in norms)


def test_a_saved_one_stays_frozen_where_it_was(weights: dict[str, Tensor]) -> None:
    again = detector(None)
    again.module.load_state_dict(detector(weights).module.state_dict())
    again.module.train()
    assert not again.module.backbone.stem.weight.requires_grad
    assert not again.module.backbone.stem_norm.training
