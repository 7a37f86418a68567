"""Plays a stretch of a clip and tells where it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.core.errors import WorkbenchError
from workbench.core.text import tr
from workbench.media.sounds.clip import ClipReader
from workbench.media.sounds.playback import PlaybackStream
from workbench.media.sounds.recording import to_pcm16

TICK_MS = 15
BUFFER_SECONDS = 0.12
MOST_CHANNELS = 2


class Output(Protocol):
    """A loudspeaker that 16-bit samples are pushed into."""

    rate: int
    channels: int

    def free(self) -> int: ...  # frames that it takes now
    def write(self, data: bytes) -> None: ...
    def played(self) -> float: ...  # frames since it was opened
    def idle(self) -> bool: ...  # all that was written has been played
    def problem(self) -> str: ...
    def close(self) -> None: ...


class SinkOutput:
    """Qt's sink in push mode: the device it returns is written to, none of ours is called."""

    def __init__(self, rate: int, channels: int) -> None:
        from workbench.gui.label.sounds.devices import multimedia, output_device, pcm16

        self._media = multimedia()
        device = output_device()
        wanted = pcm16(rate, channels)
        if not device.isFormatSupported(wanted):
            usual = device.preferredFormat()
            wanted = pcm16(usual.sampleRate(), min(usual.channelCount(), MOST_CHANNELS))
        self.rate, self.channels = wanted.sampleRate(), wanted.channelCount()
        self._sink = self._media.QAudioSink(device, wanted)
        self._sink.setBufferSize(int(self.rate * BUFFER_SECONDS) * 2 * self.channels)
        self._io = self._sink.start()
        if self._io is None or self.problem():
            raise WorkbenchError(tr("The loudspeaker could not be opened. Another program may be "
                                    "using it."))

    def free(self) -> int:
        return int(self._sink.bytesFree()) // (2 * self.channels)

    def write(self, data: bytes) -> None:
        self._io.write(data)

    def played(self) -> float:
        return float(self._sink.processedUSecs()) * self.rate / 1e6

    def idle(self) -> bool:
        return bool(self._sink.state() == self._media.QtAudio.State.IdleState)

    def problem(self) -> str:
        error = self._sink.error()
        kinds = self._media.QtAudio.Error
        if error in (kinds.NoError, kinds.UnderrunError):
            return ""
        return tr("The loudspeaker was disconnected.")

    def close(self) -> None:
        self._sink.stop()
        self._sink.deleteLater()


@dataclass(frozen=True, slots=True)
class Playback:
    """What to play: seconds of a file, perhaps in a loop, perhaps slowly."""

    path: Path
    start: float
    stop: float
    loop: bool = False
    loop_start: float = 0.0
    speed: float = 1.0


class Player(QObject):
    """One thing is played at a time."""

    moved = Signal(float)
    """(seconds) where the sound is, some sixty times a second."""
    state_changed = Signal()
    """It began or stopped."""
    finished = Signal()
    """It came to its end by itself."""
    failed = Signal(str)
    """(sentence) it cannot be played."""

    def __init__(self, parent: QObject | None = None,
                 open_output: Callable[[int, int], Output] = SinkOutput) -> None:
        super().__init__(parent)
        self._open_output = open_output
        self._output: Output | None = None
        self._reader: ClipReader | None = None
        self._stream: PlaybackStream | None = None
        self._ended = False
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def playing(self) -> bool:
        return self._output is not None

    def play(self, what: Playback) -> bool:
        """Begin; what was playing stops. False where it cannot be."""
        self.stop()
        try:
            reader = ClipReader(what.path)
        except WorkbenchError as error:
            self.failed.emit(error.sentence())
            return False
        info = reader.info
        try:
            self._output = self._open_output(info.sample_rate, min(info.channels, MOST_CHANNELS))
        except WorkbenchError as error:
            reader.close()
            self.failed.emit(str(error))
            return False
        self._reader, self._ended = reader, False
        self._stream = PlaybackStream(
            reader, what.start, what.stop, out_rate=self._output.rate,
            out_channels=self._output.channels, speed=what.speed, loop=what.loop,
            loop_start=what.loop_start)
        self._feed()
        self._timer.start()
        self.state_changed.emit()
        return True

    def stop(self) -> None:
        """Be silent at once."""
        if self._output is None:
            return
        self._timer.stop()
        self._output.close()
        if self._reader is not None:
            self._reader.close()
        self._output = self._reader = self._stream = None
        self.state_changed.emit()

    def _feed(self) -> None:
        output, stream = self._output, self._stream
        assert output is not None and stream is not None
        room = output.free()
        if room <= 0 or self._ended:
            return
        block = stream.read(room)
        self._ended = block.shape[1] < room
        if block.shape[1]:
            output.write(to_pcm16(block).tobytes())

    def _tick(self) -> None:
        output, stream = self._output, self._stream
        if output is None or stream is None:
            return
        problem = output.problem()
        try:
            self._feed()
        except WorkbenchError as error:
            problem = error.sentence()
        if problem:
            self.stop()
            self.failed.emit(problem)
            return
        played = output.played()
        self.moved.emit(stream.position(min(played, stream.sent)))
        if self._ended and (played >= stream.sent or output.idle()):
            self.stop()
            self.finished.emit()
