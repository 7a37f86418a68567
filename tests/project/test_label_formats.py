"""Any registered format of labels comes in and goes out; what does not fit is counted."""

from __future__ import annotations

import errno
import json
import os
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import shared_data
from tests.project.helpers import add_image, labelled
from workbench.cli import main
from workbench.core.errors import Problem, UsageError, WorkbenchError
from workbench.core.outlines import Keypoints, Mask, Polygon, RotatedBox
from workbench.extension.annotation_formats import (
    ANY,
    BOX,
    POLYGON,
    ROTATED,
    AnnotatedSample,
    Annotation,
    AnnotationFormat,
    Box,
    ClassNames,
    Holds,
    LabeledObject,
    Source,
    annotation_formats,
)
from workbench.extension.holds import Losses, fit
from workbench.formats.voc import read_voc
from workbench.project.datasets.images import load_dataset
from workbench.project.datasets.labelled import Labelled
from workbench.project.datasets.splits import load_split
from workbench.project.imports.images import import_dataset
from workbench.project.imports.label_source import FolderSource
from workbench.project.imports.preview import plan_import
from workbench.project.label_export import ExportWishes, Stopped, export_labels, plan_export
from workbench.project.manifest import Manifest

RING = ((1.0, 1.0), (9.0, 1.0), (9.0, 7.0))
items: Callable[[Source], Iterator[object]]


def sniff(path: Path) -> bool:
    return path.name == "toy" or path.suffix == ".toy"


def read(source: Source) -> Iterator[object]:
    return items(source)


@pytest.fixture(autouse=True)
def toy() -> Iterator[None]:
    annotation_formats.register(AnnotationFormat("toy", "Toy", "images", f"{__name__}:sniff",
                                                 f"{__name__}:read"))
    yield
    annotation_formats.unregister("toy")


def test_what_does_not_fit_becomes_something_else_and_is_counted() -> None:
    objects = (
        LabeledObject("a", Polygon((RING,)), {"occluded": True}),
        LabeledObject("a", Polygon((RING, ((2.0, 2.0), (3.0, 2.0), (3.0, 3.0))))),
        LabeledObject("a", RotatedBox((5.0, 5.0), 4.0, 2.0, 0.0), {"difficult": True}),
        LabeledObject("b", Mask(2, 3, 4, 5, (0, 20))),
        LabeledObject("b", Keypoints(RING, (2, 2, 0))),
    )
    whole = Annotation(objects, labels=("indoors",), verified=True, attributes={"weather": "rain"})
    losses = Losses()
    fitted = fit(whole, Holds((BOX,), ("difficult",)), losses)
    assert [item.shape for item in fitted.objects] == [
        Box(1, 1, 9, 7), Box(1, 1, 9, 7), Box(3, 4, 7, 6), Box(2, 3, 6, 8), Box(1, 1, 9, 1)]
    assert fitted.objects[2].difficult and not fitted.objects[0].attributes
    assert not fitted.labels and not fitted.verified and not fitted.attributes
    assert losses.words("Dots") == [
        "2 polygons become boxes.", "1 rotated box becomes a box.", "1 mask becomes a box.",
        "1 set of key points becomes a box.", "“occluded” of 1 object has no place in Dots.",
        "“weather” of 1 sample has no place in Dots.",
        "The labels of 1 sample as a whole have no place in Dots.",
        "“verified” of 1 sample has no place in Dots."]


def test_outlines_are_kept_where_there_is_a_place_for_them() -> None:
    objects = (LabeledObject("a", Polygon((RING, RING))), LabeledObject("a", Box(0, 0, 2, 4)),
               LabeledObject("a", RotatedBox((5.0, 5.0), 4.0, 2.0, 0.0)))
    losses = Losses()
    shapes = [item.shape for item in fit(Annotation(objects), Holds((POLYGON,)), losses).objects]
    assert shapes == [objects[0].shape, Polygon((((0, 0), (2, 0), (2, 4), (0, 4)),)),
                      Polygon((((3, 4), (7, 4), (7, 6), (3, 6)),))]
    assert losses.parts == 1 and losses.became[BOX, POLYGON] == 1
    turned = fit(Annotation(objects[1:2]), Holds((ROTATED,)), Losses()).objects[0].shape
    assert turned == RotatedBox((1, 2), 2, 4, 0.0)
    everything = Annotation(objects, verified=True, attributes={"x": 1.0})
    every = Holds((BOX, POLYGON, ROTATED), ANY, ANY, parts=True, holes=True)
    assert fit(everything, every, losses) is everything
    assert not fit(Annotation(), Holds(empty=False), losses).objects
    assert losses.samples["empty"] == 1


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


