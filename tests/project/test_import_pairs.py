"""An import pairs what belongs together, names what it leaves, takes nothing from outside."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.project.helpers import Owner, add_image, labelled
from workbench.cli import main
from workbench.core.errors import UsageError
from workbench.project.datasets.images import load_dataset
from workbench.project.datasets.splits import default_split, load_split
from workbench.project.imports.images import import_dataset
from workbench.project.session import Session

UMLAUT = "Mu\u0308ller"  # as a Mac writes it


def stray(folder: Path) -> Path:
    """Images whose annotation is called a little otherwise."""
    for image, xml in (("UPPER.JPG", "UPPER.XML"), (f"{UMLAUT}.jpg", "M\u00fcller.xml"),
                       ("a.jpg", "a.xml.xml"), ("b.jpg", "b.jpg.xml"), ("good.jpg", "good.xml")):
        made = labelled(folder, image, ["cat"])
        made.rename(made.with_name(xml))
    return folder


def test_names_that_mean_the_same_are_paired(tmp_path: Path) -> None:
    source = stray(tmp_path / "source")
    made = labelled(source, "IMG_1.JPG", ["cat"])
    made.rename(made.with_name("img_1.xml"))
    report = import_dataset(source, tmp_path / "project")
    assert (report.images, report.annotations, report.unlabelled, report.left) == (6, 6, 0, [])
    assert {path.name for path in (tmp_path / "project" / "annotations").iterdir()} == {
        "UPPER.xml", f"{UMLAUT}.xml", "a.xml", "b.xml", "good.xml", "IMG_1.xml"}
    dataset = load_dataset(tmp_path / "project")
    assert len([*dataset.train, *dataset.val, *dataset.test]) == 6


def test_they_are_paired_in_an_opened_folder_too(
    tmp_path: Path, owner: Owner, open_session: Callable[[Path], Session]
) -> None:
    session = open_session(stray(tmp_path))
    assert session.document("UPPER.JPG").annotation.counts() == {"cat": 1}, "before it was listed"
    owner.ready(session)
    assert session.index.labelled_count() == 5
    assert all(len(session.document(key).annotation.objects) == 1 for key in session.index)
    document = session.document("a.jpg")
    session.edit("a.jpg", (), "Delete")
    owner.settled(session)
    assert b"cat" not in (tmp_path / "a.xml.xml").read_bytes() and not (tmp_path / "a.xml").exists()
    assert document.annotation_path.name == "a.xml.xml"
    dataset = load_dataset(tmp_path)
    assert len([*dataset.train, *dataset.val, *dataset.test]) == 5


def test_two_that_could_be_meant_are_not_guessed(tmp_path: Path) -> None:
    labelled(tmp_path / "s", "a.jpg", ["cat"])
    (tmp_path / "s" / "a.xml").rename(tmp_path / "s" / "A.xml")
    add_image(tmp_path / "s", "A.png", seed=3)
    report = import_dataset(tmp_path / "s", tmp_path / "p")
    assert report.annotations == 1 and report.unlabelled == 1
    assert (tmp_path / "p" / "annotations" / "A.xml").exists()


OTHERS = {
    "coco.json": ('{"images": [], "annotations": []}', "COCO"),
    "a.json": ('{"shapes": [], "imagePath": "a.jpg"}', "labelme"),
    "a.txt": ("0 0.5 0.5 0.25 0.25\n1 0.1 0.1 0.2 0.2\n", "YOLO"),
    "boxes.csv": ("file,xmin\na.jpg,1\n", "a table"),
    "lost.xml": ("<annotation/>", "belongs to no image"),
    "x.jxl": ("", "JPEG XL"), "x.m4a": ("", "M4A"), "x.wav": ("", "a sound among images"),
    "README.txt": ("Hello.", "no labels"),
}


def test_every_file_that_is_not_taken_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "source"
    labelled(source, "a.jpg", ["cat"])
    for name, (text, _) in OTHERS.items():
        (source / name).write_text(text)
    with zipfile.ZipFile(source / "x.zip", "w") as archive:
        archive.writestr("b.jpg", b"")
        archive.writestr("b.xml", b"")
    report = import_dataset(source, tmp_path / "one")
    reasons = {item.path: item.reason for item in report.left}
    assert set(reasons) == {*OTHERS, "x.zip"}
    for name, (_, word) in OTHERS.items():
        assert word in reasons[name]
    assert "1 image and 1 XML file" in reasons["x.zip"]
    assert main(["import", str(source), "--project", str(tmp_path / "two"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["left_behind"]
    assert {item["path"]: item["reason"] for item in told} == reasons
    assert main(["import", str(source), "--project", str(tmp_path / "three")]) == 0
    text = capsys.readouterr().out
    assert "1 image and 1 annotation were copied" in text
    assert all(name in text for name in reasons)


def test_a_folder_of_what_is_not_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "IMG_1.JXL").write_bytes(b"x")
    (tmp_path / "IMG_2.jxl").write_bytes(b"x")
    with pytest.raises(UsageError, match=r"IMG_1.JXL, IMG_2.jxl \(2 files\).*JPEG XL"):
        import_dataset(tmp_path, tmp_path / "project")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_nothing_is_taken_from_outside_and_no_pipe_is_opened(tmp_path: Path) -> None:
    source, outside = tmp_path / "source", tmp_path / "outside"
    labelled(source, "a.jpg", ["cat"])
    add_image(outside, "secret.jpg", seed=1)
    labelled(outside, "more/c.jpg", ["dog"])
    (source / "b.jpg").symlink_to(outside / "secret.jpg")
    (source / "more").symlink_to(outside / "more")
    (source / "gone.jpg").symlink_to(outside / "nothing.jpg")
    (source / "inside.jpg").symlink_to(source / "a.jpg")
    (source / "zero.jpg").symlink_to("/dev/zero")
    os.mkfifo(source / "pipe.jpg")
    report = import_dataset(source, tmp_path / "project")
    assert {path.name for path in (tmp_path / "project" / "images").iterdir()} == {
        "a.jpg", "inside.jpg"}
    assert {item.path: item.reason for item in report.left} == {
        "b.jpg": "a link that leads out of the folder",
        "more": "a link that leads out of the folder",
        "zero.jpg": "a link that leads out of the folder",
        "gone.jpg": "a link to something that is not there",
        "pipe.jpg": "it is not a file but a pipe"}
    again = import_dataset(source, tmp_path / "with", follow=True)
    assert {item.path for item in again.left} == {"gone.jpg", "zero.jpg", "pipe.jpg"}
    assert (tmp_path / "with" / "images" / "more" / "c.jpg").is_file()


def test_folders_outside_that_a_manifest_names_need_a_yes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labelled(tmp_path / "private", "a.jpg", ["cat"])
    source = tmp_path / "source"
    source.mkdir()
    (source / "workbench.toml").write_text('images = "../private"\nannotations = "../private"\n')
    command = ["import", str(source), "--project", str(tmp_path / "project")]
    assert main(command) == 2
    assert "lie outside it (../private)" in capsys.readouterr().err
    assert not (tmp_path / "project").exists()
    assert main([*command, "--follow"]) == 0
    assert (tmp_path / "project" / "annotations" / "a.xml").is_file()


def test_a_dangling_link_in_the_project_makes_no_file_outside(tmp_path: Path) -> None:
    labelled(tmp_path / "source", "a.jpg", ["cat"])
    labelled(tmp_path / "source", "b.jpg", ["cat"])
    project = tmp_path / "project"
    for name in ("images", "annotations"):
        (project / name).mkdir(parents=True)
    (project / "images" / "a.jpg").symlink_to(tmp_path / "made.jpg")
    (project / "annotations" / "b.xml").symlink_to(tmp_path / "made.xml")
    report = import_dataset(tmp_path / "source", project)
    assert not (tmp_path / "made.jpg").exists() and not (tmp_path / "made.xml").exists()
    assert (project / "images" / "a.jpg").is_symlink(), "it is left alone"
    assert report.images == 2 and set(report.renamed) == {"a.jpg", "b.jpg"}


# Lists of images


def listed(folder: Path, lists: dict[str, str], keys: tuple[str, ...]) -> Path:
    for number, key in enumerate(keys):
        place = f"Annotations/{key}".rpartition("/")[0]
        labelled(folder, f"JPEGImages/{key}", [f"c{number % 2}"], annotations=place)
    main_lists = folder / "ImageSets" / "Main"
    main_lists.mkdir(parents=True)
    for name, text in lists.items():
        (main_lists / f"{name}.txt").write_bytes(text.encode("utf-8"))
    return folder


def stems(keys: list[str]) -> list[str]:
    return sorted(key.partition("/")[2] for key in keys)


@pytest.mark.parametrize(("lists", "train", "val"), [
    ({"train": "\ufeff\r\na.jpg \r\n\r\nJPEGImages/b.jpg\r\n", "val": "c\n\n\nD\n"},
     ["a.jpg", "b.jpg"], ["c.jpg", "d.jpg"]),
    ({"red_train": "a.jpg 1\r\na.jpg -1\r\nb.jpg -1\r\n", "blue_train": "b.jpg 1\r\n",
      "red_val": "c.jpg  1\r\n\r\nd.jpg -1\r\n"}, ["a.jpg", "b.jpg"], ["c.jpg", "d.jpg"]),
    ({"train": "a\nb 1\n", "val": "x/y/JPEGImages/c.jpg\nd.xml\n", "cat_train": "c\n"},
     ["a.jpg", "b.jpg"], ["c.jpg", "d.jpg"]),
])
def test_lists_of_images_as_other_programs_write_them(
    tmp_path: Path, lists: dict[str, str], train: list[str], val: list[str]
) -> None:
    source = listed(tmp_path / "s", lists, ("a.jpg", "b.jpg", "c.jpg", "d.jpg"))
    report = import_dataset(source, tmp_path / "p")
    split = load_split(tmp_path / "p")
    assert (stems(split.train), stems(split.val)) == (train, val)
    assert "The split comes from ImageSets/Main (2 train, 2 val, 0 test)." in report.notes
    opened = default_split(source)
    assert (stems(opened.train), stems(opened.val)) == (train, val), "in an opened folder, too"


def test_lists_with_subfolders_tell_equal_names_apart(tmp_path: Path) -> None:
    lists = {"train": "cam1/1\ncam2\\2\n", "val": "cam2/1\n", "default": "cam1/2\n", "test": "2\n"}
    keys = ("cam1/1.jpg", "cam1/2.jpg", "cam2/1.jpg", "cam2/2.jpg")
    report = import_dataset(listed(tmp_path / "s", lists, keys), tmp_path / "p")
    split = load_split(tmp_path / "p")
    assert stems(split.train) == ["cam1/1.jpg", "cam2/2.jpg"]
    assert stems(split.val) == ["cam2/1.jpg"] and stems(split.left_out) == ["cam1/2.jpg"]
    told = " ".join(report.notes)
    assert "default.txt of ImageSets/Main does not say train, val or test" in told
    assert "1 name in ImageSets/Main may mean several images and was not used: 2." in told
    assert [item.path for item in report.left] == ["ImageSets/Main/default.txt"]


def test_lists_that_say_nothing_do_not_stop_training(tmp_path: Path) -> None:
    source = listed(tmp_path / "s", {"default": "a\nb\n", "train": "x\ny\n"},
                    ("a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg"))
    split = default_split(source)
    assert split.train and split.val and split.origin.startswith("random")
    words = "ImageSets/Main (train.txt, default.txt) gives none of the labelled images a part"
    assert any(words in note for note in split.notes)
    report = import_dataset(source, tmp_path / "p")
    assert any(words in note for note in report.notes) and report.split == {}


def test_one_can_choose_where_the_split_comes_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = listed(tmp_path / "s", {"train": "b\n", "val": "a\n"}, ("train/a.jpg", "test/b.jpg"))
    report = import_dataset(source, tmp_path / "one")
    assert stems(load_split(tmp_path / "one").train) == ["test/b.jpg"]
    assert any("Not used for the split: the folders" in note and "--split folders" in note
               for note in report.notes)
    assert main(["import", str(source), "--project", str(tmp_path / "two"),
                 "--split", "folders"]) == 0
    assert "The split comes from the folders" in capsys.readouterr().out
    assert stems(load_split(tmp_path / "two").train) == ["train/a.jpg"]
    assert import_dataset(source, tmp_path / "three", split="random").split == {}
    assert main(["import", str(source), "--project", str(tmp_path / "x"), "--split", "no"]) == 2


def test_a_list_that_is_no_text_is_told_and_the_rest_imported(tmp_path: Path) -> None:
    source = listed(tmp_path / "s", {}, ("a.jpg",))
    (source / "ImageSets" / "Main" / "train.txt").write_bytes(b"\xff\xfea\x00")
    report = import_dataset(source, tmp_path / "p")
    assert report.images == 1 and [p.kind for p in report.problems] == ["unreadable-split"]
