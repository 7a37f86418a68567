"""The box above the Train button."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QScrollArea, QScrollBar
from pytestqt.qtbot import QtBot

from workbench.extension.registry import recipes
from workbench.gui.style.theme import Theme
from workbench.gui.train.panel import TrainPanel
from workbench.gui.train.ready_box import ReadyBox
from workbench.jobs.events import PreflightDone


class Answered:
    """A pre-flight that has ended."""

    progress = None

    def __init__(self, state: str, words: str, result: PreflightDone | None = None) -> None:
        self.state, self.words, self.result = state, words, result


class Engine:
    state = "ready"
    devices = ({"id": "cpu", "name": "2 cores", "memory": 24 << 30},)


@pytest.fixture
def show(qtbot: QtBot) -> Callable[[Answered], ReadyBox]:
    def made(check: Answered) -> ReadyBox:
        box = ReadyBox()
        qtbot.addWidget(box)
        box.show_check(check, Engine(), "12 images.")  # type: ignore[arg-type]
        return box

    return made


def answer(**more: Any) -> PreflightDone:
    return PreflightDone(
        "p", "compact-n", "All of it.", 12, ["a"], {"train": 8, "val": 2, "test": 2}, "cpu",
        10 << 20, {"needed": False, "available": True, "name": "", "size": 0}, 10, 1.0, 12.0,
        ["only 8 images to learn from"], **more)


def test_reasons_stand_under_what_will_happen(show: Callable[[Answered], ReadyBox]) -> None:
    box = show(Answered("ready", "All of it.", answer(
        reason="Compact was chosen: a small model suits few images (12)",
        start="120 of 123 tensors are taken over from cells",
        shape="objects are large: training at 304×224")))
    assert box.why == ("Objects are large: training at 304×224.\n"
                       "Compact was chosen: a small model suits few images (12).\n"
                       "120 of 123 tensors are taken over from cells.")
    assert "chosen" not in box.text and box.why in box.accessibleDescription()
    assert box.warnings == "Only 8 images to learn from."
    plain = show(Answered("ready", "All of it.", answer()))
    assert plain.why == "" and plain.text.startswith("Ready. 12 images, 1 class.")


def test_a_refusal_is_a_sentence(show: Callable[[Answered], ReadyBox]) -> None:
    box = show(Answered("refused", "the split “default” leaves no image to learn from"))
    assert box.text == "Not yet. The split “default” leaves no image to learn from."
    assert not box.why and not box.warnings


def test_a_warning_about_files_can_be_looked_at(
    show: Callable[[Answered], ReadyBox], qtbot: QtBot
) -> None:
    words = "the boxes of 1 image were made for an image of another size: look whether they fit"
    result = answer(look={words: "/pets/a.xml"})
    result.warnings.append(words)
    box = show(Answered("ready", "All of it.", result))
    assert box.warnings.endswith("look whether they fit.")
    assert box._warnings.text().count("<a ") == 2, (
        "where there is something to look at, and to all problems")
    with qtbot.waitSignal(box.look_asked) as asked:
        box._warnings.linkActivated.emit("/pets/a.xml")
    assert asked.args == ["/pets/a.xml"]


def test_links_take_the_colours_of_a_new_theme(show: Callable[[Answered], ReadyBox],
                                               qapp: QApplication) -> None:
    theme = Theme("light")
    theme.apply(qapp)
    box, size = show(Answered("ready", "All of it.", answer())), QSize(260, 160)
    box.resize(size)
    box.grab()
    theme.set_mode("dark")
    fresh = show(Answered("ready", "All of it.", answer()))
    fresh.resize(size)
    same = box.grab().toImage() == fresh.grab().toImage()
    qapp.setStyleSheet("")
    assert same


@pytest.fixture
def panel(qtbot: QtBot, qapp: QApplication) -> Iterator[TrainPanel]:
    theme = Theme("light")
    theme.apply(qapp)
    made = TrainPanel(theme, recipes, "detection")
    qtbot.addWidget(made)
    yield made
    qapp.setStyleSheet("")


def show_warnings(panel: TrainPanel, number: int, height: int, qtbot: QtBot) -> QScrollBar:
    panel.resize(panel.width(), height)
    with qtbot.waitExposed(panel):
        panel.show()
    panel.ready.say("Ready.", "16 images, 2 classes.",
                    warnings={f"Warning {at} of those that take a line or two.": ""
                              for at in range(number)},
                    why="Objects are large.\nCompact was chosen.")
    [area] = panel.ready.findChildren(QScrollArea)
    qtbot.waitUntil(lambda: area.viewport().height() > 0)
    QApplication.processEvents()
    return area.verticalScrollBar()


def test_the_box_grows_while_there_is_room(panel: TrainPanel, qtbot: QtBot) -> None:
    bar = show_warnings(panel, 1, 1000, qtbot)
    usual = panel.ready.height()
    show_warnings(panel, 12, 1000, qtbot)
    assert bar.maximum() == 0 and panel.ready.height() > usual
    show_warnings(panel, 1, 1000, qtbot)
    assert panel.ready.height() == usual
    bottom = panel.no_runs.mapTo(panel, panel.no_runs.rect().bottomLeft()).y()
    assert bottom < panel.height()


def test_where_there_is_no_room_whole_lines_are_scrolled(panel: TrainPanel, qtbot: QtBot) -> None:
    bar = show_warnings(panel, 40, 700, qtbot)
    assert bar.maximum() > 0
    line = bar.singleStep()
    assert bar.pageStep() % line == 0 and bar.maximum() % line == 0
    bar.setValue(2 * line + 4)
    qtbot.waitUntil(lambda: bar.value() == 2 * line)
    bottom = panel.no_runs.mapTo(panel, panel.no_runs.rect().bottomLeft()).y()
    assert bottom < panel.height(), "what is below stays in view"
