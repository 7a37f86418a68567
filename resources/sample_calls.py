"""Makes the sample project of calls: an evening at the water, with three callers over each other.

Chirps sweep, trills tremble and hums have three harmonics, each with its frequencies, at any time
over a murmur. Each recording has a selection table as Raven writes it, with a box in time and
frequency around each call; some have none yet.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
from numpy.typing import NDArray

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.shapes import Region
from workbench.formats.atomic import new_folder
from workbench.formats.raven import new_raven
from workbench.project.manifest import Manifest

RATE = 16_000
SECONDS, CALLS = 20.0, 22
"""Of a recording, and how many are tried to be put into it: those over others are left out."""
UNLABELLED = 4
"""Recordings left for a person, or a model, to label."""
CLASSES = ("chirp", "hum", "trill")
_SHAPES = {"chirp": (0.12, 0.35), "trill": (0.5, 1.0), "hum": (0.7, 1.6)}  # seconds
_BANDS = {"chirp": (2500.0, 6500.0), "trill": (1500.0, 4000.0), "hum": (250.0, 1200.0)}  # Hz


class Made(NamedTuple):
    """A recording and what is called in it."""

    samples: NDArray[np.float32]
    calls: tuple[LabeledObject, ...]


def make_sample(folder: Path, recordings: int = 16, seed: int = 0) -> None:
    """Make the sample project in ``folder``: ``audio/`` and ``workbench.toml``.

    Parameters
    ----------
    folder
        Must not exist, or be empty. It appears only when all is written.
    recordings
        How many of :data:`SECONDS`, at least 6. One ``seed`` gives one set of sounds.

    Raises
    ------
    WorkbenchError
        If there is something in ``folder`` already, or it cannot be written.
    """
    with new_folder(folder, "the sample") as unfinished:
        (unfinished / "audio").mkdir(parents=True)
        recordings = max(recordings, 6)
        for number in range(recordings):
            made = made_recording(SECONDS, CALLS, 1000 * seed + number)
            labelled = number < recordings - min(UNLABELLED, recordings // 3)
            save(made, unfinished / "audio" / f"evening-{number + 1:02}.wav", labelled=labelled)
        Manifest(folder.absolute().name, task="sound-detection",
                 classes=list(CLASSES)).save(unfinished)


def save(made: Made, path: Path, *, labelled: bool = True) -> None:
    """Write a recording, and its table beside it."""
    soundfile.write(path, made.samples, RATE, subtype="PCM_16")
    if labelled:
        table = new_raven(made.calls, path.name).render(Annotation(made.calls), RATE / 2)
        path.with_name(f"{path.stem}.Table.1.selections.txt").write_bytes(table)


def _call(kind: str, chance: np.random.Generator) -> tuple[NDArray[np.float64], float, float]:
    """Samples of a call of about 1, and its lowest and highest frequency."""
    seconds = chance.uniform(*_SHAPES[kind])
    time = np.arange(int(seconds * RATE)) / RATE
    low, high = _BANDS[kind]
    if kind == "chirp":
        first, last = chance.uniform(low, high, 2)
        if abs(last - first) < 900:
            last = first + 900
        pitch = first + (last - first) * time / seconds
        wave, edges = np.sin(2 * np.pi * np.cumsum(pitch) / RATE), (first, last)
    elif kind == "trill":
        middle, width, speed = chance.uniform(low + 400, high - 400), 350.0, chance.uniform(9, 16)
        pitch = middle + width * np.sin(2 * np.pi * speed * time)
        wave = np.sin(2 * np.pi * np.cumsum(pitch) / RATE)
        edges = (middle - width, middle + width)
    else:
        base = chance.uniform(low, 450)
        wave = sum(np.sin(2 * np.pi * base * part * time) / part for part in (1, 2, 3)) / 1.5
        edges = (base, 3 * base)
    ramp = np.minimum(1, np.minimum(time, seconds - time) / 0.015)
    return wave * ramp, min(edges) - 80, max(edges) + 80


def made_recording(seconds: float, calls: int, seed: int) -> Made:
    """Calls of any kind at any time, so that many lie over each other, over noise."""
    chance = np.random.default_rng(seed)
    samples = 0.02 * np.cumsum(chance.normal(size=int(seconds * RATE))) * 0.02
    samples = samples - np.convolve(samples, np.ones(200) / 200, "same")
    samples += chance.uniform(0.004, 0.012) * chance.normal(size=len(samples))
    found: list[LabeledObject] = []
    for _ in range(calls):
        kind = CLASSES[int(chance.integers(len(CLASSES)))]
        wave, low, high = _call(kind, chance)
        start = chance.uniform(0, seconds - len(wave) / RATE)
        region = Region(start, start + len(wave) / RATE, max(0.0, low), high)
        if any(_over(region, item.region) for item in found):
            continue
        first = int(start * RATE)
        samples[first:first + len(wave)] += chance.uniform(0.02, 0.12) * wave
        found.append(LabeledObject(kind, region))
    return Made(samples.clip(-1, 1).astype(np.float32), tuple(found))


def _over(one: Region, other: Region) -> bool:
    """Whether two calls lie over each other in time and frequency, so that nobody could tell them
    apart."""
    a, b = one.bounds(), other.bounds()
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
