"""Small files as the programs of microscopes write them: CZI of Zeiss, LIF of Leica, ND2 of Nikon.

Values are (T, Z, C, H, W) as in :mod:`tests.support.stacks`, or (H, W, 3) colours.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from tests.support.stacks import Planes

SIDE = 0.25e-6
"""Metres of a pixel."""


def _write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


# --- Zeiss ---------------------------------------------------------------------------------------

_PIXELS = {("uint8", 1): 0, ("uint16", 1): 1, ("float32", 1): 2, ("uint8", 3): 3, ("uint16", 3): 4}


def _segment(name: bytes, body: bytes) -> bytes:
    room = -(-len(body) // 32) * 32
    return struct.pack("<16sqq", name, room, len(body)) + body.ljust(room, b"\0")


def _entry(pixel: int, offset: int, coding: int, at: Mapping[str, tuple[int, int]],
           shrunk: int = 1) -> bytes:
    dimensions = b"".join(struct.pack("<4siifi", axis.encode(), begin, size, 0.0,
                                      size // shrunk if axis in "XY" else size)
                          for axis, (begin, size) in at.items())
    return struct.pack("<2siqii6si", b"DV", pixel, offset, 0, coding,
                       bytes([shrunk > 1]) + bytes(5), len(at)) + dimensions


def write_czi(path: Path, scenes: Sequence[Planes], *, coding: int = 0, tile: int = 0,
              encode: Callable[[bytes], bytes] = bytes, pyramid: bool = False) -> Path:
    """Write scenes, each below the one before.

    Parameters
    ----------
    tile
        The width of the tiles that planes are cut into; 0 for one each.
    encode
        What compresses them, as ``coding`` says.
    pyramid
        Whether a smaller copy of each tile is there, too.
    """
    file = bytearray(_segment(b"ZISRAWFILE", bytes(512)))
    entries: list[bytes] = []

    def put(values: np.ndarray, at: dict[str, tuple[int, int]], shrunk: int = 1) -> None:
        colours = values.ndim == 3
        pixel = _PIXELS[str(values.dtype), 3 if colours else 1]
        data = encode((values[..., ::-1] if colours else values).tobytes())
        offset = len(file)
        entry = _entry(pixel, offset, coding, at, shrunk)
        head = (struct.pack("<iiq", 7, 0, len(data)) + entry).ljust(256, b"\0")
        file.extend(_segment(b"ZISRAWSUBBLOCK", head + b"<META/>" + data))
        entries.append(entry)

    for scene, values in enumerate(scenes):
        planes = values[None, None, None] if values.ndim == 3 else values
        for frame, slice, channel in np.ndindex(*planes.shape[:3]):
            plane = planes[frame, slice, channel]
            step = tile or plane.shape[1]
            for number, left in enumerate(range(0, plane.shape[1], step)):
                piece = plane[:, left:left + step]
                at = {"X": (100 + left, piece.shape[1]), "Y": (-7 + 1000 * scene, piece.shape[0]),
                      "C": (channel, 1), "Z": (slice + 5, 1), "T": (frame, 1), "S": (scene, 1),
                      "M": (number, 1)}
                put(piece, at)
                if pyramid:
                    put(piece[::2, ::2], at, 2)
    directory = len(file)
    file.extend(_segment(b"ZISRAWDIRECTORY",
                         struct.pack("<i124x", len(entries)) + b"".join(entries)))
    xml = (f'<ImageDocument><Metadata><Scaling><Items><Distance Id="X"><Value>{SIDE}</Value>'
           f'</Distance><Distance Id="Y"><Value>{SIDE}</Value></Distance></Items></Scaling>'
           "</Metadata></ImageDocument>").encode()
    metadata = len(file)
    file.extend(_segment(b"ZISRAWMETADATA", struct.pack("<ii248x", len(xml), 0) + xml))
    struct.pack_into("<ii8s16s16siqq", file, 32, 1, 0, b"", b"", b"", 0, directory, metadata)
    return _write(path, bytes(file))


# --- Leica ---------------------------------------------------------------------------------------


def write_lif(path: Path, images: Mapping[str, Planes], *, version: int = 2) -> Path:
    """Write images by their names, all in a folder "Experiment"."""
    elements, blocks = "", b""
    for number, (name, values) in enumerate(images.items()):
        data, described = _lif_image(values)
        elements += (f'<Element Name="{name}"><Data><Image><ImageDescription>{described}'
                     "</ImageDescription></Image></Data>"
                     f'<Memory Size="{len(data)}" MemoryBlockID="MemBlock_{number}"/></Element>')
        label = f"MemBlock_{number}".encode("utf-16-le")
        blocks += struct.pack("<IIBQBI" if version == 2 else "<IIBIBI", 0x70, 0, 0x2A, len(data),
                              0x2A, len(label) // 2) + label + data
    xml = (f'<LMSDataContainerHeader Version="{version}"><Element Name="Experiment"><Children>'
           f"{elements}</Children></Element></LMSDataContainerHeader>").encode("utf-16-le")
    head = struct.pack("<IIBI", 0x70, len(xml) + 5, 0x2A, len(xml) // 2)
    return _write(path, head + xml + blocks)


def _lif_image(values: Planes) -> tuple[bytes, str]:
    size, colours = values.dtype.itemsize, values.ndim == 3
    kind = 'NameOfMeasuredQuantity="" Min="0" Max="1" Unit="" LUTName="" IsLUTInverted="0"'

    def channel(tag: int, step: int) -> str:
        return (f'<ChannelDescription DataType="{int(values.dtype.kind == "f")}" '
                f'ChannelTag="{tag}" Resolution="{8 * size}" {kind} BytesInc="{step}" BitInc="0"/>')

    if colours:
        height, width = values.shape[:2]
        channels = "".join(channel(tag, at * size) for at, tag in enumerate((1, 2, 3)))
        lie = [(1, width, 3 * size), (2, height, 3 * size * width)]
        data = values.tobytes()
    else:  # the channels of a row of slices after each other, as Leica writes them
        frames, slices, number, height, width = values.shape
        plane = width * height * size
        channels = "".join(channel(0, at * plane) for at in range(number))
        lie = [(1, width, size), (2, height, size * width), (3, slices, plane * number),
               (4, frames, plane * number * slices)]
        data = values.tobytes()
    lengths = {1: SIDE * (lie[0][1] - 1), 2: SIDE * (lie[1][1] - 1)}
    dimensions = "".join(
        f'<DimensionDescription DimID="{axis}" NumberOfElements="{number}" Origin="0" '
        f'Length="{lengths.get(axis, 0)}" Unit="m" BitInc="0" BytesInc="{step}"/>'
        for axis, number, step in lie)
    return data, f"<Channels>{channels}</Channels><Dimensions>{dimensions}</Dimensions>"


# --- Nikon ---------------------------------------------------------------------------------------

_MAGIC = 0x0ABECEDA
_CODES = {"u": (3, "<I"), "e": (3, "<I"), "d": (6, "<d"), "b": (1, "<B")}


def _tree(name: str, value: Any) -> bytes:
    """A named value; what its name begins with says of which kind it is."""
    letters = f"{name}\0".encode("utf-16-le") if name else b""
    head = bytes((len(letters) // 2,)) + letters
    if isinstance(value, dict):
        parts = [_tree(key if not key.isdecimal() else "", item) for key, item in value.items()]
        inside = b"".join(parts)
        length = 1 + len(head) + 12 + len(inside)
        return b"\x0b" + head + struct.pack("<IQ", len(parts), length) + inside \
            + bytes(8 * len(parts))
    if isinstance(value, bytes):
        return b"\x09" + head + struct.pack("<Q", len(value)) + value
    if isinstance(value, str):
        return b"\x08" + head + f"{value}\0".encode("utf-16-le")
    kind, code = _CODES[name[0]]
    return bytes((kind,)) + head + struct.pack(code, value)


def write_nd2(path: Path, positions: Sequence[Planes], *, zipped: bool = False, cut: int = 0,
              padding: int = 0) -> Path:
    """Write positions, each with the same number of frames and slices.

    Parameters
    ----------
    cut
        So many of the images at the end are missing, as where a recording was ended early.
    padding
        Bytes at the end of each row.
    """
    first = positions[0]
    colours = first.ndim == 3
    planes = [values[None, None, None] if colours else values for values in positions]
    frames, slices, channels = planes[0].shape[:3]
    height, width = planes[0].shape[3:5]
    values_a_pixel = 3 if colours else channels
    number = frames * len(positions) * slices - cut
    size = first.dtype.itemsize
    loops = [(1, frames), (2, len(positions)), (4, slices)]
    experiment: dict[str, Any] = {}
    for kind, count in reversed([loop for loop in loops if loop[1] > 1]):
        below = {"uiNextLevelCount": 1, "ppNextLevelEx": {"0": experiment}} if experiment else {}
        said: dict[str, Any] = {"uiCount": count, "dStart": 0.0, "dPeriod": 1.0, "dDuration": 1.0}
        if kind == 2:
            said["Points"] = {str(at): {"dPosX": 0.0, "dPosY": 0.0, "dPosZ": 0.0}
                              for at in range(count)}
            below["pItemValid"] = bytes([1] * count)
        if kind == 4:
            said |= {"dZStep": 1.0, "dZLow": 0.0, "dZHigh": 1.0, "dZHome": 0.0, "eType": 2,
                     "bZInverted": 0}
        experiment = {"eType": kind, "uLoopPars": said, **below}
    trees = {
        b"ImageAttributesLV!": _tree("SLxImageAttributes", {
            "uiWidth": width, "uiWidthBytes": width * size * values_a_pixel + padding,
            "uiHeight": height, "uiComp": values_a_pixel, "uiBpcInMemory": 8 * size,
            "uiBpcSignificant": 8 * size, "uiSequenceCount": number,
            "eCompression": 0 if zipped else 2}),
        b"ImageMetadataSeqLV|0!": _tree("SLxPictureMetadata", {
            "dCalibration": SIDE * 1e6, "dAspect": 1.0, "bCalibrated": 1,
            "sPicturePlanes": {"uiCount": 1 if colours else channels, "sPlaneNew": {
                f"a{at}": {"uiCompCount": 3 if colours else 1, "uiColor": 0, "sDescription": "dye"}
                for at in range(1 if colours else channels)}}}),
        **({b"ImageMetadataLV!": _tree("SLxExperiment", experiment)} if experiment else {})}
    file, places = bytearray(), {}

    def chunk(name: bytes, data: bytes, room: int = 0) -> None:
        places[name] = len(file), len(data)
        padded = name.ljust(max(len(name), room), b"\0")
        file.extend(struct.pack("<IIQ", _MAGIC, len(padded), len(data)) + padded + data)

    chunk(b"ND2 FILE SIGNATURE CHUNK NAME01!", b"Ver3.0".ljust(64, b"\0"))
    everywhere = product(range(frames), range(len(positions)), range(slices))
    for at, (frame, position, slice) in zip(range(number), everywhere, strict=False):
        plane = planes[position][frame, slice]
        turns = plane[0] if colours else np.moveaxis(plane, 0, -1)
        rows = (turns[..., ::-1] if colours else turns).reshape(height, -1)
        data = rows.tobytes() if zipped or not padding else b"".join(
            row.tobytes() + bytes(padding) for row in rows)
        chunk(b"ImageDataSeq|%d!" % at, bytes(8) + (zlib.compress(data) if zipped else data), 4072)
    for name, data in trees.items():
        chunk(name, data)
    places.pop(b"ND2 FILE SIGNATURE CHUNK NAME01!")
    end = len(file)
    table = b"".join(name + struct.pack("<QQ", *place) for name, place in places.items())
    chunk(b"ND2 FILEMAP SIGNATURE NAME 0001!", table + b"ND2 CHUNK MAP SIGNATURE 0000001!"
          + struct.pack("<Q", end))
    file.extend(b"ND2 CHUNK MAP SIGNATURE 0000001!" + struct.pack("<Q", end))
    return _write(path, bytes(file))
