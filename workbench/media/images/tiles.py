"""Where the values of a stack's planes lie in its file: without numpy, as headers are read."""

from __future__ import annotations

from typing import NamedTuple

Plane = tuple[int, int, int]
"""Channel, slice and frame, from 0."""


class StoredTile(NamedTuple):
    """A rectangle of a plane, in one piece of a file."""

    offset: int
    length: int
    """Where its bytes are in the file; in a CZI, where the segment is that holds them."""
    left: int
    top: int
    width: int
    height: int
    """In pixels of the plane."""
    kind: str
    """Of a value, as numpy names it ("<u2")."""
    samples: int = 1
    """So many values follow each other for each pixel."""
    sample: int = -1
    """Which of these it is about, -1 for all: colours."""
    row: int = 0
    """Bytes from one row to the next; 0 where they follow each other."""
    coding: str = ""
    """How the bytes are compressed: "" not at all, "zlib", "zstd", "zstd-czi"; else its name."""
    reversed: bool = False
    """Whether colours are blue, green, red."""
    wrapped: bool = False
    """Whether the place is that of a segment of a CZI."""
