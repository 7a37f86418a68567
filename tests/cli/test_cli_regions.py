"""Regions of long recordings, joined from real spoken digits: learned, judged and found again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.conftest import shared_data
from workbench.cli import main
from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.shapes import Region
from workbench.formats.raven import new_raven

RATE = 8000
DIGITS = ("1", "6")
SPEAKERS = ("jackson", "theo")


def join(source: Path, target: Path, takes: range, seed: int) -> list[LabeledObject]:
    """One recording of all speakers with pauses in between, and a Raven table beside it."""
    chance = np.random.default_rng(seed)
    names = [f"{digit}_{speaker}_{take}.wav" for digit in DIGITS for speaker in SPEAKERS
             for take in takes]
    chance.shuffle(names)
    parts, regions, at = [], [], 0
    for name in names:
        pause = chance.normal(size=int(chance.uniform(0.5, 0.9) * RATE)) * 5e-4
        wave, rate = soundfile.read(source / name)
        assert rate == RATE
        parts += [pause, wave]
        start = at + len(pause)
        at = start + len(wave)
        regions.append(LabeledObject(name[0], Region(start / RATE, at / RATE)))
    soundfile.write(target, np.concatenate([*parts, np.zeros(RATE // 2)]), RATE)
    target.with_name(f"{target.stem}.selections.txt").write_bytes(
        new_raven().render(Annotation(tuple(regions)), RATE / 2))
    return regions


@pytest.mark.timeout(240)
def test_long_recordings_with_regions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = shared_data("fsdd")
    source = next(path for path in (source / "recordings", source) if list(path.glob("*.wav")))
    field, project = tmp_path / "field", tmp_path / "project"
    field.mkdir()
    for number in range(6):
        join(source, field / f"tape-{number}.wav", range(5 + 4 * number, 9 + 4 * number), number)
    truth = join(source, tmp_path / "unheard.wav", range(4), 99)
    assert main(["import", str(field), "--project", str(project)]) == 0
    assert main(["train", str(project), "--epochs", "8", "--device", "cpu",
                 "--set", "batch_size=16", "--recipe", "sound-cnn-plain"]) == 0
    capsys.readouterr()
    assert main(["evaluate", str(project), "--json"]) == 0
    judged = json.loads(capsys.readouterr().out)
    assert judged["samples"] % 16 == 0, "whole tapes are judged, region by region"
    assert judged["accuracy"] >= 0.8
    assert main(["predict", str(project), str(tmp_path / "unheard.wav"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)[0]["regions"]
    right = [item for item in found if any(
        item["label"] == region.label and item["start"] < region.end
        and item["end"] > region.start for region in truth)]
    assert len(right) >= len(truth) // 2
    assert len(right) >= 0.75 * len(found), "neither pauses nor other words are taken for one"
