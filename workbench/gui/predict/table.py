"""The answers that came, as they are at the sliders' values, in a table that sorts and filters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from workbench.core.background import BackgroundThread, Worker
from workbench.core.paths import folded
from workbench.core.text import share_text, tr
from workbench.core.video import time_text
from workbench.extension.predictions import PredictionDisplay
from workbench.extension.saving import Limits
from workbench.gui.background.gui_thread import GuiThreadCaller
from workbench.media.recording_place import place_in
from workbench.media.recording_time import is_recorders

_Index = QModelIndex | QPersistentModelIndex
SORT_MS = 250
"""While answers come in, they are put in order at most this often."""
FILE, FOUND, NUMBER, SCORE = range(4)
_TITLES = ("File", "Found", "Number", "Score")
ALL, FINDS, NOTHING, UNREAD, DIFFERS = "all", "finds", "nothing", "unread", "differs"
NO_SHARES: Mapping[str, float] = MappingProxyType({})


class Sums(NamedTuple):
    """What one file comes to at the sliders' values; ``shares`` of models that say such."""

    counts: Mapping[str, int]
    number: int
    best: float
    shares: Mapping[str, float] = NO_SHARES

    @property
    def amounts(self) -> Mapping[str, float]:
        """Of each class how much there is: what it covers, or how many."""
        return self.shares or self.counts

    @property
    def amount(self) -> float:
        """Of all classes together."""
        return sum(self.shares.values()) if self.shares else self.number


class Prediction:
    """One file, or one frame of a video (from 0; -1 for a file): what was kept of its answer, or
    why there is none."""

    __slots__ = ("differs", "file", "frame", "name", "packed", "problem", "sums", "time")

    def __init__(self, file: str, name: str, packed: Any, problem: str, sums: Sums, *,
                 frame: int = -1, time: float = 0.0) -> None:
        self.file, self.name, self.packed, self.problem, self.sums = \
            file, name, packed, problem, sums
        self.frame, self.time = frame, time
        self.differs = False  # whether models that are compared found something else

    @property
    def by_recorder(self) -> bool:
        """Whether a recorder named the file."""
        return is_recorders(Path(self.file).name)

    @property
    def place(self) -> str:
        """ "a.png", "20240521_063000 · moor" of what a recorder named, "0:07.24  film.mp4": what is
        cut off in a narrow list is the name."""
        name = Path(self.file).name
        if self.by_recorder and self.frame < 0:  # the same names come from every station
            station = place_in(self.name.split("/")[:-1])
            return f"{Path(name).stem} · {station}" if station else Path(name).stem
        return name if self.frame < 0 else f"{time_text(self.time)}  {name}"

    @property
    def kind(self) -> str:
        return UNREAD if self.problem else FINDS if self.sums.number else NOTHING

    def words_as(self, whole: bool) -> str:
        """:attr:`words`, or of a model for whole files that there is no class."""
        return tr("none") if whole and self.kind == NOTHING else self.words

    @property
    def words(self) -> str:
        """ "2 dog, 1 cat", "cat, dog" for one of each, "cell 63 %, membrane 22 %", or why there is
        nothing."""
        if self.problem:  # the name of the file stands beside it
            return self.problem.removeprefix(f"{Path(self.file).name}: ")
        counts = self.sums.counts
        if self.sums.shares:
            return shares_text(self.sums.shares)
        if counts and self.sums.number == len(counts):
            return ", ".join(counts)
        return ", ".join(f"{number} {name}" for name, number in sorted(
            counts.items(), key=lambda pair: -pair[1])) or tr("nothing")


_NOTHING: Sums = Sums({}, 0, 0.0)


def shares_text(shares: Mapping[str, float]) -> str:
    """ "cell 63 %, membrane 22 %", the largest first."""
    return ", ".join(f"{name} {share_text(share)}" for name, share in sorted(
        shares.items(), key=lambda pair: -pair[1]))


