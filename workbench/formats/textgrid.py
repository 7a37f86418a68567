"""TextGrid of Praat: tiers of intervals that lie one after the other, in the long or short form.

Both forms are the same row of texts and numbers; the long one has names before them. Source: the
manual of Praat, "TextGrid file formats".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import FormatError
from workbench.core.shapes import Region
from workbench.formats.label_text import KEPT, decode, first_line

_TOKEN = re.compile(
    r'"((?:[^"]|"")*)"|<(exists|absent)>|(?<![\w.\[<"])([-+]?[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?)'
    r"(?![\w.\]])")
_COMMENT = re.compile(r"^[ \t]*!.*$", re.MULTILINE)
_MOST = 2_000_000


@dataclass(frozen=True, slots=True)
class TextGrid:
    """What a file says: intervals with a text, and how many points, which are not read."""

    annotation: Annotation
    points: int = 0


def looks_like_textgrid(data: bytes) -> bool:
    """Whether it begins as Praat's text files do."""
    return "ooTextFile" in first_line(data)


def parse_textgrid(data: bytes, path: Path | None = None) -> TextGrid:
    """Read the bytes of a file.

    Raises
    ------
    FormatError
        If it is no TextGrid, breaks off, or an interval ends before it begins; with the line.
    """
    text = _COMMENT.sub("", decode(data, path)[0])
    reader = _TextGridReader(text, path)
    if reader.text() != "ooTextFile" or reader.text() != "TextGrid":
        raise reader.error("this is no TextGrid")
    reader.number()
    reader.number()
    if reader.flag() == "absent":
        return TextGrid(Annotation())
    objects: list[LabeledObject] = []
    points = 0
    for _ in range(reader.size()):
        kind = reader.text()
        reader.text()
        reader.number()
        reader.number()
        for _ in range(reader.size()):
            if kind == "TextTier":
                reader.number()
                points += bool(reader.text())
                continue
            start, end = reader.number(), reader.number()
            label = " ".join(reader.text().split())
            if end < start:
                raise reader.error("an interval ends before it begins")
            if label:
                objects.append(LabeledObject(label, Region(start, end)))
    return TextGrid(Annotation(tuple(objects)), points)


class _TextGridReader:
    def __init__(self, text: str, path: Path | None) -> None:
        self._text, self._path = text, path
        self._tokens: Iterator[re.Match[str]] = _TOKEN.finditer(text)
        self._at = 0

    def error(self, words: str) -> FormatError:
        return FormatError(words, path=self._path, kept=KEPT,
                           line=self._text.count("\n", 0, self._at) + 1)

    def _next(self) -> re.Match[str]:
        found = next(self._tokens, None)
        if found is None:
            self._at = len(self._text)
            raise self.error("it is cut off")
        self._at = found.start()
        return found

    def text(self) -> str:
        found = self._next()[1]
        if found is None:
            raise self.error("a text is missing")
        return found.replace('""', '"')

    def flag(self) -> str:
        found = self._next()[2]
        if found is None:
            raise self.error("it does not say whether there are tiers")
        return found

    def number(self) -> float:
        found = self._next()[3]
        if found is None:
            raise self.error("a number is missing")
        value = float(found)
        if not abs(value) < 1e12:
            raise self.error("a time is no number of seconds")
        return value

    def size(self) -> int:
        value = self.number()
        if value % 1 or not 0 <= value <= _MOST:
            raise self.error("a number of items is none")
        return int(value)


def textgrid(regions: Sequence[LabeledObject], duration: float) -> str:
    """The text of a file in the long form: as many tiers as needed for none to overlap."""
    tiers: list[list[LabeledObject]] = []
    for item in sorted(regions, key=lambda item: (item.start, item.end)):
        free = next((tier for tier in tiers if tier[-1].end <= item.start), None)
        if free is None:
            tiers.append([item])
        else:
            free.append(item)
    end = max([duration, *(item.end for item in regions)])
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0",
             f"xmax = {_seconds(end)}", "tiers? <exists>", f"size = {len(tiers) or 1}", "item []:"]
    for number, tier in enumerate(tiers or [[]], start=1):
        spans = list(_tiled(tier, end))
        name = "labels" if number == 1 else f"labels {number}"
        lines += [f"    item [{number}]:", '        class = "IntervalTier"',
                  f'        name = "{name}"', "        xmin = 0",
                  f"        xmax = {_seconds(end)}", f"        intervals: size = {len(spans)}"]
        for index, (first, last, label) in enumerate(spans, start=1):
            text = label.replace('"', '""')
            lines += [f"        intervals [{index}]:", f"            xmin = {_seconds(first)}",
                      f"            xmax = {_seconds(last)}", f'            text = "{text}"']
    return "\n".join(lines) + "\n"


def _tiled(tier: Sequence[LabeledObject], end: float) -> Iterator[tuple[float, float, str]]:
    """The intervals of a tier with empty ones between them."""
    at = 0.0
    for item in tier:
        if item.start > at:
            yield at, item.start, ""
        yield item.start, item.end, item.label
        at = item.end
    if at < end or not tier:
        yield at, end, ""


def _seconds(value: float) -> str:
    return f"{value:.9f}".rstrip("0").rstrip(".") or "0"
