"""The place as a person uses it: sliders, cells, pictures, ways to other places."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QComboBox, QFileDialog

from tests.gui.results.agreement import (
    assert_all_agree,
)
from tests.gui.results.conftest import add_run
from tests.support.reach import out_of_reach
from workbench.gui.app.context import ImageTarget, TrainTarget
from workbench.jobs.commands import Control, Evaluate
from workbench.jobs.events import Failed, Finished, Progress


def click_cell(qtbot, stage, cell):
    view = stage.place.confusion
    point = view.cell_rect(cell).center().toPoint()
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=point)
    stage.settle()


def largest_mistake(evaluation):
    """The cell outside the diagonal that holds most."""
    matrix = evaluation.confusion.copy()
    np.fill_diagonal(matrix, 0)
    row, column = np.unravel_index(int(matrix.argmax()), matrix.shape)
    return int(row), int(column)


@pytest.mark.parametrize("size", [(576, 290), (448, 215)])
def test_in_a_small_window_the_pictures_lie_below_the_figures(ready, qtbot, size):
    place = ready.place
    place.resize(1216, 730)
    assert not place.area.stacked
    place.setMinimumSize(1, 1)
    place.resize(*size)
    qtbot.waitUntil(lambda: not out_of_reach(place))
    assert place.area.stacked and place.area.horizontalScrollBar().maximum() == 0
    place.show_group("extra")
    ready.settle()
    gallery = place.gallery
    assert gallery.mapTo(place.area, gallery.rect().topLeft()).y() == 0
    assert gallery.view.viewport().height() > 0
    for kind in filter(QAbstractButton.isVisible, gallery.kinds.findChildren(QAbstractButton)):
        assert kind.visibleRegion().boundingRect().size() == kind.size()


def test_everything_says_the_same_at_first(ready):
    assert ready.place.toolbar.run_box.currentText().startswith("newer")
    assert ready.place.toolbar.part_box.currentText() == "validation · 14 images"
    ready.place.show_all()
    ready.settle()
    assert ready.place.gallery.title.text() == "14 images"
    assert_all_agree(ready)
    assert ready.place.status()[1].startswith("updated in")


def test_a_click_on_a_cell_shows_exactly_its_boxes(qtbot, ready):
    evaluation = ready.place.snapshot.evaluation
    cell = largest_mistake(evaluation)
    click_cell(qtbot, ready, cell)
    assert ready.place.confusion.cell == cell
    number = evaluation.confusion[cell]
    assert number > 0 and ready.place.gallery.view.gallery.rowCount() == number
    assert ready.place.gallery.title.text().startswith(f"{number:,} ")
    assert_all_agree(ready)
    model = ready.place.gallery.view.gallery
    for row in range(model.rowCount()):
        _, truth, found = model.entries.identity(row)
        highlighted = [mark for mark in model.boxes_on(row) if mark.highlighted]
        assert len(highlighted) == (truth >= 0) + (found >= 0)
    click_cell(qtbot, ready, cell)  # once more takes it back
    assert ready.place.confusion.cell is None
    assert ready.place.gallery.title.text().endswith(" mistakes")


@pytest.mark.parametrize("name", ["score", "nms", "match"])
def test_a_slider_moves_drawings_numbers_and_matrix_together(qtbot, ready, name):
    click_cell(qtbot, ready, largest_mistake(ready.place.snapshot.evaluation))
    before = ready.place.snapshot.evaluation.confusion.tolist()
    slider = getattr(ready.place.toolbar, name)
    for value in (0.35, 0.6, 0.85):
        slider.set_value(value)
    ready.settle()
    assert ready.place.snapshot.evaluation.confusion.tolist() != before
    assert_all_agree(ready)


def test_a_dragged_slider_never_queues_up(qtbot, ready):
    seen = []
    show = ready.place._show
    ready.place._show = lambda shown: (seen.append(shown.evaluation.thresholds), show(shown))
    for step in range(100):
        ready.place.toolbar.nms.set_value(0.2 + step / 200)
    ready.settle()
    assert len(seen) < 30
    assert seen[-1] == ready.place.toolbar.thresholds()
    assert_all_agree(ready)


def test_what_one_looks_at_stays_while_a_slider_moves(qtbot, ready):
    rbc = ready.place.loading.results.classes.index("RBC")
    click_cell(qtbot, ready, (rbc, rbc))
    view = ready.place.gallery.view
    ready.place.gallery.set_order("file")
    ready.settle()
    view.set_row(40)
    chosen = view.gallery.entries.identity(40)
    value = view.verticalScrollBar().value()
    assert value > 0
    ready.place.toolbar.score.set_value(0.45)
    ready.settle()
    assert view.gallery.entries.identity(view.row) == chosen
    assert view.verticalScrollBar().value() == value


def test_a_double_click_opens_the_image_at_the_box_and_back_is_the_same_spot(qtbot, ready):
    rbc = ready.place.loading.results.classes.index("RBC")
    click_cell(qtbot, ready, (rbc, rbc))
    view = ready.place.gallery.view
    view.set_row(30)
    index = view.gallery.index(30)
    point = view.visualRect(index).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point)
    qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point)
    place, target = ready.went[-1]
    table = view.gallery.entries.table
    key = ready.place.loading.results.keys[int(table.image[30])]
    box = tuple(table.boxes[30].tolist())
    assert (place, target) == ("images", ImageTarget(key, box=box, back="results"))
    objects = ready.place.loading.results.objects[int(table.image[30])]
    assert box == objects[int(table.truth[30])].box
    value = view.verticalScrollBar().value()
    ready.place.left()
    ready.place.hide()
    ready.enter()
    assert (view.row, view.verticalScrollBar().value()) == (30, value)
    assert ready.place.confusion.cell == (rbc, rbc)


def test_a_spurious_detection_goes_along_to_its_image(qtbot, ready):
    results = ready.place.loading.results
    rbc, none = results.classes.index("RBC"), len(results.classes)
    click_cell(qtbot, ready, (none, rbc))
    view = ready.place.gallery.view
    table = view.gallery.entries.table
    ready.place.open_image(3)
    place, target = ready.went[-1]
    image, found = int(table.image[3]), int(table.detection[3])
    assert (place, target.key) == ("images", results.keys[image])
    assert target.ghost.box == tuple(results.raw[image].boxes[found].tolist())
    assert target.ghost.label == "RBC"
    assert target.ghost.score == pytest.approx(float(table.score[3]))
    click_cell(qtbot, ready, (rbc, none))
    ready.place.open_image(0)
    assert ready.went[-1][1].ghost is None, "a missed object has a label to select"


def test_the_matrix_and_the_pictures_need_no_mouse(qtbot, ready):
    view, gallery = ready.place.confusion, ready.place.gallery
    view.setFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Left):
        qtbot.keyClick(view, key)
    ready.settle()
    assert view.cell == (1, 0)
    assert "taken for" in view.accessibleDescription()
    qtbot.keyClick(view, Qt.Key.Key_Up)
    qtbot.keyClick(view, Qt.Key.Key_Up)
    ready.settle()
    assert view.cell == (0, 0)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert gallery.view.row == 0
    qtbot.keyClick(gallery.view, Qt.Key.Key_Space)
    assert gallery.is_large
    qtbot.keyClick(gallery.large, Qt.Key.Key_Right)
    assert gallery.view.row == 1
    qtbot.keyClick(gallery.large, Qt.Key.Key_Return)
    assert ready.went[-1][0] == "images"
    qtbot.keyClick(gallery.large, Qt.Key.Key_Escape)
    assert not gallery.is_large
    qtbot.keyClick(gallery.view, Qt.Key.Key_Escape)
    ready.settle()
    assert view.cell is None


def test_hovering_says_it_in_words(qtbot, ready):
    view = ready.place.confusion
    none = len(ready.place.loading.results.classes)
    missed = view.count((1, none))
    qtbot.mouseMove(view, view.cell_rect((1, none)).center().toPoint())
    name = ready.place.loading.results.classes[1]
    verb = "was" if missed == 1 else "were"
    assert view.sentence((1, none)) == f"{missed} {name} {verb} missed"
    assert view.at(QPointF(view.cell_rect((1, none)).center())) == (1, none)


def test_missing_detections_are_fetched_with_progress(qtbot, stage, cells, dataset):
    run = add_run(cells, dataset, stored=False)
    made = stage()
    made.enter()
    qtbot.waitUntil(lambda: made.engine.sent != [])
    command = made.engine.sent[0]
    assert command == Evaluate(command.job, str(cells), run.name, "val")
    made.engine.on_event(Progress(command.job, "Detecting on val", 5, 20))
    qtbot.waitUntil(lambda: made.place.waiting.progress.fraction == 0.25)
    qtbot.waitUntil(lambda: made.place.waiting.isVisible())
    assert made.place.waiting.button_text == "Cancel"
    donor = add_run(cells, dataset, recipe="donor")
    donor.predictions_path("val").rename(run.predictions_path("val"))
    donor.best_path.unlink()
    made.engine.on_event(Finished(command.job, "finished", {}))
    qtbot.waitUntil(lambda: made.place.snapshot is not None)
    made.settle()
    assert made.place.gallery.isVisible()
    assert made.place.loading.results.run == run.name
    assert_all_agree(made)


def test_what_the_engine_cannot_do_is_told_and_can_be_tried_again(qtbot, stage, cells, dataset):
    add_run(cells, dataset, stored=False)
    made = stage()
    made.enter()
    qtbot.waitUntil(lambda: made.engine.sent != [])
    made.engine.on_event(Failed(made.engine.sent[0].job, "There is no memory left."))
    waiting = made.place.waiting
    qtbot.waitUntil(lambda: waiting.button_text == "Try again")
    assert "There is no memory left." in waiting.state._text.text()
    qtbot.mouseClick(waiting.state.button, Qt.MouseButton.LeftButton)
    made.settle()
    qtbot.waitUntil(lambda: len(made.engine.sent) == 2)
    qtbot.waitUntil(lambda: waiting.button_text == "Cancel")
    qtbot.mouseClick(waiting.cancel_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(made.engine.sent) == 3)
    assert made.engine.sent[2] == Control(made.engine.sent[1].job, "cancel")
    assert waiting.button_text == "Evaluate 14 validation images"


def test_damaged_detections_are_told_in_place(stage, cells, dataset):
    run = add_run(cells, dataset)
    run.predictions_path("val").write_bytes(b"nonsense")
    made = stage()
    made.enter()
    assert made.place.waiting.isVisible()
    assert "damaged" in made.place.waiting.state._text.text()


def test_mended_labels_are_noticed_and_counted(qtbot, ready):
    place, session = ready.place, ready.session
    truths = place.snapshot.evaluation.truths
    key = place.loading.results.keys[2]
    objects = session.document(key).annotation.objects
    session.edit(key, objects[1:], "delete a box")
    assert place.notice.isVisible()
    assert place.notice.text.full_text() == "Labels changed on 1 image"
    assert place.snapshot.evaluation.truths == truths
    session.undo.undo()
    assert not place.notice.isVisible()
    session.undo.redo()
    qtbot.mouseClick(place.notice.recompute_button, Qt.MouseButton.LeftButton)
    ready.settle()
    assert place.snapshot.evaluation.truths == truths - 1
    assert place.loading.before.live.update().truths == truths - 1
    assert place.notice.text.full_text() == "Updated with your corrections"
    assert not place.notice.recompute_button.isVisible()
    assert place.toolbar.part_box.currentText() == "validation · 14 images"
    qtbot.mouseClick(place.notice.train_button, Qt.MouseButton.LeftButton)
    assert ready.went[-1] == ("train", TrainTarget())
    assert_all_agree(ready)


def test_a_class_colour_is_the_same_everywhere(qtbot, ready):
    place = ready.place
    ready.session.set_class_color("RBC", "#123456")
    ready.settle()
    number = place.loading.results.classes.index("RBC")
    assert place.confusion._colors[number] == "#123456"
    assert place.curves.chart.curves["RBC"].color == "#123456"
    marks = place.gallery.view.gallery.boxes_on(0)
    assert {m.color for m in marks if m.name == "RBC"} == {"#123456"}


def test_the_boxes_behind_a_number_can_be_saved(qtbot, ready, tmp_path, monkeypatch):
    cell = largest_mistake(ready.place.snapshot.evaluation)
    click_cell(qtbot, ready, cell)
    path = tmp_path / "out.csv"
    asked = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName",
                        lambda *a: (asked.append(a), (str(path), ""))[1])
    ready.place.export()
    ready.settle()
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))
    assert len(rows) == ready.place.snapshot.evaluation.confusion[cell]
    names = (*ready.place.loading.results.classes, "none")
    assert {(row["truth"], row["detected"]) for row in rows} == {(names[cell[0]], names[cell[1]])}
    assert "-val-" in asked[0][2] and asked[0][2].endswith(".csv")
    ready.place.show_all()
    ready.settle()
    ready.place.export()
    ready.settle()
    every = list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))
    assert len(every) == ready.place.snapshot.evaluation.confusion.sum()
    assert ready.said[-1] == ("ok", "Saved out.csv.")


def test_a_report_is_written_into_the_run(qtbot, ready, monkeypatch):
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    ready.place.write_report()
    ready.settle()
    path = ready.place.loading.run.folder.path / "report-val.html"
    assert [url.toLocalFile() for url in opened] == [str(path)]
    html = path.read_text("utf-8")
    assert html.count("data:image/jpeg;base64,") == 12
    assert f"{ready.place.snapshot.evaluation.map:.3f}" in html
    assert "Blood cells" in html


def test_the_best_score_is_one_click_away(qtbot, ready):
    ready.place.scores.best_button.click()
    ready.settle()
    best = ready.place.snapshot.evaluation.f1
    curve = ready.place.snapshot.evaluation.curve
    assert best == pytest.approx(curve.f1.max(), abs=0.01)


def test_sliders_are_remembered(qtbot, ready, tmp_path):
    ready.place.toolbar.nms.set_value(0.61)
    ready.place.toolbar.nms.released.emit(0.61)
    again = type(ready.place)(type(ready.context)(ready.theme, ready.client,
                                                 ready.context.settings))
    qtbot.addWidget(again)
    assert again.toolbar.nms.value() == pytest.approx(0.61)
    again.worker.stop()


def test_thousands_of_pictures_cost_only_those_in_view(qtbot, ready, monkeypatch):
    place = ready.place
    asked = set()
    get = place.gallery.crops.get
    monkeypatch.setattr(place.gallery.crops, "get", lambda crop: (asked.add(crop), get(crop))[1])
    place.toolbar.score.set_value(0.01)
    place.toolbar.nms.set_value(0.95)
    ready.settle()
    rbc = place.loading.results.classes.index("RBC")
    click_cell(qtbot, ready, (len(place.loading.results.classes), rbc))
    rows = place.gallery.view.gallery.rowCount()
    assert rows > 1000
    place.gallery.view.viewport().repaint()
    asked.clear()
    place.gallery.view.verticalScrollBar().setValue(
        place.gallery.view.verticalScrollBar().maximum())
    place.gallery.view.viewport().repaint()
    assert 0 < len(asked) < 30


def test_every_control_has_a_name(ready):
    for kind in (QAbstractButton, QAbstractSlider, QComboBox):
        for widget in ready.place.findChildren(kind):
            if widget.isVisible() and widget.focusPolicy() != Qt.FocusPolicy.NoFocus:
                text = widget.text() if isinstance(widget, QAbstractButton) else ""
                assert widget.accessibleName() or text, widget


def test_another_project_forgets_all(qtbot, ready):
    ready.context.session = None
    ready.context.session_changed.emit()
    assert ready.place.snapshot is None
    assert ready.place.gallery.view.gallery.rowCount() == 0
    assert ready.place.status() == ("", "")
    assert not ready.place.toolbar.isVisible()


def test_light_and_dark_both_paint(qtbot, ready):
    light = ready.place.grab().toImage()
    ready.theme.set_mode("dark")
    dark = ready.place.grab().toImage()
    assert light.pixelColor(5, 5).lightness() > 200 > 60 > dark.pixelColor(5, 5).lightness()
