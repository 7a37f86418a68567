"""Predict with a model that finds key points."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.predict.answering import BOXES, AnsweringEngine, ask, detections, keep_labels
from tests.gui.predict.looking import is_drawn, is_near, place_on
from workbench.core.skeletons import Skeleton
from workbench.gui.predict.place import PredictPlace
from workbench.project.manifest import Manifest
from workbench.tasks.detection.window.predictions import DISPLAY

FOUND = (("cat", 0.9, (10.0, 4.0, 50.0, 44.0)), ("cat", 0.7, (12.0, 4.0, 50.0, 44.0)),
         ("dog", 0.5, (2.0, 2.0, 8.0, 8.0)))
POINTS = [[[20.0, 24.0, 0.9], [40.0, 24.0, 0.5], [30.0, 38.0, 0.1]],
          [[22.0, 24.0, 0.9], [42.0, 24.0, 0.5], [32.0, 38.0, 0.3]], []]
SKELETONS = {"cat": {"points": ["nose", "tail", "paw"], "lines": [["nose", "tail"],
                                                                  ["nose", "paw"]],
                     "colors": {"tail": "#00ffff"}}}


def pointed(path: Path) -> dict[str, Any]:
    """A cat twice, and a dog, which has no key points."""
    return {**detections(path, *FOUND), "keypoints": POINTS, "skeletons": SKELETONS}


@pytest.mark.parametrize(("score", "nms", "left"), [
    (0.4, 0.5, (0, 2)), (0.4, 0.95, (0, 1, 2)), (0.6, 0.95, (0, 1)), (0.95, 0.5, ())])
def test_sliders_take_key_points_along(score: float, nms: float, left: tuple[int, ...]) -> None:
    item = pointed(Path("a.png"))
    shown = DISPLAY.shown(DISPLAY.pack(item), {"score": score, "nms": nms})
    assert shown["keypoints"] == [POINTS[row] for row in left]
    assert shown["skeletons"] == SKELETONS
    boxes = DISPLAY.shown(DISPLAY.pack(detections(Path("a.png"), *FOUND)),
                          {"score": score, "nms": nms})
    assert not {"keypoints", "skeletons"} & set(boxes)


def test_points_and_their_lines_are_drawn_in_the_box(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path
) -> None:
    place = open_place(BOXES)
    shutil.copy(night / "a.png", night / "b.png")
    ask(place, engine, qtbot, night)
    engine.answer([pointed(night / "a.png"), detections(night / "b.png", *FOUND),
                   detections(night / "c.png")])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == 3, timeout=30_000)
    picture = place.page.picture
    looks = {}
    for row, name in enumerate("ab"):
        place.page.view.selectRow(row)
        qtbot.waitUntil(lambda name=name: is_drawn(picture, name), timeout=30_000)
        image = picture.grab().toImage()
        looks[name] = {spot: image.pixelColor(place_on(picture, spot))
                       for spot in ((20.0, 24.0), (40.0, 24.0), (27.0, 24.0), (30.0, 38.0),
                                    (25.0, 31.0), (50.0, 40.0))}
    a, bare, cat = looks["a"], looks["b"], place.colors.color("cat")
    assert is_near(a[20.0, 24.0], cat) and is_near(a[40.0, 24.0], "#00ffff"), "its own colour"
    assert is_near(a[27.0, 24.0], cat) and a[27.0, 24.0] != bare[27.0, 24.0], "the line"
    assert a[30.0, 38.0] == bare[30.0, 38.0] and a[25.0, 31.0] == bare[25.0, 31.0], \
        "a point that is not sure is not there, and no line to it"
    assert is_near(a[50.0, 40.0], cat), "in the box"


def test_label_files_have_key_points_with_their_names(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path,
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    skeleton = Skeleton(("nose", "tail", "paw"), ((0, 1), (0, 2)))
    Manifest("photos", classes=["cat", "dog"], skeletons={"cat": skeleton}).save(photos)
    run = photos / "runs" / BOXES.run
    run.mkdir(parents=True)
    (run / "config.json").write_text(json.dumps({"classes": ["cat", "dog"]}))
    place = open_place(BOXES)
    ask(place, engine, qtbot, night)
    engine.answer([pointed(night / "a.png"), detections(night / "b.png"),
                   detections(night / "c.png")])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == 3, timeout=30_000)
    out = tmp_path / "labels"
    keep_labels(place, qtbot, "COCO", out, monkeypatch)
    data = json.loads((out / "annotations" / "instances.json").read_text())
    assert data["categories"][0]["keypoints"] == ["nose", "tail", "paw"]
    assert data["categories"][0]["skeleton"] == [[1, 2], [1, 3]]
    assert [item.get("num_keypoints", 0) for item in data["annotations"]] == [2, 0]
