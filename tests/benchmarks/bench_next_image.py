"""Key D to the next image on the screen, a pause apart, in folders of 1,000 and 100,000 files."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from common import make_project, quantiles
from window import Window

STEPS = 60
PAUSE = 0.12
"""Seconds between two keys: somebody who looks through quickly."""


def measure(folder: Path) -> dict[str, Any]:
    window = Window(folder)
    result: dict[str, Any] = {}
    for name, count in (("1k", 1_000), ("100k", 100_000)):
        project = make_project(folder / name, count)
        window.open(project)
        index = window.program.context.session.index
        window.until(lambda index=index: not index.summarizing, 600)
        result[name] = quantiles([_step(window) for _ in range(STEPS)])
    # without the pause: as fast as it goes, decoding included
    result["held_down"] = quantiles([_step(window, 0.0) for _ in range(STEPS)])
    window.close()
    return result


def _step(window: Window, pause: float = PAUSE) -> float:
    window.rest(pause)
    start = time.perf_counter()
    window.images.next()
    window.wait_for_picture()
    return time.perf_counter() - start
