"""Size, orientation and channels of an image from its header alone, without decoding it.

No Qt and no Pillow: the index and the training room read 100,000 headers, and the window's first
paint must not wait for an imaging library.

Sources: ITU-T T.81 annex B (JPEG), CIPA DC-008 (Exif), PNG specification third edition (W3C),
GIF89a, TIFF 6.0 and BigTIFF, RFC 9649 (WebP), the BITMAPINFOHEADER family (BMP).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from workbench.core.errors import FormatError, WorkbenchError
from workbench.formats.atomic import disk_reason
from workbench.formats.regular_file import open_regular

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp"}
)
"""Lower-case suffixes of the files that are shown as images."""

_TURNED = frozenset({5, 6, 7, 8})


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """What the header of an image says.

    Parameters
    ----------
    width, height
        Pixels as displayed: the orientation is already applied.
    orientation
        1..8 as in Exif; 1 is upright, 5..8 swap the sides. Only JPEG and TIFF are turned: PNG and
        WebP can carry Exif too, but Qt (and so labelImg, and this window) shows them as stored.
    format
        ``jpeg``, ``png``, ``gif``, ``bmp``, ``tiff`` or ``webp``.
    depth
        Channels: 1 grey, 3 colour, 4 with alpha (or four inks).
    """

    width: int
    height: int
    orientation: int
    format: str
    depth: int


class _Broken(Exception):
    """The header breaks off or says nonsense; the text is the sentence for the person."""


def read_image_info(path: Path) -> ImageInfo:
    """Read the header of the image at ``path``; a wrong suffix does not matter.

    Raises
    ------
    WorkbenchError
        If the file cannot be opened.
    FormatError
        If it is empty, broken off or none of the known formats.
    """
    try:
        with open_regular(path) as stream:
            start = stream.read(16)
            return _reader(start)(stream)
    except OSError as error:
        raise WorkbenchError(disk_reason(error, "read"), path=path) from error
    except _Broken as error:
        raise FormatError(str(error), path=path) from None


def _reader(start: bytes) -> Callable[[BinaryIO], ImageInfo]:
    if not start:
        raise _Broken("the file is empty")
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return _read_webp
    for magic, reader in _READERS:
        if start.startswith(magic):
            return reader
    raise _Broken("it is not an image of a known kind")


def _take(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise _Broken("the image breaks off in its header")
    return data


def _info(width: int, height: int, orientation: int, name: str, depth: int) -> ImageInfo:
    if width <= 0 or height <= 0:
        raise _Broken(f"the image says that it is {width} × {height} pixels")
    if orientation in _TURNED:
        width, height = height, width
    return ImageInfo(width, height, orientation, name, depth)


# JPEG

_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = frozenset(range(0xD0, 0xD9)) | {0x01}


def _read_jpeg(stream: BinaryIO) -> ImageInfo:
    stream.seek(2)
    orientation = 0
    frame: tuple[int, int, int] | None = None
    while True:
        marker = _next_marker(stream)
        if marker in _WITHOUT_LENGTH:
            continue
        if marker in (0xDA, 0xD9):  # the picture itself begins, or the file ends
            break
        length = int.from_bytes(_take(stream, 2), "big") - 2
        if length < 0:
            raise _Broken("a part of the image has no length")
        if marker in _START_OF_FRAME and frame is None:
            _, height, width, components = struct.unpack(">BHHB", _take(stream, 6))
            frame = (width, height, components)
            length -= 6
        elif marker == 0xE1 and not orientation:
            body = _take(stream, length)
            if body[:6] in (b"Exif\0\0", b"Exif\0\xff"):
                orientation = exif_orientation(body[6:])
            continue
        stream.seek(length, 1)
    if frame is None:
        raise _Broken("the image breaks off in its header")
    width, height, components = frame
    return _info(width, height, orientation or 1, "jpeg", _channels(components))


def _next_marker(stream: BinaryIO) -> int:
    byte = _take(stream, 1)[0]
    while byte != 0xFF:  # decoders step over stray bytes between two segments
        byte = _take(stream, 1)[0]
    while byte == 0xFF:  # a marker may be preceded by any number of fill bytes
        byte = _take(stream, 1)[0]
    return byte


def _channels(components: int) -> int:
    return {1: 1, 3: 3}.get(components, 4)


# PNG

_PNG_DEPTH = {0: 1, 2: 3, 3: 3, 4: 4, 6: 4}


def _read_png(stream: BinaryIO) -> ImageInfo:
    stream.seek(8)
    length, kind, width, height, _, colour = struct.unpack(">I4sIIBB", _take(stream, 18))
    if kind != b"IHDR" or length != 13 or colour not in _PNG_DEPTH:
        raise _Broken("the PNG header is damaged")
    stream.seek(8 + 8 + 13 + 4)
    return _info(width, height, 1, "png", _PNG_DEPTH[colour])


# GIF and BMP


def _read_gif(stream: BinaryIO) -> ImageInfo:
    stream.seek(6)
    width, height = struct.unpack("<HH", _take(stream, 4))
    return _info(width, height, 1, "gif", 3)


def _read_bmp(stream: BinaryIO) -> ImageInfo:
    stream.seek(14)
    (header_size,) = struct.unpack("<I", _take(stream, 4))
    if header_size == 12:
        width, height, _, _ = struct.unpack("<HHHH", _take(stream, 8))
        return _info(width, height, 1, "bmp", 3)
    if header_size < 40:
        raise _Broken("the BMP header is damaged")
    width, height, _, bits, compression = struct.unpack("<iiHHI", _take(stream, 16))
    has_alpha = False
    if bits == 32 and compression == 3 and header_size >= 56:
        stream.seek(14 + 52)
        has_alpha = _take(stream, 4) != bytes(4)
    # A negative height means that the rows are stored from the top down.
    return _info(width, abs(height), 1, "bmp", 4 if has_alpha else 3)


# TIFF, which is also the inside of Exif

_TIFF_VALUE = {1: "B", 3: "H", 4: "I", 16: "Q"}
_WIDTH, _HEIGHT, _PHOTOMETRIC, _ORIENTATION, _SAMPLES = 256, 257, 262, 274, 277


def _read_tiff(stream: BinaryIO) -> ImageInfo:
    stream.seek(0)
    tags = _first_directory(stream)
    if _WIDTH not in tags or _HEIGHT not in tags:
        raise _Broken("the TIFF header names no size")
    samples = tags.get(_SAMPLES, 1)
    depth = 3 if tags.get(_PHOTOMETRIC) == 3 else {1: 1, 2: 4, 3: 3}.get(samples, 4)
    return _info(tags[_WIDTH], tags[_HEIGHT], _valid(tags.get(_ORIENTATION, 1)), "tiff", depth)


def _first_directory(stream: BinaryIO) -> dict[int, int]:
    """Tags with a single whole number of the first directory; ``stream`` stands at its header."""
    base = stream.tell()
    order, magic = struct.unpack("2sH", _take(stream, 4))
    if order not in (b"II", b"MM"):
        raise _Broken("the TIFF header is damaged")
    end = "<" if order == b"II" else ">"
    stream.seek(base + 2)
    (magic,) = struct.unpack(end + "H", _take(stream, 2))
    if magic not in (42, 43):
        raise _Broken("the TIFF header is damaged")
    big = magic == 43
    if big:
        _take(stream, 4)
    (offset,) = struct.unpack(end + ("Q" if big else "I"), _take(stream, 8 if big else 4))
    if base + offset > stream.seek(0, io.SEEK_END):
        raise _Broken("the image breaks off in its header")
    stream.seek(base + offset)
    (count,) = struct.unpack(end + ("Q" if big else "H"), _take(stream, 8 if big else 2))
    tags: dict[int, int] = {}
    for _ in range(min(count, 4096)):
        entry = _take(stream, 20 if big else 12)
        tag, kind = struct.unpack(end + "HH", entry[:4])
        code = _TIFF_VALUE.get(kind)
        if code is not None:
            (tags[tag],) = struct.unpack_from(end + code, entry, 12 if big else 8)
    return tags


def exif_orientation(block: bytes) -> int:
    """Orientation 1..8 in an Exif block (a small TIFF); 1 where it says nothing sensible."""
    try:
        return _valid(_first_directory(io.BytesIO(block)).get(_ORIENTATION, 1))
    except _Broken:
        return 1  # a damaged Exif block is ignored by every viewer; the picture is still good


def _valid(orientation: int) -> int:
    return orientation if 1 <= orientation <= 8 else 1


# WebP


def _read_webp(stream: BinaryIO) -> ImageInfo:
    stream.seek(12)
    kind, _ = struct.unpack("<4sI", _take(stream, 8))
    if kind == b"VP8X":
        body = _take(stream, 10)
        width, height = (int.from_bytes(body[at : at + 3], "little") + 1 for at in (4, 7))
        return _info(width, height, 1, "webp", 4 if body[0] & 0x10 else 3)
    if kind == b"VP8L":
        signature, bits = struct.unpack("<BI", _take(stream, 5))
        if signature != 0x2F:
            raise _Broken("the WebP header is damaged")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        return _info(width, height, 1, "webp", 4 if bits >> 28 & 1 else 3)
    if kind == b"VP8 ":
        frame = _take(stream, 10)
        if frame[3:6] != b"\x9d\x01\x2a":
            raise _Broken("the WebP header is damaged")
        width, height = struct.unpack("<HH", frame[6:])
        return _info(width & 0x3FFF, height & 0x3FFF, 1, "webp", 3)
    raise _Broken("the WebP header is damaged")


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
