"""How well key points are found: COCO's "keypoints", and the share that lies near."""

from __future__ import annotations

from dataclasses import replace
from math import isnan

import numpy as np
import pytest
from faster_coco_eval import COCO, COCOeval_faster

from workbench.core.detections import Detections, Truth
from workbench.evaluation.average_precision import IOU_THRESHOLDS, average_precision
from workbench.evaluation.evaluate import evaluate
from workbench.evaluation.live import LiveEvaluation
from workbench.evaluation.matching import iou_matrix
from workbench.evaluation.nms import filter_detections

CLASSES = ["a", "b", "c"]
FIGURES = ("keypoint_pck", "keypoint_map", "keypoint_map_50")


def coco_table(truths, found):
    """Average precision by key points (classes, thresholds) as faster-coco-eval computes it."""
    objects, results = [], []
    for image, (truth, detections) in enumerate(zip(truths, found, strict=True), 1):
        for points, box, label in zip(truth.keypoints, truth.boxes.astype(float), truth.labels,
                                      strict=True):
            width, height = box[2:] - box[:2]
            objects.append({"id": len(objects) + 1, "image_id": image, "iscrowd": 0,
                            "category_id": int(label) + 1, "area": width * height,
                            "bbox": [box[0], box[1], width, height],
                            "keypoints": points.astype(float).flatten().tolist(),
                            "num_keypoints": int((points[:, 2] > 0).sum())})
        for points, score, label in zip(detections.keypoints, detections.scores,
                                        detections.labels, strict=True):
            results.append({"image_id": image, "category_id": int(label) + 1,
                            "score": float(score),
                            "keypoints": np.nan_to_num(points.astype(float)).flatten().tolist()})
    truth_set = COCO({
        "images": [{"id": i, "width": 500, "height": 500} for i in range(1, len(truths) + 1)],
        "categories": [{"id": k + 1, "name": name} for k, name in enumerate(CLASSES)],
        "annotations": objects, "info": {},
    })
    run = COCOeval_faster(truth_set, truth_set.loadRes(results), "keypoints",
                          kpt_oks_sigmas=np.full(6, 0.05))
    run.params.maxDets = [100]
    run.evaluate()
    run.accumulate()
    table = run.eval["precision"][:, :, :, 0, -1].mean(1).T
    return np.where(table < 0, np.nan, table)


@pytest.mark.parametrize("seed", range(6))
def test_key_points_score_as_by_coco(make_keypoints, seed):
    truths, raw = make_keypoints(seed, images=16, objects=20, raw=80, spread=0.06)
    found = [filter_detections(item, 0.01, 0.6) for item in raw]
    expected = coco_table(truths, found)
    result = evaluate(truths, raw, CLASSES, nms_thresh=0.6)
    assert 0.02 < result.keypoint_map < 0.98  # else nothing is told by it
    assert result.keypoint_map == pytest.approx(float(np.nanmean(expected)), abs=1e-4)
    assert result.keypoint_map_50 == pytest.approx(float(np.nanmean(expected[:, 0])), abs=1e-4)


def offsets(points, truth, t):
    """How far off the labelled points of object ``t`` are, as parts of its size."""
    box, labelled = truth.boxes[t].astype(float), truth.keypoints[t]
    size = ((box[2] - box[0]) * (box[3] - box[1])) ** 0.5
    return np.array([np.hypot(*(points[k, :2] - labelled[k, :2])) / size
                     for k in range(len(labelled)) if labelled[k, 2] > 0])


def by_hand(truths, found, label, threshold):
    """(hits, misses) of one class by falling score, written as the rule is told."""
    rows = []
    for image, (truth, detections) in enumerate(zip(truths, found, strict=True)):
        taken = set()
        for i in np.argsort(-detections.scores, kind="stable"):
            if detections.labels[i] != label:
                continue
            best, best_likeness, absorbed = None, 0.0, False
            for t in np.flatnonzero(truth.labels == label):
                iou = iou_matrix(detections.boxes[i : i + 1], truth.boxes[t : t + 1])[0, 0]
                away = offsets(detections.keypoints[i], truth, t)
                likeness = np.exp(-away**2 / 0.02).mean() if len(away) else iou
                if iou < 0.1 or likeness < threshold:
                    continue
                if truth.difficult[t] or not len(away):
                    absorbed = True
                elif t not in taken and likeness >= best_likeness:
                    best, best_likeness = t, likeness
            if best is not None:
                taken.add(best)
            rows.append((-float(detections.scores[i]), image, best is not None,
                         best is None and not absorbed))
    rows.sort(key=lambda row: row[:2])
    return np.array([r[2] for r in rows], bool), np.array([r[3] for r in rows], bool)


