"""From choosing a folder to its first image: 1,000, 10,000 and 100,000 files, new and known.

The floor in the same run is a bare listing of the folder with ``os.scandir``.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from common import make_project, quantiles
from window import Window

SIZES = {"1k": 1_000, "10k": 10_000, "100k": 100_000}
REPEATS = 5


def measure(folder: Path) -> dict[str, Any]:
    window = Window(folder)
    elsewhere = make_project(folder / "elsewhere", 3)
    result: dict[str, Any] = {}
    for name, count in SIZES.items():
        project = make_project(folder / name, count, boxes=2)
        first = window.open(project)
        began = time.perf_counter()
        index = window.program.context.session.index
        window.until(lambda index=index: not index.summarizing, 600)
        complete = first + time.perf_counter() - began
        known = []
        for _ in range(REPEATS):
            window.open(elsewhere)
            known.append(window.open(project))
        result[name] = {
            "first_time_ms": round(first * 1000, 1), "known": quantiles(known),
            "all_counted_s": round(complete, 2), "scandir_ms": round(_listing(project) * 1000, 1),
        }
    window.close()
    return result


def _listing(folder: Path) -> float:
    start = time.perf_counter()
    with os.scandir(folder) as entries:
        for _ in entries:
            pass
    return time.perf_counter() - start
