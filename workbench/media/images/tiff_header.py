"""The header of a TIFF, which is also the inside of Exif: size, orientation, what is refused, and
the directory in which all of that stands.

Sources: TIFF 6.0 (Aldus 1992), BigTIFF (libtiff), CIPA DC-008 (Exif). What is supported is what
Pillow decodes, less the kinds of which it shows something else than what they hold.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import Any, BinaryIO, NamedTuple

TIFF_SUFFIXES = (".tif", ".tiff", ".lsm")
WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
ORIENTATION, SAMPLES, PLANAR, EXTRA, FORMAT = 274, 277, 284, 338, 339

_WANTED = frozenset({WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, ORIENTATION, SAMPLES, PLANAR,
                     EXTRA, FORMAT})
_VALUE = {1: "B", 3: "H", 4: "I", 16: "Q"}  # types of whole numbers
_FLOATS = {11: "f", 12: "d"}
_RATIONAL = 5
_TEXT = frozenset({1, 2, 7})  # some programs declare theirs as bytes
_MOST_TAGS, _MOST_VALUES = 4096, 64
_SUBFILE, _REDUCED, _MASK = 254, 1, 4
_UNSIGNED, _SIGNED, _FLOAT = 1, 2, 3
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _INKS, _YCBCR = 0, 1, 2, 3, 5, 6
_SMALL = frozenset({1, 2, 4, 8})
_DEEP_GREY = frozenset({(_UNSIGNED, 16), (_SIGNED, 16), (_SIGNED, 32), (_FLOAT, 32)})
_DEEP_GREY_LITTLE_ENDIAN = frozenset({(_UNSIGNED, 12), (_UNSIGNED, 32)})
_COLOURS = frozenset({  # photometric, bands, bits; all unsigned
    *((_WHITE_IS_ZERO, 1, bits) for bits in _SMALL),
    *((_BLACK_IS_ZERO, 1, bits) for bits in _SMALL),
    *((_PALETTE, 1, bits) for bits in _SMALL),
    (_YCBCR, 1, 8), (_BLACK_IS_ZERO, 2, 8), (_PALETTE, 2, 8), (_YCBCR, 3, 8), (_INKS, 4, 8),
    (_RGB, 3, 8), (_RGB, 3, 16), (_RGB, 4, 8), (_RGB, 4, 16),
})
_COMPRESSIONS = frozenset({
    1, 2, 3, 4, 5, 6, 7, 8, 32771, 32773, 32809, 32946, 34676, 34677, 34925, 50000, 50001,
})

DAMAGED = "the picture is damaged or cut off"
"""Said of a file that is supported, when nothing can be made of it."""

Tags = dict[int, tuple[int, ...]]


class Broken(Exception):
    """The header breaks off, says nonsense, or is of a kind that is not supported; the text is the
    sentence for the person."""


def unsupported(what: str) -> Broken:
    """The one way to say that a kind of image cannot be read ("64-bit TIFF is not supported")."""
    return Broken(f"{what} is not supported")


def take(stream: BinaryIO, count: int) -> bytes:
    """``count`` bytes; raises :class:`Broken` where the file ends before."""
    data = stream.read(count)
    if len(data) < count:
        raise Broken("the image breaks off in its header")
    return data


@dataclass(frozen=True, slots=True)
class TiffInfo:
    """What the first picture of a TIFF is, before it is turned; ``bits`` of one value."""

    width: int
    height: int
    orientation: int
    depth: int
    bits: int


def read_tiff(stream: BinaryIO) -> TiffInfo:
    """Read the header of a TIFF.

    Raises
    ------
    Broken
        If it breaks off, or is of a kind that is not supported.
    """
    stream.seek(0)
    tags, order = first_directory(stream)
    if WIDTH not in tags or HEIGHT not in tags:
        raise Broken("the TIFF header names no size")
    samples = _first(tags, SAMPLES, 1)
    palette = _first(tags, PHOTOMETRIC, _WHITE_IS_ZERO) == _PALETTE
    bits = max(tags.get(BITS) or (1,))
    _check_kind(tags, order, samples, bits)
    width, height = _first(tags, WIDTH, 0), _first(tags, HEIGHT, 0)
    whole = (width * samples * bits + 7) // 8 * height
    if _first(tags, COMPRESSION, 1) == 1 and whole > stream.seek(0, io.SEEK_END):
        # refused here: a strip for each of a billion rows would cost minutes before it is noticed
        raise Broken(DAMAGED)
    return TiffInfo(
        width, height,
        valid_orientation(_first(tags, ORIENTATION, 1)),
        3 if palette else {1: 1, 2: 4, 3: 3}.get(samples, 4), bits,
    )


def _check_kind(tags: Tags, order: bytes, samples: int, bits: int) -> None:
    """Raise :class:`Broken` for what cannot be decoded, or would be decoded wrongly."""
    photometric, kind = _first(tags, PHOTOMETRIC, _WHITE_IS_ZERO), _first(tags, FORMAT, _UNSIGNED)
    if samples > 4:
        raise unsupported(f"{samples}-band TIFF")
    deep = _DEEP_GREY | (_DEEP_GREY_LITTLE_ENDIAN if order == b"II" else frozenset())
    fits = ((kind == _UNSIGNED and (photometric, samples, bits) in _COLOURS)
            or ((photometric, samples) == (_BLACK_IS_ZERO, 1) and (kind, bits) in deep))
    if not fits or len(set(tags.get(BITS, ()))) > 1:
        words = {_SIGNED: "signed ", _FLOAT: "float "}.get(kind, "") if bits < 64 else ""
        bands = f"{samples}-band " if samples > 1 and bits < 64 else ""
        raise unsupported(f"{bits}-bit {words}{bands}TIFF")
    if samples == 2 and EXTRA not in tags:
        raise unsupported("2-band TIFF")
    if bits > 8 and samples > 1 and _first(tags, PLANAR, 1) == 2:
        raise unsupported(f"{bits}-bit TIFF in separate planes")
    compression = _first(tags, COMPRESSION, 1)
    if compression not in _COMPRESSIONS:
        raise unsupported(f"TIFF with compression {compression}")


def exif_orientation(block: bytes) -> int:
    """Orientation 1..8 in an Exif block (a small TIFF); 1 where it says nothing sensible."""
    try:
        return valid_orientation(_first(first_directory(io.BytesIO(block))[0], ORIENTATION, 1))
    except Broken:
        return 1  # a damaged Exif block is ignored by every viewer; the picture is still good


def valid_orientation(value: int) -> int:
    """``value``, or 1 where it is none."""
    return value if 1 <= value <= 8 else 1


def _first(tags: Tags, tag: int, missing: int) -> int:
    values = tags.get(tag)
    return values[0] if values else missing


def first_directory(stream: BinaryIO) -> tuple[Tags, bytes]:
    """What is wanted of the first directory, and the byte order ("II" or "MM").

    ``stream`` stands at the header. Of a tag with many values the first few are read.
    """
    directory = open_directory(stream)
    return {tag: directory.numbers(tag) for tag in _WANTED & directory.tags}, directory.order


def open_directory(stream: BinaryIO) -> Directory:
    """The first directory of the TIFF that ``stream`` stands at.

    Raises
    ------
    Broken
        If it breaks off, or is no TIFF.
    """
    head = _Head(stream)
    if head.first > head.length:
        raise Broken("the image breaks off in its header")
    stream.seek(head.base + head.first)
    (count,) = struct.unpack(head.end + head.count, take(stream, struct.calcsize(head.count)))
    entries = [take(stream, head.entry) for _ in range(min(count, _MOST_TAGS))]
    return Directory(stream, head.base, head.length, head.order, entries)


class _Head:
    """What a TIFF says before its first directory; ``stream`` stands at its beginning."""

    def __init__(self, stream: BinaryIO) -> None:
        self.base = stream.tell()
        self.order = take(stream, 4)[:2]
        if self.order not in (b"II", b"MM"):
            raise Broken("the TIFF header is damaged")
        self.end = "<" if self.order == b"II" else ">"
        stream.seek(self.base + 2)
        (magic,) = struct.unpack(self.end + "H", take(stream, 2))
        if magic not in (42, 43):
            raise Broken("the TIFF header is damaged")
        big = magic == 43
        # of a directory: the number of its entries, their length in bytes, where the next one is
        self.count, self.entry, self.offset = ("Q", 20, "Q") if big else ("H", 12, "I")
        if big:
            take(stream, 4)
        (self.first,) = struct.unpack(self.end + self.offset, take(stream, 8 if big else 4))
        self.length = stream.seek(0, io.SEEK_END) - self.base


class Page(NamedTuple):
    """A directory of a TIFF that holds a picture."""

    number: int
    """Among all directories, from 0."""
    offset: int
    """Where it is in the file."""


def pages_of(stream: BinaryIO, most: int) -> list[Page]:
    """The pictures of the TIFF that ``stream`` stands at, ``most`` at the most, without previews
    and masks; where the chain of directories breaks off or runs into itself, those before.

    Raises
    ------
    Broken
        If it is no TIFF.
    """
    head = _Head(stream)
    size = struct.calcsize(head.count)
    pages: list[Page] = []
    seen: set[int] = set()
    offset = head.first
    while 0 < offset < head.length and offset not in seen and len(pages) < most \
            and len(seen) < 2 * most:
        seen.add(offset)
        stream.seek(head.base + offset)
        start = stream.read(size + head.entry)
        if len(start) < size + head.entry:
            break
        (count,) = struct.unpack_from(head.end + head.count, start)
        if not _is_preview(start[size:], head.end) and count:
            pages.append(Page(len(seen) - 1, offset))
        stream.seek(head.base + offset + size + head.entry * count)
        after = stream.read(struct.calcsize(head.offset))
        if len(after) < struct.calcsize(head.offset):
            break
        (offset,) = struct.unpack(head.end + head.offset, after)
    return pages


def _is_preview(entry: bytes, end: str) -> bool:
    """Whether the first entry of a directory, which stand in the order of their tags, says that it
    holds a smaller picture of another one, or a mask."""
    tag, kind = struct.unpack_from(end + "HH", entry)
    if tag != _SUBFILE or kind not in (3, 4):
        return False
    (value,) = struct.unpack_from(end + _VALUE[kind], entry, len(entry) - (len(entry) - 4) // 2)
    return bool(value & (_REDUCED | _MASK))


class Directory:
    """The entries of one directory of a TIFF, whose values are read when they are asked for; while
    the file is open."""

    def __init__(self, stream: BinaryIO, base: int, length: int, order: bytes,
                 entries: Iterable[bytes]) -> None:
        self.order = order
        """ "II" or "MM"."""
        self._stream = stream
        self._base = base
        self._length = length
        self._end = "<" if order == b"II" else ">"
        self._entries: dict[int, tuple[int, bytes]] = {}
        for entry in entries:
            tag, kind = struct.unpack(self._end + "HH", entry[:4])
            self._entries[tag] = (kind, entry[4:])

    @property
    def tags(self) -> Set[int]:
        """The tags of whole numbers."""
        return {tag for tag, (kind, _) in self._entries.items() if kind in _VALUE}

    def numbers(self, tag: int) -> tuple[int, ...]:
        """The first whole numbers of a tag; none where it has others, or is not there."""
        kind, entry = self._entries.get(tag, (0, b""))
        if kind not in _VALUE:
            return ()
        return tuple(self._values(entry, _VALUE[kind]))

    def floats(self, tag: int) -> tuple[float, ...]:
        """The first values of a tag of fractions or floating point numbers; none as above."""
        kind, entry = self._entries.get(tag, (0, b""))
        if kind in _FLOATS:
            return tuple(self._values(entry, _FLOATS[kind]))
        if kind != _RATIONAL:
            return ()
        parts = self._values(entry, "I", each=2)
        return tuple(above / below if below else 0.0
                     for above, below in zip(parts[::2], parts[1::2], strict=False))

    def text(self, tag: int, most: int) -> str:
        """The text of a tag, ``most`` bytes of it; "" where it has none.

        It is UTF-8, or Latin-1 where it is not: what Windows programs write for µ.
        """
        data = self.data(tag, most).partition(b"\0")[0]
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            # a character that the limit cuts through is no reason to doubt the rest
            whole = error.start >= most - 3
            return data[:error.start].decode("utf-8") if whole else data.decode("latin-1")

    def data(self, tag: int, most: int) -> bytes:
        """The first ``most`` bytes of a tag; none where it has no bytes, or is not there."""
        kind, entry = self._entries.get(tag, (0, b""))
        return self._bytes(entry, 1, most) if kind in _TEXT else b""

    def _values(self, entry: bytes, code: str, each: int = 1) -> tuple[Any, ...]:
        size = struct.calcsize(code)
        room = self._bytes(entry, size * each, _MOST_VALUES * size * each)
        return struct.unpack_from(f"{self._end}{len(room) // size}{code}", room)

    def _bytes(self, entry: bytes, size: int, most: int) -> bytes:
        """The bytes of an entry, which are inside it where there is room for them."""
        half = len(entry) // 2
        word = self._end + ("Q" if half == 8 else "I")
        (count,) = struct.unpack(word, entry[:half])
        room = entry[half:]
        wanted = min(count * size, most)
        if count * size <= len(room):
            return room[:wanted]
        (offset,) = struct.unpack(word, room)
        if offset > self._length:
            return b""
        self._stream.seek(self._base + offset)
        return self._stream.read(wanted)
