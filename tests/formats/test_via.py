"""Labels of the VGG Image Annotator: its projects of versions 2 and 3, and its tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.label_sets import RING, image, put, read_set
from workbench.core.outlines import Polygon
from workbench.core.shapes import Box
from workbench.extension.annotation_formats import (
    annotation_formats,
)
from workbench.extension.registry import load


def test_via_2(tmp_path: Path) -> None:
    image(tmp_path / "a.png")
    regions = [
        {"shape_attributes": {"name": "rect", "x": 1, "y": 2, "width": 3, "height": 4},
         "region_attributes": {"type": "cat", "quality": {"good": True, "dark": True}}},
        {"shape_attributes": {"name": "polygon", "all_points_x": [10, 90, 90, 10],
                              "all_points_y": [10, 10, 60, 10]},
         "region_attributes": {"type": "dog"}},
        {"shape_attributes": {"name": "circle", "cx": 50, "cy": 50, "r": 10},
         "region_attributes": {"type": "dog"}},
        {"shape_attributes": {"name": "ellipse", "cx": 99, "cy": 99, "rx": 10, "ry": 5},
         "region_attributes": {"type": "dog"}},
        {"shape_attributes": {"name": "point", "cx": 5, "cy": 5}, "region_attributes": {}},
        {"shape_attributes": {"name": "polyline", "all_points_x": [1, 2], "all_points_y": [1, 2]},
         "region_attributes": {"type": "dog"}}]
    whole = {"a.png123": {"filename": "a.png", "size": 123, "regions": regions}}
    put(tmp_path, "via.json", {"_via_settings": {}, "_via_img_metadata": whole})
    found = read_set(tmp_path, "via")
    assert found.objects("a.png")[:2] == [("cat", Box(1, 2, 4, 6)), ("dog", Polygon((RING,)))]
    assert found.annotations["a.png"].objects[0].attributes == {"quality": "good, dark"}
    assert found.annotations["a.png"].objects[3].box == pytest.approx((89, 94, 109, 104))
    assert found.kinds() == ["no-class", "unreadable-object"]
    put(tmp_path, "via.json", {"a.png123": {**whole["a.png123"],
                                            "regions": dict(enumerate(regions[:1]))}})
    assert read_set(tmp_path, "via").objects("a.png") == [("cat", Box(1, 2, 4, 6))]


def test_via_as_a_table(tmp_path: Path) -> None:
    image(tmp_path / "a.png")
    image(tmp_path / "b, c.png")
    put(tmp_path, "via_export_csv.csv", '''#filename,file_size,file_attributes,region_count,'''
        '''region_id,region_shape_attributes,region_attributes
a.png,12,"{""night"":""yes""}",2,0,"{""name"":""rect"",""x"":1,""y"":2,""width"":3,""height"":4}",'''
        '''"{""name"":""cat""}"
a.png,12,"{""night"":""yes""}",2,1,"{""name"":""circle"",""cx"":50,""cy"":50,""r"":10}",'''
        '''"{""name"":""dog""}"
"b, c.png",12,"{}",0,0,"{}","{}"
''')
    assert load(annotation_formats.get("via").sniff)(tmp_path)
    found = read_set(tmp_path, "via")
    assert found.objects("a.png")[0] == ("cat", Box(1, 2, 4, 6)) and not found.problems
    assert found.annotations["a.png"].objects[1].box == pytest.approx((40, 40, 60, 60))
    assert found.annotations["a.png"].attributes == {"night": "yes"}
    assert found.annotations["b, c.png"].objects == ()
    put(tmp_path, "via_export_csv.csv", "filename,region_shape_attributes,region_attributes\n"
        "a.png,{},{}\na.png,{,{}\n")
    [problem] = read_set(tmp_path, "via").problems
    assert problem.line == 3 and "it is no table of VIA" in problem.reason


def test_via_3(tmp_path: Path) -> None:
    image(tmp_path / "a.png")
    put(tmp_path, "via3.json", {
        "project": {"pid": "x", "vid_list": ["1"]}, "config": {},
        "attribute": {"1": {"aname": "species", "options": {"0": "cat", "1": "dog"}}},
        "file": {"1": {"fid": "1", "fname": "a.png"}}, "view": {"1": {"fid_list": ["1"]}},
        "metadata": {
            "m1": {"vid": "1", "z": [], "xy": [2, 1, 2, 3, 4], "av": {"1": "1"}},
            "m2": {"vid": "1", "z": [], "xy": [7, 10, 10, 90, 10, 90, 60], "av": {"1": "0"}},
            "m3": {"vid": "1", "z": [], "xy": [3, 50, 50, 10], "av": {"1": "0"}},
            "m4": {"vid": "1", "z": [], "xy": [6, 1, 1, 2, 2], "av": {"1": "0"}},
            "m5": {"vid": "9", "z": [1.5], "xy": [], "av": {}}}})
    found = read_set(tmp_path, "via")
    assert found.objects("a.png")[:2] == [("dog", Box(1, 2, 4, 6)), ("cat", Polygon((RING,)))]
    assert len(found.objects("a.png")) == 3 and found.kinds() == ["unreadable-object"]
