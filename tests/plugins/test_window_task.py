"""A plugin's task in the real window: Train, Results and Predict know it by ``extension`` alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from tests.plugins.test_everything import learn, plugin, project
from tests.plugins.test_window_parts import window
from workbench.extension.tasks import tasks
from workbench.extension.window import WindowTask
from workbench.gui.app.context import RunTarget
from workbench.gui.app.program import Program
from workbench.project.runs import RunFolder

__all__ = ["plugin", "project", "window"]  # fixtures


def fails(context: object) -> object:
    raise RuntimeError("no page today")


FAILING = WindowTask("images", "image", "error", ("", "", ""), f"{__name__}:fails", "", "")


@pytest.fixture
def run(project: Path) -> RunFolder:
    return learn(project, "--epochs", "1")


def place(program: Program, id: str) -> Any:
    program.context.go(id)
    assert program.window.place == id
    return program.window.place_widget(id)


def test_its_models_are_trained_and_looked_at_in_the_window(
        run: RunFolder, window: Callable[[], Program], qtbot: QtBot) -> None:
    program = window()
    program.projects.open(run.project)
    train = place(program, "train")
    assert train.data.words() == "20 images and how bright they are."
    box = train.panel.form.recipe_box
    offered = [box.itemData(at) for at in range(box.count())]
    assert "two-steps" in offered and "compact-n" not in offered
    program.context.go("results", RunTarget(run.name))
    page = program.window.place_widget("results").page.focusProxy()
    error = run.state["metrics"]["test"]["error"]
    assert page.words.text() == f"{run.name}: off by {error:.3f}"
    predict = place(program, "use")
    assert page.words.text() == ""  # it was told that it was left
    qtbot.waitUntil(lambda: predict.model is not None)
    assert predict.model.run == run.name and predict.model.task == "brightness"


def test_a_page_of_results_that_fails_is_a_message(
        run: RunFolder, window: Callable[[], Program], monkeypatch: pytest.MonkeyPatch) -> None:
    task = tasks.get("brightness")
    monkeypatch.setitem(tasks._items, "brightness", task._replace(window=f"{__name__}:FAILING"))
    program = window()
    program.projects.open(run.project)
    place(program, "results")
    assert program.window.overlays.message_bar.text == (
        "Results could not be opened: RuntimeError: no page today")
    assert any("test_window_task.py" in entry.detail for entry in program.context.log.entries)
