"""Areas suggested while one paints: from the end of a stroke to the suggestion on the screen, on
images of 512×512 and 2048×2048 px, in grey and in colours.

``first`` is the second stroke, with which there are two classes, of an image that was opened just
before; ``stroke`` every further one; ``next`` opening another image, whose features are there
already; ``accept`` from Enter to the labels. What ends in ``cpu`` is time of the processor, which
means something beside other work, too.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the program, before numpy is imported

# isort: split

import numpy as np
from common import quantiles
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from window import Window

STROKES = 8
SIDES = (512, 2048)


def measure(folder: Path) -> dict[str, Any]:
    result = {}
    window = Window(folder)
    for side in SIDES:
        for kind in ("grey", "colour"):
            project = _project(folder / f"{kind}{side}", side, colours=kind == "colour")
            result[f"{kind} {side}"] = _of_project(window, project)
    window.close()
    return result


def _project(project: Path, side: int, *, colours: bool) -> Path:
    """Two images with stripes of two kinds."""
    project.mkdir()
    grain = np.random.default_rng(side)
    for name in "ab":
        stripes = np.arange(side) // (side // 8) % 2 * 90 + 60
        values = stripes[:, None, None] + grain.integers(0, 60, (side, side, 3))
        image = Image.fromarray(values.astype(np.uint8))
        (image if colours else image.convert("L")).save(project / f"{name}.png")
    (project / "workbench.toml").write_text(
        f'name = "{project.name}"\nvoc_convention = "as-is"\nimages = ""\nannotations = ""\n'
        'classes = ["dark", "light"]\ntask = "semantic-segmentation"\n', "utf-8")
    return project


def _of_project(window: Window, project: Path) -> dict[str, Any]:
    window.open(project)
    _wait(window, lambda: window.canvas.scene.picture.complete
          and window.images.live_card is not None)
    actions, live = window.program.context.actions, window.images.live_card.live
    if window.canvas.tool is None:  # else it is in the hand already
        actions["images.tool_brush"].run()
    window.images.editor.brush_size = window.images.editor.size[0] / 60
    live.set_on(True)
    _stroke(window, 0)
    first, first_cpu = _until_shown(window, 1)
    strokes = [_until_shown(window, number) for number in range(2, 2 + STROKES)]
    _wait(window, lambda: not live.busy)
    begin = time.perf_counter()
    window.images.open("b.png")
    _wait(window, lambda: live.shown)
    came = time.perf_counter() - begin
    _wait(window, lambda: not live.busy)
    begin = time.perf_counter()
    actions["images.accept_suggestions"].run()
    _wait(window, lambda: len(window.images.editor.objects) == 2)
    accepted = time.perf_counter() - begin
    live.set_on(False)
    return {"first_ms": round(first * 1000), "first_cpu_ms": round(first_cpu * 1000),
            "stroke": quantiles([wall for wall, _ in strokes]),
            "stroke_cpu": quantiles([cpu for _, cpu in strokes]),
            "next_ms": round(came * 1000), "accept_ms": round(accepted * 1000)}


def _wait(window: Window, done: Callable[[], bool]) -> None:
    """Until ``done``, asleep meanwhile: else the threads would get no turn."""
    while not done():
        window.rest(0.002)


def _until_shown(window: Window, number: int) -> tuple[float, float]:
    """Seconds from the end of a stroke until its own suggestion is painted, by the clock and of
    the processor, all threads together."""
    live = window.images.live_card.live
    before = live.image
    _stroke(window, number)
    begin, worked = time.perf_counter(), time.process_time()
    _wait(window, lambda: live.shown and live.image is not before)
    window.canvas.repaint()
    return time.perf_counter() - begin, time.process_time() - worked


def _stroke(window: Window, number: int) -> None:
    """One of a third of the image's width, in the stripe of its class."""
    window.images.choose_class(str(1 + number % 2))
    side = window.images.editor.size[0]
    to_view, canvas = window.canvas.viewport.to_view, window.canvas
    x, y = to_view((side * (0.1 + 0.05 * number), side * (number % 8 + 0.5) / 8))
    end = to_view((side * (0.4 + 0.05 * number), side * (number % 8 + 0.5) / 8))
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(round(x), round(y)))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(round(end[0]), round(end[1])))
