"""What a stack is, and what a TIFF of several pages holds, from its headers alone: channels, slices
and frames. Of files of microscopes that is in modules of their own (:mod:`.stack_kinds`).

Of a file of several pictures the first is what is shown and learned from
(:mod:`workbench.media.images.pixels`); this says what else is there. No numpy: it is asked for
each TIFF that is opened. What the pages look like is in :mod:`workbench.media.images.stack_pages`.

- ImageJ says ``images= channels= slices= frames=`` in the description of the first page. A stack
  of more than 4 GB has one directory only; its pages follow each other in the file as they are.
- OME-TIFF: SizeC, SizeZ, SizeT and DimensionOrder of the first ``Pixels``, where its ``TiffData``
  do not say another order.
- Zeiss LSM (tag 34412) has all channels in each page.
- Of all others, and where the pages there are do not fit what is said, each page is a slice.

Sources: ImageJ's TiffEncoder and TiffDecoder; the OME model (2016-06); Zeiss' structure CZ_LSMINFO
as readers of LSM files have it.
"""

from __future__ import annotations

import errno
import io
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple
from xml.parsers import expat

from workbench.core.errors import FormatError, WorkbenchError
from workbench.core.pixel_size import PixelSize
from workbench.core.text import count
from workbench.formats.atomic import disk_reason
from workbench.formats.regular_file import open_regular
from workbench.media.images.tiff_header import (
    BITS,
    COMPRESSION,
    DAMAGED,
    EXTRA,
    FORMAT,
    HEIGHT,
    ORIENTATION,
    PHOTOMETRIC,
    SAMPLES,
    TIFF_SUFFIXES,
    WIDTH,
    Broken,
    Directory,
    Page,
    open_directory,
    pages_of,
)
from workbench.media.images.tiles import Plane, StoredTile

MOST_PAGES = 1 << 16
"""A file of more pages is taken for one of so many."""
_DESCRIPTION, _STRIPS, _LSM = 270, 273, 34412
_LSM_HEAD = struct.Struct("<I4x6i")  # magic number; x, y, z, channels, time, kind of values
_LSM_BITS = {1: 8, 2: 16, 5: 32}
_LSM_MAGIC = frozenset({0x00300494C, 0x00400494C})
_MOST_TEXT = 1 << 18
_ALPHA = frozenset({1, 2})
_GREY, _COLOURS = frozenset({0, 1}), 3
_IMAGEJ = re.compile(r"^(images|channels|slices|frames)=(\d{1,9})\s*$", re.MULTILINE)


class _Said(NamedTuple):
    """What a file says of its pages; ``order`` names what changes first from page to page first."""

    channels: int
    slices: int
    frames: int
    order: str = "CZT"


