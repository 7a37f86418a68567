"""Labels go where the pixels go."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.engine.data.letterbox import FILL
from workbench.extension.plugins import load_plugins
from workbench.extension.registry import recipes
from workbench.extension.settings import TRAINING
from workbench.tasks.detection.engine import augment
from workbench.tasks.detection.engine.augment import Variation, paint, recolour, unchanged
from workbench.tasks.detection.engine.painting import Tile, paint_at_once
from workbench.tasks.detection.engine.types import DetectionTarget

WIDTH, HEIGHT = 96, 64
AS_GIVEN: dict[str, Any] = {}


def augment_batch(
    images: torch.Tensor, targets: list[DetectionTarget], generator: torch.Generator,
    settings: dict[str, Any], progress: float,
) -> tuple[torch.Tensor, list[DetectionTarget]]:
    """A varied batch with the labels of each image."""
    varied, labels = augment.augment_batch(images, targets, generator, settings, progress)
    return varied, labels.of_each(len(images))


def batch(seed: int, count: int = 4) -> tuple[torch.Tensor, list[DetectionTarget]]:
    """Noise, with up to five boxes an image."""
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (count, 3, HEIGHT, WIDTH), generator=generator).byte()
    targets = []
    for number in range(count):
        corners = torch.rand((number % 6, 2), generator=generator) * 40
        sides = 4 + torch.rand((number % 6, 2), generator=generator) * 20
        labels = torch.randint(0, 3, (number % 6,), generator=generator)
        targets.append(DetectionTarget(torch.cat((corners, corners + sides), 1), labels))
    return images, targets


@st.composite
def spans(draw: st.DrawFn) -> tuple[int, int, int, int]:
    left, top = draw(st.integers(0, WIDTH - 24)), draw(st.integers(0, HEIGHT - 24))
    return (
        left, top, draw(st.integers(left + 16, WIDTH)), draw(st.integers(top + 16, HEIGHT)),
    )


@settings(max_examples=60, deadline=None)
@given(area=spans(), window=spans(), box=spans(), mirror=st.tuples(st.booleans(), st.booleans()))
def test_a_box_frames_the_pixels_it_framed_before(
    area: tuple[int, int, int, int], window: tuple[int, int, int, int],
    box: tuple[int, int, int, int], mirror: tuple[bool, bool],
) -> None:
    images = torch.zeros((1, 3, HEIGHT, WIDTH), dtype=torch.uint8)
    images[0, :, box[1] : box[3], box[0] : box[2]] = 255
    target = DetectionTarget(torch.tensor([box], dtype=torch.float32), torch.tensor([1]))
    tile = Tile(0, 0, area, window, mirror)

    painted = paint(images, [tile])[0, 0]
    found = augment.move_boxes([target], [tile], keep=0.0)

    bright = (painted > 127).nonzero()
    bright = bright[painted[bright[:, 0], bright[:, 1]] == 255]
    if len(found.boxes) == 0:
        return
    xmin, ymin, xmax, ymax = found.boxes[0].tolist()
    assert area[0] <= xmin < xmax <= area[2] and area[1] <= ymin < ymax <= area[3]
    if len(bright):
        # half of what one source pixel is enlarged to may look grey at an edge
        blur = 1 + max((area[2] - area[0]) / (window[2] - window[0]),
                       (area[3] - area[1]) / (window[3] - window[1]))
        assert bright[:, 1].min() >= xmin - blur and bright[:, 1].max() + 1 <= xmax + blur
        assert bright[:, 0].min() >= ymin - blur and bright[:, 0].max() + 1 <= ymax + blur
        assert bright[:, 1].min() <= xmin + blur and bright[:, 1].max() + 1 >= xmax - blur
        assert bright[:, 0].min() <= ymin + blur and bright[:, 0].max() + 1 >= ymax - blur


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), mosaic=st.sampled_from([0.0, 0.5, 1.0]))
def test_boxes_stay_on_the_picture_and_keep_their_class(seed: int, mosaic: float) -> None:
    images, targets = batch(seed)
    varied, found = augment_batch(
        images, targets, torch.Generator().manual_seed(seed), {"augment.mosaic": mosaic}, 0.3
    )
    assert varied.shape == images.shape and varied.dtype == torch.uint8
    assert len(found) == len(targets)
    known = {int(label) for target in targets for label in target.labels}
    for target in found:
        boxes = target.boxes
        assert boxes.shape == (len(target.labels), 4)
        assert (boxes >= 0).all() and (boxes[:, 2] <= WIDTH).all() and (boxes[:, 3] <= HEIGHT).all()
        assert (boxes[:, 2:] - boxes[:, :2] > 0).all()
        assert {int(label) for label in target.labels} <= known


def test_one_state_gives_one_result_and_leaves_the_batch_alone() -> None:
    images, targets = batch(3)
    before = images.clone()
    first, second, other = (
        augment_batch(images, targets, torch.Generator().manual_seed(seed), AS_GIVEN, 0.1)
        for seed in (5, 5, 6)
    )
    assert torch.equal(first[0], second[0]) and not torch.equal(first[0], other[0])
    for a, b in zip(first[1], second[1], strict=True):
        assert torch.equal(a.boxes, b.boxes) and torch.equal(a.labels, b.labels)
    assert torch.equal(images, before)


def test_at_the_end_of_a_run_images_are_shown_as_they_are() -> None:
    images, targets = batch(4)
    varied, found = augment_batch(
        images, targets, torch.Generator().manual_seed(0), {"augment.flip_x": 0.0}, 0.95
    )
    assert torch.equal(varied, images)
    for a, b in zip(found, targets, strict=True):
        assert torch.allclose(a.boxes, b.boxes, atol=1e-4) and torch.equal(a.labels, b.labels)


def test_mirrored_boxes_mirror_back() -> None:
    images, targets = batch(4)
    always = {"augment.flip_x": 1.0, "augment.flip_y": 1.0}
    generator = torch.Generator().manual_seed(0)
    once, boxes = augment_batch(images, targets, generator, always, 0.95)
    assert torch.equal(once, images.flip(2, 3))
    twice, back = augment_batch(once, boxes, generator, always, 0.95)
    assert torch.equal(twice, images)
    assert torch.allclose(back[3].boxes, targets[3].boxes, atol=1e-4)


def test_images_without_up_and_down_are_also_shown_upside_down() -> None:
    images, targets = batch(4, 16)
    for asked, wanted in (({}, 0), ({"any_way_up": True}, 8)):
        generator = torch.Generator().manual_seed(0)
        turned, boxes = augment_batch(images, targets, generator, asked, 0.95)
        upside = [any(torch.equal(new, old.flip(*axes)) for axes in ((1,), (1, 2)))
                  for new, old in zip(turned, images, strict=True)]
        assert abs(sum(upside) - wanted) <= 4 * bool(wanted)
    first = upside.index(True)
    top = HEIGHT - targets[first].boxes[:, 3]
    assert torch.allclose(boxes[first].boxes[:, 1], top, atol=1e-4)


def test_switched_off_nothing_changes() -> None:
    images, targets = batch(1)
    varied, found = augment_batch(
        images, targets, torch.Generator(), {"augment": False}, 0.0
    )
    assert torch.equal(varied, images)
    assert torch.equal(found[3].boxes, targets[3].boxes)


def test_a_sliver_of_a_cut_object_is_dropped_but_a_tiny_whole_one_is_kept() -> None:
    boxes = torch.tensor([[40.0, 10.0, 60.0, 30.0], [10.0, 10.0, 11.0, 11.0]])
    target = DetectionTarget(boxes, torch.tensor([0, 1]))
    tile = Tile(0, 0, (0, 0, 42, HEIGHT), (0, 0, 42, HEIGHT))
    found = augment.move_boxes([target], [tile], keep=0.2)
    assert found.labels.tolist() == [1]


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), calm=st.booleans())
def test_painting_at_once_equals_painting_tile_by_tile(seed: int, calm: bool) -> None:
    images, _ = batch(seed, 5)
    images = torch.nn.functional.avg_pool2d(images.float(), 3, 1, 1).byte()  # less than noise
    how = Variation.read({"augment.mosaic": 0.5, "augment.flip_y": 0.5})
    tiles = augment._lay(5, (WIDTH, HEIGHT), how, torch.Generator().manual_seed(seed), calm)
    one, other = paint(images, tiles), paint_at_once(images, tiles)
    assert other.dtype == torch.uint8 and other.is_contiguous(memory_format=torch.channels_last)
    apart = (one.int() - other.int()).abs()
    assert apart.max() <= 2 and apart.float().mean() < 0.3  # tile by tile is rounded twice


def test_more_pictures_than_are_painted_at_once() -> None:
    images, _ = batch(1, 137)
    tiles = [Tile(place, 136 - place, (0, 0, WIDTH, HEIGHT), (0, 0, WIDTH, HEIGHT), (True, False))
             for place in range(137)]
    assert torch.equal(paint_at_once(images, tiles), images.flip(0).flip(3))


def test_what_no_image_covers_is_grey() -> None:
    images = torch.zeros((1, 3, HEIGHT, WIDTH), dtype=torch.uint8)
    painted = paint(images, [Tile(0, 0, (10, 10, 20, 20), (0, 0, WIDTH, HEIGHT))])
    assert painted[0, 0, 0, 0] == FILL and painted[0, 0, 15, 15] == 0


def test_images_without_boxes_are_varied_too() -> None:
    images = torch.zeros((2, 3, HEIGHT, WIDTH), dtype=torch.uint8)
    none = DetectionTarget(torch.zeros((0, 4)), torch.zeros(0, dtype=torch.int64))
    _, found = augment_batch(images, [none, none], torch.Generator(), AS_GIVEN, 0.0)
    assert [len(target.labels) for target in found] == [0, 0]


def test_colours_change_little_and_without_strength_not_at_all() -> None:
    images, _ = batch(2)
    names = ("brightness", "contrast", "saturation", "hue")
    still = Variation.read({f"augment.{name}": 0.0 for name in names})
    assert torch.equal(recolour(images, still, torch.Generator().manual_seed(1)), images)
    grey = torch.full((8, 3, 4, 4), FILL, dtype=torch.uint8)
    changed = recolour(grey, Variation.read({}), torch.Generator().manual_seed(1)).float()
    assert changed.std(0).max() > 1
    assert (changed - FILL).abs().max() < 0.4 * FILL


@pytest.mark.parametrize("count", [1, 3])
def test_a_batch_of_any_size(count: int) -> None:
    images, targets = batch(9, count)
    varied, found = augment_batch(
        images, targets, torch.Generator().manual_seed(1), {"augment.mosaic": 1.0}, 0.0
    )
    assert len(varied) == len(found) == count


def test_every_strength_is_a_setting_that_recipes_for_images_declare() -> None:
    declared = {field.name for field in TRAINING if field.name.startswith("augment.")}
    assert declared == {f"augment.{field.name}" for field in dataclasses.fields(Variation)}
    load_plugins()
    assert declared <= {field.name for field in recipes.get("compact-n").settings}
    assert TRAINING.parse(["augment.hue=0.2"]) == {"augment.hue": 0.2}


def test_what_a_person_sets_is_not_raised_where_images_are_seen_often() -> None:
    assert unchanged({}, "augment.mosaic") and unchanged({"augment.mosaic": 0.5}, "augment.mosaic")
    assert not unchanged({"augment.mosaic": 0.0}, "augment.mosaic")
    assert Variation.read({"any_way_up": True}).flip_y == 0.5
    assert Variation.read({"any_way_up": True, "augment.flip_y": 0.1}).flip_y == 0.1
