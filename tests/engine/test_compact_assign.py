"""Assignment and losses against plain loops and known values."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

import tests.engine.compact_by_lists as before
from workbench.tasks.detection.engine.compact import assign as rules
from workbench.tasks.detection.engine.compact.assign import Objects, overlap
from workbench.tasks.detection.engine.compact.loss import complete_iou, detection_losses, join
from workbench.tasks.detection.engine.types import DetectionTarget

SIZE, STRIDES = (96, 64), (8, 16)
CELLS = 12 * 8 + 6 * 4


def scene(seed: int, objects: int, images: int = 2) -> tuple[Tensor, Tensor, Objects]:
    """Random scores and boxes near each cell, and random objects."""
    generator = torch.Generator().manual_seed(seed)
    middles = []
    for stride in STRIDES:
        ys, xs = torch.meshgrid(
            torch.arange(SIZE[1] // stride), torch.arange(SIZE[0] // stride), indexing="ij"
        )
        middles.append(torch.stack((xs, ys), -1).reshape(-1, 2).float().add(0.5) * stride)
    middle = torch.cat(middles)
    half = 4 + 16 * torch.rand((images, CELLS, 2), generator=generator)
    boxes = torch.cat((middle - half, middle + half), 2)
    scores = torch.rand((images, CELLS, 3), generator=generator)
    corner = torch.rand((objects, 2), generator=generator) * torch.tensor([70.0, 40.0])
    side = 3 + 22 * torch.rand((objects, 2), generator=generator)
    return scores, boxes, Objects(
        torch.cat((corner, corner + side), 1),
        torch.randint(0, 3, (objects,), generator=generator),
        torch.randint(0, images, (objects,), generator=generator),
    )


def assign(
    scores: Tensor, boxes: Tensor, objects: Objects, size: tuple[int, int], strides: Sequence[int]
) -> before.Assignment:
    """The cells that answer, in one list."""
    found = rules.assign(scores, boxes, objects, size, strides)
    assert not found.weight[~found.answers].any()
    rows = torch.arange(len(objects))[:, None].expand_as(found.cell)
    kept = found.answers
    return before.Assignment(found.cell[kept], rows[kept], found.weight[kept])


def padded(objects: Objects, length: int) -> Objects:
    """The same objects with rows that are none after them."""
    more = length - len(objects)
    return Objects(torch.cat((objects.boxes, torch.zeros(more, 4))),
                   torch.cat((objects.labels, torch.zeros(more, dtype=torch.int64))),
                   torch.cat((objects.image, torch.zeros(more, dtype=torch.int64))),
                   torch.arange(length) < len(objects))


def by_loops(scores: Tensor, boxes: Tensor, objects: Objects) -> dict[int, int]:
    """Cell → object, as the docstring of the module tells it."""
    chosen: dict[int, tuple[float, int]] = {}
    for number in range(len(objects)):
        box, label, image = objects.boxes[number], objects.labels[number], objects.image[number]
        options, first = [], 0
        for stride in STRIDES:
            columns, rows = SIZE[0] // stride, SIZE[1] // stride
            home_x = min(max(int((box[0] + box[2]) / 2 // stride), 0), columns - 1)
            home_y = min(max(int((box[1] + box[3]) / 2 // stride), 0), rows - 1)
            for y in range(rows):
                for x in range(columns):
                    if max(abs(x - home_x), abs(y - home_y)) > rules.REACH:
                        continue
                    px, py = (x + 0.5) * stride, (y + 0.5) * stride
                    inside = box[0] < px < box[2] and box[1] < py < box[3]
                    if not inside and (x, y) != (home_x, home_y):
                        continue
                    cell = first + y * columns + x
                    fit = overlap(boxes[image, cell], box)
                    score = scores[image, cell, label]
                    aligned = score**rules.SCORE_POWER * fit**rules.OVERLAP_POWER + 1e-9
                    options.append((float(aligned), float(fit), int(image) * CELLS + cell))
            first += columns * rows
        for _, best, cell in sorted(options, reverse=True)[: rules.TOP]:
            if best > chosen.get(cell, (-1.0, 0))[0]:
                chosen[cell] = (best, number)
    return {cell: number for cell, (_, number) in chosen.items()}


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), objects=st.integers(1, 6))
def test_agrees_with_plain_loops(seed: int, objects: int) -> None:
    scores, boxes, truth = scene(seed, objects)
    found = assign(scores, boxes, truth, SIZE, STRIDES)
    mapping = dict(zip(found.cell.tolist(), found.object.tolist(), strict=True))
    assert mapping == by_loops(scores, boxes, truth)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), objects=st.integers(0, 40))
def test_cells_answer_once_in_their_own_image_with_a_weight(seed: int, objects: int) -> None:
    scores, boxes, truth = scene(seed, objects)
    found = assign(scores, boxes, truth, SIZE, STRIDES)
    assert len(set(found.cell.tolist())) == len(found.cell)
    assert torch.equal(found.cell // CELLS, truth.image[found.object])
    assert bool(((found.weight >= 0) & (found.weight <= 1)).all())


def one(box: tuple[float, float, float, float]) -> tuple[Objects, before.Assignment]:
    scores, boxes, _ = scene(1, 0)
    truth = Objects(torch.tensor([box]), torch.tensor([0]), torch.tensor([1]))
    return truth, assign(scores, boxes, truth, SIZE, STRIDES)


@pytest.mark.parametrize("box", [
    (20.0, 20.0, 21.0, 21.0), (0.0, 0.0, 96.0, 64.0), (95.0, 63.0, 96.0, 64.0),
    (40.0, 2.0, 41.0, 60.0), (-30.0, -30.0, -10.0, -10.0),
])
def test_every_object_finds_a_cell(box: tuple[float, float, float, float]) -> None:
    _, found = one(box)
    assert len(found.cell) >= 1


def test_the_best_fitting_cell_weighs_the_best_overlap() -> None:
    scores, boxes, _ = scene(2, 0)
    truth = Objects(torch.tensor([[20.0, 10.0, 60.0, 50.0]]), torch.tensor([0]), torch.tensor([0]))
    found = assign(torch.full_like(scores, 0.5), boxes, truth, SIZE, STRIDES)
    fits = overlap(boxes.reshape(-1, 4)[found.cell], truth.boxes)
    assert found.weight.max() == pytest.approx(float(fits.max()), abs=1e-5)
    assert int(found.weight.argmax()) == int(fits.argmax())


def test_overlap_of_known_boxes() -> None:
    a = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 10], [0, 0, 10, 10], [5, 5, 5, 5]])
    b = torch.tensor([[0.0, 0, 10, 10], [5, 0, 15, 10], [20, 20, 30, 30], [5, 5, 5, 5]])
    assert torch.allclose(overlap(a, b), torch.tensor([1.0, 1 / 3, 0.0, 0.0]))


def test_complete_iou_rewards_nearness_and_shape() -> None:
    truth = torch.tensor([[10.0, 10.0, 30.0, 30.0]])

    def value(*box: float) -> float:
        return complete_iou(torch.tensor([box]), truth).item()

    assert value(10, 10, 30, 30) == pytest.approx(1, abs=1e-5)
    assert value(40, 10, 60, 30) > value(80, 10, 100, 30)  # apart, but nearer
    # of equal overlap and centre, the one of the right shape
    assert value(15, 15, 25, 25) > value(17.5, 10 + 5 / 1.5, 22.5, 30 - 5 / 1.5)
    assert value(70, 70, 90, 90) < 0


def test_losses_fall_when_the_answer_is_right() -> None:
    logits = torch.full((1, CELLS, 3), -4.0)
    _, boxes, _ = scene(3, 0, images=1)
    target = [DetectionTarget(torch.tensor([[8.0, 8.0, 40.0, 40.0]]), torch.tensor([1]))]
    objects = join(target, torch.device("cpu"))
    before = detection_losses(logits, boxes, objects, SIZE, STRIDES)
    found = assign(logits.sigmoid(), boxes, objects, SIZE, STRIDES)
    boxes.reshape(-1, 4)[found.cell] = objects.boxes[0]
    logits.reshape(-1, 3)[found.cell, 1] = 3.0
    after = detection_losses(logits, boxes, objects, SIZE, STRIDES)
    assert after["box"] < 0.05 * before["box"]
    wrong = logits.clone()
    wrong.reshape(-1, 3)[found.cell, 0] = 3.0
    assert detection_losses(wrong, boxes, objects, SIZE, STRIDES)["class"] > after["class"]


def test_a_batch_without_objects_has_a_class_loss_only() -> None:
    none = [DetectionTarget(torch.zeros((0, 4)), torch.zeros(0, dtype=torch.int64))] * 2
    logits = torch.zeros((2, CELLS, 3), requires_grad=True)
    boxes = torch.zeros((2, CELLS, 4), requires_grad=True)
    losses = detection_losses(logits, boxes, join(none, torch.device("cpu")), SIZE, STRIDES)
    assert losses["class"] > 0 and losses["box"] == 0
    torch.autograd.backward(list(losses.values()))
    assert boxes.grad is not None and not boxes.grad.any()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), objects=st.integers(0, 40), more=st.sampled_from((0, 1, 30)))
def test_padded_lists_give_what_lists_of_any_length_gave(
    seed: int, objects: int, more: int
) -> None:
    scores, boxes, truth = scene(seed, objects)
    logits = scores.logit().requires_grad_()
    boxes.requires_grad_()
    expected = before.assign(scores, boxes.detach(), truth, SIZE, STRIDES)
    found = assign(scores, boxes.detach(), padded(truth, objects + more), SIZE, STRIDES)
    assert torch.equal(found.cell, expected.cell)
    assert torch.equal(found.object, expected.object)
    # sums of lists of another length are rounded another way
    torch.testing.assert_close(found.weight, expected.weight, rtol=1e-6, atol=1e-8)

    old = before.detection_losses(logits, boxes, truth, SIZE, STRIDES)
    gradients = torch.autograd.grad(list(old.values()), (logits, boxes))
    new = detection_losses(logits, boxes, padded(truth, objects + more), SIZE, STRIDES)
    for name, value in old.items():
        torch.testing.assert_close(new[name], value, rtol=1e-6, atol=1e-6)
    for mine, theirs in zip(torch.autograd.grad(list(new.values()), (logits, boxes)), gradients,
                            strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-5, atol=1e-6)
