"""A project of short generated sounds: three classes that anybody can tell apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

RATE = 8000
CLASSES = ("high", "low", "noise")
SPEAKERS = ("ann", "bob", "cem")


def sound(label: str, seed: int, seconds: float = 0.3, rate: int = RATE) -> NDArray[np.float32]:
    """float32 (samples,): a tone with a soft beginning and end, or noise."""
    chance = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    if label == "noise":
        wave = chance.normal(size=len(time)) * 0.3
    else:
        pitch = {"high": 2400.0, "low": 500.0}[label] * chance.uniform(0.95, 1.05)
        wave = np.sin(2 * np.pi * pitch * time) + chance.normal(size=len(time)) * 0.05
    return np.asarray(0.5 * wave * np.hanning(len(time)), np.float32)


def make_sounds(folder: Path, each: int = 4) -> Path:
    """``{label}_{speaker}_{n}.wav`` for every class and speaker."""
    folder.mkdir(parents=True)
    for number, label in enumerate(CLASSES):
        for place, speaker in enumerate(SPEAKERS):
            for index in range(each):
                seed = 100 * number + 10 * place + index
                soundfile.write(folder / f"{label}_{speaker}_{index}.wav", sound(label, seed), RATE)
    return folder
