"""Formats of other programs, as these write them."""

from __future__ import annotations

import base64
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.project.helpers import png
from tests.support.label_sets import RING, SIZE, image, put, read_set, written_set
from workbench.core.outlines import Keypoints, Mask, Polygon, RotatedBox
from workbench.core.shapes import Box
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    Annotation,
    LabeledObject,
    annotation_formats,
)
from workbench.extension.registry import load
from workbench.project.imports.formats import foreign_labels
from workbench.project.imports.images import import_dataset
from workbench.project.imports.label_source import FolderSource
from workbench.project.label_export import FolderTarget


def labelme(shapes: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"version": "5.0", "flags": {"blurred": True, "dark": False}, "shapes": shapes,
            "imagePath": "..\\pictures\\a.png", "imageData": None, "imageHeight": 480,
            "imageWidth": 640, **more}


def test_labelme(tmp_path: Path) -> None:
    image(tmp_path / "pictures" / "a.png")
    points = [[10, 10], [90, 10], [90, 60]]
    put(tmp_path, "json/a.json", labelme([
        {"label": "cat", "points": [[9, 8], [1, 2]], "shape_type": "rectangle", "flags": {}},
        {"label": "dog", "points": points, "shape_type": "polygon", "group_id": 1,
         "flags": {"occluded": True}},
        {"label": "dog", "points": [[200, 10], [290, 10], [290, 60]], "shape_type": "polygon",
         "group_id": 1},
        {"label": "cat", "points": [[300, 300], [300, 310]], "shape_type": "circle"},
        {"label": "cat", "points": [[5, 6]], "shape_type": "point", "description": "nose"},
        {"label": "cat", "points": [[100, 95], [140, 95], [140, 105], [100, 105]],
         "shape_type": "rotation", "difficult": True},
        {"label": "cat", "points": [[1, 1], [2, 2], [3, 3]], "shape_type": "rectangle"},
        {"label": "cat", "points": [[1, 1], [2, 2]], "shape_type": "line"},
        {"label": "", "points": points}, {"label": "cat", "points": [["x", 1]]}, 5]))
    found = read_set(tmp_path, "labelme")
    objects = found.annotations["a.png"].objects
    assert [type(item.shape) for item in objects] == [Box, Polygon, Polygon, Keypoints, RotatedBox]
    assert objects[0].shape == Box(1, 2, 9, 8) and dict(objects[1].attributes) == {"occluded": True}
    assert isinstance(objects[1].shape, Polygon) and len(objects[1].shape.rings) == 2
    assert objects[2].box == pytest.approx((290, 290, 310, 310), abs=0.1)
    assert objects[3].attributes["description"] == "nose" and objects[4].difficult
    assert found.annotations["a.png"].attributes == {"blurred": True}
    assert found.kinds().count("unreadable-object") == 4 and "no-class" in found.kinds()
    assert found.classes == ("cat", "dog")


def test_labelme_parts_of_one_object_that_overlap_are_all_of_it(tmp_path: Path) -> None:
    image(tmp_path / "pictures" / "a.png")

    def part(*points: tuple[float, float], group: int = 1) -> dict[str, Any]:
        return {"label": "dog", "points": list(points), "shape_type": "polygon", "group_id": group}

    put(tmp_path, "json/a.json", labelme([
        part((0, 0), (100, 0), (100, 100), (0, 100)),
        part((50, 50), (150, 50), (150, 60), (50, 60)),
        part((20, 20), (30, 20), (30, 30), (20, 30)),  # within the first
        part((300, 0), (310, 0), (310, 10), (300, 10)),
        part((1e300, 0), (1, 1e300), (5, 5), group=2), part((0, 0), (1, 1e300), (5, 5), group=2),
        part((1, 1), (2, 2), (3, 3), group=3), part((1, 1), (2, 2), (3, 3), group=3)]))
    found = read_set(tmp_path, "labelme")
    [dog] = [item.shape for item in found.annotations["a.png"].objects]
    assert isinstance(dog, Polygon) and dog.area == 100 * 100 + 50 * 10 + 100
    assert len(dog.rings) == 2 and dog.contains((60, 55)) and dog.contains((25, 25))
    assert found.kinds() == ["no-number", "zero-size-box"]


