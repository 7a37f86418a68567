"""Pairs of rows and columns at the least cost in all; numpy only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import Float64Array


def assign(cost: Float64Array, limit: float = np.inf) -> list[tuple[int, int]]:
    """Pair rows with columns, each at most once, so that the sum of the costs is least.

    Parameters
    ----------
    cost
        (N, M), finite.
    limit
        Pairs that cost this or more are none; leaving a row and a column alone costs as much.

    Notes
    -----
    Shortest augmenting paths with potentials (Kuhn 1955, Munkres 1957, Jonker and Volgenant 1987),
    of order N² M. Where each row has a cheapest column of its own, that is the answer.
    """
    if not cost.size:
        return []
    least = np.minimum(cost, limit)
    if least.shape[0] > least.shape[1]:
        return [(row, column) for column, row in assign(cost.T, limit)]
    best = least.argmin(1)
    columns = best if len(set(best.tolist())) == len(best) else _augmented(least)
    return [(row, int(column)) for row, column in enumerate(columns) if cost[row, column] < limit]


def _augmented(cost: Float64Array) -> NDArray[np.int64]:
    """The column of each row, for no more rows than columns."""
    rows, columns = cost.shape
    of_row, of_column = np.zeros(rows), np.zeros(columns + 1)  # potentials
    taken = np.full(columns + 1, -1)  # the row of each column; the last one is where a path begins
    for row in range(rows):
        taken[columns], column = row, columns
        shortest = np.full(columns, np.inf)
        came_from = np.full(columns, columns)
        done = np.zeros(columns + 1, np.bool_)
        while taken[column] >= 0:
            done[column] = True
            here = taken[column]
            reduced = cost[here] - of_row[here] - of_column[:-1]
            better = ~done[:-1] & (reduced < shortest)
            shortest[better], came_from[better] = reduced[better], column
            column = int(np.where(done[:-1], np.inf, shortest).argmin())
            step = shortest[column]
            of_row[taken[done]] += step
            of_column[done] -= step
            shortest[~done[:-1]] -= step
        while column != columns:
            before = came_from[column]
            taken[column] = taken[before]
            column = int(before)
        taken[columns] = -1
    found = np.empty(rows, np.int64)
    for column in np.flatnonzero(taken[:-1] >= 0):
        found[taken[column]] = column
    return found
