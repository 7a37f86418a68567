"""Predict in the window: files are asked about, and what is found is shown."""

from __future__ import annotations

import base64
import errno
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QModelIndex, QRect, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.conftest import draw_photos
from tests.gui.predict.answering import (
    BOXES,
    AnsweringEngine,
    ask,
    detections,
    keep_labels,
    read_labels,
    shown,
)
from workbench.core.detections import Detections
from workbench.evaluation.nms import filter_detections
from workbench.extension.explanations import ExplanationMethod, explanation_methods
from workbench.extension.registry import loaded
from workbench.gui.app.context import Message
from workbench.gui.predict.files import GivenFiles
from workbench.gui.predict.place import PredictPlace
from workbench.gui.predict.summary import ended_text
from workbench.gui.predict.table import Prediction, PredictionTable, Sums
from workbench.gui.widgets.tensor_view import TensorView
from workbench.jobs.events import Explained, Finished
from workbench.tasks.detection.window.predictions import DISPLAY


def test_without_a_model_it_leads_to_train(open_place: Callable[..., PredictPlace],
                                           qtbot: QtBot) -> None:
    place = open_place()
    place._context.session_changed.emit()
    assert place.empty._text.text() == "Looking for trained models …"
    assert place.empty.button.isHidden(), "what is not known yet is not said"
    qtbot.waitUntil(lambda: place.empty.button.text() == "Go to Train", timeout=30_000)
    assert place.minimumSizeHint().width() < 500, "nothing of it is cut in a small window"
    went: list[str] = []
    place._context.place_requested.connect(lambda name, _target: went.append(name))
    place.empty.button.click()
    assert went == ["train"] and place.empty.folder.isHidden()


def test_a_folder_is_opened_from_the_empty_page_by_enter_and_what_was_not_read_is_told(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = open_place(BOXES)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(night))
    place.empty.folder.setFocus()
    QTest.keyClick(place.empty.folder, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(engine.asked), timeout=30_000)
    engine.answer([detections(night / "a.png"), detections(night / "b.png")],
                  [{"file": str(night / "c.png"), "reason": "it is no image"}])
    qtbot.waitUntil(lambda: len(place.answers.all) == 3 and not place.job.state, timeout=30_000)
    table = tmp_path / "table.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(table), ""))
    said: list[str] = []
    place._context.message.connect(lambda _tone, text: said.append(text))
    offered: list[Message] = []
    place._context.announced.connect(offered.append)
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: not opened.append(url))  # type: ignore[func-returns-value]
    place.keeping.save_table(True)
    qtbot.waitUntil(lambda: bool(said), timeout=30_000)
    assert said == ["2 rows written to table.csv. Left out: 1 file that could not be read."]
    assert len(table.read_text("utf-8-sig").splitlines()) == 3
    assert offered[0].action_text == "Show in folder" and offered[0].action is not None
    offered[0].action()
    assert [url.toLocalFile() for url in opened] == [str(tmp_path)]
    session = place._context.session
    assert session is not None and "dog" not in session.classes
    assert len({place.colors.name(name) for name in (*session.classes, "cat", "dog")}) == len(
        {*session.classes, "cat", "dog"}), "the model's classes are told apart, too"


