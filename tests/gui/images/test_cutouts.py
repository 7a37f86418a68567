"""Boxes become the objects in them, and masks polygons and back, by keys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt

from workbench.core.outlines import Mask, Polygon
from workbench.core.shapes import Box
from workbench.formats.voc import read_voc

if TYPE_CHECKING:
    from conftest import Bench


@pytest.fixture
def discs(bench: Bench, tmp_path: Path) -> Bench:
    """Two images of 400 × 300 with red discs on green, 40 pixels in radius."""
    random = np.random.default_rng(1)
    y, x = np.mgrid[:300, :400]
    pixels = np.full((300, 400, 3), (80, 150, 90)) + random.normal(0, 8, (300, 400, 3))
    for cx, cy in ((100, 100), (250, 180)):
        pixels[np.hypot(y - cy, x - cx) < 40] += (110, -90, -30)
    (tmp_path / "p").mkdir()
    for name in ("a.png", "b.png"):
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(tmp_path / "p" / name)
    bench.open_project(tmp_path / "p")
    bench.session.add_class("cell")
    return bench


def found(bench: Bench) -> None:
    bench.wait(lambda: not bench.place.finder.busy)


def test_m_makes_a_mask_of_the_object_in_the_box(discs: Bench) -> None:
    editor = discs.place.editor
    discs.drag((55, 58), (145, 143))
    discs.run("find_objects")
    found(discs)
    shape = editor.objects[0].shape
    assert isinstance(shape, Mask)
    assert shape.area == pytest.approx(np.pi * 1600, rel=0.06)
    assert shape.contains((100, 62)) and not shape.contains((62, 62))
    discs.saved()
    (stored,) = read_voc(discs.session.index.annotation_path("a.png")).annotation.objects
    assert stored.shape == shape
    discs.run("undo")
    assert editor.objects[0].shape == Box(55, 58, 145, 143)


def test_several_boxes_are_one_step_and_what_shows_nothing_stays(discs: Bench) -> None:
    editor = discs.place.editor
    for box in ((55, 55, 145, 145), (205, 135, 295, 225), (300, 20, 380, 80)):
        editor.add_box(box)
    editor.select((0, 1, 2))
    discs.run("find_objects")
    found(discs)
    assert [type(item.shape) for item in editor.objects] == [Mask, Mask, Box]
    assert discs.said[-1][1] == "Nothing stands out from what is around it in 1 box."
    discs.run("undo")
    assert [type(item.shape) for item in editor.objects] == [Box, Box, Box]
    editor.select(())
    editor.convert_selected()
    assert not discs.context.actions["images.find_objects"].enabled()


def test_what_was_changed_meanwhile_is_left_alone(discs: Bench) -> None:
    editor = discs.place.editor
    editor.add_box((55, 55, 145, 145))
    discs.run("find_objects")
    editor.shift_selected(3, 0)
    found(discs)
    assert editor.objects[0].shape == Box(58, 55, 148, 145)
    discs.run("find_objects")
    discs.place.open("b.png")
    found(discs)
    discs.open("a.png")
    assert editor.objects[0].shape == Box(58, 55, 148, 145)


def test_masks_become_polygons_and_back(discs: Bench) -> None:
    editor = discs.place.editor
    editor.add_box((55, 55, 145, 145))
    discs.run("find_objects")
    found(discs)
    mask = editor.objects[0].shape
    assert isinstance(mask, Mask)
    discs.canvas.setFocus()
    discs.run("trace")
    polygon = editor.objects[0].shape
    assert isinstance(polygon, Polygon) and len(polygon.rings) == 1
    assert len(polygon.rings[0]) < 120
    discs.run("trace")
    again = editor.objects[0].shape
    assert isinstance(again, Mask) and again.area == pytest.approx(mask.area, rel=0.02)
    discs.run("undo")
    discs.run("undo")
    assert editor.objects[0].shape == mask
    discs.run("convert")
    assert isinstance(editor.objects[0].shape, Box)
    discs.run("trace")
    assert discs.said[-1][1] == (
        "Select masks to make polygons of, or polygons to make masks of.")
    discs.press_key(Qt.Key.Key_Escape)
