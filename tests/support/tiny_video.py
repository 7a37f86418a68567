"""Small videos in which each frame shows its own number, and what can be wrong with a video."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from workbench.core.arrays import Rgb
from workbench.core.shapes import Box
from workbench.media.video.reader import VideoReader
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


def thing_at(frame: int) -> Box:
    """Where the thing of :func:`write_thing` is: it goes to the right and grows a little."""
    side = 40 + frame / 3
    return Box(20 + 3 * frame, 40 + frame, 20 + 3 * frame + side, 40 + frame + side)


def write_thing(path: Path, count: int, gone: int) -> Path:
    """A video of a thing that moves over a ground, both with a pattern, until frame ``gone``."""
    random = np.random.default_rng(1)
    ground, thing = (cv2.blur(random.integers(0, 255, (side, side, 3), np.uint8), (5, 5))
                     for side in (240, 60))
    with VideoWriter(path, 25) as writer:
        for frame in range(count):
            picture = ground[:160].copy()
            if frame < gone:
                x1, y1, x2, y2 = map(round, thing_at(frame))
                picture[y1:y2, x1:x2] = cv2.resize(thing, (x2 - x1, y2 - y1))
            writer.put(np.asarray(picture, np.uint8))
    return path


def write_as(path: Path, codec: str, count: int = 30) -> Path:
    """A video of numbered frames in the container that the name says: no other packing of them
    than :func:`write_video`'s is made by the program."""
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*codec), 25, SIZE)
    assert writer.isOpened()
    for index in range(count):
        writer.write(numbered(index)[:, :, ::-1])
    writer.release()
    return path


REORDERED = Path(__file__).with_name("reordered.mp4")
"""30 frames in H.264 with B-frames, made by x264: stored in another order than shown, behind an
edit list that takes the delay away."""


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


def index_first(data: bytes) -> bytes:
    """A video with its index in front, as in a file made for the web: cut off, it still opens."""
    index, media = data.index(b"moov") - 4, data.index(b"mdat") - 4
    moved = bytearray(data[:media] + data[index:] + data[media:index])
    place = moved.index(b"stco") + 8
    count = int.from_bytes(moved[place:place + 4], "big")
    for at in range(place + 4, place + 4 + 4 * count, 4):
        start = int.from_bytes(moved[at:at + 4], "big") + len(data) - index
        moved[at:at + 4] = start.to_bytes(4, "big")
    return bytes(moved)


def set_durations(path: Path, durations: Sequence[int]) -> None:
    """Give each frame a duration of its own, in units of the file's time scale."""
    rows = b"".join((1).to_bytes(4, "big") + item.to_bytes(4, "big") for item in durations)
    payload = bytes(4) + len(durations).to_bytes(4, "big") + rows
    way = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stts")
    path.write_bytes(_replace_box(path.read_bytes(), way, payload))


def hide_beginning(path: Path, ticks: int) -> None:
    """Have the edit list leave out the first ``ticks`` units of the file's time scale."""
    data = bytearray(path.read_bytes())
    place = data.index(b"elst") + 4 + 8 + 4  # behind version, number of edits, duration
    data[place:place + 4] = ticks.to_bytes(4, "big")
    path.write_bytes(data)


def show_only(path: Path, share: float) -> None:
    """Have the edit list leave out all behind a share of what it showed, as trimming does."""
    data = bytearray(path.read_bytes())
    place = data.index(b"elst") + 4 + 8  # behind version and number of edits
    ticks = int.from_bytes(data[place:place + 4], "big")
    data[place:place + 4] = round(ticks * share).to_bytes(4, "big")
    path.write_bytes(data)


def promise_frames(path: Path, count: int) -> None:
    """Have an AVI file say another number of frames than it has."""
    data = bytearray(path.read_bytes())
    for place in (data.index(b"avih") + 8 + 16, data.index(b"strh") + 8 + 32):
        data[place:place + 4] = count.to_bytes(4, "little")
    path.write_bytes(data)


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
