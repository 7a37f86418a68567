"""Objects that a model suggests and nobody has judged yet.

They are no labels: a file of their own in the project's folder for what the program remembers keeps
them, and only what a person accepts is written as a label. Pure Python, as the window asks for them
before numpy is imported.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
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


class Suggestions:
    """All that is suggested in one project, the best first in each image.

    Attributes
    ----------
    threshold
        Least score of what is shown and accepted.

    Signals
    -------
    changed
        (key, or "" for many) there are others; emitted on the owner's thread.
    """

    def __init__(self, folder: Path, post: Post) -> None:
        self.threshold = USUAL
        self.changed: Signal[str] = Signal()
        self.failed: Signal[str] = Signal()
        self._folder = folder
        self._all: dict[str, Suggested] = {}
        self._sums: tuple[int, int] | None = None  # counted when somebody asks
        self._touched: set[str] | None = set()  # until the file is read
        self._reader = Worker(name="read-suggestions", post=post)
        self._writer = Worker(name="write-suggestions", post=post)
        self._late = False
        self._reader.start(lambda _thread: _read(folder), self._was_read)

    # What there is

    def of(self, key: str) -> Suggested:
        """What is shown of image ``key``."""
        return tuple(item for item in self._all.get(key, ()) if item.score >= self.threshold)

    def images(self) -> list[str]:
        """Keys of the images of which something is shown."""
        least = self.threshold  # the first of an image is its best
        return [key for key, found in self._all.items() if found[0].score >= least]

    def has(self, key: str) -> bool:
        found = self._all.get(key)
        return found is not None and found[0].score >= self.threshold

    def sums(self) -> tuple[int, int]:
        """How many are shown, and on how many images."""
        if self._sums is None:
            least = self.threshold
            shown = [sum(item.score >= least for item in found) for found in self._all.values()]
            self._sums = sum(shown), sum(number > 0 for number in shown)
        return self._sums

    def certainty(self, key: str) -> float:
        """How sure the model is of the least certain one shown; 1 where there is none."""
        return min((item.score for item in self.of(key)), default=1.0)

    # Changes

    def set_threshold(self, value: float) -> None:
        if value != self.threshold:
            self.threshold = value
            self._change(())

    def put(self, found: Mapping[str, Iterable[Suggestion]]) -> None:
        """Suggest other objects in these images; none where there are none."""
        for key, items in found.items():
            best = tuple(sorted(items, key=lambda item: -item.score))
            if best:
                self._all[key] = best
            else:
                self._all.pop(key, None)
        self._change(found)

    def without(self, key: str, gone: Iterable[Suggestion]) -> Suggested:
        """All of image ``key`` but these, also what is not shown."""
        left = set(gone)
        return tuple(item for item in self._all.get(key, ()) if item not in left)

    def clear(self) -> None:
        """Suggest nothing any more."""
        self.put(dict.fromkeys(list(self._all), ()))

    def _change(self, keys: Iterable[str]) -> None:
        keys = list(keys)
        self._sums = None
        if self._touched is not None:
            self._touched.update(keys)
        else:
            self._write()
        self.changed.emit(keys[0] if len(keys) == 1 else "")

    # The file

    def _was_read(self, read: tuple[float, dict[str, Suggested]]) -> None:
        touched, self._touched = self._touched or set(), None
        threshold, found = read
        self._all = {**{key: item for key, item in found.items() if key not in touched},
                     **self._all}
        self._sums = None
        if self.threshold == USUAL:
            self.threshold = threshold
        if touched:
            self._write()
        self.changed.emit("")

    def _write(self) -> None:
        """Write all of it on a thread; what changes meanwhile is written after that."""
        if self._writer.busy:
            self._late = True
            return
        threshold, content = self.threshold, dict(self._all)
        self._writer.start(lambda _thread: _save(self._folder, threshold, content),
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
        if self._touched:  # what was read could not be delivered any more
            self._was_read(_read(self._folder))
            self._writer.join()
        if self._touched is None and (self._late or self._writer.busy):
            self._late = False
            with suppress(WorkbenchError):
                _save(self._folder, self.threshold, self._all)


class SuggestionStep:
    """Images have other suggestions; part of the step that accepts or rejects some."""

    def __init__(self, suggestions: Suggestions, after: Mapping[str, Suggested],
                 text: str) -> None:
        self.text = text
        self.key = next(iter(after)) if len(after) == 1 else ""
        self._suggestions = suggestions
        self._after = dict(after)
        self._before = {key: suggestions.without(key, ()) for key in after}

    def do(self) -> None:
        self._suggestions.put(self._after)

    def undo(self) -> None:
        self._suggestions.put(self._before)


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


def _read(folder: Path) -> tuple[float, dict[str, Suggested]]:
    """What the file says; nothing where it cannot be read: it can be made anew."""
    try:
        data = parse_json(read_regular(cache_folder(folder) / FILE, _LIMIT))
        threshold = float(fitted(data["threshold"], float))
        rows = fitted(data["images"], dict[str, tuple[str, list[_Row]]])
    except (WorkbenchError, OSError, ValueError, KeyError, TypeError):
        return USUAL, {}
    return threshold, {
        key: tuple(Suggestion(label, (x0, y0, x1, y1), score, run)
                   for label, x0, y0, x1, y1, score in found)
        for key, (run, found) in rows.items() if found}


_Row = tuple[str, float, float, float, float, float]


def _save(folder: Path, threshold: float, content: Mapping[str, Suggested]) -> None:
    images = {key: (found[0].run, [(item.label, *item.box, item.score) for item in found])
              for key, found in content.items() if found}
    data = {"version": 1, "threshold": threshold, "images": images}
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
