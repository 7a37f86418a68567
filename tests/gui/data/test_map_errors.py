"""Data: what a trained model gets wrong, on the map, and where its errors lie together."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from pytestqt.qtbot import QtBot

from tests.gui.data.map_steps import CORNERS, MappingEngine, map_of
from tests.project.helpers import add_image, labelled
from tests.support.judged_run import judged_run
from tests.support.written_map import write_map
from workbench.formats.sample_maps import OBJECTS, SAMPLES
from workbench.gui.app.program import Program
from workbench.project.runs import RunFolder


def test_errors_that_lie_together_are_listed_with_what_is_like_them(
    shown: Callable[[Path, MappingEngine], Program], tmp_path: Path, qtbot: QtBot
) -> None:
    folder = tmp_path / "judged"
    for at in range(32):
        labelled(folder, f"{at:02}.png", ["cat"])
    add_image(folder, "32.png")  # beside the errors
    held_back = [f"{at:02}.png" for at in range(32) if at not in (8, 9)]
    judged_run(folder, held_back, dict.fromkeys(held_back[:6]))
    write_map(folder, SAMPLES, [*((0.01 * at, 0.0) for at in range(6)),
                                *((0.5 + 0.01 * at, 0.5) for at in range(26)), (0.03, 0.01)])
    page = map_of(shown(folder, MappingEngine(CORNERS)), SAMPLES, qtbot)
    side, by = page.panels.side, page.panels.by
    side.chips.select("errors")
    qtbot.waitUntil(lambda: len(side.listed) == 1)
    assert side.words.text().startswith("6 of 30 images held back from training are mostly wrong.")
    assert page.panels.run.isVisible() and page.panels.run.currentText() == "Compact #1"
    name, words, _ = side.gallery.points.caption_of(side.listed[0])
    assert (name.split()[0], words) == ("6", "1 missed")
    side.gallery.opened.emit(0)
    assert {*side.listed[:6]} == {*range(6)} and side.listed[-1] == 32
    by.setCurrentIndex(by.findData("answers"))
    by.activated.emit(by.currentIndex())
    legend = page.panels.legend.list
    assert [legend.item(at).text() for at in range(legend.count())] == [
        "mostly right  24", "mostly wrong  6", "learned from  2", "not judged  1"]


def test_errors_that_lie_apart_are_listed_as_the_last(
    shown: Callable[[Path, MappingEngine], Program], tmp_path: Path, qtbot: QtBot
) -> None:
    folder = tmp_path / "apart"
    for at in range(32):
        labelled(folder, f"{at:02}.png", ["cat"])
    held_back = [f"{at:02}.png" for at in range(2, 32)]
    places = [*((0.01 * at, 0.0) for at in range(8)), *((0.5 + 0.01 * at, 0.5) for at in range(24))]
    for together, words, last in ((held_back[:6], "Where they lie", "1 wrong elsewhere"),
                                  ([], "They do not lie", "1 wrong")):
        judged_run(folder, held_back, dict.fromkeys([*together, held_back[-1]]))
        write_map(folder, OBJECTS, places)
        page = map_of(shown(folder, MappingEngine(CORNERS)), OBJECTS, qtbot)
        side = page.panels.side
        side.chips.select("errors")
        qtbot.waitUntil(lambda side=side: bool(side.listed))  # type: ignore[misc]
        assert words in side.words.text() and side.listed[-1] == 31
        assert side.gallery.points.caption_of(31)[0] == last
        assert (31 in side.shown_in_images()) != bool(together), "what lies together stands out"
        side.gallery.opened.emit(len(side.listed) - 1)
        assert side.listed == [31] and side.words.text() == f"{last}."


def test_the_newest_run_that_judges_what_is_on_the_map_is_chosen(
    shown: Callable[[Path, MappingEngine], Program], tmp_path: Path, qtbot: QtBot
) -> None:
    folder = tmp_path / "judged"
    for at in range(8):
        labelled(folder, f"{at}.png", ["cat"])
    known = judged_run(folder, ["5.png", "6.png"], {"5.png": None})
    for recipe, task in (("sound-cnn", "audio-classification"), ("compact-n", "detection")):
        run = RunFolder.create(folder, recipe, {"recipe": recipe, "task": task, "classes": ["cat"],
                                                "split": {"name": "default"}})
        run.predictions_path("val").write_bytes(b"damaged")
    write_map(folder, OBJECTS, CORNERS)
    page = map_of(shown(folder, MappingEngine(CORNERS)), OBJECTS, qtbot)
    page.panels.side.chips.select("errors")
    qtbot.waitUntil(lambda: page.data.judged is not None)
    assert page.data.judged is not None and page.data.judged.run == known.name
    box = page.panels.run
    assert (box.count(), box.currentData()) == (2, known.name), "no run of sounds is offered"
    box.setCurrentIndex(box.findData(run.name))
    box.activated.emit(box.currentIndex())
    assert box.currentData() == run.name, "what was chosen stays while it is read"
    qtbot.waitUntil(lambda: bool(page.data.judging_failure))
    assert page.data.judging_failure in page.panels.side.hint.text()
    shutil.rmtree(run.path)
    page.data.look(False)
    page.data.look(True)
    qtbot.waitUntil(lambda: page.data.judged is not None)
    assert box.count() == 1 and not page.data.judging_failure, "a run that is deleted is let go"
