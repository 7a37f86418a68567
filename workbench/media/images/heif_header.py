"""The header of HEIC and AVIF, photos of telephones and of the web: size, turn, kind of coding.

Sources: ISO/IEC 14496-12 (boxes), 23008-12 (HEIF: items and their properties), AV1 Image File
Format 1.1. HEIF is turned by its properties ``irot`` and ``imir`` alone; Exif inside it says the
same once more and does not count (23008-12, annex A).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO, NamedTuple

from workbench.media.images.tiff_header import Broken, take, unsupported

BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"mif2",
                    b"msf1", b"miaf", b"avif", b"avis"})
"""What such files say that they are, in bytes 8 to 12."""

_CODINGS = {b"av1C": "avif", b"hvcC": "heif"}
_MOST_BOXES = 4096  # a photo in tiles has some hundred items
_MOST_META = 1 << 22  # bytes
_MOST_EXIF = 1 << 17
_SAME_SHAPE = 0.03  # share by which the sides of a preview are rounded at most
_TURNED = {
    # turned by so many quarters anticlockwise, then mirrored (0: top and bottom change places,
    # 1: left and right)
    (0, None): 1, (1, None): 8, (2, None): 3, (3, None): 6,
    (0, 0): 4, (1, 0): 5, (2, 0): 2, (3, 0): 7,
    (0, 1): 2, (1, 1): 7, (2, 1): 4, (3, 1): 5,
}

Box = tuple[bytes, bytes]
"""Its type and what is inside."""


class HeifHeader(NamedTuple):
    """What a HEIC or AVIF file says of its main picture."""

    width: int
    height: int
    """Pixels before the picture is turned."""
    orientation: int
    """1..8 as in Exif."""
    depth: int
    """Channels, without transparency: 1 or 3."""
    coding: str
    """``heif`` (HEVC) or ``avif`` (AV1)."""


def read_heif(stream: BinaryIO) -> HeifHeader:
    """Read the header; raises :class:`Broken` where it is damaged or of another kind."""
    try:
        return _picture_of(_meta(stream))
    except (struct.error, IndexError):
        raise Broken("the image breaks off in its header") from None


def exif_of(stream: BinaryIO) -> bytes:
    """The Exif block (a small TIFF) that belongs to the file; b"" where there is none."""
    try:
        meta = _meta(stream)
        entries = _boxes(meta.get(b"iinf", b"")[8 if meta[b"iinf"][0] else 6:])
        for kind, body in entries:
            wide = body[0] > 2  # numbers of items have 32 bits
            if kind == b"infe" and body[10 if wide else 8:][:4] == b"Exif":
                item = struct.unpack_from(">I" if wide else ">H", body, 4)[0]
                start, length = next((start, length) for found, start, length
                                     in _pieces(meta[b"iloc"]) if found == item)
                stream.seek(start)
                block = stream.read(min(length, _MOST_EXIF))
                return block[4 + struct.unpack_from(">I", block)[0]:]
    except (Broken, KeyError, IndexError, StopIteration, struct.error):
        pass  # a damaged description is ignored by every viewer
    return b""


def _pieces(table: bytes) -> Iterator[tuple[int, int, int]]:
    """Of ``iloc``: the number of an item, where a piece of it begins in the file, and its length;
    but not those that lie within ``meta``."""
    version = table[0]
    sizes = [table[4] >> 4, table[4] & 15, table[5] >> 4, table[5] & 15 if version else 0]
    wide = 4 if version > 1 else 2
    at = 6

    def number(length: int) -> int:
        nonlocal at
        at += length
        if at > len(table):
            raise Broken("the image breaks off in its header")
        return int.from_bytes(table[at - length:at], "big")

    for _ in range(number(wide)):
        item, inside = number(wide), number(2) & 15 if version else 0
        number(2)
        base = number(sizes[2])
        for _ in range(number(2)):
            number(sizes[3])
            start, length = base + number(sizes[0]), number(sizes[1])
            if not inside:
                yield item, start, length


def without_descriptions(data: bytes) -> bytes:
    """A HEIC file in which Exif and other descriptions belong to no picture any more.

    The decoder's Python side (pi_heif 1.4) crashes where those are damaged; nothing of them is
    needed to decode.
    """
    try:
        start, end = _meta_place(BytesIO(data))
    except Broken:
        return data
    return data[:start] + data[start:end].replace(b"cdsc", b"free") + data[end:]


def with_preview_in_front(data: bytes, least: int) -> bytes | None:
    """A HEIC file whose main picture is its smallest preview with a longer side of at least
    ``least`` pixels; None where it has none of the same shape and turn as the photo, or the file
    is cut off.

    Telephones embed one of 320×240 pixels, which takes a hundredth of the time of the photo.
    """
    try:
        start, end = _meta_place(BytesIO(data))
        meta = _meta(BytesIO(data))
        if any(first + length > len(data) for _, first, length in _pieces(meta[b"iloc"])):
            return None
        main, whole = _main_item(meta), _picture_of(meta)
        found = [(seen.width, item) for item in _previews(meta.get(b"iref", bytes(4)), main)
                 if max((seen := _picture_of(meta, item))[:2]) >= least
                 and seen.orientation == whole.orientation
                 and abs(seen.width * whole.height / (seen.height * whole.width) - 1) < _SAME_SHAPE]
        place = data.index(b"pitm", start) + 8
        number = min(found)[1].to_bytes(len(meta[b"pitm"]) - 4, "big")
    except (Broken, ValueError, KeyError, IndexError, struct.error, ZeroDivisionError):
        return None  # damaged, or (min) without one
    front = data[start:place] + number + data[place + len(number):end]
    return data[:start] + front.replace(b"thmb", b"free") + data[end:]


def _previews(references: bytes, main: int) -> list[int]:
    """The items that ``iref`` calls previews of an item."""
    code = "I" if references[0] else "H"
    return [struct.unpack_from(f">{code}", body)[0] for kind, body in _boxes(references[4:])
            if kind == b"thmb" and main in struct.unpack_from(
                f">{struct.unpack_from(f'>{code}H', body)[1]}{code}", body,
                struct.calcsize(f">{code}H"))]


def _meta(stream: BinaryIO) -> dict[bytes, bytes]:
    """The boxes of ``meta``, the first of each type."""
    start, end = _meta_place(stream)
    stream.seek(start)
    found: dict[bytes, bytes] = {}
    for name, inside in _boxes(stream.read(end - start)):
        found.setdefault(name, inside)
    return found


def _meta_place(stream: BinaryIO) -> tuple[int, int]:
    """Where the boxes inside ``meta`` begin and end in the file, in bytes."""
    at = 0
    for _ in range(_MOST_BOXES):
        stream.seek(at)
        head = stream.read(8)
        if len(head) < 8:
            break
        size, kind = struct.unpack(">I4s", head)
        start = 8
        if size == 1:
            size, start = struct.unpack(">Q", take(stream, 8))[0], 16
        if kind == b"meta":
            end = at + size if size else at + _MOST_META
            if at + start + 4 <= end <= at + _MOST_META:
                return at + start + 4, end
            break
        if size < start:  # to the end of the file, or nonsense
            break
        at += size
    raise Broken("the image has no header")


def _boxes(data: bytes) -> Iterator[Box]:
    at = 0
    for _ in range(_MOST_BOXES):
        if at + 8 > len(data):
            return
        size, kind = struct.unpack_from(">I4s", data, at)
        start = at + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, start)
            start += 8
        end = at + size if size else len(data)
        if end < start or end > len(data):
            raise Broken("the image breaks off in its header")
        yield kind, data[start:end]
        at = end


def _main_item(meta: dict[bytes, bytes]) -> int:
    return int.from_bytes(meta[b"pitm"][4:], "big")


def _picture_of(meta: dict[bytes, bytes], item: int | None = None) -> HeifHeader:
    """What is said of the main picture, or of the one with the number ``item``."""
    if b"pitm" not in meta or b"iprp" not in meta:
        raise Broken("the image has no header")
    parts = dict(reversed(list(_boxes(meta[b"iprp"]))))  # the first of each type
    known = list(_boxes(parts.get(b"ipco", b"")))
    item = _main_item(meta) if item is None else item
    own = [known[index - 1] for index in _indices(parts.get(b"ipma", b""), item) if index]
    coding = next((_CODINGS[kind] for kind, _ in [*own, *known] if kind in _CODINGS), "")
    if not coding:
        raise unsupported("this kind of HEIF")
    sizes = [body for kind, body in own if kind == b"ispe"]
    if not sizes:
        raise Broken("the image has no header")
    width, height = struct.unpack_from(">4xII", sizes[0])
    depth = 3
    quarters, mirrored = 0, None
    for kind, body in own:
        if kind == b"pixi" and body[4] == 1:
            depth = 1
        elif kind == b"irot":
            quarters = body[0] & 3
        elif kind == b"imir":
            mirrored = body[0] & 1
        elif kind == b"clap" and coding == "heif":  # what AV1's decoder does not cut
            across, of_across, down, of_down = struct.unpack_from(">4I", body)
            width, height = across // max(1, of_across), down // max(1, of_down)
    return HeifHeader(width, height, _TURNED[quarters, mirrored], depth, coding)


def _indices(associations: bytes, item: int) -> list[int]:
    """The numbers, from 1, of the properties of one item."""
    flags, count = struct.unpack_from(">II", associations)
    version, at = flags >> 24, 8
    long = flags & 1
    for _ in range(min(count, _MOST_BOXES)):
        (found,) = struct.unpack_from(">I" if version else ">H", associations, at)
        at += 4 if version else 2
        number = associations[at]
        at += 1
        layout = f">{number}{'H' if long else 'B'}"
        if found == item:
            mask = 0x7FFF if long else 0x7F
            return [value & mask for value in struct.unpack_from(layout, associations, at)]
        at += struct.calcsize(layout)
    return []
