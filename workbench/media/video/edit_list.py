"""How much of its video an MP4 or MOV file shows: what was trimmed often lies behind that still."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from workbench.formats.regular_file import MB, open_regular

_LONGEST = 256 * MB
"""Bytes of an index that is read."""


def shown_seconds(path: Path) -> float:
    """Seconds of the video that are shown, as the edit list says; infinite where a file has none.

    See ISO/IEC 14496-12, 8.6.6. Frames behind them are in the file, up to the next key frame at
    least, and no decoder gives them.
    """
    scale, edits = 0, [math.inf]
    for kind, body in _boxes(_index(path)):
        if kind == b"mvhd":
            scale = int.from_bytes(body[20:24] if body[:1] == b"\1" else body[12:16], "big")
        elif kind == b"trak" and _inside(body, b"mdia", b"hdlr")[8:12] == b"vide":
            edits = list(_edits(_inside(body, b"edts", b"elst"))) or edits
    return sum(edits) / scale if scale else math.inf


def _index(path: Path) -> bytes:
    """The content of the box ``moov``, b"" where there is none."""
    end, place = path.stat().st_size, 0
    with open_regular(path) as stream:
        while place + 8 <= end:
            stream.seek(place)
            head = stream.read(16)
            length, size = _size(head, end - place)
            if head[4:8] == b"moov" and size <= _LONGEST:
                stream.seek(place + length)
                return stream.read(size - length)
            if size < length:
                break
            place += size
    return b""


def _size(head: bytes, left: int) -> tuple[int, int]:
    """Bytes of the head of a box, and of all of it; ``left`` are those up to the end."""
    size = int.from_bytes(head[:4], "big")
    if size == 1:
        return 16, int.from_bytes(head[8:16], "big")
    return 8, size or left


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 0
    while place + 8 <= len(data):
        length, size = _size(data[place:place + 16], len(data) - place)
        if size < length:
            return
        yield data[place + 4:place + 8], data[place + length:place + size]
        place += size


def _inside(data: bytes, *kinds: bytes) -> bytes:
    """What is in the first box of a kind, in that the first of the next kind …; else b""."""
    for wanted in kinds:
        data = next((body for kind, body in _boxes(data) if kind == wanted), b"")
    return data


def _edits(data: bytes) -> Iterator[float]:
    """Durations of the edits that show something, in units of the whole file's time scale; of one
    that says 0 it is not known."""
    wide = 8 if data[:1] == b"\1" else 4
    for number in range(int.from_bytes(data[4:8], "big")):
        place = 8 + number * (2 * wide + 4)
        if place + 2 * wide > len(data):
            return
        duration, start = (int.from_bytes(data[at:at + wide], "big", signed=signed)
                           for at, signed in ((place, False), (place + wide, True)))
        if start >= 0:  # else nothing is shown for so long
            yield duration or math.inf
