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
from workbench.gui.app.context import Message
from workbench.project.imports import copying
from workbench.project.imports.files import copy_file
from workbench.project.imports.sounds import ClipCopier

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


def test_the_projects_own_clips_are_not_added_again(
        bench: Bench, digits: Path, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "new.wav", np.zeros(800, np.float32), 8000)
    bench.open_project(digits)
    before = sorted(path.name for path in digits.rglob("*.wav"))
    drop(bench, [tmp_path])  # the project lies in it
    bench.wait(lambda: bool(bench.said) and bench.said[-1][1].startswith("1 sound added."))
    bench.wait(lambda: not bench.session.sounds.scanning)
    assert sorted(path.name for path in digits.rglob("*.wav")) == sorted([*before, "new.wav"])
