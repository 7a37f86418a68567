"""``workbench predict`` on folders and patterns, into a folder, interrupted and gone on with."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image
from real_window import wait_for

from tests.support.tiff_tags import Fraction, write_tiff
from workbench.cli import main
from workbench.extension.saving import folder_of


@pytest.fixture
def night(trained: Path, tmp_path: Path) -> Path:
    """A folder of pictures in two folders below it, one of them broken."""
    folder = tmp_path / "night"
    for place, number in (("a", 0), ("a", 1), ("b", 0)):
        (folder / place).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(trained / "images" / f"{number:03d}.png",
                        folder / place / f"{number:03d}.png")
    (folder / "b" / "broken.png").write_bytes(b"nothing")
    (folder / ".hidden").mkdir()
    shutil.copyfile(trained / "images" / "002.png", folder / ".hidden" / "002.png")
    return folder


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_folder_is_looked_through_and_a_table_printed(
    trained: Path, night: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", str(trained), str(night), "--format", "csv",
                 "--score-thresh", "0.1"]) == 1
    captured = capsys.readouterr()
    found = rows(captured.out)
    assert list(found[0]) == ["file", "label", "score", "xmin", "ymin", "xmax", "ymax",
                              "recorded_at", "station"]
    assert {(item["recorded_at"], item["station"]) for item in found} == {("", "a"), ("", "b")}
    assert {item["file"] for item in found} == {
        str(night / name) for name in ("a/000.png", "a/001.png", "b/000.png")}
    assert "broken.png" in captured.err and captured.err.count("workbench predict:") == 1
    assert main(["predict", str(trained), str(night / "**" / "000.png"), "--format", "sums"]) == 0
    sums = rows(capsys.readouterr().out)
    assert [item["file"] for item in sums] == [str(night / "a/000.png"), str(night / "b/000.png")]
    assert list(sums[0]) == ["file", "objects", "best_score", "blue", "red",
                             "recorded_at", "station"]
    assert int(sums[0]["objects"]) == int(sums[0]["red"]) + int(sums[0]["blue"])
    assert main(["predict", str(trained), str(night / "*.jpg")]) == 2
    circle = night.parent / "circle"
    circle.symlink_to(circle)
    assert main(["predict", str(trained), str(circle)]) == 2
    assert "a link that leads nowhere" in capsys.readouterr().err


def predict_into(out: Path, trained: Path, night: Path, *options: str) -> int:
    return main(["predict", str(trained), str(night), "--out", str(out), "--score-thresh", "0.1",
                 *options])


def test_a_row_is_printed_as_soon_as_it_is_known(
    trained: Path, night: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    printed: list[str] = []

    class Task:
        def predict_each(self, run: object, files: list[Path], *_: object) -> Any:
            for path in files:
                printed.append(capsys.readouterr().out)
                yield {"file": str(path), "size": [9, 9], "boxes": [[0, 0, 5, 5]],
                       "labels": ["red"], "scores": [0.5]}

    monkeypatch.setattr("workbench.engine.tasks.engine_task", lambda _id: Task())
    assert main(["predict", str(trained), str(night), "--format", "csv"]) == 0
    assert len(printed) > 2 and all(text.count("\n") == 1 for text in printed[2:])
    capsys.readouterr()
    printed.clear()
    assert main(["predict", str(trained), str(night), "--format", "json"]) == 0
    printed.append(capsys.readouterr().out)
    assert len(printed) == 5 and all(text.count('"file"') == 1 for text in printed[2:-1])
    assert [Path(item["file"]).name for item in json.loads("".join(printed))] == [
        "000.png", "001.png", "000.png", "broken.png"]


def test_what_is_found_is_measured(trained: Path, night: Path, tmp_path: Path,
                                   monkeypatch: pytest.MonkeyPatch,
                                   capsys: pytest.CaptureFixture[str]) -> None:
    class Task:
        def predict_each(self, run: object, files: list[Path], *_: object) -> Any:
            for path in files[:2]:
                yield {"file": str(path), "size": [60, 48], "boxes": [[0, 0, 5, 8]],
                       "labels": ["red"], "scores": [0.5]}

    monkeypatch.setattr("workbench.engine.tasks.engine_task", lambda _id: Task())
    assert main(["predict", str(trained), str(night), "--format", "measurements"]) == 0
    found = rows(capsys.readouterr().out)
    assert [(item["area (px²)"], item["score"]) for item in found] == [("40", "0.5")] * 2
    assert all(float(item["mean"]) > 0 for item in found)
    out = tmp_path / "results"
    predict_into(out, trained, night, "--format", "measurements")
    assert rows((out / "measurements.csv").read_text("utf-8")) == found


@pytest.mark.parametrize("answers", [0, 1, 2])
def test_a_list_that_is_interrupted_has_its_end(
    answers: int, trained: Path, night: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Task:
        def predict_each(self, run: object, files: list[Path], *_: object) -> Any:
            for path in files[:answers]:
                yield {"file": str(path), "size": [9, 9], "boxes": [], "labels": [], "scores": []}
            raise KeyboardInterrupt

    monkeypatch.setattr("workbench.engine.tasks.engine_task", lambda _id: Task())
    assert main(["predict", str(trained), str(night), "--format", "json"]) == 130
    said = capsys.readouterr()
    assert len(json.loads(said.out)) == answers and "Interrupted" in said.err


def test_results_are_kept_with_crops_and_drawings(
    trained: Path, night: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "results"
    assert predict_into(out, trained, night, "--save-crops", "--draw") == 1
    found = rows((out / "predictions.csv").read_text("utf-8"))
    assert f"{len(found)} results in 3 files" in capsys.readouterr().out
    drawn = sorted(path.relative_to(out / "drawn").as_posix()
                   for path in (out / "drawn").rglob("*.jpg"))
    assert drawn == ["a/000.jpg", "a/001.jpg", "b/000.jpg"]
    with Image.open(out / "drawn" / "a" / "000.jpg") as picture:
        assert picture.size == (60, 48)
    crops = list((out / "crops").rglob("*.jpg"))
    assert len(crops) == len(found)
    assert {path.parent.name for path in crops} == {item["label"] for item in found}
    first = found[0]
    with Image.open(out / "crops" / first["label"] / "a_000-1.jpg") as picture:
        wide = float(first["xmax"]) - float(first["xmin"])
        assert picture.width == pytest.approx(wide, abs=2)


def test_what_is_there_is_not_looked_at_again(
    trained: Path, night: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "results"
    assert predict_into(out, trained, night, "--json") == 1
    before = (out / "predictions.csv").read_bytes()
    lines = (out / "answers.jsonl").read_bytes().splitlines(keepends=True)
    assert len(lines) == 4
    # as if it had been killed while it wrote the third answer
    (out / "answers.jsonl").write_bytes(b"".join(lines[:3]) + lines[3][:10])
    (out / "predictions.csv").unlink()
    capsys.readouterr()
    assert predict_into(out, trained, night) == 1
    assert "2 files of an earlier call are there already" in capsys.readouterr().err
    assert (out / "predictions.csv").read_bytes() == before
    shutil.copyfile(trained / "images" / "005.png", night / "a" / "000.png")
    assert predict_into(out, trained, night) == 1
    assert (out / "predictions.csv").read_bytes() != before, "a changed file is looked at again"
    assert len((out / "answers.jsonl").read_bytes().splitlines()) == 5


def test_what_is_drawn_has_a_scale_bar_where_the_scale_is_known(
    trained: Path, night: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Image.open(night / "a" / "000.png") as picture:
        grey = picture.convert("L").tobytes()
    tags: dict[int, str | Fraction] = {270: "ImageJ=1\nunit=mm\n", 282: Fraction((1, 1))}
    write_tiff(night / "scaled.tif", tags, size=picture.size, pixels=grey)
    assert main(["predict", str(trained), str(night), "--out", str(tmp_path / "no"),
                 "--scale-bar"]) == 2
    assert "--draw" in capsys.readouterr().err
    for name, more in (("bare", []), ("barred", ["--scale-bar"])):
        assert predict_into(tmp_path / name, trained, night, "--draw", *more) == 1
    bare, barred = ({path.name: path.read_bytes() for path in
                     (tmp_path / name / "drawn").rglob("*.jpg") if path.parent.name != "b"}
                    for name in ("bare", "barred"))
    assert bare.keys() == barred.keys()
    assert {name for name in bare if bare[name] != barred[name]} == {"scaled.jpg"}


def test_files_of_a_later_call_do_not_overwrite_those_of_the_first(
    trained: Path, night: Path, tmp_path: Path
) -> None:
    out = tmp_path / "results"
    shutil.copyfile(trained / "images" / "005.png", night / "a_000.png")
    assert predict_into(out, trained, night, "--save-crops", "--draw") == 1
    found = len(rows((out / "predictions.csv").read_text("utf-8")))
    before = {path: path.read_bytes() for path in out.rglob("*.jpg")}
    assert len(before) == found + 4, "a/000.png and a_000.png are two"
    day = tmp_path / "day"  # the same names again
    shutil.copytree(night / "a", day / "a")
    assert predict_into(out, trained, day, "--save-crops", "--draw") == 0
    found = len(rows((out / "predictions.csv").read_text("utf-8")))
    after = {path: path.read_bytes() for path in out.rglob("*.jpg")}
    assert {path: after[path] for path in before} == before
    assert len(after) == len(before) + found + 2


@pytest.mark.parametrize("line", ["[1]", "7", '{"file": 3}',
                                  '{"file": "a.png", "name": 7, "stamp": 5}', "no JSON"])
def test_a_line_that_is_not_the_programs_own_is_told(
    trained: Path, night: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    out = tmp_path / "results"
    predict_into(out, trained, night)
    with (out / "answers.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(f"{line}\n")
    before = (out / "answers.jsonl").read_bytes()
    capsys.readouterr()
    assert predict_into(out, trained, night) == 1
    assert "answers.jsonl: line 5, it does not hold what" in capsys.readouterr().err
    assert (out / "answers.jsonl").read_bytes() == before


@pytest.mark.parametrize(("label", "name"), [
    ("../../up", "_.._up"), ("a/b", "a_b"), ("..", "_"), ("con", "con_"), ("COM1.x", "COM1.x_"),
    ("x\ny", "x_y"), ("ä" * 200, "ä" * 60), ("C:\\x", "C_x"), ("console", "console"),
])
def test_folders_of_classes_are_within_their_own(label: str, name: str) -> None:
    assert folder_of(label) == name


@pytest.mark.parametrize(("options", "words"), [
    (["--nms-thresh", "0.9"], "another model"),
    (["--raven"], "means nothing"),
    (["--gate"], "hears no recordings"),
    (["--format", "riddle"],
     "there are: csv, sums, hours, measurements, tracks, positions, crossings, json, voc"),
])
def test_what_cannot_be_asked_for_is_said_before_anything_is_written(
    trained: Path, night: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    options: list[str], words: str,
) -> None:
    out = tmp_path / "results"
    predict_into(out, trained, night)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    capsys.readouterr()
    assert predict_into(out, trained, night, *options) == 2
    assert words in capsys.readouterr().err
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    assert main(["predict", str(trained), str(night), "--draw"]) == 2
    assert main(["predict", str(trained), str(night), "--format", "voc"]) == 2
    assert predict_into(night, trained, night) == 2, "a folder with something else is left alone"


def test_labels_of_other_programs(trained: Path, night: Path, tmp_path: Path) -> None:
    out = tmp_path / "results"
    predict_into(out, trained, night, "--format", "voc")
    found: list[dict[str, Any]] = [json.loads(line) for line in
                                   (out / "answers.jsonl").read_text("utf-8").splitlines()[1:]]
    root = ElementTree.parse(out / "voc" / "Annotations" / "a" / "000.xml").getroot()
    names = [item.findtext("name") for item in root.findall("object")]
    assert names == found[0]["labels"] and names
    assert not list((out / "voc").rglob("*.png")), "images stay where they are"
    other = tmp_path / "coco"
    predict_into(other, trained, night, "--format", "coco")
    data = json.loads(next((other / "coco").rglob("*.json")).read_text("utf-8"))
    assert len(data["images"]) == 3
    assert len(data["annotations"]) == sum(len(item["labels"]) for item in found)


def test_a_kill_in_the_middle_loses_nothing(trained: Path, night: Path, tmp_path: Path) -> None:
    out = tmp_path / "results"
    many = tmp_path / "many"
    many.mkdir()
    for number in range(200):
        shutil.copyfile(trained / "images" / "000.png", many / f"{number:03d}.png")
    process = subprocess.Popen(
        [sys.executable, "-m", "workbench", "predict", str(trained), str(many), "--out", str(out),
         "--draw"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: process.poll() is not None or len(list((out / "drawn").glob("*.jpg"))) > 4,
             "the first pictures")
    process.kill()
    process.wait()
    kept = (out / "answers.jsonl").read_bytes().splitlines(keepends=True)
    assert len(kept) > 4
    assert main(["predict", str(trained), str(many), "--out", str(out), "--draw"]) == 0
    after = (out / "answers.jsonl").read_bytes().splitlines(keepends=True)
    whole = [line for line in kept if line.endswith(b"\n")]
    assert after[: len(whole)] == whole and len(after) == 201
    assert len(list((out / "drawn").glob("*.jpg"))) == 200


def test_names_that_are_no_utf_8(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    name = os.fsdecode(b"caf\xe9.png")
    try:
        shutil.copyfile(trained / "images" / "000.png", folder / name)
    except OSError:
        pytest.skip("this disk takes UTF-8 names only")
    out = tmp_path / "results"
    assert predict_into(out, trained, folder, "--draw") == 0
    assert (out / "drawn" / name).with_suffix(".jpg").is_file()
    assert predict_into(out, trained, folder, "--draw") == 0, "it is known by then"
    assert len((out / "answers.jsonl").read_bytes().splitlines()) == 2
    capsys.readouterr()
    assert main(["predict", str(trained), str(folder), "--format", "csv"]) == 0
