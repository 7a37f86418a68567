"""What the model sees: the strip beside the form follows the settings."""

from __future__ import annotations

import base64

import pytest
from PySide6.QtCore import QBuffer, QByteArray, Qt
from PySide6.QtGui import QColor, QImage

from tests.gui.training.conftest import Bench, MakeBench
from workbench.gui.train.place import TrainPlace
from workbench.jobs.commands import Vary
from workbench.jobs.events import Finished


def color(place: TrainPlace) -> QColor:
    return place.augmentation_card.strip.images[0].image.pixelColor(4, 4)


def shown(bench: Bench) -> TrainPlace:
    place = bench.show()
    bench.qtbot.waitUntil(lambda: bool(place.augmentation_card.strip.images), timeout=30_000)
    return place


def test_the_strip_follows_the_settings_and_shows_others(
    bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = bench(epochs=1, steps=1)
    place = shown(made)
    card = place.augmentation_card
    assert card.isVisible() and color(place) == QColor(0, 0, 0)
    assert card.strip.images[0].boxes == ((1, 2, 6, 7),)
    sent: list[object] = []
    engine = made.context.engine
    real = engine.send
    monkeypatch.setattr(engine, "send", lambda command: (sent.append(command), real(command)))
    editor = place.panel.form.editor("augment.brightness")
    for text in ("0.5", "0.9"):
        editor.control.setText(text)
        editor.control.textEdited.emit(text)
    made.qtbot.waitUntil(lambda: color(place) == QColor(90, 0, 0), timeout=30_000)
    assert sum(isinstance(command, Vary) for command in sent) == 1, "asked once for two changes"
    made.qtbot.mouseClick(card.other_button, Qt.MouseButton.LeftButton)
    made.qtbot.waitUntil(lambda: color(place) == QColor(90, 0, 50), timeout=30_000)


def test_it_is_there_before_the_first_run_and_while_settings_are_open(bench: MakeBench) -> None:
    made = bench(epochs=1, steps=1)
    place = shown(made)
    made.qtbot.waitUntil(lambda: place.check.state == "ready", timeout=30_000)
    made.qtbot.mouseClick(place.panel.button, Qt.MouseButton.LeftButton)
    made.qtbot.waitUntil(
        lambda: place.controller.live is None and bool(place.shown_run.name), timeout=30_000)
    assert not place.augmentation_card.isVisible()
    place.panel.form.more_button.click()
    assert place.augmentation_card.isVisible()


def test_what_cannot_be_shown_is_said(bench: MakeBench) -> None:
    made = bench(epochs=1, steps=1)
    card = shown(made).augmentation_card
    card.show_images((), "There is nothing to learn from.")
    assert card.words.text() == "There is nothing to learn from."
    assert not card.other_button.isEnabled() and card.strip.tiles() == []


def test_what_is_waited_for_is_said(bench: MakeBench) -> None:
    made = bench(epochs=1, steps=1)
    strip = made.place.augmentation_card.strip
    said: list[str] = []
    say = strip.say
    strip.say = lambda words: (said.append(words), say(words))
    shown(made)
    assert "Preparing images …" in said and strip.words == ""


def test_labelled_areas_lie_in_the_colours_of_their_classes_over_the_image(
    bench: MakeBench
) -> None:
    grey = QImage(8, 8, QImage.Format.Format_Grayscale8)
    grey.fill(0)
    for x, y in ((4, 4), (5, 4), (4, 5), (5, 5)):
        grey.setPixelColor(x, y, QColor(1, 1, 1))
    grey.setPixelColor(0, 7, QColor(255, 255, 255))
    black = QImage(8, 8, QImage.Format.Format_RGB32)
    black.fill(QColor("black"))
    place = shown(bench(epochs=1, steps=1))
    image = {"file": "a.png", "jpeg": png(black), "size": [8, 8], "boxes": [], "areas": png(grey)}
    place.previews.answered(Finished("j", "finished", {"images": [image], "classes": ["dog"]}))
    areas = place.augmentation_card.strip.images[0].areas
    assert areas is not None
    assert areas.pixelColor(4, 4) == place.files.color_of("dog")
    assert areas.pixelColor(1, 1).alpha() == 0, "nothing is labelled there"
    assert areas.pixelColor(0, 7) == QColor(Qt.GlobalColor.gray), "nobody knows"


def png(image: QImage) -> str:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return base64.b64encode(data.data()).decode("ascii")


def test_rotated_boxes_are_drawn_as_such(bench: MakeBench) -> None:
    black = QImage(104, 104, QImage.Format.Format_RGB32)
    black.fill(QColor("black"))
    place = shown(bench(epochs=1, steps=1))
    image = {"file": "a.png", "jpeg": png(black), "size": [104, 104], "boxes": [[10, 10, 90, 90]],
             "corners": [[50, 10, 90, 50, 50, 90, 10, 50]]}
    card = place.augmentation_card
    answer = Finished("job", "finished", {"images": [image], "classes": ["a"]})
    assert place.previews.answered(answer)
    drawn = card.strip.grab().toImage()
    (_, area), = card.strip.tiles()
    side, left, top = area.width() / 104, area.left(), area.top()
    bright = [any(drawn.pixelColor(round(left + x * side) + dx, round(top + y * side)).blue() > 80
                  for dx in (-1, 0, 1)) for x, y in ((70, 30), (10, 70))]
    assert bright == [True, False]
