"""The grid in which whole images are sorted, with 60,000 of them: opening, scrolling, labelling.

Opening is from choosing the folder to the first painted tiles, where the names are known and
where they are not. A frame is one step of the scroll bar, painted, once thumbnails are there.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

from common import LINKS, quantiles
from PIL import Image
from window import Window

IMAGES = 60_000
REPEATS = 5
FRAMES = 400
_STEP = 37  # pixels


def measure(folder: Path) -> dict[str, Any]:
    project, elsewhere = _make(folder / "many", IMAGES), _make(folder / "few", 20)
    window = Window(folder)
    window.program.context.settings.setValue("sort/guess", "no")
    first, whole = _open(window, project)
    window.until(lambda: _place(window).status()[0].endswith("labelled"))
    known = []
    for _ in range(REPEATS):
        _open(window, elsewhere)
        known.append(_open(window, project)[0])
    place = _place(window)
    window.until(lambda: place.grid.images.rowCount() == IMAGES
                 and place.status()[0].endswith("labelled"))
    return {"first_time_ms": round(1000 * first, 1), "all_rows_ms": round(1000 * whole, 1),
            "known_ms": quantiles(known), "frame_ms": _scroll(window, place.grid),
            "label_ms": _label(window, place), "select_all_ms": _select_all(place.grid)}


def _place(window: Window) -> Any:
    return window.program.window.place_widget("sort")


def _open(window: Window, project: Path) -> tuple[float, float]:
    """Seconds until tiles are painted, and until all rows are there."""
    images = 20 if project.name == "few" else IMAGES
    began = time.perf_counter()
    window.program.projects.open(project)
    window.until(lambda: _place(window).grid.images.rowCount() > 0)
    _place(window).grid.viewport().repaint()
    first = time.perf_counter() - began
    window.until(lambda: _place(window).grid.images.rowCount() == images)
    return first, time.perf_counter() - began


def _scroll(window: Window, grid: Any) -> dict[str, float]:
    bar = grid.verticalScrollBar()
    for start in (0, 0):  # once to have the thumbnails made
        frames = []
        for number in range(FRAMES):
            began = time.perf_counter()
            bar.setValue(start + number * _STEP)
            grid.viewport().repaint()
            frames.append(time.perf_counter() - began)
            window.app.processEvents()
    return quantiles(frames)


def _label(window: Window, place: Any) -> dict[str, float]:
    place.session.add_class("cat")
    held = []
    for number in range(40):
        place.grid.go_to(IMAGES // 2 + number)
        window.app.processEvents()
        began = time.perf_counter()
        place.give("cat")
        place.grid.viewport().repaint()
        held.append(time.perf_counter() - began)
    return quantiles(held)


def _select_all(grid: Any) -> float:
    began = time.perf_counter()
    grid.selectAll()
    grid.viewport().repaint()
    return round(1000 * (time.perf_counter() - began), 1)


def _make(project: Path, images: int) -> Path:
    project.mkdir(parents=True)
    (project / "workbench.toml").write_text('task = "image-classification"\n', encoding="utf-8")
    first = project / "00000.png"
    Image.new("RGB", (28, 28), (90, 120, 60)).save(first)
    for number in range(1, images):
        if not number % LINKS:
            first = Path(shutil.copy(first, project / f"{number:05d}.png"))
            continue
        (project / f"{number:05d}.png").hardlink_to(first)
    return project
