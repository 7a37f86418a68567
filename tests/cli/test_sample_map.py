"""The shell says what is unusual, what looks alike, and which labels are doubtful."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tiny_pictures

from workbench.cli import main


def test_lists(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tiny_pictures.make_pictures(tmp_path / "p")
    tiny_pictures.picture("waves", 7).save(folder / "dots" / "9.png")
    assert main(["map", str(folder), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["points"] == 19 and len(said["unusual"]) == 19
    assert said["doubtful"] == [{"file": "dots/9.png", "label": "dots", "neighbours": "waves"}]
    assert main(["map", str(folder), "--like", "dots/9.png", "--show", "3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "alike (3 lines):" and all("  waves/" in line for line in lines[1:])


def test_what_is_not_on_the_map_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tiny_pictures.make_pictures(tmp_path / "p", each=1)
    assert main(["map", str(folder), "--like", "cats/1.png"]) == 2
    assert "“cats/1.png” is not on the map" in capsys.readouterr().err
    assert main(["map", str(tmp_path / "nothing")]) != 0
    assert capsys.readouterr().err.startswith("workbench map: ")
