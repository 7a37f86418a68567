"""Small spectrograms for the list, made in the background, the newest request first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from workbench.core.errors import WorkbenchError
from workbench.gui.background.cache import BackgroundCache
from workbench.gui.label.sounds.display import DisplaySettings

COLUMNS = 160
"""Columns of a picture, whatever it is shown at."""
KEPT = 600
"""Pictures in memory: 160 KiB each."""
WAITING = 120


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What to draw: seconds of a file."""

    path: Path
    start: float
    end: float
    to_scale: bool = False
    """Whether what lies beyond the end of the file is drawn empty; else the picture ends there."""


class SpectrogramThumbs(QObject):
    """Gives pictures at once where they are known, and says when others are."""

    ready = Signal()
    """A picture that was asked for can be had now, or is known to be impossible."""

    def __init__(self, display: DisplaySettings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.display = display
        self._cache: BackgroundCache[Excerpt, QImage | str] = BackgroundCache(
            self, lambda what: draw(what, self.display), lambda _: self.ready.emit(),
            name="spectrograms", most=KEPT, waiting=WAITING)

    def get(self, what: Excerpt) -> QImage | str | None:
        """The picture, a sentence where there can be none, or None and, later, :attr:`ready`."""
        return self._cache.get(what)

    def forget(self) -> None:
        """Another project: files of the same name may be others."""
        self._cache.keep_only(lambda _: False)
        self._cache.forget()

    def stop(self) -> None:
        """End the thread; :meth:`get` starts it again."""
        self._cache.stop()


def draw(what: Excerpt, display: DisplaySettings) -> QImage | str:
    """A spectrogram of a stretch, or why there is none."""
    from workbench.gui.label.sounds.picture import spectrum_image
    from workbench.gui.label.sounds.tiles import decibel_of, to_stored
    from workbench.media.sounds.clip import ClipReader
    from workbench.media.sounds.spectrogram import tile

    try:
        with ClipReader(what.path) as reader:
            rate = reader.info.sample_rate
            first, last = what.start * rate, what.end * rate
            if not what.to_scale:
                last = min(last, float(reader.info.frames))
            step = max(last - first, 1.0) / COLUMNS
            stored = to_stored(tile(reader, first, step, COLUMNS, display.settings(rate)))
    except (WorkbenchError, OSError) as error:
        return error.sentence() if isinstance(error, WorkbenchError) else str(error)
    return spectrum_image(stored, display.palette(decibel_of(int(stored.max()))))
