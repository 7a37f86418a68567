"""Qt's sound devices, loaded when they are first needed, with plain words where they are missing.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

from workbench.core.errors import WorkbenchError

if TYPE_CHECKING:
    from PySide6.QtMultimedia import QAudioDevice, QAudioFormat

NO_LIBRARY = ("Sound cannot be played or recorded on this computer: its sound library"
              + (" (libpulse)" if sys.platform.startswith("linux") else "")
              + " is missing. Everything else in Audio works.")
NO_OUTPUT = "No loudspeaker or headphones were found."
NO_INPUT = "No microphone was found. Plug one in and it appears here."
RATES = (8000, 16000, 22050, 32000, 44100, 48000, 96000)


@dataclass(frozen=True, slots=True)
class InputDevice:
    """A microphone: its stable id and what the system calls it."""

    id: str
    name: str
    default: bool


def multimedia() -> ModuleType:
    """PySide6.QtMultimedia.

    Raises
    ------
    WorkbenchError
        If it cannot be loaded here.
    """
    try:
        from PySide6 import QtMultimedia
    except ImportError:
        raise WorkbenchError(NO_LIBRARY) from None
    return QtMultimedia


def input_devices() -> list[InputDevice]:
    """The microphones as they are plugged in now, the usual one first; raises as above."""
    media = multimedia().QMediaDevices
    usual = media.defaultAudioInput()
    found = [InputDevice(bytes(device.id().data()).decode("utf-8", "replace"),
                         device.description(), device.id() == usual.id())
             for device in media.audioInputs()]
    return sorted(found, key=lambda device: not device.default)


def input_device(id: str) -> QAudioDevice | None:
    """The microphone ``id``, the usual one where that is not there, or None."""
    media = multimedia().QMediaDevices
    for device in media.audioInputs():
        if bytes(device.id().data()).decode("utf-8", "replace") == id:
            return device  # type: ignore[no-any-return]
    usual = media.defaultAudioInput()
    return None if usual.isNull() else usual


def output_device() -> QAudioDevice:
    """Where sound is played; raises :class:`WorkbenchError` where there is nothing."""
    device: QAudioDevice = multimedia().QMediaDevices.defaultAudioOutput()
    if device.isNull():
        raise WorkbenchError(NO_OUTPUT)
    return device


def pcm16(rate: int, channels: int) -> QAudioFormat:
    """16-bit whole numbers."""
    media = multimedia()
    made: QAudioFormat = media.QAudioFormat()
    made.setSampleRate(rate)
    made.setChannelCount(channels)
    made.setSampleFormat(media.QAudioFormat.SampleFormat.Int16)
    return made
