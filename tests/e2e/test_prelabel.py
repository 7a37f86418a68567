"""A trained model labels the pictures that nobody has labelled, in the real window with the real
engine; a person judges what it suggests."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tiny_project
from person import Person, boxes_of
from PIL import Image
from PySide6.QtCore import QEvent, QSettings, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from workbench.gui.app.program import build
from workbench.project.suggestions import FILE

NEW = ("x1", "x2", "x3")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Labelled pictures, a model that has learned from them, pictures without labels, and one
    that is none."""
    tiny_project.use_tiny_recipe(monkeypatch)
    made = tiny_project.make_project(tmp_path / "shapes")
    subprocess.run(
        [sys.executable, "-m", "workbench", "train", str(made), "--recipe", "tiny", "--epochs",
         "25", "--device", "cpu", "--set", "augment=no", "--set", "image_size=64"],
        check=True, capture_output=True)
    for number, name in enumerate(NEW):
        tiny_project.draw(made / "images" / f"{name}.png", np.random.default_rng(900 + number),
                          (60, 48), ("red", "blue"))
    (made / "images" / "broken.png").write_bytes(b"no picture")
    Image.new("RGB", (60, 48), (110, 110, 110)).save(made / "images" / "grey.png")
    return made


@pytest.fixture
def person(qapp: QApplication, qtbot: QtBot, tmp_path: Path, folder: Path) -> Iterator[Person]:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    settings.setValue("theme", "light")
    program = build(qapp, stored=settings)
    window = program.window
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    program.projects.open(folder)
    yield Person(qtbot, program)
    engine = program.context.engine
    window.close_now()
    engine.stop(wait_seconds=15)
    window.deleteLater()
    program.context.log.close()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qapp.setStyleSheet("")


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

    chip = place.media.chips["suggested"]
    person.wait(chip.isVisible)
    person.click(chip)
    person.key(Qt.Key.Key_S)
    person.wait(lambda: store.has(place.editor.key))
    person.picture_is_there()
    key = place.editor.key
    shown = place.editor.suggestions.shown
    place.canvas.setFocus()
    person.key(Qt.Key.Key_Return)
    person.saved()
    made = boxes_of(folder / "annotations" / f"{Path(key).stem}.xml")
    assert made == [(item.label, item.box) for item in shown]
    person.wait(lambda: key not in store.images())

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
