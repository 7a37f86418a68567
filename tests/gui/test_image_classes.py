"""A folder of images for each class opens in the window like any other."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from workbench.gui.app.program import Program
from workbench.gui.app.task import task_of
from workbench.gui.results.place import ResultsPlace
from workbench.gui.train.place import TrainPlace

from .conftest import draw_photos


def opened(program: Program, folder: Path, qtbot: QtBot) -> None:
    draw_photos(folder / "ants", ["1.jpg", "2.jpg"])
    draw_photos(folder / "bees", ["1.jpg", "2.jpg", "3.jpg"])
    program.projects.open(folder)
    session = program.context.session
    assert session is not None
    qtbot.waitUntil(lambda: not session.index.scanning and not session.index.summarizing)
    assert task_of(session) == "image-classification"


def test_train_says_what_there_is_and_offers_recipes(
    program: Program, tmp_path: Path, qtbot: QtBot
) -> None:
    opened(program, tmp_path / "insects", qtbot)
    program.context.go("train")
    place = program.window.place_widget("train")
    assert isinstance(place, TrainPlace)
    qtbot.waitUntil(lambda: "5 labelled images" in place.data.words())
    assert "2 classes" in place.data.words() and not place.data.is_unlabelled()
    assert place.data.sample == "image"


def test_results_have_a_page(program: Program, tmp_path: Path, qtbot: QtBot) -> None:
    opened(program, tmp_path / "insects", qtbot)
    program.context.go("results")
    place = program.window.place_widget("results")
    assert isinstance(place, ResultsPlace) and place.page.isVisible()
