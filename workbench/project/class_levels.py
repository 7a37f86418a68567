"""Which of the folders above a file says its class, where folders lie in folders.

``cam03/fox/IMG_0012.JPG`` has its class in the second folder, ``fox/cam03/IMG_0012.JPG`` in the
first. Folders are numbered from outside in, without those that say neither where nor what: parts of
a split, dates, what cameras call theirs (``DCIM``, ``100EK113``), and ``images`` and the like where
all files lie in such a one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean

from workbench.core.errors import UsageError
from workbench.core.text import listed, tr
from workbench.media.recording_place import GENERIC, PARTS, is_camera_folder, is_date

KEY = "class_folder"
"""What it is called in tables of ``workbench.toml`` that a person has said which it is: its number,
or 0 where folders are no classes."""

_KINDS = GENERIC | {"images", "image", "imgs", "img", "pictures", "photos", "jpegimages"}
NO_CLASSES = _KINDS | {
    "annotations", "annots", "xmls", "labels", "masks", "mask", "imagesets", "segmentationclass",
    "segmentationobject", "gt", "groundtruth", "ground_truth", "depth", "thumbnails",
}
"""Folders called so, in small letters, hold a kind of file."""
_BATCH_NAME = re.compile(
    r"((19|20)\d\d[-_. ]?\d\d.*"  # a date, perhaps with a time or a place
    r"|(batch|part|session|video|clip|frames?|seq|sequence|folder|set|cam|camera|scene|day|run|dcim"
    r"|site|station|location|plot|transect|trap"
    r"|new folder|untitled|export|upload|page|\d{3}[a-z]{5})[-_ (]*\d*\)?)", re.IGNORECASE)
_CONDITION = re.compile(r"night|ir|rgb|colou?r|raw|crops|cropped|originals?|(19|20)\d\d",
                        re.IGNORECASE)
_CODE = re.compile(r"[A-Za-z]{0,12}[-_ ]?\d+[A-Za-z]?")
_BATCH, _CODED, _NUMBER = 2.0, 1.0, 0.5  # how little names say of what is in the files
_CLEARLY = 0.5  # by which the names of one level say less than those of another
_NAMED = 3  # names in a sentence
_MOSTLY, _OF_CLASSES, _COMING_BACK, _REPEATED = 0.9, 0.5, 0.7, 2


@dataclass(frozen=True, slots=True)
class FolderLevel:
    """What the folders of one level would say."""

    number: int
    counts: Mapping[str, int]
    """Files by the name of the folder."""
    example: str
    """One of these files, of the most frequent name."""

    @property
    def files(self) -> int:
        return sum(self.counts.values())


class ClassLevels:
    """The folders of some files, and the level of those that are classes.

    Parameters
    ----------
    keys
        Posix paths of all files.
    said
        The level that a person has chosen, 0 for none; None where nobody has.
    known
        Classes that the project has: a level that they are from stays the one.
    kinds
        Whether folders called as a kind of file are never counted, of sounds.
    """

    def __init__(self, keys: Iterable[str], said: int | None = None,
                 known: Collection[str] = (), *, kinds: bool = False) -> None:
        self._said, self._known = said, frozenset(known)
        self._files: Counter[str] = Counter()
        self._first: dict[str, str] = {}
        for key in keys:
            folder = key.rpartition("/")[0]
            self._files[folder] += 1
            self._first.setdefault(folder, key)
        self._files.pop("", None)
        split = {folder: folder.split("/") for folder in self._files}
        of_a_kind = kinds or all(any(name.lower() in _KINDS for name in parts)
                                 for parts in split.values())
        self._places = {folder: tuple(_counting(parts, of_a_kind))
                        for folder, parts in split.items()}
        self._names = {folder: tuple(split[folder][at] for at in places)
                       for folder, places in self._places.items()}

    @property
    def said(self) -> bool:
        """Whether a person has chosen the level."""
        return self._said is not None

    @property
    def level(self) -> int:
        """That of the folders that are classes, 0 where they are none."""
        return self._found[0] if self._said is None else self._said

    @property
    def doubted(self) -> tuple[FolderLevel, FolderLevel] | None:
        """The level that was taken, and another that could be meant as well; None where nobody has
        to be asked."""
        if self._said is not None:
            return None
        level, other = self._found
        by_number = {item.number: item for item in self.levels}
        return (by_number[level], by_number[other]) if other else None

    @cached_property
    def levels(self) -> tuple[FolderLevel, ...]:
        """Those with two names or more, from outside in."""
        found = []
        for number in range(1, 1 + max(map(len, self._names.values()), default=0)):
            counts: Counter[str] = Counter()
            first: dict[str, str] = {}
            for folder, names in self._names.items():
                if len(names) >= number:
                    counts[names[number - 1]] += self._files[folder]
                    first.setdefault(names[number - 1], self._first[folder])
            if len(counts) > 1:
                found.append(FolderLevel(number, counts, first[counts.most_common(1)[0][0]]))
        return tuple(found)

    @property
    def below_places(self) -> bool:
        """Whether folders of other names, places say, are above those of the classes, which come
        back in several of them."""
        outer = [item for item in self.levels if item.number <= self.level]
        return len(outer) > 1 and outer[-1].number == self.level and vagueness(
            outer[-1].counts) < _CLEARLY and self._comes_back(outer[-1], 0)

    def name(self, key: str) -> str:
        """The class that its folder gives a file, or ""."""
        return self._class_of.get(key.rpartition("/")[0], "")

    @cached_property
    def _class_of(self) -> dict[str, str]:
        level = self.level
        return {folder: names[level - 1] for folder, names in self._names.items()
                if 0 < level <= len(names)}

    def place(self, key: str) -> int | None:
        """Which part of a file's path the folder of its class is, from 0; None for none."""
        places = self._places.get(key.rpartition("/")[0], ())
        return places[self.level - 1] if 0 < self.level <= len(places) else None

    def place_for_class(self, key: str) -> int:
        """Where among the parts of a path the folder of its class would come that has none."""
        places = self._places.get(key.rpartition("/")[0], ())[:max(0, self.level - 1)]
        return places[-1] + 1 if places else 0

    def of(self, keys: Iterable[str]) -> ClassLevels:
        """The same of other files, as where some were moved."""
        return ClassLevels(keys, self._said, self._known)

    # --- finding out ----------------------------------------------------------------------------

    @cached_property
    def _found(self) -> tuple[int, int]:
        """The level, and the one that could be meant as well, 0 for none."""
        likely = self._likely()
        if not likely:
            return 0, 0
        level, other = self._guessed(likely)
        known = {item.number: sum(number for name, number in item.counts.items()
                                  if name in self._known) / item.files for item in self.levels}
        best = max(known, key=lambda number: known[number])
        if known[best] >= _OF_CLASSES and sum(
                share >= known[best] for share in known.values()) == 1 and best != level:
            return best, level
        return level, other

    def _guessed(self, likely: list[FolderLevel]) -> tuple[int, int]:
        """The same by names and folders alone."""
        vague = {item.number: vagueness(item.counts) for item in likely}
        clear = [item for item in likely
                 if vague[item.number] < min(vague.values()) + _CLEARLY]
        below_parts = next((item for item in clear if self._below_parts(item)), None)
        if below_parts is not None or len(clear) == 1:
            return (below_parts or clear[0]).number, 0
        returning = [item.number for item in clear[1:] if self._comes_back(item, clear[0].files)]
        return (returning[-1], clear[0].number) if returning else (clear[0].number, 0)

    def _likely(self) -> list[FolderLevel]:
        """The levels that may be classes."""
        found = []
        for item in self.levels:
            if any(name.lower() in NO_CLASSES for name in item.counts):
                break  # images and masks, say; what is below is sorted by something else
            if not all(map(_BATCH_NAME.fullmatch, item.counts)):
                found.append(item)
        return found

    def _below_parts(self, level: FolderLevel) -> bool:
        """Whether the folders of a level lie in folders called train, val and test."""
        below = 0
        for folder, places in self._places.items():
            if len(places) >= level.number and (at := places[level.number - 1]):
                below += self._files[folder] * (folder.split("/")[at - 1].lower() in PARTS)
        return below >= _MOSTLY * level.files

    def _comes_back(self, level: FolderLevel, files: int) -> bool:
        """Whether names of a level are those of folders in several others, and stand for most
        files."""
        above: dict[str, set[tuple[str, ...]]] = {}
        for names in self._names.values():
            if len(names) >= level.number:
                above.setdefault(names[level.number - 1], set()).add(names[:level.number - 1])
        several = [name for name, parents in above.items() if len(parents) > 1]
        return (len(several) >= _REPEATED and 2 * level.files >= files
                and sum(level.counts[name] for name in several) >= _COMING_BACK * level.files)


