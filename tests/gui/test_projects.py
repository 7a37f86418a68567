"""Opening, swapping and remembering projects; making the sample."""

from __future__ import annotations

import shutil
import subprocess
import sys
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QFileSystemWatcher, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from tests.project.helpers import labelled
from workbench.core.errors import WorkbenchError
from workbench.core.pixel_size import PixelSize
from workbench.extension.window import Place
from workbench.gui.app import folder_watch
from workbench.gui.app.context import Message
from workbench.gui.app.folder_watch import FolderWatch
from workbench.gui.app.program import Program
from workbench.gui.app.projects import Projects, project_folder
from workbench.gui.label.sounds.place import AudioPlace
from workbench.gui.shell.places import PlaceWidget
from workbench.project import samples
from workbench.project.presence import Holder, Presence
from workbench.project.samples import make_sample_project, sample_folder

from .conftest import draw_photos


@pytest.fixture
def plain(make_program: Callable[..., Program]) -> Program:
    return make_program([Place("images", "Images", "images", lambda context: PlaceWidget())])


@pytest.fixture
def said(plain: Program) -> list[tuple[str, str]]:
    heard: list[tuple[str, str]] = []
    plain.context.message.connect(lambda tone, text: heard.append((tone, text)))
    return heard


def test_a_folder_that_is_not_there_leaves_the_open_project(
        plain: Program, photos: Path, said: list[tuple[str, str]]) -> None:
    plain.projects.open(photos)
    before = plain.context.session
    assert not plain.projects.open(photos / "gone")
    assert plain.context.session is before
    assert said == [("bad", "gone: there is no such folder.")]


def test_folders_outside_of_a_project_need_a_yes(
        plain: Program, photos: Path, tmp_path: Path, said: list[tuple[str, str]]) -> None:
    project = tmp_path / "sent"
    project.mkdir()
    (project / "workbench.toml").write_text(f'images = "../{photos.name}"\n')
    offers: list[Any] = []
    plain.context.announced.connect(offers.append)
    assert not plain.projects.open(project) and plain.context.session is None
    assert said == [("warn", f"The images or labels of sent lie outside its folder "
                             f"(../{photos.name}). Labels there would be changed.")]
    offers[-1].action()
    assert plain.context.session is not None and plain.context.session.folder == project
    assert plain.projects.open(project), "it is asked once"
    (project / "workbench.toml").write_text('images = "../.."\n')
    assert not plain.projects.open(project), "another folder is another question"


def test_a_second_window_says_that_it_is_the_second(
        plain: Program, photos: Path, said: list[tuple[str, str]],
        monkeypatch: pytest.MonkeyPatch) -> None:
    first = Holder("annas-mac", "anna", 4711, 0.0)
    monkeypatch.setattr(Presence, "join", lambda presence: first)
    plain.projects.open(photos)
    assert said[-1][0] == "warn"
    assert said[-1][1].startswith("photos is also open on annas-mac (anna). ")
    assert plain.window.windowTitle() == "photos (second window) – Workbench"


def test_a_dropped_file_that_has_gone_is_told(
        plain: Program, photos: Path, said: list[tuple[str, str]]) -> None:
    assert not plain.projects.open_paths([photos / "gone.jpg"])
    assert said == [("bad", "gone.jpg is no longer there.")]


def test_another_project_waits_for_edits_that_cannot_be_saved(
        plain: Program, photos: Path, tmp_path: Path, said: list[tuple[str, str]]) -> None:
    other = draw_photos(tmp_path / "other", ["x.png"])
    plain.projects.open(photos)
    session = plain.context.session
    assert session is not None

    def refuse() -> bytes:
        raise WorkbenchError("the disk is full", path=photos / "photo1.xml")

    session.saver.submit("photo1.jpg", photos / "photo1.xml", refuse)
    announced: list[object] = []
    plain.context.announced.connect(announced.append)
    assert not plain.projects.open(other)
    assert plain.context.session is session
    assert "the disk is full" in said[-1][1]
    announced[-1].action()  # type: ignore[attr-defined]  "Leave it unsaved"
    assert plain.context.session is not None
    assert plain.context.session.folder == other


def test_opened_projects_are_remembered_with_a_picture(
        plain: Program, photos: Path, tmp_path: Path, qtbot: QtBot) -> None:
    other = draw_photos(tmp_path / "other", ["x.png"])
    for folder in (photos, other, photos):
        with qtbot.waitSignal(plain.projects.recent_changed):
            plain.projects.open(folder)
        session = plain.context.session
        assert session is not None
        qtbot.waitUntil(lambda session=session: not session.index.scanning)
    plain.projects.close()
    assert [item.path for item in plain.projects.recent] == [photos, other]
    first = plain.projects.recent[0]
    assert first.images == 5
    assert first.picture == str(photos / "photo1.jpg")
    plain.projects.forget(photos)
    assert [item.path for item in plain.projects.recent] == [other]


