"""Files that a person names, or drops, each with a name for what is written of it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from workbench.core.paths import folded, is_folder
from workbench.formats.yolo_set import PART_NAMES

LONGEST = 200
"""Bytes of a name for results: disks take 255, with "-000120-3.jpg" and the like behind it."""


class FreeNames:
    """Names that no other file has, whatever the case of their letters, and also where "_" stands
    for "/", and that leave room in a file's name for what is put behind them. Those in ``taken``
    are not free."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {_flat(name) for name in taken}

    def of(self, name: str) -> str:
        """``name`` (a posix path) without its suffix, with a number where that is taken."""
        folder, slash, last = name.rpartition("/")
        stem = folder + slash + _short(last.rpartition(".")[0] or last)
        free, number = stem, 1
        while _flat(free) in self._taken:
            number += 1
            free = f"{stem}-{number}"
        self._taken.add(_flat(free))
        return free


class DistinctNames:
    """Names whose stems differ, whatever the case of their letters, and which are UTF-8: others
    would make a file of all labels unreadable."""

    def __init__(self) -> None:
        self._taken: set[tuple[str, str]] = set()

    def of(self, name: str, part: str = "") -> str:
        """``name``, with a number where another in the folder ``part`` is called so."""
        stem, dot, suffix = writable(name).rpartition(".")
        free, number = stem, 1
        while (part, free.casefold()) in self._taken:
            number += 1
            free = f"{stem}-{number}"
        self._taken.add((part, free.casefold()))
        return free + dot + suffix


def below_part(name: str, part: str) -> str:
    """The posix path ``name`` within a folder of all that is in ``part`` of a split: without
    folders of its own that say so ("train/", "valid/"), which would say it twice."""
    folder, slash, rest = name.partition("/")
    while part and slash and PART_NAMES.get(folder.lower()) == part:
        name = rest
        folder, slash, rest = name.partition("/")
    return name


def writable(name: str) -> str:
    """The name of a file with "_" for bytes that are no UTF-8."""
    return re.sub("[\ud800-\udfff]", "_", name)


def _short(name: str) -> str:
    """As much of ``name`` as leaves room."""
    while len(os.fsencode(name)) > LONGEST:
        name = name[:-1]
    return name


def _flat(name: str) -> str:
    return folded(name.replace("/", "_"))


Refused = Callable[[OSError], object]
"""Called for each folder that could not be listed; ``filename`` is the folder."""


def files_inside(folder: Path, suffixes: Collection[str],
                 refused: Refused = lambda error: None) -> Iterator[Path]:
    """All files below ``folder`` with one of these suffixes, in order; hidden ones are left out."""
    for name, folders, files in os.walk(folder, onerror=refused):
        folders[:] = sorted(item for item in folders if not item.startswith("."))
        for file in sorted(files):
            if os.path.splitext(file)[1].lower() in suffixes and not file.startswith("."):  # noqa: PTH122  a name, not a path
                yield Path(name) / file


def named_files(paths: Iterable[Path], suffixes: Collection[str], names: FreeNames,
                check: Callable[[], None] = lambda: None,
                refused: Refused = lambda error: None) -> Iterator[tuple[Path, str]]:
    """Files, and those in folders, each once, with a name that is free: the way from the folder.

    ``check`` is called for each, and may raise to end it.
    """
    seen: set[Path] = set()
    for path in paths:
        inside = is_folder(path)
        for file in files_inside(path, suffixes, refused) if inside else (path,):
            check()
            if file not in seen and (inside or file.suffix.lower() in suffixes):
                seen.add(file)
                yield file, names.of(file.relative_to(path).as_posix() if inside else file.name)
