"""Clips are divided so that the figures are honest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from workbench.core.errors import UsageError
from workbench.project.sound_dataset import load_sound_dataset


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for label in ("one", "two"):
        for speaker in ("ann", "bob", "cem"):
            for number in range(6):
                soundfile.write(tmp_path / f"{label}_{speaker}_{number}.wav",
                                np.full(800, 0.1), 8000)
    return tmp_path


def test_groups_that_are_named_are_held_back(project: Path) -> None:
    data = load_sound_dataset(project, test_groups=("bob",))
    assert {item.group for item in data.test} == {"bob"} and len(data.test) == 12
    assert {item.group for item in (*data.train, *data.val)} == {"ann", "cem"}
    assert len(data.train) + len(data.val) == 24 and data.val
    assert data.classes == ["one", "two"]
    with pytest.raises(UsageError, match="there is no group “eve”; there are: ann, bob, cem"):
        load_sound_dataset(project, test_groups=("eve",))
    with pytest.raises(UsageError, match="nothing left"):
        load_sound_dataset(project, test_groups=("ann", "bob", "cem"))


def test_many_groups_stay_whole_and_few_are_told(project: Path) -> None:
    few = load_sound_dataset(project)
    assert any("voices heard in training" in note for note in few.split.notes)
    for speaker in ("dan", "eva", "fay", "gus", "hal"):
        for label in ("one", "two"):
            soundfile.write(project / f"{label}_{speaker}_0.wav", np.full(800, 0.1), 8000)
    many = load_sound_dataset(project)
    parts = [{item.group for item in many.part(part)} for part in ("train", "val", "test")]
    assert not (parts[0] & parts[1]) and not (parts[0] & parts[2]) and not (parts[1] & parts[2])
    assert all(parts)


def test_the_official_split_is_by_number(data_set: Callable[[str], Path]) -> None:
    data = load_sound_dataset(data_set("fsdd"), "official")
    assert {item.number for item in data.test} == {0, 1, 2, 3, 4}
    assert len(data.test) == 200 and len(data.train) + len(data.val) == 1800
    assert data.classes == [str(digit) for digit in range(10)]


def test_what_cannot_be_read_is_told_and_left_out(project: Path) -> None:
    (project / "one_ann_0.wav").write_text("no sound")
    data = load_sound_dataset(project)
    assert [problem.kind for problem in data.problems] == ["unreadable-sound"]
    assert len(data.train) + len(data.val) + len(data.test) == 35


def test_what_scores_are_worth_is_said(project: Path) -> None:
    held_out = load_sound_dataset(project, test_groups=("bob",))
    assert not held_out.doubt("test")
    assert held_out.doubt("train").startswith("Scores are from the training sounds")
    mixed = load_sound_dataset(project)
    mixed.test = mixed.test or mixed.val
    assert mixed.doubt("test") == "Scores are for voices heard in training."
    mixed.test = mixed.train[:2]
    assert mixed.doubt("test") == "Scores are from recordings that the model was trained on."
    mixed.test = []
    assert not mixed.doubt("test")
