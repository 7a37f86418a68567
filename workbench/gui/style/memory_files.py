"""Files that exist only in memory, for what Qt takes from a path alone (a style sheet's images)."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from PySide6.QtCore import qRegisterResourceData

_FOLDER = 2
_VERSION = 1
_kept: list[tuple[bytes, bytes, bytes]] = []  # Qt reads them where they are, for ever


def add_memory_files(folder: str, files: Mapping[str, bytes]) -> None:
    """Make ``files`` readable as ``:/FOLDER/NAME`` until the program ends.

    Parameters
    ----------
    folder
        One name, used once.
    files
        Content by name.

    Notes
    -----
    Writes the three tables that Qt's resource compiler writes (format version 1): a tree of fixed
    entries, names with their hash, and contents with their length, all big-endian. Siblings are
    ordered by hash, because Qt searches them by bisection.
    """
    ordered = sorted(files, key=_hash)
    names, data = bytearray(), bytearray()
    tree = bytearray(struct.pack(">IHII", 0, _FOLDER, 1, 1))
    tree += struct.pack(">IHII", len(names), _FOLDER, len(ordered), 2)
    names += _name(folder)
    for name in ordered:
        tree += struct.pack(">IHHHI", len(names), 0, 0, 1, len(data))
        names += _name(name)
        data += struct.pack(">I", len(files[name])) + files[name]
    tables = bytes(tree), bytes(names), bytes(data)
    _kept.append(tables)
    qRegisterResourceData(_VERSION, *tables)


def _name(text: str) -> bytes:
    return struct.pack(">HI", len(text), _hash(text)) + text.encode("utf-16-be")


def _hash(text: str) -> int:
    """Qt's hash of a resource name (the one of the ELF symbol table)."""
    value = 0
    for letter in text:
        value = (value << 4) + ord(letter)
        value ^= (value & 0xF0000000) >> 23
        value &= 0x0FFFFFFF
    return value
