"""SIGKILL of the real engine while the window trains: a message, one click, and it goes on."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.shapes import Box
from workbench.formats.voc import VocConvention, new_voc
from workbench.gui.app.context import AppContext
from workbench.gui.app.engine_client import EngineClient
from workbench.gui.background.gui_thread import GuiThreadCaller
from workbench.gui.style.theme import Theme
from workbench.gui.train.history_loader import read_history
from workbench.gui.train.place import TrainPlace
from workbench.jobs.commands import TrainRequest
from workbench.project.runs import list_runs
from workbench.project.session import Session

REQUEST = TrainRequest(recipe="compact-n", epochs=12, start_from="none",
                       settings={"image_size": 64, "batch_size": 4, "previews": 2})


def draw_project(folder: Path) -> Path:
    folder.mkdir()
    for at in range(12):
        image = QImage(64, 48, QImage.Format.Format_RGB32)
        image.fill(QColor(20 * at, 120, 90))
        image.save(str(folder / f"{at}.png"))
        annotation = Annotation((LabeledObject("cat", Box(4 + at, 4, 30 + at, 30)),), size=(64, 48))
        data = new_voc(annotation, image_path=folder / f"{at}.png", depth=3,
                       convention=VocConvention.AS_IS)
        (folder / f"{at}.xml").write_bytes(data)
    return folder


@pytest.fixture
def place(qtbot: QtBot, tmp_path: Path) -> Iterator[TrainPlace]:
    post = GuiThreadCaller()
    context = AppContext(Theme("light"), EngineClient(),
                         QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat))
    context.session = Session.open(draw_project(tmp_path / "pets"), post=post)
    session = context.session
    qtbot.waitUntil(lambda: not session.index.summarizing, timeout=30_000)
    made = TrainPlace(context)
    made.show()
    made.entered()
    yield made
    made.close_down()
    made.close()
    context.engine.stop(wait_seconds=15)
    session.close(5)
    post.close()


@pytest.mark.timeout(600)
def test_a_killed_engine_is_started_again_and_the_run_goes_on(
    qtbot: QtBot, place: TrainPlace
) -> None:
    context, offers = place._context, []
    context.announced.connect(offers.append)
    place.panel.form.set_request(REQUEST)
    qtbot.waitUntil(lambda: context.engine.state == "ready", timeout=120_000)
    place.train()
    history = place.controller.live.history if place.controller.live else None
    assert history is not None
    qtbot.waitUntil(lambda: history.epoch >= 4 and history.checkpoint_time is not None,
                    timeout=240_000)
    engine: Any = context.engine
    os.kill(engine._line.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: place.controller.live is None, timeout=30_000)
    assert history.state == "failed" and "killed by signal 9" in history.message
    assert offers[-1].action_text == "Resume"
    folder = context.session.folder if context.session else Path()
    run = list_runs(folder)[0]
    assert run.state["state"] == "interrupted" and run.resumable
    qtbot.waitUntil(lambda: context.engine.state == "ready", timeout=120_000)
    offers[-1].action()
    qtbot.waitUntil(lambda: place.controller.live is not None, timeout=30_000)
    qtbot.waitUntil(lambda: place.controller.live is None, timeout=300_000)
    assert run.state["state"] == "finished"
    again = read_history(run)
    live = place.view.history
    assert live is not None and live.loss is not None and again.loss is not None
    assert again.loss.x.tolist() == live.loss.x.tolist()
    assert again.epoch == live.epoch == 12
    assert len(again.metrics["map_50"]) == 12
