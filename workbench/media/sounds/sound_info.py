"""What a sound file's header says, through libsndfile and without numpy."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import soundfile

from workbench.core.errors import FormatError
from workbench.formats.atomic import disk_reason
from workbench.formats.regular_file import open_regular, require_regular
from workbench.media.native_messages import silence_native_code
from workbench.media.sounds.recordings import foreign_kind
from workbench.media.sounds.sound_view import FileView, Mended, mended
from workbench.media.sounds.suffixes import SUFFIXES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

AUDIO_SUFFIXES = SUFFIXES

KEPT = "The file was left as it is."
_GONE = "the file is gone"
_ENDLESS = 1 << 62  # libsndfile's count of samples where the file does not say it


@dataclass(frozen=True, slots=True)
class ClipInfo:
    """What a sound file's header says.

    ``frames`` counts samples for each channel; ``encoding`` is libsndfile's word for the depth
    ("PCM_16"). ``unclosed`` is a recording whose header does not say how long it is, ``missing``
    the bytes of sound that it promises and that are not there.
    """

    sample_rate: int
    channels: int
    frames: int
    encoding: str
    unclosed: bool = False
    missing: int = 0

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.frames / self.sample_rate

    @property
    def nyquist(self) -> float:
        """Half the sample rate in Hz."""
        return self.sample_rate / 2


def open_sound(path: Path) -> tuple[SoundFile, ClipInfo]:
    """Open a sound file for reading.

    Raises
    ------
    FormatError
        If it is missing, is no sound or holds no samples.
    """
    try:
        state = require_regular(path)  # libsndfile would wait for the other end of a pipe
        how = _how_to_read(path, state.st_mtime_ns, state.st_size)
        file = SoundFile(path, how)
    except (soundfile.SoundFileError, RuntimeError, OSError, ValueError) as error:
        reason = _reason(path, error)
        raise FormatError(reason, path=path, kept="" if reason == _GONE else KEPT) from None
    info = ClipInfo(int(file.samplerate), int(file.channels),
                    how.mp3.samples if how.mp3 else int(file.frames), str(file.subtype),
                    how.unclosed, how.missing)
    if not 0 < info.frames < _ENDLESS or info.sample_rate <= 0:
        file.close()
        reason = ("it holds no sound: its length is zero" if info.frames <= 0 else
                  "it was never closed: its length is not known; convert it to WAV")
        raise FormatError(reason, path=path, kept=KEPT)
    return file, info


class SoundFile(soundfile.SoundFile):  # type: ignore[misc]
    """An open sound, with the view through which it is read where there is one."""

    def __init__(self, path: Path, how: Mended) -> None:
        self._path, self._how = path, how
        self._view: FileView | None = None
        self._next = 0
        self._begin(0)

    def _begin(self, sample: int) -> None:
        """Open the file so that ``sample`` is the next to be read."""
        if not self._how.pieces:
            # as the bytes that it is: a name need not be UTF-8
            with silence_native_code():
                super().__init__(os.fsencode(self._path) if os.name == "posix" else str(self._path))
            return
        self._view, before = self._how.open(open_regular(self._path), sample)
        try:
            with silence_native_code():
                super().__init__(self._view)
            while before > 0:
                passed = self.read(min(before, 1 << 16), dtype="int16")
                before -= len(passed) or before
        except BaseException:
            self._view.close()
            raise

    def read(self, *args: Any, **options: Any) -> Any:
        with silence_native_code():
            return super().read(*args, **options)

    def seek(self, *args: Any, **options: Any) -> Any:
        with silence_native_code():
            return super().seek(*args, **options)

    def seekable(self) -> bool:
        """Never for an MP3: where a time lies in it, libsndfile only guesses."""
        return self._how.mp3 is None and super().seekable()

    def read_at(self, start: int, count: int) -> NDArray[np.float32]:
        """Samples from ``start`` on: float32 (samples, channels), fewer at the end."""
        if self._how.mp3 is None:
            self.seek(start)
        elif start != self._next:
            self.close()
            self._begin(start)
        found: NDArray[np.float32] = self.read(count, dtype="float32", always_2d=True)
        self._next = start + len(found)
        return found

    def close(self) -> None:
        super().close()
        if self._view is not None:
            self._view.close()


@lru_cache(maxsize=1024)
def _how_to_read(path: Path, changed: int, size: int) -> Mended:
    """How the file at ``path`` is to be read, found out once for each of its states."""
    return mended(path)


def read_sound_info(path: Path) -> ClipInfo:
    """Read the header; see :func:`open_sound` for what it raises."""
    file, info = open_sound(path)
    file.close()
    return info


def sound_error_text(error: Exception) -> str:
    """libsndfile's reason in a few words, without its prefix."""
    text = str(getattr(error, "error_string", "") or error)
    return text.rpartition(": ")[2].strip().rstrip(".").lower() or "unknown reason"


def _reason(path: Path, error: Exception) -> str:
    try:
        size = require_regular(path).st_size
    except FileNotFoundError:
        return _GONE
    except OSError as refused:
        return disk_reason(refused, "read")
    if size == 0:
        return "the file is empty"
    if unsupported_kind(path):
        return unsupported_text(path)
    return f"this sound file cannot be read ({sound_error_text(error)})"


def unsupported_text(path: Path) -> str:
    """Why a sound of another program's format is not read, and what to do."""
    kind = unsupported_kind(path) or f"{path.suffix[1:].upper()} sound"
    return f"{kind} cannot be read; convert it to WAV, FLAC, OGG or MP3"


def unsupported_kind(path: Path) -> str:
    """What kind of sound that cannot be read a file is, by its first bytes; "" for none known."""
    found = foreign_kind(path)
    return found.words if found is not None else ""
