"""The frame: places, messages, saving, remembering; what closing asks is in test_closing.py."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QRect, QSettings, QSize, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QHelpEvent
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QListWidget,
    QToolTip,
)
from pytestqt.qtbot import QtBot

from tests.gui.trial_places import Trials
from workbench.core.annotation import LabeledObject
from workbench.core.shapes import Box
from workbench.gui.app.actions import Action
from workbench.gui.app.context import ImageTarget, PlaceNotice
from workbench.gui.app.program import Program
from workbench.gui.label.images.toolbar import ZoomBar
from workbench.gui.shell import main_window
from workbench.gui.shell.places import BUNDLED

LEFT = Qt.MouseButton.LeftButton


def test_the_start_page_is_shown_without_a_project(program: Program) -> None:
    assert program.window.place == "start"
    assert program.window.rail.isHidden()
    assert program.window.top_bar.where() == ""


def test_a_project_opens_in_images(framed: Program, trials: Trials, photos: Path) -> None:
    assert framed.projects.open(photos)
    assert framed.window.place == "images"
    assert framed.window.windowTitle() == "photos – Workbench"
    assert framed.window.top_bar.where() == "photos / Images"
    assert trials.made["images"].calls == [("entered", None)]


def test_places_are_made_when_they_are_first_shown(
        framed: Program, trials: Trials, photos: Path) -> None:
    framed.projects.open(photos)
    assert set(trials.made) == {"images"}
    framed.context.go("train", "a target")
    assert set(trials.made) == {"images", "train"}
    assert trials.made["images"].calls == [("entered", None), "left"]
    assert trials.made["train"].calls == [("entered", "a target")]
    framed.context.go("images")
    framed.context.go("train")
    assert set(trials.made) == {"images", "train"}


def test_a_place_that_needs_a_project_stays_closed_without_one(framed: Program) -> None:
    framed.context.go("train")
    assert framed.window.place == "start"
    framed.context.go("log")
    assert framed.window.place == "log"
    assert not framed.window.rail.button("train").isEnabled()


def test_keys_go_to_places(framed: Program, photos: Path, qtbot: QtBot) -> None:
    framed.projects.open(photos)
    for key, place in ((Qt.Key.Key_2, "train"), (Qt.Key.Key_3, "log"), (Qt.Key.Key_1, "images")):
        qtbot.keyClick(framed.window, key, Qt.KeyboardModifier.ControlModifier)
        assert framed.window.place == place


def test_back_goes_where_one_was(framed: Program, photos: Path) -> None:
    framed.projects.open(photos)
    framed.context.go("train")
    framed.context.go("log")
    framed.window.go_back()
    assert framed.window.place == "train"
    framed.window.go_back()
    assert framed.window.place == "images"
    framed.window.go_back()
    assert framed.window.place == "images"


def test_the_rail_goes_to_places(framed: Program, photos: Path, qtbot: QtBot) -> None:
    framed.projects.open(photos)
    qtbot.mouseClick(framed.window.rail.button("train"), LEFT)
    assert framed.window.place == "train"
    assert framed.window.rail.button("train").isChecked()


def test_the_status_bar_has_the_words_of_the_place(
        framed: Program, trials: Trials, photos: Path) -> None:
    framed.projects.open(photos)
    texts = [label.text() for label in framed.window.status_bar.findChildren(QLabel)]
    assert "images left" in texts
    assert "images right" in texts
    trials.made["images"].name = "other"
    framed.context.status_changed.emit()
    texts = [label.text() for label in framed.window.status_bar.findChildren(QLabel)]
    assert "other left" in texts


def test_the_status_bar_tells_when_work_is_saved(
        framed: Program, photos: Path, qtbot: QtBot) -> None:
    framed.projects.open(photos)
    session = framed.context.session
    assert session is not None
    bar = framed.window.status_bar
    assert bar.saved_text() == "Saved"
    words: list[str] = []
    session.saver.state_changed.connect(lambda: words.append(bar.saved_text()))
    begun = threading.Event()  # written before that is told, it would never have been unsaved
    session.saver.submit("first", photos / "first", lambda: (begun.wait(60), b"")[1])
    session.edit("photo1.jpg", (LabeledObject("cat", Box(1, 1, 9, 9)),), "draw a box")
    begun.set()
    qtbot.waitUntil(lambda: session.saver.state == "saved" and bool(words))
    assert words[0] == "Saving…"
    assert words[-1] == "Saved"
    assert (photos / "photo1.xml").is_file()


def test_the_status_bar_says_what_is_not_saved_and_tries_again(
        framed: Program, photos: Path, qtbot: QtBot) -> None:
    framed.projects.open(photos)
    session = framed.context.session
    assert session is not None
    bar = framed.window.status_bar
    blocked = photos / "photo1.xml"
    blocked.mkdir()
    session.saver.remember(blocked, None)
    # a folder lies where the file should go: read and write fail alike
    session.saver.submit("photo1.jpg", blocked, lambda: b"<annotation/>")
    qtbot.waitUntil(lambda: session.saver.state == "failed")
    assert bar.saved_text().startswith("Not saved: photo1.xml")
    assert bar.retry_button.isVisible()
    blocked.rmdir()
    qtbot.mouseClick(bar.retry_button, LEFT)
    qtbot.waitUntil(lambda: bar.saved_text() == "Saved")
    assert blocked.read_bytes() == b"<annotation/>"
    assert not bar.retry_button.isVisible()


def test_messages_are_shown_over_the_place_with_their_button(
        framed: Program, photos: Path, qtbot: QtBot) -> None:
    framed.projects.open(photos)
    heard: list[str] = []
    framed.context.say("info", "3 boxes deleted.", "Undo", lambda: heard.append("undo"))
    bar = framed.window.overlays.message_bar
    assert bar.isVisible()
    assert framed.window.stack.geometry().contains(bar.geometry())
    qtbot.mouseClick(bar.action_button, LEFT)
    assert heard == ["undo"]
    assert framed.context.log.entries[-1].text == "3 boxes deleted."


def test_a_long_message_fits(framed: Program, photos: Path) -> None:
    framed.projects.open(photos)
    framed.context.say("bad", "word " * 80)
    bar = framed.window.overlays.message_bar
    framed.context.withdrawn.emit("Something else.")
    label = next(item for item in bar.findChildren(QLabel) if item.text().startswith("word"))
    assert label.heightForWidth(label.width()) <= label.height()
    assert framed.window.stack.geometry().contains(bar.geometry())
    framed.context.withdrawn.emit("word " * 80)
    assert not bar.isVisible(), "it holds no more"


def test_a_message_does_not_lie_over_the_row_at_which_somebody_is(
        framed: Program, trials: Trials, photos: Path, qtbot: QtBot) -> None:
    framed.projects.open(photos)
    window, rows = framed.window, QListWidget(trials.made["images"])
    rows.addItems([f"row {number}" for number in range(200)])
    rows.setGeometry(trials.made["images"].rect())
    rows.show()
    with qtbot.waitActive(window):
        window.activateWindow()
    framed.context.say("bad", "It went wrong.")  # and stays
    bar = window.overlays.message_bar
    rows.scrollToBottom()
    low = bar.geometry()
    under = rows.indexAt(rows.viewport().mapFrom(window, low.center()))
    assert under.isValid()

    def covered() -> bool:
        rect = rows.visualRect(under)
        at = QRect(rows.viewport().mapTo(window, rect.topLeft()), rect.size())
        return at.intersects(bar.geometry())

    assert covered()
    rows.setFocus()
    rows.setCurrentIndex(under)
    assert bar.isVisible() and not covered()
    assert window.stack.geometry().contains(bar.geometry())
    framed.context.say("bad", "And again.")
    assert not covered()
    rows.setCurrentRow(0)
    assert bar.geometry() == low
    rows.setCurrentIndex(under)
    rows.clearFocus()
    assert bar.geometry() == low, "nobody is at it"


def drop(window: object, mime: QMimeData) -> None:
    """What a file manager does."""
    for event in (
        QDragEnterEvent(QPointF(9, 9), Qt.DropAction.CopyAction, mime, LEFT,
                        Qt.KeyboardModifier.NoModifier),
        QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, mime, LEFT,
                   Qt.KeyboardModifier.NoModifier),
    ):
        QApplication.sendEvent(window, event)  # type: ignore[arg-type]
        assert event.isAccepted()


def test_a_dropped_folder_opens(framed: Program, photos: Path, qtbot: QtBot) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(photos))])
    drop(framed.window, mime)
    qtbot.waitUntil(lambda: framed.window.place == "images")
    assert framed.context.session is not None
    assert framed.context.session.folder == photos


def test_a_dropped_picture_opens_at_that_picture(
        framed: Program, trials: Trials, photos: Path, qtbot: QtBot) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(photos / "photo3.jpg"))])
    drop(framed.window, mime)
    qtbot.waitUntil(lambda: framed.window.place == "images")
    assert trials.made["images"].calls == [("entered", ImageTarget("photo3.jpg"))]


def test_the_window_remembers_size_and_place(
        make_program: Callable[..., Program], photos: Path, stored: QSettings,
        qtbot: QtBot) -> None:
    first = make_program(Trials().places)
    with qtbot.waitExposed(first.window):
        first.window.show()
    first.window.resize(QSize(781, 602))
    first.window.toggle_menu_bar()
    first.projects.open(photos)
    first.context.go("train")
    first.window.close_now()
    stored.sync()
    again = make_program(Trials().places)
    again.window.show()
    assert again.window.size() == QSize(781, 602)
    assert again.window.last_place(photos) == "train"
    assert again.window.last_place(photos.parent) == "", "another project opens by what it holds"
    assert not again.window.menuBar().isHidden()
    assert not again.window.menuBar().isNativeMenuBar(), "a Mac's hides menus that are still empty"


@pytest.mark.parametrize("screen", [(1000, 650), (1280, 800), (640, 400), (1920, 1080)])
def test_the_window_fits_the_screen(
        make_program: Callable[..., Program], stored: QSettings, monkeypatch: pytest.MonkeyPatch,
        screen: tuple[int, int]) -> None:
    large = make_program(Trials().places)
    large.window.resize(QSize(1900, 1000))
    stored.setValue("window/geometry", large.window.saveGeometry())
    room = QSize(screen[0], screen[1] - main_window.TITLE_BAR)
    monkeypatch.setattr(main_window, "screen_room", lambda: room)
    for known in (True, False):
        if not known:
            stored.remove("window/geometry")
        window = make_program(Trials().places).window
        assert window.width() <= room.width() and window.height() <= room.height()
        assert window.minimumSize() == main_window.SMALLEST.boundedTo(room)


def test_menus_are_made_from_the_actions(framed: Program) -> None:
    run: list[str] = []
    framed.context.actions.add(Action("images.spin", "Spin the box", lambda: run.append("spin"),
                                      keys=("Shift+S",), place="images", menu="Images"))
    menus = framed.window.menus
    assert menus.names() == ["File", "View", "Go", "Images", "Train", "Help"]
    menu = menus.popup(framed.window)
    images = next(item.menu() for item in menu.actions() if item.text() == "Images")
    images.aboutToShow.emit()
    spin = images.actions()[0]
    assert spin.text() == "Spin the box\tShift+S"
    assert not spin.isEnabled()  # its place is not shown
    menu.deleteLater()


def test_several_of_a_kind_stand_in_a_menu_within_the_menu(framed: Program) -> None:
    run: list[str] = []
    framed.context.actions.add(Action("tools.rest", "Rest", lambda: None, menu="Tools"))
    for name in ("A", "B"):
        framed.context.actions.add(Action(
            f"tools.{name}", f"Turn: {name}", partial(run.append, name), menu="Tools",
            under="Turn"))
    whole = framed.window.menus.popup(framed.window)
    tools = next(item.menu() for item in whole.actions() if item.text() == "Tools")
    for _ in range(2):  # it is made anew whenever it opens
        tools.aboutToShow.emit()
    assert [item.text() for item in tools.actions()] == ["Rest", "Turn"]
    turn = tools.actions()[1].menu()
    assert [item.text() for item in turn.actions()] == ["A", "B"]
    turn.actions()[1].trigger()
    assert run == ["B"]
    whole.deleteLater()


def test_a_grey_entry_of_a_menu_says_why(framed: Program, qtbot: QtBot) -> None:
    add = framed.context.actions.add
    add(Action("tools.rest", "Rest", lambda: None, menu="Tools", needs="Nothing to rest."))
    add(Action("tools.spin", "Spin", lambda: None, menu="Tools", enabled=lambda: False,
               needs="Nothing to spin."))
    add(Action("images.turn", "Turn", lambda: None, place="images", menu="Tools"))
    whole = framed.window.menus.popup(framed.window)
    tools = next(item.menu() for item in whole.actions() if item.text() == "Tools")
    tools.popup(framed.window.mapToGlobal(QPoint(9, 9)))
    for entry, why in zip(tools.actions(), ("", "Nothing to spin.", "It is done in Images."),
                          strict=True):
        at = tools.actionGeometry(entry).center()
        QApplication.sendEvent(tools, QHelpEvent(QEvent.Type.ToolTip, at, tools.mapToGlobal(at)))
        assert QToolTip.text() == why
    tools.close()
    whole.deleteLater()


def open_and_close(make: Callable[[], Program], photos: Path, qtbot: QtBot,
                   ) -> list[weakref.ref[object]]:
    program = make()
    with qtbot.waitExposed(program.window):
        program.window.show()
    program.projects.open(photos)
    program.context.go("log")
    program.window.open_palette()
    program.context.say("info", "hello")
    program.window.close_now()
    program.window.deleteLater()
    return [weakref.ref(program.window), weakref.ref(program.projects)]


def test_a_closed_window_leaves_nothing_behind(
        qapp: QApplication, qtbot: QtBot, photos: Path, stored: QSettings) -> None:
    from workbench.gui.app.context import AppContext as Context
    from workbench.gui.app.projects import Projects
    from workbench.gui.shell.main_window import MainWindow
    from workbench.gui.style.theme import Theme

    from .conftest import silent_client

    def make() -> Program:
        context = Context(Theme("light"), silent_client, stored)
        projects = Projects(context)
        return Program(context, projects, MainWindow(context, projects))

    open_and_close(make, photos, qtbot)  # what is made once and kept is made now
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    before = {id(widget) for widget in qapp.topLevelWidgets()}
    threads = set(threading.enumerate())
    left = [item for _ in range(3) for item in open_and_close(make, photos, qtbot)]
    qapp.processEvents()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert [widget for widget in qapp.topLevelWidgets() if id(widget) not in before] == []
    qtbot.waitUntil(lambda: set(threading.enumerate()) <= threads)
    assert [item() for item in left if item() is not None] == []


def test_the_title_tells_how_a_training_stands(make_program: Callable[..., Program]) -> None:
    program = make_program()
    program.window.show()
    program.context.notify(PlaceNotice("train", "ok", "Compact #2 finished"))
    assert program.window.windowTitle() == "Compact #2 finished – Workbench"
    assert program.window.rail.button("train").accessibleDescription() == "Compact #2 finished"
    program.context.notify(None)
    assert program.window.windowTitle() == "Workbench"
    assert not program.window.rail.button("train").accessibleDescription()


def test_a_message_leaves_the_zoom_buttons_free(make_program: Callable[..., Program],
                                                photos: Path, qtbot: QtBot) -> None:
    program = make_program(BUNDLED)
    window = program.window
    window.show()
    program.projects.open(photos)
    qtbot.waitUntil(lambda: window.place == "images")
    program.context.say("ok", "Compact #2 finished.", "See results", lambda: None, place="train")
    zoom = window.place_widget("images").findChild(ZoomBar)  # type: ignore[union-attr]
    assert zoom is not None
    for size in ((1000, 650), (1280, 800), (1920, 1080)):
        window.resize(*size)
        QApplication.processEvents()
        buttons = QRect(zoom.mapTo(window, QPoint()), zoom.size())
        bar = window.overlays.message_bar
        assert bar.isVisible()
        assert not buttons.intersects(QRect(bar.mapTo(window, QPoint()), bar.size())), size
    assert program.context.log.entries[-1].text == "Compact #2 finished."
    window.show_place("train")  # what it leads to is there
    assert not window.overlays.message_bar.isVisible()
