"""Tracks that a model suggests in videos and nobody has judged yet.

They are kept as :mod:`workbench.project.suggestions` keeps boxes: in the project's folder for what
the program remembers, never among the labels, and what was rejected is not suggested again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from workbench.core.annotation import LabeledObject
from workbench.core.background import Post, Worker
from workbench.core.errors import WorkbenchError
from workbench.core.overlaps import overlap
from workbench.core.paths import is_file
from workbench.core.plain import fitted, parse_json
from workbench.core.shapes import Box
from workbench.core.signal import Signal
from workbench.core.tracks import Track, TrackKey, track_of, track_of_boxes
from workbench.extension.saving import FollowedThing, Prediction
from workbench.formats.atomic import write_atomic
from workbench.formats.regular_file import MB, read_regular
from workbench.project.cache import cache_folder, cache_place
from workbench.project.suggestion import MADE_BY, SAME, SCORE

if TYPE_CHECKING:
    from workbench.project.session import Session

FILE = "suggested-tracks.json"
_LIMIT = 500 * MB
_LOOKS_MISSED = 8
"""A thing that is missed on so many looks in a row was there all the same."""
_OFF = 0.06
"""By which share of its side a box between key frames may be off."""
Tracks = tuple[LabeledObject, ...]
_Both = tuple[dict[str, Tracks], dict[str, Tracks]]
_Key = tuple[int, float, float, float, float, bool]
_Row = tuple[str, str, float, list[_Key]]


def suggested_track(thing: FollowedThing, answers: Sequence[Prediction], run: str,
                    names: Mapping[str, str], last: int, step: int) -> LabeledObject:
    """What was followed through the answers of every ``step``-th frame as a track that says who
    made it; ``last`` is the last frame of the video."""
    boxes = {int(answers[one.answer]["frame"]): Box(*map(float, map(round, one.box)))
             for one in thing.seen}
    sides = [min(box.xmax - box.xmin, box.ymax - box.ymin) for box in boxes.values()]
    track = track_of_boxes(thing.row.track, boxes, last, max(1.0, _OFF * median(sides)), step,
                           _LOOKS_MISSED * step)
    label = names.get(thing.row.label, thing.row.label)
    return LabeledObject(label, track, {MADE_BY: run, SCORE: round(thing.row.score, 3)})


def fresh_tracks(suggested: Iterable[LabeledObject], tracks: Sequence[LabeledObject]) -> Tracks:
    """Those that no track of their class stands for already, on half of their key frames."""
    return tuple(item for item in suggested if not any(_stands(item, one) for one in tracks))


def _stands(wanted: LabeledObject, other: LabeledObject) -> bool:
    if wanted.label != other.label:
        return False
    keys = [key for key in track_of(wanted).keys if not key.outside]
    there = ((key, track_of(other).at(key.frame)) for key in keys)
    same = sum(at is not None and overlap(key.box, at.box) > SAME for key, at in there)
    return 2 * same >= len(keys)


class SuggestedTracks:
    """All that is suggested in the videos of one project."""

    def __init__(self, folder: Path, post: Post) -> None:
        self.changed: Signal[str] = Signal()
        """(key) there are others in a video; "" for many."""
        self.failed: Signal[str] = Signal()
        """(sentence) they could not be kept for the next start."""
        self._folder = folder
        self._all: dict[str, Tracks] = {}
        self._rejected: dict[str, Tracks] = {}
        self._own: set[str] = set()  # videos about which something was said here
        self._known = False  # whether the file was read
        self._file: _Both = {}, {}  # what it held when it was last read or written here
        self._late = False  # whether it is to be written as soon as that can be
        self._reader = Worker(name="read-suggested-tracks", post=post)
        self._writer = Worker(name="write-suggested-tracks", post=post)
        self._reader.start(lambda _thread: _read(folder), self._take_in)

    def of(self, key: str) -> Tracks:
        """Those in a video, the surest first."""
        return self._all.get(key, ())

    def rejected(self, key: str) -> Tracks:
        """What a person took away there."""
        return self._rejected.get(key, ())

    def suggest(self, key: str, found: Iterable[LabeledObject]) -> None:
        """What a model found in a video, but for what was rejected before."""
        self.put(key, sorted(self._unjudged(key, found), key=lambda item: -score_of(item)))

    def put(self, key: str, items: Iterable[LabeledObject], rejected: Tracks | None = None) -> None:
        """Suggest these in a video, and have these be the rejected ones."""
        self._own.add(key)
        self._all[key] = tuple(items)
        if rejected is not None:
            self._rejected[key] = rejected
        self.changed.emit(key)
        self._keep()

    def relabel(self, old: str, new: str | None) -> dict[str, tuple[Tracks, Tracks]]:
        """Give the tracks of a class its new name, or forget them for None; returns what there was
        before in the videos in which something changed, and what was rejected there."""
        def relabelled(items: Tracks) -> Tracks:
            return tuple(item if item.label != old or new is None else item.with_label(new)
                         for item in items if item.label != old or new is not None)

        both = {key: (self.of(key), self.rejected(key)) for key in {*self._all, *self._rejected}}
        before = {key: found for key, found in both.items()
                  if any(item.label == old for items in found for item in items)}
        for key, (items, rejected) in before.items():
            self.put(key, relabelled(items), relabelled(rejected))
        return before

    def flush(self) -> None:
        """Have everything on the disk."""
        if self._own:
            self._reader.join()
            self.require_read()
            self._writer.join()
            with suppress(WorkbenchError):
                written, self._late = self._kept()(), False
                self._written(written)

    def require_read(self) -> None:
        """Read the file at once, where what was read is not there yet."""
        if not self._known:
            self._take_in(_read(self._folder))

    def _take_in(self, found: _Both) -> None:
        if self._known:
            return
        self._known, self._file = True, found
        suggested, rejected = found
        self._all = {**suggested, **self._all}
        for key, gone in rejected.items():
            self._rejected[key] = (*gone, *self.rejected(key))
            if key in self._own:
                self._all[key] = self._unjudged(key, self.of(key))
        if self._late:
            self._keep()
        self.changed.emit("")

    def look_again(self) -> None:
        """Take in, in the background, what another window wrote since."""
        if self._known and not self._writer.busy:
            known = self._file
            self._reader.start(lambda _thread: _read(self._folder),
                               lambda found: self._found_again(found, known))

    def _found_again(self, found: _Both, known: _Both) -> None:
        if self._file is known and not self._writer.busy:
            self._join(found, known)  # else it was taken in as this was written here
            self._file = found

    def _join(self, found: _Both, known: _Both) -> None:
        """What another window wrote about videos about which nothing was said here, and the new
        names of classes; ``known`` is what was here when that was read."""
        changed = False
        now = _joined((self._all, self._rejected), known, found, self._own)
        for ours, joined in zip((self._all, self._rejected), now, strict=True):
            for key in {*ours, *joined}:
                items = joined.get(key, ())
                if ours.get(key, ()) != items:  # what is the same stays the same objects
                    ours[key], changed = items, True
        if changed:
            self.changed.emit("")

    def _unjudged(self, key: str, found: Iterable[LabeledObject]) -> Tracks:
        """Those that were not rejected in a video when the same model suggested them before."""
        return tuple(item for item in found if fresh_tracks((item,), [
            gone for gone in self.rejected(key)
            if gone.attributes.get(MADE_BY) == item.attributes.get(MADE_BY)]))

    def _kept(self) -> Callable[[], tuple[_Both, _Both]]:
        """What writes what there is now, and returns that and what the file holds then; for any
        thread. What another window wrote meanwhile stays, as :func:`_joined` has it."""
        folder, own, known = self._folder, frozenset(self._own), self._file
        mine = dict(self._all), dict(self._rejected)

        def write() -> tuple[_Both, _Both]:
            both = _joined(mine, known, _read(folder), own)
            _write(folder, *both)
            return mine, both

        return write

    def _keep(self) -> None:
        """Write the file; while it is written or still read, once more afterwards."""
        if self._writer.busy or not self._known:
            self._late = True
            return
        self._late, write = False, self._kept()
        self._writer.start(lambda _thread: write(), self._written, self._not_written)

    def _written(self, written: tuple[_Both, _Both]) -> None:
        mine, self._file = written
        self._join(self._file, mine)
        if self._late:
            self._keep()

    def _not_written(self, sentence: str) -> None:
        self.failed.emit(sentence)
        if self._late:
            self._keep()


def _joined(ours: _Both, known: _Both, theirs: _Both, own: Collection[str]) -> _Both:
    """``ours`` of the videos ``own``, about which something was said here, and ``theirs`` of all
    others; ``known`` is what both began with. A class that was renamed in the other window, and not
    here, is so everywhere."""
    def both(mine: dict[str, Tracks], before: dict[str, Tracks],
             now: dict[str, Tracks]) -> dict[str, Tracks]:
        return {**{key: items for key, items in now.items() if key not in own},
                **{key: _renamed(items, before.get(key, ()), now.get(key, ()))
                   for key, items in mine.items() if key in own}}

    return (both(ours[0], known[0], theirs[0]), both(ours[1], known[1], theirs[1]))


def _renamed(ours: Tracks, before: Tracks, theirs: Tracks) -> Tracks:
    """``ours``, with the class that ``theirs`` have now where it was not changed here."""
    was, now = ({_bare(item): item.label for item in found} for found in (before, theirs))

    def label(item: LabeledObject) -> str:
        bare = _bare(item)
        return now.get(bare, item.label) if was.get(bare) == item.label else item.label

    return tuple(item if label(item) == item.label else item.with_label(label(item))
                 for item in ours)


def _bare(item: LabeledObject) -> tuple[str, float, tuple[_Key, ...]]:
    """All of a track but its class."""
    _, run, score, keys = _row(item)
    return run, score, tuple(keys)


class SuggestedTracksStep:
    """A video has other suggestions: part of the step that accepts or rejects some."""

    def __init__(self, store: SuggestedTracks, key: str, gone: Iterable[LabeledObject], text: str,
                 *, rejects: bool = False) -> None:
        self.text, self.key = text, key
        self._store, self._gone, self._rejects = store, tuple(gone), rejects
        self._before = store.of(key), store.rejected(key)

    def do(self) -> None:
        items, rejected = self._before
        gone = set(map(id, self._gone))
        self._store.put(self.key, (item for item in items if id(item) not in gone),
                        (*rejected, *self._gone) if self._rejects else rejected)

    def undo(self) -> None:
        self._store.put(self.key, *self._before)


class RelabelSuggestedTracks:
    """Suggested tracks of a class that is called otherwise now, or is gone; part of that step."""

    def __init__(self, store: SuggestedTracks, old: str, new: str | None, text: str) -> None:
        self.text, self.key = text, ""
        self._store, self._old, self._new = store, old, new
        self._before: dict[str, tuple[Tracks, Tracks]] = {}

    def do(self) -> None:
        self._before = self._store.relabel(self._old, self._new)

    def undo(self) -> None:
        for key, (items, rejected) in self._before.items():
            self._store.put(key, items, rejected)


def score_of(item: LabeledObject) -> float:
    """How sure the model was."""
    score = item.attributes.get(SCORE, 0.0)
    return float(score)


# --- the file -------------------------------------------------------------------------------------


def _write(folder: Path, kept: Mapping[str, Tracks], rejected: Mapping[str, Tracks]) -> None:
    data = {"version": 1, **{name: {key: list(map(_row, items)) for key, items in table.items()
                                    if items}
                             for name, table in (("videos", kept), ("rejected", rejected))}}
    write_atomic(cache_folder(folder) / FILE, json.dumps(data).encode("ascii"))


def _row(item: LabeledObject) -> _Row:
    return (item.label, str(item.attributes.get(MADE_BY, "")), score_of(item),
            [(key.frame, *key.box, key.outside) for key in track_of(item).keys])


def _read(folder: Path) -> _Both:
    """What the file says; one that cannot be read says nothing."""
    try:
        data: Any = parse_json(read_regular(cache_folder(folder) / FILE, _LIMIT))
        videos, rejected = ({key: tuple(_item(number, row) for number, row in enumerate(rows, 1))
                             for key, rows in fitted(data[name], dict[str, list[_Row]]).items()}
                            for name in ("videos", "rejected"))
    except (WorkbenchError, OSError, ValueError, KeyError, TypeError):
        return {}, {}
    return videos, rejected


def _item(number: int, row: _Row) -> LabeledObject:
    label, run, score, keys = row
    track = Track(number, tuple(TrackKey(frame, Box(x1, y1, x2, y2), outside)
                                for frame, x1, y1, x2, y2, outside in keys))
    if not keys:
        raise ValueError("a track has no key frame")
    return LabeledObject(label, track, {MADE_BY: run, SCORE: score})


def corrected(item: LabeledObject, frame: int, box: Box) -> LabeledObject:
    """A suggested track with a box that a person drew on a frame."""
    return replace(item, shape=track_of(item).with_key(TrackKey(frame, box)))


def suggested_tracks_of(session: Session) -> SuggestedTracks:
    """Those of a session, made once."""
    def make() -> SuggestedTracks:
        found = SuggestedTracks(session.folder, session.post)
        session.index.finished.connect(found.look_again)  # it is looked what other programs changed
        return found

    return session.part(SuggestedTracks, make)


def relabel_suggested_tracks(session: Session, old: str, new: str | None,
                             text: str) -> list[RelabelSuggestedTracks]:
    """The step, called ``text``, that gives suggested tracks of class ``old`` its new name, or
    takes them away for None; none where there never were any."""
    with suppress(WorkbenchError):
        if SuggestedTracks in session.parts or is_file(cache_place(session.folder) / FILE):
            store = suggested_tracks_of(session)
            store.require_read()
            return [RelabelSuggestedTracks(store, old, new, text)]
    return []
