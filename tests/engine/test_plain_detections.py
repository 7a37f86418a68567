"""What a detector that finds outlines or key points answers about a file, as plain data."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_project import make_project

from tests.engine.steering import request
from workbench.core.detections import Detections
from workbench.core.flat_rings import polygon_of_rings
from workbench.core.outline_grids import SIDE, grid_of
from workbench.core.outlines import Polygon
from workbench.core.skeletons import Skeleton
from workbench.core.video import Shown
from workbench.engine.picture_predictor import Found
from workbench.engine.training.parts import build_bare, build_parts
from workbench.engine.training.planning import make_plan
from workbench.tasks.detection.engine.predict import to_json

DIAMOND = Polygon((((50.0, 0.0), (100.0, 50.0), (50.0, 100.0), (0.0, 50.0)),))
FRAME = Polygon((((0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0)),
                 ((25.0, 25.0), (75.0, 25.0), (75.0, 75.0), (25.0, 75.0))))


def detections(*, outlines: bool = True) -> Detections:
    """A frame, the same once more with a lower score, a diamond, nothing within a box, and
    something that scores little."""
    grids = np.stack([grid_of(FRAME), grid_of(FRAME), grid_of(DIAMOND),
                      np.zeros((SIDE, SIDE), np.uint8), grid_of(DIAMOND)])
    boxes = np.asarray([(0, 0, 100, 100), (2, 0, 100, 100), (200, 10, 300, 110),
                        (400, 0, 420, 20), (500, 0, 600, 100)], np.float32)
    scores = np.asarray([0.7, 0.6, 0.9, 0.5, 0.1], np.float32)
    return Detections(boxes, scores, np.zeros(5, np.int64), grids if outlines else None)


def test_what_is_left_after_nms_has_its_own_outline() -> None:
    item = to_json(Found(Shown(Path("a.png")), (640, 200), detections()), ["cell"], 0.25, 0.5)
    assert item["scores"] == pytest.approx([0.9, 0.7, 0.5])
    diamond, frame, none = json.loads(json.dumps(item["outlines"]))
    found = polygon_of_rings(diamond)
    assert found is not None and found.bounds() == pytest.approx((200, 10, 300, 110), abs=2.5)
    assert found.area == pytest.approx(DIAMOND.area, rel=0.03) and not found.contains((210, 20))
    found = polygon_of_rings(frame)
    assert found is not None and len(found.rings) == 2 and not found.contains((50, 50))
    assert none == [] and polygon_of_rings(none) is None


def test_a_model_of_boxes_says_nothing_of_outlines() -> None:
    found = Found(Shown(Path("a.png")), (640, 200), detections(outlines=False))
    assert "outlines" not in to_json(found, ["cell"], 0.25, 0.5)


def test_previews_have_outlines_of_what_is_drawn_there(tmp_path: Path) -> None:
    plan = make_plan(make_project(tmp_path), request(), lambda text, done, total: None)
    parts = build_parts(plan, build_bare(plan), tmp_path / "cache")
    item = parts.validator.show(0, detections())
    assert item["scores"] == pytest.approx([0.9, 0.7, 0.5, 0.1])
    assert [len(rings) for rings in item["outlines"]] == [1, 2, 0, 0]
    assert "outlines" not in parts.validator.show(0, detections(outlines=False))
    parts.close()


CELL = Skeleton(("top", "foot"), ((0, 1),))
NONE = float("nan")
POINTS = np.asarray([[(10.04, 20.06, 0.98765), (30, 40, 0.1)], [(1, 1, 1), (2, 2, 1)],
                     [(250, 60, 0.5), (NONE, NONE, NONE)], [(NONE, NONE, NONE)] * 2,
                     [(550, 50, 0.9), (560, 60, 0.9)]], np.float32)
"""Of a class with two, of one with one, and of one that has none."""


def pointed() -> Detections:
    return replace(detections(outlines=False), labels=np.asarray([0, 0, 1, 2, 0]),
                   keypoints=POINTS)


def test_what_is_left_after_nms_has_its_own_key_points() -> None:
    item = to_json(Found(Shown(Path("a.png")), (640, 200), pointed()), ["cell", "dot", "box"],
                   0.25, 0.5)
    assert item["labels"] == ["dot", "cell", "box"] and "outlines" not in item
    assert json.loads(json.dumps(item["keypoints"])) == [
        [[250.0, 60.0, 0.5]], [[10.0, 20.1, 0.988], [30.0, 40.0, 0.1]], []]
    assert item["skeletons"] == {}
    named = to_json(Found(Shown(Path("a.png")), (640, 200), pointed()), ["cell", "dot", "box"],
                    0.25, 0.5, {"cell": CELL, "leaf": Skeleton(("tip",))})
    assert named["skeletons"] == {"cell": {"points": ["top", "foot"], "lines": [["top", "foot"]]}}
    found = Found(Shown(Path("a.png")), (640, 200), detections())
    assert "keypoints" not in to_json(found, ["cell"], 0.25, 0.5)


def test_previews_have_key_points_of_what_is_drawn_there(tmp_path: Path) -> None:
    plan = make_plan(make_project(tmp_path), request(), lambda text, done, total: None)
    parts = build_parts(plan, build_bare(plan), tmp_path / "cache")
    found = replace(pointed(), labels=np.zeros(5, np.int64))
    item = parts.validator.show(0, found)
    assert item["scores"] == pytest.approx([0.9, 0.7, 0.5, 0.1])
    assert [len(points) for points in item["keypoints"]] == [1, 2, 0, 0]
    parts.close()
