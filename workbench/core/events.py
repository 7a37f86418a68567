"""What happens in a video, and when: spans of time, as of grooming, and moments, as of a peck;
ethologists call them state events and point events.

An event is a labelled object whose shape is a :class:`Span`, as a track is the shape of another:
lists, undo and saving need nothing else. Its class is one of the project's list of events
(:class:`EventClasses`), which is not that of its boxes. Times are seconds from the beginning of the
video.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from workbench.core.annotation import NO_ATTRIBUTES, LabeledObject
from workbench.core.shapes import Bounds

EVENTS_SUFFIX = ".events.csv"
"""Of the file with a video's events; before it stands the video's whole name."""
SUBJECT, COMMENT = "subject", "comment"
_NEAR = 1e-6  # seconds: two times that are the same


@dataclass(frozen=True, slots=True)
class Span:
    """When something happens."""

    start: float
    stop: float | None
    """Seconds; None of what has begun and goes on; of a moment its ``start``."""
    moment: bool = False
    """Whether it has no length."""
    first: int | None = None
    last: int | None = None
    """Numbers of the frames at start and stop; None where nobody said."""

    @property
    def runs(self) -> bool:
        """Whether its end is still to come."""
        return self.stop is None

    @property
    def end(self) -> float:
        """Its stop, or its start while that is to come."""
        return self.start if self.stop is None else self.stop

    @property
    def duration(self) -> float:
        """Seconds; 0 of a moment, and of what still runs."""
        return self.end - self.start

    def is_on(self, time: float) -> bool:
        """Whether it happens at ``time``: from its start to just before its stop."""
        return self.start - _NEAR <= time and (self.stop is None or time < self.stop - _NEAR)

    def ended(self, time: float, frame: int | None = None) -> Span:
        """With its stop there."""
        return replace(self, stop=time, last=frame)

    # What any shape says

    def bounds(self) -> Bounds:
        return (self.start, 0.0, self.end, 0.0)

    def contains(self, point: tuple[float, float]) -> bool:
        return self.is_on(point[0])

    def moved(self, dx: float, dy: float) -> Span:
        stop = None if self.stop is None else self.stop + dx
        return Span(self.start + dx, stop, self.moment)

    def clipped(self, size: tuple[float, float]) -> Span:
        def inside(time: float) -> float:
            return min(max(time, 0.0), size[0])

        stop = None if self.stop is None else inside(self.stop)
        return replace(self, start=inside(self.start), stop=stop)


def span_of(item: LabeledObject) -> Span:
    """When an event happens."""
    assert isinstance(item.shape, Span), f"{item.label} is no event"
    return item.shape


def event(label: str, span: Span, subject: str = "", comment: str = "") -> LabeledObject:
    """An event that nobody has written down yet."""
    said = {name: text for name, text in ((SUBJECT, subject), (COMMENT, comment)) if text}
    return LabeledObject(label, span, said or NO_ATTRIBUTES)


def subject_of(item: LabeledObject) -> str:
    """Who or what does it: a name, or a track's number; "" where nobody said."""
    return str(item.attributes.get(SUBJECT, ""))


def comment_of(item: LabeledObject) -> str:
    """What else somebody wrote about it."""
    return str(item.attributes.get(COMMENT, ""))


def in_time(events: Iterable[LabeledObject]) -> list[LabeledObject]:
    """By their start; of those that start together the one first that ends first."""
    return sorted(events, key=lambda item: (span_of(item).start, span_of(item).end))


def runs_at(item: LabeledObject, time: float) -> bool:
    """Whether an event has begun by then, and nobody has ended it."""
    span = span_of(item)
    return span.runs and span.start <= time + _NEAR


def toggled(events: Sequence[LabeledObject], label: str, moment: bool, time: float,
            frame: int | None, subject: str = "") -> tuple[LabeledObject, ...]:
    """The events after the key of a class was pressed at a frame, whose ``time`` is in seconds: the
    event of that class and subject that runs there ends, also where the class became one of
    moments since; else one begins, or of a class of moments there is one more."""
    running = next((item for item in reversed(events) if runs_at(item, time)
                    and item.label == label and subject_of(item) == subject), None)
    if running is None and moment:
        return (*events, event(label, Span(time, time, True, frame, frame), subject))
    if running is None:
        return (*events, event(label, Span(time, None, False, frame), subject))
    ended = span_of(running).ended(time, frame)
    if ended.duration <= _NEAR:  # pressed twice on one frame: it did not happen
        return tuple(item for item in events if item is not running)
    return tuple(replace(item, shape=ended) if item is running else item for item in events)


