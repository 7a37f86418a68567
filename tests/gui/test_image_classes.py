"""A folder of images for each class opens in the window like any other."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from workbench.gui.app.program import Program
from workbench.gui.app.task import task_of
from workbench.gui.results.place import ResultsPlace
from workbench.gui.train.place import TrainPlace
from workbench.tasks.image_classification.label_store import labels_of

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
    qtbot.waitUntil(lambda: place.data.words() == "5 labelled images, 2 classes.")
    assert not place.data.is_unlabelled() and place.data.sample == "image"
    (tmp_path / "insects" / "labels.csv").write_text("file,label\nbees/3.jpg,wasps\n", "utf-8")
    session = program.context.session
    assert session is not None
    labels_of(session).look()
    qtbot.waitUntil(lambda: place.data.words() == "5 labelled images, 3 classes.")


def test_results_have_a_page(program: Program, tmp_path: Path, qtbot: QtBot) -> None:
    opened(program, tmp_path / "insects", qtbot)
    program.context.go("results")
    place = program.window.place_widget("results")
    assert isinstance(place, ResultsPlace) and place.page.isVisible()
