"""Any registered format of labels comes in and goes out; what does not fit is counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.project.helpers import add_image
from workbench.core.errors import Problem, UsageError
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
    boxes = Annotation((LabeledObject("cat", Polygon((RING,))),))

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
    assert "2 polygons become boxes." in plan.doubts
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
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    assert import_dataset(source, project).already == 7
    assert before == {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}


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
