"""A video labelled in the program as a process of its own, with a real mouse and real keys."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from real_window import SCREEN, opened, wait_for

from workbench.core.tracks import TrackKey, track_of
from workbench.formats.cvat_video import parse
from workbench.media.video.writer import VideoWriter

START, END = (SCREEN[0] * 0.40, SCREEN[1] * 0.35), (SCREEN[0] * 0.50, SCREEN[1] * 0.50)
"""On the canvas, whatever is around it."""
COLOR = (200, 90, 60)


def keys(path: Path) -> list[TrackKey]:
    """The key frames of the one track on the disk; none where there is no file."""
    found = parse(path.read_bytes()).annotation.objects if path.is_file() else ()
    return [key for item in found for key in track_of(item).keys]


@pytest.mark.timeout(300)
def test_a_box_is_drawn_moved_on_a_later_frame_and_ended(display: str, tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    with VideoWriter(folder / "clip.mp4", 25.0) as writer:
        for _ in range(30):
            writer.put(np.full((96, 128, 3), COLOR, np.uint8))
    tracks = folder / "clip.mp4.tracks.xml"
    with opened(folder, display) as window:
        wait_for(lambda: window.shows(START, COLOR), "the video on the screen")
        window.drag(START, END)
        window.type("car")
        window.key("Return")
        wait_for(lambda: keys(tracks), "the drawn box on the disk")
        first, = keys(tracks)
        assert first.frame == 0

        window.key(*["Right"] * 4, "shift+Right", "k")
        wait_for(lambda: len(keys(tracks)) == 2, "the second key frame on the disk")
        middle = ((START[0] + END[0]) / 2, (START[1] + END[1]) / 2)
        window.drag(middle, (middle[0] + 60, middle[1] + 30))
        wait_for(lambda: keys(tracks)[1].box != first.box, "the moved box on the disk")
        second = keys(tracks)[1]
        assert second.frame == 14
        assert second.box.xmin > first.box.xmin and second.box.ymin > first.box.ymin

        window.key("Right", "x")
        wait_for(lambda: len(keys(tracks)) == 3, "the end of the track on the disk")
        assert keys(tracks)[2].frame == 15 and keys(tracks)[2].outside
        window.key("ctrl+z", "ctrl+z", "ctrl+z")
        wait_for(lambda: keys(tracks) == [first], "all steps to be undone on the disk")
        assert window.quit() == 0
