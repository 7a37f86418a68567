"""Results of a model of good images: figures, histogram, heat, what is behind each number; and
Train, Predict and what is kept of answers."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.support.good_parts import SIZE, SPOT, add_run, make_parts, publish, store_answers
from workbench.extension.plugins import register_bundled
from workbench.formats.score_maps import ScoreMap
from workbench.gui.app.program import Program
from workbench.gui.app.task import tasks_of_labels
from workbench.gui.predict.place import PredictPlace
from workbench.gui.results.place import ResultsPlace
from workbench.gui.style.theme import Theme
from workbench.gui.train.place import TrainPlace
from workbench.tasks.anomaly.saving import SAVING, limited, listed, said_of
from workbench.tasks.anomaly.window.page import DifferenceResults
from workbench.tasks.anomaly.window.predictions import DISPLAY
from workbench.tasks.anomaly.window.training_data import whole_labels
from workbench.tasks.image_classification.label_store import labels_of
from workbench.tasks.image_classification.window.kinds import hint_words

LEFT = Qt.MouseButton.LeftButton
FALSE_ALARM, FOUND = 1, 3
"""Cells of the confusion."""


class Bench:
    """The whole window, in Results."""

    def __init__(self, program: Program, qtbot: QtBot, folder: Path) -> None:
        self.program, self.qtbot = program, qtbot
        program.projects.open(folder)
        program.context.go("results")
        place = program.window.place_widget("results")
        assert isinstance(place, ResultsPlace) and isinstance(place.page, DifferenceResults)
        self.page = place.page
        assert program.context.session is not None
        self.session = program.context.session
        self.wait(lambda: self.page.snapshot is not None)
        self.settle()

    def wait(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=30_000)

    def settle(self) -> None:
        self.wait(lambda: self.page.worker.is_idle)

    def names(self) -> list[str]:
        model = self.page.view.images
        return [model.key(row) for row in range(model.rowCount())]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = make_parts(tmp_path / "parts")
    (made / "workbench.toml").write_text('name = "Parts"\ntask = "anomaly-detection"\n')
    return made


@pytest.fixture
def bench(make_program: Callable[..., Program], qtbot: QtBot, folder: Path) -> Bench:
    add_run(folder, {"spot/00.png": 0.45, "spot/01.png": 0.8})
    register_bundled()
    program = make_program()
    program.window.resize(1280, 800)
    with qtbot.waitExposed(program.window):
        program.window.show()
    return Bench(program, qtbot, folder)


def test_a_score_just_below_the_limit_does_not_read_as_the_limit(
    make_program: Callable[..., Program], qtbot: QtBot, folder: Path,
) -> None:
    add_run(folder, {"spot/01.png": 0.498})
    register_bundled()
    program = make_program()
    program.window.show()
    bench = Bench(program, qtbot, folder)
    words = {name: bench.page.view.images.word(row) for row, name in enumerate(bench.names())}
    assert words["spot/01.png"] == "0.498" and words["spot/00.png"] == "0.70"


def test_figures_and_the_most_different_images_first(bench: Bench) -> None:
    page = bench.page
    assert page.snapshot is not None
    assert page.metrics.figures["auroc"].text() == "1.000"
    assert page.metrics.figures["recall"].text() == "0.667"
    assert page.metrics.figures["false_alarms"].text() == "0.000"
    assert page.verdict.text() == ("2 of 3 faulty images found. 0 of 2 good images called "
                                   "different by mistake.")
    assert bench.names()[:3] == ["spot/01.png", "spot/02.png", "spot/00.png"]
    assert page.view.images.word(0) == "0.80"
    assert page.view.images.tone(2) == "bad_text"  # it is missed
    assert page.status()[0] == "2 good images, 3 faulty ones · AUROC 1.000"
    assert page.histogram.counts[int(0.8 * 40)] == 1
    assert page.toolbar.model_action.isVisible()


def test_figures_by_pixel_are_there_where_masks_are(
    make_program: Callable[..., Program], qtbot: QtBot, tmp_path: Path,
) -> None:
    folder = publish(make_parts(tmp_path / "made"), tmp_path / "parts")
    (folder / "workbench.toml").write_text('name = "Parts"\ntask = "anomaly-detection"\n')
    add_run(folder)
    register_bundled()
    program = make_program()
    program.window.show()
    bench = Bench(program, qtbot, folder)
    shown = bench.page.pixel_metrics
    assert not shown.isHidden() and float(shown.figures["aupro"].text()) > 0.8
    before = shown.figures["pixel_iou"].text()
    bench.page.toolbar.limit.set_value(0.2)
    bench.settle()
    assert shown.figures["pixel_iou"].text() != before


def test_good_images_alone_make_room_for_faulty_ones_when_the_training_ends(
    make_program: Callable[..., Program], qtbot: QtBot, tmp_path: Path,
) -> None:
    folder = publish(make_parts(tmp_path / "made"), tmp_path / "parts")
    (folder / "workbench.toml").write_text('name = "Parts"\ntask = "anomaly-detection"\n')
    run = add_run(folder)
    told = run.predictions_path("test")
    told.rename(later := told.with_suffix(".later"))
    store_answers(run, "val")
    run.write_state(state="running", pid=os.getpid())
    register_bundled()
    program = make_program()
    program.window.show()
    bench = Bench(program, qtbot, folder)
    assert bench.page.loading.part == "val"
    assert "There are no faulty images here" in bench.page.verdict.text()
    later.rename(told)
    run.write_state(state="finished", pid=0)
    bench.page.loading.refresh()
    bench.wait(lambda: bench.page.verdict.text().startswith("3 of 3 faulty images found."))
    assert bench.page.loading.part == "test"


def test_without_masks_there_are_no_figures_by_pixel(bench: Bench) -> None:
    assert bench.page.pixel_metrics.isHidden()


def test_the_slider_moves_all_figures(bench: Bench) -> None:
    page = bench.page
    page.toolbar.limit.set_value(0.3)
    bench.settle()
    assert page.metrics.figures["false_alarms"].text() == "1.000"
    assert page.confusion.counts == [0, 2, 0, 3]


def test_a_click_on_a_number_shows_the_images_behind_it(bench: Bench) -> None:
    page = bench.page
    QTest.mouseClick(page.confusion, LEFT,
                     pos=page.confusion.rect_of(FOUND).center().toPoint())
    bench.settle()
    assert bench.names() == ["spot/01.png", "spot/02.png"]
    assert page.panel.title.text() == "faulty, called different: 2 images"
    QTest.mouseClick(page.histogram, LEFT, pos=page.histogram.rect_of(32).center().toPoint())
    bench.settle()
    assert bench.names() == ["spot/01.png"]
    QTest.mouseClick(page.classes, LEFT, pos=page.classes.rect_of(0).center().toPoint())
    bench.settle()
    assert all(name.startswith("good/") for name in bench.names())
    page.panel.all_button.click()
    bench.settle()
    assert len(bench.names()) == 5 and not page.panel.all_button.isVisible()


def test_the_heat_can_be_made_fainter_and_hidden(bench: Bench) -> None:
    panel = bench.page.panel
    panel.view.set_row(0)
    panel.show_large(True)
    large = panel.large

    def middle() -> QColor:
        x, y = large.viewport.to_view(((SPOT[0] + SPOT[2]) / 2, (SPOT[1] + SPOT[3]) / 2))
        found: QColor = large.grab().toImage().pixelColor(QPoint(round(x), round(y)))
        return found

    panel.set_cover(1.0)
    bench.wait(lambda: middle().red() > 150 and middle().green() < 120)
    panel.set_cover(0.0)
    assert middle().green() > 200  # the spot itself, which is white
    panel.set_cover(1.0)
    panel.toggle_bare()
    assert middle().green() > 200
    panel.toggle_bare()
    assert middle().green() < 120


def test_a_class_that_is_mended_counts_when_asked_for(bench: Bench) -> None:
    labels = whole_labels(bench.session)
    bench.wait(lambda: labels.ready)
    labels.set_label(["spot/00.png"], "good")
    assert bench.page.loading.changed() == 1
    bench.page.recompute()
    bench.settle()
    assert bench.page.metrics.figures["recall"].text() == "1.000"
    assert "1 of 3" not in bench.page.verdict.text() and "2 of 2" in bench.page.verdict.text()


def test_good_images_stay_good_when_their_class_is_renamed(bench: Bench) -> None:
    labels = whole_labels(bench.session)
    bench.wait(lambda: labels.ready)
    before = bench.page.verdict.text()
    labels.rename_class("good", "whole")
    assert bench.page.loading.changed() == 2  # those that are shown
    bench.page.recompute()
    bench.settle()
    assert bench.page.verdict.text() == before
    assert bench.page.snapshot is not None and bench.page.snapshot.results.classes[0] == "whole"
    bench.session.undo.undo()
    bench.page.recompute()
    bench.settle()
    assert bench.page.verdict.text() == before
    assert bench.page.snapshot.results.classes[0] == "good"


def test_what_differs_has_a_colour_of_its_own_in_predict(bench: Bench) -> None:
    bench.program.context.go("use")
    place = bench.program.window.place_widget("use")
    assert isinstance(place, PredictPlace)
    bench.wait(lambda: place.keeping.model is not None)
    assert len({place.colors.name(name) for name in ("good", "spot", "differs")}) == 3


def test_train_offers_it_for_photos_without_a_label(
    make_program: Callable[..., Program], qtbot: QtBot, tmp_path: Path,
) -> None:
    folder = make_parts(tmp_path / "photos", good=4, faulty=0, names=("", "spot"))
    register_bundled()
    program = make_program()
    program.projects.open(folder)
    session = program.context.session
    assert session is not None
    qtbot.waitUntil(lambda: not (session.index.scanning or session.index.summarizing),
                    timeout=30_000)
    assert "anomaly-detection" in [task.id for task in tasks_of_labels(session)]
    program.context.go("train")
    train = program.window.place_widget("train")
    assert isinstance(train, TrainPlace)
    train.data.learn("anomaly-detection")
    assert session.manifest.task == "anomaly-detection"
    assert not train.data.is_unlabelled()
    assert train.data.words() == "4 images, all taken for good."
    assert "detection" in [task.id for task in tasks_of_labels(session)]  # and back again
    assert "nothing needs a class" in hint_words(session, labels_of(session), 0)


def test_the_good_class_is_one_of_the_projects(
    make_program: Callable[..., Program], qtbot: QtBot, folder: Path,
) -> None:
    register_bundled()
    program = make_program()
    program.projects.open(folder)
    session = program.context.session
    assert session is not None
    labels = whole_labels(session)
    qtbot.waitUntil(lambda: labels.ready and not session.index.scanning, timeout=30_000)
    program.context.go("train")
    train = program.window.place_widget("train")
    assert isinstance(train, TrainPlace)
    qtbot.waitUntil(lambda: "good" in session.classes.names, timeout=30_000)
    train.data.changed.emit()
    box = train.panel.form.editor("good").control
    qtbot.waitUntil(lambda: box.count() == 3, timeout=30_000)
    assert [box.itemText(place) for place in range(3)] == ["Automatic", "good", "spot"]
    box.setCurrentIndex(2)
    assert train.panel.form.editor("good").value() == "spot"


# --- answers --------------------------------------------------------------------------------------


def answer(score: float, file: str = "a.png") -> dict[str, object]:
    values = np.full((8, 12), 60, np.uint8)
    values[2:5, 7:10] = round(255 * score)
    return said_of({"file": file, "size": [2 * SIZE[0], 2 * SIZE[1]],
                    "classes": ["good", "differs"], "score": score,
                    "heat": ScoreMap(score, values).to_json()})


def test_an_answer_follows_the_limit() -> None:
    item = DISPLAY.pack(answer(0.6))
    assert DISPLAY.count(item, {"score": 0.5}) == ({"differs": 1}, 0.6)
    assert DISPLAY.count(item, {"score": 0.7})[0] == {"good": 1}
    assert DISPLAY.shown(item, {"score": 0.7})["label"] == "good"
    assert limited(item, {})["label"] == "differs"


def test_regions_lie_where_it_is_hot_in_pixels_of_the_image() -> None:
    [row] = SAVING.rows(answer(0.8))
    label, score, share, left, top, right, bottom = row
    assert label == "differs" and float(score) == pytest.approx(0.8, abs=0.01)
    assert 0.05 < float(share) < 0.2
    # the hot cells span 112..160 across and 32..80 down in an image of 192 × 128
    assert [float(edge) for edge in (left, top, right, bottom)] == pytest.approx(
        [112, 32, 160, 80], abs=8)
    assert list(SAVING.rows(answer(0.4))) == []
    found = listed(answer(0.8))
    assert found["labels"] == ["differs"] and len(found["boxes"]) == 1
    assert SAVING.annotation is not None
    [region] = SAVING.annotation(answer(0.8)).objects
    assert region.label == "differs"


def test_heat_is_painted_and_drawn() -> None:
    def painted(score: float) -> QColor:
        image = QImage(192, 128, QImage.Format.Format_RGB32)
        image.fill(QColor("#808080"))
        with QPainter(image) as painter:
            DISPLAY.paint(painter, QRectF(0, 0, 192, 128), answer(score),
                          lambda _name: QColor("#ff0000"), Theme("light"))
        return image.pixelColor(136, 56)

    assert painted(0.8).red() > painted(0.8).green() + 50
    assert painted(0.3) == QColor("#808080")
    picture = Image.new("RGB", (192, 128), "#808080")
    draw = SAVING.files["draw"].draw
    assert draw is not None
    draw(picture, answer(0.8), lambda _name: "#ff0000")
    red, green, _ = picture.getpixel((136, 56))
    assert red > green + 50 and picture.getpixel((20, 100)) == (128, 128, 128)
