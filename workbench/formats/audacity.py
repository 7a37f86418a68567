"""Audacity labels: ``start⇥end⇥title``; below, where known, ``\\⇥low⇥high``.

Format: Audacity manual, "Importing and Exporting Labels". A frequency of −1 is undefined, a title
holds no tab, a fourth column is ignored.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from workbench.core.errors import FormatError
from workbench.core.regions import ClipAnnotation, Region
from workbench.formats.atomic import disk_reason
from workbench.formats.regular_file import read_regular

KEPT = "The file was left as it is."


def looks_like_audacity(data: bytes) -> bool:
    """Whether the first line with something in it is ``number⇥number``, with or without a title."""
    for line in data[:4096].decode("utf-8-sig", "replace").splitlines():
        if line.strip():
            cells = line.split("\t")
            return len(cells) >= 2 and all(_is_number(cell) for cell in cells[:2])
    return False


def read_audacity(path: Path) -> ClipAnnotation:
    """Read a label file.

    Raises
    ------
    FormatError
        If it cannot be read or a line is no label.
    """
    try:
        data = read_regular(path)
    except OSError as error:
        raise FormatError(disk_reason(error, "read"), path=path, kept=KEPT) from None
    return parse_audacity(data, path)


def parse_audacity(data: bytes, path: Path | None = None) -> ClipAnnotation:
    """Read the bytes of a label file; see :func:`read_audacity`."""
    regions: list[Region] = []
    for number, line in enumerate(data.decode("utf-8-sig", "replace").splitlines(), start=1):
        if not line.strip():
            continue
        cells = line.split("\t")
        if cells[0].strip() == "\\" and regions:
            low, high = (_frequency(cell) for cell in (*cells[1:3], "", "")[:2])
            regions[-1] = replace(regions[-1], low=low, high=high)
            continue
        if len(cells) < 2 or not all(_is_number(cell) for cell in cells[:2]):
            raise FormatError("this line has no start and end in seconds",
                              path=path, line=number, kept=KEPT)
        title = cells[2].strip() if len(cells) > 2 else ""
        regions.append(Region(title, _seconds(cells[0]), _seconds(cells[1])))
    return ClipAnnotation(tuple(regions))


def render_audacity(annotation: ClipAnnotation) -> bytes:
    """Return ``annotation`` as Audacity reads it."""
    lines = []
    for region in annotation.regions:
        title = " ".join(region.label.split())
        lines.append(f"{region.start:.6f}\t{region.end:.6f}\t{title}\n")
        if region.low is not None or region.high is not None:
            low, high = (-1.0 if value is None else value for value in (region.low, region.high))
            lines.append(f"\\\t{low:.6f}\t{high:.6f}\n")
    return "".join(lines).encode("utf-8")


def _seconds(text: str) -> float:
    return float(text.strip().replace(",", "."))


def _is_number(text: str) -> bool:
    try:
        _seconds(text)
    except ValueError:
        return False
    return True


def _frequency(text: str) -> float | None:
    value = _seconds(text) if _is_number(text) else -1.0
    return value if value >= 0 else None
