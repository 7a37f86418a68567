"""Predict on videos and the camera."""

from __future__ import annotations

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

from tests.gui.test_predict_place import (
    BOXES,
    AnsweringEngine,
    ask,
    detections,
    engine,
    night,
    open_place,
    shown,
)
from tests.support.tiny_video import BITS, SIDE, SIZE, number_shown, write_video
from workbench.core.video import Shown
from workbench.gui.use.camera import Camera
from workbench.gui.use.frames import FINDS, SECOND
from workbench.gui.use.place import PredictPlace
from workbench.gui.widgets.row_view import RIGHT_ROLE
from workbench.jobs.messages import (
    CameraFrame,
    Seen,
)
from workbench.media.video.reader import VideoReader
from workbench.project.suggestions import suggestions_of

__all__ = ["engine", "night", "open_place"]


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
