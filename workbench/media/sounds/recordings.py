"""Recordings of telephones and the like by their first bytes, whatever they are called: many
programs give them the ending of another kind."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from workbench.formats.regular_file import open_regular
from workbench.media.sounds.suffixes import CONVERTED, SUFFIXES


class ForeignKind(NamedTuple):
    """A kind of sound that is not read as it is: what begins at the byte ``start`` of its files,
    what it is called, and the kind as in :data:`CONVERTED`; "" where nothing is made of it."""

    start: int
    mark: bytes
    words: str
    kind: str


_FOREIGN = (
    ForeignKind(4, b"ftyp", "M4A (AAC) sound", "M4A"), ForeignKind(0, b"#!AMR", "AMR sound", "AMR"),
    ForeignKind(0, b"\x1a\x45\xdf\xa3", "WebM sound", ""),
    ForeignKind(0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "Windows Media sound", "WMA"),
    ForeignKind(0, b"\xff\xf1", "AAC sound", "AAC"),
    ForeignKind(0, b"\xff\xf9", "AAC sound", "AAC"),
)


def foreign_kind(path: Path) -> ForeignKind | None:
    """What kind of sound that is not read a file is, by its first bytes; None for none known."""
    try:
        with open_regular(path) as file:
            head = file.read(16)
    except OSError:
        return None
    return next((item for item in _FOREIGN if head[item.start:].startswith(item.mark)), None)


def recording_kind(path: Path) -> str:
    """ "M4A", "AMR" …: of what becomes FLAC where it is brought into a project, by its name, or by
    its first bytes where it is called as what is read; "" for all else."""
    suffix = path.suffix.lower()
    if suffix in CONVERTED:
        return CONVERTED[suffix]
    found = foreign_kind(path) if suffix in SUFFIXES else None
    return found.kind if found is not None else ""
