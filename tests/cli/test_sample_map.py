"""The shell says what is unusual, what looks alike, and which labels are doubtful."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tiny_pictures
import tiny_project

from tests.support.judged_run import judged_run
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
    assert main(["map", str(tmp_path / "nothing")]) == 2
    assert capsys.readouterr().err == f"workbench map: there is no folder {tmp_path / 'nothing'}.\n"
    assert main(["map", str(folder), "--show", "-1"]) == 2
    assert "--show -1" in capsys.readouterr().err


@pytest.mark.parametrize("like", ["dots/1.png", "./dots/1.png", "p/dots/1.png", "PATH"])
def test_a_file_is_named_as_in_the_project_or_by_its_path(
        tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
        like: str) -> None:
    tiny_pictures.make_pictures(tmp_path / "p", each=2)
    monkeypatch.chdir(tmp_path)
    like = like.replace("PATH", str(tmp_path / "p/dots/1.png"))
    assert main(["map", "p", "--like", like]) == 0
    assert "alike (" in capsys.readouterr().out


def test_what_is_left_out_by_chance_is_told(
        tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
        ) -> None:
    from workbench.engine.similarity import arrange

    monkeypatch.setattr(arrange, "MOST", 4)
    folder = tiny_pictures.make_pictures(tmp_path / "p", each=3)
    assert main(["map", str(folder)]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("unusual (4 lines)") and "are not on the map" in said.err


def test_where_errors_of_a_run_lie_together(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tiny_project.make_project(tmp_path / "p", images=8, val=0, test=0)
    assert main(["map", str(folder), "--errors", "last"]) == 2
    assert "there is no run" in capsys.readouterr().err
    keys = [f"images/{at:03}.png" for at in range(8)]
    judged_run(folder, keys[2:], {keys[3]: None})
    assert main(["map", str(folder), "--errors", "last", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["judged"], said["wrong"], said["errors"]) == (6, 1, [])
