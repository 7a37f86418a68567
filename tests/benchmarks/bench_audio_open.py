"""One hour at 48 kHz: the first picture, the whole picture, and the memory it takes.

Compared in the same run with a clip of one minute, and with reading the whole file.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from sounds import make_sound, megabytes, open_audio, show
from window import Window, peak_megabytes


def measure(folder: Path) -> dict[str, Any]:
    project = folder / "sounds"
    make_sound(project / "a_minute.wav", 60)
    make_sound(project / "b_hour.wav", 3600)
    make_sound(project / "c_minute.wav", 60)
    window = Window(folder)
    place = open_audio(window, project)
    window.until(lambda: place.canvas.complete)
    minute_first, minute_whole = show(window, place, "c_minute.wav")
    before, peak_before = megabytes(), peak_megabytes()
    first, whole = show(window, place, "b_hour.wav")
    after, peak = megabytes(), peak_megabytes()
    place.open("c_minute.wav")
    window.until(lambda: place.canvas.complete)
    again_first, again_whole = show(window, place, "b_hour.wav")
    result = {
        "hour_first_picture_ms": round(first * 1000), "hour_whole_picture_ms": round(whole * 1000),
        "hour_again_first_ms": round(again_first * 1000),
        "hour_again_whole_ms": round(again_whole * 1000),
        "minute_first_picture_ms": round(minute_first * 1000),
        "minute_whole_picture_ms": round(minute_whole * 1000),
        "memory_minute_mb": before, "memory_hour_mb": after,
        "peak_minute_mb": peak_before, "peak_hour_mb": peak,
        "reading_the_file_ms": round(_read(project / "b_hour.wav") * 1000),
    }
    window.close()
    return result


def _read(path: Path) -> float:
    """What a program waits that reads all samples first."""
    import soundfile

    start = time.perf_counter()
    with soundfile.SoundFile(str(path)) as file:
        for _ in file.blocks(1 << 20, dtype="int16"):
            pass
    return time.perf_counter() - start