def test_labelme_with_its_image_within(tmp_path: Path) -> None:
    put(tmp_path, "b.json", labelme([], imagePath="b.jpg",
                                    imageData=base64.b64encode(png(640, 480)).decode()))
    put(tmp_path, "c.json", labelme([], imagePath="c.jpg", imageData="%%"))
    put(tmp_path, "d.json", labelme([], imagePath="d.jpg"))
    found = read_set(tmp_path, "labelme")
    assert list(found.annotations) == ["b.png"]
    assert [problem.reason for problem in found.problems] == [
        "c.json: the image within it is damaged.", "d.json: its image (d.jpg) is not here."]


def test_create_ml(tmp_path: Path) -> None:
    image(tmp_path / "train" / "a.png")
    put(tmp_path, "train/_annotations.createml.json", [
        {"image": "a.png", "annotations": [
            {"label": "cat", "coordinates": {"x": 50, "y": 40, "width": 20, "height": 10}},
            {"label": "cat", "coordinates": {"x": "left"}}]},
        {"image": "gone.png", "annotations": []}, {"annotations": []}])
    found = read_set(tmp_path, "createml")
    assert found.objects("a.png") == [("cat", Box(40, 35, 60, 45))]
    assert found.parts == {"a.png": "train"}
    assert found.kinds() == ["unreadable-object", "missing-image", "unreadable-object"]


def test_cityscapes(tmp_path: Path) -> None:
    """Its mask images are no images, and its folders no classes."""
    image(tmp_path / "leftImg8bit/test/bonn/a_leftImg8bit.png")
    for name in ("a", "b"):
        image(tmp_path / f"leftImg8bit/val/bonn/{name}_leftImg8bit.png")
        image(tmp_path / f"gtFine/val/bonn/{name}_gtFine_labelIds.png")
    outline = [list(point) for point in RING]
    for name, kind, label in (("a", "Fine", "car"), ("a", "Coarse", "road"), ("c", "Fine", "car")):
        put(tmp_path, f"gt{kind}/val/bonn/{name}_gt{kind}_polygons.json", {
            "imgHeight": 480, "imgWidth": 640, "objects": [
                {"label": label, "polygon": outline}, {"label": "sky", "polygon": outline[:2]},
                {"label": "sky", "polygon": outline, "deleted": 1}]})
    assert foreign_labels(tmp_path) is annotation_formats.get("cityscapes")
    found = read_set(tmp_path, "cityscapes")
    assert found.objects("a_leftImg8bit.png") == [("car", Polygon((RING,)))]
    assert found.parts == {"a_leftImg8bit.png": "val"}
    assert found.kinds() == ["unreadable-object", "missing-image"]
    report = import_dataset(tmp_path, tmp_path / "project")
    assert (report.images, report.classes) == (3, ["car"])


