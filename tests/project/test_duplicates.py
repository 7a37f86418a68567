"""Images that look nearly the same are found; different ones are not."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from tests.conftest import real_data
from tests.project.helpers import labelled
from workbench.cli import main
from workbench.core.background import Cancelled
from workbench.project.cache import cache_folder
from workbench.project.datasets.images import load_dataset
from workbench.project.datasets.label_issues import find_label_issues
from workbench.project.datasets.splits import Split, save_split
from workbench.project.doctor import doctor
from workbench.project.statistics import duplicates
from workbench.project.statistics.duplicates import (
    MOST_BITS,
    GreyThumbnails,
    SimilarPair,
    across,
    known_thumbnails,
    near_duplicates,
    read_thumbnails,
    split_problems,
)
from workbench.tasks.image_classification.dataset import load_images
from workbench.tasks.image_classification.file_issues import file_issues


def photo(seed: int, size: tuple[int, int] = (320, 240)) -> Image.Image:
    """A picture of soft blobs in a few colours, another one for each seed."""
    chance = np.random.default_rng(seed)
    small = Image.fromarray(chance.integers(0, 255, (7, 9, 3), np.uint8))
    return small.resize(size, Image.Resampling.BICUBIC)


def turned(image: Image.Image, path: Path) -> None:
    """Save it on its side, with a note of the camera that says so."""
    exif = Image.Exif()
    exif[0x0112] = 6
    image.transpose(Image.Transpose.ROTATE_90).save(path, exif=exif)


COPIES: dict[str, Callable[[Image.Image, Path], object]] = {
    "half.jpg": lambda image, path: image.resize((160, 120)).save(path),
    "poor.jpg": lambda image, path: image.save(path, quality=25),
    "bright.png": lambda image, path: ImageEnhance.Brightness(image).enhance(1.25).save(path),
    "contrast.png": lambda image, path: ImageEnhance.Contrast(image).enhance(1.3).save(path),
    "grey.png": lambda image, path: image.convert("L").save(path),
    "turned.jpg": turned,
}


def pairs(folder: Path) -> set[tuple[str, str]]:
    return {(pair.first, pair.second) for pair in near_duplicates(read_thumbnails(folder))}


@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_is_found_among_others(tmp_path: Path, copy: str) -> None:
    for seed in range(12):
        photo(seed).save(tmp_path / f"a{seed}.png")
    COPIES[copy](photo(5), tmp_path / f"z_{copy}")
    assert pairs(tmp_path) == {("a5.png", f"z_{copy}")}


def test_plain_pictures_are_no_copies_of_each_other(tmp_path: Path) -> None:
    for number in range(4):
        Image.new("RGB", (40, 30), (60 * number, 10, 90)).save(tmp_path / f"{number}.png")
    assert pairs(tmp_path) == set()


def test_of_several_each_is_paired_with_the_first(tmp_path: Path) -> None:
    for name in ("a.png", "b.jpg", "c.jpg"):
        photo(1).save(tmp_path / name)
    photo(2).save(tmp_path / "d.png")
    assert pairs(tmp_path) == {("a.png", "b.jpg"), ("a.png", "c.jpg")}


def test_very_many_copies_and_plain_pictures_do_not_take_for_ever() -> None:
    grey = np.zeros((6000, 16, 16), np.uint8)
    grey[:3000] = np.random.default_rng(0).integers(0, 255, (16, 16))
    keys = tuple(f"{number}.png" for number in range(6000))
    asked: list[int] = []
    found = near_duplicates(GreyThumbnails(keys, np.zeros(6000, np.int64), grey),
                            lambda done, total: asked.append(total))
    assert len(found) == 2999 and {pair.first for pair in found} == {"0.png"}
    assert len(asked) == -(-6000 // duplicates._BLOCK), "it can be given up in between"


def test_more_images_than_are_compared_at_once(tmp_path: Path,
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "_BLOCK", 3)
    for seed in range(10):
        photo(seed).save(tmp_path / f"{seed}.png")
    for seed in (0, 8):
        photo(seed).save(tmp_path / f"x{seed}.jpg", quality=50)
    assert pairs(tmp_path) == {("0.png", "x0.jpg"), ("8.png", "x8.jpg")}


def test_only_what_changed_is_looked_at_again(tmp_path: Path,
                                              monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(3):
        photo(seed).save(tmp_path / f"{seed}.png")
    (tmp_path / "broken.jpg").write_bytes(b"no image")
    first = read_thumbnails(tmp_path)
    assert first.keys == ("0.png", "1.png", "2.png")
    looked: list[str] = []
    real = duplicates._grey
    monkeypatch.setattr(duplicates, "_grey", lambda path: looked.append(path.name) or real(path))
    photo(9).save(tmp_path / "1.png")
    os.utime(tmp_path / "1.png", ns=(1, 1))
    (tmp_path / "2.png").unlink()
    assert known_thumbnails(tmp_path).keys == ("0.png",)
    second = read_thumbnails(tmp_path)
    assert looked == ["1.png", "broken.jpg"] and second.keys == ("0.png", "1.png")
    assert not np.array_equal(first.grey[1], second.grey[1])
    (cache_folder(tmp_path) / "looks.npz").write_bytes(b"PK\x03\x04")
    assert read_thumbnails(tmp_path).keys == second.keys


def test_what_was_seen_before_it_was_given_up_is_remembered(tmp_path: Path) -> None:
    for seed in range(3):
        photo(seed).save(tmp_path / f"{seed}.png")

    def stop(done: int, total: int) -> None:
        if done == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        read_thumbnails(tmp_path, stop)
    assert known_thumbnails(tmp_path).keys == ("0.png", "1.png")


def test_copies_on_two_sides_of_a_split_are_a_finding(tmp_path: Path) -> None:
    for seed in range(3):
        photo(seed).save(tmp_path / f"{seed}.png")
        photo(seed).save(tmp_path / f"x{seed}.jpg")
    save_split(tmp_path, Split(train=["0.png", "1.png", "x1.jpg", "2.png"], val=["x0.jpg"]))
    assert not [item for item in doctor(tmp_path) if item.kind == "duplicate-across-split"], (
        "nobody has looked yet, and doctor decodes no picture")
    read_thumbnails(tmp_path)
    found = [item for item in doctor(tmp_path) if item.kind == "duplicate-across-split"]
    assert [item.names for item in found] == [("0.png", "x0.jpg")]
    assert "x0.jpg (val) looks nearly the same as 0.png (train)" in found[0].reason


def test_a_copy_that_is_in_no_part_hides_no_others(tmp_path: Path) -> None:
    for name in ("0.png", "1.png", "2.png"):
        photo(0).save(tmp_path / name)
    save_split(tmp_path, Split(train=["1.png"], val=["2.png"]))
    read_thumbnails(tmp_path)
    assert [item.names for item in split_problems(tmp_path)] == [("1.png", "2.png")]


def test_a_training_is_warned(tmp_path: Path) -> None:
    for number in range(4):
        labelled(tmp_path, f"{number}.png", ["cat"])
        photo(number, (64, 48)).save(tmp_path / f"{number}.png")
    photo(0, (64, 48)).save(tmp_path / "3.png")
    split = Split(train=["0.png", "1.png"], val=["2.png", "3.png"])
    save_split(tmp_path, split)
    read_thumbnails(tmp_path)
    doubts = [item for item in find_label_issues(load_dataset(tmp_path))
              if item.kind == "duplicate-across-split"]
    assert len(doubts) == 1 and doubts[0].files == (str(tmp_path / "3.png"),)
    assert "looks nearly the same as one in another part of the split" in doubts[0].words
    assert not split_problems(tmp_path, split, most=3), "too many to be compared before a training"
    everywhere = Split(train=["0.png", "3.png"], val=["0.png", "3.png"])
    assert not split_problems(tmp_path, everywhere), "nothing was held back"


def test_a_training_of_sorted_images_is_warned(tmp_path: Path) -> None:
    for number, name in enumerate(("cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        photo(number % 3).save(tmp_path / name)
    save_split(tmp_path, Split(train=["cat/1.png", "cat/2.png", "dog/1.png"], val=["dog/2.png"]))
    read_thumbnails(tmp_path)
    said = file_issues(load_images(tmp_path), lambda done, total: None)
    key = next(key for words, key in said.items() if "another part of the split" in words)
    assert key == "dog/2.png"


def test_the_shell_lists_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(3):
        photo(number % 2).save(tmp_path / f"{number}.png")
    save_split(tmp_path, Split(train=["0.png", "1.png"], val=["2.png"]))
    assert main(["duplicates", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "1.000  0.png  2.png  (train and val)", "1 pair of 3 images looks nearly the same."]
    assert main(["duplicates", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {"first": "0.png", "second": "2.png", "like": 1.0, "parts": ["train", "val"]}]
    assert main(["duplicates", str(tmp_path / "nowhere")]) == 2
    (tmp_path / "empty").mkdir()
    assert main(["duplicates", str(tmp_path / "empty")]) == 0
    assert capsys.readouterr().out == "0 pairs of 0 images look nearly the same.\n"


def test_across_asks_for_both_images() -> None:
    pair = SimilarPair("a", "b", 1.0)
    assert across([pair], {"a": "train", "b": "val"}) == [pair]
    assert not across([pair], {"a": "train", "b": "train"}) and not across([pair], {"a": "train"})


@pytest.mark.parametrize(("folder", "real"), [
    ("kangaroo/images", {("00007.jpg", "00033.jpg")}), ("ants-bees", set()),
    ("bccd/JPEGImages", {("BloodImage_00037.jpg", "BloodImage_00038.jpg")}),
])
def test_real_photos_hold_the_copies_that_were_planted_and_no_others(
        tmp_path: Path, folder: str, real: set[tuple[str, str]]) -> None:
    name, _, below = folder.partition("/")
    files = sorted(path for path in (real_data(name) / below).rglob("*.jpg"))[:60]
    for path in files:
        (tmp_path / path.name).symlink_to(path)
    planted = set()
    for path in files[10::30]:
        image = Image.open(path).convert("RGB")
        for copy in ("half.jpg", "poor.jpg", "bright.png"):
            resized = image.resize((image.width // 2, image.height // 2))
            made = tmp_path / f"zz_{path.stem}_{copy}"
            resized.save(made) if copy == "half.jpg" else COPIES[copy](image, made)
            planted.add((path.name, made.name))
    there = {path.name for path in files}
    assert pairs(tmp_path) == planted | {pair for pair in real if set(pair) <= there}


def test_the_threshold_is_as_documented() -> None:
    assert MOST_BITS == 10
