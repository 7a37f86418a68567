"""The report on sounds stands alone and says what the classification says."""

from __future__ import annotations

import base64
import re

import numpy as np

from tests.evaluation.test_report import Checker
from workbench.evaluation.class_report import render_class_report
from workbench.evaluation.classification import Classification, classify, worst_mistakes
from workbench.evaluation.report_page import ReportImage

PICTURE = base64.b64encode(b"\x89PNG a picture").decode()


def made(classes: int = 3, samples: int = 40, threshold: float = 0.0) -> Classification:
    chance = np.random.default_rng(5)
    scores = chance.dirichlet(np.ones(classes), samples)
    names = [f"class <{index}>" for index in range(classes)]
    return classify(scores, chance.integers(0, classes, samples), names, threshold)


def test_it_is_one_whole_file_with_all_figures() -> None:
    result = made()
    html = render_class_report(
        result, "sound", title="Birds & frogs", run="2026-sound", split="test",
        config={"settings": {"lr": 0.01}},
        mistakes=[ReportImage("a.wav: b taken for c (0.91)", PICTURE, "image/png")])
    checker = Checker()
    checker.feed(html)
    assert checker.open == []
    assert checker.sources == [f"data:image/png;base64,{PICTURE}"]
    assert not re.search(r"https?:|@import|url\(|<script", html)
    text = " ".join(checker.texts)
    figures = result.to_json()
    assert "Calibration" in text and "Top 5" not in text
    for value in (figures["accuracy"], figures["f1"], figures["roc_auc"],
                  figures["calibration"]["error"],
                  *(value for item in result.per_class
                    for value in (item.precision, item.recall, item.f1, item.roc_auc))):
        assert f"{value:.3f}" in text
    for value in result.confusion[:3, :3].ravel():
        assert f">{value:,}</td>" in html
    assert "class <0>" in text and "<0>" not in html
    assert "a.wav: b taken for c (0.91)" in text and "settings.lr" in text
    assert "upright" not in html.partition("<body>")[2]


def test_many_classes_stand_upright() -> None:
    html = render_class_report(made(12), "sound", title="t", run="r", split="val")
    assert 'class="matrix upright"' in html and "Top 5" in html


def test_the_surest_mistake_comes_first_and_silence_is_none() -> None:
    result = made(threshold=0.6)
    order = worst_mistakes(result)
    confidence = result.confidence[order]
    assert len(order) > 3 and (np.diff(confidence) <= 0).all()
    assert all(result.predicted[row] not in (result.truth[row], 3) for row in order)
    assert (confidence >= 0.6).all()


def test_nothing_to_report_is_a_page_too() -> None:
    result = classify(np.zeros((0, 2)), np.zeros(0, np.int64), ["a", "b"])
    checker = Checker()
    checker.feed(render_class_report(result, "sound", title="t", run="r", split="val"))
    assert checker.open == [] and "–" in " ".join(checker.texts)
