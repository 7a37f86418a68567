"""Pictures that are turned in training: labels lie on what they label, to the pixel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from workbench.core.annotation import LabeledObject
from workbench.core.outlines import Keypoints, Polygon, RotatedBox, mask_of_spans
from workbench.core.rectangles import rectangle_overlaps
from workbench.core.shapes import Box, Shape
from workbench.engine.data.letterbox import FILL, Letterbox
from workbench.project.datasets.images import Record
from workbench.tasks.detection.engine.augment import Variation
from workbench.tasks.detection.engine.details import (
    OUTLINE,
    Wanted,
    keypoints_of,
    rectangles_of,
    target_in_input,
)
from workbench.tasks.detection.engine.samples import Sample
from workbench.tasks.detection.engine.turning import (
    chosen_angles,
    turn_pictures,
    turned_at_once,
    turned_in_input,
)
from workbench.tasks.detection.engine.types import DetectionTarget

WIDTH, HEIGHT = 240, 160
WANTED = Wanted(True, ((0,),))


def sample_of(shapes: Sequence[Shape], size: tuple[int, int] = (WIDTH, HEIGHT)) -> Sample:
    return Sample.of(Record("a.png", Path("a.png"), size, tuple(
        LabeledObject("rod", shape) for shape in shapes)))


def target_of(sample: Sample, angle: float, place: Letterbox) -> DetectionTarget:
    found, labels = turned_in_input(sample, sample.labels(["rod"]), place, angle)
    return target_in_input(found, labels, place, WANTED)


def painted(shape: Polygon) -> torch.Tensor:
    """A black picture in which ``shape`` is white."""
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for ring in shape.rings:
        corners = np.round(np.array(ring) * 16 - 8).astype(np.int32)
        cv2.fillPoly(picture, [corners], (255, 255, 255), cv2.LINE_AA, 4)
    return torch.from_numpy(picture).permute(2, 0, 1)[None]


@pytest.mark.parametrize("degrees", [7, 45, 90, 131, 180, 271, 333])
def test_box_outline_and_rotated_box_lie_on_the_turned_pixels(degrees: int) -> None:
    rod = RotatedBox((130.0, 70.0), 70.0, 14.0, 0.4)
    angle = math.radians(degrees)
    place = Letterbox.fit((WIDTH, HEIGHT), (WIDTH, HEIGHT))
    shown = turn_pictures(painted(Polygon((rod.corners(),))), [angle])[0, 0].numpy() > 128
    shown &= turn_pictures(torch.full((1, 3, HEIGHT, WIDTH), 255, dtype=torch.uint8),
                           [angle])[0, 0].numpy() > 200
    target = target_of(sample_of([rod]), angle, place)
    ys, xs = np.nonzero(shown)
    seen = [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
    assert target.boxes[0].tolist() == pytest.approx(seen, abs=1.5)
    assert target.details is not None
    row = rectangles_of(target.details, target.boxes)
    middle = np.array([WIDTH / 2, HEIGHT / 2])
    cos, sin = math.cos(angle), math.sin(angle)
    there = np.array([[cos, -sin], [sin, cos]]) @ (np.array(rod.center) - middle) + middle
    wanted = np.array([[*there, rod.width, rod.height, rod.angle + angle]], np.float32)
    assert rectangle_overlaps(row, wanted)[0] > 0.96


@pytest.mark.parametrize("shape", [
    Polygon((((100.0, 60.0), (150.0, 50.0), (140.0, 100.0)),)),
    mask_of_spans((y, 100, 101 + y - 60) for y in range(60, 100)),
    RotatedBox((5.0, 80.0), 80.0, 20.0, 0.7, frame=(WIDTH, HEIGHT))])
def test_any_outline_turns_with_a_tight_box_around_it(shape: Shape) -> None:
    place = Letterbox.fit((WIDTH, HEIGHT), (WIDTH, HEIGHT))
    sample = sample_of([shape])
    outline = sample.shapes[0]
    assert outline is not None
    target = target_of(sample, 0.6, place)
    shown = turn_pictures(painted(outline.polygon()), [0.6])[0, 0].numpy() > 128
    ys, xs = np.nonzero(shown & (turn_pictures(torch.full(
        (1, 3, HEIGHT, WIDTH), 255, dtype=torch.uint8), [0.6])[0, 0].numpy() > 200))
    assert target.boxes[0].tolist() == pytest.approx(
        [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1], abs=2)
    assert target.details is not None
    cells = target.details[0, 5:OUTLINE].mean() * (target.details[0, 3] - target.details[0, 1]) * (
        target.details[0, 4] - target.details[0, 2])
    assert float(cells) == pytest.approx(outline.polygon().area, rel=0.03)


def test_a_tile_of_a_larger_image_turns_about_its_own_middle() -> None:
    whole = sample_of([RotatedBox((400.0, 300.0), 60.0, 20.0, 0.3)], (800, 600))
    tile = Sample(whole.key, whole.path, (200, 200), np.array([[68, 81, 132, 119]], np.float32),
                  whole.names, whole.difficult, (300, 200, 500, 400), shapes=whole.shapes)
    place = Letterbox.fit((200, 200), (100, 100))
    target = target_of(tile, math.pi / 2, place)
    assert target.details is not None
    row = rectangles_of(target.details, target.boxes)[0]
    assert row[:4] == pytest.approx([50, 50, 30, 10], abs=0.7)
    assert math.degrees(row[4]) == pytest.approx(math.degrees(0.3) + 90, abs=1.5)


def test_key_points_turn_by_quarters_and_stay_who_they_are() -> None:
    sample = sample_of([Keypoints(((100.0, 60.0), (0.0, 0.0)), (2, 0), Box(90, 50, 120, 90))])
    place = Letterbox.fit((WIDTH, HEIGHT), (WIDTH, HEIGHT))
    target = target_of(sample, math.pi, place)
    assert target.boxes[0].tolist() == pytest.approx([120, 70, 150, 110], abs=1e-3)
    assert target.details is not None
    assert keypoints_of(target.details)[0, 0].tolist() == pytest.approx([140, 100, 1, 0], abs=1e-3)


def test_what_leaves_the_picture_is_left_out_and_what_is_cut_is_clipped() -> None:
    """A quarter turn takes what is at the sides of a wide picture out of it."""
    place = Letterbox.fit((WIDTH, HEIGHT), (WIDTH, HEIGHT))
    sample = sample_of([RotatedBox((20.0, 80.0), 20.0, 10.0, 0.0),
                        RotatedBox((40.0, 80.0), 40.0, 10.0, 0.0)])
    target = target_of(sample, math.pi / 2, place)
    assert len(target.labels) == 1
    assert target.boxes[0].tolist() == pytest.approx([115, 0, 125, 20], abs=1e-3)
    assert target.details is not None
    assert target.details[0, 1:5].tolist() == pytest.approx([115, -20, 125, 20], abs=1e-3)


def test_images_with_upright_boxes_turn_by_quarters_and_some_do_not() -> None:
    rod = RotatedBox((130.0, 70.0), 70.0, 14.0, 0.4)
    kinds = [sample_of([rod]), sample_of([rod, Box(1, 2, 30, 40)]), sample_of([])] * 40
    angles = chosen_angles(kinds, 0.75, torch.Generator().manual_seed(1))
    free, upright, empty = (np.degrees(angles[at::3]) for at in range(3))
    assert 20 < np.count_nonzero(free % 90) <= 36 and np.count_nonzero(empty % 90) > 20
    assert {round(angle) % 360 for angle in upright} == {0, 90, 180, 270}


def test_both_ways_to_turn_pictures_are_the_same() -> None:
    images = torch.randint(0, 256, (3, 3, HEIGHT, WIDTH),
                           generator=torch.Generator().manual_seed(0)).byte()
    images = torch.nn.functional.avg_pool2d(images.float(), 9, 1, 4).byte()
    angles = [0.3, 2.0, math.pi]
    one, other = turn_pictures(images, angles), turned_at_once(images, angles)
    inside = (slice(None), slice(None), slice(2, -2), slice(2, -2))
    assert (one[inside].int() - other[inside].int()).abs().float().mean() < 1
    assert torch.equal(one[2], images[2].flip(1, 2)) and (one == FILL).float().mean() > 0.05
    assert turn_pictures(images, [0.0] * 3) is images


def test_it_is_asked_for_by_the_setting_or_where_images_can_be_any_way_up() -> None:
    assert Variation.read({}).turn == 0
    assert Variation.read({"any_way_up": True}).turn == 0.75
    assert Variation.read({"any_way_up": True, "augment.turn": 0.2}).turn == 0.2
