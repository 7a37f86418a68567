"""The report of a classifier of images: a page for two classes as for a thousand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from tests.evaluation.test_report import Checker
from workbench.evaluation.class_report import most_confused
from workbench.evaluation.classification import classify
from workbench.tasks.image_classification.dataset import LabelledImage
from workbench.tasks.image_classification.report import write_image_report


def report(folder: Path, classes: list[str], truth: list[int], taken: list[int]) -> str:
    scores = np.full((len(truth), len(classes)), 0.1 / len(classes))
    scores[np.arange(len(taken)), taken] = 0.9
    images = []
    for number, row in enumerate(truth):
        path = folder / f"{number}.png"
        Image.new("RGB", (300, 20), (number, 0, 0)).save(path)
        images.append(LabelledImage(path.name, path, classes[row]))
    result = classify(scores, np.asarray(truth), classes)
    out = write_image_report(folder / "report.html", result, images, title="t", run="r",
                             split="test", config={"recipe": "instant"}, colors=["#123456"])
    return out.read_text("utf-8")


def test_a_few_classes_have_a_matrix_and_mistakes_have_pictures(tmp_path: Path) -> None:
    html = report(tmp_path, ["ant", "<bee>"], [0, 0, 1], [0, 1, 1])
    Checker().feed(html)
    assert "3 images · 1 mistake · 2 classes" in html and "actual ↓ predicted →" in html
    assert "1.png: ant taken for &lt;bee&gt; (0.90)" in html and "<bee>" not in html
    assert html.count("data:image/jpeg;base64,") == 1 and "Most confused" not in html
    assert html.count("<svg") == 3  # ROC, precision over recall, calibration
    assert "Precision over recall" in html and "Average precision" in html


def test_of_many_classes_the_pairs_are_listed(tmp_path: Path) -> None:
    classes = [f"class {number}" for number in range(1000)]
    html = report(tmp_path, classes, [0, 1, 1, 2], [0, 5, 5, 3])
    Checker().feed(html)
    assert "Most confused" in html and "actual ↓" not in html and len(html) < 1_000_000
    result = classify(np.eye(3)[[0, 1, 1, 0]], np.asarray([0, 2, 2, 1]), ["a", "b", "c"])
    assert most_confused(result) == [("c", "b", 2), ("b", "a", 1)]
