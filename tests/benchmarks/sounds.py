"""Long sounds to measure on, and the Audio place to measure."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

RATE = 48_000
_MAKE = """
import sys
import numpy as np, soundfile
path, seconds, rate = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
chance = np.random.default_rng(0)
with soundfile.SoundFile(path, "w", rate, 1, "PCM_16") as file:
    for second in range(seconds):
        t = np.arange(rate) / rate
        tone = np.sin(2 * np.pi * (300 + 40 * (second % 90)) * t) * (t < 0.4)
        noise = chance.standard_normal(rate) * 0.01
        file.write((0.3 * tone + noise).astype(np.float32))
"""


def make_sound(path: Path, seconds: int, rate: int = RATE) -> Path:
    """A 16-bit wav with a short call in each second; by a process whose memory does not count."""
    path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-c", _MAKE, str(path), str(seconds), str(rate)], check=True)
    return path


def megabytes() -> float:
    """Memory of this process now."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS"):
            return round(int(line.split()[1]) / 1024, 1)
    return 0.0


def open_audio(window: Any, project: Path) -> Any:
    """Open ``project`` in the Audio place and wait until its clips are listed."""
    window.program.projects.open(project)
    window.program.context.go("audio")
    place = window.program.window.place_widget("audio")
    window.until(lambda: not window.program.context.session.sounds.scanning)
    return place


def show(window: Any, place: Any, key: str) -> tuple[float, float]:
    """Open clip ``key``: seconds until the first picture of both, and until all is there."""
    canvas, source = place.canvas, place.viewer.source
    start = time.perf_counter()
    place.open(key)
    window.until(lambda: source.info is not None and len(source._tiles) > 0
                 and (source.pyramid is not None or source.rough is not None))
    canvas.repaint()
    first = time.perf_counter() - start
    window.until(lambda: canvas.complete)
    canvas.repaint()
    return first, time.perf_counter() - start
