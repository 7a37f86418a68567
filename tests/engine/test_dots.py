"""Dots become squares that a detector learns, and its answers become dots again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from workbench.core.annotation import LabeledObject
from workbench.core.detections import Detections
from workbench.core.dots import NO_DOTS, DotSides, dot_at, is_dot, middle_of
from workbench.core.found_shapes import found_shapes
from workbench.core.outlines import Polygon
from workbench.core.packed_details import PackedDetails
from workbench.core.shapes import Box, Shape
from workbench.core.video import Shown
from workbench.engine.picture_predictor import Found
from workbench.evaluation.counts import ImageCounts, best_for_counts
from workbench.evaluation.evaluate import evaluate
from workbench.project.datasets.images import Record, cut_all
from workbench.project.predicted_labels import label_formats
from workbench.tasks.detection.details import outlines_wanted
from workbench.tasks.detection.dot_truth import made_whole
from workbench.tasks.detection.dots import LARGEST, SMALLEST, dots_of, mixed_words
from workbench.tasks.detection.engine.plain import details_of
from workbench.tasks.detection.engine.predict import to_json
from workbench.tasks.detection.engine.samples import Sample, data_facts
from workbench.tasks.detection.engine.tiles import Tiling, tile_samples
from workbench.tasks.detection.saving import SAVING, annotation


def record(*shapes: Shape, label: str = "seal", size: tuple[int, int] = (400, 300)) -> Record:
    return Record("a.png", Path("a.png"), size,
                  tuple(LabeledObject(label, shape) for shape in shapes))


GRID = [dot_at((float(x), float(y))) for x in range(20, 400, 40) for y in range(20, 300, 40)]


def test_how_large_things_are_follows_from_their_neighbours_within_bounds() -> None:
    assert dots_of([record(*GRID)], {}) == DotSides({"seal": 40.0}, frozenset({"seal"}))
    assert dots_of([record(*GRID)], {"dot_size": 25}).sides == {"seal": 25.0}
    near = [dot_at((float(x), 5.0)) for x in range(30)]
    assert dots_of([record(*near)], {}).sides == {"seal": SMALLEST}
    far = [dot_at((x, 5.0)) for x in (5.0, 3000.0)]
    assert dots_of([record(*far, size=(4000, 3000))], {}).sides == {"seal": LARGEST}
    alone = dots_of([record(dot_at((5.0, 5.0)))], {}).sides["seal"]
    assert SMALLEST < alone < LARGEST
    assert dots_of([record(Box(0, 0, 9, 9))], {}) == NO_DOTS


def test_a_rare_thing_among_many_is_not_as_large_as_its_kind_is_far_away() -> None:
    rare = [LabeledObject("pup", dot_at((float(x), 60.0))) for x in (40, 360)]
    colony = record(*GRID)
    sides = dots_of([replace(colony, objects=(*colony.objects, *rare))], {}).sides
    assert sides == {"seal": 40.0, "pup": 20.0}


def test_boxes_of_the_class_say_how_large_it_is() -> None:
    records = [record(*GRID[:3], Box(0, 0, 30, 30), Box(50, 50, 80, 80))]
    dots = dots_of(records, {})
    assert dots == DotSides({"seal": 30.0}, frozenset({"seal"})), "most are dots"
    assert "3 dots and 2 boxes" in mixed_words(records, dots)[0]
    mostly = dots_of([record(GRID[0], Box(0, 0, 30, 30), Box(50, 50, 80, 80))], {})
    assert mostly.sides == {"seal": 30.0} and not mostly.found


def test_a_dot_is_learned_as_its_square() -> None:
    dots = DotSides({"seal": 20.0}, frozenset({"seal"}))
    sample = Sample.of(record(dot_at((100.0, 50.0)), Box(0, 0, 9, 9), dot_at((0.0, 300.0))), dots)
    assert sample.boxes.tolist() == [[90, 40, 110, 60], [0, 0, 9, 9], [0, 290, 10, 300]]
    assert sample.keypoints() is None, "the point is no key point of the square"
    truth = sample.truth(["seal"])
    assert truth.dots is not None and truth.dots.tolist() == [
        [100, 50, 20], [0, 0, 0], [0, 300, 20]], "the place stays where it was labelled"
    facts = data_facts([sample], ["seal", "gull"], dots=dots)
    assert facts.dot_sides == (20.0, 0.0) and facts.found_as_dots == (True, False)
    assert facts.keypoints == 0
    assert Sample.of(record(dot_at((100.0, 50.0)), Box(0, 0, 9, 9))).names == ("seal",), \
        "a model from before there were dots knows of none"
    for tile in tile_samples([sample], Tiling(64, 8)):
        assert len(tile.dots) in (0, len(tile.names))


def test_dots_outside_of_the_image_are_left_out() -> None:
    objects = record(dot_at((-1.0, 5.0)), dot_at((400.0, 300.0)), dot_at((1.0, 300.5))).objects
    assert [item.shape for item in cut_all(objects, (400, 300))] == [dot_at((400.0, 300.0))]


def test_what_is_found_is_given_back_as_dots() -> None:
    raw = Detections(np.array([[90, 40, 110, 60], [0, 0, 8, 8]], np.float32),
                     np.array([0.9, 0.8], np.float32), np.array([0, 1]))
    item = to_json(Found(Shown(Path("a.png")), (400, 300), raw), ["seal", "gull"], 0.25, 0.5,
                   dots=(True, False))
    assert item["dots"] == [[100.0, 50.0], []]
    assert next(found_shapes(item, 0)) == dot_at((100.0, 50.0))
    assert list(found_shapes(item, 1)) == []
    assert PackedDetails(item).at([1, 0]) == {"dots": [[], [100.0, 50.0]]}
    found = annotation(item).objects
    assert is_dot(found[0].shape) and found[1].shape == Box(0, 0, 8, 8)
    assert label_formats(SAVING, "images")
    assert "dots" not in to_json(Found(Shown(Path("a.png")), (400, 300), raw), ["seal", "gull"],
                                 0.25, 0.5)


def test_a_dot_that_is_found_has_no_key_points() -> None:
    raw = Detections(np.array([[90, 40, 110, 60], [0, 0, 8, 8]], np.float32),
                     np.array([0.9, 0.8], np.float32), np.array([0, 1]),
                     keypoints=np.full((2, 2, 3), 4.0, np.float32))
    found = details_of(raw, dots=(True, False))
    assert [len(points) for points in found["keypoints"]] == [0, 2]
    assert found["dots"] == [[100.0, 50.0], []]


def test_dots_do_not_outvote_outlines() -> None:
    dots = DotSides({"seal": 20.0}, frozenset({"seal"}))
    corners = ((10.0, 10.0), (60.0, 10.0), (60.0, 60.0), (10.0, 60.0))
    shapes = [*(LabeledObject("seal", shape) for shape in GRID),
              *(LabeledObject("nest", Polygon((corners,))) for _ in range(2))]
    facts = data_facts([Sample.of(replace(record(), objects=tuple(shapes)), dots)],
                       ["seal", "nest"], dots=dots)
    assert facts.dots == len(GRID) and outlines_wanted({"outlines": "most"}, facts)
    boxes = [LabeledObject("hut", Box(0, 0, 9, 9))] * 2
    facts = data_facts([Sample.of(replace(record(), objects=(*shapes, *boxes)), dots)],
                       ["seal", "nest", "hut"], dots=dots)
    assert not outlines_wanted({"outlines": "most"}, facts)


def test_counts_of_images_are_compared() -> None:
    dots = DotSides({"seal": 20.0}, frozenset({"seal"}))
    truths = [Sample.of(record(*shapes), dots).truth(["seal", "gull"])
              for shapes in (GRID[:5], GRID[:2], ())]
    boxes = Sample.of(record(*GRID), dots).boxes
    found = [Detections(boxes[:count], np.full(count, 0.9, np.float32), np.zeros(count, np.int64))
             for count in (8, 1, 0)]
    counts = ImageCounts.of(evaluate(truths, found, ["seal", "gull"]))
    assert counts.labelled.sum(1).tolist() == [5, 2, 0]
    assert counts.found.sum(1).tolist() == [8, 1, 0]
    assert counts.mean_error() == pytest.approx(4 / 3) and counts.bias() == pytest.approx(2 / 3)
    assert counts.mean_error(1) == 0
    assert counts.fixed_error() == (2, pytest.approx(5 / 3))
    assert counts.to_json(("seal", "gull"))["per_class"][0]["found"] == 9


def test_the_score_at_which_counts_are_least_off() -> None:
    """Not the one of the best F1: what is taken for a seal makes up for one that is missed."""
    dots = DotSides({"seal": 20.0}, frozenset({"seal"}))
    sample = Sample.of(record(*GRID[:4]), dots)
    beside = sample.boxes[:2] + 200
    sure, found = [0.9, 0.8, 0.7, 0.3], np.concatenate([sample.boxes, beside])
    raw = Detections(found.astype(np.float32), np.array([*sure, 0.5, 0.2], np.float32),
                     np.zeros(6, np.int64))
    evaluation = evaluate([sample.truth(["seal"])], [raw], ["seal"], score_thresh=0.01)
    assert best_for_counts(evaluation, [0]) == pytest.approx(0.4, abs=0.011), "four from 0.3 to 0.5"
    assert best_for_counts(evaluation, []) is None
    nothing = evaluate([sample.truth(["seal"])], [Detections.empty()], ["seal"])
    assert best_for_counts(nothing, [0]) is None


def test_a_dot_at_the_edge_is_where_it_was_marked() -> None:
    """What is learned of it is the part of its square inside, and that is found."""
    size, dots = (400, 300), DotSides({"seal": 20.0}, frozenset({"seal"}))
    places = [(0.0, 50.0), (4.0, 296.0), (398.0, 0.0), (100.0, 300.0), (200.0, 100.0)]
    sample = Sample.of(record(*map(dot_at, places), Box(0, 0, 9, 9), size=size), dots)
    raw = Detections(sample.boxes, np.full(6, 0.9, np.float32), np.array([0] * 5 + [1]))
    off = np.abs([middle_of(box) for box in raw.boxes.tolist()[:5]] - np.array(places)).max()
    assert off == 5.0, "a quarter of the side"
    whole = made_whole(raw, (20.0, 0.0), size)
    assert np.abs([middle_of(box) for box in whole.boxes.tolist()[:5]]
                  - np.array(places)).max() < 0.01
    assert whole.boxes[5].tolist() == [0, 0, 9, 9] and made_whole(raw, (), size) is raw
