"""Window and shell judge a run by the same classes, also after one was renamed or added."""

from __future__ import annotations

import json
import struct
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.class_names import classes_of_run
from workbench.core.detections import Detections
from workbench.core.shapes import Bounds, Box
from workbench.engine.models.card import KEY, ModelCard
from workbench.extension.detection import DataFacts
from workbench.extension.engine_task import SilentReporter
from workbench.formats.predictions import PredictionSet, save_predictions
from workbench.formats.voc import new_voc
from workbench.project.datasets.splits import Split, save_split
from workbench.project.manifest import Manifest
from workbench.project.runs import RunFolder
from workbench.tasks.detection.results import open_results, read_labels, relabelled
from workbench.tasks.detection.shell import TASK
from workbench.tasks.detection.shell_evaluate import RunReport, evaluate_run

BOXES = {"red": (5.0, 5.0, 20.0, 20.0), "blue": (40.0, 10.0, 60.0, 30.0)}
SIZE = (96, 64)


def label(project: Path, name: str, *objects: tuple[str, Bounds]) -> None:
    made = tuple(LabeledObject(title, Box(*box)) for title, box in objects)
    annotation = Annotation(made, size=SIZE)
    path = project / f"{name}.png"
    (project / f"{name}.xml").write_bytes(new_voc(annotation, image_path=path))


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    keys = [f"{number}.png" for number in range(4)]
    for key in keys:
        Image.new("RGB", SIZE).save(tmp_path / key)
        label(tmp_path, key[:-4], *BOXES.items())
    save_split(tmp_path, Split(train=keys, test=keys))
    run = RunFolder.create(tmp_path, "compact-n", {
        "recipe": "compact-n", "classes": list(BOXES), "split": {"name": "default"}})
    facts = asdict(DataFacts(1, 1, (), (), (), 1, (1, 1)))
    card = ModelCard("id", "compact-n", tuple(BOXES), {}, facts, SIZE)
    header = json.dumps({"__metadata__": {KEY: json.dumps(card.to_json())}}).encode()
    run.best_path.write_bytes(struct.pack("<Q", len(header)) + header)
    found = Detections(np.array(list(BOXES.values()), np.float32), np.array([0.9, 0.8], np.float32),
                       np.array([0, 1], np.int64))
    save_predictions(run.predictions_path("test"), PredictionSet(
        keys, [SIZE] * 4, [found] * 4, list(BOXES), {"model": "id"}))
    return run


def shell(run: RunFolder) -> RunReport:
    return evaluate_run(run.project, run, "test", score_thresh=0.25, nms_thresh=0.5, match_iou=0.5,
                        device="cpu", reporter=SilentReporter())


def test_after_a_rename_and_with_a_new_class_both_say_the_same(run: RunFolder) -> None:
    project = run.project
    manifest = Manifest.load(project)
    manifest.classes = ["rot", "blue"]
    manifest.save(project)
    for number in range(4):
        label(project, str(number), ("rot", BOXES["red"]), ("blue", BOXES["blue"]),
              *([("new", (70.0, 40.0, 90.0, 60.0))] if number < 3 else []))

    report = shell(run)
    window = open_results(run, "test", read_labels(project, "default"), manifest.classes, {})
    ours, theirs = window.live.update(0.25, 0.5, 0.5), report.evaluation
    assert ours.to_json() == theirs.to_json()
    assert theirs.classes == ("rot", "blue", "new")
    assert theirs.truths == 11
    assert theirs.map == pytest.approx(2 / 3)  # a class that the model does not know is missed
    assert theirs.recall == pytest.approx(8 / 11)
    told = ["“red” is called “rot” now.",
            "This model was not trained on “new”: 3 objects are counted as missed."]
    assert window.known.words() == report.classes.words() == told

    mended = relabelled(window, {f"{number}.png": (LabeledObject("rot", Box(*BOXES["red"])),)
                                 for number in range(4)})
    assert mended.classes == ("rot", "blue")
    assert mended.known.words() == told[:1]


def test_what_cannot_be_divided_is_no_zero(run: RunFolder) -> None:
    for number in range(4):
        label(run.project, str(number), ("red", BOXES["red"]))
    data = shell(run).evaluation.to_json()
    blue = data["per_class"][1]
    assert (blue["recall"], blue["precision"], blue["f1"]) == (None, 0, 0)
    words = list(TASK.figure_lines({**data, "run": "a", "split": "test", "verdict": ""}))
    line = next(text for text in words if text.startswith("blue"))
    assert line.split() == ["blue", "0", "–", "–", "0.000", "–", "0.000"]


def test_the_names_are_followed_by_position_and_the_rest_is_counted() -> None:
    known = classes_of_run(["a", "b"], ["a", "bee"], ["a", "c", "c"])
    assert known.names == ("a", "bee") and known.all == ("a", "bee", "c")
    assert known.renamed == {"b": "bee"} and known.unknown == {"c": 2}
    assert classes_of_run(["a"], []).words() == []