def test_tables_of_boxes(tmp_path: Path) -> None:
    image(tmp_path / "a.png")
    put(tmp_path, "test_labels.csv", "\ufefffilename;width;height;class;xmin;ymin;xmax;ymax\r\n"
        "a.png;640;480;cat;10;20;30;40\r\n\r\na.png;640;480;dog;600;20;700;40\r\n"
        "b.png;1;1;cat;1;2;3;4\r\n")
    found = read_set(tmp_path, "csv")
    assert found.objects("a.png") == [("cat", Box(10, 20, 30, 40)), ("dog", Box(600, 20, 640, 40))]
    assert [(item.kind, item.line) for item in found.problems] == [
        ("box-out-of-bounds", 4), ("missing-image", 5)] and found.parts["a.png"] == "test"
    put(tmp_path, "test_labels.csv",
        "sep=,\r\nimage,label,x1,y1,x2,y2\r\na.png,cat,0.25,0.5,0.5,1\r\n")
    assert read_set(tmp_path, "csv").objects("a.png") == [("cat", Box(160, 240, 320, 480))]
    put(tmp_path, "test_labels.csv", "ImageID,Source,LabelName,XMin,XMax,YMin,YMax\n"
        "a,xclick,/m/01,0.25,0.5,0.5,1\n")  # Open Images
    assert read_set(tmp_path, "csv").objects("a.png") == [("/m/01", Box(160, 240, 320, 480))]
    put(tmp_path, "oidv7-class-descriptions.csv", "LabelName,DisplayName\n/m/01,Cat\n")
    assert read_set(tmp_path, "csv").objects("a.png") == [("Cat", Box(160, 240, 320, 480))]
    image(tmp_path / "b.png")
    put(tmp_path, "test_labels.csv", "a.png,10,20,30,40,cat\nb.png,,,,,\n")  # RetinaNet
    assert load(annotation_formats.get("csv").sniff)(tmp_path)
    found = read_set(tmp_path, "csv")
    assert found.objects("a.png") == [("cat", Box(10, 20, 30, 40))] and not found.problems
    assert found.objects("b.png") == [] and found.classes == ("cat",)
    for row in ("a.png,cat,1,2,3\n", "a.png,cat,1,2,3,x\n"):
        put(tmp_path, "test_labels.csv", f"image,label,x1,y1,x2,y2\n{row}")
        [problem] = read_set(tmp_path, "csv").problems
        assert problem.line == 2


@pytest.mark.parametrize(("table", "box", "taken"), [
    ("filename,width,height,class,xmin,ymin,xmax,ymax\na.png,640,480,cat,0,0,1,1\n",
     Box(0, 0, 1, 1), "0 or 1: they were taken for pixels"),
    ("a.png,0,0,1,1,cat\n", Box(0, 0, 1, 1), "0 or 1: they were taken for pixels"),
    ("image,label,x1,y1,x2,y2\na.png,cat,0,0,1,1.0\n", Box(0, 0, 640, 480),
     "0 or 1: they were taken for shares of the images"),
    ("filename,width,height,class,xmin,ymin,xmax,ymax\na.png,640,480,cat,0,0,0.5,1\n",
     Box(0, 0, 320, 480), "at most 1: they were taken for shares of the images"),
    ("image,label,x1,y1,x2,y2\na.png,cat,0,0,0.5,1\n", Box(0, 0, 320, 480), ""),
    ("image,label,x1,y1,x2,y2\na.png,cat,0,0,0.5,2\n", Box(0, 0, 0.5, 2), ""),
])
def test_a_table_whose_boxes_could_be_pixels_or_shares_says_what_was_taken(
        tmp_path: Path, table: str, box: Box, taken: str) -> None:
    image(tmp_path / "a.png")
    put(tmp_path, "boxes.csv", table)
    found = read_set(tmp_path, "csv")
    assert found.objects("a.png") == [("cat", box)]
    assert [problem.reason for problem in found.problems] == (
        [f"All coordinates in boxes.csv are {taken}."] if taken else [])
    assert all(problem.severity == "warning" for problem in found.problems)


def test_images_of_one_name_in_two_parts(tmp_path: Path) -> None:
    for part in ("train", "test"):
        image(tmp_path / part / "1.png")
        put(tmp_path, f"{part}_labels.csv", "filename,class,xmin,ymin,xmax,ymax\n"
            f"1.png,{part},1,2,3,4\n")
    put(tmp_path, "annotations.xml", "<annotations><meta></meta>" + "".join(
        f'<image id="0" name="1.png" subset="{part}"><box label="{part}" xtl="1" ytl="2" xbr="3" '
        'ybr="4"></box></image>' for part in ("train", "test")) + "</annotations>")
    for format in ("csv", "cvat"):
        source = FolderSource(tmp_path, tmp_path)
        found = [item for item in load(annotation_formats.get(format).read)(source)
                 if isinstance(item, AnnotatedSample)]
        assert len(found) == 2 and all(
            item.annotation and item.path.parent.name == item.split
            == item.annotation.objects[0].label for item in found)


