"""Finding calls in recordings: how many regions lie where a call does, by how loud it is.

The calls are spoken digits (FSDD) of takes that no training saw, planted into noise at several
ratios. A region is right when it overlaps a call of its class by half of their union (0.5 in
time). Two models look for them: one that learned from single clips alone, and one that learned from
the same clips and from four minutes of recordings of such a place in which a person labelled the
calls, and so from what lies between them. Beside them stands what windows of three seconds would
come to that know for certain which class is heard in them, as programs for birds divide recordings.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

DATA = Path(__file__).resolve().parents[3] / "shared/data/fsdd"
RATE, SECONDS, WINDOW = 8000, 120.0, 3.0
RATIOS = (20, 10, 6, 3, 0)
NOISE, OVERLAP = 0.02, 0.5
EPOCHS = 12
LABELLED = (20, 10, 6, 3)
"""How much louder than the noise the calls are in the recordings that a person labelled."""
_COLUMNS = ("Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)"
            "\tAnnotation")


class Heard(NamedTuple):
    """One call or region; seconds."""

    label: str
    start: float
    end: float


def measure(folder: Path) -> dict[str, Any]:
    recordings = sorted(DATA.rglob("*.wav"))
    if not recordings:
        return {"failed": [f"there are no recordings in {DATA}"]}
    clips, unheard, heard = folder / "clips", [], []
    clips.mkdir(parents=True)
    for path in recordings:
        if int(path.stem.rpartition("_")[2]) < 5:
            unheard.append(path)
        else:
            heard.append(path)
            shutil.copyfile(path, clips / path.name)
    projects = {"clips alone": folder / "alone", "with recordings": folder / "both"}
    for project in projects.values():
        _shell("import", str(clips), "--project", str(project))
    _label_recordings(folder / "both/audio", heard)
    for project in projects.values():
        _shell("train", str(project), "--epochs", str(EPOCHS), "--device", "cpu")
    return {f"{ratio} dB": _found(projects, folder / f"{ratio}.wav", unheard, ratio)
            for ratio in RATIOS}


def _label_recordings(folder: Path, calls: list[Path]) -> None:
    """Recordings with a selection table beside each, as if a person had labelled all calls."""
    for number, ratio in enumerate(LABELLED):
        path = folder / f"place{number}.wav"
        truth = _plant(path, calls, ratio, 60.0, seed=100 + number)
        rows = [f"{at}\tSpectrogram 1\t1\t{call.start:.6f}\t{call.end:.6f}\t0\t{RATE / 2}\t"
                f"{call.label}" for at, call in enumerate(truth, 1)]
        path.with_suffix(".selections.txt").write_text("\n".join((_COLUMNS, *rows)) + "\n")


def _shell(*words: str) -> str:
    return subprocess.run([sys.executable, "-m", "workbench", *words], check=True,
                          capture_output=True, text=True).stdout


def _found(projects: dict[str, Path], path: Path, calls: list[Path], ratio: int) -> dict[str, Any]:
    truth, found = _plant(path, calls, ratio), {}
    for name, project in projects.items():
        [answer] = json.loads(_shell("predict", str(project), str(path), "--json", "--device",
                                     "cpu"))
        found[name] = _judged([Heard(item["label"], item["start"], item["end"])
                               for item in answer["regions"]], truth)
    windows = [Heard(call.label, at, at + WINDOW) for at in np.arange(0.0, SECONDS, WINDOW)
               for call in truth if call.start < at + WINDOW and call.end > at]
    return {"calls": len(truth), **found,
            "fixed windows": _judged(windows, truth)}


def _plant(path: Path, calls: list[Path], ratio: int, seconds: float = SECONDS, seed: int = 3,
           ) -> list[Heard]:
    """Write noise with calls in it, each so many dB above the noise; returns where they are."""
    import soundfile

    chance = np.random.default_rng(seed)
    sound = chance.normal(size=round(seconds * RATE)) * NOISE
    truth, at = [], 2.0
    while at < seconds - 4:
        call = calls[chance.integers(len(calls))]
        wave, _ = soundfile.read(call)
        wave *= NOISE * np.sqrt(10 ** (ratio / 10) / np.mean(wave ** 2))
        first = round(at * RATE)
        sound[first:first + len(wave)] += wave
        truth.append(Heard(call.name[0], at, at + len(wave) / RATE))
        at = truth[-1].end + chance.uniform(1.5, 3.0)
    soundfile.write(path, sound, RATE)
    return truth


def _judged(found: list[Heard], truth: list[Heard]) -> dict[str, float]:
    right = sum(any(_is_right(item, call) for call in truth) for item in found)
    met = sum(any(_is_right(item, call) for item in found) for call in truth)
    touched = sum(any(item.label == call.label and item.start < call.end and item.end > call.start
                      for item in found) for call in truth)
    return {"precision": round(right / max(1, len(found)), 2),
            "recall": round(met / len(truth), 2), "touched": round(touched / len(truth), 2)}


def _is_right(item: Heard, call: Heard) -> bool:
    both = min(item.end, call.end) - max(item.start, call.start)
    union = max(item.end, call.end) - min(item.start, call.start)
    return item.label == call.label and both >= OVERLAP * union
