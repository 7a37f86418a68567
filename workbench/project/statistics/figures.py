"""Figures about labels: how many fall into each bar or cell, and which samples these are of."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import FloatArray
from workbench.core.text import count, several, share_text, tr
from workbench.core.video import time_text
from workbench.media.recording_place import Stations
from workbench.media.recording_time import says_clock
from workbench.project.datasets.splits import PARTS
from workbench.project.statistics.table import NO_PART, Ints, ObjectTable

MOST_CLASSES = 15
"""Rows and columns of figures with a cell for each pair of classes, the most frequent."""
SIZES = (0, 8, 16, 32, 64, 128, 256, 512, 1024)
"""Square root of an object's area in pixels: where bars begin."""
ASPECTS = (0.0, 0.25, 0.5, 0.8, 1.25, 2.0, 4.0)
"""Width by height: where bars begin; the middle one is about square."""
DURATIONS = (0, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)
FREQUENCIES = (0, 125, 250, 500, 1000, 2000, 4000, 8000, 16000)
COUNTS = (0, 1, 2, 3, 4, 5, 6, 11, 21, 51, 101)
MOST_CREDIT_DAYS = 14
MOST_DAYS, MOST_MONTHS = 31, 36
"""Bars by day, and by month, at most."""
NOUNS = {"images": ("image", "object"), "sounds": ("sound", "region"), "videos": ("video", "track")}
"""By medium, what a sample and an object of it are called."""
NUMBER_BARS = 20
"""Bars of numbers at most, about."""
_LEAST_SPAN = 1e-300
GRID = 12
"""Cells of the map of positions in each direction."""


@dataclass(frozen=True, slots=True)
class Figure:
    """Bars, or with ``rows`` a grid of cells.

    Attributes
    ----------
    columns, rows
        Names of the bars, or of the cells' columns and rows; those of a map are empty texts.
    """

    id: str
    title: str
    noun: str
    """A stable name, what it shows, and what is counted ("object")."""
    columns: tuple[str, ...]
    sample: Ints
    bin: Ints
    """Of each thing that is counted: the number of its sample, and of its bar or of its cell (row
    by row)."""
    rows: tuple[str, ...] = ()
    shares: FloatArray | None = None
    """What each of these adds to the share that its bar stands for; None where they are counted."""

    def counts(self) -> NDArray[np.int64] | NDArray[np.float64]:
        """How many are in each, or which share (0..1) each stands for; (bars,) or (rows,
        columns)."""
        cells = len(self.columns) * max(1, len(self.rows))
        found = np.bincount(self.bin, self.shares, minlength=cells)
        return found.reshape(len(self.rows), -1) if self.rows else found

    def texts(self) -> list[str]:
        """What is said of each bar: "1,204", "63 %"."""
        counts = self.counts().tolist()
        return [share_text(number) if self.shares is not None else f"{number:,}"
                for number in counts]

    def words(self, bin: int) -> str:
        """How many there are in a bar or cell, or which share it stands for, in words."""
        number = self.counts().ravel()[bin]
        return count(int(number), self.noun) if self.shares is None else share_text(float(number))

    def members(self, bin: int) -> Ints:
        """Numbers of the samples behind a bar or cell, rising."""
        return np.unique(self.sample[self.bin == bin])

    def name(self, bin: int) -> str:
        """What a bar or cell stands for ("cat", "cat, dog")."""
        if not self.rows:
            return self.columns[bin]
        row, column = divmod(bin, len(self.columns))
        names = dict.fromkeys(name for name in (self.rows[row], self.columns[column]) if name)
        return ", ".join(names)

    def to_json(self) -> dict[str, Any]:
        """Plain data for ``workbench stats --json``."""
        made: dict[str, Any] = {"title": self.title, "counted": self.noun}
        if self.shares is not None:
            return {**made, "shares": {name: round(share, 6) for name, share in zip(
                self.columns, self.counts().tolist(), strict=True)}}
        if self.rows:
            return {**made, "rows": list(self.rows), "columns": list(self.columns),
                    "counts": self.counts().tolist()}
        return {**made, "counts": dict(zip(self.columns, self.counts().tolist(), strict=True))}