CVAT = """<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version>
<meta><task><labels><label><name>dog</name></label><label><name>cat</name></label></labels></task>
</meta>
<image id="0" name="some/a.png" subset="Train" width="640" height="480">
<box label="cat" occluded="1" xtl="1" ytl="2" xbr="4" ybr="6" z_order="0">
<attribute name="age">3</attribute><attribute name="wet">false</attribute></box>
<box label="cat" xtl="100" ytl="100" xbr="140" ybr="120" rotation="90"/>
<polygon label="dog" points="10,10;90,10;90,60"/>
<points label="cat" points="1,2;3,4"/>
<mask label="dog" rle="1, 2, 1, 2" left="5" top="6" width="3" height="2"/>
<polyline label="dog" points="1,1;2,2"/>
<box label="cat" xtl="a" ytl="2" xbr="4" ybr="6"/>
<mask label="dog" rle="1, 2" left="5" top="6" width="3" height="2"/>
<tag label="indoors"><attribute name="light">dim</attribute>
<attribute name="sure">true</attribute></tag>
<tag label="night"><attribute name="light">dark</attribute></tag>
</image></annotations>
"""


def test_cvat(tmp_path: Path) -> None:
    image(tmp_path / "a.png")
    put(tmp_path, "annotations.xml", CVAT)
    found = read_set(tmp_path, "cvat")
    whole = found.annotations["a.png"]
    assert found.objects("a.png") == [
        ("cat", Box(1, 2, 4, 6)), ("cat", RotatedBox((120, 110), 40, 20, math.pi / 2)),
        ("dog", Polygon((RING,))), ("cat", Keypoints(((1, 2), (3, 4)), (2, 2))),
        ("dog", Mask(5, 6, 3, 2, (1, 2, 1, 2)))]
    assert whole.objects[0].attributes == {"occluded": True, "age": 3.0}
    assert whole.attributes == {"light": "dim", "sure": True, "night light": "dark"}
    assert whole.labels == ("indoors", "night") and found.parts["a.png"] == "train"
    assert found.classes == ("dog", "cat") and found.kinds() == ["unreadable-object"] * 3
    put(tmp_path, "annotations.xml", CVAT[:-40])
    [problem] = read_set(tmp_path, "cvat").problems
    assert problem.kind == "unreadable-labels" and problem.line and problem.line > 12


def test_cvat_keeps_any_name_and_takes_out_what_xml_does_not_have() -> None:
    names = ('a "<&>\' b', "x\x01y", " in \t space ")
    objects = [LabeledObject(name, Box(1, 2, 30, 20)) for name in names]
    with written_set("cvat", [("a.png", "train", objects)], names) as folder:
        found = read_set(folder, "cvat")
    assert [item.label for item in found.annotations["a.png"].objects] == [
        names[0], "x\ufffdy", names[2]]
    assert not found.problems


def test_cvat_ellipses_and_skeletons(tmp_path: Path) -> None:
    image(tmp_path / "a.png")
    points = "".join(f'<points label="{label}" outside="{outside}" occluded="{hidden}" '
                     f'points="{label}0,5"><attribute name="side">left</attribute></points>'
                     for label, outside, hidden in ((10, 0, 1), (2, 0, 0), (1, 1, 0)))
    put(tmp_path, "annotations.xml", f"""<annotations><version>1.1</version><meta></meta>
        <image id="0" name="a.png" width="640" height="480">
        <ellipse label="eye" cx="100" cy="50" rx="40" ry="10" rotation="90"></ellipse>
        <skeleton label="hand">{points}<attribute name="open">true</attribute></skeleton>
        <polyline label="road" points="1,1;5,5"></polyline></image></annotations>""")
    found = read_set(tmp_path, "cvat")
    eye, hand = found.annotations["a.png"].objects
    assert eye.shape.bounds() == pytest.approx((90, 10, 110, 90))
    assert hand.shape == Keypoints(((10, 5), (20, 5), (100, 5)), (0, 2, 1))
    assert hand.attributes == {"open": True} and found.kinds() == ["unreadable-object"]


