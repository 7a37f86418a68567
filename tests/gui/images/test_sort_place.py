"""Sorting whole images into classes: by key, by typing, by dragging, in a grid and one by one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from tests.gui.conftest import draw_photos
from workbench.extension.plugins import register_bundled
from workbench.extension.window import places
from workbench.gui.app.context import ClassTarget, ImageTarget
from workbench.gui.app.engine_client import EngineClient
from workbench.gui.app.program import Program
from workbench.gui.label.images.place import ImagesPlace
from workbench.gui.shell.places import BUNDLED
from workbench.gui.widgets import PrimaryButton
from workbench.tasks.image_classification.label_store import labels_of
from workbench.tasks.image_classification.window.grid_view import DRAGGED
from workbench.tasks.image_classification.window.place import SortPlace

KEY = Qt.Key


class Bench:
    """One window on a folder with a folder for each class."""

    def __init__(self, program: Program, qtbot: QtBot, folder: Path) -> None:
        self.program, self.qtbot, self.folder = program, qtbot, folder
        program.projects.open(folder)
        place = program.window.place_widget("sort")
        assert isinstance(place, SortPlace)
        self.place = place
        self.grid = place.grid
        session = program.context.session
        assert session is not None
        self.session = session
        self.wait(lambda: self.place.status()[0].endswith("labelled"))

    def wait(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=30_000)

    def label(self, key: str) -> str:
        return self.grid.images.label(key)

    def rows(self) -> list[str]:
        return [self.grid.images.key(row) for row in range(self.grid.images.rowCount())]

    def spot(self, key: str) -> QPoint:
        row = self.grid.images.row(key)
        assert row is not None
        index = self.grid.images.index(row)
        self.grid.scrollTo(index)
        return self.grid.visualRect(index).center()

    def click(self, key: str, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
              ) -> None:
        QTest.mouseClick(self.grid.viewport(), Qt.MouseButton.LeftButton, modifier, self.spot(key))

    def press(self, key: Qt.Key,
              modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        focus = QApplication.focusWidget()
        assert focus is not None
        QTest.keyClick(focus, key, modifier)

    def saved(self) -> str:
        """The table, when everything is on the disk."""
        self.wait(lambda: self.session.saver.state == "saved")
        path = self.folder / "labels.csv"
        return path.read_text(encoding="utf-8") if path.exists() else ""


def sorting_bench(make_program: Callable[..., Program], qtbot: QtBot, folder: Path,
                  **options: Callable[[], EngineClient]) -> Bench:
    """A window with the place that sorts, shown and in front."""
    register_bundled()
    program = make_program([*BUNDLED, places.get("sort")], **options)
    with qtbot.waitExposed(program.window):
        program.window.show()
    program.window.activateWindow()
    return Bench(program, qtbot, folder)


@pytest.fixture
def make_bench(make_program: Callable[..., Program], qtbot: QtBot) -> Callable[[Path], Bench]:
    return lambda folder: sorting_bench(make_program, qtbot, folder)


def sorted_folder(folder: Path) -> Path:
    for label in ("ant", "bee"):
        draw_photos(folder / label, [f"{number}.png" for number in range(4)])
    draw_photos(folder, ["x.png", "y.png"])
    return folder


@pytest.fixture
def bench(make_bench: Callable[[Path], Bench], tmp_path: Path) -> Bench:
    return make_bench(sorted_folder(tmp_path / "insects"))


def test_class_folders_open_as_they_are_and_a_wrong_one_is_mended_by_a_key(bench: Bench) -> None:
    assert bench.program.window.place == "sort"
    assert bench.place.status()[0] == "8 of 10 images labelled"
    assert bench.place.classes.model.names == ("ant", "bee")
    bench.click("ant/2.png")
    bench.press(KEY.Key_2)
    assert bench.label("ant/2.png") == "bee"
    assert bench.grid.chosen() == ["ant/2.png"]  # mending stays where it is
    assert bench.saved() == "file,label\nant/2.png,bee\n"
    assert (bench.folder / "ant" / "2.png").exists()
    bench.press(KEY.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert bench.label("ant/2.png") == "ant"
    assert bench.saved() == ""


def test_a_first_label_goes_on_to_the_next_image(bench: Bench) -> None:
    bench.click("x.png")
    bench.press(KEY.Key_1)
    assert bench.grid.chosen() == ["y.png"]
    bench.press(KEY.Key_2)
    assert (bench.label("x.png"), bench.label("y.png")) == ("ant", "bee")
    bench.press(KEY.Key_Delete)
    assert bench.label("y.png") == ""


def test_many_selected_images_are_labelled_in_one_step(bench: Bench) -> None:
    bench.click("ant/0.png")
    bench.click("ant/3.png", Qt.KeyboardModifier.ShiftModifier)
    bench.click("x.png", Qt.KeyboardModifier.ControlModifier)
    assert "5 selected" in bench.place.hint.text()
    bench.press(KEY.Key_2)
    assert {bench.label(key) for key in bench.rows()} == {"bee", ""}
    bench.press(KEY.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert bench.label("ant/3.png") == "ant"
    assert bench.label("x.png") == ""


def test_a_selection_outlives_saving_and_what_another_program_writes(bench: Bench) -> None:
    resets = []
    bench.grid.images.modelReset.connect(lambda: resets.append(1))
    bench.click("ant/0.png")
    bench.click("ant/3.png", Qt.KeyboardModifier.ShiftModifier)
    chosen = bench.grid.chosen()
    bench.press(KEY.Key_2)
    text = bench.saved()
    bench.wait(lambda: not bench.session.index.scanning)
    store = labels_of(bench.session)
    bench.session.index.refresh()
    store.look()
    bench.wait(lambda: not store.busy and not bench.session.index.scanning)
    assert bench.grid.chosen() == chosen and not resets
    (bench.folder / "labels.csv").write_text(text + "x.png,bee\n", encoding="utf-8")
    store.look()
    bench.wait(lambda: bench.label("x.png") == "bee")
    assert bench.grid.chosen() == chosen and not resets
    bench.press(KEY.Key_1)
    assert bench.label("ant/3.png") == "ant"


def test_a_class_is_found_or_made_by_typing(bench: Bench) -> None:
    bench.click("ant/0.png")
    bench.press(KEY.Key_E)  # bee
    assert bench.place.chooser.field.text() == "e"
    bench.press(KEY.Key_Return)
    assert bench.label("ant/0.png") == "bee"
    bench.wait(bench.grid.hasFocus)
    bench.press(KEY.Key_W)
    bench.press(KEY.Key_S)
    bench.press(KEY.Key_Return)
    assert bench.label("ant/0.png") == "ws"
    assert bench.session.classes.names == ("ant", "bee", "ws")


def test_images_are_dropped_on_a_class(bench: Bench) -> None:
    bench.click("ant/0.png")
    bench.click("x.png", Qt.KeyboardModifier.ControlModifier)
    view = bench.place.classes.view
    at = QPointF(view.visualRect(bench.place.classes.model.index(1)).center())
    data = QMimeData()
    data.setData(DRAGGED, b"selected")
    buttons, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(at, Qt.DropAction.CopyAction, data, buttons, none)
    QApplication.sendEvent(view.viewport(), enter)
    assert enter.isAccepted()
    drop = QDropEvent(at, Qt.DropAction.CopyAction, data, buttons, none)
    QApplication.sendEvent(view.viewport(), drop)
    assert (bench.label("ant/0.png"), bench.label("x.png")) == ("bee", "bee")


def test_enter_shows_one_image_large_and_keys_label_there_too(bench: Bench) -> None:
    bench.click("x.png")
    bench.press(KEY.Key_Return)
    assert bench.place.stack.currentWidget() is bench.place.large
    bench.press(KEY.Key_1)
    assert bench.label("x.png") == "ant"
    assert bench.grid.key == "y.png"
    bench.press(KEY.Key_Left)
    assert bench.grid.key == "x.png"
    bench.press(KEY.Key_Escape)
    assert bench.place.stack.currentWidget() is bench.grid
    assert bench.grid.hasFocus()


def test_a_double_click_shows_it_large(bench: Bench) -> None:
    bench.click("ant/1.png")
    spot = bench.spot("ant/1.png")
    QTest.mouseDClick(bench.grid.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert bench.place.stack.currentWidget() is bench.place.large
    picture = bench.place.large
    for kind in (QMouseEvent.Type.MouseButtonDblClick,):
        QApplication.sendEvent(picture, QMouseEvent(
            kind, QPointF(20, 20), picture.mapToGlobal(QPointF(20, 20)),
            Qt.MouseButton.LeftButton, Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier))
    assert bench.place.stack.currentWidget() is bench.grid


def test_chips_and_words_choose_images(bench: Bench) -> None:
    bench.place.bar.chips.select("unlabelled")
    assert bench.rows() == ["x.png", "y.png"]
    bench.click("x.png")
    bench.press(KEY.Key_1)
    assert bench.rows() == ["x.png", "y.png"]  # nothing jumps away under the hand
    bench.place.bar.set_filter("class:bee")
    assert bench.rows() == [f"bee/{number}.png" for number in range(4)]
    bench.place.bar.set_filter("nowhere")
    assert bench.place.stack.currentWidget() is bench.place.nothing
    bench.place.nothing.button.click()
    assert len(bench.rows()) == 10


def test_the_next_image_without_a_class_is_found(bench: Bench) -> None:
    bench.click("ant/0.png")
    bench.press(KEY.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert bench.grid.chosen() == ["x.png"]


def test_images_come_in_the_order_of_their_classes(bench: Bench) -> None:
    bench.click("ant/0.png")
    bench.press(KEY.Key_2)
    box = bench.place.bar.order_box
    box.setCurrentIndex(box.findData("class"))
    box.activated.emit(box.currentIndex())
    assert bench.rows()[0] == "ant/1.png"
    assert bench.rows()[3] == "ant/0.png"
    assert bench.rows()[-2:] == ["x.png", "y.png"]
    assert bench.grid.chosen() == ["ant/0.png"]


def test_other_places_lead_to_an_image_and_to_a_class(bench: Bench) -> None:
    bench.place.bar.chips.select("unlabelled")
    bench.program.context.go("images", ImageTarget("bee/1.png"))
    assert bench.program.window.place == "sort"
    assert bench.grid.chosen() == ["bee/1.png"]
    bench.program.context.go("sort", ClassTarget("ant"))
    assert {bench.label(key) for key in bench.rows()} == {"ant"}


def test_a_table_that_cannot_be_read_is_told_and_left_alone(
        make_bench: Callable[[Path], Bench], tmp_path: Path) -> None:
    folder = sorted_folder(tmp_path / "insects")
    (folder / "labels.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    bench = make_bench(folder)
    assert "could not be read" in bench.place.warning.text.text()
    bench.click("x.png")
    bench.press(KEY.Key_1)
    assert bench.label("x.png") == ""
    assert (folder / "labels.csv").read_text(encoding="utf-8") == "a,b\n1,2\n"
    bench.place.warning.anew_button.click()
    bench.wait(lambda: bench.place.warning.isHidden())
    assert not (folder / "labels.csv").exists(), "the folders say all that is known"
    assert bench.program.context.log.entries[-1].text == (
        "labels.csv is kept as labels.csv.unreadable. The labels that are known stay; those that "
        "the folders do not say go into a new file.")
    bench.press(KEY.Key_1)
    assert bench.label("x.png") != ""
    aside = folder / "labels.csv.unreadable"
    assert aside.read_text(encoding="utf-8") == "a,b\n1,2\n"


def test_a_folder_without_images_says_what_to_do(
        make_bench: Callable[[Path], Bench], tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "workbench.toml").write_text('task = "image-classification"\n', encoding="utf-8")
    bench = make_bench(folder)
    bench.wait(lambda: bench.place.pages.currentWidget() is bench.place.empty)


def test_classes_are_renamed_and_merged_in_the_list(bench: Bench) -> None:
    bench.place.classes.rename("ant", "formica")
    assert bench.label("ant/0.png") == "formica"
    bench.place.classes.rename("formica", "bee")
    bench.place.classes.confirm.yes.click()
    assert bench.label("ant/0.png") == "bee"
    assert bench.session.classes.names == ("bee",)


def test_photos_without_labels_turn_to_sorting_and_back(
        make_program: Callable[..., Program], qtbot: QtBot, tmp_path: Path) -> None:
    register_bundled()
    program = make_program([*BUNDLED, places.get("sort")])
    with qtbot.waitExposed(program.window):
        program.window.show()
    folder = draw_photos(tmp_path / "photos", ["a.png", "b.png"])
    program.projects.open(folder)
    assert program.window.place == "images"
    images = program.window.place_widget("images")
    assert isinstance(images, ImagesPlace)
    assert images.classes.isVisible()
    qtbot.waitUntil(images.links.isVisible, timeout=30_000)
    images.links.links[0].click()
    assert program.window.place == "sort"
    assert 'task = "image-classification"' in read_when_saved(qtbot, program, folder)
    sort = program.window.place_widget("sort")
    assert isinstance(sort, SortPlace)
    qtbot.waitUntil(sort.links.isVisible, timeout=30_000)
    session = program.context.session
    assert session is not None
    session.add_class("cat")
    qtbot.waitUntil(lambda: sort.status()[0] == "0 of 2 images labelled")
    sort.grid.go_to(0)
    sort.give("cat")
    assert sort.links.isHidden()
    session.undo.undo()
    sort.links.links[0].click()
    assert program.window.place == "images"


def read_when_saved(qtbot: QtBot, program: Program, folder: Path) -> str:
    session = program.context.session
    assert session is not None
    qtbot.waitUntil(lambda: session.saver.state == "saved", timeout=30_000)
    return (folder / "workbench.toml").read_text(encoding="utf-8")


def test_all_selected_images_are_labelled_without_asking_for_each_row(
        make_bench: Callable[[Path], Bench], tmp_path: Path) -> None:
    folder = tmp_path / "many"
    for label in ("ant", "bee"):
        draw_photos(folder / label, [f"{number}.png" for number in range(60)], (8, 8))
    bench = make_bench(folder)
    bench.place.select_all()
    assert bench.grid.chosen_count() == 120
    changed: list[int] = []
    bench.grid.images.dataChanged.connect(lambda first, last: changed.append(last.row()))
    bench.place.give("wasp")
    assert changed == [119]
    bench.wait(lambda: bench.place.classes.model.count_of("wasp") == 120)


def test_images_move_into_their_class_folders_after_a_question(bench: Bench) -> None:
    bench.click("ant/2.png")
    bench.press(KEY.Key_2)
    bench.click("x.png")
    bench.press(KEY.Key_1)
    bench.program.context.actions["sort.into_folders"].run()
    overlays = bench.program.window.overlays
    bench.wait(lambda: overlays.sheet is not None)
    sheet = overlays.sheet
    assert sheet is not None
    words = [item.text() for item in sheet.findChildren(QLabel)]
    assert any(text.startswith("Move 2 images into the folders of their classes: ")
               and "1 image will get a new name" in text for text in words), words
    QTest.mouseClick(sheet.findChildren(PrimaryButton)[0], Qt.MouseButton.LeftButton)
    bench.wait(lambda: bench.label("bee/2-2.png") == "bee" and bench.label("ant/x.png") == "ant")
    assert (bench.folder / "bee/2-2.png").exists() and not (bench.folder / "ant/2.png").exists()
    assert "ant/2.png" not in bench.rows()
    bench.program.context.actions["sort.undo"].run()
    bench.wait(lambda: bench.label("ant/2.png") == "bee" and "x.png" in bench.rows())
    assert (bench.folder / "ant/2.png").exists()


def test_an_image_that_is_cut_off_has_a_sign_that_says_why(
        make_bench: Callable[[Path], Bench], tmp_path: Path) -> None:
    folder = sorted_folder(tmp_path / "insects")
    for name in ("cut", "whole"):
        Image.new("RGB", (320, 200), (90, 140, 90)).save(folder / f"ant/{name}.jpg")
    cut = folder / "ant/cut.jpg"
    cut.write_bytes(cut.read_bytes()[:-200])
    bench = make_bench(folder)
    images = bench.grid.images

    def tip(key: str) -> str:
        row = images.row(key)
        assert row is not None
        return str(images.data(images.index(row), Qt.ItemDataRole.ToolTipRole))

    def corner(key: str) -> QImage:
        middle = bench.spot(key)
        return bench.grid.viewport().grab(QRect(middle.x() + 20, middle.y() - 56, 40, 30)).toImage()

    bench.wait(lambda: tip("ant/cut.jpg").count("\n") == 2)
    assert "is cut off" in tip("ant/cut.jpg") and tip("ant/whole.jpg") == "ant/whole.jpg\nant"
    QTest.mouseMove(bench.grid.viewport(), QPoint(1, 1))
    bench.wait(lambda: corner("ant/cut.jpg") != corner("ant/whole.jpg"))
