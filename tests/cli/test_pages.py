"""``workbench pages``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.stacks import planes, write_stack
from workbench.cli import main
from workbench.media.images.file_scale import read_pixel_size
from workbench.project.manifest import Manifest


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    capsys.readouterr()
    assert main(["pages", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def test_pages_become_images_of_a_project(tmp_path: Path,
                                          capsys: pytest.CaptureFixture[str]) -> None:
    Manifest("cells").save(tmp_path)
    write_stack(tmp_path / "deep" / "a.tif", planes(1, 6, 2))
    write_stack(tmp_path / "b.ome.tif", planes(3, 2), "ome")
    out = told(capsys, tmp_path, "--check")
    assert "deep/a.tif: 2 channels, 6 slices" in out and "12 images of 8 × 6 pixels" in out
    out = told(capsys, tmp_path / "deep" / "a.tif", "--every", 3)
    assert "Made 2 images." in out
    folder = tmp_path / Manifest.load(tmp_path).new_images
    assert sorted(path.name for path in folder.glob("deep_*")) == [
        "deep_a.tif-000001.tif", "deep_a.tif-000004.tif"]
    data = json.loads(told(capsys, tmp_path, "--slices", "max", "--channels", "each", "--frames",
                           2, "--json"))
    assert [item["images"] for item in data["stacks"]] == [2, 2] and len(data["made"]) == 4
    assert all(read_pixel_size(Path(path)) for path in data["made"])
    assert data["there"] == 0
    assert "were there already" in told(capsys, tmp_path, "--slices", "max", "--channels", "each")


def test_pages_into_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_stack(tmp_path / "a.tif", planes(1, 3))
    told(capsys, source, "--out", tmp_path / "out")
    assert len(list((tmp_path / "out").iterdir())) == 3


def test_wrong_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_stack(tmp_path / "a.tif", planes(1, 3))
    for words in ([source], [source, "--out", tmp_path / "b", "--channels", "red"],
                  [source, "--out", tmp_path / "b", "--every", 0], [tmp_path / "none"],
                  [source, "--project", tmp_path / "none"]):
        assert main(["pages", *map(str, words)]) == 2
    assert "says where the images go" in capsys.readouterr().err
