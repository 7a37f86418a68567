"""A detector that learns where within their boxes objects end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.test_augment import HEIGHT, WIDTH, spans
from tests.engine.test_compact import context, facts, rows_of
from workbench.core.annotation import LabeledObject
from workbench.core.outline_grids import SIDE, grid_of, paired_overlap
from workbench.core.outlines import Polygon
from workbench.core.shapes import Box
from workbench.engine.data.letterbox import Letterbox
from workbench.engine.training.muon import Muon
from workbench.evaluation.nms import filter_detections
from workbench.project.datasets.images import Record
from workbench.tasks.detection.details import outlines_wanted, rotated_wanted
from workbench.tasks.detection.engine import augment
from workbench.tasks.detection.engine.compact import CompactDetector, build
from workbench.tasks.detection.engine.compact.outline_head import wanted_cells
from workbench.tasks.detection.engine.details import OUTLINE, Wanted, target_in_input
from workbench.tasks.detection.engine.detect import detect_batch
from workbench.tasks.detection.engine.packed import filled_up
from workbench.tasks.detection.engine.painting import Tile
from workbench.tasks.detection.engine.samples import Sample
from workbench.tasks.detection.engine.types import DetectionTarget

FULL = Letterbox.fit((WIDTH, HEIGHT), (WIDTH, HEIGHT))


def triangle(x1: float, y1: float, x2: float, y2: float) -> Polygon:
    """With its right angle at the upper left of its bounds."""
    return Polygon((((x1, y1), (x2, y1), (x1, y2)),))


def labelled(*shapes: Polygon, letterbox: Letterbox = FULL, known: bool = True) -> DetectionTarget:
    objects = tuple(LabeledObject("a", shape) for shape in shapes)
    sample = Sample.of(Record("a.png", Path(), letterbox.image, objects))
    if not known:
        sample = replace(sample, shapes=())
    target = target_in_input(sample, sample.labels(["a"]), letterbox, Wanted(True, ()))
    if not known:
        target.details = torch.zeros(len(shapes), OUTLINE)
    return target


def drawn(*shapes: Polygon, size: tuple[int, int] = (WIDTH, HEIGHT)) -> torch.Tensor:
    """uint8 (1, 3, H, W), white on grey."""
    xs, ys = np.meshgrid(np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5)
    image = np.full((size[1], size[0]), 114, np.uint8)
    for shape in shapes:
        inside = np.zeros(image.shape, bool)
        for ring in shape.rings:
            for (x1, y1), (x2, y2) in zip(ring, (*ring[1:], ring[0]), strict=True):
                crossing = x1 + (ys - y1) * (x2 - x1) / ((y2 - y1) or 1)
                inside ^= ((y1 > ys) != (y2 > ys)) & (xs < crossing)
        image[inside] = 250
    return torch.from_numpy(image).expand(1, 3, -1, -1).clone()


@settings(max_examples=40, deadline=None)
@given(area=spans(), window=spans(), box=spans(), mirror=st.tuples(st.booleans(), st.booleans()))
def test_an_outline_follows_the_pixels_that_it_frames(
    area: tuple[int, int, int, int], window: tuple[int, int, int, int],
    box: tuple[int, int, int, int], mirror: tuple[bool, bool],
) -> None:
    shape = triangle(*box)
    tile = Tile(0, 0, area, window, mirror)
    painted = augment.paint(drawn(shape), [tile])[0, 0].numpy()
    found = augment.move_boxes([labelled(shape)], [tile], keep=0.0)
    assert found.details is not None
    if not len(found.boxes) or min((found.boxes[0, 2:] - found.boxes[0, :2]).tolist()) < 8:
        return
    [[cells]] = wanted_cells(found.boxes[:, None], found.boxes, found.details).numpy()
    x1, y1, x2, y2 = found.boxes[0].tolist()
    steps = (np.arange(SIDE) + 0.5) / SIDE
    columns = np.minimum((x1 + (x2 - x1) * steps).astype(int), WIDTH - 1)
    rows = np.minimum((y1 + (y2 - y1) * steps).astype(int), HEIGHT - 1)
    seen = painted[rows][:, columns] > 182
    wrong = (cells > 0.5) != seen
    # what lies at the edge may fall on either side of it
    assert wrong.mean() < 0.15
    assert not (wrong & (np.abs(cells - 0.5) > 0.49)).mean() > 0.05


def test_beyond_what_is_seen_of_an_object_nothing_is_wanted() -> None:
    target = labelled(triangle(10, 10, 50, 50))
    assert target.details is not None
    seen = torch.tensor([[10.0, 10.0, 30.0, 50.0]])  # its right half lies in another tile
    wide = torch.tensor([[[10.0, 10.0, 50.0, 50.0], [10.0, 10.0, 30.0, 50.0]]])
    [[all_of_it, left]] = wanted_cells(wide, seen, target.details)
    assert not all_of_it[:, SIDE // 2 :].any() and all_of_it[:, : SIDE // 2].any()
    assert left.mean() == pytest.approx(0.75, abs=0.02)


def model(size: int = 96, **more: Any) -> CompactDetector:
    torch.manual_seed(0)
    plain = context(size, outlines="most", **more)
    return build(replace(plain, facts=replace(plain.facts, outlines=plain.facts.boxes)))


def test_it_learns_triangles_and_says_where_they_end() -> None:
    shapes = [triangle(8 + 5 * number, 6 + 3 * number, 56 + 5 * number, 46 + 3 * number)
              for number in range(6)]
    made = model()
    images = torch.cat([drawn(shape, size=(96, 80)) for shape in shapes])
    whole = Letterbox.fit((96, 80), (96, 80))
    targets = [labelled(shape, letterbox=whole) for shape in shapes]
    rows = rows_of(targets)
    optimizer = Muon(made.parameter_groups({}))
    for step in range(60):
        for group in optimizer.param_groups:
            group["lr"] = 0.02 * (1 - step / 60)
        parts = made.losses(images, rows)
        assert set(parts) == {"class", "box", "outline"}
        optimizer.zero_grad()
        torch.autograd.backward(torch.stack(list(parts.values())).sum())
        optimizer.step()
    made.module.eval()
    found = detect_batch(made, images.numpy(), [whole] * 6, torch.device("cpu"))
    for item, shape in zip(found, shapes, strict=True):
        assert item.outlines is not None and len(item.outlines) == len(item)
        box = np.asarray([shape.bounds()], np.float32)
        [overlap] = paired_overlap(item.outlines[:1], item.boxes[:1], grid_of(shape)[None], box)
        assert overlap > 0.7, "of a box that is full it is 0.5"


@pytest.mark.parametrize(("logit", "fewest", "most"), [(2.0, 601, 1000), (-4.0, 300, 300)],
                         ids=["sure", "knows nothing yet"])
def test_of_a_picture_full_of_objects_as_many_are_found_as_without_outlines(
    logit: float, fewest: int, most: int
) -> None:
    """People count hundreds of cells on a plate."""
    made, plain = model(416), build(context(416))
    with torch.no_grad():
        for item in (made, plain):
            item.module.eval()
            heads: Any = item.module.heads
            for head in heads.values():
                head.scores.bias.fill_(logit)  # of every cell, of which each says its own place
                head.boxes.bias.copy_(torch.tensor([0.0, 0.0, -0.2, -0.2]))
    images = np.full((1, 3, 416, 416), 114, np.uint8)
    place = Letterbox.fit((416, 416), (416, 416))
    kept = [filter_detections(detect_batch(item, images, [place], torch.device("cpu"))[0], 0, 0.5)
            for item in (made, plain)]
    assert fewest <= len(kept[0]) <= most and kept[0].outlines is not None
    assert len(kept[0]) == len(kept[1]) or logit < 0


def test_without_an_outline_the_box_alone_is_learned() -> None:
    made = model()
    images = drawn(triangle(10, 10, 50, 50), size=(96, 80))
    whole = Letterbox.fit((96, 80), (96, 80))
    unknown = labelled(triangle(10, 10, 50, 50), letterbox=whole, known=False)
    assert made.losses(images, [unknown])["outline"].item() == 0
    plain = DetectionTarget(unknown.boxes, unknown.labels)
    assert set(made.losses(images, [plain])) == {"class", "box"}
    both = made.losses(images.expand(2, -1, -1, -1), [plain, labelled(
        triangle(10, 10, 50, 50), letterbox=whole)])
    assert both["outline"].item() > 0


def test_it_learns_from_a_batch_in_which_nothing_is_left_of_any_object() -> None:
    """As where all pictures of a batch show a part without objects."""
    made = model()
    images = drawn(size=(96, 80)).expand(2, -1, -1, -1)
    nothing = torch.zeros(0, 6 + OUTLINE)
    for rows in (nothing, filled_up(nothing)):
        parts = made.losses(images, rows)
        assert parts["outline"].item() == 0
        torch.autograd.backward(torch.stack(list(parts.values())).sum())


def test_what_is_cut_off_at_the_picture_s_edge_is_cut_off_its_outline() -> None:
    """The box of an object at the edge reaches into the letterbox's bars."""
    class Sees:
        def detect(self, images: torch.Tensor) -> list[Any]:
            grids = torch.zeros(1, SIDE, SIDE, dtype=torch.uint8)
            grids[:, SIDE // 2 :] = 255  # the lower half
            from workbench.tasks.detection.engine.types import Raw

            return [Raw(torch.tensor([[10.0, 6.0, 40.0, 46.0]]), torch.tensor([0.9]),
                        torch.tensor([0]), grids)]

    sees: Any = Sees()  # nothing else of a model is asked for
    place = Letterbox.fit((96, 60), (96, 96))
    assert place.offset == (0, 18)
    pixels = np.zeros((1, 3, 96, 96), np.uint8)
    [found] = detect_batch(sees, pixels, [place], torch.device("cpu"))
    assert found.boxes.tolist() == [[10, 0, 40, 28]]
    assert found.outlines is not None
    # it began at the 26th row of the input, the 8th of the 28 rows of the picture that are left
    filled = (found.outlines[0] > 127).mean(1)
    assert not filled[:7].any() and filled[9:].all()


def test_outlines_are_learned_where_most_objects_have_them() -> None:
    some = replace(facts(((60.0, 60.0),) * 4), outlines=3)
    few = replace(some, outlines=1)
    none = replace(some, outlines=0)
    assert outlines_wanted({"outlines": "most"}, some)
    assert not outlines_wanted({"outlines": "most"}, few)
    assert outlines_wanted({"outlines": "on"}, few)
    assert not outlines_wanted({"outlines": "on"}, none)
    assert not outlines_wanted({"outlines": "off"}, some)
    for setting, turned in (("on", False), ("rotated", True), ("off", False)):
        assert rotated_wanted({"outlines": setting}, few) is turned, "polygons, if it is chosen"
    assert not rotated_wanted({"outlines": "rotated"}, none)
    # of a run from before there was the setting, which goes on
    assert not outlines_wanted({}, some) and not outlines_wanted({"outlines": "auto"}, some)
    assert not build(context(96, outlines="most")).learns_outlines
    assert "outlines" in model().summary and "outlines" not in build(context(96)).summary


def test_an_object_without_an_outline_fills_its_box() -> None:
    target = labelled(Polygon((((5, 5), (25, 5), (25, 35), (5, 35)),)))
    assert target.details is not None
    assert (grid_of(Box(5, 5, 25, 35)) == 255).all()
    assert target.details[0, 5:].mean() == pytest.approx(1)