def samples_text(table: ObjectTable) -> str:
    """ "4 images, 12 labels", "2 videos (1,200 frames, 0:48.00), 3 tracks"."""
    one, noun = NOUNS[table.medium]
    samples = count(len(table.keys), one)
    if table.medium == "videos":
        seconds, frames = table.sizes.sum(axis=0, dtype=float)
        return tr("{samples} ({frames}, {time}), {tracks}", samples=samples,
                  frames=count(int(frames), "frame"), time=time_text(float(seconds)),
                  tracks=count(len(table.sample), noun))
    numbers = int(np.isfinite(table.numbers).sum())
    return tr("{samples}, {labels}", samples=samples,
              labels=count(numbers or len(table.sample), "number" if numbers else "label"))


def figures_of(table: ObjectTable, part: int | None = None,
               label: str | None = None) -> list[Figure]:
    """All figures that there is something for.

    Parameters
    ----------
    part
        Only samples of this part of the split: a place in ``PARTS``, or ``NO_PART``.
    label
        Only objects of this class.
    """
    chosen = np.ones(len(table.sample), bool)
    if part is not None:
        chosen &= table.part[table.sample] == part
    if label is not None:
        number = table.classes.index(label) if label in table.classes else -1
        chosen &= table.label == number
    rows = np.flatnonzero(chosen)
    samples = np.arange(len(table.keys), dtype=np.int32)
    if part is not None:
        samples = samples[table.part == part]
    view = _View(table, rows, samples)
    made: list[Figure | None] = [view.numbers(), view.classes(), *view.covered(),
                                 view.per_sample()]
    made += view.shapes() if table.medium == "images" else view.durations()
    made += [view.together(), view.splits(), view.hours(), view.stations(), view.taken(),
             view.days(), view.people(), view.days_of_people()]
    return [figure for figure in made if figure is not None and len(figure.bin)]