def test_projects_of_a_demo_are_not_remembered(plain: Program, photos: Path) -> None:
    demo = Projects(plain.context, remember=False)
    demo.open(photos)
    demo.close()
    assert demo.recent == []
    assert Projects(plain.context).recent == []


def test_an_image_opens_the_project_it_lies_in(tmp_path: Path) -> None:
    bare = draw_photos(tmp_path / "bare", ["a.png"])
    assert project_folder(bare / "a.png") == bare
    images = draw_photos(tmp_path / "voc" / "JPEGImages", ["a.png"])
    (tmp_path / "voc" / "Annotations").mkdir()
    assert project_folder(images / "a.png") == tmp_path / "voc"
    deep = draw_photos(tmp_path / "own" / "images" / "day 1", ["a.png"])
    (tmp_path / "own" / "workbench.toml").write_text('name = "own"\n', encoding="utf-8")
    assert project_folder(deep / "a.png") == tmp_path / "own"


def test_the_sample_is_opened_when_it_is_there(plain: Program) -> None:
    folder = draw_photos(sample_folder(), ["a.png"])
    (folder / "workbench.toml").write_text('name = "Pond life"\n', encoding="utf-8")
    plain.projects.open_sample()
    assert plain.context.session is not None
    assert plain.context.session.folder == folder


def test_the_sample_is_made_in_a_process_of_its_own(
        plain: Program, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    make = (
        "import sys, pathlib; folder = pathlib.Path(sys.argv[-1]); folder.mkdir(parents=True);"
        "(folder / 'workbench.toml').write_text('name = \"made\"')"
    )
    real = subprocess.Popen

    def popen(command: list[str], **options: object) -> subprocess.Popen[str]:
        assert command[1:4] == ["-m", "workbench.project.samples", "images"]
        return real([sys.executable, "-c", make, command[-1]], **options)  # type: ignore

    monkeypatch.setattr(subprocess, "Popen", popen)
    words: list[str] = []
    plain.projects.sample_progress.connect(words.append)
    plain.projects.open_sample()
    qtbot.waitUntil(lambda: plain.context.session is not None, timeout=30_000)
    assert plain.context.session is not None
    assert plain.context.session.manifest.name == "made"
    assert words[0]
    assert words[-1] == ""


def test_the_sample_of_sounds_is_made_and_shown_in_audio(
        make_program: Callable[..., Program], qtbot: QtBot) -> None:
    program = make_program([Place(name, name, name, lambda context: PlaceWidget())
                            for name in ("images", "audio")])
    told: list[str] = []
    program.context.message.connect(lambda _tone, sentence: told.append(sentence))
    program.projects.open_sample("sounds")
    qtbot.waitUntil(lambda: program.context.session is not None, timeout=60_000)
    session = program.context.session
    assert session is not None and session.folder == sample_folder("sounds")
    qtbot.waitUntil(lambda: program.window.place == "audio", timeout=30_000)
    assert any(sentence.startswith("Press a digit to say what is heard") for sentence in told)


def test_a_sample_that_cannot_be_made_is_told(
        plain: Program, said: list[tuple[str, str]], qtbot: QtBot) -> None:
    sample_folder().parent.parent.mkdir(parents=True)
    sample_folder().parent.write_text("a file where a folder should be", encoding="utf-8")
    plain.projects.open_sample()
    qtbot.waitUntil(lambda: bool(said), timeout=30_000)
    assert said[0][0] == "bad"
    assert "could not be made" in said[0][1]
    assert plain.context.session is None


def test_a_missing_generator_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "shipped_folder", lambda name: tmp_path)
    with pytest.raises(WorkbenchError, match="generator is missing"):
        make_sample_project(tmp_path / "sample")


def test_coming_back_to_the_window_shows_what_other_programs_added(
        plain: Program, photos: Path, qtbot: QtBot, qapp: QApplication) -> None:
    plain.projects.open(photos)
    session = plain.context.session
    assert session is not None
    qtbot.waitUntil(lambda: not session.index.summarizing)
    draw_photos(photos, ["from_outside.jpg"])
    qapp.applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    qtbot.waitUntil(lambda: "from_outside.jpg" in session.index)


def test_files_that_come_into_the_open_folder_are_noticed(
        program: Program, photos: Path, qtbot: QtBot) -> None:
    assert program.projects.open(photos)
    session = program.context.session
    assert session is not None
    watch = program.projects.findChild(FolderWatch)
    assert isinstance(watch, FolderWatch)
    qtbot.waitUntil(lambda: str(photos) in watch.folders, timeout=30_000)
    (photos / "new.jpg").write_bytes((photos / "photo1.jpg").read_bytes())
    qtbot.waitUntil(lambda: "new.jpg" in session.index, timeout=30_000)
    program.projects.close()
    assert watch.folders == []


