"""The program as a process of its own, with the mouse and the keys of a real screen."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from person import boxes_of
from real_window import PHOTO_COLORS, SCREEN, RealWindow, opened, wait_for

Point = tuple[float, float]
Boxes = list[tuple[str, tuple[float, ...]]]

START, END = (SCREEN[0] * 0.42, SCREEN[1] * 0.42), (SCREEN[0] * 0.55, SCREEN[1] * 0.60)
"""On the canvas, whatever is around it."""


def labels(path: Path) -> Boxes:
    """What the file says, nothing where there is none."""
    return boxes_of(path) if path.is_file() else []


def draw_the_first(window: RealWindow, path: Path) -> tuple[float, ...]:
    """Draw somewhere and name it; the box that lies on the disk then."""
    wait_for(lambda: window.shows(START, PHOTO_COLORS[0]), "the first picture")
    window.key("w")
    window.drag(START, END)
    window.type("cell")
    window.key("Return")
    wait_for(lambda: labels(path), "the drawn box on the disk")
    (name, box), = labels(path)
    assert name == "cell"
    return box


def screen_points(box: tuple[float, ...]) -> Callable[[float, float], Point]:
    """Where points of the image are on the screen, found out from the box just drawn."""
    scale_x = (END[0] - START[0]) / (box[2] - box[0])
    scale_y = (END[1] - START[1]) / (box[3] - box[1])
    # numbers in the file are whole pixels: some thousandths are lost to that
    assert scale_x == pytest.approx(scale_y, rel=0.04)
    return lambda x, y: (START[0] + (x - box[0]) * scale_x, START[1] + (y - box[1]) * scale_y)


@pytest.mark.timeout(300)
def test_boxes_are_drawn_undone_verified_and_deleted(display: str, photos: Path) -> None:
    first, second = photos / "photo1.xml", photos / "photo2.xml"
    with opened(photos, display) as window:
        drawn = draw_the_first(window, first)
        at = screen_points(drawn)

        window.key("d")
        wait_for(lambda: window.shows(START, PHOTO_COLORS[1]), "the second picture")
        window.key("w")
        wanted = (20.0, 30.0, 80.0, 110.0)
        window.drag(at(*wanted[:2]), at(*wanted[2:]))
        wait_for(lambda: labels(second), "a box on the second picture")
        (name, box), = labels(second)
        assert name == "cell", "the class of the box before"
        assert box == pytest.approx(wanted, abs=2)

        window.key("ctrl+z")
        wait_for(lambda: not labels(second), "the box to be undone on the disk")
        window.key("ctrl+shift+z")
        wait_for(lambda: labels(second) == [("cell", box)], "the box to come back")

        window.key("a", "space")
        wait_for(lambda: b'verified="yes"' in first.read_bytes(), "the mark on the disk")
        window.click(*at((drawn[0] + drawn[2]) / 2, (drawn[1] + drawn[3]) / 2))
        window.key("Delete")
        wait_for(lambda: not labels(first), "the box to be deleted on the disk")
        window.key("ctrl+z")
        wait_for(lambda: labels(first) == [("cell", drawn)], "the deleted box to come back")

        assert window.quit() == 0
    assert labels(first) == [("cell", drawn)]
    assert labels(second) == [("cell", box)]
    assert not (photos / "photo3.xml").exists()


@pytest.mark.timeout(300)
def test_a_drag_draws_at_once_moves_with_space_held_and_cuts(display: str, photos: Path) -> None:
    first = photos / "photo1.xml"
    with opened(photos, display) as window:
        wait_for(lambda: window.shows(START, PHOTO_COLORS[0]), "the first picture")
        window.drag(START, END)  # no key before it, on a picture that fits and has no boxes
        window.type("cell")
        window.key("Return")
        wait_for(lambda: labels(first), "the drawn box on the disk")
        (_, drawn), = labels(first)
        at = screen_points(drawn)

        window.xdotool("keydown", "space")
        window.drag(at(20, 20), at(50, 40))
        window.xdotool("keyup", "space")
        shift = (at(50, 40)[0] - at(20, 20)[0], at(50, 40)[1] - at(20, 20)[1])
        wanted = (20.0, 30.0, 60.0, 80.0)
        corners = [at(*wanted[:2]), at(*wanted[2:])]
        window.drag(*[(x + shift[0], y + shift[1]) for x, y in corners])
        wait_for(lambda: len(labels(first)) == 2, "the second box on the disk")
        assert labels(first)[1][1] == pytest.approx(wanted, abs=3), "the picture had moved"
        assert b'verified="yes"' not in first.read_bytes(), "Space was held to move"

        def on_screen(x: float, y: float) -> Point:
            return at(x, y)[0] + shift[0], at(x, y)[1] + shift[1]

        window.key("p")
        for corner in ((100, 40), (180, 40), (180, 120), (100, 120)):
            window.click(*on_screen(*corner))
        window.key("Return", "Escape")
        wait_for(lambda: len(labels(first)) == 3, "the polygon")
        window.key("shift+j")
        window.drag(on_screen(140, 20), on_screen(140, 150))
        wait_for(lambda: len(labels(first)) == 4, "the polygon in two")
        one, other = sorted(box for _, box in labels(first)[2:])
        assert one[2] == pytest.approx(140, abs=3) and other[0] == pytest.approx(140, abs=3)
        assert window.quit() == 0


@pytest.mark.timeout(300)
def test_a_line_over_something_of_known_length_sets_the_scale(display: str, photos: Path) -> None:
    kept = photos / "workbench.toml"
    with opened(photos, display) as window:
        wait_for(lambda: window.shows(START, PHOTO_COLORS[0]), "the first picture")
        window.key("z")
        window.drag(START, (END[0], START[1]))
        window.key("ctrl+k")
        window.type("set the scale")
        window.key("Return")
        window.type("100 um")
        window.key("Return")
        wait_for(lambda: kept.is_file() and "[scale]" in kept.read_text("utf-8"),
                 "the scale on the disk")
        assert re.search(r'^pixel = "[0-9.]+ µm"$', kept.read_text("utf-8"), re.MULTILINE)
        window.key("ctrl+z")
        wait_for(lambda: "µm" not in kept.read_text("utf-8"), "the scale to be gone")
        assert window.quit() == 0
