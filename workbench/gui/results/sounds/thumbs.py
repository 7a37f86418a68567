"""Small spectrograms for the list, made in the background, newest wish first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from workbench.core.errors import WorkbenchError
from workbench.gui.audio.look import Look

COLUMNS = 160
"""Columns of a picture, whatever it is shown at."""
KEPT = 600
"""Pictures in memory: 160 KiB each."""
WAITING = 120
IDLE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """What to draw: seconds of a file."""

    path: Path
    start: float
    end: float


class SpectrogramThumbs(QObject):
    """Gives pictures at once where they are known, and says when others are.

    Signals
    -------
    ready
        A picture that was asked for can be had now, or is known to be impossible.
    """

    ready = Signal()
    _made = Signal(int, object, object)

    def __init__(self, look: Look, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.look = look
        self._pictures: OrderedDict[Stretch, QImage | str] = OrderedDict()
        self._waiting: OrderedDict[Stretch, None] = OrderedDict()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._generation = 0
        self._made.connect(self._take)

    def get(self, what: Stretch) -> QImage | str | None:
        """The picture, a sentence where there can be none, or None and, later, :attr:`ready`."""
        found = self._pictures.get(what)
        if found is not None:
            self._pictures.move_to_end(what)
            return found
        with self._changed:
            self._waiting[what] = None
            self._waiting.move_to_end(what)
            while len(self._waiting) > WAITING:
                self._waiting.popitem(last=False)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, args=(self._generation,),
                                                name="spectrograms", daemon=True)
                self._thread.start()
            self._changed.notify()
        return None

    def keep_only(self, wanted: Iterable[Stretch]) -> None:
        """Forget wishes for all others (rows that were scrolled away)."""
        keep = set(wanted)
        with self._changed:
            for item in [item for item in self._waiting if item not in keep]:
                del self._waiting[item]

    def forget(self) -> None:
        """Another project: files of the same name may be others."""
        with self._changed:
            self._waiting.clear()
        self._pictures.clear()

    def stop(self) -> None:
        """End the thread; :meth:`get` starts it again."""
        with self._changed:
            self._generation += 1
            self._waiting.clear()
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
                what, _ = self._waiting.popitem(last=True)
            made = draw(what, self.look)
            with self._changed:
                if generation != self._generation:
                    return
                # emitted under the lock: stop() has returned only when no more will come
                self._made.emit(generation, what, made)

    def _take(self, generation: int, what: Stretch, made: QImage | str) -> None:
        if generation != self._generation:
            return
        self._pictures[what] = made
        while len(self._pictures) > KEPT:
            self._pictures.popitem(last=False)
        self.ready.emit()


def draw(what: Stretch, look: Look) -> QImage | str:
    """A spectrogram of a stretch, or why there is none."""
    from workbench.audio.clip import ClipReader
    from workbench.audio.spectrogram import tile
    from workbench.gui.audio.picture import spectrum_image
    from workbench.gui.audio.tiles import decibel_of, to_stored

    try:
        with ClipReader(what.path) as reader:
            rate = reader.info.sample_rate
            first, last = what.start * rate, min(what.end * rate, float(reader.info.frames))
            step = max(last - first, 1.0) / COLUMNS
            stored = to_stored(tile(reader, first, step, COLUMNS, look.settings(rate)))
    except (WorkbenchError, OSError) as error:
        return error.sentence() if isinstance(error, WorkbenchError) else str(error)
    return spectrum_image(stored, look.palette(decibel_of(int(stored.max()))))
