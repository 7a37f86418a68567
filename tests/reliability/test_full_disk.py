"""A disk that is full while somebody labels: told, nothing destroyed, and it goes on with space."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from person import Person, boxes_of
from PIL import Image
from PySide6.QtCore import QEvent, QSettings, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from workbench.gui.app.program import build

SIZE_KB = 512


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of half a megabyte with one picture on it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_KB}k", "tmpfs",
                              str(folder)], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("a small disk can only be mounted by the administrator")
    Image.new("RGB", (320, 240), (200, 120, 80)).save(folder / "photo.png")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def person(qapp: QApplication, qtbot: QtBot, tmp_path: Path, disk: Path) -> Iterator[Person]:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    program = build(qapp, stored=settings, start_engine=False)
    program.projects.open(disk)
    with qtbot.waitActive(program.window):
        program.window.show()
        program.window.activateWindow()
    made = Person(qtbot, program)
    made.picture_is_there()
    yield made
    program.window.close_now()
    program.window.deleteLater()
    program.context.log.close()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def fill(disk: Path) -> Path:
    """Take all the space that is left."""
    filler = disk / "filler.bin"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            pass
    assert shutil.disk_usage(disk).free == 0
    return filler


def test_labelling_on_a_full_disk(person: Person, disk: Path) -> None:
    labels = disk / "photo.xml"
    person.images.editor.set_current_class("cell")
    person.key(Qt.Key.Key_W)
    person.drag((10, 10), (60, 60))
    person.saved()
    before = labels.read_bytes()
    filler = fill(disk)

    for step in range(3):
        person.key(Qt.Key.Key_W)
        person.drag((80 + step, 10), (140, 60))
    bar = person.window.status_bar
    person.wait(lambda: bar.saved_text().startswith("Not saved"))
    assert "the disk is full" in bar.saved_text() and "photo.xml" in bar.saved_text()
    assert labels.read_bytes() == before, "the old file is whole"
    assert len(person.images.editor.objects) == 4, "one goes on labelling"
    assert person.images.viewer.notice.isVisible()

    filler.unlink()
    person.click(bar.retry_button)
    person.saved()
    assert len(boxes_of(labels)) == 4
    assert sorted(path.name for path in disk.iterdir() if not path.name.startswith(".")) == [
        "photo.png", "photo.xml"] or (disk / "workbench.toml").exists()
    assert not [path for path in disk.iterdir() if path.name.endswith(".part")]


def test_closing_with_a_full_disk_asks(person: Person, disk: Path) -> None:
    fill(disk)
    person.images.editor.set_current_class("cell")
    person.key(Qt.Key.Key_W)
    person.drag((10, 10), (60, 60))
    person.wait(lambda: person.window.status_bar.saved_text().startswith("Not saved"))
    person.window.close()
    assert person.window.isVisible(), "what is not on the disk yet is not thrown away"
    (disk / "filler.bin").unlink()
    person.click(person.window.status_bar.retry_button)
    person.saved()
