"""Live: from a sound's end to the event that names its class.

A stream is fed in pieces of 20 ms at the pace of real time, as a microphone gives it. ``latency``
is the time from the moment at which the last loud sample was handed over to the moment at which
its class stood; negative where the class stood before the sound was over. ``look`` is the time of
one look alone.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from common import quantiles

SOUNDS = 24
PIECE = 0.02


def measure(folder: Path) -> dict[str, Any]:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
    import torch
    from tiny_sounds import CLASSES, RATE, make_sounds, sound

    from workbench.engine.training.control import TrainControl
    from workbench.engine.training.train import train
    from workbench.jobs.commands import TrainRequest
    from workbench.tasks.sound_classification.engine.listener import Listener
    from workbench.tasks.sound_classification.engine.predict import SoundPredictor

    project = make_sounds(folder / "sounds", each=8)
    run = train(project, TrainRequest(device="cpu", epochs=15), lambda event: None, TrainControl())
    torch.set_num_threads(1)
    listener = Listener(SoundPredictor.load(run, "cpu"), RATE)
    room = np.random.default_rng(0).normal(size=RATE // 2).astype(np.float32) * 1e-4
    latencies, looks, missed, wrong = [], [], 0, 0
    for number in range(SOUNDS):
        label = CLASSES[number % 3]
        wave = sound(label, 900 + number)
        loud = np.flatnonzero(np.abs(wave) > 0.05 * np.abs(wave).max())[-1]
        stood, ended, others, took = _speak(listener, np.concatenate([wave, room]), int(loud),
                                            label, RATE)
        looks += took
        missed += stood is None
        wrong += others > 0
        if stood is not None:
            latencies.append(stood - ended)
    return {"latency_ms": quantiles(latencies), "look_ms": quantiles(looks), "sounds": SOUNDS,
            "missed": missed, "other_classes_meanwhile": wrong}


def _speak(
    listener: Any, wave: Any, loud: int, label: str, rate: int
) -> tuple[float | None, float, int, list[float]]:
    """Feed a sound in real time; when its class stood, when it was over, and what else was said."""
    size = round(PIECE * rate)
    stood: float | None = None
    ended = 0.0
    others = 0
    took = []
    began = time.perf_counter()
    for start in range(0, len(wave), size):
        due = began + (start + size) / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        if start <= loud < start + size:
            ended = time.perf_counter()
        heard = listener.feed(wave[None, start : start + size])
        if heard is not None:
            took.append(heard.latency)
            others += heard.label not in ("", label)
            if heard.label == label and stood is None:
                stood = time.perf_counter()
    return stood, ended, others, took