def test_classes_splits_and_images_come_in_order(tmp_path: Path) -> None:
    global items
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

    items = samples
    plan = plan_import(source, project)
    assert plan.format == "toy" and not project.exists() and plan.report.images == 4
    assert plan.report.split == {"train": 1, "val": 1, "test": 1}
    assert "“weather” of 2 samples has no place in Pascal VOC." in plan.doubts
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
    [item] = read_voc(project / "annotations" / "sub" / "a.xml").annotation.objects
    assert item.shape == Polygon((RING,))
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


def test_names_that_no_file_can_keep_do_not_end_an_import(tmp_path: Path) -> None:
    global items
    (tmp_path / "toy").mkdir()
    image = add_image(tmp_path / "toy", "a.png")
    names = ("a\x00b", "\ud800x", "  ", "ok")

    def items(source: Source) -> Iterator[object]:
        yield ClassNames(names)
        yield AnnotatedSample(image, Annotation(tuple(
            LabeledObject(name, Box(1 + at, 1, 5 + at, 5)) for at, name in enumerate(names))))

    report = import_dataset(tmp_path / "toy", tmp_path / "project")
    assert [item.kind for item in report.problems] == ["class-name"] * 3
    assert report.classes == ["a\ufffdb", "\ufffdx", "ok"]
    found = read_voc(next((tmp_path / "project").rglob("*.xml"))).annotation
    assert [item.label for item in found.objects] == report.classes


def test_classes_of_whole_images_are_called_otherwise_too(tmp_path: Path) -> None:
    global items
    (tmp_path / "toy").mkdir()
    paths = [add_image(tmp_path / "toy", f"{at}.png", seed=at) for at in range(3)]

    def items(source: Source) -> Iterator[object]:
        for path, name in zip(paths, ("cat", "kitten", "dust"), strict=True):
            yield AnnotatedSample(path, Annotation(labels=(name,)))

    import_dataset(tmp_path / "toy", tmp_path / "project", rename={"kitten": "cat", "dust": ""})
    assert (tmp_path / "project" / "labels.csv").read_text("utf-8").splitlines()[1:] == [
        "images/0.png,cat", "images/1.png,cat"]


@pytest.mark.parametrize("format", ["cvat", "datumaro", "label-studio"])
@pytest.mark.parametrize("table", ["label", "tags"])
def test_labels_of_whole_images_go_out_and_come_back(
        tmp_path: Path, format: str, table: str) -> None:
    source = tmp_path / "pets"
    names = {f"images/{at}.png": ("cat", "dog" if table == "label" else "cat;dog")[at % 2]
             for at in range(4)}
    for at, key in enumerate(names):
        add_image(source, key, seed=at)
    lines = [f"{key},{name}" for key, name in names.items()]
    (source / "labels.csv").write_text("\n".join([f"file,{table}", *lines, ""]), "utf-8")
    found = export_labels(source, ExportWishes(format), tmp_path / "out")
    assert (found.samples, found.labels) == (4, 4 if table == "label" else 6)
    report = import_dataset(tmp_path / "out", tmp_path / "back")
    assert (report.images, report.labels, report.problems) == (4, 4, [])
    text = (tmp_path / "back" / "labels.csv").read_text("utf-8").splitlines()
    assert text[0] == f"file,{table}"
    assert sorted(line.replace("/default/", "/") for line in text[1:]) == lines


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
@pytest.mark.parametrize("format", [
    "voc", "yolo", "coco", "labelme", "cvat", "via", "createml", "csv", "datumaro", "label-studio"])
def test_a_name_that_is_no_utf_8_spoils_no_labels(tmp_path: Path, format: str) -> None:
    labelled(tmp_path / "set", "a.png", ["cat"])
    labelled(tmp_path / "set", os.fsdecode(b"\xff.png"), ["cat"])
    export_labels(tmp_path / "set", ExportWishes(format), tmp_path / "out")
    report = import_dataset(tmp_path / "out", tmp_path / "back")
    assert (report.images, report.annotations, report.problems) == (2, 2, [])


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


