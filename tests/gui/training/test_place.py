"""The training place before a run, with a scripted engine in a real child process."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.training.conftest import MakeBench
from tests.gui.training.training_steps import SLOW, drawn_steps, ended, last_offer, ready, training
from tests.project.helpers import labelled
from tests.support.reach import out_of_reach
from tests.support.window_watch import watched_windows
from workbench.gui.app.context import ImageTarget, RunTarget
from workbench.gui.train.empty_pages import FRAMES_FIRST
from workbench.jobs.commands import Preflight, Train, TrainRequest
from workbench.jobs.events import GROUPS
from workbench.project.datasets.splits import list_splits
from workbench.project.runs import list_runs


def test_a_new_person_just_presses_train(bench: MakeBench, qtbot: QtBot) -> None:
    made = bench(epochs=2, steps=4)
    place = ready(made)
    assert place.panel.ready.text == (
        "Ready. 4 images, 2 classes. 2 cores, 10 MB of 24 GB. About 1 s an epoch, 2 s in all.")
    assert place.panel.ready.warnings == "Very few images."
    assert place.panel.form.recipe_box.currentText() == "Automatic: Compact"
    assert place.panel.form.split_box.currentText() == "2 train · 1 val · 1 test"
    place.panel.button.click()
    ended(made, place)
    run = list_runs(made.session.folder)[0]
    assert run.state["state"] == "finished"
    words = "Compact #1 finished after 2 epochs: mAP 0.16 on validation images."
    assert ("ok", words) in made.messages
    last_offer(made).action()
    assert made.went[-1] == ("results", RunTarget(run.name))


def test_a_training_waits_for_labels_on_their_way_to_the_disk(bench: MakeBench) -> None:
    made = bench(epochs=1, steps=1)
    place, may, jobs = ready(made), threading.Event(), made.context.engine.jobs

    def late() -> bytes:
        assert may.wait(30)
        return b"late"

    made.session.saver.submit("late", made.session.folder / "late.txt", late)
    place.panel.button.click()
    place.controller.stop()
    assert place.controller.live is not None, "it is shown at once"
    assert not any(isinstance(job, Train) for job in jobs.values())
    may.set()
    made.qtbot.waitUntil(lambda: place.controller.live is None, timeout=30_000)
    assert (made.session.folder / "late.txt").read_bytes() == b"late"
    run, = list_runs(made.session.folder)
    assert run.state["state"] == "stopped", "what was asked for meanwhile is sent behind it"


@pytest.mark.parametrize("size", [(576, 290), (436, 215)])
def test_in_a_small_window_the_run_lies_below_and_is_scrolled_to(
        bench: MakeBench, size: tuple[int, int]) -> None:
    made = bench(**SLOW)
    place = ready(made)
    place.setMinimumSize(1, 1)
    place.resize(*size)
    made.qtbot.waitUntil(lambda: not out_of_reach(place))
    assert place.area.stacked and place.area.verticalScrollBar().value() == 0
    made.qtbot.mouseClick(place.panel.button, Qt.MouseButton.LeftButton)
    made.qtbot.waitUntil(lambda: drawn_steps(place) >= 1, timeout=30_000)
    header = place.view.header
    assert 0 <= header.mapTo(place.area, QPoint(0, 0)).y() < place.area.height()
    made.qtbot.waitUntil(lambda: bool(place.view.previews and place.view.previews.strip.tiles()))
    made.qtbot.waitUntil(lambda: not out_of_reach(place))


def test_a_doubt_leads_to_its_image(bench: MakeBench) -> None:
    made = bench(epochs=1, steps=1)
    place = ready(made)
    place.panel.ready.look_asked.emit(str(made.session.folder / "b.xml"))
    assert made.went[-1] == ("images", ImageTarget("b.png", back="train"))
    place.panel.ready.look_asked.emit(str(made.session.folder / "c.png"))
    assert made.went[-1] == ("images", ImageTarget("c.png", back="train"))
    count = len(made.went)
    place.panel.ready.look_asked.emit("/elsewhere/c.png")
    assert len(made.went) == count


def test_choices_reach_the_engine(bench: MakeBench, monkeypatch: pytest.MonkeyPatch) -> None:
    made = bench(epochs=2, steps=2)
    place = ready(made)
    sent: list[object] = []
    monkeypatch.setattr(made.context.engine, "send", sent.append)
    box = place.panel.form.length_box
    box.setCurrentIndex(box.findData("2 min"))
    place.train()
    assert isinstance(sent[-1], Train)
    assert (sent[-1].project, sent[-1].request.minutes) == (str(made.session.folder), 2.0)


def test_the_time_is_remembered(bench: MakeBench) -> None:
    box = bench(None).place.panel.form.length_box
    assert box.currentText() == "10 minutes"
    box.setCurrentIndex(box.findData("until"))
    again = bench(None).place.panel.form
    assert again.request().until_best and again.length_box.currentText().startswith("Until")
    again.reset()
    assert bench(None).place.panel.form.request().minutes == 10


def test_nothing_goes_up_and_down_while_the_engine_finds_out_more(bench: MakeBench) -> None:
    made = bench(epochs=1, steps=1)
    place = ready(made)
    panel = place.panel
    controls = (panel.button, panel.ready, panel.runs_title, panel.form.start_box)

    def places() -> list[Any]:
        return [(item.mapTo(place, QPoint()), item.size()) for item in controls]

    before = places()
    panel.ready.say("Ready.", "Much. " * 80, warnings={"A doubt. " * 30: ""}, why="Reasons. " * 40)
    QApplication.processEvents()
    grown = places()
    assert grown[0] == before[0] and grown[3] == before[3], "they lie above what grows"
    panel.ready.say("", "Measuring…", progress=0.4)
    QApplication.processEvents()
    assert places() == grown
    box = panel.form.length_box
    box.setCurrentIndex(box.findData("5 min"))
    seen = [places()]
    place.check.changed.connect(lambda: seen.append(places()))
    made.qtbot.waitUntil(lambda: place.check.state == "ready", timeout=30_000)
    QApplication.processEvents()
    assert all(item == grown for item in seen[:-1]), "while it is measured"
    made.qtbot.waitUntil(lambda: places() == before)


def test_the_preflight_is_asked_once_for_many_choices_and_called_back(
    bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = bench(epochs=1, steps=1)
    place = ready(made)
    sent: list[object] = []
    engine = made.context.engine
    real = engine.send
    monkeypatch.setattr(engine, "send", lambda command: (sent.append(command), real(command)))
    box = place.panel.form.length_box
    for _ in range(5):  # no events between them: a slow machine would take them one by one
        box.setCurrentIndex((box.currentIndex() + 1) % 3)
    assert place.check.state == "checking"
    made.qtbot.waitUntil(lambda: place.check.state == "ready", timeout=30_000)
    assert sum(isinstance(command, Preflight) for command in sent) == 1


def test_what_cannot_be_done_is_said(bench: MakeBench) -> None:
    made = bench(epochs=1, steps=1)
    place = ready(made)
    editor = place.panel.form.more.editor("lr")
    editor.control.setText("0.5")
    editor.control.textEdited.emit("0.5")
    made.qtbot.waitUntil(lambda: place.check.state == "refused", timeout=30_000)
    assert place.panel.ready.text == "Not yet. The learning rate is too high."
    editor.control.setText("much")
    editor.control.textEdited.emit("much")
    assert not place.panel.button.isEnabled()
    assert place.panel.ready.text.startswith("Not yet. “Learning rate”: "), "also far below"


def test_without_labels_it_says_what_to_do(
    bench: MakeBench, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder = tmp_path / "bare"
    request.getfixturevalue("draw_project")(folder, labelled=False)
    made = bench(folder)
    place = made.show()
    assert not place.panel.button.isEnabled()
    assert place.panel.ready.text == "No labelled images yet."
    assert place.no_labels.isVisible()
    place.no_labels.button.click()
    assert made.went == [("images", None)]


def test_of_videos_frames_are_to_be_written_first(bench: MakeBench, tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "clip.mp4").touch()
    made = bench(tmp_path / "films")
    place = made.show()
    assert place.no_labels.isVisible() and place.no_labels.accessibleName() == FRAMES_FIRST[0]
    place.no_labels.button.click()
    assert made.went == [("videos", None)]


def test_without_a_project_there_is_nothing_to_train(bench: MakeBench) -> None:
    made = bench(None)
    place = made.show()
    assert not place.panel.isVisible()
    place.train()
    assert made.context.engine.jobs == {}


def test_classes_keep_their_colour_in_previews(bench: MakeBench) -> None:
    made = bench(epochs=1, steps=1)
    place = made.place
    made.session.set_class_color("dog", "#123456")
    assert place.files.color_of("dog").name() == "#123456"
    assert place.files.color_of("cat").name() == "#e5484d"


def test_nothing_flashes_up_while_the_place_is_made(bench: MakeBench, qapp: QApplication) -> None:
    with watched_windows(qapp) as watch:
        made = bench(epochs=1, steps=2)
        place = training(made, steps=1)
        ended(made, place)
        assert watch.shown == [place]


def test_every_control_has_a_name(bench: MakeBench) -> None:
    from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit

    made = bench(epochs=1, steps=3)
    place = training(made, steps=1)
    ended(made, place)
    for kind in (QAbstractButton, QComboBox, QLineEdit):
        for control in place.findChildren(kind):
            if control.focusPolicy() != Qt.FocusPolicy.NoFocus and not control.isHidden():
                named = control.accessibleName() or getattr(control, "text", str)()
                assert named, control


def test_a_training_has_its_words_before_the_engine_answers(
    bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = bench()
    (made.session.folder / "workbench.toml").write_text('task = "image-classification"\n', "utf-8")
    made.session.close(5)
    made.session = made.open(made.session.folder)
    place = made.show()
    monkeypatch.setattr(made.context.engine, "send", lambda command: None)
    place.controller.train(str(made.session.folder), "Instant", TrainRequest(recipe="instant"))
    live = place.controller.live
    assert live is not None and live.title == "Instant"
    assert (live.history.main_metric, live.history.noun) == ("accuracy", "image")
    assert "balance" in place.panel.form.plain.schema


def test_stations_are_kept_together_with_one_click(bench: MakeBench, tmp_path: Path) -> None:
    folder = tmp_path / "cameras"
    for number in range(24):
        labelled(folder, f"cam{number % 8}/{number}.png", ["deer"])
    made = bench(None)
    session = made.open(folder)
    made.place.panel.ready.look_asked.emit(GROUPS)
    made.qtbot.waitUntil(lambda: bool(list_splits(folder)), timeout=30_000)
    assert session.manifest.grouping.by == "station"
    assert made.messages[-1][1].startswith(
        "The samples are split. 8 stations: 6 train, 1 val, 1 test.")
    last_offer(made).action()
    assert not list_splits(folder) and not session.manifest.grouping.declared
