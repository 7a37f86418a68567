"""Boxes on the images that follow, as one step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from workbench.core.annotation import LabeledObject
from workbench.core.outlines import Polygon
from workbench.core.shapes import Box
from workbench.formats.voc import read_voc

if TYPE_CHECKING:
    from conftest import Bench


@pytest.fixture
def series(bench: Bench, tmp_path: Path, write_image: Callable[[Path, int, int], Path]) -> Bench:
    """Five images, the third of which is smaller; two boxes and a polygon on the first."""
    for name in "abcde":
        write_image(tmp_path / "p" / f"{name}.png", 200 if name == "c" else 400, 300)
    bench.open_project(tmp_path / "p")
    bench.session.add_class("cell")
    bench.session.edit("a.png", [
        LabeledObject("cell", Box(10, 10, 60, 60)), LabeledObject("cell", Box(180, 20, 300, 90)),
        LabeledObject("cell", Polygon((((100, 200), (150, 200), (120, 250)),)))], "x")
    return bench


def boxes(bench: Bench, name: str) -> list[tuple[float, ...]]:
    bench.saved()
    path = bench.session.index.annotation_path(f"{name}.png")
    return [item.box for item in read_voc(path).annotation.objects] if path.exists() else []


def copy(bench: Bench, number: int) -> None:
    """Press the key, type the number, and press Enter."""
    bench.run("copy_forward")
    popup = bench.place._forward
    assert popup is not None and popup.isVisible()
    QTest.keyClicks(popup.number, str(number))
    QTest.keyClick(popup.number, Qt.Key.Key_Return)
    assert not popup.isVisible()


def test_all_boxes_go_to_the_next_images_and_back_in_one_step(series: Bench) -> None:
    copy(series, 3)
    whole = [(10, 10, 60, 60), (180, 20, 300, 90), (100, 200, 150, 250)]
    assert boxes(series, "b") == boxes(series, "d") == whole
    assert boxes(series, "c") == [whole[0], (180, 20, 200, 90), whole[2]], "cut at its edge"
    assert boxes(series, "e") == []
    assert series.said[-1][1] == "Copied 3 objects to 3 images."
    assert series.place.editor.key == "a.png" and len(series.place.editor.objects) == 3
    series.run("undo")
    assert [boxes(series, name) for name in "bcde"] == [[], [], [], []]


def test_what_is_there_already_is_not_doubled(series: Bench) -> None:
    series.place.editor.select((1,))
    copy(series, 1)
    assert boxes(series, "b") == [(180, 20, 300, 90)]
    series.place.editor.select(())
    copy(series, 1)
    assert len(boxes(series, "b")) == 3
    copy(series, 1)
    assert len(boxes(series, "b")) == 3
    assert series.said[-1][1] == "1 image had them already or cannot be changed."
    series.open("e.png")
    series.session.edit("e.png", [LabeledObject("cell", Box(1, 1, 9, 9))], "x")
    copy(series, 2)
    assert series.said[-1][1] == "There is no image after this one in the list."


def test_a_damaged_neighbour_is_left_alone(series: Bench, tmp_path: Path) -> None:
    (tmp_path / "p" / "b.png").write_bytes(b"no picture")
    labels = tmp_path / "p" / "c.xml"
    labels.write_text("<annotation><object>")
    copy(series, 3)
    assert boxes(series, "d") and labels.read_text() == "<annotation><object>"
    assert not (tmp_path / "p" / "b.xml").exists()
    assert "2 images had them already or cannot be changed." in series.said[-1][1]
