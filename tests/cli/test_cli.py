"""The shell commands, called as ``main([...])``; some start a real process."""

from __future__ import annotations

import html
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tiny_project import make_project

from tests.project.helpers import labelled, png
from tests.support.keypoint_project import point_labels, point_predictions
from tests.support.outlined_project import outline_labels, outline_predictions
from workbench.__main__ import main as from_the_start
from workbench.cli import main
from workbench.project.datasets.splits import load_split, save_split
from workbench.project.imports.image_copier import ImageCopier
from workbench.project.manifest import Manifest
from workbench.project.operating import choose_score, forget_score, kept_score
from workbench.project.runs import RunFolder, list_runs


def run_json(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    capsys.readouterr()
    assert main([*arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("arguments", [
    ["doctor", ""], ["import", "there", "--project", ""], ["import", "there", "--project="], [""]])
def test_an_empty_argument_is_not_the_current_folder(
        arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "a.png").write_bytes(png())
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert "an argument is empty" in capsys.readouterr().err
    assert [item.name for item in tmp_path.iterdir()] == ["there"]


def test_a_project_is_not_imported_into_its_own_images(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "own"
    labelled(own, "a.png", ["cat"])
    (own / "workbench.toml").write_text('classes = ["cat"]\n')
    for check in ([], ["--check"]):
        assert main(["import", str(own), "--project", str(own / "sub"), *check]) == 2
        assert "sub: it lies among the images of the project" in capsys.readouterr().err
    assert not (own / "sub").exists()
    assert main(["import", str(own), "--project", str(tmp_path / "elsewhere")]) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_project_in_a_folder_whose_name_is_no_utf_8(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = tmp_path / os.fsdecode(b"\xff")
    project = make_project(there / "shapes", val=2, test=1, images=6)
    assert main(["train", str(project), "--recipe", "tiny", "--device", "cpu",
                 "--epochs", "1"]) == 0
    run, = list_runs(project)
    assert run.state["state"] == "finished"
    report = tmp_path / "report.html"
    assert main(["evaluate", str(project), "--report", str(report)]) == 0
    image = str(project / "images" / "000.png")
    assert run_json(capsys, "predict", str(project), image)[0]["size"] == [60, 48]
    copied = there / os.fsdecode(b"\xfe")
    assert main(["import", str(project), "--project", str(copied)]) == 0
    assert Manifest.load(copied).name == "\ufffd"


def test_a_part_that_is_missing_is_told_in_a_line(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:
    labelled(tmp_path / "own", "a.png", ["cat"])
    monkeypatch.setitem(sys.modules, "yaml", None)
    assert main(["export-labels", str(tmp_path / "own"), "--format", "yolo", "--out",
                 str(tmp_path / "out")]) == 1
    told, = capsys.readouterr().err.splitlines()
    assert "needs is missing or damaged (" in told and "yaml" in told


def test_ctrl_c_before_anything_is_imported_is_told_in_a_word(
        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    class Interrupted(ModuleType):
        def __getattr__(self, name: str) -> Any:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "workbench.cli", Interrupted("cli"))
    assert from_the_start() == 130
    assert capsys.readouterr().err == "Interrupted.\n"


def test_an_import_that_is_interrupted_says_what_came_and_goes_on(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:
    for number in range(5):
        labelled(tmp_path / "src", f"{number}.png", ["cat"])
    take = ImageCopier.take

    def interrupted(self: ImageCopier, key: str) -> None:
        take(self, key)
        if key == "2.png":
            os.kill(os.getpid(), signal.SIGINT)

    arguments = ["import", str(tmp_path / "src"), "--project", str(tmp_path / "p")]
    with monkeypatch.context() as patch:
        patch.setattr(ImageCopier, "take", interrupted)
        assert main(arguments) == 130
    out, err = capsys.readouterr()
    assert "3 images and 3 annotations were copied" in out
    assert "Interrupted. Import the folder again to go on from there." in err
    assert Manifest.load(tmp_path / "p").classes == ["cat"]
    assert main(arguments) == 0
    assert "2 images and 2 annotations were copied, 6 files" in capsys.readouterr().out


def test_two_imports_of_the_same_at_once_bring_each_image_once(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labelled(tmp_path / "src", "a.png", ["cat"])
    looks, target = ImageCopier.is_taken, tmp_path / "p"

    def late(self: ImageCopier, key: str, new_key: str) -> bool:
        monkeypatch.setattr(ImageCopier, "is_taken", looks)
        assert main(["import", str(tmp_path / "src"), "--project", str(target)]) == 0
        return looks(self, key, new_key)

    monkeypatch.setattr(ImageCopier, "is_taken", late)
    assert main(["import", str(tmp_path / "src"), "--project", str(target)]) == 0
    assert [path.name for path in (target / "images").iterdir()] == ["a.png"]
    assert [path.name for path in (target / "annotations").iterdir()] == ["a.xml"]


def test_evaluate(trained: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    data = run_json(capsys, "evaluate", str(trained))
    assert {"map", "map_50", "map_75", "per_class", "precision", "recall", "f1", "confusion",
            "thresholds", "run", "split"} <= set(data)
    assert data["split"] == "test" and data["images"] == 3
    assert data["confusion"]["classes"][-1] == "none"
    own = kept_score(RunFolder.find(trained, ""))
    assert own is not None, "kept at the end of the training"
    assert data["thresholds"]["score_thresh"] == own.score and data["map_50"] > 0.2
    one, = run_json(capsys, "evaluate", str(trained), "--by", "folder")["by_group"]
    matrix = data["confusion"]["matrix"]
    hits = sum(row[at] for at, row in enumerate(matrix))
    assert (one["right"], one["wrong"]) == (hits, sum(sum(row[:-1]) for row in matrix) - hits)
    assert one["missed"] == sum(map(sum, matrix[:-1])) - hits and one["samples"] == 3
    assert one["precision"] == pytest.approx(data["precision"], abs=1e-4)
    strict = run_json(capsys, "evaluate", str(trained), "--split", "val", "--score-thresh", "0.9",
                      "--nms-thresh", "0.3")
    assert strict["thresholds"]["score_thresh"] == 0.9 and strict["split"] == "val"
    report = tmp_path / "report.html"
    assert main(["evaluate", str(trained), "--report", str(report)]) == 0
    out = capsys.readouterr().out
    assert "mAP50" in out and "confusion" in out
    text = report.read_text()
    assert data["verdict"].startswith("Finds ") and data["verdict"] in out
    assert data["verdict"].split(".")[0] in html.unescape(text)
    assert text.count("data:image/jpeg;base64,") == 3 and "red" in text


def test_evaluate_tells_how_well_outlines_are_found(
    trained: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    project = tmp_path / "outlined"
    shutil.copytree(trained, project)
    assert "outline_iou" not in run_json(capsys, "evaluate", str(project))
    outline_labels((project / "annotations").glob("*.xml"))
    outline_predictions(list_runs(project)[0].predictions_path("test"))
    data = run_json(capsys, "evaluate", str(project))
    assert 0.4 < data["outline_iou"] <= 1
    assert 0 < data["outline_map"] <= data["outline_map_50"] <= 1
    report = tmp_path / "report.html"
    assert main(["evaluate", str(project), "--report", str(report)]) == 0
    assert f"mean overlap of hits {data['outline_iou']:.3f}" in capsys.readouterr().out
    assert "Outline overlap" in report.read_text()


def test_evaluate_tells_how_well_key_points_are_found(
    trained: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    project = tmp_path / "pointed"
    shutil.copytree(trained, project)
    point_labels((project / "annotations").glob("*.xml"))
    assert "keypoint_pck" not in run_json(capsys, "evaluate", str(project))
    point_predictions(list_runs(project)[0].predictions_path("test"))
    data = run_json(capsys, "evaluate", str(project))
    assert 0 < data["keypoint_pck"] <= 1
    assert 0 <= data["keypoint_map"] <= data["keypoint_map_50"] <= 1
    report = tmp_path / "report.html"
    assert main(["evaluate", str(project), "--report", str(report)]) == 0
    assert f"(PCK@0.1) {data['keypoint_pck']:.3f}" in capsys.readouterr().out
    assert "Key points found" in report.read_text()


def test_evaluate_tells_what_is_gone(
    trained: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    project = tmp_path / "copy"
    shutil.copytree(trained, project)
    first, *others = load_split(project).test
    (project / first).unlink()
    capsys.readouterr()
    assert main(["evaluate", str(project)]) == 0
    captured = capsys.readouterr()
    said = "1 of the 3 images of “test” is gone or without labels, and left out."
    assert said in captured.out + captured.err and "on test: 2 images" in captured.out
    for key in others:
        (project / key).unlink()
    assert main(["evaluate", str(project), "--split", "test"]) == 2
    assert "in “test”; there are some in: train, val" in capsys.readouterr().err


def test_predict_files_outside_the_project(
    trained: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    image = tmp_path / "new one.png"
    image.write_bytes((trained / "images" / "000.png").read_bytes())
    found = run_json(capsys, "predict", str(trained), str(image), "--score-thresh", "0.1")
    assert [set(item) for item in found] == [{"file", "size", "boxes", "labels", "scores"}]
    item = found[0]
    assert item["file"] == str(image)
    assert len(item["boxes"]) == len(item["labels"]) == len(item["scores"]) > 0
    assert set(item["labels"]) <= {"red", "blue"} and min(item["scores"]) >= 0.1
    assert all(0 <= x0 < x1 <= 60 and 0 <= y0 < y1 <= 48 for x0, y0, x1, y1 in item["boxes"])
    capsys.readouterr()
    run = RunFolder.find(trained, "")
    own = kept_score(run)
    assert own is not None
    choose_score(run, 0.12)
    assert main(["predict", str(trained), str(image), "--json"]) == 0
    told = capsys.readouterr()
    [item] = json.loads(told.out)
    assert min(item["scores"]) >= 0.12 and "0.12, as set in Results" in told.err
    command = ["predict", str(trained), str(image), "--out", str(tmp_path / "kept")]
    assert main(command) == 0
    choose_score(run, 0.3)
    assert main(command) == 0, "what was begun goes on as it began"
    assert "0.12, as the folder has it" in capsys.readouterr().err
    forget_score(run)
    assert main(["predict", str(trained), str(tmp_path / "new one.png")]) == 0
    assert kept_score(run) == own, "found when it is asked for"
    assert main(["predict", str(trained), str(tmp_path)]) == 0
    assert f"{image}: " in capsys.readouterr().out


def test_predict_tells_broken_files_and_goes_on(
    trained: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"nothing")
    good = str(trained / "images" / "000.png")
    assert main(["predict", str(trained), str(tmp_path / "broken.jpg"), good, "--json"]) == 1
    captured = capsys.readouterr()
    assert [item["file"] for item in json.loads(captured.out)] == [good]
    assert "broken.jpg" in captured.err


def test_runs_and_recipes(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = run_json(capsys, "runs", str(trained))
    assert listed[0]["state"] == "finished" and listed[0]["metrics"]["test"]["map_50"] > 0.2
    assert listed[0]["model"] and not listed[0]["resumable"]
    assert main(["runs", str(trained)]) == 0
    assert "finished" in capsys.readouterr().out
    known = {item["id"]: item for item in run_json(capsys, "recipes")}
    assert {"compact-n", "fasterrcnn-resnet50-fpn-v2", "tiny"} <= set(known)
    weights = known["ssdlite320-mobilenet-v3"]["weights"][0]
    assert weights["available"] is False and weights["url"].startswith("https://")
    assert {"name", "kind", "default"} <= set(known["tiny"]["settings"][0])
    assert main(["recipes"]) == 0
    said = capsys.readouterr().out
    assert "compact-n" in said and " 0.0 M" not in said


def test_rounds_are_judged_on_what_is_held_back(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tmp_path / "shapes"
    shutil.copytree(trained, project)
    first = list_runs(project)[0]
    other = first.path.with_name(f"{first.name}-2")
    shutil.copytree(first.path, other)
    split = load_split(other)  # of a model that saw what is held back now
    save_split(other, replace(split, train=[*split.train, split.test[0]], test=split.test[1:]))
    os.utime(other / "config.json", (1, 1))
    capsys.readouterr()
    assert main(["rounds", str(project), "--json"]) == 0
    seen, fair = json.loads(capsys.readouterr().out)
    assert fair["run"] == first.name and fair["reason"] == "" and fair["figure"] == "map"
    assert 0 <= fair["score"] <= 1 and fair["samples"] == len(split.test)
    assert fair["learned"] == len(split.train)
    assert seen["reason"] == "it learned from 1 sample of those that are held back now"
    assert main(["rounds", str(project)]) == 0
    told = capsys.readouterr().out
    assert "not comparable: it learned from 1 sample" in told
    assert "mostly chance" not in told, "there is no difference"
    save_split(other, split)
    assert main(["rounds", str(project)]) == 0
    assert "mostly chance" in capsys.readouterr().out


def test_import_and_doctor(
    project: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    target = tmp_path / "copy"
    report = run_json(capsys, "import", str(project), "--project", str(target))
    assert report["images"] == 16
    assert run_json(capsys, "doctor", str(target)) == []
    (target / "annotations" / "003.xml").write_text("<annotation><object>")
    problems = run_json(capsys, "doctor", str(target))
    assert "003.xml" in problems[0]["path"] and problems[0]["severity"] == "error"
    (target / "voice.wav").write_text("no sound")
    assert main(["doctor", str(target)]) == 0
    lines = capsys.readouterr().out.splitlines()
    where = f"Cannot be used: {target / 'annotations' / '003.xml'} could not be read: line"
    assert any(line.startswith(where) for line in lines)
    assert any(line.startswith(f"Cannot be used: {target / 'voice.wav'}: this sound file")
               for line in lines)
    assert lines[-1].startswith("2 files that cannot be used")
    assert not any(line.lower().startswith(("error", "warning")) for line in lines)


@pytest.mark.parametrize(("arguments", "code", "words"), [
    (["train", "{project}", "--recipe", "nope"], 2, "there is no recipe “nope”"),
    (["train", "{project}", "--recipe", "tiny", "--set", "lr"], 2, "KEY=VALUE"),
    (["train", "{project}", "--recipe", "tiny", "--set", "lr=-1"], 2, "at least"),
    (["train", "{project}/nowhere"], 2, "there is no folder"),
    (["train", "{project}", "--device", "quantum"], 2, "there is no device"),
    (["train", "{project}", "--resume", "x", "--epochs", "3"], 2, "--epochs cannot be used"),
    (["train", "{project}", "--resume", "x"], 2, "there is no run “x”"),
    (["evaluate", "{project}"], 2, "no run with a model"),
    (["evaluate", "{project}", "--run", "x"], 2, "there is no run “x”"),
    (["predict", "{project}", "gone.jpg"], 2, "no run with a model"),
    (["runs", "{project}/nowhere"], 2, "there is no folder"),
    (["import", "{project}/nowhere", "--project", "x"], 2, "there is no folder"),
])
def test_failures_are_one_clear_line(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, words: str
) -> None:
    assert main([text.replace("{project}", str(project)) for text in arguments]) == code
    captured = capsys.readouterr()
    assert words in captured.err and "Traceback" not in captured.err
    assert len(captured.err.strip().splitlines()) == 1
    assert captured.out == ""


@pytest.mark.parametrize("arguments", [
    ["train"], ["fly"], ["train", "p", "--epochs", "x"], ["train", "p", "--epochs", "1",
     "--minutes", "2"], ["evaluate", "p", "--score-thresh", "2"],
])
def test_wrong_usage_is_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2 and "usage" in capsys.readouterr().err


def test_nothing_heavy_is_imported_for_help() -> None:
    code = ("import sys, workbench.cli as c\ntry: c.main(['--help'])\nexcept SystemExit: pass\n"
            "print(sorted({'torch', 'numpy', 'PySide6', 'lxml'} & set(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")


def test_lists_need_no_torch(trained: Path) -> None:
    code = ("import sys, workbench.cli as c\nfor command in (['recipes'], ['runs', sys.argv[1]], "
            "['evaluate', sys.argv[1]]): c.main(command)\nprint('torch' in sys.modules)")
    done = subprocess.run([sys.executable, "-c", code, str(trained)], capture_output=True,
                          text=True, check=True)
    assert done.stdout.strip().endswith("False")


def test_one_broken_run_does_not_hide_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("good", "broken"):
        RunFolder.create(tmp_path, name, {"recipe": name}).write_state(state="finished", pid=0)
    broken = next(run for run in list_runs(tmp_path) if "broken" in run.name)
    (broken.path / "config.json").write_text('{"recipe": [')
    assert main(["runs", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert "good" in out and "broken" in out
    assert f"{broken.name}: config.json: it is not JSON." in err
