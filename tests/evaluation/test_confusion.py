"""Drawings, numbers and matrix say the same."""

from __future__ import annotations

import json
from math import isnan, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core.detections import Detections, Truth
from workbench.evaluation.evaluate import Cell, evaluate
from workbench.evaluation.live import LiveEvaluation
from workbench.evaluation.nms import filter_detections

CLASSES = ["a", "b", "c"]


def one_image(truth_rows, found_rows):
    """Rows (x, y, label, difficult) and (x, y, label, score) of 10×10 boxes."""
    corner = np.array([row[:2] for row in truth_rows], np.float32).reshape(-1, 2)
    truth = Truth(np.concatenate([corner, corner + 10], 1),
                  np.array([row[2] for row in truth_rows], np.int64),
                  np.array([row[3] for row in truth_rows], bool))
    corner = np.array([row[:2] for row in found_rows], np.float32).reshape(-1, 2)
    found = Detections(np.concatenate([corner, corner + 10], 1),
                       np.array([row[3] for row in found_rows], np.float32),
                       np.array([row[2] for row in found_rows], np.int64))
    return truth, found


def test_every_kind_of_outcome_has_its_cell():
    truth, raw = one_image(
        [(0, 0, 0, False), (50, 0, 1, False), (100, 0, 2, False), (150, 0, 0, True)],
        [(1, 0, 0, 0.9), (51, 0, 2, 0.8), (200, 0, 1, 0.7), (151, 0, 0, 0.6), (300, 0, 0, 0.1)],
    )
    result = evaluate([truth], [raw], CLASSES)
    assert result.confusion.tolist() == [[1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 1, 0, 0]]
    assert result.cell(0, 0) == [Cell(0, 0, 0)]
    assert result.cell(1, 2) == [Cell(0, 1, 1)]
    assert result.cell(2, 3) == [Cell(0, 2, -1)]
    assert result.cell(3, 1) == [Cell(0, -1, 2)]
    assert result.cell(0, 1) == []
    assert result.shown_detections(0).tolist() == [0, 1, 2, 3]
    hit, missed, spurious = (result.cell_table(*at) for at in ((0, 0), (2, 3), (3, 1)))
    assert hit.iou.tolist() == pytest.approx([90 / 110])
    assert hit.score.tolist() == pytest.approx([0.9])
    assert (missed.iou.tolist(), missed.score.tolist()) == ([0], [0])
    assert missed.boxes.tolist() == [[100, 0, 110, 10]]
    assert spurious.boxes.tolist() == [[200, 0, 210, 10]]


def test_a_weaker_detection_of_the_right_class_goes_before_a_confusion():
    truth, raw = one_image([(0, 0, 0, False)], [(0, 0, 1, 0.9), (1, 0, 0, 0.5)])
    result = evaluate([truth], [raw], CLASSES)
    assert result.confusion.tolist() == [[1, 0, 0, 0], [0] * 4, [0] * 4, [0, 1, 0, 0]]
    raised = evaluate([truth], [raw], CLASSES, score_thresh=0.6)
    assert raised.confusion[0].tolist() == [0, 1, 0, 0]


def test_thresholds_can_be_met_exactly_and_be_small():
    truth, raw = one_image([(0, 0, 0, False)], [(9, 0, 0, 0.5)])  # IoU is 10 / 190
    for score, match_iou, hits in ((0.5, 10 / 190, 1), (0.5, 0.04, 1), (0.5, 0.06, 0),
                                   (0.51, 0.04, 0)):
        result = evaluate([truth], [raw], CLASSES, score_thresh=score, match_iou=match_iou)
        assert result.confusion[0, 0] == hits


def test_equal_scores_are_one_point_of_the_curve():
    truth, raw = one_image([(0, 0, 0, False)], [(0, 0, 0, 0.5), (50, 0, 0, 0.5), (90, 0, 0, 0.4)])
    curve = evaluate([truth], [raw], CLASSES).curves[0]
    assert curve.precision.tolist() == pytest.approx([1 / 2, 1 / 2, 1 / 3])
    assert curve.recall.tolist() == [1, 1, 1]


def test_a_second_detection_of_one_object_is_spurious():
    truth, raw = one_image([(0, 0, 0, False)], [(0, 0, 0, 0.9), (3, 0, 0, 0.8)])
    result = evaluate([truth], [raw], CLASSES, nms_thresh=0.9)
    assert result.cell(0, 0) == [Cell(0, 0, 0)]
    assert result.cell(3, 0) == [Cell(0, -1, 1)]


