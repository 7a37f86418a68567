"""Exporting a run's model from Results: the dialog, the strip with its progress, what is told."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from tests.gui.results.conftest import add_run
from workbench.jobs.commands import Control, Export
from workbench.jobs.events import Failed, Finished, Progress


@pytest.fixture
def ready(qtbot, stage, cells, dataset):
    add_run(cells, dataset)
    made = stage()
    made.enter()
    qtbot.waitUntil(lambda: made.place.snapshot is not None, timeout=30_000)
    made.settle()
    return made


@pytest.fixture
def asked(qtbot, ready, monkeypatch, tmp_path):
    """The button was pressed and a name without an ending chosen; the command that was sent."""
    dialogs = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *given: (
        dialogs.append(given), (str(tmp_path / "blood"), "ONNX model (*.onnx)"))[1])
    ready.place.toolbar.score.set_value(0.4)
    ready.settle()
    ready.place.toolbar.model_action.trigger()
    qtbot.waitUntil(lambda: ready.engine.sent != [], timeout=30_000)
    run = ready.place.loading.run.name
    assert dialogs[0][2].endswith(f"Blood cells-{run}.onnx")
    assert dialogs[0][3] == "ONNX model (*.onnx)"
    return ready.engine.sent[-1]


def test_an_export_from_the_click_to_the_folder(qtbot, ready, asked, monkeypatch, tmp_path):
    assert asked == Export(asked.job, str(ready.session.folder), ready.place.loading.run.name,
                           str(tmp_path / "blood.onnx"), "onnx", pytest.approx(0.4), 0.5)
    strip, opened, messages = ready.place.model_export, [], []
    assert strip.isVisible() and strip.running and strip.progress.fraction is None
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    ready.context.announced.connect(messages.append)
    ready.engine.on_event(Progress(asked.job, "Checking that it finds the same", 2, 8))
    qtbot.waitUntil(lambda: strip.progress.fraction == 0.25, timeout=30_000)
    assert strip.text.full_text() == "Checking that it finds the same"
    ready.engine.on_event(Finished(asked.job, "finished",
                                   {"file": asked.file, "words": "Saved blood.onnx (2.7 MB)."}))
    qtbot.waitUntil(lambda: not strip.isVisible(), timeout=30_000)
    assert ready.said[-1] == ("ok", "Saved blood.onnx (2.7 MB).")
    assert messages[-1].action_text == "Show in folder"
    messages[-1].action()
    assert opened == [QUrl.fromLocalFile(str(tmp_path))]


def test_an_export_is_cancelled_fails_and_is_tried_again(qtbot, ready, asked, monkeypatch):
    strip = ready.place.model_export
    qtbot.mouseClick(strip.cancel_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: ready.engine.sent[-1] == Control(asked.job, "cancel"), timeout=30_000)
    said = list(ready.said)
    ready.engine.on_event(Finished(asked.job, "cancelled", {}))
    qtbot.waitUntil(lambda: not strip.isVisible(), timeout=30_000)
    assert ready.said == said and not strip.running
    ready.place.toolbar.model_action.trigger()
    qtbot.waitUntil(lambda: len(ready.engine.sent) == 3, timeout=30_000)
    sentence = "blood.onnx: the exported model does not find the same on 7.jpg."
    ready.engine.on_event(Failed(ready.engine.sent[-1].job, sentence))
    qtbot.waitUntil(lambda: not strip.isVisible(), timeout=30_000)
    assert ready.said[-1] == ("bad", sentence)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *given: ("", ""))
    ready.place.export_model()  # no file is chosen
    assert len(ready.engine.sent) == 3 and not strip.running
