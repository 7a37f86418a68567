"""Small videos in which each frame shows its own number, and what can be wrong with a video."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from workbench.media.video.reader import Rgb, VideoReader
from workbench.media.video.writer import VideoWriter

SIDE = 16
BITS = 8
SIZE = (BITS * SIDE, 96)


def numbered(index: int, size: tuple[int, int] = SIZE) -> Rgb:
    """A picture whose top row of squares says ``index`` in bits, and with a square that moves."""
    pixels = np.full((size[1], size[0], 3), 60, np.uint8)
    for bit in range(BITS):
        pixels[:SIDE, bit * SIDE:(bit + 1) * SIDE] = 235 if index >> bit & 1 else 20
    left = index * 3 % (size[0] - 24)
    pixels[40:64, left:left + 24] = (220, 40, 40)
    return pixels


def number_shown(pixels: Rgb) -> int:
    """The number that :func:`numbered` painted."""
    return sum((int(pixels[4:12, bit * SIDE + 4:(bit + 1) * SIDE - 4].mean()) > 128) << bit
               for bit in range(BITS))


def write_video(path: Path, count: int = 30, rate: float = 25.0,
                size: tuple[int, int] = SIZE) -> Path:
    """A video of ``count`` numbered frames."""
    with VideoWriter(path, rate) as writer:
        for index in range(count):
            writer.put(numbered(index, size))
    return path


def read_numbers(path: Path) -> list[int]:
    """What the frames of a video show, in order."""
    with VideoReader(path) as reader:
        return [number_shown(frame.pixels) for frame in reader.frames()]


# --- MP4 boxes, to make what no encoder here makes (ISO/IEC 14496-12) -----------------------------


def _replace_box(data: bytes, way: Sequence[bytes], payload: bytes) -> bytes:
    """``data`` with the payload of the first box along ``way`` replaced."""
    place = 0
    while place < len(data):
        size = int.from_bytes(data[place:place + 4], "big")
        if data[place + 4:place + 8] == way[0]:
            inner = (payload if len(way) == 1
                     else _replace_box(data[place + 8:place + size], way[1:], payload))
            made = (len(inner) + 8).to_bytes(4, "big") + way[0] + inner
            return data[:place] + made + data[place + size:]
        place += size
    raise ValueError(f"no box {way[0]!r}")


def set_durations(path: Path, durations: Sequence[int]) -> None:
    """Give each frame a duration of its own, in units of the file's time scale."""
    rows = b"".join((1).to_bytes(4, "big") + item.to_bytes(4, "big") for item in durations)
    payload = bytes(4) + len(durations).to_bytes(4, "big") + rows
    way = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stts")
    path.write_bytes(_replace_box(path.read_bytes(), way, payload))


def turn(path: Path) -> None:
    """Have the video shown turned by 90° clockwise, as a telephone held upright does."""
    data = bytearray(path.read_bytes())
    place = data.find(b"tkhd") + 4 + 40  # behind version, times, id, duration, layer, volume
    one, zero = (1 << 16).to_bytes(4, "big"), bytes(4)
    minus = ((1 << 32) - (1 << 16)).to_bytes(4, "big")
    width = SIZE[1] << 16
    matrix = (zero, one, zero, minus, zero, zero, width.to_bytes(4, "big"), zero,
              (1 << 30).to_bytes(4, "big"))
    data[place:place + 36] = b"".join(matrix)
    path.write_bytes(data)
