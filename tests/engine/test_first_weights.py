"""What a detector on the packaged backbone begins with."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import Tensor

from workbench.engine.models.weight_files import load_weights
from workbench.extension.detection import BuildContext, DataFacts
from workbench.extension.recipe import LITE0
from workbench.tasks.detection.engine.compact import CompactDetector, build_lite0

FACTS = DataFacts(
    images=10, boxes=10, image_sizes=((128, 96),) * 10, box_sizes=((40.0, 40.0),) * 10,
    relative_sizes=(0.36,) * 10, boxes_per_image=1, class_counts=(5, 5))
LARGE = dataclasses.replace(
    FACTS, box_sizes=((110.0, 80.0),) * 10, relative_sizes=(0.84,) * 10)


def detector(facts: DataFacts = FACTS, refine: str = "scored") -> CompactDetector:
    torch.manual_seed(0)
    settings = {"precision": "32", "image_size": 128, "refine_boxes": refine}
    return build_lite0(BuildContext(("a", "b"), settings, facts, "cpu"))


@pytest.fixture(scope="module")
def weights() -> dict[str, Tensor]:
    return load_weights(LITE0)


@pytest.mark.parametrize("facts", [FACTS, LARGE])
@pytest.mark.parametrize("refine", ["scored", "on", "off"])
def test_all_but_what_tells_classes_apart_is_known(
    weights: dict[str, Tensor], facts: DataFacts, refine: str
) -> None:
    left = detector(facts, refine).load_pretrained(weights)
    learned = {name for name in left if not name.endswith("num_batches_tracked")}
    assert learned and all(".scores." in name for name in learned)


def test_classes_are_told_apart_by_nothing_yet(weights: dict[str, Tensor]) -> None:
    model = detector()
    before = {name: item.clone() for name, item in model.module.state_dict().items()
              if ".scores." in name}
    model.load_pretrained(weights)
    after = model.module.state_dict()
    assert before and all(torch.equal(after[name], item) for name, item in before.items())


def test_boxes_begin_at_the_size_of_the_labelled_things(weights: dict[str, Tensor]) -> None:
    grey = torch.full((1, 3, 96, 128), 114, dtype=torch.uint8)
    sides = []
    for facts in (FACTS, LARGE):
        model = detector(facts)
        model.load_pretrained(weights)
        with torch.no_grad():
            _, boxes, _ = model.module.eval().first(grey)
        sides.append((boxes[..., 2:] - boxes[..., :2]).log().mean((0, 1)).exp())
    assert bool((sides[1] > 1.5 * sides[0]).all())


def test_weights_of_something_else_bring_nothing_along() -> None:
    model = detector()
    before = {name: item.clone() for name, item in model.module.state_dict().items()}
    left = model.load_pretrained({"neck.lateral.3.0.weight": torch.zeros(1)})
    after = model.module.state_dict()
    assert sorted(left) == sorted(after)
    assert all(torch.equal(after[name], item) for name, item in before.items())
