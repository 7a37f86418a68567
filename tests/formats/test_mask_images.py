"""Mask images of Pascal VOC, CVAT and microscopes' programs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import shared_data
from tests.support.label_sets import Found, image, read_set
from workbench.core.errors import WorkbenchError
from workbench.core.outlines import Mask
from workbench.extension.annotation_formats import annotation_formats
from workbench.extension.registry import load
from workbench.project.imports.images import import_dataset
from workbench.project.imports.preview import preview
from workbench.project.label_export import ExportRequest, export_labels

SIZE = (12, 8)


def pixels(*areas: tuple[int, int, int, int, int], kind: type = np.uint8) -> np.ndarray:
    """An array with (value, x1, y1, x2, y2) filled in."""
    found = np.zeros((SIZE[1], SIZE[0]), kind)
    for value, x1, y1, x2, y2 in areas:
        found[y1:y2, x1:x2] = value
    return found


def mask(path: Path, *areas: tuple[int, int, int, int, int], kind: type = np.uint8,
         palette: list[int] | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(pixels(*areas, kind=kind))
    if palette is not None:
        picture.putpalette(palette)
    picture.save(path)
    return path


def recognised(folder: Path) -> bool:
    return bool(load(annotation_formats.get("masks").sniff)(folder))


def read(folder: Path) -> Found:
    assert recognised(folder)
    return read_set(folder, "masks")


def boxes(found: Found, name: str) -> list[tuple[str, tuple[float, ...]]]:
    return [(label, shape.bounds()) for label, shape in found.objects(name)
            if isinstance(shape, Mask)]


@pytest.mark.parametrize(("images", "masks", "name"), [
    ("image", "label", "a.png"), ("images", "masks", "a.tif"), ("imgs", "train_masks", "a.bmp"),
    ("", "", "a_mask.png"), ("raw", "ground truth", "a_gt.gif")])
def test_a_mask_lies_beside_its_image(tmp_path: Path, images: str, masks: str, name: str) -> None:
    image(tmp_path / images / "a.png", SIZE)
    image(tmp_path / images / "unmasked.png", SIZE)
    mask(tmp_path / masks / name, (255, 1, 1, 4, 3), (255, 6, 4, 9, 8))
    found = read(tmp_path)
    # of one value each region is an object
    assert boxes(found, "a.png") == [("object", (1, 1, 4, 3)), ("object", (6, 4, 9, 8))]
    report = import_dataset(tmp_path, tmp_path / "project")
    assert (report.images, report.annotations) == (2, 1)  # the mask is no image of its own


def test_values_are_classes_and_255_is_void_where_others_are_used(tmp_path: Path) -> None:
    image(tmp_path / "images" / "a.png", SIZE)
    mask(tmp_path / "masks" / "a.png", (1, 0, 0, 3, 3), (2, 5, 0, 8, 3), (255, 3, 0, 5, 3),
         (255, 8, 0, 9, 3))
    void = ("void", (3, 0, 9, 3))  # one, however many parts it has
    assert boxes(read(tmp_path), "a.png") == [
        ("class 1", (0, 0, 3, 3)), ("class 2", (5, 0, 8, 3)), void]
    (tmp_path / "classes.txt").write_text("_background_\nRBC\nWBC\n")
    found = read(tmp_path)
    assert boxes(found, "a.png") == [("RBC", (0, 0, 3, 3)), ("WBC", (5, 0, 8, 3)), void]
    objects = found.annotations["a.png"]
    assert [item.difficult for item in objects.objects] == [False, False, True]


def test_void_comes_back_as_255(tmp_path: Path) -> None:
    image(tmp_path / "images" / "a.png", SIZE)
    mask(tmp_path / "masks" / "a.png", (1, 0, 0, 3, 3), (1, 5, 0, 8, 3), (255, 3, 0, 5, 3))
    import_dataset(tmp_path, tmp_path / "project", rename={"void": "ignore"})
    found = export_labels(tmp_path / "project", ExportRequest("masks"), tmp_path / "out")
    assert not found.lost()
    for folder in ("SegmentationClass", "SegmentationObject"):
        values = np.asarray(Image.open(tmp_path / "out" / folder / "a.png"))
        assert (values == 255).nonzero()[1].tolist() == [3, 4] * 3
        assert values.max(initial=0, where=values < 255) == (
            1 if folder == "SegmentationClass" else 2)
    assert boxes(read(tmp_path / "out"), "a.png") == [
        ("object", (0, 0, 3, 3)), ("object", (5, 0, 8, 3)), ("ignore", (3, 0, 5, 3))]
    assert "neither learned" in " ".join(preview(tmp_path, tmp_path / "new").notes)


def test_void_is_a_colour_too(tmp_path: Path) -> None:
    image(tmp_path / "images" / "a.png", SIZE)
    colors = np.zeros((*pixels().shape, 3), np.uint8)
    colors[0:3, 0:3], colors[0:3, 3:5], colors[4:6, 2:9] = (
        (128, 0, 0), (224, 224, 192), (10, 20, 30))
    (tmp_path / "masks").mkdir()
    Image.fromarray(colors).save(tmp_path / "masks" / "a.png")
    assert [label for label, _ in boxes(read(tmp_path), "a.png")] == ["#0a141e", "#800000", "void"]
    (tmp_path / "labelmap.txt").write_text("cat:128,0,0::\nunlabelled:10,20,30::\n")
    found = read(tmp_path).annotations["a.png"].objects
    assert [item.label for item in found if item.difficult] == ["unlabelled", "unlabelled"]


def test_255_beside_greys_is_a_class(tmp_path: Path) -> None:
    image(tmp_path / "images" / "a.png", SIZE)
    areas = (128, 0, 0, 3, 3), (255, 5, 0, 8, 3)
    mask(tmp_path / "masks" / "a.png", *areas)
    assert [label for label, _ in boxes(read(tmp_path), "a.png")] == ["class 128", "class 255"]
    (tmp_path / "labelmap.txt").write_text("background:0,0,0::\ncat:128,128,128::\n"
                                           "dog:255,255,255::\n")
    assert [label for label, _ in boxes(read(tmp_path), "a.png")] == ["cat", "dog"]


def test_names_with_colons_and_hashes_come_back(tmp_path: Path) -> None:
    image(tmp_path / "images" / "a.png", SIZE)
    mask(tmp_path / "masks" / "a.png", (85, 0, 0, 3, 3), (170, 5, 0, 8, 3))
    (tmp_path / "labelmap.txt").write_text(
        "# label:color_rgb:parts:actions\n# old:1,1,1::\nbackground:0,0,0::\n"
        "car:red:85,85,85::\n#1:170,170,170::\n")
    assert [label for label, _ in boxes(read(tmp_path), "a.png")] == ["car:red", "#1"]
    import_dataset(tmp_path, tmp_path / "project")
    export_labels(tmp_path / "project", ExportRequest("masks"), tmp_path / "out")
    assert [label for label, _ in boxes(read(tmp_path / "out"), "a.png")] == ["car:red", "#1"]


def test_a_class_called_background_is_not_written_as_nothing(tmp_path: Path) -> None:
    image(tmp_path / "images" / "a.png", SIZE)
    mask(tmp_path / "masks" / "a.png", (1, 0, 0, 3, 3), (2, 5, 0, 8, 3))
    import_dataset(tmp_path, tmp_path / "project",
                   rename={"class 1": "Background", "class 2": "cell"})
    with pytest.raises(WorkbenchError, match=r"“Background” means.*Nothing was written"):
        export_labels(tmp_path / "project", ExportRequest("masks"), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    found = export_labels(tmp_path / "project", ExportRequest("masks", classes=("cell",)),
                          tmp_path / "out")
    assert found.objects == 1


def test_more_objects_than_8_bits_hold_as_fractions(tmp_path: Path) -> None:
    image(tmp_path / "img" / "a.png", SIZE)
    areas = (255, 0, 0, 3, 3), (256, 3, 0, 6, 3), (300, 6, 0, 9, 3)
    path = mask(tmp_path / "masks" / "a_masks.tif", *areas, kind=np.float32)
    assert [bounds for _, bounds in boxes(read(tmp_path), "a.png")] == [
        (0, 0, 3, 3), (3, 0, 6, 3), (6, 0, 9, 3)]
    Image.fromarray(pixels(*areas, kind=np.float32) + np.float32(0.5)).save(path)
    assert "whole numbers" in read_set(tmp_path, "masks").problems[0].reason


def test_sixteen_bits_count_objects(tmp_path: Path) -> None:
    image(tmp_path / "img" / "a.png", SIZE)
    mask(tmp_path / "masks" / "a_masks.tif", (1, 0, 0, 3, 3), (700, 3, 0, 6, 3), kind=np.uint16)
    found = read(tmp_path)  # they touch, and are two
    assert boxes(found, "a.png") == [("object", (0, 0, 3, 3)), ("object", (3, 0, 6, 3))]


def test_a_label_map_names_colours(tmp_path: Path) -> None:
    image(tmp_path / "JPEGImages" / "a.png", SIZE)
    colors = np.zeros((*pixels().shape, 3), np.uint8)
    colors[0:3, 0:3], colors[4:6, 2:9] = (250, 50, 83), (36, 179, 83)
    (tmp_path / "SegmentationClass").mkdir()
    Image.fromarray(colors).save(tmp_path / "SegmentationClass" / "a.png")
    (tmp_path / "labelmap.txt").write_text(
        "# label:color_rgb:parts:actions\nbackground:0,0,0::\ncat:250,50,83::\ndog:36,179,83::\n")
    found = read(tmp_path)
    assert found.classes == ("cat", "dog")
    assert sorted(boxes(found, "a.png")) == [("cat", (0, 0, 3, 3)), ("dog", (2, 4, 9, 6))]
    (tmp_path / "labelmap.txt").write_text("background:0,0,0::\ncat:red\n")
    assert not read_set_problems(tmp_path)


def read_set_problems(folder: Path) -> list[str]:
    """Through an import, which tells what a reader raises."""
    report = import_dataset(folder, folder.parent / "told", "masks")
    assert any("labelmap.txt: line 2, it has no colour" in item.reason for item in report.problems)
    return report.classes


def test_the_challenges_own_palettes(tmp_path: Path) -> None:
    image(tmp_path / "JPEGImages" / "2007_1.png", SIZE)
    image(tmp_path / "JPEGImages" / "2007_2.png", SIZE)
    mask(tmp_path / "SegmentationClass" / "2007_1.png", (15, 0, 0, 6, 3), (255, 6, 0, 7, 3),
         (12, 8, 0, 9, 3), palette=[0] * 768)
    mask(tmp_path / "SegmentationObject" / "2007_1.png", (1, 0, 0, 3, 3), (2, 3, 0, 6, 3),
         (255, 6, 0, 7, 3), (3, 8, 0, 9, 3), palette=[0] * 768)
    mask(tmp_path / "SegmentationClass" / "2007_2.png", (1, 0, 0, 6, 3), palette=[0] * 768)
    lists = tmp_path / "ImageSets" / "Segmentation"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("2007_1\n")
    (lists / "val.txt").write_text("2007_2\n")
    found = read(tmp_path)
    assert boxes(found, "2007_1.png") == [
        ("person", (0, 0, 3, 3)), ("person", (3, 0, 6, 3)), ("dog", (8, 0, 9, 3)),
        ("void", (6, 0, 7, 3))]
    assert boxes(found, "2007_2.png") == [("aeroplane", (0, 0, 6, 3))]
    assert found.parts == {"2007_1.png": "train", "2007_2.png": "val"}


def test_what_does_not_fit_is_told_and_the_rest_comes(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        image(tmp_path / "images" / f"{name}.png", SIZE)
    image(tmp_path / "images" / "d.png", (5, 5))
    mask(tmp_path / "masks" / "a.png", (255, 0, 0, 3, 3))
    mask(tmp_path / "masks" / "d.png", (255, 0, 0, 3, 3))
    (tmp_path / "masks" / "b.png").write_bytes((tmp_path / "masks" / "a.png").read_bytes()[:48])
    found = read_set(tmp_path, "masks")
    assert list(found.annotations) == ["a.png"]
    told = sorted(problem.reason for problem in found.problems)
    assert told[0].startswith("b.png: the mask cannot be read (")
    assert told[1] == "d.png: the mask is 12 × 8 and its image 5 × 5."


def test_folders_of_photos_are_no_masks(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    for place in ("images", "labels"):  # photos by any name
        (tmp_path / place).mkdir()
        photo = Image.fromarray(rng.integers(0, 255, (32, 32, 3), np.uint8))
        photo.save(tmp_path / place / "a.png")
    assert not recognised(tmp_path)
    for name in ("cat", "dog"):
        image(tmp_path / "classes" / name / "1.png", SIZE)
    assert not recognised(tmp_path / "classes")


def test_masks_go_out_with_the_challenges_palette(tmp_path: Path) -> None:
    image(tmp_path / "in" / "images" / "a.png", SIZE)
    mask(tmp_path / "in" / "masks" / "a.png", (1, 0, 0, 3, 3), (2, 5, 0, 8, 3), (2, 5, 5, 7, 6))
    import_dataset(tmp_path / "in", tmp_path / "project")
    export_labels(tmp_path / "project", ExportRequest("masks"), tmp_path / "out")
    with Image.open(tmp_path / "out" / "SegmentationClass" / "a.png") as picture:
        assert picture.mode == "P" and picture.getpalette()[:9] == [0, 0, 0, 128, 0, 0, 0, 128, 0]
        assert picture.getpalette()[45:48] == [192, 128, 128]  # person, in the challenge
        assert np.array_equal(np.asarray(picture), pixels(
            (1, 0, 0, 3, 3), (2, 5, 0, 8, 3), (2, 5, 5, 7, 6)))
    with Image.open(tmp_path / "out" / "SegmentationObject" / "a.png") as picture:
        assert sorted(np.unique(np.asarray(picture))) == [0, 1, 2, 3]


def test_cells_of_a_microscope(tmp_path: Path) -> None:
    report = import_dataset(shared_data("membrane"), tmp_path / "project")
    assert (report.images, report.annotations, report.problems) == (24, 24, [])
    assert report.classes == ["object"]
