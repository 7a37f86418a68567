"""Where rotated boxes are found, it is their overlap that suppresses, hits and is measured."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from workbench.core.detections import Detections, Truth
from workbench.core.rectangles import corners_of, rectangle_overlaps
from workbench.evaluation.evaluate import evaluate
from workbench.evaluation.live import LiveEvaluation
from workbench.evaluation.nms import Suppression, batched_nms, filter_detections


def around(rotated):
    corners = corners_of(rotated)
    return np.concatenate((corners.min(1), corners.max(1)), 1).astype(np.float32)


def diagonals(count, apart=14.0):
    """Rods of 100 × 8 px side by side at 45°."""
    steps = np.arange(count) * apart / math.sqrt(2)
    return np.stack((100 + steps, 200 - steps, np.full(count, 100.0), np.full(count, 8.0),
                     np.full(count, math.pi / 4)), 1).astype(np.float32)


def found(rotated, scores=None, labels=None):
    count = len(rotated)
    return Detections(
        around(rotated), np.linspace(0.9, 0.5, count, dtype=np.float32) if scores is None
        else np.asarray(scores, np.float32),
        np.zeros(count, np.int64) if labels is None else labels, rotated=rotated)


def true(rotated, labels=None):
    count = len(rotated)
    return Truth(around(rotated), np.zeros(count, np.int64) if labels is None else labels,
                 np.zeros(count, np.bool_), rotated=rotated)


def test_neighbours_on_a_diagonal_stay_and_doubles_go():
    rods = diagonals(4)
    twice = np.concatenate((rods, rods + np.float32([2, 2, 0, 0, 0.02])))
    item = found(twice, np.linspace(0.9, 0.2, 8))
    assert filter_detections(item, 0.1, 0.5).scores.tolist() == item.scores[:4].tolist()
    boxes_only = replace(item, rotated=None)
    assert len(filter_detections(boxes_only, 0.1, 0.5)) < 4, "the boxes around them overlap"


def test_a_double_that_is_moved_along_goes_whose_box_overlaps_little():
    [rod] = diagonals(1)
    pair = np.stack((rod, rod + np.float32([20, 20, 0, 0, 0])))
    item = found(pair)
    assert rectangle_overlaps(pair[:1], pair[1:])[0] > 0.5
    assert len(filter_detections(item, 0.1, 0.5)) == 1
    assert len(filter_detections(replace(item, rotated=None), 0.1, 0.5)) == 2


@pytest.mark.parametrize("most", [12_000_000, 20])
def test_all_ways_of_suppression_say_the_same(most):
    chance = np.random.default_rng(3)
    count = 150
    rotated = np.stack((chance.uniform(0, 200, count), chance.uniform(0, 200, count),
                        chance.uniform(20, 90, count), chance.uniform(4, 30, count),
                        chance.uniform(0, math.pi, count)), 1).astype(np.float32)
    groups = chance.integers(0, 2, count)
    every = Suppression(around(rotated), groups, most, rotated)
    for threshold in (0.1, 0.3, 0.05, 0.0, 0.5, 0.8):
        kept = []
        for row in range(count):
            mine = [at for at in kept if groups[at] == groups[row]]
            overlaps = rectangle_overlaps(np.repeat(rotated[row, None], len(mine), 0),
                                          rotated[mine])
            if not (overlaps > threshold).any():
                kept.append(row)
        assert np.flatnonzero(every.keep(threshold)).tolist() == kept
        scores = np.linspace(1, 0, count, dtype=np.float32)
        assert batched_nms(around(rotated), scores, groups, threshold, rotated).tolist() == kept


def test_the_slider_stays_fluid_down_to_its_end(monkeypatch):
    """With thousands of rotated boxes, which hardly overlap, a walk from box to box takes seconds:
    it is for crowds alone."""
    chance = np.random.default_rng(1)
    count = 500
    rotated = np.stack((*chance.uniform(0, 2000, (2, count)), np.full(count, 60.0),
                        np.full(count, 8.0), chance.uniform(0, math.pi, count)),
                       1).astype(np.float32)
    every = Suppression(around(rotated), np.zeros(count, np.int64), rotated=rotated)
    monkeypatch.setattr("workbench.evaluation.nms.rectangle_overlaps", None)
    assert every.keep(0.0).sum() <= every.keep(0.02).sum() <= every.keep(0.1).sum()


def test_a_detection_hits_what_it_lies_on_and_its_angle_counts():
    rods = diagonals(3)
    result = evaluate([true(rods)], [found(rods[::-1].copy())], ["rod"])
    assert result.rotated and result.map == result.recall == 1
    assert [cell.truth for cell in result.cell(0, 0)] == [0, 1, 2]
    assert result.cell_table(0, 0).iou == pytest.approx([1, 1, 1], abs=1e-5)
    turned = rods.copy()
    turned[:, 4] = math.pi - turned[:, 4]  # the same boxes around them
    crossed = evaluate([true(rods)], [found(turned)], ["rod"])
    assert crossed.map == crossed.recall == 0
    upright = evaluate([replace(true(rods[:1]), rotated=None)],
                       [replace(found(turned[:1]), rotated=None)], ["rod"])
    assert not upright.rotated and upright.map == 1
    assert result.to_json()["rotated"] and "rotated" not in upright.to_json()


def test_an_overlap_on_either_side_of_the_threshold():
    """Two rods of one line that overlap by exactly a third."""
    [rod] = diagonals(1)
    moved = rod + np.float32([50 / math.sqrt(2), 50 / math.sqrt(2), 0, 0, 0])
    live = LiveEvaluation([true(rod[None])], [found(moved[None])], ["rod"])
    assert live.update(match_iou=0.33).recall == 1
    assert live.update(match_iou=0.34).recall == 0
    assert live.update(match_iou=0.05).recall == 1


def test_images_without_detections_or_objects_are_no_hindrance():
    rods = diagonals(2)
    nothing = Detections.empty()
    result = evaluate([true(rods), Truth.empty(), true(rods)], [found(rods), nothing, nothing],
                      ["rod"])
    assert result.rotated and result.recall == 0.5
    assert not evaluate([true(rods)], [nothing], ["rod"]).rotated
