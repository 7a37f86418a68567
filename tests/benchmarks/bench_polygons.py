"""500 polygons of 200 points on one image: open, move and zoom the picture, move a polygon."""

from __future__ import annotations

import math
import random
import time
from pathlib import Path
from typing import Any

from bench_many_boxes import MOVES, _drag, _saves
from common import make_image, quantiles
from PySide6.QtCore import QPoint
from window import Window

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.outlines import Polygon
from workbench.formats.voc import new_voc

COUNT, POINTS = 500, 200
SIZE = (1280, 720)


def measure(folder: Path) -> dict[str, Any]:
    project = folder / "polygons"
    project.mkdir()
    for index in range(3):
        path = make_image(project / f"{index}.jpg", *SIZE)
        path.with_suffix(".xml").write_bytes(new_voc(_labels(index), image_path=path))
    window = Window(folder)
    opened = window.open(project)
    loads = []
    for _ in range(2):
        window.rest(0.3)
        start = time.perf_counter()
        window.images.next()
        window.until(lambda: len(window.images.editor.objects) == COUNT)
        window.wait_for_picture()
        loads.append(time.perf_counter() - start)
    item = window.images.editor.objects[0].shape
    result = {"open_the_project_ms": round(opened * 1000, 1), "load_and_paint": quantiles(loads),
              "pan": quantiles(_frames(window, lambda at: window.canvas.pan(
                  *((9, 5) if at % 20 < 10 else (-9, -5))))),
              "zoom": quantiles(_frames(window, lambda at: window.canvas.zoom_by(
                  1.2 if at % 20 < 10 else 1 / 1.2, (800.0, 400.0))))}
    window.canvas.fit()
    x, y = window.canvas.viewport.to_view(item.rings[0][0])
    window.images.editor.select((0,))
    result["move_a_polygon"] = quantiles(_drag(window, QPoint(int(x), int(y) + 3), step=2))
    result["save"] = quantiles(_saves(window))
    window.close()
    return result


def _labels(seed: int) -> Annotation:
    chance = random.Random(seed)
    objects = []
    for index in range(COUNT):
        x, y = chance.uniform(60, SIZE[0] - 60), chance.uniform(60, SIZE[1] - 60)
        radius = chance.uniform(15, 45)
        turns = [index * 2 * math.pi / POINTS for index in range(POINTS)]
        ring = tuple((round(x + radius * math.cos(turn) * chance.uniform(0.9, 1.1), 1),
                      round(y + radius * math.sin(turn) * chance.uniform(0.9, 1.1), 1))
                     for turn in turns)
        objects.append(LabeledObject(f"class{index % 3}", Polygon((ring,))))
    return Annotation(tuple(objects), size=SIZE)


def _frames(window: Window, move: Any) -> list[float]:
    """Seconds of each step, paint included."""
    times = []
    for at in range(MOVES):
        begin = time.perf_counter()
        move(at)
        window.canvas.repaint()
        times.append(time.perf_counter() - begin)
    return times
