"""Tracks of a video as CVAT writes them ("CVAT for video 1.1"): a ``<track>`` with a ``<box>`` for
each key frame.

What is not understood stays as it is, byte for byte: all that is around the tracks, tracks of other
shapes, and tracks that nobody changed. CVAT writes the boxes between key frames, too
(``keyframe="0"``): those that lie on the straight line are not taken for key frames.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat

from workbench.core.annotation import NO_ATTRIBUTES, Annotation, LabeledObject
from workbench.core.errors import FormatError
from workbench.core.shapes import Box
from workbench.core.tracks import OCCLUDED, Track, TrackKey, track_of
from workbench.formats.label_json import tidy
from workbench.formats.voc_outlines import attribute_text, attribute_value
from workbench.formats.xml_text import KEPT, XmlText, check_xml, decode_xml, escape, quoted, tag_end

_NEAR = 0.02
"""Pixels by which a box between key frames may be off the line: CVAT rounds to two places."""
_SHAPES = frozenset({"box", "polygon", "polyline", "points", "mask", "cuboid", "ellipse",
                     "skeleton"})
_OF_BOX = frozenset({"frame", "keyframe", "outside", "occluded", "xtl", "ytl", "xbr", "ybr"})
_FLAGS = ("true", "false")
_NEW_BOX: tuple[Mapping[str, str], Mapping[str, str]] = {"z_order": "0"}, {}


class VideoFacts(NamedTuple):
    """What a new file says of its video: name, number of frames, width and height."""

    name: str
    frames: int
    size: tuple[int, int]


@dataclass(slots=True)
class _Element:
    """A ``<track>`` as it stands in the text, from ``start`` to ``end``."""

    start: int
    attributes: dict[str, str]
    end: int = 0
    boxes: list[tuple[dict[str, str], dict[str, str]]] = field(default_factory=list)
    other: bool = False  # it holds shapes that are no upright boxes
    strange: list[str] = field(default_factory=list)  # elements within that nobody knows


@dataclass(frozen=True, slots=True)
class CvatVideo:
    """A file that was read."""

    text: XmlText
    annotation: Annotation
    """The tracks of boxes, whose ``source`` is their place among all tracks of the file."""
    other: int
    """How many tracks of other shapes there are, which are kept."""
    elements: tuple[_Element, ...] = field(repr=False)
    end: int = 0  # where new tracks are put

    def render(self, annotation: Annotation) -> bytes:
        """The file with these tracks.

        Raises
        ------
        FormatError
            If a name holds a character that XML does not have.
        """
        text, at, parts = self.text.text, 0, []
        newline = "\r\n" if "\r\n" in text else "\n"
        before = {item.source: item for item in self.annotation.objects}
        now = {item.source: item for item in annotation.objects if item.source is not None}
        for place, element in enumerate(self.elements):
            if element.other or now.get(place) == before.get(place):
                continue
            item = now.get(place)
            start = element.start
            if item is None:  # with the blanks before it
                start = len(text[:start].rstrip(" \t"))
                start -= text[:start].endswith("\n")
                start -= text[:start].endswith("\r")
            parts.append(text[at:start])
            if item is not None:
                parts.append(written(item, element, newline=newline))
            at = element.end
        parts.append(text[at:self.end])
        parts.extend(f"  {written(item, newline=newline)}{newline}"
                     for item in annotation.objects if item.source is None)
        parts.append(text[self.end:])
        return self.text.encode("".join(parts))


def parse(data: bytes, path: Path | None = None) -> CvatVideo:
    """Read a file.

    Raises
    ------
    FormatError
        If it is not of this kind.
    """
    source = decode_xml(data, path)
    root, _ = check_xml(source, data, path)
    if root != "annotations":
        raise FormatError(f"it holds <{root}> and no tracks of a video", path=path, line=1,
                          kept=KEPT)
    parser = _TrackParser(source.text)
    elements = parser.found
    objects, ids = [], _Ids(elements)
    for place, element in enumerate(elements):
        if not element.other:
            item = _track(element, ids.of(place), place, path)
            element.other = item is None
            if item is not None:
                objects.append(item)
    return CvatVideo(source, Annotation(tuple(objects)), sum(one.other for one in elements),
                     tuple(elements), parser.end)


def new_file(annotation: Annotation, facts: VideoFacts, *, dense: bool = False) -> bytes:
    """A file for a video that has none; ``dense`` with the boxes between the key frames, too,
    which programs need that do not reckon."""
    names = dict.fromkeys(item.label for item in annotation.objects)
    labels = "".join(f"<label><name>{_escaped(name)}</name><attributes></attributes></label>"
                     for name in names)
    width, height = facts.size
    head = ('<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n'
            f"  <meta><task><name>{_escaped(facts.name)}</name><size>{facts.frames}</size>"
            f"<mode>interpolation</mode><start_frame>0</start_frame>"
            f"<stop_frame>{max(0, facts.frames - 1)}</stop_frame><labels>{labels}</labels>"
            f"<original_size><width>{width}</width><height>{height}</height></original_size>"
            f"<source>{_escaped(facts.name)}</source></task></meta>\n")
    last = facts.frames - 1 if dense else -1
    tracks = "".join(f"  {written(item, last=last)}\n" for item in annotation.objects)
    return f"{head}{tracks}</annotations>\n".encode()


# Reading


class _TrackParser:
    """Finds the tracks of a checked document, and where its last tag begins."""

    def __init__(self, text: str) -> None:
        self.found: list[_Element] = []
        self.end = 0
        self._text, self._raw = text, text.encode("utf-8")
        self._byte = self._at = self._depth = 0
        self._strange = -1  # where an unknown element within a track begins
        self._name = self._value = ""  # of the attribute that is being read
        parser = self._parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.UseForeignDTD(True)
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._characters
        parser.Parse(self._raw, True)

    def _position(self) -> int:
        """Where the parser is in the text; it counts bytes."""
        before, self._byte = self._byte, self._parser.CurrentByteIndex
        self._at += len(self._raw[before:self._byte].decode("utf-8"))
        return self._at

    @property
    def _in_track(self) -> bool:
        return bool(self.found) and not self.found[-1].end

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 2 and name == "track":
            self.found.append(_Element(self._position(), attributes))
        elif self._depth == 3 and self._in_track and name in _SHAPES:
            self.found[-1].boxes.append((attributes, {}))
            self.found[-1].other |= name != "box" or not _is_level(attributes)
        elif self._depth == 3 and self._in_track:
            self._strange = self._position()
        elif self._depth == 4 and self._in_track and name == "attribute":
            self._name, self._value = attributes.get("name", ""), ""

    def _characters(self, data: str) -> None:
        if self._name:
            self._value += data

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._depth == 0:
            self.end = self._position()
        elif self._depth == 1 and name == "track":
            self.found[-1].end = self._closed(self.found[-1].start)
        elif self._depth == 2 and self._strange >= 0:
            self.found[-1].strange.append(self._text[self._strange:self._closed(self._strange)])
            self._strange = -1
        elif self._depth == 3 and self._name and self.found[-1].boxes:
            self.found[-1].boxes[-1][1][self._name] = self._value.strip()
            self._name = ""

    def _closed(self, start: int) -> int:
        """Where the element that begins at ``start`` and ends just now is over."""
        here, opened = self._position(), tag_end(self._text, start)
        return opened if self._text[opened - 2] == "/" else self._text.index(">", here) + 1


def _is_level(attributes: Mapping[str, str]) -> bool:
    return attributes.get("rotation", "0").strip() in ("", "0", "0.0", "0.00")


class _Ids:
    """The numbers of tracks: the file's own where they are numbers and each once."""

    def __init__(self, elements: Sequence[_Element]) -> None:
        said = [element.attributes.get("id", "") for element in elements]
        self._own = [int(text) if text.isdecimal() and len(text) < 10 and said.index(text) == place
                     else None for place, text in enumerate(said)]
        self._next = max((one for one in self._own if one is not None), default=0)

    def of(self, place: int) -> int:
        own = self._own[place]
        if own is None:
            self._next += 1
        return self._next if own is None else own


