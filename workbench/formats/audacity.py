"""Audacity labels: ``start⇥end⇥title``; below, where known, ``\\⇥low⇥high``.

Format: Audacity manual, "Importing and Exporting Labels". A frequency of −1 is undefined, a title
holds no tab; a fourth column is ignored, but for the confidence that BirdNET-Analyzer puts there.
Sonic Visualiser's layers of regions look the same but give a duration in place of the end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from workbench.core.annotation import NO_ATTRIBUTES, Annotation, LabeledObject
from workbench.core.errors import FormatError
from workbench.core.shapes import Region
from workbench.formats.label_text import KEPT, decode, first_line, number, seconds


@dataclass(frozen=True, slots=True)
class AudacityLabels:
    """What a label file says; ``durations`` where its second column holds them, not ends."""

    annotation: Annotation
    durations: bool = False


@dataclass(frozen=True, slots=True)
class _LabelRow:
    line: int
    start: float
    second: float
    region: LabeledObject


def looks_like_audacity(data: bytes) -> bool:
    """Whether the first line with something in it is ``time⇥time``, with or without a title."""
    cells = first_line(data).split("\t")
    return len(cells) >= 2 and all(_is_time(cell) for cell in cells[:2])


def parse_audacity(data: bytes, path: Path | None = None) -> AudacityLabels:
    """Read the bytes of a label file."""
    rows: list[_LabelRow] = []
    for line, text in enumerate(decode(data, path)[0].splitlines(), start=1):
        cells = text.split("\t")
        if not text.strip():
            continue
        if cells[0].strip() == "\\" and rows:
            low, high = (_frequency(cell) for cell in (*cells[1:3], "", "")[:2])
            rows[-1] = replace(rows[-1], region=rows[-1].region.with_region(low=low, high=high))
            continue
        start, second = (seconds(cell) for cell in (*cells[:2], "")[:2])
        if start is None or second is None:
            raise FormatError("this line has no start and end in seconds",
                              path=path, line=line, kept=KEPT)
        title = cells[2].strip() if len(cells) > 2 else ""
        score = number(cells[3]) if len(cells) > 3 else None
        rows.append(_LabelRow(line, start, second, LabeledObject(
            title, Region(start, second), NO_ATTRIBUTES if score is None else {"score": score})))
    durations = _are_durations(rows)
    for row in () if durations else rows:
        if row.second < row.start:
            raise FormatError("the label ends before it begins", path=path, line=row.line,
                              kept=KEPT)
    return AudacityLabels(Annotation(tuple(
        row.region.with_region(end=row.start + row.second) if durations else row.region
        for row in rows)), durations)


def _are_durations(rows: list[_LabelRow]) -> bool:
    """Whether most labels would end before they begin, while as durations all make sense."""
    reversed_ = sum(row.second < row.start for row in rows)
    starts = [row.start for row in rows]
    return (2 * reversed_ > len(rows) > 1 and starts == sorted(starts)
            and all(row.second >= 0 for row in rows))


def _is_time(text: str) -> bool:
    """Whether a cell is meant as a time, though perhaps one that is none (``nan``)."""
    if seconds(text) is not None:
        return True
    try:
        float(text)
    except ValueError:
        return False
    return True


def _frequency(text: str) -> float | None:
    value = number(text)
    return value if value is not None and value >= 0 else None
