"""What kind of file something is, from its first bytes, to say plainly that it is the wrong one.

The marks are the formats' own: RFC 9649 (WebP), the PNG, TIFF, FLAC and Ogg specifications, ISO/IEC
10918-1 (JPEG) and 11172-3 (MP3).
"""

from __future__ import annotations

from pathlib import Path

from workbench.formats.regular_file import open_regular

_IMAGES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*")
_SOUNDS = (b"fLaC", b"OggS", b"ID3", b"FORM")
_OTHERS = {b"PK\x03\x04": "ZIP archive or office document", b"%PDF": "PDF document",
           b"\x1f\x8b": "compressed archive"}
_LOOK = 512  # bytes


def kind_of_file(path: Path) -> str:
    """Say what a file is.

    Returns
    -------
    str
        "image", "sound", "text file", another kind in words; "" where it cannot be told, as for
        an empty or unreadable file, which is told when it is read.
    """
    try:
        with open_regular(path) as stream:
            start = stream.read(_LOOK)
    except OSError:
        return ""
    if start[:4] in (b"RIFF", b"RF64"):
        return {b"WAVE": "sound", b"WEBP": "image"}.get(start[8:12], "")
    if start.startswith(_IMAGES):
        return "image"
    if start.startswith(_SOUNDS) or _is_mp3(start):
        return "sound"
    known = next((word for mark, word in _OTHERS.items() if start.startswith(mark)), "")
    return known or ("text file" if _is_text(start) else "")


def _is_mp3(start: bytes) -> bool:
    """Whether it begins with a frame of layer III: eleven bits of 1, any version, layer "01"."""
    return len(start) > 1 and start[0] == 0xFF and start[1] & 0xE6 == 0xE2


def _is_text(start: bytes) -> bool:
    if not start or b"\0" in start:
        return False
    try:
        start.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(start) - 3 and error.start > 0  # cut inside a letter
    return True
