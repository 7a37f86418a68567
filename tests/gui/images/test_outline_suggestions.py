"""A model that finds outlines suggests polygons, where the labels have a place for them."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from workbench.core.outlines import Polygon, RotatedBox
from workbench.core.shapes import Box
from workbench.gui.label.suggest_job import new_in
from workbench.project.session import Session
from workbench.project.stores.adopt import adopt
from workbench.project.suggestion import suggestion
from workbench.project.suggestion_file import StoredSuggestions, read_kept, save_kept
from workbench.project.suggestions import Suggested, suggestions_of

RUN = "2026-11-20-compact-n"
DIAMOND = [[200.0, 60.0, 290.0, 120.0, 200.0, 180.0, 110.0, 120.0]]
HOLED = [[300.0, 200.0, 390.0, 200.0, 390.0, 290.0, 300.0, 290.0],
         [330.0, 230.0, 360.0, 230.0, 360.0, 260.0, 330.0, 260.0],
         [280.0, 200.0, 290.0, 200.0, 290.0, 210.0]]


def answer(key: str) -> dict[str, Any]:
    """A leaf, a ring with a part beside it, and a box of which no outline is known."""
    return {"file": key, "size": [400, 300], "labels": ["leaf", "ring", "leaf"],
            "scores": [0.9, 0.7, 0.5], "outlines": [DIAMOND, HOLED, []],
            "boxes": [[109.0, 61.0, 292.0, 180.0], [280.0, 200.0, 390.0, 290.0],
                      [5.0, 200.0, 60.0, 260.0]]}


def found(session: Session, key: str) -> Suggested:
    made = new_in(session, key, answer(key), RUN, {})
    suggestions_of(session).suggest({key: made}, RUN)
    return made


def test_outlines_are_suggested_drawn_and_become_polygons(bench, squares: Path) -> None:
    session = bench.open_project(squares)
    bench.wait(lambda: suggestions_of(session)._touched is None)
    bench.open("c.png")
    leaf, ring, box = found(session, "c.png")
    assert leaf.box == (110, 60, 290, 180), "around the outline"
    assert isinstance(leaf.shape, Polygon) and leaf.shape.area == 180 * 120 / 2
    assert isinstance(ring.shape, Polygon) and len(ring.shape.rings) == 3 and box.shape is None
    desk = bench.place.editor.suggestions
    assert desk.shown == (leaf, ring, box)
    ink = bench.canvas.pens.color("leaf")
    assert _has(bench, (200, 60), ink) and _has(bench, (245, 90), ink), "the line of the outline"
    assert not _has(bench, (290, 175), ink), "in place of the box"
    bench.hover(200, 120)
    assert desk.pointed == 0
    assert _has(bench, (290, 175), ink), "the edges that can be dragged are there"
    bench.drag((290, 150), (310, 150))
    [label] = bench.place.editor.selected
    assert isinstance(label.shape, Polygon) and label.box == (110, 60, 310, 180)
    assert label.attributes == {"made_by": RUN, "score": 0.9}
    assert desk.accept_all()
    kinds = [type(item.shape) for item in bench.place.editor.objects[-3:]]
    assert kinds == [Polygon, Polygon, Box]
    assert bench.labels("c.png").count("<polygon>") == 4, "one of each ring"
    assert not desk.shown and new_in(session, "c.png", answer("c.png"), RUN, {}) == ()


def _has(bench, spot: tuple[float, float], ink: QColor) -> bool:
    image, at = bench.canvas.grab().toImage(), bench.at(*spot)
    ratio = image.devicePixelRatio()
    near = [image.pixelColor(round((at.x() + x) * ratio), round((at.y() + y) * ratio))
            for x in range(-5, 6) for y in range(-5, 6)]
    return any(max(abs(color.red() - ink.red()), abs(color.green() - ink.green()),
                   abs(color.blue() - ink.blue())) < 40 for color in near)


@pytest.mark.parametrize(("rows", "kinds"), [
    ("0 0.5 0.5 0.1 0.1", [0, 0, 0]), ("0 0.1 0.1 0.3 0.1 0.2 0.3", [1, 1, 0])])
def test_yolo_projects_get_what_their_labels_hold(
    bench, squares: Path, tmp_path: Path, rows: str, kinds: list[int]
) -> None:
    """Boxes, or of each object one outline without holes."""
    folder = tmp_path / "yolo"
    for name, text in (("a", rows), ("b", "")):
        for part, suffix in (("images", ".png"), ("labels", ".txt")):
            (folder / part / "train").mkdir(parents=True, exist_ok=True)
            target = folder / part / "train" / f"{name}{suffix}"
            target.write_text(text) if suffix == ".txt" else shutil.copy(squares / "a.png", target)
    (folder / "data.yaml").write_text("train: images/train\nnames:\n  0: leaf\n  1: ring\n")
    adopt(folder)
    session, key = bench.open_project(folder), "images/train/b.png"
    made = found(session, key)
    assert [len(item.shape.rings) if isinstance(item.shape, Polygon) else 0
            for item in made] == kinds
    bench.open(key)
    bench.wait(lambda: len(bench.place.editor.suggestions.shown) == 3)
    bench.canvas.setFocus()
    bench.press_key(Qt.Key.Key_Return)
    bench.saved()
    lines = (folder / "labels/train/b.txt").read_text().splitlines()
    assert len(lines) == 3
    assert [len(line.split()) > 5 for line in lines][:2] == [bool(kinds[0])] * 2


def test_coco_projects_get_parts_and_no_holes(bench, squares: Path, tmp_path: Path) -> None:
    folder = tmp_path / "coco"
    folder.mkdir()
    shutil.copy(squares / "a.png", folder / "a.png")
    (folder / "labels.json").write_text(json.dumps({
        "images": [{"id": 1, "file_name": "a.png", "width": 400, "height": 300}],
        "annotations": [], "categories": [{"id": 1, "name": "leaf"}, {"id": 2, "name": "ring"}]}))
    adopt(folder)
    made = found(bench.open_project(folder), "a.png")
    assert [len(item.shape.rings) if isinstance(item.shape, Polygon) else 0
            for item in made] == [1, 2, 0]


def test_rotated_boxes_are_suggested_drawn_and_become_rotated_boxes(bench, squares: Path) -> None:
    """Also neighbours on a diagonal, whose boxes overlap by more than half."""
    rows = [[200.0, 150.0, 160.0, 16.0, math.pi / 4],
            [214.0, 136.0, 160.0, 16.0, math.pi / 4], [60.0, 60.0, 30.0, 30.0, 0.0]]
    shapes = [RotatedBox((x, y), width, height, angle) for x, y, width, height, angle in rows]
    item = {"file": "c.png", "size": [400, 300], "labels": ["leaf"] * 3, "scores": [0.9, 0.8, 0.7],
            "boxes": [list(shape.bounds()) for shape in shapes], "rotated": rows,
            "outlines": [[[value for point in shape.corners() for value in point]]
                         for shape in shapes]}
    session = bench.open_project(squares)
    bench.wait(lambda: suggestions_of(session)._touched is None)
    bench.open("c.png")
    made = new_in(session, "c.png", item, RUN, {})
    suggestions_of(session).suggest({"c.png": made}, RUN)
    assert [one.shape for one in made] == shapes
    ink = bench.canvas.pens.color("leaf")
    end = (200 + 80 * math.cos(math.pi / 4), 150 + 80 * math.sin(math.pi / 4))
    assert _has(bench, end, ink) and not _has(bench, (made[0].box[0], made[0].box[3]), ink)
    editor = bench.place.editor
    assert [editor.suggestions.at(spot) for spot in ((200, 150), (214, 136))] == [0, 1]
    assert editor.suggestions.accept(0)
    assert editor.objects[-1].shape == shapes[0]
    assert new_in(session, "c.png", item, RUN, {}) == made[1:], "the neighbour is another one"
    assert editor.suggestions.accept_all()
    assert [one.shape for one in editor.objects[-3:]] == shapes
    assert bench.labels("c.png").count("<robndbox>") == 3
    assert new_in(session, "c.png", item, RUN, {}) == ()


def test_suggested_rotated_boxes_are_kept_for_the_next_day(bench, squares: Path) -> None:
    shape = RotatedBox((200.0, 150.0), 160.0, 16.0, 0.75)
    session = bench.open_project(squares)
    bench.wait(lambda: suggestions_of(session)._touched is None)
    one = suggestion("leaf", shape.bounds(), 0.9, (400, 300), RUN, shape)
    assert one is not None
    save_kept(squares, StoredSuggestions(suggested={"c.png": (one,)}))
    assert read_kept(squares).suggested == {"c.png": (one,)}
