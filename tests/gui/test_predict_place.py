"""Predict in the window, with an engine that answers what a test wants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtMultimedia import QCameraDevice, QMediaDevices, QVideoFrame, QVideoSink
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.gui.conftest import draw_photos
from tests.support.tiny_video import BITS, SIDE, SIZE, number_shown, write_video
from workbench.core.detections import Detections
from workbench.core.video import Shown
from workbench.evaluation.nms import filter_detections
from workbench.gui.app.engine_client import EngineClient
from workbench.gui.app.models import TrainedModel
from workbench.gui.app.program import Program
from workbench.gui.use import place as place_module
from workbench.gui.use.answers import FOUND
from workbench.gui.use.camera import Camera
from workbench.gui.use.frames import FINDS, SECOND
from workbench.gui.use.place import PredictPlace
from workbench.gui.widgets.row_view import RIGHT_ROLE
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
    Seen,
    Unpaused,
    Watch,
)
from workbench.media.video.reader import VideoReader
from workbench.project.suggestions import suggestions_of
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


# --- videos ---------------------------------------------------------------------------------------


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return write_video(tmp_path / "film.mp4", 30, 10.0)


def frame(path: Path, number: int, *found: tuple[str, float, tuple[float, ...]]) -> dict[str, Any]:
    return {**detections(path, *found), "size": list(SIZE), "frame": number, "time": number / 10}


def look_at_film(place: PredictPlace, engine: AnsweringEngine, qtbot: QtBot, film: Path,
                 numbers: range) -> None:
    """The frames from the tenth on show a cat, the last one a dog, too."""
    ask(place, engine, qtbot, film)
    box = (5.0, 66.0, 30.0, 90.0)
    engine.answer([frame(film, number, *([("cat", 0.9, box)] if number >= 10 else []),
                         *([("dog", 0.6, (40.0, 66.0, 80.0, 90.0))] if number == 29 else []))
                   for number in numbers])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == len(numbers),
                    timeout=20_000)


def test_a_video_is_gone_through_by_frame(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, film: Path
) -> None:
    place = open_place(BOXES)
    page = place.page
    look_at_film(place, engine, qtbot, film, range(30))
    assert engine.asked[0].videos == {str(film): [0, 1]}
    assert shown(place)[10] == ("0:01.00  film.mp4", "cat", "1", "0.90")
    assert place.status()[0] == "30 frames   21 things found"
    qtbot.waitUntil(page.film.isVisible, timeout=20_000)
    loader = page.picture.frames

    def shows(number: int) -> bool:
        pixmap = loader.get(Shown(film, number, number / 10), QSize(*SIZE))
        if pixmap is None:
            return False
        image = pixmap.toImage()
        bits = [image.pixelColor(bit * SIDE + SIDE // 2, SIDE // 2).lightness() > 128
                for bit in range(BITS)]
        return sum(on << bit for bit, on in enumerate(bits)) == number

    qtbot.waitUntil(lambda: shows(0), timeout=20_000)
    page.film.slider.setFocus()
    for _ in range(12):
        QTest.keyClick(page.film.slider, Qt.Key.Key_Right)
    assert page.picture.item is not None and page.picture.item["frame"] == 12
    assert page.film.time.text() == "0:01.20  frame 12"
    assert page.view.currentIndex().row() == 12, "the row follows"
    qtbot.waitUntil(lambda: shows(12), timeout=20_000)
    page.view.selectRow(29)
    assert page.film.slider.value() == 29, "and so does the slider"
    qtbot.waitUntil(lambda: set(page.film.chart.curves) == {"cat", "dog"}, timeout=20_000)
    assert list(page.film.chart.curves["dog"].series.y) == [0.0] * 29 + [1.0]
    page.sliders["score"].set_value(0.7)
    qtbot.waitUntil(lambda: set(page.film.chart.curves) == {"cat"}, timeout=20_000)
    played: list[int] = []
    page.film.moved.connect(lambda item: played.append(item.frame))
    page.film.play.click()
    qtbot.waitUntil(lambda: played[:3] == [0, 1, 2], timeout=20_000)
    page.clear_button.click()
    assert not page.film.isVisible() and not page.film.play.isChecked(), "it stands still"


def test_a_video_that_was_cancelled_goes_on_where_it_was(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, film: Path
) -> None:
    place = open_place(BOXES)
    place.page.every_box.setCurrentIndex(place.page.every_box.findData(5))
    ask(place, engine, qtbot, film)
    assert engine.asked[0].videos == {str(film): [0, 5]}
    engine.answer([frame(film, 0), frame(film, 5)], end=False)
    qtbot.waitUntil(lambda: len(place.answers.all) == 2, timeout=20_000)
    place.page.cancel_button.click()
    qtbot.waitUntil(lambda: not place.page.again_button.isHidden(), timeout=20_000)
    place.page.again_button.click()
    qtbot.waitUntil(lambda: len(engine.asked) == 2, timeout=20_000)
    assert engine.asked[1].videos == {str(film): [10, 5]}
    engine.answer([frame(film, number) for number in range(10, 30, 5)])
    qtbot.waitUntil(place.page.again_button.isHidden, timeout=20_000)
    assert [item.frame for item in place.answers.films[str(film)]] == list(range(0, 30, 5))
    qtbot.waitUntil(lambda: place.page.film.slider.maximum() == 5, timeout=20_000)


@pytest.mark.parametrize(("which", "numbers"), [
    (FINDS, range(10, 30)), (SECOND, (0, 10, 20))])
def test_frames_become_images_of_the_project_with_suggestions(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, film: Path,
    which: str, numbers: Sequence[int]
) -> None:
    place = open_place(BOXES)
    session = place._context.session
    assert session is not None
    look_at_film(place, engine, qtbot, film, range(30))
    folder = session.folder / session.manifest.layout.images
    keys = [(folder / f"film-{number:06d}.jpg").relative_to(session.folder).as_posix()
            for number in numbers]
    for _ in range(2):  # a second time, nothing is doubled
        place.keeping.add_suggestions(which)
        qtbot.waitUntil(lambda: all(session.index.row(key) is not None for key in keys)
                        and not place.keeping.busy, timeout=20_000)
        written = sorted(path.name for path in session.folder.rglob("film-*.jpg"))
        assert written == [Path(key).name for key in keys]
    store = suggestions_of(session)
    for key, number in zip(keys, numbers, strict=True):
        labels = [item.label for item in store.of(key)]
        assert labels == (["cat", "dog"] if number == 29 else ["cat"] if number >= 10 else [])
        with Image.open(session.folder / key) as picture:
            assert number_shown(np.asarray(picture.convert("RGB"))) == number


def test_images_from_elsewhere_come_once_and_never_beside_others_labels(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path
) -> None:
    place = open_place(BOXES)
    session = place._context.session
    assert session is not None
    folder = session.folder / session.manifest.layout.images
    (folder / "a.xml").write_text("<annotation/>")  # of another image called so
    ask(place, engine, qtbot, night)
    engine.answer([detections(night / name, ("cat", 0.9, (1, 1, 20, 20)))
                   for name in ("a.png", "b.png")])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == 2, timeout=20_000)
    keys = [(folder / name).relative_to(session.folder).as_posix()
            for name in ("a-2.png", "b.png")]
    for _ in range(2):
        place.keeping.add_suggestions()
        qtbot.waitUntil(lambda: all(session.index.row(key) is not None for key in keys)
                        and not place.keeping.busy, timeout=20_000)
        assert sorted(path.name for path in folder.glob("*.png")) == ["a-2.png", "b.png"]
    assert [len(suggestions_of(session).of(key)) for key in keys] == [1, 1]


def test_tables_and_a_drawn_video_of_frames(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, film: Path,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = open_place(BOXES)
    look_at_film(place, engine, qtbot, film, range(0, 30, 2))
    monkeypatch.setattr(QFileDialog, "getSaveFileName",
                        lambda *_: (str(tmp_path / "table.csv"), ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    place.keeping.save_table(False)
    qtbot.waitUntil((tmp_path / "table.csv").is_file, timeout=20_000)
    lines = (tmp_path / "table.csv").read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("file,frame,time,label,score")
    assert lines[1].startswith(f"{film},10,1.0,cat,0.9,")
    qtbot.waitUntil(lambda: not place.keeping.busy, timeout=20_000)
    place.keeping.save_files("draw")
    drawn = tmp_path / "drawn" / "film.mp4"
    qtbot.waitUntil(drawn.is_file, timeout=20_000)
    with VideoReader(drawn) as reader:
        frames = list(reader.frames())
    assert [number_shown(item.pixels) for item in frames] == list(range(0, 30, 2))
    assert reader.rate == pytest.approx(5)
    color = np.array(place.colors.color("cat").getRgb()[:3], float)
    close = np.abs(frames[-1].pixels - color).max(2) < 90
    assert close[66:90, 4:7].mean() > 0.3, "the left edge of the box"


def test_things_are_followed_and_a_click_shows_when_one_began(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, film: Path,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = open_place(BOXES)
    bar = place.page.film
    look_at_film(place, engine, qtbot, film, range(30))
    qtbot.waitUntil(bar.isVisible, timeout=20_000)
    bar.chips["tracks"].click()
    qtbot.waitUntil(lambda: len(bar.tracks.model.tracks) == 1, timeout=20_000)
    index = bar.tracks.model.index(0)
    assert index.data() == "cat 1" and index.data(RIGHT_ROLE) == "0:01.00 – 0:02.90"
    assert bar.chips["tracks"].text().split() == ["Tracks", "1"]
    assert bar.tracks.sums.text() == "1 cat"
    QTest.mouseClick(bar.tracks.view.viewport(), Qt.MouseButton.LeftButton,
                     pos=bar.tracks.view.visualRect(index).center())
    assert bar.slider.value() == 10
    monkeypatch.setattr(QFileDialog, "getSaveFileName",
                        lambda *_: (str(tmp_path / "tracks.csv"), ""))
    place.keeping.save_tracks()
    qtbot.waitUntil((tmp_path / "tracks.csv").is_file, timeout=20_000)
    assert (tmp_path / "tracks.csv").read_text("utf-8-sig").splitlines()[1] == \
        f"{film},1,cat,10,1.0,29,2.9,20,0.9"
    place.page.sliders["score"].set_value(0.95)
    qtbot.waitUntil(lambda: not bar.tracks.model.tracks, timeout=20_000)
    assert bar.tracks.sums.text() == "Nothing was seen for long enough"


# --- camera ---------------------------------------------------------------------------------------


@pytest.fixture
def camera(open_place: Callable[..., PredictPlace], monkeypatch: pytest.MonkeyPatch
           ) -> tuple[PredictPlace, Callable[[str], None]]:
    """Predict with an open camera, and what gives it a picture of one colour."""
    place = open_place(BOXES)
    live = place.live
    sink = QVideoSink(live)
    live.camera.take_from(sink)
    monkeypatch.setattr(live.camera, "start", lambda: None)

    def show(color: str) -> None:
        image = QImage(1280, 720, QImage.Format.Format_RGB32)
        image.fill(QColor(color))
        sink.setVideoFrame(QVideoFrame(image))

    place.camera_link.click()
    assert live.running and place.page.right.currentWidget() is live
    return place, show


def color_of(frame: CameraFrame) -> tuple[int, int, int]:
    image = QImage.fromData(QByteArray.fromBase64(frame.jpeg.encode()))
    assert (image.width(), image.height()) == (640, 360)
    found = image.pixelColor(300, 200)
    return tuple(round(part / 255) for part in (found.red(), found.green(), found.blue()))


def test_pictures_of_a_camera_are_dropped_and_never_wait(
    camera: tuple[PredictPlace, Callable[[str], None]], engine: AnsweringEngine, qtbot: QtBot
) -> None:
    place, show = camera
    live = place.live
    qtbot.waitUntil(lambda: engine.watch is not None, timeout=20_000)
    assert engine.watch is not None and engine.watch.run == BOXES.run
    assert engine.watch.score_thresh < 0.1
    job = engine.watch.job
    for color in ("#ff0000", "#00ff00", "#0000ff", "#ffff00"):
        show(color)
    qtbot.waitUntil(lambda: len(engine.frames) == 1, timeout=20_000)
    assert color_of(engine.frames[0]) == (1, 0, 0) and live.left_out == 2
    item = {"file": "", "size": [640, 360], "boxes": [[200.0, 100.0, 400.0, 300.0]],
            "labels": ["cat"], "scores": [0.8]}
    engine.on_event(Seen(job, 1, item, 0.01))
    qtbot.waitUntil(lambda: len(engine.frames) == 2, timeout=20_000)
    assert color_of(engine.frames[1]) == (1, 1, 0), "the newest"
    assert live.picture.item is not None and live.picture.item["labels"] == ["cat"]
    assert "ms behind the camera" in live.words.text() and "2 left out" in live.words.text()
    edge = place.colors.color("cat").rgb()

    def drawn() -> bool:
        image = live.picture.grab().toImage()
        return any(image.pixelColor(x, y).rgb() == edge for x in range(0, image.width(), 3)
                   for y in range(0, image.height(), 2))

    qtbot.waitUntil(drawn, timeout=20_000)
    place.page.sliders["score"].set_value(0.9)
    qtbot.waitUntil(lambda: not drawn(), timeout=20_000)
    place._context.go("images")
    assert not live.running, "no camera runs unseen"
    qtbot.waitUntil(lambda: engine.steered == ["cancel"], timeout=20_000)


def test_a_camera_that_is_unplugged_is_told(
    camera: tuple[PredictPlace, Callable[[str], None]], engine: AnsweringEngine, qtbot: QtBot
) -> None:
    place, _show = camera
    said: list[tuple[str, str]] = []
    place._context.message.connect(lambda kind, text: said.append((kind, text)))
    place.live.camera.failed.emit("The camera was unplugged.")
    assert not place.live.running and place.empty.isVisible()
    assert said == [("warn", "The camera was unplugged.")]


def test_without_a_camera_that_is_said(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QMediaDevices, "defaultVideoInput", lambda: QCameraDevice())
    camera = Camera()
    with qtbot.waitSignal(camera.failed) as failed:
        camera.start()
    assert failed.args == ["No camera was found. Plug one in and try again."]
