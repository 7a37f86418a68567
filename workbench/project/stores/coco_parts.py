"""What bringing labels and COCO files together is made of."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from workbench.core.errors import Problem
from workbench.formats.coco_entry import Text
from workbench.formats.json_text import patched
from workbench.formats.scratch import scratch_folder
from workbench.project.imports.label_source import FolderSource
from workbench.project.stores.coco_known import Digests, Stamp, digest

CONFLICT = "labels-conflict"
NO_STAMP = (0, 0)
CHANGED = (-1, -1)
"""Stands for the stamp of an entry that is to be looked at again."""
AWAY = (-2, -2)
"""Of the entry of an image that went to the trash while another program changed its annotations:
these are compared when it comes back."""


@dataclass(slots=True)
class SyncOutcome:
    """What came of it: images whose entries are others now, COCO files that were written, images
    in conflict by the file, what a person should know, whether all was looked at, and whether
    anything failed."""

    entries: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    held: dict[str, list[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    whole: bool = False
    failed: bool = False


class Finder:
    """Finds the images that COCO files name."""

    def __init__(self, folder: Path, files: Iterable[str]) -> None:
        self._folder = folder
        self._source: FolderSource | None = None
        self._prefixes: dict[str, dict[str, int]] = {}

    def key(self, name: str, file: str) -> str | None:
        """The image that ``file`` calls ``name``, None where there is none."""
        if self._source is None:
            with scratch_folder("workbench-look-") as scratch:
                self._source = FolderSource(self._folder, scratch, follow=True)
        path = self._source.find(name, (self._folder / file).parent)
        key = self._source.key(path) if path is not None else None
        if key is not None:
            prefix = key[:-len(plain(name))] if key.endswith(plain(name)) else ""
            found = self._prefixes.setdefault(file, {})
            found[prefix] = found.get(prefix, 0) + 1
        return key

    def keys(self, names: Mapping[int, str], file: str, known: Mapping[int, str],
             throttle: Callable[[], None]) -> Iterator[tuple[int, str]]:
        """The images that ``file`` lists by (id, name), with their ids, also those that are away
        and were ``known``. One that lies under the very name of another is not taken for one of a
        like name that is not here."""
        found = {}
        for number, name in names.items():
            throttle()
            key = self.key(name, file)
            if key is None and Path(known.get(number, "")).stem == Path(plain(name)).stem:
                key = known.get(number)
            if key is not None:
                found[number] = key
        exact = {number for number, key in found.items() if key.endswith(plain(names[number]))}
        taken = {found[number] for number in exact}
        yield from ((number, key) for number, key in found.items()
                    if number in exact or key not in taken)

    def prefix(self, file: str) -> str:
        """What most of its images have before their name."""
        found = self._prefixes.get(file, {})
        return max(found, key=lambda prefix: found[prefix]) if found else ""


def plain(name: str) -> str:
    """A name of an image as a posix path."""
    return name.replace("\\", "/").removeprefix("./")


def merge(base: Digests, theirs: tuple[Text, ...], ours: tuple[Text, ...]
          ) -> tuple[Text, ...] | None:
    """What becomes of annotations that two sides changed since ``base``; None where both changed
    the same one differently."""
    here, there = dict(ours), dict(theirs)
    result: list[Text] = []
    for number in dict.fromkeys([*there, *here]):
        own, other = here.get(number), there.get(number)
        mine = digest(own) if own is not None else None
        his = digest(other) if other is not None else None
        if mine == his or mine == base.get(number):
            text = other
        elif his == base.get(number):
            text = own
        else:
            return None
        if text is not None:
            result.append((number, text))
    return tuple(result)


def with_ids(text: str, number: int, image: int) -> Text:
    """An annotation that has the id ``number``, and that of its image."""
    said = json.loads(text)
    changes = {name: value for name, value in (("id", number), ("image_id", image))
               if said.get(name) != value}
    return number, patched(text, changes) if changes else text


def entries_below(root: Path) -> Iterator[str]:
    """The images that have an entry in the folder ``root``."""
    for folder, _, files in os.walk(root):
        inside = os.path.relpath(folder, root).replace(os.sep, "/")
        prefix = "" if inside == "." else f"{inside}/"
        yield from [prefix + name[:-5] for name in files
                    if name.endswith(".json") and name[0] != "."]


def classes_text(names: Mapping[int, str]) -> bytes:
    """The file of the numbers of classes."""
    lines = (f"  {number}: {json.dumps(name, ensure_ascii=False)}\n"
             for number, name in sorted(names.items()))
    return ("names:\n" + "".join(lines) if names else "names: {}\n").encode("utf-8")


def category_of(text: str) -> int:
    """The category of an annotation; -1 for none."""
    number = json.loads(text).get("category_id")
    return number if type(number) is int else -1


def stamp_of(path: Path) -> Stamp:
    """By which a change of a file is recognised."""
    try:
        state = path.stat()
    except OSError:
        return NO_STAMP
    return state.st_mtime_ns, state.st_size
