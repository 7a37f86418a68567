"""Predict shows what it showed when the program ended, and looks at nothing by itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from tests.gui.predict.answering import (
    BOXES,
    CLASSES,
    SOUNDS,
    AnsweringEngine,
    ask,
    detections,
    shown,
)
from workbench.core.plain import json_text
from workbench.gui.app.models import TrainedModel
from workbench.gui.predict import place as place_module
from workbench.gui.predict.place import PredictPlace
from workbench.project.operating import OperatingScore, choose_score
from workbench.project.prediction_cache import PredictionCache
from workbench.project.runs import OPERATING, RunFolder

BOX = (5.0, 6.0, 30.0, 40.0)


Reopen = Callable[..., tuple[PredictPlace, list[str]]]


@pytest.fixture
def reopen(open_place: Callable[..., PredictPlace], qtbot: QtBot) -> Reopen:
    """End the program and start it again, perhaps with other models; gives the place, and what is
    said from then on."""
    def again(place: PredictPlace, *models: TrainedModel) -> tuple[PredictPlace, list[str]]:
        qtbot.waitUntil(lambda: place.remembered.idle, timeout=30_000)
        place._context.log.close()
        place.window().close_now()  # type: ignore[attr-defined]
        said: list[str] = []
        made = open_place(*models or (SOUNDS, BOXES), said=said)
        qtbot.waitUntil(lambda: made.remembered.idle, timeout=30_000)
        return made, said

    return again


def test_list_model_sliders_and_answers_are_there_again(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path,
    reopen: Reopen
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


def test_what_a_second_model_answered_is_there_again(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path,
    reopen: Reopen
) -> None:
    other = replace(BOXES, run="2026-11-22-boxes", title="Compact #2")
    place = open_place(BOXES, other)
    ask(place, engine, qtbot, night)
    engine.answer([detections(night / name, ("cat", 0.9, BOX)) for name in
                   ("a.png", "b.png", "c.png")])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == 3, timeout=30_000)
    place.page.beside.choose([other])
    qtbot.waitUntil(lambda: len(engine.asked) == 2, timeout=30_000)
    engine.answer([detections(night / "a.png", ("dog", 0.8, BOX)), detections(night / "b.png")],
                  [{"file": str(night / "c.png"), "reason": "c.png: it is damaged."}])
    qtbot.waitUntil(lambda: not place.beside.job.state, timeout=30_000)

    place, _ = reopen(place, BOXES, other)
    assert place.model == BOXES and [one.model for one in place.beside.others] == [other]
    assert [place.page.beside.boxes[0].currentText()] == ["Compare: Compact #2"]
    [second] = place.beside.others
    qtbot.waitUntil(lambda: len(second.answers.all) == 3, timeout=30_000)
    assert second.answers.counts() == {"dog": 1} and len(engine.asked) == 2, "nobody is asked"
    place.page.again_button.click()
    qtbot.waitUntil(lambda: len(engine.asked) == 3, timeout=30_000)
    assert (engine.asked[2].run, engine.asked[2].files) == (other.run, [str(night / "c.png")])
    engine.answer([detections(night / "c.png", ("dog", 0.7, BOX))])
    qtbot.waitUntil(lambda: not place.beside.job.state, timeout=30_000)

    place, _ = reopen(place, BOXES)
    assert not place.beside.others and len(place.answers.all) == 3, "the second model is gone"
    place, _ = reopen(place, BOXES, other)
    assert not place.beside.others


def test_what_is_gone_is_said_and_what_is_not_known_can_be_looked_at(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path,
    reopen: Reopen
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


def look_at_night(place: PredictPlace, engine: AnsweringEngine, qtbot: QtBot, night: Path) -> None:
    """The model of boxes finds a cat in each file of the folder."""
    place.use(BOXES)
    ask(place, engine, qtbot, night)
    engine.answer([detections(night / name, ("cat", 0.9, BOX))
                   for name in ("a.png", "b.png", "c.png")])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == 3, timeout=30_000)


def test_files_on_a_drive_that_is_gone_are_there_again_with_it(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path,
    tmp_path: Path, reopen: Reopen
) -> None:
    drive, elsewhere = tmp_path / "drive", tmp_path / "elsewhere"
    drive.mkdir()
    place = open_place(SOUNDS, BOXES)
    look_at_night(place, engine, qtbot, night.rename(drive / "night"))
    for there in (False, True):  # whether the folder where the drive was is still there
        drive.rename(elsewhere)
        if there:
            drive.mkdir()
        place, said = reopen(place)
        qtbot.waitUntil(lambda said=said: bool(said), timeout=30_000)  # type: ignore[misc]
        assert not place.answers.all and said[0].startswith(
            f"Not there at the moment: {drive / 'night'}.")
        if there:
            drive.rmdir()
        elsewhere.rename(drive)
        place, said = reopen(place)
        assert len(shown(place)) == 3 and not said and len(engine.asked) == 1
    drive.rename(elsewhere)
    place, said = reopen(place)
    qtbot.waitUntil(lambda: bool(said), timeout=30_000)
    next(button for button in place.window().findChildren(QPushButton)
         if button.text() == "Forget it").click()
    place, said = reopen(place)
    assert not said


def test_another_model_can_look_at_the_list_of_one_that_was_deleted(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path,
    reopen: Reopen
) -> None:
    place = open_place(SOUNDS, BOXES)
    look_at_night(place, engine, qtbot, night)
    place, said = reopen(place, CLASSES)
    qtbot.waitUntil(lambda: bool(said), timeout=30_000)
    assert said == ["The model of last time is gone. Of the list of last time 3 files can be "
                    "looked at again."]
    assert place.model == CLASSES and not place.answers.all
    place.page.again_button.click()
    qtbot.waitUntil(lambda: len(engine.asked) == 2, timeout=30_000)
    assert engine.asked[1].run == CLASSES.run and len(engine.asked[1].files) == 3


def test_a_model_that_is_deleted_leaves_the_list_to_the_others(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path,
    monkeypatch: pytest.MonkeyPatch
) -> None:
    place = open_place(BOXES, CLASSES)
    look_at_night(place, engine, qtbot, night)
    said: list[str] = []
    place._context.message.connect(lambda _tone, text: said.append(text))
    monkeypatch.setattr(place_module, "models_to_ask", lambda _folder: [CLASSES])
    place.entered()
    qtbot.waitUntil(lambda: place.models == [CLASSES], timeout=30_000)
    assert place.model == CLASSES and not place.answers.all
    assert not place.page.again_button.isHidden(), "the files wait for the model that is left"
    assert said == ["The model that looked at these files is gone."]
    monkeypatch.setattr(place_module, "models_to_ask", lambda _folder: [])
    place.entered()
    qtbot.waitUntil(lambda: not place.models, timeout=30_000)
    assert place.empty.isVisible() and place.page.again_button.isHidden()


def test_answers_that_another_window_kept_of_another_model_are_not_taken_for_its(
    tmp_path: Path, night: Path
) -> None:
    one, other = (PredictionCache(tmp_path / "kept.jsonl", {"run": run})
                  for run in ("one", "other"))
    one.add([detections(night / "a.png", ("cat", 0.9, BOX))])
    other.add([detections(night / "b.png", ("dog", 0.8, BOX))])
    one.add([detections(night / "c.png", ("cat", 0.7, BOX))])
    kept = PredictionCache(tmp_path / "kept.jsonl", {"run": "other"}).read(lambda: None)
    assert [item["file"] for item in kept.items] == [str(night / "b.png")]


def keep(place: PredictPlace, score: OperatingScore) -> RunFolder:
    run = RunFolder.create(place._context.session.folder, "boxes", {})
    (run.path / OPERATING).write_text(json_text(asdict(score)))
    return run


def test_the_slider_begins_at_the_models_own_score_until_a_person_moves_it(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, photos: Path,
    reopen: Reopen
) -> None:
    place = open_place(SOUNDS)
    run = keep(place, OperatingScore(0.46, "counts"))
    model = replace(BOXES, run=run.name)
    place, _ = reopen(place, model)
    slider, line = place.page.sliders["score"], place.page.own_score
    qtbot.waitUntil(lambda: slider.value() == 0.46, timeout=30_000)
    assert line.words.text() == "0.46, as found in Results" and line.back.isHidden()
    assert "counts" in line.words.toolTip() and place.answers.limits["score"] == 0.46
    slider.set_value(0.7)
    assert line.back.text() == "Back to 0.46, as found in Results" and not line.back.isHidden()
    place.remembered.note()

    place, _ = reopen(place, model)
    slider, line = place.page.sliders["score"], place.page.own_score
    qtbot.waitUntil(lambda: not line.back.isHidden(), timeout=30_000)
    assert slider.value() == 0.7, "what a person chose stays"
    line.back.click()
    assert slider.value() == 0.46 and line.back.isHidden()
    slider.set_value(0.7)
    choose_score(run, 0.55)
    place.entered()
    qtbot.waitUntil(lambda: slider.value() == 0.55, timeout=30_000)
    assert line.words.text() == "0.55, as set in Results"

    for other in (None, replace(model, title="The same one under another name")):
        slider.set_value(0.7)
        place._ask_anew(other)
        slider = place.page.sliders["score"]
        qtbot.waitUntil(lambda: line.own is not None, timeout=30_000)
        assert slider.value() == 0.7, "what a person chose stays when all is asked anew"
    choose_score(run, 0.35)
    place.entered()
    qtbot.waitUntil(lambda: slider.value() == 0.35, timeout=30_000)
