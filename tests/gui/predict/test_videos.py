"""Predict on videos: frame by frame, things that are followed, lines and zones."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.gui.predict.answering import (
    BOXES,
    CLASSES,
    AnsweringEngine,
    ask,
    detections,
    frame,
    look_at_film,
    shown,
)
from tests.support.tiny_video import BITS, SIDE, SIZE
from workbench.core.video import Shown
from workbench.gui.predict.place import PredictPlace
from workbench.project.counting import read_places


def test_a_video_is_gone_through_by_frame(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, film: Path,
    night: Path
) -> None:
    place = open_place(BOXES)
    page = place.page
    look_at_film(place, engine, qtbot, film, range(30))
    assert engine.asked[0].videos == {str(film): [0, 1]}
    assert shown(place)[10] == ("0:01.00  film.mp4", "cat", "1", "0.90")
    assert place.status()[0] == "30 frames   21 objects found"
    qtbot.waitUntil(page.film.isVisible, timeout=30_000)
    loader = page.picture.frames

    def shows(number: int) -> bool:
        pixmap = loader.get(Shown(film, number, number / 10), QSize(*SIZE))
        if pixmap is None:
            return False
        image = pixmap.toImage()
        bits = [image.pixelColor(bit * SIDE + SIDE // 2, SIDE // 2).lightness() > 128
                for bit in range(BITS)]
        return sum(on << bit for bit, on in enumerate(bits)) == number

    qtbot.waitUntil(lambda: shows(0), timeout=30_000)
    page.film.slider.setFocus()
    for _ in range(12):
        QTest.keyClick(page.film.slider, Qt.Key.Key_Right)
    assert page.picture.item is not None and page.picture.item["frame"] == 12
    assert page.film.time.text() == "0:01.20  frame 12"
    assert page.view.currentIndex().row() == 12, "the row follows"
    qtbot.waitUntil(lambda: shows(12), timeout=30_000)
    page.view.selectRow(29)
    assert page.film.slider.value() == 29, "and so does the slider"
    for click, place_in_film in ((0.5, 14), (1.0, 29)):
        slider = page.film.slider
        QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(
            round(click * (slider.width() - 1)), slider.height() // 2))
        assert abs(slider.value() - place_in_film) <= 1, "it goes to that moment"
    qtbot.waitUntil(lambda: set(page.film.chart.curves) == {"cat", "dog"}, timeout=30_000)
    assert list(page.film.chart.curves["dog"].series.y) == [0.0] * 29 + [1.0]
    page.film.chart.ensure_loaded()
    left, below = (page.film.chart.plot.widget.getPlotItem().getAxis(side)
                   for side in ("left", "bottom"))
    assert left.labelText == "objects" and below.tickStrings([1.0], 1, 1) == ["1 s"]
    page.sliders["score"].set_value(0.7)
    qtbot.waitUntil(lambda: set(page.film.chart.curves) == {"cat"}, timeout=30_000)
    played: list[int] = []
    page.film.moved.connect(lambda item: played.append(item.frame))
    page.film.play.click()
    qtbot.waitUntil(lambda: played[:3] == [0, 1, 2], timeout=30_000)
    ask(place, engine, qtbot, night / "a.png")
    engine.answer([detections(night / "a.png")])
    qtbot.waitUntil(lambda: not place.job.state, timeout=30_000)
    assert place.status()[0] == "31 images and frames   20 objects found", "a video is one file"
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
    qtbot.waitUntil(lambda: len(place.answers.all) == 2, timeout=30_000)
    place.page.cancel_button.click()
    qtbot.waitUntil(lambda: not place.page.again_button.isHidden(), timeout=30_000)
    place.page.again_button.click()
    qtbot.waitUntil(lambda: len(engine.asked) == 2, timeout=30_000)
    assert engine.asked[1].videos == {str(film): [10, 5]}
    engine.answer([frame(film, number) for number in range(10, 30, 5)])
    qtbot.waitUntil(lambda: [item.frame for item in place.answers.films[str(film)]]
                    == list(range(0, 30, 5)), timeout=30_000)
    qtbot.waitUntil(place.page.again_button.isHidden, timeout=30_000)
    qtbot.waitUntil(lambda: place.page.film.slider.maximum() == 5, timeout=30_000)

    said: list[str] = []
    place._context.message.connect(lambda _tone, text: said.append(text))
    damaged = film.with_name("damaged.mp4")
    damaged.write_bytes(film.read_bytes())
    ask(place, engine, qtbot, damaged)
    reason = "damaged.mp4: the video is damaged: nothing after 0:00.50 (frame 5) can be read."
    engine.answer([frame(damaged, 0), frame(damaged, 5)],
                  [{"file": str(damaged), "reason": reason}])
    qtbot.waitUntil(lambda: bool(said), timeout=20_000)
    assert said == [f"Nothing found with these settings. {reason} "
                    "What was found until there is kept."]


def test_things_are_followed_and_a_click_shows_when_one_began(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, film: Path,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = open_place(BOXES)
    bar = place.page.film
    look_at_film(place, engine, qtbot, film, range(30))
    qtbot.waitUntil(bar.isVisible, timeout=30_000)
    bar.chips["tracks"].click()
    table = bar.tracks.table
    qtbot.waitUntil(lambda: table.texts() == [("cat 1", "0:01.00", "0:02.90", "20", "0.90")],
                    timeout=30_000)
    assert bar.chips["tracks"].text().split() == ["Tracks", "1"]
    assert bar.tracks.sums.text() == "1 cat"
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton,
                     pos=table.visualRect(table.model().index(0, 0)).center())
    assert bar.slider.value() == 10
    monkeypatch.setattr(QFileDialog, "getSaveFileName",
                        lambda *_: (str(tmp_path / "tracks.csv"), ""))
    place.keeping.save_film_table("tracks")
    qtbot.waitUntil((tmp_path / "tracks.csv").is_file, timeout=30_000)
    assert (tmp_path / "tracks.csv").read_text("utf-8-sig").splitlines()[1] == \
        f"{film},1,cat,10,1.0,29,2.9,20,0.9"
    for kind, rows in (("measurements", 1), ("positions", 20)):
        out = tmp_path / f"{kind}.csv"
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, out=out: (str(out), ""))
        place.keeping.save_film_table(kind)
        qtbot.waitUntil(out.is_file, timeout=30_000)
        with out.open(encoding="utf-8-sig", newline="") as stream:
            found = list(csv.DictReader(stream))
        assert len(found) == rows and found[0]["file"] == str(film)
        assert found[0]["track"] == "1" and found[0]["label"] == "cat"
    assert_ways(place, qtbot, tmp_path, monkeypatch)
    place.page.sliders["score"].set_value(0.95)
    qtbot.waitUntil(lambda: not table.texts(), timeout=30_000)
    assert bar.tracks.sums.text() == "Nothing was seen for long enough"


def assert_ways(place: PredictPlace, qtbot: QtBot, folder: Path,
                monkeypatch: pytest.MonkeyPatch) -> None:
    """The trajectories of what was followed are shown over a frame, lead to it and are saved."""
    bar, popup = place.page.film, place.keeping.trajectories
    bar.slider.setValue(0)
    QTest.mouseClick(bar.tracks.trajectories, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(popup.isVisible, timeout=30_000)
    assert [one.name for one in popup.view.trajectories] == ["cat 1"] and not popup.go.isEnabled()
    QTest.keyClick(popup.view, Qt.Key.Key_Down)
    assert popup.words.text() == "cat 1, from 0:01.00 to 0:02.90"
    QTest.mouseClick(popup.go, Qt.MouseButton.LeftButton)
    assert bar.slider.value() == 10 and not popup.isVisible()
    QTest.mouseClick(bar.tracks.trajectories, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(popup.isVisible, timeout=30_000)
    out = folder / "trajectories.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(out), ""))
    QTest.mouseClick(popup.keep, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(out.is_file, timeout=30_000)


def test_lines_and_zones_are_drawn_on_a_video_and_count(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, film: Path,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = open_place(BOXES)
    bar, picture = place.page.film, place.page.picture
    ask(place, engine, qtbot, film)
    engine.answer([frame(film, number, ("cat", 0.9, (4 * number, 40.0, 4 * number + 12.0, 52.0)))
                   for number in range(30)])
    qtbot.waitUntil(bar.isVisible, timeout=30_000)
    overlay = picture.overlay
    qtbot.waitUntil(lambda: overlay._area is not None, timeout=30_000)

    def at(x: float, y: float) -> QPoint:
        return overlay._view((x, y)).toPoint()

    def drag(begin: QPoint, end: QPoint) -> None:
        QTest.mousePress(overlay, Qt.MouseButton.LeftButton, pos=begin)
        QTest.mouseMove(overlay, (begin + end) / 2)
        QTest.mouseMove(overlay, end)
        QTest.mouseRelease(overlay, Qt.MouseButton.LeftButton, pos=end)

    bar.tools.line.click()
    drag(at(60, 90), at(60, 10))  # upwards: who goes to the right goes in
    assert not bar.tools.line.isChecked()
    counted = bar.counted_view.table
    qtbot.waitUntil(lambda: counted.texts() == [("Line 1", "cat", "1", "0", "")], timeout=30_000)
    bar.tools.turn.click()
    qtbot.waitUntil(lambda: counted.texts() == [("Line 1", "cat", "0", "1", "")], timeout=30_000)
    drag(at(60, 50), at(120, 50))  # the cat does not get there
    qtbot.waitUntil(lambda: counted.texts() == [("Line 1", "", "0", "0", "")], timeout=30_000)
    assert [round(x) for x, _ in place.places.places[0].points] == [120, 120]
    QTest.keyClick(place, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(place, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    bar.tools.zone.click()
    for corner in ((20, 30), (80, 30), (80, 70), (20, 70)):
        QTest.mouseClick(overlay, Qt.MouseButton.LeftButton, pos=at(*corner))
    QTest.keyClick(overlay, Qt.Key.Key_Return)
    assert place.places.rename("Zone 1", "yard") and not place.places.rename("yard", "Line 1")
    qtbot.waitUntil(lambda: counted.texts() == [("Line 1", "cat", "1", "0", ""),
                                                ("yard", "cat", "1", "1", "1.5 s")],
                    timeout=30_000)
    bar.chips["events"].click()
    assert bar.events.texts() == [
        ("0:00.40", "entered", "cat 1", "yard", ""),
        ("0:01.40", "crossed in", "cat 1", "Line 1", ""),
        ("0:01.90", "left", "cat 1", "yard", "1.5 s"), ("0:02.00", "seen", "cat 1", "", "2.9 s")]
    bar.events.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    row = bar.events.visualRect(bar.events.model().index(0, 0)).center()
    QTest.mouseClick(bar.events.viewport(), Qt.MouseButton.LeftButton, pos=row)
    assert bar.slider.value() == 14
    assert bar.words_of(place.places.places[0]) == "Line 1  1 in, 0 out"
    assert picture.item is not None and picture.item["tracks"] == [1]
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "e.csv"), ""))
    place.keeping.save_film_table("events")
    qtbot.waitUntil((tmp_path / "e.csv").is_file, timeout=30_000)
    assert len((tmp_path / "e.csv").read_text("utf-8-sig").splitlines()) == 5
    session = place._context.session
    assert session is not None
    drawn = place.places.places
    qtbot.waitUntil(lambda: read_places(session.folder) == {str(film): drawn}, timeout=30_000)
    overlay.setFocus()
    place.places.choose("yard")
    QTest.keyClick(overlay, Qt.Key.Key_Delete)
    assert [item.name for item in place.places.places] == ["Line 1"]


def test_a_classifier_shows_the_classes_of_frames_over_time(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, film: Path
) -> None:
    place = open_place(CLASSES)
    page = place.page
    ask(place, engine, qtbot, film)
    assert engine.asked[0].videos == {str(film): [0, 1]}

    def said(number: int) -> dict[str, Any]:
        ant = 0.9 if number < 20 else 0.4 if number < 25 else 0.1
        return {"file": str(film), "frame": number, "time": number / 10,
                "label": "ant" if ant > 0.45 else "bee", "scores": {"ant": ant, "bee": 1 - ant}}

    engine.answer([said(number) for number in range(30)])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == 30, timeout=30_000)
    page.sliders["score"].set_value(0.7)
    qtbot.waitUntil(lambda: place.status()[0] == "30 frames, 5 without a class", timeout=30_000)
    assert shown(place)[19][1] == "ant" and shown(place)[22][1] == "none"
    titles = [place.answers.headerData(column, Qt.Orientation.Horizontal) for column in (1, 3)]
    assert titles == ["Class", "Score"] and page.view.isColumnHidden(2)
    qtbot.waitUntil(lambda: page.chips["nothing"].text().split() == ["None", "5"],
                    timeout=30_000)
    qtbot.waitUntil(page.film.isVisible, timeout=30_000)
    assert not page.film.tools.isVisible() and not page.film.chips.isVisible()
    qtbot.waitUntil(lambda: set(page.film.chart.curves) == {"ant", "bee"}, timeout=30_000)
    qtbot.waitUntil(lambda: list(page.film.chart.curves["bee"].series.y) == [0.0] * 25 + [1.0] * 5,
                    timeout=30_000)
