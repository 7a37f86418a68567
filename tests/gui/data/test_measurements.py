"""Data: labelled objects, measured, in a table that leads to them."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from tests.gui.data.data_steps import place_of
from tests.project.helpers import add_image, box, labelled
from tests.project.test_measurements import label
from tests.support.tiny_sounds import make_sounds
from workbench.core.annotation import LabeledObject
from workbench.core.dots import dot_at
from workbench.core.masks import mask_of_pixels
from workbench.core.outlines import Polygon
from workbench.gui.app.program import Program
from workbench.gui.app.task import turn_to
from workbench.gui.data.measurements_page import CLASSES, OBJECTS, SAMPLES, MeasurementsPage
from workbench.gui.label.images.place import ImagesPlace
from workbench.gui.label.place import LabellingPlace
from workbench.gui.widgets.tables import Records

LEAF = Polygon((((10.0, 10.0), (30.0, 10.0), (30.0, 20.0), (10.0, 20.0)),))


@pytest.fixture
def leaves(tmp_path: Path) -> Path:
    folder = tmp_path / "leaves"
    label(folder, "a.png", LabeledObject("leaf", LEAF, {"stage": "old"}), box("hole", 0, 0, 4, 4))
    label(folder, "b.png", box("leaf", 1, 2, 5, 8))
    return folder


def opened(program: Program, folder: Path, qtbot: QtBot) -> MeasurementsPage:
    program.projects.open(folder)
    program.context.actions["file.measure"].run()
    page = place_of(program).measurements
    qtbot.waitUntil(lambda: page.table is not None and page.isVisible())
    return page


def column(view: Records, title: str) -> int:
    return view.titles().index(title)


def shown(view: Records, title: str) -> list[str]:
    at = column(view, title)
    return [line[at] for line in view.texts()]


def click_title(view: Records, title: str, qtbot: QtBot) -> None:
    header = view.horizontalHeader()
    at = header.sectionViewportPosition(column(view, title)) + 12
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton,
                     pos=QPoint(at, header.height() // 2))


def click_row(view: Records, row: int, qtbot: QtBot) -> None:
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton,
                     pos=view.visualRect(view.model().index(row, 0)).center())


def choose(menu: QMenu, text: str) -> None:
    next(action for action in menu.actions() if action.text() == text).trigger()


def test_a_row_leads_to_its_object(program: Program, leaves: Path, qtbot: QtBot) -> None:
    page = opened(program, leaves, qtbot)
    view = page.lists[OBJECTS]
    assert page.title.full_text() == "3 objects in 2 images" and page.how_note.isVisible()
    assert shown(view, "Area (px²)") == ["200", "16", "24"] and shown(view, "stage")[0] == "old"
    click_title(view, "Area (px²)", qtbot)
    assert shown(view, "Area (px²)") == ["16", "24", "200"]
    click_row(view, 0, qtbot)
    images = program.window.place_widget("images")
    assert isinstance(images, ImagesPlace) and program.window.place == "images"
    qtbot.waitUntil(lambda: images.editor.key == "a.png" and images.editor.active == 1)
    program.window.go_back()
    assert program.window.place == "data" and page.isVisible()
    assert shown(view, "Area (px²)") == ["16", "24", "200"]  # as it was left


def test_more_columns_come_before_the_one_it_is_sorted_by(program: Program, leaves: Path,
                                                          qtbot: QtBot) -> None:
    page = opened(program, leaves, qtbot)
    view = page.lists[OBJECTS]
    click_title(view, "Circularity", qtbot)
    before = shown(view, "Area (px²)")
    for name in ("Width", "Height", "Centre X", "Centre Y"):
        choose(page.columns, name)
    assert view.titles()[-2:] == ["Circularity", "stage"]
    assert shown(view, "Area (px²)") == before


def test_numbers_that_were_typed_are_sorted_by_their_size(program: Program, tmp_path: Path,
                                                          qtbot: QtBot) -> None:
    label(tmp_path, "a.png", *(LabeledObject("leaf", LEAF, {"age": age})
                               for age in (10.0, 9.0, 2.5)))
    page = opened(program, tmp_path, qtbot)
    click_title(page.lists[OBJECTS], "age", qtbot)
    assert [float(text) for text in shown(page.lists[OBJECTS], "age")] == [2.5, 9, 10]


def test_what_cannot_be_read_is_told_once(program: Program, leaves: Path, qtbot: QtBot) -> None:
    (leaves / "b.xml").write_text("<annotation>", "utf-8")
    page = opened(program, leaves, qtbot)
    told = [entry.text for entry in program.context.log.entries if "b.xml" in entry.text]
    before = page.table
    page.stop()
    page.measure()
    qtbot.waitUntil(lambda: page.table is not before)
    assert told == [entry.text for entry in program.context.log.entries if "b.xml" in entry.text]
    assert told and page.note.isVisible()


def test_classes_and_images_and_a_bar(program: Program, leaves: Path, qtbot: QtBot) -> None:
    page = opened(program, leaves, qtbot)
    page.views[CLASSES].click()
    classes = page.lists[CLASSES]
    assert shown(classes, "Class") == ["leaf", "hole"] and shown(classes, "Objects") == ["2", "1"]
    assert shown(classes, "Mean (px²)") == ["112", "16"]
    page.views[SAMPLES].click()
    assert shown(page.lists[SAMPLES], "Objects") == ["2", "1"]
    assert shown(page.lists[SAMPLES], "Share") == ["7.0 %", "0.8 %"]
    page.views[CLASSES].click()
    click_row(classes, 0, qtbot)  # shows the objects of the class
    view = page.lists[OBJECTS]
    assert shown(view, "Area (px²)") == ["200", "24"]
    assert page.title.full_text() == "2 of 3 objects in 2 images"
    last = len(page.spread.bars.counts) - 1
    qtbot.mouseClick(page.spread.bars, Qt.MouseButton.LeftButton,
                     pos=page.spread.bars.rect_of(last).center().toPoint())
    assert shown(view, "Area (px²)") == ["200"] and page.only.isVisible()
    qtbot.mouseClick(page.only.close_button, Qt.MouseButton.LeftButton)
    assert len(shown(view, "Area (px²)")) == 2


def test_real_units_and_images_that_have_none(program: Program, leaves: Path,
                                              qtbot: QtBot) -> None:
    (leaves / "workbench.toml").write_text('[scale.images]\n"a.png" = "0.5 µm"\n', "utf-8")
    page = opened(program, leaves, qtbot)
    view = page.lists[OBJECTS]
    assert shown(view, "Area (µm²)") == ["50", "4", ""]
    assert page.note.text().startswith("1 image has no known pixel size in µm")
    page.units["px"].click()
    assert shown(view, "Area (px²)") == ["200", "16", "24"] and not page.note.isVisible()


def test_the_scale_is_asked_for_at_an_image_without_one(program: Program, leaves: Path,
                                                        qtbot: QtBot) -> None:
    page = opened(program, leaves, qtbot)
    qtbot.mouseClick(page.scale_link, Qt.MouseButton.LeftButton)
    images = program.window.place_widget("images")
    assert isinstance(images, ImagesPlace) and program.window.place == "images"
    card = images.scale_card
    qtbot.waitUntil(card.isVisible)
    card.pixel.setText("0.5 µm")
    qtbot.keyClick(card.pixel, Qt.Key.Key_Return)
    program.context.go("data")
    view = page.lists[OBJECTS]
    qtbot.waitUntil(lambda: "Area (µm²)" in view.titles())
    assert shown(view, "Area (µm²)") == ["50", "4", "6"] and page.scale_link.isHidden()


def test_columns_are_remembered_and_grey_values_are_read_when_wanted(
        program: Program, leaves: Path, qtbot: QtBot) -> None:
    page = opened(program, leaves, qtbot)
    view = page.lists[OBJECTS]
    assert "Mean grey" not in view.titles()
    choose(page.columns, "Mean grey")
    choose(page.columns, "Perimeter")
    qtbot.waitUntil(lambda: "Mean grey" in view.titles())
    assert all(shown(view, "Mean grey")) and "Perimeter (px)" not in view.titles()
    again = MeasurementsPage(program.context)
    qtbot.addWidget(again)
    assert again.columns.wants("mean") and not again.columns.wants("perimeter")
    again.end()


def test_labels_that_are_changed_are_measured_anew(program: Program, leaves: Path,
                                                   qtbot: QtBot) -> None:
    page = opened(program, leaves, qtbot)
    click_row(page.lists[OBJECTS], 2, qtbot)
    images = program.window.place_widget("images")
    assert isinstance(images, ImagesPlace)
    qtbot.waitUntil(lambda: images.editor.key == "b.png" and images.editor.active == 0)
    program.context.actions["images.delete"].run()
    program.context.go("data")
    qtbot.waitUntil(lambda: shown(page.lists[OBJECTS], "Area (px²)") == ["200", "16"])


def test_tables_are_saved_and_copied(program: Program, leaves: Path, tmp_path: Path, qtbot: QtBot,
                                     monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(program, leaves, qtbot)
    page.classes.setCurrentIndex(page.classes.findData("leaf"))
    page.classes.activated.emit(page.classes.currentIndex())
    path = tmp_path / "out.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    menu = page.save_button.menu()
    for text, first in (("All that is listed…", "image"), ("Summary by class…", "label"),
                        ("Summary by image, sound or video…", "image")):
        with qtbot.waitSignal(program.context.message):
            choose(menu, text)
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert next(iter(rows[0])) == first
    assert [row["objects"] for row in rows] == ["1", "1"]
    choose(menu, "Copy the table shown")
    lines = QGuiApplication.clipboard().text().split("\n")
    assert lines[0].startswith("Image\tObject\tClass") and len(lines) == 3
    page.files.copy([("Image", "Class"), ("new\nline\t.png", "leaf")])
    assert QGuiApplication.clipboard().text() == "Image\tClass\nnew line .png\tleaf"


def test_a_row_of_a_sound_leads_to_its_region(program: Program, tmp_path: Path,
                                              qtbot: QtBot) -> None:
    folder = make_sounds(tmp_path / "s", each=1)
    (folder / "low_ann_0.selections.txt").write_text(
        "Selection\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tlabel\n"
        "1\t0.05\t0.15\t300\t700\towl\n")
    page = opened(program, folder, qtbot)
    view = page.lists[OBJECTS]
    assert page.title.full_text() == "9 regions in 9 sounds" and page.columns_button.isHidden()
    assert "Duration (s)" in view.titles() and not page.note.isVisible()
    page.views[SAMPLES].click()
    assert "Regions per minute" in page.lists[SAMPLES].titles()
    page.views[OBJECTS].click()
    click_row(view, shown(view, "Class").index("owl"), qtbot)
    audio = program.window.place_widget("audio")
    assert isinstance(audio, LabellingPlace) and program.window.place == "audio"
    qtbot.waitUntil(lambda: audio.editor.key == "low_ann_0.wav" and audio.editor.active == 0)


def test_it_can_be_cancelled_and_begun_again(program: Program, leaves: Path, qtbot: QtBot) -> None:
    page = opened(program, leaves, qtbot)
    program.projects.close()
    program.projects.open(leaves)
    page.measure()
    qtbot.mouseClick(page.stop_button, Qt.MouseButton.LeftButton)
    assert page.table is None and page.stop_button.isHidden()
    qtbot.mouseClick(page.empty.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.title.full_text() == "3 objects in 2 images")


def test_what_there_is_to_say_where_nothing_is_measured(program: Program, tmp_path: Path,
                                                        qtbot: QtBot) -> None:
    add_image(tmp_path / "bare", "a.png")
    page = opened(program, tmp_path / "bare", qtbot)
    assert page.empty.isVisible() and page.empty.button.isHidden()
    assert not page.title.full_text() and not page.save_button.isVisible()
    labelled(tmp_path / "bad", "a.png", ["cat"])
    labelled(tmp_path / "bad", "b.png", ["cat"]).write_text("<annotation>")
    program.projects.open(tmp_path / "bad")
    program.context.actions["file.measure"].run()
    qtbot.waitUntil(lambda: page.title.full_text() == "1 object in 1 image")
    assert "1 problem in the Log" in page.note.text()


def test_of_painted_areas_a_row_leads_to_its_region(program: Program, tmp_path: Path,
                                                    qtbot: QtBot) -> None:
    """All cells are one mask."""
    folder = tmp_path / "cells"
    pixels = np.zeros((48, 64), bool)
    pixels[2:10, 2:12] = pixels[30:46, 50:60] = True
    label(folder, "a.png", LabeledObject("cell", mask_of_pixels(pixels)))
    page = opened(program, folder, qtbot)
    assert page.title.full_text() == "1 object in 1 image"
    turn_to(program.context, "semantic-segmentation")
    program.context.actions["file.measure"].run()
    qtbot.waitUntil(lambda: page.title.full_text() == "2 objects in 1 image")
    assert shown(page.lists[OBJECTS], "Area (px²)") == ["80", "160"]
    click_row(page.lists[OBJECTS], 1, qtbot)
    images = program.window.place_widget("images")
    assert isinstance(images, ImagesPlace)
    qtbot.waitUntil(lambda: images.editor.key == "a.png" and images.editor.active == 0)


def test_what_touches_is_split_where_areas_are_learned(program: Program, tmp_path: Path,
                                                       qtbot: QtBot) -> None:
    folder = tmp_path / "cells"
    y, x = np.mgrid[:48, :64] + 0.5
    discs = np.any([np.hypot(x - at, y - 24) < 9 for at in (15, 31)], axis=0)
    label(folder, "a.png", LabeledObject("cell", mask_of_pixels(discs)))
    page = opened(program, folder, qtbot)
    assert page.split.isHidden() and page.how_note.isHidden()
    turn_to(program.context, "semantic-segmentation")
    program.context.actions["file.measure"].run()
    qtbot.waitUntil(page.split.isVisible)
    page.split.set_value(0.9)
    qtbot.waitUntil(lambda: page.title.full_text() == "2 objects in 1 image")


def test_figures_of_a_column_have_the_same_digits(
        program: Program, tmp_path: Path, qtbot: QtBot) -> None:
    folder = tmp_path / "leaves"
    label(folder, "a.png", box("leaf", 0, 0, 4, 4), box("leaf", 0, 0, 3, 4),
          box("leaf", 1, 1, 4, 2))
    view = opened(program, folder, qtbot).lists[OBJECTS]
    assert shown(view, "Area (px²)") == ["16", "12", "3"]
    assert shown(view, "Max. Feret (px)") == ["5.657", "5.000", "3.162"]


def test_dots_have_no_sizes_to_be_shown(program: Program, tmp_path: Path, qtbot: QtBot) -> None:
    dots = [LabeledObject("seal", dot_at((float(x), 5.0))) for x in (3, 7)]
    label(tmp_path / "beach", "a.png", *dots)
    page = opened(program, tmp_path / "beach", qtbot)
    qtbot.waitUntil(lambda: page.tables.isVisible(), timeout=30_000)
    assert not page.spread.isVisible(), "an empty choice says nothing"
