"""Things that are followed through a video: boxes at key frames, and straight lines in between.

A track is the shape of a labelled object, as a box is in an image: lists, undo and statistics need
nothing else. Frames are numbered from 0 in the order in which they are shown.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from workbench.core.annotation import NO_ATTRIBUTES, Attributes, LabeledObject
from workbench.core.attributes import TRACK
from workbench.core.shapes import Bounds, Box

OCCLUDED = "occluded"


@dataclass(frozen=True, slots=True)
class TrackKey:
    """What a person says of a track at one frame; it holds until the next key frame."""

    frame: int
    """Its number."""
    box: Box
    """Where the thing is."""
    outside: bool = False
    """It is not to be seen from here on."""
    attributes: Attributes = field(default_factory=lambda: NO_ATTRIBUTES, hash=False)
    """What else is said from here on: "occluded", or whatever changes along the track."""


@dataclass(frozen=True, slots=True)
class Track:
    """Where one thing is in the frames of a video."""

    id: int
    """By which it is known: "car 3"."""
    keys: tuple[TrackKey, ...]
    """In rising order of their frames, one at least."""

    @property
    def first(self) -> int:
        """The first frame."""
        return self.keys[0].frame

    def at(self, frame: int) -> TrackKey | None:
        """The track at a frame: between two key frames on the straight line from one to the
        other, after the last one as there; None where the thing is not to be seen."""
        place = self._place(frame)
        if place < 0 or self.keys[place].outside:
            return None
        key = self.keys[place]
        if key.frame == frame or place + 1 == len(self.keys):
            return key if key.frame == frame else replace(key, frame=frame)
        then = self.keys[place + 1]
        return replace(key, frame=frame, box=_between(
            key.box, then.box, (frame - key.frame) / (then.frame - key.frame)))

    def key(self, frame: int) -> TrackKey | None:
        """The key frame that stands just there."""
        place = self._place(frame)
        found = self.keys[place] if place >= 0 else None
        return found if found is not None and found.frame == frame else None

    def next_key(self, frame: int, direction: int) -> int | None:
        """The nearest key frame after ``frame`` (1) or before it (-1)."""
        if direction > 0:
            return next((key.frame for key in self.keys if key.frame > frame), None)
        return next((key.frame for key in reversed(self.keys) if key.frame < frame), None)

    def spans(self, last: int) -> list[tuple[int, int]]:
        """First and last frame of each time in which the thing is seen, of a video whose last
        frame is ``last``."""
        found: list[tuple[int, int]] = []
        start: int | None = None
        for key in self.keys:
            if start is None and not key.outside:
                start = key.frame
            elif start is not None and key.outside:
                found.append((start, key.frame - 1))
                start = None
        return found if start is None else [*found, (start, max(last, start))]

    # Changes

    def with_key(self, key: TrackKey) -> Track:
        """With a key frame, in place of one that stands there."""
        kept = [item for item in self.keys if item.frame != key.frame]
        return replace(self, keys=tuple(sorted((*kept, key), key=lambda item: item.frame)))

    def called(self, id: int) -> Track:
        """With another number."""
        return replace(self, id=id)

    def without_key(self, frame: int) -> Track | None:
        """Without a key frame; None where no box is left."""
        kept = tuple(item for item in self.keys if item.frame != frame)
        return replace(self, keys=kept) if any(not item.outside for item in kept) else None

    def ended(self, frame: int) -> Track | None:
        """Not to be seen from ``frame`` on, until the next key frame; None where no box is left."""
        key = self.at(frame)
        if key is None:
            return self
        track = self.with_key(replace(key, outside=True))
        return track if any(not item.outside for item in track.keys) else None

    def held(self, frame: int, last: int) -> Track:
        """As it is at ``frame`` in all frames up to ``last``."""
        key = self.at(frame)
        if key is None or last <= frame:
            return self
        kept = tuple(item for item in self.keys if not frame < item.frame <= last)
        return replace(self, keys=kept).with_key(key).with_key(replace(key, frame=last))

    def filled(self, frame: int, boxes: Mapping[int, Box], tolerance: float = 1.0) -> Track:
        """With boxes that were found on the frames next to ``frame``, on one side of it, as few key
        frames; none of them may be off by more than ``tolerance`` pixels."""
        key = self.at(frame)
        if key is None or not boxes:
            return self
        known = {frame: key.box, **boxes}
        fresh = [replace(key, frame=one, box=known[one])
                 for one in _bends(sorted(known), known, tolerance)]
        kept = [item for item in self.keys if item.frame not in known]
        return replace(self, keys=tuple(sorted((*kept, *fresh), key=lambda item: item.frame)))

    def split(self, frame: int, id: int) -> tuple[Track, Track] | None:
        """Two tracks, of which the second, ``id``, begins at ``frame``; None where the thing is
        not seen there and before."""
        key = self.at(frame)
        before = tuple(item for item in self.keys if item.frame < frame)
        if key is None or all(item.outside for item in before):
            return None
        after = tuple(item for item in self.keys if item.frame > frame)
        ends = () if before[-1].outside else (replace(key, outside=True),)
        return replace(self, keys=(*before, *ends)), Track(id, (key, *after))

    def joined(self, other: Track) -> Track | None:
        """One track of two, called as this one; None where both are said to be seen at once."""
        one, two = sorted((self, other), key=lambda track: track.first)
        late = [item for item in one.keys if item.frame >= two.first]
        if any(not item.outside for item in late):
            return None
        early = tuple(item for item in one.keys if item.frame < two.first)
        return Track(self.id, (*early, *two.keys))

    # As any shape

    def bounds(self) -> Bounds:
        boxes = [key.box for key in self.keys]
        return (min(box[0] for box in boxes), min(box[1] for box in boxes),
                max(box[2] for box in boxes), max(box[3] for box in boxes))

    def contains(self, point: tuple[float, float]) -> bool:
        return any(key.box.contains(point) for key in self.keys if not key.outside)

    def moved(self, dx: float, dy: float) -> Track:
        return self._with_boxes(lambda box: box.moved(dx, dy))

    def clipped(self, size: tuple[float, float]) -> Track:
        return self._with_boxes(lambda box: box.clipped(size))

    def _with_boxes(self, change: Callable[[Box], Box]) -> Track:
        return replace(self, keys=tuple(replace(key, box=change(key.box)) for key in self.keys))

    def _place(self, frame: int) -> int:
        """Place of the last key frame up to ``frame``; -1 before the first."""
        return bisect_right(self.keys, frame, key=lambda key: key.frame) - 1


def _between(one: Box, two: Box, share: float) -> Box:
    return Box(*(a + (b - a) * share for a, b in zip(one, two, strict=True)))


def track_of_boxes(id: int, boxes: Mapping[int, Box], last: int, tolerance: float = 0.02,
                   step: int = 1, gap: int = 0) -> Track:
    """A track of boxes at single frames, with as few key frames as tell them.

    Parameters
    ----------
    id
        Its number.
    boxes
        By frame, one at least; between runs of frames it is not to be seen.
    last
        The last frame of the video: there and after it nothing ends.
    tolerance
        Pixels by which an edge may be off.
    step
        Every so manieth frame was looked at.
    gap
        So many frames lie at most between two on which it was found, that it was there in between.
    """
    frames = sorted(boxes)
    keys: list[TrackKey] = []
    start = 0
    for place, frame in enumerate(frames):
        if place + 1 < len(frames) and frames[place + 1] <= frame + max(step, gap):
            continue
        run = frames[start:place + 1]
        keys.extend(TrackKey(one, boxes[one]) for one in _bends(run, boxes, tolerance))
        if frame + step <= last:
            keys.append(TrackKey(frame + step, boxes[frame], outside=True))
        start = place + 1
    return Track(id, tuple(keys))


def _bends(run: Sequence[int], boxes: Mapping[int, Box], tolerance: float) -> list[int]:
    """Frames of an unbroken run between which straight lines come as near as wanted (Ramer, 1972,
    and Douglas and Peucker, 1973)."""
    kept = {run[0], run[-1]}
    parts = [(0, len(run) - 1)]
    while parts:
        first, last = parts.pop()
        one, two = boxes[run[first]], boxes[run[last]]
        worst, at = tolerance, -1
        for place in range(first + 1, last):
            line = _between(one, two, (place - first) / (last - first))
            off = max(abs(a - b) for a, b in zip(line, boxes[run[place]], strict=True))
            if off > worst:
                worst, at = off, place
        if at >= 0:
            kept.add(run[at])
            parts += [(first, at), (at, last)]
    return sorted(kept)


# --- one frame of a video -------------------------------------------------------------------------

Objects = Sequence[LabeledObject]


def track_of(item: LabeledObject) -> Track:
    """The track that an object of a video is."""
    assert isinstance(item.shape, Track), f"{item.label} is no track"
    return item.shape


def free_id(tracks: Iterable[LabeledObject]) -> int:
    """The number of the next new track."""
    return max((track_of(item).id for item in tracks), default=0) + 1


def with_tracks(tracks: Objects, added: Iterable[LabeledObject]) -> tuple[LabeledObject, ...]:
    """With more tracks; one whose number is taken gets another."""
    made = list(tracks)
    taken = {track_of(item).id for item in made}
    for item in added:
        track = track_of(item)
        if track.id in taken:
            item = replace(item, shape=replace(track, id=free_id(made)))
        taken.add(track_of(item).id)
        made.append(item)
    return tuple(made)


def objects_at(tracks: Objects, frame: int) -> tuple[LabeledObject, ...]:
    """What is seen in a frame, as objects with boxes; ``source`` is the track's place in
    ``tracks``, the attribute "track" its number."""
    found = []
    for place, item in enumerate(tracks):
        track = track_of(item)
        key = track.at(frame)
        if key is not None:
            said = {**item.attributes, **key.attributes, TRACK: float(track.id)}
            found.append(LabeledObject(item.label, key.box, said, place))
    return tuple(found)


def with_objects_at(tracks: Objects, frame: int, before: Objects,
                    after: Objects) -> tuple[LabeledObject, ...]:
    """The tracks after a frame's objects, which were ``before``, have become ``after``.

    A box that was moved is a key frame there; another class is that of the whole track; an object
    that is gone takes its track with it, and a new one begins a track.
    """
    was = {item.source: item for item in before}
    now = {item.source: item for item in after if item.source is not None}
    made = []
    for place, item in enumerate(tracks):
        if place not in was:
            made.append(item)
        elif place in now:
            made.append(_changed(item, frame, was[place], now[place]))
    for item in after:
        if item.source is None:
            made.append(begun(item, frame, free_id([*tracks, *made])))
    return tuple(made)


def changed_frame(before: Objects, after: Objects, here: int) -> int | None:
    """The frame nearest to ``here`` on which a change is to be seen; None where nothing changed,
    or it is seen here."""
    was, now = ({track_of(item).id: item for item in side} for side in (before, after))
    frames: set[int] = set()
    for id in was.keys() | now.keys():
        old, new = was.get(id), now.get(id)
        if old == new:
            continue
        sides = [track_of(item) for item in (old, new) if item is not None]
        if len({track.at(here) for track in sides}) == 2 or (
                len(sides) == 1 and sides[0].at(here) is not None):
            return None
        keys = [set(track.keys) for track in sides]
        changed = keys[0] ^ keys[1] if len(keys) == 2 else keys[0]
        frames.update(key.frame for key in changed or keys[0])
    return min(frames, key=lambda frame: abs(frame - here)) if frames and here not in frames \
        else None


def begun(item: LabeledObject, frame: int, id: int) -> LabeledObject:
    """The track that begins with an object of one frame."""
    said, key_said = _parted(item.attributes, ())
    key = TrackKey(frame, Box(*item.box), attributes=key_said)
    return LabeledObject(item.label, Track(id, (key,)), said)


def _changed(item: LabeledObject, frame: int, was: LabeledObject,
             now: LabeledObject) -> LabeledObject:
    if now == was:
        return item
    track = track_of(item)
    key = track.at(frame)
    assert key is not None
    said, key_said = _parted(now.attributes,
                             {name for one in track.keys for name in one.attributes})
    if now.box != was.box or key_said != key.attributes:
        track = track.with_key(replace(key, box=Box(*now.box), attributes=key_said))
    if said == item.attributes:
        said = item.attributes
    return replace(item, label=now.label, shape=track, attributes=said)


def _parted(said: Attributes, changing: Iterable[str]) -> tuple[Attributes, Attributes]:
    """What is said of a whole track, and what of a frame: that, and what is known to change."""
    own = {OCCLUDED, *changing}
    whole = {name: value for name, value in said.items() if name not in own and name != TRACK}
    return whole or NO_ATTRIBUTES, {name: value for name, value in said.items()
                                    if name in own} or NO_ATTRIBUTES