@dataclass(frozen=True, slots=True)
class Stack:
    """What a file of several pages holds, or one of the images of it."""

    width: int
    height: int
    """Pixels of the first page as displayed."""
    bits: int
    """Of one value."""
    pages: tuple[Page, ...]
    """The pictures with a directory of their own."""
    channels: int = 1
    slices: int = 1
    frames: int = 1
    order: str = "CZT"
    """What changes from page to page, the fastest first."""
    inside: int = 1
    """So many channels lie in one page."""
    colours: bool = False
    """Whether each page is a picture of colours."""
    whole: bool = True
    """Whether values are whole numbers from 0 on."""
    told: bool = False
    """Whether the file says what its pages are."""
    begin: int = -1
    """Where the values of the first of the pages begin in the file that follow each other without
    directories; -1 where each has one."""
    title: str = ""
    """Which of the images of its file it is; "" where there is one only."""
    pixel_size: PixelSize | None = None
    """What the file of a microscope says; of a TIFF it is read by
    :mod:`workbench.media.images.file_scale`."""
    tiles: Mapping[Plane, Sequence[StoredTile]] = field(default_factory=dict, repr=False)
    """Where the values of each plane lie, by channel, slice and frame; none of a TIFF."""

    @property
    def number(self) -> int:
        """How many pages there are."""
        return self.channels // self.inside * self.slices * self.frames

    @property
    def several(self) -> bool:
        """Whether there is more than one picture."""
        return self.channels * self.slices * self.frames > 1

    @property
    def mixes(self) -> bool:
        """Whether its channels can be the colours of one picture."""
        return 1 < self.channels <= _COLOURS and not self.colours and self.bits in (8, 16) \
            and self.whole

    def page(self, channel: int, slice: int, frame: int) -> tuple[int, int]:
        """The number of a page, from 0, and which of the channels in it is wanted."""
        at = {"C": channel // self.inside, "Z": slice, "T": frame}
        sizes = {"C": self.channels // self.inside, "Z": self.slices, "T": self.frames}
        found, step = 0, 1
        for name in self.order:
            found += at[name] * step
            step *= sizes[name]
        return found, channel % self.inside

    def words(self) -> str:
        """ "3 channels, 30 slices"; "40 pages" where it is not said what they are."""
        if not self.told and self.inside == 1:
            return count(self.number, "page")
        parts = [count(number, noun) for number, noun in (
            (self.channels, "channel"), (self.slices, "slice"), (self.frames, "frame"))
            if number > 1]
        return ", ".join(parts) or count(1, "image")


@contextmanager
def readable_errors(path: Path, damaged: str = DAMAGED) -> Iterator[None]:
    """In this block all errors are those that a person understands, and name the file; what
    nobody foresaw is told as ``damaged``."""
    try:
        yield
    except MemoryError as error:
        raise WorkbenchError("there is not enough memory", path=path) from error
    except WorkbenchError as error:
        if error.path is None:
            raise type(error)(error.message, path=path) from None
        raise
    except OSError as error:  # of a place that no file has, the system says no more
        known = error.errno and error.errno != errno.EINVAL
        raise WorkbenchError(disk_reason(error, "read") if known else DAMAGED,
                             path=path) from error
    except Exception as error:  # what damaged data raises is not to be foreseen
        raise FormatError(damaged, path=path) from error


def read_stack(path: Path) -> Stack | None:
    """What the TIFF at ``path`` holds; None where that is no TIFF, or cannot be read."""
    try:
        with open_regular(path) as stream:
            if stream.read(2) not in (b"II", b"MM"):
                return None
            stream.seek(0)
            return _stack(stream)
    except (OSError, Broken, struct.error, OverflowError):
        return None


def read_stacks(path: Path) -> list[Stack]:
    """As :func:`read_stack`, where the file has several pages."""
    found = read_stack(path)
    return [found] if found is not None and found.several else []


def page_count(path: Path) -> int:
    """How many pages a TIFF has, each with one channel or with colours; 1 of all other files, and
    where only one is known."""
    stack = read_stack(path) if path.suffix.lower() in TIFF_SUFFIXES else None
    return stack.channels * stack.slices * stack.frames if stack is not None else 1


def _stack(stream: BinaryIO) -> Stack | None:
    directory = open_directory(stream)
    width, height, bits = (_first(directory, tag) for tag in (WIDTH, HEIGHT, BITS))
    bits = _LSM_BITS.get(_zeiss(directory)[5], bits)  # of two channels the tag says it otherwise
    stream.seek(0)
    pages = tuple(pages_of(stream, MOST_PAGES))
    if not pages or not width or not height:
        return None
    if _first(directory, ORIENTATION) >= 5:
        width, height = height, width
    inside, colours = _in_a_page(directory)
    text = directory.text(_DESCRIPTION, _MOST_TEXT)
    said = _told(directory, text, _first(directory, SAMPLES) if colours else 1, inside)
    begin, number = -1, len(pages)
    if text.startswith("ImageJ=") and number == 1 and said is not None:
        begin, number = _following(stream, directory, said)
    made = _fitting(said, number, inside)
    told = said is not None and said[:2] == made[:2]
    return Stack(width, height, bits or 1, pages, *made, inside, colours,
                 _first(directory, FORMAT) in (0, 1), told, begin if number > 1 else -1)


def _first(directory: Directory, tag: int) -> int:
    return (directory.numbers(tag) or (0,))[0]


def _in_a_page(directory: Directory) -> tuple[int, bool]:
    """How many channels one page has, and whether these are colours instead."""
    samples = max(1, _first(directory, SAMPLES))
    if any(_zeiss(directory)):
        return samples, False
    if _first(directory, PHOTOMETRIC) not in _GREY:
        return 1, True
    return max(1, samples - sum(value in _ALPHA for value in directory.numbers(EXTRA))), False


def _following(stream: BinaryIO, directory: Directory, said: _Said) -> tuple[int, int]:
    """Where pages without directories begin, and how many there are."""
    begin = _first(directory, _STRIPS)
    size = _first(directory, WIDTH) * _first(directory, HEIGHT) * (_first(directory, BITS) // 8) \
        * max(1, _first(directory, SAMPLES))
    if _first(directory, COMPRESSION) > 1 or not begin or not size:
        return -1, 1
    wanted = said.channels * said.slices * said.frames
    there = (stream.seek(0, io.SEEK_END) - begin) // size
    return begin, max(1, min(wanted, there, MOST_PAGES))


def _fitting(said: _Said | None, number: int, inside: int) -> _Said:
    """What is said, where it fits ``number`` pages; the last frames may be missing, where a
    recording was ended early. Else each page is a slice."""
    plain = _Said(inside, number, 1)
    if said is None or said.channels % inside:
        return plain
    each = said.channels // inside * said.slices
    if each * said.frames == number:
        return said
    early = said.order[2] == "T" and 0 < each <= number < each * said.frames
    return said._replace(frames=number // each) if early else plain


def _told(directory: Directory, text: str, colours: int, inside: int) -> _Said | None:
    """What a file says of itself; OME counts the ``colours`` of a page as channels."""
    if text.startswith("ImageJ="):
        found = {name: int(value) for name, value in _IMAGEJ.findall(text)}
        channels, slices, frames, images = (
            max(1, found.get(name, 1)) for name in ("channels", "slices", "frames", "images"))
        return _Said(channels, slices, frames) if channels * slices * frames == images \
            else _Said(1, images, 1)
    if "<" in text[:200]:
        said = _OmeSizes(colours * inside).read(text)
        return said._replace(channels=max(1, said.channels // colours)) if said else None
    _, _, slices, channels, frames, _ = _zeiss(directory)
    return _Said(channels, slices, frames) if min(slices, channels, frames) > 0 else None


def _zeiss(directory: Directory) -> tuple[int, ...]:
    """What an LSM says: x, y, z, channels, time, kind of values; zeros of other files."""
    data = directory.data(_LSM, _LSM_HEAD.size)
    magic, *found = _LSM_HEAD.unpack(data) if len(data) == _LSM_HEAD.size else (0,)
    return tuple(found) if magic in _LSM_MAGIC else (0,) * 6


class _OmeSizes:
    """Looks for the sizes of the first ``Pixels`` of OME-XML, and whether the pages lie in their
    order.

    Parameters
    ----------
    each
        So many channels are in a page.
    """

    def __init__(self, each: int) -> None:
        self._each = each
        self._said: _Said | None = None
        self._over = self._other_order = False
        self._next = 0

    def read(self, text: str) -> _Said | None:
        parser = expat.ParserCreate("utf-8")
        parser.StartElementHandler = self._element
        parser.EndElementHandler = self._end
        parser.EntityDeclHandler = _no_entities
        # the text may be cut off at the limit
        with suppress(expat.ExpatError, ValueError, KeyError):
            parser.Parse(text.encode("utf-8"), True)
        return None if self._other_order else self._said

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "Pixels" and self._said is None:
            order = attributes.get("DimensionOrder", "XYCZT")[2:]
            if sorted(order) != ["C", "T", "Z"]:
                raise ValueError("no such order")
            c, z, t = (max(1, int(attributes.get(f"Size{axis}", "1")[:9])) for axis in "CZT")
            self._said = _Said(c, z, t, order)
        elif local == "TiffData" and self._said is not None and not self._over:
            self._data(self._said, attributes)

    def _data(self, said: _Said, attributes: dict[str, str]) -> None:
        """Compare where a page lies with where it is expected."""
        if "IFD" not in attributes:
            return
        at, step = 0, 1
        sizes = {"C": said.channels // self._each, "Z": said.slices, "T": said.frames}
        for axis in said.order:
            place = int(attributes.get(f"First{axis}", "0"))
            at += (place // self._each if axis == "C" else place) * step
            step *= sizes[axis]
        if at != int(attributes["IFD"]):
            self._other_order = True

    def _end(self, name: str) -> None:
        self._over = self._over or name.rpartition(":")[2] == "Pixels"


def _no_entities(*_: object) -> None:
    raise ValueError("it declares entities")
