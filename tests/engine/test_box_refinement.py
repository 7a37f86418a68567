"""Boxes are refined and averaged; what was trained without that stays as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tiny_project import make_project
from torch import Tensor, nn
from torch.nn import functional

from tests.engine.test_compact import context, squares
from workbench.core.schema import Value
from workbench.engine.training.planning import make_plan
from workbench.jobs.commands import TrainRequest
from workbench.tasks.detection.engine.compact import CompactDetector, build, build_lite0
from workbench.tasks.detection.engine.compact.assign import Objects, overlap
from workbench.tasks.detection.engine.compact.box_refinement import (
    CHANNELS,
    MOST,
    POINTS,
    REACH,
    BoxRefinement,
    averaged,
)
from workbench.tasks.detection.engine.compact.loss import detection_losses

STRIDE = 8


def scene(count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Maps (B, 4, 16, 20) on which a rectangle of ones lies, and where it lies (B, 1, 4)."""
    maps = torch.zeros((count, 4, 16, 20))
    boxes = torch.zeros((count, 1, 4))
    for number in range(count):
        x, y, width, height = (int(torch.randint(low, high, (1,), generator=generator))
                               for low, high in ((1, 8), (1, 6), (4, 11), (4, 9)))
        maps[number, :, y : y + height, x : x + width] = 1.0
        boxes[number, 0] = torch.tensor([x, y, x + width, y + height]) * float(STRIDE)
    return maps, boxes


def shaken(boxes: Tensor, generator: torch.Generator) -> Tensor:
    side = (boxes[..., 2:] - boxes[..., :2]).repeat(1, 1, 2)
    return boxes + side * 0.3 * (torch.rand(boxes.shape, generator=generator) - 0.5)


def test_it_learns_to_frame_what_it_sees() -> None:
    torch.manual_seed(0)
    chance = torch.Generator().manual_seed(0)
    refinement = BoxRefinement(4, STRIDE)
    optimizer = torch.optim.AdamW(refinement.parameters(), lr=0.003)
    for _ in range(100):
        maps, boxes = scene(32, chance)
        found, _ = refinement(maps, shaken(boxes, chance), torch.arange(32))
        loss = functional.smooth_l1_loss(found / STRIDE, boxes / STRIDE)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
    refinement.eval()
    maps, boxes = scene(64, chance)
    rough = shaken(boxes, chance)
    with torch.no_grad():
        found, _ = refinement(maps, rough, torch.arange(64))
    before, after = overlap(rough, boxes).mean(), overlap(found, boxes).mean()
    assert before < 0.8 and after > 0.88


def test_it_samples_the_image_of_a_box_and_leaves_the_first_boxes_alone() -> None:
    torch.manual_seed(0)
    refinement = BoxRefinement(4, STRIDE).eval()
    torch.nn.init.normal_(refinement.sides.weight)
    maps = torch.rand((3, 4, 16, 20))
    boxes = torch.tensor([[[8.0, 8.0, 60.0, 70.0], [-40.0, 50.0, 300.0, 90.0]]])
    alone = [refinement(maps[place : place + 1], boxes, torch.tensor([0]))[0] for place in range(3)]
    together, _ = refinement(maps, boxes.repeat(3, 1, 1), torch.tensor([2, 0, 1]))
    torch.testing.assert_close(together, torch.cat([alone[2], alone[0], alone[1]]))
    assert not torch.allclose(alone[0], alone[1])
    first = boxes.clone().requires_grad_()
    refinement(maps[:1], first, torch.tensor([0]))[0].sum().backward()
    assert first.grad is None or not first.grad.any()


def test_sampling_points_lie_evenly_over_the_box() -> None:
    torch.manual_seed(0)
    refinement = BoxRefinement(CHANNELS, STRIDE)
    refinement.squeeze = nn.Sequential()
    seen: list[Tensor] = []
    refinement.hidden.register_forward_pre_hook(lambda _layer, given: seen.append(given[0]))
    maps = torch.rand((1, CHANNELS, 16, 20))
    box = torch.tensor([20.0, 30.0, 90.0, 140.0])  # reaches beyond the map
    refinement(maps, box.view(1, 1, 4), torch.tensor([0]))
    steps = torch.linspace(-REACH, REACH, POINTS)
    across, down = 55 + 70 * steps, 85 + 110 * steps
    x, y = torch.meshgrid(across / (20 * STRIDE), down / (16 * STRIDE), indexing="xy")
    expected = functional.grid_sample(maps, torch.stack((x, y), -1)[None] * 2 - 1,
                                      align_corners=False)
    torch.testing.assert_close(seen[0].view(POINTS, POINTS, CHANNELS), expected[0].permute(1, 2, 0))


