"""The sample project of sounds is one that opens, and the same for one seed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import soundfile

from workbench.core.errors import WorkbenchError
from workbench.project.datasets.sounds import load_sound_dataset, read_clips
from workbench.project.samples import make_sample_project


def test_it_is_a_project_with_groups_and_some_to_label(tmp_path: Path) -> None:
    folder = make_sample_project(tmp_path / "Night garden", "sample_sounds")
    records, problems = read_clips(folder)
    assert not problems
    counts = Counter(record.label for record in records)
    assert counts.pop("") == 6 and set(counts.values()) == {24} and len(counts) == 5
    info = soundfile.info(records[0].path)
    assert (info.samplerate, info.channels, info.duration) == (16_000, 1, 1.0)
    data = load_sound_dataset(folder, "default")
    groups = [{record.group for record in data.part(part)} for part in ("train", "val", "test")]
    assert not groups[0] & groups[2] and data.classes == sorted(counts)
    again = make_sample_project(tmp_path / "again", "sample_sounds")
    same = "audio/frog_pond_2.wav"
    assert (again / same).read_bytes() == (folder / same).read_bytes()


def test_what_is_there_is_kept(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(WorkbenchError, match="something in this folder"):
        make_sample_project(tmp_path, "sample_sounds")
    assert [item.name for item in tmp_path.iterdir()] == ["mine.txt"]
