"""What is no louder than the background of a recording is not shown to the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import tiny_sounds

from workbench.cli import main
from workbench.project.runs import RunFolder
from workbench.tasks.sound_classification.engine.gate import FRAME, Gate, windows_with_sound
from workbench.tasks.sound_classification.engine.predict import HeardRegion, SoundPredictor

CALLS = {7.0: "high", 15.5: "low", 23.25: "high", 41.0: "low"}
SECONDS = 50


@pytest.fixture
def night(tmp_path: Path) -> Path:
    """Calls in noise that is a tenth as loud, and in the hum of a machine that is louder."""
    time = np.arange(SECONDS * tiny_sounds.RATE) / tiny_sounds.RATE
    wave = np.random.default_rng(5).normal(size=len(time)) * 0.015 + 0.02 * np.sin(800 * time)
    for at, label in CALLS.items():
        call = tiny_sounds.sound(label, round(at)) * 0.6
        first = round(at * tiny_sounds.RATE)
        wave[first : first + len(call)] += call
    soundfile.write(tmp_path / "night.wav", wave, tiny_sounds.RATE)
    return tmp_path / "night.wav"


def counted(predictor: SoundPredictor, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many windows the model is asked about, call by call."""
    seen: list[int] = []
    score = predictor.score

    def count(windows: Any) -> Any:
        seen.append(len(windows))
        return score(windows)

    monkeypatch.setattr(predictor, "score", count)
    return seen


def test_calls_are_found_as_without_it_and_little_is_heard(
    heard: RunFolder, night: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, asked = {}, {}
    for gated in (False, True):
        predictor = SoundPredictor.load(heard, "cpu")
        predictor.gated = gated
        seen = counted(predictor, monkeypatch)
        item, = predictor.listen_to([night])
        found[gated], asked[gated] = item.regions or [], sum(seen)
    assert asked[True] < 0.3 * asked[False]
    for at, label in CALLS.items():
        both = [[region for region in found[gated] if _at(region, at, label)]
                for gated in (False, True)]
        assert both[0] == both[1] != [], (at, label)
    assert all(any(abs(region.start - at) < 1 for at in CALLS) for region in found[True])


def _at(region: HeardRegion, at: float, label: str) -> bool:
    return region.label == label and region.start < at + 0.3 and region.end > at


def test_silence_is_shown_to_no_model(
    heard: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    soundfile.write(tmp_path / "still.wav", np.zeros(20 * tiny_sounds.RATE), tiny_sounds.RATE)
    predictor = SoundPredictor.load(heard, "cpu")
    seen = counted(predictor, monkeypatch)
    item, = predictor.listen_to([tmp_path / "still.wav"])
    assert item.regions == [] and sum(seen) == 1, "the class of the whole file is told"


def test_the_shell_has_it_too(
    heard: RunFolder, night: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", str(heard.project), str(night), "--gate", "--format", "csv"]) == 0
    rows = capsys.readouterr().out.splitlines()[1:]
    assert {row.split(",")[1] for row in rows} >= {"high", "low"}


def test_a_long_sound_does_not_become_background() -> None:
    chance = np.random.default_rng(1)
    gate, block = Gate(), 40 * FRAME
    still = chance.normal(size=block) * 0.01
    assert not gate.sounding(still.astype(np.float32)).any(), "noise alone is background"
    tone = still + 0.1 * np.sin(np.arange(block) / 5)
    for _ in range(4):
        assert gate.sounding(tone.astype(np.float32)).all()
    assert not Gate().sounding((8 * tone).astype(np.float32)).any(), "a hum without end is"
    frames = np.zeros(10, np.bool_)
    frames[4] = True
    starts = np.asarray([0, 2 * FRAME + 1, 3 * FRAME, 5 * FRAME, 99 * FRAME])
    assert windows_with_sound(frames, starts, 2 * FRAME).tolist() == [
        False, True, True, False, False]
