"""Projects of calls in overlapping bands, as the sample of calls has them."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

from workbench.core.shipped import shipped_folder

_SAMPLE: dict[str, Any] = runpy.run_path(str(shipped_folder("resources") / "sample_calls.py"))
CLASSES: tuple[str, ...] = _SAMPLE["CLASSES"]
RATE: int = _SAMPLE["RATE"]
made_recording = _SAMPLE["made_recording"]
"""(seconds, calls, seed) → its ``samples`` and ``calls``."""


def make_calls(folder: Path, recordings: int = 12, seconds: float = 20.0, calls: int = 22,
               seed: int = 0) -> Path:
    """A project of such recordings, each with its table."""
    (folder / "audio").mkdir(parents=True, exist_ok=True)
    for number in range(recordings):
        made = made_recording(seconds, calls, 1000 * seed + number)
        _SAMPLE["save"](made, folder / "audio" / f"night-{number:02}.wav")
    return folder