def test_cvat_of_a_video(tmp_path: Path) -> None:
    for number in range(2):
        image(tmp_path / "frames" / f"frame_{number:06}.png")
    put(tmp_path, "annotations.xml", """<annotations><track id="0" label="cat">
        <box frame="0" outside="0" xtl="1" ytl="2" xbr="4" ybr="6"/>
        <box frame="1" outside="1" xtl="1" ytl="2" xbr="4" ybr="6"/>
        <box frame="9" outside="0" xtl="1" ytl="2" xbr="4" ybr="6"/></track></annotations>""")
    found = read_set(tmp_path, "cvat")
    assert found.objects("frame_000000.png") == [("cat", Box(1, 2, 4, 6))]
    assert found.kinds() == ["missing-image"] and "up to frame 9" in found.problems[0].reason


def test_datumaro(tmp_path: Path) -> None:
    image(tmp_path / "images" / "val" / "a.png")
    put(tmp_path, "annotations/val.json", {
        "info": {}, "categories": {"label": {"labels": [{"name": "cat"}, {"name": "dog"}]}},
        "items": [{"id": "a", "image": {"path": "a.png", "size": [480, 640]}, "annotations": [
            {"type": "bbox", "label_id": 1, "bbox": [1, 2, 3, 4],
             "attributes": {"occluded": False, "age": 3}},
            {"type": "polygon", "label_id": 0, "points": [10, 10, 90, 10, 90, 60]},
            {"type": "points", "label_id": 0, "points": [1, 2, 3, 4], "visibility": [2, 1]},
            {"type": "label", "label_id": 1}, {"type": "bbox", "label_id": 9, "bbox": [1, 2, 3, 4]},
            {"type": "rotated_bbox", "label_id": 0, "rbbox": [90, 80, 40, 20, 90]},
            {"type": "ellipse", "label_id": 0, "ellipse": [10, 20, 50, 40]},
            {"type": "caption", "caption": "x"}, {"type": "bbox", "label_id": 0, "bbox": [1]}]},
            {"id": "gone", "annotations": []}]})
    found = read_set(tmp_path, "datumaro")
    assert found.objects("a.png") == [
        ("dog", Box(1, 2, 4, 6)), ("cat", Polygon((RING,))),
        ("cat", Keypoints(((1, 2), (3, 4)), (2, 1))),
        ("cat", RotatedBox((90, 80), 40, 20, math.pi / 2)), found.objects("a.png")[-1]]
    assert found.annotations["a.png"].objects[-1].box == pytest.approx((10, 20, 50, 40))
    assert found.annotations["a.png"].objects[0].attributes == {"age": 3}
    assert found.annotations["a.png"].labels == ("dog",) and found.parts["a.png"] == "val"
    assert found.kinds() == ["no-class", "unreadable-object", "unreadable-object", "missing-image"]


