"""From the start of the process to the first image on the screen, and what a bare window takes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from common import make_project, quantiles

REPEATS = 9
BARE = """
import sys, time
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication, QLabel
app = QApplication([])
label = QLabel()
label.setPixmap(QPixmap(sys.argv[2]))
label.show()
label.repaint()
print(time.time() - float(sys.argv[1]), flush=True)
import os; os._exit(0)
"""
OURS = """
import gc
gc.disable()  # as `workbench open` does
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from window import Window
window = Window(Path(sys.argv[4]), folder=Path(sys.argv[2]).parent)
window.wait_for_picture()
print(time.time() - float(sys.argv[1]), flush=True)
heavy = [name for name in ("numpy", "torch", "pyqtgraph") if name in sys.modules]
print(",".join(heavy), flush=True)
import os; os._exit(0)
"""


def measure(folder: Path) -> dict[str, Any]:
    image = make_project(folder / "project", 100) / "image_000000.jpg"
    times: dict[str, list[float]] = {"workbench": [], "bare_window": []}
    heavy: set[str] = set()
    for repeat in range(REPEATS + 1):
        for name, script in (("workbench", OURS), ("bare_window", BARE)):
            seconds, imported = _start(script, image, folder / f"s{repeat}")
            if repeat:  # the first one fills the disk's cache
                times[name].append(seconds)
                heavy |= imported
    return {name: quantiles(values) for name, values in times.items()} | {
        "heavy_imports_before_paint": sorted(heavy),
        "platform": os.environ.get("QT_QPA_PLATFORM", ""),
    }


def _start(script: str, image: Path, scratch: Path) -> tuple[float, set[str]]:
    scratch.mkdir(exist_ok=True)
    here = str(Path(__file__).parent)
    done = subprocess.run(
        [sys.executable, "-c", script, str(time.time()), str(image), here, str(scratch)],
        capture_output=True, text=True, check=True,
    )
    lines = done.stdout.splitlines()
    return float(lines[0]), set(filter(None, lines[1].split(","))) if len(lines) > 1 else set()