@pytest.mark.parametrize("renamed", [True, False])
def test_a_scale_that_another_program_writes_counts_at_once_and_stays(
        program: Program, photos: Path, qtbot: QtBot, renamed: bool) -> None:
    """However it is written: as a new file in the old one's place, or into that."""
    path = photos / "workbench.toml"
    path.write_text('# mine\nclasses = ["cat"]\n', "utf-8")
    assert program.projects.open(photos)
    session = program.context.session
    assert session is not None
    watch = program.projects.findChild(FolderWatch)
    assert isinstance(watch, FolderWatch)
    qtbot.waitUntil(lambda: str(photos) in watch.folders, timeout=30_000)

    def written(text: str) -> None:
        target = path.with_suffix(".new") if renamed else path
        target.write_text(text, "utf-8")
        if renamed:
            target.replace(path)

    whole = path.read_text("utf-8")
    written(f'{whole}[scale]\npixel = "0.5 µm"\n')
    half = PixelSize(0.5, 0.5, "µm")
    qtbot.waitUntil(lambda: session.manifest.pixel_sizes.project == half, timeout=30_000)
    session.add_class("dog")  # merged with what the other program wrote
    qtbot.waitUntil(lambda: "dog" in path.read_text("utf-8"), timeout=30_000)
    assert "0.5 µm" in path.read_text("utf-8") and "# mine" in path.read_text("utf-8")
    written(path.read_text("utf-8").replace('pixel = "0.5 µm"', ""))
    qtbot.waitUntil(lambda: session.manifest.pixel_sizes.project is None, timeout=30_000)


def shown_media(program: Program) -> list[str]:
    rail = program.window.rail
    return [place for place in ("images", "audio") if not rail.button(place).isHidden()]


