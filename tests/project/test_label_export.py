"""Labels go out in any registered format; what does not fit is counted."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.project.helpers import add_image, labelled
from tests.project.test_sounds import beep
from tests.support.toy_format import ToyReads
from workbench.core.background import Cancelled
from workbench.core.errors import UsageError
from workbench.core.outlines import Keypoints, Mask, Polygon, RotatedBox
from workbench.core.shapes import Region
from workbench.extension.annotation_formats import (
    ANY,
    BOX,
    POLYGON,
    ROTATED,
    VERIFIED,
    AnnotatedSample,
    Annotation,
    Box,
    ClassNames,
    Holds,
    LabeledObject,
    annotation_formats,
)
from workbench.extension.holds import Losses, fit
from workbench.formats.raven import new_raven
from workbench.formats.voc import new_voc, read_voc
from workbench.project.imports.images import import_dataset
from workbench.project.label_export import (
    ExportRequest,
    export_labels,
    gentlest_format,
    plan_export,
)
from workbench.project.named_files import DistinctNames, below_part
from workbench.tasks.image_classification.labels import read_labels

RING = ((1.0, 1.0), (9.0, 1.0), (9.0, 7.0))


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
        "“weather” of 1 image has no place in Dots.",
        "The labels of 1 image as a whole have no place in Dots.",
        "“verified” of 1 image has no place in Dots."]


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
    every = Holds((BOX, POLYGON, ROTATED), ANY, (VERIFIED, *ANY), parts=True, holes=True)
    assert fit(everything, every, losses) is everything
    assert not fit(Annotation(), Holds(empty=False), losses).objects
    assert losses.samples["empty"] == 1


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
    found = export_labels(source, ExportRequest(format), tmp_path / "out")
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
    export_labels(tmp_path / "set", ExportRequest(format), tmp_path / "out")
    report = import_dataset(tmp_path / "out", tmp_path / "back")
    assert (report.images, report.annotations, report.problems) == (2, 2, [])


def test_an_empty_folder_that_is_exported_into_stays_the_same_folder(tmp_path: Path) -> None:
    """It may be a disk of its own, and its rights are its owner's."""
    project, out = tmp_path / "project", tmp_path / "out"
    labelled(project, "a.png", ["cat"])
    out.mkdir(mode=0o750)
    before = out.stat()
    export_labels(project, ExportRequest("yolo"), out)
    assert (out.stat().st_ino, out.stat().st_mode) == (before.st_ino, before.st_mode)
    assert sorted(path.name for path in out.iterdir()) == ["data.yaml", "images", "labels"]


def test_exports_that_would_help_nobody_are_refused(tmp_path: Path) -> None:
    for at, key in enumerate(("cat/a.png", "cat/b.png", "dog/a.png", "dog/b.png")):
        add_image(tmp_path / "pets", key, seed=at)
    with pytest.raises(UsageError, match=r"as a whole .* these have: coco, cvat, datumaro, label-"):
        export_labels(tmp_path / "pets", ExportRequest("yolo"), tmp_path / "out")
    add_image(tmp_path / "bare", "a.png")
    with pytest.raises(UsageError, match="nothing is labelled"):
        export_labels(tmp_path / "bare", ExportRequest("coco"), tmp_path / "out")
    labelled(tmp_path / "boxes", "a.png", ["cat"])
    with pytest.raises(UsageError, match="nothing in “test” is labelled"):
        export_labels(tmp_path / "boxes", ExportRequest("coco", "test"), tmp_path / "out")
    with pytest.raises(UsageError, match="among the images of the project"):
        export_labels(tmp_path / "boxes", ExportRequest("coco"), tmp_path / "boxes" / "out")
    assert not (tmp_path / "out").exists() and not (tmp_path / "boxes" / "out").exists()


