"""What a CZI file of Zeiss holds, from its directory: scenes, channels, slices, frames, tiles.

The directory names a sub-block for each tile of each plane, and smaller copies of several (the
pyramid), which are left out. Of dimensions that have no place here (phases, views, illuminations,
rotations) the first counts. Sources: Zeiss' description of the format (DS_ZISRAW-FileFormat 1.2.2),
and readers of such files.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from xml.parsers import expat

from workbench.core.errors import FormatError
from workbench.core.pixel_size import PixelSize
from workbench.core.text import tr
from workbench.formats.regular_file import open_regular
from workbench.media.images.file_scale import metric_size
from workbench.media.images.stack import Stack, readable_errors
from workbench.media.images.tiff_header import DAMAGED
from workbench.media.images.tiles import Plane, StoredTile

_SEGMENT = struct.Struct("<16sqq")
_FILE = struct.Struct("<ii8s16s16siqq")
_ENTRY = struct.Struct("<2siqii6si")
_DIMENSION = struct.Struct("<4siifi")
_BLOCK = struct.Struct("<iiq")
_MOST_BLOCKS, _MOST_XML = 1 << 20, 1 << 26
_LEAST_HEAD = 256  # bytes of a sub-block before its own descriptions
_KINDS = {0: ("<u1", 1), 1: ("<u2", 1), 2: ("<f4", 1), 3: ("<u1", 3), 4: ("<u2", 3),
          8: ("<f4", 3), 9: ("<u1", 4), 12: ("<u4", 1)}
"""Of pixels, by Zeiss' numbers: kind of value, and how many a pixel has."""
_CODINGS = {0: "", 1: "JPEG", 2: "LZW", 4: "JPEG XR", 5: "zstd", 6: "zstd-czi"}
_PLACES = frozenset("XYCZTSM")


class _Block(NamedTuple):
    """An entry of the directory: begin and size by dimension."""

    pixel: int
    offset: int
    coding: int
    dimensions: dict[str, tuple[int, int]]

    def at(self, name: str) -> int:
        return self.dimensions.get(name, (0, 1))[0]


def read_czi(path: Path) -> list[Stack]:
    """The scenes of a file.

    Raises
    ------
    WorkbenchError
        If it cannot be read.
    """
    with readable_errors(path):
        with open_regular(path) as stream:
            found, size = _contents(stream)
        return list(_scenes(found, size))


def block_data(stream: BinaryIO, offset: int) -> tuple[int, int]:
    """Where the values of the sub-block at ``offset`` begin, and how many bytes these are;
    ValueError or struct.error where there is none."""
    stream.seek(offset)
    name, _, _ = _SEGMENT.unpack(stream.read(_SEGMENT.size))
    if not name.startswith(b"ZISRAWSUBBLOCK"):
        raise ValueError(DAMAGED)
    described, _, length = _BLOCK.unpack(stream.read(_BLOCK.size))
    *_, dimensions = _ENTRY.unpack(stream.read(_ENTRY.size))
    head = max(_LEAST_HEAD, _BLOCK.size + _ENTRY.size + _DIMENSION.size * dimensions)
    return offset + _SEGMENT.size + head + described, length


def _contents(stream: BinaryIO) -> tuple[list[_Block], PixelSize | None]:
    if not _SEGMENT.unpack(stream.read(_SEGMENT.size))[0].startswith(b"ZISRAWFILE"):
        raise FormatError(tr("it is no CZI file"))
    *_, directory, metadata = _FILE.unpack(stream.read(_FILE.size))
    if not directory:
        raise FormatError(tr("it was not closed by the program that recorded it"))
    return list(_blocks(stream, directory)), _pixel_size(stream, metadata)


def _blocks(stream: BinaryIO, directory: int) -> Iterator[_Block]:
    stream.seek(directory)
    name, _, used = _SEGMENT.unpack(stream.read(_SEGMENT.size))
    (number,) = struct.unpack("<i124x", stream.read(128))
    if not name.startswith(b"ZISRAWDIRECTORY") or not 0 <= number <= _MOST_BLOCKS:
        raise FormatError(DAMAGED)
    data = stream.read(min(used, number * (_ENTRY.size + 64 * _DIMENSION.size)))
    at = 0
    for _ in range(number):
        _, pixel, offset, part, coding, _, count = _ENTRY.unpack_from(data, at)
        at += _ENTRY.size
        dimensions, whole = {}, part == 0
        for _ in range(count):
            letter, begin, size, _, stored = _DIMENSION.unpack_from(data, at)
            at += _DIMENSION.size
            key = letter.rstrip(b"\0").decode("ascii", "replace")
            dimensions[key] = begin, size
            whole = whole and (key not in "XY" or stored in (0, size))
        if whole:
            yield _Block(pixel, offset, coding, dimensions)


