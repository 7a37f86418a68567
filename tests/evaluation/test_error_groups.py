"""Where errors lie together, and where they only seem to."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.evaluation.error_groups import error_groups
from workbench.evaluation.wilson import wilson_interval


def scattered(number: int, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    draws = np.random.default_rng(seed)
    places = draws.normal(size=(number, 2)) + 4 * draws.integers(0, 3, (number, 1))
    return places.astype(np.float32), draws.random(number) < share


def test_the_worst_place_is_found_with_its_numbers() -> None:
    places, wrong = scattered(200, 0.05, seed=1)
    middle = int(np.flatnonzero(~wrong)[0])
    near = np.argsort(((places - places[middle]) ** 2).sum(1), kind="stable")[:12]
    wrong[near] = [True] * 10 + [False] * 2
    worst = error_groups(places, wrong)[0]
    assert len({*worst.rows} & {*near.tolist()}) >= 8
    assert worst.wrong == int(wrong[list(worst.rows)].sum()) >= 8
    assert worst.least == pytest.approx(
        wilson_interval(worst.wrong / len(worst.rows), len(worst.rows))[0])


def test_errors_by_chance_are_no_groups() -> None:
    found = [bool(error_groups(*scattered(80, 0.2, seed))) for seed in range(20)]
    assert sum(found) <= 3  # one of twenty is to be expected


@pytest.mark.parametrize("wrong", [[], [True] * 4, [True] * 30, [False] * 30])
def test_where_nothing_can_be_said_there_are_none(wrong: list[bool]) -> None:
    places = np.random.default_rng(0).random((len(wrong), 2), np.float32)
    assert error_groups(places, np.array(wrong, bool)) == []
