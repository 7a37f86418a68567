"""Results of tags and numbers: thresholds under the slider, what is behind a number, mending."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from tests.gui.conftest import draw_photos
from workbench.cli import main
from workbench.evaluation.regression import evaluate_numbers
from workbench.evaluation.tagged import ALARMS, EVERY, HITS, MISSED
from workbench.evaluation.tags import evaluate_tags
from workbench.extension.plugins import register_bundled
from workbench.extension.window import places
from workbench.formats.scores import ScoreSet, save_scores
from workbench.gui.app.context import RunTarget
from workbench.gui.app.program import Program
from workbench.gui.results.place import ResultsPlace
from workbench.gui.results.tag_card import WIDTH, TagsCard
from workbench.gui.shell.places import BUNDLED
from workbench.gui.style.theme import Theme
from workbench.project.datasets.splits import Split, save_split
from workbench.project.runs import RunFolder
from workbench.tasks.image_classification.label_store import labels_of
from workbench.tasks.image_classification.results import keep_thresholds, thresholds_of_run
from workbench.tasks.image_classification.window.page import ImageNumberResults, ImageTagResults

LEFT = Qt.MouseButton.LeftButton
KEYS = [f"{number}.png" for number in range(6)]
TAGS = ("dark", "red")
TRUTH = np.array([[1, 0], [1, 1], [0, 1], [0, 1], [1, 0], [0, 1]], bool)
SCORES = np.array([[0.9, 0.2], [0.3, 0.8], [0.6, 0.9], [0.1, 0.7], [0.8, 0.1], [0.2, 0.4]])
NUMBERS, ESTIMATES = np.array([1.0, 2, 3, 4, 5, 6]), np.array([1.5, 2, 2.5, 4, 9, 5.75])


def make_run(folder: Path, kind: str, labels: list[str], classes: list[str], scores: np.ndarray,
             meta: dict[str, Any]) -> Path:
    """A project with a run that was tested on six images."""
    draw_photos(folder, KEYS)
    rows = [f"{key},{label}" for key, label in zip(KEYS, labels, strict=True)]
    (folder / "labels.csv").write_text("\n".join([f"file,{kind}", *rows]) + "\n", "utf-8")
    run = RunFolder.create(folder, "instant", {
        "recipe": "instant", "task": "image-classification", "classes": classes, "kind": kind,
        "split": {"name": "mine"}, "epochs": 1})
    save_split(run.path, Split("mine", 0, [], [], KEYS))
    run.best_path.write_bytes(b"")
    run.write_state(state="finished", pid=0)
    for part in ("val", "test"):
        save_scores(run.predictions_path(part), ScoreSet(
            KEYS, np.zeros((6, 2)), np.full(6, -1), scores.astype(np.float32), classes,
            {"kind": kind, **meta}))
    return folder


class Bench:
    """The whole window, in Results."""

    def __init__(self, program: Program, qtbot: QtBot, folder: Path) -> None:
        self.program, self.qtbot, self.folder = program, qtbot, folder
        program.projects.open(folder)
        program.context.go("results")
        place = program.window.place_widget("results")
        assert isinstance(place, ResultsPlace)
        self.page: Any = place.page
        self.wait(lambda: self.page.snapshot is not None)
        self.wait(lambda: self.page.view.isVisible())

    def wait(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=30_000)

    def settle(self) -> None:
        self.wait(lambda: self.page.worker.is_idle)

    def keys(self) -> list[str]:
        model = self.page.view.samples
        return [model.sample(row).key for row in range(model.rowCount())]

    def click_cell(self, line: int, place: int) -> None:
        table = self.page.tags.table
        QTest.mouseClick(table.viewport(), LEFT,
                         pos=table.visualItemRect(table.item(line, place)).center())
        self.settle()

    def click_image(self, row: int) -> None:
        view = self.page.view
        view.scrollTo(view.samples.index(row))
        QTest.mouseClick(view.viewport(), LEFT,
                         pos=view.visualRect(view.samples.index(row)).center())

    def labels(self) -> str:
        session = self.program.context.session
        assert session is not None
        self.wait(lambda: session.saver.state == "saved")
        return (self.folder / "labels.csv").read_text("utf-8")


@pytest.fixture
def opened(make_program: Callable[..., Program], qtbot: QtBot,
           tmp_path: Path) -> Callable[[str], Bench]:
    register_bundled()

    def made(kind: str) -> Bench:
        program = make_program([*BUNDLED, places.get("sort")])
        with qtbot.waitExposed(program.window):
            program.window.show()
        if kind == "tags":
            labels = [";".join(np.array(TAGS)[row]) for row in TRUTH]
            folder = make_run(tmp_path / "tags", kind, labels, list(TAGS), SCORES,
                              {"thresholds": {"dark": 0.5, "red": 0.6}})
        else:
            folder = make_run(tmp_path / "numbers", kind, [f"{value:g}" for value in NUMBERS],
                              ["number"], ESTIMATES[:, None], {})
        return Bench(program, qtbot, folder)

    return made


def test_tags_show_what_is_found_and_missed(opened: Callable[[str], Bench]) -> None:
    bench = opened("tags")
    page = bench.page
    assert isinstance(page, ImageTagResults)
    expected = evaluate_tags(SCORES.astype(np.float32).astype(float), TRUTH, TAGS,
                          {"dark": 0.5, "red": 0.6})
    assert page.metrics.figures["map"].text() == f"{expected.map:.3f}"
    assert page.metrics.figures["exact"].text() == "0.500"
    table = page.tags.table
    shown = [[table.item(line, place).text() for place in (5, 6, 7)] for line in range(2)]
    assert shown == [["2", "1", "1"], ["3", "1", "0"]]
    assert page.status()[0] == "6 images · 3 wrong tags"
    assert bench.keys()[0] == "1.png", "the most surprising first"
    assert page.view.samples.word(0) == "−dark" and page.view.samples.figure(0) == "1 wrong"
    assert "is dark, red · found red" in page.view.samples.details(0)
    for place, keys, title in ((6, ["1.png"], "“dark” missed: 1 image"),
                               (7, ["2.png"], "“dark” found where it is not: 1 image"),
                               (5, ["4.png", "0.png"], "“dark” found: 2 images")):
        bench.click_cell(0, place)
        assert (bench.keys(), page.panel.title.full_text()) == (keys, title)
    assert (page.view.samples.figure(0), page.view.samples.word(0)) == ("80 %", "dark")
    bench.click_cell(0, 5)  # a second click leaves it
    assert page.tags.cell is None and len(bench.keys()) == 6


def test_a_threshold_moves_its_tag_only(opened: Callable[[str], Bench]) -> None:
    bench = opened("tags")
    page = bench.page
    bench.click_cell(0, 6)
    assert page.tags.slider.value() == 0.5 and page.tags.found_button.isHidden()
    page.tags.slider.slider.setFocus()
    for _ in range(2):
        QTest.keyClick(page.tags.slider.slider, Qt.Key.Key_PageDown)
    QTest.keyClick(page.tags.slider.slider, Qt.Key.Key_Left)
    bench.settle()
    counts = [page.snapshot.evaluation.per_tag[tag] for tag in range(2)]
    assert (counts[0].threshold, counts[0].missed, counts[0].alarms) == (0.29, 0, 1)
    assert (counts[1].threshold, counts[1].missed) == (0.6, 1)
    assert bench.keys() == [] and page.panel.stack.currentWidget() is page.panel.nothing
    page.tags.found_button.click()
    bench.settle()
    assert page.snapshot.evaluation.per_tag[0].threshold == 0.5 and bench.keys() == ["1.png"]


def test_thresholds_are_kept_for_predictions(opened: Callable[[str], Bench]) -> None:
    bench = opened("tags")
    page = bench.page
    run = page.loading.run.folder
    bench.click_cell(0, 6)
    page.tags.slider.slider.setFocus()
    QTest.keyClick(page.tags.slider.slider, Qt.Key.Key_PageDown)
    bench.settle()
    assert thresholds_of_run(run)[0] == {"dark": 0.5, "red": 0.6}
    QTest.mouseClick(page.tags.keep_button, LEFT)
    bench.wait(lambda: page.tags.keep_button.isHidden())
    assert thresholds_of_run(run)[0] == {"dark": 0.4, "red": 0.6}
    assert not page.tags.found_button.isHidden() and page.tags.slider.value() == 0.4
    page.loading.open(page.loading.part)  # as after a restart
    bench.wait(lambda: page.loading.results is not None)
    bench.settle()
    assert page.snapshot.evaluation.per_tag[0].threshold == 0.4
    page.tags.found_button.click()
    bench.settle()
    page.tags.keep_button.click()
    bench.wait(lambda: page.tags.keep_button.isHidden())
    assert thresholds_of_run(run) == ({"dark": 0.5, "red": 0.6}, "")
    assert not (run.path / "thresholds.json").exists()


def test_a_damaged_file_of_thresholds_is_told_and_kept(opened: Callable[[str], Bench]) -> None:
    bench = opened("tags")
    loading = bench.page.loading
    run, path = loading.run.folder, loading.run.folder.path / "thresholds.json"
    for text in ("{", "[]", '{"dark": "much"}'):
        path.write_text(text, "utf-8")
        thresholds, problem = thresholds_of_run(run)
        assert thresholds == {"dark": 0.5, "red": 0.6} and "cannot be read" in problem
    loading.open(loading.part)
    bench.wait(lambda: loading.results is not None)
    assert bench.program.context.log.entries[-1].text == problem == loading.results.problem
    keep_thresholds(run, loading.results, {"dark": 0.4})
    assert thresholds_of_run(run) == ({"dark": 0.4, "red": 0.6}, "")
    assert [item.read_text("utf-8") for item in run.path.glob("thresholds.json?*")] == [text]


def test_a_tag_is_mended_by_its_key(opened: Callable[[str], Bench]) -> None:
    bench = opened("tags")
    page = bench.page
    bench.click_cell(0, 7)
    bench.click_image(0)
    QTest.keyClick(page.view, Qt.Key.Key_1)
    assert page.view.samples.new_label(0) == "red, dark"
    assert "2.png,red;dark" in bench.labels()
    page.notice.recompute_button.click()
    bench.wait(lambda: page.snapshot.evaluation.per_tag[0].alarms == 0)
    assert page.snapshot.evaluation.per_tag[0].hits == 3
    bench.program.context.actions["results.tagged.undo"].run()
    assert "2.png,red\n" in bench.labels()


def test_a_long_heading_leaves_room_in_a_narrow_window(opened: Callable[[str], Bench]) -> None:
    bench = opened("tags")
    bench.click_cell(0, 7)
    bench.program.window.resize(860, 600)
    bench.wait(lambda: bench.page.panel.open_button.isVisible())
    right = bench.page.panel.open_button
    edge = right.mapTo(bench.page, right.rect().topRight()).x()
    assert edge <= bench.page.width()
    assert bench.page.tags.table.isColumnHidden(1), "names need the room"


def test_tables_and_reports_of_tags(opened: Callable[[str], Bench], tmp_path: Path) -> None:
    bench = opened("tags")
    bench.click_cell(1, 6)
    name, make = bench.page.csv(bench.page.snapshot)
    assert name == "red-missed"
    assert make().decode().splitlines() == ["file,truth,found,dark,red", "5.png,red,,0.2000,0.4000"]
    path = bench.page.report_writer(bench.page.snapshot, tmp_path / "r.html", "Tags", {})()
    html = path.read_text("utf-8")
    assert "1.png: −dark" in html and "2.png: +dark" in html and html.count("<svg") == 2


def test_the_arrow_keys_choose_what_is_shown(opened: Callable[[str], Bench]) -> None:
    bench = opened("tags")
    table = bench.page.tags.table
    bench.program.window.resize(1280, 800)
    bench.wait(lambda: not table.isColumnHidden(1))
    bench.click_cell(1, 0)
    assert bench.page.tags.cell == (1, EVERY) and len(bench.keys()) == 6
    found = []
    for _ in range(7):
        QTest.keyClick(table, Qt.Key.Key_Right)
        found.append(bench.page.tags.cell[1])
    assert found == [EVERY] * 4 + [HITS, MISSED, ALARMS]
    QTest.keyClick(table, Qt.Key.Key_Down)  # means are not chosen
    assert bench.page.tags.cell == (1, ALARMS)
    QTest.keyClick(table, Qt.Key.Key_Escape)
    assert bench.page.tags.cell is None


def test_numbers_show_their_errors_and_a_dot_its_image(opened: Callable[[str], Bench]) -> None:
    bench = opened("number")
    page = bench.page
    assert isinstance(page, ImageNumberResults)
    expected = evaluate_numbers(ESTIMATES.astype(np.float32).astype(float), NUMBERS)
    assert page.metrics.figures["mae"].text() == f"{expected.mae:.3f}"
    assert bench.keys()[0] == "4.png" and page.view.samples.word(0) == "5 → 9"
    assert page.view.samples.figure(0) == "+4"
    page.panel.set_order("low")
    bench.settle()
    assert bench.keys()[0] == "2.png"
    dot = page.residuals.dot(3)
    QTest.mouseClick(page.residuals, LEFT, pos=QPoint(round(dot.x()), round(dot.y())))
    row = page.view.row
    assert bench.keys()[row] == "3.png" and page.scatter.row == 3
    QTest.keyClick(page.residuals, Qt.Key.Key_Right)
    assert bench.keys()[page.view.row] == "4.png"


def test_a_number_is_mended_by_typing(opened: Callable[[str], Bench], tmp_path: Path) -> None:
    bench = opened("number")
    page = bench.page
    bench.click_image(0)
    QTest.keyClick(page.view, Qt.Key.Key_8)
    assert page.number.field.text() == "8"
    QTest.keyClicks(page.number.field, ".5")
    QTest.keyClick(page.number.field, Qt.Key.Key_Return)
    assert page.view.samples.new_label(0) == "8.5" and "4.png,8.5" in bench.labels()
    page.notice.recompute_button.click()
    bench.wait(lambda: page.snapshot.evaluation.errors.max() < 1)
    name, make = page.csv(page.snapshot)
    assert (name, make().decode().splitlines()[0]) == ("all-images", "file,truth,estimate,error")
    report = page.report_writer(page.snapshot, tmp_path / "r.html", "Numbers", {})()
    html = report.read_text("utf-8")
    assert html.count("<circle") == 12


def test_models_of_other_labels_are_not_forgotten(opened: Callable[[str], Bench]) -> None:
    bench = opened("tags")
    session = bench.program.context.session
    assert session is not None
    labels_of(session).set_kind("class")
    bench.program.context.go("train")
    bench.program.context.go("results")
    place = bench.program.window.place_widget("results")
    assert isinstance(place, ResultsPlace)

    def said() -> str:
        return " ".join(text.text() for text in place.page.waiting.findChildren(QLabel))

    bench.wait(lambda: "No model has learned this yet" in said())
    assert "1 model learned something else" in said()


def test_a_run_of_another_kind_of_labels_says_so_until_they_are_back(
    opened: Callable[[str], Bench], capsys: pytest.CaptureFixture[str],
) -> None:
    bench = opened("tags")
    session = bench.program.context.session
    assert session is not None
    labels_of(session).set_kind("class")
    page, context = bench.page, bench.program.context
    target = RunTarget(page.loading.run.name)
    context.go("sort")
    context.go("results", target)
    bench.wait(lambda: page.waiting.isVisible() and page.waiting.button_text == "Try again")
    words = page.waiting.state._text.text()
    assert "learned tags" in words and "one class each now" in words and page.snapshot is None
    session.saver.flush(60)
    assert main(["evaluate", str(bench.folder)]) == 1
    assert "learned tags" in capsys.readouterr().err
    disk_answers, working = Event(), list[str]()
    page.loading.working.connect(lambda text, *_: working.append(text))
    session.saver.submit("slow", bench.folder / "slow",
                         lambda: b"" if disk_answers.wait(60) else None)
    session.undo.undo()
    context.go("sort")
    context.go("results", target)
    bench.wait(lambda: "Reading labels and results" in working)
    disk_answers.set()
    bench.wait(lambda: page.snapshot is not None and page.view.isVisible())
    assert page.status()[0] == "6 images · 3 wrong tags"


def test_large_counts_are_not_cut(qtbot: QtBot) -> None:
    card = TagsCard(Theme("light"), "image")
    qtbot.addWidget(card)
    card.resize(WIDTH, 400)
    card.show()
    truth = np.zeros((12_345, 2), bool)
    truth[:1_234, 0] = True
    card.set_classes(TAGS, ["#112233", "#445566"])
    card.show_tagging(evaluate_tags(np.full(truth.shape, 0.9), truth, TAGS, {}), {}, {})
    table = card.table
    for line, column, text in ((0, 5, "1,234"), (0, 7, "11,111"), (1, 7, "12,345")):
        assert table.cell(line, column).text() == text
        index = table.indexFromItem(table.cell(line, column))
        assert table.columnWidth(column) >= table.sizeHintForIndex(index).width()
