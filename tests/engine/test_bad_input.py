"""Too little, too small, all in one place: it trains, or says plainly why not and what helps.

Through the pre-flight and the training, as the window and the shell call them, and ``workbench
train``; a real engine process does the main ones again in ``test_compact_process.py``.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from odd_projects import BLUE, DOT, NOTHING, ONCE, ONE, RED, many, odd_project

from tests.project.helpers import add_image
from workbench.cli import main
from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import WorkbenchError
from workbench.core.outlines import Keypoints, Polygon
from workbench.core.shapes import Box
from workbench.engine.training import budget
from workbench.engine.training.control import TrainControl
from workbench.engine.training.preflight import preflight
from workbench.engine.training.train import train
from workbench.formats.voc import new_voc
from workbench.jobs.commands import TrainRequest
from workbench.jobs.events import Epoch, Event, Failed, Finished, LogLine, PreflightDone
from workbench.project.runs import list_runs


def check(project: Path, request: TrainRequest = ONCE) -> PreflightDone:
    return preflight(project, request, lambda event: None, TrainControl())


def learn(project: Path, request: TrainRequest = ONCE) -> list[Event]:
    events: list[Event] = []
    run = train(project, request, events.append, TrainControl())
    assert run.state["state"] == "finished" and run.best_path.is_file()
    return events


def said(events: list[Event]) -> str:
    return "\n".join(event.text for event in events if isinstance(event, LogLine))


# What trains, with a word about it

SOME_EMPTY = [*many(RED, BLUE, images=4), *many(images=4)]
MIXED = [((32, 32), (DOT, ("red", (2.0, 2.0, 20.0, 20.0)))), ((900, 120), (RED, BLUE)),
         ((120, 900), (RED, BLUE)), ((1200, 1000), (("blue", (90.0, 90.0, 800.0, 900.0)),))]


@pytest.mark.parametrize(("pictures", "part", "words"), [
    (ONE, "", ["only 1 image to learn from", "validation uses the training images",
               "held back for a final test", "only one example of ",
               "a few more will help"]),
    (many(RED), "", ["only 6 images to learn from, 2 are kept to test the model: more"]),
    (SOME_EMPTY, "train", ["no validation images: nobody can tell which epoch is best",
                           "held back for a final test"]),
    (many(RED, BLUE), "train", ["no validation images", "held back for a final test"]),
    ([*many(RED, images=5), *many(RED, BLUE, images=1)], "train", ["only one example of blue"]),
    (MIXED * 2, "train", ["most boxes are less than 4 pixels wide or high at 64×48 px"]),
], ids=["one image", "one class", "images without boxes", "all in train", "a class with one sample",
        "mixed sizes"])
def test_it_trains_and_says_what_would_help(
    tmp_path: Path, pictures: Any, part: str, words: list[str]
) -> None:
    project = odd_project(tmp_path / "p", pictures, part)
    warnings = "\n".join(check(project).warnings)
    events = learn(project)
    for text in words:
        assert text in warnings
        assert text[1:] in said(events)  # there it begins with a capital
    assert not [event for event in events if isinstance(event, Failed)]


@pytest.mark.parametrize("polygons", [1, 3])
def test_it_says_what_is_learned_of_other_shapes(tmp_path: Path, polygons: int) -> None:
    triangle = Polygon((((30.0, 5.0), (60.0, 5.0), (45.0, 30.0)),))
    drawn = [Box(2, 2, 20, 20), Keypoints(((5.0, 30.0), (20.0, 44.0)), (2, 2)),
             *(triangle.moved(0, 3 * number) for number in range(polygons))]
    for number in range(8):
        image = add_image(tmp_path, f"{number}.png", seed=number)
        whole = Annotation(tuple(LabeledObject("red", shape) for shape in drawn), size=(64, 48))
        image.with_suffix(".xml").write_bytes(new_voc(whole, image_path=image, depth=1))
    found = check(tmp_path)
    [told] = [text for text in found.warnings if "boxes around" in text]
    most = polygons == 3
    shapes = r"\d sets" if most else r"(\d) sets of key points, \1 polygons"
    assert re.match(shapes, told) and ("polygons" in told) != most
    assert ("the outlines of objects are learned, too" in found.shape) == most


def test_a_picture_that_breaks_off_is_named_before_and_left_out(tmp_path: Path) -> None:
    project = odd_project(tmp_path / "p", many(RED, BLUE), "train")
    first, cut = sorted((project / "images").iterdir())[:2]
    cut.write_bytes(cut.read_bytes()[:-200])
    first.write_bytes(first.read_bytes()[:-12])  # only the mark of the end: all of it is there
    words = f"breaks off: a part of the picture is missing, so it is left out ({cut.name})"
    found = check(project)
    warning, = (item for item in found.warnings if words in item)
    assert found.look[warning] == str(cut), "which the window shows at a click"
    assert words in said(learn(project))
    assert first.name not in "\n".join(found.warnings)


def test_a_class_without_a_training_example_is_named(tmp_path: Path) -> None:
    project = odd_project(tmp_path / "p", many(RED, images=4), "train")
    (project / "workbench.toml").write_text(
        'name = "p"\nclasses = ["red", "zebra"]\nimages = "images"\nannotations = "annotations"\n')
    words = "no training example of zebra: it will not be found before some are labelled"
    assert words in check(project).warnings
    assert "zebra" in said(learn(project))


# Boxes of one pixel


def test_boxes_of_one_pixel_train_with_a_warning(tmp_path: Path) -> None:
    project = odd_project(tmp_path / "p", many(DOT), "train")
    wish = TrainRequest(recipe="compact-n", epochs=1, device="cpu",
                        settings={"image_size": 96, "batch_size": 4})
    words = "most boxes are less than 4 pixels wide or high at 96×64 px"
    assert any(words in text for text in check(project, wish).warnings)
    assert words[1:] in said(learn(project, wish))


def test_boxes_that_the_model_cannot_see_at_all_are_refused(tmp_path: Path) -> None:
    project = odd_project(tmp_path / "p", many(DOT), "train")
    wish = replace(ONCE, settings={**ONCE.settings, "tiles": "off"})
    for does in (check, learn):
        with pytest.raises(WorkbenchError, match="all boxes are smaller than one pixel at 64×48 px"
                           r".*choose a larger image size"):
            does(project, wish)
    some = odd_project(tmp_path / "q", many(DOT, RED), "train")
    words = "8 of 16 boxes are smaller than one pixel at 64×48 px and teach nothing"
    assert any(words in text for text in check(some, wish).warnings)
    assert not list_runs(project)


# What cannot be trained

@pytest.mark.parametrize("case", list(NOTHING))
def test_what_cannot_be_learned_is_refused_with_what_helps(tmp_path: Path, case: str) -> None:
    pictures, part, words = NOTHING[case]
    project = odd_project(tmp_path / "p", pictures, part)
    for does in (check, learn):
        with pytest.raises(WorkbenchError, match=words) as refused:
            does(project)
        assert "\n" not in str(refused.value)
    assert not list_runs(project)


def test_boxes_on_test_images_only(tmp_path: Path) -> None:
    project = odd_project(tmp_path / "p", [*many(images=2), *many(RED, images=2)])
    split = {"version": 1, "train": ["images/000.png", "images/001.png"], "val": [],
             "test": ["images/002.png", "images/003.png"]}
    (project / "splits").mkdir()
    (project / "splits" / "default.json").write_text(json.dumps(split))
    with pytest.raises(WorkbenchError, match="no box on any of the 2 images for training, only "
                       "on those for validation and testing: label more images"):
        check(project)


# Too little time


def in_minutes(minutes: float) -> TrainRequest:
    return TrainRequest(recipe="compact-n", minutes=minutes, device="cpu", settings=ONCE.settings)


def test_too_little_time_for_starting_is_told_before(tmp_path: Path) -> None:
    project = odd_project(tmp_path / "p", many(RED, BLUE))
    answer = preflight(project, in_minutes(0.1), lambda event: None, TrainControl(),
                       began=time.monotonic() - 20)  # a slow machine took so long to import torch
    assert any("6.0 s is less than starting and ending take (about " in text
               and "or more" in text for text in answer.warnings)
    assert not any("give" in text for text in check(project, in_minutes(30)).warnings)


def test_too_little_time_for_an_epoch_trains_and_says_how_much_was_seen(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "LEARNING_SHARE", 0.0)  # one step is always made
    monkeypatch.setattr(budget, "MOST_STRETCHED", 0.0)  # and no time is added
    project = odd_project(tmp_path / "p", many(RED, BLUE, images=30), "train")
    events: list[Event] = []
    train(project, in_minutes(0.05), events.append, TrainControl(), began=time.monotonic() - 20)
    assert "were over when 4 of 30 images had been seen" in said(events)
    assert "or more" in said(events)
    assert isinstance(events[-1], Finished) and list_runs(project)[0].best_path.is_file()


def test_a_long_start_does_not_use_up_the_time_for_learning(
        tmp_path: Path, clock: SimpleNamespace) -> None:
    clock.step = 0.3
    project = odd_project(tmp_path / "p", many(RED, BLUE, images=8), "train")
    events: list[Event] = []
    train(project, in_minutes(0.1), events.append, TrainControl(), began=-20.0)
    assert "so this training takes 2" in said(events)
    assert "instead of 6.0 s: half of the time you gave is kept for learning" in said(events)
    epochs = [event.epoch for event in events if isinstance(event, Epoch)]
    assert len(epochs) > 1  # three seconds of two tiny batches each


# The shell


def test_the_shell_says_it_in_one_line_with_exit_code_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for case in ("no label", "all in test"):
        pictures, part, _ = NOTHING[case]
        project = str(odd_project(tmp_path / case, pictures, part))
        for more in ([], ["--check"]):
            capsys.readouterr()
            assert main(["train", project, "--device", "cpu", *more]) == 1
            told = capsys.readouterr()
            assert len(told.err.strip().splitlines()[-1:]) == 1 and "Traceback" not in told.err
            sentence = told.err.strip().splitlines()[-1]
            assert sentence.startswith("workbench train: there is no") or "the split" in sentence
            assert main(["train", project, "--device", "cpu", *more, "--json"]) == 1
            failed = [json.loads(line) for line in capsys.readouterr().out.splitlines()][-1]
            assert failed["event"] == "failed"
            assert sentence.removeprefix("workbench train: ") == failed["message"]


def test_where_no_image_can_be_read_the_training_has_failed(tmp_path: Path) -> None:
    project = odd_project(tmp_path / "p", many(RED, BLUE, images=4))
    for path in (project / "images").glob("*.png"):
        path.write_bytes(path.read_bytes()[:60])  # the header is whole, the picture is gone
    with pytest.raises(WorkbenchError, match="none of the training images could be read"):
        train(project, ONCE, lambda event: None, TrainControl())
    run = list_runs(project)[0]
    assert run.state["state"] == "failed"
    assert "nothing was learned" in run.state["message"]
    assert main(["train", str(project), "--epochs", "1"]) == 1
