"""Suppression is torchvision's, in numpy."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest
import torch
import torchvision
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workbench.core.detections import Detections
from workbench.evaluation import pairs
from workbench.evaluation.nms import Suppression, batched_nms, filter_detections

THRESHOLDS = st.one_of(st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.7, 1.0]), st.floats(0, 1))
# thousandths keep clear of denormal areas; inverted, empty and far-off boxes are all in
PLAIN = st.integers(-20_000, 20_000).map(lambda n: n / 1000)
WILD = st.one_of(PLAIN, st.sampled_from([0.0, 1.0, 1e6, 1e15, 3e19, -3e19, 1e38, -1e38]))
SCORES = st.one_of(st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.floats(0, 1, width=32))


def nms(boxes, scores, threshold):
    """Of boxes of one class."""
    return batched_nms(boxes, scores, np.zeros(len(scores), np.int64), threshold)


@st.composite
def boxes_and_scores(draw, coordinate=WILD, most=40):
    count = draw(st.integers(0, most))
    boxes = draw(arrays(np.float32, (count, 4), elements=coordinate.map(np.float32)))
    scores = draw(arrays(np.float32, count, elements=SCORES))
    return boxes, scores


@settings(max_examples=60, deadline=None)
@given(boxes_and_scores(), THRESHOLDS, st.sampled_from([1, 400]))
def test_any_boxes_give_what_torchvision_gives(drawn, threshold, banded_from):
    boxes, scores = drawn
    expected = torchvision.ops.nms(torch.tensor(boxes), torch.tensor(scores), threshold)
    with patch.object(pairs, "_BANDED_FROM", banded_from):
        assert nms(boxes, scores, threshold).tolist() == expected.tolist()


@settings(max_examples=60, deadline=None)
@given(boxes_and_scores(st.integers(0, 60).map(lambda n: n / 4)), st.data(), THRESHOLDS)
def test_classes_are_suppressed_apart(drawn, data, threshold):
    boxes, scores = drawn
    boxes[:, 2:] += boxes[:, :2]
    labels = data.draw(arrays(np.int64, len(scores), elements=st.integers(0, 3)))
    # quarters of pixels survive torchvision's shifting of classes without rounding
    expected = torchvision.ops.batched_nms(
        torch.tensor(boxes), torch.tensor(scores), torch.tensor(labels), threshold
    )
    assert batched_nms(boxes, scores, labels, threshold).tolist() == expected.tolist()


@pytest.fixture(scope="module")
def crowd():
    rng = np.random.default_rng(7)
    middle = rng.uniform(0, 640, (80, 2))[rng.integers(0, 80, 4000)]
    corner = middle + rng.normal(0, 6, (4000, 2))
    boxes = np.concatenate([corner, corner + rng.uniform(20, 60, (4000, 2))], 1)
    scores = rng.permutation(4000) / 4000
    return boxes.astype(np.float32), scores.astype(np.float32), rng.integers(0, 3, 4000)


@pytest.mark.parametrize("threshold", [0.05, 0.2, 0.45, 0.5, 0.8])
def test_a_crowd_is_suppressed_as_by_torchvision(crowd, threshold):
    boxes, scores, labels = crowd
    expected = torchvision.ops.batched_nms(
        torch.tensor(boxes), torch.tensor(scores), torch.tensor(labels), threshold
    )
    assert np.array_equal(batched_nms(boxes, scores, labels, threshold), expected.numpy())


def test_boxes_of_all_sizes_at_once():
    rng = np.random.default_rng(3)
    sizes = 2.0 ** rng.uniform(0, 11, (1500, 2))
    corner = rng.uniform(0, 2000, (1500, 2))
    boxes = np.concatenate([corner, corner + sizes], 1).astype(np.float32)
    boxes = np.concatenate([boxes, boxes + rng.uniform(0, 4, (1500, 4)).astype(np.float32)])
    scores = (rng.permutation(3000) / 3000).astype(np.float32)
    for threshold in (0.0, 0.1, 0.5, 0.9):
        expected = torchvision.ops.nms(torch.tensor(boxes), torch.tensor(scores), threshold)
        assert np.array_equal(nms(boxes, scores, threshold), expected.numpy())


@pytest.mark.parametrize("most", [100, 20_000, 12_000_000])
@pytest.mark.parametrize("threshold", [0.02, 0.15, 0.35, 0.6, 0.95])
def test_kept_pairs_change_no_answer(crowd, most, threshold):
    boxes, scores, labels = crowd
    order = np.argsort(-scores)
    ready = Suppression(boxes[order], labels[order], most=most)
    kept = order[ready.keep(threshold)]
    assert np.array_equal(kept, batched_nms(boxes, scores, labels, threshold))


def test_thousands_of_one_box_leave_one():
    boxes = np.tile(np.array([[5, 5, 40, 40]], np.float32), (8000, 1))
    scores = np.linspace(0.1, 0.9, 8000, dtype=np.float32)
    assert nms(boxes, scores, 0.5).tolist() == [7999]


def test_a_threshold_between_two_float32_is_not_rounded():
    boxes = np.array([[0, 0, 3, 1], [2, 0, 3, 1]], np.float32)  # IoU is float32(1/3)
    scores = np.array([0.9, 0.8], np.float32)
    third = float(np.float32(1) / np.float32(3))
    for threshold in (third, np.nextafter(third, 0), np.nextafter(third, 1), 1 / 3):
        expected = torchvision.ops.nms(torch.tensor(boxes), torch.tensor(scores), threshold)
        assert nms(boxes, scores, float(threshold)).tolist() == expected.tolist()


def test_filtering_weak_ones_first_or_last_is_the_same(make_set):
    for raw in make_set(3, raw=80)[1]:
        first = filter_detections(raw, 0.4, 0.5)
        every = filter_detections(raw, 0.0, 0.5)
        last = every.select(every.scores >= np.float32(0.4))
        assert np.array_equal(first.boxes, last.boxes)
        assert np.array_equal(first.scores, last.scores)


def test_a_score_of_exactly_the_threshold_stays():
    one = Detections(np.array([[0, 0, 5, 5]], np.float32), np.array([0.3], np.float32),
                     np.array([0]))
    assert len(filter_detections(one, 0.3, 0.5)) == 1
    assert len(filter_detections(one, 0.31, 0.5)) == 0
    assert len(filter_detections(Detections.empty(), 0.3, 0.5)) == 0


def test_the_best_are_kept_when_there_are_too_many():
    count = 4000
    left = np.arange(count, dtype=np.float32) * 10
    boxes = np.stack([left, left * 0, left + 5, left * 0 + 5], 1)
    scores = np.linspace(0.1, 0.9, count, dtype=np.float32)
    shown = filter_detections(Detections(boxes, scores, np.zeros(count, np.int64)), 0.0, 0.5)
    assert len(shown) == 3000
    assert np.array_equal(shown.scores, np.sort(scores)[::-1][:3000])
