"""Data: the map of a project of sounds, and of the regions in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.data.data_steps import place_of
from tests.gui.data.map_steps import MappingEngine
from tests.support.tiny_sounds import RATE, make_sounds, sound
from tests.support.written_map import write_map
from workbench.core.annotation import LabeledObject
from workbench.core.errors import WorkbenchError
from workbench.core.shapes import Region
from workbench.formats.sample_maps import OBJECTS, SAMPLES
from workbench.gui.app.context import DataTarget, ImageTarget
from workbench.gui.app.program import Program
from workbench.gui.data.map_page import MapPage
from workbench.gui.label.sounds import player
from workbench.gui.label.sounds.place import AudioPlace
from workbench.project.session import Session

GRID = [(0.1 * (at % 3), 0.3 * (at // 3)) for at in range(9)]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float, float]]:
    """What would be played: file, from and to."""
    found: list[tuple[str, float, float]] = []
    monkeypatch.setattr(player.Player, "play", lambda _self, what: found.append(
        (what.path.name, round(what.start, 3), round(what.stop, 3))))
    return found


@pytest.fixture
def program(make_program: Callable[..., Program], qtbot: QtBot, tmp_path: Path) -> Program:
    made = make_program(engine=MappingEngine(GRID).client)
    made.window.resize(1280, 800)
    with qtbot.waitExposed(made.window):
        made.window.show()
    made.projects.open(make_sounds(tmp_path / "sounds", each=1))
    session = session_of(made)
    qtbot.waitUntil(lambda: len(session.sounds) == 9 and not session.sounds.scanning)
    return made


def session_of(program: Program) -> Session:
    session = program.context.session
    assert session is not None
    return session


def shown(program: Program, what: str, qtbot: QtBot) -> MapPage:
    page = place_of(program, DataTarget("map")).map
    page.choose(what)
    qtbot.waitUntil(lambda: page.data.placed is not None and page.panels.canvas.isVisible())
    return page


def test_sounds_are_arranged_heard_and_named(program: Program, qtbot: QtBot,
                                             heard: list[tuple[str, float, float]]) -> None:
    page = place_of(program, DataTarget("map")).map
    empty = page.panels.empty
    qtbot.waitUntil(lambda: empty.accessibleName() == "See all sounds by how they sound")
    qtbot.mouseClick(empty.button, Qt.MouseButton.LeftButton)
    legend = page.panels.legend.list
    qtbot.waitUntil(lambda: [legend.item(at).text() for at in range(legend.count())]
                    == ["high  3", "low  3", "noise  3"])
    assert not page.panels.what.isVisible()  # there are no regions
    spot = page.panels.canvas.scene.spot(0).toPoint()
    qtbot.mouseClick(page.panels.canvas, Qt.MouseButton.LeftButton, pos=spot)
    assert heard == [("high_ann_0.wav", 0.0, 0.3)] and page.panels.side.listed[0] == 0
    page.give_class([0], "low")
    qtbot.waitUntil(lambda: legend.count() and legend.item(0).text() == "high  2")
    page.panels.side.gallery.set_row(0)
    qtbot.mouseClick(page.panels.side.show_button, Qt.MouseButton.LeftButton)
    audio = program.window.place_widget("audio")
    assert program.window.place == "audio" and isinstance(audio, AudioPlace)
    assert audio.sample_panel.view.samples.rowCount() == 1


def test_regions_have_their_own_map(program: Program, qtbot: QtBot,
                                    heard: list[tuple[str, float, float]]) -> None:
    session = session_of(program)
    for key in ("high_ann_0.wav", "low_bob_0.wav", "noise_cem_0.wav"):
        document = session.document(key)
        session.edit(key, (*document.annotation.objects, LabeledObject(
            "chirp", Region(0.1, 0.2, 1000.0, 2000.0))), "add it")
    assert session.saver.wait_until_written(20.0)
    write_map(session.folder, OBJECTS, GRID)
    page = shown(program, OBJECTS, qtbot)
    qtbot.waitUntil(lambda: page.status() == "3 regions on the map")
    spot = page.panels.canvas.scene.spot(1).toPoint()
    qtbot.mouseClick(page.panels.canvas, Qt.MouseButton.LeftButton, pos=spot)
    assert heard == [("low_bob_0.wav", 0.1, 0.2)]
    page.give_class([1], "trill")

    def labels() -> list[str]:
        return sorted(item.label for item in session.document("low_bob_0.wav").annotation.objects)

    qtbot.waitUntil(lambda: labels() == ["low", "trill"])
    program.context.actions["data.undo"].run()
    assert labels() == ["chirp", "low"]
    audio = program.window.place_widget("audio")
    assert isinstance(audio, AudioPlace)
    program.context.actions["data.map_open"].run()
    qtbot.waitUntil(lambda: audio.editor.active is not None)
    assert audio.editor.objects[audio.editor.active or 0].label == "chirp"
    program.context.actions["audio.alike_regions"].run()
    assert program.window.place == "data" and page.panels.side.listed == [1, 0, 2]
    page.choose(SAMPLES)
    qtbot.waitUntil(lambda: page.panels.empty.button.text() == "Arrange all sounds")
    assert page.panels.what.isVisible()


def test_audio_leads_to_what_sounds_like_a_sound_or_a_region(program: Program,
                                                             qtbot: QtBot) -> None:
    session = session_of(program)
    key = "low_bob_0.wav"
    session.edit(key, (*session.document(key).annotation.objects, LabeledObject(
        "chirp", Region(0.1, 0.2))), "add it")
    assert session.saver.wait_until_written(20.0)
    program.context.go("audio", ImageTarget(key))
    audio = program.window.place_widget("audio")
    assert isinstance(audio, AudioPlace)
    actions, data = program.context.actions, place_of(program)
    program.context.go("audio")
    actions["audio.alike"].run()  # there is no map yet
    qtbot.waitUntil(lambda: data.map.panels.current is not None)
    placed = data.map.data.placed
    assert program.window.place == "data" and placed is not None
    assert placed.found.keys[data.map.panels.current or 0] == key and not placed.are_objects
    program.context.go("audio")
    assert not actions["audio.alike_regions"].enabled()
    audio.editor.select(audio.editor.parts)
    actions["audio.alike_regions"].run()
    qtbot.waitUntil(lambda: data.map.data.what == OBJECTS and data.map.panels.current is not None)
    assert data.map.status() == "1 region on the map · 1 selected"
    program.context.go("audio")
    audio.editor.select([at for at in range(2) if at not in audio.editor.parts])
    actions["audio.alike_regions"].run()  # that of the whole sound
    qtbot.waitUntil(lambda: data.map.status() == "9 sounds on the map · 1 selected")


def test_stretches_are_called_by_station_and_time_and_can_be_taken_off(
        program: Program, qtbot: QtBot, tmp_path: Path,
        heard: list[tuple[str, float, float]]) -> None:
    files = []
    for station in ("north", "south"):
        file = tmp_path / "field" / station / "20260601_040000.wav"
        file.parent.mkdir(parents=True)
        soundfile.write(file, sound("low", 1, 12.0), RATE)
        file.with_suffix(".txt").write_text("1.000\t2.000\towl\n3.000\t3.500\tfrog\n")
        files.append(file)
    program.projects.open(tmp_path / "field")
    session = session_of(program)
    qtbot.waitUntil(lambda: len(session.sounds) == 2 and not session.sounds.scanning)
    write_map(session.folder, OBJECTS, GRID)
    write_map(session.folder, SAMPLES, GRID)
    page = shown(program, OBJECTS, qtbot)
    qtbot.waitUntil(lambda: page.status() == "4 regions on the map")
    page.panels.choose_point(0)
    points = page.panels.side.gallery.points
    names = [points.index(at).data() for at in range(4)]
    assert sorted(names)[1].startswith("north 20260601_040000 3.00–3.50 s, frog")
    page.panels.side.gallery.set_row(points.rows.index(0))
    program.context.actions["data.map_delete"].run()
    qtbot.waitUntil(lambda: page.status().startswith("3 regions on the map"))
    program.context.actions["data.undo"].run()
    qtbot.waitUntil(lambda: page.status().startswith("4 regions on the map"))
    page = shown(program, SAMPLES, qtbot)
    qtbot.waitUntil(lambda: page.status() == "2 sounds on the map")
    page.panels.canvas.chosen.emit(1)
    assert heard == [("20260601_040000.wav", 0.0, 8.0)], "of long ones the beginning is heard"
    program.context.actions["data.map_delete"].run()
    qtbot.waitUntil(lambda: page.status().startswith("1 sound on the map"))
    assert files[0].exists() and not files[1].exists()
    program.context.actions["data.undo"].run()
    qtbot.waitUntil(lambda: page.status().startswith("2 sounds on the map"))
    assert files[1].exists()


def test_a_missing_loudspeaker_is_told_once_and_to_who_asks(
        program: Program, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_rate: int, _channels: int) -> None:
        raise WorkbenchError("There is no loudspeaker.")

    monkeypatch.setattr(player.Player.__init__, "__defaults__", (None, refuse))
    said: list[str] = []
    program.context.message.connect(lambda _tone, sentence: said.append(sentence))
    write_map(session_of(program).folder, SAMPLES, GRID)
    page = shown(program, SAMPLES, qtbot)
    for row in (0, 1, 2):
        page.panels.canvas.chosen.emit(row)
    assert said == ["There is no loudspeaker."]
    program.context.actions["data.map_hear"].run()
    assert said == 2 * ["There is no loudspeaker."]
