"""Counting what crosses lines and enters zones, by the tracks of things that were followed.

A thing is where the middle of its box is. It has changed sides when it was clearly on one side and
is clearly on the other one: nearer to the border than a tenth of its size nothing is decided, so
that a box that trembles on a line is not counted again and again. That is a trigger with two
thresholds (Schmitt, O. H. (1938), A thermionic trigger, J. Sci. Instrum. 15, 24), as counters of
others have it in frames instead of pixels: "minimum_crossing_threshold" of supervision.LineZone.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from workbench.core.shapes import Bounds

Point = tuple[float, float]
UNDECIDED, LEAST_UNDECIDED = 0.1, 1.0
"""Distance to a border within which nothing is decided: a share of a box's size, and pixels."""

SEEN, CROSSING, ENTRY, EXIT = "seen", "crossing", "entry", "exit"
IN, OUT = "in", "out"
_FAR = 1e6
"""Pixels from the corner that a line may be away; no picture is so large."""
SEEN_FOR = 2.0
"""Seconds after which a thing that was followed is an event."""


@dataclass(frozen=True, slots=True)
class CountingLine:
    """Who crosses it to the right hand of somebody looking from its first point to its second goes
    "in", the others "out". Points are in pixels of the frame."""

    name: str
    points: tuple[Point, ...]

    def side(self, point: Point) -> float:
        """Pixels from the line, drawn on without an end: above 0 on the side that "in" leads to."""
        (x0, y0), (x1, y1) = self.points
        return ((x1 - x0) * (point[1] - y0) - (y1 - y0) * (point[0] - x0)) / math.dist(*self.points)

    def is_met(self, before: Point, after: Point) -> bool:
        """Whether the way from a point on one side to one on the other meets the line itself."""
        first, second = self.side(before), self.side(after)
        share = first / (first - second)
        (x0, y0), (x1, y1) = self.points
        x = before[0] + share * (after[0] - before[0]) - x0
        y = before[1] + share * (after[1] - before[1]) - y0
        along = (x * (x1 - x0) + y * (y1 - y0)) / math.dist(*self.points) ** 2
        return 0 <= along <= 1


@dataclass(frozen=True, slots=True)
class CountingZone:
    """An area with three corners or more, in pixels of the frame."""

    name: str
    points: tuple[Point, ...]

    def side(self, point: Point) -> float:
        """Pixels from the border: above 0 inside."""
        x, y = point
        inside, nearest = False, math.inf
        for (x0, y0), (x1, y1) in pairwise([*self.points, self.points[0]]):
            if (y0 > y) != (y1 > y) and x < x0 + (y - y0) / (y1 - y0) * (x1 - x0):
                inside = not inside
            span = (x1 - x0) ** 2 + (y1 - y0) ** 2
            share = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / span if span else 0.0
            share = min(1.0, max(0.0, share))
            nearest = min(nearest, math.dist(
                point, (x0 + share * (x1 - x0), y0 + share * (y1 - y0))))
        return nearest if inside else -nearest

    def is_met(self, _before: Point, _after: Point) -> bool:
        """Its border has no end."""
        return True


CountingPlace = CountingLine | CountingZone
PlaceKind = type[CountingLine] | type[CountingZone]
"""Where things are counted."""


class TrackEvent(NamedTuple):
    """Something that happened to a thing in a video.

    ``event`` is :data:`SEEN` (for long enough), :data:`CROSSING`, :data:`ENTRY` or :data:`EXIT`;
    ``place`` the line's or zone's name; ``direction`` :data:`IN` or :data:`OUT` of a crossing.
    ``seconds`` are how long it was seen, or, of an exit, how long it was inside.
    """

    time: float
    frame: int
    event: str
    track: int
    label: str
    place: str = ""
    direction: str = ""
    seconds: float = 0.0


@dataclass(slots=True)
class ZoneVisit:
    """A thing in a zone: from when to when it was seen there, in seconds."""

    zone: str
    track: int
    label: str
    first: float
    last: float