def test_files_are_chosen_in_the_project_first_then_where_they_were_before(
    open_place: Callable[..., PredictPlace], night: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = open_place(BOXES)
    began: list[str] = []
    monkeypatch.setattr(QFileDialog, "getExistingDirectory",
                        lambda *words: began.append(words[2]) or str(night))
    monkeypatch.setattr(QFileDialog, "getOpenFileNames",
                        lambda *words: (began.append(words[2]) or [], ""))
    monkeypatch.setattr(place, "add", lambda _paths: None)
    place.choose_files()
    place.choose_folder()
    place.choose_files()
    assert place._context.session is not None
    assert began == [str(place._context.session.folder)] * 2 + [str(night.parent)]


def test_the_first_of_an_order_is_shown_while_answers_come(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot,
    tmp_path: Path,
) -> None:
    place = open_place(BOXES)
    names = [f"{number:02d}.png" for number in range(60)]
    folder = draw_photos(tmp_path / "many", names)
    page = place.page
    ask(place, engine, qtbot, folder)
    page.gallery_button.click()
    page.view.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    boxes = [("cat", 0.9, (12 * at, 5, 12 * at + 10, 30)) for at in range(5)]
    found = [detections(folder / name, *boxes[:at // 10]) for at, name in enumerate(names)]

    def first() -> str:
        assert page.gallery.verticalScrollBar().value() == 0
        return "" if page.picture.item is None else Path(page.picture.item["file"]).name

    engine.answer(found[:30], end=False)
    qtbot.waitUntil(lambda: first() == "20.png", timeout=30_000)
    engine.answer(found[30:])
    qtbot.waitUntil(lambda: first() == "50.png", timeout=30_000)
    assert page.view.currentIndex().row() == page.gallery.row == 0
    page.view.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    assert page.view.currentIndex().row() == 50, "then what is shown stays shown"


def test_answers_come_are_sorted_filtered_and_counted(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = open_place(BOXES)
    assert "Compact #1" in place.empty._text.text()
    ask(place, engine, qtbot, night)
    asked = engine.asked[0]
    assert asked.stream and asked.score_thresh < 0.1 and asked.run == BOXES.run
    assert [Path(file).name for file in asked.files] == ["a.png", "b.png", "c.png"]
    assert place.page.words.text() == "Loading the model …"
    engine.answer([detections(night / "a.png", ("cat", 0.9, (5, 5, 30, 30)),
                              ("cat", 0.85, (6, 5, 31, 30)), ("dog", 0.3, (40, 5, 60, 30)))],
                  end=False)
    qtbot.waitUntil(lambda: len(place.answers.all) == 1, timeout=30_000)
    assert place.page.words.text() == "1 of 3"
    assert shown(place) == [("a.png", "cat", "1", "0.90")], "NMS leaves one of the two"
    engine.answer([detections(night / "b.png", ("dog", 0.6, (5, 5, 30, 30)),
                              ("dog", 0.5, (35, 5, 60, 30)))],
                  [{"file": str(night / "c.png"), "reason": "c.png is damaged."}])
    qtbot.waitUntil(lambda: not place.job.state, timeout=30_000)
    assert shown(place) == [("a.png", "cat", "1", "0.90"), ("b.png", "2 dog", "2", "0.60"),
                            ("c.png", "c.png is damaged.", "", "")]
    page = place.page
    qtbot.waitUntil(lambda: page.counts.rows == [("dog", 2), ("cat", 1)], timeout=30_000)
    assert not page.again_button.isHidden()

    page.view.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    assert [row[0] for row in shown(place)] == ["b.png", "a.png", "c.png"]
    chosen = place.answers.answer(page.view.currentIndex().row())
    assert chosen is not None and Path(chosen.file).name == "a.png", "what is shown stays shown"
    page.sliders["score"].set_value(0.2)
    qtbot.waitUntil(lambda: ("a.png", "cat, dog", "2", "0.90") in shown(place),
                    timeout=30_000)
    page.class_limits.link.click()
    assert page.class_limits.fields == {}, "boxes have no frequencies"
    page.class_limits.sliders["dog"].set_value(0.55)
    qtbot.waitUntil(lambda: {("b.png", "dog", "1", "0.60"), ("a.png", "cat", "1", "0.90")}
                    <= {*shown(place)}, timeout=30_000)
    page.sliders["score"].set_value(0.21)
    page.sliders["score"].set_value(0.2)
    assert page.found_classes.limits == {}, "of all classes alike"
    page.sliders["nms"].set_value(0.95)
    qtbot.waitUntil(lambda: ("a.png", "2 cat, 1 dog", "3", "0.90") in shown(place),
                    timeout=30_000)
    assert page.nothing.isHidden()
    page.sliders["score"].set_value(0.95)
    qtbot.waitUntil(lambda: not page.nothing.isHidden(), timeout=30_000)
    assert page.nothing.text().startswith("Nothing scores 0.95 or more. Lower Score")
    page.sliders["score"].set_value(0.0)
    page.show_counts({"all": 1, "nothing": 1}, {})
    assert "Lower Score" not in page.nothing.text() and "more labels" in page.nothing.text()
    page.sliders["score"].set_value(0.95)
    said: list[str] = []
    place._context.message.connect(lambda _tone, text: said.append(text))
    place.keeping.add_suggestions()
    assert said == ["Nothing is found with these settings, so there is nothing to suggest."]
    table = tmp_path / "table.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(table), ""))
    place.keeping.save_table(False)
    qtbot.waitUntil(lambda: len(said) == 2, timeout=30_000)
    assert said[1] == "No table was written: with these settings it would have no rows."
    assert not table.exists()
    assert page.chips["finds"].text() == "With objects 0"
    page.sliders["score"].set_value(0.2)
    qtbot.waitUntil(page.nothing.isHidden, timeout=30_000)
    page.chips["unread"].click()
    assert [row[0] for row in shown(place)] == ["c.png"]
    page.chips["all"].click()
    page.search.setText("dog b.png")
    assert [row[0] for row in shown(place)] == ["b.png"]
    page.search.clear()

    out = tmp_path / "kept"
    offered, said = keep_labels(place, qtbot, "COCO", out, monkeypatch)
    assert {"YOLO", "Pascal VOC", "labelme", "COCO"} <= set(offered)
    assert "MNIST (IDX)" not in offered and "Raven" not in offered
    assert said == ["2 images with 5 objects were written as COCO. The Log has the details."]
    assert place._context.log.entries[-1].detail == "Left out: 1 file that could not be read."
    assert [path.suffix for path in out.rglob("*") if path.is_file()] == [".json"], "no images"
    found = read_labels("coco", out, night, tmp_path / "scratch")
    assert {name: [(item.label, item.attributes["score"]) for item in one.objects]
            for name, one in found.items()} == {
        "a.png": [("cat", 0.9), ("cat", 0.85), ("dog", 0.3)], "b.png": [("dog", 0.6), ("dog", 0.5)]}
    assert found["a.png"].objects[0].box == (5, 5, 30, 30)
    offered, said = keep_labels(place, qtbot, "YOLO", out, monkeypatch)
    assert "there is something in this folder already" in said[0], "it is left alone"
    _, said = keep_labels(place, qtbot, "YOLO", tmp_path / "yolo", monkeypatch)
    assert said == ["2 images with 5 objects were written as YOLO. The Log has the details."]
    assert "“score” of 5 objects has no place in YOLO." in place._context.log.entries[-1].detail
    found = read_labels("yolo", tmp_path / "yolo", night, tmp_path / "scratch2")
    assert [item.label for item in found["b.png"].objects] == ["dog", "dog"]

    page.again_button.click()
    qtbot.waitUntil(lambda: len(engine.asked) == 2, timeout=30_000)
    assert [Path(file).name for file in engine.asked[-1].files] == ["c.png"]
    engine.answer([detections(night / "c.png")])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == 3, timeout=30_000)
    qtbot.waitUntil(lambda: ("c.png", "nothing", "0", "") in shown(place), timeout=30_000)


def test_files_are_drawn_with_what_was_found_one_and_many(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path
) -> None:
    place = open_place(BOXES)
    ask(place, engine, qtbot, night)
    box = (8, 6, 56, 42)
    engine.answer([detections(night / "a.png", ("cat", 0.7, box)), detections(night / "b.png"),
                   detections(night / "c.png", ("cat", 0.9, box), ("dog", 0.8, (1, 1, 9, 9)))])
    page, picture, gallery = place.page, place.page.picture, place.page.gallery
    qtbot.waitUntil(lambda: picture.item is not None, timeout=30_000)
    wanted = place.colors.color("cat").rgb()

    def drawn(widget: QWidget, area: QRect | None = None) -> bool:
        image = widget.grab(area or widget.rect()).toImage()
        return any(image.pixelColor(x, y).rgb() == wanted for x in range(0, image.width(), 3)
                   for y in range(0, image.height(), 2))

    qtbot.waitUntil(lambda: drawn(picture), timeout=30_000)
    page.sliders["score"].set_value(0.95)
    qtbot.waitUntil(lambda: not drawn(picture), timeout=30_000)
    page.sliders["score"].set_value(0.5)
    qtbot.waitUntil(lambda: place.answers.counts()["cat"] == 2, timeout=30_000)

    assert page.order_box.isHidden() and page.list_stack.currentWidget() is page.view
    QTest.mouseClick(page.gallery_button, Qt.MouseButton.LeftButton)
    assert gallery.isVisible() and not page.order_box.isHidden()

    def tile(row: int) -> QRect:
        return gallery.visualRect(place.answers.index(row, 0))

    for row, cat in enumerate((True, False, True)):
        qtbot.waitUntil(lambda row=row, cat=cat: drawn(
            gallery.viewport(), tile(row).adjusted(0, 0, 0, -60)) == cat, timeout=30_000)
    words = gallery.viewport().grab(QRect(tile(1).left() + 10, tile(1).bottom() - 45, 50, 10))
    image = words.toImage()
    assert len({image.pixel(x, y) for x in range(50) for y in range(10)}) > 5, "its name"
    page.order_box.setCurrentIndex(4)
    page.order_box.activated.emit(4)
    assert [row[0] for row in shown(place)] == ["c.png", "a.png", "b.png"], "highest score first"
    page.view.horizontalHeader().setSortIndicator(0, Qt.SortOrder.AscendingOrder)
    assert page.order_box.currentText() == "by name", "the table's titles say the same"
    page.chips["finds"].click()
    assert [row[0] for row in shown(place)] == ["a.png", "c.png"]
    gallery.set_row(0)
    QTest.keyClick(gallery, Qt.Key.Key_Right)
    assert picture.item is not None and picture.item["file"] == str(night / "c.png")
    assert page.view.selectionModel().isRowSelected(1, QModelIndex()), "one choice for both"

    at = tile(1).center()
    QTest.mouseClick(gallery.viewport(), Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseDClick(gallery.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert not gallery.isVisible() and page.back_button.isVisible()
    QTest.keyClick(picture, Qt.Key.Key_Left)
    assert picture.item["file"] == str(night / "a.png")
    QTest.keyClick(picture, Qt.Key.Key_Escape)
    assert gallery.isVisible() and not page.back_button.isVisible()
    QTest.mouseClick(page.gallery_button, Qt.MouseButton.LeftButton)
    assert page.view.isVisible() and page.order_box.isHidden()
    QTest.keyClick(page.view, Qt.Key.Key_Return)
    assert not page.view.isVisible() and page.back_button.isVisible()
    page.clear_button.click()


def test_what_a_plugin_explains_of_the_file_opens_over_the_place(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path,
) -> None:
    place = open_place(BOXES)
    explanation_methods.register(ExplanationMethod("w", "What it weighs", ("detection",), "a:b"))
    try:
        loaded.emit()
        action = place._context.actions["use.explain.w"]
    finally:
        explanation_methods.unregister("w")
    assert not action.enabled()
    ask(place, engine, qtbot, night)
    engine.answer([detections(night / "a.png", ("cat", 0.9, (1, 2, 30, 40)))])
    qtbot.waitUntil(action.enabled)
    assert not place._context.actions["use.explain.sound-input"].enabled(), "it is for sounds"
    action.run()
    qtbot.waitUntil(lambda: engine.explain is not None)
    asked = engine.explain
    assert asked is not None and (asked.file, asked.run, asked.method) == (
        str(night / "a.png"), BOXES.run, "w")
    numbers = base64.b64encode(np.arange(6, dtype="<f4").tobytes()).decode()
    engine.on_event(Explained(asked.job, asked.file, "compact-n", {"weights": 12}, [
        {"id": "layers", "title": "Layers", "first": 5},
        {"id": "map", "title": "Map", "rows": 2, "frames": 3, "values": numbers}]))
    popup = place.explanations.popup
    assert popup is not None
    qtbot.waitUntil(lambda: popup.found is not None)
    assert popup.isVisible()
    texts = [item.text() for item in popup.findChildren(QLabel)]
    assert texts == ["What it weighs · a.png", "weights: 12", "Layers", "first: 5", "Map"]
    assert [item.accessibleName() for item in popup.findChildren(TensorView)] == ["Map, 2 by 3"]
    assert popup.close_button.isVisible()
    popup.close_button.click()
    assert not popup.isVisible()
    said: list[str] = []
    place._context.message.connect(lambda _tone, text: said.append(text))
    action.run()
    qtbot.waitUntil(lambda: engine.explain is not asked)
    assert engine.explain is not None and place.explanations.popup is not None
    with qtbot.waitSignal(place.explanations.popup.closed):
        engine.on_event(Finished(engine.explain.job, "cancelled", {}))
    assert said == ["This ended early, as the training was resumed or ended."]


@pytest.mark.parametrize("seed", range(5))
def test_sliders_leave_what_score_and_nms_leave(seed: int) -> None:
    rng = np.random.default_rng(seed)
    corners = rng.uniform(0, 60, (80, 2))
    boxes = np.concatenate([corners, corners + rng.uniform(5, 30, (80, 2))], 1)
    item = {"file": "a.png", "size": [100, 100], "boxes": boxes.round(2).tolist(),
            "labels": rng.choice(["cat", "dog", "owl"], 80).tolist(),
            "scores": rng.uniform(0.05, 1, 80).round(2).tolist()}
    names = list(dict.fromkeys(item["labels"]))
    raw = Detections(np.asarray(item["boxes"], np.float32), np.asarray(item["scores"], np.float32),
                     np.asarray([names.index(name) for name in item["labels"]], np.int64))
    packed = DISPLAY.pack(item)
    for score, nms in ((0.3, 0.5), (0.6, 0.5), (0.3, 0.2), (0.99, 0.9), (0.05, 0.7)):
        wanted = filter_detections(raw, score, nms)
        limits = {"score": score, "nms": nms}
        shown_now = DISPLAY.shown(packed, limits)
        assert shown_now["labels"] == [names[label] for label in wanted.labels]
        assert shown_now["scores"] == pytest.approx(wanted.scores.tolist(), abs=1e-5)
        counts, best = DISPLAY.count(packed, limits)
        assert counts == Counter(shown_now["labels"])
        assert best == pytest.approx(max(shown_now["scores"], default=0.0), abs=1e-5)


def test_folders_that_cannot_be_listed_are_told_once(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: object) -> None:
        raise PermissionError(errno.EACCES, "no", str(path))

    given = GivenFiles()
    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", refuse)
        found = given.finder([tmp_path], frozenset({".png"}))(lambda: None)
    assert given.trouble(found, "image") == (
        "warn", f"Folders that could not be listed: {tmp_path}.")
    tone, words = given.trouble(found, "image")
    assert tone == "info" and words.startswith("There is no image")


def test_pages_that_were_not_looked_at_are_told_with_what_was_found(tmp_path: Path) -> None:
    page = Image.new("L", (8, 8))
    page.save(tmp_path / "stack.tif", save_all=True, append_images=[page])
    given, answers = GivenFiles(), PredictionTable()
    found = given.finder([tmp_path], frozenset({".tif"}))(lambda: None)
    _, told = given.trouble(found, "image")
    assert told.startswith("1 file has several pages: only the first of it is looked at.")
    assert given.stacks == [tmp_path / "stack.tif"]
    given.add(found, 1)
    answers.all = [Prediction(*found[0], None, "It cannot be read.", Sums({}, 0, 0.0))]
    _, words, stacks = ended_text(answers, given)
    assert told in words and stacks == given.stacks, "by then the first message is gone"
    _, words, stacks = ended_text(answers, given)
    assert told not in words and not stacks
