"""Objects that a model suggests and nobody has judged yet.

They are no labels: a file of their own in the project's folder for what the program remembers keeps
them, and only what a person accepts is written as a label. What a person rejected is kept there,
too, so that the same model does not suggest it again. Pure Python, as the window asks for them
before numpy is imported.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary, ref

from workbench.core.annotation import LabeledObject
from workbench.core.background import Post, Worker
from workbench.core.errors import WorkbenchError
from workbench.core.overlaps import overlap
from workbench.core.plain import fitted, parse_json
from workbench.core.shapes import Bounds, Box
from workbench.core.signal import Signal
from workbench.formats.atomic import write_atomic
from workbench.formats.regular_file import MB, read_regular
from workbench.project.cache import cache_folder

if TYPE_CHECKING:
    from workbench.project.session import Session

FILE = "suggestions.json"
SAME = 0.5
"""Boxes of one class that overlap more than this are one object."""
LEAST = 0.1
"""What a model is less sure of is not kept."""
MOST = 0.99
"""The largest least score that can be chosen."""
USUAL = 0.4
"""Least score of what is shown, until a person says otherwise."""
MADE_BY, SCORE = "made_by", "score"
"""Attributes of an accepted object: the run that found it and how sure it was."""
_LIMIT = 500 * MB
_SMALLEST = 2.0  # pixels of a side: less is no box


class Suggestion(NamedTuple):
    """An object that ``run`` suggests; ``box`` lies on whole pixels inside the image."""

    label: str
    box: Bounds
    score: float
    run: str = ""

    def labeled(self, box: Bounds | None = None) -> LabeledObject:
        """It as an object that says where it comes from, perhaps with a ``box`` a person drew."""
        return LabeledObject(self.label, Box(*(box or self.box)),
                             {MADE_BY: self.run, SCORE: round(self.score, 3)})


Suggested = tuple[Suggestion, ...]


class Kept(NamedTuple):
    """What the file holds: the least score, that of classes that have their own, the run whose
    validation said so, and by image what is suggested and what was rejected."""

    threshold: float = USUAL
    limits: Mapping[str, float] = {}
    origin: str = ""
    suggested: Mapping[str, Suggested] = {}
    rejected: Mapping[str, Suggested] = {}


class Suggestions:
    """All that is suggested in one project, the best first in each image.

    Attributes
    ----------
    threshold
        Least score of what is shown and accepted.
    limits
        That of the classes that have one of their own.
    origin
        The run whose validation said where they begin; "" where a person chose them.

    Signals
    -------
    changed
        (key, or "" for many) there are others; emitted on the owner's thread.
    """

    def __init__(self, folder: Path, post: Post) -> None:
        self.threshold = USUAL
        self.limits: Mapping[str, float] = {}
        self.origin = ""
        self.changed: Signal[str] = Signal()
        self.failed: Signal[str] = Signal()
        self._folder = folder
        self._all: dict[str, Suggested] = {}
        self._rejected: dict[str, Suggested] = {}
        self._shown: dict[str, Suggested] | None = None  # looked for when somebody asks
        self._touched: set[str] | None = set()  # until the file is read
        self._reader = Worker(name="read-suggestions", post=post)
        self._writer = Worker(name="write-suggestions", post=post)
        self._late = False
        self._reader.start(lambda _thread: _read(folder), self._was_read)

    # What there is

    def least(self, label: str) -> float:
        """Least score of what is shown of a class."""
        return self.limits.get(label, self.threshold)

    def of(self, key: str) -> Suggested:
        """What is shown of image ``key``."""
        if self._shown is not None:
            return self._shown.get(key, ())
        return self._above(self._all.get(key, ()))

    def shown(self) -> Mapping[str, Suggested]:
        """What is shown, of the images that have some."""
        if self._shown is None:
            above = ((key, self._above(found)) for key, found in self._all.items())
            self._shown = {key: found for key, found in above if found}
        return self._shown

    def _above(self, found: Suggested) -> Suggested:
        limits, threshold = self.limits, self.threshold
        return tuple(item for item in found if item.score >= limits.get(item.label, threshold))

    def images(self) -> list[str]:
        """Keys of the images of which something is shown."""
        return list(self.shown())

    def has(self, key: str) -> bool:
        return key in self.shown()

    def sums(self) -> tuple[int, int]:
        """How many are shown, and on how many images."""
        shown = self.shown()
        return sum(map(len, shown.values())), len(shown)

    def classes(self) -> dict[str, int]:
        """How many are shown of each class of which anything is suggested."""
        counts: dict[str, int] = {}
        for found in self._all.values():
            for item in found:
                counts[item.label] = counts.get(item.label, 0) + (
                    item.score >= self.least(item.label))
        return counts

    def certainty(self, key: str) -> float:
        """How sure the model is of the least certain one shown; 1 where there is none."""
        return min((item.score for item in self.of(key)), default=1.0)

    def rejected(self, key: str = "") -> Suggested:
        """What was rejected on image ``key``, or on all of them for ""."""
        if key:
            return self._rejected.get(key, ())
        return tuple(item for found in self._rejected.values() for item in found)

    # Changes

    def set_threshold(self, value: float) -> None:
        """Show what has at least this score, of all classes alike."""
        if value != self.threshold or self.limits:
            self.threshold, self.limits, self.origin = value, {}, ""
            self._change(())

    def set_limits(self, limits: Mapping[str, float], origin: str = "") -> None:
        """Give classes a least score of their own; those that are left out have the common one."""
        if (dict(limits), origin) != (self.limits, self.origin):
            self.limits, self.origin = dict(limits), origin
            self._change(())

    def wants_start(self, run: str) -> bool:
        """Whether nobody chose least scores yet, and none are those of this run."""
        by_hand = self.limits or self.threshold != USUAL
        return self.origin != run if self.origin else not by_hand

    def lower_to(self, value: float) -> None:
        """Show all that has at least this score, and what was shown before."""
        if value < self.threshold or any(value < limit for limit in self.limits.values()):
            self.threshold, self.origin = min(self.threshold, value), ""
            self.limits = {name: min(limit, value) for name, limit in self.limits.items()}
            self._change(())

    def suggest(self, found: Mapping[str, Iterable[Suggestion]]) -> int:
        """As :meth:`put`, but for what was rejected when the same model suggested it; returns how
        many these are."""
        wanted = {key: tuple(items) for key, items in found.items()}
        left = {key: unjudged(items, self.rejected(key)) for key, items in wanted.items()}
        self.put(left)
        return sum(map(len, wanted.values())) - sum(map(len, left.values()))

    def put(self, found: Mapping[str, Iterable[Suggestion]],
            rejected: Mapping[str, Suggested] | None = None) -> None:
        """Suggest other objects in these images, none where there are none; the same for what is
        ``rejected`` there."""
        for key, items in found.items():
            _set(self._all, key, tuple(sorted(items, key=lambda item: -item.score)))
        for key, gone in (rejected or {}).items():
            _set(self._rejected, key, gone)
        self._change(found)

    def without(self, key: str, gone: Iterable[Suggestion]) -> Suggested:
        """All of image ``key`` but these, also what is not shown."""
        left = set(gone)
        return tuple(item for item in self._all.get(key, ()) if item not in left)

    def clear(self) -> None:
        """Suggest nothing any more."""
        self.put(dict.fromkeys(list(self._all), ()))

    def forget_rejected(self) -> None:
        """What was rejected may be suggested again."""
        self._rejected.clear()
        self._change(())

    def _change(self, keys: Iterable[str]) -> None:
        keys = list(keys)
        self._shown = None
        if self._touched is not None:
            self._touched.update(keys)
            self._late = True  # also where no image is another
        else:
            self._write()
        self.changed.emit(keys[0] if len(keys) == 1 else "")

    # The file

    def _was_read(self, read: Kept) -> None:
        touched, self._touched = self._touched or set(), None
        self._all = {**{key: found for key, found in read.suggested.items() if key not in touched},
                     **self._all}
        for key, gone in read.rejected.items():
            self._rejected[key] = (*gone, *self.rejected(key))
        for key in touched & self._all.keys():
            _set(self._all, key, unjudged(self._all[key], self.rejected(key)))
        self._shown = None
        if self.threshold == USUAL and not self.limits:
            self.threshold, self.limits, self.origin = read.threshold, read.limits, read.origin
        if self._late:
            self._late = False
            self._write()
        self.changed.emit("")

    def _kept(self) -> Kept:
        return Kept(self.threshold, self.limits, self.origin, dict(self._all), dict(self._rejected))

    def _write(self) -> None:
        """Write all of it on a thread; what changes meanwhile is written after that."""
        if self._writer.busy:
            self._late = True
            return
        kept = self._kept()
        self._writer.start(lambda _thread: _save(self._folder, kept),
                           lambda _none: self._written(), self._not_written)

    def _written(self) -> None:
        if self._late:
            self._late = False
            self._write()

    def _not_written(self, reason: str) -> None:
        self._late = False
        self.failed.emit(reason)

    def flush(self) -> None:
        """Have all of it on the disk, as the project is closed."""
        self._reader.join()
        self._writer.join()
        if self._touched is not None and self._late:  # what was read was not delivered any more
            self._was_read(_read(self._folder))
            self._writer.join()
        if self._touched is None and (self._late or self._writer.busy):
            self._late = False
            with suppress(WorkbenchError):
                _save(self._folder, self._kept())


def _set(table: dict[str, Suggested], key: str, items: Suggested) -> None:
    if items:
        table[key] = items
    else:
        table.pop(key, None)


class SuggestionStep:
    """Images have other suggestions; part of the step that accepts or rejects some.

    Parameters
    ----------
    after
        What is suggested from now on, by image.
    rejected
        Which of those that were there a person rejected; the others of them became labels.
    """

    def __init__(self, suggestions: Suggestions, after: Mapping[str, Suggested], text: str,
                 rejected: Mapping[str, Suggested] | None = None) -> None:
        self.text = text
        self.key = next(iter(after)) if len(after) == 1 else ""
        self._suggestions = suggestions
        self._after = dict(after)
        self._before = {key: suggestions.without(key, ()) for key in after}
        self._rejected = dict(rejected or {})

    def do(self) -> None:
        store = self._suggestions
        store.put(self._after, {key: (*store.rejected(key), *gone)
                                for key, gone in self._rejected.items()})

    def undo(self) -> None:
        store = self._suggestions
        store.put(self._before, {
            key: tuple(item for item in store.rejected(key) if item not in gone)
            for key, gone in self._rejected.items()})


def unjudged(suggested: Iterable[Suggestion], rejected: Suggested) -> Suggested:
    """Those that their model did not suggest before, when they were rejected."""
    if not rejected:
        return tuple(suggested)
    boxes: dict[tuple[str, str], list[Bounds]] = {}
    for item in rejected:
        boxes.setdefault((item.run, item.label), []).append(item.box)
    return tuple(item for item in suggested
                 if not _stands(item.box, boxes.get((item.run, item.label), ())))


def fresh(suggested: Iterable[Suggestion], objects: Iterable[LabeledObject]) -> Suggested:
    """Those that no object of their class stands for already."""
    there: dict[str, list[Bounds]] = {}
    for item in objects:
        there.setdefault(item.label, []).append(item.box)
    return tuple(item for item in suggested if not _stands(item.box, there.get(item.label, ())))


def _stands(wanted: Bounds, boxes: Iterable[Bounds]) -> bool:
    """Whether one of thousands of boxes stands for ``wanted``; most do not even touch it."""
    x0, y0, x1, y1 = wanted
    return any(box[0] < x1 and box[2] > x0 and box[1] < y1 and box[3] > y0
               and overlap(wanted, box) > SAME for box in boxes)


def suggestion(label: str, box: Sequence[float], score: float, size: Sequence[int],
               run: str) -> Suggestion | None:
    """A detection as a suggestion, on whole pixels in an image of ``size``; None where nothing is
    left of it."""
    inside = Box(*map(round, box[:4])).clipped((size[0], size[1]))
    if inside.xmax - inside.xmin < _SMALLEST or inside.ymax - inside.ymin < _SMALLEST:
        return None
    return Suggestion(label, tuple(map(float, inside)), score, run)  # type: ignore[arg-type]


_Row = tuple[str, float, float, float, float, float]
_RejectedRow = tuple[str, str, float, float, float, float, float]


def _read(folder: Path) -> Kept:
    """What the file says; where it cannot be read it is put aside, and nothing is known."""
    try:
        path = cache_folder(folder) / FILE
        data = read_regular(path, _LIMIT)
    except (WorkbenchError, OSError):
        return Kept()
    try:
        return _parsed(parse_json(data))
    except (ValueError, KeyError, TypeError):
        from workbench.project.imports.files import put_aside

        with suppress(WorkbenchError):
            put_aside(path)
        return Kept()


def _parsed(data: Any) -> Kept:
    images = fitted(data["images"], dict[str, tuple[str, list[_Row]]])
    rejected = fitted(data.get("rejected", {}), dict[str, list[_RejectedRow]])
    return Kept(
        fitted(data["threshold"], float), fitted(data.get("limits", {}), dict[str, float]),
        fitted(data.get("origin", ""), str),
        {key: tuple(Suggestion(label, (x0, y0, x1, y1), score, run)
                    for label, x0, y0, x1, y1, score in found)
         for key, (run, found) in images.items() if found},
        {key: tuple(Suggestion(label, (x0, y0, x1, y1), score, run)
                    for run, label, x0, y0, x1, y1, score in found)
         for key, found in rejected.items() if found})


def _save(folder: Path, kept: Kept) -> None:
    images = {key: (found[0].run, [(item.label, *item.box, item.score) for item in found])
              for key, found in kept.suggested.items() if found}
    rejected = {key: [(item.run, item.label, *item.box, item.score) for item in found]
                for key, found in kept.rejected.items()}
    data = {"version": 1, "threshold": kept.threshold, "limits": dict(kept.limits),
            "origin": kept.origin, "images": images, "rejected": rejected}
    write_atomic(cache_folder(folder) / FILE,
                 json.dumps(data).encode("ascii"))


_of_sessions: WeakKeyDictionary[Session, Suggestions] = WeakKeyDictionary()


def suggestions_of(session: Session) -> Suggestions:
    """The suggestions of an open project, read when they are first asked for."""
    found = _of_sessions.get(session)
    if found is None:
        alive = ref(session)  # the table must not keep it

        def post(act: Callable[[], None]) -> None:
            there = alive()
            if there is not None:
                there.post(act)

        found = _of_sessions[session] = Suggestions(session.folder, post)
    return found
