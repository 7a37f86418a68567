"""Selection tables that were saved with several recordings open: which recordings are in which."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path

from workbench.core.errors import FormatError
from workbench.core.text import listed
from workbench.formats.regular_file import read_regular

_SHOWN = 3  # names in a sentence
_TABLE = re.compile(r"(.+?)(\.Table\.\d+)?(?:\.BirdNET)?\.selections?(?:\.table)?\.txt"
                    r"|.*selection ?_?table.*\.txt", re.IGNORECASE)


def find_shared_table(path: Path) -> Path | None:
    """The table beside the clip at ``path``, named for another or for none, that is about it too.

    Tables of one recording alone are not opened.
    """
    from workbench.formats.raven import fold

    try:
        changed = path.parent.stat().st_mtime_ns
    except OSError:
        return None
    wanted = fold(path.name)
    for table in _candidates(path.parent, changed):
        try:
            state = table.stat()
        except OSError:
            continue
        names = _recordings(table, state.st_mtime_ns, state.st_size)
        if wanted in names and (len(names) > 1 or not _named_for_a_clip(table)):
            return table
    return None


def is_shared(table: Path) -> bool:
    """Whether a table beside a clip is about other recordings too; False where there is none."""
    try:
        state = table.stat()
    except OSError:
        return False
    return len(_recordings(table, state.st_mtime_ns, state.st_size)) > 1


def unread_text(table: Path) -> str:
    """What to know of a table that is named for one clip and lists others, which no table labels;
    "" where all is read."""
    from workbench.formats.raven import fold
    from workbench.project.library.clips import SUFFIXES, find_table

    match = _TABLE.fullmatch(table.name)
    if match is None or match[1] is None or match[2] or not is_shared(table):
        return ""
    state = table.stat()
    recordings = set(_recordings(table, state.st_mtime_ns, state.st_size))
    stem = fold(match[1])
    with os.scandir(table.parent) as entries:
        names = sorted(entry.name for entry in entries)
    others = [name for name in names if fold(name) in recordings
              and os.path.splitext(name)[1].lower() in SUFFIXES  # noqa: PTH122
              and stem not in (fold(name), fold(name).rpartition(".")[0])
              and find_table(table.parent / name)[1] is None]
    if not others:
        return ""
    return (f"{table.name} also lists {listed(others, _SHOWN)}, but it labels {match[1]} only, "
            "for which it is named. Rename it to “all.selections.txt”, and it labels all that "
            "it lists.")


@lru_cache(maxsize=64)
def _candidates(folder: Path, changed: int) -> tuple[Path, ...]:
    """Tables of a folder that Raven named itself, or that are named for no clip there."""
    found = []
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if not entry.name.startswith("."))
    for name in names:
        match = _TABLE.fullmatch(name)
        if match is not None and (match[2] or not _named_for_a_clip(folder / name)):
            found.append(folder / name)
    return tuple(found)


def _named_for_a_clip(table: Path) -> bool:
    from workbench.project.library.clips import SUFFIXES

    match = _TABLE.fullmatch(table.name)
    if match is None or match[1] is None:
        return False
    stem = os.fspath(table.parent / match[1])
    return os.path.isfile(stem) or any(  # noqa: PTH113  asked for each of many tables
        os.path.isfile(stem + suffix) for suffix in SUFFIXES)  # noqa: PTH113


@lru_cache(maxsize=4096)
def _recordings(table: Path, changed: int, size: int) -> tuple[str, ...]:
    from workbench.formats.raven import recordings_of

    try:
        return tuple(recordings_of(read_regular(table)))
    except (OSError, FormatError):
        return ()
