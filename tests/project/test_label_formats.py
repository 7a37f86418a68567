"""Labels of any registered format come in."""

from __future__ import annotations

import errno
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.project.helpers import add_image, labelled
from tests.support.toy_format import ToyReads
from workbench.cli import main
from workbench.core.errors import Problem, UsageError, WorkbenchError
from workbench.core.outlines import Keypoints, Polygon, RotatedBox
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    Annotation,
    Box,
    ClassNames,
    LabeledObject,
    Source,
)
from workbench.formats.voc import new_voc, read_voc
from workbench.project.datasets.images import load_dataset
from workbench.project.datasets.labelled import LabelledFolder
from workbench.project.datasets.splits import default_split, load_split
from workbench.project.imports.images import import_dataset
from workbench.project.imports.label_source import FolderSource
from workbench.project.imports.preview import plan_import
from workbench.project.label_export import ExportRequest, export_labels
from workbench.project.manifest import Manifest
from workbench.project.stores.adopt import adopt

RING = ((1.0, 1.0), (9.0, 1.0), (9.0, 7.0))


def test_images_are_found_however_they_are_named(tmp_path: Path) -> None:
    for name in ("train/images/a.png", "val/images/a.png", "train/images/B.PNG", "c.png", "c.bmp"):
        add_image(tmp_path, name)
    source = FolderSource(tmp_path, tmp_path)
    found = source.find("C:\\Users\\me\\data\\train\\images\\b.png")
    assert found == tmp_path / "train" / "images" / "B.PNG"
    assert source.find("a.png") is None
    assert source.find("a.png", tmp_path / "val") == tmp_path / "val" / "images" / "a.png"
    assert source.find("C.bmp") == tmp_path / "c.bmp"
    assert source.find("../../etc/passwd") is None and source.find("/etc/hostname") is None
    assert source.size(tmp_path / "c.png") == (64, 48)


def test_classes_splits_and_images_come_in_order(tmp_path: Path, toy_reads: ToyReads) -> None:
    source, project = tmp_path / "toy", tmp_path / "project"
    for name in ("images/a.png", "images/sub/a.png", "a.png", "images/b.png"):
        add_image(source, name)
    boxes = Annotation((LabeledObject("cat", Polygon((RING,))),), attributes={"weather": "rain"})

    def samples(where: Source) -> Iterator[object]:
        yield ClassNames(("dog", "cat", "bird"))
        yield AnnotatedSample(source / "images" / "a.png", boxes, "train")
        yield AnnotatedSample(source / "images" / "sub" / "a.png", boxes, "val")
        yield AnnotatedSample(source / "a.png", Annotation(), "test")
        yield AnnotatedSample(source / "a.png", boxes, "train")
        for number in range(150):
            yield Problem(str(source / "toy.txt"), "odd", "a line is odd.", line=number + 1)
        raise RuntimeError("a mistake in the reader")

    toy_reads(samples)
    plan = plan_import(source, project)
    assert plan.format == "toy" and not project.exists() and plan.report.images == 4
    assert plan.report.split == {"train": 1, "val": 1, "test": 1}
    report = import_dataset(source, project)
    assert (report.images, report.annotations, report.unlabelled) == (4, 3, 1)
    assert Manifest.load(project).classes == ["dog", "cat", "bird"] == report.classes
    split = load_split(project)
    assert (split.train, split.val, split.test) == (
        ["images/a.png"], ["images/sub/a.png"], ["images/a-2.png"])
    kinds = [problem.kind for problem in report.problems]
    assert kinds.count("odd") == 101 and "50 more of this kind (odd)." in [
        problem.reason for problem in report.problems]
    assert "duplicate-image" in kinds
    assert any("a mistake in the reader" in problem.reason for problem in report.problems)
    whole = read_voc(project / "annotations" / "sub" / "a.xml").annotation
    assert [item.shape for item in whole.objects] == [Polygon((RING,))]
    assert whole.attributes == {"weather": "rain"}
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    assert import_dataset(source, project).already == 7
    assert before == {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}


