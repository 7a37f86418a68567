"""A mask over most of 12000 × 8000 pixels: move and zoom the picture, paint a stroke into it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from bench_many_boxes import _drag
from bench_polygons import _frames
from common import make_image, quantiles
from PySide6.QtCore import QPoint
from window import Window

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.outlines import mask_of_spans
from workbench.formats.voc import new_voc

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
    window.close()
    return result


def _labels() -> Annotation:
    """A disc with a wavy edge."""
    x, y, radius = SIZE[0] / 2, SIZE[1] / 2, 3_800
    spans = []
    for row in range(int(y - radius), int(y + radius)):
        half = math.sqrt(max(0.0, radius ** 2 - (row - y) ** 2)) + 40 * math.sin(row / 15)
        if half > 1:
            spans.append((row, int(x - half), int(x + half)))
    return Annotation((LabeledObject("disc", mask_of_spans(spans)),), size=SIZE)
