"""How well outlines are found: COCO's "segm", and the mean overlap of hits."""

from __future__ import annotations

from math import isnan, nan

import numpy as np
import pytest
from faster_coco_eval import COCO, COCOeval_faster
from faster_coco_eval.core import mask as coco_mask

from workbench.core.detections import Detections, Truth
from workbench.core.filling import mask_of_polygon
from workbench.core.masks import pixels_of
from workbench.core.outline_grids import SIDE, outline_of, paired_overlap
from workbench.evaluation.average_precision import IOU_THRESHOLDS, average_precision
from workbench.evaluation.evaluate import evaluate
from workbench.evaluation.live import LiveEvaluation
from workbench.evaluation.matching import iou_matrix
from workbench.evaluation.nms import filter_detections

PICTURE = 500
"""Side in pixels that the sets of these tests fit into."""


def run_lengths(grid, box):
    """An outline in pixels, as COCO takes it; what a set puts at its edge is moved inside."""
    outline = outline_of(grid, tuple(float(value) + 80 for value in box))
    pixels = pixels_of(mask_of_polygon(outline), (0, 0, PICTURE, PICTURE))
    return coco_mask.encode(np.asfortranarray(pixels.astype(np.uint8)))


def coco_table(truths, found, classes):
    """Average precision by outlines (classes, thresholds) as faster-coco-eval computes it."""
    objects, results = [], []
    for image, (truth, detections) in enumerate(zip(truths, found, strict=True), 1):
        for grid, box, label in zip(truth.outlines, truth.boxes, truth.labels, strict=True):
            mask = run_lengths(grid, box)
            objects.append({"id": len(objects) + 1, "image_id": image, "iscrowd": 0,
                            "category_id": int(label) + 1, "segmentation": mask,
                            "area": float(coco_mask.area(mask)),
                            "bbox": coco_mask.toBbox(mask).tolist()})
        for grid, box, score, label in zip(detections.outlines, detections.boxes,
                                           detections.scores, detections.labels, strict=True):
            results.append({"image_id": image, "category_id": int(label) + 1,
                            "score": float(score), "segmentation": run_lengths(grid, box)})
    truth_set = COCO({
        "images": [{"id": i, "width": PICTURE, "height": PICTURE}
                   for i in range(1, len(truths) + 1)],
        "categories": [{"id": k + 1, "name": str(k)} for k in range(classes)],
        "annotations": objects, "info": {},
    })
    run = COCOeval_faster(truth_set, truth_set.loadRes(results), "segm")
    run.evaluate()
    run.accumulate()
    table = run.eval["precision"][:, :, :, 0, -1].mean(1).T
    return np.where(table < 0, np.nan, table)


@pytest.mark.parametrize("seed", range(4))
def test_outlines_score_as_by_coco(make_outlined, seed):
    """Up to what pixels make of an outline: a pair near a threshold may fall on its other side."""
    truths, raw = make_outlined(seed, images=16, objects=20, raw=80, spread=0.06)
    found = [filter_detections(item, 0.01, 0.6) for item in raw]
    expected = coco_table(truths, found, 3)
    result = evaluate(truths, raw, ["a", "b", "c"], nms_thresh=0.6)
    assert 0.02 < result.outline_map < 0.98  # else nothing is told by it
    assert result.outline_map == pytest.approx(float(np.nanmean(expected)), abs=0.01)
    assert result.outline_map_50 == pytest.approx(float(np.nanmean(expected[:, 0])), abs=0.03)


def by_hand(truths, found, label, threshold):
    """(hits, misses) of one class by falling score, written as the rule is told."""
    rows = []
    for image, (truth, detections) in enumerate(zip(truths, found, strict=True)):
        taken = set()
        for i in np.argsort(-detections.scores, kind="stable"):
            if detections.labels[i] != label:
                continue
            best, best_iou, absorbed = None, 0.0, False
            for t in np.flatnonzero(truth.labels == label):
                one, other = detections.select(np.array([i])), slice(t, t + 1)
                iou = (paired_overlap(one.outlines, one.boxes, truth.outlines[other],
                                      truth.boxes[other])[0] if truth.outlined[t]
                       else iou_matrix(one.boxes, truth.boxes[other])[0, 0])
                if iou < threshold:
                    continue
                if truth.difficult[t] or not truth.outlined[t]:
                    absorbed = True
                elif t not in taken and iou >= best_iou:
                    best, best_iou = t, iou
            if best is not None:
                taken.add(best)
            rows.append((-float(detections.scores[i]), image, best is not None,
                         best is None and not absorbed))
    rows.sort(key=lambda row: row[:2])
    return np.array([r[2] for r in rows], bool), np.array([r[3] for r in rows], bool)


