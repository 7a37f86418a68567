"""Six tasks of labelling by hand with a real mouse, counted and timed, beside what other programs
document for them.

The window is a process on a screen of its own (Xvfb, xdotool). Ours is timed until the labels are
on the disk, by a hand that never hesitates; the clicks and keys of the others are those of their
documentation, for versions that are named in :data:`SOURCES`. They were read and not timed. A name
that is typed is counted nowhere: it is the same everywhere.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from real_window import SCREEN, RealWindow, opened, screen, wait_for

from workbench.core.annotation import Annotation
from workbench.core.outlines import Polygon
from workbench.formats.voc import read_voc

IMAGES = 11
SIZE = (640, 480)
START, END = (SCREEN[0] * 0.42, SCREEN[1] * 0.42), (SCREEN[0] * 0.55, SCREEN[1] * 0.60)
SOURCES = {
    "labelImg": "README.rst, hotkeys",
    "labelme": "labelme/config/default_config.yaml, shortcuts; saving is by hand there",
    "X-AnyLabeling": "docs/en/user_guide.md, 2.1, 2.2 and 7.1; it saves by itself and goes on "
                     "drawing until Ctrl+J",
}
# in clicks (c), drags (d) and keys (k); "" where these pages name no way
OTHERS: dict[str, dict[str, str]] = {
    "a box on each of ten images": {
        "labelImg": "10 d, 30 k (W, a drag, Ctrl+S, D)",
        "labelme": "20 c, 21 k (Ctrl+R once; two clicks, Ctrl+S, D)",
        "X-AnyLabeling": "20 c, 11 k (R once; two clicks, D)"},
    "a polygon of six corners": {
        "labelImg": "", "labelme": "7 c, 2 k (Ctrl+N, the first point again, Ctrl+S)",
        "X-AnyLabeling": "7 c, 1 k (P, the first point again)"},
    "a box corrected at one corner": {
        "labelImg": "1 d, 1 k (Ctrl+S)", "labelme": "1 d, 2 k (Ctrl+J, Ctrl+S)",
        "X-AnyLabeling": "1 d, 1 k (Ctrl+J)"},
    "a thing that moves, on the next ten images": {
        "labelImg": "10 d, 30 k (drawn anew)",
        "labelme": "10 d, 21 k (Ctrl+P keeps the boxes; D, moved by hand, Ctrl+S)",
        "X-AnyLabeling": "10 d, 11 k (Ctrl+P keeps the boxes; D, moved by hand)"},
    "ten images marked as checked": {
        "labelImg": "20 k (Space, D)", "labelme": "", "X-AnyLabeling": ""},
    "one polygon made two": {
        "labelImg": "", "labelme": "10 c, 3 k (deleted; two of four corners drawn, Ctrl+S)",
        "X-AnyLabeling": "10 c, 2 k (deleted; two of four corners drawn)"},
}


@dataclass
class Hand:
    """Uses a window, and counts what it does."""

    window: RealWindow
    done: dict[str, int] = field(default_factory=lambda: {"c": 0, "d": 0, "k": 0})

    def key(self, *keys: str) -> None:
        self.done["k"] += len(keys)
        self.window.key(*keys)

    def click(self, x: float, y: float) -> None:
        self.done["c"] += 1
        self.window.click(x, y)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.done["d"] += 1
        self.window.drag(start, end)


@dataclass
class Table:
    """What was counted, by task."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)

    @contextmanager
    def task(self, name: str, hand: Hand) -> Iterator[None]:
        assert name in OTHERS
        before, start = dict(hand.done), time.perf_counter()
        yield
        seconds = time.perf_counter() - start
        counted = ", ".join(f"{hand.done[kind] - number} {kind}" for kind, number in before.items()
                            if hand.done[kind] != number)
        self.rows[name] = {"Workbench": f"{counted}; {seconds:.1f} s", **OTHERS[name]}

    def text(self) -> str:
        """As a table of Markdown."""
        names = ("Workbench", *SOURCES)
        lines = [f"| task | {' | '.join(names)} |", "| --- " * (len(names) + 1) + "|"]
        lines += [f"| {task} | {' | '.join(row[name] or '–' for name in names)} |"
                  for task, row in self.rows.items()]
        return "\n".join(lines)


def measure(folder: Path) -> dict[str, Any]:
    """Do the six tasks, and print the table."""
    table = Table()
    with screen() as display:
        _single(_series(folder / "images"), display, table)
        _moving(_series(folder / "moving"), display, table)
    print(table.text(), file=sys.stderr)
    return {**table.rows, "sources": SOURCES}