def opinionated(rescores: bool) -> BoxRefinement:
    torch.manual_seed(0)
    refinement = BoxRefinement(4, STRIDE, rescores).eval()
    for layer in (refinement.sides, refinement.rescoring):
        if layer is not None:
            nn.init.normal_(layer.weight)
    return refinement


@pytest.mark.parametrize("rescores", [False, True])
@pytest.mark.parametrize("cells", [40, MOST + 500])
def test_the_best_boxes_are_refined(cells: int, rescores: bool) -> None:
    refinement = opinionated(rescores)
    corner = torch.rand((2, cells, 2)) * 60
    boxes = torch.cat((corner, corner + 30), 2)
    logits = torch.rand((2, cells, 3))
    with torch.no_grad():
        named, found = refinement.refine_best(torch.rand((2, 4, 16, 20)), boxes, logits)
    changed = (found != boxes).any(2)
    assert changed.sum(1).tolist() == [min(cells, MOST)] * 2
    assert torch.equal((named != logits).any(2), changed & rescores)
    scores = logits.amax(2)
    for image in range(2):
        rest = scores[image][~changed[image]]
        assert not len(rest) or scores[image][changed[image]].min() >= rest.max()


def test_all_classes_of_a_box_are_scored_anew_alike() -> None:
    refinement = opinionated(True)
    maps, boxes = scene(2, torch.Generator().manual_seed(0))
    logits = torch.tensor([[[0.5, -1.0]], [[-2.0, 0.25]]])
    with torch.no_grad():
        named, found = refinement.refine_best(maps, boxes, logits)
        expected, more = refinement(maps, boxes, torch.arange(2))
    assert more is not None
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-3)
    torch.testing.assert_close(named, logits + more[..., None], rtol=0, atol=1e-4)


def test_boxes_score_by_how_well_they_fit_an_object_of_their_class() -> None:
    exact, loose, beside = [0.0, 0.0, 40.0, 40.0], [0.0, 0.0, 45.0, 45.0], [20.0, 0.0, 60.0, 40.0]
    boxes = torch.tensor([[exact, loose, beside, exact], [exact, loose, beside, exact]])
    logits = torch.zeros((2, 4, 2))
    logits[:, :, 1] = torch.tensor([0.1, 0.1, 0.1, -0.1])  # the last one names the other class
    objects = Objects(torch.tensor([exact]), torch.tensor([1]), torch.tensor([1]))
    more = torch.zeros((2, 4), requires_grad=True)

    def refine(given: Tensor, image: Tensor) -> tuple[Tensor, Tensor]:
        return given, more if given.shape[:2] == more.shape else torch.zeros(given.shape[:2])

    def pulled(labelled: Objects) -> Tensor:
        more.grad = None
        found = detection_losses(logits, boxes, labelled, (32, 32), (16,), refine)
        torch.autograd.backward(found["class"])
        assert more.grad is not None
        return -more.grad

    order = logits[1].amax(1).topk(4).indices
    there = pulled(objects)[1][order.argsort()]
    assert there[0] > there[1] > 0 > there[2] and there[3] < 0
    assert (pulled(objects)[0] < 0).all()  # the object is in the other image
    nothing = Objects(torch.zeros((0, 4)), torch.zeros(0).long(), torch.zeros(0).long())
    assert (pulled(nothing) < 0).all()


