"""Stored scores of the places of images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from workbench.core.errors import FormatError
from workbench.formats.score_maps import (
    ScoreMap,
    ScoreMapSet,
    load_score_maps,
    map_of_json,
    save_score_maps,
    score_maps_of_model,
)


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    maps = [ScoreMap(0.25, np.arange(6, dtype=np.uint8).reshape(2, 3)),
            ScoreMap(0.75, np.full((3, 1), 200, np.uint8))]
    path = tmp_path / "predictions-val.npz"
    save_score_maps(path, ScoreMapSet(["a.png", "good/b.png"], [(30, 20), (1, 3)], ["good"], maps,
                                      {"model": "m", "unreadable": ["c.png"]}))
    return path


def test_what_was_written_is_read(stored: Path) -> None:
    found = load_score_maps(stored)
    assert (found.files, found.sizes, found.classes) == (
        ["a.png", "good/b.png"], [(30, 20), (1, 3)], ["good"])
    assert [item.score for item in found.maps] == [0.25, 0.75]
    assert found.maps[0].values.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert found.maps[1].values.shape == (3, 1)
    assert map_of_json(found.maps[0].to_json()).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert score_maps_of_model(stored, "m") is not None
    assert score_maps_of_model(stored, "another") is None


def test_nothing_at_all_can_be_stored(tmp_path: Path) -> None:
    save_score_maps(tmp_path / "x.npz", ScoreMapSet([], [], [], []))
    assert len(load_score_maps(tmp_path / "x.npz")) == 0


def test_what_is_cut_off_is_refused(stored: Path) -> None:
    stored.write_bytes(stored.read_bytes()[:-40])
    with pytest.raises(FormatError):
        load_score_maps(stored)


def test_a_map_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="6 values"):
        map_of_json({**ScoreMap(0.0, np.zeros((2, 3), np.uint8)).to_json(), "size": [3, 3]})