def with_frames(events: Iterable[LabeledObject], times: Sequence[float],
                ) -> tuple[LabeledObject, ...]:
    """With the numbers of frames where nobody said them; ``times`` are those of all frames."""
    def frame(time: float, known: int | None) -> int | None:
        return known if known is not None or not times else nearest(times, time)

    return tuple(replace(item, shape=replace(
        span, first=frame(span.start, span.first),
        last=None if span.stop is None else frame(span.stop, span.last)))
        for item in events for span in [span_of(item)])


def missing_in(known: Iterable[LabeledObject], events: Iterable[LabeledObject],
               ) -> tuple[LabeledObject, ...]:
    """Those of ``events`` that are not among the ``known`` ones: of their class and subject none
    has their times, to the millisecond, as formats round them. One that runs is also there with any
    stop, as formats say when it ends."""
    def begun(item: LabeledObject) -> tuple[object, ...]:
        span = span_of(item)
        return item.label, subject_of(item), span.moment, round(span.start, 3)

    def stop(item: LabeledObject) -> float | None:
        return None if span_of(item).stop is None else round(span_of(item).end, 3)

    there = {(begun(item), stop(item)) for item in known}
    return tuple(item for item in events
                 if not {(begun(item), None), (begun(item), stop(item))} & there)


def nearest(times: Sequence[float], time: float) -> int:
    """The frame whose time is nearest."""
    after = bisect_left(times, time)
    return min((at for at in (after - 1, after) if 0 <= at < len(times)),
               key=lambda at: abs(times[at] - time))


def changed_time(before: Sequence[LabeledObject], after: Sequence[LabeledObject],
                 now: float) -> float | None:
    """When the first event begins that is no more as it was; None where that is seen ``now``, or
    nothing changed."""
    sides = set(before) ^ set(after)
    other = [span_of(item) for item in sides]
    if not other or any(span.start - _NEAR <= now <= span.end + _NEAR for span in other):
        return None
    return min(span.start for span in other)


class EventClasses(NamedTuple):
    """The classes of events of a project, in their order, and which of them are moments."""

    names: tuple[str, ...] = ()
    moments: frozenset[str] = frozenset()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> EventClasses:
        """As ``workbench.toml`` says it; what is no name is left out."""
        names = _names(data.get("classes"))
        return cls(names, frozenset(_names(data.get("moments"))) & frozenset(names))

    def to_json(self) -> dict[str, list[str]]:
        """For ``workbench.toml``."""
        return {"classes": list(self.names),
                "moments": [name for name in self.names if name in self.moments]}

    def with_class(self, name: str, *, moment: bool = False) -> EventClasses:
        """With one more class; one that is there already stays as it is."""
        if name in self.names:
            return self
        return EventClasses((*self.names, name), self.moments | ({name} if moment else set()))

    def with_all_of(self, events: Iterable[LabeledObject]) -> EventClasses:
        """With the classes that events have; one whose events are all moments is one of those."""
        found: dict[str, bool] = {}
        for item in events:
            if item.label and item.label not in self.names:
                found[item.label] = found.get(item.label, True) and span_of(item).moment
        made = self
        for name, moment in found.items():
            made = made.with_class(name, moment=moment)
        return made

    def as_moment(self, name: str, moment: bool) -> EventClasses:
        """With a class of moments, or of spans."""
        return self._replace(moments=self.moments | {name} if moment else self.moments - {name})

    def renamed(self, old: str, new: str) -> EventClasses:
        """With another name for a class; if another class has that name, both become one."""
        names = tuple(dict.fromkeys(new if name == old else name for name in self.names))
        moments = {new if name == old else name for name in self.moments}
        return EventClasses(names, frozenset(moments) if new not in self.names else
                            self.moments - {old})

    def without(self, name: str) -> EventClasses:
        return EventClasses(tuple(one for one in self.names if one != name), self.moments - {name})


def _names(data: object) -> tuple[str, ...]:
    found = data if isinstance(data, list) else []
    return tuple(dict.fromkeys(name for name in found if isinstance(name, str) and name))
