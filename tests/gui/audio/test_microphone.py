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

from tests.gui.audio.test_model_cards import add_run
from tests.support.pulse import virtual_microphone

_RECORD = """
import base64, json, subprocess, sys
from pathlib import Path
import numpy as np
from PySide6.QtCore import QEventLoop, QSettings, QTimer
from PySide6.QtWidgets import QApplication
from workbench.gui.app.context import ListenTarget
from workbench.gui.app.program import build
from workbench.jobs.commands import AudioChunk, Listen

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

def until(done, seconds=30):
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
sent = []
engine = program.context.engine
engine.send, engine.start = sent.append, lambda: None
program.context.go("audio", ListenTarget(sys.argv[4], back="use"))
until(lambda: place.recorder.on and place.recorder._capture._ring.total > 8000)
panel.button.pressed.emit()
player = subprocess.Popen(["paplay", "--device=vmic", str(spoken)])
until(lambda: player.poll() is not None)
rest(500)
panel.button.released.emit()
until(lambda: bool(place.editor.key))
take = place.controller.last
played = []
place.player.moved.connect(played.append)
place.listening.toggle()
until(lambda: played and not place.player.playing)
listen = [item for item in sent if isinstance(item, Listen)]
sound = b"".join(base64.b64decode(item.pcm) for item in sent if isinstance(item, AudioChunk))
print(json.dumps({"run": [item.run for item in listen],
                  "loudest": int(np.abs(np.frombuffer(sound, "<i2")).max()),
                  "devices": names, "key": take, "said": said, "heard": max(played, default=0),
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
    run = add_run(project)
    done = subprocess.run(
        [sys.executable, "-c", _RECORD, str(project), str(spoken), str(tmp_path), run.name],
        env={**sound_server, "QT_QPA_PLATFORM": "offscreen"}, capture_output=True, text=True,
        timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    result = json.loads(done.stdout.strip().splitlines()[-1])
    assert result["key"] == "audio/seven_robot_0.wav", result
    assert result["run"] == [run.name] and result["loudest"] > 100, "a model hears it, too"
    assert result["devices"] and result["heard"] > 0.1 and result["ended"]
    said, rate = soundfile.read(spoken)
    heard, heard_rate = soundfile.read(project / result["key"])
    assert heard_rate == rate == 8000 and heard.ndim == 1
    assert len(heard) > len(said) + 0.2 * rate, "the pre-roll and the rest are there"
    # A sound server on a busy machine drops some milliseconds: not every piece need be there.
    alike = [likeness(piece, heard) > 0.9 for piece in np.array_split(said, 6)]
    assert sum(alike) >= 3, alike


def likeness(said: np.ndarray, heard: np.ndarray) -> float:
    """Largest normalised cross-correlation of ``said`` with a stretch of ``heard``, 0 to 1."""
    size = len(said)
    product = np.correlate(heard, said, "valid")
    energy = np.convolve(heard ** 2, np.ones(size), "valid")
    return float((np.abs(product) / np.sqrt(np.maximum(energy, 1e-12) * (said ** 2).sum())).max())