def test_label_studio(tmp_path: Path) -> None:
    image(tmp_path / "a.png")
    common = {"original_width": 640, "original_height": 480, "image_rotation": 0}
    put(tmp_path, "project.json", [{
        "id": 1, "data": {"image": "/data/upload/3/0123abcd-a.png"}, "predictions": [],
        "annotations": [{"was_cancelled": True, "result": []}, {"result": [
            {**common, "type": "rectanglelabels", "value": {
                "x": 25, "y": 50, "width": 25, "height": 25, "rotation": 0,
                "rectanglelabels": ["cat"]}},
            {**common, "type": "rectanglelabels", "value": {
                "x": 50, "y": 50, "width": 10, "height": 10, "rotation": 90,
                "rectanglelabels": ["cat"]}},
            {**common, "type": "polygonlabels", "value": {
                "points": [[0, 0], [50, 0], [50, 50]], "polygonlabels": ["dog"]}},
            {**common, "type": "choices", "value": {"choices": ["indoors"]}},
            {**common, "type": "brushlabels", "value": {"rle": [1], "brushlabels": ["dog"]}}]}]},
        {"id": 2, "data": {"image": "gone.png"}, "annotations": []}])
    found = read_set(tmp_path, "label-studio")
    first, second, third = found.objects("a.png")
    assert first == ("cat", Box(160, 240, 320, 360))
    assert isinstance(second[1], RotatedBox) and second[1].bounds() == pytest.approx(
        (320 - 48, 240, 320, 240 + 64))
    assert third == ("dog", Polygon((((0, 0), (320, 0), (320, 240)),)))
    assert found.annotations["a.png"].labels == ("indoors",)
    assert found.kinds() == ["several", "unreadable-object", "missing-image"]


def brush(*runs: tuple[int, int]) -> list[int]:
    """Runs of values, (value, number), as Label Studio packs them."""
    bits = f"{sum(number for _, number in runs):032b}" + "00111" + "0011" * 3 + "1111"
    for value, number in runs:
        for start in range(0, number, 1 << 16):
            bits += f"111{min(number - start, 1 << 16) - 1:016b}{value:08b}"
    bits += "0" * (-len(bits) % 8)
    return [int(bits[at:at + 8], 2) for at in range(0, len(bits), 8)]


def test_label_studio_says_a_region_in_several_results(tmp_path: Path) -> None:
    for name in ("a b.png", "c.png", "d.png"):
        image(tmp_path / "images" / name)
    box = {"x": 25, "y": 50, "width": 25, "height": 25, "rotation": 0}
    first = (480 * 640 - 10 * 640 - 30) * 4
    rle = brush((0, (10 * 640 + 20) * 4), (255, 40), (0, first))
    put(tmp_path, "tasks.json", [
        {"data": {"image": "/data/local-files/?d=images%5Ca%20b.png"}, "annotations": [{"result": [
            {"id": "x", "type": "rectangle", "from_name": "box", "value": box},
            {"id": "x", "type": "labels", "from_name": "label",
             "value": {**box, "labels": ["word", "line"]}},
            {"id": "x", "type": "textarea", "from_name": "text", "value": {**box, "text": ["Hi"]}},
            {"id": "x", "type": "choices", "from_name": "hand",
             "value": {**box, "choices": ["neat"]}},
            {"id": "y", "type": "brushlabels", "value": {"rle": rle, "brushlabels": ["ink"]}},
            {"id": "z", "type": "ellipselabels", "value": {
                "x": 50, "y": 50, "radiusX": 10, "radiusY": 5, "rotation": 90,
                "ellipselabels": ["seal"]}},
            {"type": "brushlabels", "value": {"rle": rle[:9], "brushlabels": ["ink"]}},
            {"type": "taxonomy", "from_name": "kind", "value": {"taxonomy": [["a", "b"]]}}]}]}])
    found = read_set(tmp_path, "label-studio")
    word, ink, seal = found.annotations["a b.png"].objects
    assert (word.label, word.shape) == ("word", Box(160, 240, 320, 360))
    assert word.attributes == {"text": "Hi", "hand": "neat"}
    assert (ink.label, ink.shape) == ("ink", Mask(20, 10, 10, 1, (0, 10)))
    assert seal.shape.bounds() == pytest.approx((320 - 24, 240 - 64, 320 + 24, 240 + 64))
    assert found.annotations["a b.png"].attributes == {"kind": "a / b"}
    assert [item.reason for item in found.problems] == [
        "region 1 of a b.png has 2 classes (word, line); the first counts.",
        "region 7 of a b.png is left out: the runs of a brush are cut off."]
    common = {"annotator": 1, "annotation_id": 1, "lead_time": 2.5, "created_at": "2024-01-01"}
    (tmp_path / "tasks.json").unlink()
    put(tmp_path, "min.json", [
        {"image": "/data/upload/1/0123abcd-c.png", "id": 1, **common, "label": [
            {**box, "rectanglelabels": ["cat"], "original_width": 640}],
         "mood": {"choices": ["sad"]}},
        {"image": "/data/upload/1/0123abcd-d.png", "id": 2, **common, "choice": "fine"}])
    found = read_set(tmp_path, "label-studio")
    assert found.objects("c.png") == [("cat", Box(160, 240, 320, 360))] and not found.problems
    assert [found.annotations[name].labels for name in ("c.png", "d.png")] == [("sad",), ("fine",)]


