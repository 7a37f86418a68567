"""Crossings of lines by measured tracks: each once, in its direction, as tables by time."""

from __future__ import annotations

import csv
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.project.test_measurements import as_dicts, everything, numbers
from tests.support.track_films import RATE, ants, film, keys
from workbench.cli import main
from workbench.core.arrays import Float64Array
from workbench.core.measurements import PIXEL
from workbench.evaluation.counting import CountingLine, CountingPlace, CountingZone, Tally
from workbench.evaluation.motion import trajectory_of
from workbench.extension.saving import FollowedThing, Sighting, TrackRow
from workbench.project.counting import remember_places
from workbench.project.measurements.crossed import crossings_of
from workbench.project.measurements.crossings import crossing_rows, crossing_sums, sum_rows
from workbench.project.measurements.film_labels import measure_tracks
from workbench.project.measurements.film_predictions import FilmMeasurer, count_film
from workbench.project.measurements.tracks import SeenTrack, TrackMeasurer, TrackRules, TrackTable

SIDE = 20.0
GATE = CountingLine("gate", ((100.0, 0.0), (100.0, 200.0)))
"""Who goes to the left crosses it "in"."""


def walked(points: Float64Array, places: list[CountingPlace], *, smooth: float = 0.0,
           times: Float64Array | None = None, label: str = "fish",
           began: float | None = None) -> TrackTable:
    """A thing of 20 × 20 px that is at these points (N, 2) at 25 frames a second."""
    times = np.arange(len(points)) / RATE if times is None else times
    boxes = np.hstack([points - SIDE / 2, points + SIDE / 2])
    measurer = TrackMeasurer(TrackRules(smooth))
    measurer.add("a.mp4", [SeenTrack(4, label, np.arange(len(points)), times, boxes)],
                 float(times[-1]) + 1 / RATE, len(points), places=places, began=began)
    return measurer.table()


def crossed(table: TrackTable) -> list[str]:
    return [event.direction for event in table.crossings[0]]


def way(*stops: tuple[float, float], steps: int = 40) -> Float64Array:
    """Straight from stop to stop."""
    parts = [np.linspace(one, other, steps, endpoint=False)
             for one, other in pairwise(stops)]
    return np.vstack([*parts, [stops[-1]]])


@pytest.mark.parametrize("seed", range(25))
def test_over_and_back_is_one_in_and_one_out_however_the_line_lies(seed: int) -> None:
    rng = np.random.default_rng(seed)
    angle, middle = rng.uniform(0, 2 * np.pi), rng.uniform(200, 400, 2)
    along = np.array([np.cos(angle), np.sin(angle)])
    right, reach = np.array([-along[1], along[0]]), rng.uniform(60, 200)
    line = CountingLine("gate", (tuple((middle - reach * along).tolist()),
                                 tuple((middle + reach * along).tolist())))
    through = middle + rng.uniform(-0.7, 0.7) * reach * along
    there = way(tuple(through - 60 * right), tuple(through + 60 * right))
    trembling = rng.normal(0, 0.8, (2 * len(there), 2))
    table = walked(np.vstack([there, there[::-1]]) + trembling, [line], smooth=0.2)
    assert crossed(table) == ["in", "out"]
    assert numbers(table, "gate in", PIXEL) == [1] == numbers(table, "gate out", PIXEL)
    [one] = crossing_sums(table, everything(table))
    assert (one.ins, one.outs, one.net) == (1, 1, 0)
    around = middle + 1.5 * reach * along
    past = walked(way(tuple(around - 60 * right), tuple(around + 60 * right)), [line])
    assert crossed(past) == [], "beside its end"
    turned = CountingLine("gate", line.points[::-1])
    assert crossed(walked(there, [turned])) == ["out"]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("smooth", [0.0, 0.2])
def test_trembling_at_a_line_is_nothing(seed: int, smooth: float) -> None:
    rng = np.random.default_rng(seed)
    rest = np.array([100.0, 80.0]) + rng.uniform(-1.9, 1.9, (500, 2))
    assert crossed(walked(rest, [GATE], smooth=smooth)) == []
    comes = np.vstack([way((160, 80), (100, 80)), rest, way((100, 80), (40, 80))])
    assert crossed(walked(comes, [GATE], smooth=smooth)) == ["in"]
    turns = np.vstack([way((160, 80), (100, 80)), rest, way((100, 80), (160, 80))])
    assert crossed(walked(turns, [GATE], smooth=smooth)) == []


def test_a_jump_of_the_box_for_a_frame_is_smoothed_away() -> None:
    still = np.tile([106.0, 80.0], (60, 1))
    still[30, 0] = 94  # a box that is drawn badly, once
    assert crossed(walked(still, [GATE])) == ["in", "out"]
    assert crossed(walked(still, [GATE], smooth=0.2)) == []
    goes = np.vstack([way((160, 80), (94, 80)), 200 - still])
    assert crossed(walked(goes, [GATE])) == ["in", "out", "in"]
    assert crossed(walked(goes, [GATE], smooth=0.2)) == ["in"]


