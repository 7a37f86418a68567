"""1,000 and 10,000 dots on one image: open, set one, move one, zoom, save."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

from common import make_image, quantiles
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from window import Window

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.dots import dot_at
from workbench.formats.voc import new_voc

SIZE = (4000, 3000)
CLICKS = 20


def measure(folder: Path) -> dict[str, Any]:
    window = Window(folder)
    result: dict[str, Any] = {}
    for count in (1_000, 10_000):
        project = folder / f"dots-{count}"
        project.mkdir()
        chance = random.Random(count)
        for index in range(2):
            make_image(project / f"{index}.jpg", *SIZE)
            dots = tuple(LabeledObject(
                ("penguin", "seal")[number % 2],
                dot_at((float(chance.randrange(SIZE[0])), float(chance.randrange(SIZE[1])))))
                for number in range(count * index))
            (project / f"{index}.xml").write_bytes(new_voc(
                Annotation(dots, size=SIZE), image_path=project / f"{index}.jpg"))
        window.open(project)
        result[str(count)] = _one(window)
    window.close()
    return result


def _one(window: Window) -> dict[str, Any]:
    window.rest(0.5)
    start = time.perf_counter()
    window.images.next()
    window.wait_for_picture()
    window.until(lambda: len(window.images.editor.objects) > 0)
    opened = time.perf_counter() - start
    window.program.context.actions["images.tool_dots"].run()
    window.rest(0.5)
    return {"load_and_paint": opened, "set": quantiles(_clicks(window)),
            "zoom": quantiles(_zooms(window))}


def _clicks(window: Window) -> list[float]:
    """Seconds of each click until it is painted."""
    canvas, times = window.canvas, []
    for number in range(CLICKS):
        at = QPoint(canvas.width() // 2 - 100 + 11 * number, canvas.height() // 2)
        start = time.perf_counter()
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
        QApplication.processEvents()
        times.append(time.perf_counter() - start)
    return times


def _zooms(window: Window) -> list[float]:
    canvas, times = window.canvas, []
    for number in range(CLICKS):
        start = time.perf_counter()
        canvas.zoom_by(1.2 if number < CLICKS // 2 else 1 / 1.2)
        canvas.repaint()
        times.append(time.perf_counter() - start)
    return times
