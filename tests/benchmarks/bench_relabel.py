"""Renaming a class in 20,000 files, and taking it back; ``BENCH_IMAGES`` says of how many.

The floor in the same run writes as many files of the same bytes whole: a temporary file, synced and
renamed.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from common import make_project
from window import Window

IMAGES = int(os.environ.get("BENCH_IMAGES", "20000"))


def measure(folder: Path) -> dict[str, Any]:
    window = Window(folder)
    project = make_project(folder / "project", IMAGES, boxes=10)
    window.open(project)
    session = window.program.context.session
    window.until(lambda: not session.index.summarizing, 600)
    result: dict[str, Any] = {"images": IMAGES}
    for name, act in (("rename", lambda: session.rename_class("class0", "first")),
                      ("undo", session.undo.undo)):
        start, used = time.perf_counter(), time.process_time()
        act()
        while session.saver.state != "saved":
            window.rest(0.02)
        result[f"{name}_s"] = round(time.perf_counter() - start, 2)
        result[f"{name}_processor_s"] = round(time.process_time() - used, 2)
    window.close()
    result["floor_s"] = round(_floor(project), 2)
    return result


def _floor(project: Path) -> float:
    """Write all label files anew, each whole or not at all, without any other look at them."""
    paths = [str(path) for path in project.glob("*.xml")]
    data = Path(paths[0]).read_bytes()
    start = time.perf_counter()
    for path in paths:
        temp = f"{path}.part"
        descriptor = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        os.write(descriptor, data)
        os.fsync(descriptor)
        os.close(descriptor)
        Path(temp).replace(path)
    return time.perf_counter() - start