def _track(element: _Element, id: int, place: int, path: Path | None) -> LabeledObject | None:
    """The track as an object; None where it has no box."""
    keys: dict[int, tuple[TrackKey, bool]] = {}
    for said, own in element.boxes:
        key = _key(said, own, element, path)
        keys[key.frame] = key, said.get("keyframe", "1") != "0"
    rising = [keys[frame] for frame in sorted(keys)]
    if not any(not key.outside for key, _ in rising):
        return None
    names = {name for key, _ in rising for name in key.attributes if name != OCCLUDED}
    same = {name for name in names
            if all(key.attributes.get(name) == rising[0][0].attributes.get(name)
                   for key, _ in rising)}
    whole = {name: rising[0][0].attributes[name] for name in sorted(same)}
    real = tuple(
        TrackKey(key.frame, key.box, key.outside,
                 {name: value for name, value in key.attributes.items() if name not in same}
                 or NO_ATTRIBUTES) for key in _real(rising))
    return LabeledObject(element.attributes.get("label", ""), Track(id, real),
                         whole or NO_ATTRIBUTES, place)


def _real(rising: Sequence[tuple[TrackKey, bool]]) -> list[TrackKey]:
    """The key frames, and what lies between them and not on the line."""
    kept = [key for place, (key, real) in enumerate(rising) if real or place == 0]
    track = Track(0, tuple(kept))
    missing = []
    for key, real in rising:
        then = track.at(key.frame)
        if not real and (key.outside != (then is None) or (then is not None and (
                then.attributes != key.attributes
                or any(abs(a - b) > _NEAR for a, b in zip(then.box, key.box, strict=True))))):
            missing.append(key)
    if not missing:
        return kept
    return sorted({key.frame: key for key in (*kept, *missing)}.values(), key=lambda key: key.frame)


