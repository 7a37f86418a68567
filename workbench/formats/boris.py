"""Events of BORIS: tabular and aggregated tables of events, and projects (``.boris``).

Source: the manual of BORIS 8, "Export events" and "Project file". Older versions write the tabular
table below a head with facts about the observation, and START, STOP or POINT in a column "Status".
In a project an observation is a row of presses: of a state the first one starts it and the next one
ends it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PureWindowsPath
from typing import Any

from workbench.core.annotation import LabeledObject
from workbench.core.errors import FormatError
from workbench.core.events import (
    EventClasses,
    Span,
    comment_of,
    event,
    in_time,
    span_of,
    subject_of,
)
from workbench.core.text import count, listed, tr
from workbench.formats.event_table import time_cell
from workbench.formats.label_json import parse_json
from workbench.formats.label_text import KEPT, decode, number, seconds

NOBODY = "No focal subject"
"""What BORIS calls the subject of an event that has none."""
TABULAR = ("Observation id", "Observation date", "Description", "Observation duration",
           "Observation type", "Source", "Time offset (s)", "Media duration (s)", "FPS (frame/s)",
           "Subject", "Behavior", "Behavioral category", "Behavior type", "Time",
           "Media file name", "Image index", "Image file path", "Comment")
AGGREGATED = ("Observation id", "Observation date", "Description", "Observation type", "Source",
              "Time offset (s)", "Media duration (s)", "FPS (frame/s)", "Subject", "Behavior",
              "Behavioral category", "Modifiers", "Behavior type", "Start (s)", "Stop (s)",
              "Duration (s)", "Media file name", "Image index start", "Image index stop",
              "Image file path start", "Image file path stop", "Comment start", "Comment stop")
_SOURCES = ("media file name", "media file path", "media file", "source")


@dataclass(slots=True)
class EventsRead:
    """What was read of a file: events, classes that it declares, and what a person should know."""

    events: tuple[LabeledObject, ...] = ()
    classes: EventClasses = field(default_factory=EventClasses)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Press:
    """A key that somebody pressed while observing."""

    time: float
    subject: str
    behavior: str
    kind: str
    """ "START", "STOP", "POINT", or "STATE" for either end of a state."""
    comment: str = ""
    frame: int | None = None


# Tables


def looks_like_boris(text: str) -> bool:
    """Whether a text has the titles of one of the tables."""
    return _head(text) is not None


def _rows(text: str) -> tuple[list[list[str]], int] | None:
    head = _head(text)
    if head is None:
        return None
    line, delimiter = head
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)), line


def _head(text: str) -> tuple[int, str] | None:
    """In which row the titles are, and what parts the columns."""
    for place, line in enumerate(text.splitlines()[:200]):
        delimiter = max(",;\t", key=line.count)
        titles = {cell.strip().strip('"').lower() for cell in line.split(delimiter)}
        if "behavior" in titles and ("start (s)" in titles or ("time" in titles and (
                {"behavior type", "status"} & titles))):
            return place, delimiter
    return None


def read_table(data: bytes, path: Path, video: str) -> EventsRead:
    """The events of a tabular or aggregated table that are about the file ``video``.

    Raises
    ------
    FormatError
        If it is no such table, or a line has no time.
    UsageError
        If it is about other videos.
    """
    text = decode(data, path)[0]
    try:
        found = _rows(text)
    except csv.Error as error:
        raise FormatError(f"this is no table ({error})", path=path) from None
    if found is None:
        raise FormatError("it has no columns “Behavior” and “Time”, or “Start (s)”, as tables of "
                          "BORIS have", path=path)
    rows, head = found
    titles = [cell.strip().lower() for cell in rows[head]]
    lines = [(at, {name: cell.strip() for name, cell in zip(titles, cells, strict=False) if cell})
             for at, cells in enumerate(rows[head + 1:], start=head + 2) if any(cells)]
    chosen = _of_video(lines, video, path)
    read = EventsRead()
    if "start (s)" in titles:
        read.events = tuple(_aggregated(row, path, at) for at, row in chosen)
    else:
        presses = [_press(row, path, at) for at, row in chosen]
        read.events = paired(presses, read.notes)
    read.classes = EventClasses().with_all_of(read.events)
    if sum(bool(_modifiers(row)) for _, row in chosen):
        read.notes.append(tr("Modifiers were added to the comments."))
    return read


def _of_video(lines: Sequence[tuple[int, Mapping[str, str]]], video: str, path: Path,
              ) -> list[tuple[int, Mapping[str, str]]]:
    """The lines about a video: those that name it, or all where only one observation is there."""
    named = [(at, row) for at, row in lines
             if any(file_name(row.get(name, "")) == video for name in _SOURCES)]
    observed = list(dict.fromkeys(row.get("observation id", "") for _, row in lines))
    if named or len(observed) <= 1:
        return named or list(lines)
    raise FormatError(f"it is about {count(len(observed), 'observation')} "
                      f"({listed(observed)}), and none of them is of {video}", path=path)


def file_name(text: str) -> str:
    """The last part of a path of any system; BORIS writes "player #1:/films/clip.mp4"."""
    return PureWindowsPath(text.strip().split("player #1:")[-1]).name


def _time(row: Mapping[str, str], name: str, path: Path, line: int) -> float:
    value = seconds(row.get(name, ""))
    if value is None:
        raise FormatError(f"“{name}” is no number of seconds", path=path, line=line, kept=KEPT)
    return max(0.0, value)


def _frame(row: Mapping[str, str], name: str) -> int | None:
    value = number(row.get(name, ""))
    return int(value) if value is not None and value >= 0 and value % 1 == 0 else None


def _modifiers(row: Mapping[str, str]) -> str:
    return "|".join(cell for name, cell in row.items() if name.startswith("modifier") and cell)


def _said(row: Mapping[str, str], *names: str) -> str:
    return " ".join(filter(None, (_modifiers(row), *(row.get(name, "") for name in names))))


def _subject(text: str) -> str:
    return "" if text == NOBODY else text


def _aggregated(row: Mapping[str, str], path: Path, line: int) -> LabeledObject:
    start = _time(row, "start (s)", path, line)
    moment = row.get("behavior type", "").upper() == "POINT"
    stop = start if moment else _time(row, "stop (s)", path, line)
    if stop < start:
        raise FormatError("the event stops before it starts", path=path, line=line, kept=KEPT)
    first = _frame(row, "image index start")
    last = first if moment else _frame(row, "image index stop")
    return event(_behavior(row, path, line), Span(start, stop, moment, first, last),
                 _subject(row.get("subject", "")), _said(row, "comment start", "comment stop"))


def _behavior(row: Mapping[str, str], path: Path, line: int) -> str:
    if not row.get("behavior"):
        raise FormatError("this line names no behavior", path=path, line=line, kept=KEPT)
    return row["behavior"]


def _press(row: Mapping[str, str], path: Path, line: int) -> Press:
    kind = (row.get("behavior type") or row.get("status") or "").upper()
    if kind not in ("START", "STOP", "POINT"):
        raise FormatError("this line is neither START, STOP nor POINT", path=path, line=line,
                          kept=KEPT)
    return Press(_time(row, "time", path, line), _subject(row.get("subject", "")),
                 _behavior(row, path, line), kind, _said(row, "comment"),
                 _frame(row, "image index"))


def paired(presses: Sequence[Press], notes: list[str]) -> tuple[LabeledObject, ...]:
    """Events of starts and ends; a state that nobody ended still runs, an end alone is left out."""
    made: list[LabeledObject | None] = []
    running: dict[tuple[str, str], list[int]] = {}
    alone = 0
    for press in sorted(presses, key=lambda item: item.time):
        own = running.setdefault((press.subject, press.behavior), [])
        if press.kind == "POINT":
            made.append(event(press.behavior, Span(press.time, press.time, True, press.frame,
                                                   press.frame), press.subject, press.comment))
        elif press.kind == "START" or (press.kind == "STATE" and not own):
            own.append(len(made))
            made.append(event(press.behavior, Span(press.time, None, False, press.frame),
                              press.subject, press.comment))
        elif own:
            at = own.pop(0)
            begun = made[at]
            assert begun is not None
            said = " ".join(filter(None, (comment_of(begun), press.comment)))
            made[at] = event(press.behavior, span_of(begun).ended(press.time, press.frame),
                             press.subject, said)
        else:
            alone += 1
    if alone:
        notes.append(tr("{events} left out: they end and never begin.",
                        events=count(alone, "event")))
    return tuple(item for item in made if item is not None)


# Projects


def read_project(data: bytes, path: Path, video: str) -> EventsRead:
    """The events of a project's observations of the file ``video``.

    Raises
    ------
    FormatError
        If it is no project of BORIS, or has no such observation.
    """
    project = parse_json(data, path)
    observations = project.get("observations") if isinstance(project, dict) else None
    if not isinstance(observations, dict):
        raise FormatError("it is no project of BORIS: it has no observations", path=path)
    kinds = dict(_behaviors(project))
    classes = EventClasses(tuple(kinds), frozenset(name for name, kind in kinds.items()
                                                   if kind == "POINT"))
    of_video = [item for item in observations.values() if video in _files(item)]
    if not of_video and len(observations) > 1:
        raise FormatError(f"it holds {count(len(observations), 'observation')} "
                          f"({listed(list(observations))}), and none of them is of {video}",
                          path=path)
    read = EventsRead(classes=classes)
    try:
        presses = [press for item in of_video or observations.values()
                   for press in _pressed(item, kinds)]
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        raise FormatError("an event of its observations is none", path=path) from None
    read.events = paired(presses, read.notes)
    return read


def _behaviors(project: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    conf = project.get("behaviors_conf")
    for item in conf.values() if isinstance(conf, dict) else ():
        if isinstance(item, dict) and isinstance(item.get("code"), str) and item["code"]:
            yield item["code"], "POINT" if "point" in str(item.get("type")).lower() else "STATE"


def _files(observation: Any) -> set[str]:
    files = observation.get("file") if isinstance(observation, dict) else None
    names = files.values() if isinstance(files, dict) else ()
    return {file_name(name) for some in names if isinstance(some, list) for name in some
            if isinstance(name, str)}


def _pressed(observation: Mapping[str, Any], kinds: Mapping[str, str]) -> Iterator[Press]:
    for row in observation["events"]:
        time, subject, behavior = float(row[0]), str(row[1] or ""), str(row[2])
        if not 0 <= time < 1e9 or not behavior:
            raise ValueError("no time")
        modifiers, comment = (str(cell or "") for cell in (*row[3:5], "", "")[:2])
        frame = row[5] if len(row) > 5 and isinstance(row[5], int) and row[5] >= 0 else None
        yield Press(time, _subject(subject), behavior, kinds.get(behavior, "STATE"),
                    " ".join(filter(None, (modifiers, comment))), frame)


# Writing


@dataclass(frozen=True, slots=True)
class ObservedVideo:
    """What is to be written: the events of a video, its name, its seconds and frames a second."""

    name: str
    events: Sequence[LabeledObject]
    duration: float
    rate: float

    @property
    def stem(self) -> str:
        return Path(self.name).stem

    def ended(self) -> list[LabeledObject]:
        """The events by their time; what still runs ends with the video."""
        return in_time(replace(item, shape=span.ended(max(self.duration, span.start)))
                       if span.runs else item for item in self.events
                       for span in [span_of(item)])


def tabular(film: ObservedVideo) -> str:
    """The text of a table with a line for each start, stop and point."""
    rows = []
    for item in film.ended():
        span = span_of(item)
        ends = [("POINT", span.start, span.first)] if span.moment else [
            ("START", span.start, span.first), ("STOP", span.end, span.last)]
        rows += [(time, {"Behavior type": kind, "Time": time_cell(time),
                         "Image index": "" if frame is None else frame,
                         "Comment": "" if kind == "STOP" else comment_of(item),
                         **_of_event(item)}) for kind, time, frame in ends]
    return _table(TABULAR, film, [row for _, row in sorted(rows, key=lambda row: row[0])])


def aggregated(film: ObservedVideo) -> str:
    """The text of a table with a line for each event."""
    rows = []
    for item in film.ended():
        span = span_of(item)
        rows.append({**_of_event(item), "Behavior type": "POINT" if span.moment else "STATE",
                     "Start (s)": time_cell(span.start), "Stop (s)": time_cell(span.end),
                     "Duration (s)": "NA" if span.moment else time_cell(span.duration),
                     "Image index start": "" if span.first is None else span.first,
                     "Image index stop": "" if span.last is None else span.last,
                     "Comment start": comment_of(item)})
    return _table(AGGREGATED, film, rows)


def _of_event(item: LabeledObject) -> dict[str, object]:
    return {"Subject": subject_of(item) or NOBODY, "Behavior": item.label}


def _table(columns: Sequence[str], film: ObservedVideo, rows: Sequence[Mapping[str, object]],
           ) -> str:
    of_all = {"Observation id": film.stem, "Observation type": "Media file",
              "Source": f"player #1:{film.name}", "Time offset (s)": 0,
              "Observation duration": time_cell(film.duration),
              "Media duration (s)": time_cell(film.duration), "FPS (frame/s)": f"{film.rate:g}",
              "Media file name": film.name}
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([{**of_all, **row}.get(name, "") for name in columns] for row in rows)
    return out.getvalue()