def test_the_rail_shows_the_places_for_what_the_project_holds(
        program: Program, photos: Path, tmp_path: Path, qtbot: QtBot) -> None:
    program.projects.open(photos)
    assert shown_media(program) == ["images"]
    program.context.go("audio")
    assert shown_media(program) == ["images", "audio"], "to record the first sound"
    program.context.go("images")
    assert shown_media(program) == ["images"]
    sounds = tmp_path / "sounds"
    sounds.mkdir()
    with wave.open(str(sounds / "one.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(16000))
    program.projects.open(sounds)
    qtbot.waitUntil(lambda: program.window.place == "audio", timeout=30_000)
    assert shown_media(program) == ["audio"]
    shutil.copyfile(sounds / "one.wav", photos / "one.wav")
    program.projects.open(photos)
    assert shown_media(program) == ["images", "audio"]
    empty = tmp_path / "empty"
    empty.mkdir()
    program.projects.open(empty)
    session = program.context.session
    assert session is not None
    qtbot.waitUntil(lambda: not session.index.scanning, timeout=30_000)
    assert shown_media(program) == ["images", "audio"]


def test_an_old_project_opens_as_it_was_left_and_a_new_one_by_its_content(
        program: Program, photos: Path, tmp_path: Path, qtbot: QtBot) -> None:
    from workbench.app import _open

    other = draw_photos(tmp_path / "other", ["a.png"])
    _open(program, [str(photos)])
    program.context.go("log")
    program.projects.close()
    _open(program, [str(other)])
    assert program.window.place == "images"
    program.projects.close()
    _open(program, [str(photos)])
    program.window.painted.emit()
    assert program.window.place == "log"


def test_a_sound_that_comes_into_the_folder_is_noticed(
        make_program: Callable[..., Program], tmp_path: Path, qtbot: QtBot) -> None:
    for name in ("one", "two"):
        (tmp_path / "p" / name).mkdir(parents=True)
        for number in range(2):
            soundfile.write(tmp_path / "p" / name / f"{number}.wav", np.zeros(800), 8000)
    program = make_program()
    program.projects.open(tmp_path / "p")
    program.context.go("audio")
    session = program.context.session
    assert session is not None
    watch = program.projects.findChild(FolderWatch)
    assert isinstance(watch, FolderWatch)
    one = str(session.folder / "one")
    qtbot.waitUntil(lambda: one in watch.folders, timeout=30_000)
    soundfile.write(tmp_path / "new.wav", np.ones(800), 8000)
    (tmp_path / "new.wav").rename(tmp_path / "p" / "one" / "new.wav")
    qtbot.waitUntil(lambda: session.sounds.row("one/new.wav") is not None, timeout=30_000)


def test_labels_that_somebody_else_writes_in_a_folder_of_their_own_are_seen(
        make_program: Callable[..., Program], tmp_path: Path, qtbot: QtBot) -> None:
    folder = tmp_path / "p"
    (folder / "images" / "monday").mkdir(parents=True)
    labelled(tmp_path, "a.png", ["cat"])
    (tmp_path / "a.png").rename(folder / "images" / "monday" / "a.png")
    (folder / "annotations" / "monday").mkdir(parents=True)
    program = make_program()
    program.projects.open(folder)
    session = program.context.session
    assert session is not None
    watch = program.projects.findChild(FolderWatch)
    assert isinstance(watch, FolderWatch)
    place = folder / "annotations" / "monday"
    qtbot.waitUntil(lambda: str(place) in watch.folders, timeout=30_000)
    (tmp_path / "a.xml").rename(place / "a.xml")
    qtbot.waitUntil(lambda: session.index.class_counts().get("cat") == 1, timeout=30_000)


def test_a_network_disk_is_looked_at_again_and_again(
        make_program: Callable[..., Program], tmp_path: Path, qtbot: QtBot,
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_watch, "is_remote", lambda _folder: True)
    monkeypatch.setattr(folder_watch, "REMOTE_MS", 50)
    labelled(tmp_path / "p", "a.png", ["cat"])
    program = make_program()
    with qtbot.waitActive(program.window):
        program.window.show()
    program.projects.open(tmp_path / "p")
    session = program.context.session
    assert session is not None
    watch = program.projects.findChild(FolderWatch)
    assert isinstance(watch, FolderWatch)
    qtbot.waitUntil(lambda: bool(watch.folders))
    told = watch.findChild(QFileSystemWatcher)
    assert isinstance(told, QFileSystemWatcher)
    told.blockSignals(True)  # it is not told of what other computers write
    labelled(tmp_path / "p", "b.png", ["dog"])
    qtbot.waitUntil(lambda: session.index.class_counts().get("dog") == 1, timeout=30_000)


def test_recordings_of_a_telephone_become_flac_beside_them_with_one_click(
        make_program: Callable[..., Program], tmp_path: Path, qtbot: QtBot) -> None:
    folder = tmp_path / "memos"
    tone = Path(__file__).parents[1] / "data" / "sounds" / "tone.m4a"
    for name in ("owl", "wren"):
        (folder / name).mkdir(parents=True)
        shutil.copyfile(tone, folder / name / "memo.m4a")
    program = make_program()
    offers: list[Message] = []
    program.context.announced.connect(offers.append)
    program.projects.open(folder)
    qtbot.waitUntil(lambda: bool(offers), timeout=30_000)
    assert offers[-1].sentence == ("M4A recordings cannot be labelled as they are. Make FLAC files "
                                   "of 2 sounds? The recordings stay.")
    assert offers[-1].action is not None
    offers[-1].action()
    session = program.context.session
    assert session is not None
    qtbot.waitUntil(lambda: list(session.sounds.keys()) == ["owl/memo.flac", "wren/memo.flac"],
                    timeout=60_000)
    qtbot.waitUntil(lambda: offers[-1].sentence.startswith(
        "2 sounds added. Taken as FLAC: 2 sounds (M4A)."), timeout=30_000)
    session.undo.undo()
    assert sorted(path.name for path in folder.glob("*/memo.*")) == ["memo.m4a", "memo.m4a"]


def test_recordings_becoming_flac_are_seen_under_way_and_can_be_stopped(
        make_program: Callable[..., Program], tmp_path: Path, qtbot: QtBot) -> None:
    folder = tmp_path / "memos"
    folder.mkdir()
    shutil.copyfile(Path(__file__).parents[1] / "data" / "sounds" / "tone.m4a", folder / "a.m4a")
    program = make_program()
    offers: list[Message] = []
    program.context.announced.connect(offers.append)
    program.projects.open(folder)
    qtbot.waitUntil(lambda: bool(offers), timeout=30_000)
    assert offers[-1].action is not None
    offers[-1].action()
    place = program.window.place_widget("audio")
    assert isinstance(place, AudioPlace)
    cancel = next(button for button in place.clips.findChildren(QAbstractButton)
                  if button.text() == "Cancel")
    assert cancel.isVisibleTo(place), "there are no sounds yet, and still one sees how far it is"
    cancel.click()
    qtbot.waitUntil(lambda: offers[-1].sentence == "Stopped: nothing was added.", timeout=30_000)
    assert not cancel.isVisibleTo(place)
    assert [path.name for path in folder.glob("*.*")] == ["a.m4a"]
    assert offers[-1].action is not None
    offers[-1].action()
    qtbot.waitUntil(lambda: offers[-1].sentence.startswith("1 sound added."), timeout=60_000)
