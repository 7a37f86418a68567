"""What a LIF file of Leica holds: its images, each with channels, slices and frames.

An XML tells where the values of each image lie in a block of memory behind it: how many bytes it is
from one pixel, row, slice … to the next. What has no place here (tiles of a mosaic, wavelengths,
loops) counts as frames, as time does. Source: Leica's description of the format, as readers of such
files have it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from xml.parsers import expat

from workbench.core.errors import FormatError
from workbench.core.pixel_size import PixelSize
from workbench.core.text import tr
from workbench.formats.regular_file import open_regular
from workbench.media.images.file_scale import metric_size
from workbench.media.images.stack import MOST_PAGES, Stack, readable_errors
from workbench.media.images.tiff_header import DAMAGED
from workbench.media.images.tiles import Plane, StoredTile

_MARK, _STAR = 0x70, 0x2A
_HEAD = struct.Struct("<IIBI")
_BLOCKS = {1: struct.Struct("<IIBIBI"), 2: struct.Struct("<IIBQBI")}
_MOST_XML, _MOST_BLOCKS, _MOST_DEPTH = 1 << 28, 1 << 16, 64
_X, _Y, _Z = 1, 2, 3
_COLOURS = (1, 2, 3)  # tags of channels: red, green, blue
_METRES = {"m": 1.0, "mm": 1e-3, "µm": 1e-6, "um": 1e-6, "nm": 1e-9}


class _Block(NamedTuple):
    offset: int
    length: int


class _Dimension(NamedTuple):
    number: int
    """How many there are."""
    step: int
    """Bytes from one to the next."""
    length: float
    unit: str


class _Channel(NamedTuple):
    kind: str
    tag: int
    offset: int


@dataclass
class _Image:
    """What the XML says of one element."""

    name: str
    block: str = ""
    channels: list[_Channel] = field(default_factory=list)
    dimensions: dict[int, _Dimension] = field(default_factory=dict)


def read_lif(path: Path) -> list[Stack]:
    """The images of a file.

    Raises
    ------
    WorkbenchError
        If it cannot be read.
    """
    with readable_errors(path):
        with open_regular(path) as stream:
            images, blocks = _contents(stream)
        usable = [image for image in images if image.block in blocks and image.channels
                  and {_X, _Y} <= image.dimensions.keys()]
        if not usable:
            raise FormatError(tr("there is no image in it"))
        names = [image.name for image in usable]
        return [_stack(image, blocks[image.block], _title(names, number))
                for number, image in enumerate(usable)]


def _title(names: list[str], number: int) -> str:
    """The name of an image, with its number where others have the name, too."""
    name = names[number] or tr("Image {number}", number=number + 1)
    return name if names.count(names[number]) == 1 else f"{name} {number + 1}"


def _contents(stream: BinaryIO) -> tuple[list[_Image], dict[str, _Block]]:
    mark, _, star, letters = _HEAD.unpack(stream.read(_HEAD.size))
    if (mark, star) != (_MARK, _STAR) or not 0 < 2 * letters <= _MOST_XML:
        raise FormatError(tr("it is no LIF file"))
    xml = _Xml(stream.read(2 * letters).decode("utf-16-le"))
    return xml.images, dict(_blocks(stream, _BLOCKS[xml.version]))


def _blocks(stream: BinaryIO, head: struct.Struct) -> list[tuple[str, _Block]]:
    """The blocks of memory by name, as far as the file goes."""
    found: list[tuple[str, _Block]] = []
    size = stream.seek(0, 1)
    end = stream.seek(0, 2)
    stream.seek(size)
    while len(found) < _MOST_BLOCKS:
        data = stream.read(head.size)
        if len(data) < head.size:
            break
        mark, _, star, length, other, letters = head.unpack(data)
        if (mark, star, other) != (_MARK, _STAR, _STAR) or letters > 1000:
            raise FormatError(DAMAGED)
        name = stream.read(2 * letters).decode("utf-16-le")
        at = stream.tell()
        found.append((name, _Block(at, length)))
        if at + length > end:
            break
        stream.seek(at + length)
    return found


def _stack(image: _Image, block: _Block, title: str) -> Stack:
    across, down = image.dimensions[_X], image.dimensions[_Y]
    depth = image.dimensions.get(_Z, _Dimension(1, 0, 0, ""))
    others = [item for key, item in sorted(image.dimensions.items()) if key not in (_X, _Y, _Z)]
    first = min(image.channels, key=lambda item: item.offset)
    value = int(first.kind[2:])
    tags = [item.tag for item in sorted(image.channels, key=lambda item: item.offset)]
    colours = sorted(tags) == list(_COLOURS) and across.step == 3 * value
    channels = [first] if colours else image.channels
    frames = 1
    for item in others:
        frames *= item.number
    if not 0 < frames * depth.number * len(channels) <= MOST_PAGES \
            or min(across.number, down.number) < 1:
        raise FormatError(DAMAGED)
    tiles: dict[Plane, list[StoredTile]] = {}
    for (channel, said), slice in product(enumerate(channels), range(depth.number)):
        for frame, at in enumerate(product(*(range(item.number) for item in reversed(others)))):
            start = said.offset + slice * depth.step + sum(
                number * item.step for number, item in zip(at, reversed(others), strict=True))
            # of channels whose values take turns, reading begins with the one that is meant
            samples = max(1, across.step // int(said.kind[2:]))
            tiles[channel, slice, frame] = [StoredTile(
                block.offset + start, max(0, block.length - start), 0, 0, across.number,
                down.number, said.kind, samples, -1 if colours else 0, down.step,
                reversed=colours and tags[0] == _COLOURS[-1])]
    return Stack(across.number, down.number, 8 * value, (), len(channels), depth.number, frames,
                 colours=colours, whole=first.kind[1] == "u", told=True, title=title,
                 pixel_size=_pixel_size(across, down), tiles=tiles)


def _pixel_size(across: _Dimension, down: _Dimension) -> PixelSize | None:
    """Lengths are from the middle of the first pixel to that of the last."""
    try:
        return metric_size(*(abs(item.length) * _METRES[item.unit] / (item.number - 1)
                             for item in (across, down)))
    except (ValueError, KeyError, ZeroDivisionError, StopIteration):
        return None


class _Xml:
    """Reads what Leica's XML says of images; elements lie in each other."""

    def __init__(self, text: str) -> None:
        self.version = 1
        self.images: list[_Image] = []
        self._open: list[_Image] = []
        parser = expat.ParserCreate("utf-8")
        parser.StartElementHandler = self._element
        parser.EndElementHandler = self._end
        parser.EntityDeclHandler = _no_entities
        parser.Parse(text.rstrip("\0").encode("utf-8"), True)

    def _element(self, name: str, said: dict[str, str]) -> None:
        if name == "LMSDataContainerHeader":
            self.version = int(said.get("Version", "1"))
        elif name == "Element":
            if len(self._open) >= _MOST_DEPTH:
                raise ValueError("elements lie too deep in each other")
            self._open.append(_Image(said.get("Name", "")))
        elif self._open and (take := _TAKEN.get(name)) is not None:
            take(self._open[-1], said)

    def _end(self, name: str) -> None:
        if name == "Element" and self._open:
            image = self._open.pop()
            if image.dimensions:
                self.images.append(image)


