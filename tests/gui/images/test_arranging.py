"""Several objects in line, at even gaps and of one size; boxes drawn from their middle."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt

from workbench.core.annotation import LabeledObject
from workbench.core.outlines import Polygon
from workbench.core.shapes import Bounds, Box
from workbench.gui.label.images.geometry import spanned_around

if TYPE_CHECKING:
    from conftest import Bench

Modifier = Qt.KeyboardModifier
BOXES: list[Bounds] = [(20, 30, 60, 90), (100, 50, 180, 80), (250, 200, 290, 290)]


@pytest.fixture
def three(bench: Bench, tmp_path: Path, write_image: Callable[[Path, int, int], Path]) -> Bench:
    write_image(tmp_path / "p" / "a.png", 400, 300)
    bench.open_project(tmp_path / "p")
    bench.session.add_class("cell")
    bench.session.edit("a.png", [LabeledObject("cell", Box(*box)) for box in BOXES], "x")
    bench.place.editor.select((0, 1, 2))
    return bench


def boxes(bench: Bench) -> list[Bounds]:
    return [item.box for item in bench.place.editor.objects]


@pytest.mark.parametrize(("action", "expected"), [
    ("align_left", [(20, 30, 60, 90), (20, 50, 100, 80), (20, 200, 60, 290)]),
    ("align_right", [(250, 30, 290, 90), (210, 50, 290, 80), (250, 200, 290, 290)]),
    ("align_top", [(20, 30, 60, 90), (100, 30, 180, 60), (250, 30, 290, 120)]),
    ("align_bottom", [(20, 230, 60, 290), (100, 260, 180, 290), (250, 200, 290, 290)]),
    ("align_across", [(135, 30, 175, 90), (115, 50, 195, 80), (135, 200, 175, 290)]),
    ("align_down", [(20, 130, 60, 190), (100, 145, 180, 175), (250, 115, 290, 205)]),
    ("distribute_across", [(20, 30, 60, 90), (115, 50, 195, 80), (250, 200, 290, 290)]),
    ("distribute_down", [(20, 30, 60, 90), (100, 130, 180, 160), (250, 200, 290, 290)]),
    ("same_size", [(20, 15, 60, 105), (120, 20, 160, 110), (250, 200, 290, 290)]),
])
def test_objects_are_arranged_in_one_step(three: Bench, action: str,
                                          expected: list[Bounds]) -> None:
    three.run(action)
    assert boxes(three) == expected and three.place.editor.selection == (0, 1, 2)
    three.run("undo")
    assert boxes(three) == BOXES


def test_the_key_moves_outlines_too_and_nothing_else(three: Bench) -> None:
    ring = ((200.0, 20.0), (240.0, 20.0), (220.0, 60.0))
    editor = three.place.editor
    editor.add_shape(Polygon((ring,)), "cell")
    editor.select((0, 3))
    three.run("align_left")
    assert editor.objects[3].shape == Polygon((((20, 20), (60, 20), (40, 60)),))
    assert boxes(three)[:3] == BOXES
    editor.select((3,))
    assert not three.context.actions["images.align_left"].enabled()
    editor.select((0, 3))
    assert not three.context.actions["images.distribute_down"].enabled()


def test_alt_draws_from_the_middle(three: Bench) -> None:
    three.place.editor.select(())
    three.run("draw")
    three.drag((150, 200), (180, 220), Modifier.AltModifier)
    assert boxes(three)[-1] == (120, 180, 180, 220)
    three.run("draw")
    three.drag((150, 200), (180, 220), Modifier.AltModifier | Modifier.ShiftModifier)
    assert boxes(three)[-1] == (120, 170, 180, 230)


def test_a_box_from_the_middle_stays_on_the_image() -> None:
    size = (100, 80)
    assert spanned_around((10, 40), (40, 50), size) == (0, 30, 20, 50)
    assert spanned_around((10, 40), (40, 50), size, square=True) == (0, 30, 20, 50)
    assert spanned_around((-5, 40), (40, 50), size) == (0, 30, 0, 50)
