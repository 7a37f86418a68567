"""``workbench predict``: a detector and then a classifier, and classifiers on videos."""

from __future__ import annotations

import base64
import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from workbench.cli import main
from workbench.core.cropping import around
from workbench.core.errors import Problem
from workbench.engine.chain import Chain
from workbench.engine.predictions import stream_answers
from workbench.engine.tasks import engine_task
from workbench.formats.voc import VocConvention, read_voc
from workbench.jobs.commands import CameraFrame, Predict, Watch
from workbench.jobs.events import Predictions, WatchResult
from workbench.media.video.reader import VideoReader
from workbench.media.video.writer import VideoWriter
from workbench.project.runs import RunFolder, list_runs


@pytest.fixture(scope="module")
def judge(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of the crops of ``trained`` with a model that tells the classes apart."""
    project = tmp_path_factory.mktemp("judge") / "shapes crops"
    assert main(["crops", str(trained), "--out", str(project)]) == 0
    assert main(["train", str(project), "--recipe", "lenet-5", "--device", "cpu", "--epochs",
                 "1"]) == 0
    return project


class SilentControl:
    """Nobody pauses or cancels."""

    def listen(self, *_: Any) -> None: ...

    def check(self) -> None: ...


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def told(capsys: pytest.CaptureFixture[str], *command: str) -> Any:
    capsys.readouterr()
    assert main(["predict", *command, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_box_is_given_the_label_that_its_crop_has(
    trained: Path, judge: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = [str(trained / "images" / f"{number:03d}.png") for number in range(12)]
    found = told(capsys, str(trained), *images, "--then", str(judge), "--score-thresh", "0.1")
    plain = told(capsys, str(trained), *images, "--score-thresh", "0.1")
    assert [{key: value for key, value in item.items() if not key.startswith("then")}
            for item in found] == plain, "the detector's own answers stay"
    crops: dict[str, tuple[str, float]] = {}
    unsure = 0
    for number, item in enumerate(found):
        with Image.open(item["file"]) as picture:
            whole = picture.convert("RGB")
        for row, (box, score) in enumerate(zip(item["boxes"], item["scores"], strict=True)):
            place = around(box, whole.size)
            unsure += score < 0.2
            if item["then_labels"][row]:
                assert score >= 0.2 and place is not None
                path = tmp_path / f"{number}-{row}.png"
                whole.crop(place).save(path)
                crops[str(path)] = item["then_labels"][row], item["then_scores"][row]
    assert len(crops) > 5
    alone = {item["file"]: item for item in told(capsys, str(judge), *crops)}
    for file, (label, score) in crops.items():
        assert alone[file]["label"] == label
        assert alone[file]["scores"][label] == pytest.approx(score, abs=2e-3)
    events: list[Any] = []
    stream_answers(Predict("p", str(trained), "", images, stream=True, score_thresh=0.1,
                           then=str(list_runs(judge)[0].path)),
                   RunFolder.find(trained, ""), events.append, SilentControl())
    streamed = [item for event in events if isinstance(event, Predictions) for item in event.items]
    assert streamed == found, "as the window asks"
    only = crops[next(iter(crops))][0]
    some = told(capsys, str(trained), *images, "--then", str(judge), "--then-only", only)
    asked = {label for item in some for label, then in zip(
        item["labels"], item["then_labels"], strict=True) if then}
    assert asked <= {only} and any(item["labels"] for item in some)


def test_the_second_label_is_in_tables_labels_and_folders(
    trained: Path, judge: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    run = list_runs(judge)[0]
    image = trained / "images" / "001.png"
    film = tmp_path / "film.mp4"
    with Image.open(image) as picture, VideoWriter(film, 10) as writer:
        for _ in range(10):
            writer.put(np.asarray(picture.convert("RGB")))
    command = ["predict", str(trained), str(image), str(film), "--then", str(run.path), "--out",
               str(out), "--save-crops", "--draw"]
    assert main(command) == 0
    assert main(command) == 0, "and goes on"
    found = rows((out / "predictions.csv").read_text("utf-8"))
    assert found and list(found[0])[-4:-2] == ["then", "then_score"]
    assert all(0 <= float(item["then_score"]) <= 1 for item in found if item["then"])
    assert sorted(path.parent.relative_to(out / "crops").as_posix()
                  for path in (out / "crops").rglob("*.jpg")) == sorted(
        f"{item['label']}/{item['then']}" if item["then"] else item["label"] for item in found)
    labels = tmp_path / "labels"
    assert main(["predict", str(trained), str(image), "--then", str(judge), "--out", str(labels),
                 "--format", "voc"]) == 0
    [path] = labels.rglob("*.xml")
    boxes = read_voc(path, VocConvention.AS_IS).annotation.objects
    assert [item.attributes["then"] for item in boxes if "then" in item.attributes] == [
        item["then"] for item in found if item["frame"] == "" and item["then"]]
    assert any("then_score" in item.attributes for item in boxes)
    assert main(["predict", str(trained), str(image), "--then", str(judge)]) == 0
    assert f"{found[0]['label']}: {found[0]['then']} (" in capsys.readouterr().out
    assert main(["predict", str(judge), str(image), "--then", str(judge)]) == 2
    assert "finds no boxes" in capsys.readouterr().err
    assert main(["predict", str(trained), str(image), "--then", str(trained)]) == 2
    assert "cannot be asked about boxes" in capsys.readouterr().err
    assert main(["predict", str(trained), str(image), "--out", str(out)]) == 2, "of one model only"
    capsys.readouterr()
    assert main(["predict", str(trained), str(image), "--then-only", "circle"]) == 2
    assert "--then-only needs a second model" in capsys.readouterr().err
    assert main(["predict", str(trained), str(image), "--then", str(judge), "--then-only",
                 "no such class"]) == 2
    assert "no class called no such class" in capsys.readouterr().err


def test_a_classifier_looks_at_frames_as_at_images(
    judge: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = sorted((judge / "images").rglob("*.jpg"))[:6]
    film = tmp_path / "film.mp4"
    with VideoWriter(film, 5) as writer:
        for path in pictures * 6:
            with Image.open(path) as picture:
                writer.put(np.asarray(picture.convert("RGB").resize((64, 48))))
    found = told(capsys, str(judge), str(film), "--every", "5")
    assert [(item["frame"], item["time"]) for item in found] == [
        (number, number / 5) for number in range(0, 36, 5)]
    with VideoReader(film) as reader:
        for frame in reader.frames(0, 5):
            Image.fromarray(frame.pixels).save(tmp_path / f"{frame.number:03d}.png")
    alone = told(capsys, str(judge), *map(str, sorted(tmp_path.glob("*.png"))))
    assert [item["label"] for item in found] == [item["label"] for item in alone]
    for item, other in zip(found, alone, strict=True):
        assert item["scores"] == pytest.approx(other["scores"], abs=1e-3)
    out = tmp_path / "out"
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(film.read_bytes()[:400])
    shutil.copyfile(pictures[0], tmp_path / "a.jpg")
    assert main(["predict", str(judge), str(cut), str(film), str(tmp_path / "a.jpg"), "--every",
                 "6", "--out", str(out), "--save-crops"]) == 1
    assert "cut.mp4" in capsys.readouterr().err
    assert len(rows((out / "predictions.csv").read_text("utf-8"))) == 7
    assert sorted(path.name for path in (out / "sorted").rglob("*.*")) == [
        "a.jpg", *(f"film-{number:06d}.jpg" for number in range(0, 36, 6))]
    assert main(["predict", str(judge), str(film), "--line", "0,0,9,9"]) == 2
    assert "--line means nothing" in capsys.readouterr().err


def test_an_image_that_goes_meanwhile_keeps_its_boxes(tmp_path: Path) -> None:
    gone = {"file": str(tmp_path / "gone.png"), "size": [40, 40], "boxes": [[1, 1, 30, 30]],
            "labels": ["cat"], "scores": [0.9]}
    item, problem = Chain(lambda crops: []).follow([gone])
    assert item == {**gone, "then_labels": [""], "then_scores": [None]}
    assert isinstance(problem, Problem) and "gone.png" in problem.reason
    first = Problem("a", "unreadable-image", "no")
    assert list(Chain(lambda crops: []).follow([first])) == [first]


def test_boxes_of_a_picture_in_memory_and_numbers() -> None:
    item = {"file": "", "boxes": [[0, 0, 20, 20], [1, 0, 20, 20], [30, 30, 33, 33],
                                  [20, 20, 40, 40]],
            "labels": ["cat", "cat", "cat", "dog"], "scores": [0.9, 0.8, 0.7, 0.6]}
    seen: list[tuple[int, ...]] = []

    def number(crops: Any) -> list[dict[str, Any]]:
        seen.extend(crop.shape for crop in crops)
        return [{"label": "3.5", "value": 3.5} for _ in crops]

    found = Chain(number, ["cat"]).at_once(item, np.zeros((40, 40, 3), np.uint8))
    assert found["then_labels"] == ["3.5", "", "", ""], "not twice, not too small, not the dog"
    assert found["then_scores"] == [None] * 4 and seen == [(22, 22, 3)]


def test_a_camera_is_watched_by_both(trained: Path, judge: Path) -> None:
    with Image.open(trained / "images" / "001.png") as picture:
        data = io.BytesIO()
        picture.convert("RGB").save(data, "JPEG")
    frame = CameraFrame("w", 1, base64.b64encode(data.getvalue()).decode("ascii"))

    class Control:
        left = 1

        def take(self) -> list[CameraFrame]:
            if not self.left:
                raise StopIteration
            self.left -= 1
            return [frame]

    events: list[Any] = []
    job = Watch("w", str(trained), list_runs(trained)[0].name, then=str(list_runs(judge)[0].path))
    with pytest.raises(StopIteration):
        engine_task("detection").watch(job, events.append, Control())
    [seen] = events
    assert isinstance(seen, WatchResult) and any(seen.item["then_labels"])
    with pytest.raises(StopIteration):
        engine_task("image-classification").watch(
            Watch("w", str(judge), ""), events.append, Control())
    assert set(events[1].item) == {"file", "label", "scores"}
