"""A mask over most of 12000 × 8000 pixels: move and zoom the picture, paint a stroke into it, paint
over superpixels, and draw a line along edges: what a move and a click take."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench_many_boxes import _drag
from bench_polygons import _frames
from common import make_image, quantiles
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from window import Window

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.outlines import mask_of_spans
from workbench.formats.voc import new_voc
from workbench.gui.label.images.superpixel_tool import layer_of

SIZE = (12_000, 8_000)


def measure(folder: Path) -> dict[str, Any]:
    project = folder / "brush"
    project.mkdir()
    path = make_image(project / "0.jpg", *SIZE)
    path.with_suffix(".xml").write_bytes(new_voc(_labels(), image_path=path))
    window = Window(folder)
    window.open(project)
    window.until(lambda: len(window.images.editor.objects) == 1)
    window.until(lambda: window.canvas.scene.picture.complete)
    result = {
        "pan": quantiles(_frames(window, lambda at: window.canvas.pan(
            *((9, 5) if at % 20 < 10 else (-9, -5))))),
        "zoom": quantiles(_frames(window, lambda at: window.canvas.zoom_by(
            1.4 if at % 40 < 20 else 1 / 1.4, (800.0, 400.0))))}
    window.canvas.fit()
    window.images.editor.select((0,))
    window.program.context.actions["images.tool_brush"].run()
    window.images.editor.brush_size = 200.0
    # the last one is the move that follows the release, with the mask made anew
    result["paint"] = quantiles(_drag(window, QPoint(300, 200), step=4))
    result |= _over_superpixels(window)
    result |= _along_edges(window)
    window.close()
    return result


def _over_superpixels(window: Window) -> dict[str, Any]:
    """What the window's thread works for each move of a stroke, and how long the superpixels in
    view take to come."""
    canvas = window.canvas
    begin = time.perf_counter()
    window.program.context.actions["images.tool_superpixels"].run()
    layer = layer_of(canvas)  # which waits a little for the view to rest
    while layer.patches is None:
        window.rest(0.02)
    came = time.perf_counter() - begin
    window.images.editor.select(())
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
    moves = []
    for step in range(80):
        there = (200.0 + 7 * step, 200.0 + 2 * step)
        moves += _seconds(canvas, lambda there=there: (
            canvas.active_gesture.move(there, Qt.KeyboardModifier.NoModifier),
            canvas.show_gesture()))
    canvas.cancel()
    return {"superpixels_ms": round(came * 1000), "superpixels_move": quantiles(moves)}


def _along_edges(window: Window) -> dict[str, Any]:
    """What the window's thread works for each move and each click, paint included, in view of the
    whole picture; the ways from a click come from another thread."""
    canvas = window.canvas
    window.program.context.actions["images.tool_edges"].run()
    moves, clicks = [], []
    for at in range(12):
        place = QPoint(300 + 40 * at, 300 + 60 * (at % 3))
        clicks += _seconds(canvas, lambda place=place: QTest.mouseClick(
            canvas, Qt.MouseButton.LeftButton, pos=place))
        window.until(lambda: canvas.active_gesture.ready)
        for step in range(1, 40):
            there = place + QPoint(step, step)
            moves += _seconds(canvas, lambda there=there: QTest.mouseMove(canvas, there))
    canvas.cancel()
    return {"edges_move": quantiles(moves), "edges_click": quantiles(clicks)}


def _seconds(canvas: Any, act: Callable[[], object]) -> list[float]:
    begin = time.thread_time()
    act()
    canvas.repaint()
    return [time.thread_time() - begin]


def _labels() -> Annotation:
    """A disc with a wavy edge."""
    x, y, radius = SIZE[0] / 2, SIZE[1] / 2, 3_800
    spans = []
    for row in range(int(y - radius), int(y + radius)):
        half = math.sqrt(max(0.0, radius ** 2 - (row - y) ** 2)) + 40 * math.sin(row / 15)
        if half > 1:
            spans.append((row, int(x - half), int(x + half)))
    return Annotation((LabeledObject("disc", mask_of_spans(spans)),), size=SIZE)
