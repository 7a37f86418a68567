"""Stacks as programs of microscopes write them."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, Literal

import numpy as np
import tifffile
from numpy.typing import NDArray

Planes = NDArray[Any]
"""(T, Z, C, H, W), or (T, Z, 1, H, W, 3) of colours."""
Flavour = Literal["imagej", "ome", "plain", "one-directory"]


def planes(frames: int = 1, slices: int = 4, channels: int = 1, *, seed: int = 0,
           kind: str = "uint16", size: tuple[int, int] = (6, 8)) -> Planes:
    """Noise."""
    rng = np.random.default_rng(seed)
    most = min(60_000, np.iinfo(np.dtype(kind)).max)
    return rng.integers(0, most, (frames, slices, channels, *size)).astype(kind)


def write_stack(path: Path, values: Planes, flavour: Flavour = "imagej", *, order: str = "TZCYX",
                **more: Any) -> Path:
    """Write planes as a program does; ``order`` is that of OME's axes, the slowest first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if flavour == "plain":
        tifffile.imwrite(path, values.reshape(-1, *values.shape[-2:]), photometric="minisblack",
                         metadata=None, **more)
    elif flavour == "ome":
        turned = values.transpose(["TZCYX".index(axis) for axis in order])
        tifffile.imwrite(path, turned, ome=True, photometric="minisblack", metadata={
            "axes": order, "PhysicalSizeX": 0.25, "PhysicalSizeXUnit": "µm",
            "PhysicalSizeY": 0.25, "PhysicalSizeYUnit": "µm"}, **more)
    else:
        tifffile.imwrite(path, values, imagej=True, resolution=(4.0, 4.0),
                         metadata={"unit": "um", "axes": "TZCYX"}, **more)
        if flavour == "one-directory":
            _cut_chain(path)
    return path


def _cut_chain(path: Path) -> None:
    """Leave the first directory alone, as ImageJ does from 4 GB on."""
    data = bytearray(path.read_bytes())
    end = "<" if data[:2] == b"II" else ">"
    (first,) = struct.unpack_from(end + "I", data, 4)
    (entries,) = struct.unpack_from(end + "H", data, first)
    struct.pack_into("I", data, first + 2 + 12 * entries, 0)
    path.write_bytes(data)


def many_directories(path: Path, number: int, *, last: int = 0) -> Path:
    """A TIFF of directories without pictures; ``last`` is where the last one says that the next
    one is."""
    data = bytearray(b"II*\0" + struct.pack("<I", 8))
    for at in range(number):
        after = 8 + (at + 1) * 42 if at < number - 1 else last
        data += struct.pack("<H", 3) + b"".join(
            struct.pack("<HHII", tag, 3, 1, value)
            for tag, value in ((256, 4), (257, 4), (258, 8))) + struct.pack("<I", after)
    path.write_bytes(data)
    return path
