"""What an ND2 file of Nikon holds: positions, channels, slices and frames.

The file is made of chunks, which a map at its end names. Those that describe it are trees of named
values; each image has a chunk of its own with the values of all channels in turns. Files of before
2010 (JPEG 2000 in truth) and those whose descriptions are XML are not read. Source: the format as
readers of such files have it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from workbench.core.errors import FormatError
from workbench.core.pixel_size import PixelSize
from workbench.core.text import tr
from workbench.formats.regular_file import open_regular
from workbench.media.images.file_scale import metric_size
from workbench.media.images.stack import MOST_PAGES, Stack, readable_errors
from workbench.media.images.tiff_header import DAMAGED
from workbench.media.images.tiles import Plane, StoredTile

_MAGIC, _JPEG_2000 = 0x0ABECEDA, 0x0C000000
_HEAD = struct.Struct("<IIQ")
_END = struct.Struct("<32sQ")
_END_MARK = b"ND2 CHUNK MAP SIGNATURE 0000001!"
_IMAGE = b"ImageDataSeq|"
_BEFORE_VALUES = 4096  # bytes of an image's chunk: its head, its name and the time
_MOST_CHUNK, _MOST_DEPTH = 1 << 28, 32
_MOST_VALUES = 1 << 10  # of a pixel
_NUMBERS = {1: "<B", 2: "<i", 3: "<I", 4: "<q", 5: "<Q", 6: "<d", 7: "<Q"}
_TEXT, _BYTES, _LEVEL, _PACKED = 8, 9, 11, 76
_TIME, _POSITIONS, _SLICES = 1, 2, 4

Tree = dict[str, Any]
_Place = tuple[int, int]  # offset and length of an image's chunk
_Images = dict[tuple[int, int], _Place]  # by slice and frame


class _Loop(NamedTuple):
    kind: int
    number: int


def read_nd2(path: Path) -> list[Stack]:
    """The positions of a file.

    Raises
    ------
    WorkbenchError
        If it cannot be read.
    """
    with readable_errors(path), open_regular(path) as stream:
        return list(_stacks(stream))


def _stacks(stream: BinaryIO) -> Iterator[Stack]:
    chunks = _map(stream)

    def tree(name: bytes, inside: str) -> Tree:
        found = _Reader(_chunk(stream, chunks[name][0])).tree() if name in chunks else {}
        inner: Tree = found.get(inside, found)
        return inner

    said = tree(b"ImageAttributesLV!", "SLxImageAttributes")
    if not said:
        raise FormatError(tr("it is an ND2 file of an old kind, which is not supported"))
    picture = tree(b"ImageMetadataSeqLV|0!", "SLxPictureMetadata")
    loops = list(_loops(tree(b"ImageMetadataLV!", "SLxExperiment")))
    places = {int(name[len(_IMAGE):-1]): place for name, place in chunks.items()
              if name.startswith(_IMAGE)}
    number = min(int(said["uiSequenceCount"]), MOST_PAGES)
    loops = _fitting(loops, number)
    images = _by_position(loops, places)
    for position, found in enumerate(images):
        title = tr("Position {number}", number=position + 1) if len(images) > 1 else ""
        yield _stack(said, picture, loops, found, title)


def _by_position(loops: list[_Loop], places: dict[int, _Place]) -> list[_Images]:
    """The images that are there, of each position."""
    found: list[_Images] = [{} for _ in range(_number(loops, _POSITIONS))]
    for number, at in enumerate(product(*(range(loop.number) for loop in loops))):
        if number in places:
            where = {loop.kind: index for loop, index in zip(loops, at, strict=True)}
            found[where.get(_POSITIONS, 0)][where.get(_SLICES, 0), where.get(_TIME, 0)] = \
                places[number]
    return found


def _number(loops: list[_Loop], kind: int) -> int:
    return next((loop.number for loop in loops if loop.kind == kind), 1)


def _fitting(loops: list[_Loop], number: int) -> list[_Loop]:
    """The loops, where they make ``number`` images; the last frames may be missing, where a
    recording was ended early. Else each image is a frame."""
    wanted = 1
    for loop in loops:
        wanted *= loop.number
    if wanted == number and len({loop.kind for loop in loops}) == len(loops):
        return loops
    if loops and loops[0].kind == _TIME and wanted > number:
        rest = wanted // loops[0].number
        if number >= rest:
            return [_Loop(_TIME, number // rest), *loops[1:]]
    return [_Loop(_TIME, number)]


def _stack(said: Tree, picture: Tree, loops: list[_Loop], images: _Images, title: str) -> Stack:
    width, height, values = (int(said[name]) for name in ("uiWidth", "uiHeight", "uiComp"))
    size = int(said["uiBpcInMemory"]) // 8
    channels = max(1, int(picture.get("sPicturePlanes", {}).get("uiCount", 1)))
    if min(width, height, values) < 1 or size not in (1, 2, 4) or values % channels \
            or values > _MOST_VALUES:
        raise FormatError(DAMAGED)
    colours = values == 3 * channels and channels == 1
    if not colours:
        channels = values
    kind = f"<{'f' if size == 4 else 'u'}{size}"
    coding = {0: "zlib", 1: tr("a lossy kind")}.get(int(said.get("eCompression", 2)), "")
    tiles: dict[Plane, list[StoredTile]] = {}
    for (slice, frame), (offset, length) in images.items():
        for channel in range(channels):
            tiles[channel, slice, frame] = [StoredTile(
                offset + _BEFORE_VALUES, length, 0, 0, width, height, kind, values,
                -1 if colours else channel, 0 if coding else int(said.get("uiWidthBytes", 0)),
                coding, reversed=colours)]
    return Stack(width, height, 8 * size, (), channels, _number(loops, _SLICES),
                 _number(loops, _TIME), colours=colours, whole=size < 4, told=True, title=title,
                 pixel_size=_pixel_size(picture), tiles=tiles)


def _pixel_size(picture: Tree) -> PixelSize | None:
    """A side in µm."""
    side = float(picture.get("dCalibration", 0)) * 1e-6
    if not picture.get("bCalibrated", True) or side <= 0:
        return None
    try:
        return metric_size(side, side / float(picture.get("dAspect", 1) or 1))
    except (ValueError, StopIteration, OverflowError):
        return None


def _loops(experiment: Tree, depth: int = 0) -> Iterator[_Loop]:
    """The loops of a recording, the outermost first."""
    kind, said = int(experiment.get("eType", 0)), experiment.get("uLoopPars", {})
    if list(said) == ["0"]:
        said = said["0"]
    number = int(said.get("uiCount", 0))
    valid = experiment.get("pItemValid")
    if kind == _POSITIONS and isinstance(valid, bytes) and number:
        number = sum(map(bool, valid[:number])) or number
    if kind in (_TIME, _POSITIONS, _SLICES) and number > 0:
        yield _Loop(kind, number)
    elif kind == 8:  # several phases of time, one after the other
        phases = said.get("pPeriod", {}).values()
        yield _Loop(_TIME, sum(int(item.get("uiCount", 0)) for item in phases) or 1)
    inner = experiment.get("ppNextLevelEx") or {}
    for item in list(inner.values())[:1]:
        if depth < _MOST_DEPTH:
            yield from _loops(item.get("SLxExperiment", item), depth + 1)


def _map(stream: BinaryIO) -> dict[bytes, tuple[int, int]]:
    """Where the chunks are and how long, by name."""
    (magic,) = struct.unpack("<I", stream.read(4))
    if magic == _JPEG_2000:
        raise FormatError(tr("it is an ND2 file of an old kind, which is not supported"))
    if magic != _MAGIC:
        raise FormatError(tr("it is no ND2 file"))
    stream.seek(-_END.size, 2)
    mark, place = _END.unpack(stream.read(_END.size))
    if mark != _END_MARK:
        raise FormatError(tr("it is cut off, or was not closed by the program that recorded it"))
    data, at = _chunk(stream, place), 0
    found: dict[bytes, tuple[int, int]] = {}
    while True:
        end = data.index(b"!", at) + 1
        name = data[at:end]
        if name == _END_MARK:
            return found
        found[name] = struct.unpack_from("<QQ", data, end)
        at = end + 16


def _chunk(stream: BinaryIO, place: int) -> bytes:
    stream.seek(place)
    magic, name, length = _HEAD.unpack(stream.read(_HEAD.size))
    if magic != _MAGIC or length > _MOST_CHUNK:
        raise FormatError(DAMAGED)
    stream.seek(name, 1)
    return stream.read(length)


class _Reader:
    """Reads a tree of named values."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def tree(self, number: int = 1, depth: int = 0) -> Tree:
        """``number`` named values; those without a name are called "0", "1" …"""
        found: Tree = {}
        for _ in range(number):
            if self._at + 2 > len(self._data) or depth > _MOST_DEPTH:
                break
            kind, letters = self._data[self._at], self._data[self._at + 1]
            if kind == _PACKED:
                data = zlib.decompressobj().decompress(self._data[self._at + 12:], _MOST_CHUNK)
                return _Reader(data).tree(number, depth + 1)
            start = self._at
            self._at += 2
            name = self._take(2 * letters).decode("utf-16-le").rstrip("\0")
            found[name or str(len(found))] = self._value(kind, start, depth)
        return found

    def _value(self, kind: int, start: int, depth: int) -> Any:
        if kind in _NUMBERS:
            code = _NUMBERS[kind]
            return struct.unpack(code, self._take(struct.calcsize(code)))[0]
        if kind == _TEXT:
            end = self._at
            while self._data[end:end + 2] not in (b"\0\0", b""):
                end += 2
            text = self._take(end - self._at).decode("utf-16-le", "replace")
            self._at += 2
            return text
        if kind == _BYTES:
            return self._take(struct.unpack("<Q", self._take(8))[0])
        if kind != _LEVEL:
            raise FormatError(DAMAGED)
        number, length = struct.unpack("<IQ", self._take(12))
        found = self.tree(number, depth + 1)
        self._at = start + length + 8 * number  # behind it, where each of the values begins
        return found

    def _take(self, length: int) -> bytes:
        data = self._data[self._at:self._at + length]
        if len(data) < length:
            raise FormatError(DAMAGED)
        self._at += length
        return data
