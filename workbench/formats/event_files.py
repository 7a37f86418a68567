"""Events of one video in the formats of other programs, in and out.

====================  ============================================================================
``csv``               the table that this program keeps beside a video
``boris``             BORIS: tabular events, a line for each start, stop and point
``boris-aggregated``  BORIS: aggregated events, a line for each event
``elan``              ELAN (``.eaf``)
``audacity``          Audacity: start, stop and class as text
====================  ============================================================================

Projects of BORIS (``.boris``) are read, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import FormatError, WorkbenchError
from workbench.core.events import (
    EventClasses,
    Span,
    comment_of,
    event,
    missing_in,
    span_of,
    subject_of,
)
from workbench.core.text import count, tr
from workbench.formats.atomic import write_below
from workbench.formats.audacity import looks_like_audacity, parse_audacity
from workbench.formats.boris import (
    EventsRead,
    ObservedVideo,
    aggregated,
    looks_like_boris,
    read_project,
    read_table,
    tabular,
)
from workbench.formats.elan import elan, read_elan
from workbench.formats.event_table import new_table, parse_events, time_cell
from workbench.formats.label_json import LIMIT, start_of
from workbench.formats.regular_file import read_file

__all__ = ["EVENT_FORMATS", "EventFormat", "EventsRead", "ObservedVideo", "read_events",
           "without_known"]

_LATE = 1.0  # seconds behind its end that an event may begin: videos are cut


class EventFormat(NamedTuple):
    """A format that is written: id, words for lists, how its files end behind the video's name, the
    text of one, and what has no place in it."""

    id: str
    title: str
    ending: str
    render: Callable[[ObservedVideo], str]
    loses_subject: bool = False
    loses_comment: bool = False

    def write(self, film: ObservedVideo, folder: Path) -> Path:
        """Write a file into a folder, which is made where there is none, and return it.

        Raises
        ------
        WorkbenchError
            If there is one of that name, or the disk refuses.
        """
        path = folder / f"{film.stem}{self.ending}"
        if path.exists():
            raise WorkbenchError("there is something of this name already; choose another folder",
                                 path=path)
        write_below(path, self.render(film).encode("utf-8", "surrogatepass"))
        return path

    def lost(self, events: Iterable[LabeledObject]) -> list[str]:
        """What is said of events and has no place in the format, in sentences."""
        known = list(events)
        return [tr("{what} of {events} has no place in {format}.", what=what,
                   events=count(number, "event"), format=self.title)
                for loses, what, number in (
                    (self.loses_subject, tr("The subject"), sum(map(bool, map(subject_of, known)))),
                    (self.loses_comment, tr("The comment"), sum(map(bool, map(comment_of, known)))))
                if loses and number]


def read_events(path: Path, video: str, duration: float) -> EventsRead:
    """The events of a file about the video of the file name ``video``, which is ``duration``
    seconds long.

    Raises
    ------
    WorkbenchError
        If it cannot be read, or belongs to another video or a longer one.
    """
    data = read_file(path, LIMIT)
    start = start_of(path)
    if path.suffix.lower() == ".eaf":
        found = read_elan(data, path)
    elif start.lstrip("\ufeff \t\r\n").startswith("{"):
        found = read_project(data, path, video)
    elif looks_like_boris(start):
        found = read_table(data, path, video)
    elif looks_like_audacity(data):
        found = _audacity(data, path)
    else:
        objects = parse_events(data, path).annotation.objects
        events = tuple(replace(item, source=None) for item in objects)
        found = EventsRead(events, EventClasses().with_all_of(events))
    if not found.events:
        raise FormatError("there are no events in it", path=path)
    latest = max(span_of(item).start for item in found.events)
    if latest > duration + _LATE:
        raise FormatError(f"an event begins at {time_cell(latest)} s, but the video ends at "
                          f"{time_cell(round(duration, 2))} s", path=path)
    return found


def without_known(read: EventsRead, known: Iterable[LabeledObject]) -> EventsRead:
    """Without the events that are noted already, which is told: a file may be read twice, or hold
    what was written from here."""
    new = missing_in(known, read.events)
    there = len(read.events) - len(new)
    if not there:
        return read
    return EventsRead(new, read.classes, [*read.notes, tr(
        "{events} there already.", events=count(there, "event was", "events were"))])


def _audacity(data: bytes, path: Path) -> EventsRead:
    events = tuple(event(item.label or tr("event"), Span(
        max(0.0, item.start), max(0.0, item.end), item.end <= item.start))
        for item in parse_audacity(data, path).annotation.objects)
    return EventsRead(events, EventClasses().with_all_of(events))


def _write_audacity(film: ObservedVideo) -> str:
    rows = [(span_of(item), " ".join(item.label.split())) for item in film.ended()]
    return "".join(f"{span.start:.6f}\t{span.end:.6f}\t{label}\n" for span, label in rows)


def _write_csv(film: ObservedVideo) -> str:
    rows = tuple(replace(item, source=None) for item in film.events)
    return new_table(Annotation(rows)).decode("utf-8")


EVENT_FORMATS = (
    EventFormat("csv", "CSV table", "-events.csv", _write_csv),
    EventFormat("boris", "BORIS, tabular events", "-boris.csv", tabular),
    EventFormat("boris-aggregated", "BORIS, aggregated events", "-boris-aggregated.csv",
                aggregated),
    EventFormat("elan", "ELAN", ".eaf", elan, loses_comment=True),
    EventFormat("audacity", "Audacity labels", "-labels.txt", _write_audacity, True, True),
)
