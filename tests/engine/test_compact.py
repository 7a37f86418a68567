"""The compact detector: what it is built like, what it learns from, what it says."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from workbench.core.outline_grids import SIDE
from workbench.core.schema import Value
from workbench.engine.devices import quick_half
from workbench.engine.training.muon import Muon
from workbench.extension.detection import BuildContext, DataFacts
from workbench.tasks.detection.engine.augment import BatchLabels
from workbench.tasks.detection.engine.compact import CompactDetector, build, build_m, build_s
from workbench.tasks.detection.engine.compact.network import SIZES, Network, decode
from workbench.tasks.detection.engine.packed import pack
from workbench.tasks.detection.engine.types import DetectionTarget


def facts(
    boxes: Sequence[tuple[float, float]] = ((60.0, 60.0),),
    image: tuple[int, int] = (640, 480),
    images: int = 10,
) -> DataFacts:
    relative = tuple((w * h / (image[0] * image[1])) ** 0.5 for w, h in boxes)
    return DataFacts(
        images=images, boxes=len(boxes), image_sizes=(image,) * images, box_sizes=tuple(boxes),
        relative_sizes=relative, boxes_per_image=len(boxes), class_counts=(len(boxes), 0),
    )


def context(image_size: int = 0, **settings: Value) -> BuildContext:
    return BuildContext(
        ("a", "b"), {"image_size": image_size, "precision": "32", **settings}, facts(), "cpu"
    )


def small() -> CompactDetector:
    torch.manual_seed(0)
    return build(context(128))


def squares(
    count: int = 4, size: tuple[int, int] = (128, 96)
) -> tuple[Tensor, list[DetectionTarget]]:
    """Bright and dark squares on grey, which are said to be triangles, and two of whose corners
    are key points, for those who ask."""
    triangle = torch.ones(SIDE, SIDE).tril().reshape(1, -1)
    images = torch.full((count, 3, size[1], size[0]), 114, dtype=torch.uint8)
    targets = []
    for number in range(count):
        x, y = 8 + 20 * number % 80, 6 + 14 * number % 60
        images[number, :, y : y + 24, x : x + 24] = 250 if number % 2 else 5
        box = torch.tensor([[x, y, x + 24, y + 24]], dtype=torch.float32)
        corners = torch.tensor([[x, y, 1, 1, x + 24, y, 1, 0]], dtype=torch.float32)
        details = torch.cat((torch.ones(1, 1), box, triangle, corners), 1)
        targets.append(DetectionTarget(box, torch.tensor([number % 2]), details))
    return images, targets


def rows_of(targets: list[DetectionTarget]) -> Tensor:
    """Labels of a batch as a model with fixed shapes is given them."""
    labels = BatchLabels.join(targets)
    return pack(labels.boxes, labels.labels, labels.image, labels.details)


def test_sizes_are_what_their_names_promise() -> None:
    counts = [
        sum(parameter.numel() for parameter in builder(context()).module.parameters()) / 1e6
        for builder in (build, build_s, build_m)
    ]
    assert 0.35 < counts[0] < 0.75
    assert 1.5 < counts[1] < 2.6
    assert 6.5 < counts[2] < 10


@pytest.mark.parametrize("strides", [(4, 8), (8, 16), (16, 32), (8, 16, 32)])
def test_every_cell_of_every_grid_says_something(strides: tuple[int, ...]) -> None:
    network = Network(SIZES["n"], 3, strides, (20.0, 30.0)).eval()
    images = torch.zeros((2, 3, 80, 112), dtype=torch.uint8)
    logits, boxes = network(images)
    cells = sum(-(-80 // stride) * -(-112 // stride) for stride in strides)
    assert logits.shape == (2, cells, 3) and boxes.shape == (2, cells, 4)
    # it starts by saying: probably nothing, but if so, of the usual size, and here
    assert logits.sigmoid().max() < 0.05
    sizes = boxes[..., 2:] - boxes[..., :2]
    assert ((sizes / torch.tensor([20.0, 30.0])).log().abs() < 0.7).all()
    middle = (boxes[0, 0, :2] + boxes[0, 0, 2:]) / 2
    assert (middle - strides[0] / 2).abs().max() < strides[0]


def test_decoding_is_what_it_says() -> None:
    raw = torch.zeros((1, 4, 2, 3))
    raw[0, :, 1, 2] = torch.tensor([0.25, -0.5, 0.6931472, 0.0])
    boxes = decode(raw, 8)[0]
    assert torch.allclose(boxes[0], torch.tensor([0.0, 0.0, 8.0, 8.0]))
    # centre (2.5 + 0.25, 1.5 − 0.5) cells, 2 × 1 cells
    assert torch.allclose(boxes[5], torch.tensor([14.0, 4.0, 30.0, 12.0]), atol=1e-4)


def test_learns_squares_and_finds_them() -> None:
    model = small()
    images, targets = squares(8)
    optimizer = Muon(model.parameter_groups({}))
    losses = []
    for step in range(36):
        for group in optimizer.param_groups:
            group["lr"] = 0.02 * (1 - step / 36)
        loss = torch.stack(list(model.losses(images, targets).values())).sum()
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.3 * losses[0]

    model.module.eval()
    for found, target in zip(model.detect(images), targets, strict=True):
        assert found.labels[0] == target.labels[0]
        assert (found.boxes[0] - target.boxes[0]).abs().max() < 6
        assert found.scores[0] > 0.3


def test_detections_are_few_sorted_and_on_the_picture() -> None:
    model = build(context(320))
    with torch.no_grad():  # make it see things everywhere
        for head in model.module.get_submodule("heads").children():
            head.get_parameter("scores.bias").fill_(1.0)
    model.module.eval()
    for found in model.detect(torch.zeros((2, 3, 240, 320), dtype=torch.uint8)):
        assert len(found.scores) == len(found.labels) == len(found.boxes) == 1000
        assert bool((found.scores.diff() <= 0).all()) and found.scores[-1] >= 0.01
        assert found.boxes.min() >= 0
        assert found.boxes[:, 2].max() <= 320 and found.boxes[:, 3].max() <= 240
        assert set(found.labels.tolist()) <= {0, 1}


def test_nothing_to_see_is_said_with_nothing() -> None:
    model = small()
    with torch.no_grad():
        for head in model.module.get_submodule("heads").children():
            head.get_parameter("scores.bias").fill_(-9.0)
    model.module.eval()
    found = model.detect(torch.zeros((1, 3, 96, 128), dtype=torch.uint8))[0]
    assert found.boxes.shape == (0, 4) and len(found.scores) == 0


@pytest.mark.parametrize("boxes", [
    torch.zeros((0, 4)),
    torch.tensor([[5.0, 5.0, 6.0, 6.0], [127.0, 95.0, 128.0, 96.0]]),
    torch.tensor([[0.0, 0.0, 128.0, 96.0]]),
    torch.tensor([[10.0, 10.0, 50.0, 12.0]] * 300),
], ids=["none", "one pixel", "all of it", "300 alike"])
def test_odd_labels_give_finite_gradients(boxes: Tensor) -> None:
    model = small()
    images, targets = squares(2)
    targets[1] = DetectionTarget(boxes, torch.zeros(len(boxes), dtype=torch.int64))
    if not len(boxes):
        targets[0] = targets[1]
    losses = model.losses(images, targets)
    torch.autograd.backward(list(losses.values()))
    assert set(losses) == {"class", "box"}
    for name, parameter in model.module.named_parameters():
        assert parameter.grad is not None and bool(parameter.grad.isfinite().all()), name


def test_five_thousand_boxes_on_one_image_can_be_learned() -> None:
    model = build(context(320))
    images = torch.zeros((4, 3, 240, 320), dtype=torch.uint8)
    few = [DetectionTarget(torch.tensor([[9.0, 9.0, 40.0, 40.0]]), torch.tensor([0]))] * 4
    corner = torch.rand((5000, 2)) * 200
    boxes = torch.cat((corner, corner + 20), 1)
    many = [*few[:3], DetectionTarget(boxes, torch.zeros(5000, dtype=torch.int64))]

    losses = model.losses(images, many)
    torch.autograd.backward(list(losses.values()))
    assert all(torch.isfinite(value) for value in losses.values())


def test_half_precision_is_for_learning_only() -> None:
    model = small()
    images, targets = squares(2)
    model.module.eval()
    full = model.detect(images)[0]
    assert isinstance(model.module, Network)
    model.module.half_on_cpu = True
    assert torch.equal(full.scores, model.detect(images)[0].scores)
    model.module.train()
    loss = torch.stack(list(model.losses(images, targets).values())).sum()
    torch.autograd.backward(loss)
    assert loss.dtype == torch.float32
    assert all(parameter.dtype == torch.float32 for parameter in model.module.parameters())


def test_half_precision_where_asked_for_or_where_it_pays() -> None:
    assert quick_half("cpu", "bf16")
    assert not quick_half("cpu", "32")
    assert not quick_half("cuda", "auto") and not quick_half("cuda", "bf16")
    assert quick_half("cpu", "auto") in (True, False)


def test_weights_of_an_earlier_model_are_taken_over() -> None:
    old = small()
    torch.manual_seed(1)
    new = build(BuildContext(("x", "y", "z"), context(128).settings, facts(), "cpu"))
    left = new.load_pretrained(old.module.state_dict())
    assert left == sorted(name for name in old.class_rows)
    mine, theirs = new.module.state_dict(), old.module.state_dict()
    assert all(torch.equal(mine[name], theirs[name]) for name in theirs if name not in left)


def test_biases_and_norms_do_not_decay() -> None:
    model = small()
    counted = 0
    for group in model.parameter_groups({}):
        decays = group.get("weight_decay", 1.0) != 0.0
        parameters = group["params"]
        assert isinstance(parameters, list)
        assert all((parameter.ndim > 1) == decays for parameter in parameters)
        counted += len(parameters)
    assert counted == len(list(model.module.parameters()))
