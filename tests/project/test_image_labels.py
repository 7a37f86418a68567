"""The classes of images: by folder and by labels.csv, which wins."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from workbench.core.errors import WorkbenchError
from workbench.project.datasets.splits import FROM_FORMAT, Split, save_split
from workbench.project.doctor import doctor
from workbench.project.imports.images import import_dataset
from workbench.project.task import task_of_folder
from workbench.tasks.image_classification.dataset import (
    check_enough,
    data_warnings,
    facts_of,
    load_images,
)
from workbench.tasks.image_classification.labels import read_labels, write_labels


def images(folder: Path, *names: str, xml: bool = False) -> Path:
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L" if name.endswith(".png") else "RGB", (9 + number, 7), number).save(path)
        if xml:
            path.with_suffix(".xml").write_text(
                "<annotation><object><name>a</name><bndbox><xmin>1</xmin><ymin>1</ymin>"
                "<xmax>5</xmax><ymax>5</ymax></bndbox></object></annotation>", "utf-8")
    return folder


CATS = ("cat/1.png", "cat/2.png", "cat/3.png", "dog/1.png", "dog/2.png")


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    return images(tmp_path / "pets", *CATS)


def labels(folder: Path) -> dict[str, str]:
    return read_labels(folder).labels


# --- reading --------------------------------------------------------------------------------------


def test_a_folder_is_a_class(pets: Path) -> None:
    found = read_labels(pets)
    assert found.labels == {key: key[:3] for key in CATS}
    assert found.classes == ["cat", "dog"] and not found.problems and found.table is None


@pytest.mark.parametrize("names", [
    [f"train/{key}" for key in CATS] + [f"val/{key}" for key in CATS],
    [f"pets/train/{key}" for key in CATS] + [f"pets/test/{key}" for key in CATS],
    [key.replace("/", "/train/") for key in CATS] + [key.replace("/", "/test/") for key in CATS],
    [f"images/{key}" for key in CATS],
], ids=["above", "in a folder of their own", "below", "in images"])
def test_the_parts_of_a_split_are_no_classes(tmp_path: Path, names: list[str]) -> None:
    folder = images(tmp_path / "pets", *names)
    assert set(labels(folder).values()) == {"cat", "dog"}
    assert len(labels(folder)) == len(names)


def test_the_table_wins_for_its_files(pets: Path) -> None:
    (pets / "labels.csv").write_text("file,label\ncat/2.png,lion\ndog\\1.png,\n", "utf-8")
    found = labels(pets)
    assert found["cat/2.png"] == "lion" and found["cat/1.png"] == "cat"
    assert "dog/1.png" not in found


def test_a_table_of_all_files_needs_no_folders(tmp_path: Path) -> None:
    folder = images(tmp_path / "flat", "a/1.png", "b/2.png", "b/3.png")
    (folder / "labels.tsv").write_text("image_id\tspecies\n1\tant\n2\tbee\n3\tbee\n", "utf-8")
    assert labels(folder) == {"a/1.png": "ant", "b/2.png": "bee", "b/3.png": "bee"}


def test_what_is_odd_in_a_table_is_told(pets: Path) -> None:
    (pets / "labels.csv").write_text(
        "file,label\ncat/1.png,lion\ncat/1.png,lion\ndog/1.png,a\ndog/1.png,b\nx.png,a\n", "utf-8")
    found = read_labels(pets)
    assert {problem.kind for problem in found.problems} == {
        "missing-images", "doubled-rows", "conflicting-rows"}
    assert found.labels["cat/1.png"] == "lion" and "dog/1.png" not in found.labels
    words = " ".join(problem.reason for problem in found.problems)
    assert "x.png is not here" in words and "“a” and “b”" in words


def test_files_are_found_in_another_case_and_with_accents_apart(tmp_path: Path) -> None:
    composed, apart = (unicodedata.normalize(form, "Käfer.png") for form in ("NFC", "NFD"))
    folder = images(tmp_path, composed, "sub/IMG_1.PNG", "b.PNG", "x.png", "X.png")
    table = folder / "labels.csv"
    rows = f"file,label\n{apart},ant\nimg_1.png,bee\nb.png,gone\nb.PNG,here\nx.PNG,either\n"
    table.write_text(rows, "utf-8")
    found = read_labels(folder)
    assert found.labels == {composed: "ant", "sub/IMG_1.PNG": "bee", "b.PNG": "here"}
    assert [problem.kind for problem in found.problems] == ["missing-images"], "b.png and x.PNG"
    write_labels(folder, {composed: "wasp"})
    assert table.read_text("utf-8") == rows.replace("ant", "wasp"), "in the row that it has"


def test_an_unreadable_table_leaves_the_folders(pets: Path) -> None:
    (pets / "labels.csv").write_text("nothing of use\n", "utf-8")
    found = read_labels(pets)
    assert len(found.labels) == 5
    assert [problem.kind for problem in found.problems] == ["unreadable-labels"]
    with pytest.raises(WorkbenchError):
        write_labels(pets, {"cat/1.png": "dog"})
    assert (pets / "labels.csv").read_text("utf-8") == "nothing of use\n"


@pytest.mark.parametrize("table", [
    b'file,label\n1.png,"ant\n2.png,bee\n3.png,bee\n', b"file,label\n1.png,\x81b\n",
    b"file,label\n1.png," + b"x" * 200_000 + b"\n", b"Datei;Klasse\n1.png;ant\n2.png;bee\n",
    b"1.png,ant\n2.png,bee\n",
], ids=["quotation mark not closed", "no text", "too long", "other headings", "no heading"])
def test_a_damaged_table_is_told_and_kept(tmp_path: Path, table: bytes) -> None:
    folder = images(tmp_path / "flat", "1.png", "2.png", "3.png")
    (folder / "labels.csv").write_bytes(table)
    assert [item.kind for item in doctor(folder)] == ["unreadable-labels"]
    report = import_dataset(folder, tmp_path / "project")
    assert [item.kind for item in report.problems] == ["unreadable-labels"]
    assert (report.images, report.labels) == (3, 0)
    with pytest.raises(WorkbenchError):
        write_labels(folder, {"1.png": "ant"})
    assert (folder / "labels.csv").read_bytes() == table


def test_equal_names_in_folders_of_classes_are_nothing_to_mend(pets: Path) -> None:
    assert "one-stem" not in {item.kind for item in doctor(pets)}


# --- writing --------------------------------------------------------------------------------------


def test_another_class_moves_no_file(pets: Path) -> None:
    before = sorted(path.relative_to(pets) for path in pets.rglob("*.png"))
    write_labels(pets, {"cat/2.png": "dog", "dog/1.png": "dog", "dog/2.png": ""})
    assert (pets / "labels.csv").read_text("utf-8") == "file,label\ncat/2.png,dog\ndog/2.png,\n"
    assert labels(pets)["cat/2.png"] == "dog" and "dog/2.png" not in labels(pets)
    assert sorted(path.relative_to(pets) for path in pets.rglob("*.png")) == before


def test_a_row_is_found_under_the_name_it_has(pets: Path) -> None:
    (pets / "labels.csv").write_text("by,file,label\nann,./cat/2.png,lion\n", "utf-8")
    write_labels(pets, {"cat/2.png": "cat"})
    assert (pets / "labels.csv").read_text("utf-8") == "by,file,label\nann,./cat/2.png,cat\n"


# --- what a folder is about -----------------------------------------------------------------------


def _table(folder: Path) -> None:
    images(folder, "1.png", "2.png")
    (folder / "labels.csv").write_text("file,label\n1.png,a\n2.png,b\n", "utf-8")


def _boxes_table(folder: Path) -> None:
    images(folder, "1.png", "2.png")
    (folder / "labels.csv").write_text("filename,class,xmin\n1.png,a,3\n", "utf-8")


CLASSES: dict[str, Callable[[Path], object]] = {
    "class folders": lambda folder: images(folder, *CATS),
    "in train and val": lambda folder: images(
        folder, *(f"{part}/{key}" for part in ("train", "val") for key in CATS)),
    "digits": lambda folder: images(folder, *(f"{n}/{i}.png" for n in range(3) for i in range(2))),
    "a class with one image": lambda folder: images(folder, *CATS, "fox/1.png"),
    "a table": _table,
}
BOXES: dict[str, Callable[[Path], object]] = {
    "flat": lambda folder: images(folder, "1.png", "2.png", "3.png"),
    "labelImg, nested": lambda folder: images(folder, *CATS, xml=True),
    "one XML among class folders": lambda folder: (
        images(folder, *CATS), images(folder, "cat/9.png", xml=True)),
    "images and annotations": lambda folder: (
        images(folder, "images/1.png", "images/2.png"), (folder / "annotations").mkdir()),
    "images and masks": lambda folder: images(
        folder, "images/1.png", "images/2.png", "masks/1.png", "masks/2.png"),
    "VOC": lambda folder: (images(folder, "JPEGImages/1.jpg", "JPEGImages/2.jpg"),
                           (folder / "Annotations").mkdir()),
    "YOLO": lambda folder: images(folder, "train/images/1.png", "train/images/2.png",
                                  "valid/images/1.png", "valid/images/2.png"),
    "train and test without classes": lambda folder: images(
        folder, "train/1.png", "train/2.png", "test/1.png", "test/2.png"),
    "days": lambda folder: images(folder, *(f"2024-05-0{n}/{i}.png" for n in (1, 2)
                                            for i in range(3))),
    "batches": lambda folder: images(folder, *(f"batch_{n}/{i}.png" for n in (1, 2)
                                               for i in range(3))),
    "one folder": lambda folder: images(folder, "cat/1.png", "cat/2.png"),
    "a table of boxes": _boxes_table,
    "class folders, but it says detection": lambda folder: (
        images(folder, *CATS),
        (folder / "workbench.toml").write_text('task = "detection"\n', "utf-8")),
}


@pytest.mark.parametrize("case", CLASSES)
def test_classes_are_recognised(case: str, tmp_path: Path) -> None:
    CLASSES[case](tmp_path / "project")
    assert task_of_folder(tmp_path / "project") == "image-classification"


@pytest.mark.parametrize("case", BOXES)
def test_a_project_of_boxes_is_never_misjudged(case: str, tmp_path: Path) -> None:
    BOXES[case](tmp_path / "project")
    assert task_of_folder(tmp_path / "project") == "detection"


# --- data sets ------------------------------------------------------------------------------------


def test_every_class_is_in_every_part(tmp_path: Path) -> None:
    folder = images(tmp_path / "p", *(f"{name}/{i}.png" for name in "abc" for i in range(10)))
    data = load_images(folder)
    for part in ("train", "val", "test"):
        assert {item.label for item in data.part(part)} == {"a", "b", "c"}
    assert data.split.counts() == {"train": 18, "val": 6, "test": 6}
    assert load_images(folder).split == data.split


def test_folders_say_the_parts(tmp_path: Path) -> None:
    folder = images(tmp_path / "p", *(f"{part}/{key}" for part in ("train", "valid", "test")
                                      for key in CATS))
    data = load_images(folder)
    assert data.split.origin == "the folders"
    assert all(item.key.startswith("valid/") for item in data.val) and len(data.val) == 5


def test_a_part_of_each_class_becomes_val_where_no_folder_says_it(tmp_path: Path) -> None:
    folder = images(tmp_path / "p", *(f"{part}/{name}/{i}.png" for part in ("train", "test")
                                      for name in "ab" for i in range(8)))
    data = load_images(folder)
    assert data.split.counts() == {"train": 14, "val": 2, "test": 16}
    assert {item.label for item in data.val} == {"a", "b"}
    assert all(item.key.startswith("test/") for item in data.test)
    assert "no val in the folders" in data.split.notes[0]


def test_a_saved_split_stays_and_takes_new_images(pets: Path) -> None:
    first = load_images(pets).split
    save_split(pets, first)
    images(pets, "dog/7.png")
    grown = load_images(pets).split
    assert set(first.val) <= set(grown.val) and len(grown.train) + len(grown.val) + len(
        grown.test) == 6


def test_what_images_are_like(pets: Path) -> None:
    data = load_images(pets)
    facts = facts_of(data.train, data.classes)
    assert facts.grey and facts.side == 7 and sum(facts.class_counts) == len(data.train)
    (pets / "cat" / "3.png").write_bytes(b"")
    assert facts_of(load_images(pets).train, data.classes).side == 7


def test_too_little_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match=r"folder for each class, or name them in labels\.csv"):
        check_enough(load_images(images(tmp_path / "flat", "1.png", "2.png")))
    folder = images(tmp_path / "one", "1.png", "2.png")
    (folder / "labels.csv").write_text("file,label\n1.png,a\n2.png,a\n", "utf-8")
    with pytest.raises(WorkbenchError, match="all pictures are of one class, “a”"):
        check_enough(load_images(folder))


def test_uneven_and_unlabelled_are_told(tmp_path: Path) -> None:
    folder = images(tmp_path / "p", *(f"a/{i}.png" for i in range(30)), "b/1.png")
    write_labels(folder, {"a/0.png": ""})
    words = "; ".join(data_warnings(load_images(folder)))
    assert "only one picture of b" in words and "1 picture has no class" in words
    assert "only 1 picture of “b”" in words


# --- doctor ---------------------------------------------------------------------------------------


def test_doctor_finds_what_is_odd(pets: Path) -> None:
    images(pets, "fox/1.png")
    images(pets, "Cat /1.png", "Cat /2.png")
    for form in ("NFC", "NFD"):
        images(pets, *(f"{unicodedata.normalize(form, 'käfer')}/{name}.png" for name in "12"))
    shutil.copy(pets / "cat" / "3.png", pets / "dog" / "same.png")
    (pets / "dog" / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    (pets / "labels.csv").write_text("file,label\nnone.png,cat\n", "utf-8")
    problems = list(doctor(pets))
    assert sum(problem.kind == "classes-alike" for problem in problems) == 2
    found = {problem.kind: problem for problem in problems}
    assert {"class-with-one-image", "classes-alike", "image-in-two-classes", "unreadable-image",
            "missing-images"} <= set(found)
    assert "cat/3.png (“cat”) and dog/same.png (“dog”)" in found["image-in-two-classes"].reason


def test_lists_of_a_data_set_without_validation_hold_some_of_each_class_back(pets: Path) -> None:
    images(pets, "owl/1.png")
    save_split(pets, Split(train=[*CATS[:2], *CATS[3:], "owl/1.png"], test=[CATS[2]],
                           origin=FROM_FORMAT))
    data = load_images(pets)
    assert {item.label for item in data.val} == {"cat", "dog"} and len(data.train) == 3
    assert [item.key for item in data.test] == [CATS[2]]
    assert data_warnings(data)[0] == (
        "the data set has nothing for validation; a part of train became val")
