"""COCO against its reference reader, and as people have it."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faster_coco_eval import COCO
from faster_coco_eval import mask as reference
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.test_round_trips import masks
from tests.support.label_sets import CLASSES, SIZE, image, put, read_set, written_set
from workbench.core.outlines import Keypoints, Mask, Polygon, RotatedBox
from workbench.core.shapes import Box
from workbench.core.skeletons import Skeleton
from workbench.extension.annotation_formats import AnnotatedSample, LabeledObject
from workbench.formats.coco import read, sniff
from workbench.formats.coco_rle import (
    counts_of_mask,
    counts_of_text,
    mask_of_counts,
    text_of_counts,
)
from workbench.formats.json_stream import stream_json
from workbench.project.imports.images import import_dataset
from workbench.project.imports.label_source import FolderSource
from workbench.project.label_export import ExportRequest, export_labels
from workbench.project.manifest import Manifest

WIDTH, HEIGHT = SIZE
RING = [100.0, 100.0, 200.0, 100.0, 200.0, 220.0]


def pixels(mask: Mask) -> np.ndarray:
    found = np.zeros((HEIGHT, WIDTH), np.uint8)
    for row, first, end in mask.spans():
        found[row, first:end] = 1
    return found


def coco(folder: Path, annotations: list[dict[str, Any]], name: str = "instances.json",
         images: list[dict[str, Any]] | None = None, **more: Any) -> Path:
    """A data set of one image, which is there."""
    image(folder / "images" / "a.png")
    data = {"images": images if images is not None else [
        {"id": 7, "file_name": "a.png", "width": WIDTH, "height": HEIGHT}],
        "annotations": [{"id": number, "image_id": 7, "category_id": 5, **annotation}
                        for number, annotation in enumerate(annotations, 1)],
        "categories": [{"id": 5, "name": "cat"}, {"id": 2, "name": "dog"}], **more}
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, indent=1), "utf-8")
    return path


@given(masks())
def test_masks_are_the_reference_s(mask: Mask) -> None:
    counts = counts_of_mask(mask, HEIGHT, WIDTH)
    there = reference.encode(np.asfortranarray(pixels(mask)))
    assert text_of_counts(counts) == there["counts"].decode()
    assert counts_of_text(there["counts"].decode()) == counts
    assert np.array_equal(pixels(mask_of_counts(counts, HEIGHT, WIDTH)), pixels(mask))


@given(st.binary(max_size=40))
def test_a_text_that_is_no_mask_is_refused_or_read(data: bytes) -> None:
    try:
        mask_of_counts(counts_of_text(data.decode("latin-1")), 20, 30)
    except ValueError:
        return


def test_the_reference_reads_what_is_written() -> None:
    objects = [
        LabeledObject("cat", Box(10, 20, 110.5, 220)),
        LabeledObject("dog", Polygon((((300, 100), (400, 100), (400, 200), (300, 200)),
                                      ((450, 100), (500, 100), (500, 150))))),
        LabeledObject("dog", Polygon((((300, 300), (400, 300), (400, 400), (300, 400)),
                                      ((320, 320), (380, 320), (380, 380), (320, 380))))),
        LabeledObject("cat", Mask(5, 6, 3, 2, (1, 2, 1, 2)), {"difficult": True}),
        LabeledObject("cat", Keypoints(((1, 2), (0, 0)), (2, 0), Box(0, 0, 9, 9)))]
    samples = [("a.png", "train", objects), ("b.png", "val", []), ("c.png", "train", [])]
    with written_set("coco", samples) as folder:
        there = COCO(str(folder / "annotations" / "instances_train.json"))
        assert sorted(item["file_name"] for item in there.loadImgs(there.getImgIds())) == [
            "a.png", "c.png"]
        assert tuple(item["name"] for item in there.loadCats(there.getCatIds())) == CLASSES
        found = there.loadAnns(there.getAnnIds())
        assert [item["id"] for item in found] == [1, 2, 3, 4, 5]
        assert found[0]["bbox"] == [10, 20, 100.5, 200]
        areas = [int(there.annToMask(item).sum()) for item in found[1:4]]
        assert areas[0] == pytest.approx(10_000 + 1_250, rel=0.02)
        assert areas[1] == pytest.approx(10_000 - 3_600, rel=0.05)
        assert areas[2] == 4 and found[3]["iscrowd"] == 1
        assert found[4]["num_keypoints"] == 1 and found[4]["keypoints"] == [1, 2, 2, 0, 0, 0]
        assert len(there.loadCats([1])[0]["keypoints"]) == 2
        assert (folder / "annotations" / "instances_val.json").is_file()


def test_names_and_lines_of_key_points_go_out_and_come_back(tmp_path: Path) -> None:
    put(tmp_path / "in", "instances.json", {
        "images": [{"id": 1, "file_name": "a.png", "width": 640, "height": 480}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 9, 9],
                         "keypoints": [1, 2, 2, 3, 4, 1, 0, 0, 0], "num_keypoints": 2}],
        "categories": [{"id": 1, "name": "person", "keypoints": ["nose", "left eye", "right eye"],
                        "skeleton": [[1, 2], [3, 1], [1, 9], "x", [2, 2]]},
                       {"id": 2, "name": "box", "keypoints": ["1", "2"], "skeleton": [[1, 2]]}]})
    image(tmp_path / "in" / "a.png")
    import_dataset(tmp_path / "in", tmp_path / "project")
    said = {"person": Skeleton(("nose", "left eye", "right eye"), ((0, 1), (2, 0)))}
    assert Manifest.load(tmp_path / "project").skeletons == said  # numbers are no names
    export_labels(tmp_path / "project", ExportRequest("coco"), tmp_path / "out")
    import_dataset(tmp_path / "out", tmp_path / "again")
    assert Manifest.load(tmp_path / "again").skeletons == said


def test_objects_have_as_many_key_points_as_their_category(tmp_path: Path) -> None:
    """Else other programs cannot read the file."""
    coco(tmp_path / "in", [{"bbox": [1, 2, 9, 9], "keypoints": [1, 2, 2], "num_keypoints": 1},
                           {"bbox": [1, 2, 9, 9], "keypoints": [1, 2, 2, 3, 4, 1]}])
    import_dataset(tmp_path / "in", tmp_path / "project")
    manifest = Manifest.load(tmp_path / "project")
    manifest.skeletons = {"cat": Skeleton(("nose", "ear", "tail"))}
    manifest.save(tmp_path / "project")
    export_labels(tmp_path / "project", ExportRequest("coco"), tmp_path / "out")
    [file] = (tmp_path / "out").rglob("*.json")
    written = json.loads(file.read_text())
    assert [item["keypoints"] for item in written["annotations"]] == [
        [1, 2, 2, 0, 0, 0, 0, 0, 0], [1, 2, 2, 3, 4, 1, 0, 0, 0]]
    assert written["categories"][0]["keypoints"] == ["nose", "ear", "tail"]


def test_shapes_of_all_kinds_are_read(tmp_path: Path) -> None:
    counts = [30 * HEIGHT + 40, 10, WIDTH * HEIGHT - 30 * HEIGHT - 50]
    coco(tmp_path, [
        {"bbox": [1, 2, 3, 4]}, {"bbox": [100, 100, 100, 120], "segmentation": [RING, RING[:4]]},
        {"category_id": 2, "iscrowd": 1, "segmentation": {"size": [HEIGHT, WIDTH],
                                                          "counts": counts}},
        {"bbox": [0, 0, 9, 9], "keypoints": [1, 2, 2, 3, 4, 1, 0, 0, 0], "num_keypoints": 2},
        {"segmentation": [[*RING, *RING[:2]]], "attributes": {"occluded": True, "x": [1]}}])
    found = read_set(tmp_path, "coco")
    ring = ((100, 100), (200, 100), (200, 220))
    assert found.objects("a.png") == [
        ("cat", Box(1, 2, 4, 6)), ("cat", Polygon((ring,))), ("dog", Mask(30, 40, 1, 10, (0, 10))),
        ("cat", Keypoints(((1, 2), (3, 4), (0, 0)), (2, 1, 0), Box(0, 0, 9, 9))),
    ]  # the last is the second again
    assert found.annotations["a.png"].objects[2].difficult
    assert found.classes == ("cat", "dog") and found.kinds() == ["duplicate-box"]


def test_what_is_odd_is_told_and_the_rest_comes(tmp_path: Path) -> None:
    images = [{"id": 7, "file_name": "C:\\me\\images\\A.PNG", "width": WIDTH, "height": HEIGHT},
              {"id": 7, "file_name": "b.png"}, {"id": 8, "file_name": "gone.png"}]
    path = coco(tmp_path, [
        {"bbox": [1, 2, 3, 4]}, {"category_id": 99, "bbox": [1, 2, 3, 4]}, {"bbox": [1, 2, 3]},
        {"bbox": [1, 2, "x", 4]}, {"bbox": [600, 2, 80, 4]}, {"bbox": [1, 2, -3, 4]}, {},
        {"bbox": [1e300, 2, 3, 4]}, {"segmentation": {"size": [4, 4], "counts": [3]}},
        {"segmentation": {"size": [HEIGHT, WIDTH], "counts": "!"}}, {"keypoints": [1, 2]},
        {"image_id": 55, "bbox": [1, 2, 3, 4]}], images=images)
    found = read_set(tmp_path, "coco")
    assert found.objects("a.png") == [("cat", Box(1, 2, 4, 6)), ("cat", Box(600, 2, 640, 6))]
    assert found.kinds() == [
        "duplicate-image", "unknown-image", "missing-image", "unknown-class", "unreadable-object",
        "unreadable-object", "box-out-of-bounds", "unreadable-object", "unreadable-object",
        "no-number", "unreadable-object", "unreadable-object", "unreadable-object"]
    reasons = [problem.reason for problem in found.problems]
    assert "annotation 3 (C:\\me\\images\\A.PNG) is left out: bbox has not four numbers." in reasons
    assert found.problems[0].line == 9 and found.problems[2].line == 13
    assert all(problem.path == str(path) for problem in found.problems)


def test_annotations_without_a_place_are_labels_of_whole_images(tmp_path: Path) -> None:
    image(tmp_path / "images" / "b.png")
    images = [{"id": 7, "file_name": "a.png", "width": WIDTH, "height": HEIGHT},
              {"id": 8, "file_name": "b.png", "width": WIDTH, "height": HEIGHT}]
    coco(tmp_path, [{}, {"category_id": 2, "bbox": None}, {"category_id": 2},
                    {"image_id": 8, "category_id": 99}], images=images)
    found = read_set(tmp_path, "coco")
    assert found.annotations["a.png"].labels == ("cat", "dog")
    assert found.annotations["a.png"].objects == () and found.annotations["b.png"].labels == ()
    assert found.kinds() == ["unknown-class"]


@pytest.mark.parametrize(("text", "words", "line"), [
    ('{"images": [\n{"id": 1, "file_name": "a.png"},\n{"id": 2', "cut off|no JSON", 3),
    ('{"images": [{"id": 1}]}', "no file_name", 1), ('{"images": [5]}', "is no object", 1),
    ("[1, 2]", "no JSON object", 1), ("", "cut off", 1), ('{"images"', "cut off", 1),
    ('{"images": ' + "[" * 100_000, "nested too deeply", 1),
    ('{"annotations": [{"id": 1}]}', "names no image", 1),
    ('{"info": ' + "9" * 5000 + "}", "number is too large", 1), ("{\n5: 1}", "no JSON|name", 2),
    ('{"categories": [{"id": [1], "name": "x"}]}', "no id", 1)])
def test_a_bad_file_is_one_sentence_and_nothing_of_it_comes(
        tmp_path: Path, text: str, words: str, line: int) -> None:
    image(tmp_path / "a.png")
    (tmp_path / "x.json").write_text(text, "utf-8")
    found = read_set(tmp_path / "x.json", "coco")
    assert not found.annotations
    [problem] = found.problems
    assert problem.line == line and problem.kind == "unreadable-labels"
    assert re.search(words, problem.reason), problem.reason


def test_files_of_parts_and_of_other_things(tmp_path: Path) -> None:
    crowd = {"size": [HEIGHT, WIDTH], "counts": [1, 1, WIDTH * HEIGHT - 2]}
    coco(tmp_path, [{"bbox": [1, 2, 3, 4]}, {"bbox": [100, 100, 100, 120], "segmentation": [RING]},
                    {"category_id": 2, "bbox": [1, 2, 3, 4]}],
         "annotations/instances_val2017.json")
    coco(tmp_path, [{"id": 9, "bbox": [1, 2, 3, 4.5], "keypoints": [1, 1, 2]},
                    {"id": 2, "segmentation": [RING], "keypoints": [120, 130, 2, 0, 0, 0]},
                    {"id": 3, "bbox": [1, 2, 3, 4]},
                    {"id": 4, "category_id": 2, "bbox": [1, 2, 3, 4], "keypoints": [0, 0, 0]},
                    {"iscrowd": 1, "segmentation": crowd}],
         "annotations/person_keypoints_val2017.json")
    coco(tmp_path, [{"caption": "A cat."}], "annotations/captions_val2017.json")
    text = json.loads((tmp_path / "annotations" / "captions_val2017.json").read_text())
    text["annotations"][0].pop("category_id")
    (tmp_path / "annotations" / "captions_val2017.json").write_text(json.dumps(text))
    found = read_set(tmp_path, "coco")
    (tmp_path / "annotations/panoptic_val2017.json").write_text(json.dumps(
        {"images": text["images"], "categories": [{"id": 5, "name": "cat"}],
         "annotations": [{"image_id": 7, "file_name": "a.png", "segments_info": []}]}))
    found = read_set(tmp_path, "coco")
    assert found.parts == {"a.png": "val"}
    assert found.objects("a.png") == [
        ("cat", Keypoints(((1, 1),), (2,), Box(1, 2, 4, 6))),
        ("cat", Keypoints(((120, 130), (0, 0)), (2, 0), Box(100, 100, 200, 220))),
        ("dog", Box(1, 2, 4, 6)), ("cat", Mask(0, 1, 1, 1, (0, 1)))]
    assert found.kinds() == ["segments_info", "caption", "joined-labels", "no-place"]
    assert [problem.reason for problem in found.problems[2:]] == [
        "person_keypoints_val2017.json lists 1 image that instances_val2017.json lists, too: key "
        "points of 2 objects were added to those that were there, 1 object came besides, 2 objects "
        "were there already.",
        "person_keypoints_val2017.json: the outlines of 1 object with key points are left out."]
    assert sniff(tmp_path) and sniff(tmp_path / "annotations" / "instances_val2017.json")
    assert not sniff(tmp_path / "images") and not sniff(tmp_path / "images" / "a.png")


def test_two_people_s_files_that_both_number_from_1_lose_nothing(tmp_path: Path) -> None:
    coco(tmp_path, [{"id": 1, "bbox": [10, 10, 20, 20]}, {"id": 2, "bbox": [80, 80, 20, 20]}],
         "ann.json")
    coco(tmp_path, [{"id": 1, "bbox": [25, 25, 40, 40]}, {"id": 2, "bbox": [82, 80, 20, 20]}],
         "bob.json")
    found = read_set(tmp_path, "coco")
    assert [shape.bounds() for _, shape in found.objects("a.png")] == [
        (10, 10, 30, 30), (80, 80, 100, 100), (25, 25, 65, 65)]
    assert found.problems[-1].reason == (
        "bob.json lists 1 image that ann.json lists, too: 1 object came besides, 1 object was "
        "there already.")


def test_the_class_that_roboflow_puts_above_all_others_is_none(tmp_path: Path) -> None:
    coco(tmp_path, [{"bbox": [1, 2, 3, 4]}], categories=[
        {"id": 0, "name": "pets", "supercategory": "none"},
        {"id": 5, "name": "cat", "supercategory": "pets"}])
    assert read_set(tmp_path, "coco").classes == ("cat",)


def test_an_image_is_that_of_its_file_s_part(tmp_path: Path) -> None:
    names = {"train2017": "instances_train2017", "valid": "instances_val"}
    for folder, file in names.items():
        image(tmp_path / folder / "1.png")
        coco(tmp_path / "annotations", [{"bbox": [1, 2, len(folder), 4]}], f"{file}.json",
             [{"id": 7, "file_name": "1.png"}])
    source = FolderSource(tmp_path, tmp_path)
    found = {item.path.parent.name: (item.split, item.annotation.objects[0].box[2])
             for item in read(source) if isinstance(item, AnnotatedSample) and item.annotation}
    assert found == {"train2017": ("train", 10), "valid": ("val", 6)}


def test_ids_and_turned_boxes_as_other_programs_write_them(tmp_path: Path) -> None:
    coco(tmp_path, [
        {"image_id": "7", "category_id": 5.0, "bbox": [80, 80, 20, 40],
         "attributes": {"occluded": False, "rotation": 0.0}},
        {"image_id": 7.0, "category_id": "2", "bbox": [80, 80, 20, 40],
         "attributes": {"rotation": 90.0, "age": 3}}])
    found = read_set(tmp_path, "coco")
    assert found.objects("a.png") == [
        ("cat", Box(80, 80, 100, 120)), ("dog", RotatedBox((90, 100), 20, 40, math.pi / 2))]
    assert [item.attributes for item in found.annotations["a.png"].objects] == [{}, {"age": 3}]
    assert not found.problems


def test_a_file_is_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from workbench.formats import json_stream

    path = tmp_path / "x.json"
    data = {"a": [{"text": f"ä{number}"} for number in range(50)], "b": 12345678, "c": [],
            "d": {"e": [1]}}
    path.write_text(json.dumps(data, ensure_ascii=False, indent=2), "utf-8")
    whole = list(stream_json(path, {"a", "c"}))
    for size in (1, 3, 7):
        monkeypatch.setattr(json_stream, "_CHUNK", size)
        assert list(stream_json(path, {"a", "c"})) == whole
    assert [item.value for item in whole if item.key == "a"] == data["a"]
    assert [(item.key, item.value) for item in whole[50:]] == [("b", 12345678), ("d", {"e": [1]})]
    assert whole[1].line == 6
