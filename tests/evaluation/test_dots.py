"""Dots are judged by how near a detection is, against a plain reference."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core.detections import Detections, Truth
from workbench.evaluation.evaluate import evaluate

Dot = tuple[float, float, int]
Found = tuple[float, float, int, float]
SIDES = (20.0, 12.0)
CLASSES = ("penguin", "seal")


def truth_of(dots: list[Dot]) -> Truth:
    rows = np.array([(x, y, SIDES[label]) for x, y, label in dots], np.float32).reshape(-1, 3)
    half = rows[:, 2:] / 2
    return Truth(np.hstack([rows[:, :2] - half, rows[:, :2] + half]),
                 np.array([label for _, _, label in dots], np.int64),
                 np.zeros(len(dots), np.bool_), dots=rows)


def found_of(found: list[Found], side: float = 30.0) -> Detections:
    places = np.array([item[:2] for item in found], np.float32).reshape(-1, 2)
    return Detections(np.hstack([places - side / 2, places + side / 2]),
                      np.array([item[3] for item in found], np.float32),
                      np.array([item[2] for item in found], np.int64))


def hits(dots: list[Dot], found: list[Found]) -> list[int]:
    """For each class: by falling score each takes the nearest free dot within half a side."""
    free, count = set(range(len(dots))), [0, 0]
    for x, y, label, _ in sorted(found, key=lambda item: -item[3]):
        near = [(math.dist((x, y), dots[at][:2]), -at) for at in free if dots[at][2] == label]
        near = [item for item in near if item[0] <= SIDES[label] / 2 + 1e-9]
        if near:
            free.remove(-min(near)[1])
            count[label] += 1
    return count


coordinate = st.integers(0, 60).map(float)
label = st.integers(0, 1)
some_dots = st.lists(st.tuples(coordinate, coordinate, label), max_size=8)
some_found = st.lists(st.tuples(coordinate, coordinate, label, st.integers(30, 99)), max_size=10,
                      unique_by=lambda item: item[3])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(some_dots, some_found), min_size=1, max_size=3))
def test_it_hits_what_is_within_half_the_side(
    images: list[tuple[list[Dot], list[tuple[float, float, int, int]]]],
) -> None:
    found = [[(x, y, k, score / 100) for x, y, k, score in rows] for _, rows in images]
    result = evaluate([truth_of(dots) for dots, _ in images], list(map(found_of, found)), CLASSES,
                      nms_thresh=1.0)
    wanted = np.sum([hits(dots, rows) for (dots, _), rows in zip(images, found, strict=True)], 0)
    assert np.diagonal(result.confusion)[:2].tolist() == wanted.tolist()


def test_how_large_the_box_is_does_not_matter() -> None:
    for side in (4.0, 200.0):
        result = evaluate([truth_of([(50, 50, 0)])], [found_of([(53, 50, 0, 0.9)], side)], CLASSES)
        assert result.recall == 1 and result.map_50 == 1
        assert result.cell_table(0, 0).iou.tolist() == pytest.approx([1 - 3 / 20])


def test_boxes_beside_dots_are_judged_as_boxes() -> None:
    dot = truth_of([(50, 50, 0)])
    truth = Truth(np.concatenate([dot.boxes, np.array([[100, 100, 120, 120]], np.float32)]),
                  np.array([0, 0]), np.zeros(2, np.bool_),
                  dots=np.array([[50, 50, 20], [0, 0, 0]], np.float32))
    found = Detections(np.array([[30, 30, 70, 70], [90, 90, 130, 130]], np.float32),
                       np.array([0.9, 0.8], np.float32), np.array([0, 0]))
    result = evaluate([truth], [found], CLASSES)
    assert result.confusion[0].tolist() == [1, 0, 1], "the box overlaps by a quarter only"
