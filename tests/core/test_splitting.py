"""Things that touch are found again as many as they are; what is one thing stays one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workbench.core.arrays import BoolArray
from workbench.core.class_maps import ClassMap, numbers_of, parts_of_map, regions_of
from workbench.core.splitting import pieces_of

Disc = tuple[float, float, float]


def drawn(*discs: Disc, size: tuple[int, int] = (120, 90)) -> BoolArray:
    """Discs (x, y, radius) in a picture of (width, height)."""
    y, x = np.mgrid[:size[1], :size[0]] + 0.5
    inside = np.zeros((size[1], size[0]), bool)
    for left, top, radius in discs:
        inside |= np.hypot(x - left, y - top) < radius
    return inside


def found(inside: BoolArray) -> ClassMap:
    return ClassMap.of_scores(np.zeros(inside.shape, int), inside * 0.9)


def test_discs_that_touch_are_as_many_as_they_are() -> None:
    row = drawn(*((15 + 18 * place, 30, 10) for place in range(5)))
    assert len(parts_of_map(found(row), 0.5)) == 1
    parts = parts_of_map(found(row), 0.5, 0.9)
    assert len(parts) == 5
    assert sum(part.share for part in parts) == pytest.approx(row.mean())
    assert [round(part.left, -1) for part in sorted(parts, key=lambda item: item.left)] == [
        0, 20, 40, 60, 80]
    assert len(regions_of(found(row), 0.5, (240, 180), 0.9)) == 5


def test_touching_things_are_counted_far_better_than_without() -> None:
    chance, real, whole, split = np.random.default_rng(2), 0, 0, 0
    for _ in range(8):
        discs: list[Disc] = [(60, 60, 12)]
        while len(discs) < 9:
            x, y, radius = discs[chance.integers(len(discs))]
            own, way = chance.uniform(8, 14), chance.uniform(0, 2 * np.pi)
            apart = 0.9 * (own + radius)
            new = x + apart * np.cos(way), y + apart * np.sin(way), own
            if all(np.hypot(new[0] - a, new[1] - b) >= 0.89 * (own + r) for a, b, r in discs):
                discs.append(new)
        picture = found(drawn(*((x + 40, y + 40, r) for x, y, r in discs), size=(220, 220)))
        real += len(discs)
        whole += len(parts_of_map(picture, 0.5))
        split += len(parts_of_map(picture, 0.5, 0.9))
    assert whole < 0.3 * real
    assert split == pytest.approx(real, rel=0.1)


@pytest.mark.parametrize("inside", [
    drawn((40, 40, 30)), drawn(*((20 + x, 40, 8) for x in range(60))),
    drawn((40, 40, 30)) & ~drawn((40, 40, 5)), drawn((40, 40, 30), (40, 68, 5)),
    np.add.outer(np.arange(90) % 30 < 5, np.arange(120) % 40 < 5)],
    ids=["disc", "stick", "hole", "bump", "net"])
def test_what_is_one_thing_stays_one(inside: BoolArray) -> None:
    assert pieces_of(inside, 0.9).max() == 1


@given(arrays(np.bool_, st.tuples(st.integers(1, 20), st.integers(1, 20))),
       st.floats(0, 1))
def test_every_pixel_is_in_one_piece_and_none_outside(inside: BoolArray, neck: float) -> None:
    pieces = pieces_of(inside, neck)
    np.testing.assert_array_equal(pieces > 0, inside)
    parts = parts_of_map(found(inside), 0.5, neck)
    numbers = numbers_of(parts, (inside.shape[1], inside.shape[0]))
    assert (numbers > 0).sum() == sum(part.inside.sum() for part in parts)
    assert not numbers[~inside].any()
