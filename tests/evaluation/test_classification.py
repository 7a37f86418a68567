"""A classifier's figures agree with torchmetrics, and with each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.evaluation.classification import classify
from workbench.evaluation.ranking import rank


def random_case(seed: int, samples: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    scores = chance.dirichlet(np.ones(classes), samples).round(2)  # rounded: ties happen
    return scores, chance.integers(0, classes, samples)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(2, 6))
def test_figures_are_those_of_torchmetrics(seed: int, samples: int, classes: int) -> None:
    import torch
    from torchmetrics.functional import classification as reference

    scores, truth = random_case(seed, samples, classes)
    ours = classify(scores, truth, [str(index) for index in range(classes)])
    predicted, target = torch.from_numpy(ours.predicted), torch.from_numpy(truth)
    for name, function in (
        ("precision", reference.multiclass_precision), ("recall", reference.multiclass_recall),
        ("f1", reference.multiclass_f1_score),
    ):
        theirs = function(predicted, target, classes, average=None)
        ours_now = [getattr(item, name) for item in ours.per_class]  # NaN: nothing to divide by
        np.testing.assert_allclose(np.nan_to_num(ours_now),
                                   theirs.numpy(), atol=1e-6)
        if len(set(truth.tolist())) == classes:  # torchmetrics also counts classes without samples
            for average in ("macro", "weighted"):
                mean = function(predicted, target, classes, average=average)
                assert ours.means()[average][name] == pytest.approx(float(mean), abs=1e-6)
    matrix = reference.multiclass_confusion_matrix(predicted, target, classes)
    np.testing.assert_array_equal(ours.confusion[:classes, :classes], matrix.numpy())
    for index, item in enumerate(ours.per_class):
        if item.roc_auc is not None:
            area = reference.binary_auroc(torch.from_numpy(scores[:, index]),
                                          (target == index).long())
            assert item.roc_auc == pytest.approx(float(area), abs=1e-6)
        if item.support:
            area = reference.binary_average_precision(torch.from_numpy(scores[:, index]),
                                                      (target == index).long())
            assert item.average_precision == pytest.approx(float(area), abs=1e-6)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.integers(1, 80), st.integers(6, 12))
def test_top_5_and_calibration_are_those_of_torchmetrics(
    seed: int, samples: int, classes: int
) -> None:
    import torch
    from torchmetrics.functional import classification as reference

    chance = np.random.default_rng(seed)
    scores = chance.dirichlet(np.full(classes, 0.3), samples)
    truth = chance.integers(0, classes, samples)
    ours = classify(scores, truth, [str(index) for index in range(classes)], threshold=0.4)
    given_scores, target = torch.from_numpy(scores), torch.from_numpy(truth)
    top = reference.multiclass_accuracy(given_scores, target, classes, top_k=5, average="micro")
    assert ours.top == pytest.approx(float(top), abs=1e-6)
    error = reference.multiclass_calibration_error(given_scores, target, classes, n_bins=15)
    assert ours.calibration.error == pytest.approx(float(error), abs=1e-6)


def test_calibration_tells_confidence_and_accuracy_of_alike_samples() -> None:
    scores = np.array([[0.9, 0.1], [0.92, 0.08], [0.3, 0.7], [1.0, 0.0]])
    found = classify(scores, np.array([0, 1, 1, 0]), "ab").calibration
    assert found.samples.tolist() == [1, 2, 1] and found.accuracy.tolist() == [1.0, 0.5, 1.0]
    np.testing.assert_allclose(found.confidence, [0.7, 0.91, 1.0])
    assert found.error == pytest.approx((0.3 + 2 * 0.41) / 4)
    data = classify(scores, np.array([0, 1, 1, 0]), "ab").to_json()
    assert data["calibration"]["error"] == found.error and data["top5"] is None
    nothing = classify(np.zeros((0, 2)), np.zeros(0, np.int64), "ab").to_json()
    assert nothing["calibration"] == {"error": None, "bins": []}


@given(st.integers(0, 10_000), st.integers(0, 60), st.integers(2, 6), st.floats(0, 1))
def test_cells_hold_every_sample_once(
    seed: int, samples: int, classes: int, threshold: float
) -> None:
    scores, truth = random_case(seed, samples, classes)
    result = classify(scores, truth, [str(index) for index in range(classes)], threshold)
    found = [
        index for row in range(classes + 1) for column in range(classes + 1)
        for index in result.cell(row, column).tolist()
    ]
    assert sorted(found) == list(range(samples))
    assert result.confusion.sum() == samples
    assert result.confusion[classes].sum() == 0
    unsure = scores.max(axis=1, initial=0.0) < threshold
    assert (result.predicted[unsure] == classes).all()


def test_a_perfect_and_a_useless_model() -> None:
    truth = np.array([0, 1, 2, 0])
    perfect = classify(np.eye(3)[truth], truth, "abc")
    assert (perfect.accuracy, perfect.roc_auc) == (1.0, 1.0)
    flat = classify(np.full((4, 3), 1 / 3), truth, "abc")
    assert flat.roc_auc == pytest.approx(0.5)
    assert perfect.loss.max() == 0 and flat.loss == pytest.approx(np.log(3))
    data = perfect.to_json()
    assert data["confusion"]["classes"] == ["a", "b", "c", "none"]
    assert [row["support"] for row in data["per_class"]] == [2, 1, 1]


def test_what_is_likelier_background_is_none_of_the_classes() -> None:
    scores = np.array([[0.6, 0.1], [0.2, 0.1], [0.1, 0.5], [0.4, 0.2]])
    truth = np.array([0, 0, 1, 1])
    plain, other = classify(scores, truth, "ab"), classify(scores, truth, "ab", background=True)
    assert plain.predicted.tolist() == [0, 0, 1, 0] and plain.none == "none"
    assert other.predicted.tolist() == [0, 2, 1, 0]
    assert other.to_json()["confusion"]["classes"] == ["a", "b", "background"]
    empty = classify(np.zeros((0, 2)), np.zeros(0, np.int64), ["a", "b"], background=True)
    assert len(empty.predicted) == 0


def test_nothing_to_judge() -> None:
    empty = classify(np.zeros((0, 2)), np.zeros(0, np.int64), ["a", "b"])
    assert np.isnan(empty.accuracy) and empty.to_json()["accuracy"] is None
    assert empty.roc_auc is None and len(empty.cell(0, 1)) == 0


def test_curves_of_very_many_classes_keep_their_areas() -> None:
    chance = np.random.default_rng(5)
    positive = chance.random(3000) < 0.02
    full = rank(np.round(chance.normal(size=3000) + positive, 2), positive)
    some = full.thinned(50)
    assert len(some.hits) < 250 and (some.positives, some.negatives) == (
        full.positives, full.negatives)
    assert some.roc_auc == pytest.approx(full.roc_auc, abs=1e-9)
    assert some.average_precision == pytest.approx(full.average_precision, abs=1e-9)


def test_of_a_matrix_of_more_than_a_thousand_classes_its_cells_are_told() -> None:
    names = [f"c{number}" for number in range(1001)]
    found = classify(np.eye(1001)[[3, 3, 7]], np.array([3, 4, 7]), names).to_json()["confusion"]
    assert found["matrix"] == [] and found["cells"] == [[3, 3, 1], [4, 3, 1], [7, 7, 1]]
