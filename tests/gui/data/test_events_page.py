"""Data: the time budget of the events of videos."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.gui.data.test_measurements import shown
from tests.support.tiny_video import write_video
from workbench.extension.window import actions
from workbench.gui.app.context import DataTarget
from workbench.gui.app.program import Program
from workbench.gui.data.events_page import TOGETHER
from workbench.gui.data.place import DataPlace
from workbench.gui.label.videos.place import VideosPlace
from workbench.gui.shell.window_actions import add_registered
from workbench.project.library.events import events_path


def test_events_are_summed_up_by_video_and_together_and_shown_where_they_begin(
        program: Program, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    whole = write_video(folder / "a.mp4", 50).read_bytes()
    (folder / "b.mp4").write_bytes(whole)
    for name in ("a", "b"):
        events_path(folder / f"{name}.mp4").write_text(
            "start,stop,class,subject\n0.8,1.2,rest,1\n1.4,1.6,rest,1\n0.4,,peck,\n")
    program.projects.open(folder)
    program.context.go("data", DataTarget("events"))
    place = program.window.place_widget("data")
    assert isinstance(place, DataPlace)
    page = place.events
    qtbot.waitUntil(lambda: page.budget is not None and len(page.rows) == 4, timeout=30_000)
    assert page.title.text() == "2 videos with events, 0:04.00 observed"
    assert shown(page.view, "Share") == ["", "30.0%", "", "30.0%"]
    assert shown(page.view, "Latency (s)") == ["0.40", "0.80", "0.40", "0.80"]
    page.view.picked.emit(page.rows[1])
    videos = program.window.place_widget("videos")
    assert isinstance(videos, VideosPlace) and program.window.place == "videos"
    qtbot.waitUntil(lambda: videos.editor.frame == 20, timeout=30_000)
    program.context.go("data", DataTarget("events"))
    page.kinds.select(TOGETHER)
    assert shown(page.view, "Events") == ["2", "4"]
    out = tmp_path / "budget"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(out), ""))
    page.save()
    qtbot.waitUntil(lambda: out.with_suffix(".csv").exists(), timeout=30_000)
    rows = list(csv.DictReader(out.with_suffix(".csv").read_text("utf-8-sig").splitlines()))
    assert [(row["class"], row["count"]) for row in rows] == [("peck", "2"), ("rest", "4")]


def test_summing_up_is_cancelled_and_begun_again(
        program: Program, qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    events_path(write_video(folder / "a.mp4", 30)).write_text("start,stop,class\n0,0.6,rest\n")
    program.projects.open(folder)
    program.context.go("data", DataTarget("events"))
    place = program.window.place_widget("data")
    assert isinstance(place, DataPlace)
    page = place.events
    page.measure()
    assert page.stop_button.isVisible()
    page.stop_button.click()
    assert page.budget is None and not page.stop_button.isVisible()
    assert page.empty.button.text() == "Try again"
    page.empty.button.click()
    qtbot.waitUntil(lambda: len(page.rows) == 1, timeout=30_000)


def test_a_project_of_image_classes_is_made_of_the_frames(
        program: Program, qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    events_path(write_video(folder / "a.mp4", 30)).write_text("start,stop,class\n0,0.6,rest\n")
    program.projects.open(folder)
    session = program.context.session
    assert session is not None
    qtbot.waitUntil(lambda: not session.videos.scanning, timeout=30_000)
    add_registered(program.context, actions.get("videos.learn_from_events"))
    action = program.context.actions["videos.learn_from_events"]
    said: list[str] = []
    program.context.message.connect(lambda _tone, text: said.append(text))
    assert action.enabled()
    action.run()
    qtbot.waitUntil(lambda: any("3 frames of 2 classes" in text for text in said), timeout=30_000)
    assert (tmp_path / "films events" / "labels.csv").exists()
