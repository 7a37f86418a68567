"""What changed between two states, and which images a few words choose."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core.annotation import LabeledObject
from workbench.core.shapes import Box
from workbench.gui.label.editor import Objects
from workbench.gui.label.images.image_filter import ImageFilter, summary_words
from workbench.gui.label.images.selection_tracking import touched
from workbench.gui.label.labelling_speed import LabellingSpeed
from workbench.project.library.image_rows import ImageSummary

items = st.builds(
    LabeledObject, st.sampled_from(["a", "b"]),
    st.tuples(*[st.integers(0, 3).map(float)] * 4))
rows = st.lists(items, max_size=7).map(tuple)


@given(rows, rows)
@settings(max_examples=100)
def test_all_that_differs_is_found(before: Objects, after: Objects) -> None:
    """A repaint of what was and of what is touched leaves nothing stale on the canvas."""
    come = {after[index] for index in touched(before, after)}
    gone = {before[index] for index in touched(after, before)}
    if len(before) == len(after):
        for old, new in zip(before, after, strict=True):
            assert old == new or (new in come and old in gone)
    assert set(after) - set(before) <= come
    assert set(before) - set(after) <= gone


def test_only_the_moved_box_is_touched() -> None:
    before = tuple(LabeledObject("a", Box(n, 0.0, n + 5.0, 5.0)) for n in range(5))
    after = (*before[:2], before[2].with_box((9.0, 9.0, 20.0, 20.0)), *before[3:])
    assert touched(before, after) == (2,)
    assert touched(before, before[:2] + before[3:]) == ()
    assert touched(before[:2] + before[3:], before) == (2,)


SUMMARIES = {
    "day/one.jpg": ImageSummary(12, {"cat": 10, "dog": 2}, True),
    "day/two.jpg": ImageSummary(0, {}, False, None, False),
    "night/cat.jpg": ImageSummary(1, {"dog": 1}),
    "night/bad.jpg": ImageSummary(problem="line 3, it is cut off"),
}


@pytest.mark.parametrize(("text", "chosen"), [
    ("", "one two cat bad"),
    ("night", "cat bad"),
    ("NIGHT dog", "cat"),
    ("cat", "one cat"),
    ("class:cat", "one"),
    ("class:do", "one cat"),
    ("unlabelled", "two"),
    ("labelled", "one cat"),
    ("verified", "one"),
    ("unverified", "two cat bad"),
    ("problem", "bad"),
    (">1", "one"),
    ("=1", "cat"),
    ("<2 night", "cat bad"),
    ("nothing", ""),
])
def test_words_choose_images(text: str, chosen: str) -> None:
    keys = ImageFilter(text).choose(SUMMARIES, SUMMARIES.get, ["cat", "dog"])
    assert [key.rpartition("/")[2].removesuffix(".jpg") for key in keys] == chosen.split()


@pytest.mark.parametrize(("chip", "chosen"), [
    ("all", "one two cat bad"), ("unlabelled", "two"), ("labelled", "one cat"),
    ("verified", "one"),
])
def test_chips_choose_images(chip: str, chosen: str) -> None:
    keys = ImageFilter(chip=chip).choose(SUMMARIES, SUMMARIES.get, [])
    assert [key.rpartition("/")[2].removesuffix(".jpg") for key in keys] == chosen.split()


def test_what_is_not_known_yet_is_neither_labelled_nor_unlabelled() -> None:
    for chip in ("labelled", "unlabelled"):
        assert ImageFilter(chip=chip).choose(["x.jpg"], lambda _: None, []) == []


def test_the_second_line_of_a_row() -> None:
    words = [summary_words(summary) for summary in SUMMARIES.values()]
    assert words == ["12 objects · 2 classes", "no labels yet", "1 object", "labels cannot be used"]
    assert summary_words(ImageSummary()) == "no objects"
    assert summary_words(None) == "…"


def test_the_pace_is_said_of_steady_work_and_not_of_pauses() -> None:
    now = [0.0]
    pace = LabellingSpeed(lambda: now[0])
    assert pace.words("box") == ""
    for second in range(0, 31, 5):
        now[0] = second
        pace.add(1)
    assert pace.words("box") == "12 boxes a minute"
    now[0] += 61
    assert pace.words("box") == ""
    pace.add(5)
    assert pace.words("box") == "", "it begins anew after a pause"
    for second in range(100, 700, 20):
        now[0] = second
        pace.add(1)
    assert pace.words("box") == "3 boxes a minute", "of the last five minutes"
