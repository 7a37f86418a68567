"""From a folder of pictures to a mended label and a second model, in the real window with the
real engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import tiny_project
from person import Person, boxes_of
from PIL import Image
from PySide6.QtCore import QEvent, QSettings, Qt
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from tests.support.window_watch import WindowWatch, watched_windows
from workbench.gui.app.program import build
from workbench.project.runs import list_runs

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Labelled pictures of coloured rectangles, and one that nobody has labelled."""
    tiny_project.use_tiny_recipe(monkeypatch)
    made = tiny_project.make_project(tmp_path / "shapes")
    Image.new("RGB", (60, 48), (120, 110, 100)).save(made / "images" / "new.png")
    return made


@pytest.fixture
def watch(qapp: QApplication) -> Iterator[WindowWatch]:
    with watched_windows(qapp) as made:
        yield made


@pytest.fixture
def person(qapp: QApplication, qtbot: QtBot, tmp_path: Path, folder: Path,
           watch: WindowWatch) -> Iterator[Person]:
    """Somebody at the window as it starts for the first time."""
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    settings.setValue("theme", "light")
    program = build(qapp, stored=settings)
    window = program.window
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    yield Person(qtbot, program)
    engine = program.context.engine
    window.close_now()
    engine.stop(wait_seconds=15)
    window.deleteLater()
    program.context.log.close()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qapp.setStyleSheet("")


