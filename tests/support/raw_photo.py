"""A small RAW photo, as a camera that writes DNG makes them."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 128, 96
TAKEN, MAKER, MODEL = "2024:05:21 06:30:00", "Maker", "Model 7"
NORTH = (52.0, 31.0, 12.0)
BRIGHT = np.array([3500, 600, 600, 300])  # of the four values of a cell on the left, red
DARK = np.array([300, 600, 600, 3500])  # on the right, blue


def jpeg(width: int, height: int, colour: tuple[int, int, int] = (20, 200, 40)) -> bytes:
    """A JPEG without Exif, in one colour."""
    made = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(made, "JPEG", quality=95)
    return made.getvalue()


def write_dng(path: Path, *, orientation: int = 1, inside: bytes = b"", gps: bool = False) -> Path:
    """Write a photo whose left half is red and whose right half is blue, as the sensor lay.

    Parameters
    ----------
    inside
        A JPEG that lies in it, as large as the camera likes.
    """
    values = np.zeros((HEIGHT, WIDTH), "<u2")
    for at, (row, column) in enumerate(((0, 0), (0, 1), (1, 0), (1, 1))):
        left = np.arange(column, WIDTH, 2) < WIDTH // 2
        values[row::2, column::2] = np.where(left, BRIGHT[at], DARK[at])
    file = bytearray(b"II*\0\0\0\0\0")
    sensor, preview = _put(file, values.tobytes()), _put(file, inside)
    one = (1, 1)
    tags: Tags = {
        254: ("I", 0), 256: ("I", WIDTH), 257: ("I", HEIGHT), 258: ("H", 16), 259: ("H", 1),
        262: ("H", 32803), 271: ("s", MAKER), 272: ("s", MODEL), 273: ("I", sensor),
        274: ("H", orientation), 277: ("H", 1), 278: ("I", HEIGHT), 279: ("I", values.nbytes),
        306: ("s", TAKEN), 33421: ("H", 2, 2), 33422: ("B", 0, 1, 1, 2),
        50706: ("B", 1, 4, 0, 0), 50707: ("B", 1, 1, 0, 0), 50708: ("s", f"{MAKER} {MODEL}"),
        50714: ("H", 0), 50717: ("I", 4095), 50721: ("2i", *one, 0, 1, 0, 1, 0, 1, *one, 0, 1,
                                                     0, 1, 0, 1, *one),
        50728: ("2I", *one * 3), 50778: ("H", 21)}
    if gps:
        north = [part for value in NORTH for part in (int(value), 1)]
        tags[0x8825] = ("I", _directory(file, {1: ("s", "N"), 2: ("2I", *north)}, 0))
    following = _directory(file, {254: ("I", 1), 513: ("I", preview), 514: ("I", len(inside))},
                           0) if inside else 0
    struct.pack_into("<I", file, 4, _directory(file, tags, following))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file)
    return path


Tags = dict[int, tuple[Any, ...]]
_TYPES = {"B": 1, "s": 2, "H": 3, "I": 4, "2I": 5, "2i": 10}


def _put(file: bytearray, data: bytes) -> int:
    at = len(file)
    file += data + bytes(len(data) % 2)
    return at


def _directory(file: bytearray, tags: Tags, following: int) -> int:
    entries = b""
    for tag, (kind, *values) in sorted(tags.items()):
        data = values[0].encode() + b"\0" if kind == "s" else \
            struct.pack(f"<{len(values)}{kind[-1]}", *values)
        number = len(data) if kind == "s" else len(values) // (2 if len(kind) == 2 else 1)
        room = data.ljust(4, b"\0") if len(data) <= 4 else struct.pack("<I", _put(file, data))
        entries += struct.pack("<HHI", tag, _TYPES[kind], number) + room
    return _put(file, struct.pack("<H", len(tags)) + entries + struct.pack("<I", following))
