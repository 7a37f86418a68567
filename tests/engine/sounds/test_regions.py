"""Regions of long sounds: edges of a surer one are left out, bounds are those of what sounds."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.tasks.sound_classification.engine.regions import (
    HeardRegion,
    bounded,
    by_level,
    tightened,
    without_edges,
)

HOP, WINDOW, FRAME = 0.25, 1.0, 0.1


def test_the_edge_of_a_surer_sound_is_no_region() -> None:
    call, edge = HeardRegion("owl", 2.0, 3.0, 0.9), HeardRegion("wren", 3.25, 3.5, 0.7)
    assert without_edges([call, edge], HOP, WINDOW) == [call]
    for kept in (HeardRegion("wren", 3.25, 3.5, 0.95), HeardRegion("wren", 3.25, 3.75, 0.7),
                 HeardRegion("wren", 3.5, 3.75, 0.7)):
        assert without_edges([call, kept], HOP, WINDOW) == [call, kept], \
            "surer, heard twice, or in a window that the other is not in"


def test_faint_sounds_neither_join_surer_ones_nor_are_their_rims() -> None:
    looks = [HeardRegion(name, HOP * at, HOP * (at + 1), score) for at, (name, score) in enumerate(
        [("owl", 0.3), ("owl", 0.7), ("owl", 0.9), ("owl", 0.5), ("owl", 0.65), ("wren", 0.45),
         ("wren", 0.2), ("owl", 0.15), ("wren", 0.3), ("wren", 0.3), ("wren", 0.12)])]
    found = by_level(looks, HOP)
    assert [(item.label, item.start / HOP, item.end / HOP, item.score) for item in found] == [
        ("owl", 1, 3, 0.9), ("owl", 4, 5, 0.65), ("wren", 5, 6, 0.45), ("owl", 7, 8, 0.15),
        ("wren", 8, 10, 0.3)]
    assert [item for item in found if item.score >= 0.6] == by_level(
        [item for item in looks if item.score >= 0.6], HOP), "as if nothing fainter were heard"
    owl, long = HeardRegion("owl", 2.0, 3.0, 0.9), HeardRegion("wren", 3.0, 4.0, 0.5)
    assert without_edges([owl, long], HOP, WINDOW) == [owl, long], "reaches beyond its windows"
    rim = HeardRegion("wren", 3.0, 3.5, 0.5)
    assert without_edges([owl, rim], HOP, WINDOW) == [owl]
    assert bounded([owl, long], np.array([2.1, 3.0]), FRAME, HOP)[0].end == 3.1


def test_bounds_are_those_of_what_sounds_within_a_hop() -> None:
    owl, wren = HeardRegion("owl", 2.0, 3.0, 0.9), HeardRegion("wren", 3.0, 3.5, 0.8)
    sounding = np.array([2.2, 2.3, 2.8, 3.0, 3.2, 3.3])
    first, second = tightened([owl, wren], sounding, FRAME, HOP)
    assert (first.start, first.end) == (2.2, 3.0), "not into the next one"
    assert (second.start, second.end) == (3.0, pytest.approx(3.4))
    alone, = tightened([owl], np.array([1.85, 2.5]), FRAME, HOP)
    assert (alone.start, alone.end) == (1.85, 2.75), "an end under the noise moves by a hop"
    assert tightened([owl], np.array([9.0]), FRAME, HOP) == [owl], "nothing is louder there"
