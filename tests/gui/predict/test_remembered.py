"""Predict shows what it showed when the program ended, and looks at nothing by itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.predict.answering import BOXES, SOUNDS, AnsweringEngine, ask, detections, shown
from workbench.gui.predict.place import PredictPlace

BOX = (5.0, 6.0, 30.0, 40.0)


@pytest.fixture
def reopen(open_place: Callable[..., PredictPlace], qtbot: QtBot
           ) -> Callable[[PredictPlace], tuple[PredictPlace, list[str]]]:
    """End the program and start it again; gives the place, and what is said from then on."""
    def again(place: PredictPlace) -> tuple[PredictPlace, list[str]]:
        qtbot.waitUntil(lambda: place.remembered.idle, timeout=30_000)
        place._context.log.close()
        place.window().close_now()  # type: ignore[attr-defined]
        made = open_place(SOUNDS, BOXES)
        said: list[str] = []
        made._context.message.connect(lambda _tone, text: said.append(text))
        qtbot.waitUntil(lambda: made.remembered.idle, timeout=30_000)
        return made, said

    return again


def test_list_model_sliders_and_answers_are_there_again(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path,
    reopen: Callable[[PredictPlace], tuple[PredictPlace, list[str]]]
) -> None:
    place = open_place(SOUNDS, BOXES)
    assert place.model == SOUNDS, "the newest, as nothing is remembered"
    place.page.model_box.setCurrentIndex(1)
    place.page.model_box.activated.emit(1)
    ask(place, engine, qtbot, night)
    engine.answer([detections(night / "a.png", ("cat", 0.9, BOX), ("dog", 0.4, BOX)),
                   detections(night / "b.png", ("dog", 0.8, BOX))],
                  [{"file": str(night / "c.png"), "reason": "c.png: it is damaged."}])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == 3, timeout=30_000)
    place.page.sliders["score"].set_value(0.35)
    place.page.found_classes.set_limits({"dog": 0.7})

    place, _ = reopen(place)
    assert place.model == BOXES and place.page.model_box.currentText() == "Compact #1"
    assert place.page.sliders["score"].value() == 0.35
    assert place.page.found_classes.limits == {"dog": 0.7}
    assert [row[:3] for row in shown(place)] == [
        ("a.png", "cat", "1"), ("b.png", "dog", "1"), ("c.png", "it is damaged.", "")]
    assert len(engine.asked) == 1, "nothing is looked at by itself"
    place.page.again_button.click()
    qtbot.waitUntil(lambda: len(engine.asked) == 2, timeout=30_000)
    assert engine.asked[1].files == [str(night / "c.png")]
    engine.answer([detections(night / "c.png")])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == 3, timeout=30_000)

    (night / "a.png").unlink()
    os.utime(night / "b.png", ns=(1, 1))
    place, _ = reopen(place)
    assert [row[:2] for row in shown(place)] == [("c.png", "nothing")]
    assert place.files.left(place.answers) == [(str(night / "b.png"), "b")], \
        "another file of that name was not looked at"
    place.page.clear_button.click()
    place, _ = reopen(place)
    assert place.model == BOXES and not place.answers.all and place.empty.isVisible()


def test_what_is_gone_is_said_and_what_is_not_known_can_be_looked_at(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path,
    reopen: Callable[[PredictPlace], tuple[PredictPlace, list[str]]]
) -> None:
    place = open_place(SOUNDS, BOXES)
    place.use(BOXES)
    place.add([night / "a.png", night / "b.png"])
    qtbot.waitUntil(lambda: len(engine.asked) == 1, timeout=30_000)
    engine.answer([])
    qtbot.waitUntil(lambda: not place.job.state, timeout=30_000)
    (night / "b.png").unlink()
    place, said = reopen(place)
    qtbot.waitUntil(lambda: bool(said), timeout=30_000)
    assert said == ["Not there any more: b.png. Of the list of last time 1 file can be looked at "
                    "again."]
    assert not place.page.again_button.isHidden() and place.page.isVisible()
    assert len(engine.asked) == 1
