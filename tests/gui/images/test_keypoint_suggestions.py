"""A model that finds key points suggests them, where the labels have a place for them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QColor

from workbench.core.outlines import Keypoints, Polygon
from workbench.core.shapes import Box
from workbench.gui.label.suggest_job import new_in
from workbench.project.session import Session
from workbench.project.stores.adopt import adopt
from workbench.project.suggestions import Suggested, suggestions_of

RUN = "2026-11-20-compact-n"
DIAMOND = [[200.0, 60.0, 290.0, 120.0, 200.0, 180.0, 110.0, 120.0]]


def answer(key: str, *, outlines: bool = False) -> dict[str, Any]:
    """A cat with two sure points, one cut off by the edge, and one of which none is sure."""
    item: dict[str, Any] = {
        "file": key, "size": [400, 300], "labels": ["cat", "cat", "cat"], "scores": [0.9, 0.7, 0.5],
        "keypoints": [[[150.0, 100.0, 0.9], [250.0, 100.0, 0.5], [200.0, 160.0, 0.1]],
                      [[320.0, 20.0, 0.9], [410.0, 30.0, 0.9], [350.0, 40.0, 0.9]],
                      [[20.0, 210.0, 0.1]] * 3],
        "boxes": [[109.0, 61.2, 292.0, 180.0], [300.0, 5.0, 420.0, 60.0],
                  [5.0, 200.0, 60.0, 260.0]]}
    return {**item, "outlines": [DIAMOND, [], []]} if outlines else item


def found(session: Session, key: str, *, outlines: bool = False) -> Suggested:
    made = new_in(session, key, answer(key, outlines=outlines), RUN, {})
    suggestions_of(session).suggest({key: made}, RUN)
    return made


def test_key_points_are_suggested_drawn_and_become_labels(bench, squares: Path) -> None:
    (squares / "workbench.toml").write_text(
        'classes = ["cat"]\n[keypoints.cat]\npoints = ["nose", "tail", "paw"]\n'
        'lines = [["nose", "tail"], ["nose", "paw"]]\n', "utf-8")
    session = bench.open_project(squares)
    bench.wait(lambda: suggestions_of(session)._touched is None)
    bench.open("c.png")
    cat, cut, box = found(session, "c.png")
    assert cat.shape == Keypoints(((150, 100), (250, 100), (0, 0)), (2, 2, 0),
                                  Box(109, 61, 292, 180)) and cat.box == (109, 61, 292, 180)
    assert isinstance(cut.shape, Keypoints) and cut.shape.visibility == (2, 0, 2), "in the image"
    assert cut.box == (300, 5, 400, 60) and box.shape is None
    desk = bench.place.editor.suggestions
    assert desk.shown == (cat, cut, box)
    ink = bench.canvas.pens.color("cat")
    assert _has(bench, (150, 100), ink) and _has(bench, (250, 100), ink)
    assert _has(bench, (200, 100), ink), "what joins them"
    assert not _has(bench, (200, 160), ink), "one that is not sure"
    bench.hover(210, 125)
    assert desk.pointed == 0 and _has(bench, (150, 100), ink)
    bench.drag((200, 130), (210, 140))
    [label] = bench.place.editor.selected
    assert label.shape == Keypoints(((160, 110), (260, 110), (10, 10)), (2, 2, 0),
                                    Box(119, 71, 302, 190)), "the points go along"
    assert label.attributes == {"made_by": RUN, "score": 0.9}
    assert desk.accept_all()
    kinds = [type(item.shape) for item in bench.place.editor.objects[-3:]]
    assert kinds == [Keypoints, Keypoints, Box]
    bench.saved()
    assert bench.labels("c.png").count("<keypoints>") == 2
    assert not desk.shown and new_in(session, "c.png", answer("c.png"), RUN, {}) == ()


def _has(bench, spot: tuple[float, float], ink: QColor) -> bool:
    image, at = bench.canvas.grab().toImage(), bench.at(*spot)
    ratio = image.devicePixelRatio()
    near = [image.pixelColor(round((at.x() + x) * ratio), round((at.y() + y) * ratio))
            for x in range(-3, 4) for y in range(-3, 4)]
    return any(max(abs(color.red() - ink.red()), abs(color.green() - ink.green()),
                   abs(color.blue() - ink.blue())) < 40 for color in near)


@pytest.mark.parametrize(("row", "kinds"), [
    ("0 0.5 0.5 0.1 0.1", [type(None)] * 3),
    ("0 0.1 0.1 0.3 0.1 0.2 0.3", [Polygon, type(None), type(None)])])
def test_yolo_projects_get_what_their_labels_hold(
    bench, squares: Path, tmp_path: Path, row: str, kinds: list[type]
) -> None:
    """The box, or the outline that the model finds besides."""
    folder = tmp_path / "yolo"
    for name, text in (("a", row), ("b", "")):
        for part, suffix in (("images", ".png"), ("labels", ".txt")):
            (folder / part / "train").mkdir(parents=True, exist_ok=True)
            target = folder / part / "train" / f"{name}{suffix}"
            target.write_text(text) if suffix == ".txt" else shutil.copy(squares / "a.png", target)
    (folder / "data.yaml").write_text("train: images/train\nnames:\n  0: cat\n")
    adopt(folder)
    made = found(bench.open_project(folder), "images/train/b.png", outlines=True)
    assert [type(item.shape) for item in made] == kinds


def test_coco_projects_get_key_points(bench, squares: Path, tmp_path: Path) -> None:
    folder = tmp_path / "coco"
    folder.mkdir()
    shutil.copy(squares / "a.png", folder / "a.png")
    (folder / "labels.json").write_text(json.dumps({
        "images": [{"id": 1, "file_name": "a.png", "width": 400, "height": 300}],
        "annotations": [], "categories": [{"id": 1, "name": "cat"}]}))
    adopt(folder)
    made = found(bench.open_project(folder), "a.png", outlines=True)
    assert [type(item.shape) for item in made] == [Keypoints, Keypoints, type(None)]
    bench.open("a.png")
    bench.wait(lambda: len(bench.place.editor.suggestions.shown) == 3)
    assert bench.place.editor.suggestions.accept_all()
    kinds = [type(item.shape) for item in bench.place.editor.objects]
    assert kinds == [Keypoints, Keypoints, Box]


def test_what_was_accepted_is_undone_redone_and_there_after_a_restart(
    bench, squares: Path
) -> None:
    session = bench.open_project(squares)
    bench.wait(lambda: suggestions_of(session)._touched is None)
    bench.open("c.png")
    found(session, "c.png")
    desk, before = bench.place.editor.suggestions, bench.place.editor.objects
    shown = desk.shown
    assert desk.accept_all()
    accepted = bench.place.editor.objects
    for _ in range(2):
        bench.run("undo")
        assert bench.place.editor.objects == before and desk.shown == shown
        bench.run("redo")
        assert bench.place.editor.objects == accepted and not desk.shown
    bench.saved()
    bench.open_project(squares)
    bench.open("c.png")
    again = bench.place.editor.objects
    assert [item.label for item in again] == [item.label for item in accepted]
    assert [type(item.shape) for item in again[-3:]] == [Keypoints, Keypoints, Box]
    assert [item.shape.visibility for item in again[-3:-1]] == [(2, 2, 0), (2, 0, 2)]
    assert not bench.place.editor.suggestions.shown
