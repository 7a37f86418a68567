"""Splits are seeded, stable, keep groups together and work for the smallest projects."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import shared_data
from tests.project.helpers import add_image, labelled
from workbench.core.errors import FormatError, UsageError
from workbench.project.datasets.groups import groups_from_names
from workbench.project.datasets.splits import (
    PARTS,
    Split,
    default_split,
    extend_split,
    list_splits,
    load_split,
    make_split,
    save_split,
)

keys_of = st.lists(st.text("abc0123", min_size=1, max_size=5), unique=True, max_size=60)


def part_of(split: Split) -> dict[str, str]:
    return {key: part for part in PARTS for key in split.members(part)}


def check(split: Split, keys: list[str]) -> None:
    """Everybody is in exactly one part, and there is always something to learn from."""
    if split.val_is_train:
        assert sorted(split.train + split.test) == sorted(keys) and split.notes
    else:
        assert sorted(split.train + split.val + split.test) == sorted(keys)
    assert split.train or not keys


@given(keys_of, st.integers(0, 5))
def test_a_split_is_whole_and_depends_on_the_seed_alone(keys: list[str], seed: int) -> None:
    split = make_split(keys, seed=seed)
    check(split, keys)
    assert make_split(reversed(keys), seed=seed) == split
    if len(keys) > 1:
        assert split.val and not split.val_is_train
    if len(keys) > 3:
        assert split.test


@given(keys_of, keys_of, st.integers(0, 5))
def test_later_images_move_nobody(keys: list[str], later: list[str], seed: int) -> None:
    split = make_split(keys, seed=seed)
    grown = extend_split(split, [*keys, *later])
    check(grown, sorted({*keys, *later}))
    before, after = part_of(split), part_of(grown)
    if not split.val_is_train:
        assert all(after[key] == part for key, part in before.items())
    assert extend_split(grown, [*keys, *later]) == grown


@given(st.dictionaries(st.text("abc0123", min_size=1, max_size=5), st.sampled_from("xyzuvw"),
                       max_size=60))
def test_groups_stay_together(groups: dict[str, str]) -> None:
    split = make_split(groups, groups=groups)
    check(split, list(groups))
    if not split.val_is_train:
        parts = part_of(split)
        assert len({(groups[key], parts[key]) for key in groups}) == len(set(groups.values()))
    if len(set(groups.values())) > 1:
        assert not split.val_is_train


@pytest.mark.parametrize(("count", "expected"), [
    (0, (0, 0, 0)), (1, (1, 1, 0)), (2, (1, 1, 0)), (3, (2, 1, 0)), (4, (2, 1, 1)),
    (10, (6, 2, 2)), (100, (70, 15, 15)), (164, (114, 25, 25))])
def test_sizes(count: int, expected: tuple[int, int, int]) -> None:
    split = make_split(f"{number}.jpg" for number in range(count))
    assert tuple(split.counts().values()) == expected
    assert bool(split.notes) == (count == 1)


def test_shares_can_be_chosen() -> None:
    split = make_split([str(n) for n in range(100)], ratios=(0.5, 0.5, 0.0))
    assert split.counts() == {"train": 50, "val": 50, "test": 0}
    assert make_split(["a", "b"], ratios=(1.0, 0.0, 0.0)).val_is_train


def test_other_seeds_give_other_splits() -> None:
    keys = [str(n) for n in range(40)]
    assert len({tuple(make_split(keys, seed=seed).test) for seed in range(5)}) == 5


def test_a_new_frame_joins_its_clip() -> None:
    groups = {f"clip{c}_{n:04}.jpg": f"clip{c}" for c in range(8) for n in range(5)}
    split = make_split(groups, groups=groups)
    parts = part_of(split)
    more = {**groups, **{f"clip{c}_0009.jpg": f"clip{c}" for c in range(8)}}
    grown = part_of(extend_split(split, more, more))
    assert all(grown[f"clip{c}_0009.jpg"] == parts[f"clip{c}_0000.jpg"] for c in range(8))


def test_a_project_that_grows_gets_a_val_of_its_own() -> None:
    split = extend_split(make_split(["a"]), ["a", "b", "c"])
    assert split.train[0] == "a" and split.val and not split.val_is_train and not split.notes


# Groups


def test_clips_are_seen_only_where_they_are_clear() -> None:
    frames = [f"clip{c}_{n:04}.jpg" for c in range(6) for n in range(4)]
    groups = groups_from_names(frames)
    assert groups is not None and groups["clip3_0001.jpg"] == "clip3"
    assert groups_from_names([f"IMG_{n:04}.jpg" for n in range(50)]) is None
    assert groups_from_names([f"{n:05}.jpg" for n in range(50)]) is None
    assert groups_from_names([*frames, "other.jpg"]) is None
    assert groups_from_names(frames[:8]) is None


def test_frames_of_one_video_are_split_by_stretches_of_time() -> None:
    frames = [f"images/clip.mp4-{n:06}.jpg" for n in range(0, 1000, 10)]
    keys = [*frames, "photo.jpg"]
    groups = groups_from_names(keys)
    assert groups is not None and set(groups) == set(frames)
    assert 10 <= len(set(groups.values())) <= 20
    split = make_split(keys, groups=groups)
    part = part_of(split)
    borders = sum(part[a] != part[b] for a, b in pairwise(frames))
    assert split.val and split.test and borders <= 10, "neighbours look nearly the same"
    grown = part_of(extend_split(split, [*keys, "images/clip.mp4-000105.jpg"], groups_from_names(
        [*keys, "images/clip.mp4-000105.jpg"])))
    assert grown["images/clip.mp4-000105.jpg"] == part["images/clip.mp4-000100.jpg"]
    many = groups_from_names(["photo.jpg", *(f"{c}.avi-{n:06}.jpg" for c in "abcdef"
                                             for n in range(3))])
    assert many is not None and set(many.values()) == {f"{c}.avi" for c in "abcdef"}


def test_numbered_classes_are_no_clips() -> None:
    names = [f"{animal}_{n:03}.jpg" for animal in ("cat", "dog", "cow", "owl", "bee", "ant")
             for n in range(10)]
    assert groups_from_names(names) is not None
    classes = {name: {name.partition("_")[0]: 1} for name in names}
    assert groups_from_names(names, lambda: classes) is None
    assert groups_from_names(names, lambda: {key: {"animal": 1} for key in names}) is not None


def test_augmented_copies_stay_together() -> None:
    copies = [f"train/photo{n}_jpg.rf.{m:032x}.jpg" for n in range(5) for m in range(3)]
    groups = groups_from_names(copies)
    assert groups is not None and len(set(groups.values())) == 5


# Projects


def test_only_labelled_images_are_members(tmp_path: Path) -> None:
    for name in "abcdef":
        labelled(tmp_path, f"{name}.png", ["cat"])
    labelled(tmp_path, "background.png", [])
    add_image(tmp_path, "new.png")
    add_image(tmp_path, "a.jpg")  # shares a.xml, which belongs to a.png
    split = default_split(tmp_path)
    assert set(part_of(split)) == {*(f"{name}.png" for name in "abcdef"), "background.png"}
    assert not (tmp_path / "splits").exists()
    save_split(tmp_path, split)
    labelled(tmp_path, "new.png", ["cat"])
    grown = part_of(default_split(tmp_path))
    assert {key: grown[key] for key in part_of(split)} == part_of(split) and "new.png" in grown


def test_saved_splits_come_back(tmp_path: Path) -> None:
    split = make_split([f"ünï {n}.jpg" for n in range(9)], seed=3, name="by hand")
    path = save_split(tmp_path, split)
    before = path.stat().st_mtime_ns
    save_split(tmp_path, split)
    assert path.stat().st_mtime_ns == before
    assert load_split(tmp_path, "by hand") == split and list_splits(tmp_path) == ["by hand"]
    with pytest.raises(UsageError, match="no split “other”"):
        load_split(tmp_path, "other")
    for name in ("", "../up", ".hidden", "a/b"):
        with pytest.raises(UsageError):
            load_split(tmp_path, name)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"train": 1, "val": [], "test": []}',
                                     '{"train": [1], "val": [], "test": []}', "\xff"])
def test_a_broken_split_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "splits").mkdir()
    (tmp_path / "splits" / "default.json").write_bytes(content.encode("latin-1"))
    labelled(tmp_path, "a.png", ["cat"])
    with pytest.raises(FormatError, match=r"default\.json: it is not a split"):
        default_split(tmp_path)


def voc_folder(folder: Path, lists: dict[str, str], count: int = 10) -> Path:
    for number in range(count):
        labelled(folder, f"JPEGImages/{number}.png", ["cat"], annotations="Annotations")
    (folder / "ImageSets" / "Main").mkdir(parents=True)
    for name, stems in lists.items():
        (folder / "ImageSets" / "Main" / f"{name}.txt").write_text("\n".join(stems))
    return folder


def stems(split: Split) -> dict[str, str]:
    return {part: "".join(sorted(key.split("/")[1][0] for key in split.members(part)))
            for part in PARTS}


def test_image_sets_keep_their_names(tmp_path: Path) -> None:
    split = default_split(voc_folder(tmp_path, {
        "train": "0123", "val": "45", "test": "67", "trainval": "012345", "cat_train": "9"}))
    assert stems(split) == {"train": "0123", "val": "45", "test": "67"}
    assert split.origin == "ImageSets/Main" and len(split.left_out) == 2
    assert ["2 labelled images" in note for note in split.notes] == [True]


def test_image_sets_without_a_part(tmp_path: Path) -> None:
    no_test = default_split(voc_folder(tmp_path / "1", {"train": "0123456", "val": "789"}))
    assert no_test.test == [] and any("no test" in note for note in no_test.notes)
    both = default_split(voc_folder(tmp_path / "2", {"trainval": "01234567", "test": "89"}))
    assert stems(both)["test"] == "89" and len(both.val) == 2 and len(both.train) == 6
    rest = default_split(voc_folder(tmp_path / "3", {"trainval": "01234567", "train": "0123"}))
    assert stems(rest) == {"train": "0123", "val": "4567", "test": ""}
    no_val = default_split(voc_folder(tmp_path / "4", {"train": "01234567", "test": "89"}))
    assert no_val.val and len(no_val.train + no_val.val) == 8 and no_val.test


def test_image_sets_that_overlap_or_name_strangers(tmp_path: Path) -> None:
    split = default_split(voc_folder(tmp_path, {"train": "0123xy", "val": "34", "test": "45"}))
    assert stems(split) == {"train": "012", "val": "3", "test": "45"}
    assert any("2 of the images" in note for note in split.notes)
    assert any("more than one list" in note for note in split.notes)


def test_images_that_come_later_leave_published_lists_comparable(tmp_path: Path) -> None:
    folder = voc_folder(tmp_path, {"train": "0123456", "val": "7", "test": "8"})
    save_split(folder, default_split(folder))
    labelled(folder, "JPEGImages/a.png", ["cat"], annotations="Annotations")
    assert stems(default_split(folder)) == {"train": "0123456a", "val": "7", "test": "8"}


def test_folders_called_train_and_valid_are_honoured(tmp_path: Path) -> None:
    for key in ("train/0.png", "train/1.png", "valid/2.png", "test/3.png"):
        labelled(tmp_path, key, ["cat"])
    assert stems(default_split(tmp_path)) == {"train": "01", "val": "2", "test": "3"}
    labelled(tmp_path, "other/4.png", ["cat"])
    assert default_split(tmp_path).origin == "random, seed 0"


def test_real_data() -> None:
    bccd = default_split(shared_data("bccd"))
    assert bccd.counts() == {"train": 205, "val": 87, "test": 0}
    kangaroo = default_split(shared_data("kangaroo"))
    assert kangaroo.counts() == {"train": 114, "val": 25, "test": 25}
    assert json.dumps(kangaroo.test) == json.dumps(default_split(shared_data("kangaroo")).test)
