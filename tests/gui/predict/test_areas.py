"""Predict with a model of areas."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.gui.predict.answering import (
    AnsweringEngine,
    ask,
    keep_labels,
    read_labels,
    save_as,
    shown,
)
from tests.gui.predict.looking import is_drawn, place_on
from tests.support.area_answers import CLASSES, area_answer
from tests.support.tiny_video import SIZE
from workbench.core.outlines import Mask, Polygon
from workbench.extension.saving import of_class
from workbench.gui.app.models import TrainedModel
from workbench.gui.label.suggest_job import asker_of
from workbench.gui.predict.place import PredictPlace
from workbench.gui.predict.table import FILE, FOUND
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.row_view import RIGHT_ROLE
from workbench.project.suggestions import suggestions_of
from workbench.tasks.segmentation.saving import SAVING, limited, regions_of_answer
from workbench.tasks.segmentation.window.predictions import DISPLAY

AREAS = TrainedModel("2026-11-20-areas-n", "Areas #1", "semantic-segmentation", CLASSES)
CELL, FAINT, WALL = (("cell", 0.9, (20.0, 20.0), 10.0), ("cell", 0.6, (50.0, 12.0), 8.0),
                     ("wall", 0.8, (48.0, 36.0), 6.0))


def look_at(place: PredictPlace, engine: AnsweringEngine, qtbot: QtBot, night: Path) -> None:
    """One picture with a cell and a wall, one with a faint cell, one with nothing."""
    ask(place, engine, qtbot, night)
    engine.answer([area_answer(night / "a.png", CELL, WALL), area_answer(night / "b.png", FAINT),
                   area_answer(night / "c.png")])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == 3, timeout=30_000)


@pytest.mark.parametrize("limits", [
    {"score": 0.5}, {"score": 0.7}, {"score": 0.95}, {"score": 0.05},
    {"score": 0.5, of_class("score", "cell"): 0.7}])
def test_what_is_counted_is_what_is_shown_and_kept(limits: dict[str, float]) -> None:
    item = area_answer("a.png", CELL, FAINT, WALL)
    packed = DISPLAY.pack(item)
    now = DISPLAY.shown(packed, limits)
    kept = limited(item, limits)
    assert {name: now[name] for name in ("map", "size", "classes", "least")} == {
        **{name: kept[name] for name in ("map", "classes", "least")}, "size": (64, 48)}
    assert now["areas"] == pytest.approx(kept["areas"])
    counts, score = DISPLAY.count(packed, limits)
    assert DISPLAY.shares is not None and DISPLAY.things is not None
    shares = DISPLAY.shares(packed, limits)
    assert counts == dict.fromkeys(shares, 1) and all(shares.values())
    assert shares == pytest.approx({name: share for name, share in kept["areas"].items() if share},
                                   abs=1e-6)
    assert score == 0 if not shares else min(
        value for name, value in limits.items() if "of" not in name) <= score <= 1
    assert [name for name, _ in DISPLAY.things(now)] == sorted(
        shares, key=lambda name: -shares[name])


def test_what_is_covered_is_shown_sorted_and_filtered(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = open_place(AREAS)
    page = place.page
    look_at(place, engine, qtbot, night)
    assert shown(place) == [("a.png", "cell 10 %, wall 3.6 %", "14 %", "0.87"),
                            ("b.png", "cell 6.8 %", "6.8 %", "0.60"),
                            ("c.png", "nothing", "0 %", "")]
    qtbot.waitUntil(lambda: page.counts.rowCount() == 2, timeout=30_000)
    rights = [page.counts.cell(row, RIGHT_ROLE) for row in range(2)]
    assert page.counts.rows == [("cell", 2), ("wall", 1)] and rights == ["5.7 %", "1.2 %"]
    tip = str(page.counts.cell(0, Qt.ItemDataRole.ToolTipRole))
    assert tip == "cell: on 2 images; covers 5.7 % of all on average"
    assert place.status()[0] == "3 files: cell 5.7 %, wall 1.2 % on average"
    assert page.chips["finds"].text() == "With areas 2"
    assert place.answers.headerData(2, Qt.Orientation.Horizontal) == "Covered"
    page.view.sortByColumn(2, Qt.SortOrder.AscendingOrder)
    assert [row[0] for row in shown(place)] == ["c.png", "b.png", "a.png"]
    page.sliders["score"].set_value(0.7)
    qtbot.waitUntil(lambda: ("b.png", "nothing", "0 %", "") in shown(place), timeout=30_000)
    page.class_limits.link.click()
    page.class_limits.sliders["wall"].set_value(0.9)
    qtbot.waitUntil(lambda: shown(place)[-1] == ("a.png", "cell 10 %", "10 %", "0.90"),
                    timeout=30_000)
    page.search.setText("cell")
    assert [row[0] for row in shown(place)] == ["a.png"]
    table = tmp_path / "table.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(table), ""))
    said: list[str] = []
    place._context.message.connect(lambda _tone, text: said.append(text))
    save_as(place, "Table of files…")
    qtbot.waitUntil(lambda: bool(said), timeout=30_000)
    rows = list(csv.DictReader(table.read_text("utf-8-sig").splitlines()))
    assert [row["wall"] for row in rows] == ["0.0"] * 3, "as it is shown"
    assert float(rows[0]["cell"]) == float(rows[0]["covered"]) > 0.1
    said.clear()
    save_as(place, "Table of measurements…")
    qtbot.waitUntil(lambda: bool(said), timeout=30_000)
    (cell,) = csv.DictReader(table.read_text("utf-8-sig").splitlines())
    assert (cell["file"], cell["label"], cell["score"]) == (str(night / "a.png"), "cell", "0.9")
    assert float(cell["area (px²)"]) == pytest.approx(np.pi * 100, rel=0.05)


def test_areas_are_painted_over_the_picture_and_said_in_its_corner(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path
) -> None:
    place = open_place(AREAS)
    (night / "c.png").write_bytes((night / "a.png").read_bytes())
    look_at(place, engine, qtbot, night)
    picture, looks = place.page.picture, {}
    for row, name in enumerate("ac"):
        place.page.view.selectRow(2 * row)
        qtbot.waitUntil(lambda name=name: is_drawn(picture, name), timeout=30_000)
        image = picture.grab().toImage()
        looks[name] = {spot: image.pixelColor(place_on(picture, spot))
                       for spot in ((20.0, 20.0), (48.0, 36.0), (20.0, 35.0), (1.0, 46.5))}
    found, bare = looks["a"], looks["c"]
    assert found[20.0, 35.0] == bare[20.0, 35.0]
    assert found[1.0, 46.5] != bare[1.0, 46.5], "what is covered"
    veils = {}
    for name, spot in (("cell", (20.0, 20.0)), ("wall", (48.0, 36.0))):
        ink = place.colors.color(name)
        veils[name] = found[spot]
        for part in ("red", "green", "blue"):
            under, over, of = (getattr(color, part)() for color in (bare[spot], found[spot], ink))
            assert min(under, of) - 3 <= over <= max(under, of) + 3
        assert found[spot] not in (bare[spot], ink), "half transparent"
    assert veils["cell"] != veils["wall"]


def painted(item: dict[str, Any], side: int) -> QImage:
    image = QImage(side, side * 3 // 4, QImage.Format.Format_RGB32)
    image.fill(QColor("#808080"))
    with QPainter(image) as painter:
        DISPLAY.paint(painter, QRectF(0, 0, image.width(), image.height()), item,
                      {"cell": QColor("#ff0000"), "wall": QColor("#0000ff")}.__getitem__,
                      Theme("dark"))
    return image


@pytest.mark.parametrize(("scale", "side"), [(0.25, 640), (1.0, 640), (4.0, 64), (16.0, 100)])
def test_areas_lie_in_their_place_at_any_size(scale: float, side: int) -> None:
    item = DISPLAY.shown(DISPLAY.pack(area_answer("a.png", CELL, WALL, scale=scale)),
                         {"score": 0.5})
    image = painted(item, side)
    for (x, y), ink in (((20, 20), "red"), ((48, 36), "blue"), ((20, 34), ""), ((33, 20), ""),
                        ((48, 45), "")):
        color = image.pixelColor(round(x / 64 * side), round(y / 64 * side))
        parts = {name: getattr(color, name)() for name in ("red", "blue")}
        assert (max(parts, key=parts.__getitem__) if len({*parts.values()}) > 1 else "") == ink


def test_what_touches_is_split_counted_and_drawn(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path
) -> None:
    place = open_place(AREAS)
    ask(place, engine, qtbot, night)
    pair = ("cell", 0.9, (20.0, 24.0), 10.0), ("cell", 0.9, (37.0, 24.0), 10.0)
    engine.answer([area_answer(night / "a.png", *pair)])
    qtbot.waitUntil(lambda: len(place.answers.all) == 1, timeout=30_000)

    def now() -> dict[str, Any]:
        answers = place.answers
        return dict(DISPLAY.shown(answers.all[0].packed, answers.limits))

    slider = place.page.sliders["split"]
    assert slider.least and len(regions_of_answer(now())) == 1
    whole = painted(now(), 640)
    slider.set_value(0.9)
    assert [region.label for region in regions_of_answer(now())] == [0, 0]
    assert list(SAVING.sum_row(now(), CLASSES))[3:5] == [2, 0]
    split = painted(now(), 640)
    changed = [x for x in range(100, 500, 2)
               if whole.pixelColor(x, 240) != split.pixelColor(x, 240)]
    assert changed and all(270 <= x <= 300 for x in changed), "a line between the two"
    assert whole.copy(0, 440, 200, 40) != split.copy(0, 440, 200, 40), "and their number"
    place.keeping.add_suggestions()
    session = place._context.session
    assert session is not None
    qtbot.waitUntil(lambda: suggestions_of(session).sums()[0] == 2, timeout=30_000)


def test_models_agree_where_their_areas_overlap(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path
) -> None:
    place = open_place(AREAS, replace(AREAS, run="2026-11-21-areas-n", title="Areas #2"))
    look_at(place, engine, qtbot, night)
    place.page.beside.choose(place.models[1:])
    qtbot.waitUntil(lambda: len(engine.asked) == 2, timeout=30_000)
    moved = ("cell", 0.9, (20.0, 30.0), 10.0)
    engine.answer([area_answer(night / "a.png", moved, WALL, scale=2.0),
                   area_answer(night / "b.png", FAINT), area_answer(night / "c.png")])
    qtbot.waitUntil(lambda: place.page.agreement.text()
                    == "Both: 2. Only Areas #1: 1. Only Areas #2: 1.", timeout=30_000)
    place.page.chips["differs"].click()
    assert [row[0] for row in shown(place)] == ["a.png"], "the same class, elsewhere"
    assert place.page.counts.cell(0, RIGHT_ROLE) == "5.7 % · 5.7 %"


def test_regions_are_suggested_as_polygons_and_undone(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path
) -> None:
    place = open_place(AREAS)
    look_at(place, engine, qtbot, night)
    session = place._context.session
    assert session is not None
    said: list[str] = []
    place._context.message.connect(lambda _tone, text: said.append(text))
    place.keeping.add_suggestions()
    qtbot.waitUntil(lambda: bool(said), timeout=30_000)
    assert said == ["3 objects suggested on 2 images. Accept or reject them in Images."]
    store = suggestions_of(session)
    key = next(key for key in store.images() if key.endswith("a.png"))
    cell, wall = sorted(store.of(key), key=lambda item: item.label)
    assert isinstance(cell.shape, Polygon) and cell.label == "cell" and cell.run == AREAS.run
    assert cell.box == (10, 10, 30, 30) and cell.score == pytest.approx(0.9)
    assert isinstance(wall.shape, Polygon) and wall.score == pytest.approx(0.8)
    session.undo.undo()
    assert not store.images()


def test_what_is_labelled_already_is_not_suggested(
    open_place: Callable[..., PredictPlace],
) -> None:
    session = open_place(AREAS)._context.session
    assert session is not None
    key = next(iter(session.index.keys()))
    new = asker_of(session, AREAS, ("cell",), sounds=False)
    [cell] = new(key, area_answer(key, CELL))
    assert isinstance(cell.shape, Polygon)


def test_labels_masks_and_pictures_are_kept(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = open_place(AREAS)
    look_at(place, engine, qtbot, night)
    offered, said = keep_labels(place, qtbot, "Mask images", tmp_path / "kept", monkeypatch)
    assert {"COCO", "Pascal VOC", "YOLO"} <= {*offered}
    found = read_labels("masks", tmp_path / "kept", night, tmp_path / "scratch")
    assert [item.label for item in found["a.png"].objects] == ["cell", "wall"]
    assert all(isinstance(item.shape, Mask) for item in found["a.png"].objects), said
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "out"))
    for title, folder, words in (
            ("Masks…", "masks", "3 masks"), ("Images with the areas…", "drawn", "3 images")):
        said.clear()
        save_as(place, title)
        qtbot.waitUntil(lambda: bool(said), timeout=30_000)
        assert said == [f"{words} written to {tmp_path / 'out' / folder}."]
    with Image.open(tmp_path / "out" / "masks" / "a.png") as mask:
        assert np.asarray(mask)[20, 20] == 1 and np.asarray(mask)[36, 48] == 2
    assert "wall:0,128,0::" in (tmp_path / "out" / "masks" / "labelmap.txt").read_text()


def test_frames_of_a_video_say_how_much_is_covered_over_time(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, film: Path,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = open_place(AREAS)
    ask(place, engine, qtbot, film)
    width, height = SIZE
    engine.answer([
        {**area_answer(film, ("cell", 0.9, (width / 2, height / 2), 3.0 + number), size=SIZE),
         "frame": number, "time": number / 10} for number in range(30)])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == 30, timeout=30_000)
    chart = place.page.film.chart
    qtbot.waitUntil(lambda: set(chart.curves) == {"cell"}, timeout=30_000)
    values = list(chart.curves["cell"].series.y)
    assert values == sorted(values) and values[-1] > 5, "in percent"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    said: list[str] = []
    place._context.message.connect(lambda _tone, text: said.append(text))
    save_as(place, "Images with the areas…")
    qtbot.waitUntil(lambda: bool(said), timeout=30_000)
    assert said == [f"1 video written to {tmp_path / 'drawn'}."]
    assert [path.name for path in (tmp_path / "drawn").iterdir()] == ["film.mp4"]


def test_what_was_found_has_the_room_that_names_of_files_leave(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path
) -> None:
    place = open_place(AREAS)
    look_at(place, engine, qtbot, night)
    view = place.page.view
    short = view.columnWidth(FILE)
    assert short < view.columnWidth(FOUND), "a.png, b.png …"
    place.answers.add([area_answer(night / f"{'long' * 30}.png", CELL)], [], {})
    place.answers.settle()
    qtbot.waitUntil(lambda: view.columnWidth(FILE) > short)
    assert view.columnWidth(FOUND) >= view.columnWidth(FILE), "but half of it"
