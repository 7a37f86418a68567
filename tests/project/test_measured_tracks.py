"""Tracks of videos, measured: labels and what a model followed, in pixels and real units."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest

from tests.project.test_measurements import as_dicts, everything, numbers, scale
from tests.support.track_films import FRAMES, ants, film
from workbench.cli import main
from workbench.core.measurements import PIXEL
from workbench.core.pixel_size import PixelSize
from workbench.core.shapes import Box
from workbench.core.speeds import BODY, Speed, parse_speed
from workbench.core.tracks import Track, TrackKey
from workbench.evaluation.counting import CountingLine, CountingZone
from workbench.extension.saving import FollowedThing, Sighting, TrackRow
from workbench.extension.tasks import register_bundled
from workbench.project.counting import remember_places
from workbench.project.measurements.film_labels import measure_tracks
from workbench.project.measurements.film_predictions import FilmMeasurer
from workbench.project.measurements.rows import class_rows, object_rows, sample_rows
from workbench.project.measurements.summaries import by_sample
from workbench.project.measurements.tracks import (
    SeenTrack,
    TrackMeasurer,
    TrackRules,
    boxes_at,
    position_rows,
)

EXACT = TrackRules(smooth=0)
LEFT = CountingZone("nest", ((-50, 0), (40, 0), (40, 96), (-50, 96)))


@pytest.fixture(autouse=True)
def bundled() -> None:
    register_bundled()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return ants(tmp_path / "ants")


def test_labelled_tracks_in_pixels(folder: Path) -> None:
    table = measure_tracks(folder, EXACT)
    assert table.keys == ("a.mp4", "b.mp4") and table.units == (PIXEL,) and not table.problems
    assert [table.classes[at] for at in table.label] == ["ant", "ant", "beetle", "ant"]
    assert (table.place + 1).tolist() == [1, 2, 3, 1]
    wanted = {
        "first": [0, 0, 0.2, 0], "last": [2, 46 / 25, 2, 2], "duration": [2, 46 / 25, 1.8, 2],
        "frames": [51, 22, 46, 51], "gaps": [0, 1, 0, 0], "seen": [2, 0.8, 1.8, 2],
        "path": [100, 60, 0, 120], "net": [100, 100, 0, 0],
        "straightness": [1, math.nan, math.nan, 0], "mean_speed": [50, 75, 0, 60],
        "median_speed": [50, 75, 0, 60], "max_speed": [50, 100, 0, 60], "moving": [1, 1, 0, 1],
        "mean_width": [10, 10, 20, 10], "mean_area": [100, 100, 400, 100]}
    for id, values in wanted.items():
        assert numbers(table, id, PIXEL) == pytest.approx(values, nan_ok=True, abs=1e-6), id


def test_a_scale_turns_lengths_and_speeds_into_real_units(folder: Path) -> None:
    scale(folder, '[scale.images]\n"a.mp4" = "0.5 mm"\n')
    table = measure_tracks(folder, EXACT)
    assert table.units == ("mm", PIXEL) and table.unknown == 1
    assert numbers(table, "path", "mm") == pytest.approx([50, 30, 0, math.nan], nan_ok=True)
    assert numbers(table, "mean_speed", "mm")[:2] == pytest.approx([25, 37.5])
    assert numbers(table, "mean_area", "mm")[0] == pytest.approx(25)
    assert numbers(table, "path", PIXEL) == pytest.approx([100, 60, 0, 120])
    assert numbers(table, "duration", "mm")[3] == 2 == numbers(table, "frames", "mm")[3] - 49
    titles = next(iter(object_rows(table, "mm", everything(table))))
    assert "path (mm)" in titles and "mean_speed (mm/s)" in titles and "mean_area (mm²)" in titles
    scale(folder, 'pixel = "1 × 2 µm"\n[scale.images]\n"a.mp4" = "0.002 mm"\n')
    both = measure_tracks(folder, EXACT)
    assert both.unknown == 0 and both.unit == "mm"
    assert numbers(both, "path", "mm") == pytest.approx([0.2, 0.12, 0, 0.12])


def test_from_which_speed_on_a_thing_moves_is_chosen(folder: Path) -> None:
    def moving(text: str) -> list[float]:
        rules = TrackRules(0, moving=parse_speed(text))
        return numbers(measure_tracks(folder, rules), "moving", PIXEL)

    assert moving("59 px/s") == pytest.approx([0, 0.5, 0, 1], abs=0.01)
    assert moving("5.9 body lengths/s") == pytest.approx([0, 0.5, 0, 1], abs=0.01)
    assert all(math.isnan(value) for value in moving("3 mm/s")), "no scale is known"
    scale(folder, 'pixel = "0.1 mm"\n')
    assert moving("5900 µm/s") == pytest.approx([0, 0.5, 0, 1], abs=0.01)
    assert moving("59 px/s") == pytest.approx([0, 0.5, 0, 1], abs=0.01)


@pytest.mark.parametrize(("text", "speed"), [
    ("0.5 body lengths/s", Speed(0.5)), ("2bl/s", Speed(2, BODY)), ("20 px/s", Speed(20, PIXEL)),
    ("0 px/s", Speed(0, PIXEL)), ("3,5 um / s", Speed(3.5, "µm")), ("1 mm per second",
                                                                    Speed(1, "mm"))])
def test_speeds_are_written_as_people_do(text: str, speed: Speed) -> None:
    assert parse_speed(text) == speed
    if speed.value:
        assert parse_speed(speed.text) == speed


@pytest.mark.parametrize("text", ["", "3", "3 mm", "mm/s", "-1 px/s", "1 1/s", "1.2.3 px/s"])
def test_what_is_no_speed_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Write a"):
        parse_speed(text)


def test_zones_that_were_drawn_in_predict_say_time_and_entries(folder: Path) -> None:
    """x is 40 after 0.6 s in the first track; in the one of b.mp4 twice."""
    remember_places(folder, str(folder / "a.mp4"), [LEFT, CountingLine("gate", ((0, 0), (9, 9)))])
    remember_places(folder, str(folder / "b.mp4"), [CountingZone("nest", tuple(
        (x + 60, y) for x, y in LEFT.points))])
    table = measure_tracks(folder, EXACT)
    assert numbers(table, "time in nest", PIXEL) == pytest.approx([0.6, 0.2, 0, 2], abs=0.05)
    assert numbers(table, "entries to nest", PIXEL) == [0, 0, 0, 0]
    assert numbers(table, "gate in", PIXEL) == pytest.approx([0, 0, 0, math.nan], nan_ok=True)
    remember_places(folder, str(folder / "b.mp4"), [CountingZone("far", (
        (60, 0), (150, 0), (150, 96), (60, 96)))])
    table = measure_tracks(folder, EXACT)
    assert numbers(table, "entries to far", PIXEL) == pytest.approx([math.nan] * 3 + [1],
                                                                    nan_ok=True)
    assert numbers(table, "time in far", PIXEL)[3] == pytest.approx(40 / 60, abs=0.09)


def test_in_a_gap_nobody_is_in_a_zone() -> None:
    """A thing stays in the zone, but for 3 s nobody sees it; then it is seen outside, and enters
    twice."""
    times = np.concatenate([np.arange(0, 1.01, 0.1), np.arange(4, 10, 0.1)])
    x = np.where(times < 4, 10.0, 40 + 30 * np.cos(np.pi * (times - 4)))
    boxes = np.stack([x - 2, 48 + 0 * x, x + 2, 52 + 0 * x], axis=1)
    measurer = TrackMeasurer(EXACT)
    measurer.add("a.mp4", [SeenTrack(1, "ant", np.arange(len(times)), times, boxes)], 10, 100,
                 places=[LEFT])
    table = measurer.table()
    assert numbers(table, "gaps", PIXEL) == [1]
    assert numbers(table, "time in nest", PIXEL) == pytest.approx([1 + 3], abs=0.35)
    assert numbers(table, "entries to nest", PIXEL) == [3]


def test_positions_of_each_frame(folder: Path) -> None:
    scale(folder, '[scale.images]\n"a.mp4" = "0.5 mm"\n')
    table = measure_tracks(folder, TrackRules())
    found = as_dicts(list(position_rows(table, "mm", everything(table))))
    assert len(found) == 51 + 22 + 46 + 51
    first, second = found[0], [item for item in found if item["track"] == 2]
    assert (first["file"], first["label"], first["frame"], first["x"], first["y"],
            first["unit"]) == ("a.mp4", "ant", 0, "5", "25", "mm")
    assert [item["part"] for item in second] == [1] * 11 + [2] * 11
    assert second[-1]["frame"] == 46 and float(str(second[-1]["time"])) == pytest.approx(46 / 25)
    assert found[-1]["x"] == "" and found[-1]["file"] == "b.mp4"
    turn = next(item for item in as_dicts(list(position_rows(table, PIXEL, everything(table))))
                if item["file"] == "b.mp4" and item["frame"] == 25)
    assert float(str(turn["x"])) == 80 and float(str(turn["smooth_x"])) < 79, "it is smoothed"


def test_boxes_between_key_frames_are_those_of_the_track() -> None:
    rng = np.random.default_rng(0)
    made = [TrackKey(frame, Box(*rng.uniform(0, 50, 4)), outside=frame in (9, 20))
            for frame in (2, 5, 9, 14, 17, 20)]
    track = Track(1, tuple(made))
    frames = np.array([frame for frame in range(30) if track.at(frame) is not None])
    wanted = [at.box for frame in frames if (at := track.at(int(frame))) is not None]
    assert np.allclose(boxes_at(track, frames), wanted)


def test_summaries_by_class_and_video(folder: Path) -> None:
    table = measure_tracks(folder, EXACT)
    sums = by_sample(table, PIXEL, everything(table))
    assert [(one.key, one.objects) for one in sums] == [("a.mp4", 3), ("b.mp4", 1)]
    assert [one.extent for one in sums] == pytest.approx([160, 120])
    assert sums[1].density == pytest.approx(60 / (FRAMES / 25))
    trajectories = [row for row in class_rows(table, PIXEL, everything(table)) if row[1] == "path"]
    assert [(row[0], row[3]) for row in trajectories] == [("ant", 3), ("beetle", 1), ("(all)", 4)]
    titles, *rows = sample_rows(table, PIXEL, everything(table))
    assert titles == ("video", "tracks", "length of all paths (px)", "tracks per minute")
    assert len(rows[0]) == len(titles)


def test_a_video_that_cannot_be_read_is_named_and_the_others_are_measured(folder: Path) -> None:
    (folder / "a.mp4").write_bytes(b"no video")
    film(folder, "c.mp4", {})
    table = measure_tracks(folder, EXACT)
    assert table.keys == ("b.mp4",) and len(table.problems) == 1
    assert "a.mp4" in table.problems[0].reason


def test_tracks_whose_video_is_gone_are_told(folder: Path) -> None:
    (folder / "a.mp4").rename(folder / "other.mp4")
    table = measure_tracks(folder, EXACT)
    assert table.keys == ("b.mp4",)
    assert [item.reason for item in table.problems] == [
        "There is no video a.mp4 that a.mp4.tracks.xml belongs to."]


def test_a_damaged_list_of_scales_is_told(
        folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scale(folder, 'pixel = "0.5 mm"\nframe = "-1 s"\n')
    assert main(["measure", str(folder), "--tracks"]) == 1
    assert "scale.frame" in capsys.readouterr().err


def test_of_a_time_lapse_times_are_real(folder: Path) -> None:
    """A frame a minute: 4 px from frame to frame are 4 px a minute, and gaps stay what they are."""
    scale(folder, 'frame = "60 s"\npixel = "1 µm"\n')
    table = measure_tracks(folder, TrackRules(0, moving=Speed(0.05, "µm")))
    assert numbers(table, "path", "µm") == pytest.approx([100, 60, 0, 120])
    assert numbers(table, "gaps", "µm") == [0, 1, 0, 0]
    assert numbers(table, "duration", "µm") == [3000, 46 * 60, 45 * 60, 3000]
    assert numbers(table, "mean_speed", "µm")[0] == pytest.approx(100 / 3000)
    assert numbers(table, "moving", "µm") == pytest.approx([0, 0.5, 0, 0])
    assert by_sample(table, "µm", everything(table))[1].density == pytest.approx(1 / FRAMES)
    last = list(position_rows(table, "µm", everything(table)))[-1]
    assert float(str(last[4])) == 3000
    own = measure_tracks(folder, TrackRules(0, frame=1.0))
    assert numbers(own, "duration", "µm")[0] == 50 and "a frame every 1 s" in own.words()


def test_one_video_of_a_project_is_a_time_lapse(folder: Path) -> None:
    scale(folder, '[scale.frames]\n"b.mp4" = "60 s"\n')
    table = measure_tracks(folder, EXACT)
    assert numbers(table, "duration", PIXEL) == [2, 46 / 25, 1.8, 3000]
    assert table.frames == (0, 60) and "(a frame every 1 min)" in table.words()


def test_without_tracks_there_is_nothing(tmp_path: Path,
                                         capsys: pytest.CaptureFixture[str]) -> None:
    film(tmp_path, "a.mp4", {})
    (tmp_path / "a.mp4.tracks.xml").unlink()
    table = measure_tracks(tmp_path, EXACT)
    assert not table.keys and not len(table.label) and not table.problems
    assert len(list(position_rows(table, PIXEL, everything(table)))) == 1
    assert main(["measure", str(tmp_path), "--tracks"]) == 0
    assert capsys.readouterr().out == "0 tracks in 0 labelled videos\n"


def test_what_a_model_followed_is_measured_as_labels_are(folder: Path) -> None:
    scale(folder, '[scale.images]\n"a.mp4" = "0.5 mm"\n')
    path = folder / "a.mp4"
    boxes = [(5.0 + 2 * at, 45.0, 15.0 + 2 * at, 55.0) for at in range(51)]
    answers = [{"file": str(path), "frame": at, "time": at / 25, "boxes": [list(box)],
                "labels": ["ant"], "scores": [0.9]} for at, box in enumerate(boxes)]
    thing = FollowedThing(TrackRow(1, "ant", 0, 0, 50, 2, 51, 0.9),
                          [Sighting(at, 0, box) for at, box in enumerate(boxes)])
    measurer = FilmMeasurer(folder, EXACT)
    measurer.add(str(path), [thing], answers, [])
    [row] = as_dicts([*measurer.rows("tracks")])
    table = measure_tracks(folder, EXACT)
    [labelled, *_] = as_dicts([*object_rows(table, "mm", everything(table))])
    assert row.pop("file") == str(path) and labelled.pop("video") == "a.mp4"
    assert {name: value for name, value in labelled.items() if name in row} == row
    assert len(as_dicts([*measurer.rows("positions")])) == 51


def test_many_frames_take_no_time() -> None:
    """As many as an hour of video at 30 a second has; a check ends it between two tracks."""
    times = np.arange(100_000) / 30
    x = 100 * np.sin(times)
    boxes = np.stack([x, x, x + 9, x + 9], axis=1)
    measurer = TrackMeasurer(TrackRules())
    measurer.add("a.mp4", [SeenTrack(1, "ant", np.arange(len(times)), times, boxes)], 4000,
                 len(times), PixelSize(2, 2, "mm"))
    table = measurer.table()
    wanted = np.hypot(np.diff(x), np.diff(x)).sum()
    assert numbers(table, "path", PIXEL) == pytest.approx([wanted], rel=0.01)
    assert numbers(table, "path", "mm") == pytest.approx([2 * wanted], rel=0.01)


def test_the_shell_measures_tracks(folder: Path, tmp_path: Path,
                                   capsys: pytest.CaptureFixture[str]) -> None:
    out, places = tmp_path / "tracks.csv", tmp_path / "positions.csv"
    command = ["measure", str(folder), "--tracks", "--smooth", "0"]
    assert main([*command, "--output", str(out), "--positions", str(places)]) == 0
    said = capsys.readouterr().out
    assert "4 rows written" in said and "170 positions written" in said
    with out.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["track"] for row in rows] == ["1", "2", "3", "1"] and rows[0]["path (px)"] == "100"
    assert main([*command, "--class", "ant", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["tracks"]) == 3 and found["units"]["mean_speed"] == "px/s"
    assert main([*command, "--moving", "60 px/s", "--gap", "2"]) == 0
    said = capsys.readouterr().out
    assert "4 tracks in 2 labelled videos" in said and "it moves from 60 px/s on" in said
    assert "not smoothed" in said
    for wrong in (["--tracks", "--brightness"], ["--smooth", "1"], ["--positions", "x.csv"]):
        assert main(["measure", str(folder), *wrong]) == 2
    with pytest.raises(SystemExit):
        main([*command, "--moving", "fast"])
    assert "as in 0.5 body lengths/s" in capsys.readouterr().err