def _take_channel(image: _Image, said: dict[str, str]) -> None:
    bits, fractions = int(said["Resolution"]), said.get("DataType") == "1"
    size = next(size for size in (1, 2, 4, 8) if bits <= 8 * size)
    if not 0 < bits <= (64 if fractions else 32):
        raise ValueError("no such number of bits")
    image.channels.append(_Channel(f"<{'f' if fractions else 'u'}{size}",
                                   int(said.get("ChannelTag", "0")),
                                   max(0, int(said.get("BytesInc", "0")))))


def _take_dimension(image: _Image, said: dict[str, str]) -> None:
    found = _Dimension(int(said["NumberOfElements"]), int(said["BytesInc"]),
                       float(said.get("Length", "0")), said.get("Unit", ""))
    if found.number < 1 or found.step < 0:
        raise ValueError("no such dimension")
    image.dimensions[int(said["DimID"])] = found


def _take_memory(image: _Image, said: dict[str, str]) -> None:
    image.block = said.get("MemoryBlockID", "")


_TAKEN: dict[str, Callable[[_Image, dict[str, str]], None]] = {
    "ChannelDescription": _take_channel, "DimensionDescription": _take_dimension,
    "Memory": _take_memory}


def _no_entities(*_: Any) -> None:
    raise ValueError("it declares entities")
