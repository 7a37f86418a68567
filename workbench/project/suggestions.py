"""Objects that a model suggests and nobody has judged yet.

They are no labels: a file of their own in the project's folder for what the program remembers keeps
them, and only what a person accepts is written as a label. What a person rejected is kept there,
too, so that the same model does not suggest it again. Pure Python, as the window asks for them
before numpy is imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from workbench.core.background import Post, Worker
from workbench.core.errors import WorkbenchError
from workbench.core.signal import Signal
from workbench.project.suggestion import (
    FOLLOWED,
    LEAST,
    MADE_BY,
    MOST,
    SAME,
    SCORE,
    USUAL,
    Suggested,
    SuggestedRegion,
    Suggestion,
    differing,
    fresh,
    not_rejected,
    suggestion,
)
from workbench.project.suggestion_file import (
    FILE,
    StoredSuggestions,
    joined,
    read_kept,
    save_kept,
    written_since,
)

if TYPE_CHECKING:
    from workbench.project.session import Session

__all__ = [
    "FILE",
    "FOLLOWED",
    "LEAST",
    "MADE_BY",
    "MOST",
    "SAME",
    "SCORE",
    "USUAL",
    "Suggested",
    "SuggestedRegion",
    "Suggestion",
    "Suggestions",
    "fresh",
    "suggestion",
    "suggestions_of",
]

T = TypeVar("T")


class Suggestions:
    """All that is suggested in one project, the best first in each image."""

    def __init__(self, folder: Path, post: Post, sounds: bool = False) -> None:
        self._usual = USUAL
        if sounds:
            from workbench.jobs.commands import HEARD_FROM  # not before the first paint

            self._usual = HEARD_FROM
        self.threshold = self._usual
        """Least score of what is shown and accepted."""
        self.limits: Mapping[str, float] = {}
        """That of the classes that have one of their own."""
        self.origin = ""
        """The run whose validation said where they begin; "" where a person chose them."""
        self._moved = False  # by a person, also to where it began
        self.changed: Signal[str] = Signal()
        """(key, or "" for many) there are others; emitted on the owner's thread."""
        self.failed: Signal[str] = Signal()
        self._folder, self._sounds = folder, sounds
        self._all: dict[str, Suggested] = {}
        self._rejected: dict[str, Suggested] = {}
        self._judged: set[str] = set()
        self._asked: dict[str, str] = {}
        self._differ: dict[str, tuple[int, int]] = {}
        self._shown: dict[str, Suggested] | None = None  # looked for when somebody asks
        self._touched: set[str] | None = set()  # until the file is read
        self._own: set[str] = set()  # images about which something was said here
        self._known = StoredSuggestions()  # as the file was read or written last
        self._reader = Worker(name="read-suggestions", post=post)
        self._writer = Worker(name="write-suggestions", post=post)
        self._late = False
        self._reader.start(lambda _thread: read_kept(folder, sounds), self._was_read)

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

    def was_asked(self, key: str) -> bool:
        """Whether a model was asked about the image."""
        return key in self._asked

    def asked(self, key: str) -> str:
        """The run that was asked last about the image; "" for none."""
        return self._asked.get(key, "")

    def asked_by(self, run: str) -> list[str]:
        """The images about which the model of ``run`` was asked last."""
        return [key for key, name in self._asked.items() if name == run]

    def progress(self) -> tuple[int, int]:
        """On how many images everything is judged that was suggested, and on how many that was."""
        shown = self.shown()
        done = sum(key not in shown for key in self._judged)
        return done, done + len(shown)

    def differ(self, key: str) -> tuple[int, int]:
        """Of the objects that the last two models saw on an image: how many only one of them saw,
        and how many there are in all; (0, 0) where only one was asked."""
        return self._differ.get(key, (0, 0))

    @property
    def any_differ(self) -> bool:
        """Whether two models were asked about any image."""
        return bool(self._differ)

    def disagreement(self, key: str) -> float:
        """That as a share, 0 to 1."""
        differ, whole = self.differ(key)
        return differ / whole if whole else 0.0

    def rejected(self, key: str = "") -> Suggested:
        """What was rejected on image ``key``, or on all of them for ""."""
        if key:
            return self._rejected.get(key, ())
        return tuple(item for found in self._rejected.values() for item in found)

    # Changes

    def set_threshold(self, value: float) -> None:
        """Show what has at least this score, of all classes alike, as a person says."""
        self._moved = True
        if value != self.threshold or self.limits or self.origin:
            self.threshold, self.limits, self.origin = value, {}, ""
            self._change(())

    def set_limits(self, limits: Mapping[str, float], origin: str = "") -> None:
        """Give classes a least score of their own; those that are left out have the common one."""
        if (dict(limits), origin) != (self.limits, self.origin):
            self.limits, self.origin = dict(limits), origin
            self._change(())

    def begin_at(self, score: float, limits: Mapping[str, float], origin: str) -> None:
        """Show what the run ``origin`` says: from ``score`` on, and of some classes from one of
        their own."""
        if (score, dict(limits), origin) != (self.threshold, self.limits, self.origin):
            self.threshold, self.limits, self.origin = score, dict(limits), origin
            self._moved = False
            self._change(())

    def class_renamed(self, old: str, new: str) -> None:
        """The class keeps its own least score under its new name."""
        if old in self.limits:
            self.set_limits({new if name == old else name: value
                             for name, value in self.limits.items() if name != new}, self.origin)

    @property
    def by_hand(self) -> bool:
        """Whether a person chose least scores."""
        return not self.origin and (self._moved or bool(self.limits)
                                    or self.threshold != self._usual)

    def lower_to(self, value: float) -> None:
        """Show all that has at least this score, and what was shown before."""
        if value < self.threshold or any(value < limit for limit in self.limits.values()):
            self.threshold, self.origin = min(self.threshold, value), ""
            self.limits = {name: min(limit, value) for name, limit in self.limits.items()}
            self._change(())

    def suggest(self, found: Mapping[str, Iterable[Suggestion]], run: str) -> int:
        """What the model of ``run`` found, but for what was rejected when it suggested that before;
        returns how many these are."""
        wanted = {key: tuple(items) for key, items in found.items()}
        left = {key: not_rejected(items, self.rejected(key)) for key, items in wanted.items()}
        self._compare(left, run)
        if not self.shown():
            self._own |= self._judged
            self._judged.clear()  # another round begins
        self._judged.difference_update(key for key, items in left.items() if items)
        self.put({key: (*items, *self._followed(key, items)) for key, items in left.items()})
        return sum(map(len, wanted.values())) - sum(map(len, left.values()))

    def _followed(self, key: str, items: Suggested) -> Suggested:
        """What was followed from another image, where none of ``items`` stands for it."""
        return fresh((item for item in self._all.get(key, ()) if item.run == FOLLOWED),
                     (item.labeled() for item in items))

    def take_back(self, before: Mapping[str, tuple[Suggested, str]]) -> None:
        """What was suggested on these images ``before``, and the run that was asked then."""
        for key, (_, run) in before.items():
            if run:
                self._asked[key] = run
            else:
                self._asked.pop(key, None)
        self.put({key: items for key, (items, _) in before.items()})

    def new_among(self, found: Mapping[str, Iterable[Suggestion]]) -> dict[str, Suggested]:
        """Those that were not rejected and are not suggested already."""
        new = {key: fresh(not_rejected(items, self.rejected(key)),
                          (item.labeled() for item in self.without(key, ())))
               for key, items in found.items()}
        return {key: items for key, items in new.items() if items}

    def _compare(self, found: Mapping[str, Suggested], run: str) -> None:
        """Note how far ``run`` and the model that was asked before see different things."""
        for key, items in found.items():
            before = self._asked.get(key, run)
            if before != run and key not in self._judged:
                one, other = self.of(key), self._above(items)
                self._differ[key] = differing(one, other), len(one) + len(other)
            self._asked[key] = run

    def put(self, found: Mapping[str, Iterable[Suggestion]],
            rejected: Mapping[str, Suggested] | None = None) -> None:
        """Suggest other objects in these images, none where there are none; the same for what is
        ``rejected`` there."""
        for key, items in found.items():
            _set(self._all, key, tuple(sorted(items, key=lambda item: -item.score)))
        for key, gone in (rejected or {}).items():
            _set(self._rejected, key, gone)
        self._change(found)

    def is_reviewed(self, key: str) -> bool:
        """Whether a person judged something of what was suggested on the image."""
        return key in self._judged

    def note_reviewed(self, keys: Iterable[str], judged: bool) -> None:
        """A person judged something on these images, or took that back; before :meth:`put`."""
        keys = list(keys)
        self._own.update(keys)
        if judged:
            self._judged.update(keys)
        else:
            self._judged.difference_update(keys)

    def without(self, key: str, gone: Iterable[Suggestion]) -> Suggested:
        """All of image ``key`` but these, also what is not shown."""
        left = set(gone)
        return tuple(item for item in self._all.get(key, ()) if item not in left)

    def images_moved(self, moved: Mapping[str, str]) -> None:
        """Images have other keys now, by what they had; the file says so already."""
        if self._touched is not None:
            self.require_read()  # a reader on its way may have seen the old keys
        known = moved.keys() & {*self._all, *self._rejected, *self._judged, *self._asked}
        if known:
            self._all, self._rejected = _moved(self._all, moved), _moved(self._rejected, moved)
            self._asked, self._differ = _moved(self._asked, moved), _moved(self._differ, moved)
            self._judged = {moved.get(key, key) for key in self._judged}
            self._change((*known, *(moved[key] for key in known)))

    def of_class(self, label: str) -> tuple[dict[str, Suggested], dict[str, Suggested]]:
        """All that is suggested, and all that was rejected, on the images on which some of either
        is of class ``label``."""
        keys = {key for table in (self._all, self._rejected) for key, found in table.items()
                if any(item.label == label for item in found)}
        return ({key: self._all.get(key, ()) for key in keys},
                {key: self.rejected(key) for key in keys})

    def clear(self) -> None:
        """Suggest nothing any more."""
        self.put(dict.fromkeys(list(self._all), ()))

    def forget_rejected(self) -> None:
        """What was rejected may be suggested again."""
        gone = list(self._rejected)
        self._rejected.clear()
        self._change(gone)

    def _change(self, keys: Iterable[str]) -> None:
        keys = list(keys)
        self._own.update(keys)
        self._shown = None
        if self._touched is not None:
            self._touched.update(keys)
            self._late = True  # also where no image is another
        else:
            self._write()
        self.changed.emit(keys[0] if len(keys) == 1 else "")

    # The file

    def _was_read(self, read: StoredSuggestions) -> None:
        if self._touched is None:
            return  # it was read when all had to be on the disk
        touched, self._touched, self._known = self._touched, None, read
        self._all = {**{key: found for key, found in read.suggested.items() if key not in touched},
                     **self._all}
        for key, gone in read.rejected.items():
            self._rejected[key] = (*gone, *self.rejected(key))
        self._judged |= set(read.judged) - touched
        self._asked = {**read.asked, **self._asked}
        self._differ = {**read.differ, **self._differ}
        for key in touched & self._all.keys():
            _set(self._all, key, not_rejected(self._all[key], self.rejected(key)))
        self._shown = None
        if read.stamp and self.threshold == self._usual and not self.limits and not self.origin:
            self.threshold, self.limits, self.origin = read.threshold, read.limits, read.origin
        if self._late:
            self._write()
        self.changed.emit("")

    def require_read(self) -> None:
        """Know what the file says, also where it was not delivered yet; on the owner's thread."""
        if self._touched is not None:
            self._was_read(read_kept(self._folder, self._sounds))

    def _kept(self) -> StoredSuggestions:
        return StoredSuggestions(self.threshold, self.limits, self.origin, dict(self._all),
                                 dict(self._rejected), frozenset(self._judged), dict(self._asked),
                                 dict(self._differ), self._known.stamp)

    def _save(self, kept: StoredSuggestions, own: frozenset[str],
              known: StoredSuggestions) -> StoredSuggestions:
        """For any thread."""
        theirs = written_since(self._folder, known, self._sounds)
        if theirs is not None:
            kept = joined(kept, known, theirs, own)
        return save_kept(self._folder, kept, self._sounds)

    def look_again(self) -> None:
        """Take in, in the background, what another window wrote since."""
        if self._touched is None and not self._writer.busy:
            known = self._known
            self._reader.start(lambda _thread: written_since(self._folder, known, self._sounds),
                               lambda theirs: self._found_again(theirs, known))

    def _found_again(self, theirs: StoredSuggestions | None, known: StoredSuggestions) -> None:
        if theirs is not None and self._known is known and not self._writer.busy:
            self._take_in(theirs, known)  # else it was taken in as this was written here
            self._known = theirs

    def _write(self) -> None:
        """Write all of it on a thread; what changes meanwhile is written after that."""
        if self._writer.busy:
            self._late = True
            return
        self._late = False
        kept, own, known = self._kept(), frozenset(self._own), self._known
        self._writer.start(lambda _thread: self._save(kept, own, known),
                           lambda written: self._written(kept, written), self._not_written)

    def _written(self, kept: StoredSuggestions, written: StoredSuggestions) -> None:
        if written.suggested is not kept.suggested:
            self._take_in(written, kept)
        self._known = written
        if self._late:
            self._write()

    def _take_in(self, read: StoredSuggestions, known: StoredSuggestions) -> None:
        """What another window wrote about images about which nothing was said here, and the new
        names of classes; ``known`` is what was here when that was read."""
        now = joined(self._kept(), known, read, self._own)
        self._all, self._rejected = dict(now.suggested), dict(now.rejected)
        self._judged, self._asked = set(now.judged), dict(now.asked)
        self._differ = dict(now.differ)
        self._shown = None
        self.changed.emit("")

    def _not_written(self, reason: str) -> None:
        self._late = True  # it is tried again with the next change, and when the project is closed
        self.failed.emit(reason)

    def flush(self) -> None:
        """Have all of it on the disk, as the project is closed."""
        self._reader.join()
        self._writer.join()
        if self._late:
            self.require_read()
            self._writer.join()
        if self._touched is None and (self._late or self._writer.busy):
            self._late = False
            with suppress(WorkbenchError):
                self._known = self._save(self._kept(), frozenset(self._own), self._known)


def _set(table: dict[str, Suggested], key: str, items: Suggested) -> None:
    if items:
        table[key] = items
    else:
        table.pop(key, None)


def _moved(table: Mapping[str, T], moved: Mapping[str, str]) -> dict[str, T]:
    return {moved.get(key, key): value for key, value in table.items()}


def suggestions_of(session: Session, *, sounds: bool = False) -> Suggestions:
    """The suggestions on images, or in sounds, of an open project, read when they are first asked
    for."""
    def make() -> Suggestions:
        found = Suggestions(session.folder, session.post, sounds)
        session.classes.renamed.connect(found.class_renamed)
        session.index.finished.connect(found.look_again)  # it is looked what other programs changed
        return found

    return session.part((Suggestions, sounds), make)
