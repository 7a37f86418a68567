"""Figures of tags and numbers agree with torchmetrics."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torchmetrics.functional import classification, regression

from workbench.evaluation.regression import evaluate_numbers
from workbench.evaluation.tags import best_threshold, evaluate_tags


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.integers(2, 60), st.integers(2, 5))
def test_tags_are_judged_as_torchmetrics_does(seed: int, samples: int, tags: int) -> None:
    chance = np.random.default_rng(seed)
    scores = chance.random((samples, tags)).round(2)  # ties happen
    truth = chance.random((samples, tags)) < 0.4
    names = [str(tag) for tag in range(tags)]
    found = evaluate_tags(scores, truth, names, dict.fromkeys(names, 0.3))
    for place, item in enumerate(found.per_tag):
        given_scores = torch.from_numpy(scores[:, place])
        target = torch.from_numpy(truth[:, place]).long()
        assert item.support == int(target.sum())
        if item.average_precision is not None:
            area = classification.binary_average_precision(given_scores, target)
            assert item.average_precision == pytest.approx(float(area), abs=1e-6)
        taken = torch.from_numpy(scores[:, place] >= 0.3).long()
        for name, function in (("precision", classification.binary_precision),
                               ("recall", classification.binary_recall),
                               ("f1", classification.binary_f1_score)):
            assert (getattr(item, name) or 0.0) == pytest.approx(
                float(function(taken, target)), abs=1e-6)
        if item.roc_auc is not None:
            area = classification.binary_auroc(given_scores, target)
            assert item.roc_auc == pytest.approx(float(area), abs=1e-6)
    _means_agree(found.figures(), torch.from_numpy(scores), torch.from_numpy(truth).long())


def _means_agree(figures: dict[str, float | None], scores: torch.Tensor,
                 truth: torch.Tensor) -> None:
    """Means over the tags that exist, and figures of all decisions together."""
    there = truth.any(0)
    tags = truth.shape[1]
    for average, name, columns in (("micro", "micro_{}", slice(None)), ("macro", "{}", there)):
        for word, function in (("precision", classification.multilabel_precision),
                               ("recall", classification.multilabel_recall),
                               ("f1", classification.multilabel_f1_score)):
            kept = truth[:, columns]
            if not kept.shape[1]:
                assert figures[name.format(word)] is None
            elif kept.shape[1] > 1:  # torchmetrics wants two
                theirs = function(scores[:, columns], kept, kept.shape[1], threshold=0.3 - 1e-9,
                                  average=average)
                assert (figures[name.format(word)] or 0.0) == pytest.approx(float(theirs), abs=1e-6)
    exact = classification.multilabel_exact_match(scores, truth, tags, threshold=0.3 - 1e-9)
    assert figures["exact"] == pytest.approx(float(exact), abs=1e-6)


@given(st.integers(0, 10_000), st.integers(2, 40))
def test_no_other_threshold_is_better(seed: int, samples: int) -> None:
    chance = np.random.default_rng(seed)
    scores = chance.random(samples).round(1)
    truth = chance.random(samples) < 0.5

    def f1(threshold: float) -> float:
        taken = scores >= threshold
        return 2 * float((taken & truth).sum()) / max(1, int(taken.sum() + truth.sum()))

    if truth.any() and not truth.all():
        best = f1(best_threshold(scores, truth))
        assert all(best >= f1(other) - 1e-9 for other in np.linspace(0, 1.1, 45))


def test_a_tag_that_nobody_has_keeps_the_usual_threshold() -> None:
    assert best_threshold(np.array([0.1, 0.9]), np.zeros(2, bool)) == 0.5
    found = evaluate_tags(np.array([[0.9], [0.1]]), np.zeros((2, 1), bool), ["a"], {})
    assert found.map is None and found.to_json()["per_tag"][0]["recall"] is None


def test_numbers_are_judged_as_torchmetrics_does() -> None:
    chance = np.random.default_rng(0)
    truth = chance.normal(20, 8, 50)
    given_numbers = truth + chance.normal(0, 2, 50)
    found = evaluate_numbers(given_numbers, truth)
    ours, target = torch.from_numpy(given_numbers), torch.from_numpy(truth)
    for name, theirs in (
        ("mae", regression.mean_absolute_error(ours, target)),
        ("rmse", regression.mean_squared_error(ours, target, squared=False)),
        ("r2", regression.r2_score(ours, target)),
    ):
        assert found.figures()[name] == pytest.approx(float(theirs), abs=1e-6)
    assert found.bias == pytest.approx(float((given_numbers - truth).mean()))
    assert evaluate_numbers(np.ones(3), np.ones(3)).r2 is None
    assert evaluate_numbers(np.ones(3), np.full(3, 0.1)).r2 is None
    assert evaluate_numbers(np.ones(0), np.ones(0)).to_json()["mae"] is None
