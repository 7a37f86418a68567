"""A video of 640×480 px: frames in order, jumps to any frame, and ``compact-n`` at 416 px on all.

``jump_ms`` is from asking for a frame anywhere to its pixels; each is held against the number that
is drawn into it, so that a wrong frame is no fast one.
"""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import numpy as np
from bench_predict import _write_model
from common import quantiles

FRAMES, JUMPS, LOOKED_AT = 600, 60, 240
SQUARE, BITS = 24, 10


def measure(folder: Path) -> dict[str, Any]:
    from workbench.core.video import VideoFrames
    from workbench.engine.devices import use_all_cores
    from workbench.engine.memory import kept_memory
    from workbench.media.video.reader import VideoReader
    from workbench.tasks.detection.engine.predict import Predictor

    film, model = _film(folder / "film.mp4"), folder / "model.safetensors"
    with VideoReader(film) as reader:
        began = time.perf_counter()
        numbers = [_read(frame.pixels) for frame in reader.frames()]
        in_order = len(numbers) / (time.perf_counter() - began)
        chance, took = random.Random(0), []
        for wanted in (chance.randrange(FRAMES) for _ in range(JUMPS)):
            began = time.perf_counter()
            frame = reader.frame(wanted)
            took.append(time.perf_counter() - began)
            assert _read(frame.pixels) == wanted
    assert numbers == list(range(FRAMES))
    use_all_cores()
    _write_model(model)
    predictor = Predictor.load_file(model, "cpu")
    with kept_memory():
        began, busy = time.perf_counter(), time.process_time()
        looked = sum(1 for _ in predictor.predict_raw([VideoFrames(film, 0, FRAMES // LOOKED_AT)]))
        seconds, busy = time.perf_counter() - began, time.process_time() - busy
    return {"frames_per_second": round(in_order), "jump_ms": quantiles(took),
            "predicted_per_second": round(looked / seconds, 1),
            "predicted_cpu_ms": round(1e3 * busy / looked, 1)}


def _film(path: Path) -> Path:
    """Noise that moves, with the number of each frame as black and white squares."""
    from workbench.media.video.writer import VideoWriter

    noise = np.random.default_rng(0).integers(60, 200, (60, 80, 3), dtype=np.uint8)
    with VideoWriter(path, 25) as writer:
        for number in range(FRAMES):
            pixels = np.roll(noise, number, 1).repeat(8, 0).repeat(8, 1)
            for bit in range(BITS):
                pixels[:SQUARE, bit * SQUARE:(bit + 1) * SQUARE] = 255 * (number >> bit & 1)
            writer.put(pixels)
    return path


def _read(pixels: Any) -> int:
    """The number that is drawn into a frame."""
    half = SQUARE // 2
    return sum((pixels[half, bit * SQUARE + half].mean() > 128) << bit for bit in range(BITS))
