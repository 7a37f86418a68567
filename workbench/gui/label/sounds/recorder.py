"""The microphone: its level, its pre-roll, and recordings into files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.core.errors import WorkbenchError
from workbench.core.text import tr
from workbench.media.sounds.capture import Capture, StopRule, Take
from workbench.media.sounds.recording import Level, from_pcm16

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.media.sounds.clip import Waveform

BUFFER_SECONDS = 1.0
"""Sound that waits while the window is busy, before any is lost."""
SILENT_MS = 2500
"""A microphone that gives nothing for so long has gone."""
LOOK_MS = 250
"""Pause between two questions whether it is still there."""
UNPLUGGED = "The microphone was disconnected."


@dataclass(frozen=True, slots=True)
class MicSettings:
    """Which microphone, and how: ``device`` "" is the usual one."""

    device: str = ""
    sample_rate: int = 16000
    channels: int = 1
    pre_roll: float = 0.5


class Input(Protocol):
    """An open microphone that gives 16-bit samples."""

    rate: int
    channels: int

    def open(self, arrived: Callable[[bytes], None]) -> None: ...
    def gone(self) -> bool: ...
    def close(self) -> None: ...


class SourceInput:
    """Qt's source: its own device is read, as a Python one would be given text and crash."""

    def __init__(self, settings: MicSettings) -> None:
        from workbench.gui.label.sounds.devices import NO_INPUT, input_device, multimedia, pcm16

        self._media = multimedia()
        device = input_device(settings.device)
        if device is None:
            raise WorkbenchError(NO_INPUT)
        wanted = pcm16(settings.sample_rate, settings.channels)
        if not device.isFormatSupported(wanted):
            usual = device.preferredFormat()
            wanted = pcm16(usual.sampleRate(), min(2, usual.channelCount()))
            if not device.isFormatSupported(wanted):
                raise WorkbenchError(tr("“{description}” cannot record at {sample_rate:g} kHz.",
                                        description=device.description(),
                                        sample_rate=settings.sample_rate / 1000))
        self.rate, self.channels = wanted.sampleRate(), wanted.channelCount()
        self._source = self._media.QAudioSource(device, wanted)
        self._source.setBufferSize(int(self.rate * BUFFER_SECONDS) * 2 * self.channels)
        self._io: Any = None

    def open(self, arrived: Callable[[bytes], None]) -> None:
        self._io = self._source.start()
        kinds = self._media.QtAudio.Error
        if self._io is None or self._source.error() == kinds.OpenError:
            raise WorkbenchError(tr("The microphone could not be opened. Another program may be "
                                    "using it, or the system does not allow it."))
        io = self._io
        io.readyRead.connect(lambda: arrived(bytes(io.readAll().data())))

    def gone(self) -> bool:
        # asked for, as the signal of another state cannot carry its value into Python
        kinds = self._media.QtAudio.Error
        return self._source.error() in (kinds.IOError, kinds.FatalError, kinds.OpenError)

    def close(self) -> None:
        self._source.stop()
        self._source.deleteLater()


