"""A trained model labels the pictures that nobody has labelled, in the real window with the real
engine; a person judges what it suggests."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tiny_project
from person import Person, boxes_of
from PIL import Image
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from workbench.cli import main
from workbench.gui.app.program import Program, build
from workbench.gui.label.review.place import ReviewPlace
from workbench.gui.predict.place import PredictPlace
from workbench.gui.predict.table import SCORE
from workbench.project.review import Reviewed
from workbench.project.suggestions import FILE

NEW = ("x1", "x2", "x3")


@pytest.fixture(scope="module")
def trained(home_of_all: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Labelled pictures, and a model that has learned from them."""
    with pytest.MonkeyPatch.context() as patch:
        tiny_project.use_tiny_recipe(patch)
        made = tiny_project.make_project(tmp_path_factory.mktemp("trained") / "shapes")
        assert main(["train", str(made), "--recipe", "tiny", "--epochs", "25", "--device", "cpu",
                     "--set", "augment=no", "--set", "image_size=64"]) == 0
        yield made


@pytest.fixture
def folder(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With pictures without labels, and one that is none."""
    tiny_project.use_tiny_recipe(monkeypatch)
    made = tmp_path / "shapes"
    shutil.copytree(trained, made)
    draw_new(made / "images")
    (made / "images" / "broken.png").write_bytes(b"no picture")
    Image.new("RGB", (60, 48), (110, 110, 110)).save(made / "images" / "grey.png")
    return made


def draw_new(folder: Path) -> None:
    for number, name in enumerate(NEW):
        tiny_project.draw(folder / f"{name}.png", np.random.default_rng(900 + number), (60, 48),
                          ("red", "blue"))


@pytest.fixture(scope="module")
def program(qapp: QApplication, trained: Path, tmp_path_factory: pytest.TempPathFactory,
            ) -> Iterator[Program]:
    """One window for all tests, and one engine, which takes seconds to start."""
    stored = tmp_path_factory.mktemp("settings") / "settings.ini"
    settings = QSettings(str(stored), QSettings.Format.IniFormat)
    settings.setValue("theme", "light")
    program = build(qapp, stored=settings)
    window = program.window
    yield program
    engine = program.context.engine
    window.close_now()
    engine.stop(wait_seconds=15)
    window.deleteLater()
    program.context.log.close()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qapp.setStyleSheet("")


@pytest.fixture
def person(qtbot: QtBot, program: Program, folder: Path) -> Person:
    """At the window, which has just opened a project of the test's own."""
    window = program.window
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    program.projects.open(folder)
    return Person(qtbot, program)


@pytest.mark.timeout(300)
def test_from_a_model_to_labels(person: Person, folder: Path) -> None:
    person.wait(lambda: person.window.place == "images")
    person.picture_is_there()
    place = person.images
    person.wait(lambda: place.suggest_panel is not None and place.suggest_panel.isVisible())
    panel = place.suggest_panel
    assert panel is not None
    said: list[str] = []
    person.program.context.message.connect(lambda _tone, text: said.append(text))
    before = {path.name: path.read_bytes() for path in (folder / "annotations").iterdir()}

    person.click(panel.open_button)
    person.wait(lambda: panel.scope_box.currentText() == "5 images without labels")
    panel.score.set_value(0.3)
    person.click(panel.button)
    person.wait(lambda: any(text.startswith("Suggested: ") for text in said))
    sentence = next(text for text in said if text.startswith("Suggested: "))
    assert "1 image could not be read" in sentence and "broken.png" in sentence
    store = place.editor.suggestions.store
    assert store is not None and set(store.images()) <= {
        f"images/{name}.png" for name in (*NEW, "grey")}
    assert store.images(), sentence
    assert {path.name: path.read_bytes()
            for path in (folder / "annotations").iterdir()} == before, "nothing is a label yet"

    person.click(panel.limits.link)
    person.click(panel.origin)
    person.wait(lambda: set(store.limits) == {"red", "blue"})
    assert all(0.1 <= score < 1 for score in store.limits.values())
    panel.score.set_value(0.3)

    chip = place.media.chips["suggested"]
    person.wait(chip.isVisible)
    person.click(chip)
    person.key(Qt.Key.Key_S)
    person.wait(lambda: store.has(place.editor.key))
    person.picture_is_there()
    key = place.editor.key
    shown = place.editor.suggestions.shown
    person.key(Qt.Key.Key_Return)
    person.saved()
    made = boxes_of(folder / "annotations" / f"{Path(key).stem}.xml")
    assert made == [(item.label, item.box) for item in shown]
    person.wait(lambda: key not in store.images())

    if store.images():
        judge_by_class(person, said)
    left = store.images()
    if left:
        person.wait(panel.accept_link.isVisible)
        person.click(panel.accept_link)
        person.wait(lambda: not store.images())
        person.saved()
        for other in left:
            assert boxes_of(folder / "annotations" / f"{Path(other).stem}.xml")
    store.flush()
    assert '"images": {' in (folder / ".workbench" / FILE).read_text("utf-8")


@pytest.mark.timeout(300)
def test_what_to_label_next(person: Person, folder: Path) -> None:
    person.wait(lambda: person.window.place == "images")
    person.picture_is_there()
    place = person.images
    shutil.copyfile(folder / "images" / "x2.png", folder / "images" / "y2.png")
    place.reload()
    person.wait(lambda: place.media.chips["unlabelled"].text() == "Unlabelled 6")
    person.wait(lambda: place.media.order_box.isVisible())
    person.click(place.media.chips["unlabelled"])
    box, samples = place.media.order_box, place.media.view.samples
    box.setCurrentIndex(box.findData("next"))
    box.activated.emit(box.currentIndex())
    person.wait(lambda: samples.reason("images/x1.png"))
    order = [samples.key(row) for row in range(samples.rowCount())]
    assert order[-1] == "images/broken.png" and len(order) == 6
    assert samples.reason("images/y2.png") == "nearly the same as x2.png"
    assert place.media.looking_line.isHidden()


def judge_by_class(person: Person, said: list[str]) -> None:
    """Mark the least certain of a class as wrong, and accept its others."""
    panel = person.images.suggest_panel
    assert panel is not None
    person.wait(panel.review_link.isVisible)
    person.click(panel.review_link)
    review = person.window.place_widget("review")
    assert isinstance(review, ReviewPlace) and person.window.place == "review"
    items = review.view.review.items
    assert items
    kept = Counter(key for key, _ in items[1:])
    person.click(review.view.viewport(),
                 review.view.visualRect(review.view.review.index(0)).center())
    assert len(review.view.review.wrong) == 1
    person.click(review.button)
    person.wait(lambda: said[-1] == Reviewed(sum(kept.values()), len(kept), 1).sentence())
    person.click(review.back if review.back.isVisible() else review.empty.button)
    person.wait(lambda: person.window.place == "images")


@pytest.mark.timeout(300)
def test_a_folder_is_dropped_on_predict(
    person: Person, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = tmp_path / "night"
    night.mkdir()
    draw_new(night)
    (night / "broken.png").write_bytes(b"no picture")
    person.wait(lambda: person.window.place == "images")
    person.picture_is_there()
    person.go("use")
    place = person.window.place_widget("use")
    assert isinstance(place, PredictPlace)
    person.wait(lambda: place.model is not None)
    assert place.empty.isVisible()
    drop(place, night)
    person.wait(lambda: len(place.answers.all) == 4 and not place.job.state)
    page = place.page
    unread, = (item for item in place.answers.all if item.problem)
    assert unread.problem.startswith("broken.png: ")
    assert "broken.png" not in unread.words and unread.words in unread.problem
    person.wait(lambda: page.chips["all"].text() == "All 4")
    assert page.chips["unread"].text() == "Unreadable 1"

    page.sliders["score"].set_value(0.05)
    person.wait(lambda: place.answers.kinds()["finds"] == 3)
    everything = sum(place.answers.counts().values())
    page.sliders["score"].set_value(0.99)
    person.wait(lambda: sum(place.answers.counts().values()) < everything)
    page.sliders["score"].set_value(0.3)
    person.wait(lambda: place.answers.kinds()["finds"] > 0)
    person.click(page.chips["unread"])
    person.wait(lambda: place.answers.rowCount() == 1)
    person.click(page.chips["all"])
    header = page.view.horizontalHeader()
    person.click(header.viewport(),
                 QPoint(header.sectionViewportPosition(SCORE) + 20, header.height() // 2))
    assert header.sortIndicatorSection() == SCORE
    person.wait(lambda: place.answers.rowCount() == 4)
    scores = [shown.sums.best for row in range(4)
              if (shown := place.answers.answer(row)) is not None]
    assert scores in (sorted(scores), sorted(scores, reverse=True))

    table = tmp_path / "table.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(table), ""))
    place.keeping.save_table(for_files=False)
    person.wait(table.exists)
    with table.open(encoding="utf-8-sig", newline="") as stream:
        written = list(csv.DictReader(stream))
    assert len(written) == sum(place.answers.counts().values()) > 0
    assert {Path(item["file"]).name for item in written} <= {f"{name}.png" for name in NEW}

    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(out))
    person.wait(lambda: not place.keeping.busy)
    place.keeping.save_files("draw")
    person.wait(lambda: len(list((out / "drawn").glob("*.jpg"))) == 3)
    person.wait(lambda: not place.keeping.busy)

    labels = {path.name for path in (folder / "annotations").iterdir()}
    place.keeping.add_suggestions()
    store = person.images.editor.suggestions.store
    assert store is not None
    person.wait(lambda: store.images())
    assert all((folder / key).is_file() for key in store.images())
    assert {path.name for path in (folder / "annotations").iterdir()} == labels


def drop(place: PredictPlace, *paths: Path) -> None:
    """As if a file manager had let go of them over the place."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    place.dropEvent(QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, data,
                               Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier))
