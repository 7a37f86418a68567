"""Numbers in sentences and tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isnan


def count(number: int, one: str, many: str = "") -> str:
    """``count(1, "image")`` is "1 image", ``count(1200, "box", "boxes")`` "1,200 boxes"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def figure(value: float | None, digits: int = 3) -> str:
    """So many digits, or "–" where there is no number."""
    return "–" if value is None or isnan(value) else f"{value:.{digits}f}"


def table_lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows in columns; the first row is the heading."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
