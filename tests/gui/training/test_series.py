"""Growing curves and how they are thinned out for drawing."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workbench.gui.charts.series import Series, decimate, visible

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


@given(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=3000), st.integers(1, 60))
def test_decimation_keeps_extremes_and_order(ys: list[float], columns: int) -> None:
    x = np.arange(len(ys), dtype=float)
    y = np.array(ys)
    thin_x, thin_y = decimate(x, y, columns)
    assert len(thin_x) == len(thin_y) <= max(2 * columns, 2)
    assert thin_y.min() == y.min() and thin_y.max() == y.max()
    assert (np.diff(thin_x) >= 0).all()
    assert thin_x[0] == x[0] and thin_x[-1] == x[-1]


def test_decimation_shows_a_single_spike_among_a_hundred_thousand() -> None:
    y = np.zeros(100_000)
    y[54_321] = 9.0
    _, thin = decimate(np.arange(100_000.0), y, 500)
    assert thin.max() == 9.0


@given(values, st.floats(-5, 405), st.floats(0, 100))
def test_visible_part_reaches_one_point_beyond_the_edges(
    ys: list[float], low: float, width: float
) -> None:
    x = np.arange(len(ys), dtype=float)
    part = visible(x, low, low + width)
    inside = np.flatnonzero((x >= low) & (x <= low + width))
    if len(inside):
        assert part.start == max(inside[0] - 1, 0)
        assert part.stop == min(inside[-1] + 2, len(x))


def test_nearest_point() -> None:
    series = series_of([0.0, 1.0, 4.0])
    assert [series.nearest(x) for x in (-3, 0.4, 0.6, 9)] == [0, 0, 1, 2]
    assert Series().nearest(1.0) is None