def _counting(parts: list[str], of_a_kind: bool) -> Iterator[int]:
    """The places of those folders of a path that are counted."""
    for at, name in enumerate(parts):
        small = name.lower()
        if not (small in PARTS or is_date(name) or is_camera_folder(name)
                or (of_a_kind and small in _KINDS)):
            yield at


def folder_at(key: str, level: int) -> str:
    """The folder of a level above a file, where those called as a kind of file are never counted;
    "" for none."""
    parts = key.split("/")[:-1]
    places = [*_counting(parts, of_a_kind=True)]
    return parts[places[level - 1]] if 0 < level <= len(places) else ""


def levels_in(folder: str) -> int:
    """How many folders of a path are counted so."""
    return len([*_counting(folder.split("/"), of_a_kind=True)]) if folder else 0


def level_said(labels: str) -> int | None:
    """The level in ``folders:2``, as ``--labels`` has it; 0 for ``none``, None for all else.

    Raises
    ------
    UsageError
        If behind the colon there is no such number.
    """
    if labels == "none":
        return 0
    kind, colon, number = labels.partition(":")
    if kind != "folders" or not colon:
        return None
    if not number.isdecimal() or not int(number):
        raise UsageError(f"“{labels}” says no folder: folders:1 is the outermost")
    return int(number)


def vagueness(names: Iterable[str]) -> float:
    """How little some names say of what is in the files: 0 for words, 2 for batches and places
    that are called so."""
    return fmean(map(_vagueness, names))


def _vagueness(name: str) -> float:
    if _BATCH_NAME.fullmatch(name) or _CONDITION.fullmatch(name):
        return _BATCH
    if name.isdecimal():
        return _NUMBER
    return _CODED if _CODE.fullmatch(name) else 0.0


def doubt_text(taken: FolderLevel, other: FolderLevel) -> str:
    """That other folders could be the classes, too; without a full stop."""
    return tr("Classes are read from the {level} ({names}), as in {file}; the {other} could be "
              "meant, too ({others})", level=ordinal(taken.number),
              names=listed(sorted(taken.counts), _NAMED), file=taken.example,
              other=ordinal(other.number), others=listed(sorted(other.counts), _NAMED))


def ordinal(level: int) -> str:
    """A level in words ("first folder")."""
    words = (tr("first folder"), tr("second folder"), tr("third folder"), tr("fourth folder"),
             tr("fifth folder"))
    return words[level - 1] if level <= len(words) else tr("folder no. {level}", level=level)
