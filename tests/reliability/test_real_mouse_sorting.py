"""Folders for classes, dropped on the window, learned, mended and learned again: the program as a
process of its own, with a real mouse and real keys."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from dropping import SOURCE, dragged
from real_window import PATIENCE, SCREEN, RealWindow, wait_for
from tiny_pictures import make_pictures

from workbench.project.runs import list_runs
from workbench.tasks.image_classification.labels import read_labels

TRAIN, RESULTS = "ctrl+3", "ctrl+4"
FIRST_TILE = (SCREEN[0] * 0.47, SCREEN[1] * 0.26)
"""In Results."""
MIDDLE = (SCREEN[0] / 2, SCREEN[1] / 2)


def do_until(act: Callable[[], object], condition: Callable[[], object], what: str,
             each: float) -> None:
    """Do what may be done twice until it has its effect, once in ``each`` seconds: only the screen
    says when the window is ready for it."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            pytest.fail(f"tried {PATIENCE:.0f} s for {what}")
        act()
        soon = time.monotonic() + each
        while not condition() and time.monotonic() < soon:
            time.sleep(0.02)  # another process does it: there is no signal to wait for


def train(window: RealWindow, folder: Path) -> None:
    """Press Train, and wait for the end of the newest run."""
    before = len(list_runs(folder))
    do_until(lambda: window.key(TRAIN, "ctrl+Return"),
             lambda: len(list_runs(folder)) > before, "a training to begin", each=10)
    wait_for(lambda: list_runs(folder)[0].state["state"] == "finished", "its end")


@pytest.mark.timeout(300)
def test_dropped_folders_are_learned_mended_and_learned_again(
    display: str, tmp_path: Path
) -> None:
    folder = make_pictures(tmp_path / "patterns", each=4)
    pictures = {path: path.read_bytes() for path in folder.rglob("*.png")}
    before = read_labels(folder).labels
    window = RealWindow([], display)
    try:
        with dragged(folder, display):
            do_until(lambda: window.drag(SOURCE, MIDDLE),
                     lambda: window.title.startswith("patterns"), "the folder to open", each=20)
        window.focus()
        train(window, folder)

        digits = itertools.cycle("12")  # one of them is another class than that of the picture

        def mend() -> None:
            window.key(RESULTS)
            window.click(*FIRST_TILE)
            window.key(next(digits))

        table = folder / "labels.csv"
        do_until(mend, table.is_file, "the mended label on the disk", each=6)
        now = read_labels(folder).labels
        (key,) = [key for key in before if now[key] != before[key]]
        assert table.read_text(encoding="utf-8").splitlines() == ["file,label", f"{key},{now[key]}"]
        assert now[key] in ("dots", "stripes")

        train(window, folder)
        assert read_labels(folder).labels == now
        # The run stands on the disk a moment before the window has taken its end in, and until
        # then it asks whether to stop it.
        do_until(lambda: window.key("Escape", "ctrl+q"),
                 lambda: window.process.poll() is not None, "the window to close", each=6)
        assert window.process.returncode == 0
    finally:
        if window.process.poll() is None:
            window.kill()
    assert pictures == {path: path.read_bytes() for path in folder.rglob("*.png")}, "none was moved"