def _key(said: Mapping[str, str], own: Mapping[str, str], element: _Element,
         path: Path | None) -> TrackKey:
    where = f"a box of track {element.attributes.get('id', '?')}"
    frame = said.get("frame", "")
    if not (frame.isdecimal() and len(frame) < 10):
        raise FormatError(f"{where} names no frame", path=path, kept=KEPT)
    try:
        box = Box(*(float(said[name]) for name in ("xtl", "ytl", "xbr", "ybr")))
    except (KeyError, ValueError):
        box = Box(math.nan, 0, 0, 0)
    if not all(abs(value) < 1e9 for value in box):  # also where one is no number
        raise FormatError(f"{where} has no four edges at frame {frame}", path=path, kept=KEPT)
    attributes: dict[str, str | float | bool] = {}
    if said.get("occluded") == "1":
        attributes[OCCLUDED] = True
    for name, text in own.items():
        value = attribute_value(text)
        if name and value is not False and value != "":
            attributes[name] = value
    return TrackKey(int(frame), box.in_order(), said.get("outside") == "1",
                    attributes or NO_ATTRIBUTES)


# Writing


def written(item: LabeledObject, element: _Element | None = None, last: int = -1,
            newline: str = "\n") -> str:
    """A track as an element; of one that was there all that is not known here stays. With ``last``
    a box for each frame, up to that one."""
    track = track_of(item)
    own = {"source": "manual", **(element.attributes if element is not None else {}),
           "id": str(track.id), "label": item.label}
    lines = [f"<track {' '.join(f'{name}={_quoted(value)}' for name, value in own.items())}>"]
    there = sorted(element.boxes, key=_frame) if element is not None else []
    frames = list(map(_frame, there))
    for key, real in _boxes(track, last):
        before = there[max(0, bisect_right(frames, key.frame) - 1)] if there else _NEW_BOX
        lines.append("    " + _box(item, key, *before, real=real, newline=newline))
    lines += ["    " + text for text in element.strange] if element is not None else []
    return newline.join([*lines, "  </track>"])


def _frame(box: tuple[Mapping[str, str], Mapping[str, str]]) -> int:
    return int(box[0]["frame"])


def _boxes(track: Track, last: int) -> Iterable[tuple[TrackKey, bool]]:
    """What is written of a track, and whether it is a key frame."""
    if last < 0:
        yield from ((key, True) for key in track.keys)
        return
    real = {key.frame: key for key in track.keys}
    for frame in range(track.first, max(last, track.keys[-1].frame) + 1):
        key = real.get(frame) or track.at(frame)
        if key is not None:
            yield key, frame in real


def _box(item: LabeledObject, key: TrackKey, before: Mapping[str, str], own: Mapping[str, str], *,
         real: bool, newline: str) -> str:
    """A box like the one ``before`` it, with its ``own`` attributes: those that are not true or
    have no text are known nowhere else."""
    said: dict[str, str | float | bool] = {
        **{name: text and "false" for name, text in own.items()
           if not text or text.lower() in _FLAGS}, **item.attributes, **key.attributes}
    occluded = said.pop(OCCLUDED, False) is True
    edges = " ".join(f'{name}="{tidy(value)}"'
                     for name, value in zip(("xtl", "ytl", "xbr", "ybr"), key.box, strict=True))
    others = "".join(f" {name}={_quoted(value)}" for name, value in before.items()
                     if name not in _OF_BOX)
    head = (f'<box frame="{key.frame}" keyframe="{int(real)}" outside="{int(key.outside)}" '
            f'occluded="{int(occluded)}" {edges}{others}')
    if not said:
        return f"{head}></box>"
    inside = "".join(
        f"{newline}      <attribute name={_quoted(name)}>"
        f"{_escaped(attribute_text(value))}</attribute>" for name, value in said.items())
    return f"{head}>{inside}{newline}    </box>"


def _escaped(text: str) -> str:
    try:
        return escape(text)
    except ValueError as error:
        raise FormatError(f"“{text}”: {error}") from None


def _quoted(text: str) -> str:
    _escaped(text)
    return quoted(text)
