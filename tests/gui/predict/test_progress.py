"""Predict while the engine answers: it waits for a training, pauses, is cancelled, or fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.gui.predict.answering import BOXES, AnsweringEngine, ask, detections, shown
from workbench.gui.predict.place import PredictPlace
from workbench.jobs.commands import Train, TrainRequest
from workbench.jobs.events import Failed, Finished, Paused, Predictions, Unpaused


def test_a_training_stands_aside_for_who_wants_to_look_now(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path
) -> None:
    place = open_place(BOXES)
    page = place.page
    place._context.engine.send(Train("t", str(night), TrainRequest()))
    ask(place, engine, qtbot, night)
    qtbot.waitUntil(page.first_button.isVisible, timeout=30_000)
    assert page.words.text() == "Waiting for the training …" and not page.pause_button.isVisible()
    QTest.mouseClick(page.first_button, Qt.MouseButton.LeftButton)
    assert not page.first_button.isVisible()
    qtbot.waitUntil(lambda: engine.steered == ["aside"], timeout=30_000)  # a thread sends it
    engine.answer([detections(night / "a.png")])
    qtbot.waitUntil(lambda: not place.job.state, timeout=30_000)
    ask_again = len(engine.asked)
    page.again_button.click()
    qtbot.waitUntil(lambda: len(engine.asked) > ask_again, timeout=30_000)
    assert page.first_button.isVisible(), "it went on, so the next question waits again"
    engine.on_event(Paused("t"))
    qtbot.waitUntil(lambda: not page.first_button.isVisible(), timeout=30_000)
    assert page.words.text() == "Loading the model …", "a training that stands still lets it by"
    engine.on_event(Unpaused("t"))
    qtbot.waitUntil(page.first_button.isVisible, timeout=30_000)


def test_a_question_that_a_training_ended_or_that_found_only_damage_says_so(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path
) -> None:
    place = open_place(BOXES)
    said: list[tuple[str, str]] = []
    place._context.message.connect(lambda tone, text: said.append((tone, text)))
    ask(place, engine, qtbot, night)
    engine.on_event(Finished(engine.asked[-1].job, "cancelled", {}))
    qtbot.waitUntil(lambda: bool(said), timeout=30_000)
    why = "This ended early, as the training was resumed or ended."
    assert said == [("warn", why)]
    place.page.again_button.click()
    qtbot.waitUntil(lambda: len(engine.asked) == 2, timeout=30_000)
    place.page.cancel_button.click()
    qtbot.waitUntil(lambda: len(said) == 2, timeout=30_000)
    assert said[1] == ("ok", "Cancelled before a file was looked at.")
    place.page.again_button.click()
    qtbot.waitUntil(lambda: len(engine.asked) == 3, timeout=30_000)
    engine.answer([], [{"file": str(night / "a.png"), "reason": "a.png: it is no image."}],
                  end=False)
    engine.on_event(Finished(engine.asked[-1].job, "cancelled", {}))
    qtbot.waitUntil(lambda: len(said) == 3, timeout=30_000)
    assert said[2] == ("warn", f"a.png: it is no image. {why}")
    place.page.again_button.click()
    qtbot.waitUntil(lambda: len(engine.asked) == 4, timeout=30_000)
    engine.answer([], [{"file": str(night / name), "reason": "it is no image"}
                       for name in ("a.png", "b.png", "c.png")])
    qtbot.waitUntil(lambda: len(said) == 4, timeout=30_000)
    assert said[3] == ("warn", "3 files could not be read.")


def test_counts_follow_while_answers_come_in_a_stream(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path
) -> None:
    place = open_place(BOXES)
    ask(place, engine, qtbot, night)
    came: list[dict[str, object]] = []

    def answer() -> None:
        came.append(detections(night / f"{len(came)}.png"))
        engine.answer(came[-1:], end=False)

    stream = QTimer(place, interval=50)
    stream.timeout.connect(answer)
    stream.start()
    chip = place.page.chips["all"]
    qtbot.waitUntil(lambda: chip.text() != "All 0", timeout=30_000)
    assert place.job.state == "running"
    stream.stop()


def test_how_far_it_is_within_a_long_file_is_shown(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path
) -> None:
    """Of one recording of hours it said “Loading the model …” to the end."""
    place = open_place(BOXES)
    ask(place, engine, qtbot, night)
    asked = engine.asked[-1]
    total = len(asked.files)
    engine.on_event(Predictions(asked.job, [], [], 0, total, 0.25))
    page = place.page
    qtbot.waitUntil(lambda: page.words.text() == f"0 of {total}, 25 % of the next", timeout=30_000)
    assert place.job.share == 0.25 / total and page.pause_button.isVisible()
    engine.answer([detections(night / "a.png")], end=False)
    qtbot.waitUntil(lambda: page.words.text() == f"1 of {total}", timeout=30_000)


def test_pause_resume_and_cancel(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path
) -> None:
    place = open_place(BOXES)
    ask(place, engine, qtbot, night)
    engine.answer([detections(night / "a.png")], end=False)
    page = place.page
    qtbot.waitUntil(page.pause_button.isVisible, timeout=30_000)
    QTest.mouseClick(page.pause_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.pause_button.text() == "Resume", timeout=30_000)
    QTest.mouseClick(page.pause_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.pause_button.text() == "Pause", timeout=30_000)
    QTest.mouseClick(page.cancel_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not place.job.state, timeout=30_000)
    assert engine.steered == ["pause", "unpause", "cancel"]
    assert len(place.answers.all) == 1, "what was found is kept"
    page.again_button.click()
    qtbot.waitUntil(lambda: len(engine.asked) == 2, timeout=30_000)
    assert [Path(file).name for file in engine.asked[-1].files] == ["b.png", "c.png"]
    page.clear_button.click()
    assert place.answers.all == [] and place.empty.isVisible()


def test_an_engine_that_fails_leaves_what_was_found(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path
) -> None:
    place = open_place(BOXES)
    ask(place, engine, qtbot, night)
    engine.answer([detections(night / "a.png", ("cat", 0.9, (5, 5, 30, 30)))], end=False)
    qtbot.waitUntil(lambda: len(place.answers.all) == 1, timeout=30_000)
    engine.on_event(Failed(engine.asked[0].job, "The engine stopped."))
    qtbot.waitUntil(lambda: not place.job.state, timeout=30_000)
    assert [row[1] for row in shown(place)] == ["cat"]
    assert not place.page.again_button.isHidden()
