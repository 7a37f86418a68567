"""What the status bar calls saved outlives the program, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from person import boxes_of

EDIT_AND_BE_KILLED = """
import os, signal, sys
from pathlib import Path
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from workbench.gui.app.program import build

app = QApplication([])
program = build(app, start_engine=False)
window = program.window
program.projects.open(Path(sys.argv[1]))
window.show()
place = window.place_widget("images")

def until(condition):
    while not condition():
        app.processEvents()

def written():
    text = (Path(sys.argv[1]) / "photo1.xml").read_text("utf-8")
    return text.count("<object>")

until(lambda: place.canvas.scene.picture.complete)
place.editor.set_current_class("cell")
for number in range(int(sys.argv[2])):
    place.editor.set_drawing(True)
    a = place.canvas.viewport.to_view((10 + number, 10))
    b = place.canvas.viewport.to_view((60 + number, 70))
    QTest.mousePress(place.canvas, Qt.MouseButton.LeftButton, pos=QPoint(*map(round, a)))
    QTest.mouseRelease(place.canvas, Qt.MouseButton.LeftButton, pos=QPoint(*map(round, b)))
    if window.status_bar.saved_text() == "Saved":  # of this edit, where the disk is quick
        assert written() == number + 1, "the edit is not on the disk yet"
    until(lambda: window.status_bar.saved_text() == "Saved")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name != "posix", reason="there is no SIGKILL here")
def test_a_kill_right_after_saved_loses_nothing(photos: Path) -> None:
    done = subprocess.run([sys.executable, "-c", EDIT_AND_BE_KILLED, str(photos), "3"],
                          timeout=120, check=False, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    found = boxes_of(photos / "photo1.xml")
    assert [name for name, _ in found] == ["cell"] * 3
    for number, (_, box) in enumerate(found):
        assert box == pytest.approx((10 + number, 10, 60 + number, 70), abs=1)
    left = {path.name for path in photos.iterdir() if not path.name.startswith(".")}
    assert left <= {"photo1.png", "photo2.png", "photo3.png", "photo1.xml", "workbench.toml"}
