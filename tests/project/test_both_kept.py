"""Where two people change one sample at the same time, nothing of what either did is lost."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.project.helpers import Owner, add_image, box
from tests.project.test_sounds import beep
from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import UsageError
from workbench.core.outlines import Keypoints, Mask, Polygon, RotatedBox
from workbench.core.shapes import Region
from workbench.project.library.document import both_kept
from workbench.project.session import Session

Open = Callable[[Path], Session]
Objects = tuple[LabeledObject, ...]

OBJECTS = (
    LabeledObject("cat", Polygon((((1.12345, 2.2), (30.00001, 3.0), (5.33333, 40.77777)),))),
    LabeledObject("cat", RotatedBox((20.12345, 20.3), 10.77777, 5.1, 0.3333333)),
    LabeledObject("cat", Keypoints(((1.55555, 2.0), (3.0, 4.0)), (2, 1))),
    LabeledObject("dog", Mask(3, 4, 2, 2, (0, 1, 1, 2))),
    box("dog", 1.23456, 2.5, 30.33333, 40.1).with_attribute("difficult", True),
    box("cat", 5, 6, 7, 8),
)


def changed(objects: list[LabeledObject], rng: random.Random, who: str) -> list[LabeledObject]:
    """With some removed, some of another class, and some added."""
    result = []
    for item in objects:
        chance = rng.random()
        if chance < 0.5:
            result.append(item)
        elif chance < 0.75:
            result.append(item.with_label(who))
    return result + [box(who, n, n, n + 5, n + 5) for n in range(1, rng.randrange(4))]


def content(objects: tuple[LabeledObject, ...]) -> Counter[object]:
    return Counter((item.label, item.shape, frozenset(item.attributes.items()))
                   for item in objects)


def test_nothing_of_either_side_is_lost_and_nothing_comes_back() -> None:
    rng = random.Random(7)
    for _ in range(2000):
        before = [rng.choice(OBJECTS) for _ in range(rng.randrange(6))]
        ours, theirs = (changed(before, rng, rng.choice((who, "both"))) for who in ("a", "b"))
        three = [tuple(replace(item, source=at) for at, item in enumerate(items))
                 for items in (before, ours, theirs)]
        joined = both_kept(*(Annotation(items) for items in three)).objects
        known, here, there, found = map(content, (*three, joined))
        for item in known | here | there:
            mine, other = here[item] - known[item], there[item] - known[item]
            alike = mine * other > 0  # both did the same: that counts once
            change = max(mine, other, key=abs) if alike else mine + other
            assert found[item] == known[item] + change
        assert [item for item in joined if item.source is not None] == [
            item for item in three[2] if item in joined]


def test_what_is_said_of_the_image_as_a_whole_is_joined_too() -> None:
    before = Annotation(attributes={"weather": "rain", "night": True, "by": "x"})
    ours = replace(before, attributes={"weather": "rain", "by": "me"})
    theirs = replace(before, attributes={"weather": "sun", "night": True, "by": "x", "n": 3},
                     verified=True)
    joined = both_kept(before, ours, theirs)
    assert (joined.attributes, joined.verified) == ({"weather": "sun", "by": "me", "n": 3}, True)
    assert not both_kept(replace(before, verified=True), ours, theirs).verified


@pytest.mark.parametrize("undone", [False, True])
def test_two_windows_on_one_folder(
        tmp_path: Path, owner: Owner, open_session: Open, undone: bool) -> None:
    add_image(tmp_path, "a.png")
    here, there = open_session(tmp_path), open_session(tmp_path)
    owner.ready(here)
    here.edit("a.png", OBJECTS, "draw")
    owner.finish(here)
    there.index.refresh()
    owner.ready(there)
    theirs = there.document("a.png").annotation.objects
    there.edit("a.png", (*theirs[1:], box("theirs")), "change")
    there.images.set_attribute("a.png", "weather", "sun")
    owner.finish(there)
    ours = here.images._documents["a.png"].annotation.objects
    here.edit("a.png", (*ours[:1], ours[1].with_label("ours"), *ours[3:]), "change")
    owner.settled(here)
    assert here.saver.state == "failed"
    here.keep_both("a.png")
    owner.finish(here)
    if undone:
        here.undo.undo()
        owner.finish(here)
        here.undo.redo()
        owner.finish(here)
    read = there.images.read("a.png").annotation
    assert [item.label for item in read.objects] == ["dog", "dog", "cat", "theirs", "ours"]
    assert read.objects[:3] == tuple(
        replace(item, source=at) for at, item in enumerate(theirs[3:]))
    assert read.objects[4].shape == theirs[1].shape and read.objects[1].difficult
    assert read.attributes == {"weather": "sun"}


def region(label: str, start: float, end: float, high: float = 2000.0) -> LabeledObject:
    return LabeledObject(label, Region(start, end, 500.0, high))


def test_regions_of_a_sound_are_joined_and_two_classes_of_a_whole_sound_are_asked_about(
        tmp_path: Path, owner: Owner, open_session: Open) -> None:
    beep(tmp_path / "a.wav", 1.0)
    table, session = tmp_path / "a.selections.txt", open_session(tmp_path)
    owner.until(lambda: not session.sounds.scanning)
    session.edit("a.wav", (region("owl", 0.1000000004, 0.3), region("fox", 0.4, 0.5)), "draw")
    owner.finish(session)

    def both_edit(ours: Objects, theirs: str) -> None:
        table.write_text(f"{table.read_text()}{theirs}\n")
        session.edit("a.wav", ours, "change")
        owner.settled(session)
        assert session.saver.state == "failed"

    mine = session.sounds.document("a.wav").annotation.objects
    both_edit(mine[1:], "3\tSpectrogram 1\t1\t0.6\t0.7\t500\t2000\tcrow")
    assert session.may_keep_both("a.wav")
    session.keep_both("a.wav")
    owner.finish(session)
    joined = session.sounds.read("a.wav").annotation.objects
    assert [item.label for item in joined] == ["fox", "crow"]
    mine = session.sounds.document("a.wav").annotation.objects
    both_edit((*mine, LabeledObject("rain", Region(0.0, 1.0))),
              "4\tSpectrogram 1\t1\t0\t1\t0\t4000\twind")
    written = table.read_bytes()
    with pytest.raises(UsageError, match="as a whole"):
        session.keep_both("a.wav")
    assert session.sounds.document("a.wav").annotation.objects[-1].label == "rain"
    assert table.read_bytes() == written
