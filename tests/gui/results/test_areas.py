"""Results of a model of areas: figures, matrix, pictures with areas over them, labels mended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.support.area_runs import add_area_run
from tests.support.tiny_areas import make_areas, picture
from workbench.core.errors import WorkbenchError
from workbench.extension.plugins import register_bundled
from workbench.gui.app.program import Program
from workbench.gui.results.own_answers import own_answers_note
from workbench.gui.results.place import ResultsPlace
from workbench.gui.style import tokens
from workbench.gui.widgets.menu import Menu
from workbench.project.suggestions import Suggestion, suggestions_of
from workbench.tasks.segmentation.results import AreaSet, open_results
from workbench.tasks.segmentation.samples import load_areas
from workbench.tasks.segmentation.window.page import AreaResults

LEFT = Qt.MouseButton.LeftButton
DISC, STRIPE, NOTHING = 0, 1, 2
"""Rows and columns of the matrix."""


def half_missed(areas: np.ndarray, levels: np.ndarray) -> None:
    """The disc is not found."""
    levels[areas == 1] = 0


def unsure(areas: np.ndarray, levels: np.ndarray) -> None:
    """The stripe is taken for a disc, with a score of 0.55; another disc is in the corner."""
    levels[areas == 2] = 11
    areas[areas == 2] = 1
    areas[:4, :4], levels[:4, :4] = 1, 18


class Bench:
    """The whole window, in Results."""

    def __init__(self, program: Program, qtbot: QtBot, folder: Path) -> None:
        self.program, self.qtbot, self.folder = program, qtbot, folder
        program.projects.open(folder)
        program.context.go("results")
        place = program.window.place_widget("results")
        assert isinstance(place, ResultsPlace)
        assert isinstance(place.page, AreaResults)
        self.page = place.page
        self.settle()
        assert program.context.session is not None
        self.session = program.context.session

    def wait(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=30_000)

    def settle(self) -> None:
        self.wait(lambda: self.page.worker.is_idle)

    def names(self) -> list[str]:
        model = self.page.view.images
        return [model.name(row) for row in range(model.rowCount())]

    def click_cell(self, row: int, column: int) -> None:
        view = self.page.confusion
        QTest.mouseClick(view, LEFT, pos=view.cell_rect((row, column)).center().toPoint())
        self.settle()

    def enlarge(self, row: int) -> None:
        view = self.page.view
        QTest.mouseClick(view.viewport(), LEFT,
                         pos=view.visualRect(view.images.index(row)).center())
        QTest.keyClick(view, Qt.Key.Key_Space)
        assert self.page.panel.is_large

    def seen(self) -> QImage:
        """The enlarged image as it is on the screen, when it and its areas are there."""
        large, overlays = self.page.panel.large, self.page.panel.overlays
        image = self.page.view.images.image(self.page.view.row or 0)
        self.wait(lambda: overlays.get(image) is not None and not self.is_bare(large.grab()))
        return large.grab().toImage()

    def is_bare(self, pixmap: QPixmap) -> bool:
        image = pixmap.toImage()
        place = self.at(8, 3).toPoint()
        return image.pixelColor(place) == self.program.context.theme.color("canvas")

    def at(self, x: float, y: float) -> QPointF:
        """Where a pixel of the image lies in the enlarged view."""
        return QPointF(*self.page.panel.large.viewport.to_view((x + 0.5, y + 0.5)))

    def cell(self, line: int) -> list[str]:
        table = self.page.classes.table
        return [table.cell(line, column).text() for column in range(table.columnCount())]


Start = Callable[..., Bench]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = make_areas(tmp_path / "areas")
    (made / "workbench.toml").write_text(
        'name = "Areas"\ntask = "semantic-segmentation"\nclasses = ["disc", "stripe"]\n')
    return made


@pytest.fixture
def start(make_program: Callable[..., Program], qtbot: QtBot, folder: Path) -> Start:
    def begin() -> Bench:
        register_bundled()
        program = make_program()
        program.window.resize(1280, 800)
        with qtbot.waitExposed(program.window):
            program.window.show()
        return Bench(program, qtbot, folder)

    return begin


@pytest.fixture
def bench(start: Start, folder: Path) -> Bench:
    add_area_run(folder, change={"area14": half_missed, "area15": unsure})
    return start()


def is_near(color: QColor, wanted: str, leeway: int = 40) -> bool:
    other = QColor(wanted)
    return all(abs(one - two) <= leeway for one, two in zip(
        color.getRgb()[:3], other.getRgb()[:3], strict=True))


def test_a_project_about_objects_shows_what_there_is(start: Start, folder: Path) -> None:
    (folder / "workbench.toml").write_text('name = "Areas"\nclasses = ["disc", "stripe"]\n')
    add_area_run(folder)
    page = start().page
    assert page.snapshot is not None and page.snapshot.evaluation.miou == 1.0



def test_figures_and_classes_are_shown_and_the_worst_images_first(bench: Bench) -> None:
    page = bench.page
    assert page.snapshot is not None
    found = page.snapshot.evaluation
    assert page.metrics.figures["miou"].text() == f"{found.miou:.3f}"
    assert page.metrics.figures["mean_dice"].text() == f"{found.mean_dice:.3f}"
    assert page.metrics.figures["pixel_accuracy"].text() == f"{found.pixel_accuracy:.3f}"
    assert "without the background" in page.metrics.figures["miou"].toolTip()
    assert [bench.cell(line)[0] for line in range(3)] == ["background", "disc", "stripe"]
    assert bench.cell(2) == ["stripe", ".667", ".800", "1.00", ".667", "12 %"]
    assert page.classes.table.cell(0, 1).foreground().color() == page._context.theme.color("soft")
    assert bench.names()[-1] == "area13" and set(bench.names()) == {"area13", "area14", "area15"}
    assert page.view.images.word(2) == "IoU 1.00"
    assert page.status()[0] == "3 images · 18,432 pixels judged"
    shown = page.confusion
    assert shown.count((STRIPE, DISC)) == 12 * 64 and shown.count((DISC, STRIPE)) == 0
    assert shown.count((NOTHING, NOTHING)) == found.confusion[0, 0] > 0
    assert shown.sentence((STRIPE, DISC)) == "768 pixels of stripe taken for disc"


def test_the_slider_moves_all_figures(bench: Bench) -> None:
    page = bench.page
    page.toolbar.least.set_value(0.6)
    bench.settle()
    assert page.confusion.count((STRIPE, DISC)) == 0
    assert page.confusion.count((STRIPE, NOTHING)) == 12 * 64
    assert page.model_thresholds()[0] == 0.6
    slider = page.toolbar.least
    slider.set_value(0.0)
    assert slider.value() == 0.05
    slider.set_value(1.0)
    assert slider.value() == 0.95


def test_the_least_score_begins_where_validation_is_best(start: Start, folder: Path) -> None:
    def guessed(areas: np.ndarray, levels: np.ndarray) -> None:
        areas[:, :30], levels[:, :30] = 1, 13

    names = [Path(record.key).stem for record in load_areas(folder).val]
    add_area_run(folder, "val", dict.fromkeys(names, guessed))
    bench = start()
    toolbar = bench.page.toolbar
    assert toolbar.least.value() == 0.7 and not toolbar.best_button.isVisible()
    toolbar.least.set_value(0.3)
    bench.settle()
    assert toolbar.best_button.isVisible() and toolbar.best_button.text() == "best at 0.70"
    toolbar.best_button.click()
    assert toolbar.least.value() == 0.7


def test_a_cell_shows_the_images_with_most_such_pixels_and_only_these_pixels(bench: Bench) -> None:
    page = bench.page
    bench.click_cell(STRIPE, DISC)
    assert bench.names() == ["area15"] and page.panel.mode == "differences"
    assert page.panel.title.full_text() == "stripe taken for disc: 1 image"
    assert page.view.images.word(0) == "12 %"
    assert [name for name, _ in page.panel.legend.entries] == ["stripe taken for disc"]
    bench.enlarge(0)
    image = bench.seen()
    assert is_near(image.pixelColor(bench.at(picture(15)[2] + 6, 30).toPoint()), tokens.CONFUSED)
    assert not is_near(image.pixelColor(bench.at(1, 1).toPoint()), tokens.EXTRA)
    page.panel.show_large(False)
    page.panel.all_button.click()
    bench.settle()
    assert len(bench.names()) == 3 and page.panel.mode == "found"
    bench.click_cell(DISC, STRIPE)
    assert bench.names() == [] and page.panel.nothing.isVisible()
    bench.click_cell(DISC, STRIPE)
    assert len(bench.names()) == 3 and page.view.isVisible()


def test_modes_paint_found_labelled_and_different_pixels(bench: Bench) -> None:
    page, (_, disc, left) = bench.page, picture(14)
    y, x = (int(place[len(place) // 2]) for place in np.nonzero(disc))
    bench.enlarge(bench.names().index("area14"))
    page.panel.set_cover("found", 1.0)
    page.panel.set_cover("differences", 1.0)
    colors = page._colors
    image = bench.seen()
    assert is_near(image.pixelColor(bench.at(left + 6, 30).toPoint()), colors[STRIPE])
    assert not is_near(image.pixelColor(bench.at(x, y).toPoint()), colors[DISC])
    QTest.keyClick(page.panel.large, Qt.Key.Key_L)
    image = bench.seen()
    assert is_near(image.pixelColor(bench.at(x, y).toPoint()), colors[DISC])
    QTest.keyClick(page.panel.large, Qt.Key.Key_D)
    assert page.panel.mode == "differences"
    image = bench.seen()
    assert is_near(image.pixelColor(bench.at(x, y).toPoint()), tokens.MISSED)
    assert not is_near(image.pixelColor(bench.at(left + 6, 30).toPoint()), colors[STRIPE])
    assert [name for name, _ in page.panel.legend.entries] == ["missed", "too much", "wrong class"]


def test_opacity_shows_the_picture_below(bench: Bench) -> None:
    page, (pixels, _, left) = bench.page, picture(14)
    bench.enlarge(bench.names().index("area14"))
    place = bench.at(left + 6, 30).toPoint()
    below = QColor(*pixels[30, left + 6].tolist()).name()
    page.panel.cover.setValue(100)
    assert not is_near(bench.seen().pixelColor(place), below)
    page.panel.cover.setValue(10)
    assert is_near(bench.seen().pixelColor(place), below)
    page.panel.cover.setValue(90)
    QTest.keyClick(page.panel.large, Qt.Key.Key_H)
    assert is_near(bench.seen().pixelColor(place), below)
    QTest.keyClick(page.panel.large, Qt.Key.Key_H)
    assert not is_near(bench.seen().pixelColor(place), below) and page.panel.view.cover == 0.9


def test_the_enlarged_image_is_left_zoomed_and_gone_through_by_keys(bench: Bench) -> None:
    page = bench.page
    large = page.panel.large
    bench.enlarge(0)
    QTest.keyClick(large, Qt.Key.Key_Right)
    QTest.keyClick(large, Qt.Key.Key_Right)
    QTest.keyClick(large, Qt.Key.Key_Right)
    assert page.view.row == 2
    QTest.keyClick(large, Qt.Key.Key_Left)
    assert page.view.row == 1
    assert bench.names()[1] in large.accessibleDescription()
    fitted = large.viewport.scale
    QTest.keyClick(large, Qt.Key.Key_Plus)
    assert large.viewport.scale > fitted
    before = large.viewport.x
    QTest.mousePress(large, LEFT, pos=QPoint(200, 200))
    QTest.mouseMove(large, QPoint(230, 200))
    QTest.mouseRelease(large, LEFT, pos=QPoint(230, 200))
    assert large.viewport.x == before + 30
    QTest.keyClick(large, Qt.Key.Key_0)
    assert large.viewport.scale == fitted
    QTest.keyClick(large, Qt.Key.Key_Escape)
    assert not page.panel.is_large and page.view.isVisible() and page.view.row == 1


def test_an_image_is_opened_where_it_is_labelled(bench: Bench, qtbot: QtBot) -> None:
    with qtbot.waitSignal(bench.program.context.place_requested) as asked:
        bench.enlarge(0)
        QTest.keyClick(bench.page.panel.large, Qt.Key.Key_Return)
    place, target = asked.args
    assert (place, Path(target.key).stem, target.back) == (
        "images", bench.names()[0], "results")


def test_mended_labels_are_told_and_counted(bench: Bench) -> None:
    page = bench.page
    assert page.snapshot is not None and not page.notice.isVisible()
    before = page.snapshot.evaluation.miou
    document = bench.session.document("images/area14.png")
    left = [item for item in document.annotation.objects if item.label != "disc"]
    bench.session.edit("images/area14.png", left, "no disc")
    assert "Labels changed on 1 image" in page.notice.text.full_text()
    page.notice.recompute_button.click()
    bench.settle()
    assert page.snapshot.evaluation.miou > before
    assert page.confusion.count((DISC, NOTHING)) == 0
    assert "Updated with your corrections" in page.notice.text.full_text()
    bench.session.undo.undo()
    assert "Labels changed on 1 image" in page.notice.text.full_text()


def test_what_makes_figures_doubtful_is_said(start: Start, folder: Path) -> None:
    add_area_run(folder, "train", classes=["disc"])
    bench = start()
    assert bench.page.loading.part == "train"
    assert bench.page.metrics.warning.text() == "The model was trained on these images."
    assert bench.page.notice.text.full_text() == (
        "This model was not trained on “stripe”: 10 areas are left out of these figures.")
    bench.page.panel.modes.select("labels")
    assert [name for name, _ in bench.page.panel.legend.entries] == ["disc", "not judged"]


def test_labels_that_are_its_own_answers_are_told(start: Start, folder: Path) -> None:
    run = add_area_run(folder, "val").name
    bench = start()
    page = bench.page
    assert page.snapshot is not None and not page.notice.isVisible()
    key = page.snapshot.results.keys[0]
    store = suggestions_of(bench.session)
    found = Suggestion("disc", (1.0, 1.0, 9.0, 9.0), 0.9, run)
    store.suggest({key: (found,)}, run)
    page.labels_changed()
    assert not page.notice.isVisible(), "nobody accepted it yet"
    store.note_reviewed((key,), judged=True)
    page.labels_changed()
    said = "Labelled with suggestions of this model: 1 of "
    assert page.notice.text.full_text().startswith(said)
    store.note_reviewed((key,), judged=False)
    page.labels_changed()
    assert not page.notice.isVisible()
    objects = bench.session.document(key).annotation.objects
    bench.session.edit(key, (*objects, found.labeled()), "accept")
    assert own_answers_note(bench.session, run, {
        key: bench.session.document(key).annotation.objects}).startswith(f"{said}1 image.")


def test_another_run_is_compared_with(start: Start, folder: Path) -> None:
    add_area_run(folder, change={"area14": half_missed}, name="old")
    add_area_run(folder, name="new")
    bench = start()
    page = bench.page
    bench.wait(lambda: page.metrics.figures["miou"].difference_text())
    assert page.metrics.figures["miou"].difference_text().startswith("+")
    page.toolbar.compare_button.click()
    bench.wait(lambda: page.compare.table.rowCount() > 3)
    table = page.compare.table
    rows = [[table.item(line, column).text() for column in range(3)]
            for line in range(table.rowCount())]
    assert rows[0][:2] == ["Mean IoU", "1.000"] and rows[0][2] < "1"
    assert [row[0] for row in rows[3:]] == ["IoU disc", "IoU stripe"]
    page.compare.hide()


def test_a_comparison_tells_who_is_judged_by_its_own_answers(start: Start, folder: Path) -> None:
    old = add_area_run(folder, name="old").name
    add_area_run(folder, change={"area14": half_missed}, name="new")
    bench = start()
    page = bench.page
    assert page.snapshot is not None
    bench.wait(lambda: page.loading.before is not None)
    assert not page.notice.isVisible()
    key = page.snapshot.results.keys[0]
    found = Suggestion("disc", (1.0, 1.0, 9.0, 9.0), 0.9, old)
    suggestions_of(bench.session).suggest({key: (found,)}, old)
    suggestions_of(bench.session).note_reviewed((key,), judged=True)
    page.labels_changed()
    bench.settle()
    said = f"Labelled with suggestions of {old}: 1 of 3 images. These may be its own answers"
    assert said in page.notice.text.full_text(), "beside the difference to the run before"
    page.toolbar.compare_button.click()
    bench.wait(lambda: page.compare.table.rowCount() > 3)
    assert said in page.compare.note.text()
    page.compare.hide()


def test_a_table_and_a_report_are_written(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    target = tmp_path / "table.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    monkeypatch.setattr("PySide6.QtGui.QDesktopServices.openUrl", lambda _url: True)
    bench.page.export()
    bench.settle()
    assert target.read_text().splitlines()[0] == "file,mean_iou,wrong,iou_disc,iou_stripe"
    bench.page.write_report()
    bench.settle()
    [report] = (bench.folder / "runs").glob("*/report-test.html")
    html = report.read_text("utf-8")
    assert html.count("data:image/jpeg;base64,") == 2 and "area14.png · mean IoU 0.500" in html


def test_a_damaged_map_is_told(start: Start, folder: Path) -> None:
    run = add_area_run(folder)
    run.predictions_path("test").write_bytes(b"damaged")
    bench = start()
    assert bench.page.waiting.isVisible() and bench.page.snapshot is None
    assert bench.page.waiting.button_text == "Try again"


def test_without_a_model_it_is_said_what_to_do(start: Start) -> None:
    bench = start()
    assert bench.page.waiting.isVisible() and bench.page.waiting.button_text == "Train a model"


def test_counting_tells_how_far_it_is_and_ends_when_something_else_is_chosen(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[str] = []

    def endless(*args: Any) -> AreaSet:
        if ended:
            return open_results(*args)
        *_, progress = args
        try:
            while True:
                progress(1, 3)
        except WorkbenchError as error:
            ended.append(error.message)
            raise

    monkeypatch.setattr("workbench.tasks.segmentation.window.loading.open_results", endless)
    page = bench.page
    told: list[tuple[str, int, int]] = []
    page.loading.working.connect(lambda *words: told.append(words))
    page.loading.open("test")
    bench.wait(lambda: page.waiting.isVisible() and page.waiting.progress.isVisible()
               and told[-1] == ("Comparing areas with labels", 1, 3))
    page.loading.open("test")
    bench.settle()
    bench.wait(lambda: page.view.isVisible())
    assert len(ended) == 1 and len(bench.names()) == 3


def test_the_right_mouse_button_offers_what_can_be_done_with_an_image(bench: Bench) -> None:
    view = bench.page.view
    point = view.visualRect(view.images.index(1)).center()
    view.customContextMenuRequested.emit(point)
    menu = next(menu for menu in bench.page.findChildren(Menu) if menu.isVisible())
    words = [action.text() for action in menu.actions() if action.text()]
    assert view.row == 1 and words[0] == "Open the image" and len(words) == 6
    next(action for action in menu.actions() if "differences" in action.text()).trigger()
    assert bench.page.panel.mode == "differences"
    menu.close()


def test_the_chooser_leads_to_runs_that_learned_something_else(
    start: Start, folder: Path
) -> None:
    add_area_run(folder)
    run = add_area_run(folder, name="boxes")
    config = run.path / "config.json"
    config.write_text(config.read_text().replace('"semantic-segmentation"', '"detection"'))
    bench = start()
    box = bench.page.toolbar.run_box
    bench.wait(lambda: box.findData(run.name) >= 0)
    other = box.findData(run.name)
    assert box.itemText(other).endswith("· Objects in images")
    box.setCurrentIndex(other)
    box.activated.emit(other)
    place = bench.program.window.place_widget("results")
    assert isinstance(place, ResultsPlace) and not isinstance(place.page, AreaResults)
    assert box.currentData() != run.name, "here another one is shown"