def test_the_format_that_loses_least_is_known(tmp_path: Path) -> None:
    kinds = [kind for kind in annotation_formats if kind.write and kind.medium == "images"]
    labelled(tmp_path, "a.png", ["cat"])
    assert gentlest_format(tmp_path, kinds) == "yolo"
    for shape, format in ((Polygon((RING,)), "coco"), (RotatedBox((20, 20), 9, 5, 1.0), "cvat"),
                          (Keypoints(((1.0, 2.0),), (2,)), "voc")):
        image = add_image(tmp_path, f"{format}.png")
        whole = Annotation((LabeledObject("cat", shape), LabeledObject("cat", Box(1, 2, 9, 8))),
                           size=(64, 48))
        image.with_suffix(".xml").write_bytes(new_voc(whole, image_path=image))
        assert gentlest_format(tmp_path, kinds) == format
    assert gentlest_format(tmp_path / "nothing", kinds) == ""


@pytest.mark.parametrize("column", ["label", "tags", "number"])
def test_labels_of_wholes_go_out_and_come_back(tmp_path: Path, column: str) -> None:
    rows = {"label": ("cat", "dog"), "tags": ("cat;dog", "dog"), "number": ("1.25", "-3")}[column]
    for at, name in enumerate(("a.png", "b.png")):
        add_image(tmp_path / "set", name, seed=at)
    (tmp_path / "set" / "labels.csv").write_text(
        f"file,{column}\n" + "".join(f"{name},{label}\n" for name, label in zip(
            ("a.png", "b.png"), rows, strict=True)))
    kinds = [kind for kind in annotation_formats if kind.write and kind.medium == "images"]
    assert gentlest_format(tmp_path / "set", kinds) == (
        "folders" if column == "label" else "labels-table")
    for format in ("labels-table", "labels-tsv", "coco", "datumaro"):
        found = export_labels(tmp_path / "set", ExportRequest(format), tmp_path / format)
        held = {"label": 2, "tags": 3, "number": 2}[column]
        assert (found.samples, found.labels, found.lost()) == (2, held, [])
        assert f"with {held} labels" in found.words()
        project = tmp_path / f"{format}-back"
        assert import_dataset(tmp_path / format, project).problems == []
        back = read_labels(project)
        assert back.kind == ("class" if column == "label" else column)
        assert sorted(back.labels.values()) == sorted(rows)
    if column == "number":
        with pytest.raises(UsageError, match=r"these have: .*labels-table"):
            export_labels(tmp_path / "set", ExportRequest("folders"), tmp_path / "none")


def test_voc_goes_out_as_voc(tmp_path: Path, toy_reads: ToyReads) -> None:
    source, project, out = tmp_path / "toy", tmp_path / "project", tmp_path / "out"
    for name in ("a.png", "b.png", "sub/a.png", "c.png"):
        add_image(source, name)
    toy_reads(lambda where: iter([
        ClassNames(("dog", "cat")),
        AnnotatedSample(source / "a.png", Annotation((LabeledObject("cat", Box(1, 2, 3, 4)),)),
                        "train"),
        AnnotatedSample(source / "b.png", Annotation((LabeledObject("dog", Box(1, 2, 3, 4)),)),
                        "val"),
        AnnotatedSample(source / "sub" / "a.png", Annotation(), "train")]))
    import_dataset(source, project)
    seen: list[tuple[int, int]] = []
    found = export_labels(project, ExportRequest("voc", images="link"), out,
                          lambda done, total: seen.append((done, total)))
    assert found.words() == "3 images with 2 objects were written as Pascal VOC."
    assert seen == [(1, 3), (2, 3), (3, 3)] and found.to_json()["split"] == {"train": 2, "val": 1}
    assert (out / "JPEGImages" / "a.png").is_symlink()
    assert (out / "ImageSets" / "Main" / "val.txt").read_text() == "b\n"
    [item] = read_voc(out / "Annotations" / "a.xml").annotation.objects
    assert (item.label, item.box) == ("cat", (1, 2, 3, 4))
    with pytest.raises(UsageError, match="new or empty folder"):
        export_labels(project, ExportRequest("voc"), out)
    only = plan_export(project, ExportRequest("voc", "val", ("dog",)))
    assert (only.samples, only.objects, only.classes) == (1, 1, ("dog",))
    assert only.words().startswith("1 image with 1 object would be written")
    for wishes in (ExportRequest("voc", "nonsense"), ExportRequest("voc", classes=("cow",)),
                   ExportRequest("toy"), ExportRequest("nonsense")):
        with pytest.raises(UsageError):
            export_labels(project, wishes, tmp_path / "other")
    with pytest.raises(Cancelled):
        export_labels(project, ExportRequest("voc"), tmp_path / "other", cancelled=lambda: True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "project", "toy"]