class Recorder(QObject):
    """Listens while it is on, and records while it is told to."""

    level_changed = Signal()
    """Another :attr:`level` was measured."""
    state_changed = Signal()
    """It was switched on or off, or a recording began."""
    finished = Signal(object)
    """(:class:`Take`) a recording ended, by itself or not; its file is complete."""
    arrived = Signal(bytes)
    """(bytes) sound as it comes: 16-bit samples at :attr:`sample_rate`, channels interleaved."""
    failed = Signal(str)
    """(sentence) the microphone cannot be used (any more); what was recorded is kept."""

    def __init__(self, parent: QObject | None = None,
                 open_input: Callable[[MicSettings], Input] = SourceInput) -> None:
        super().__init__(parent)
        self.settings = MicSettings()
        self._open_input = open_input
        self._input: Input | None = None
        self._capture: Capture | None = None
        self._rest = b""
        self._silent = QTimer(self, singleShot=True, interval=SILENT_MS)
        self._silent.timeout.connect(self._lost)
        self._looking = QTimer(self, interval=LOOK_MS)
        self._looking.timeout.connect(self._look)

    # --- contents -------------------------------------------------------------------------------

    @property
    def on(self) -> bool:
        """Whether the microphone is open."""
        return self._capture is not None

    @property
    def take(self) -> Take | None:
        """The recording that runs."""
        return self._capture.take if self._capture is not None else None

    @property
    def level(self) -> Level:
        return self._capture.level if self._capture is not None else Level(-120.0, -120.0, False)

    @property
    def gaps(self) -> int:
        """Times that sound was lost since it was switched on."""
        return self._capture.gaps if self._capture is not None else 0

    @property
    def sample_rate(self) -> int:
        """Of the open microphone; what was asked for where it is off."""
        return self._capture.sample_rate if self._capture is not None \
            else self.settings.sample_rate

    @property
    def channels(self) -> int:
        """Of the open microphone; what was asked for where it is off."""
        return self._capture.channels if self._capture is not None else self.settings.channels

    # --- on and off -----------------------------------------------------------------------------

    def set_settings(self, settings: MicSettings) -> None:
        """Use another device or format; a recording that runs is finished first."""
        if settings == self.settings:
            return
        only_pre_roll = settings.pre_roll != self.settings.pre_roll and \
            (settings.device, settings.sample_rate, settings.channels) == \
            (self.settings.device, self.settings.sample_rate, self.settings.channels)
        self.settings = settings
        if self._capture is not None:
            if only_pre_roll:
                self._capture.pre_roll = settings.pre_roll
            else:
                self.switch_off()
                self.switch_on()

    def switch_on(self) -> bool:
        """Open the microphone; False, and :attr:`failed`, where it cannot be."""
        if self._capture is not None:
            return True
        try:
            made = self._open_input(self.settings)
            self._input, self._rest = made, b""
            self._capture = Capture(made.rate, made.channels, self.settings.pre_roll)
            made.open(self._arrived)
        except WorkbenchError as error:
            self._input = self._capture = None
            self.failed.emit(str(error))
            self.state_changed.emit()
            return False
        self._silent.start()
        self._looking.start()
        self.state_changed.emit()
        return True

    def switch_off(self) -> None:
        """Close the microphone; a recording that runs is finished."""
        if self._capture is None:
            return
        self.end()
        self._silent.stop()
        self._looking.stop()
        made, self._input, self._capture = self._input, None, None
        if made is not None:
            made.close()
        self.state_changed.emit()
        self.level_changed.emit()

    # --- recording ------------------------------------------------------------------------------

    def begin(self, path: Path, rule: StopRule) -> Take | None:
        """Record into ``path``; switches on first. None, and :attr:`failed`, where it cannot."""
        if not self.switch_on():
            return None
        assert self._capture is not None
        try:
            take = self._capture.begin(path, rule)
        except WorkbenchError as error:
            self.failed.emit(error.sentence())
            return None
        self.state_changed.emit()
        return take

    def end(self) -> None:
        """Finish the recording that runs."""
        take = self._capture.end() if self._capture is not None else None
        if take is not None:
            self.state_changed.emit()
            self.finished.emit(take)

    def _arrived(self, data: bytes) -> None:
        capture = self._capture
        if capture is None or not data:
            return
        self._silent.start()
        data = self._rest + data
        usable = len(data) - len(data) % (2 * capture.channels)
        self._rest = data[usable:]
        self.arrived.emit(data[:usable])
        waveform: Waveform = from_pcm16(data[:usable], capture.channels)
        take = capture.feed(waveform)
        self.level_changed.emit()
        if take is not None:
            self.state_changed.emit()
            self.finished.emit(take)

    def _look(self) -> None:
        if self._input is not None and self._input.gone():
            self._lost()

    def unplugged(self) -> None:
        """The system says that the device has gone."""
        self._lost()

    def _lost(self) -> None:
        """The device has gone: keep what there is, and say so."""
        kept = self.take
        seconds = tr(" The {seconds:.1f} s recorded so far are kept.",
                     seconds=kept.seconds) if kept is not None else ""
        self.switch_off()
        self.failed.emit(UNPLUGGED + seconds)
