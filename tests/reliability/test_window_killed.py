"""SIGKILL of the window after "Saved", again and again, with a real mouse."""

from __future__ import annotations

from pathlib import Path

import pytest
from person import boxes_of
from PIL import Image
from real_window import SCREEN, RealWindow, opened, screen, wait_for

from workbench.formats.atomic import is_leftover

TIMES = 8


def draw_one_more(window: RealWindow, at: int, path: Path) -> None:
    """Draw one box; returns as soon as the file says so, which is before the status bar does."""
    x, y = SCREEN[0] * 0.36 + at * 22, SCREEN[1] * 0.36 + at * 14
    window.key("w")
    window.drag((x, y), (x + 90, y + 70))
    if at == 0:
        window.type("cell")
        window.key("Return")
    wait_for(lambda: path.is_file() and len(boxes_of(path)) == at + 1, "the box on the disk")


@pytest.mark.timeout(600)
def test_every_box_is_there_after_every_kill(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.new("RGB", (640, 480), (200, 120, 80)).save(folder / "photo.png")
    labels = folder / "photo.xml"
    known: list[tuple[str, tuple[float, ...]]] = []
    with screen() as display:
        for at in range(TIMES):
            with opened(folder, display) as window:
                draw_one_more(window, at, labels)
                window.kill()
            now = boxes_of(labels)
            assert now[:at] == known, "what lay there before is untouched"
            assert now[at][0] == "cell"
            known = now
    # a write that was killed leaves its temporary file, which goes with a later opening
    left = {path.name for path in folder.iterdir() if not is_leftover(path.name)}
    assert left <= {"photo.png", "photo.xml", "workbench.toml", ".workbench"}
