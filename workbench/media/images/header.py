"""Size, orientation and channels of an image from its header alone, without decoding it.

No Qt and no Pillow: the index and the training room read 100,000 headers, and the window's first
paint must not wait for an imaging library.

Sources: ITU-T T.81 annex B (JPEG), PNG specification third edition (W3C), GIF89a, RFC 9649 (WebP),
the BITMAPINFOHEADER family (BMP); of TIFF, HEIC and AVIF in modules of their own.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from workbench.core.errors import FormatError, WorkbenchError
from workbench.formats.atomic import disk_reason
from workbench.formats.regular_file import open_regular
from workbench.media.images.file_kinds import unsupported_image
from workbench.media.images.heif_header import BRANDS, read_heif
from workbench.media.images.tiff_header import (
    Broken,
    exif_orientation,
    read_tiff,
    take,
    unsupported,
)

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".gif", ".tif", ".tiff", ".lsm", ".webp",
     ".heic", ".heif", ".hif", ".avif"}
)
"""Lower-case suffixes of the files that are shown as images."""

_TURNED = frozenset({5, 6, 7, 8})


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """What the header of an image says."""

    width: int
    height: int
    """Pixels as displayed: the orientation is already applied."""
    orientation: int
    """1..8 as in Exif; 1 is upright, 5..8 swap the sides. Only JPEG, TIFF, HEIC and AVIF are
    turned: PNG and WebP can carry Exif too, but Qt (and so labelImg, and this window) shows them
    as stored."""
    format: str
    """``jpeg``, ``png``, ``gif``, ``bmp``, ``tiff``, ``webp``, ``heif`` or ``avif``."""
    depth: int
    """Channels: 1 grey, 3 colour, 4 with alpha (or four inks)."""
    bits: int = 8
    """Of one value; 8 also where a file has fewer. What has more is stretched to 8
    (:mod:`workbench.media.images.readable`)."""
    plain: bool = True
    """Whether Qt decodes it just as Pillow does; all others are decoded by Pillow everywhere."""


def read_image_info(path: Path) -> ImageInfo:
    """Read the header of the image at ``path``; a wrong suffix does not matter.

    Raises
    ------
    WorkbenchError
        If the file cannot be opened.
    FormatError
        If it is empty, broken off, none of the known formats, or of a kind that is not supported
        ("64-bit TIFF is not supported": the words that every place shows).
    """
    try:
        with open_regular(path) as stream:
            start = stream.read(16)
            return _reader(start)(stream)
    except OSError as error:
        raise WorkbenchError(disk_reason(error, "read"), path=path) from error
    except Broken as error:
        raise FormatError(str(error), path=path) from None


def _reader(start: bytes) -> Callable[[BinaryIO], ImageInfo]:
    if not start:
        raise Broken("the file is empty")
    foreign = unsupported_image(start)
    if foreign:
        raise unsupported(foreign)
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return _read_webp
    if start[4:8] == b"ftyp" and start[8:12] in BRANDS:
        return read_heif_info
    for magic, reader in _READERS:
        if start.startswith(magic):
            return reader
    raise Broken("it is not an image of a known kind")


def _info(
    width: int, height: int, orientation: int, name: str, depth: int, *,
    bits: int = 8, plain: bool = True,
) -> ImageInfo:
    if width <= 0 or height <= 0:
        raise Broken(f"the image says that it is {width} × {height} pixels")
    if orientation in _TURNED:
        width, height = height, width
    return ImageInfo(width, height, orientation, name, depth, bits, plain)


# JPEG

_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_LOSSLESS = frozenset({0xC3, 0xC7, 0xCB, 0xCF, 0xF7})  # the last is JPEG-LS
_WITHOUT_LENGTH = frozenset(range(0xD0, 0xD9)) | {0x01}
_MOST_SEGMENTS = 20_000  # a profile or a map of depths in segments of 64 kB is far below
_MOST_BETWEEN = 1 << 18  # bytes of the header that belong to no segment, in all


def _read_jpeg(stream: BinaryIO) -> ImageInfo:
    stream.seek(2)
    orientation = 0
    frame: tuple[int, int, int] | None = None
    left = _MOST_BETWEEN
    for _ in range(_MOST_SEGMENTS):
        marker, left = _next_marker(stream, left)
        if marker in _WITHOUT_LENGTH:
            continue
        if marker in (0xDA, 0xD9):  # the picture itself begins, or the file ends
            break
        length = int.from_bytes(take(stream, 2), "big") - 2
        if length < 0:
            raise Broken("a part of the image has no length")
        if marker in _LOSSLESS:
            raise unsupported("lossless JPEG")
        if marker in _START_OF_FRAME and frame is None:
            frame = _frame(take(stream, 6))
            length = max(0, length - 6)
        elif marker == 0xE1 and not orientation:
            body = take(stream, length)
            if body[:6] in (b"Exif\0\0", b"Exif\0\xff"):
                orientation = exif_orientation(body[6:])
            continue
        stream.seek(length, 1)
    if frame is None:
        raise Broken("the image breaks off in its header")
    width, height, depth = frame
    return _info(width, height, orientation or 1, "jpeg", depth)


def _frame(head: bytes) -> tuple[int, int, int]:
    """Width, height and channels."""
    bits, height, width, depth = struct.unpack(">BHHB", head)
    if bits != 8:
        raise unsupported(f"{bits}-bit JPEG")
    if depth not in (1, 3, 4):
        raise unsupported(f"{depth}-band JPEG")
    return width, height, depth


def _next_marker(stream: BinaryIO, left: int) -> tuple[int, int]:
    """The next marker, and how many of the ``left`` bytes that may be stepped over are left.

    Decoders step over stray bytes between two segments and over any number of fill bytes.
    """
    before, byte = take(stream, 2)  # nearly always the marker
    for taken in range(1, left):
        if before == 0xFF and byte != 0xFF:
            return byte, left - taken
        before, byte = byte, take(stream, 1)[0]
    raise Broken("the image has no header")


# PNG

_PNG_DEPTH = {0: 1, 2: 3, 3: 3, 4: 4, 6: 4}


def _read_png(stream: BinaryIO) -> ImageInfo:
    stream.seek(8)
    length, kind, width, height, bits, colour = struct.unpack(">I4sIIBB", take(stream, 18))
    if kind != b"IHDR" or length != 13 or colour not in _PNG_DEPTH:
        raise Broken("the PNG header is damaged")
    stream.seek(8 + 8 + 13 + 4)
    return _info(width, height, 1, "png", _PNG_DEPTH[colour], bits=max(8, bits), plain=bits <= 8)


# GIF and BMP


def _read_gif(stream: BinaryIO) -> ImageInfo:
    stream.seek(6)
    width, height = struct.unpack("<HH", take(stream, 4))
    return _info(width, height, 1, "gif", 3, plain=False)


def _read_bmp(stream: BinaryIO) -> ImageInfo:
    stream.seek(14)
    (header_size,) = struct.unpack("<I", take(stream, 4))
    if header_size == 12:
        width, height, _, _ = struct.unpack("<HHHH", take(stream, 8))
        return _info(width, height, 1, "bmp", 3)
    if header_size < 40:
        raise Broken("the BMP header is damaged")
    width, height, _, bits, compression = struct.unpack("<iiHHI", take(stream, 16))
    if bits not in (1, 4, 8, 16, 24, 32):
        raise unsupported(f"{bits}-bit BMP")
    if compression in (4, 5):
        raise unsupported("BMP with a JPEG or PNG inside")
    has_alpha = False
    if bits == 32 and compression == 3 and header_size >= 56:
        stream.seek(14 + 52)
        has_alpha = take(stream, 4) != bytes(4)
    # A negative height means that the rows are stored from the top down.
    return _info(width, abs(height), 1, "bmp", 4 if has_alpha else 3, plain=compression == 0)


# TIFF


def _read_tiff(stream: BinaryIO) -> ImageInfo:
    found = read_tiff(stream)
    return _info(found.width, found.height, found.orientation, "tiff", found.depth,
                 bits=max(8, found.bits), plain=False)


# HEIC and AVIF


def read_heif_info(stream: BinaryIO) -> ImageInfo:
    """That of a HEIC or AVIF; raises :class:`Broken` where it is damaged."""
    found = read_heif(stream)
    return _info(found.width, found.height, found.orientation, found.coding, found.depth,
                 plain=False)


# WebP

_ALPHA, _MOVING = 0x10, 0x02

def _read_webp(stream: BinaryIO) -> ImageInfo:
    stream.seek(12)
    kind, _ = struct.unpack("<4sI", take(stream, 8))
    if kind == b"VP8X":
        body = take(stream, 10)
        width, height = (int.from_bytes(body[at : at + 3], "little") + 1 for at in (4, 7))
        return _info(width, height, 1, "webp", 4 if body[0] & _ALPHA else 3,
                     plain=not body[0] & _MOVING)
    if kind == b"VP8L":
        signature, bits = struct.unpack("<BI", take(stream, 5))
        if signature != 0x2F:
            raise Broken("the WebP header is damaged")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        return _info(width, height, 1, "webp", 4 if bits >> 28 & 1 else 3)
    if kind == b"VP8 ":
        frame = take(stream, 10)
        if frame[3:6] != b"\x9d\x01\x2a":
            raise Broken("the WebP header is damaged")
        width, height = struct.unpack("<HH", frame[6:])
        return _info(width & 0x3FFF, height & 0x3FFF, 1, "webp", 3)
    raise Broken("the WebP header is damaged")


_READERS: tuple[tuple[bytes, Callable[[BinaryIO], ImageInfo]], ...] = (
    (b"\xff\xd8", _read_jpeg),
    (b"\x89PNG\r\n\x1a\n", _read_png),
    (b"GIF87a", _read_gif),
    (b"GIF89a", _read_gif),
    (b"BM", _read_bmp),
    (b"II*\0", _read_tiff),
    (b"MM\0*", _read_tiff),
    (b"II+\0", _read_tiff),
    (b"MM\0+", _read_tiff),
)
