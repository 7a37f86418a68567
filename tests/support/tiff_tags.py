"""A TIFF with tags of one's own, written byte by byte."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

Value = str | bytes | int | float | tuple[float, ...] | tuple[int, ...]
"""A text; numbers of 16 bits; one float or several as doubles."""


class Fraction(tuple[int, int]):
    """A fraction of two numbers of 32 bits."""


def resolution(a_unit: float) -> Fraction:
    """So many pixels, as ImageJ writes it: in millionths where these have room."""
    below = 1_000_000 if a_unit < 4000 else 10_000 if a_unit < 400_000 else 1
    return Fraction((round(a_unit * below), below))


def write_tiff(path: Path, tags: Mapping[int, Value | Fraction], *, order: str = "<",
               big: bool = False, size: tuple[int, int] = (4, 2), pixels: bytes = b"") -> Path:
    """A grey picture of 8 bits at ``path`` with ``tags``."""
    width, height = size
    whole: dict[int, Value | Fraction] = {
        256: width, 257: height, 258: 8, 259: 1, 262: 1, 277: 1, 278: height, 279: width * height,
        **tags, 273: 0}
    word, half = ("Q", 8) if big else ("I", 4)
    start = 16 if big else 8
    first = start + (8 if big else 2) + len(whole) * (20 if big else 12) + half
    body = pixels or bytes(place % 256 for place in range(width * height))
    whole[273] = first
    entries = b""
    for tag in sorted(whole):
        kind, count, data = _packed(whole[tag], order)
        room = data.ljust(half, b"\0")
        if len(data) > half:
            room = struct.pack(order + word, first + len(body))
            body += data
        entries += struct.pack(f"{order}HH{word}", tag, kind, count) + room
    mark = b"II" if order == "<" else b"MM"
    head = struct.pack(f"{order}HHHQQ", 43, 8, 0, 16, len(whole)) if big else \
        struct.pack(f"{order}HIH", 42, 8, len(whole))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(mark + head + entries + bytes(half) + body)
    return path


def _packed(value: Value | Fraction, order: str) -> tuple[int, int, bytes]:
    if isinstance(value, Fraction):
        return 5, 1, struct.pack(order + "II", *value)
    if isinstance(value, str | bytes):
        data = (value.encode() if isinstance(value, str) else value) + b"\0"
        return 2, len(data), data
    many = value if isinstance(value, tuple) else (value,)
    code = "H" if all(isinstance(item, int) for item in many) else "d"
    return 3 if code == "H" else 12, len(many), struct.pack(f"{order}{len(many)}{code}", *many)
