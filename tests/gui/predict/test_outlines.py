"""Predict with a model that finds outlines."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.predict.answering import BOXES, AnsweringEngine, ask, detections
from tests.gui.predict.looking import is_drawn, is_near, place_on
from workbench.core.flat_rings import FlatRings
from workbench.gui.predict.place import PredictPlace
from workbench.tasks.detection.window.predictions import DISPLAY

FOUND = (("cat", 0.9, (10.0, 4.0, 50.0, 44.0)), ("cat", 0.7, (12.0, 4.0, 50.0, 44.0)),
         ("dog", 0.5, (2.0, 2.0, 8.0, 8.0)), ("dog", 0.3, (50.0, 30.0, 60.0, 40.0)))


def diamond(box: tuple[float, ...]) -> FlatRings:
    x0, y0, x1, y1 = box
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    return [[x, y0, x1, y, x, y1, x0, y]]


def outlined(path: Path) -> dict[str, Any]:
    """A cat twice, a dog of which no outline is known, and another one."""
    outlines = [diamond(box) for _, _, box in FOUND]
    outlines[2] = []
    return {**detections(path, *FOUND), "outlines": outlines}


@pytest.mark.parametrize(("score", "nms", "left"), [
    (0.4, 0.5, (0, 2)), (0.4, 0.95, (0, 1, 2)), (0.05, 0.5, (0, 2, 3)), (0.95, 0.5, ())])
def test_sliders_take_outlines_along(score: float, nms: float, left: tuple[int, ...]) -> None:
    item = outlined(Path("a.png"))
    shown = DISPLAY.shown(DISPLAY.pack(item), {"score": score, "nms": nms})
    assert shown["boxes"] == [item["boxes"][row] for row in left]
    assert shown["outlines"] == [item["outlines"][row] for row in left]
    boxes = detections(Path("a.png"), *FOUND)
    assert "outlines" not in DISPLAY.shown(DISPLAY.pack(boxes), {"score": score, "nms": nms})


def test_rotated_boxes_side_by_side_are_told_apart_by_the_slider() -> None:
    """Two on a diagonal, whose boxes overlap by 0.8, and one of them twice."""
    rows = [[30.0, 24.0, 28.0, 2.0, 0.785], [31.0, 23.0, 28.0, 2.0, 0.785],
            [30.0, 24.0, 27.0, 2.2, 0.785]]
    boxes = [("cat", score, (20.0 + step, 14.0 - step, 40.0 + step, 34.0 - step))
             for score, step in ((0.9, 0.0), (0.8, 1.0), (0.7, 0.0))]
    item = {**detections(Path("a.png"), *boxes), "rotated": rows, "outlines": [[[]]] * 3}
    shown = DISPLAY.shown(DISPLAY.pack(item), {"score": 0.4, "nms": 0.5})
    assert shown["rotated"] == rows[:2]
    assert DISPLAY.shown(DISPLAY.pack(detections(Path("a.png"), *boxes)),
                         {"score": 0.4, "nms": 0.5})["scores"] == [0.9]


def test_outlines_are_drawn_in_place_of_boxes(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path
) -> None:
    place = open_place(BOXES)
    for name in ("b.png", "c.png"):
        shutil.copy(night / "a.png", night / name)
    ask(place, engine, qtbot, night)
    engine.answer([outlined(night / "a.png"), detections(night / "b.png", *FOUND),
                   detections(night / "c.png")])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == 3, timeout=30_000)
    picture = place.page.picture
    looks = {}
    for row, name in enumerate("abc"):
        place.page.view.selectRow(row)
        qtbot.waitUntil(lambda name=name: is_drawn(picture, name), timeout=30_000)
        image = picture.grab().toImage()
        looks[name] = {spot: image.pixelColor(place_on(picture, spot))
                       for spot in ((30.0, 24.0), (47.0, 41.0), (30.0, 44.0), (50.0, 24.0),
                                    (50.0, 40.0), (8.0, 5.0))}
    a, b, bare = looks["a"], looks["b"], looks["c"]
    cat, dog = place.colors.color("cat"), place.colors.color("dog")
    assert a[50.0, 40.0] == bare[50.0, 40.0] and is_near(b[50.0, 40.0], cat), "the edge of the box"
    assert a[30.0, 24.0] not in (bare[30.0, 24.0], cat), "faintly filled"
    assert a[47.0, 41.0] == bare[47.0, 41.0], "within the box, out of the outline"
    assert b[30.0, 24.0] == bare[30.0, 24.0]
    assert is_near(a[30.0, 44.0], cat), "a corner of the diamond lies on the box"
    assert is_near(a[8.0, 5.0], dog), "where no outline is known the box is drawn"
