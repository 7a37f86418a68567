"""When and where things were found: by hour, night, class and station."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from workbench.media.recording_place import Stations
from workbench.project.activity import Activity, Placing, grid_picture
from workbench.project.heard_regions import SAVING
from workbench.tasks.detection.saving import SAVING as BOXES


def heard(file: str, *regions: tuple[str, float], seconds: float = 60.0) -> dict[str, Any]:
    return {"file": file, "label": "owl", "scores": {"owl": 0.5}, "seconds": seconds,
            "regions": [{"label": label, "start": start, "end": start + 1, "score": 0.9}
                        for label, start in regions]}


NIGHT = [
    heard("s/moor/20260512_233000.wav", ("owl", 5.0), ("owl", 1805.0), ("wren", 3000.0),
          seconds=3600.0),
    heard("s/moor/20260513_003000.wav", ("owl", 7.0)),
    heard("s/wood/20260512_233000.wav"),
    heard("s/wood/20260513_120000.wav", ("wren", 1.0)),
    heard("s/wood/tape.wav", ("owl", 1.0)),
]


@pytest.fixture
def night() -> Activity:
    found = Activity(SAVING, Stations([item["file"] for item in NIGHT]))
    for item in NIGHT:
        found.add(item)
    return found


def cells(found: Activity, line: str, label: str = "") -> dict[tuple[str, str], int]:
    """What is in the cells of a grid in which something was looked at."""
    grid = found.grid(line, label)
    names = [(name, column) for name in grid.lines for column in grid.columns]
    return {cell: number for at, (cell, number) in enumerate(zip(names, grid.counts, strict=True))
            if at not in grid.absent}


def test_a_recording_counts_in_each_hour_that_it_reaches_into(night: Activity) -> None:
    assert cells(night, "day") == {("2026-05-12", "23"): 1, ("2026-05-13", "0"): 3,
                                   ("2026-05-13", "12"): 1}
    assert cells(night, "station") == {
        ("moor", "23"): 1, ("moor", "0"): 3, ("wood", "23"): 0, ("wood", "12"): 1}
    assert cells(night, "night", "owl") == {
        ("2026-05-12", "23"): 1, ("2026-05-12", "0"): 2, ("2026-05-13", "12"): 0}
    assert cells(night, "label")["wren", "23"] == 0, "it was listened for, and not there"
    places = night.places()
    assert (places.lines, places.columns, places.counts) == (
        ["owl", "wren"], ["moor", "wood"], [3, 1, 1, 1])
    assert night.undated == 1 and places.lasting
    assert list(places.each_hour().counts)[:2] == [round(3 * 60 / 61), round(60 / 3)]
    drawn = grid_picture(night.grid("station"))
    assert drawn.count("<rect") == 1 + 4 and ">moor</text>" in drawn


def test_the_table_says_how_much_was_listened_to(night: Activity) -> None:
    assert list(night.rows()) == [
        ("2026-05-12", 23, "owl", 1, "moor", 1, 30.0, "2026-05-12"),
        ("2026-05-12", 23, "", 0, "wood", 1, 1.0, "2026-05-12"),
        ("2026-05-13", 0, "owl", 2, "moor", 2, 31.0, "2026-05-12"),
        ("2026-05-13", 0, "wren", 1, "moor", 2, 31.0, "2026-05-12"),
        ("2026-05-13", 12, "wren", 1, "wood", 1, 1.0, "2026-05-13"),
        ("", "", "owl", 1, "wood", 1, 1.0, "")]


def test_a_day_alone_is_no_hour() -> None:
    found = Activity(SAVING)
    found.add(heard("20260512.wav", ("owl", 5.0)))
    assert not found.dated and found.undated == 1 and not found.grid().lines
    assert list(found.rows()) == [("2026-05-12", "", "owl", 1, "", 1, 1.0, "")]
    assert grid_picture(found.grid()).endswith("</svg>\n")


def test_a_camera_trap_counts_by_the_date_in_its_pictures(tmp_path: Path) -> None:
    answers = []
    for site, number, taken in (("ridge", 1, "2026:05:12 23:59:59"),
                                ("ridge", 2, "2026:05:13 00:10:00"),
                                ("brook", 1, "2026:05:13 00:20:00"), ("brook", 2, "")):
        path = tmp_path / site / "DCIM" / "100EK113" / f"I{number}.JPG"
        path.parent.mkdir(parents=True, exist_ok=True)
        exif = Image.Exif()
        if taken:
            exif.get_ifd(0x8769)[0x9003] = taken
        Image.new("RGB", (8, 8)).save(path, exif=exif)
        boxes = [[0, 0, 4, 4]] * (number if site == "ridge" else 0)
        answers.append({"file": str(path), "boxes": boxes, "labels": ["fox"] * len(boxes),
                        "scores": [0.9] * len(boxes)})
    found = Activity(BOXES, Stations([item["file"] for item in answers]))
    for item in answers:
        found.add(item)
    assert list(found.rows()) == [
        ("2026-05-12", 23, "fox", 1, "ridge", 1, "", "2026-05-12"),
        ("2026-05-13", 0, "", 0, "brook", 1, "", "2026-05-12"),
        ("2026-05-13", 0, "fox", 2, "ridge", 1, "", "2026-05-12"),
        ("", "", "", 0, "brook", 1, "", "")]
    assert not found.grid().lasting and found.places().columns == ["brook", "ridge"]


def test_each_row_of_a_table_says_when_and_where(tmp_path: Path) -> None:
    placing = Placing(SAVING, Stations([item["file"] for item in NIGHT]))
    first, tape = NIGHT[0], NIGHT[-1]
    said = [placing.cells(first, row) for row in SAVING.rows(first)]
    assert said == [("2026-05-12 23:30:05", "moor"), ("2026-05-13 00:00:05", "moor"),
                    ("2026-05-13 00:20:00", "moor")]
    assert placing.cells(first) == ("2026-05-12 23:30:00", "moor")
    assert placing.cells(tape) == ("", "wood")
    frame = {"file": "v/20260512_060000.mp4", "frame": 50, "time": 2.0, "boxes": [], "labels": [],
             "scores": []}
    assert Placing(BOXES, Stations([])).cells(frame)[0] == "2026-05-12 06:00:02"
