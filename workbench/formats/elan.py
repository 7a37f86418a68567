"""Events in files of ELAN (``.eaf``): tiers of annotations on one time line.

Source: "EAF 3.0" of the Max Planck Institute for Psycholinguistics. Each class, of each subject, is
a tier of its own, as annotations of one tier must not overlap; their value is the class, the tier's
participant the subject. ELAN has no moments: they are a millisecond long there, and what is so
short is read as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.parsers import expat

from workbench.core.annotation import LabeledObject
from workbench.core.errors import FormatError
from workbench.core.events import EventClasses, Span, event, in_time, span_of, subject_of
from workbench.core.text import count, tr
from workbench.formats.boris import EventsRead, ObservedVideo
from workbench.formats.xml_text import check_xml, decode_xml, escape, quoted, without_forbidden

_MOMENT = 1
"""Milliseconds."""
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="" DATE="1970-01-01T00:00:00+00:00" FORMAT="3.0" VERSION="3.0" \
xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">
"""
_TYPES = """  <LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="default-lt" \
TIME_ALIGNABLE="true"/>
</ANNOTATION_DOCUMENT>
"""


@dataclass(slots=True)
class _Tier:
    name: str
    subject: str
    found: list[tuple[str, str, str]] = field(default_factory=list)
    """Time slots of start and stop, and the value."""


class _Reader:
    """Takes tiers and time slots from a document."""

    def __init__(self) -> None:
        self.slots: dict[str, int | None] = {}
        self.tiers: list[_Tier] = []
        self.dependent = 0
        self._slots: tuple[str, str] | None = None
        self._value: list[str] | None = None

    def start(self, name: str, said: dict[str, str]) -> None:
        if name == "TIME_SLOT":
            value = said.get("TIME_VALUE", "")
            self.slots[said.get("TIME_SLOT_ID", "")] = int(value) if value.isdecimal() else None
        elif name == "TIER":
            self.tiers.append(_Tier(said.get("TIER_ID", ""), said.get("PARTICIPANT", "")))
        elif name == "ALIGNABLE_ANNOTATION":
            self._slots = said.get("TIME_SLOT_REF1", ""), said.get("TIME_SLOT_REF2", "")
        elif name == "REF_ANNOTATION":
            self.dependent += 1
        elif name == "ANNOTATION_VALUE":
            self._value = []

    def end(self, name: str) -> None:
        if name == "ANNOTATION_VALUE" and self._slots is not None and self.tiers:
            self.tiers[-1].found.append((*self._slots, "".join(self._value or ()).strip()))
        if name == "ANNOTATION_VALUE":
            self._value = None
        elif name == "ALIGNABLE_ANNOTATION":
            self._slots = None

    def text(self, data: str) -> None:
        if self._value is not None:
            self._value.append(data)


def read_elan(data: bytes, path: Path) -> EventsRead:
    """The annotations of all tiers that lie on the time line. Where those of a tier have no value,
    its name is their class.

    Raises
    ------
    FormatError
        If it is no such file.
    """
    source = decode_xml(data, path)
    if check_xml(source, data, path)[0] != "ANNOTATION_DOCUMENT":
        raise FormatError("it is no file of ELAN", path=path)
    reader, parser = _Reader(), expat.ParserCreate("utf-8")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.Parse(source.text.encode("utf-8"), True)
    made, unknown = [], 0
    for tier in reader.tiers:
        for first, last, value in tier.found:
            start, stop = reader.slots.get(first), reader.slots.get(last)
            if start is None or stop is None or stop < start or not (value or tier.name):
                unknown += 1
                continue
            moment = stop - start <= _MOMENT
            made.append(event(value or tier.name, Span(
                start / 1000, (start if moment else stop) / 1000, moment), tier.subject))
    notes = [words for number, words in (
        (unknown, tr("{events} without a time left out.", events=count(unknown, "annotation"))),
        (reader.dependent, tr("{events} of dependent tiers left out.",
                              events=count(reader.dependent, "annotation")))) if number]
    events = tuple(in_time(made))
    return EventsRead(events, EventClasses().with_all_of(events), notes)


def elan(film: ObservedVideo) -> str:
    """The text of a file."""
    events = [replace(item, shape=_in_milliseconds(span_of(item))) for item in film.ended()]
    times = sorted({int(time) for item in events for time in (span_of(item).start,
                                                              span_of(item).end)})
    slots = {time: f"ts{number}" for number, time in enumerate(times, start=1)}
    lines = [_HEAD, f'  <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"><MEDIA_DESCRIPTOR '
             f'MEDIA_URL={quoted(film.name)} MIME_TYPE="video/{_kind(film.name)}" '
             f'RELATIVE_MEDIA_URL={quoted("./" + film.name)}/></HEADER>\n  <TIME_ORDER>\n',
             *(f'    <TIME_SLOT TIME_SLOT_ID="{slot}" TIME_VALUE="{time}"/>\n'
               for time, slot in slots.items()), "  </TIME_ORDER>\n"]
    number = 0
    for name, subject, items in _tiers(events):
        said = f" PARTICIPANT={quoted(subject)}" if subject else ""
        lines.append(f'  <TIER LINGUISTIC_TYPE_REF="default-lt" TIER_ID={quoted(name)}{said}>\n')
        for item in items:
            number += 1
            span = span_of(item)
            lines.append(
                f'    <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{number}" '
                f'TIME_SLOT_REF1="{slots[int(span.start)]}" '
                f'TIME_SLOT_REF2="{slots[int(span.end)]}"><ANNOTATION_VALUE>'
                f'{escape(without_forbidden(item.label))}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>\n')
        lines.append("  </TIER>\n")
    return "".join([*lines, _TYPES])


def _in_milliseconds(span: Span) -> Span:
    start = round(span.start * 1000)
    stop = start + _MOMENT if span.moment else max(round(span.end * 1000), start + _MOMENT + 1)
    return Span(start, stop)


def _tiers(events: Sequence[LabeledObject]) -> list[tuple[str, str, list[LabeledObject]]]:
    """Name, subject and annotations of tiers in which none overlap."""
    made: list[tuple[str, str, list[LabeledObject]]] = []
    names: set[str] = set()
    for item in events:
        subject = subject_of(item)
        free = next((found for _, who, found in made if who == subject
                     and found[-1].label == item.label
                     and span_of(found[-1]).end <= span_of(item).start), None)
        if free is not None:
            free.append(item)
            continue
        own = f"{item.label} – {subject}" if subject else item.label
        name = next(name for number in range(1, len(made) + 2)
                    if (name := own if number == 1 else f"{own} {number}") not in names)
        names.add(name)
        made.append((name, subject, [item]))
    return made


def _kind(name: str) -> str:
    suffix = Path(name).suffix.lower().removeprefix(".")
    return {"mov": "quicktime", "avi": "x-msvideo", "mkv": "x-matroska"}.get(suffix, suffix)
