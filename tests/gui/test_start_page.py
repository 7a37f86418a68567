"""What one sees first."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from workbench.gui.app.program import Program
from workbench.gui.shell.start_page import StartPage, content_words, short_path, when_words
from workbench.project.recent import RecentProject, remember_project
from workbench.project.samples import SAMPLES

from .conftest import draw_photos


@pytest.fixture
def page(make_program: Callable[..., Program], photos: Path, tmp_path: Path,
         qtbot: QtBot) -> tuple[Program, StartPage]:
    gone = draw_photos(tmp_path / "gone", ["a.png"])
    remember_project(gone, "Gone away", images=1)
    remember_project(photos, "Photos", images=5, picture=str(photos / "photo1.jpg"))
    (gone / "a.png").unlink()
    gone.rmdir()
    program = make_program()
    with qtbot.waitExposed(program.window):
        program.window.show()
    assert program.window._start is not None
    return program, program.window._start


def test_recent_projects_are_listed_with_what_is_known(page: tuple[Program, StartPage]) -> None:
    names = [row.accessibleName() for row in page[1].rows]
    assert names[0].startswith("Photos, 5 images · today")
    assert names[1] == "Gone away, not found"


def test_clips_are_counted_where_it_is_about_sounds(
    make_program: Callable[..., Program], tmp_path: Path, qtbot: QtBot
) -> None:
    folder = tmp_path / "digits"
    for name in ("one", "two"):
        (folder / name).mkdir(parents=True)
        for number in range(3):
            soundfile.write(folder / name / f"{number}.wav", np.zeros(800), 8000)
    program = make_program()
    program.projects.open(folder)
    qtbot.waitUntil(lambda: [item.sounds for item in program.projects.recent] == [6],
                    timeout=30_000)
    program.projects.close()
    with qtbot.waitExposed(program.window):
        program.window.show()
    assert program.window._start is not None
    assert program.window._start.rows[0].accessibleName().startswith("digits, 6 sounds · today")


def test_videos_are_counted(make_program: Callable[..., Program], tmp_path: Path,
                            qtbot: QtBot) -> None:
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "clip.mp4").write_bytes(b"")
    program = make_program()
    program.projects.open(tmp_path / "films")
    qtbot.waitUntil(lambda: [item.videos for item in program.projects.recent] == [1],
                    timeout=30_000)
    program.projects.close()
    assert [content_words(item) for item in program.projects.recent] == ["1 video"]


@pytest.mark.parametrize(("images", "sounds", "videos", "words"), [
    (0, 0, 0, "empty"), (1, 0, 0, "1 image"), (0, 2000, 0, "2,000 sounds"),
    (3, 1, 2, "1 sound, 3 images, 2 videos")])
def test_what_a_project_holds_in_words(images: int, sounds: int, videos: int, words: str) -> None:
    item = RecentProject(Path("x"), "x", 0.0, True, images, "", sounds, videos)
    assert content_words(item) == words


def test_a_click_opens_a_recent_project(page: tuple[Program, StartPage], photos: Path,
                                        qtbot: QtBot) -> None:
    program, start = page
    qtbot.mouseClick(start.rows[0], Qt.MouseButton.LeftButton)
    assert program.context.session is not None
    assert program.context.session.folder == photos


def test_a_recent_project_that_goes_meanwhile_shows_so_when_it_is_clicked(
        page: tuple[Program, StartPage], photos: Path, qtbot: QtBot) -> None:
    photos.rename(photos.with_name("moved"))
    qtbot.mouseClick(page[1].rows[0], Qt.MouseButton.LeftButton)
    assert page[0].context.session is None
    assert page[0].context.log.entries[-1].text == "photos: there is no such folder."
    assert [row.accessibleName() for row in page[1].rows] == [
        "Photos, not found", "Gone away, not found"]


def test_the_keyboard_opens_a_recent_project(page: tuple[Program, StartPage],
                                             qtbot: QtBot) -> None:
    program, start = page
    qtbot.keyClick(start.rows[0], Qt.Key.Key_Return)
    assert program.window.place == "images"


def test_one_that_is_not_there_can_only_be_forgotten(page: tuple[Program, StartPage],
                                                     qtbot: QtBot) -> None:
    program, start = page
    qtbot.mouseClick(start.rows[1], Qt.MouseButton.LeftButton)
    assert program.context.session is None
    qtbot.mouseClick(start.rows[1]._forget, Qt.MouseButton.LeftButton)
    assert len(start.rows) == 1


def test_a_recent_project_shows_one_of_its_pictures(page: tuple[Program, StartPage],
                                                    qtbot: QtBot) -> None:
    row = page[1].rows[0]
    qtbot.waitUntil(lambda: row._picture is not None)
    row.grab()


def test_making_the_sample_shows_progress(page: tuple[Program, StartPage]) -> None:
    program, start = page
    program.projects.sample_progress.emit("Drawing…")
    assert not any(card.isEnabled() for card in start.samples.values())
    assert start._sample_line.isVisible()
    program.projects.sample_progress.emit("")
    assert all(card.isEnabled() for card in start.samples.values())
    assert not start._sample_line.isVisible()


def test_mouse_and_keyboard_open_a_sample(
        page: tuple[Program, StartPage], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    program, start = page
    made: list[str] = []
    monkeypatch.setattr(program.projects, "_make_sample",
                        lambda kind, folder: made.append(kind) or (1, "no"))
    for kind, press in (("calls", qtbot.mouseClick), ("counting", qtbot.keyClick)):
        key = Qt.MouseButton.LeftButton if press == qtbot.mouseClick else Qt.Key.Key_Return
        press(start.samples[kind], key)
        assert start._sample_words.text() == f"Making the sample {SAMPLES[kind].name}…"
        qtbot.waitUntil(lambda: not program.projects.sample_words)
    assert made == ["calls", "counting"]


def test_a_sample_that_is_being_made_already_shows_progress(
        make_program: Callable[..., Program], monkeypatch: pytest.MonkeyPatch) -> None:
    program = make_program()
    monkeypatch.setattr(program.projects, "_make_sample", lambda kind, folder: (1, "no"))
    program.projects.open_sample()  # as “open --sample” does, before the window is there
    program.window.show()
    assert program.window._start is not None
    assert not program.window._start.samples["images"].isEnabled()


def test_how_long_ago_is_said_in_words() -> None:
    noon = time.mktime((2026, 11, 20, 12, 0, 0, 0, 0, -1))
    assert when_words(noon - 3 * 3600, noon) == "today 09:00"
    assert when_words(noon - 13 * 3600, noon) == "yesterday"
    assert when_words(noon - 3 * 86400, noon) == "3 days ago"
    assert when_words(time.mktime((2026, 3, 5, 8, 0, 0, 0, 0, -1)), noon) == "5 Mar 2026"


def test_home_is_short() -> None:
    home = str(Path.home())
    assert short_path(f"{home}/photos") == "~/photos"
    assert short_path(f"{home}2/photos") == f"{home}2/photos"


def test_a_new_recording_begins_on_the_start_page(
    make_program: Callable[..., Program], tmp_path: Path, qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It makes the folder, opens it in Audio and asks for the first class."""
    folder = tmp_path / "somewhere" / "Birds"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(folder), ""))
    program = make_program()
    with qtbot.waitExposed(program.window):
        program.window.show()
    assert program.window._start is not None
    program.window._start.record_button.click()
    assert folder.is_dir() and not list(folder.iterdir())
    assert program.window.place == "audio"
    audio = program.window.place_widget("audio")
    assert audio.classes.field.isVisible()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: ("", ""))
    program.context.actions["file.record"].run()
    assert program.context.session is not None and program.context.session.folder == folder


def test_a_folder_that_cannot_be_made_is_told(
    make_program: Callable[..., Program], tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "file").write_bytes(b"")
    program = make_program()
    said: list[str] = []
    program.context.message.connect(lambda _tone, text: said.append(text))
    assert not program.projects.record_into(tmp_path / "file" / "new")
    assert "could not be made" in said[0]
