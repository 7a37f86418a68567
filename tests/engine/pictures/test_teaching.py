"""A classifier learns from what another one is sure of on images without a class."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import tiny_pictures

from tests.engine.steering import Listener, request
from workbench.engine.class_teaching import LEAST, STRICT, confident_samples, sure_scores
from workbench.engine.training.teaching import read_pseudo_labels
from workbench.engine.training.train import train
from workbench.jobs.events import Finished, LogLine
from workbench.project.datasets.splits import load_split, save_split
from workbench.project.runs import RunFolder
from workbench.tasks.image_classification.dataset import LabelledImage

NAMES = ("dots", "waves")


def test_a_student_learns_classes_and_is_judged(instant: RunFolder, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    shutil.copytree(instant.project, folder)
    for number, label in enumerate(("dots", "stripes", "waves", "dots")):
        tiny_pictures.picture(label, 900 + number).save(folder / f"new{number}.png")
    split = load_split(folder, "default")
    split.val.append("new3.png")
    save_split(folder, split)
    listen = Listener()
    run = train(folder, request(1, recipe="auto", teacher=instant.name), listen, listen.control)
    pseudo_labels = read_pseudo_labels(run)
    assert [(item["file"], item["labels"]) for item in pseudo_labels] == [
        ("new0.png", ["dots"]), ("new1.png", ["stripes"]), ("new2.png", ["waves"])], (
        "what is held back stays unseen")
    assert any("is sure of 3 objects on 3 images without labels" in line.text
               for line in listen.of(LogLine))
    verdict = listen.of(Finished)[0].result["verdict"]
    assert verdict["words"].startswith("Not better than its teacher: accuracy 1.000")
    assert not verdict["better"] and not list(folder.rglob("*.csv")), "nothing of it is a label"


def _images(*labels: str) -> list[LabelledImage]:
    return [LabelledImage(f"{place}.png", Path(f"{place}.png"), label)
            for place, label in enumerate(labels)]


def test_each_class_is_believed_from_a_score_of_its_own() -> None:
    right = _images(*["dots"] * 10, *["waves"] * 20)
    rows = [(0.7, 0.3)] * 10 + [(0.1, 0.9)] * 10 + [(0.35, 0.65)] * 10
    scores = {item.key: np.asarray(row, np.float32) for item, row in
              zip(right, rows, strict=True)}
    assert sure_scores(right, NAMES, scores) == pytest.approx([0.7, 0.65])
    wrong = [*right[:20], *_images(*[""] * 20, *["dots"] * 10)[20:]]
    assert sure_scores(wrong, NAMES, scores) == pytest.approx([0.7, 0.9]), "0.65 was wrong"
    assert sure_scores([], NAMES, {}) == pytest.approx([STRICT, STRICT])
    assert sure_scores(right[:12], NAMES, scores)[1] == pytest.approx(0.7), "all say it for few"
    proud = {item.key: np.asarray((0.999, 0.001), np.float32) for item in right}
    assert sure_scores(right[:10], NAMES, proud)[0] == pytest.approx(STRICT), "all were right"
    low = {key: np.asarray((0.55, 0.45), np.float32) for key in scores}
    assert sure_scores(right[:10], NAMES, low) == pytest.approx([LEAST, LEAST])


def test_what_is_seen_as_something_else_again_is_not_believed() -> None:
    found = confident_samples(
        _images("", "", "", ""), NAMES, np.asarray([0.8, 0.5], np.float32),
        lambda samples, words: {"0.png": np.asarray((0.9, 0.1)), "1.png": np.asarray((0.7, 0.3)),
                                "2.png": np.asarray((0.4, 0.6))},
        lambda samples, words: {item.key: np.asarray((0.6, 0.4)) for item in samples})
    assert found == [{"file": "0.png", "labels": ["dots"], "scores": [0.9]}]
