"""The demo on sounds goes the whole way by itself."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

from workbench.cli import demo as cli_demo
from workbench.cli import main
from workbench.core.shipped import shipped_folder
from workbench.project.datasets.sounds import read_clips
from workbench.project.doctor import doctor


def test_sounds_are_made_learned_judged_and_labelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def train(project: Path, _minutes: float) -> None:
        assert main(["train", str(project), "--epochs", "1", "--device", "cpu"]) == 0

    def make(project: Path, generator: str) -> None:
        path = shipped_folder("resources") / f"{generator}.py"
        runpy.run_path(str(path))["make_sample"](project, each=1)

    monkeypatch.setattr(cli_demo, "_make_sample", make)
    monkeypatch.setattr(cli_demo, "_train", train)
    monkeypatch.setattr(cli_demo, "_screens", lambda *_: 0)
    out = tmp_path / "out"
    assert main(["demo", "--sounds", "--out", str(out)]) == 0
    summary = json.loads((out / "demo.json").read_text())
    assert summary["split"] == "test" and 0 <= summary["accuracy"] <= 1
    assert "Surest mistakes" in (out / "report.html").read_text("utf-8") or (
        summary["accuracy"] == 1)
    assert (out / "model.safetensors").stat().st_size > 1000
    tables = list((out / "project" / "audio").glob("tonight-*.txt"))
    assert len(tables) == summary["labelled"]
    records, problems = read_clips(out / "project")
    assert not problems and not doctor(out / "project")
    labelled = [item for item in records if item.label or item.regions]
    assert len(labelled) == 5 * 8 + summary["labelled"]
    assert f"{summary['labelled']} sounds labelled by the model" in capsys.readouterr().out
