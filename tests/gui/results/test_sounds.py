"""The page for sounds as a person uses it: threshold, cells, hearing, relabelling."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from tests.gui.results.conftest import QuietEngine
from tests.gui.results.sound_runs import CLASSES, add_sound_run, make_tones
from workbench.core.errors import WorkbenchError
from workbench.evaluation.classification import classify
from workbench.formats.scores import load_scores, save_scores
from workbench.gui.app.context import AppContext, ImageTarget, RunTarget
from workbench.gui.app.engine_client import EngineClient
from workbench.gui.app.task import window_task
from workbench.gui.background.gui_thread import GuiThreadCaller
from workbench.gui.label.sounds.player import Player
from workbench.gui.label.sounds.spectrogram_thumbs import Excerpt, SpectrogramThumbs
from workbench.gui.results.place import ResultsPlace
from workbench.gui.shell.places import FOOT
from workbench.gui.style.theme import Theme
from workbench.jobs.commands import Evaluate
from workbench.jobs.events import Finished
from workbench.project.datasets.sounds import BACKGROUND_WORDS
from workbench.project.session import Session
from workbench.tasks.detection.window.page import DetectionResults
from workbench.tasks.sound_classification.window.page import SoundResults

LEFT = Qt.MouseButton.LeftButton
HUM, TONE, WHISTLE = range(3)


class Speaker:
    """A loudspeaker that plays when it is told how much time has gone by."""

    def __init__(self, rate: int, channels: int) -> None:
        self.rate, self.channels = rate, channels
        self.data = b""
        self.time, self.closed = 0.0, False
        self.all.append(self)

    all: list[Speaker] = []  # noqa: RUF012  emptied by the fixture

    def free(self) -> int:
        return 100_000

    def write(self, data: bytes) -> None:
        self.data += data

    def played(self) -> float:
        return self.time * self.rate

    def idle(self) -> bool:
        return False

    def problem(self) -> str:
        return ""

    def close(self) -> None:
        self.closed = True


class Bench:
    """The place around the page, with an engine that says nothing."""

    def __init__(self, qtbot: QtBot, folder: Path, tmp_path: Path) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self.qtbot, self.folder = qtbot, folder
        self.engine = QuietEngine()
        theme = Theme("light")
        theme.apply(application)
        self.client = EngineClient(lambda: self.engine)  # type: ignore[arg-type, return-value]
        settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
        self.context = AppContext(theme, self.client, settings)
        self.poster = GuiThreadCaller()
        self.session = Session.open(folder, post=self.poster)
        self.context.session = self.session
        self.went: list[tuple[str, object]] = []
        self.said: list[tuple[str, str]] = []
        self.context.place_requested.connect(lambda *asked: self.went.append(asked))
        self.context.message.connect(lambda tone, text: self.said.append((tone, text)))
        self.place = ResultsPlace(self.context)
        qtbot.addWidget(self.place)
        self.place.resize(1216, 730)

    @property
    def page(self) -> SoundResults:
        assert isinstance(self.place.page, SoundResults)
        return self.place.page

    def enter(self, target: object = None) -> SoundResults:
        self.place.show()
        self.qtbot.waitExposed(self.place)
        self.place.entered(target)
        self.settle()
        return self.page

    def settle(self) -> None:
        sounds = self.session.sounds
        self.qtbot.waitUntil(lambda: self.page.worker.is_idle and not sounds.scanning,
                             timeout=30_000)

    def click_cell(self, row: int, column: int) -> None:
        view = self.page.confusion
        self.qtbot.mouseClick(view, LEFT, pos=view.cell_rect((row, column)).center().toPoint())
        self.settle()

    def click_sound(self, row: int) -> None:
        view = self.page.view
        at = view.visualRect(view.sounds.index(row)).center()
        self.qtbot.mouseClick(view.viewport(), LEFT, pos=at)

    def keys(self) -> list[str]:
        model = self.page.view.sounds
        return [model.sample(row).key for row in range(model.rowCount())]

    def close(self) -> None:
        self.place.close_down()
        self.client.stop(5.0)
        self.session.close(10)
        self.poster.close()


@pytest.fixture
def tones(tmp_path: Path) -> Path:
    return make_tones(tmp_path / "tones")


@pytest.fixture
def bench(qtbot: QtBot, tones: Path, tmp_path: Path,
          monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Bench]]:
    """Call it when the runs are made."""
    Speaker.all = []
    monkeypatch.setattr(Player.__init__, "__defaults__", (None, Speaker))
    made: list[Bench] = []

    def make() -> Bench:
        made.append(Bench(qtbot, tones, tmp_path))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def ready(bench: Callable[[], Bench], tones: Path) -> Bench:
    add_sound_run(tones, confused=5)
    add_sound_run(tones, confused=3)
    made = bench()
    made.enter()
    return made


def test_all_numbers_agree_with_the_stored_scores(ready: Bench) -> None:
    page = ready.page
    run = page.loading.run
    assert run is not None
    stored = load_scores(run.folder.predictions_path("test"))
    for threshold in (0.0, 0.91):
        page.toolbar.threshold.set_value(threshold)
        ready.settle()
        expected = classify(stored.scores.astype(float), stored.truth, stored.classes, threshold)
        assert page.snapshot is not None
        assert page.snapshot.evaluation.confusion.tolist() == expected.confusion.tolist()
        size = len(CLASSES) + 1
        assert all(page.confusion.count((row, column)) == expected.confusion[row, column]
                   for row in range(size) for column in range(size))
        figures = {name: figure.text() for name, figure in page.metrics.figures.items()
                   if not figure.isHidden()}
        data = expected.to_json()
        assert figures == {name: f"{data[name]:.3f}"
                           for name in ("accuracy", "f1", "roc_auc", "map")}
        assert expected.classes[0] in page.precision_recall.chart.curves
        table = page.classes.table
        for line, item in enumerate(expected.per_class):
            assert table.item(line, 0).text() == item.name
            assert table.item(line, 5).text() == str(item.support)
            recall = table.item(line, 3).text()
            assert float(recall) == pytest.approx(item.recall, abs=0.0006)
    assert expected.confusion[:, -1].sum() > 0, "the threshold must matter"


def test_many_classes_get_room_until_a_person_chooses_it(ready: Bench, qtbot: QtBot) -> None:
    page = ready.page
    splitter = page._splitter

    def left() -> int:
        return splitter.sizes()[0]

    assert left() == 436, "three classes need no more"
    page._set_classes(tuple(f"class {number}" for number in range(35)))
    qtbot.waitUntil(lambda: abs(left() - page.width() / 2) < 4)
    ready.place.resize(1600, 730)
    qtbot.waitUntil(lambda: abs(left() - 800) < 4)
    splitter.setSizes([500, 1100])
    splitter.splitterMoved.emit(500, 1)
    ready.place.resize(1400, 730)
    qtbot.waitUntil(lambda: page.width() == 1400)
    assert left() < 600, "what a person chose stays"


def test_figures_are_set_beside_the_run_before(ready: Bench) -> None:
    assert ready.page.metrics.figures["accuracy"].difference_text().startswith("+")


def test_what_the_scores_are_worth_stands_under_them(
        ready: Bench, tmp_path: Path) -> None:
    metrics = ready.page.metrics
    assert metrics.warning.isHidden(), "bob was not heard in training"
    shown = ready.page.snapshot
    assert shown is not None
    words = "Scores are for voices heard in training."
    doubted = replace(shown, results=replace(shown.results, doubt=words))
    ready.page.show_snapshot(doubted)
    assert metrics.warning.isVisible() and metrics.warning.text() == words
    path = ready.page.report_writer(doubted, tmp_path / "report.html", "tones", {})()
    assert words in path.read_text("utf-8")


def test_background_is_shown_where_the_model_learned_it(
    bench: Callable[[], Bench], tones: Path
) -> None:
    run = add_sound_run(tones)
    page = bench().enter()
    assert page.confusion.last == ("nothing", "nothing")
    stored = load_scores(run.predictions_path("test"))
    quiet = next(row for row, place in enumerate(stored.truth) if place == HUM)
    stored.scores[quiet] *= 0.1
    stored.meta["background"] = True
    run = add_sound_run(tones, stored=False)
    save_scores(run.predictions_path("test"), stored)
    made = bench()
    page = made.enter()
    assert page.confusion.last == ("background", BACKGROUND_WORDS)
    assert page.confusion.count((HUM, 3)) == 1
    assert page.confusion.sentence((HUM, 3)) == (
        "1 sound of “hum” was taken for background or below the threshold")
    made.click_cell(HUM, 3)
    assert made.keys() == [stored.files[quiet]]
    assert page.snapshot is not None and page.snapshot.predicted(0) == "background"


def test_parts_of_recordings_are_called_regions(ready: Bench) -> None:
    results = ready.page.loading.results
    assert results is not None
    parts = replace(results, samples=tuple(replace(sound, whole=False)
                                           for sound in results.samples))
    ready.page.about_to_show(parts)
    ready.page.update_numbers()
    ready.settle()
    number = len(results.samples)
    assert ready.page.sounds.title.full_text() == f"{number} regions"
    assert ready.page.status()[0].startswith(f"{number} regions · ")
    assert ready.page.toolbar.part_box.currentText() == f"test · {number} regions"
    assert ready.page.sounds.all_button.text() == "All regions"
    ready.page.about_to_show(results)
    assert ready.page.toolbar.part_box.currentText() == f"test · {number} sounds"


def test_a_cell_shows_its_sounds_and_escape_all_again(ready: Bench, qtbot: QtBot) -> None:
    everything = len(ready.keys())
    ready.click_cell(WHISTLE, TONE)
    assert len(ready.keys()) == 3
    assert all(key.startswith("whistle") for key in ready.keys())  # noqa: SIM118  not a dict
    assert ready.page.sounds.title.full_text() == "“whistle” taken for “tone”: 3 sounds"
    model = ready.page.view.sounds
    assert model.word(0) == "whistle → tone"
    qtbot.keyClick(ready.page.view, Qt.Key.Key_Escape)
    ready.settle()
    assert len(ready.keys()) == everything


def test_each_order_is_one(ready: Bench) -> None:
    page = ready.page
    for order, values in (("loss", lambda e: -e.loss), ("confident", lambda e: -e.confidence),
                          ("unsure", lambda e: e.confidence)):
        page.sounds.set_order(order)
        ready.settle()
        assert page.snapshot is not None
        shown = values(page.snapshot.evaluation)[page.snapshot.rows]
        assert (np.diff(shown) >= 0).all()
        assert len(set(page.snapshot.rows.tolist())) == len(page.snapshot.results.samples)
    page.sounds.set_order("file")
    ready.settle()
    assert ready.keys() == sorted(ready.keys())


def test_a_click_plays_and_space_stops_and_plays(ready: Bench, qtbot: QtBot) -> None:
    view = ready.page.view
    ready.click_sound(1)
    assert len(Speaker.all) == 1
    assert len(Speaker.all[0].data) == 2 * 4000, "the whole sound"
    assert view.playing_row == 1
    Speaker.all[0].time = 0.25
    qtbot.waitUntil(lambda: 0.45 < view.played < 0.55)
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert Speaker.all[0].closed and view.playing_row is None
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert len(Speaker.all) == 2 and view.playing_row == 1
    ready.place.left()
    assert Speaker.all[1].closed


def test_where_nothing_can_be_played_it_is_said_and_the_rest_works(
        ready: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(rate: int, channels: int) -> Speaker:
        raise WorkbenchError("There is no loudspeaker.")

    monkeypatch.setattr(ready.page.playback.player, "_open_output", refuse)
    ready.click_sound(0)
    assert ready.said[-1] == ("warn", "There is no loudspeaker.")
    assert ready.page.view.row == 0 and ready.page.view.playing_row is None


def test_a_digit_relabels_what_is_chosen_at_once_and_can_be_undone(
        ready: Bench, qtbot: QtBot) -> None:
    page, sounds = ready.page, ready.session.sounds
    ready.click_cell(WHISTLE, TONE)
    page.view.selectAll()
    keys = ready.keys()
    digit = ready.session.classes.hotkey("tone")
    assert digit is not None
    qtbot.keyClicks(page.view, digit)
    assert [sounds.summary(key).label for key in keys] == ["tone"] * 3
    assert ready.session.saver.flush(60)
    table = sounds.annotation_path(keys[0])
    assert "tone" in table.read_text("utf-8")
    assert page.notice.text.full_text() == "Labels changed on 3 sounds"
    place = ready.place
    free = place.height() - place.foot_height()
    assert free == page.notice.mapTo(place, QPoint()).y() < place.height() - FOOT, "it is free"
    assert page.view.sounds.new_label(0) == "tone"
    ready.context.actions["results.sounds.undo"].run()
    assert [sounds.summary(key).label for key in keys] == ["whistle"] * 3
    assert not page.notice.isVisible() and place.foot_height() == FOOT


def test_recomputing_counts_with_the_mended_labels(ready: Bench, qtbot: QtBot) -> None:
    page = ready.page
    ready.click_cell(WHISTLE, TONE)
    page.view.selectAll()
    qtbot.keyClicks(page.view, ready.session.classes.hotkey("tone"))
    page.notice.recompute_button.click()
    ready.settle()
    assert page.metrics.figures["accuracy"].text() == "1.000"
    assert page.confusion.count((WHISTLE, TONE)) == 0
    assert page.notice.text.full_text() == "Updated with your corrections"
    # and the other way into the same numbers: opened anew from the disk
    assert ready.session.saver.flush(60)
    page.loading.open("test")
    ready.settle()
    assert page.metrics.figures["accuracy"].text() == "1.000"


def test_a_sound_that_lost_its_class_is_left_out(ready: Bench) -> None:
    page = ready.page
    before = len(ready.keys())
    ready.session.sounds.set_label([ready.keys()[0]], "")
    page.recompute()
    ready.settle()
    assert len(ready.keys()) == before - 1
    assert "1 sound without a known label left out" in page.status()[0]


def test_a_double_click_opens_the_sound_in_audio(ready: Bench, qtbot: QtBot) -> None:
    view = ready.page.view
    at = view.visualRect(view.sounds.index(2)).center()
    qtbot.mouseClick(view.viewport(), LEFT, pos=at)
    qtbot.mouseDClick(view.viewport(), LEFT, pos=at)
    assert ready.went == [("audio", ImageTarget(ready.keys()[2], back="results"))]
    assert not ready.page.playback.player.playing


def test_a_part_of_a_clip_opens_in_audio_as_that_part(
        ready: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    view = ready.page.view
    whole = view.sounds.sample
    part = replace(whole(2), start=0.1, end=0.3, whole=False)
    monkeypatch.setattr(view.sounds, "sample", lambda row: part if row == 2 else whole(row))
    view.opened.emit(2)
    assert ready.went == [("audio", ImageTarget(part.key, back="results", span=(0.1, 0.3)))]


def test_spectrograms_arrive_in_the_background(ready: Bench, qtbot: QtBot) -> None:
    page = ready.page
    model = page.view.sounds
    qtbot.waitUntil(lambda: all(isinstance(page.sounds.thumbs.get(model.excerpt(row)), QImage)
                                for row in range(3)))
    rows = {name: next(row for row in range(model.rowCount())
                       if model.sample(row).label == name) for name in ("hum", "whistle")}
    heights = {}
    for name, row in rows.items():
        wanted = model.excerpt(row)
        qtbot.waitUntil(lambda wanted=wanted: page.sounds.thumbs.get(wanted) is not None)
        image = page.sounds.thumbs.get(wanted)
        assert isinstance(image, QImage)
        column = [image.pixelColor(image.width() // 2, y).lightness()
                  for y in range(image.height())]
        heights[name] = int(np.argmax(column))
    assert heights["whistle"] < heights["hum"], "a high tone is drawn above a low one"


def test_a_sound_that_is_gone_says_so_in_its_place(qtbot: QtBot, tmp_path: Path) -> None:
    from workbench.gui.label.sounds.display import DisplaySettings

    thumbs = SpectrogramThumbs(DisplaySettings())
    with qtbot.waitSignal(thumbs.ready):
        assert thumbs.get(Excerpt(tmp_path / "gone.wav", 0, 1)) is None
    assert "gone.wav" in str(thumbs.get(Excerpt(tmp_path / "gone.wav", 0, 1)))
    thumbs.stop()


def test_sounds_that_came_in_since_can_be_listened_to(bench: Callable[[], Bench],
                                                      tones: Path) -> None:
    add_sound_run(tones, leave_out=2)
    made = bench()
    page = made.enter()
    assert page.notice.text.full_text() == "2 new sounds"
    page.notice.detect_button.click()
    made.qtbot.waitUntil(lambda: bool(made.engine.sent))
    assert isinstance(made.engine.sent[-1], Evaluate)
    assert made.engine.sent[-1].split == "test"


def test_scores_that_are_not_there_are_fetched(bench: Callable[[], Bench], tones: Path) -> None:
    run = add_sound_run(tones, stored=False)
    made = bench()
    page = made.enter()
    made.qtbot.waitUntil(lambda: bool(made.engine.sent))
    asked = made.engine.sent[-1]
    assert isinstance(asked, Evaluate) and asked.run == run.name
    assert "Listening to the test sounds" in page.waiting.state.accessibleName()
    other = add_sound_run(tones)
    run.predictions_path("test").write_bytes(other.predictions_path("test").read_bytes())
    made.client.event.emit(Finished(asked.job, "finished", {}))
    made.settle()
    assert page.snapshot is not None and page.snapshot.results.run == run.name


def test_damaged_scores_are_told(bench: Callable[[], Bench], tones: Path) -> None:
    run = add_sound_run(tones)
    run.predictions_path("test").write_bytes(b"nonsense")
    page = bench().enter()
    assert page.waiting.isVisible()
    assert page.waiting.button_text == "Try again"


def test_the_list_goes_out_as_csv(ready: Bench, tmp_path: Path,
                                  monkeypatch: pytest.MonkeyPatch) -> None:
    ready.click_cell(WHISTLE, TONE)
    path = tmp_path / "out.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    ready.page.toolbar.table_action.trigger()
    ready.settle()
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == ready.keys()
    assert {(row["truth"], row["predicted"]) for row in rows} == {("whistle", "tone")}
    assert all(abs(sum(float(row[name]) for name in CLASSES) - 1) < 0.001 for row in rows)


def test_the_page_follows_the_run_and_the_project(ready: Bench) -> None:
    run = ready.page.loading.run
    assert run is not None
    detection = window_task("detection")
    assert detection is not None
    ready.place._show(detection.results)
    assert isinstance(ready.place.page, DetectionResults)
    ready.place.entered(RunTarget(run.name))
    assert isinstance(ready.place.page, SoundResults)
    keys = [action for action in ready.context.actions
            if action.place == "results" and "M" in action.keys and action.enabled()]
    assert [action.id for action in keys] == ["results.sounds.matrix"]
