"""What a person wants kept together stays in one part of the split, with classes in every part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.project.helpers import Owner, labelled
from tests.project.test_splits import check, part_of
from tests.support import tiny_pictures, tiny_sounds
from workbench.core.errors import UsageError, WorkbenchError
from workbench.project.datasets.grouped_split import (
    GroupedSplit,
    Labelled,
    current_split,
    held_back_but_learned,
    mixed_stations,
    new_split,
)
from workbench.project.datasets.groups import declared_groups
from workbench.project.datasets.images import load_dataset
from workbench.project.datasets.sounds import load_sound_dataset
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
from workbench.project.edits.split_steps import SplitAgain, declare_grouping
from workbench.project.grouping import (
    DAY,
    FOLDER,
    NAME,
    NIGHT,
    NOTHING,
    RECORDING,
    STATION,
    Grouping,
)
from workbench.project.grouping_schema import grouping_of
from workbench.project.manifest import Manifest
from workbench.project.runs import RunFolder
from workbench.project.session import Session
from workbench.tasks.image_classification.dataset import load_images

HERE = Path("nowhere")


def groups(keys: list[str], by: str, pattern: str = "", classes: tuple[str, ...] = ()) -> list[str]:
    found = declared_groups(HERE, keys, Grouping(by, pattern), classes=classes)
    return [found.get(key, "") for key in keys]


def cameras(folder: Path, number: int = 8, each: int = 3) -> Path:
    """Boxes of a class on all, and of another on those of the first camera."""
    for camera in range(number):
        for image in range(each):
            names = ["deer", "fox"] if camera == 0 else ["deer"]
            labelled(folder, f"cam{camera}/img{image}.png", names)
    return folder


def declare(folder: Path, grouping: Grouping) -> None:
    manifest = Manifest.load(folder)
    manifest.grouping = grouping
    manifest.save(folder)


# What belongs together


def test_a_station_is_a_folder_or_what_a_recorder_says() -> None:
    assert groups(["north/DCIM/100EK113/a.jpg", "north/2024-05-21/b.jpg", "south/a.jpg"],
                  STATION) == ["north", "north", "south"]
    assert groups(["SMA01_20240521_063000.wav", "SMA02_20240521_063000.wav"],
                  STATION) == ["SMA01", "SMA02"]
    assert groups(["fox/cam1/a.jpg", "deer/cam1/b.jpg", "fox/c.jpg"], STATION,
                  classes=("fox", "deer")) == ["cam1", "cam1", ""], "classes are no places"


def test_a_night_goes_from_noon_to_noon() -> None:
    keys = ["a/20240521_230000.jpg", "a/20240522_030000.jpg", "a/20240522_130000.jpg",
            "b/20240522_030000.jpg", "a/undated.jpg"]
    assert groups(keys, NIGHT) == [
        "a 2024-05-21", "a 2024-05-21", "a 2024-05-22", "b 2024-05-21", "a"]
    assert groups(keys, DAY) == [
        "a 2024-05-21", "a 2024-05-22", "a 2024-05-22", "b 2024-05-22", "a"]


def test_folders_recordings_and_patterns() -> None:
    assert groups(["train/lynx07/a.jpg", "val/lynx07/b.jpg", "c.jpg"], FOLDER) == [
        "lynx07", "lynx07", ""]
    assert groups(["x/clip_0001.jpg", "x/clip_0002.jpg", "20240521_063000_001.wav",
                   "20240521_063000_002.wav"], RECORDING) == [
        "x/clip", "x/clip", "20240521_063000", "20240521_063000"]
    assert groups(["rest/day1/a_0001.jpg", "walk/day1/a_0002.jpg"], RECORDING,
                  classes=("rest", "walk")) == ["day1/a"] * 2, "frames that were sorted"
    keys = ["a/lynx07_0001.jpg", "b/lynx07_0002.jpg", "b/other.jpg"]
    assert groups(keys, NAME, "{group}_{n}") == ["lynx07", "lynx07", ""]
    assert groups(keys, NAME, "{group}/*") == ["a", "b", "b"]
    assert groups(["a.b(c)_1.jpg"], NAME, "{group}(c)_{n}") == ["a.b"], "all else is as it stands"


@pytest.mark.parametrize("pattern", ["", "x", "{label}_{group}", "{group}" * 40, "{n}"])
def test_a_pattern_that_finds_nothing_is_refused(pattern: str) -> None:
    with pytest.raises(UsageError, match="pattern"):
        grouping_of({"group_by": NAME, "pattern": pattern})


def test_the_manifest_keeps_it_and_says_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "workbench.toml"
    path.write_text('[split]\ngroup_by = "station"  # ours\nlater = 1\n', "utf-8")
    assert Manifest.load(tmp_path).grouping == Grouping(STATION)
    declare(tmp_path, Grouping(NAME, "{group}_*"))
    assert Manifest.load(tmp_path).grouping == Grouping(NAME, "{group}_*")
    declare(tmp_path, Grouping())
    text = path.read_text("utf-8")
    assert "later = 1" in text and "group_by" not in text and "pattern" not in text
    path.write_text('[split]\ngroup_by = "moon"\n', "utf-8")
    problem = Manifest.load(tmp_path).problem
    assert problem is not None and "split.group_by is “moon”" in problem.reason
    path.write_text('[split]\ngroup_by = 3\n', "utf-8")
    assert Manifest.load(tmp_path).problem is not None
    path.write_text('split = 3\n', "utf-8")
    assert Manifest.load(tmp_path).problem is not None


# Splitting


@given(st.dictionaries(st.text("abc0123", min_size=1, max_size=4), st.tuples(
    st.sampled_from("xyzuvw"), st.sets(st.sampled_from(("cat", "dog", "cow")))), max_size=60),
    st.integers(0, 3))
def test_groups_stay_whole_and_classes_are_in_every_part(
        items: dict[str, tuple[str, set[str]]], seed: int) -> None:
    of = {key: group for key, (group, _) in items.items()}
    kinds = {key: names for key, (_, names) in items.items()}
    split = make_split(items, groups=of, kinds=kinds, seed=seed)
    check(split, list(items))
    if split.val_is_train:
        return
    parts = part_of(split)
    assert len({(of[key], parts[key]) for key in items}) == len({*of.values()})
    if len({*of.values()}) > 2:
        assert split.train and split.val and split.test
    for name in ("cat", "dog", "cow") if len({*of.values()}) > 4 else ():
        if any(name in names for names in kinds.values()):
            assert any(name in kinds[key] for key in split.train), "what is labelled is learned"


def test_classes_are_as_even_as_stations_allow() -> None:
    of = {f"{camera}/{image}": f"cam{camera}" for camera in range(40) for image in range(10)}
    kinds = {key: ["rare"] if int(key.partition("/")[0]) % 8 == 0 else ["often"] for key in of}
    split = make_split(of, groups=of, kinds=kinds)
    shares = {part: len(members) / len(of) for part, members in (
        (part, split.members(part)) for part in PARTS)}
    assert shares["train"] == pytest.approx(0.7, abs=0.05)
    assert shares["val"] == pytest.approx(0.15, abs=0.05)
    assert all(any("rare" in kinds[key] for key in split.members(part)) for part in PARTS)


def test_a_class_of_two_stations_is_both_learned_and_judged() -> None:
    of = {f"{camera}/{image}": f"cam{camera}" for camera in range(12) for image in range(10)}
    kinds = {key: ["rare"] if int(key.partition("/")[0]) in (3, 8) else ["often"] for key in of}
    split = make_split(of, groups=of, kinds=kinds)
    assert any("rare" in kinds[key] for key in split.train)
    assert any("rare" in kinds[key] for key in (*split.val, *split.test))


def test_boxes_are_split_by_station_and_later_images_join(tmp_path: Path) -> None:
    cameras(tmp_path)
    declare(tmp_path, Grouping(STATION))
    split = default_split(tmp_path)
    parts = part_of(split)
    assert all(len({parts[f"cam{camera}/img{image}.png"] for image in range(3)}) == 1
               for camera in range(8))
    assert "cam0/img0.png" in split.train, "a class of one station is learned"
    save_split(tmp_path, split)
    for camera in range(8):
        labelled(tmp_path, f"cam{camera}/later.png", ["deer"])
    grown = part_of(default_split(tmp_path))
    assert all(grown[f"cam{camera}/later.png"] == parts[f"cam{camera}/img0.png"]
               for camera in range(8))


def test_a_split_that_is_there_is_never_split_again(tmp_path: Path) -> None:
    before = default_split(cameras(tmp_path))
    save_split(tmp_path, before)
    declare(tmp_path, Grouping(STATION))
    assert default_split(tmp_path) == before


def test_what_comes_later_of_a_group_in_several_parts_goes_where_it_is_missed() -> None:
    keys = [f"{number}" for number in range(40)]
    later = [f"later{number}" for number in range(40)]
    split = make_split(keys)
    mixed = {key: f"{at % 2}" for part in PARTS for at, key in enumerate(split.members(part))}
    mixed |= {key: f"{at % 2}" for at, key in enumerate(later)}
    alone = {key: key for key in later}
    assert extend_split(split, [*keys, *later], mixed | alone).counts() == {
        "train": 56, "val": 12, "test": 12}
    grown = extend_split(split, [*keys, *later], mixed)
    assert len(grown.train) > 40, "no group goes as a whole into a part for validation or testing"


def test_sorted_images_and_sounds_are_split_by_it(tmp_path: Path) -> None:
    folder = tiny_pictures.make_pictures(tmp_path / "pictures", each=6, side=8)
    for path in sorted(folder.glob("*/*.png")):  # of each class one at each of six cameras
        camera = path.parent / f"cam{path.stem}"
        camera.mkdir()
        path.rename(camera / path.name)
    declare(folder, Grouping(STATION))
    split = load_images(folder).split
    parts = part_of(split)
    assert all(len({parts[f"{name}/cam{camera}/{camera}.png"] for name in tiny_pictures.CLASSES})
               == 1 for camera in range(6))
    assert split == new_split(Labelled.read(folder), Grouping(STATION)).split

    sounds = tiny_sounds.make_sounds(tmp_path / "sounds", each=2)
    declare(sounds, Grouping(RECORDING))
    found = load_sound_dataset(sounds).split
    assert found.counts() == {"train": 6, "val": 6, "test": 6}, "a speaker in each part"
    assert found == new_split(Labelled.read(sounds), Grouping(RECORDING)).split
    declare(sounds, Grouping(NOTHING))
    assert not any("group" in note for note in load_sound_dataset(sounds).split.notes)


# What is said of it


def grouped(folder: Path, by: str) -> GroupedSplit:
    return new_split(Labelled.read(folder), Grouping(by))


def test_a_preview_says_what_cannot_be_judged(tmp_path: Path) -> None:
    found = grouped(cameras(tmp_path), STATION)
    assert found.words() == ("8 stations: 6 train, 1 val, 1 test. 24 samples: 18 train, 3 val, "
                             "3 test.")
    assert found.doubts() == ["“fox” is only in cam0: it cannot be both learned and judged."]
    assert found.rows[0].classes == {"deer": 3, "fox": 3}
    assert found.to_json()["only_in_one"] == {"fox": "cam0"}
    assert grouped(tmp_path, NIGHT).doubts()[0].startswith("“fox” is only in cam0")
    labelled(tmp_path, "loose.png", ["deer"])
    assert "put into parts one by one: 1 sample." in grouped(tmp_path, STATION).doubts()[-1]


def test_nothing_to_split_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing is labelled"):
        grouped(tmp_path, STATION)
    labelled(tmp_path, "a.png", ["deer"])
    made = grouped(tmp_path, STATION)
    assert made.split.val_is_train and made.samples["val"] == 0
    assert "Validation uses the training samples: its numbers are too good." in made.doubts()
    assert "1 val" not in made.words()


def test_a_split_that_mixes_clear_stations_is_told(tmp_path: Path) -> None:
    split = default_split(cameras(tmp_path))
    words = mixed_stations(tmp_path, split, ("deer", "fox"))
    assert "mixes stations" in words and "too good" in words
    apart = grouped(tmp_path, STATION)
    assert not mixed_stations(tmp_path, apart.split, ())
    now = current_split(Labelled.read(tmp_path), Grouping(STATION))
    assert now is None, "nobody has split them"
    save_split(tmp_path, split)
    now = current_split(Labelled.read(tmp_path), Grouping(STATION))
    assert now is not None and now.mixed and "in several parts" in now.doubts()[0]
    declare(tmp_path, Grouping(NOTHING))
    assert not mixed_stations(tmp_path, split, ()), "who says that it is meant is not told again"


@pytest.mark.parametrize("keys", [
    [f"cam{camera}/{image}.png" for camera in range(5) for image in range(9)],
    [f"{name}/{image}.png" for name in "abcdefgh" for image in range(9)],
    [f"cam{max(0, of - 20)}/{of}-{image}.png" for of in range(28) for image in range(4)],
    [f"{image}.png" for image in range(60)],
])
def test_what_are_no_clear_stations_is_no_doubt(tmp_path: Path, keys: list[str]) -> None:
    assert not mixed_stations(tmp_path, make_split(keys), tuple("abcdefgh"))


# The step


def test_splitting_again_is_undone_and_keeps_the_split_before(
        tmp_path: Path, open_session: Callable[[Path], Session], owner: Owner) -> None:
    cameras(tmp_path)
    before = default_split(tmp_path)
    save_split(tmp_path, before)
    session = open_session(tmp_path)
    found = Labelled.read(tmp_path)
    after = new_split(found, Grouping(STATION))
    assert found.split is not None

    def keep(grouping: Grouping) -> None:
        session.manifest.grouping = grouping

    session.undo.push(SplitAgain(tmp_path, found.split, after.split,
                                 (Grouping(), Grouping(STATION)), keep))
    assert load_split(tmp_path) == after.split and session.manifest.grouping.by == STATION
    assert load_split(tmp_path, "earlier-1").train == before.train
    session.undo.undo()
    assert load_split(tmp_path) == before and list_splits(tmp_path) == ["default"]
    assert session.manifest.grouping == Grouping()
    session.undo.redo()
    assert load_split(tmp_path) == after.split and "earlier-1" in list_splits(tmp_path)


def test_a_model_is_still_judged_by_the_split_that_it_was_trained_with(
        tmp_path: Path, open_session: Callable[[Path], Session]) -> None:
    before = default_split(cameras(tmp_path))
    save_split(tmp_path, before)
    run = RunFolder.create(tmp_path, "compact-n", {"split": {"name": "default"}})
    save_split(run.path, before)
    other = RunFolder.create(tmp_path, "compact-n", {"split": {"name": "mine"}})
    session = open_session(tmp_path)
    found = Labelled.read(tmp_path)
    after = new_split(found, Grouping(STATION))
    session.undo.push(SplitAgain(tmp_path, before, after.split,
                                 (Grouping(), Grouping(STATION)), lambda _: None))
    assert run.split == "earlier-1" and other.split == "mine"
    assert load_split(run.path, run.split).train == before.train
    assert {item.key for item in load_dataset(tmp_path, run.split).test} == {*before.test}
    later = RunFolder.create(tmp_path, "compact-n", {"split": {"name": "default"}})
    save_split(later.path, after.split)
    session.undo.undo()
    assert run.split == "default" and list_splits(run.path) == ["default"]
    assert later.split == "earlier-2" and load_split(tmp_path, "earlier-2").train == \
        after.split.train, "it was trained meanwhile"
    session.undo.redo()
    assert (run.split, later.split) == ("earlier-1", "earlier-2")


def test_a_start_from_what_has_learned_the_held_back_samples_is_told(tmp_path: Path) -> None:
    split = default_split(cameras(tmp_path))
    first = RunFolder.create(tmp_path, "compact-n", {})
    save_split(first.path, split)
    config = {"start_from": {"kind": "model", "path": str(first.best_path)}}
    second = RunFolder.create(tmp_path, "compact-n", config)
    save_split(second.path, replace(split, train=[]))
    other = Path(tmp_path / "elsewhere" / "best.safetensors")
    anew = replace(split, train=[*split.val, *split.test], val=split.train[:2],
                   test=split.train[2:])
    for model in (first.best_path, second.best_path):
        assert not held_back_but_learned(tmp_path, model, split)
        told = held_back_but_learned(tmp_path, model, anew)
        assert f"{len(split.train)} of {len(split.train)} samples" in told
    assert not held_back_but_learned(tmp_path, other, anew)


def test_a_split_that_came_meanwhile_is_kept(
        tmp_path: Path, open_session: Callable[[Path], Session]) -> None:
    session = open_session(cameras(tmp_path))
    found = Labelled.read(tmp_path)  # nobody has split them
    after = new_split(found, Grouping(STATION)).split
    trained = default_split(tmp_path)
    save_split(tmp_path, trained)  # by a training in a shell, say
    session.undo.push(SplitAgain(tmp_path, found.split or Split(), after,
                                 (Grouping(), Grouping(STATION)), lambda _: None))
    assert load_split(tmp_path, "earlier-1").train == trained.train
    anew = make_split(found.kinds, seed=7)
    save_split(tmp_path, anew)  # by another window
    session.undo.undo()
    assert load_split(tmp_path) == trained
    assert load_split(tmp_path, "earlier-2").train == anew.train


def test_a_split_that_cannot_be_read_is_not_replaced(
        tmp_path: Path, open_session: Callable[[Path], Session]) -> None:
    session = open_session(cameras(tmp_path))
    after = new_split(Labelled.read(tmp_path), Grouping(STATION)).split
    step = SplitAgain(tmp_path, Split(), after, (Grouping(),) * 2, lambda _: None)
    save_split(tmp_path, after)
    path = tmp_path / "splits" / "default.json"
    path.write_bytes(b"{")
    with pytest.raises(WorkbenchError, match="default"):
        session.undo.push(step)
    assert path.read_bytes() == b"{" and list_splits(tmp_path) == ["default"]


def test_it_can_be_said_for_samples_to_come_alone(
        tmp_path: Path, open_session: Callable[[Path], Session], owner: Owner) -> None:
    session = open_session(cameras(tmp_path))
    declare_grouping(session, Grouping(STATION))
    owner.finish(session)
    assert Manifest.load(tmp_path).grouping == Grouping(STATION) and not list_splits(tmp_path)
    session.undo.undo()
    owner.finish(session)
    assert Manifest.load(tmp_path).grouping == Grouping()
