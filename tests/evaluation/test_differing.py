"""Good and faulty images told apart by one score, against plain counting."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest

from workbench.evaluation.differing import judged


@pytest.mark.parametrize("seed", range(4))
def test_auroc_is_the_chance_that_a_faulty_image_scores_higher(seed: int) -> None:
    chance = np.random.default_rng(seed)
    faulty = chance.random(60) < 0.3
    scores = np.round(chance.random(60) + 0.3 * faulty, 1)  # with ties
    pairs = [1.0 if bad > good else 0.5 if bad == good else 0.0
             for bad in scores[faulty] for good in scores[~faulty]]
    assert judged(scores, faulty).auroc == pytest.approx(np.mean(pairs))


def test_figures_at_a_limit_are_counted() -> None:
    found = judged([0.2, 0.5, 0.6, 0.9], [False, False, True, True], 0.55)
    assert found.confusion.tolist() == [[2, 0], [0, 2]]
    found = judged([0.2, 0.6, 0.5, 0.9, 0.8], [False, False, True, True, True], 0.55)
    assert found.confusion.tolist() == [[1, 1], [1, 2]]
    assert (found.precision, found.recall) == (2 / 3, 2 / 3)
    assert found.false_alarms == 0.5 and found.f1 == pytest.approx(2 / 3)
    assert found.to_json()["confusion"]["matrix"] == [[1, 1], [1, 2]]


def test_a_score_of_the_limit_differs() -> None:
    assert judged([0.5], [True], 0.5).called.tolist() == [True]


def test_without_faulty_images_nothing_is_said_of_them() -> None:
    found = judged([0.2, 0.6], [False, False])
    assert isnan(found.auroc) and isnan(found.recall)
    assert found.numbers() == {"false_alarms": 0.5}  # a precision of 0 would look like a fault
    assert found.to_json()["auroc"] is None
    assert judged([], []).numbers() == {}