def test_mot(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        image(tmp_path / "MOT17-02" / "img1" / f"{number:06}.png")
    gt = put(tmp_path, "MOT17-02/gt/gt.txt", "1,7,11,21,30,40,1,1,0.9\n1,8,101,21,30,40,0,3,1\n"
             "2,7,13,21,30,40,1,1,1\n2,9,1,1,5,5,1,99,1\n9,7,1,1,5,5,1,1,1\n")
    found = read_set(tmp_path, "mot")
    assert found.objects("000001.png") == [("pedestrian", Box(10, 20, 40, 60)),
                                           ("car", Box(100, 20, 130, 60))]
    first, second = found.annotations["000001.png"].objects
    assert first.attributes == {"track": 7} and second.difficult
    assert not found.annotations["000003.png"].objects
    assert [(item.kind, item.line) for item in found.problems] == [
        ("missing-image", None), ("unknown-class", 4)]
    put(tmp_path, "MOT17-02/gt/labels.txt", "ship\n")
    assert read_set(gt, "mot").objects("000001.png") == [("ship", Box(10, 20, 40, 60))]
    gt.write_text("1,7,11,21,30\n")
    [problem] = read_set(tmp_path, "mot").problems
    assert problem.line == 1


def test_labels_of_whole_images_are_written(tmp_path: Path) -> None:
    picture = image(tmp_path / "a.png")
    for format in ("cvat", "datumaro", "label-studio"):
        folder = tmp_path / format
        folder.mkdir()
        sample = AnnotatedSample(picture, Annotation(labels=("cat",), size=SIZE), "", "a.png")
        load(annotation_formats.get(format).write)(FolderTarget(folder, ("cat",), "copy"), [sample])
        assert read_set(folder, format).annotations["a.png"].labels == ("cat",), format


def test_a_quote_in_a_name_survives(tmp_path: Path) -> None:
    name = 'a "b" <c> & d, e;f\u00e9'
    for format in ("cvat", "csv", "via", "coco", "createml", "datumaro"):
        samples = [("a.png", "", [LabeledObject(name, Box(1, 2, 3, 4))])]
        with written_set(format, samples, [name]) as folder:
            assert read_set(folder, format).objects("a.png") == [(name, Box(1, 2, 3, 4))], format


def test_labels_of_others_are_looked_for_without_numpy(tmp_path: Path) -> None:
    image(tmp_path / "a.png")
    code = ("import sys\nfrom pathlib import Path\n"
            "from workbench.extension.plugins import register_bundled\n"
            "from workbench.project.imports.formats import foreign_labels\n"
            "register_bundled()\nprint(foreign_labels(Path(sys.argv[1])))\n"
            "print(sorted({'numpy', 'PIL', 'urllib.request'} & set(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True,
                          text=True, check=True)
    assert done.stdout == "None\n[]\n"
