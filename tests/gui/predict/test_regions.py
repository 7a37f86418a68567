"""What was found in sounds, seen on spectrograms and heard one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QObject, QPoint, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.predict.answering import SOUNDS, AnsweringEngine, ask
from workbench.extension.predictions import RegionInSound
from workbench.gui.label.sounds.player import Playback
from workbench.gui.predict.place import PredictPlace
from workbench.gui.predict.regions.browser import RegionBrowser
from workbench.gui.predict.regions.checking import Checking
from workbench.project.checked_regions import checked_path, read_checked

SECONDS = 40.0
OTHER = replace(SOUNDS, run="2026-11-21-sound", title="Sound #2")


def answer(path: Path, *found: tuple[str, float, float, float]) -> dict[str, Any]:
    """Of each region the class, from and to when it is, and the score."""
    return {"file": str(path), "label": "owl", "seconds": SECONDS, "nyquist": 4000.0,
            "scores": {"wren": 0.2, "owl": 0.8},
            "regions": [{"label": label, "start": start, "end": end, "score": score,
                         "low": 500.0, "high": 2000.0} for label, start, end, score in found]}


@pytest.fixture
def night(tmp_path: Path) -> Path:
    folder = tmp_path / "night"
    folder.mkdir()
    noise = np.random.default_rng(1).normal(size=round(SECONDS * 8000)) * 0.05
    for name in ("a", "b"):
        soundfile.write(folder / f"{name}.wav", noise, 8000)
    (folder / "c.wav").write_bytes(b"no sound")
    return folder


class Heard:
    """Predict with what a model found in two recordings, and a player that notes what it plays."""

    def __init__(self, place: PredictPlace, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
        self.place, self.qtbot = place, qtbot
        self.played: list[tuple[str, float, float]] = []
        monkeypatch.setattr(self.regions.player, "play", self._play)

    @property
    def regions(self) -> RegionBrowser:
        return self.place.page.regions

    def _play(self, what: Playback) -> bool:
        self.played.append((what.path.name, what.start, what.stop))
        return True

    def key(self, key: Qt.Key) -> None:
        QTest.keyClick(self.place.page.view, key)

    def shown(self) -> tuple[str, float]:
        """The file and the beginning of the region that is chosen."""
        view = self.regions.view
        return view.path.name if view.path else "", view.regions[view.current].start

    def tiles(self) -> list[tuple[str, float, float]]:
        return [(entry.region.label, entry.region.start, entry.region.score)
                for entry in self.regions.found.entries]

    def wait(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=30_000)

    def click(self, widget: QWidget, place: QRectF) -> None:
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=place.center().toPoint())


@pytest.fixture
def heard(open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot,
          night: Path, monkeypatch: pytest.MonkeyPatch) -> Heard:
    place = open_place(SOUNDS, OTHER)
    heard = Heard(place, qtbot, monkeypatch)
    ask(place, engine, qtbot, night)
    engine.answer([answer(night / "a.wav", ("owl", 20.0, 20.5, 0.7), ("wren", 5.0, 6.0, 0.95),
                          ("owl", 30.0, 30.4, 0.3)),
                   answer(night / "b.wav", ("owl", 12.0, 12.8, 0.9))],
                  [{"file": str(night / "c.wav"), "reason": "c.wav: this sound cannot be read."}])
    heard.wait(lambda: not place.job.state and len(place.answers.all) == 3)
    heard.wait(lambda: heard.regions.view.source.info is not None)
    return heard


def test_regions_are_seen_and_heard_one_after_the_other(heard: Heard) -> None:
    view = heard.regions.view
    assert [(region.label, region.start) for region in view.canvas.regions] == [
        ("wren", 5.0), ("owl", 20.0)], "by time; the faint one is below the slider"
    assert view.canvas.time.fits and heard.place.page.panes.isHidden()
    heard.key(Qt.Key.Key_BracketRight)
    assert heard.shown() == ("a.wav", 5.0) and heard.played == [("a.wav", 4.0, 7.0)]
    assert 3.0 < view.canvas.time.start <= 4.0 and 7.0 <= view.canvas.time.end < 8.0
    view.around_box.setCurrentIndex(0)
    view.around_box.activated.emit(0)
    heard.key(Qt.Key.Key_BracketRight)
    heard.key(Qt.Key.Key_BracketRight)
    heard.wait(lambda: view.source.info is not None)
    assert heard.shown() == ("b.wav", 12.0), "behind the last one, the next file"
    assert heard.played[1:] == [("a.wav", 20.0, 20.5), ("b.wav", 12.0, 12.8)]
    heard.wait(lambda: view.canvas.time.start <= 12.0 and view.canvas.time.end < 20.0)
    heard.key(Qt.Key.Key_BracketLeft)
    heard.wait(lambda: view.source.info is not None)
    assert heard.shown() == ("a.wav", 20.0)
    heard.key(Qt.Key.Key_Space)
    assert heard.played[-1] == ("a.wav", 20.0, 20.5)

    heard.wait(lambda: view.canvas.time.end < 30.0)
    view.each.setChecked(False)
    heard.played.clear()
    heard.key(Qt.Key.Key_BracketLeft)
    assert heard.shown() == ("a.wav", 5.0) and not heard.played, "only seen"
    heard.wait(lambda: view.canvas.time.end < 20.0)
    heard.click(view.canvas, view.canvas.rect_of(view.regions[0]))
    assert heard.played == [("a.wav", 5.0, 6.0)], "what is clicked is heard in any case"
    heard.place.page.sliders["score"].set_value(0.8)
    heard.wait(lambda: len(view.regions) == 1)
    assert view.table.texts() == [
        ("wren", "", "5.00", "6.00", "0.95", "500–2,000 Hz")]


def test_all_regions_of_a_class_are_looked_through(heard: Heard) -> None:
    regions, page = heard.regions, heard.place.page
    page.gallery_button.click()
    heard.wait(lambda: len(heard.tiles()) == 3)
    assert heard.tiles() == [("wren", 5.0, 0.95), ("owl", 12.0, 0.9), ("owl", 20.0, 0.7)]
    assert [regions.class_box.itemText(at) for at in range(3)] == [
        "All classes", "owl (2)", "wren (1)"]
    regions.class_box.setCurrentIndex(1)
    regions.class_box.activated.emit(1)
    heard.wait(lambda: heard.tiles() == [("owl", 12.0, 0.9), ("owl", 20.0, 0.7)])
    gallery = regions.gallery
    tile = gallery.visualRect(regions.found.index(0))
    heard.click(gallery.viewport(), QRectF(tile))
    assert heard.shown() == ("b.wav", 12.0) and heard.played == [("b.wav", 11.0, 13.8)]
    QTest.keyClick(gallery, Qt.Key.Key_Right)
    assert heard.shown() == ("a.wav", 20.0), "the keys go on, to another file, too"
    heard.key(Qt.Key.Key_BracketLeft)
    assert heard.shown() == ("b.wav", 12.0) and gallery.row == 0
    QTest.keyClick(gallery, Qt.Key.Key_Return)
    canvas = regions.view.canvas
    assert not gallery.isVisible() and canvas.hasFocus()
    QTest.keyClick(canvas, Qt.Key.Key_BracketRight)
    assert heard.shown() == ("a.wav", 20.0), "in the order of the list that is not in view"
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert gallery.isVisible() and gallery.hasFocus()
    page.search.setText("a.wav")
    heard.wait(lambda: heard.tiles() == [("owl", 20.0, 0.7)])
    page.search.setText("no such file")
    heard.wait(lambda: not heard.tiles() and regions.checked.text().startswith("No region to show"))
    page.search.clear()
    page.sliders["score"].set_value(0.25)
    heard.wait(lambda: len(heard.tiles()) == 3)
    at = regions.order_box.findData("least")
    regions.order_box.setCurrentIndex(at)
    regions.order_box.activated.emit(at)
    heard.wait(lambda: [score for *_, score in heard.tiles()] == [0.3, 0.7, 0.9])


def test_regions_are_checked_and_the_precision_is_said(
    heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    regions, page = heard.regions, heard.place.page
    session = heard.place._context.session
    assert session is not None
    checked_path(session.folder, SOUNDS.run).parent.mkdir(parents=True)
    page.gallery_button.click()
    heard.wait(lambda: len(heard.tiles()) == 3)
    of_night = regions.found.keys
    heard.key(Qt.Key.Key_BracketRight)
    assert heard.shown() == ("a.wav", 5.0) and regions.save_checked.isHidden()
    assert "right (A)" in regions.checked.text(), "how one checks is said before"
    heard.key(Qt.Key.Key_A)
    assert heard.shown() == ("b.wav", 12.0), "the next one follows"
    heard.key(Qt.Key.Key_X)
    said: list[str] = []
    heard.place._context.message.connect(lambda _tone, text: said.append(text))
    heard.key(Qt.Key.Key_A)
    assert said == ["That was the last one. The same key again takes back what you said."]
    assert regions.checked.text() == (
        "2 of 3 checked are right (67 %). By score: 0.9 to 1: 1 of 2, 0.7 to 0.8: 1 of 1.")
    assert [row[:2] for row in regions.view.table.texts()] == [
        ("wren", "right"), ("owl", "right")]
    heard.key(Qt.Key.Key_A)
    assert heard.shown() == ("a.wav", 20.0), "said once more it is taken back"
    assert regions.checked.text().startswith("1 of 2 checked")
    regions.class_box.setCurrentIndex(1)
    regions.class_box.activated.emit(1)
    heard.wait(lambda: regions.checked.text().startswith("0 of 1 checked"))
    table = tmp_path / "checked.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(table), ""))
    regions.save_checked.click()
    heard.wait(lambda: regions.checking.idle)
    assert table.read_text("utf-8-sig").splitlines() == [
        "file,label,start,end,score,right", f"{tmp_path / 'night' / 'b.wav'},owl,12.0,12.8,0.9,no"]
    heard.place.use(OTHER)
    heard.wait(lambda: regions.checking.idle)
    assert not regions.checking.verdicts(of_night), "those of another model are others"
    heard.place.use(SOUNDS)
    heard.wait(lambda: len(regions.checking.verdicts(of_night)) == 2)


def test_what_was_said_of_regions_that_are_no_more_does_not_count(
    heard: Heard, engine: AnsweringEngine, night: Path
) -> None:
    regions, page = heard.regions, heard.place.page
    page.gallery_button.click()
    heard.wait(lambda: len(heard.tiles()) == 3)
    for key in (Qt.Key.Key_BracketRight, Qt.Key.Key_A, Qt.Key.Key_X):
        heard.key(key)
    assert regions.checked.text().startswith("1 of 2 checked")
    heard.place.answers.forget(lambda item: item.name == "a")  # as if the file had changed
    heard.place.again()
    heard.wait(lambda: len(engine.asked) == 2)
    engine.answer([answer(night / "a.wav", ("wren", 7.0, 8.0, 0.95))])
    heard.wait(lambda: len(heard.tiles()) == 2)
    assert regions.checked.text().startswith("0 of 1 checked")


def test_what_cannot_be_seen_is_said_and_models_are_compared(
    heard: Heard, engine: AnsweringEngine, night: Path
) -> None:
    place, page = heard.place, heard.place.page
    page.view.selectRow(2)
    assert page.regions.view.isHidden() and not page.panes.isHidden()
    assert page.picture.accessibleDescription() == "c.wav: this sound cannot be read."
    (night / "b.wav").unlink()
    page.view.selectRow(1)
    heard.wait(lambda: page.regions.view.card.accessibleName()
               == "b.wav: the file is gone.")
    page.view.selectRow(0)
    page.beside.choose([OTHER])
    heard.wait(lambda: len(engine.asked) == 2)
    engine.answer([answer(night / "a.wav", ("owl", 20.0, 20.5, 0.8)),
                   answer(night / "b.wav")])
    heard.wait(lambda: not place.beside.job.state)
    assert not page.panes.isHidden() and not page.regions.view.isHidden()
    assert page.regions.view.foot.isHidden(), "each model lists its own"
    canvas = page.regions.view.canvas
    [second] = canvas.lanes.models
    assert second.title == "Sound #2" and second.regions is not None
    canvas.fit()
    point = canvas.lanes.place_of(0, second.regions[0]).center()
    assert canvas.lanes.words_at(point).startswith("Sound #2: owl 0.80\n20.00 – 20.50")
    assert QRectF(canvas.spectrum_rect).contains(point) and canvas.region_at(point) == -1
    page.beside.choose([])
    assert not canvas.lanes.models
    page.beside.choose([OTHER])
    heard.wait(lambda: len(engine.asked) == 3)
    assert canvas.lanes.models[0].regions is None, "it has not looked yet"
    engine.answer([answer(night / "a.wav", ("owl", 20.0, 20.5, 0.8)),
                   answer(night / "b.wav")])
    heard.wait(lambda: not place.beside.job.state)
    owl = page.panes.others[0].parts()[0]
    QTest.mouseClick(page.picture, Qt.MouseButton.LeftButton,
                     pos=page.picture.parts()[0].areas[0].center().toPoint())
    QTest.mouseClick(page.picture, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    assert owl.start == 20.0 and heard.played == [("a.wav", 19.75, 20.75)]


def test_two_windows_keep_what_is_said_in_both(tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "workbench.toml").write_text("")
    checked_path(tmp_path, "run").parent.mkdir(parents=True)
    parent = QObject()
    windows = [Checking(parent) for _ in range(2)]
    regions = [RegionInSound("owl", 0.9, float(at), at + 1.0) for at in range(2)]
    for window in windows:
        window.open(tmp_path, "run")
        qtbot.waitUntil(lambda window=window: window.idle)  # type: ignore[misc]
    for window, region in zip(windows, regions, strict=True):
        window.judge("a.wav", region, True)
        qtbot.waitUntil(lambda window=window: window.idle)  # type: ignore[misc]
    windows[0].judge("b.wav", regions[1], False)
    windows[0].judge("a.wav", regions[0], True)  # taken back
    windows[0].close()
    windows[1].close()
    kept = read_checked(checked_path(tmp_path, "run"))
    assert {(region.file, region.start): verdict.right for region, verdict in kept.items()} == {
        ("a.wav", 1.0): True, ("b.wav", 1.0): False}
