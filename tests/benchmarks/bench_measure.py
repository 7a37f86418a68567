"""20,000 polygons in 200 images: measuring them; their table sorted, scrolled and saved."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from common import make_image, quantiles
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from window import Window

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.outlines import Polygon
from workbench.formats.csv_file import write_csv
from workbench.formats.voc import new_voc
from workbench.gui.data.measurements_page import OBJECTS
from workbench.project.measurements.labels import measure_labels
from workbench.project.measurements.rows import object_rows

IMAGES, EACH = 200, 100
SIZE = (1000, 800)


def measure(folder: Path) -> dict[str, Any]:
    project = folder / "cells"
    project.mkdir()
    for index in range(IMAGES):
        path = make_image(project / f"{index:03d}.jpg", *SIZE)
        path.with_suffix(".xml").write_bytes(new_voc(_labels(index), image_path=path))
    result: dict[str, Any] = {
        "measure_s": round(_seconds(lambda: measure_labels(project)), 2),
        "with_brightness_s": round(_seconds(lambda: measure_labels(project, inside=True)), 2)}
    window = Window(folder)
    window.open(project)
    context = window.program.context
    context.actions["file.measure"].run()
    page = window.program.window.place_widget("data").measurements
    start = time.perf_counter()
    window.until(lambda: page.table is not None)
    result["in_the_window_s"] = round(time.perf_counter() - start, 2)
    view, rows = page.lists[OBJECTS], page.rows
    table = page.table
    result["save_csv_s"] = round(_seconds(lambda: write_csv(
        folder / "out.csv", object_rows(table, page.unit, rows))), 2)
    result["sort"] = quantiles([_shown(lambda at=at: view.sortByColumn(
        3 + at % 4, Qt.SortOrder(at % 2))) for at in range(8)])
    bar = view.verticalScrollBar()
    result["scroll"] = quantiles([_shown(lambda at=at: bar.setValue(600 * at))
                                  for at in range(1, 30)])
    window.close()
    return result


def _shown(act: Callable[[], object]) -> float:
    def done() -> None:
        act()
        QApplication.processEvents()

    return _seconds(done)


def _seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _labels(seed: int) -> Annotation:
    chance = random.Random(seed)
    objects = []
    for index in range(EACH):
        x, y = chance.uniform(50, SIZE[0] - 50), chance.uniform(50, SIZE[1] - 50)
        number, radius = chance.randrange(8, 60), chance.uniform(15, 40)
        far = [radius * chance.uniform(0.8, 1.2) for _ in range(number)]
        ring = tuple((x + r * math.cos(at * math.tau / number),
                      y + r * math.sin(at * math.tau / number)) for at, r in enumerate(far))
        objects.append(LabeledObject(("cell", "nucleus", "debris")[index % 3], Polygon((ring,))))
    return Annotation(tuple(objects), size=SIZE)
