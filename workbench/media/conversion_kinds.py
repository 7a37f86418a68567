"""Files that are not read as they are, and what is made of them instead, beside them.

Which file something was made from is written into it (:func:`origin_of`), so that nothing is made
twice.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Iterable
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from workbench.core.errors import FormatError
from workbench.core.text import listed
from workbench.formats.atomic import disk_reason
from workbench.formats.regular_file import open_regular, pieces_of, require_regular
from workbench.media.images.header import IMAGE_SUFFIXES
from workbench.media.images.raw_kinds import RAW_PHOTOS
from workbench.media.sounds.recordings import recording_kind
from workbench.media.sounds.suffixes import TAKEN

AnyName = str | os.PathLike[str]
MADE_FROM = "converted from "


class Conversion(NamedTuple):
    """One kind of file is made of others."""

    kind_of: Callable[[AnyName], str]
    """What kind of those a file is; "" where it is none of them."""
    given: frozenset[str]
    """Suffixes of all that may be, and of all that is read as it is: where such a file has the name
    of one that is not read, the latter is left alone, as cameras write a JPEG beside a RAW photo.
    """
    suffix: str
    """Of what is made."""
    module: str
    """Where ``convert(source, target, check)`` and ``was_made_from(target, source)`` are."""

    def convert(self, source: Path, target: Path,
                check: Callable[[], object] = lambda: None) -> None:
        """Write what is made of ``source`` to ``target``, whole or not at all.

        Parameters
        ----------
        check
            Called now and then; what it raises ends the work.

        Raises
        ------
        FormatError
            If ``source`` cannot be decoded.
        WorkbenchError
            If the disk refuses.
        """
        import_module(self.module).convert(source, target, check)

    def was_made_from(self, target: Path, source: Path) -> bool:
        """Whether ``target`` was made of the file ``source`` as it is now."""
        found: bool = import_module(self.module).was_made_from(target, source)
        return found

    def made_of(self, name: str) -> str:
        """What a file is called that is made of the one of this name."""
        return os.path.splitext(name)[0] + self.suffix  # noqa: PTH122  a name, not a path

    def names(self, files: Iterable[AnyName]) -> str:
        """Of which kinds they are ("AMR and M4A")."""
        return listed(sorted({self.kind_of(file) for file in files}))


def _recording(name: AnyName) -> str:
    return recording_kind(Path(name))


def _photo(name: AnyName) -> str:
    return RAW_PHOTOS.get(_suffix(name), "")


def _suffix(name: AnyName) -> str:
    return os.path.splitext(name)[1].lower()  # noqa: PTH122  a Path for each of 100,000 takes long


RECORDINGS = Conversion(_recording, TAKEN, ".flac", "workbench.media.sounds.conversion")
PHOTOS = Conversion(_photo, IMAGE_SUFFIXES | RAW_PHOTOS.keys(), ".jpg",
                    "workbench.media.images.raw_photos")


def conversion_of(name: AnyName) -> Conversion | None:
    """What becomes of a file; None where it is read as it is, or not at all. Sounds are looked
    into, as telephones give them other names."""
    suffix = _suffix(name)
    return PHOTOS if suffix in RAW_PHOTOS else \
        RECORDINGS if suffix in TAKEN and _recording(name) else None


def without_twins(names: Iterable[str], unread: Collection[str]) -> list[str]:
    """The ``names`` without those ``unread`` ones of which there is one that is read."""
    found = list(names)
    read = {_stem(name) for name in found if name not in unread} if unread else set()
    return [name for name in found if name not in unread or _stem(name) not in read]


def alone(conversion: Conversion, names: Iterable[str]) -> list[str]:
    """Those of ``names`` that are not read as they are, and of which nothing is there that is."""
    given = [name for name in names if _suffix(name) in conversion.given]
    unread = {name for name in given if conversion.kind_of(name)}
    return [name for name in without_twins(given, unread) if name in unread]


def _stem(name: str) -> str:
    return os.path.splitext(name)[0]  # noqa: PTH122  as above


def origin_of(source: Path, kept: str) -> str:
    """What a file says of the one that it was made from: its name and what it holds; ``kept`` is
    said where that cannot be read."""
    digest = hashlib.sha256()
    try:
        size = require_regular(source).st_size
        with open_regular(source) as stream:
            for piece in pieces_of(stream.fileno(), size):
                digest.update(piece)
    except OSError as error:
        raise FormatError(disk_reason(error, "read"), path=source, kept=kept) from error
    return f"{MADE_FROM}{source.name}, SHA-256 {digest.hexdigest()}"
