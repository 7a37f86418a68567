"""Growing curves."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workbench.gui.charts.series import Series

values = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400)


def series_of(ys: list[float], smoothing: int = 5) -> Series:
    series = Series(smoothing)
    for x, y in enumerate(ys):
        series.append(float(x), y)
    return series


@given(values)
def test_running_mean_is_the_weighted_mean_of_all_points(ys: list[float]) -> None:
    series = series_of(ys)
    decay = 1 - 2 / 6
    weights = decay ** np.arange(len(ys))[::-1]
    expected = float((weights * ys).sum() / weights.sum())
    assert series.last_mean == np.float64(expected) or math.isclose(
        series.last_mean, expected, rel_tol=1e-6, abs_tol=1e-3
    )


@given(values, st.integers(0, 400))
def test_truncated_series_goes_on_as_if_the_rest_had_never_been(ys: list[float], keep: int) -> None:
    keep = min(keep, len(ys))
    cut = series_of(ys)
    cut.truncate(keep - 0.5)
    fresh = series_of(ys[:keep])
    for series in (cut, fresh):
        series.append(float(keep), 3.0)
    assert np.array_equal(cut.y, fresh.y)
    assert np.allclose(cut.mean, fresh.mean)


def test_values_that_are_no_numbers_are_left_out() -> None:
    series = Series()
    for y in (None, float("nan"), float("inf"), 2.0):
        series.append(1.0, y)
    assert series.y.tolist() == [2.0]


def test_nearest_point() -> None:
    series = series_of([0.0, 1.0, 4.0])
    assert [series.nearest(x) for x in (-3, 0.4, 0.6, 9)] == [0, 0, 1, 2]
    assert Series().nearest(1.0) is None