UNIT = st.floats(0, 1)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 50), UNIT, st.floats(0.05, 1), st.floats(0.05, 1))
def test_cells_numbers_and_drawings_agree(make_set, seed, score, nms_thresh, match_iou):
    truths, raw = make_set(seed, difficult=0.2, spread=0.25)
    result = evaluate(truths, raw, CLASSES, score_thresh=score, nms_thresh=nms_thresh,
                      match_iou=match_iou)
    size = len(CLASSES) + 1
    seen_truths, seen_found = set(), set()
    for row in range(size):
        for column in range(size):
            cells = result.cell(row, column)
            assert len(cells) == result.confusion[row, column]
            if row < size - 1 and column < size - 1:
                assert (result.cell_table(row, column).iou >= min(match_iou, 1 - 1e-10)).all()
            for cell in cells:
                if cell.truth >= 0:
                    assert truths[cell.image].labels[cell.truth] == row
                    assert not truths[cell.image].difficult[cell.truth]
                    seen_truths.add((cell.image, cell.truth))
                else:
                    assert row == size - 1
                if cell.detection >= 0:
                    assert raw[cell.image].labels[cell.detection] == column
                    assert cell.detection in result.shown_detections(cell.image)
                    seen_found.add((cell.image, cell.detection))
                else:
                    assert column == size - 1
    matrix = result.confusion
    assert matrix[-1, -1] == 0
    assert len(seen_truths) == matrix[:-1].sum() == result.truths
    assert len(seen_found) == matrix[:, :-1].sum() <= result.shown
    for image, item in enumerate(raw):
        expected = filter_detections(item, score, nms_thresh)
        drawn = item.select(result.shown_detections(image))
        assert np.array_equal(drawn.boxes, expected.boxes)
    check_ratios(result)


def check_ratios(result):
    matrix = result.confusion
    for k, item in enumerate(result.per_class):
        found, real = matrix[:, k].sum(), matrix[k].sum()
        assert item.support == real
        assert item.precision == pytest.approx(matrix[k, k] / found if found else nan, nan_ok=True)
        assert item.recall == pytest.approx(matrix[k, k] / real if real else nan, nan_ok=True)
        point = result.curves[k].at(result.thresholds.score_thresh)
        if point is not None and real:
            assert point == pytest.approx((item.precision, item.recall))
    hits = np.trace(matrix[:-1, :-1])
    found, real = matrix[:, :-1].sum(), matrix[:-1].sum()
    assert result.recall == pytest.approx(hits / real if real else nan, nan_ok=True)
    assert result.precision == pytest.approx(hits / found if found else nan, nan_ok=True)
    both = found + real
    assert result.f1 == pytest.approx(2 * hits / both if both else nan, nan_ok=True)
    point = result.curve.at(result.thresholds.score_thresh)
    if point is not None and result.truths:
        assert point == pytest.approx((result.precision, result.recall))


@pytest.mark.parametrize("seed", range(3))
def test_moving_sliders_ends_where_a_fresh_start_does(make_set, seed):
    truths, raw = make_set(seed, difficult=0.1, raw=120, steps=30)
    live = LiveEvaluation(truths, raw, CLASSES)
    rng = np.random.default_rng(seed)
    place = [0.25, 0.5, 0.5]
    for _ in range(25):
        place[rng.integers(0, 3)] = float(rng.choice([0.02, 0.05, 0.3, 0.5, 0.62, 0.9]))
        moved = live.update(*place)
        fresh = evaluate(truths, raw, CLASSES, score_thresh=place[0], nms_thresh=place[1],
                         match_iou=place[2])
        assert json.dumps(moved.to_json()) == json.dumps(fresh.to_json())
        for row, column in np.argwhere(fresh.confusion):
            assert moved.cell(row, column) == fresh.cell(row, column)


def test_json_has_the_promised_keys(make_set):
    truths, raw = make_set(0)
    data = json.loads(json.dumps(evaluate(truths, raw, CLASSES).to_json(), allow_nan=False))
    assert {"map", "map_50", "map_75", "per_class", "precision", "recall", "f1", "confusion",
            "thresholds"} <= set(data)
    assert data["confusion"]["classes"] == [*CLASSES, "none"]
    assert np.shape(data["confusion"]["matrix"]) == (4, 4)
    assert data["thresholds"]["score_thresh"] == 0.25
    assert [item["name"] for item in data["per_class"]] == CLASSES


@pytest.mark.parametrize("count", [0, 1, 3])
def test_nothing_found_and_nothing_true(count):
    result = evaluate([Truth.empty()] * count, [Detections.empty()] * count, ["a"])
    assert result.to_json()["map"] is None
    assert all(isnan(value) for value in (result.precision, result.recall, result.f1))
    assert result.confusion.sum() == 0


def test_labels_beyond_the_classes_are_refused():
    truth, raw = one_image([(0, 0, 2, False)], [])
    with pytest.raises(ValueError, match="classes"):
        evaluate([truth], [raw], ["a", "b"])
    with pytest.raises(ValueError, match="images"):
        evaluate([truth], [], ["a", "b", "c"])
