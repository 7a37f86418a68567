"""The parts before the picture of a JPEG: descriptions are read, put in and taken out, and the
picture stays as it is, to the last bit.

Source: ITU-T T.81 annex B; CIPA DC-008 (Exif), DC-007 (several pictures in one file).
"""

from __future__ import annotations

from collections.abc import Iterator

_START = b"\xff\xd8"
_COMMENT, _EXIF_OR_XMP, _APP2, _SCAN = 0xFE, 0xE1, 0xE2, 0xDA
_MOST = 0xFFFF - 2  # bytes of one segment
_MOST_SEGMENTS = 2000


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, beginning and end of each segment before the picture, the latter two in bytes.

    Raises
    ------
    ValueError
        If they are damaged.
    """
    at = 2
    if not data.startswith(_START):
        raise ValueError("it is no JPEG")
    for _ in range(_MOST_SEGMENTS):
        while data[at:at + 2] == b"\xff\xff":  # fill bytes
            at += 1
        if at + 4 > len(data) or data[at] != 0xFF:
            raise ValueError("its segments are damaged")
        if data[at + 1] == _SCAN:
            return
        end = at + 2 + int.from_bytes(data[at + 2:at + 4], "big")
        yield data[at + 1], at, end
        at = end
    raise ValueError("it has too many segments")


def comments_of(data: bytes) -> list[str]:
    """The comments in the beginning of a JPEG; none where it is damaged."""
    found = []
    try:
        for marker, start, end in _segments(data):
            if marker == _COMMENT:
                found.append(data[start + 4:end].decode("utf-8", "replace"))
    except ValueError:
        pass  # what follows was not read, or is damaged
    return found


def exif_in(data: bytes) -> bytes:
    """The Exif of a JPEG, a small TIFF; b"" where there is none."""
    return next((data[start + 10:end] for marker, start, end in _segments(data)
                 if marker == _EXIF_OR_XMP and data[start + 4:start + 10] == b"Exif\0\0"), b"")


def with_comment(data: bytes, comment: str) -> bytes:
    """The JPEG with one comment more, behind what else is said of it at its beginning."""
    at = next((start for marker, start, _ in _segments(data)
               if not 0xE0 <= marker <= 0xEF), 2)
    return data[:at] + _segment(_COMMENT, comment.encode("utf-8", "replace")[:_MOST]) + data[at:]


def with_exif(data: bytes, exif: bytes) -> bytes:
    """The JPEG with ``exif`` (a small TIFF) as its only description: without XMP, and without
    lists of further pictures, whose places in the file would be wrong."""
    kept, after = b"", 2
    for marker, start, end in _segments(data):
        described = marker in (_EXIF_OR_XMP, _COMMENT) or (
            marker == _APP2 and data[start + 4:start + 8] == b"MPF\0")
        kept += b"" if described else data[start:end]
        after = end
    return _START + _segment(_EXIF_OR_XMP, b"Exif\0\0" + exif) + kept + data[after:]


def _segment(marker: int, body: bytes) -> bytes:
    if len(body) > _MOST:
        raise ValueError("it is too long for a segment")
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body
