"""Small pictures of waveforms for the list, made in the background, newest wish first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from workbench.core.errors import WorkbenchError
from workbench.gui.background.newest_first import NewestFirst

BARS = 13
"""Bars in a picture."""
KEPT = 20_000
PENDING = 200
SHORT_SECONDS = 20.0
"""Clips up to this length are read whole; longer ones are looked into."""

Bars = tuple[float, ...]
"""Height of each bar, 0..1 of the clip's loudest."""
_Wish = tuple[str, Path]


class WaveThumbs(QObject):
    """Gives bars at once where they are known, and says when others are.

    Signals
    -------
    ready
        (key) :meth:`get` now has an answer.
    """

    ready = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bars: OrderedDict[str, Bars] = OrderedDict()
        self._line: NewestFirst[_Wish] = NewestFirst(
            lambda wish: make_bars(wish[1]), name="waveforms", waiting=PENDING, parent=self)
        self._line.made.connect(self._take)

    def get(self, key: str, path: Path) -> Bars | None:
        """Bars of a clip, () where it cannot be read, or None and, later, :attr:`ready`."""
        found = self._bars.get(key)
        if found is None:
            self._line.ask((key, path))
        return found

    def keep_only(self, keys: Iterable[str]) -> None:
        """Forget wishes for all others (rows that were scrolled away)."""
        wanted = set(keys)
        self._line.keep_only(lambda wish: wish[0] in wanted)

    def forget(self, key: str) -> None:
        """The file changed: make its picture again when it is next asked for."""
        self._bars.pop(key, None)

    def stop(self) -> None:
        """End the thread; wishes are dropped."""
        self._line.stop()

    def _take(self, wish: _Wish, bars: Bars) -> None:
        self._bars[wish[0]] = bars
        while len(self._bars) > KEPT:
            self._bars.popitem(last=False)
        self.ready.emit(wish[0])


def make_bars(path: Path, count: int = BARS) -> Bars:
    """Loudness of ``count`` parts of a clip, the loudest 1; () where it cannot be read."""
    import numpy as np

    from workbench.media.sounds.clip import ClipReader, to_mono
    from workbench.media.sounds.pyramid import overview

    try:
        with ClipReader(path) as reader:
            if reader.info.duration <= SHORT_SECONDS:
                mono = np.abs(to_mono(reader.read(0, reader.info.frames)))
                edges = np.linspace(0, len(mono), count + 1).astype(int)[:-1]
                peaks = np.maximum.reduceat(mono, np.minimum(edges, len(mono) - 1))
            else:
                rough = overview(path, count * 4)
                peaks = np.abs(rough).max(axis=1).reshape(count, 4).max(axis=1)
    except (WorkbenchError, OSError):
        return ()
    loudest = float(peaks.max())
    return tuple(float(value) / loudest if loudest > 0 else 0.0 for value in peaks)