def test_objects_that_others_lie_on_are_counted_where_a_pixel_has_one_object(
        tmp_path: Path) -> None:
    project = tmp_path / "p"
    image = add_image(project, "a.png")
    boxes = ((5, 5, 10, 10), (0, 0, 20, 20), (15, 15, 30, 30), (40, 1, 50, 9))
    image.with_suffix(".xml").write_bytes(new_voc(Annotation(tuple(
        LabeledObject("cat", Box(*map(float, sides))) for sides in boxes), size=(64, 48)),
        image_path=image, depth=1))
    losses = export_labels(project, ExportRequest("masks"), tmp_path / "out").losses
    assert (losses.hidden, losses.covered) == (1, 1)
    assert losses.words("Mask images")[1:] == [
        "Of 1 object nothing is left in Mask images: others lie on all pixels.",
        "A part of 1 object is lost in Mask images: others lie on these pixels."]
    import_dataset(tmp_path / "out", tmp_path / "again")
    [path] = (tmp_path / "again").rglob("a.xml")
    assert len(read_voc(path).annotation.objects) == 3
    assert not export_labels(project, ExportRequest("coco"), tmp_path / "coco").losses


def test_sounds_that_are_left_out_are_told(tmp_path: Path) -> None:
    project = tmp_path / "p"
    clip = beep(project / "pond.wav", seconds=2)
    clip.with_suffix(".selections.txt").write_bytes(new_raven().render(Annotation((
        LabeledObject("frog", Region(0.2, 0.4)), LabeledObject("", Region(0.8, 1.0)))), 4000.0))
    (project / "broken.wav").write_bytes(b"no sound")
    request = ExportRequest("audacity")
    for found in (plan_export(project, request, tmp_path / "out"),
                  export_labels(project, request, tmp_path / "out")):
        assert [problem.kind for problem in found.problems] == [
            "unreadable-sound", "nameless-regions"]
        assert found.words().startswith("1 sound with 1 object")
    assert (tmp_path / "out" / "pond.txt").read_text("utf-8").count("\n") == 1


def test_sounds_and_images_that_are_called_otherwise_there_are_told(tmp_path: Path) -> None:
    project = tmp_path / "p"
    for name in ("pond.wav", "pond.flac", "lake.wav"):
        beep(project / name, seconds=2)
    (project / "labels.csv").write_text("file,label\npond.wav,frog\npond.flac,toad\n", "utf-8")
    request = ExportRequest("audacity")
    for found in (plan_export(project, request, tmp_path / "out"),
                  export_labels(project, request, tmp_path / "out")):
        assert found.renamed == found.to_json()["renamed"] == {"pond.wav": "pond-2.wav"}
        assert found.lost()[-1] == ("1 sound is called otherwise there, as others come before "
                                    "them: pond.wav → pond-2.wav.")
    assert (tmp_path / "out" / "pond-2.wav").is_file()


def test_two_images_of_a_part_keep_names_of_their_own_in_its_folder() -> None:
    names = DistinctNames()
    told = [names.of(below_part(name, part), part) for name, part in (
        ("train/a.png", "train"), ("a.png", "train"), ("val/a.png", "val"), ("val/b.png", "train"),
        ("Training/cam/a.png", "train"), ("train/train/c.png", "train"), ("train.png", "train"))]
    assert told == ["a.png", "a-2.png", "a.png", "val/b.png", "cam/a.png", "c.png", "train.png"]
