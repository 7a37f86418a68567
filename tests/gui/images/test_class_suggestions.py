"""Suggestions while images are sorted: shown, accepted, doubted, turned off, and when they fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.conftest import SilentEngine, draw_photos
from tests.gui.images.test_sort_place import Bench, sorting_bench
from workbench.formats.content import content_key
from workbench.formats.feature_cache import FOLDER, FeatureCache
from workbench.gui.app.engine_client import EngineClient
from workbench.gui.app.program import Program
from workbench.jobs.commands import Command, Control, Describe, Train, TrainRequest
from workbench.jobs.events import Failed, Finished
from workbench.project.cache import cache_folder
from workbench.tasks.image_classification.window.suggestions import ClassSuggestions

KEY = Qt.Key
SIZE = 1280
SIGNS = np.where(np.arange(SIZE) % 2, 1.0, -1.0)


class SeeingEngine(SilentEngine):
    """Tells ants from bees by the first letter of their file, and half of "d" is either.

    Attributes
    ----------
    answers
        What becomes of a look: "finished", "failed" or nothing at all.
    """

    answers = "finished"
    heard: list[Command]

    def send(self, command: Command) -> None:
        self.heard.append(command)
        if not isinstance(command, Describe) or self.answers == "nothing":
            return
        if self.answers == "failed":
            self.on_event(Failed(command.job, "The weights are not there."))
            return
        folder = Path(command.project)
        cache = FeatureCache(cache_folder(folder) / FOLDER, "made", SIZE)
        rng = np.random.default_rng(0)
        sides = [{"a": 1.0, "b": -1.0}.get(Path(name).name[0], 0.2) for name in command.files]
        values = np.asarray([side * SIGNS + rng.normal(0, 0.3, SIZE) for side in sides],
                            np.float32)
        cache.add([content_key(folder / name) for name in command.files], values)
        self.on_event(Finished(command.job, "finished",
                               {"cache": str(cache.path), "unreadable": []}))


@pytest.fixture
def engine() -> Iterator[type[SeeingEngine]]:
    """The engine of the program, as a class whose ways can be changed."""
    SeeingEngine.heard = []
    yield SeeingEngine
    SeeingEngine.answers = "finished"


@pytest.fixture
def make_bench(make_program: Callable[..., Program], qtbot: QtBot, tmp_path: Path,
               engine: type[SeeingEngine]) -> Callable[[], Bench]:
    def make() -> Bench:
        folder = tmp_path / "insects"
        if not folder.is_dir():
            for number, name in enumerate(["a0", "a1", "a2", "a3", "b0", "b1", "b2", "b3", "d"]):
                draw_photos(folder, [f"{name}.png"], (40 + number, 30))
            (folder / "workbench.toml").write_text(
                'task = "image-classification"\nclasses = ["ant", "bee"]\n', encoding="utf-8")
        return sorting_bench(make_program, qtbot, folder,
                             engine=lambda: EngineClient(engine))  # type: ignore[arg-type]

    return make


def suggestions(bench: Bench) -> ClassSuggestions:
    found = bench.place.suggestions.current
    assert found is not None
    return found


def suggested(bench: Bench, key: str) -> str:
    found = bench.grid.images.suggestion(key)
    return found.label if found is not None else ""


def label_two(bench: Bench) -> None:
    """One image of each class, and wait for what is made of it."""
    for key, digit in (("a0.png", KEY.Key_1), ("b0.png", KEY.Key_2)):
        bench.click(key)
        bench.press(digit)
    bench.wait(lambda: suggested(bench, "a3.png") == "ant" and suggested(bench, "b3.png") == "bee")


def test_images_are_suggested_from_the_first_labels_and_enter_accepts(
        make_bench: Callable[[], Bench]) -> None:
    bench = make_bench()
    label_two(bench)
    assert suggested(bench, "a0.png") == ""  # it has a label
    assert "perhaps ant" in bench.grid.images.words("a1.png")
    bench.click("a1.png")
    bench.press(KEY.Key_Return)
    assert bench.label("a1.png") == "ant"
    assert bench.grid.chosen() == ["a2.png"]  # on to the next one
    assert bench.saved() == "file,label\na0.png,ant\nb0.png,bee\na1.png,ant\n"
    bench.click("a2.png")
    bench.click("b2.png", Qt.KeyboardModifier.ControlModifier)
    bench.press(KEY.Key_Return)
    assert (bench.label("a2.png"), bench.label("b2.png")) == ("ant", "bee")
    bench.press(KEY.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert (bench.label("a2.png"), bench.label("b2.png")) == ("", "")
    bench.click("a0.png")  # nothing is suggested of it, so it is shown
    bench.press(KEY.Key_Return)
    assert bench.place.stack.currentWidget() is bench.place.large


def test_a_suggestion_is_accepted_where_one_image_is_shown_large(
        make_bench: Callable[[], Bench]) -> None:
    bench = make_bench()
    label_two(bench)
    bench.click("b1.png")
    bench.place.show_large()
    bench.press(KEY.Key_Return)
    assert bench.label("b1.png") == "bee"
    assert bench.grid.key == "b2.png"
    assert bench.place.stack.currentWidget() is bench.place.large


def test_all_sure_suggestions_are_accepted_in_one_step(make_bench: Callable[[], Bench]) -> None:
    bench = make_bench()
    label_two(bench)
    button = bench.place.suggestions.panel.accept_button
    assert not button.isVisible(), "what one label of each class says is not to be relied on"
    for key, digit in (("a1.png", KEY.Key_1), ("a2.png", KEY.Key_1), ("b1.png", KEY.Key_2),
                       ("b2.png", KEY.Key_2)):
        bench.click(key)
        bench.press(digit)
    bench.wait(lambda: button.isVisible() and button.text() == "Accept 2 above 90 %")
    button.click()
    assert {key: bench.label(key) for key in ("a3.png", "b3.png", "d.png")} == {
        "a3.png": "ant", "b3.png": "bee", "d.png": ""}
    bench.wait(lambda: not button.isVisible())
    bench.session.undo.undo()
    assert bench.label("a3.png") == ""
    assert bench.label("a0.png") == "ant"


def test_before_any_label_typical_ones_that_differ_come_first(
        make_bench: Callable[[], Bench], engine: type[SeeingEngine]) -> None:
    bench = make_bench()
    box = bench.place.bar.order_box
    box.setCurrentIndex(box.findData("next"))
    box.activated.emit(box.currentIndex())
    bench.wait(lambda: {key[0] for key in bench.rows()[:2]} == {"a", "b"})
    assert not bench.place.bar.looking.isVisible()
    first = bench.rows()[0]
    assert bench.grid.chosen() == [first]
    tip = bench.grid.images.data(bench.grid.images.index(0), Qt.ItemDataRole.ToolTipRole)
    assert tip.startswith(f"{first}\nno class yet\ntypical of ")
    bench.click(first)
    bench.press(KEY.Key_1)
    box.activated.emit(box.currentIndex())
    bench.wait(lambda: bench.rows()[-1] == first)


def test_looking_for_what_to_label_first_is_stopped(
        make_bench: Callable[[], Bench], engine: type[SeeingEngine]) -> None:
    engine.answers = "nothing"
    bench = make_bench()
    bar = bench.place.bar
    bar.order_box.setCurrentIndex(bar.order_box.findData("next"))
    bar.order_box.activated.emit(bar.order_box.currentIndex())
    bench.wait(lambda: bar.looking.text().startswith("Looking at images: 0 of 9"))
    bar.stop_button.click()
    assert not bar.looking.isVisible() and bench.rows()[0] == "a0.png"


def test_the_least_certain_come_first(make_bench: Callable[[], Bench]) -> None:
    bench = make_bench()
    label_two(bench)
    box = bench.place.bar.order_box
    box.setCurrentIndex(box.findData("certainty"))
    box.activated.emit(box.currentIndex())
    assert bench.rows()[0] == "d.png"
    assert set(bench.rows()[-2:]) == {"a0.png", "b0.png"}


def test_a_label_that_looks_wrong_is_found(make_bench: Callable[[], Bench]) -> None:
    bench = make_bench()
    chip = bench.place.bar.chips["doubtful"]
    assert not chip.isVisible()
    for key in ("a0.png", "a1.png", "a2.png", "b0.png"):  # the last one by mistake
        bench.click(key)
        bench.press(KEY.Key_1)
    for key in ("b1.png", "b2.png", "b3.png"):
        bench.click(key)
        bench.press(KEY.Key_2)
    bench.wait(chip.isVisible)
    assert chip.text() == "To check 1"
    bench.place.suggestions.panel.doubt_button.click()
    assert bench.rows() == ["b0.png"]
    assert bench.grid.images.words("b0.png") == "ant, but looks like bee"
    bench.click("b0.png")
    bench.press(KEY.Key_2)
    bench.wait(lambda: not suggestions(bench).doubted())
    assert bench.rows() == ["b0.png"]  # nothing jumps away under the hand


def test_turned_off_it_stays_off(make_bench: Callable[[], Bench],
                                 engine: type[SeeingEngine]) -> None:
    bench = make_bench()
    label_two(bench)
    bench.place.suggestions.panel.switch.click()
    assert suggested(bench, "a3.png") == ""
    assert bench.place.bar.chips["doubtful"].isHidden()
    bench.program.window.close_now()
    engine.heard.clear()
    again = make_bench()
    assert not again.place.suggestions.panel.switch.isChecked()
    assert not engine.heard
    again.place.suggestions.panel.switch.click()
    again.wait(lambda: suggested(again, "a3.png") == "ant")
    assert not engine.heard  # what was found out before is known still


def test_what_keeps_it_from_suggesting_is_said_and_tried_again(
        make_bench: Callable[[], Bench], engine: type[SeeingEngine]) -> None:
    engine.answers = "failed"
    bench = make_bench()
    panel = bench.place.suggestions.panel
    bench.wait(panel.go_button.isVisible)
    assert panel.words.text() == "No suggestions: The weights are not there."
    assert panel.go_button.text() == "Look at 9 images"
    engine.answers = "finished"
    panel.go_button.click()
    label_two(bench)


def test_looking_can_be_stopped_and_goes_on(
    make_bench: Callable[[], Bench], engine: type[SeeingEngine], tmp_path: Path
) -> None:
    engine.answers = "nothing"
    bench = make_bench()
    panel = bench.place.suggestions.panel
    bench.wait(panel.stop_button.isVisible)
    assert panel.words.text() == "Looking at the images: 0 of 9"
    jobs = bench.program.context.engine.jobs
    jobs["other"] = Train("other", str(tmp_path), TrainRequest())
    found = bench.place.suggestions.current
    assert found is not None
    found.progressed.emit()
    assert panel.words.text() == (
        "Waits until the training is done; 0 of 9 images were looked at.")
    del jobs["other"]
    panel.stop_button.click()
    bench.wait(lambda: any(isinstance(item, Control) for item in engine.heard))
    assert panel.stop_button.isHidden()
    engine.answers = "finished"
    panel.go_button.click()
    label_two(bench)


def test_another_project_is_suggested_too(make_bench: Callable[[], Bench], tmp_path: Path) -> None:
    bench = make_bench()
    label_two(bench)
    other = tmp_path / "more"
    for key in ("a0.png", "b0.png"):
        draw_photos(other / key[0], [key, f"{key[0]}1.png"], (30, 30))
    bench.program.projects.open(other)
    bench.wait(lambda: suggestions(bench).known == 4)
    bench.wait(lambda: suggestions(bench).learned == 4)