@pytest.mark.parametrize("seed", range(30))
def test_the_frames_that_are_left_out_say_nothing(seed: int) -> None:
    """Counted by each frame it comes to the same."""
    rng = np.random.default_rng(seed)
    points = np.cumsum(rng.normal(0, 3, (3000, 2)), axis=0)
    times = np.cumsum(rng.choice([0.04, 0.04, 0.04, 2.0], 3000, p=[0.4, 0.3, 0.29, 0.01]))
    half = rng.uniform(1, 20, (3000, 1))
    boxes = np.hstack([points - half, points + half])
    ends = [(float(x), float(y)) for x, y in rng.uniform(-60, 60, (2, 2))]
    line = CountingLine("gate", (ends[0], ends[1]))
    trajectory = trajectory_of(times, points, 0.0)
    tally = Tally([line], math.inf)
    for at, (x0, y0, x1, y1) in enumerate(boxes.tolist()):
        tally.see(int(trajectory.part[at]), "fish", at, float(times[at]), (x0, y0, x1, y1))
    found = crossings_of([line], trajectory, np.arange(3000), boxes, 1, "fish")
    assert [(item.frame, item.direction) for item in found] == [
        (item.frame, item.direction) for item in tally.passings]


def test_along_a_line_or_up_to_it_nothing_is_crossed() -> None:
    assert crossed(walked(way((100, -20), (100, 220)), [GATE])) == [], "on it"
    assert crossed(walked(way((101.5, -20), (98.5, 220)), [GATE])) == [], "nearer than is decided"
    assert crossed(walked(way((130, 80), (101, 80), (130, 80)), [GATE])) == [], "touches it"
    assert crossed(walked(way((100, 80), (40, 80)), [GATE])) == [], "is first seen on it"
    assert crossed(walked(way((130, 205), (70, 205)), [GATE])) == [], "just beyond its end"
    assert crossed(walked(way((130, 195), (70, 195)), [GATE])) == ["in"], "just before its end"
    assert crossed(walked(np.array([[130.0, 80], [70.0, 80]]), [GATE])) == ["in"], "two frames"
    assert crossed(walked(np.array([[130.0, 80]]), [GATE])) == []
    around = way((70, 150), (70, 300), (130, 300), (130, 150), (70, 150))
    assert crossed(walked(around, [GATE])) == ["in"], "around its end, and through"


def test_nobody_crosses_in_a_gap() -> None:
    """Who is hidden for longer may have gone around."""
    points = way((160, 80), (40, 80))
    times = np.arange(len(points)) / RATE
    assert crossed(walked(points, [GATE], times=times + (points[:, 0] < 100) * 2)) == []
    assert crossed(walked(points, [GATE], times=times + (points[:, 0] < 100) * 0.2)) == ["in"]


def test_each_line_counts_for_itself() -> None:
    lines: list[CountingPlace] = [GATE, CountingLine("far", ((40.0, 200.0), (40.0, 0.0)))]
    table = walked(way((160, 80), (10, 80), (70, 80)), lines)
    assert [(event.place, event.direction) for event in table.crossings[0]] == [
        ("gate", "in"), ("far", "out"), ("far", "in")]
    [first, *_] = as_dicts([*crossing_rows(table, everything(table))])
    assert (first["file"], first["track"], first["label"], first["line"], first["direction"],
            first["clock"]) == ("a.mp4", 4, "fish", "gate", "in", "")
    assert float(str(first["time"])) == pytest.approx(16 / RATE, abs=0.05)


def test_sums_by_time_also_where_nothing_happened() -> None:
    """One way takes 1.6 s."""
    table = walked(way((160, 80), (40, 80), (160, 80), (160, 20), (160, 80), (40, 80)), [GATE])
    sums = [(one.first, one.last, one.ins, one.outs)
            for one in crossing_sums(table, everything(table), 2.0)]
    assert sums == [(0, 2, 1, 0), (2, 4, 0, 1), (4, 6, 0, 0),
                    (6, pytest.approx(8), 1, 0), (8, pytest.approx(8.04), 0, 0)]
    assert [row["net"] for row in as_dicts([*sum_rows(table, everything(table))])] == [1]
    assert [*crossing_sums(table, everything(table)[:0])] == []


def test_intervals_begin_with_those_of_the_clock() -> None:
    table = walked(way((160, 80), (40, 80), steps=100), [GATE], began=10 * 60 + 58.5)
    rows = as_dicts([*sum_rows(table, everything(table), 60.0)])
    assert [(row["clock"], row["from"], row["to"], row["in"]) for row in rows] == [
        ("1970-01-01 00:10:00", "0", "1.5", 0), ("1970-01-01 00:11:00", "1.5", "4.04", 1)]