def test_exports_that_would_help_nobody_are_refused(tmp_path: Path) -> None:
    for at, key in enumerate(("cat/a.png", "cat/b.png", "dog/a.png", "dog/b.png")):
        add_image(tmp_path / "pets", key, seed=at)
    with pytest.raises(UsageError, match=r"as a whole .* these have: cvat, datumaro, label-studio"):
        export_labels(tmp_path / "pets", ExportWishes("coco"), tmp_path / "out")
    add_image(tmp_path / "bare", "a.png")
    with pytest.raises(UsageError, match="nothing is labelled"):
        export_labels(tmp_path / "bare", ExportWishes("coco"), tmp_path / "out")
    labelled(tmp_path / "boxes", "a.png", ["cat"])
    with pytest.raises(UsageError, match="nothing in “test” is labelled"):
        export_labels(tmp_path / "boxes", ExportWishes("coco", "test"), tmp_path / "out")
    with pytest.raises(UsageError, match="among the images of the project"):
        export_labels(tmp_path / "boxes", ExportWishes("coco"), tmp_path / "boxes" / "out")
    assert not (tmp_path / "out").exists() and not (tmp_path / "boxes" / "out").exists()


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
    whole = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if path.suffix == ".xml":
            raise OSError(errno.ENOSPC, "No space left on device")
        return whole(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
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
    assert Labelled(project).keys == ["images/a.png", "images/b.png"]
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
    export_labels(tmp_path / "p", ExportWishes("tfrecord"), tmp_path / "records")
    report = import_dataset(tmp_path / "records", tmp_path / "q", "tfrecord", images="link")
    assert (report.images, report.linked) == (1, 0)
    assert not any(path.is_symlink() for path in (tmp_path / "q").rglob("*"))


def test_voc_goes_out_as_voc(tmp_path: Path) -> None:
    global items
    source, project, out = tmp_path / "toy", tmp_path / "project", tmp_path / "out"
    for name in ("a.png", "b.png", "sub/a.png", "c.png"):
        add_image(source, name)
    items = lambda where: iter([  # noqa: E731
        ClassNames(("dog", "cat")),
        AnnotatedSample(source / "a.png", Annotation((LabeledObject("cat", Box(1, 2, 3, 4)),)),
                        "train"),
        AnnotatedSample(source / "b.png", Annotation((LabeledObject("dog", Box(1, 2, 3, 4)),)),
                        "val"),
        AnnotatedSample(source / "sub" / "a.png", Annotation(), "train")])
    import_dataset(source, project)
    seen: list[tuple[int, int]] = []
    found = export_labels(project, ExportWishes("voc", images="link"), out,
                          lambda done, total: seen.append((done, total)))
    assert found.words() == "3 images with 2 objects were written as Pascal VOC."
    assert seen == [(1, 3), (2, 3), (3, 3)] and found.to_json()["split"] == {"train": 2, "val": 1}
    assert (out / "JPEGImages" / "a.png").is_symlink()
    assert (out / "ImageSets" / "Main" / "val.txt").read_text() == "b\n"
    [item] = read_voc(out / "Annotations" / "a.xml").annotation.objects
    assert (item.label, item.box) == ("cat", (1, 2, 3, 4))
    with pytest.raises(UsageError, match="new or empty folder"):
        export_labels(project, ExportWishes("voc"), out)
    only = plan_export(project, ExportWishes("voc", "val", ("dog",)))
    assert (only.samples, only.objects, only.classes) == (1, 1, ("dog",))
    assert only.words().startswith("1 image with 1 object would be written")
    for wishes in (ExportWishes("voc", "nonsense"), ExportWishes("voc", classes=("cow",)),
                   ExportWishes("toy"), ExportWishes("nonsense")):
        with pytest.raises(UsageError):
            export_labels(project, wishes, tmp_path / "other")
    with pytest.raises(Stopped):
        export_labels(project, ExportWishes("voc"), tmp_path / "other", cancelled=lambda: True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "project", "toy"]


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


@pytest.mark.parametrize("format", ["yolo", "coco", "voc", "yolo-segment", "yolo-obb", "yolo-pose"])
@pytest.mark.parametrize("name", ["bccd", "kangaroo"])
def test_real_data_goes_out_and_comes_back(name: str, format: str, tmp_path: Path) -> None:
    first, out, again = tmp_path / "first", tmp_path / "out", tmp_path / "again"
    import_dataset(shared_data(name), first)
    written = export_labels(first, ExportWishes(format, images="link"), out)
    import_dataset(out, again, follow=True)
    assert Manifest.load(again).classes == Manifest.load(first).classes

    def labels(project: Path) -> dict[str, list[tuple[str, object]]]:
        return {path.stem: [(item.label, item.box) for item in read_voc(path).annotation.objects
                            if item.width and item.height]
                for path in (project / "annotations").rglob("*.xml")}

    assert labels(first) == labels(again) and len(labels(first)) == written.samples
    assert sum(load_split(again).counts().values()) == written.samples


def test_the_shell_exports_and_imports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    for name, label in (("a.png", "cat"), ("b.png", "dog")):
        labelled(source, name, [label])
    assert main(["export-labels", str(source), "--format", "coco", "--out", str(out), "--check",
                 "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert (plan["samples"], plan["objects"], plan["planned"]) == (2, 2, True) and not out.exists()
    assert main(["export-labels", str(source), "--format", "yolo", "--out", str(out), "--class",
                 "dog", "--images", "none"]) == 0
    assert "2 images with 1 object were written as YOLO." in capsys.readouterr().out
    assert not (out / "images").exists() and (out / "data.yaml").is_file()
    assert main(["export-labels", str(source), "--format", "nonsense", "--out", str(out)]) == 2
    assert "there is no format “nonsense”; there are: voc, yolo" in capsys.readouterr().err
    (source / "notes.json").write_text("{}")
    assert main(["import", str(source / "notes.json"), "--project", str(out)]) == 2
    assert "notes.json" in capsys.readouterr().err
