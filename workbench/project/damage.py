"""Which image files break off, seen from their end, nearly without decoding.

Sources: ITU-T T.81 annex B (JPEG: the entropy-coded data holds no marker but RSTn, so an EOI
behind the first SOS means that the picture is whole), PNG (IEND is last), GIF89a (trailer 3B),
RFC 9649 (WebP: the RIFF size), BITMAPFILEHEADER (BMP: the file size).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from workbench.core.errors import Problem, WorkbenchError
from workbench.formats.regular_file import open_regular

_TAIL = 1 << 16
_BLOCK = 1 << 20
_MOST_SEGMENTS = 20_000  # of a JPEG's header
_DECODED = 40  # images: a picture of a camera takes a tenth of a second


def cut_off_pictures(
    paths: Iterable[Path], tick: Callable[[], object] = lambda: None
) -> Iterator[Problem]:
    """Those of ``paths`` that break off, which are neither learned from nor judged.

    Where nothing but the mark of the end is missing, the picture is whole: so a few without it
    are decoded, which takes long. Where all of these break off, the others do, too; else the
    training tells them. ``tick`` is called before every image; what it raises ends it.
    """
    decoded = broken = 0
    for path in paths:
        tick()
        with suppress(OSError):  # gone meanwhile: whoever opens it says so
            if not is_cut_off(path):
                continue
            if decoded < _DECODED:
                decoded += 1
                whole = _is_whole(path)
                broken += not whole
            else:
                whole = broken < decoded
            if not whole:
                yield Problem(str(path), "truncated-image", cut_off_text(path), "warning")


def _is_whole(path: Path) -> bool:
    from workbench.media.images.pixels import upright_rgb  # needs numpy

    try:
        upright_rgb(path)
    except WorkbenchError:
        return False
    return True


def cut_off_text(path: Path) -> str:
    """What is said of a picture that :func:`is_cut_off`, as a sentence."""
    return f"{path.name} breaks off: a part of the picture is missing."


def is_cut_off(path: Path) -> bool:
    """Whether the end of the image at ``path`` is missing; False for kinds where it cannot be seen.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    with open_regular(path) as stream:
        size = os.fstat(stream.fileno()).st_size
        start = stream.read(16)
        if start.startswith(b"\xff\xd8"):
            return not _ends(stream, size, _jpeg_scan(stream, size))
        if start.startswith(b"\x89PNG"):
            return b"IEND" not in _tail(stream, size, 8)
        if start.startswith(b"GIF8"):
            return not _tail(stream, size, 6).rstrip(b"\0").endswith(b";")
        if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
            return size < 8 + int.from_bytes(start[4:8], "little")
        if start.startswith(b"BM"):
            return size < int.from_bytes(start[2:6], "little")
    return False


def _tail(stream: BinaryIO, size: int, start: int) -> bytes:
    stream.seek(max(start, size - _TAIL))
    return stream.read()


def _ends(stream: BinaryIO, size: int, scan: int) -> bool:
    """Whether a JPEG's end marker comes behind its first scan; mostly it is the last of the file,
    but some cameras append a video of megabytes."""
    if b"\xff\xd9" in _tail(stream, size, scan):
        return True
    stream.seek(scan)
    last = b""
    while block := stream.read(_BLOCK):
        if b"\xff\xd9" in last + block:
            return True
        last = block[-1:]
    return False


def _jpeg_scan(stream: BinaryIO, size: int) -> int:
    """Where the first scan begins; the end of the file where there is none."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        if at + 4 > size:
            break
        stream.seek(at)
        marker = stream.read(4)
        if len(marker) < 4 or marker[0] != 0xFF:
            return at
        if marker[1] == 0xDA:
            return at
        at += 2 + int.from_bytes(marker[2:], "big")
    return min(at, size)