@pytest.mark.parametrize("seed", range(3))
def test_boxes_and_difficult_objects_are_neither_hit_nor_miss(make_outlined, seed):
    truths, raw = make_outlined(seed, known=0.6, difficult=0.3, objects=9, raw=30, images=4,
                                spread=0.08)
    found = [filter_detections(item, 0.01, 0.5) for item in raw]
    expected = []
    for label in range(3):
        positives = sum(int(((t.labels == label) & ~t.difficult & t.outlined).sum())
                        for t in truths)
        expected.append([average_precision(*by_hand(truths, found, label, t), positives)
                         for t in IOU_THRESHOLDS])
    result = evaluate(truths, raw, ["a", "b", "c"])
    assert result.outline_map == pytest.approx(float(np.nanmean(expected)), abs=1e-9)
    assert result.outline_map_50 == pytest.approx(float(np.nanmean(expected, 0)[0]), abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_the_mean_overlap_is_that_of_the_hits_with_an_outline(make_outlined, seed):
    truths, raw = make_outlined(seed, known=0.7, spread=0.1)
    result = evaluate(truths, raw, ["a", "b", "c"], score_thresh=0.3, match_iou=0.4)
    overlaps = []
    for label in range(3):
        table = result.cell_table(label, label)
        for entry, told in zip(result.cell(label, label), table.outline_iou, strict=True):
            truth, found = truths[entry.image], raw[entry.image]
            t, d = slice(entry.truth, entry.truth + 1), slice(entry.detection, entry.detection + 1)
            expected = paired_overlap(found.outlines[d], found.boxes[d], truth.outlines[t],
                                      truth.boxes[t])[0] if truth.outlined[entry.truth] else nan
            assert told == pytest.approx(expected, nan_ok=True)
            overlaps.append(expected)
    assert np.isnan(overlaps).any()
    assert result.outline_iou == pytest.approx(float(np.nanmean(overlaps)))
    assert np.isnan(result.cell_table(0, 3).outline_iou).all()


def test_boxes_decide_what_is_a_hit(make_outlined):
    """Everything that was measured before is as it is without outlines."""
    truths, raw = make_outlined(5)
    with_outlines = evaluate(truths, raw, ["a", "b", "c"]).to_json()
    boxes = evaluate([Truth(item.boxes, item.labels, item.difficult) for item in truths],
                     [Detections(item.boxes, item.scores, item.labels) for item in raw],
                     ["a", "b", "c"])
    figures = {name: with_outlines.pop(name)
               for name in ("outline_iou", "outline_map", "outline_map_50")}
    assert None not in figures.values()
    assert boxes.to_json() == with_outlines
    assert isnan(boxes.outline_iou) and isnan(boxes.outline_map) and isnan(boxes.outline_map_50)


@pytest.mark.parametrize("score, nms, match", [(0.25, 0.5, 0.5), (0.6, 0.8, 0.05), (0.1, 0.2, 0.9)])
def test_what_was_measured_before_changes_nothing(make_outlined, score, nms, match):
    truths, raw = make_outlined(7, known=0.8)
    live = LiveEvaluation(truths, raw, ["a", "b", "c"])
    for thresholds in ((0.25, 0.5, 0.5), (0.5, 0.9, 0.3), (0.0, 0.3, 0.02)):
        live.update(*thresholds)
    again = live.update(score, nms, match)
    fresh = LiveEvaluation(truths, raw, ["a", "b", "c"]).update(score, nms, match)
    assert again.to_json() == fresh.to_json()


def disc() -> np.ndarray:
    y, x = np.mgrid[:SIDE, :SIDE] / (SIDE - 1) * 2 - 1
    return ((np.hypot(x, y) <= 1) * 255).astype(np.uint8)[None]


def exact(score: float = 0.9, outlines: np.ndarray | None = None) -> Detections:
    box = np.array([[10, 10, 50, 60]], np.float32)
    return Detections(box, np.array([score], np.float32), np.array([0]), outlines)


def test_an_outline_that_is_right_counts_fully():
    grid = disc()
    found = exact(outlines=grid)
    truth = Truth(found.boxes, found.labels, np.zeros(1, bool), grid, np.ones(1, bool))
    result = evaluate([truth, Truth.empty()], [found, Detections.empty()], ["a"])
    assert (result.outline_iou, result.outline_map, result.outline_map_50) == (1, 1, 1)


def test_a_wrong_outline_in_the_right_box_is_a_hit_and_no_outline():
    found = exact(outlines=np.zeros((1, SIDE, SIDE), np.uint8))
    truth = Truth(found.boxes, found.labels, np.zeros(1, bool), disc(),
                  np.ones(1, bool))
    result = evaluate([truth], [found], ["a"])
    assert result.recall == 1
    assert (result.outline_iou, result.outline_map) == (0, 0)


@pytest.mark.parametrize("known", [None, False])
def test_without_labelled_outlines_nothing_is_said(known):
    grid = disc()
    found = exact(outlines=grid)
    none = Truth(found.boxes, found.labels, np.zeros(1, bool))
    truth = none if known is None else Truth(*(none.boxes, none.labels, none.difficult), grid,
                                             np.zeros(1, bool))
    result = evaluate([truth], [found], ["a"])
    assert isnan(result.outline_iou) and isnan(result.outline_map)
    assert "outline_iou" not in result.to_json()
    assert evaluate([], [], ["a"]).outline_overlaps is None
