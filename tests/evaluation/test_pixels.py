"""Figures of areas: as counted pixel by pixel, as another library has them, at any least score."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.class_maps import LEVELS, UNKNOWN, Areas, ClassMap
from workbench.evaluation.area_images import FilledCells, ImageTables
from workbench.evaluation.pixels import PixelEvaluation, evaluate_pixels, pixel_table

Image = tuple[ClassMap, Areas]


def images(random: np.random.Generator, number: int, classes: int, *, unknown: bool = True
           ) -> list[Image]:
    """Small images of which about a half is right."""
    made = []
    for _ in range(number):
        shape = tuple(random.integers(1, 12, 2))
        labels = random.integers(0, classes, shape).astype(np.uint8)
        truth = np.where(random.random(shape) < 0.5, labels + 1,
                         random.integers(0, classes + 1, shape)).astype(np.uint8)
        if unknown:
            truth[random.random(shape) < 0.1] = UNKNOWN
        levels = random.integers(0, LEVELS + 1, shape).astype(np.uint8)
        made.append((ClassMap(labels, levels), truth))
    return made


def tables(made: Sequence[Image], classes: int) -> list[np.ndarray]:
    return [pixel_table(found, truth, classes) for found, truth in made]


def names(classes: int) -> list[str]:
    return [f"class {number}" for number in range(classes)]


def by_hand(made: Sequence[Image], classes: int, least: float) -> dict[str, list[float]]:
    """The figures of background and classes, from sets of pixels."""
    true: list[set[tuple[int, int]]] = [set() for _ in range(classes + 1)]
    seen: list[set[tuple[int, int]]] = [set() for _ in range(classes + 1)]
    for image, (found, truth) in enumerate(made):
        for place, (label, level, real) in enumerate(zip(
                found.labels.ravel().tolist(), found.levels.ravel().tolist(),
                truth.ravel().tolist(), strict=True)):
            if real != UNKNOWN:
                true[real].add((image, place))
                seen[label + 1 if level >= round(least * LEVELS) else 0].add((image, place))

    def share(part: float, whole: float) -> float:
        return part / whole if whole else math.nan

    pairs = list(zip(true, seen, strict=True))
    return {
        "iou": [share(len(a & b), len(a | b)) for a, b in pairs],
        "dice": [share(2 * len(a & b), len(a) + len(b)) for a, b in pairs],
        "precision": [share(len(a & b), len(b)) for a, b in pairs],
        "recall": [share(len(a & b), len(a)) for a, b in pairs],
    }


def mean_of(values: Sequence[float]) -> float:
    there = [value for value in values if not math.isnan(value)]
    return sum(there) / len(there) if there else math.nan


def same(a: float, b: float) -> bool:
    return a == pytest.approx(b, nan_ok=True)


LEAST = st.integers(1, LEVELS - 1).map(lambda level: level / LEVELS)
SOME = st.integers(0, 2**32 - 1).map(np.random.default_rng)


@given(SOME, st.integers(0, 4), st.integers(1, 5), LEAST)
def test_all_figures_are_those_that_are_counted_by_hand(
    random: np.random.Generator, number: int, classes: int, least: float
) -> None:
    made = images(random, number, classes)
    found = evaluate_pixels(tables(made, classes), names(classes), least)
    wanted = by_hand(made, classes, least)
    for name, values in wanted.items():
        assert [getattr(item, name) for item in found.per_class] == pytest.approx(
            values, nan_ok=True)
    assert same(found.miou, mean_of(wanted["iou"][1:]))
    assert same(found.mean_dice, mean_of(wanted["dice"][1:]))
    known = [(areas.at(least), truth) for areas, truth in made]
    right = sum(int((a == b).sum()) for a, b in known)
    assert same(found.pixel_accuracy, right / pixels if (
        pixels := sum(int((b != UNKNOWN).sum()) for _, b in known)) else math.nan)


@given(SOME, st.integers(1, 4), LEAST)
def test_another_library_agrees(random: np.random.Generator, classes: int, least: float) -> None:
    import torch
    from torchmetrics.functional.classification import (
        multiclass_confusion_matrix,
        multiclass_f1_score,
        multiclass_jaccard_index,
    )

    made = [(found, truth) for found, truth in images(random, 3, classes)
            if (truth != UNKNOWN).any()]
    if not made:
        return
    found = evaluate_pixels(tables(made, classes), names(classes), least)
    seen = torch.from_numpy(np.concatenate([item.at(least).ravel() for item, _ in made])).long()
    truth = torch.from_numpy(np.concatenate([item.ravel() for _, item in made])).long()
    options = {"num_classes": classes + 1, "ignore_index": UNKNOWN}
    np.testing.assert_array_equal(
        found.confusion, multiclass_confusion_matrix(seen, truth, **options).numpy())
    dice = multiclass_f1_score(seen, truth, average="none", **options).tolist()
    overlaps = multiclass_jaccard_index(seen, truth, average="none", **options).tolist()
    for item, one, other in zip(found.per_class, overlaps, dice, strict=True):
        if item.truth or item.found:
            assert item.iou == pytest.approx(one, abs=1e-6)
            assert item.dice == pytest.approx(other, abs=1e-6)


@given(SOME, st.integers(0, 5), st.integers(1, 6), LEAST)
def test_any_least_score_and_any_image_is_answered_as_if_counted_anew(
    random: np.random.Generator, number: int, classes: int, least: float
) -> None:
    made = images(random, number, classes)
    all_tables = tables(made, classes)
    kept = ImageTables(names(classes), [FilledCells.of(table) for table in all_tables])
    anew = [pixel_table(ClassMap(found.labels, np.where(
        found.levels >= round(least * LEVELS), LEVELS, 0).astype(np.uint8)), truth, classes)
        for found, truth in made]
    whole = evaluate_pixels(anew, names(classes), 0.5)
    np.testing.assert_array_equal(kept.evaluated(least).confusion, whole.confusion)
    assert kept.evaluated(least).images == number
    each = kept.each(least)
    for image, table in enumerate(anew):
        alone = evaluate_pixels([table], names(classes), 0.5)
        assert same(float(each.miou[image]), alone.miou)
        assert same(1 - float(each.wrong[image]), alone.pixel_accuracy)
        assert each.overlaps[image].tolist() == pytest.approx(
            [item.iou for item in alone.per_class[1:]], nan_ok=True)
        for cell in np.ndindex(alone.confusion.shape):
            assert kept.in_cell((cell[0], cell[1]), least)[image] == alone.confusion[cell]
        assert kept.known()[image] == alone.confusion.sum()


def evaluated(found: list[int], truth: list[int], classes: int = 2) -> PixelEvaluation:
    """Of one row of pixels; what is found is 0 for nothing, or 1 + its class."""
    row = np.asarray([found], np.uint8)
    areas = ClassMap(np.maximum(row, 1) - 1, np.where(row > 0, LEVELS, 0).astype(np.uint8))
    return evaluate_pixels([pixel_table(areas, np.asarray([truth], np.uint8), classes)],
                           names(classes))


def test_the_mean_knows_neither_the_background_nor_what_is_nowhere() -> None:
    found = evaluated([1, 1, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0])
    assert found.miou == 0.5 and found.mean_dice == pytest.approx(2 / 3)
    assert found.pixel_accuracy == 7 / 8
    background, first, second = found.per_class
    assert (background.name, background.iou) == ("background", 6 / 7)
    assert (first.precision, first.recall) == (0.5, 1.0)
    assert math.isnan(second.iou) and second.truth == second.found == 0


def test_a_class_that_is_found_where_it_is_not_counts_as_nothing() -> None:
    assert evaluated([1, 2], [1, 1]).miou == 0.25
    assert evaluated([1, 2], [1, 0]).miou == 0.5


def test_where_nothing_is_known_there_are_no_figures() -> None:
    found = evaluated([1, 0], [UNKNOWN, UNKNOWN])
    assert found.numbers() == {} and found.to_json()["miou"] is None
    assert evaluated([0, 0], [0, 0]).numbers() == {"pixel_accuracy": 1.0}
    assert evaluate_pixels([], ["a"]).numbers() == {}


def test_plain_data_says_all_figures() -> None:
    data = evaluated([1, 2, 0, 0], [1, 0, 0, UNKNOWN]).to_json()
    assert (data["images"], data["pixels"], data["score_thresh"]) == (1, 3, 0.5)
    assert data["confusion"] == {"classes": ["background", "class 0", "class 1"],
                                 "matrix": [[1, 0, 1], [0, 1, 0], [0, 0, 0]]}
    assert [item["iou"] for item in data["per_class"]] == [0.5, 1.0, 0.0]
    assert data["miou"] == 0.5 and data["pixel_accuracy"] == pytest.approx(2 / 3, abs=1e-6)
