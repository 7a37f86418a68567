"""What a folder is about, and the place that it opens in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from pytestqt.qtbot import QtBot

from workbench.extension.window import Place
from workbench.gui.app.context import AddTarget
from workbench.gui.app.program import Program
from workbench.gui.app.task import task_of
from workbench.gui.shell.places import PlaceWidget
from workbench.project.task import begins_with_sounds

from .conftest import draw_photos

DETECTION, SOUNDS = "detection", "audio-classification"


@pytest.fixture
def framed(make_program: Callable[..., Program]) -> Program:
    return make_program([Place(id, id.title(), id, lambda context: PlaceWidget())
                         for id in ("images", "audio", "train")])


def write_tones(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, np.sin(np.arange(800) / 5).astype(np.float32), 8000)
    return folder


def test_a_folder_of_sounds_opens_in_audio_at_once(framed: Program, tmp_path: Path) -> None:
    framed.projects.open(write_tones(tmp_path / "digits", "one_1.wav", "two_1.flac"))
    assert framed.window.place == "audio"
    assert task_of(framed.context.session) == SOUNDS


def test_sounds_in_folders_by_class_open_in_audio_when_no_image_was_found(
        framed: Program, tmp_path: Path, qtbot: QtBot) -> None:
    framed.projects.open(write_tones(tmp_path / "digits", "one/a.wav", "two/b.wav"))
    qtbot.waitUntil(lambda: framed.window.place == "audio")


def test_who_went_elsewhere_meanwhile_is_left_there(
        framed: Program, tmp_path: Path, qtbot: QtBot) -> None:
    framed.projects.open(write_tones(tmp_path / "digits", "one/a.wav", "two/b.wav"))
    framed.context.go("train")
    session = framed.context.session
    assert session is not None
    qtbot.waitUntil(lambda: not session.index.scanning)
    assert framed.window.place == "train"


def test_images_stay_in_images_beside_a_sound(
        framed: Program, tmp_path: Path, qtbot: QtBot) -> None:
    folder = write_tones(draw_photos(tmp_path / "both", ["a.png"]), "voice.wav")
    framed.projects.open(folder)
    session = framed.context.session
    assert session is not None
    qtbot.waitUntil(lambda: not session.index.scanning)
    assert framed.window.place == "images"
    assert not begins_with_sounds(folder)


def test_the_manifest_decides_first(framed: Program, tmp_path: Path) -> None:
    folder = draw_photos(tmp_path / "covers", ["a.png"])
    (folder / "workbench.toml").write_text('name = "x"\ntask = "audio-classification"\n', "utf-8")
    framed.projects.open(folder)
    assert framed.window.place == "audio"


def test_a_dropped_sound_is_shown_in_audio(framed: Program, tmp_path: Path) -> None:
    folder = write_tones(draw_photos(tmp_path / "both", ["a.png"]), "voice.wav")
    asked: list[tuple[str, object]] = []
    framed.context.place_requested.connect(lambda *what: asked.append(what))
    framed.projects.open_paths([folder / "voice.wav"])
    assert asked[0][0] == "audio"
    assert getattr(asked[0][1], "key", "") == "voice.wav"


def test_sounds_dropped_on_a_project_of_sounds_come_into_it(
    framed: Program, tmp_path: Path
) -> None:
    folder = write_tones(tmp_path / "mine", "a.wav")
    (folder / "workbench.toml").write_text('name = "x"\ntask = "audio-classification"\n', "utf-8")
    other = write_tones(tmp_path / "other", "b.wav") / "b.wav"
    framed.projects.open(folder)
    framed.context.go("data")
    asked: list[tuple[str, object]] = []
    framed.context.place_requested.connect(lambda *what: asked.append(what))
    framed.window.dialogs.importing.dropped([other])
    assert asked == [("audio", AddTarget((other,)))]
    assert framed.context.session is not None and framed.context.session.folder == folder


def test_an_empty_folder_waits_for_images(framed: Program, tmp_path: Path) -> None:
    framed.projects.open(tmp_path)
    assert framed.window.place == "images"
    assert task_of(framed.context.session) == DETECTION
