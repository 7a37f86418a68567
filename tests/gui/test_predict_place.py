"""Predict in the window, with an engine that answers what a test wants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.gui.conftest import draw_photos
from workbench.core.detections import Detections
from workbench.evaluation.nms import filter_detections
from workbench.gui.app.engine_client import EngineClient
from workbench.gui.app.models import TrainedModel
from workbench.gui.app.program import Program
from workbench.gui.use import place as place_module
from workbench.gui.use.answers import FOUND
from workbench.gui.use.place import PredictPlace
from workbench.jobs.messages import (
    Answers,
    CameraFrame,
    Command,
    Control,
    Event,
    Failed,
    Finished,
    Paused,
    Predict,
    Ready,
    Unpaused,
    Watch,
)
from workbench.tasks.detection.window.answers import LOOK

BOXES = TrainedModel("2026-11-20-compact-n", "Compact #1", "detection", ("cat", "dog"))
CLASSES = TrainedModel("2026-11-20-instant", "Instant #1", "image-classification", ("ant", "bee"))
SOUNDS = TrainedModel("2026-11-20-sound", "Sound #1", "audio-classification", ("wren", "owl"))


class AnsweringEngine:
    """Notes what it is asked, and answers when the test says so."""

    def __init__(self) -> None:
        self.on_event: Callable[[Event], object] = lambda event: None
        self.on_exit: Callable[[int, str], object] = lambda code, reason: None
        self.asked: list[Predict] = []
        self.steered: list[str] = []
        self.frames: list[CameraFrame] = []
        self.watch: Watch | None = None

    def start(self) -> None:
        self.on_event(Ready([], {}))

    def send(self, command: Command) -> None:
        if isinstance(command, Predict):
            self.asked.append(command)
        elif isinstance(command, Watch):
            self.watch = command
        elif isinstance(command, CameraFrame):
            self.frames.append(command)
        elif isinstance(command, Control):
            self.steered.append(command.action)
            job = command.job
            if command.action == "cancel":
                self.on_event(Finished(job, "cancelled", {}))
            else:
                self.on_event(Paused(job) if command.action == "pause" else Unpaused(job))

    def stop(self) -> None: ...

    def answer(self, items: list[dict[str, Any]], problems: list[dict[str, Any]] | None = None,
               *, end: bool = True) -> None:
        asked = self.asked[-1]
        done = len(items) + len(problems or [])
        self.on_event(Answers(asked.job, items, problems or [], done, len(asked.files)))
        if end:
            self.on_event(Finished(asked.job, "finished", {}))


@pytest.fixture
def engine() -> AnsweringEngine:
    return AnsweringEngine()


@pytest.fixture
def open_place(
    make_program: Callable[..., Program], qtbot: QtBot, photos: Path, engine: AnsweringEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., PredictPlace]:
    """Open Predict in a project with these models."""
    def make(*models: TrainedModel) -> PredictPlace:
        monkeypatch.setattr(place_module, "trained_models", lambda _folder: list(models))
        program = make_program(engine=lambda: EngineClient(lambda: engine))
        with qtbot.waitExposed(program.window):
            program.window.show()
        program.projects.open(photos)
        program.context.go("use")
        place = program.window.place_widget("use")
        assert isinstance(place, PredictPlace)
        qtbot.waitUntil(lambda: len(place.models) == len(models), timeout=20_000)
        return place

    return make


@pytest.fixture
def night(tmp_path: Path) -> Path:
    return draw_photos(tmp_path / "night", ["a.png", "b.png", "c.png"])


def detections(path: Path, *found: tuple[str, float, tuple[float, ...]]) -> dict[str, Any]:
    return {"file": str(path), "size": [64, 48], "boxes": [list(box) for _, _, box in found],
            "labels": [label for label, _, _ in found], "scores": [score for _, score, _ in found]}


def ask(place: PredictPlace, engine: AnsweringEngine, qtbot: QtBot, folder: Path) -> None:
    place.add([folder])
    before = len(engine.asked)
    qtbot.waitUntil(lambda: len(engine.asked) > before, timeout=20_000)


def shown(place: PredictPlace) -> list[tuple[str, ...]]:
    model = place.answers
    return [tuple(model.data(model.index(row, column)) for column in range(4))
            for row in range(model.rowCount())]


def test_without_a_model_it_leads_to_train(open_place: Callable[..., PredictPlace]) -> None:
    place = open_place()
    assert place.empty.button.text() == "Go to Train"
    went: list[str] = []
    place._context.place_requested.connect(lambda name, _target: went.append(name))
    place.empty.button.click()
    assert went == ["train"] and place.empty_folder.isHidden()


def test_a_folder_is_opened_from_the_empty_page_by_enter_and_what_was_not_read_is_told(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = open_place(BOXES)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(night))
    place.empty_folder.setFocus()
    QTest.keyClick(place.empty_folder, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(engine.asked), timeout=20_000)
    engine.answer([detections(night / "a.png"), detections(night / "b.png")],
                  [{"file": str(night / "c.png"), "reason": "it is no image"}])
    qtbot.waitUntil(lambda: len(place.answers.all) == 3 and not place.job.state, timeout=20_000)
    table = tmp_path / "table.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(table), ""))
    said: list[str] = []
    place._context.message.connect(lambda _tone, text: said.append(text))
    place.keeping.save_table(True)
    qtbot.waitUntil(lambda: bool(said), timeout=20_000)
    assert said == ["2 rows written to table.csv. Left out: 1 file that could not be read."]
    assert len(table.read_text("utf-8-sig").splitlines()) == 3


def test_answers_come_are_sorted_filtered_and_counted(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path
) -> None:
    place = open_place(BOXES)
    assert "Compact #1" in place.empty._text.text()
    ask(place, engine, qtbot, night)
    asked = engine.asked[0]
    assert asked.stream and asked.score_thresh < 0.1 and asked.run == BOXES.run
    assert [Path(file).name for file in asked.files] == ["a.png", "b.png", "c.png"]
    assert place.page.words.text() == "Loading the model …"
    engine.answer([detections(night / "a.png", ("cat", 0.9, (5, 5, 30, 30)),
                              ("cat", 0.85, (6, 5, 31, 30)), ("dog", 0.3, (40, 5, 60, 30)))],
                  end=False)
    qtbot.waitUntil(lambda: len(place.answers.all) == 1, timeout=20_000)
    assert place.page.words.text() == "1 of 3"
    assert shown(place) == [("a.png", "cat", "1", "0.90")], "NMS leaves one of the two"
    engine.answer([detections(night / "b.png", ("dog", 0.6, (5, 5, 30, 30)),
                              ("dog", 0.5, (35, 5, 60, 30)))],
                  [{"file": str(night / "c.png"), "reason": "c.png is damaged."}])
    qtbot.waitUntil(lambda: not place.job.state, timeout=20_000)
    assert shown(place) == [("a.png", "cat", "1", "0.90"), ("b.png", "2 dog", "2", "0.60"),
                            ("c.png", "c.png is damaged.", "", "")]
    page = place.page
    qtbot.waitUntil(lambda: page.counts.rows == [("dog", 2), ("cat", 1)], timeout=20_000)
    assert not page.again_button.isHidden()

    page.view.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    assert [row[0] for row in shown(place)] == ["b.png", "a.png", "c.png"]
    chosen = place.answers.answer(page.view.currentIndex().row())
    assert chosen is not None and Path(chosen.file).name == "a.png", "what is shown stays shown"
    page.sliders["score"].set_value(0.2)
    qtbot.waitUntil(lambda: ("a.png", "cat, dog", "2", "0.90") in shown(place),
                    timeout=20_000)
    page.sliders["nms"].set_value(0.95)
    qtbot.waitUntil(lambda: ("a.png", "2 cat, 1 dog", "3", "0.90") in shown(place),
                    timeout=20_000)
    page.chips["unread"].click()
    assert [row[0] for row in shown(place)] == ["c.png"]
    page.chips["all"].click()
    page.search.setText("dog b.png")
    assert [row[0] for row in shown(place)] == ["b.png"]
    page.search.clear()

    page.again_button.click()
    qtbot.waitUntil(lambda: len(engine.asked) == 2, timeout=20_000)
    assert [Path(file).name for file in engine.asked[-1].files] == ["c.png"]
    engine.answer([detections(night / "c.png")])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == 3, timeout=20_000)
    qtbot.waitUntil(lambda: ("c.png", "nothing", "0", "") in shown(place), timeout=20_000)


def test_pause_resume_and_cancel(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path
) -> None:
    place = open_place(BOXES)
    ask(place, engine, qtbot, night)
    engine.answer([detections(night / "a.png")], end=False)
    page = place.page
    qtbot.waitUntil(page.pause_button.isVisible, timeout=20_000)
    QTest.mouseClick(page.pause_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.pause_button.text() == "Resume", timeout=20_000)
    QTest.mouseClick(page.pause_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.pause_button.text() == "Pause", timeout=20_000)
    QTest.mouseClick(page.cancel_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not place.job.state, timeout=20_000)
    assert engine.steered == ["pause", "unpause", "cancel"]
    assert len(place.answers.all) == 1, "what was found is kept"
    page.again_button.click()
    qtbot.waitUntil(lambda: len(engine.asked) == 2, timeout=20_000)
    assert [Path(file).name for file in engine.asked[-1].files] == ["b.png", "c.png"]
    page.clear_button.click()
    assert place.answers.all == [] and place.empty.isVisible()


def test_an_engine_that_fails_leaves_what_was_found(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path
) -> None:
    place = open_place(BOXES)
    ask(place, engine, qtbot, night)
    engine.answer([detections(night / "a.png", ("cat", 0.9, (5, 5, 30, 30)))], end=False)
    qtbot.waitUntil(lambda: len(place.answers.all) == 1, timeout=20_000)
    engine.on_event(Failed(engine.asked[0].job, "The engine stopped."))
    qtbot.waitUntil(lambda: not place.job.state, timeout=20_000)
    assert [row[1] for row in shown(place)] == ["cat"]
    assert not place.page.again_button.isHidden()


def test_the_chosen_file_is_drawn_with_what_was_found(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path
) -> None:
    place = open_place(BOXES)
    ask(place, engine, qtbot, night)
    engine.answer([detections(night / "a.png", ("cat", 0.9, (8, 6, 56, 42)))])
    picture = place.page.picture
    qtbot.waitUntil(lambda: picture.item is not None, timeout=20_000)
    wanted = place.colors.color("cat").rgb()

    def drawn() -> bool:
        image = picture.grab().toImage()
        return any(image.pixelColor(x, y).rgb() == wanted for x in range(0, image.width(), 3)
                   for y in range(0, image.height(), 2))

    qtbot.waitUntil(drawn, timeout=20_000)
    place.page.sliders["score"].set_value(0.95)
    qtbot.waitUntil(lambda: not drawn(), timeout=20_000)


def test_classes_of_images_and_sounds(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path,
    tmp_path: Path,
) -> None:
    place = open_place(CLASSES, SOUNDS)
    ask(place, engine, qtbot, night)
    engine.answer([
        {"file": str(night / "a.png"), "label": "bee", "scores": {"ant": 0.1, "bee": 0.9}},
        {"file": str(night / "b.png"), "label": "ant", "scores": {"ant": 0.55, "bee": 0.45}}])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == 2, timeout=20_000)
    assert [row[1] for row in shown(place)] == ["bee", "ant"]
    place.page.sliders["score"].set_value(0.7)
    qtbot.waitUntil(lambda: [row[1] for row in shown(place)] == ["bee", "nothing"],
                    timeout=20_000)
    place.page.picture.grab()
    place.page.sliders["score"].set_value(0.5)

    place.page.clear_button.click()
    ask(place, engine, qtbot, night)
    engine.answer([
        {"file": str(night / "a.png"), "label": "ant;bee", "labels": ["ant", "bee"],
         "scores": {"ant": 0.3, "bee": 0.9}},  # tags have thresholds of their own
        {"file": str(night / "b.png"), "label": "", "labels": [],
         "scores": {"ant": 0.1, "bee": 0.2}}])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == 2, timeout=20_000)
    assert [row[1:] for row in shown(place)] == [
        ("ant, bee", "2", "0.90"), ("nothing", "0", "")]
    place.page.picture.grab()

    place.page.clear_button.click()
    ask(place, engine, qtbot, night)
    engine.answer([{"file": str(night / "a.png"), "label": "103.5", "value": 103.5},
                   {"file": str(night / "b.png"), "label": "25", "value": 25.0}])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == 2, timeout=20_000)
    assert [row[1] for row in shown(place)] == ["103.5", "25"]
    place.answers.sort(FOUND)
    assert [row[1] for row in shown(place)] == ["25", "103.5"]
    place.answers.sort(-1)
    place.page.picture.grab()

    sounds = tmp_path / "sounds"
    sounds.mkdir()
    (sounds / "long.wav").write_bytes(b"")
    place.page.clear_button.click()
    place.page.model_box.setCurrentIndex(1)
    place.page.model_box.activated.emit(1)
    ask(place, engine, qtbot, sounds)
    engine.answer([{"file": str(sounds / "long.wav"), "label": "owl",
                    "scores": {"wren": 0.2, "owl": 0.8},
                    "regions": [{"label": "owl", "start": 1.0, "end": 2.5, "score": 0.9},
                                {"label": "wren", "start": 4.0, "end": 4.5, "score": 0.6}]}])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == 1, timeout=20_000)
    assert shown(place)[0][1:] == ("owl, wren", "2", "0.90")
    place.page.sliders["score"].set_value(0.7)
    qtbot.waitUntil(lambda: shown(place)[0][1:] == ("owl", "1", "0.90"), timeout=20_000)
    place.page.picture.grab()


@pytest.mark.parametrize("seed", range(5))
def test_sliders_leave_what_score_and_nms_leave(seed: int) -> None:
    rng = np.random.default_rng(seed)
    corners = rng.uniform(0, 60, (80, 2))
    boxes = np.concatenate([corners, corners + rng.uniform(5, 30, (80, 2))], 1)
    item = {"file": "a.png", "size": [100, 100], "boxes": boxes.round(2).tolist(),
            "labels": rng.choice(["cat", "dog", "owl"], 80).tolist(),
            "scores": rng.uniform(0.05, 1, 80).round(2).tolist()}
    names = list(dict.fromkeys(item["labels"]))
    raw = Detections(np.asarray(item["boxes"], np.float32), np.asarray(item["scores"], np.float32),
                     np.asarray([names.index(name) for name in item["labels"]], np.int64))
    packed = LOOK.pack(item)
    for score, nms in ((0.3, 0.5), (0.6, 0.5), (0.3, 0.2), (0.99, 0.9), (0.05, 0.7)):
        wanted = filter_detections(raw, score, nms)
        limits = {"score": score, "nms": nms}
        shown_now = LOOK.shown(packed, limits)
        assert shown_now["labels"] == [names[label] for label in wanted.labels]
        assert shown_now["scores"] == pytest.approx(wanted.scores.tolist(), abs=1e-5)
        counts, best = LOOK.count(packed, limits)
        assert counts == Counter(shown_now["labels"])
        assert best == pytest.approx(max(shown_now["scores"], default=0.0), abs=1e-5)
