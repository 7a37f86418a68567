"""Predict on the camera and the screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QByteArray, QCoreApplication, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtMultimedia import QCameraDevice, QMediaDevices, QVideoFrame, QVideoSink
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.gui.conftest import draw_photos
from tests.gui.predict.answering import BOXES, AnsweringEngine, look_at_film
from workbench.gui.app.context import Message
from workbench.gui.predict.camera import Camera
from workbench.gui.predict.live import CameraView
from workbench.gui.predict.place import PredictPlace
from workbench.gui.shell.main_window import MainWindow
from workbench.jobs.commands import CameraFrame, Train, TrainRequest
from workbench.jobs.events import Finished, Paused, WatchResult
from workbench.project.counting import read_places


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

    place.empty.live_link.click()
    assert live.running and place.page.right.currentWidget() is live
    return place, show


def color_of(frame: CameraFrame) -> tuple[int, int, int]:
    image = QImage.fromData(QByteArray.fromBase64(frame.jpeg.encode()))
    assert (image.width(), image.height()) == (640, 360)
    found = image.pixelColor(300, 200)
    return tuple(round(part / 255) for part in (found.red(), found.green(), found.blue()))


def test_pictures_of_a_camera_are_dropped_and_never_wait(
    camera: tuple[PredictPlace, Callable[[str], None]], engine: AnsweringEngine, qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch
) -> None:
    place, show = camera
    live = place.live
    qtbot.waitUntil(lambda: engine.watch is not None, timeout=30_000)
    assert engine.watch is not None and engine.watch.run == BOXES.run
    assert engine.watch.score_thresh < 0.1
    job = engine.watch.job
    for color in ("#ff0000", "#00ff00", "#0000ff", "#ffff00"):
        show(color)
    qtbot.waitUntil(lambda: len(engine.frames) == 1, timeout=30_000)
    assert color_of(engine.frames[0]) == (1, 0, 0) and live.left_out == 2
    item = {"file": "", "size": [640, 360], "boxes": [[200.0, 100.0, 400.0, 300.0]],
            "labels": ["cat"], "scores": [0.8]}
    engine.on_event(WatchResult(job, 1, item, 0.01))
    qtbot.waitUntil(lambda: len(engine.frames) == 2, timeout=30_000)
    assert color_of(engine.frames[1]) == (1, 1, 0), "the newest"
    assert live.picture.item is not None and live.picture.item["labels"] == ["cat"]
    assert "ms behind the camera" in live.words.full_text()
    assert "2 left out" in live.words.full_text()
    with monkeypatch.context() as patch:
        patch.setattr(CameraView, "rate", 1.2)
        engine.on_event(WatchResult(job, 2, item, 0.01))
        qtbot.waitUntil(lambda: "   1 picture a second   " in live.words.full_text(),
                        timeout=30_000)
    edge = place.colors.color("cat").rgb()

    def drawn() -> bool:
        image = live.picture.grab().toImage()
        return any(image.pixelColor(x, y).rgb() == edge for x in range(0, image.width(), 3)
                   for y in range(0, image.height(), 2))

    qtbot.waitUntil(drawn, timeout=30_000)
    place.page.sliders["score"].set_value(0.9)
    qtbot.waitUntil(lambda: not drawn(), timeout=30_000)
    place._context.go("images")
    assert not live.running, "no camera runs unseen"
    qtbot.waitUntil(lambda: engine.steered == ["cancel"], timeout=30_000)


def test_a_training_stands_still_for_the_camera_where_one_wants_that(
    camera: tuple[PredictPlace, Callable[[str], None]], engine: AnsweringEngine, qtbot: QtBot,
    tmp_path: Path
) -> None:
    place, _show = camera
    place.live.stop()
    context = place._context
    told: list[Message] = []
    context.announced.connect(told.append)
    context.engine.send(Train("t", str(tmp_path), TrainRequest()))
    place.empty.live_link.click()
    assert not place.live.running and told[-1].sentence.startswith("A model is being trained.")
    engine.watch, engine.steered = None, []
    assert told[-1].action is not None and told[-1].action_text == "Look now"
    told[-1].action()
    # that the first one was stopped may be heard of only now
    qtbot.waitUntil(lambda: engine.steered[-1:] == ["aside"] and engine.watch is not None,
                    timeout=30_000)
    assert place.live.running and engine.watch is not None
    engine.on_event(Paused("t"))
    engine.on_event(Finished(engine.watch.job, "stopped", {}))
    qtbot.waitUntil(lambda: not place.live.running, timeout=30_000)
    assert told[-1].sentence == "This ended early, as the training was resumed or ended."
    place.empty.live_link.click()
    assert place.live.running, "it stands still, so nothing has to be asked"


def test_what_crosses_a_line_before_the_camera_is_counted(
    camera: tuple[PredictPlace, Callable[[str], None]], engine: AnsweringEngine, qtbot: QtBot,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, show = camera
    live, counting = place.live, place.live.counting
    qtbot.waitUntil(lambda: engine.watch is not None, timeout=30_000)
    assert engine.watch is not None
    place.places.show("")  # of videos: none is shown

    def look(number: int, x: float) -> None:
        show("#808080")
        qtbot.waitUntil(lambda: len(engine.frames) == number, timeout=30_000)
        engine.on_event(WatchResult(engine.frames[-1].job, number, {
            "file": "", "size": [640, 360], "boxes": [[x, 100.0, x + 120, 200.0]],
            "labels": ["cat"], "scores": [0.8]}, 0.01))

    look(1, 0.0)
    qtbot.waitUntil(lambda: counting.overlay._area is not None, timeout=30_000)
    counting.tools.line.click()
    QTest.keyClick(counting.overlay, Qt.Key.Key_Return)
    [line] = counting.places.places
    assert line.points == ((64.0, 180.0), (576.0, 180.0))
    counting.places.change(replace(line, points=((320.0, 350.0), (320.0, 10.0))))
    for number in range(2, 12):
        look(number, 50.0 * number)
    qtbot.waitUntil(lambda: counting.view.table.texts() == [("Line 1", "cat", "1", "0", "")],
                    timeout=30_000)
    assert live.picture.item is not None and live.picture.item["tracks"] == [1]
    live.stop()
    place.page.camera_button.click()
    assert live.running and len(counting.tally.passings) == 1, "it goes on counting"
    for number in range(12, 23):
        look(number, 50.0 * (number - 12))
    assert [item.track for item in counting.tally.passings] == [1, 2]
    counting.anew_button.click()
    assert counting.confirm.text.startswith("Forget 2 events?")
    counting.confirm.yes.click()
    assert counting.tally.in_order() == [] and not counting.save_button.isEnabled()
    for number in range(23, 34):
        look(number, 50.0 * (number - 23))
    assert [item.track for item in counting.tally.passings] == [1]
    QTest.keyClick(place, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert counting.places.places == (line,)
    QTest.keyClick(place, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert counting.tally.passings == [], "a line that was moved counts anew"
    session = place._context.session
    assert session is not None
    qtbot.waitUntil(lambda: list(read_places(session.folder)) == ["camera"], timeout=30_000)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "e.csv"), ""))
    for number in range(34, 56):
        look(number, 50.0 * ((number - 34) % 11))
    events = counting.tally.in_order()
    window = place.window()
    assert counting.tally.passings and isinstance(window, MainWindow)
    for folder in (draw_photos(tmp_path / "other", ["one.jpg"]), session.folder):
        window._projects.open(folder)
        assert counting.tally.in_order() == [] and "2 events that a camera" in place.may_close()
        qtbot.waitUntil(lambda: place.models == [BOXES], timeout=30_000)
        assert counting.places.drawn.folder == folder
    place.live_side.open_camera()
    assert counting.tally.in_order() == events, "what was counted is there in its project"
    counting.save_events()
    assert (tmp_path / "e.csv").read_text("utf-8-sig").startswith("file,time,frame,event,")
    assert place.may_close() == ""


def test_a_camera_that_is_unplugged_is_told(
    camera: tuple[PredictPlace, Callable[[str], None]], engine: AnsweringEngine, qtbot: QtBot
) -> None:
    place, _show = camera
    said: list[tuple[str, str]] = []
    place._context.message.connect(lambda kind, text: said.append((kind, text)))
    place.live.camera.failed.emit("The camera was unplugged.")
    assert not place.live.running and place.empty.isVisible()
    assert said == [("warn", "The camera was unplugged.")]


def test_the_screen_is_watched_and_that_is_said(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, film: Path,
    monkeypatch: pytest.MonkeyPatch
) -> None:
    place = open_place(BOXES)
    live = place.live
    look_at_film(place, engine, qtbot, film, range(1))
    said: list[str] = []
    place._context.message.connect(lambda _kind, text: said.append(text))
    sink = QVideoSink(live)
    live.screen_camera.take_from(sink)
    monkeypatch.setattr(live.screen_camera, "start", lambda: None)
    place.page.screen_link.click()
    assert live.running and said[-1].startswith("The model sees all that is on this screen")
    image = QImage(1280, 720, QImage.Format.Format_RGB32)
    image.fill(QColor("#0000ff"))
    sink.setVideoFrame(QVideoFrame(image))
    qtbot.waitUntil(lambda: len(engine.frames) == 1, timeout=30_000)
    assert color_of(engine.frames[0]) == (0, 0, 1) and live.counting.places.file == "screen"
    live.screen_camera.failed.emit("The screen cannot be watched: it is locked.")
    assert not live.running and said[-1] == "The screen cannot be watched: it is locked."


def test_without_a_camera_that_is_said(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QMediaDevices, "defaultVideoInput", lambda: QCameraDevice())
    camera = Camera()
    with qtbot.waitSignal(camera.failed) as failed:
        camera.start()
    assert failed.args == ["No camera was found. Plug one in and try again."]


@pytest.mark.parametrize(("state", "said"), [
    (Qt.PermissionStatus.Denied, "The system does not let the program use the camera."),
    (Qt.PermissionStatus.Undetermined, "The system asks whether the camera may be used.")])
def test_a_camera_that_the_system_withholds_is_told(
        qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, state: Qt.PermissionStatus,
        said: str) -> None:
    there = SimpleNamespace(isNull=lambda: False, id=lambda: QByteArray(b"1"))
    monkeypatch.setattr(QMediaDevices, "defaultVideoInput", lambda: there)
    monkeypatch.setattr(QCoreApplication, "checkPermission", lambda app, permission: state)
    asked: list[object] = []
    monkeypatch.setattr(QCoreApplication, "requestPermission",
                        lambda app, permission, owner, answer: asked.append(owner))
    camera = Camera()
    with qtbot.waitSignal(camera.failed) as failed:
        camera.start()
    assert failed.args[0].startswith(said)
    assert asked == ([camera] if state is Qt.PermissionStatus.Undetermined else [])