class PredictionTable(QAbstractTableModel):
    """All answers; rows are those that the filter shows, in the chosen order."""

    counted = Signal()
    """Other numbers are to be shown: answers came, or the sliders moved."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.display: PredictionDisplay | None = None
        self.limits: dict[str, float] = {}
        self.all: list[Prediction] = []
        self.films: dict[str, list[Prediction]] = {}
        """The frames of each video, in their order."""
        self.ended: set[str] = set()
        """Videos that were looked at to their end."""
        self._counts: Counter[str] = Counter()
        self._shares: dict[str, float] = {}
        self._kinds: Counter[str] = Counter()
        self._shown: list[Prediction] = []
        self._chip, self._words = ALL, ""
        self._column, self._descending = -1, False
        self._worker = Worker(name="predict-sums", post=GuiThreadCaller(self))
        self._order_soon = QTimer(self, singleShot=True, interval=SORT_MS)
        self._order_soon.timeout.connect(self.arrange)

    # --- contents -------------------------------------------------------------------------------

    def clear(self, display: PredictionDisplay | None = None) -> None:
        """Begin anew, with answers of another task where ``look`` is given."""
        self._worker.cancel(0.0)
        self.display = display or self.display
        self.ended.clear()
        self.forget(lambda _item: True)

    def forget(self, unwanted: Callable[[Prediction], bool]) -> None:
        """Take some out."""
        self.all = [item for item in self.all if not unwanted(item)]
        self.films = {}
        self._into_films(self.all)
        self._count_anew()
        self.arrange()
        self.counted.emit()

    def add(self, items: Iterable[Mapping[str, Any]], problems: Iterable[Mapping[str, Any]],
            names: Mapping[str, str]) -> None:
        """Take in answers, and files without one."""
        display = self.display
        assert display is not None
        fresh = []
        for item in items:
            packed = display.pack(item)
            fresh.append(Prediction(item["file"], names.get(item["file"], ""), packed, "",
                                sums(display, packed, self.limits), frame=item.get("frame", -1),
                                time=item.get("time", 0.0)))
        fresh += [Prediction(str(item["file"]), names.get(str(item["file"]), ""), None,
                             str(item["reason"]), _NOTHING) for item in problems]
        self.all += fresh
        self._into_films(fresh)
        self._count(fresh)
        if self._column < 0:
            fitting = [item for item in fresh if self._fits(item)]
            if fitting:
                first = len(self._shown)
                self.beginInsertRows(QModelIndex(), first, first + len(fitting) - 1)
                self._shown += fitting
                self.endInsertRows()
        elif not self._order_soon.isActive():
            self._order_soon.start()
        self.counted.emit()

    def _into_films(self, items: Iterable[Prediction]) -> None:
        for item in items:
            if item.frame >= 0:
                self.films.setdefault(item.file, []).append(item)

    def _count_anew(self) -> None:
        self._counts.clear()
        self._shares.clear()
        self._kinds.clear()
        self._count(self.all)

    def _count(self, items: Sequence[Prediction]) -> None:
        for item in items:
            self._kinds[item.kind] += 1
            self._kinds[DIFFERS] += item.differs
            self._counts.update(item.sums.counts)
            for name, share in item.sums.shares.items():
                self._shares[name] = self._shares.get(name, 0.0) + share
        self._kinds[ALL] += len(items)

    def counts(self) -> Counter[str]:
        """How many things of each class there are in all files; not to be changed."""
        return self._counts

    def means(self) -> dict[str, float]:
        """Which share of all files that could be read each class covers on average, the largest
        first; of models that say such."""
        files = self._kinds[FINDS] + self._kinds[NOTHING]
        return {name: self._shares[name] / files
                for name in sorted(self._shares, key=lambda name: -self._shares[name])}

    def kinds(self) -> Counter[str]:
        """How many files each chip shows; not to be changed."""
        return self._kinds

    def items(self) -> list[Prediction]:
        """Those that are shown, in the order of the rows."""
        return list(self._shown)

    def answer(self, row: int) -> Prediction | None:
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def row(self, item: Prediction | None) -> int:
        """Where it is shown, -1 where it is not."""
        return next((at for at, other in enumerate(self._shown) if other is item), -1)

    def as_shown(self, item: Prediction) -> Mapping[str, Any] | None:
        """The answer at the sliders' values; None for a file without one."""
        if self.display is None or item.packed is None:
            return None
        return shown(self.display, item, self.limits)

    # --- sliders, filter, order -----------------------------------------------------------------

    def set_limits(self, limits: Limits) -> None:
        """Count everything anew, on a thread; the newest values win."""
        self.limits = dict(limits)
        display, rows, now = self.display, list(self.all), dict(limits)
        if display is None or not rows:
            return

        def work(thread: BackgroundThread) -> list[Sums]:
            made = []
            for item in rows:
                thread.check()
                made.append(_NOTHING if item.packed is None else sums(display, item.packed, now))
            return made

        self._worker.start(work, lambda made: self._recounted(rows, made))

    def _recounted(self, rows: Sequence[Prediction], made: Sequence[Sums]) -> None:
        for item, found in zip(rows, made, strict=True):
            item.sums = found
        self._count_anew()
        self.arrange()
        self.counted.emit()

    def mark_differing(self, items: Iterable[Prediction]) -> None:
        """Where models that are compared found something else."""
        for item in self.all:
            item.differs = False
        self._kinds[DIFFERS] = 0
        for item in items:
            item.differs = True
            self._kinds[DIFFERS] += 1
        if self._chip == DIFFERS:
            self.arrange()

    def set_filter(self, chip: str, words: str) -> None:
        self._chip, self._words = chip, folded(words)
        self.arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._column, self._descending = column, order == Qt.SortOrder.DescendingOrder
        self.arrange()

    def settle(self) -> None:
        """All came: put what waits for its place there now."""
        if self._order_soon.isActive():
            self.arrange()

    def arrange(self) -> None:
        """Apply filter and order."""
        self._order_soon.stop()
        self.beginResetModel()
        self._shown = [item for item in self.all if self._fits(item)]
        if self._column >= 0:
            self._shown.sort(key=lambda item: _key(item, self._column), reverse=self._descending)
        self.endResetModel()

    def _fits(self, item: Prediction) -> bool:
        if self._chip not in (ALL, item.kind) and not (self._chip == DIFFERS and item.differs):
            return False
        if not self._words:
            return True
        text = folded(f"{item.file} {item.words}")
        return all(word in text for word in self._words.split())

    def close(self) -> None:
        """End the thread."""
        self._worker.cancel()

    # --- the view asks --------------------------------------------------------------------------

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._shown)

    def columnCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(_TITLES)

    def headerData(self, section: int, orientation: Qt.Orientation,
                   role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            display = self.display
            if section == FOUND and display is not None and display.whole:
                return tr("Class")
            covered = section == NUMBER and display is not None and display.shares is not None
            return tr("Covered") if covered else tr(_TITLES[section])
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        item, column = self.answer(index.row()), index.column()
        if item is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            if column == FILE:
                return item.place
            if column == FOUND:
                return item.words_as(self.display is not None and self.display.whole)
            if item.problem:
                return ""
            if column == NUMBER:
                covered = self.display is not None and self.display.shares is not None
                return share_text(item.sums.amount) if covered else f"{item.sums.number:,}"
            return f"{item.sums.best:.2f}" if item.sums.best else ""
        if role == Qt.ItemDataRole.ToolTipRole:
            return item.problem or (item.words if column == FOUND else item.file)
        if role == Qt.ItemDataRole.AccessibleTextRole and column == FILE:
            return f"{item.place}, {item.words}"  # of the gallery, which shows no other column
        if role == Qt.ItemDataRole.TextAlignmentRole and column in (NUMBER, SCORE):
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None


def sums(display: PredictionDisplay, packed: Any, limits: Limits) -> Sums:
    """What an answer comes to."""
    counts, best = display.count(packed, limits)
    shares = NO_SHARES if display.shares is None else display.shares(packed, limits)
    return Sums(counts, sum(counts.values()), best, shares)


def shown(display: PredictionDisplay, item: Prediction, limits: Limits) -> Mapping[str, Any]:
    """An answer at the sliders' values, with its frame where it is about one."""
    found = display.shown(item.packed, limits)
    return found if item.frame < 0 else {**found, "frame": item.frame, "time": item.time}


def _key(item: Prediction, column: int) -> Any:
    if column == FILE:
        return item.file.casefold(), item.frame
    if column == FOUND:
        words = item.words.casefold()
        try:  # numbers in their order, before all words
            return False, float(words), ""
        except ValueError:
            return True, 0.0, words
    return item.sums.amount if column == NUMBER else item.sums.best
