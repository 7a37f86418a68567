"""Clips are divided so that the figures are honest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import UsageError
from workbench.core.shapes import Region
from workbench.core.text import count
from workbench.formats.raven import new_raven
from workbench.project.datasets.held_out import held_out_text, hold_out, spans_of
from workbench.project.datasets.sounds import (
    SoundDataset,
    SoundSample,
    load_sound_dataset,
    read_clips,
    samples_of,
)
from workbench.project.datasets.splits import PARTS, load_split, save_split
from workbench.tasks.sound_classification.results import noun_of


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
    assert any("voices heard in training" in note and "“Hold out for testing”" in note
               for note in few.split.notes), "what is named is the field of the form"
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


def test_sounds_and_regions_are_called_what_they_are(tmp_path: Path) -> None:
    path = recording(tmp_path, "ab")
    regions = samples_of(read_clips(tmp_path)[0][0])
    assert path.exists() and noun_of(regions) == "region"
    whole = [replace(item, whole=True) for item in regions]
    assert noun_of(whole) == noun_of([]) == "sound"
    assert count(3, noun_of([*whole[:1], *regions])) == "3 sounds and regions"


def recording(folder: Path, labels: str, name: str = "rec", gap: float = 4.0) -> Path:
    """A recording with a label of two seconds for each letter, ``gap`` seconds apart."""
    every = 2.0 + gap
    soundfile.write(folder / f"{name}.wav", np.full(round(len(labels) * every * 1000), 0.1), 1000)
    rows = (f"{at * every + gap / 2}\t{at * every + gap / 2 + 2.0}\t{label}\n"
            for at, label in enumerate(labels))
    (folder / f"{name}.txt").write_text("".join(rows))
    return folder


def heard(data: SoundDataset, background: bool = False) -> dict[str, list[SoundSample]]:
    return {part: [item for record in data.part(part) for item in samples_of(record, background)]
            for part in PARTS}


def test_one_recording_is_divided_by_time(tmp_path: Path) -> None:
    data = load_sound_dataset(recording(tmp_path, "ab" * 50))
    parts = heard(data, background=True)
    labels = {part: [item for item in found if item.label] for part, found in parts.items()}
    assert {part: len(found) for part, found in labels.items()} == {
        "train": 70, "val": 15, "test": 15}
    assert data.split.stretches == {"rec.wav": {"val": (420.0, 510.0), "test": (510.0, 600.0)}}
    assert not data.split.val_is_train and not data.split.notes
    for part, (first, last) in {"train": (0, 420), "val": (420, 510), "test": (510, 600)}.items():
        assert all(first <= item.start < item.end <= last for item in parts[part])
        assert any(not item.label for item in parts[part])
    assert data.doubt("val") == ("Held out for validation: 7:00 to 8:30 of rec.wav. The rest was "
                                 "learned from: other recordings may score lower.")
    assert load_sound_dataset(tmp_path).split == data.split


@given(st.lists(st.tuples(st.floats(0, 90), st.floats(0.01, 20), st.sampled_from("abc")),
                max_size=40))
def test_no_label_lies_across_an_edge(drawn: list[tuple[float, float, str]]) -> None:
    regions = [LabeledObject(label, Region(start, start + length))
               for start, length, label in drawn]
    held = hold_out(regions, 100.0, (0.7, 0.15, 0.15))
    inside = {part: [item for item in regions for start, end in spans_of(held, part)
                     if start <= item.start and min(item.end, 100.0) <= end]
              for part in PARTS}
    assert sum(map(len, inside.values())) == len(regions)
    assert {item.label for item in inside["train"]} == {item.label for item in regions}
    assert not held or inside["val"]
    assert inside["test"] or "test" not in held


@pytest.mark.parametrize(("labels", "val", "test"), [
    ("aab", 1, 0), ("ab", 0, 0), ("abc", 0, 0), ("aaaa", 1, 1), ("aaaaaaaabbbbbbbb", 2, 2),
    ("aaaaaaaaaaaab", 2, 2), ("abcda", 1, 0),
])
def test_every_class_stays_to_be_learned(tmp_path: Path, labels: str, val: int, test: int) -> None:
    data = load_sound_dataset(recording(tmp_path, labels))
    parts = heard(data)
    assert {item.label for item in parts["train"]} == set(labels)
    if not val:
        assert data.split.val_is_train and not data.split.stretches
        return
    assert (len(parts["val"]), len(parts["test"])) == (val, test)
    if "aabb" in labels:
        assert {item.label for item in parts["val"]} == {"a", "b"}, "where both can be heard"


def test_labels_that_come_later_keep_the_edges(tmp_path: Path) -> None:
    first = load_sound_dataset(recording(tmp_path, "ab" * 10)).split
    save_split(tmp_path, first)
    with (tmp_path / "rec.txt").open("a") as stream:
        stream.write("0.1\t0.5\tc\n83\t85\tc\n119.2\t119.5\ta\n")
    recording(tmp_path, "ab" * 10, "second")
    data = load_sound_dataset(tmp_path)
    assert data.split.stretches["rec.wav"] == first.stretches["rec.wav"]
    assert set(data.split.stretches) == {"rec.wav", "second.wav"}
    assert [item.reason for item in data.problems] == [
        "rec.wav: 1 label lies across the edge of what is held out and cannot be used."]
    assert sum(map(len, heard(data).values())) == 42


def test_a_project_outgrows_that_nothing_could_be_held_out(tmp_path: Path) -> None:
    old = load_sound_dataset(recording(tmp_path, "ab")).split
    assert old.val_is_train
    save_split(tmp_path, old)
    run = tmp_path / "runs" / "one"
    run.mkdir(parents=True)
    save_split(run, old)
    recording(tmp_path, "ab" * 10)
    new = load_sound_dataset(tmp_path).split
    assert new.stretches and not new.val_is_train and not new.notes
    judged = load_sound_dataset(tmp_path, run=run)
    assert judged.doubt("val").startswith("Scores are from the training sounds")
    save_split(tmp_path, new)
    assert load_split(tmp_path) == new
    judged = load_sound_dataset(tmp_path, run=run)
    assert judged.split.val_is_train, "the old run learned from all of it"


def test_few_recordings_are_each_divided(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        recording(tmp_path, "ab" * 10, name)
    data = load_sound_dataset(tmp_path)
    assert set(data.split.stretches) == {"one.wav", "two.wav", "three.wav"}
    assert held_out_text(data.split.stretches).startswith(
        "Held out for validation: 1:24 to 1:42 of one.wav, 1:24 to 1:42 of three.wav and 1:24 to ")
    recording(tmp_path, "ab" * 10, "four")
    assert not load_sound_dataset(tmp_path).split.stretches, "whole recordings are held out"


def test_regions_that_a_label_of_the_whole_hides_are_told(tmp_path: Path) -> None:
    """Such a clip is learned from as a whole only."""
    path = tmp_path / "pond.wav"
    soundfile.write(path, np.full(16000, 0.1), 8000)
    regions = [LabeledObject("frog", Region(start, start + 0.2)) for start in (0.2, 0.8, 1.5)]
    path.with_suffix(".selections.txt").write_bytes(new_raven().render(Annotation(tuple(regions)),
                                                                       4000.0))
    assert not load_sound_dataset(tmp_path).problems
    whole = LabeledObject("dawn", Region(0.0, 2.0))
    path.with_suffix(".selections.txt").write_bytes(new_raven().render(
        Annotation((whole, *regions)), 4000.0))
    (problem,) = load_sound_dataset(tmp_path).problems
    assert problem.severity == "warning" and "3 regions in it cannot be learned" in problem.reason


def test_regions_without_a_class_are_told(tmp_path: Path) -> None:
    path = tmp_path / "pond.wav"
    soundfile.write(path, np.full(16000, 0.1), 8000)
    path.with_suffix(".selections.txt").write_bytes(new_raven().render(Annotation((
        LabeledObject("frog", Region(0.2, 0.4)), LabeledObject("", Region(0.8, 1.0)))), 4000.0))
    data = load_sound_dataset(tmp_path)
    (problem,) = data.problems
    assert problem.reason == "pond.wav: 1 region without a class cannot be used."
    assert [item.label for item in data.train[0].regions] == ["frog"]


def test_each_class_of_a_few_recordings_is_in_each_part(tmp_path: Path) -> None:
    """Of eight recordings one in seven is one, and by chance it is of the night."""
    calls = {"dawn": ("wren", "tit"), "night": ("owl",), "noon": ("tit", "rare")}
    times = ("dawn",) * 4 + ("night",) * 4 + ("noon",)
    for number, time in enumerate(times):
        path = tmp_path / f"2026051{number}_0430.wav"
        soundfile.write(path, np.full(8000, 0.1), 1000)
        objects = tuple(LabeledObject(name, Region(at * 2, at * 2 + 1))
                        for at, name in enumerate(calls[time]))
        table = new_raven(objects, path.name).render(Annotation(objects), 500.0)
        path.with_suffix(".selections.txt").write_bytes(table)
    chosen = [load_sound_dataset(tmp_path, seed=seed) for seed in range(6)]
    for data in chosen:
        heard = {part: {item.label for record in data.part(part) for item in samples_of(record)}
                 for part in PARTS}
        assert all(names >= {"wren", "tit", "owl"} for names in heard.values()), heard
        assert len(data.train) >= len(times) // 2, "most are there to learn from"
        assert not {item.key for item in data.train} & {item.key for item in data.test}
    assert load_sound_dataset(tmp_path, seed=3).split == chosen[3].split
    assert len({tuple(data.split.test) for data in chosen}) > 1, "the seed still chooses"
