"""Small pictures of waveforms for the list, made in the background, newest wish first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from workbench.core.errors import WorkbenchError

BARS = 13
"""Bars in a picture."""
KEPT = 20_000
PENDING = 200
IDLE_SECONDS = 5.0
SHORT_SECONDS = 20.0
"""Clips up to this length are read whole; longer ones are looked into."""

Bars = tuple[float, ...]
"""Height of each bar, 0..1 of the clip's loudest."""


class WaveThumbs(QObject):
    """Gives bars at once where they are known, and says when others are.

    Signals
    -------
    ready
        (key) :meth:`get` now has an answer.
    """

    ready = Signal(str)
    _made = Signal(int, str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bars: OrderedDict[str, Bars] = OrderedDict()
        self._waiting: OrderedDict[str, Path] = OrderedDict()
        self._asked: set[str] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._generation = 0
        self._made.connect(self._take)

    def get(self, key: str, path: Path) -> Bars | None:
        """Bars of a clip, () where it cannot be read, or None and, later, :attr:`ready`."""
        found = self._bars.get(key)
        if found is not None:
            return found
        with self._changed:
            if key in self._asked:
                return None
            self._asked.add(key)
            self._waiting[key] = path
            while len(self._waiting) > PENDING:
                self._asked.discard(self._waiting.popitem(last=False)[0])
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, args=(self._generation,),
                                                name="waveforms", daemon=True)
                self._thread.start()
            self._changed.notify()
        return None

    def keep_only(self, keys: Iterable[str]) -> None:
        """Forget wishes for all others (rows that were scrolled away)."""
        wanted = set(keys)
        with self._changed:
            for key in [item for item in self._waiting if item not in wanted]:
                del self._waiting[key]
                self._asked.discard(key)

    def forget(self, key: str) -> None:
        """The file changed: make its picture again when it is next asked for."""
        self._bars.pop(key, None)

    def stop(self) -> None:
        """End the thread; wishes are dropped."""
        with self._changed:
            self._generation += 1
            self._waiting.clear()
            self._asked.clear()
            thread, self._thread = self._thread, None
            self._changed.notify_all()
        if thread is not None:
            thread.join(5.0)

    def _work(self, generation: int) -> None:
        while True:
            with self._changed:
                found = self._changed.wait_for(
                    lambda: self._waiting or generation != self._generation, IDLE_SECONDS)
                if generation != self._generation:
                    return
                if not found:
                    self._thread = None
                    return
                key, path = self._waiting.popitem(last=True)
            bars = make_bars(path)
            with self._changed:
                if generation != self._generation:
                    return
                self._made.emit(generation, key, bars)

    def _take(self, generation: int, key: str, bars: Bars) -> None:
        if generation != self._generation:
            return
        with self._changed:
            self._asked.discard(key)
        self._bars[key] = bars
        while len(self._bars) > KEPT:
            self._bars.popitem(last=False)
        self.ready.emit(key)


def make_bars(path: Path, count: int = BARS) -> Bars:
    """Loudness of ``count`` parts of a clip, the loudest 1; () where it cannot be read."""
    import numpy as np

    from workbench.audio.clip import ClipReader, to_mono
    from workbench.audio.pyramid import overview

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
