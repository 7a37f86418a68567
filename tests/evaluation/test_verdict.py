"""A verdict says what the figures say."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.core.arrays import FloatArray
from workbench.core.detections import Detections, Truth
from workbench.evaluation.evaluate import evaluate
from workbench.evaluation.result import Evaluation
from workbench.evaluation.verdict import mistake_counts, verdict
from workbench.evaluation.wilson import wilson_interval


def judged(found: int, missed: int, extra: int, confused: int = 0,
           classes: tuple[str, ...] = ("cell",)) -> Evaluation:
    """An evaluation with so many hits, misses, extra detections and confusions."""
    truths = found + missed + confused
    boxes = [(20.0 * i, 0.0, 20.0 * i + 10, 10.0) for i in range(truths + extra)]
    seen = [*range(found), *range(found + missed, truths + extra)]
    labels = [0] * found + [1] * confused + [0] * extra
    raw = Detections(np.array([boxes[i] for i in seen], np.float32).reshape(-1, 4),
                     np.full(len(seen), 0.9, np.float32), np.array(labels, np.int64))
    truth = Truth(np.array(boxes[:truths], np.float32).reshape(-1, 4),
                  np.zeros(truths, np.int64), np.zeros(truths, np.bool_))
    return evaluate([truth], [raw], classes)


def test_counts_are_those_of_the_matrix() -> None:
    evaluation = judged(5, 3, 2, 1, ("cell", "other"))
    assert mistake_counts(evaluation) == {"missed": 3, "extra": 2, "confused": 1}


@pytest.mark.parametrize(("found", "missed", "extra", "title", "tone"), [
    (90, 10, 5, "Finds 9 of 10 “cell”", "ok"),
    (100, 0, 0, "Finds every “cell”", "ok"),
    (98, 2, 0, "Finds nearly every “cell”", "ok"),
    (50, 50, 0, "Finds 5 of 10 “cell”", "warn"),
    (1, 99, 0, "Finds almost no “cell”", "bad"),
    (2, 0, 73, "Cannot tell “cell” from the background yet", "bad"),
])
def test_the_title_says_how_many_are_found(
        found: int, missed: int, extra: int, title: str, tone: str) -> None:
    said = verdict(judged(found, missed, extra))
    assert (said.title, said.tone) == (title, tone)


def test_extra_detections_point_to_labels_that_may_be_missing() -> None:
    said = verdict(judged(60, 5, 30))
    assert "One in three detections has no label: look, labels may be missing." in said.text
    assert said.look_at == "extra"
    guessed = verdict(judged(2, 0, 73), "val", 6).text
    assert "Only 2 of 75 detections have a label behind them." in guessed
    assert "only 6 training images" in guessed and "may be missing" not in guessed


def test_what_makes_the_figures_doubtful_is_said() -> None:
    assert "Only 8 labels to judge by" in verdict(judged(6, 2, 0)).text
    assert "training images" in verdict(judged(90, 10, 0), "train").text
    assert "only 7 training images" in verdict(judged(20, 80, 50), "test", 7).text
    assert "between 83% and 94%" in verdict(judged(90, 10, 0), "test", 200).text
    assert "10% of the objects" in verdict(judged(80, 10, 0, 10, ("cell", "other"))).text


def test_classes_of_which_nothing_is_found_are_named() -> None:
    def boxes(left: float, number: int) -> FloatArray:
        return np.array([(left + 20 * i, 0, left + 20 * i + 10, 10) for i in range(number)],
                        np.float32)

    labels = np.array([0] * 40 + [1] * 3, np.int64)
    truth = Truth(np.concatenate([boxes(0, 40), boxes(2000, 3)]), labels, np.zeros(43, np.bool_))
    found = Detections(boxes(0, 40), np.full(40, 0.9, np.float32), labels[:40])
    said = verdict(evaluate([truth], [found], ("cell", "rare", "absent")))
    assert said.title == "Finds 9 of 10 objects"
    assert said.text.startswith("Not one object is found of “rare” (3).")
    nothing = Detections(boxes(5000, 1), np.full(1, 0.9, np.float32), labels[:1])
    assert "Not one" not in verdict(evaluate([truth], [nothing], ("cell", "rare"))).text, \
        "the title says it"


def test_nothing_labelled_and_nothing_found() -> None:
    assert verdict(judged(0, 0, 3)).title == "There is nothing to compare with"
    nothing = verdict(judged(0, 1000, 0))
    assert nothing.text == "There is no detection at any score: it has learned nothing yet."
    weak = Detections(np.array([(0, 0, 10, 10)], np.float32), np.full(1, 0.1, np.float32),
                      np.zeros(1, np.int64))
    truth = Truth(weak.boxes, weak.labels, np.zeros(1, np.bool_))
    assert "Nothing scores 0.25 or more: look again" in verdict(
        evaluate([truth], [weak], ("cell",))).text


def test_wilson_interval_of_a_textbook_case() -> None:
    # 15 of 50 at 95 %: 0.191 to 0.438 (Brown, Cai and DasGupta, Statist. Sci. 16, 2001)
    assert wilson_interval(0.3, 50) == pytest.approx((0.191, 0.438), abs=0.001)
