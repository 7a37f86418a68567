"""The regions that were found in all files, in the order in which a person looks at them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from statistics import median
from typing import Any, NamedTuple
from zlib import crc32

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from workbench.core.background import BackgroundThread, Worker
from workbench.core.text import tr
from workbench.extension.predictions import PredictionDisplay, RegionInSound
from workbench.extension.saving import Limits
from workbench.gui.background.gui_thread import GuiThreadCaller
from workbench.gui.label.sounds.time_view import clock_words
from workbench.gui.predict.regions.checking import checked_region
from workbench.gui.predict.table import Prediction, PredictionTable
from workbench.project.checked_regions import CheckedRegion

Index = QModelIndex | QPersistentModelIndex
_LEAST_MS, _MOST_MS = 250, 10_000
"""Of the time between two lists while answers come in: the longer, the longer one takes."""
_AT_A_TIME = 64
"""Files between two looks whether the list is still wanted."""


class ListedRegion(NamedTuple):
    """A region and the answer that it is in."""

    item: Prediction
    region: RegionInSound

    @property
    def where(self) -> str:
        """ "20240521_063000 · moor  12:03.5"."""
        return f"{self.item.place}  {self.when}" if self.when else self.item.place

    @property
    def when(self) -> str:
        """ "12:03.5"; "" of a sound as a whole."""
        return "" if self.region.whole else clock_words(self.region.start, 0.1)


def _by_score(entry: ListedRegion) -> Any:
    return -entry.region.score


ORDERS: dict[str, tuple[str, Callable[[ListedRegion], Any] | None]] = {
    "best": ("highest score first", _by_score),
    "least": ("lowest score first", lambda entry: entry.region.score),
    "time": ("by file and time", None),
    "random": ("in random order", lambda entry: crc32(
        f"{entry.item.file}|{entry.region.start}|{entry.region.label}".encode(
            "utf-8", "surrogateescape"))),
    "longest": ("longest first", lambda entry: entry.region.start - entry.region.end),
}
"""From an id to words and what is sorted by; None for the order of the table of files."""


class _Listed(NamedTuple):
    entries: list[ListedRegion]
    keys: Collection[CheckedRegion]
    seconds: float
    took: float


class RegionList(QAbstractListModel):
    """The regions of the files that the table shows, of one class or of all; made on a thread."""

    listed = Signal()
    """Others are shown, or in another order."""

    def __init__(self, answers: PredictionTable, parent: QObject) -> None:
        super().__init__(parent)
        self.entries: Sequence[ListedRegion] = ()
        self.keys: Collection[CheckedRegion] = frozenset()
        """As what they are known when they are checked."""
        self.seconds = 1.0
        """Seconds that suit most of them, to show all at one scale."""
        self.label, self.order = "", "best"
        self._answers = answers
        self.wanted = False
        """Whether it is in use, so that one goes on in its order."""
        self._worker = Worker(name="predict-regions", post=GuiThreadCaller(self))
        self._soon = QTimer(self, singleShot=True, interval=_LEAST_MS)
        self._soon.timeout.connect(self._make)
        answers.counted.connect(self.renew)
        answers.modelReset.connect(self.renew)

    def want(self, wanted: bool) -> None:
        """Whether it is in use; if not, nothing is done for it."""
        if wanted != self.wanted:
            self.wanted = wanted
            self.renew(now=wanted)

    def show(self, label: str, order: str) -> None:
        """Show those of class ``label``, "" for all, in an order."""
        if (label, order) != (self.label, self.order):
            self.label, self.order = label, order
            self.renew(now=True)

    def renew(self, *, now: bool = False) -> None:
        """Answers came, or others are shown."""
        if now:
            self._soon.stop()
            self._make()
        elif not self._soon.isActive():
            self._soon.start()

    def _make(self) -> None:
        display = self._answers.display
        if not self.wanted or display is None or display.regions is None:
            self._show(_Listed([], frozenset(), 1.0, 0.0))
            return
        limits, items = dict(self._answers.limits), self._answers.items()
        label, order = self.label, self.order
        self._worker.start(
            lambda thread: _listed(display, items, limits, label, order, thread), self._show)

    def _show(self, made: _Listed) -> None:
        self._soon.setInterval(round(min(max(_LEAST_MS, 8e3 * made.took), _MOST_MS)))
        if made.entries == self.entries:
            return
        self.beginResetModel()
        self.entries, self.keys, self.seconds = made.entries, made.keys, made.seconds
        self.endResetModel()
        self.listed.emit()

    def row(self, entry: ListedRegion | None) -> int:
        """Where a region is listed; -1 where it is not."""
        if entry is None:
            return -1
        return next((at for at, other in enumerate(self.entries)
                     if other.region == entry.region and other.item.file == entry.item.file), -1)

    def close(self) -> None:
        """End the thread."""
        self._soon.stop()
        self._worker.cancel()

    # --- the view asks --------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  as Qt declares it
        return 0 if parent.isValid() else len(self.entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        if not 0 <= index.row() < len(self.entries):
            return None
        entry = self.entries[index.row()]
        words = f"{entry.region.label} {entry.region.score:.2f}, {entry.where}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{words}\n{extent_words(entry.region)}\n{entry.item.file}"
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return words
        return None


def extent_words(region: RegionInSound) -> str:
    """ "12:03.5 – 12:04.1, 2,000–8,000 Hz"."""
    words = f"{clock_words(region.start, 0.01)} – {clock_words(region.end, 0.01)}"
    band = band_words(region)
    return f"{words}, {band}" if band else words


def band_words(region: RegionInSound) -> str:
    """ "2,000–8,000 Hz"; "" where it is not known."""
    return "" if region.high is None else tr("{low:,.0f}–{high:,.0f} Hz", low=region.low or 0.0,
                                             high=region.high)


def _listed(display: PredictionDisplay, items: Iterable[Prediction], limits: Limits, label: str,
            order: str, thread: BackgroundThread) -> _Listed:
    began = time.monotonic()
    regions = display.regions
    assert regions is not None
    entries: list[ListedRegion] = []
    for number, item in enumerate(items):
        if number % _AT_A_TIME == 0:
            thread.check()
        if item.packed is not None:
            entries += [ListedRegion(item, region)
                        for region in regions(display.shown(item.packed, limits))
                        if not label or region.label == label]
    thread.check()
    key = ORDERS[order][1]
    if key is not None:
        entries.sort(key=key)
    keys = frozenset(checked_region(item.file, region) for item, region in entries)
    thread.check()
    return _Listed(entries, keys, _common_span([entry.region for entry in entries]),
                   time.monotonic() - began)


def _common_span(regions: Sequence[RegionInSound]) -> float:
    """Twice the usual length, as a power of two: so it seldom changes while answers come in."""
    lengths = [region.end - region.start for region in regions if region.end > region.start]
    return 2.0 ** math.ceil(math.log2(2 * median(lengths))) if lengths else 1.0
