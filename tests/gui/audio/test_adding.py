"""Sounds that are dropped, and where their labels are taken from."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest

from tests.gui.audio.conftest import Bench
from tests.support.sound_layouts import write
from workbench.gui.app.context import Message
from workbench.project.imports import copying
from workbench.project.imports.files import copy_file
from workbench.project.imports.sounds import ClipCopier
from workbench.project.manifest import Manifest

# --- adding ---------------------------------------------------------------------------------------


def drop(bench: Bench, paths: list[Path]) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(QPointF(20, 20), Qt.DropAction.CopyAction, data,
                       Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    bench.place.dropEvent(event)


def test_dropped_sounds_are_copied_never_over_others(bench: Bench, digits: Path,
                                                     tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    soundfile.write(away / "new.wav", np.zeros(800, np.float32), 8000)
    (away / "notes.pdf").write_bytes(b"no sound")
    (digits / "audio").mkdir()
    shutil.copyfile(digits / "0_theo_0.wav", digits / "audio" / "new.wav")
    before = (digits / "audio" / "new.wav").read_bytes()
    bench.open_project(digits)
    drop(bench, [away / "new.wav", away / "notes.pdf"])
    bench.wait(lambda: (digits / "audio" / "new-2.wav").is_file())
    bench.wait(lambda: bench.session.sounds.row("audio/new-2.wav") is not None)
    assert (digits / "audio" / "new.wav").read_bytes() == before
    assert bench.said[-1] == ("ok", "1 sound added.")


def test_a_dropped_folder_keeps_its_name_and_can_be_taken_back(
        bench: Bench, digits: Path, tmp_path: Path, qtbot: object) -> None:
    source = tmp_path / "owls" / "night"
    source.mkdir(parents=True)
    for name in ("a.wav", "b.flac"):
        soundfile.write(source / name, np.zeros(800, np.float32), 8000)
    bench.open_project(digits)
    offered: list[Message] = []
    bench.context.announced.connect(offered.append)
    drop(bench, [tmp_path / "owls"])
    bench.wait(lambda: bench.session.sounds.row("audio/owls/night/b.flac") is not None)
    bench.wait(lambda: not bench.session.sounds.scanning)
    action = offered[-1].action
    assert action is not None
    action()
    assert bench.session.sounds.row("audio/owls/night/b.flac") is None
    assert not (digits / "audio" / "owls" / "night" / "b.flac").exists()
    assert (source / "b.flac").is_file()
    bench.run("redo")
    assert bench.session.sounds.row("audio/owls/night/b.flac") is not None
    bench.run("select_all")
    bench.run("class_2")
    bench.saved()
    action()  # not what was labelled since
    assert (digits / "audio" / "owls" / "night" / "b.flac").is_file()
    bench.run("undo")
    bench.saved()  # a deletion waits for labels for some seconds only
    bench.run("undo")
    assert not list((digits / "audio").rglob("*.*")), "neither sounds nor tables stay"
    assert len(list((digits / ".trash").rglob("b.flac"))) == 1


@pytest.mark.parametrize("why", ["the disk is full", "the folder “digits” is gone",
                                 "the folder “owls” is gone"])
def test_copying_ends_where_nothing_more_can_be_copied(
        bench: Bench, digits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        why: str) -> None:
    for name in "abcd":
        (tmp_path / "owls").mkdir(exist_ok=True)
        soundfile.write(tmp_path / "owls" / f"{name}.wav", np.zeros(800, np.float32), 8000)
    bench.open_project(digits)

    def hindered(source: Path, target: Path) -> None:
        if source.name == "b.wav" and "disk" in why:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        copy_file(source, target)
        if source.name == "a.wav" and "gone" in why:
            gone = digits if "digits" in why else tmp_path / "owls"
            gone.rename(tmp_path / "moved")

    monkeypatch.setattr(copying, "copy_file", hindered)
    drop(bench, [tmp_path / "owls"])
    bench.wait(lambda: ("warn", f"Stopped, {why}: 1 sound added. Add the folder again to go on "
                                "from there.") in bench.said)
    assert len(list(tmp_path.rglob("a.wav"))) == 2 and len(list(tmp_path.rglob("c.wav"))) == 1
    assert digits.exists() == ("digits" not in why)


def test_dropping_what_is_there_already_changes_nothing(bench: Bench, digits: Path) -> None:
    bench.open_project(digits)
    drop(bench, [digits / "0_theo_0.wav"])
    bench.wait(lambda: bool(bench.said))
    assert bench.said[-1] == ("info", "These sounds are in the project already.")
    assert not (digits / "audio").exists()


# --- where labels come from -----------------------------------------------------------------------


def test_a_copy_can_be_stopped_and_keeps_what_is_there(
        bench: Bench, digits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b", "c", "d"):
        (tmp_path / "owls").mkdir(exist_ok=True)
        soundfile.write(tmp_path / "owls" / f"{name}.wav", np.zeros(800, np.float32), 8000)
    bench.open_project(digits)
    reached, go_on = threading.Event(), threading.Event()
    real = ClipCopier.take

    def slow(copier: ClipCopier, key: str) -> None:
        real(copier, key)
        if key == "b.wav":
            reached.set()
            assert go_on.wait(60)

    monkeypatch.setattr(ClipCopier, "take", slow)
    drop(bench, [tmp_path / "owls"])
    bench.wait(reached.is_set)
    bench.wait(bench.place.clips.cancel_button.isVisible)
    QTest.mouseClick(bench.place.clips.cancel_button, Qt.MouseButton.LeftButton)
    go_on.set()
    bench.wait(lambda: bool(bench.said))
    assert bench.said[-1] == ("ok", "Stopped: 2 sounds added. Add the folder again to go on from "
                                    "there.")
    assert sorted(path.name for path in (digits / "audio" / "owls").iterdir()) == ["a.wav", "b.wav"]
    assert not bench.place.clips.cancel_button.isVisible()


def test_shows_the_recognised_pattern_and_takes_another(bench: Bench, digits: Path) -> None:
    bench.open_project(digits)
    bench.run("labels")
    panel = bench.place.label_source
    assert panel.kind.selected == "names" and panel.pattern.text() == "{label}_{group}_{n}"
    assert "24 of 24 sounds, 3 classes, 4 groups." in panel.preview.text()
    panel.pattern.setText("{nonsense}")
    assert not panel.apply.isEnabled()
    panel.pattern.setText("{group}_{label}_{n}")
    assert "24 of 24 sounds, 4 classes, 3 groups." in panel.preview.text()
    panel.apply.click()
    bench.wait(lambda: bench.session.sounds.summary("0_theo_0.wav").label == "theo")
    bench.saved()
    assert "{group}_{label}_{n}" in (digits / "workbench.toml").read_text("utf-8")
    assert bench.place.editor.whole_label == "jackson"


def test_the_level_of_folders_is_chosen_with_what_it_gives_and_taken_back(
        bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "songs"
    for seed, place in enumerate(("moor", "fen")):
        for name in ("wren", "robin"):
            for number in range(2):
                write(folder / place / name / f"{number}.wav", 4 * seed + number)
    bench.open_project(folder)
    bench.wait(lambda: bench.session.sounds.summary("moor/wren/0.wav").label == "wren")
    bench.run("labels")
    panel = bench.place.label_source
    assert panel.kind.selected == "folders" and [*panel.level.buttons] == [1, 2, 0]
    assert panel.level.selected == 0
    first = panel.level.buttons[1]
    assert first.accessibleDescription() == "2 classes: fen, moor fen/robin/0.wav → fen"
    first.click()
    assert "8 of 8 sounds, 2 classes." in panel.preview.text()
    QTest.keyClick(first, Qt.Key.Key_Return)
    assert bench.said[-1] == ("ok", "Labels come from the first folder now.")
    bench.wait(lambda: bench.session.sounds.summary("moor/wren/0.wav").label == "moor")
    bench.saved()
    assert "class_folder = 1" in (folder / "workbench.toml").read_text("utf-8")
    bench.wait(lambda: sorted(bench.session.classes) == ["fen", "moor"])
    bench.run("undo")
    bench.wait(lambda: bench.session.sounds.summary("moor/wren/0.wav").label == "wren")
    bench.wait(lambda: sorted(bench.session.classes) == ["robin", "wren"])
    bench.saved()
    assert Manifest.load(folder).sounds["class_folder"] == 0


def test_the_projects_own_clips_are_not_added_again(
        bench: Bench, digits: Path, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "new.wav", np.zeros(800, np.float32), 8000)
    bench.open_project(digits)
    before = sorted(path.name for path in digits.rglob("*.wav"))
    drop(bench, [tmp_path])  # the project lies in it
    bench.wait(lambda: bool(bench.said) and bench.said[-1][1].startswith("1 sound added."))
    bench.wait(lambda: not bench.session.sounds.scanning)
    assert sorted(path.name for path in digits.rglob("*.wav")) == sorted([*before, "new.wav"])
