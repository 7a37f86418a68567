"""Makes the sample project of sounds: a garden at night, as eight microphones hear it.

Five callers, each from a formula: a cricket (pulses of one high tone), a frog (a buzzing croak), an
owl (two low hoots), a nightjar (a trill that rises) and rain (drops in noise). The microphones
differ in colour, distance and noise, so that holding one back is an honest test. Some calls are
faint or cut off, or there would be nothing to see in Results.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from workbench.formats.atomic import new_folder
from workbench.project.library.clip_labels import SoundSettings
from workbench.project.manifest import Manifest

RATE = 16_000
SECONDS = 1.0
MICROPHONES = ("barn", "fence", "gate", "hedge", "lawn", "pond", "roof", "shed")
UNLABELLED = 6
"""Clips left for a person, or a model, to label."""

Wave = NDArray[np.float64]


def make_sample(folder: Path, each: int = 3, seed: int = 0) -> None:
    """Make the sample project in ``folder``.

    It holds ``audio/CALLER_MICROPHONE_N.wav``, 16 kHz mono, some clips without a class in their
    names, and ``workbench.toml``. One ``seed`` gives one set of sounds.

    Parameters
    ----------
    folder
        Must not exist, or be empty. It appears only when all is written.
    each
        Clips of each caller at each microphone.

    Raises
    ------
    WorkbenchError
        If there is something in ``folder`` already, or it cannot be written.
    """
    with new_folder(folder, "the sample") as unfinished:
        _write(unfinished, folder.absolute().name, max(each, 1), seed)


def _write(folder: Path, name: str, each: int, seed: int) -> None:
    (folder / "audio").mkdir(parents=True)
    for place, caller in enumerate(CALLERS):
        for microphone in range(len(MICROPHONES)):
            for number in range(each):
                chance = np.random.default_rng((seed, place, microphone, number))
                target = folder / "audio" / f"{caller}_{MICROPHONES[microphone]}_{number}.wav"
                _save(target, heard(caller, microphone, chance))
    for number in range(UNLABELLED):
        chance = np.random.default_rng((seed, 99, number))
        caller = tuple(CALLERS)[number % len(CALLERS)]
        _save(folder / "audio" / f"tonight-{number + 1}.wav",
              heard(caller, int(chance.integers(len(MICROPHONES))), chance))
    manifest = Manifest.load(folder)
    manifest.name, manifest.task = name, "audio-classification"
    manifest.classes = sorted(CALLERS)
    manifest.sounds = dict(SoundSettings("{label}_{group}_{n}").to_json())
    manifest.save(folder)


def _save(path: Path, wave: Wave) -> None:
    soundfile.write(path, np.asarray(wave, np.float32), RATE, subtype="PCM_16")


def heard(caller: str, microphone: int, chance: np.random.Generator) -> Wave:
    """One call as one microphone hears it: float64 (samples,), within -1..1."""
    time = np.arange(round(SECONDS * RATE)) / RATE
    call = CALLERS[caller](time, chance)
    call = np.roll(call, int(chance.integers(-RATE // 8, RATE // 8)))
    faint = chance.random() < 0.25
    loud = chance.uniform(0.02, 0.06) if faint else chance.uniform(0.2, 0.7)
    # each microphone has its own dullness and hiss
    smooth = np.exp(-np.arange(24) * (1.6 - 0.17 * microphone))
    call = np.convolve(call, smooth / smooth.sum(), "same")
    hiss = chance.normal(size=len(time)) * (0.002 + 0.0015 * microphone)
    peak = max(float(np.abs(call).max()), 1e-9)
    return np.asarray(np.clip(loud * call / peak + hiss, -1, 1))


def _cricket(time: Wave, chance: np.random.Generator) -> Wave:
    tone, pulses = chance.uniform(3800, 5200), chance.uniform(14, 24)
    gate = np.clip(np.sin(2 * np.pi * pulses * time), 0, 1) ** 2
    song = (time % chance.uniform(0.4, 0.6)) < 0.3
    return np.asarray(np.sin(2 * np.pi * tone * time) * gate * song)


def _frog(time: Wave, chance: np.random.Generator) -> Wave:
    rate, pitch = chance.uniform(28, 46), chance.uniform(450, 800)
    buzz = np.clip(np.sin(2 * np.pi * rate * time), 0, 1) ** 6
    body = sum(np.sin(2 * np.pi * pitch * part * time) / part for part in (1, 2, 3))
    croak = np.exp(-((time % 0.5) - 0.2) ** 2 / 0.012)
    return np.asarray(body * buzz * croak)


def _owl(time: Wave, chance: np.random.Generator) -> Wave:
    pitch = chance.uniform(300, 430)
    hoots = sum(np.exp(-((time - at) / width) ** 2)
                for at, width in ((0.3, 0.1), (0.68, chance.uniform(0.08, 0.16))))
    bend = pitch * (1 + 0.04 * np.sin(2 * np.pi * 3 * time))
    return np.asarray(np.sin(2 * np.pi * np.cumsum(bend) / RATE) * hoots)


def _nightjar(time: Wave, chance: np.random.Generator) -> Wave:
    low, high = chance.uniform(1100, 1500), chance.uniform(1900, 2500)
    sweep = low + (high - low) * time / SECONDS
    trill = 0.5 + 0.5 * np.sin(2 * np.pi * chance.uniform(26, 40) * time)
    return np.asarray(np.sin(2 * np.pi * np.cumsum(sweep) / RATE) * trill)


def _rain(time: Wave, chance: np.random.Generator) -> Wave:
    wave = chance.normal(size=len(time)) * 0.15
    for at in chance.integers(0, len(time) - 400, int(chance.integers(12, 40))):
        drop = np.exp(-np.arange(400) / 60) * np.sin(
            2 * np.pi * chance.uniform(1500, 4500) * np.arange(400) / RATE)
        wave[at:at + 400] += drop * chance.uniform(0.3, 1)
    return np.asarray(wave)


CALLERS: dict[str, Callable[[Wave, np.random.Generator], Wave]] = {
    "cricket": _cricket, "frog": _frog, "nightjar": _nightjar, "owl": _owl, "rain": _rain,
}
