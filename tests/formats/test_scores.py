"""Scores of a classifier on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from workbench.core.errors import FormatError, WorkbenchError
from workbench.formats.scores import ScoreSet, load_scores, save_scores, sound_key


def some() -> ScoreSet:
    return ScoreSet(["audio/a.wav", "audio/ü b.wav"], np.array([[0.0, 1.0], [0.25, 0.5001]]),
                    np.array([1, -1]), np.array([[0.2, 0.8], [0.5, 0.5]], np.float32),
                    ["no", "yes"], {"model": "m", "unreadable": ["x.wav"]})


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "scores.npz"
    save_scores(path, some())
    again = load_scores(path)
    assert again.files == some().files and again.classes == some().classes
    assert again.meta == some().meta
    for name in ("spans", "truth", "scores"):
        assert np.array_equal(getattr(again, name), getattr(some(), name))
    assert again.places()[sound_key("audio/ü b.wav", 0.25, 0.5)] == 1


def test_damage_is_told(tmp_path: Path) -> None:
    path = tmp_path / "scores.npz"
    with pytest.raises(WorkbenchError):
        load_scores(path)
    save_scores(path, some())
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(FormatError, match="evaluate the run again"):
        load_scores(path)
    with pytest.raises(ValueError, match="2 files"):
        ScoreSet(some().files, some().spans[:1], some().truth, some().scores, ["no", "yes"])
