"""The shell on classes of images, from folders to a report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tiny_pictures

from workbench.cli import main
from workbench.project.datasets.splits import load_split
from workbench.project.runs import list_runs


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert main(list(arguments)) == 0
    return capsys.readouterr().out


def test_the_whole_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = tiny_pictures.make_pictures(tmp_path / "pictures", each=8, side=28)
    short = ["--recipe", "lenet-5", "--device", "cpu", "--epochs", "3"]
    out = told(capsys, "train", str(project), "--check", *short)
    assert "24 images, 3 classes: 18 for training, 3 for validation, 3 for testing" in out
    assert "accuracy" in told(capsys, "train", str(project), *short)
    data = json.loads(told(capsys, "evaluate", str(project), "--json", "--split", "val"))
    assert data["split"] == "val" and data["samples"] == 3
    assert [item["name"] for item in data["per_class"]] == list(tiny_pictures.CLASSES)
    data = json.loads(told(capsys, "evaluate", str(project), "--json", "--split", "val", "--by",
                           "folder"))
    assert [(row["group"], row["samples"], row["accuracy"]) for row in data["by_group"]] == [
        ("", 3, data["accuracy"])], "folders that are classes say nothing of places"
    report = tmp_path / "report.html"
    out = told(capsys, "evaluate", str(project), "--report", str(report))
    assert "on test: 3 images" in out and "confusion" in out and "none" not in out
    text = report.read_text("utf-8")
    assert "3 images · " in text and "Each image counts for the class" in text
    found = json.loads(told(capsys, "predict", str(project), str(project / "dots"), "--json"))
    assert len(found) == 8 and set(found[0]) == {"file", "label", "scores"}
    assert sum(found[0]["scores"].values()) == pytest.approx(1, abs=1e-3)
    told(capsys, "export", str(project), "--out", str(tmp_path / "model.onnx"))
    assert "lenet-5" in told(capsys, "runs", str(project))
    assert told(capsys, "doctor", str(project)).strip() == "All files are fine."
    _tells_what_is_gone(project, capsys)


def _tells_what_is_gone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / load_split(list_runs(project)[0].path, "default").test[0]).unlink()
    capsys.readouterr()
    assert main(["evaluate", str(project)]) == 0
    found = capsys.readouterr()
    assert "on test: 2 images" in found.out
    assert "1 of the 3 images of “test” is gone or without labels, and left out." in found.err


def test_images_that_cannot_be_read_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tiny_pictures.make_pictures(tmp_path / "pictures", each=8, side=28)
    for path in sorted((project / "dots").iterdir()):
        path.write_bytes(path.read_bytes()[:40])
    told(capsys, "train", str(project), "--recipe", "lenet-5", "--device", "cpu", "--epochs", "1")
    assert main(["evaluate", str(project)]) == 0
    found = capsys.readouterr()
    assert "on test: 2 images" in found.out
    assert "1 file cannot be read and is left out of these figures: dots/" in found.err
