"""What a sound file's header says, through libsndfile and without numpy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import soundfile

from workbench.core.errors import FormatError
from workbench.formats.atomic import disk_reason
from workbench.formats.regular_file import require_regular

AUDIO_SUFFIXES = frozenset({".wav", ".flac", ".ogg", ".oga", ".mp3", ".aif", ".aiff", ".opus"})
KEPT = "The file was left as it is."


@dataclass(frozen=True, slots=True)
class ClipInfo:
    """What a sound file's header says.

    ``frames`` counts samples for each channel; ``encoding`` is libsndfile's word for the depth
    ("PCM_16").
    """

    sample_rate: int
    channels: int
    frames: int
    encoding: str

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.frames / self.sample_rate

    @property
    def nyquist(self) -> float:
        """Half the sample rate in Hz."""
        return self.sample_rate / 2


def open_sound(path: Path) -> tuple[soundfile.SoundFile, ClipInfo]:
    """Open a sound file for reading.

    Raises
    ------
    FormatError
        If it is missing, is no sound or holds no samples.
    """
    try:
        require_regular(path)  # libsndfile would wait for the other end of a pipe
        file = soundfile.SoundFile(str(path))
    except (soundfile.SoundFileError, RuntimeError, OSError) as error:
        raise FormatError(_reason(path, error), path=path, kept=KEPT) from None
    info = ClipInfo(int(file.samplerate), int(file.channels), int(file.frames), str(file.subtype))
    if info.frames <= 0:
        file.close()
        raise FormatError("it holds no sound: its length is zero", path=path, kept=KEPT)
    return file, info


def read_sound_info(path: Path) -> ClipInfo:
    """Read the header; see :func:`open_sound` for what it raises."""
    file, info = open_sound(path)
    file.close()
    return info


def sound_words(error: Exception) -> str:
    """libsndfile's reason in a few words, without its prefix."""
    text = str(getattr(error, "error_string", "") or error)
    return text.rpartition(": ")[2].strip().rstrip(".").lower() or "unknown reason"


def _reason(path: Path, error: Exception) -> str:
    try:
        size = require_regular(path).st_size
    except FileNotFoundError:
        return "the file is gone"
    except OSError as refused:
        return disk_reason(refused, "read")
    if size == 0:
        return "the file is empty"
    return f"this is no sound file that can be read ({sound_words(error)})"