def test_classes_are_called_otherwise_merged_and_left_out(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "set"
    add_image(source, "a.png")
    (source / "a.txt").write_text("0 0.5 0.5 0.5 0.5\n1 0.5 0.5 0.4 0.4\n2 0.5 0.5 0.2 0.2\n")
    (source / "classes.txt").write_text("cat\nkitten\ncar\n")
    words = ["import", str(source), "--project", str(tmp_path / "p"), "--rename", "kitten=cat"]
    assert main([*words, "--rename", "car="]) == 0
    found = read_voc(tmp_path / "p" / "annotations" / "a.xml").annotation.objects
    assert [item.label for item in found] == ["cat", "cat"]
    assert Manifest.load(tmp_path / "p").classes == ["cat"]
    assert main([*words[:3], str(tmp_path / "q"), "--rename", "kitten"]) == 2
    assert "not of the form OLD=NEW" in capsys.readouterr().err
    labelled(tmp_path / "voc", "a.png", ["cat"])
    assert main(["import", str(tmp_path / "voc"), *words[2:]]) == 2


def test_the_folder_that_one_is_in_keeps_its_subfolders(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "set"
    for name in ("a", "sub/a"):
        add_image(source, f"images/{name}.png")
        (target := source / "labels" / f"{name}.txt").parent.mkdir(exist_ok=True)
        target.write_text("0 0.5 0.5 0.5 0.5\n")
    (source / "data.yaml").write_text("names: [cat]\n")
    monkeypatch.chdir(source)
    report = import_dataset(Path(), tmp_path / "p")
    assert report.annotations == 2 and not report.problems
    assert {name for name in report.made if name.endswith("g")} == {
        "images/a.png", "images/sub/a.png"}


def test_names_that_no_file_can_keep_do_not_end_an_import(
        tmp_path: Path, toy_reads: ToyReads) -> None:
    (tmp_path / "toy").mkdir()
    image = add_image(tmp_path / "toy", "a.png")
    names = ("a\x00b", "\ud800x", "  ", "ok")

    def samples(source: Source) -> Iterator[object]:
        yield ClassNames(names)
        yield AnnotatedSample(image, Annotation(tuple(
            LabeledObject(name, Box(1 + at, 1, 5 + at, 5)) for at, name in enumerate(names))))

    toy_reads(samples)
    report = import_dataset(tmp_path / "toy", tmp_path / "project")
    assert [item.kind for item in report.problems] == ["class-name"] * 3
    assert report.classes == ["a\ufffdb", "\ufffdx", "ok"]
    found = read_voc(next((tmp_path / "project").rglob("*.xml"))).annotation
    assert [item.label for item in found.objects] == report.classes


def test_classes_of_whole_images_are_called_otherwise_too(
        tmp_path: Path, toy_reads: ToyReads) -> None:
    (tmp_path / "toy").mkdir()
    paths = [add_image(tmp_path / "toy", f"{at}.png", seed=at) for at in range(3)]

    def samples(source: Source) -> Iterator[object]:
        for path, name in zip(paths, ("cat", "kitten", "dust"), strict=True):
            yield AnnotatedSample(path, Annotation(labels=(name,), attributes={"light": "dim"}))

    toy_reads(samples)
    report = import_dataset(tmp_path / "toy", tmp_path / "project",
                            rename={"kitten": "cat", "dust": ""})
    [lost] = report.problems
    assert lost.reason.startswith("“light” of 3 images is left out")
    assert (tmp_path / "project" / "labels.csv").read_text("utf-8").splitlines()[1:] == [
        "images/0.png,cat", "images/1.png,cat"]


def test_classes_in_the_encoding_of_windows_keep_their_letters(tmp_path: Path) -> None:
    add_image(tmp_path / "set", "a.png")
    (tmp_path / "set" / "a.txt").write_text("0 0.5 0.5 0.5 0.5\n", "utf-8")
    (tmp_path / "set" / "classes.txt").write_bytes("Käfer\n".encode("cp1252"))
    assert import_dataset(tmp_path / "set", tmp_path / "project").classes == ["Käfer"]


def test_what_was_asked_for_and_is_not_there_is_told(tmp_path: Path) -> None:
    add_image(tmp_path / "set", "a.png")
    report = import_dataset(tmp_path / "set", tmp_path / "p", "coco", rename={"dog": "cat"})
    assert [item.kind for item in report.problems] == ["no-class"]
    report = import_dataset(tmp_path / "set", tmp_path / "p", "coco")
    assert [item.kind for item in report.problems] == ["no-labels"]


def test_an_import_that_is_cancelled_while_labels_are_read(tmp_path: Path) -> None:
    source = tmp_path / "set"
    add_image(source, "a.png")
    (source / "a.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    report = import_dataset(source, tmp_path / "p", cancelled=lambda: True)
    assert report.cancelled and not report.images and not (tmp_path / "p").exists()


@pytest.mark.parametrize("name", [".", "..", "scratch"])
def test_a_folder_may_be_called_anything(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    source = tmp_path / "scratch"
    add_image(source, "a.png")
    (source / "a.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    (source / "inside").mkdir()
    monkeypatch.chdir({".": source, "..": source / "inside"}.get(name, tmp_path))
    assert import_dataset(Path(name), tmp_path / "project").annotations == 1


def test_labels_are_not_lost_where_there_is_no_room_to_convert_them(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "set"
    add_image(source, "a.png")
    (source / "a.txt").write_text("0 0.5 0.5 0.5 0.5\n")

    def full(*_args: object, **_more: object) -> bytes:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("workbench.project.imports.formats.new_voc", full)
    with pytest.raises(WorkbenchError, match=r"the disk is full.*Nothing was imported"):
        import_dataset(source, tmp_path / "project")
    assert not (tmp_path / "project").exists()


def test_an_image_that_went_between_preview_and_import_is_told(tmp_path: Path) -> None:
    source = tmp_path / "set"
    for name in "ab":
        add_image(source, f"{name}.png")
        (source / f"{name}.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    plan = plan_import(source, tmp_path / "project", keep=True)
    (source / "b.png").unlink()
    try:
        report = import_dataset(source, tmp_path / "project", plan.format, ready=plan.own)
    finally:
        plan.close()
    assert report.images == 1
    told = [item for item in report.problems if item.kind == "not-copied"]
    assert [(item.path, item.reason) for item in told] == [
        (str(source / "b.png"), "b.png was left out: it is no longer there.")]


def test_what_was_converted_for_the_preview_is_imported_as_if_it_were_read_again(
        tmp_path: Path) -> None:
    source = tmp_path / "set"
    for part, number in (("train", 0), ("train", 1), ("val", 0)):
        name = f"{part}{number}"
        add_image(source, f"images/{part}/{name}.png")
        (source / "labels" / part).mkdir(parents=True, exist_ok=True)
        (source / "labels" / part / f"{name}.txt").write_text(f"{number} 0.5 0.5 0.5 0.5\n")
    (source / "data.yaml").write_text("train: images/train\nval: images/val\nnames: [cat, dog]\n")
    plan = plan_import(source, tmp_path / "one", doubts=True, keep=True)
    try:
        seen: list[tuple[int, int]] = []
        one = import_dataset(source, tmp_path / "one", plan.format, ready=plan.own,
                             progress=lambda done, total: seen.append((done, total)))
    finally:
        plan.close()
    two = import_dataset(source, tmp_path / "two")
    assert seen == [(1, 3), (2, 3), (3, 3)]  # copied, and not converted again
    assert one.notes == two.notes
    assert one.notes[-1:] == plan.label_doubts == [
        "No validation example of dog: validation scores say nothing about it."]
    assert one.made == two.made and one.classes == two.classes == ["cat", "dog"]
    for name in one.made:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert import_dataset(source, tmp_path / "two").notes == two.notes


@pytest.mark.skipif(os.name == "nt", reason="not everybody may make links there")
def test_images_stay_where_they_are(tmp_path: Path) -> None:
    source, project = tmp_path / "set", tmp_path / "project"
    add_image(source, "a.png")
    add_image(source, "b.png")
    (source / "a.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    (source / "classes.txt").write_text("cat\n")
    report = import_dataset(source, project, images="link")
    assert report.words() == "1 annotation was copied; 2 images were left in place."
    assert (project / "images" / "a.png").readlink() == (source / "a.png").resolve()
    assert read_voc(project / "annotations" / "a.xml").annotation.objects
    assert import_dataset(source, project, images="link").already == 3
    assert LabelledFolder(project).keys == ["images/a.png", "images/b.png"]
    assert [record.key for record in load_dataset(project).part("train")] == ["images/a.png"]
    own = tmp_path / "again"  # the program's own format, too
    assert import_dataset(project, own, follow=True, images="link").linked == 2
    with pytest.raises(UsageError, match="there are: copy, link"):
        import_dataset(source, own, images="move")


def test_images_that_lie_in_an_archive_are_copied(tmp_path: Path) -> None:
    add_image(tmp_path / "set", "a.png")
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.write(tmp_path / "set" / "a.png", "a.png")
        archive.writestr("a.txt", "0 0.5 0.5 0.5 0.5\n")
    with pytest.raises(UsageError, match="can only be copied"):
        import_dataset(tmp_path / "set.zip", tmp_path / "p", images="link")
    plan = plan_import(tmp_path / "set.zip", tmp_path / "p")
    assert plan.packed and plan.report.images == 1
    # a TFRecord holds its images within itself
    import_dataset(tmp_path / "set.zip", tmp_path / "p")
    export_labels(tmp_path / "p", ExportRequest("tfrecord"), tmp_path / "records")
    report = import_dataset(tmp_path / "records", tmp_path / "q", "tfrecord", images="link")
    assert (report.images, report.linked) == (1, 0)
    assert not any(path.is_symlink() for path in (tmp_path / "q").rglob("*"))


def test_labels_made_on_the_stored_image_are_turned_with_it(tmp_path: Path) -> None:
    source = tmp_path / "set"
    source.mkdir()
    for name in ("a", "b"):
        image = Image.new("RGB", (40, 20))
        exif = image.getexif()
        exif[0x0112] = 6
        image.save(source / f"{name}.jpg", exif=exif)
    (source / "a.json").write_text(json.dumps({
        "images": [{"id": 1, "file_name": "a.jpg", "width": 40, "height": 20},
                   {"id": 2, "file_name": "b.jpg", "width": 80, "height": 40}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 10, 5]}],
        "categories": [{"id": 1, "name": "cat"}]}))
    report = import_dataset(source, tmp_path / "project")
    assert [(problem.kind, Path(problem.path).name) for problem in report.problems] == [
        ("turned", "a.jpg"), ("size-differs", "b.jpg")]
    [item] = read_voc(tmp_path / "project" / "annotations" / "a.xml").annotation.objects
    assert item.box == (15, 0, 20, 10)


def test_links_out_of_the_folder_are_only_followed_when_asked(tmp_path: Path) -> None:
    add_image(tmp_path / "elsewhere", "a.png")
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.png").symlink_to(tmp_path / "elsewhere" / "a.png")
    (tmp_path / "set" / "a.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    with pytest.raises(UsageError, match="1 file by links that lead out of it: say --follow"):
        import_dataset(tmp_path / "set", tmp_path / "project")
    assert import_dataset(tmp_path / "set", tmp_path / "project", follow=True).annotations == 1


def test_names_that_mean_several_images_are_told_and_never_guessed(tmp_path: Path) -> None:
    source = tmp_path / "set"
    for at, key in enumerate(("east/1.png", "west/1.png", "west/2.png")):
        add_image(source, key, seed=at)
    whole = {"images": [{"id": 1, "file_name": "1.png"}], "categories": [{"id": 1, "name": "cat"}],
             "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5]}]}
    path = source / "labels.json"
    path.write_text(json.dumps(whole))
    with pytest.raises(UsageError, match=r"1\.png may be east/1\.png or west/1\.png"):
        import_dataset(source, tmp_path / "project")  # its folders do not become classes
    with pytest.raises(UsageError, match=r"or west/1\.png; its file_name must say which"):
        adopt(source, "coco")
    assert not (tmp_path / "project").exists() and not (source / "workbench.toml").exists()
    path.write_text(json.dumps({**whole, "images": [
        *whole["images"], {"id": 2, "file_name": "west/1.png"}, {"id": 3, "file_name": "3.png"}]}))
    report = import_dataset(source, tmp_path / "project")
    assert [problem.reason for problem in report.problems] == [
        "1.png may be east/1.png or west/1.png: its labels are left out.", "3.png is not here."]


def test_a_part_of_train_becomes_val_where_data_yaml_names_only_test_beside_it(
        tmp_path: Path) -> None:
    source = tmp_path / "set"
    for at in range(12):
        part = "train" if at < 10 else "test"
        add_image(source, f"images/{part}/{at}.png", seed=at)
        labels = source / f"labels/{part}/{at}.txt"
        labels.parent.mkdir(parents=True, exist_ok=True)
        labels.write_text("0 0.5 0.5 0.5 0.5\n")
    (source / "data.yaml").write_text("train: images/train\ntest: images/test\nnames: [cat]\n")
    report = import_dataset(source, tmp_path / "project")
    split = load_split(tmp_path / "project")
    assert split.counts() == {"train": 8, "val": 2, "test": 2}
    assert {*split.train, *split.val} == {f"images/train/{at}.png" for at in range(10)}
    assert "There is no val in the data set's own lists; a part of train became val." \
        in report.notes


def test_folders_of_images_with_objects_are_no_classes(tmp_path: Path) -> None:
    source = tmp_path / "set"
    for at, site in enumerate(("east", "east", "west", "west")):
        add_image(source, f"images/{site}/{at}.png", seed=at)
        labels = source / f"labels/{site}/{at}.txt"
        labels.parent.mkdir(parents=True, exist_ok=True)
        labels.write_text("0 0.5 0.5 0.5 0.5\n")
    (source / "data.yaml").write_text("train: images\nnames: [cat]\n")
    report = import_dataset(source, tmp_path / "project")
    assert (report.annotations, report.labels, report.classes) == (4, 0, ["cat"])


def test_lists_that_leave_nothing_to_learn_from_are_not_taken_by_themselves(tmp_path: Path) -> None:
    source = tmp_path / "coco128"
    for at in range(6):
        add_image(source, f"images/train2017/{at}.png", seed=at)
        labels = source / f"labels/train2017/{at}.txt"
        labels.parent.mkdir(parents=True, exist_ok=True)
        labels.write_text("0 0.5 0.5 0.5 0.5\n")
    (source / "data.yaml").write_text(
        "train: images/train2017\nval: images/train2017\ntest:  # none\nnames: [cat]\n")
    assert plan_import(source, tmp_path / "new").split == "random"
    report = import_dataset(source, tmp_path / "new")
    assert "Not used for the split: the data set's own lists (0 train, 6 val, 0 test); " \
        "--split lists takes it." in report.notes
    split = default_split(tmp_path / "new")
    assert split.train and split.val and not split.val_is_train
    import_dataset(source, tmp_path / "lists", split="lists")
    assert len(default_split(tmp_path / "lists").val) == 6


def test_what_no_label_file_can_keep_costs_a_character_and_not_the_labels(
        tmp_path: Path, toy_reads: ToyReads) -> None:
    source, project = tmp_path / "toy", tmp_path / "project"
    for name in ("a.png", "b.png", "c.png"):
        add_image(source, name)
    odd = {"made by": "a\0b", "note\x1b": "x", "": "nothing", "ns": 1_700_000_000_123_456_789,
           "huge": 10 ** 400, "n": 5}

    def samples(where: Source) -> Iterator[object]:
        cat = LabeledObject("cat", Box(1, 1, 9, 9), odd)
        yield AnnotatedSample(source / "a.png", Annotation((cat,), attributes={"w": "\x01"}))
        yield AnnotatedSample(source / "b.png", Annotation(
            (LabeledObject("cat", Box(1, 1, 9, 9), {"wrong": object()}),)))  # type: ignore[dict-item]
        yield AnnotatedSample(source / "c.png", Annotation(
            (LabeledObject("two\nlines", Box(1, 1, 9, 9)), LabeledObject("cat", Box(1, 1, 9, 9)))))

    toy_reads(samples)
    report = import_dataset(source, project, rename={"two lines": "one"})
    said = read_voc(project / "annotations" / "a.xml").annotation
    assert dict(said.objects[0].attributes) == {
        "made by": "a\N{REPLACEMENT CHARACTER}b", "note\N{REPLACEMENT CHARACTER}": "x", "n": 5.0,
        "ns": "1700000000123456789", "huge": str(10 ** 400)}
    assert said.attributes == {"w": "\N{REPLACEMENT CHARACTER}"}
    labels = read_voc(project / "annotations" / "c.xml").annotation.counts()
    assert labels == {"one": 1, "cat": 1}
    assert not (project / "annotations" / "b.xml").exists()  # so that it can be labelled
    reasons = "\n".join(item.reason for item in report.problems)
    assert "the labels of b.png: something unexpected" in reasons
    for words in ("'made by' holds characters", "'note\\x1b' holds", "no name", "'two\\nlines'"):
        assert words in reasons
    assert str(tmp_path) in report.problems[0].path


def test_a_class_of_two_lines_does_not_move_the_numbers_of_others(tmp_path: Path) -> None:
    project, out = tmp_path / "project", tmp_path / "out"
    labelled(project, "a.png", ["two\nlines", "cat"])
    Manifest("p", classes=["two\nlines", "cat"]).save(project)
    export_labels(project, ExportRequest("mot"), out)
    import_dataset(out, tmp_path / "again")
    [path] = (tmp_path / "again" / "annotations").rglob("*.xml")
    assert [item.label for item in read_voc(path).annotation.objects] == ["two lines", "cat"]


@pytest.mark.parametrize("kept", ["yolo", "coco"])
def test_what_is_there_already_is_told_as_such_and_nothing_else(kept: str, tmp_path: Path) -> None:
    project, source = tmp_path / "project", tmp_path / "source"
    first = tmp_path / "first"
    labelled(first, "images/x.png", ["cat"])
    export_labels(first, ExportRequest(kept), project)
    adopt(project)
    for at, name in enumerate(("a.png", "b.png")):
        image = add_image(source, name, seed=at + 1)
        image.with_suffix(".xml").write_bytes(new_voc(Annotation((
            LabeledObject("cat", Box(1.25, 2, 9.5, 9)),
            LabeledObject("cat", RotatedBox((30.0, 20.0), 10.0, 6.0, 0.5))), size=(64, 48)),
            image_path=image, depth=1))
    came = import_dataset(source, project)
    assert came.annotations == 2 and any("2 rotated boxes become" in note for note in came.notes)

    def files() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in project.rglob("*")
                if path.suffix in (".txt", ".yaml", ".json")}

    before = files()
    again = import_dataset(source, project)
    assert (again.images, again.annotations, again.problems, files()) == (0, 0, [], before)
    assert not any("become" in note for note in again.notes)
    (source / "a.xml").write_bytes((source / "a.xml").read_bytes().replace(b">cat<", b">owl<"))
    other = import_dataset(source, project)
    assert ["other labels" in item.reason for item in other.problems] == [True]
    assert files() == before  # and no number for a class of labels that were not taken


def test_key_points_that_are_there_already_are_told_as_such(tmp_path: Path) -> None:
    project, source, first = (tmp_path / name for name in ("project", "source", "first"))
    labelled(first, "images/x.png", ["cat"])
    export_labels(first, ExportRequest("coco"), project)
    adopt(project)
    image = add_image(source, "a.png", seed=1)

    def bring(*visibility: int) -> int:
        points = Keypoints(((10.5, 10.0), (20.0, 20.0), (3.0, 3.0)), visibility)
        image.with_suffix(".xml").write_bytes(new_voc(Annotation((
            LabeledObject("cat", points),), size=(64, 48)), image_path=image, depth=1))
        return len(import_dataset(source, project).problems)

    assert bring(2, 1, 0) == 0  # they come in
    assert bring(2, 1, 0) == 0  # and are there
    assert bring(2, 2, 0) == 1  # which are other labels
