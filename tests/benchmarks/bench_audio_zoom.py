"""Frame times while zooming and panning over one hour at 48 kHz, and memory while doing so.

A frame is what the window does from the wheel's turn until all of it is painted: as a clock sees
it, and (``own``) what the window's thread itself worked, which other programs do not disturb.
Compared in the same run with the same turns over a clip of one minute.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from common import quantiles
from sounds import make_sound, megabytes, open_audio, show
from window import Window

TURNS = 60
REST = 0.012
"""Seconds between two turns, as a wheel that is turned fast."""


def measure(folder: Path) -> dict[str, Any]:
    project = folder / "sounds"
    make_sound(project / "a_minute.wav", 60)
    make_sound(project / "b_hour.wav", 3600)
    window = Window(folder)
    place = open_audio(window, project)
    result: dict[str, Any] = {}
    for name, key in (("minute", "a_minute.wav"), ("hour", "b_hour.wav")):
        show(window, place, key)
        before = megabytes()
        result[name] = {
            "zoom_in": _turns(window, place, lambda canvas, at: canvas.zoom(1 / 1.2, at)),
            "pan": _turns(window, place, lambda canvas, _at: canvas.pan(0.1)),
            "zoom_out": _turns(window, place, lambda canvas, at: canvas.zoom(1.2, at)),
            "pan_far": _turns(window, place, lambda canvas, _at: canvas.pan(-0.1)),
            "playhead": _playhead(window, place),
            "memory_grew_mb": round(megabytes() - before, 1),
        }
    window.close()
    return result


def _turns(window: Any, place: Any, turn: Any) -> dict[str, Any]:
    canvas = place.canvas
    at = canvas.time.duration * 0.37
    taken, own = [], []
    for _ in range(TURNS):
        start, worked = time.perf_counter(), time.thread_time()
        turn(canvas, at)
        canvas.repaint()
        taken.append(time.perf_counter() - start)
        own.append(time.thread_time() - worked)
        window.rest(REST)
    return {**quantiles(taken), "own": quantiles(own)}


def _playhead(window: Any, place: Any) -> dict[str, float]:
    """The cursor that moves while playing."""
    canvas = place.canvas
    taken = []
    for number in range(TURNS):
        start = time.perf_counter()
        canvas.set_playhead(canvas.time.start + canvas.time.span * number / TURNS)
        canvas.repaint()
        taken.append(time.perf_counter() - start)
    return quantiles(taken)
