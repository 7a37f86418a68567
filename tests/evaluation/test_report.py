"""The report stands alone and says what the evaluation says."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser

import pytest

from workbench.core.detections import Detections, Truth
from workbench.evaluation.box_report import build_report
from workbench.evaluation.evaluate import evaluate
from workbench.evaluation.report_page import ReportImage

CLASSES = ["red <cells>", "b", "c"]
PICTURE = base64.b64encode(b"\xff\xd8 a picture").decode()
VOID = {"meta", "img"}


class Checker(HTMLParser):
    """Collects texts and notes a tag that is not closed."""

    def __init__(self):
        super().__init__()
        self.open, self.texts, self.sources = [], [], []

    def handle_starttag(self, tag, attrs):
        self.sources += [value for name, value in attrs if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        assert tag in {"line", "circle", "polyline"}

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture
def page(make_set):
    truths, raw = make_set(2, images=9)
    result = evaluate(truths, raw, CLASSES)
    html = build_report(
        result, title="Blood & cells", run="2024-05-01-compact", split="test",
        config={"recipe": "compact-n", "settings": {"lr": 0.01}, "files": list(range(70))},
        images=[ReportImage("one.jpg", PICTURE)],
        colors=["#aa0000"],
    )
    return result, html


def test_it_is_one_whole_file(page):
    _, html = page
    checker = Checker()
    checker.feed(html)
    assert checker.open == []
    assert checker.sources == [f"data:image/jpeg;base64,{PICTURE}"]
    assert not re.search(r"https?:|@import|url\(|<script", html)
    assert "prefers-color-scheme: dark" in html


def test_it_holds_the_numbers(page):
    result, html = page
    checker = Checker()
    checker.feed(html)
    text = " ".join(checker.texts)
    for value in (result.map, result.map_50, result.map_75, result.f1, result.precision,
                  result.recall, *(item.ap for item in result.per_class)):
        assert f"{value:.3f}" in text
    for value in result.confusion.ravel():
        assert f">{value:,}</td>" in html
    assert f"{result.shown:,} detections shown of {result.raw:,} raw" in text
    assert "settings.lr" in text and "0.01" in text and "(70 in all)" in text
    assert "red <cells>" in text and "Blood & cells" in text  # escaped in the file itself
    assert "<cells>" not in html


def test_curves_stay_inside_the_plot_and_end_at_the_threshold(page):
    result, html = page
    for points in re.findall(r'points="([^"]*)"', html):
        for pair in points.split():
            x, y = map(float, pair.split(","))
            assert 38 <= x <= 410 and 8 <= y <= 224
    for curve in result.curves:
        precision, recall = curve.at(0.25)
        assert f"precision {precision:.3f}, recall {recall:.3f}" in html


def test_nothing_to_report_is_a_page_too():
    result = evaluate([Truth.empty()], [Detections.empty()], ["a"])
    checker = Checker()
    checker.feed(build_report(result, title="t", run="r", split="val"))
    assert checker.open == []
    assert "–" in " ".join(checker.texts)


def test_a_colour_is_text_too(make_set):
    truths, raw = make_set(2, images=3)
    html = build_report(evaluate(truths, raw, CLASSES), title="t", run="r", split="val",
                        colors=['"><script>'])
    assert "<script" not in html


@pytest.mark.parametrize("pointed", [True, False])
def test_it_says_how_well_key_points_are_found_where_there_are_some(make_keypoints, pointed):
    truths, raw = make_keypoints(3)
    if not pointed:
        raw = [Detections(item.boxes, item.scores, item.labels) for item in raw]
    result = evaluate(truths, raw, CLASSES)
    html = build_report(result, title="", run="", split="test")
    assert (f'Key points found</span><b>{result.keypoint_pck:.3f}</b>' in html) == pointed
    assert (f'Key point mAP</span><b>{result.keypoint_map:.3f}</b>' in html) == pointed
    assert ("PCK@0.1" in html) == ("σ 0.05" in html) == ("by boxes" in html) == pointed


@pytest.mark.parametrize("outlined", [True, False])
def test_it_says_how_well_outlines_are_found_where_there_are_some(make_outlined, outlined):
    truths, raw = make_outlined(3)
    if not outlined:
        raw = [Detections(item.boxes, item.scores, item.labels) for item in raw]
    result = evaluate(truths, raw, CLASSES)
    html = build_report(result, title="", run="", split="test")
    assert (f'Outline overlap</span><b>{result.outline_iou:.3f}</b>' in html) == outlined
    assert (f'Outline mAP</span><b>{result.outline_map:.3f}</b>' in html) == outlined
    assert ("by boxes" in html) == outlined