class Sum(NamedTuple):
    """What was counted of one class at one place: crossings in and out, or of a zone entries and
    exits; and of a zone the visits, and how many seconds one takes in the mean."""

    ins: int
    outs: int
    visits: int = 0
    dwell: float = 0.0


@dataclass(slots=True)
class _Passage:
    """One thing at one place: the side that it is surely on, and where it was last."""

    side: int = 0
    point: Point | None = None
    positive: bool = False
    met: bool = False
    met_at: tuple[float, int] = (0.0, 0)
    visit: ZoneVisit | None = None


@dataclass(slots=True)
class Tally:
    """Takes in where things are, frame by frame, and counts."""

    places: Sequence[CountingPlace]
    """Lines and zones, each with a name of its own."""
    seen_for: float = SEEN_FOR
    """Seconds after which a thing is an event."""
    passings: list[TrackEvent] = field(default_factory=list)
    """Crossings, entries and exits, as they came."""
    visits: list[ZoneVisit] = field(default_factory=list)
    """Of zones, those that still go on, too."""
    _passages: dict[tuple[int, str], _Passage] = field(default_factory=dict)
    _first: dict[int, float] = field(default_factory=dict)
    _since: dict[int, float] = field(default_factory=dict)
    _seen: dict[int, TrackEvent] = field(default_factory=dict)

    def see(self, track: int, label: str, frame: int, time: float, box: Bounds,
            middle: Point | None = None) -> None:
        """A thing is in a box (xyxy) now; of each thing the frames come in their order. Its
        ``middle`` may be a smoothed one."""
        first = self._first.setdefault(track, time)
        self._since.setdefault(track, time)
        if time - first >= self.seen_for:
            known = self._seen.get(track) or TrackEvent(time, frame, SEEN, track, label)
            self._seen[track] = known._replace(seconds=round(time - first, 3))
        if middle is None:
            middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        size = math.sqrt(max(box[2] - box[0], 0) * max(box[3] - box[1], 0))
        margin = max(LEAST_UNDECIDED, UNDECIDED * size)
        for where in self.places:
            passage = self._passages.setdefault((track, where.name), _Passage())
            now = TrackEvent(time, frame, "", track, label, where.name)
            self._pass(where, passage, now, middle, margin)

    def lose(self, track: int) -> None:
        """A thing was not seen for so long that it may have been anywhere: where it is seen next
        it begins anew."""
        self._since.pop(track, None)
        for place in self.places:
            self._passages.pop((track, place.name), None)

    def set_places(self, places: Sequence[CountingPlace]) -> None:
        """Count at others from now on; what was counted at those that stay, stays."""
        names = {item.name for item in places if item in self.places}
        self.places = tuple(places)
        self.passings = [item for item in self.passings if item.place in names]
        self.visits = [item for item in self.visits if item.zone in names]
        self._passages = {key: item for key, item in self._passages.items() if key[1] in names}

    def _pass(self, where: CountingPlace, passage: _Passage, now: TrackEvent, middle: Point,
              margin: float) -> None:
        distance = where.side(middle)
        positive = distance >= 0
        if passage.point is not None and positive != passage.positive:
            passage.met = where.is_met(passage.point, middle)
            passage.met_at = now.time, now.frame
        passage.point, passage.positive = middle, positive
        before = passage.side
        if abs(distance) > margin:
            passage.side = 1 if positive else -1
        if passage.side != before:
            if before and passage.met:
                self._changed(where, passage, now)
            elif isinstance(where, CountingZone) and passage.side > 0:  # it is seen first inside
                passage.visit = ZoneVisit(where.name, now.track, now.label,
                                      self._since[now.track], now.time)
                self.visits.append(passage.visit)
        if passage.visit is not None and positive:
            passage.visit.last = now.time

    def _changed(self, where: CountingPlace, passage: _Passage, now: TrackEvent) -> None:
        time, frame = passage.met_at
        event = now._replace(time=time, frame=frame)
        inwards = passage.side > 0
        if isinstance(where, CountingLine):
            self.passings.append(event._replace(event=CROSSING, direction=IN if inwards else OUT))
        elif inwards:
            passage.visit = ZoneVisit(where.name, now.track, now.label, time, now.time)
            self.visits.append(passage.visit)
            self.passings.append(event._replace(event=ENTRY))
        else:
            visit, passage.visit = passage.visit, None
            assert visit is not None
            visit.last = time
            self.passings.append(event._replace(event=EXIT, seconds=round(time - visit.first, 3)))

    def in_order(self) -> list[TrackEvent]:
        """The events by their time."""
        return sorted([*self._seen.values(), *self.passings],
                      key=lambda event: (event.time, event.track))

    def sums(self, where: CountingPlace) -> dict[str, Sum]:
        """What was counted at a place, by class; the most frequent ones first."""
        ins: Counter[str] = Counter()
        outs: Counter[str] = Counter()
        for event in self.passings:
            if event.place == where.name:
                inwards = event.event == ENTRY or event.direction == IN
                (ins if inwards else outs)[event.label] += 1
        stays: dict[str, list[float]] = defaultdict(list)
        for visit in self.visits:
            if visit.zone == where.name:
                stays[visit.label].append(visit.last - visit.first)
        labels = sorted({*ins, *outs, *stays}, key=lambda name: (
            -ins[name] - outs[name] - len(stays.get(name, ())), name))
        return {name: Sum(ins[name], outs[name], len(stays.get(name, ())),
                          round(sum(stays[name]) / len(stays[name]), 3) if name in stays else 0.0)
                for name in labels}

    def over_time(self, where: CountingPlace) -> list[tuple[float, int]]:
        """How many crossed a line until then, or are inside a zone then: (seconds, number) where
        that becomes another one."""
        steps: Iterable[tuple[float, int]]
        if isinstance(where, CountingLine):
            steps = [(event.time, 1) for event in self.passings if event.place == where.name]
        else:
            steps = [step for visit in self.visits if visit.zone == where.name
                     for step in ((visit.first, 1), (visit.last, -1))]
        number, found = 0, {}
        for time, change in sorted(steps, key=lambda step: (step[0], -step[1])):
            number += change
            found[time] = number
        return list(found.items())


