"""A real recording: a virtual microphone of a PulseAudio server of the test's own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.support.pulse import virtual_microphone

_RECORD = """
import json, subprocess, sys
from pathlib import Path
from PySide6.QtCore import QEventLoop, QSettings, QTimer
from PySide6.QtWidgets import QApplication
from workbench.gui.app.program import build

project, spoken, scratch = (Path(item) for item in sys.argv[1:4])
app = QApplication(["workbench"])
stored = QSettings(str(scratch / "settings.ini"), QSettings.Format.IniFormat)
program = build(app, stored=stored, start_engine=False, remember=False)
program.window.show()
said = []
program.context.message.connect(lambda tone, text: said.append(text))

def rest(milliseconds):
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()

def until(done, seconds=20):
    for _ in range(int(seconds * 50)):
        if done():
            return True
        rest(20)
    return False

program.projects.open(project)
program.context.go("audio")
place = program.window.place_widget("audio")
until(lambda: not program.context.session.sounds.scanning)
panel = place.record_panel
panel._set_rate(8000)
panel.group.setText("robot")
names = [panel.device.itemText(number) for number in range(panel.device.count())]
place.record_panel.toggle_power()
until(lambda: place.recorder.on and place.recorder._capture._ring.total > 8000)
panel.button.pressed.emit()
player = subprocess.Popen(["paplay", "--device=vmic", str(spoken)])
until(lambda: player.poll() is not None)
rest(500)
panel.button.released.emit()
until(lambda: bool(place.editor.key))
take = place.desk.last
place.listening.toggle()
until(lambda: place.player.playing and place.canvas.playhead > 0.1, 5)
heard = place.canvas.playhead
until(lambda: not place.player.playing, 15)
print(json.dumps({"devices": names, "key": take, "said": said, "heard": heard,
                  "ended": not place.player.playing}))
program.window.close_now()
"""


@pytest.fixture
def sound_server(tmp_path: Path) -> Iterator[dict[str, str]]:
    with virtual_microphone(tmp_path) as environment:
        yield environment


def test_records_what_is_spoken(sound_server: dict[str, str], tmp_path: Path,
                                data_set: Callable[[str], Path]) -> None:
    spoken = data_set("fsdd") / "7_jackson_32.wav"
    project = tmp_path / "spoken"
    project.mkdir()
    (project / "workbench.toml").write_text('name = "spoken"\nclasses = ["seven"]\n', "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", _RECORD, str(project), str(spoken), str(tmp_path)],
        env={**sound_server, "QT_QPA_PLATFORM": "offscreen"}, capture_output=True, text=True,
        timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    result = json.loads(done.stdout.strip().splitlines()[-1])
    assert result["key"] == "audio/seven_robot_0.wav", result
    assert result["devices"] and result["heard"] > 0.1 and result["ended"]
    said, rate = soundfile.read(spoken)
    heard, heard_rate = soundfile.read(project / result["key"])
    assert heard_rate == rate == 8000 and heard.ndim == 1
    assert len(heard) > len(said) + 0.4 * rate, "the pre-roll and the rest are there"
    assert likeness(said, heard) > 0.95


def likeness(said: np.ndarray, heard: np.ndarray) -> float:
    """Largest normalised cross-correlation of ``said`` with a stretch of ``heard``, 0 to 1."""
    size = len(said)
    product = np.correlate(heard, said, "valid")
    energy = np.convolve(heard ** 2, np.ones(size), "valid")
    return float((np.abs(product) / np.sqrt(np.maximum(energy, 1e-12) * (said ** 2).sum())).max())
