"""What models of other kinds answer, and a second model that is asked about the boxes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.gui.predict.answering import (
    BOXES,
    CLASSES,
    SOUNDS,
    AnsweringEngine,
    ask,
    detections,
    keep_labels,
    read_labels,
    save_as,
    shown,
)
from tests.support.microscopes import write_czi
from tests.support.raw_photo import write_dng
from tests.support.stacks import planes
from workbench.gui.app.context import ListenTarget, Message, PagesTarget
from workbench.gui.app.models import TrainedModel, models_to_ask, trained_models
from workbench.gui.predict import place as place_module
from workbench.gui.predict import second_model as then_module
from workbench.gui.predict.place import PredictPlace
from workbench.gui.predict.second_model import SecondModel
from workbench.gui.predict.table import FOUND
from workbench.jobs.events import Epoch, Finished
from workbench.project.runs import RunFolder
from workbench.tasks.detection.saving import prediction_text
from workbench.tasks.detection.window.predictions import DISPLAY


def test_classes_of_images_and_sounds(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = open_place(CLASSES, SOUNDS)
    assert place.page.gate_box.isHidden(), "it is for recordings"
    assert place.page.other_task.text() == (
        "This model is for “Classes of images”, the project for “Objects in images”: what it says "
        "can be kept as files, but not as labels of the project. A detector can ask it about its "
        "boxes (“Then: …” below the model).")
    ask(place, engine, qtbot, night)
    engine.answer([
        {"file": str(night / "a.png"), "label": "bee", "scores": {"ant": 0.1, "bee": 0.9}},
        {"file": str(night / "b.png"), "label": "ant", "scores": {"ant": 0.55, "bee": 0.45}}])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == 2, timeout=30_000)
    assert [row[1] for row in shown(place)] == ["bee", "ant"]
    place.page.sliders["score"].set_value(0.7)
    qtbot.waitUntil(lambda: [row[1] for row in shown(place)] == ["bee", "none"],
                    timeout=30_000)
    place.page.picture.grab()
    offered, said = keep_labels(place, qtbot, "Table of labels (CSV)", tmp_path / "classes",
                                monkeypatch)
    assert "YOLO" not in offered and "Folders for classes" not in offered and "COCO" in offered
    assert said == ["2 images with 1 label were written as Table of labels (CSV)."]
    found = read_labels("labels-table", tmp_path / "classes", night, tmp_path / "scratch")
    assert {name: one.labels for name, one in found.items()} == {"a.png": ("bee",)}
    keep_labels(place, qtbot, "COCO", tmp_path / "coco", monkeypatch)
    found = read_labels("coco", tmp_path / "coco", night, tmp_path / "scratch2")
    assert found["a.png"].labels == ("bee",)
    place.page.sliders["score"].set_value(0.5)

    place.page.clear_button.click()
    ask(place, engine, qtbot, night)
    engine.answer([
        {"file": str(night / "a.png"), "label": "ant;bee", "labels": ["ant", "bee"],
         "scores": {"ant": 0.3, "bee": 0.9}},  # tags have thresholds of their own
        {"file": str(night / "b.png"), "label": "", "labels": [],
         "scores": {"ant": 0.1, "bee": 0.2}}])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == 2, timeout=30_000)
    assert [row[1:] for row in shown(place)] == [
        ("ant, bee", "2", "0.90"), ("none", "0", "")]
    place.page.picture.grab()

    place.page.clear_button.click()
    ask(place, engine, qtbot, night)
    engine.answer([{"file": str(night / "a.png"), "label": "103.5", "value": 103.5},
                   {"file": str(night / "b.png"), "label": "25", "value": 25.0}])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == 2, timeout=30_000)
    assert [row[1] for row in shown(place)] == ["103.5", "25"]
    place.answers.sort(FOUND)
    assert [row[1] for row in shown(place)] == ["25", "103.5"]
    place.answers.sort(-1)
    place.page.picture.grab()

    sounds = tmp_path / "sounds"
    sounds.mkdir()
    (sounds / "20240521_235958.wav").write_bytes(b"")
    place.page.clear_button.click()
    place.page.model_box.setCurrentIndex(1)
    place.page.model_box.activated.emit(1)
    ask(place, engine, qtbot, sounds)
    engine.answer([{"file": str(sounds / "20240521_235958.wav"), "label": "owl", "seconds": 30.0,
                    "scores": {"wren": 0.2, "owl": 0.8},
                    "regions": [{"label": "owl", "start": 1.0, "end": 2.5, "score": 0.9},
                                {"label": "wren", "start": 4.0, "end": 4.5, "score": 0.6},
                                {"label": "wren", "start": 7.0, "end": 7.5, "score": 0.3}]}])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == 1, timeout=30_000)
    assert shown(place)[0] == ("20240521_235958", "owl, wren", "2", "0.90")
    assert place.status()[0] == "1 file   2 regions found"
    activity, table = place.keeping.activity, tmp_path / "activity.csv"
    save_as(place, "Activity by hour and station…")
    qtbot.waitUntil(activity.isVisible, timeout=30_000)
    assert activity.cells.counts == [0] * 23 + [1, 1] + [0] * 23
    assert activity.grid.absent == {*range(23), *range(25, 48)}
    assert activity.cells.tip_at(activity.cells.rect_of(24).center())[0] == (
        "2024-05-22, 0:00–1:00: 1 region in 1 file (1 min), 129 an hour")
    assert activity.cells.tip_at(activity.cells.rect_of(3).center())[0] == (
        "2024-05-21, 3:00–4:00: no file")
    activity.views["night"].click()
    assert activity.cells.line_names == ["2024-05-21"], "before noon it is still the night before"
    assert activity.cells.counts[11:13] == [1, 1]
    activity.classes.setCurrentText("owl")
    assert activity.cells.counts[11:13] == [1, 0]
    activity.rate.click()
    assert activity.cells.counts[11] == 1800, "one in the two seconds before midnight"
    activity.rate.click()
    activity.views["label"].click()
    assert activity.cells.line_names == ["owl", "wren"] and activity.cells.counts[23:25] == [1, 1]
    assert activity.views["station"].isHidden() and activity.views["places"].isHidden()
    activity.views["day"].click()
    activity.classes.setCurrentIndex(0)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(table), ""))
    activity.table.click()
    qtbot.waitUntil(table.exists, timeout=30_000)
    assert table.read_text("utf-8-sig").splitlines() == [
        "day,hour,label,number,station,files,minutes,night",
        "2024-05-21,23,owl,1,,1,0.03,2024-05-21", "2024-05-22,0,wren,1,,1,0.47,2024-05-21"]
    plot = tmp_path / "hours.svg"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(plot), ""))
    activity.picture.click()
    qtbot.waitUntil(plot.exists, timeout=20_000)
    assert plot.read_text().count('fill-opacity="1.00"') == 2
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(table), ""))
    qtbot.waitUntil(lambda: not place.keeping.busy, timeout=20_000)
    of_classes = place.page.class_limits
    of_classes.link.click()
    assert list(of_classes.sliders) == ["wren", "owl"]
    of_classes.sliders["owl"].set_value(0.95)
    qtbot.waitUntil(lambda: shown(place)[0][1:] == ("wren", "1", "0.60"), timeout=20_000)
    of_classes.sliders["wren"].set_value(0.25)
    qtbot.waitUntil(lambda: shown(place)[0][1:] == ("2 wren", "2", "0.60"), timeout=20_000)
    of_classes.sliders["wren"].set_value(0.6)
    of_classes.sliders["owl"].set_value(0.9)
    for field, value in zip(of_classes.fields["wren"], ("2000", "7500"), strict=True):
        field.setFocus()
        qtbot.keyClicks(field, value)
        qtbot.keyClick(field, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda field=field, value=value: field.value == float(value))
    table.unlink()
    place.keeping.save_table(False)
    qtbot.waitUntil(table.exists, timeout=20_000)
    assert [line.split(",")[1:] for line in table.read_text("utf-8-sig").splitlines()[1:]] == [
        ["owl", "0.9", "1.0", "2.5", "", "", "2024-05-21 23:59:59", ""],
        ["wren", "0.6", "4.0", "4.5", "2000.0", "7500.0", "2024-05-22 00:00:02", ""]]
    place.page.sliders["score"].set_value(0.7)
    qtbot.waitUntil(lambda: shown(place)[0][1:] == ("owl", "1", "0.90"), timeout=30_000)
    place.page.picture.grab()
    assert not engine.asked[-1].gate and place.page.gate_box.isVisible()
    assert place.page.other_task.isHidden(), "sounds have a place of their own"
    went: list[object] = []
    place._context.place_requested.disconnect()  # the window itself stays here
    place._context.place_requested.connect(lambda name, target: went.append((name, target)))
    place.page.listen_button.click()
    assert went == [("audio", ListenTarget(SOUNDS.run, back="use"))]
    qtbot.mouseClick(place.page.gate_box, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: engine.asked[-1].gate, timeout=30_000)
    assert engine.asked[-1].files == [str(sounds / "20240521_235958.wav")], "all is heard anew"


def test_a_second_model_is_asked_about_the_boxes(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    breeds = SecondModel("Breeds (crops)", str(tmp_path / "crops" / "runs" / "one"))
    monkeypatch.setattr(then_module, "second_models", lambda *_: [breeds])
    place = open_place(BOXES)
    page, chooser = place.page, place.page.then
    qtbot.waitUntil(lambda: chooser.model_box.count() == 3, timeout=30_000)
    assert chooser.model_box.itemText(1) == "Then: Breeds (crops)" and chooser.only_box.isHidden()
    ask(place, engine, qtbot, night)
    assert engine.asked[0].then == ""
    engine.answer([detections(night / "a.png", ("cat", 0.9, (5, 5, 30, 30)))])
    qtbot.waitUntil(lambda: not place.job.state and bool(place.answers.all), timeout=30_000)
    page.sliders["score"].set_value(0.35)
    chooser.choose(breeds.run)
    qtbot.waitUntil(lambda: len(engine.asked) == 2, timeout=30_000)
    assert page.limits()["score"] == pytest.approx(0.35), "sliders stay where they are"
    assert (engine.asked[1].then, engine.asked[1].then_only) == (breeds.run, [])
    chooser.only_box.setCurrentIndex(1)
    found = detections(night / "a.png", ("cat", 0.9, (5, 5, 30, 30)), ("cat", 0.8, (6, 5, 31, 30)),
                       ("cat", 0.7, (33, 5, 60, 40)), ("dog", 0.6, (1, 1, 9, 9)))
    engine.answer([{**found, "then_labels": ["siamese", "persian", "siamese", ""],
                    "then_scores": [0.75, 0.9, 0.5, None]}])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == 1, timeout=30_000)
    assert shown(place) == [("a.png", "2 cat: siamese, 1 dog", "3", "0.90")]
    assert place.colors.name("cat: siamese") == place.colors.name("cat")
    item = page.picture.item
    assert item is not None and item["then_labels"] == ["siamese", "siamese", ""]
    assert prediction_text(item, 0, "{:.2f}".format) == "cat 0.90 siamese 0.75"
    weighed = DISPLAY.pack({**found, "then_labels": ["3.5", "4.25", "2.75", ""],
                         "then_scores": [None] * 4})
    counts, _ = DISPLAY.count(weighed, page.limits())
    assert counts == {"cat": 2, "dog": 1}, "numbers are no classes"
    page.picture.grab()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "t.csv"), ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    place.keeping.save_table(False)
    qtbot.waitUntil(lambda: (tmp_path / "t.csv").is_file() and not place.keeping.busy,
                    timeout=30_000)
    lines = (tmp_path / "t.csv").read_text("utf-8-sig").splitlines()
    assert lines[0].endswith(",then,then_score,recorded_at,station")
    assert lines[1].endswith(",siamese,0.75,,night")
    place.keeping.save_files("crops")
    qtbot.waitUntil(lambda: not place.keeping.busy, timeout=30_000)
    assert (tmp_path / "crops" / "dog").is_dir()
    assert len(list((tmp_path / "crops" / "cat" / "siamese").iterdir())) == 2
    chooser._chosen(2)  # a folder without a model
    assert chooser.run == breeds.run
    page.then.choose("")
    qtbot.waitUntil(lambda: len(engine.asked) == 3, timeout=30_000)
    assert engine.asked[2].then == ""
    page.then.choose(breeds.run)
    monkeypatch.setattr(then_module, "second_models", lambda *_: [])
    for there in (True, False):  # not the newest any more; thrown away
        if there:
            Path(breeds.run).mkdir(parents=True)
        else:
            Path(breeds.run).rmdir()
        chooser.look_for_models(tmp_path)
        qtbot.waitUntil(lambda: not chooser._worker.busy, timeout=30_000)
        assert chooser.run == (breeds.run if there else "")
        assert chooser.model_box.currentData() == chooser.run


def test_the_best_model_so_far_of_a_run_that_is_still_training_can_be_asked(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "p").mkdir()
    run = RunFolder.create(tmp_path / "p", "compact-n", {"recipe": "compact-n", "classes": ["cat"],
                                                         "task": "detection"})
    assert models_to_ask(tmp_path / "p") == [], "there is none before the first epoch"
    run.best_path.write_bytes(b"")
    [so_far] = models_to_ask(tmp_path / "p")
    assert so_far.title.endswith(" (training)") and trained_models(tmp_path / "p") == []
    place = open_place()
    place._context.engine.start()
    monkeypatch.setattr(place_module, "models_to_ask", lambda _: models_to_ask(tmp_path / "p"))
    engine.on_event(Epoch("t", 1, 5, {}, {}, 1.0, best=True))
    qtbot.waitUntil(lambda: place.models == [so_far], timeout=30_000)
    ask(place, engine, qtbot, night)
    engine.answer([detections(night / "a.png", ("cat", 0.9, (5.0, 6.0, 30.0, 40.0)))])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == 1, timeout=30_000)
    run.write_state(state="finished")
    engine.on_event(Finished("t", "finished", {"metrics": {}}))
    qtbot.waitUntil(lambda: place.models == trained_models(tmp_path / "p"), timeout=30_000)
    assert place.page.model_box.currentText() == place.status()[1] != so_far.title
    assert len(place.answers.all) == 1, "its answers stay"


def test_runs_of_a_task_that_a_missing_plugin_brings_are_no_second_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [TrainedModel("a", "A", "gone", ()), CLASSES, BOXES]
    monkeypatch.setattr(then_module, "trained_models", lambda _folder: others)
    assert [item.title for item in then_module.second_models(tmp_path, [])] == ["Instant #1"]
    newest = then_module.newest_in(tmp_path)
    assert newest is not None and newest.title.startswith("Instant #1")


def test_recordings_of_telephones_are_looked_at_once_they_are_flac(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, tmp_path: Path,
) -> None:
    place = open_place(SOUNDS)
    said: list[Message] = []
    place._context.announced.connect(said.append)
    tones = Path(__file__).parents[2] / "data" / "sounds"
    shutil.copyfile(tones / "tone.m4a", tmp_path / "memo 50%.m4a")
    (tmp_path / "other.m4a").write_bytes(b"nothing")
    place.add([tmp_path])
    qtbot.waitUntil(lambda: bool(said), timeout=30_000)
    assert said[-1].sentence == ("M4A recordings cannot be looked at as they are. Make FLAC files "
                                 "of 2 sounds beside them? The recordings stay.")
    assert said[-1].action is not None
    said[-1].action()
    assert said[-1].action_text == "Cancel"
    flac = tmp_path / "memo 50%.flac"
    qtbot.waitUntil(lambda: bool(engine.asked), timeout=60_000)
    assert engine.asked[-1].files == [str(flac)] and flac.is_file()
    assert said[-1].sentence.startswith("other.m4a: it is damaged")


def test_raw_photos_are_looked_at_once_they_are_jpeg(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, tmp_path: Path,
) -> None:
    place = open_place(BOXES)
    said: list[Message] = []
    place._context.announced.connect(said.append)
    write_dng(tmp_path / "night" / "IMG_1.DNG")
    place.add([tmp_path / "night"])
    qtbot.waitUntil(lambda: bool(said), timeout=30_000)
    assert said[-1].sentence == ("Not looked at: 1 RAW photo (DNG). Make a JPEG image beside "
                                 "each? The RAW photos stay.")
    assert said[-1].action is not None
    said[-1].action()
    qtbot.waitUntil(lambda: bool(engine.asked), timeout=60_000)
    assert engine.asked[-1].files == [str(tmp_path / "night" / "IMG_1.jpg")]


def test_files_of_microscopes_are_named_in_predict(
    open_place: Callable[..., PredictPlace], qtbot: QtBot, tmp_path: Path,
) -> None:
    place = open_place(BOXES)
    said: list[Message] = []
    wanted: list[tuple[str, object]] = []
    place._context.announced.connect(said.append)
    place._context.place_requested.connect(lambda *what: wanted.append(what))
    write_czi(tmp_path / "night" / "a.czi", [planes()])
    place.add([tmp_path / "night"])
    qtbot.waitUntil(lambda: bool(said), timeout=30_000)
    assert said[-1].sentence == ("Not looked at: 1 file (Zeiss CZI). Drop them on Images first, "
                                 "which makes images of what is in them.")
    assert said[-1].action_text == "Make images…" and said[-1].action is not None
    said[-1].action()
    assert wanted == [("images", PagesTarget((tmp_path / "night" / "a.czi",)))]