def _scenes(blocks: Iterable[_Block], size: PixelSize | None) -> Iterator[Stack]:
    found = list(blocks)
    others = {name for block in found for name in block.dimensions} - _PLACES
    first = {name: min(block.at(name) for block in found) for name in others}
    found = [block for block in found if all(block.at(name) == at for name, at in first.items())]
    if not found:
        raise FormatError(tr("there is no image in it"))
    scenes: dict[int, list[_Block]] = {}
    for block in found:
        scenes.setdefault(block.at("S"), []).append(block)
    for scene in sorted(scenes):
        title = tr("Scene {number}", number=scene + 1) if len(scenes) > 1 else ""
        yield _scene(scenes[scene], title, size)


def _scene(blocks: list[_Block], title: str, size: PixelSize | None) -> Stack:
    if unknown := {block.pixel for block in blocks} - _KINDS.keys():
        raise FormatError(tr("its kind of pixels ({number}) is not supported",
                             number=min(unknown)))
    left, top = (min(block.at(axis) for block in blocks) for axis in "XY")
    width, height = (max(sum(block.dimensions[axis]) for block in blocks) - begin
                     for axis, begin in (("X", left), ("Y", top)))
    places = {axis: {at: number for number, at in enumerate(sorted({b.at(axis) for b in blocks}))}
              for axis in "CZT"}
    tiles: dict[Plane, list[StoredTile]] = {}
    for block in sorted(blocks, key=lambda item: item.at("M")):
        channel, slice, frame = (places[axis][block.at(axis)] for axis in "CZT")
        kind, samples = _KINDS[block.pixel]
        tiles.setdefault((channel, slice, frame), []).append(StoredTile(
            block.offset, 0, block.at("X") - left, block.at("Y") - top, block.dimensions["X"][1],
            block.dimensions["Y"][1], kind, samples, coding=_CODINGS.get(block.coding, "another"),
            reversed=samples > 1, wrapped=True))
    if min(width, height) < 1:
        raise FormatError(DAMAGED)
    kind, samples = _KINDS[blocks[0].pixel]
    channels, slices, frames = (len(places[axis]) for axis in "CZT")
    return Stack(width, height, 8 * int(kind[2:]), (), channels, slices, frames,
                 colours=samples > 1, whole=kind[1] == "u", told=True, title=title,
                 pixel_size=size, tiles=tiles)


def _pixel_size(stream: BinaryIO, metadata: int) -> PixelSize | None:
    """What the XML of a file says of X and Y, in metres."""
    try:
        stream.seek(metadata)
        name, _, _ = _SEGMENT.unpack(stream.read(_SEGMENT.size))
        (length,) = struct.unpack("<i252x", stream.read(256))
        if not metadata or not name.startswith(b"ZISRAWMETADATA") or not 0 < length <= _MOST_XML:
            return None
        sides = _Distances().read(stream.read(length))
        return metric_size(sides["X"], sides.get("Y", sides["X"]))
    except (struct.error, ValueError, KeyError, OverflowError, expat.ExpatError):
        return None


class _Distances:
    """Looks for ``<Distance Id="X"><Value>`` in Zeiss' XML."""

    def __init__(self) -> None:
        self._found: dict[str, float] = {}
        self._axis = self._text = ""
        self._inside = False

    def read(self, data: bytes) -> dict[str, float]:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._element
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.EntityDeclHandler = _no_entities
        parser.Parse(data.rstrip(b"\0"), True)
        return self._found

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Distance":
            self._axis = attributes.get("Id", "")
        self._inside = bool(self._axis) and name == "Value"
        self._text = ""

    def _characters(self, text: str) -> None:
        if self._inside:
            self._text += text

    def _end(self, name: str) -> None:
        if name == "Value" and self._inside:
            self._found.setdefault(self._axis, float(self._text))
        if name == "Distance":
            self._axis = ""
        self._inside = False


def _no_entities(*_: Any) -> None:
    raise ValueError("it declares entities")
