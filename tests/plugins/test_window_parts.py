"""A plugin's place, card and actions in the real window; without the plugin nothing is left."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from tests.gui.conftest import silent_client
from workbench.extension import plugins
from workbench.extension.registry import loaded
from workbench.extension.tasks import Task, tasks
from workbench.gui.app.program import Program, build

FOLDER = Path(__file__).resolve().parents[1] / "support" / "more_plugins" / "window_parts"
IDS = {"tally", "broken", "clip_name", "tools.tally", "tools.fail", "stamp",
       "images.tool_stamp"}


@pytest.fixture
def window(tmp_path: Path, qapp: QApplication, qtbot: QtBot) -> Iterator[Callable[[], Program]]:
    """Build and show the program."""
    made: list[Program] = []

    def make() -> Program:
        stored = QSettings(str(tmp_path / f"{len(made)}.ini"), QSettings.Format.IniFormat)
        program = build(qapp, stored=stored, engine=silent_client(), start_engine=False,
                        remember=False)
        made.append(program)
        with qtbot.waitSignal(program.window.painted):
            program.window.show()
        return program

    yield make
    for program in made:
        program.window.close_now()
        program.window.deleteLater()
    qapp.setStyleSheet("")


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Find the plugin beside what comes with the program, until it is called: taken out."""
    plugins.load_plugins()
    known = [registry.ids() for registry in plugins.REGISTRIES]
    monkeypatch.setattr(plugins, "_plugin_folders", lambda: [FOLDER])
    monkeypatch.setattr(plugins, "_loaded", {})

    def remove() -> None:
        monkeypatch.undo()
        for registry, ids in zip(plugins.REGISTRIES, known, strict=True):
            registry.keep_only(ids)
        for name in [name for name in sys.modules if "window_parts" in name]:
            del sys.modules[name]

    yield remove
    remove()


def draw_images(folder: Path) -> Path:
    folder.mkdir()
    Image.new("RGB", (60, 40)).save(folder / "a.png")
    (folder / "a.xml").write_text(
        "<annotation><filename>a.png</filename><size><width>60</width><height>40</height>"
        "<depth>3</depth></size>" + "".join(
            f"<object><name>cat</name><bndbox><xmin>{x}</xmin><ymin>3</ymin><xmax>{x + 9}</xmax>"
            "<ymax>20</ymax></bndbox></object>" for x in (3, 30)) + "</annotation>")
    return folder


def write_tone(folder: Path) -> Path:
    folder.mkdir()
    soundfile.write(folder / "one_1.wav", np.sin(np.arange(4000) / 5).astype(np.float32), 8000)
    return folder


def offered(program: Program, text: str) -> list[str]:
    palette = program.window.overlays.palette
    palette.open(text)
    found = [entry.text for entry in palette.model.entries]
    palette.close_palette()
    return found


def test_a_place_is_in_rail_and_palette_and_is_told_what_happens(
        plugin: object, window: Callable[[], Program], tmp_path: Path, qtbot: QtBot) -> None:
    program = window()
    rail = program.window.rail
    qtbot.waitUntil(lambda: "tally" in program.window.stack)
    assert not rail.button("tally").isEnabled()
    program.projects.open(draw_images(tmp_path / "cats"))
    session = program.context.session
    assert session is not None
    qtbot.waitUntil(lambda: session.index.labelled_count() == 1)
    assert "Tally the labels" in offered(program, "tally")
    qtbot.mouseClick(rail.button("tally"), Qt.MouseButton.LeftButton)
    assert program.window.place == "tally" and rail.button("tally").isChecked()
    shown: Any = program.window.place_widget("tally").focusProxy()  # type: ignore[union-attr]
    assert shown.text.text() == "2 labels" and shown.text.isVisible()
    program.context.go("images")
    assert shown.told == ["entered", "left"]
    program.window.close_now()
    assert shown.told[-1] == "closed"


def test_a_place_that_fails_is_a_message(
        plugin: object, window: Callable[[], Program], qtbot: QtBot) -> None:
    program = window()
    qtbot.waitUntil(lambda: "broken" in program.window.stack)
    program.context.go("broken")
    assert program.window.place == "start"
    assert program.window.overlays.message_bar.text == (
        "Broken could not be opened: SystemExit: no such widget")
    assert any("parts.py" in entry.detail for entry in program.context.log.entries)


