"""How samples are split, in the shell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.project.helpers import labelled
from workbench.cli import main
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
    assert "Nothing was divided yet" in told(capsys, folder)
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


def test_wrong_words(cameras: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--pattern", "{group}_*"], ["--group-by", "name"],
                  ["--group-by", "station", "--pattern", "{group}"]):
        assert main(["split", str(cameras), *words]) == 2
    assert "pattern" in capsys.readouterr().err and not list_splits(cameras)
