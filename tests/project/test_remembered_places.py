"""Lines and zones that were drawn on the videos of a project, as they are kept."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.support.track_films import ants
from workbench.core.errors import WorkbenchError
from workbench.evaluation.counting import CountingLine, CountingZone
from workbench.project.counting import CAMERA, read_places, remember_places
from workbench.project.measurements.film_labels import measure_tracks
from workbench.project.measurements.tracks import TrackRules

GATE = CountingLine("gate", ((50.0, 0.0), (50.0, 90.0)))
DOOR = CountingLine("door =→ باب", ((80.0, 0.0), (80.0, 90.0)))
POND = CountingZone("pond", ((0.0, 0.0), (40.0, 0.0), (40.0, 40.0)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = ants(tmp_path / "ants")
    (folder / "workbench.toml").write_text('name = "ants"\n')
    return folder


def stored(folder: Path) -> Path:
    return folder / ".workbench" / "counting.json"


def test_they_go_along_where_the_project_is_moved(folder: Path, tmp_path: Path) -> None:
    elsewhere = str(tmp_path / "elsewhere.mp4")
    remember_places(folder, str(folder / "a.mp4"), [GATE, DOOR, POND])
    remember_places(folder, elsewhere, [GATE])
    remember_places(folder, CAMERA, [POND])
    crossed = [len(found) for found in measure_tracks(folder, TrackRules()).crossings]
    assert sum(crossed) > 0
    moved = tmp_path / "moved"
    shutil.move(folder, moved)
    assert read_places(moved) == {str(moved / "a.mp4"): (GATE, DOOR, POND), elsewhere: (GATE,),
                                  CAMERA: (POND,)}
    assert [len(found) for found in measure_tracks(moved, TrackRules()).crossings] == crossed


def test_what_an_earlier_version_kept_counts(folder: Path) -> None:
    stored(folder).parent.mkdir(exist_ok=True)
    stored(folder).write_text(json.dumps({"version": 1, "places": {
        str(folder / "a.mp4"): [["line", "gate", GATE.points]]}}))
    assert read_places(folder) == {str(folder / "a.mp4"): (GATE,)}


def test_of_a_damaged_file_the_rest_counts_and_it_is_put_aside_once_it_changes(
    folder: Path,
) -> None:
    stored(folder).parent.mkdir(exist_ok=True)
    items = [["line", "gate", GATE.points], ["line", "nan", [[float("nan"), 0], [3, 4]]],
             ["line", "short", [[1, 2]]], ["line", "same", [[1, 2], [1, 2]]], ["curve", "c", []],
             ["line", "far", [[1e200, 0], [0, 3]]], ["line", 7, GATE.points], "gate", None,
             ["zone", "flat", [[1, 1], [2, 2], [1, 1]]], ["line", "gate", DOOR.points]]
    text = json.dumps({"version": 1, "places": {"a.mp4": items, "b.mp4": []}})
    stored(folder).write_text(text)
    assert read_places(folder)[str(folder / "a.mp4")] == (GATE,)
    assert stored(folder).read_text() == text
    remember_places(folder, str(folder / "b.mp4"), [DOOR])
    assert read_places(folder) == {str(folder / "a.mp4"): (GATE,), str(folder / "b.mp4"): (DOOR,)}
    assert stored(folder).with_name("counting.json.unreadable").read_text() == text


@pytest.mark.parametrize("text", ["", "{", "[]", '{"places": []}', '{"places": {"a.mp4": 3}}',
                                  "[" * 100_000])
def test_a_file_that_says_nothing_is_put_aside(folder: Path, text: str) -> None:
    stored(folder).parent.mkdir(exist_ok=True)
    stored(folder).write_text(text)
    assert read_places(folder) == {}
    remember_places(folder, str(folder / "a.mp4"), [GATE])
    assert read_places(folder) == {str(folder / "a.mp4"): (GATE,)}
    assert stored(folder).with_name("counting.json.unreadable").read_text() == text


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="it can be read all the same")
def test_a_file_that_must_not_be_read_is_not_written_over(folder: Path) -> None:
    remember_places(folder, str(folder / "a.mp4"), [GATE])
    stored(folder).chmod(0)
    assert read_places(folder) == {}
    with pytest.raises(WorkbenchError):
        remember_places(folder, str(folder / "a.mp4"), [DOOR])
    stored(folder).chmod(0o600)
    assert read_places(folder) == {str(folder / "a.mp4"): (GATE,)}


def test_what_two_windows_draw_on_one_video_is_all_kept(folder: Path) -> None:
    video = str(folder / "a.mp4")
    remember_places(folder, video, [GATE], before=[])
    remember_places(folder, video, [DOOR], before=[])  # knows nothing of the gate
    assert read_places(folder)[video] == (GATE, DOOR)
    turned = CountingLine("gate", GATE.points[::-1])
    remember_places(folder, video, [turned], before=[GATE])
    assert read_places(folder)[video] == (turned, DOOR)
    remember_places(folder, video, [], before=[turned])
    assert read_places(folder)[video] == (DOOR,)
    remember_places(folder, video, [POND])
    assert read_places(folder)[video] == (POND,)
