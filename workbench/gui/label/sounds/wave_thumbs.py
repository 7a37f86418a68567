"""Small pictures of waveforms for the list, made in the background, the newest request first."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from workbench.core.errors import WorkbenchError
from workbench.gui.background.cache import BackgroundCache

BARS = 13
"""Bars in a picture."""
KEPT = 20_000
PENDING = 200
SHORT_SECONDS = 20.0
"""Clips up to this length are read whole; longer ones are looked into."""

Bars = tuple[float, ...]
"""Height of each bar, 0..1 of the clip's loudest."""
_Request = tuple[str, Path]


class WaveThumbs(QObject):
    """Gives bars at once where they are known, and says when others are."""

    ready = Signal(str)
    """(key) :meth:`get` now has an answer."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cache: BackgroundCache[_Request, Bars] = BackgroundCache(
            self, lambda request: make_bars(request[1]),
            lambda request: self.ready.emit(request[0]), name="waveforms", most=KEPT,
            waiting=PENDING)

    def get(self, key: str, path: Path) -> Bars | None:
        """Bars of a clip, () where it cannot be read, or None and, later, :attr:`ready`."""
        return self._cache.get((key, path))

    def keep_only(self, keys: Iterable[str]) -> None:
        """Forget requests for all others (rows that were scrolled away)."""
        wanted = set(keys)
        self._cache.keep_only(lambda request: request[0] in wanted)

    def forget(self, key: str) -> None:
        """The file changed: make its picture again when it is next asked for."""
        self._cache.forget(lambda request: request[0] == key)

    def stop(self) -> None:
        """End the thread; requests are dropped."""
        self._cache.stop()


def make_bars(path: Path) -> Bars:
    """Loudness of :data:`BARS` parts of a clip, the loudest 1; () where it cannot be read."""
    import numpy as np

    from workbench.media.sounds.clip import ClipReader, to_mono
    from workbench.media.sounds.pyramid import overview

    try:
        with ClipReader(path) as reader:
            if reader.info.duration <= SHORT_SECONDS:
                mono = np.abs(to_mono(reader.read(0, reader.info.frames)))
                edges = np.linspace(0, len(mono), BARS + 1).astype(int)[:-1]
                peaks = np.maximum.reduceat(mono, np.minimum(edges, len(mono) - 1))
            else:
                rough = overview(path, BARS * 4)
                peaks = np.abs(rough).max(axis=1).reshape(BARS, 4).max(axis=1)
    except (WorkbenchError, OSError):
        return ()
    loudest = float(peaks.max())
    return tuple(float(value) / loudest if loudest > 0 else 0.0 for value in peaks)
