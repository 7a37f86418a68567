"""What kind of file something is, from its first bytes, to say plainly that it is the wrong one.

The marks are the formats' own: RFC 9649 (WebP), the PNG, TIFF, FLAC and Ogg specifications, ISO/IEC
10918-1 (JPEG), 11172-3 (MP3), 14496-12 (the boxes of HEIC and others), 15444-1 (JPEG 2000) and
18181-2 (JPEG XL).
"""

from __future__ import annotations

from pathlib import Path

from workbench.formats.regular_file import open_regular
from workbench.media.images.heif_header import BRANDS

_IMAGES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*")
_SOUNDS = (b"fLaC", b"OggS", b"ID3", b"FORM")
_OTHERS = {b"PK\x03\x04": "ZIP archive or office document", b"%PDF": "PDF document",
           b"\x1f\x8b": "compressed archive"}
_PEEK = 512  # bytes
_FOREIGN_IMAGES = (
    (b"\0\0\0\x0cjP  ", "JPEG 2000"), (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"), (b"\xff\x0a", "JPEG XL"), (b"II\xbc\x01", "JPEG XR"),
    (b"8BPS", "Photoshop"), (b"gimp xcf", "GIMP"), (b"v/1\x01", "OpenEXR"), (b"SIMPLE  =", "FITS"),
    (b"\0\0\1\0", "ICO"), (b"FUJIFILM", "camera raw"), (b"IIRO", "camera raw"),
    (b"IIU\0", "camera raw"), (b"P5\n", "PGM"), (b"P6\n", "PPM"), (b"#?RADIANCE", "Radiance HDR"),
)
_BOXES = {b"crx ": "camera raw", b"jp2 ": "JPEG 2000"}


def unsupported_image(start: bytes) -> str:
    """The name of an image format that is not supported ("JPEG XL"), from a file's first 16 bytes.

    "" for the supported ones and for what is no image.
    """
    if start[4:8] == b"ftyp":
        return _BOXES.get(start[8:12], "")
    if start.startswith(b"II*\0") and start[8:10] == b"CR":
        return "camera raw"
    return next((name for mark, name in _FOREIGN_IMAGES if start.startswith(mark)), "")


def kind_of_file(path: Path) -> str:
    """Say what a file is.

    Returns
    -------
    str
        "image", "sound", "text file", another kind in words; "" where it is not known, as for
        an empty or unreadable file, which is reported when it is read.
    """
    try:
        with open_regular(path) as stream:
            start = stream.read(_PEEK)
    except OSError:
        return ""
    if start[:4] in (b"RIFF", b"RF64"):
        return {b"WAVE": "sound", b"WEBP": "image"}.get(start[8:12], "")
    if start.startswith(_IMAGES) or (start[4:8] == b"ftyp" and start[8:12] in BRANDS):
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