def place_from(kind: PlaceKind, name: str, points: Sequence[Point]) -> CountingPlace:
    """A line or zone, if it is one.

    Raises
    ------
    ValueError
        With a sentence, where there are too few points, or they are one and the same.
    """
    if not all(abs(value) <= _FAR for point in points for value in point):
        raise ValueError("coordinates are numbers of pixels")
    if kind is CountingLine:
        if len(points) != 2 or points[0] == points[1]:
            raise ValueError("a line has two points that differ: x1,y1,x2,y2")
    elif len(set(points)) < 3:
        raise ValueError("a zone has three corners or more: x1,y1,x2,y2,x3,y3")
    return kind(name, tuple(points))


def place_of_text(kind: PlaceKind, text: str, others: Iterable[CountingPlace]) -> CountingPlace:
    """What a person typed: "x1,y1,x2,y2[,name]".

    Raises
    ------
    ValueError
        With a sentence, where it is no line or zone, or one of that name is among ``others``.
    """
    words = [word.strip() for word in text.split(",")]
    numbers: list[float] = []
    while words and (number := _number(words[0])) is not None:
        numbers.append(number)
        words.pop(0)
    name = ",".join(words).strip()
    if len(numbers) % 2 and not name:  # a name may be a number
        name = f"{numbers.pop():g}"
    taken = {item.name for item in others}
    if len(numbers) % 2:
        raise ValueError("each point has an x and a y")
    if name in taken:
        raise ValueError(f"there are two called “{name}”")
    return place_from(kind, name or free_name(kind, taken),
                      list(zip(numbers[::2], numbers[1::2], strict=True)))


def free_name(kind: PlaceKind, taken: Iterable[str]) -> str:
    """ "Line 1", "Zone 2": what a new one is called at first."""
    known, number = set(taken), 1
    word = "Line" if kind is CountingLine else "Zone"
    while f"{word} {number}" in known:
        number += 1
    return f"{word} {number}"


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
