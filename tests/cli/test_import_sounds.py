"""Published data sets of sounds come in with their labels, groups and splits."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.support import sound_layouts
from workbench.cli import main
from workbench.project.datasets.sounds import load_sound_dataset, read_clips
from workbench.project.manifest import Manifest


def imported(source: Path, project: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["import", str(source), "--project", str(project), "--json"]) == 0
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert report["problems"] == []
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    assert main(["import", str(source), "--project", str(project)]) == 0  # again: nothing changes
    assert before == {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    assert Manifest.load(project).task == "audio-classification"
    return report


def test_esc50_brings_its_folds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, project = sound_layouts.esc50(tmp_path / "ESC-50"), tmp_path / "project"
    report = imported(source, project, capsys)
    assert report["sounds"] == 15 and report["unlabelled"] == 0
    assert report["classes"] == ["crying_baby", "dog", "rain"]
    assert "Labels come from meta/esc50.csv (15 of 15 sounds, 3 classes)." in report["notes"]
    records, _ = read_clips(project)
    assert Counter(item.group for item in records) == dict.fromkeys("12345", 3)
    assert {item.label for item in records} == {"crying_baby", "dog", "rain"}
    data = load_sound_dataset(project)
    folds = [{item.group for item in data.part(part)} for part in ("train", "val", "test")]
    assert [len(part) for part in folds] == [3, 1, 1] and not folds[0] & (folds[1] | folds[2])
    held = load_sound_dataset(project, test_groups=("5",))
    assert {item.group for item in held.test} == {"5"} and len(held.test) == 3


def test_urban_sound_brings_classes_and_folds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, project = sound_layouts.urban_sound(tmp_path / "UrbanSound8K"), tmp_path / "project"
    report = imported(source, project, capsys)
    assert report["sounds"] == 12 and report["classes"] == ["car_horn", "dog_bark"]
    assert (project / "audio" / "fold3" / "303-3-0-0.wav").is_file()
    records, _ = read_clips(project)
    assert {(item.group, item.label) for item in records} == {
        (str(fold), label) for fold in range(1, 7) for label in ("car_horn", "dog_bark")}
    assert any("6 groups" in note for note in load_sound_dataset(project).split.notes)


def test_speech_commands_bring_their_lists_and_leave_the_noises(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, project = sound_layouts.speech_commands(tmp_path / "speech"), tmp_path / "project"
    report = imported(source, project, capsys)
    assert report["classes"] == ["no", "stop", "yes"] and report["sounds"] == 18
    assert report["split"] == {"train": 12, "val": 3, "test": 3}
    data = load_sound_dataset(project)
    assert {item.key for item in data.test} == {
        f"audio/{word}/00000005_nohash_0.wav" for word in ("yes", "no", "stop")}
    assert {item.group for item in data.val} == {"00000004"}
    assert {item.label for item in data.train} == {"no", "stop", "yes"}, "noises are no class"


def test_raven_and_audacity_tables_come_along(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = sound_layouts.raven_and_audacity(tmp_path / "field")
    project = tmp_path / "project"
    report = imported(source, project, capsys)
    assert report["classes"] == ["frog", "owl"] and report["annotations"] == 2
    records, _ = read_clips(project)
    regions = {Path(item.key).stem: [(region.label, region.start, region.end)
                                     for region in item.regions] for item in records}
    assert regions == {"night": [("owl", 0.5, 1.0), ("frog", 2.0, 2.6)],
                       "dawn": [("owl", 1.0, 1.5), ("frog", 3.0, 3.4)]}
    kept = (project / "audio" / "night.Table.1.selections.txt").read_bytes()
    assert kept == (source / "night.Table.1.selections.txt").read_bytes()
