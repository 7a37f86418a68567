"""The map of Data as a process of its own, with the mouse of a real screen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from person import boxes_of
from PIL import ImageGrab
from real_window import COLOR_LEEWAY, PHOTO_COLORS, SCREEN, RealWindow, opened, wait_for
from written_map import write_map

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.shapes import Box
from workbench.formats.sample_maps import OBJECTS
from workbench.formats.voc import new_voc

Spot = tuple[float, float]
_SMALLEST, _LARGEST = 40**2, 60**2
_TIMES = 5


def spot_of(display: str, number: int) -> Spot | None:
    """The middle of the small picture with the colour of a photo; None where there is none."""
    pixels = np.asarray(ImageGrab.grab(xdisplay=display).convert("RGB"), np.int16)
    found = (np.abs(pixels - np.array(PHOTO_COLORS[number])).max(axis=2) <= COLOR_LEEWAY).nonzero()
    if not _SMALLEST < len(found[0]) < _LARGEST:  # as on the map, not as in Images
        return None
    return float(np.median(found[1])), float(np.median(found[0]))


def drag_around(window: RealWindow, left: float, top: float, right: float, bottom: float) -> None:
    words: list[object] = ["mousemove", round(left), round(top), "mousedown", 1]
    for x, y in ((right, top), (right, bottom), (left, bottom), (left, top)):
        words += ["mousemove", round(x), round(y), "sleep", 0.15]
    window.xdotool(*words, "mouseup", 1)


@pytest.mark.timeout(300)
def test_what_is_enclosed_and_what_is_clicked_gets_another_class(display: str, photos: Path,
                                                                 ) -> None:
    for path in photos.glob("*.png"):
        path.with_suffix(".xml").write_bytes(new_voc(Annotation(
            (LabeledObject("cat", Box(20, 20, 200, 200)),), size=(320, 240)), image_path=path,
            depth=3))
    write_map(photos, OBJECTS, [(0.0, 0.0), (0.1, 0.3), (1.0, 0.5)])

    def classes() -> list[str]:
        return [boxes_of(photos / f"photo{number}.xml")[0][0] for number in (1, 2, 3)]

    with opened(photos, display) as window:
        wait_for(lambda: window.shows((SCREEN[0] / 2, SCREEN[1] / 2), PHOTO_COLORS[0]),
                 "the first picture")
        window.key("ctrl+k")
        window.type("show all objects or regions by")
        window.key("Return")
        looks: list[list[Spot | None]] = []

        def rests() -> bool:
            looks.append([spot_of(display, number) for number in range(3)])
            return all(looks[-1]) and looks[-1:] == looks[-2:-1]

        wait_for(rests, "the map")
        first, second, third = looks[-1]
        assert first and second and third
        for _ in range(_TIMES):
            drag_around(window, min(first[0], second[0]) - 32, first[1] - 40,
                        max(first[0], second[0]) + 40, second[1] + 40)
            wait_for(lambda: not window.shows(third, PHOTO_COLORS[2]), "the others to fade")
            if window.shows(first, PHOTO_COLORS[0]) and window.shows(second, PHOTO_COLORS[1]):
                break  # else the window was so busy that it did not see all of the way
        window.key("ctrl+e")
        window.type("fox")
        window.key("Return")
        wait_for(lambda: classes() == ["fox", "fox", "cat"], "the enclosed ones to be foxes")
        window.key("ctrl+z")
        wait_for(lambda: classes() == ["cat"] * 3, "that to be undone")
        window.click(*third)
        window.key("ctrl+e")
        window.type("fox")
        window.key("Return")
        wait_for(lambda: classes() == ["cat", "cat", "fox"], "the clicked one to be a fox")
        assert window.quit() == 0
