"""Average precision is COCO's, with Pascal VOC's rule for difficult objects."""

from __future__ import annotations

import numpy as np
import pytest
from faster_coco_eval import COCO, COCOeval_faster

from workbench.core.detections import Detections, Truth
from workbench.evaluation.average_precision import (
    IOU_THRESHOLDS,
    PrecisionRecallCurve,
    average_precision,
)
from workbench.evaluation.evaluate import evaluate
from workbench.evaluation.nms import filter_detections


def coco_table(truths, found, classes):
    """Average precision (classes, thresholds) as faster-coco-eval computes it."""
    objects, results = [], []
    for image, (truth, detections) in enumerate(zip(truths, found, strict=True), 1):
        for box, label in zip(truth.boxes.astype(float), truth.labels, strict=True):
            size = box[2:] - box[:2]
            objects.append({"id": len(objects) + 1, "image_id": image, "iscrowd": 0,
                            "category_id": int(label) + 1, "area": float(size.prod()),
                            "bbox": [*box[:2].tolist(), *size.tolist()]})
        rows = zip(detections.boxes.astype(float), detections.scores, detections.labels,
                   strict=True)
        for box, score, label in rows:
            results.append({"image_id": image, "category_id": int(label) + 1,
                            "score": float(score),
                            "bbox": [*box[:2].tolist(), *(box[2:] - box[:2]).tolist()]})
    truth_set = COCO({
        "images": [{"id": i, "width": 400, "height": 400} for i in range(1, len(truths) + 1)],
        "categories": [{"id": k + 1, "name": str(k)} for k in range(classes)],
        "annotations": objects, "info": {},
    })
    run = COCOeval_faster(truth_set, truth_set.loadRes(results), "bbox")
    run.evaluate()
    run.accumulate()
    precision = run.eval["precision"][:, :, :, 0, -1]  # all areas, 100 detections
    table = precision.mean(1).T
    return np.where(table < 0, np.nan, table)


CASES = {
    "plain": {}, "crowded": {"objects": 40, "raw": 250}, "loose": {"spread": 0.35},
    "ties": {"steps": 4}, "equal overlaps": {"grid": 12, "objects": 60, "raw": 150},
    "many classes": {"classes": 12}, "one class": {"classes": 1},
    "more than 100": {"classes": 1, "raw": 900, "images": 3, "spread": 0.5},
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("seed", range(4))
def test_random_sets_score_as_by_coco(make_set, case, seed):
    options = CASES[case]
    truths, raw = make_set(seed, **options)
    classes = options.get("classes", 3)
    found = [filter_detections(item, 0.01, 0.6) for item in raw]
    expected = coco_table(truths, found, classes)
    result = evaluate(truths, raw, [str(k) for k in range(classes)], nms_thresh=0.6)
    ours = [[item.ap, item.ap_50] for item in result.per_class]
    theirs = np.stack([expected.mean(1), expected[:, 0]], 1)
    assert np.allclose(ours, theirs, atol=1e-6, equal_nan=True)
    for value, part in ((result.map, expected), (result.map_50, expected[:, 0]),
                        (result.map_75, expected[:, 5])):
        assert value == pytest.approx(float(np.nanmean(part)), abs=1e-6)


def by_hand(truths, found, label, threshold):
    """(hits, misses) of one class by falling score, written as the rule is told."""
    rows = []
    for image, detections in enumerate(found):
        taken = set()
        for i in np.argsort(-detections.scores, kind="stable"):
            if detections.labels[i] != label:
                continue
            best, best_iou, absorbed = None, 0.0, False
            for t in np.flatnonzero(truths[image].labels == label):
                iou = overlap(detections.boxes[i], truths[image].boxes[t])
                if iou < threshold:
                    continue
                if truths[image].difficult[t]:
                    absorbed = True
                elif t not in taken and iou >= best_iou:
                    best, best_iou = t, iou
            if best is not None:
                taken.add(best)
            rows.append((-float(detections.scores[i]), image, best is not None,
                         best is None and not absorbed))
    rows.sort(key=lambda row: row[:2])
    return np.array([r[2] for r in rows], bool), np.array([r[3] for r in rows], bool)


def overlap(a, b):
    a, b = a.astype(float), b.astype(float)
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - width * height
    return width * height / union if union else 0.0


@pytest.mark.parametrize("seed", range(3))
def test_difficult_objects_are_neither_hit_nor_miss(make_set, seed):
    truths, raw = make_set(seed, difficult=0.4, objects=12)
    found = [filter_detections(item, 0.01, 0.5) for item in raw]
    result = evaluate(truths, raw, ["a", "b", "c"])
    for label in range(3):
        positives = sum(int((t.labels[~t.difficult] == label).sum()) for t in truths)
        assert result.per_class[label].support == positives
        expected = np.mean([
            average_precision(*by_hand(truths, found, label, t), positives)
            for t in IOU_THRESHOLDS
        ])
        assert result.per_class[label].ap == pytest.approx(expected, abs=1e-9, nan_ok=True)


def test_one_difficult_object_absorbs_several_detections():
    box = np.array([[10, 10, 50, 50]], np.float32)
    truth = Truth(np.concatenate([box, box + 100]), np.array([0, 0]), np.array([True, False]))
    around = box + np.array([[0], [3], [-3]], np.float32)
    raw = Detections(np.concatenate([around, box + 100]),
                     np.array([0.9, 0.8, 0.7, 0.6], np.float32), np.zeros(4, np.int64))
    result = evaluate([truth], [raw], ["a"], nms_thresh=0.95)
    assert (result.precision, result.recall, result.map_50) == (1.0, 1.0, 1.0)
    assert result.confusion.tolist() == [[1, 0], [0, 0]]
    assert (result.truths, result.difficult, result.shown) == (1, 1, 4)


def test_numbers_known_by_hand():
    hits = np.array([True, False, True, False])
    # recall .5 at precision 1, recall 1 at precision 2/3: 51 and 50 of the 101 points
    assert average_precision(hits, ~hits, 2) == pytest.approx((51 + 50 * 2 / 3) / 101)
    assert average_precision(hits[:0], hits[:0], 2) == 0
    assert np.isnan(average_precision(hits, ~hits, 0))


def test_where_nothing_is_right_no_score_is_best():
    scores, precision = np.array([0.9, 0.2], np.float32), np.array([0.0, 0.5])
    assert PrecisionRecallCurve("cat", scores, 0 * precision, 0 * precision).best_score() is None
    assert PrecisionRecallCurve("cat", scores, precision, precision).best_score() \
        == pytest.approx(0.2)


def test_weak_detections_take_no_part(make_set):
    truths, raw = make_set(1)
    shrunk = [Detections(d.boxes, d.scores * np.float32(0.009), d.labels) for d in raw]
    assert evaluate(truths, shrunk, ["a", "b", "c"]).map == 0


def test_a_crowd_of_more_than_a_hundred_can_be_found_whole():
    """COCO's bound of 100 would give a perfect model 0.4 here."""
    corners = np.array([(x, y) for x in range(25) for y in range(10)], np.float32) * 20
    boxes = np.concatenate([corners, corners + 12], 1)
    labels = np.zeros(len(boxes), np.int64)
    scores = np.linspace(0.9, 0.5, len(boxes), dtype=np.float32)
    result = evaluate([Truth(boxes, labels, np.zeros(len(boxes), bool))],
                      [Detections(boxes, scores, labels)], ["cell"])
    assert (result.map, result.recall) == (pytest.approx(1.0), 1.0)
    assert result.ap_max_detections == 500
