"""A 12000×8000 JPEG: first something to see, then sharp at 100 %, and the memory it took."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from common import make_image
from window import Window, peak_megabytes


def measure(folder: Path) -> dict[str, Any]:
    project = folder / "huge"
    project.mkdir()
    _make_elsewhere(project)
    small = folder / "small"
    small.mkdir()
    make_image(small / "a.jpg", 640, 480)
    window = Window(folder)
    window.open(small)
    before = peak_megabytes()
    first = window.open(project)
    source = window.images.viewer.source
    start = time.perf_counter()
    window.images.canvas.actual_size()
    window.until(lambda: _sharp(window), 60)
    sharp = time.perf_counter() - start
    result = {
        "first_picture_ms": round(first * 1000, 1), "sharp_at_100_percent_ms": round(sharp * 1000),
        "peak_memory_mb": peak_megabytes(), "before_mb": before, "source": type(source).__name__,
        "full_decode_ms": round(_full_decode(project / "huge.jpg") * 1000),
    }
    window.close()
    return result


def _sharp(window: Window) -> bool:
    """Whether what is in view has been decoded at its full size."""
    patch = window.canvas.scene.picture.patch
    return patch is not None and patch.step == 1


def _make_elsewhere(project: Path) -> None:
    """In a process of its own, whose memory does not count."""
    import subprocess
    import sys

    here = str(Path(__file__).parent)
    code = ("import sys; sys.path.insert(0, sys.argv[1]); from common import make_image; "
            "from pathlib import Path; make_image(Path(sys.argv[2]) / 'huge.jpg', 12000, 8000)")
    subprocess.run([sys.executable, "-c", code, here, str(project)], check=True)


def _full_decode(path: Path) -> float:
    """What a program waits that decodes the whole picture first; in another process."""
    import subprocess
    import sys

    code = ("import sys, time; from PySide6.QtGui import QImageReader; "
            "QImageReader.setAllocationLimit(0); t = time.perf_counter(); "
            "QImageReader(sys.argv[1]).read(); print(time.perf_counter() - t)")
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True,
                          check=True)
    return float(done.stdout)
