"""Data: statistics that one clicks into."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.data.data_steps import place_of
from tests.project.helpers import add_image, labelled
from tests.project.test_image_labels import images
from tests.support.tiny_sounds import make_sounds
from tests.support.tiny_video import write_video
from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.outlines import Polygon
from workbench.formats.voc import new_voc
from workbench.gui.app.context import DataTarget
from workbench.gui.app.program import Program
from workbench.gui.charts.counts import CountView
from workbench.gui.data.figure_card import FigureCard
from workbench.gui.data.findings import look_at
from workbench.gui.data.place import DataPlace
from workbench.gui.label.place import LabellingPlace
from workbench.project.doctor import doctor
from workbench.tasks.image_classification.window.place import SortPlace


def card(place: DataPlace, id: str) -> FigureCard:
    return next(item for item in place.statistics.cards
                if item.figure is not None and item.figure.id == id and not item.isHidden())


def shown_statistics(program: Program, folder: Path, qtbot: QtBot) -> DataPlace:
    program.projects.open(folder)
    program.context.go("data", DataTarget("statistics"))
    place = place_of(program)
    qtbot.waitUntil(lambda: any(not item.isHidden() for item in place.statistics.cards))
    return place


def click(view: CountView, number: int, qtbot: QtBot) -> None:
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton,
                     pos=view.rect_of(number).center().toPoint())


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    folder = tmp_path / "pets"
    labelled(folder, "a.png", ["cat", "cat"])
    labelled(folder, "b.png", ["cat", "dog"])
    labelled(folder, "c.png", ["dog"])
    return folder


def test_a_bar_lists_its_images_and_a_cross_all_again(program: Program, pets: Path,
                                                      qtbot: QtBot) -> None:
    place = shown_statistics(program, pets, qtbot)
    assert place.statistics.title.text() == "3 images, 5 labels"
    bars = card(place, "classes").bars
    assert bars.counts == [3, 2]
    click(bars, 1, qtbot)
    images = program.window.place_widget("images")
    assert isinstance(images, LabellingPlace) and program.window.place == "images"
    panel = images.sample_panel
    assert [panel.view.samples.key(row) for row in range(panel.view.samples.rowCount())] \
        == ["b.png", "c.png"]
    assert panel.only.isVisible() and panel.only.words.full_text() == "2 images: dog"
    qtbot.mouseClick(panel.only.close_button, Qt.MouseButton.LeftButton)
    assert panel.view.samples.rowCount() == 3 and not panel.only.isVisible()


def test_a_cell_is_chosen_by_keyboard(program: Program, pets: Path, qtbot: QtBot) -> None:
    place = shown_statistics(program, pets, qtbot)
    cells = card(place, "together").cells
    assert cells.counts == [2, 1, 1, 2]
    cells.setFocus()
    qtbot.keyClick(cells, Qt.Key.Key_Right)
    qtbot.keyClick(cells, Qt.Key.Key_Right)
    assert cells.accessibleDescription() == "cat, dog: 1 image"
    qtbot.keyClick(cells, Qt.Key.Key_Return)
    images = program.window.place_widget("images")
    assert isinstance(images, LabellingPlace)
    samples = images.sample_panel.view.samples
    assert samples.rowCount() == 1 and samples.key(0) == "b.png"


def test_one_class_can_be_looked_at_and_edits_are_taken_in(program: Program, pets: Path,
                                                           qtbot: QtBot) -> None:
    place = shown_statistics(program, pets, qtbot)
    page = place.statistics
    assert page.parts.isHidden(), "there is no split"
    page.classes.setCurrentIndex(page.classes.findData("dog"))
    page.classes.activated.emit(page.classes.currentIndex())
    qtbot.waitUntil(lambda: card(place, "classes").bars.counts == [2])
    session = program.context.session
    assert session is not None
    session.edit("c.png", [], "remove all")
    qtbot.waitUntil(lambda: card(place, "classes").bars.counts == [1])


def test_nothing_labelled_says_so(program: Program, photos: Path, qtbot: QtBot) -> None:
    program.projects.open(photos)
    program.context.go("data", DataTarget("statistics"))
    page = place_of(program).statistics
    qtbot.waitUntil(lambda: page.empty.accessibleName() == "Nothing is labelled yet")


def test_clips_are_listed_behind_a_bar(program: Program, tmp_path: Path, qtbot: QtBot) -> None:
    place = shown_statistics(program, make_sounds(tmp_path / "s", each=1), qtbot)
    bars = card(place, "classes").bars
    assert sorted(bars.counts) == [3, 3, 3]
    click(bars, 0, qtbot)
    audio = program.window.place_widget("audio")
    assert isinstance(audio, LabellingPlace) and program.window.place == "audio"
    qtbot.waitUntil(lambda: audio.sample_panel.view.samples.rowCount() == 3)


def test_areas_say_what_they_cover_and_lead_to_their_images(
    program: Program, tmp_path: Path, qtbot: QtBot
) -> None:
    folder = tmp_path / "p"
    for name, right in (("a.png", 16.0), ("b.png", 64.0)):
        sea = LabeledObject("sea", Polygon((((0, 0), (right, 0), (right, 48), (0, 48)),)))
        add_image(folder, name).with_suffix(".xml").write_bytes(new_voc(
            Annotation((sea,), size=(64, 48)), image_path=folder / name, depth=1))
    (folder / "workbench.toml").write_text('task = "semantic-segmentation"\n')
    place = shown_statistics(program, folder, qtbot)
    shares = card(place, "by-share")
    assert shares.figure is not None and shares.figure.texts() == ["100 %", "25 %"]
    assert card(place, "pixels").bars.counts == [1.0]
    click(shares.bars, 1, qtbot)
    assert program.window.place == "images"
    images = program.window.place_widget("images")
    assert isinstance(images, LabellingPlace)
    qtbot.waitUntil(lambda: images.sample_panel.view.samples.rowCount() == 1)


def test_videos_are_looked_at_and_lead_to_their_place(program: Program, tmp_path: Path,
                                                      qtbot: QtBot) -> None:
    write_video(tmp_path / "clip.mp4", 10)
    (tmp_path / "clip.mp4.tracks.xml").write_text(
        '<annotations><track id="1" label="cat"><box frame="0" xtl="-9" ytl="2" xbr="9" ybr="9"/>'
        '</track></annotations>')
    program.projects.open(tmp_path)
    page = place_of(program, DataTarget("statistics")).statistics
    qtbot.waitUntil(lambda: page.title.text() == "1 video (10 frames, 0:00.40), 1 track",
                    timeout=30_000)
    assert page.media.isVisible() and page.media.selected == "videos"
    figure = page.cards[0].figure
    assert figure is not None
    page.look_at(figure, 0)
    assert program.window.place == "videos"
    session = program.context.session
    assert session is not None
    problem, = doctor(tmp_path)
    assert problem.kind == "tracks-outside"
    program.context.go("data")
    look_at(program.context, session, problem)
    assert program.window.place == "videos"


def test_sorted_images_are_listed_behind_a_bar(program: Program, tmp_path: Path,
                                               qtbot: QtBot) -> None:
    folder = images(tmp_path / "pets", "cat/1.png", "cat/2.png", "dog/1.png")
    place = shown_statistics(program, folder, qtbot)
    click(card(place, "classes").bars, 1, qtbot)
    assert program.window.place == "sort"
    sort = program.window.place_widget("sort")
    assert isinstance(sort, SortPlace)
    qtbot.waitUntil(lambda: sort.grid.images.rowCount() == 1)
    assert sort.bar.only.words.full_text() == "1 image: dog"
    sort.bar.only.clear()
    assert sort.grid.images.rowCount() == 3


def test_images_with_a_number_are_listed_behind_a_bar(program: Program, tmp_path: Path,
                                                      qtbot: QtBot) -> None:
    folder = images(tmp_path / "cells", "1.png", "2.png", "3.png")
    (folder / "labels.csv").write_text("file,number\n1.png,4\n2.png,6\n3.png,6\n", "utf-8")
    place = shown_statistics(program, folder, qtbot)
    assert place.statistics.title.text() == "3 images, 3 numbers"
    bars = card(place, "numbers").bars
    assert bars.counts == [1, 0, 2]
    click(bars, 2, qtbot)
    sort = program.window.place_widget("sort")
    assert isinstance(sort, SortPlace) and program.window.place == "sort"
    qtbot.waitUntil(lambda: sort.grid.images.rowCount() == 2)
    assert sort.bar.only.words.full_text() == "2 images: 6"
