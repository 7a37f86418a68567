"""How samples are split, in the shell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.project.helpers import labelled
from workbench.cli import main
from workbench.cli.by_group import figures_by, group_lines
from workbench.core.errors import UsageError
from workbench.extension.shell import JudgedSample, Measured
from workbench.project.datasets.splits import list_splits, load_split
from workbench.project.manifest import Manifest


@pytest.fixture
def cameras(tmp_path: Path) -> Path:
    for number in range(24):
        labelled(tmp_path, f"cam{number % 8}/{number}.png", ["deer"])
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert main(["split", *arguments]) == 0
    return capsys.readouterr().out


def test_a_split_by_station(cameras: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(cameras)
    assert "Nothing was split yet" in told(capsys, folder)
    out = told(capsys, folder, "--group-by", "station", "--check")
    assert "8 stations: 6 train, 1 val, 1 test." in out and not list_splits(cameras)
    assert "Written" in told(capsys, folder, "--group-by", "station")
    assert Manifest.load(cameras).grouping.by == "station"
    first = load_split(cameras)
    out = told(capsys, folder, "--group-by", "name", "--pattern", "{group}")
    assert "stays as it is; --again" in out and load_split(cameras) == first
    assert Manifest.load(cameras).grouping.pattern == "{group}", "it counts for what comes later"
    data = json.loads(told(capsys, folder, "--again", "--json"))
    assert data["group_by"] == "name" and data["samples"] == {"train": 16, "val": 4, "test": 4}
    assert "earlier-1" in data["note"] and load_split(cameras, "earlier-1").train == first.train


def test_it_can_be_said_before_anything_is_labelled(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Nothing is labelled yet" in told(capsys, str(tmp_path), "--group-by", "station")
    assert Manifest.load(tmp_path).grouping.by == "station"
    assert json.loads(told(capsys, str(tmp_path), "--group-by", "night", "--json"))[
        "group_by"] == "night"
    assert main(["split", str(tmp_path)]) == 2


def test_wrong_words(cameras: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--pattern", "{group}_*"], ["--group-by", "name"],
                  ["--group-by", "station", "--pattern", "{group}"]):
        assert main(["split", str(cameras), *words]) == 2
    assert "pattern" in capsys.readouterr().err and not list_splits(cameras)
    (cameras / "workbench.toml").write_text('[split]\ngroup_by = "moon"\n', "utf-8")
    assert main(["split", str(cameras)]) == 1
    assert "split.group_by is “moon”, but it can be one of: auto" in capsys.readouterr().err


def measured(*judged: JudgedSample) -> Measured:
    return Measured("test", {}, [], lambda path: path, judged=judged)


def test_figures_of_each_station_the_worst_first(cameras: Path) -> None:
    found = figures_by(cameras, measured(
        JudgedSample("cam0/0.png", 1, 0), JudgedSample("cam0/8.png", 1, 0),
        JudgedSample("cam1/1.png", 0, 1), JudgedSample("gone.png", 1, 0)), "station")
    assert [(row["group"], row["samples"], row["accuracy"]) for row in found] == [
        ("cam1", 1, 0.0), ("", 1, 1.0), ("cam0", 2, 1.0)]
    assert found[0]["low"] == 0 and 0.7 < found[0]["high"] < 0.9, "one image says little"
    lines = list(group_lines(found, "station", "image"))
    assert lines[2].split()[:3] == ["cam1", "1", "0.000"]


def test_figures_of_boxes_by_station(cameras: Path) -> None:
    found = figures_by(cameras, measured(
        JudgedSample("cam0/0.png", 3, 1, 1), JudgedSample("cam1/1.png", 0, 0, 0),
        JudgedSample("cam2/2.png", 0, 2, 0)), "station")
    assert [row["group"] for row in found] == ["cam2", "cam0", "cam1"]
    assert (found[1]["precision"], found[1]["recall"], found[1]["f1"]) == (0.75, 0.75, 0.75)
    assert found[2]["f1"] is None and found[0]["recall"] is None
    assert "–" in list(group_lines(found, "station", "image"))[-1], "nothing was there to be judged"


def test_what_has_no_figures_by_group_is_told(cameras: Path) -> None:
    with pytest.raises(UsageError, match="not there"):
        figures_by(cameras, measured(), "station")
    with pytest.raises(UsageError, match="part of the name"):
        figures_by(cameras, measured(JudgedSample("cam0/0.png", 1, 0)), "name")
