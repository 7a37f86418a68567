"""Closing the real window while a training is under way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from workbench.app import build
from workbench.gui.app.engine_client import EngineClient
from workbench.gui.train.place import TrainPlace
from workbench.project.runs import list_runs


def test_the_window_asks_and_stops_the_run_before_it_goes(
    qtbot: QtBot, make_client: Callable[..., EngineClient], project: Path, tmp_path: Path
) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    client = make_client(epochs=40, steps=25, pause=0.01)
    program = build(app, stored=settings, engine=client, start_engine=False)
    window = program.window
    program.projects.open(project)
    window.show()
    program.context.go("train")
    place = window.place_widget("train")
    assert isinstance(place, TrainPlace)
    qtbot.waitUntil(lambda: place.check.state == "ready", timeout=30_000)
    place.panel.button.click()
    qtbot.waitUntil(lambda: place.view.history is not None and place.view.history.epoch > 1,
                    timeout=30_000)
    window.close()
    assert window.isVisible()
    box = window.findChild(QMessageBox)
    assert box is not None and box.text() == "A training is running."
    answers = {button.text().replace("&", ""): button for button in box.buttons()}
    assert set(answers) == {"Stop, keep the best and close", "Close and resume later",
                            "Don't close"}
    with qtbot.waitSignal(window.closed, timeout=30_000):
        answers["Stop, keep the best and close"].click()
    assert list_runs(project)[0].state["state"] == "stopped"
    place.close_down()
    window.deleteLater()
