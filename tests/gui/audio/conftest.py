"""A window's worth of context around the Audio place, on real and generated sounds."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import workbench.gui  # noqa: F401  keeps PySide6 alive on Python 3.11 before anything else
from workbench.gui.app.context import AddTarget, AppContext
from workbench.gui.background.gui_thread import GuiThreadCaller
from workbench.gui.label.sounds.actions import make_place
from workbench.gui.label.sounds.canvas import SoundCanvas
from workbench.gui.label.sounds.place import AudioPlace
from workbench.gui.label.sounds.player import Player
from workbench.gui.label.sounds.recorder import MicSettings
from workbench.project.session import Session

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


class FakeOutput:
    """A loudspeaker that plays when it is told how much time has gone by."""

    opened: ClassVar[list[FakeOutput]] = []

    def __init__(self, rate: int, channels: int) -> None:
        self.rate, self.channels = rate, channels
        self.data = b""
        self.time = 0.0
        self.closed = False
        self.complaint = ""
        FakeOutput.opened.append(self)

    def free(self) -> int:
        return 2048

    def write(self, data: bytes) -> None:
        self.data += data

    def played(self) -> float:
        return min(self.time * self.rate, len(self.data) / 2 / self.channels)

    def idle(self) -> bool:
        return False

    def problem(self) -> str:
        return self.complaint

    def close(self) -> None:
        self.closed = True


class FakeInput:
    """A microphone that hears what a test says."""

    def __init__(self, settings: MicSettings) -> None:
        self.rate, self.channels = settings.sample_rate, settings.channels
        self.closed = self.pulled_out = False
        self.arrived: Callable[[bytes], None] = lambda data: None

    def open(self, arrived: Callable[[bytes], None]) -> None:
        self.arrived = arrived

    def gone(self) -> bool:
        return self.pulled_out

    def close(self) -> None:
        self.closed = True

    def say(self, seconds: float, level: float = 0.3) -> None:
        samples = level * np.sin(np.arange(round(seconds * self.rate)) / 4)
        pcm = np.repeat((samples * 32767).astype("<i2")[:, None], self.channels, axis=1)
        step = self.rate // 20
        for at in range(0, len(pcm), step):
            self.arrived(pcm[at:at + step].tobytes())


class Bench:
    """The Audio place with an open project, and hands to use it."""

    def __init__(self, qtbot: QtBot, context: AppContext, place: AudioPlace) -> None:
        self.qtbot = qtbot
        self.context = context
        self.place = place
        self.said: list[tuple[str, str]] = []
        self.inputs: list[FakeInput] = []
        context.message.connect(lambda tone, text: self.said.append((tone, text)))
        # the window would ask where there is a choice
        context.import_wanted.connect(lambda paths: place.entered(AddTarget(tuple(paths))))

    @property
    def canvas(self) -> SoundCanvas:
        return self.place.canvas

    @property
    def session(self) -> Session:
        assert self.context.session is not None
        return self.context.session

    def open_project(self, folder: Path) -> Session:
        """Open ``folder`` and wait until its first clip is painted in full."""
        session = Session.open(folder, post=GuiThreadCaller(self.context))
        self.context.session = session
        self.context.session_changed.emit()
        self.wait(lambda: not session.sounds.scanning)
        if self.place.editor.key and not self.place.editor.readonly_reason:
            self.settle()
        return session

    def wait(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=30_000)

    def settle(self) -> None:
        self.wait(lambda: self.canvas.complete)
        self.canvas.repaint()

    def open(self, key: str) -> None:
        self.place.open(key)
        self.settle()

    def run(self, name: str) -> None:
        """What a key or a menu does, if it may."""
        action = self.context.actions[f"audio.{name}"]
        assert action.enabled(), name
        action.run()

    def saved(self) -> None:
        assert self.session.saver.flush(60), self.session.saver.errors()

    def table(self, key: str | None = None) -> list[dict[str, str]]:
        """The selection table as it is on the disk now."""
        self.saved()
        path = self.session.sounds.annotation_path(key or self.place.editor.key)
        if not path.is_file():
            return []
        lines = path.read_text("utf-8").splitlines()
        head = lines[0].split("\t")
        return [dict(zip(head, line.split("\t"), strict=False)) for line in lines[1:]]

    def plug_in_fake(self) -> None:
        """A microphone that the test speaks into."""
        def make(settings: MicSettings) -> FakeInput:
            self.inputs.append(FakeInput(settings))
            return self.inputs[-1]

        self.place.recorder._open_input = make
        # it is silent between what the test says, which may be long on a busy machine
        self.place.recorder._silent.setInterval(600_000)
        self.place.record_panel.reason = ""
        self.place.record_panel.refresh()

    @property
    def mic(self) -> FakeInput:
        return self.inputs[-1]

    # --- the mouse, in seconds and Hz -----------------------------------------------------------

    def at(self, seconds: float, frequency: float | None = None) -> QPoint:
        """Where a time (and a frequency) is on the spectrogram; its middle without one."""
        canvas = self.canvas
        y = canvas.spectrum_rect.center().y() if frequency is None else canvas.y_of(frequency)
        return QPoint(round(canvas.x_of(seconds)), round(y))

    def on_wave(self, seconds: float) -> QPoint:
        return QPoint(round(self.canvas.x_of(seconds)), self.canvas.wave_rect.center().y())

    def drag(self, start: QPoint, end: QPoint, modifiers: Qt.KeyboardModifier = NONE) -> None:
        """Press at ``start``, go to ``end`` in three moves, let go."""
        QTest.mousePress(self.canvas, LEFT, modifiers, start)
        for part in (0.4, 0.8, 1.0):
            point = start + (end - start) * part
            # QTest.mouseMove knows neither buttons nor modifiers
            event = QMouseEvent(QEvent.Type.MouseMove, QPointF(point),
                                QPointF(self.canvas.mapToGlobal(point)), Qt.MouseButton.NoButton,
                                LEFT, modifiers)
            QApplication.sendEvent(self.canvas, event)
        QTest.mouseRelease(self.canvas, LEFT, modifiers, end)

    def click(self, point: QPoint, modifiers: Qt.KeyboardModifier = NONE) -> None:
        QTest.mouseClick(self.canvas, LEFT, modifiers, point)

    def wheel(self, point: QPoint, angle: int, modifiers: Qt.KeyboardModifier = NONE) -> None:
        event = QWheelEvent(QPointF(point), QPointF(self.canvas.mapToGlobal(point)), QPoint(),
                            QPoint(0, angle), Qt.MouseButton.NoButton, modifiers,
                            Qt.ScrollPhase.NoScrollPhase, False)
        QApplication.sendEvent(self.canvas, event)


@pytest.fixture
def bench(qtbot: QtBot, context: AppContext, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """The place in a window of usual size, without a project and without real devices."""
    FakeOutput.opened = []
    monkeypatch.setattr(Player.__init__, "__defaults__", (None, FakeOutput))
    place = make_place(context)
    qtbot.addWidget(place)
    place.resize(1280, 800)
    with qtbot.waitExposed(place):
        place.show()
    yield Bench(qtbot, context, place)
    place.close_down()


@pytest.fixture
def digits(tmp_path: Path, data_set: Callable[[str], Path]) -> Path:
    """A copy of some real spoken digits: three classes, four speakers."""
    source = data_set("fsdd")
    folder = tmp_path / "digits"
    folder.mkdir()
    for digit in range(3):
        for path in sorted(source.glob(f"{digit}_*_[0-1].wav")):
            shutil.copyfile(path, folder / path.name)
    return folder


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """One clip of four seconds with three beeps in it, and two classes."""
    folder = tmp_path / "calls"
    folder.mkdir()
    rate = 16000
    samples = 0.001 * np.random.default_rng(0).standard_normal(4 * rate)
    for start in (0.5, 1.6, 2.9):
        at = slice(round(start * rate), round((start + 0.5) * rate))
        samples[at] += 0.4 * np.sin(2 * np.pi * 1000 * np.arange(rate // 2) / rate)
    soundfile.write(folder / "calls.wav", samples.astype(np.float32), rate)
    (folder / "workbench.toml").write_text('name = "calls"\nclasses = ["owl", "frog"]\n', "utf-8")
    return folder


@pytest.fixture
def desk(bench: Bench, tmp_path: Path) -> Bench:
    """An empty project with two classes, a speaker's name, and a microphone."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "workbench.toml").write_text('name = "mine"\nclasses = ["one", "two"]\n', "utf-8")
    bench.open_project(folder)
    bench.plug_in_fake()
    bench.place.record_panel.group.setText("Ann")
    return bench


def record(bench: Bench, seconds: float = 0.6) -> str:
    """Press, speak, let go; the key of the clip."""
    panel = bench.place.record_panel
    panel.pressed.emit()
    bench.mic.say(seconds)
    let_go(bench)
    return bench.place.editor.key


def let_go(bench: Bench) -> None:
    """Let go, and wait for what is still on its way."""
    bench.place.record_panel.released.emit()
    bench.wait(lambda: not bench.place.controller.recording)