def test_actions_are_in_menu_palette_and_answer_to_keys(
        plugin: object, window: Callable[[], Program], tmp_path: Path, qtbot: QtBot) -> None:
    program = window()
    qtbot.waitUntil(lambda: "tools.tally" in program.context.actions)
    assert not program.context.actions["tools.tally"].enabled()
    program.projects.open(draw_images(tmp_path / "cats"))
    assert "Tools" in program.window.menus.names()
    assert "Tally the labels now" in offered(program, "tally")
    said: list[str] = []
    program.context.message.connect(lambda _tone, text: said.append(text))
    qtbot.keyClick(program.window, Qt.Key.Key_T,
                   Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    assert said == ["Tallied."]
    program.context.actions["tools.fail"].run()
    assert said[-1] == "“Fail” failed: RuntimeError: it was meant to"


def test_a_card_stands_in_audio(
        plugin: object, window: Callable[[], Program], tmp_path: Path, qtbot: QtBot) -> None:
    program = window()
    program.projects.open(write_tone(tmp_path / "tones"))
    assert program.window.place == "audio"
    place: Any = program.window.place_widget("audio")
    qtbot.waitUntil(lambda: "clip_name" in place.cards)
    card = place.cards["clip_name"]
    qtbot.waitUntil(lambda: card.isVisible() and card.text() == "one_1.wav")


def test_a_tool_labels_with_a_click_until_escape(
        plugin: object, window: Callable[[], Program], tmp_path: Path, qtbot: QtBot) -> None:
    program = window()
    program.projects.open(draw_images(tmp_path / "cats"))
    qtbot.waitUntil(lambda: "images.tool_stamp" in program.context.actions)
    place: Any = program.window.place_widget("images")
    qtbot.waitUntil(lambda: len(place.editor.objects) == 2 and 0 not in place.editor.size)
    tool = program.context.actions["images.tool_stamp"]
    qtbot.waitUntil(tool.enabled)
    tool.run()
    assert tool.checked is not None and tool.checked()
    assert place.status()[0].endswith(" · Stamp a box · 10 px")
    place.editor.set_current_class("cat")
    canvas = place.canvas
    left = Qt.MouseButton.LeftButton
    at = canvas.viewport.to_view((45.0, 25.0))
    qtbot.mouseClick(canvas, left, pos=QPoint(round(at[0]), round(at[1])))
    made = place.editor.objects[-1]
    assert len(place.editor.objects) == 3
    assert (round(made.width), round(made.height)) == (10, 10)
    slider = place.viewer.tool_slider.slider
    assert slider.isVisible() and slider.slider.accessibleName() == "Side"
    program.context.session.undo.undo()
    program.context.actions["images.brush_larger"].run()
    slider.slider.setValue(slider.slider.value() + 1)
    qtbot.mouseClick(canvas, left, pos=QPoint(round(at[0]), round(at[1])))
    assert round(place.editor.objects[-1].width) == 12
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert not tool.checked()
    qtbot.mouseClick(canvas, left, pos=QPoint(round(at[0]) + 9, round(at[1]) + 9))
    assert len(place.editor.objects) == 3


def test_a_task_without_a_window_is_told_and_breaks_nothing(
        plugin: object, window: Callable[[], Program], tmp_path: Path, qtbot: QtBot) -> None:
    program = window()
    tasks.register(Task("bare", "Bare", "images", "image", "nowhere:TASK"))
    folder = draw_images(tmp_path / "cats")
    (folder / "workbench.toml").write_text('name = "cats"\ntask = "bare"\n')
    program.projects.open(folder)
    assert program.window.place == "images"
    program.context.go("results")
    place: Any = program.window.place_widget("results")
    assert any("in a terminal" in label.text() for label in place.page.findChildren(QLabel))
    program.context.go("train")
    assert program.window.place == "train"


def test_without_the_plugin_nothing_is_left(
        plugin: Callable[[], None], window: Callable[[], Program], qtbot: QtBot) -> None:
    first = window()
    qtbot.waitUntil(lambda: "tally" in first.window.stack)
    plugin()
    program = window()
    loaded.emit()
    assert not IDS & {place.id for place in program.window.stack}
    assert not IDS & {action.id for action in program.context.actions}
    assert not any(IDS & registry.ids() for registry in plugins.REGISTRIES)
    assert not [name for name in sys.modules if "window_parts" in name]