def test_neighbours_of_one_object_agree_and_others_are_left_out() -> None:
    logits = torch.full((1, 2, 4, 6), -9.0)
    boxes = torch.zeros((1, 24, 4))
    boxes[0, :] = torch.tensor([500.0, 500.0, 510.0, 510.0])
    logits[0, 1, 1, 1:3] = 0.0
    boxes[0, 7] = torch.tensor([10.0, 10.0, 50.0, 50.0])
    boxes[0, 8] = torch.tensor([14.0, 10.0, 54.0, 50.0])
    logits[0, 0, 1, 3] = 4.0  # an object beside them
    boxes[0, 9] = torch.tensor([50.0, 10.0, 90.0, 50.0])
    boxes[0, 23] = torch.tensor([5.0, 5.0, 5.0, 5.0])
    found = averaged(rows(logits), boxes, [(4, 6)])
    assert 10 < float(found[0, 7, 0]) < 12 < float(found[0, 8, 0]) < 14
    assert found[0, 7, 1::2].tolist() == pytest.approx([10, 50])
    torch.testing.assert_close(found[0, 9], boxes[0, 9])
    torch.testing.assert_close(found[0, 23], boxes[0, 23])  # without area
    second = logits[..., :3, 1:4], boxes[:, 4:13]
    grids = averaged(torch.cat((rows(logits), rows(second[0])), 1),
                     torch.cat((boxes, second[1]), 1), [(4, 6), (3, 3)])
    alone = averaged(rows(second[0]), second[1], [(3, 3)])
    torch.testing.assert_close(grids, torch.cat((found, alone), 1))


def rows(logits: Tensor) -> Tensor:
    return logits.flatten(2).transpose(1, 2)


def model(**settings: Value) -> CompactDetector:
    torch.manual_seed(0)
    return build(context(128, **settings))


def test_what_is_detected_and_exported_is_refined() -> None:
    plainly, refined = model(), model(refine_boxes="on")
    torch.nn.init.normal_(refined.module.get_parameter("refinement.sides.weight"))
    left = refined.load_pretrained(plainly.module.state_dict())
    assert left == sorted(
        name for name in refined.module.state_dict() if name.startswith("refinement."))
    images, _ = squares(2)
    for each in (plainly, refined):
        each.module.eval()
    with torch.no_grad():
        plain, dense = plainly.dense(images), refined.dense(images)
    assert torch.equal(plain[1], dense[1]) and not torch.allclose(plain[0], dense[0])


@pytest.mark.parametrize("kept", [{}, {"refine_boxes": "auto"}, {"refine_boxes": "off"}])
def test_a_model_from_before_has_no_refine_boxes(kept: dict[str, Value]) -> None:
    made = build_lite0(context(128, **kept))
    assert not [name for name in made.module.state_dict() if name.startswith("refinement.")]


@pytest.mark.parametrize("refine_boxes", ["on", "scored", "twice"])
def test_boxes_are_scored_anew_only_by_models_that_learned_it(refine_boxes: str) -> None:
    made = model(refine_boxes=refine_boxes)
    assert ("refinement.rescoring.weight" in made.module.state_dict()) == (refine_boxes != "on")


def test_refined_twice_is_halfway_between_once_and_again() -> None:
    once, twice = model(refine_boxes="scored"), model(refine_boxes="twice")
    for name in ("sides", "rescoring"):
        torch.nn.init.normal_(once.module.get_parameter(f"refinement.{name}.weight"), std=0.05)
    twice.module.load_state_dict(once.module.state_dict())
    seen = torch.randn(1, 64, 12, 16)
    boxes = torch.tensor([[[20.0, 20, 60, 50], [60, 30, 90, 80]]])
    logits, image = torch.zeros(1, 2, 1), torch.zeros(1, dtype=torch.long)
    first = once.module.eval().refinement
    second = twice.module.eval().refinement
    with torch.no_grad():
        scores, found = second.refine_best(seen, boxes, logits)
        here, more = first(seen, boxes, image)
        there, further = first(seen, here, image)
    torch.testing.assert_close(found, (here + there) / 2)
    torch.testing.assert_close(scores, (more + further)[..., None] / 2)
    assert not torch.allclose(found, here)


def test_a_new_training_refines_and_an_old_one_goes_on_without(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")

    def settled(earlier: dict[str, object] | None, **settings: Value) -> Value:
        request = TrainRequest(recipe="compact-lite0", epochs=1, device="cpu", settings=settings)
        plan = make_plan(project, request, lambda text, done, of: None, earlier=earlier)
        return plan.settings["refine_boxes"]

    assert settled(None) == "twice" and settled(None, refine_boxes="off") == "off"
    assert settled({}, refine_boxes="on") == "on" and settled({}) != "on"
