"""Data: all images, or all objects, on a map; near each other where they look alike."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.conftest import draw_photos
from tests.gui.data.data_steps import place_of
from tests.gui.data.map_steps import CORNERS, MappingEngine, map_of
from tests.project.helpers import labelled, labels
from tests.support.written_map import write_map
from workbench.formats import sample_maps
from workbench.formats.sample_maps import OBJECTS, SAMPLES
from workbench.gui.app.context import AppContext, DataTarget
from workbench.gui.app.engine_client import EngineClient
from workbench.gui.app.program import Program
from workbench.gui.app.projects import Projects
from workbench.gui.data.map_page import MapPage
from workbench.gui.label.images.place import ImagesPlace
from workbench.gui.shell.main_window import MainWindow
from workbench.gui.shell.places import BUNDLED
from workbench.gui.style.theme import Theme
from workbench.jobs.commands import Arrange, Control, Evaluate, FindAlike
from workbench.jobs.events import Progress
from workbench.project.session import Session

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def boxes(tmp_path: Path) -> Path:
    """Five images with a box each: in one corner of the map two cats and a dog, else dogs."""
    folder = tmp_path / "boxes"
    for number, name in enumerate(("cat", "cat", "dog", "dog", "dog")):
        labelled(folder, f"{number}.png", [name])
    return folder


@pytest.fixture
def page(shown: Callable[[Path, MappingEngine], Program], boxes: Path, qtbot: QtBot,
         ) -> Iterator[MapPage]:
    """The objects on their map, as points."""
    write_map(boxes, OBJECTS, CORNERS)
    page = map_of(shown(boxes, MappingEngine(CORNERS)), OBJECTS, qtbot)
    page.panels.pictures_button.setChecked(False)
    yield page


def session_of(page: MapPage) -> Session:
    session = page._context.session
    assert session is not None
    return session


def spot(page: MapPage, row: int) -> QPoint:
    return page.panels.canvas.scene.spot(row).toPoint()


def lasso(page: MapPage, points: Sequence[QPointF],
          modifier: Qt.KeyboardModifier = NONE) -> None:
    canvas = page.panels.canvas
    QTest.mousePress(canvas, LEFT, modifier, points[0].toPoint())
    for point in points[1:]:
        QTest.mouseMove(canvas, point.toPoint())
    QTest.mouseRelease(canvas, LEFT, modifier, points[-1].toPoint())


def around(page: MapPage, rows: Sequence[int], gap: float = 14.0) -> list[QPointF]:
    """A way around points."""
    spots = [page.panels.canvas.scene.spot(row) for row in rows]
    left, right = min(at.x() for at in spots) - gap, max(at.x() for at in spots) + gap
    top, bottom = min(at.y() for at in spots) - gap, max(at.y() for at in spots) + gap
    return [QPointF(left, top), QPointF(right, top), QPointF(right, bottom), QPointF(left, bottom)]


def test_one_button_has_all_images_arranged(
    shown: Callable[[Path, MappingEngine], Program], boxes: Path, qtbot: QtBot
) -> None:
    engine = MappingEngine(CORNERS)
    program = shown(boxes, engine)
    page = place_of(program, DataTarget("map")).map
    qtbot.waitUntil(lambda: page.panels.empty.accessibleName()
                    == "See all images by how they look")
    qtbot.mouseClick(page.panels.empty.button, LEFT)
    qtbot.waitUntil(lambda: page.data.placed is not None)
    order, = [item for item in engine.orders if isinstance(item, Arrange)]
    assert (order.project, order.what) == (str(boxes), SAMPLES)
    assert page.status() == "5 images on the map" and not page.panels.note.full_text()
    labelled(boxes, "5.png", ["dog"])
    program.context.actions["images.reload"].run()
    qtbot.waitUntil(lambda: page.panels.note.full_text() == "1 image not on the map")
    assert page.panels.again_button.isVisible()


def test_arranging_is_stopped(shown: Callable[[Path, MappingEngine], Program], boxes: Path,
                              qtbot: QtBot) -> None:
    engine = MappingEngine(CORNERS, waits=True)
    page = place_of(shown(boxes, engine), DataTarget("map")).map
    qtbot.waitUntil(lambda: page.panels.empty.button.isVisible())
    qtbot.mouseClick(page.panels.empty.button, LEFT)
    qtbot.waitUntil(lambda: page.job.words == "Looking at images: 1 of 2")
    assert page.panels.line.isVisible() and not page.panels.empty.button.isVisible()
    qtbot.mouseClick(page.panels.empty_stop, LEFT)
    qtbot.waitUntil(lambda: any(isinstance(item, Control) for item in engine.orders))
    assert page.panels.empty.button.isVisible() and not page.panels.line.isVisible()


def test_a_map_waits_for_a_training(
    shown: Callable[[Path, MappingEngine], Program], boxes: Path, qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch
) -> None:
    page = place_of(shown(boxes, MappingEngine((), waits=True, silent=True)),
                    DataTarget("map")).map
    qtbot.waitUntil(lambda: page.panels.empty.button.isVisible())
    monkeypatch.setattr(EngineClient, "learns", True)
    page.arrange()
    assert page.job.words == "Waiting for the training to end or to be paused …"


def test_a_map_stands_aside_for_what_is_asked_meanwhile(
    shown: Callable[[Path, MappingEngine], Program], boxes: Path, qtbot: QtBot
) -> None:
    engine = MappingEngine(CORNERS, waits=True)
    program = shown(boxes, engine)
    page = place_of(program, DataTarget("map")).map
    page.arrange()
    qtbot.waitUntil(lambda: page.job.words == "Looking at images: 1 of 2")
    first, = [item for item in engine.orders if isinstance(item, Arrange)]
    engine.silent = True
    program.context.engine.jobs["t"] = Evaluate("t", str(boxes), "run", "val")
    engine.on_event(Progress(first.job, "Looking at images", 2, 2))
    qtbot.waitUntil(lambda: page.job.words == "Waiting for the engine …"
                    and len(engine.orders) >= 3)
    called_back, behind = engine.orders[-2:]
    assert isinstance(called_back, Control) and called_back.job == first.job
    assert isinstance(behind, Arrange) and behind.job != first.job


def test_a_click_lists_what_is_most_alike(page: MapPage, qtbot: QtBot) -> None:
    qtbot.mouseClick(page.panels.canvas, LEFT, pos=spot(page, 4))
    side = page.panels.side
    assert side.listed == [4, 3, 2, 1] and side.acting() == [4]
    assert side.words.text() == "Most like “4.png” first"
    assert side.gallery.points.data(side.gallery.points.index(1)) == "3.png, dog · 89%"
    qtbot.keyClick(page.panels.canvas, Qt.Key.Key_Up)  # to the next one in that direction
    assert page.panels.current in (0, 1, 2)
    qtbot.keyClick(page.panels.canvas, Qt.Key.Key_Escape)
    assert side.listed == [] and page.panels.current is None


def test_a_drag_encloses_points_which_images_then_lists(page: MapPage, qtbot: QtBot) -> None:
    lasso(page, around(page, (3, 4)))
    side = page.panels.side
    assert side.listed == [3, 4] and side.chips["selected"].text() == "Selected 2"
    qtbot.mouseClick(page.panels.canvas, LEFT, Qt.KeyboardModifier.ShiftModifier, spot(page, 2))
    assert side.listed == [3, 4, 2]
    qtbot.mouseClick(side.show_button, LEFT)
    images = page.window().findChild(ImagesPlace)
    assert isinstance(images, ImagesPlace)
    shown = images.sample_panel.view.samples
    qtbot.waitUntil(lambda: [shown.key(row) for row in range(shown.rowCount())]
                    == ["2.png", "3.png", "4.png"])


def test_the_map_is_moved_and_zoomed_at_the_mouse(page: MapPage, qtbot: QtBot) -> None:
    canvas = page.panels.canvas
    before = spot(page, 3)
    QTest.mousePress(canvas, Qt.MouseButton.MiddleButton, NONE, QPoint(200, 200))
    QTest.mouseMove(canvas, QPoint(230, 210))
    QTest.mouseRelease(canvas, Qt.MouseButton.MiddleButton, NONE, QPoint(230, 210))
    assert spot(page, 3) == before + QPoint(30, 10) and page.panels.side.listed == []
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    QTest.mousePress(canvas, LEFT, NONE, QPoint(200, 200))
    QTest.mouseMove(canvas, QPoint(170, 190))
    QTest.mouseRelease(canvas, LEFT, NONE, QPoint(170, 190))
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert spot(page, 3) == before and page.panels.side.listed == []
    far = canvas.scene.viewport.scale
    qtbot.keyClick(canvas, Qt.Key.Key_Plus)
    assert canvas.scene.viewport.scale > far
    qtbot.mouseClick(page.panels.zoom_buttons[2], LEFT)
    assert canvas.scene.viewport.scale == pytest.approx(far)


def test_objects_get_another_class_in_one_step(page: MapPage, qtbot: QtBot) -> None:
    session = session_of(page)
    side = page.panels.side
    assert side.chips["doubtful"].text() == "Doubtful labels 1"
    side.chips.select("doubtful")
    assert side.listed == [2]
    assert side.gallery.points.data(side.gallery.points.index(0)) == "2.png, dog, like cat"
    side.gallery.set_row(0)
    qtbot.mouseClick(side.class_button, LEFT)
    chooser = page.panels.chooser
    assert chooser.isVisible() and chooser.field.text() == "cat"  # what is like it
    qtbot.keyClick(chooser.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: labels(session, "2.png") == ["cat"])
    qtbot.waitUntil(lambda: page.data.placed is not None and not page.data.placed.doubts)
    assert session.undo.undo_text == "label 1 object “cat”"
    page._context.actions["data.undo"].run()
    assert labels(session, "2.png") == ["dog"]


def test_no_class_is_given_to_points_of_another_map(
    page: MapPage, boxes: Path, qtbot: QtBot
) -> None:
    page.panels.choose_point(0)
    page.ask_for_class()
    assert page.panels.chooser.isVisible()
    before = page.data.placed
    write_map(boxes, OBJECTS, CORNERS[:4])
    page.data.read_again()
    qtbot.waitUntil(lambda: page.data.placed not in (None, before))
    assert not page.panels.chooser.isVisible()


def test_keys_go_on_at_the_map_when_a_class_was_chosen(page: MapPage, qtbot: QtBot) -> None:
    canvas, field = page.panels.canvas, page.panels.chooser.field
    page.window().activateWindow()
    qtbot.waitUntil(page.window().isActiveWindow)
    page.panels.choose_point(0)
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_Return):
        canvas.setFocus()
        page.ask_for_class()
        assert field.hasFocus()
        QTest.keyClick(field, key)
        assert canvas.hasFocus()


def test_without_a_judged_model_it_is_said_where_errors_come_from(page: MapPage, qtbot: QtBot,
                                                                  ) -> None:
    page.panels.side.chips.select("errors")
    qtbot.waitUntil(lambda: page.panels.side.hint.text().startswith(
        "No trained model was judged yet."))
    assert not page.panels.run.isVisible()


def test_a_group_that_is_hidden_is_not_chosen(page: MapPage, qtbot: QtBot) -> None:
    legend = page.panels.legend
    texts = [legend.list.item(at).text() for at in range(legend.list.count())]
    assert texts == ["cat  2", "dog  3"]
    item = legend.list.visualItemRect(legend.list.item(1)).center()
    qtbot.mouseClick(legend.list.viewport(), LEFT, pos=item)
    lasso(page, around(page, (0, 1, 2)))
    assert page.panels.side.listed == [0, 1]
    qtbot.mouseClick(legend.all_button, LEFT)
    lasso(page, around(page, (0, 1, 2)))
    assert page.panels.side.listed == [0, 1, 2]


def test_what_is_removed_leaves_the_map_and_comes_back(page: MapPage, qtbot: QtBot) -> None:
    session, window = session_of(page), page.window()
    qtbot.mouseClick(page.panels.canvas, LEFT, pos=spot(page, 3))
    page._context.actions["data.map_delete"].run()
    qtbot.waitUntil(lambda: page.status() == "4 objects on the map")
    assert isinstance(window, MainWindow)
    bar, button = window.overlays.message_bar, page.panels.side.show_button
    assert bar.isVisible() and bar.mapTo(window, bar.rect().bottomLeft()).y() < button.mapTo(
        window, QPoint()).y()  # what acts on points stays free
    assert page.panels.side.acting() == []  # what is like it is not what the next key removes
    assert labels(session, "3.png") == [] and (session.folder / "3.png").exists()
    page._context.actions["data.undo"].run()
    qtbot.waitUntil(lambda: page.status().startswith("5 objects on the map"))


def test_from_images_to_those_that_look_alike_and_back(
    shown: Callable[[Path, MappingEngine], Program], boxes: Path, qtbot: QtBot
) -> None:
    engine = MappingEngine(CORNERS)
    program = shown(boxes, engine)
    images = program.window.place_widget("images")
    assert isinstance(images, ImagesPlace)
    images.open("4.png")
    qtbot.waitUntil(lambda: len(images.editor.objects) == 1)
    images.editor.select((0,))
    program.context.actions["images.alike_objects"].run()
    page = place_of(program).map
    qtbot.waitUntil(lambda: page.panels.side.listed == [4, 3, 2, 1])  # there was no map before
    assert [item.what for item in engine.orders if isinstance(item, Arrange)] == [OBJECTS]
    qtbot.keyClick(page.panels.canvas, Qt.Key.Key_Return)
    assert program.window.place == "images" and images.editor.key == "4.png"
    qtbot.waitUntil(lambda: images.editor.selection == (0,))
    program.context.actions["images.alike"].run()
    qtbot.waitUntil(lambda: page.data.placed is not None and not page.data.placed.are_objects
                    and page.panels.side.listed == [4, 3, 2, 1])


def test_what_a_full_map_left_out_is_looked_at_alone(
    shown: Callable[[Path, MappingEngine], Program], boxes: Path, qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample_maps, "MOST", 4)
    write_map(boxes, SAMPLES, CORNERS[:4])
    engine = MappingEngine(CORNERS[:4])
    program = shown(boxes, engine)
    images = program.window.place_widget("images")
    assert isinstance(images, ImagesPlace)
    images.open("4.png")
    qtbot.waitUntil(lambda: len(images.editor.objects) == 1)
    program.context.actions["images.alike"].run()
    page = place_of(program).map
    qtbot.waitUntil(lambda: page.panels.side.listed == [3, 2])
    assert page.panels.side.words.text() == "Most like “4.png”, which is not on the map, first"
    asked, = [item for item in engine.orders if isinstance(item, FindAlike | Arrange)]
    assert isinstance(asked, FindAlike) and (asked.key, asked.box) == ("4.png", None)


def test_sorted_images_get_their_class_on_the_map(
    shown: Callable[[Path, MappingEngine], Program], tmp_path: Path, qtbot: QtBot
) -> None:
    folder = tmp_path / "sorted"
    for name, number in (("ant", 3), ("bee", 2)):
        draw_photos(folder / name, [f"{name}{at}.png" for at in range(number)])
    write_map(folder, SAMPLES, CORNERS)
    program = shown(folder, MappingEngine(CORNERS))
    page = map_of(program, SAMPLES, qtbot)
    legend = page.panels.legend.list
    qtbot.waitUntil(lambda: [legend.item(at).text() for at in range(legend.count())]
                    == ["ant  3", "bee  2"])
    lasso(page, around(page, (0, 1)))
    assert page.panels.side.listed == [0, 1]
    assert page.panels.side.class_button.isVisible()
    page.give_class([0, 1], "bee")
    qtbot.waitUntil(lambda: [legend.item(at).text() for at in range(legend.count())]
                    == ["ant  1", "bee  4"])
    assert b"ant/ant0.png,bee" in (folder / "labels.csv").read_bytes()


def test_few_points_are_shown_as_pictures(page: MapPage, qtbot: QtBot) -> None:
    canvas = page.panels.canvas
    assert not canvas.scene.pictured()
    page.panels.pictures_button.setChecked(True)
    assert set(canvas.scene.pictured()) == {0, 3}  # the others have no room
    center = canvas.scene.pictured()[3].center().toPoint()
    color = canvas.scene.colors[3]
    qtbot.waitUntil(lambda: canvas.grab().toImage().pixel(center) != int(color))
    QTest.mouseMove(canvas, center + QPoint(20, 20))
    qtbot.waitUntil(lambda: canvas.hovered == 3)


def test_a_damaged_map_is_made_again(
    shown: Callable[[Path, MappingEngine], Program], boxes: Path, qtbot: QtBot
) -> None:
    write_map(boxes, SAMPLES, CORNERS).write_bytes(b"no map")
    page = place_of(shown(boxes, MappingEngine(CORNERS)), DataTarget("map")).map
    empty = page.panels.empty
    qtbot.waitUntil(lambda: empty.accessibleName() == "The map could not be read")
    qtbot.mouseClick(empty.button, LEFT)
    qtbot.waitUntil(lambda: page.data.placed is not None)


def test_a_map_of_which_nothing_is_left_is_made_again(
    shown: Callable[[Path, MappingEngine], Program], boxes: Path, qtbot: QtBot
) -> None:
    write_map(boxes, SAMPLES, CORNERS)
    for path in list(boxes.glob("*.*")):
        path.rename(path.with_stem(f"new{path.stem}"))
    page = place_of(shown(boxes, MappingEngine(CORNERS)), DataTarget("map")).map
    empty = page.panels.empty
    qtbot.waitUntil(lambda: empty.accessibleName() == "Nothing is on the map")
    assert not page.panels.again_button.isVisible() and not page.panels.by.isVisible()
    qtbot.mouseClick(empty.button, LEFT)
    qtbot.waitUntil(page.panels.canvas.isVisible)


@pytest.mark.parametrize(("keys", "sentence"), [
    (["a/1.png"], "a/1.png could not be read: not on the map."),
    (["a/1.png", "b.png"], "2 images could not be read, as a/1.png: not on the map.")])
def test_files_that_could_not_be_read_are_named(
    shown: Callable[[Path, MappingEngine], Program], boxes: Path, qtbot: QtBot, keys: list[str],
    sentence: str,
) -> None:
    program = shown(boxes, MappingEngine(CORNERS, unreadable=keys))
    said: list[str] = []
    program.context.message.connect(lambda _tone, sentence: said.append(sentence))
    page = place_of(program, DataTarget("map")).map
    page.arrange()
    qtbot.waitUntil(lambda: sentence in said)


def test_the_status_says_how_many_are_on_the_map(
    shown: Callable[[Path, MappingEngine], Program], boxes: Path, qtbot: QtBot,
) -> None:
    page = place_of(shown(boxes, MappingEngine(CORNERS[:4])), DataTarget("map")).map
    page.arrange()
    qtbot.waitUntil(lambda: page.status() == "4 of 5 images on the map")


def test_what_was_chosen_is_there_again(page: MapPage, boxes: Path, qtbot: QtBot) -> None:
    page.panels.by.setCurrentIndex(page.panels.by.findData("folder"))
    page.panels.by.activated.emit(page.panels.by.currentIndex())
    page.panels.side.chips.select("unusual")
    page._context.session_changed.emit()  # its task is another: all stays
    assert page.panels.side.chips.selected == "unusual"
    assert page.panels.legend.list.item(0).text() == "the project itself  5"
    assert page._memory.of_project(boxes, "map-what") == OBJECTS
    assert page._memory.of_project(boxes, "map-by") == "folder"


def open_a_map_and_close(folder: Path, stored: QSettings, qtbot: QtBot,
                         ) -> list[weakref.ref[object]]:
    context = AppContext(Theme("light"), MappingEngine(CORNERS).client, stored)
    projects = Projects(context)
    window = MainWindow(context, projects, BUNDLED)
    program = Program(context, projects, window)
    with qtbot.waitExposed(window):
        window.show()
    projects.open(folder)
    page = map_of(program, SAMPLES, qtbot)
    page.panels.choose_point(0)
    window.close_now()
    window.deleteLater()
    return [weakref.ref(item) for item in (window, page, page.panels.canvas, page.data)]


def test_a_map_leaves_nothing_behind(boxes: Path, stored: QSettings, qapp: QApplication,
                                     qtbot: QtBot) -> None:
    write_map(boxes, SAMPLES, CORNERS)
    threads = set(threading.enumerate())
    left = open_a_map_and_close(boxes, stored, qtbot)
    qapp.processEvents()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    qtbot.waitUntil(lambda: set(threading.enumerate()) <= threads)
    assert [item() for item in left if item() is not None] == []
