"""Numbers in sentences."""

from __future__ import annotations


def count(number: int, one: str, many: str = "") -> str:
    """``count(1, "image")`` is "1 image", ``count(1200, "box", "boxes")`` "1,200 boxes"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
