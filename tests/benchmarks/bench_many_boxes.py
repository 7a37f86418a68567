"""10, 1,000 and 5,000 boxes on one image: open, a mouse move while drawing and moving, save."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from common import make_image, quantiles, voc
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from window import Window

MOVES = 60


def measure(folder: Path) -> dict[str, Any]:
    window = Window(folder)
    result: dict[str, Any] = {}
    for count in (10, 1_000, 5_000):
        project = folder / f"boxes-{count}"
        project.mkdir()
        for index in range(7):
            make_image(project / f"{index}.jpg", 1280, 720)
            boxes = count if index % 2 else 0
            (project / f"{index}.xml").write_text(voc(f"{index}.jpg", 1280, 720, boxes, index))
        window.open(project)
        result[str(count)] = _one(window)
    window.close()
    return result


def _one(window: Window) -> dict[str, Any]:
    loads = []
    for _ in range(3):
        window.rest(0.3)
        start = time.perf_counter()
        window.images.next()
        window.wait_for_picture()
        loads.append(time.perf_counter() - start)
        if window.images.editor.key != "5.jpg":
            window.images.next()
            window.wait_for_picture()
    window.images.draw()
    drawing = _drag(window, QPoint(60, 60))
    box = window.images.editor.objects[-1]
    x, y = window.canvas.viewport.to_view(
        ((box.box[0] + box.box[2]) / 2, (box.box[1] + box.box[3]) / 2))
    moving = _drag(window, QPoint(int(x), int(y)), step=2)
    return {"load_and_paint": quantiles(loads), "move_while_drawing": quantiles(drawing),
            "move_a_box": quantiles(moving), "save": quantiles(_saves(window))}


def _drag(window: Window, start: QPoint, step: int = 5) -> list[float]:
    """Press, move the mouse ``MOVES`` times, release: seconds of each move, paint included."""
    canvas, times = window.canvas, []
    _mouse(canvas, QMouseEvent.Type.MouseButtonPress, start)
    at = start
    for _ in range(MOVES):
        at = at + QPoint(step, step // 2 + 1)
        begin = time.perf_counter()
        _mouse(canvas, QMouseEvent.Type.MouseMove, at)
        window.app.processEvents()
        times.append(time.perf_counter() - begin)
    _mouse(canvas, QMouseEvent.Type.MouseButtonRelease, at)
    window.app.processEvents()
    return times


def _mouse(canvas: Any, kind: Any, at: QPoint) -> None:
    none, left = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton
    button = none if kind == QMouseEvent.Type.MouseMove else left
    held = none if kind == QMouseEvent.Type.MouseButtonRelease else left
    event = QMouseEvent(kind, QPointF(at), QPointF(canvas.mapToGlobal(at)), button, held,
                        Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(canvas, event)


def _saves(window: Window) -> list[float]:
    """From an edit to the file on the disk."""
    session, editor, times = window.program.context.session, window.images.editor, []
    for index in range(5):
        objects = list(editor.objects)
        objects[index] = objects[index].with_label(f"class{(index + 1) % 3}")
        start = time.perf_counter()
        session.edit(editor.key, tuple(objects), "relabel")
        window.until(lambda: session.saver.state == "saved")
        times.append(time.perf_counter() - start)
    return times
