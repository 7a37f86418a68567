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
        return _main_picture(_meta(stream))
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
                start, length = _place_of(meta[b"iloc"], item)
                stream.seek(start)
                block = stream.read(min(length, _MOST_EXIF))
                return block[4 + struct.unpack_from(">I", block)[0]:]
    except (Broken, KeyError, IndexError, struct.error):
        pass  # a damaged description is ignored by every viewer
    return b""


def _place_of(table: bytes, item: int) -> tuple[int, int]:
    """Where an item of ``iloc`` that lies in one piece begins in the file, and its length."""
    version = table[0]
    sizes = [table[4] >> 4, table[4] & 15, table[5] >> 4, table[5] & 15 if version else 0]
    at = 6 + (4 if version > 1 else 2)
    for _ in range(int.from_bytes(table[6:at], "big")):
        number = int.from_bytes(table[at:at + (4 if version > 1 else 2)], "big")
        at += (4 if version > 1 else 2) + (2 if version else 0) + 2
        base = int.from_bytes(table[at:at + sizes[2]], "big")
        at += sizes[2]
        (pieces,) = struct.unpack_from(">H", table, at)
        at += 2 + sizes[3]
        start = int.from_bytes(table[at:at + sizes[0]], "big")
        length = int.from_bytes(table[at + sizes[0]:at + sizes[0] + sizes[1]], "big")
        if number == item:
            return base + start, length
        at += pieces * (sizes[0] + sizes[1] + sizes[3]) - sizes[3]
    raise Broken("the image has no header")


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


def _main_picture(meta: dict[bytes, bytes]) -> HeifHeader:
    if b"pitm" not in meta or b"iprp" not in meta:
        raise Broken("the image has no header")
    parts = dict(reversed(list(_boxes(meta[b"iprp"]))))  # the first of each type
    known = list(_boxes(parts.get(b"ipco", b"")))
    main = meta[b"pitm"]
    item = struct.unpack_from(">I" if main[0] else ">H", main, 4)[0]
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