def test_lines_of_labelled_videos_in_the_shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = ants(tmp_path / "ants"), tmp_path / "crossings.csv"
    command = ["measure", str(folder), "--tracks", "--crossings", str(out)]
    assert main(command) == 0
    assert "No line is drawn" in capsys.readouterr().out
    remember_places(folder, str(folder / "b.mp4"), [CountingLine("nest", ((50, 96), (50, 0)))])
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "2 crossings written" in said and said.split("crossings of lines")[1].split()[5:10] == [
        "b.mp4", "nest", "ant", "1", "1"]
    with out.open(encoding="utf-8-sig", newline="") as stream:
        found = list(csv.DictReader(stream))
    assert [(row["file"], row["direction"]) for row in found] == [("b.mp4", "in"), ("b.mp4", "out")]
    assert main([*command, "--sum-every", "1 s"]) == 0
    with out.open(encoding="utf-8-sig", newline="") as stream:
        found = list(csv.DictReader(stream))
    assert [(row["from"], row["in"], row["out"]) for row in found] == [
        ("0", "1", "0"), ("1", "0", "1"), ("2", "0", "0")]
    for wrong in (["--crossings", "x.csv"], ["--tracks", "--sum-every", "1 s"]):
        assert main(["measure", str(folder), *wrong]) == 2
    table = measure_tracks(folder, TrackRules())
    assert numbers(table, "nest in", PIXEL) == pytest.approx([math.nan] * 3 + [1], nan_ok=True)


def test_a_video_named_by_its_time_says_the_clock(tmp_path: Path) -> None:
    name = "hive_20260512_071500.mp4"
    film(tmp_path, name, {"bee": [keys((0, 20, 60), (50, 80, 60))]})
    remember_places(tmp_path, str(tmp_path / name), [CountingLine("in", ((50, 96), (50, 0)))])
    [row] = as_dicts([*crossing_rows(table := measure_tracks(tmp_path, TrackRules()),
                                     everything(table))])
    assert row["clock"] == "2026-05-12 07:15:01"


@pytest.mark.parametrize("seed", range(12))
def test_predict_counts_what_a_table_of_crossings_counts(seed: int, tmp_path: Path) -> None:
    """One number, with and without smoothing, of boxes that tremble and are not seen for a while;
    and a zone is entered as measured tracks enter it."""
    rng = np.random.default_rng(seed)
    points = np.cumsum(rng.normal(0, 3, (2000, 2)), axis=0) + rng.normal(0, 2, (2000, 2))
    steps = rng.choice([1, 30], 2000, p=[0.99, 0.01])
    frames = np.cumsum(steps)
    answers = [{"file": "a.mp4", "frame": int(frame), "time": float(frame) / RATE}
               for frame in frames]
    seen = tuple(Sighting(at, 0, (x - 9, y - 9, x + 9, y + 9))
                 for at, (x, y) in enumerate(points.tolist()))
    row = TrackRow(3, "fish", 0, 0.0, 0, 0.0, len(seen), 0.9)
    thing = FollowedThing(row, seen)
    x, y = points.mean(0).tolist()
    places = (CountingLine("gate", ((x, y - 400), (x, y + 400))),
              CountingZone("pond", ((x, y), (x + 300, y), (x + 300, y + 300), (x, y + 300))))
    for rules in (TrackRules(), TrackRules(smooth=0.0), TrackRules(gap=5.0)):
        tally = count_film(answers, [thing], places, rules)
        measurer = FilmMeasurer(tmp_path, rules)
        measurer.add("a.mp4", [thing], answers, places)
        listed = as_dicts([*measurer.rows("crossings")])
        found = [item for item in tally.passings if item.place == "gate"]
        assert [(item["frame"], item["direction"]) for item in listed] == [
            (item.frame, item.direction) for item in found]
        [track] = as_dicts([*measurer.rows("tracks")])
        assert int(float(track["entries to pond"])) == tally.sums(places[1])["fish"].ins
        times = sum(visit.last - visit.first for visit in tally.visits)
        [inside] = [value for name, value in track.items() if name.startswith("time in pond")]
        assert float(inside) == pytest.approx(times, abs=0.01)


def test_who_comes_back_in_a_zone_after_a_gap_has_not_been_there_meanwhile() -> None:
    zone = CountingZone("pond", ((0.0, 0.0), (90.0, 0.0), (90.0, 90.0), (0.0, 90.0)))
    tally, box = Tally([zone], math.inf), (40.0, 40.0, 50.0, 50.0)
    tally.see(1, "fish", 0, 0.0, box)
    tally.see(1, "fish", 10, 1.0, box)
    tally.lose(1)
    tally.see(1, "fish", 60, 6.0, box)
    tally.see(1, "fish", 70, 7.0, box)
    assert [(visit.first, visit.last) for visit in tally.visits] == [(0.0, 1.0), (6.0, 7.0)]
