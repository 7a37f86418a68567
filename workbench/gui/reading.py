"""Readers of image files that are safe in threads."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QImageReader

from workbench.formats.regular_file import open_regular

_SIGNATURES = (
    (b"\xff\xd8\xff", b"jpeg"), (b"\x89PNG", b"png"), (b"GIF8", b"gif"), (b"BM", b"bmp"),
    (b"II*\x00", b"tiff"), (b"MM\x00*", b"tiff"), (b"II+\x00", b"tiff"), (b"MM\x00+", b"tiff"),
)


def image_reader(path: Path) -> QImageReader:
    """A reader for the kind of image that the file's first bytes tell; names lie now and then.

    Qt is not left to guess: for a file that is no image it would ask the SVG plugin, too, which
    takes a lock of Qt's while it holds the interpreter's, and a window that is just disconnecting
    a signal takes the two the other way round.
    """
    kind = image_format(path)
    # Qt would wait for the other end of a pipe, and read a device without end.
    reader = QImageReader(str(path) if kind else "", kind or b"jpeg")
    reader.setAutoDetectImageFormat(False)
    reader.setAutoTransform(True)
    return reader


def image_format(path: Path) -> bytes:
    """Qt's name of the format that the first bytes tell; b"" for none that is shown here."""
    try:
        with open_regular(path) as file:
            head = file.read(12)
    except OSError:
        head = b""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return b"webp"
    return next((name for start, name in _SIGNATURES if head.startswith(start)), b"")
