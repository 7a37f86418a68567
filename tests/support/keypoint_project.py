"""Makes a project of boxes into one of key points, and what a run found into what a run would that
finds key points."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from workbench.core.arrays import FloatArray
from workbench.core.outlines import Keypoints
from workbench.core.shapes import Bounds, Box
from workbench.formats.predictions import load_predictions, save_predictions
from workbench.formats.voc import read_voc

PLACES = ((0.1, 0.5), (0.9, 0.5), (0.5, 0.1), (0.5, 0.9))
"""Where the four points lie in a box, as parts of its sides."""


def points_in(box: Bounds, places: Iterable[tuple[float, float]] = PLACES) -> Keypoints:
    """Key points of an object with this box, all visible but the last one."""
    x1, y1, x2, y2 = box
    points = tuple((x1 + x * (x2 - x1), y1 + y * (y2 - y1)) for x, y in places)
    return Keypoints(points, (*[2] * (len(points) - 1), 1), Box(*box))


def point_labels(annotations: Iterable[Path]) -> None:
    """Give each box in these VOC files key points."""
    for path in annotations:
        document = read_voc(path)
        path.write_bytes(document.render(replace(document.annotation, objects=tuple(
            item.with_shape(points_in(item.box)) for item in document.annotation.objects))))


def found_points(boxes: FloatArray, off: float = 0.02, score: float = 0.9) -> FloatArray:
    """Key points in boxes (N, 4), each the share ``off`` of a side beside where it belongs."""
    points = np.full((len(boxes), len(PLACES), 3), score, np.float32)
    points[..., :2] = boxes[:, None, :2] + (np.array(PLACES) + off) * (
        boxes[:, 2:] - boxes[:, :2])[:, None]
    return points


def point_predictions(path: Path, off: float = 0.02) -> None:
    """Give every stored detection key points."""
    found = load_predictions(path)
    found.detections = [replace(item, keypoints=found_points(item.boxes, off))
                        for item in found.detections]
    save_predictions(path, found)
