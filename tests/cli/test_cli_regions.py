"""Regions of long recordings, joined from real spoken digits: learned, judged and found again."""

from __future__ import annotations

import csv
import json
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.conftest import shared_data
from workbench.cli import main
from workbench.cli.output import SCORE_THRESH
from workbench.cli.predict_limits import least_asked
from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.shapes import Region
from workbench.formats.audacity import parse_audacity
from workbench.formats.raven import new_raven, parse_raven
from workbench.project.runs import list_runs

RATE = 8000
DIGITS = ("1", "6")
SPEAKERS = ("jackson", "theo")
BANDS: dict[str, tuple[float, float] | tuple[()]] = {"1": (150.0, 3200.0), "6": ()}


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
        regions.append(LabeledObject(name[0], Region(start / RATE, at / RATE, *BANDS[name[0]])))
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
    most = max(item["score"] for item in found if item["label"] == "6")
    assert main(["predict", str(project), str(tmp_path / "unheard.wav"), "--format", "csv",
                 "--class-thresh", f"6={most}", "--band", "6=300-9000"]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert [row["start"] for row in rows] == [
        str(item["start"]) for item in found if item["label"] == "1" or item["score"] == most]
    assert {(row["label"], row["low_hz"], row["high_hz"]) for row in rows} == {
        ("1", "150.0", "3200.0"), ("6", "300.0", "4000.0")}, "not above what the recording holds"
    run = list_runs(project)[0]
    for said, own, least in ((SCORE_THRESH, [], 0.6), (float("0.25"), [], 0.25), (0.8, [], 0.8),
                             (SCORE_THRESH, [("6", 0.3)], 0.3)):
        options = Namespace(score_thresh=said, class_thresh=own)
        assert least_asked(options, run) == least, "faint ones only where they are asked for"
    assert main(["predict", str(project), str(tmp_path), "--band", "7=1-2"]) == 2
    assert "knows no class called 7" in capsys.readouterr().err
    wave, _ = soundfile.read(tmp_path / "unheard.wav")
    soundfile.write(tmp_path / "short.wav", wave[:RATE], RATE)
    files = [str(tmp_path / f"{name}.wav") for name in ("unheard", "short")]
    for format, end in (("audacity", ".txt"), ("raven", ".selections.txt")):
        out = tmp_path / f"out-{format}"
        assert main(["predict", str(project), *files, "--out", str(out), "--format", format,
                     *(["--raven", "--tables"] if format == "audacity" else [])]) == 0
        texts = [(out / format / f"{name}{end}").read_bytes() for name in ("unheard", "short")]
        kept = [(parse_audacity(text) if format == "audacity" else
                 parse_raven(text, nyquist=RATE / 2)).annotation.objects for text in texts]
        assert [item.label for item in kept[0]] == [item["label"] for item in found]
        assert [(item.low, item.high) for item in kept[0]] == [
            BANDS[item.label] or (None, None) for item in kept[0]], "as they were labelled"
        assert [item.start for item in kept[0]] == pytest.approx([item["start"] for item in found])
        assert [(item.start, item.end) for item in kept[1]] == [(0.0, 1.0)], "all of a short sound"
    (tmp_path / "unheard.wav").rename(tmp_path / "20240521_235955.wav")
    assert main(["predict", str(project), str(tmp_path / "20240521_235955.wav"), "--out",
                 str(tmp_path / "hours"), "--format", "hours"]) == 0
    assert "2024-05-22,0," in (tmp_path / "hours" / "predictions.csv").read_text()
    assert ">2024-05-22</text>" in (tmp_path / "hours" / "hours.svg").read_text()
    out = tmp_path / "out-audacity"
    rows = list(csv.DictReader((out / "tables" / "unheard.csv").read_text().splitlines()))
    assert [(row["label"], row["end"]) for row in rows] == [
        (item["label"], str(item["end"])) for item in found]
    table = (out / "raven" / "all.selections.txt").read_bytes()
    for name, objects in zip(("unheard.wav", "short.wav"), kept, strict=True):
        several = parse_raven(table, nyquist=RATE / 2, clip=name).annotation.objects
        assert [(item.label, item.low, item.high) for item in several] == [
            (item.label, item.low, item.high) for item in objects]
        assert [item.end for item in several] == pytest.approx([item.end for item in objects])