def open_folder(person: Person, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl+O; the system's own window that asks for a folder cannot be operated from here."""
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    person.key(Qt.Key.Key_O, CONTROL)
    person.wait(lambda: person.window.place == "images")
    person.wait(lambda: person.images.media.view.samples.rowCount() == 17)
    person.picture_is_there()
    assert person.images.media.view.verticalScrollBar().value() == 0, "the first row is in view"


def label_the_new_picture(person: Person, folder: Path) -> None:
    """Find it in the list, choose a class, draw."""
    place = person.images
    row = place.media.view.samples.row("images/new.png")
    assert row is not None
    view = place.media.view
    view.scrollTo(view.samples.index(row))
    person.click(view.viewport(), view.visualRect(view.samples.index(row)).center())
    person.wait(lambda: place.editor.key == "images/new.png")
    person.picture_is_there()
    person.key(Qt.Key.Key_W)
    person.drag((12, 10), (31, 29))
    person.key(Qt.Key.Key_E, CONTROL)  # the new box is selected: say what it is
    person.type("re")
    person.key(Qt.Key.Key_Return)
    person.saved()
    drawn, = boxes_of(folder / "annotations" / "new.xml")
    assert drawn[0] == "red"
    assert drawn[1] == pytest.approx((12, 10, 31, 29), abs=1)


def train_once(person: Person, folder: Path, epochs: int) -> str:
    """Press the big button and watch; returns the run's name."""
    place = person.train
    form = place.panel.form
    form.recipe_box.setCurrentIndex(form.recipe_box.findData("tiny"))
    form.set_length(f"{epochs} passes")
    person.wait(lambda: place.panel.ready.text.startswith("Ready."),
                lambda: (place.panel.ready.text, place.check.state,
                         person.program.context.engine.state))
    before = {run.name for run in list_runs(folder)}
    person.click(place.panel.button)
    return watch_a_training(person, folder, epochs, before)


def watch_a_training(person: Person, folder: Path, epochs: int, before: set[str]) -> str:
    """Wait for the end of a training that was begun, and return the run's name."""
    place = person.train
    person.wait(lambda: place.view.history is not None and place.view.history.loss
                and place.view.history.run not in before)
    history = place.view.history
    assert history is not None and history.run not in before
    person.wait(lambda: history.state == "finished")
    bar = person.window.overlays.message_bar
    person.wait(lambda: bar.isVisible() and bar.action_button.text() == "See results")
    assert len(history.metrics["map_50"]) == epochs
    made, = {run.name for run in list_runs(folder)} - before
    return made


def open_a_cell(person: Person) -> tuple[int, int]:
    """Click the fullest cell that is about labels; its boxes and no others must be shown."""
    place = person.results
    person.wait(lambda: place.snapshot is not None)
    cells = [(row, column) for row in (0, 1) for column in (0, 1, 2)]
    cell = max(cells, key=place.confusion.count)
    number = place.confusion.count(cell)
    assert number > 0
    person.click(place.confusion, place.confusion.cell_rect(cell).center().toPoint())
    person.wait(lambda: place.snapshot is not None and place.snapshot.entries.selection == cell)
    return cell


def boxes_behind(person: Person) -> list[tuple[str, tuple[float, ...]]]:
    gallery = person.results.gallery.view.gallery
    return [(gallery.key(row), tuple(round(v, 3) for v in gallery.box(row)))
            for row in range(gallery.rowCount())]


@pytest.mark.timeout(600)
def test_from_a_folder_to_a_mended_label_and_a_second_model(
    person: Person, folder: Path, watch: WindowWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_folder(person, folder, monkeypatch)
    label_the_new_picture(person, folder)

    person.go("train")
    first = train_once(person, folder, epochs=6)

    person.click(person.window.overlays.message_bar.action_button)
    assert person.window.place == "results"
    place = person.results
    cell = open_a_cell(person)
    assert place.snapshot is not None and place.snapshot.results.run == first
    classes = place.snapshot.results.classes
    assert set(classes) == {"red", "blue"}
    number, shown = place.confusion.count(cell), boxes_behind(person)
    assert len(shown) == len(set(shown)) == number
    assert place.gallery.title.text().startswith(f"{number} ")

    row = number - 1
    key, box = shown[row]
    labels = folder / "annotations" / f"{Path(key).stem}.xml"
    before = boxes_of(labels)
    wanted = [(name, numbers) for name, numbers in before
              if name == classes[cell[0]] and numbers == pytest.approx(box, abs=40)]
    assert wanted, "the picture is about a box that has this class on the disk"
    person.double_click(place.gallery.view, row)
    scrolled = place.gallery.view.verticalScrollBar().value()

    assert person.window.place == "images"
    images = person.images
    assert images.editor.key == key
    person.picture_is_there()
    truth = min(wanted, key=lambda item: abs(item[1][0] - box[0]) + abs(item[1][1] - box[1]))
    assert person.sees(truth[1])  # type: ignore[arg-type]
    chosen, = images.editor.selected
    assert (chosen.label, chosen.box) == truth, "what one came for is marked"
    other = "blue" if truth[0] == "red" else "red"
    person.key(Qt.Key.Key_E, CONTROL)
    person.type(other)
    person.key(Qt.Key.Key_Return)
    person.saved()
    assert boxes_of(labels) == [(other, numbers) if (name, numbers) == truth else (name, numbers)
                                for name, numbers in before]

    person.click(images.viewer.toolbar.back)
    assert person.window.place == "results"
    assert place.confusion.cell == cell
    assert place.gallery.view.row == row
    bar = place.gallery.view.verticalScrollBar()
    assert bar.value() == min(scrolled, bar.maximum())  # a message below makes the gallery lower
    assert place.notice.text.full_text() == "Labels changed on 1 image"
    person.click(place.notice.recompute_button)
    person.wait(lambda: place.confusion.count(cell) == number - 1)
    person.wait(lambda: place.gallery.view.gallery.rowCount() == number - 1)
    assert set(boxes_behind(person)) == set(shown) - {shown[row]}

    person.click(place.notice.train_button)
    assert person.window.place == "train"
    second = watch_a_training(person, folder, 6, {first})  # as the form still says
    assert second != first
    person.click(person.window.overlays.message_bar.action_button)
    person.wait(lambda: place.snapshot is not None and place.snapshot.results.run == second)
    assert set(watch.shown) == {person.window}