def _series(folder: Path) -> Path:
    """Images in which a thing moves over a ground, both with a pattern."""
    random = np.random.default_rng(1)
    folder.mkdir(parents=True)
    ground, thing = (cv2.blur(random.integers(0, 255, (*size, 3), np.uint8), (9, 9))
                     for size in (SIZE[::-1], (140, 160)))
    for number in range(IMAGES):
        picture = ground.copy()
        left, top = 190 + 9 * number, 140 + 5 * number
        picture[top:top + 140, left:left + 160] = thing
        cv2.imwrite(str(folder / f"photo{number:02}.png"), picture)
    return folder


def _labels(folder: Path, number: int) -> Annotation:
    path = folder / f"photo{number:02}.xml"
    return read_voc(path).annotation if path.is_file() else Annotation(())


def _begin(window: RealWindow, folder: Path, start: tuple[float, float],
           end: tuple[float, float]) -> Callable[[float, float], tuple[float, float]]:
    """Draw and name a box on the first image; says where its points are on the screen."""
    window.key("w")
    window.drag(start, end)
    window.type("thing")
    window.key("Return")
    wait_for(lambda: _labels(folder, 0).objects, "the first box")
    x1, y1, x2, _ = _labels(folder, 0).objects[0].box
    scale = (end[0] - start[0]) / (x2 - x1)
    return lambda x, y: (start[0] + (x - x1) * scale, start[1] + (y - y1) * scale)


def _single(folder: Path, display: str, table: Table) -> None:
    with opened(folder, display) as window:
        hand = Hand(window)
        at = _begin(window, folder, START, END)
        with table.task("a box on each of ten images", hand):
            for number in range(1, IMAGES):
                hand.key("d")
                hand.drag(at(60, 60), at(220, 200))
                wait_for(lambda number=number: _labels(folder, number).objects, "its box")
        with table.task("a box corrected at one corner", hand):
            hand.click(*at(140, 130))
            hand.drag(at(220, 200), at(250, 240))
            wait_for(lambda: _labels(folder, IMAGES - 1).objects[0].box[2] > 240, "the larger box")
        last, corners = IMAGES - 1, [(300, 300), (400, 280), (520, 300), (520, 400), (400, 430),
                                     (300, 400)]
        with table.task("a polygon of six corners", hand):
            hand.key("p")
            for corner in corners:
                hand.click(*at(*corner))
            hand.key("Return")
            wait_for(lambda: len(_labels(folder, last).objects) == 2, "the polygon")
        hand.window.key("Escape")
        with table.task("one polygon made two", hand):
            hand.key("shift+j")
            hand.drag(at(405, 250), at(410, 460))
            wait_for(lambda: len(_labels(folder, last).objects) == 3, "the second piece")
        assert all(isinstance(item.shape, Polygon) for item in _labels(folder, last).objects[1:])
        window.key("Escape", "Escape", "Home")
        with table.task("ten images marked as checked", hand):
            for number in range(last, 0, -1):
                hand.key("space")
                wait_for(lambda number=number: _labels(folder, number).verified, "the mark")
                hand.key("a")


def _moving(folder: Path, display: str, table: Table) -> None:
    kept = folder / ".workbench" / "suggestions.json"

    def followed() -> int:
        return len(json.loads(kept.read_bytes())["followed"]) if kept.is_file() else 0

    with opened(folder, display) as window:
        hand = Hand(window)
        at = _begin(window, folder, START, END)
        window.key("Delete")
        wait_for(lambda: not _labels(folder, 0).objects, "it to be gone")
        window.drag(at(190, 140), at(350, 280))
        wait_for(lambda: _labels(folder, 0).objects, "the box around the thing")
        with table.task("a thing that moves, on the next ten images", hand):
            hand.key("ctrl+shift+f", "Return")
            wait_for(lambda: followed() == IMAGES - 1, "the suggestions")
            for number in range(1, IMAGES):
                hand.key("shift+Return")
                wait_for(lambda number=number: _labels(folder, number).objects, "the next box")
        for number in range(IMAGES):
            wanted = (190 + 9 * number, 140 + 5 * number)
            x, y = _labels(folder, number).objects[0].box[:2]
            assert abs(x - wanted[0]) < 5 and abs(y - wanted[1]) < 5, "in its place"