class _View:
    """The objects and samples that were chosen."""

    def __init__(self, table: ObjectTable, rows: NDArray[np.intp], samples: Ints) -> None:
        self._table, self._samples = table, samples
        self._sample, self._label = table.sample[rows], table.label[rows]
        self._bounds, self._covered = table.bounds[rows], table.covered[rows]
        self._one, self._noun = NOUNS[table.medium]
        if len(rows) and bool(np.isnan(self._bounds).all()):
            self._noun = "label"
        counts = np.bincount(self._label, minlength=len(table.classes))
        self._order = np.argsort(-counts, kind="stable")[:int(np.count_nonzero(counts))]

    def classes(self) -> Figure:
        place = np.zeros(len(self._table.classes), np.int32)
        place[self._order] = np.arange(len(self._order))
        return Figure("classes", tr("Classes"), self._noun, self._names(self._order),
                      self._sample, place[self._label])

    def covered(self) -> list[Figure]:
        """What is labelled as areas: each class by its pixels and by its images, and the images by
        the share of one class, the largest first."""
        if not self._covered.any():
            return []
        pixels = self._covered * self._table.sizes[self._sample].prod(axis=1, dtype=float)
        sums = np.bincount(self._label, pixels, minlength=len(self._table.classes))
        order = np.argsort(-sums, kind="stable")[:int(np.count_nonzero(sums))]
        place = np.full(len(self._table.classes), -1, np.int32)
        place[order] = np.arange(len(order))
        some = place[self._label] >= 0
        names, bins = self._names(order), place[self._label]
        each, at = np.unique(np.stack([self._sample[some], bins[some]], 1), axis=0).T
        labelled = max(1, int(self._table.labelled[self._samples].sum()))
        return [
            Figure("pixels", tr("Share of the labelled pixels"), tr("pixel"), names,
                   self._sample[some], bins[some], shares=(pixels / sums.sum())[some]),
            Figure("images", tr("Share of the labelled images"), self._one, names, each, at,
                   shares=np.full(len(each), 1 / labelled)),
            self._by_share(order[0])]

    def _by_share(self, label: int) -> Figure:
        own = self._label == label
        sums = np.bincount(self._sample[own], self._covered[own],
                           minlength=len(self._table.keys))
        samples = self._samples[sums[self._samples] > 0]
        samples = samples[np.argsort(-sums[samples], kind="stable")]
        return Figure("by-share", tr("Images by their share of {name}",
                                     name=self._names([label])[0]), self._one,
                      tuple(self._table.keys[at].rpartition("/")[2] for at in samples.tolist()),
                      samples, np.arange(len(samples), dtype=np.int32),
                      shares=np.minimum(sums[samples], 1.0))

    def numbers(self) -> Figure:
        """Samples by the number that is their label."""
        numbers = self._table.numbers[self._samples]
        some = np.isfinite(numbers)
        names, bins = even_bars(numbers[some])
        return Figure("numbers", tr("Numbers"), self._one, names, self._samples[some], bins)

    def per_sample(self) -> Figure | None:
        if np.isfinite(self._table.numbers).any():
            return None  # labels are numbers
        counts = np.bincount(self._sample, minlength=len(self._table.keys))[self._samples]
        known = self._table.labelled[self._samples]
        names = (tr("not labelled"), *_ranges(COUNTS, whole=True))
        bins = np.where(known, _bins(counts, COUNTS) + 1, 0).astype(np.int32)
        return _trimmed(Figure("per-sample", tr(
            "{nouns} in each {one}", nouns=several(self._noun).capitalize(), one=self._one),
            self._one, names, self._samples, bins))

    def shapes(self) -> list[Figure]:
        """How large things are; of areas, all of one class may be one object, whose bounds say
        nothing of them."""
        x1, y1, x2, y2 = self._bounds.T
        width, height = x2 - x1, y2 - y1
        some = np.isfinite(width) & (width > 0) & (height > 0) & (self._covered == 0)
        size = np.sqrt(width[some] * height[some])
        sizes = self._table.sizes[self._sample]
        inside = some & (sizes[:, 0] > 0) & (sizes[:, 1] > 0)
        column = _cell((x1 + x2)[inside] / 2 / sizes[inside, 0])
        row = _cell((y1 + y2)[inside] / 2 / sizes[inside, 1])
        return [
            self._bars("sizes", tr("Size (root of the area)"), size, SIZES, some, "px"),
            self._bars("aspects", tr("Width by height"), width[some] / height[some], ASPECTS, some),
            Figure("positions", tr("Where their centres are"), self._noun, ("",) * GRID,
                   self._sample[inside], row * GRID + column, ("",) * GRID)]

    def durations(self) -> list[Figure]:
        start, low, end, high = self._bounds.T
        some, bounded = np.isfinite(end - start), np.isfinite(high - low)
        return [
            self._bars("durations", tr("Duration"), (end - start)[some], DURATIONS, some, "s"),
            self._bars("frequencies", tr("Middle of the frequency"),
                       (low[bounded] + high[bounded]) / 2, FREQUENCIES, bounded, "Hz")]

    def together(self) -> Figure | None:
        """Samples by the pairs of classes on them; of a class with itself, all that have it."""
        top = self._order[:MOST_CLASSES]
        if len(top) < 2:
            return None
        has = np.zeros((len(self._table.keys), len(self._table.classes)), bool)
        has[self._sample, self._label] = True
        if not np.any(has.sum(axis=1) > 1):
            return None  # a sample has one class only
        cells = [np.flatnonzero(has[:, one] & has[:, other]) for one in top for other in top]
        names = self._names(top)
        return Figure("together", tr("Classes together"),
                      self._one, names,
                      np.concatenate(cells).astype(np.int32),
                      np.repeat(np.arange(len(cells), dtype=np.int32), [len(c) for c in cells]),
                      names)

    def splits(self) -> Figure | None:
        if not np.any(self._table.part[self._samples] != NO_PART):
            return None
        every = np.ones(len(self._sample), bool)
        return self._classes_by("splits", tr("Classes by split"), every,
                                self._table.part[self._sample], (*PARTS, tr("none")))

    def days(self) -> Figure | None:
        """Labels by when their file was saved last."""
        saved = self._table.saved[self._sample]
        some = saved > 0
        return self._by_time("days", tr("Last saved"), some, _local(saved[some]))

    def people(self) -> Figure | None:
        """Labels by who labelled their sample last, where people said their names."""
        if not self._table.people:
            return None
        person = self._table.person[self._sample]
        known = person >= 0
        return Figure("people", tr("Labelled by"), self._noun, self._table.people,
                      self._sample[known], person[known])

    def days_of_people(self) -> Figure | None:
        """Samples that each person labelled, by the day on which they did last."""
        chosen = set(self._samples.tolist())
        found = [item for item in self._table.days if item[0] in chosen]
        days = sorted({day for _, _, day in found})[-MOST_CREDIT_DAYS:]
        people = sorted({name for _, name, day in found if day in days}, key=str.casefold)
        cells = [(sample, people.index(name) * len(days) + days.index(day))
                 for sample, name, day in found if day in days]
        return Figure("people-days", tr("Labelled by whom on which day"), self._one,
                      tuple(days), np.array([sample for sample, _ in cells], np.int32),
                      np.array([cell for _, cell in cells], np.int32), tuple(people))

    def taken(self) -> Figure | None:
        """Labels by when what they are on was made."""
        taken = self._table.taken[self._sample]
        by_header, by_name = taken[:, 0] > 0, taken[:, 1] > 0
        pictures = self._table.medium == "images"
        inside = tr("Taken (dates in the pictures)") if pictures else tr(
            "Recorded (dates in the recordings)")
        named = tr("Taken (dates in file names)") if pictures else tr(
            "Recorded (dates in file names)")
        both = tr("Taken (dates in the pictures, else in file names)") if pictures else tr(
            "Recorded (dates in file names, else in the recordings)")
        title = inside if not np.any(by_name & ~by_header) else both if by_header.any() else named
        some = by_header | by_name
        times = np.where(by_header, taken[:, 0], taken[:, 1])[some]
        return self._by_time("taken", title, some, times.astype("datetime64[s]"))

    def hours(self) -> Figure | None:
        """Classes by the hour of the clock in which they were seen or heard, where files say it."""
        taken = self._table.taken[self._sample]
        exact = np.array([says_clock(key) for key in self._table.keys], bool)[self._sample]
        moment = np.where(taken[:, 0] > 0, taken[:, 0], np.where(exact, taken[:, 1], 0))
        if self._table.medium != "images":  # how far on in a recording or video
            moment = np.where(moment > 0, moment + np.nan_to_num(self._bounds[:, 0]), 0)
        hour = (moment // 3600 % 24).astype(np.int32)
        return self._classes_by("hours", tr("Classes by hour of the day"), moment > 0, hour,
                                [str(hour) for hour in range(24)])

    def stations(self) -> Figure | None:
        """Classes by where they were seen or heard; None where that is one place."""
        paths = [f"/{key}" for key in self._table.keys]
        names, at = np.unique(list(map(Stations(paths), paths)), return_inverse=True)
        codes = {name: code for code, name in enumerate(names.tolist())}
        counts = np.bincount(at[self._sample], minlength=len(names))
        counts[codes.get("", [])] = 0
        classes = np.array([codes.get(name, -1) for name in self._table.classes], np.int32)
        same = np.count_nonzero(at[self._sample] == classes[self._label])
        if np.count_nonzero(counts) < 2 or 2 * same > len(self._sample):  # folders are classes
            return None
        top = np.sort(np.argsort(-counts, kind="stable")[:MOST_CLASSES])
        top = top[counts[top] > 0]
        column = np.full(len(names), -1, np.int32)
        column[top] = np.arange(len(top))
        column = column[at[self._sample]]
        return self._classes_by("stations", tr("Classes by station (folder)"), column >= 0, column,
                                names[top].tolist())

    def _classes_by(self, id: str, title: str, some: NDArray[np.bool_], column: Ints,
                    columns: Sequence[str]) -> Figure | None:
        """A line for each of the most frequent classes, of some labels."""
        top = self._order[:MOST_CLASSES]
        place = np.full(len(self._table.classes), -1, np.int32)
        place[top] = np.arange(len(top))
        row = place[self._label]
        some = some & (row >= 0)
        if not some.any():
            return None
        bins = row * len(columns) + column
        return Figure(id, title, self._noun, tuple(columns), self._sample[some],
                      bins[some].astype(np.int32), self._names(top))

    def _by_time(self, id: str, title: str, some: NDArray[np.bool_],
                 moments: NDArray[np.datetime64]) -> Figure | None:
        """Some labels by day, month or year, the newest first; None where that is one."""
        if not some.any():
            return None
        for unit, most in (("D", MOST_DAYS), ("M", MOST_MONTHS), ("Y", math.inf)):
            times = moments.astype(f"datetime64[{unit}]")
            last, steps = times.max(), int((times.max() - times.min()).astype(int)) + 1
            if steps <= most:
                break
        if steps < 2:
            return None
        names = tuple(str(last - step) for step in range(steps))
        return Figure(id, title, self._noun, names, self._sample[some],
                      (last - times).astype(np.int32))

    def _bars(self, id: str, title: str, values: FloatArray, edges: Sequence[float],
              of: NDArray[np.bool_], unit: str = "") -> Figure:
        return _trimmed(Figure(id, title, self._noun, _ranges(edges, unit), self._sample[of],
                               _bins(values, edges)))

    def _names(self, numbers: Sequence[int] | NDArray[np.intp]) -> tuple[str, ...]:
        return tuple(self._table.classes[at] or tr("no class") for at in numbers)


def _trimmed(figure: Figure) -> Figure:
    """Without empty bars at its ends."""
    if not len(figure.bin):
        return figure
    first, last = int(figure.bin.min()), int(figure.bin.max())
    return replace(figure, columns=figure.columns[first:last + 1], bin=figure.bin - first)


def _bins(values: NDArray[Any], edges: Sequence[float]) -> Ints:
    return np.clip(np.searchsorted(edges, values, "right") - 1, 0, len(edges) - 1).astype(np.int32)


def even_bars(values: NDArray[np.float64]) -> tuple[tuple[str, ...], Ints]:
    """Names of bars of one width, from the least value to the largest, and the bar of each value;
    the width is 1, 2 or 5 times a power of ten."""
    if not len(values):
        return (), np.zeros(0, np.int32)
    low, high = float(values.min()), float(values.max())
    whole = not np.any(values % 1)
    power = 1.0 if high - low < _LEAST_SPAN else \
        10.0 ** math.floor(math.log10((high - low) / NUMBER_BARS))
    width = next(power * step for step in (1, 2, 5, 10)
                 if (high - low) / (power * step) <= NUMBER_BARS)
    width = max(width, 1.0) if whole else width
    first = math.floor(low / width)
    bins = (np.floor(values / width) - first).astype(np.int32)
    edges = [(first + bar) * width for bar in range(int(bins.max()) + 2)]
    if whole and width == 1.0:
        return tuple(f"{edge:.15g}" for edge in edges[:-1]), bins
    last = 1.0 if whole else 0.0
    return tuple(f"{start:.15g}–{end - last:.15g}" for start, end in pairwise(edges)), bins


def _local(seconds: NDArray[np.float64]) -> NDArray[np.datetime64]:
    """Times as this computer's clock shows them, each with the offset of its own day."""
    whole = seconds.astype(np.int64)
    days, back = np.unique(whole // 86400, return_inverse=True)
    shift = np.array([_offset(int(day)) for day in days], np.int64)
    return (whole + shift[back]).astype("datetime64[s]")


def _offset(day: int) -> int:
    """Seconds that this computer's clock is ahead of UTC on a day since 1970."""
    try:
        return time.localtime(day * 86400).tm_gmtoff
    except (OSError, OverflowError):  # Windows knows none before 1970
        return time.localtime(86400).tm_gmtoff


def _cell(share: FloatArray) -> Ints:
    return np.clip((share * GRID).astype(np.int32), 0, GRID - 1)


def _ranges(edges: Sequence[float], unit: str = "", *, whole: bool = False) -> tuple[str, ...]:
    """What bars that begin at ``edges`` are called: "8–16 px", "6–10", "51 or more"."""
    behind = f" {unit}" if unit else ""
    names = []
    for low, high in pairwise(edges):
        last = high - 1 if whole else high
        names.append(f"{low:g}" if whole and last == low else f"{low:g}–{last:g}{behind}")
    return (*names, tr("{low} or more", low=f"{edges[-1]:g}{behind}"))
