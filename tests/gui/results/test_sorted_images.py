"""Results of a classifier of images: figures, the images behind a cell, labels mended there."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from tests.gui.conftest import draw_photos
from workbench.evaluation.classification import classify
from workbench.evaluation.scored import figures
from workbench.extension.plugins import register_bundled
from workbench.extension.window import places
from workbench.formats.scores import ScoreSet, save_scores
from workbench.gui.app.program import Program
from workbench.gui.results.place import ResultsPlace
from workbench.gui.shell.places import BUNDLED
from workbench.jobs.commands import Command, Control, Explain
from workbench.jobs.events import Explained, Finished, Progress
from workbench.project.datasets.splits import Split, save_split
from workbench.project.runs import RunFolder
from workbench.tasks.image_classification.window.page import ImageClassResults

LEFT = Qt.MouseButton.LeftButton
KEYS = [f"{label}/{number}.png" for label in ("ant", "bee") for number in range(4)]
SURE = {"ant/1.png": 0.05, "ant/2.png": 0.4}
"""Probability of "ant" where it is not 0.9 (ants) or 0.1 (bees)."""


def make_run(folder: Path, name: str = "instant") -> Path:
    """A folder of eight images with a run that takes two ants for bees."""
    for label in ("ant", "bee"):
        draw_photos(folder / label, [f"{number}.png" for number in range(4)])
    split = Split("mine", 0, [], [], KEYS)
    run = RunFolder.create(folder, name, {
        "recipe": "instant", "task": "image-classification", "classes": ["ant", "bee"],
        "split": {"name": "mine"}, "epochs": 1})
    save_split(run.path, split)
    run.best_path.write_bytes(b"")
    run.write_state(state="finished", pid=0)
    ant = np.array([SURE.get(key, 0.9 if key.startswith("ant") else 0.1) for key in KEYS])
    save_scores(run.predictions_path("test"), ScoreSet(
        KEYS, np.zeros((len(KEYS), 2)),
        np.array([key.startswith("bee") for key in KEYS]).astype(np.int64),
        np.stack([ant, 1 - ant], 1).astype(np.float32), ["ant", "bee"], {}))
    return folder


class Bench:
    """The whole window, in Results."""

    def __init__(self, program: Program, qtbot: QtBot, folder: Path) -> None:
        self.program, self.qtbot, self.folder = program, qtbot, folder
        program.projects.open(folder)
        program.context.go("results")
        place = program.window.place_widget("results")
        assert isinstance(place, ResultsPlace)
        assert isinstance(place.page, ImageClassResults)
        self.page = place.page
        self.wait(lambda: self.page.snapshot is not None)
        self.session = program.context.session
        assert self.session is not None

    def wait(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=30_000)

    def accuracy(self) -> float:
        assert self.page.snapshot is not None
        return self.page.snapshot.evaluation.accuracy

    def settle(self) -> None:
        self.wait(lambda: self.page.worker.is_idle)

    def keys(self) -> list[str]:
        model = self.page.view.samples
        return [model.sample(row).key for row in range(model.rowCount())]

    def click_cell(self, row: int, column: int) -> None:
        view = self.page.confusion
        QTest.mouseClick(view, LEFT, pos=view.cell_rect((row, column)).center().toPoint())
        self.settle()

    def click_image(self, row: int) -> None:
        view = self.page.view
        QTest.mouseClick(view.viewport(), LEFT,
                         pos=view.visualRect(view.samples.index(row)).center())


@pytest.fixture
def bench(make_program: Callable[..., Program], qtbot: QtBot, tmp_path: Path) -> Bench:
    register_bundled()
    program = make_program([*BUNDLED, places.get("sort")])
    with qtbot.waitExposed(program.window):
        program.window.show()
    return Bench(program, qtbot, make_run(tmp_path / "insects"))


def test_the_biggest_mistakes_come_first(bench: Bench) -> None:
    assert bench.accuracy() == pytest.approx(0.75)
    assert bench.keys()[:2] == ["ant/1.png", "ant/2.png"]
    assert bench.page.view.samples.word(0) == "ant → bee"
    assert bench.page.status()[0] == "8 images · 2 mistakes"
    bench.program.window.resize(900, 600)
    title = bench.page.panel.title
    bench.wait(lambda: bench.program.window.width() == 900 and title.text() == "8 images")


def test_a_cell_of_the_matrix_shows_its_images(bench: Bench) -> None:
    bench.click_cell(0, 1)
    assert bench.keys() == ["ant/1.png", "ant/2.png"]
    assert bench.page.panel.title.full_text() == "“ant” taken for “bee”: 2 images"
    bench.page.panel.all_button.click()
    bench.settle()
    assert len(bench.keys()) == 8


def test_a_wrong_label_is_mended_by_a_key_and_undone(bench: Bench) -> None:
    bench.click_image(0)
    QTest.keyClick(bench.page.view, Qt.Key.Key_2)
    assert bench.page.view.samples.new_label(0) == "bee"
    assert "Labels changed on 1 image" in bench.page.notice.text.full_text()
    bench.wait(lambda: bench.session.saver.state == "saved")
    table = (bench.folder / "labels.csv").read_text(encoding="utf-8")
    assert table == "file,label\nant/1.png,bee\n"
    bench.page.notice.recompute_button.click()
    bench.wait(lambda: bench.accuracy() == pytest.approx(7 / 8))
    bench.program.context.actions["results.sorted.undo"].run()
    assert bench.page.view.samples.new_label(bench.keys().index("ant/1.png")) == "ant"


def heat(name: str, score: float, lowest: float) -> dict[str, object]:
    values = np.zeros((2, 2), "<f4")
    values[0, 0] = score - lowest
    return {"id": name, "title": name, "rows": 2, "frames": 2, "box": [0.125, 0, 0.875, 1],
            "values": base64.b64encode(values.tobytes()).decode(), "score": score,
            "lowest": lowest}


def test_an_image_is_explained_and_opened_where_it_is_labelled(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.click_image(1)
    engine, sent = bench.program.context.engine, list[Command]()
    monkeypatch.setattr(engine, "send", sent.append)
    bench.page.panel.why_button.click()
    asked, popup = sent.pop(), bench.page.explainer.popup
    assert isinstance(asked, Explain) and asked.method == "occlusion" and popup is not None
    file = str(bench.folder / "ant/2.png")
    assert asked.file == file and asked.run.endswith("instant")
    engine.event.emit(Progress(asked.job, "Covering parts of the image", 8, 65))
    assert "Covering parts of the image" in [item.text() for item in popup.findChildren(QLabel)]
    engine.event.emit(Explained(asked.job, file, "instant", {}, [
        heat("bee", 0.9, 0.2), heat("ant", 0.1, 0.09)]))
    engine.event.emit(Finished(asked.job, "finished", {}))
    view = popup.heat
    assert view is not None and popup.isVisible()
    assert "the score of bee most, from 0.90 to 0.20" in view.words.text()
    view.class_box.setCurrentIndex(1)
    assert "No single place matters much for the score of ant" in view.words.text()
    view.class_box.setCurrentIndex(0)
    bench.wait(lambda: view.picture.loader.get(file, 1024) is not None)
    with_map, size = view.picture.grab().toImage(), view.picture.size()
    assert popup.focusWidget() is view.strength.slider
    QTest.keyClick(view.strength.slider, Qt.Key.Key_Home)
    plain = view.picture.grab().toImage()
    middle = (size.width() // 2, size.height() // 2)
    assert with_map.pixelColor(*middle) != plain.pixelColor(*middle)
    QTest.mouseClick(view.close_button, LEFT)
    assert not popup.isVisible()
    assert not sent, "it had ended"
    bench.page.explain()
    stopped, popup = sent.pop(), bench.page.explainer.popup
    assert isinstance(stopped, Explain) and popup is not None
    popup.close()
    assert sent == [Control(stopped.job, "cancel")]
    bench.click_image(1)
    bench.page.panel.open_button.click()
    assert bench.program.window.place == "sort"
    sort = bench.program.window.place_widget("sort")
    bench.wait(lambda: sort.grid.chosen() == ["ant/2.png"])  # type: ignore[union-attr]


def test_a_table_and_a_report_hold_what_is_shown(bench: Bench, tmp_path: Path) -> None:
    bench.click_cell(0, 1)
    shown = bench.page.snapshot
    assert shown is not None
    name, make = bench.page.csv(shown)
    assert name == "ant-as-bee"
    lines = make().decode("utf-8").splitlines()
    assert lines[0] == "file,truth,predicted,confidence,loss,ant,bee"
    assert lines[1].startswith("ant/1.png,ant,bee,0.9500,")
    path = bench.page.report_writer(shown, tmp_path / "report.html", "Insects", {})()
    assert "ant" in path.read_text(encoding="utf-8")


def test_calibration_and_the_five_likeliest(bench: Bench) -> None:
    assert bench.page.snapshot is not None
    evaluation = bench.page.snapshot.evaluation
    card = bench.page.calibration
    assert f"error {evaluation.calibration.error:.3f}" in [
        label.text() for label in card.findChildren(QLabel)]
    assert bench.page.metrics.figures["top5"].isHidden()  # two classes have no five
    six = classify(np.eye(6)[[0, 1, 2, 5]], np.array([0, 1, 3, 5]), tuple("abcdef"))
    assert figures(six)["top5"] == 1.0
