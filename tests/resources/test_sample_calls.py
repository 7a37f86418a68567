"""The sample project of calls has boxes in time and frequency, and is the same for one seed."""

from __future__ import annotations

import runpy
from pathlib import Path

from workbench.core.shipped import shipped_folder
from workbench.project.datasets.sounds import read_clips
from workbench.project.samples import make_sample_project
from workbench.project.task import task_of_folder
from workbench.tasks.sound_detection.calls import has_band


def test_it_is_a_project_of_calls_with_some_to_label(tmp_path: Path) -> None:
    folder = make_sample_project(tmp_path / "Chorus", "sample_calls")
    assert task_of_folder(folder) == "sound-detection"
    records, problems = read_clips(folder)
    assert not problems and len(records) == 16
    labelled = [record for record in records if record.regions]
    assert len(labelled) == 12
    calls = [item for record in labelled for item in record.regions]
    assert len(calls) > 100 and all(has_band(item) for item in calls)
    assert {item.label for item in calls} == {"chirp", "hum", "trill"}
    generator = runpy.run_path(str(shipped_folder("resources") / "sample_calls.py"))
    generator["make_sample"](tmp_path / "again", recordings=6)
    same = "audio/evening-04.wav"
    assert (folder / same).read_bytes() == (tmp_path / "again" / same).read_bytes()