@pytest.mark.parametrize("seed", range(3))
def test_boxes_and_difficult_objects_are_neither_hit_nor_miss(make_keypoints, seed):
    truths, raw = make_keypoints(seed, known=0.4, difficult=0.3, objects=9, raw=30, images=4,
                                 spread=0.08)
    found = [filter_detections(item, 0.01, 0.5) for item in raw]
    assert any((item.keypoints[..., 2] == 0).all(1).any() for item in truths)
    expected = []
    for label in range(3):
        positives = sum(int(((t.labels == label) & ~t.difficult
                             & (t.keypoints[..., 2] > 0).any(1)).sum()) for t in truths)
        expected.append([average_precision(*by_hand(truths, found, label, t), positives)
                         for t in IOU_THRESHOLDS])
    result = evaluate(truths, raw, CLASSES)
    assert result.keypoint_map == pytest.approx(float(np.nanmean(expected)), abs=1e-9)
    assert result.keypoint_map_50 == pytest.approx(float(np.nanmean(expected, 0)[0]), abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_the_share_that_is_found_is_of_the_labelled_points_of_hits(make_keypoints, seed):
    truths, raw = make_keypoints(seed, known=0.7, off=0.1, spread=0.1)
    result = evaluate(truths, raw, CLASSES, score_thresh=0.3, match_iou=0.4)
    near = labelled = 0
    for label in range(3):
        table = result.cell_table(label, label)
        for entry, told in zip(result.cell(label, label), table.keypoints.tolist(), strict=True):
            points = raw[entry.image].keypoints[entry.detection]
            away = offsets(points, truths[entry.image], entry.truth)
            known = truths[entry.image].keypoints[entry.truth][:, 2] > 0
            sure = points[known, 2] >= 0.2
            assert told == [int(((away <= 0.1) & sure).sum()), len(away)]
            near, labelled = near + told[0], labelled + told[1]
    assert 0 < near < labelled
    assert result.keypoint_pck == pytest.approx(near / labelled)
    assert not result.cell_table(0, 3).keypoints.any()


def test_boxes_decide_what_is_a_hit(make_keypoints):
    """Everything that was measured before is as it is without key points."""
    truths, raw = make_keypoints(5)
    told = evaluate(truths, raw, CLASSES).to_json()
    assert None not in [told.pop(name) for name in FIGURES]
    plain = evaluate([replace(item, keypoints=None) for item in truths],
                     [replace(item, keypoints=None) for item in raw], CLASSES)
    assert plain.to_json() == told
    assert all(isnan(getattr(plain, name)) for name in FIGURES)


@pytest.mark.parametrize("score, nms, match", [(0.25, 0.5, 0.5), (0.6, 0.8, 0.05), (0.1, 0.2, 0.9)])
def test_what_was_measured_before_changes_nothing(make_keypoints, score, nms, match):
    truths, raw = make_keypoints(7, known=0.8)
    live = LiveEvaluation(truths, raw, CLASSES)
    for thresholds in ((0.25, 0.5, 0.5), (0.5, 0.9, 0.3), (0.0, 0.3, 0.02)):
        live.update(*thresholds)
    fresh = LiveEvaluation(truths, raw, CLASSES).update(score, nms, match)
    assert live.update(score, nms, match).to_json() == fresh.to_json()


def test_size_and_place_of_an_object_change_nothing(make_keypoints):
    truths, raw = make_keypoints(3, known=0.8)

    def moved(item):
        points = item.keypoints * np.array([4, 4, 1], np.float32) + [64, 32, 0]
        if isinstance(item, Truth):
            points[item.keypoints[..., 2] == 0] = 0
        boxes = item.boxes * 4 + np.array([64, 32, 64, 32], np.float32)
        return replace(item, boxes=boxes.astype(np.float32), keypoints=points.astype(np.float32))

    ours = evaluate(truths, raw, CLASSES)
    theirs = evaluate([moved(item) for item in truths], [moved(item) for item in raw], CLASSES)
    for name in FIGURES:
        assert getattr(theirs, name) == pytest.approx(getattr(ours, name), abs=1e-6)


BOX = np.array([[10, 10, 50, 110]], np.float32)  # its size is √4000 = 63.2


def one(points, seen=(2, 1), labelled=((20, 20), (40, 90))):
    """An object with two key points and a detection in its box."""
    truth = Truth(BOX, np.array([0]), np.zeros(1, bool), keypoints=np.array(
        [[(x, y, v) if v else (0, 0, 0) for (x, y), v in zip(labelled, seen, strict=True)]],
        np.float32))
    return truth, Detections(BOX, np.array([0.9], np.float32), np.array([0]),
                             keypoints=np.array([points], np.float32))


@pytest.mark.parametrize("points, seen, near, precision", [
    ([(20, 20, 1), (40, 90, 1)], (2, 1), 1, 1),
    ([(20, 26.3, 1), (40, 90, 1)], (2, 2), 1, 0.7),  # OKS (e^-0.496 + 1) / 2 = 0.80
    ([(20, 26.4, 1), (40, 90, 1)], (2, 2), 0.5, 0.6),
    ([(20, 26.4, 1), (40, 90, 1)], (0, 2), 1, 1),
    ([(0, 0, 0.9), (40, 90, 0.2)], (2, 2), 0.5, 0.1),
    ([(20, 20, 0.1), (40, 90, 0.2)], (2, 2), 0.5, 1),
    ([(20, 20, 1), (np.nan, np.nan, np.nan)], (2, 1), 0.5, 0.1),
    ([(20, 20, 1)], (2, 1), 0.5, 0.1),
    ([(20, 20, 1), (40, 90, 1), (9, 9, 1)], (2, 1), 1, 1),
], ids=["right", "just near", "just too far", "not labelled", "far off", "not sure",
        "not looked for", "fewer", "more"])
def test_points_near_and_far(points, seen, near, precision):
    truth, found = one(points, seen)
    result = evaluate([truth, Truth.empty()], [found, Detections.empty()], ["a"])
    assert result.recall == 1
    assert result.keypoint_pck == near
    assert result.keypoint_map == pytest.approx(precision)


@pytest.mark.parametrize("known", [None, 0])
def test_without_labelled_key_points_nothing_is_said(known):
    truth, found = one([(20, 20, 1), (40, 90, 1)], (0, 0))
    if known is None:
        truth = replace(truth, keypoints=None)
    result = evaluate([truth], [found], ["a"])
    assert all(isnan(getattr(result, name)) for name in FIGURES)
    assert "keypoint_map" not in result.to_json()
