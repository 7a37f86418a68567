"""Which class each picture of a folder has: by its folder, and by ``labels.csv``, which wins.

A project has one kind of labels: one class for each picture, several tags, or a number. A label is
a text in any case ("cat", "dog;indoors", "3.5"), so that everything that gives, saves and takes
back labels is the same for all; :func:`tags_of` and :func:`number_of` say what it means.

Nothing is moved: a picture that is given another class gets a row in the table. A row without a
label says that the picture has none.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal, cast

from workbench.core.errors import FormatError, Problem, WorkbenchError
from workbench.core.paths import folded, is_file
from workbench.formats.atomic import write_atomic
from workbench.formats.label_table import (
    NUMBER_COLUMNS,
    TAG_COLUMNS,
    LabelTable,
    NoLabelTable,
    decoded,
    delimiter_of,
)
from workbench.formats.regular_file import read_file, read_regular
from workbench.media.images.header import IMAGE_SUFFIXES
from workbench.project.class_levels import KEY, NO_CLASSES, ClassLevels
from workbench.project.library.scan import Scan, sort_naturally
from workbench.project.manifest import Manifest
from workbench.tasks.image_classification.kind import ID
from workbench.tasks.image_classification.recognise import PEEK_FILES, TABLES, find_table

PARTS = {"train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val",
         "test": "test", "testing": "test"}
"""Names of folders that say which part of a split is in them, and that part."""


Kind = Literal["class", "tags", "number"]
KINDS: tuple[Kind, ...] = ("class", "tags", "number")
_COLUMNS: dict[Kind, str] = {"class": "label", "tags": "tags", "number": "number"}
_PEEK_BYTES = 4096
_TAGS = re.compile(r"[;|]")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")


def declared_kind(manifest: Manifest) -> Kind | None:
    """The kind of labels that a person chose: ``kind`` in the task's table of ``workbench.toml``.

    Where nobody chose, the name of the column in the table of labels decides ("tags", "number").
    """
    said = manifest.settings.get(ID, {}).get("kind", "")
    return cast(Kind, said) if said in KINDS else None


def declared_level(manifest: Manifest) -> int | None:
    """Which folders a person has said to be classes, see :data:`.class_levels.KEY`; None where
    nobody has said it."""
    said = manifest.settings.get(ID, {}).get(KEY)
    return said if isinstance(said, int) and not isinstance(said, bool) and said >= 0 else None


def _kind_of_column(table: LabelTable) -> Kind:
    name = table.column
    return "tags" if name in TAG_COLUMNS else "number" if name in NUMBER_COLUMNS else "class"


def peek_kind(folder: Path, manifest: Manifest) -> Kind:
    """The kind of a project's labels, told without reading them: a look at the table's head."""
    table = find_table(folder)
    said = declared_kind(manifest)
    if said is not None or table is None:
        return said or "class"
    try:
        with table.open("rb") as stream:
            head = b"".join(stream.readlines(_PEEK_BYTES))
        return _kind_of_column(LabelTable.parse(head, table))
    except (OSError, FormatError):
        return "class"


def tags_of(label: str) -> tuple[str, ...]:
    """The tags in a label, each once, in their order."""
    return tuple(dict.fromkeys(tag for part in _TAGS.split(label) if (tag := part.strip())))


def is_tag(name: str) -> bool:
    """Whether a name is that of one tag, not of several or none."""
    return tags_of(name) == (name,)


def tags_label(tags: Iterable[str]) -> str:
    """The label of a picture with these tags."""
    return ";".join(dict.fromkeys(tags))


LARGEST_NUMBER = 1e18
"""Of labels: models count in 32 bits, which hold the squares of these."""


def number_of(label: str) -> float | None:
    """The number that a label is, written with a point or a comma; None where it is none, or one
    beyond :data:`LARGEST_NUMBER`."""
    try:
        found = float(label.replace(",", "."))
    except ValueError:
        return None
    return found if abs(found) <= LARGEST_NUMBER else None


def no_number_words(label: str) -> str:
    """Why :func:`number_of` takes a label for none."""
    try:
        finite = math.isfinite(float(label.replace(",", ".")))
    except ValueError:
        finite = False
    return "is too large a number" if finite else "is no number"


def converted(label: str, old: Kind, new: Kind) -> str:
    """A label of one kind as one of another, "" where nothing of it can be kept: of several tags
    the first becomes the class, and what is no number is none."""
    if new == "number":
        return label if number_of(label) is not None else ""
    return next(iter(tags_of(label)), "") if old == "tags" else label


def new_table(kind: Kind) -> LabelTable:
    """A table for labels of a kind."""
    return LabelTable.new(_COLUMNS[kind])


@dataclass(slots=True)
class ImageLabels:
    """What is known of the pictures of a folder."""

    keys: list[str]
    """All pictures in natural order, posix paths relative to the folder."""
    labels: dict[str, str] = field(default_factory=dict)
    """Class by key, of those that have one; of another ``kind`` the label as it is written."""
    folders: dict[str, str] = field(default_factory=dict)
    """What their folders alone say."""
    table: Path | None = None
    """The table that was read, or None; :attr:`names` are the files as it writes them, by key."""
    rows: LabelTable | None = None
    """What was read of it; its file may hold other labels by now."""
    names: dict[str, str] = field(default_factory=dict)
    other_names: dict[str, set[str]] = field(default_factory=dict)
    """How further rows of a picture write it, where they do so differently, by key."""
    problems: list[Problem] = field(default_factory=list)
    """Rows that mean nothing, are there twice or contradict each other; an unreadable table."""
    kind: Kind = "class"
    levels: ClassLevels = field(default_factory=lambda: ClassLevels(()))
    """Which of their folders are classes."""

    def by_file(self, labels: Mapping[str, str]) -> dict[str, str]:
        """Labels by key, by the files as the table writes them: for each row of a picture."""
        return {name: label for key, label in labels.items()
                for name in (self.names.get(key, key), *sorted(self.other_names.get(key, ())))}

    def of_folders(self) -> dict[str, str]:
        """The classes that folders give where the table says nothing."""
        return {key: label for key, label in self.folders.items() if key not in self.names}

    @property
    def classes(self) -> list[str]:
        """In natural order: the tags where there are tags, none where labels are numbers."""
        if self.kind == "number":
            return []
        if self.kind == "tags":
            return sort_naturally({tag for tags in self.tags().values() for tag in tags})
        return sort_naturally(set(self.labels.values()))

    def counts(self) -> Counter[str]:
        """Pictures of each class; an empty one where labels are numbers."""
        if self.kind == "class":
            return Counter(self.labels.values())
        return Counter(tag for tags in self.tags().values() for tag in tags if self.kind == "tags")

    def tags(self) -> dict[str, tuple[str, ...]]:
        """Tags by key, of those that have some."""
        return {key: tags_of(label) for key, label in self.labels.items()}

    def numbers(self) -> dict[str, float]:
        """Number by key, of those that have one."""
        return {key: number for key, label in self.labels.items()
                if (number := number_of(label)) is not None}


def labels_by_key(folder: Path) -> Mapping[str, tuple[str, ...] | float]:
    """The class, the tags or the number of each picture of ``folder`` that is labelled."""
    found = read_labels(folder)
    if found.kind == "class":
        return {key: (label,) for key, label in found.labels.items()}
    return found.tags() if found.kind == "tags" else found.numbers()


def say_folders(folder: Path, manifest: Manifest) -> None:
    """Say in ``manifest`` which folders are classes in the project ``folder``, unless a person has
    said it."""
    found = read_labels(folder, manifest=manifest)
    if found.levels.level and not found.levels.said:
        level = found.levels.level if found.folders else 0  # the table says all there is
        manifest.settings.setdefault(ID, {})[KEY] = level


def read_labels(folder: Path, keys: Sequence[str] | None = None,
                kind: Kind | None = None, manifest: Manifest | None = None) -> ImageLabels:
    """The labels of the pictures of ``folder``.

    ``keys`` are its pictures, ``kind`` is the kind of labels and ``manifest`` what workbench.toml
    says, where they are known;
    :attr:`ImageLabels.kind` says what was read, :meth:`ImageLabels.tags` and
    :meth:`ImageLabels.numbers` what the labels are where they are no classes.
    """
    scan, manifest = None, manifest or Manifest.load(folder)
    if keys is None:
        scan = Scan(folder, manifest.layout).run()
        keys = sort_naturally(scan.keys)
    kind = kind or declared_kind(manifest)
    found = ImageLabels(list(keys), problems=list(scan.problems) if scan else [],
                        kind=kind or "class", table=find_table(folder),
                        levels=ClassLevels(keys, declared_level(manifest), manifest.classes))
    if found.table is not None:
        try:
            return labels_in(
                found, LabelTable.parse(read_file(found.table), found.table, keys), kind)
        except WorkbenchError as error:
            said, short = error.message, "it could not be read "  # which is said anyway
            why = f" {said[len(short):]}" if said.startswith(short) else f": {said}"
            found.problems.append(Problem(
                str(found.table), "unreadable-labels",
                f"{found.table.name} could not be read{why}.", line=error.line))
    return labels_in(found, None, kind)


def labels_in(found: ImageLabels, table: LabelTable | None, kind: Kind | None) -> ImageLabels:
    """Fill in what the folders of the pictures and their table say, and return ``found``."""
    found.rows, by_folder = table, folder_classes(found.keys, found.levels)
    rows = _rows_of(found, table, kind) if table is not None else {}
    named = set(rows.values()) & set(by_folder.values())
    if not rows or named or found.levels.said or not says_all(len(rows), len(found.keys)):
        found.folders = by_folder
    found.labels = {**found.folders, **rows}
    found.labels = {key: label for key, label in found.labels.items() if label}
    if found.kind == "number":
        _keep_numbers(found)
    return found


def says_all(rows: int, images: int) -> bool:
    """Whether a table of so many rows, none of which names a folder, is taken to say all there is
    of the images: their folders are something else then, unless a person has said what."""
    return rows >= images / 2


def _keep_numbers(found: ImageLabels) -> None:
    """Of numbers only what is one; the first other label of the table is told."""
    others = [key for key, label in found.labels.items() if number_of(label) is None]
    named = [key for key in others if key in found.names]
    if named and found.table is not None:
        first = named[0]
        more = f" (and {len(named) - 1:,} more)" if len(named) > 1 else ""
        found.problems.append(Problem(
            str(found.table), "no-number", f"{found.table.name}: “{found.labels[first]}” of "
            f"{found.names[first]}{more} {no_number_words(found.labels[first])}, so it is left "
            "out.", "warning"))
    for key in others:
        del found.labels[key]
    commas = [label for label in found.labels.values() if "," in label]
    if commas and found.table is not None and all(map(_THOUSANDS.fullmatch, commas)):
        found.problems.append(Problem(
            str(found.table), "comma-number", f"{found.table.name}: “{commas[0]}” is read as "
            f"{number_of(commas[0]):g}, since a comma stands before decimals; thousands are "
            "written without one.", "warning"))


def folder_classes(keys: Sequence[str], levels: ClassLevels | None = None) -> dict[str, str]:
    """The class that its folder gives each picture; empty where folders are no classes.

    Parameters
    ----------
    levels
        What the folders say, where that is known.
    """
    levels = levels or ClassLevels(keys)
    return {key: name for key in keys if (name := levels.name(key))}


def is_class_folder(name: str) -> bool:
    """Whether a folder of this name may be one for a class."""
    return name.lower() not in PARTS.keys() | NO_CLASSES and not name.startswith(".")


def part_of(key: str) -> str:
    """"train", "val" or "test" where a folder of the picture says so, else ""."""
    return next((PARTS[name.lower()] for name in key.split("/")[:-1] if name.lower() in PARTS), "")


# --- the table ------------------------------------------------------------------------------------


def _rows_of(found: ImageLabels, table: LabelTable, kind: Kind | None) -> dict[str, str]:
    """Label by key, "" where a row says none; what is odd is noted."""
    path = found.table
    assert path is not None
    found.kind = kind or _kind_of_column(table)
    find = Names(found.keys)
    seen: dict[str, set[str]] = {}
    missing, doubled = [], []
    placed = {row.file: find(row.file) for row in table.rows}
    taken = set(placed.values())
    whole = {key for name, key in placed.items() if key == name.removeprefix("./")}
    for row in table.rows:
        key = placed[row.file] or find.alike(row.file)
        if key is None or (placed[row.file] is None and key in taken) \
                or (key in whole and key != row.file.removeprefix("./")):
            missing.append(row)
            continue
        if key in seen and row.label in seen[key]:
            doubled.append(row)
        seen.setdefault(key, set()).update(
            (tags_label(tags_of(row.label)),) if found.kind == "tags" else (row.label,))
        if found.names.setdefault(key, row.file) != row.file:
            found.other_names.setdefault(key, set()).add(row.file)
    found.problems += _problem(path, "missing-images", missing, "is not here", "are not here")
    found.problems += _problem(path, "doubled-rows", doubled, "is there twice", "are there twice")
    rows = {}
    for key, labels in seen.items():
        if found.kind == "tags":
            rows[key] = tags_label(sorted(tag for label in labels for tag in tags_of(label))
                                   if len(labels) > 1 else tags_of(next(iter(labels))))
            continue
        if len(labels) > 1:
            names = " and ".join(f"“{name}”" if name else "no label" for name in sorted(labels))
            found.problems.append(Problem(
                str(path), "conflicting-rows", f"{path.name} gives {key} {names}, so neither is "
                "used.", "warning"))
        rows[key] = "" if len(labels) > 1 else next(iter(labels))
    return rows


def _problem(path: Path, kind: str, rows: Sequence[object],
             one: str, many: str) -> Iterator[Problem]:
    if rows:
        first = rows[0]
        name = getattr(first, "file", "")
        words = (f"{name} {one}" if len(rows) == 1 else f"{len(rows):,} of its files {many}, "
                 f"such as {name}")
        yield Problem(str(path), kind, f"{path.name}: {words}.", "warning",
                      line=getattr(first, "line", None))


class Names:
    """From a file as a table names it to a key: by path, then by the end of the path, then without
    its ending, where that is clear."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._keys = set(keys)
        self._ends = _ends_of((key, key) for key in self._keys)

    @cached_property
    def _folded(self) -> dict[str, str | None]:
        return _ends_of((folded(key), key) for key in self._keys)

    def __call__(self, name: str) -> str | None:
        name = name.removeprefix("./")
        return name if name in self._keys else _by_end(self._ends, name)

    def key_of(self, name: str) -> str | None:
        """By either way."""
        return self(name) or self.alike(name)

    def alike(self, name: str) -> str | None:
        """In whatever case, and however accents are written."""
        return _by_end(self._folded, folded(name.removeprefix("./")))


def _ends_of(names: Iterable[tuple[str, str]]) -> dict[str, str | None]:
    """Keys by the ends of their names, with and without the ending; None where several have it."""
    found: dict[str, str | None] = {}
    for name, key in names:
        while name:
            for form in (name, name.rpartition(".")[0]):
                found[form] = None if form in found else key
            name = name.partition("/")[2]
    return found


def _by_end(ends: Mapping[str, str | None], name: str) -> str | None:
    found = ends.get(name)
    while found is None and "/" in name:
        name = name.partition("/")[2]
        found = ends.get(name)
    return found


def names_images(folder: Path, table: Path) -> bool:
    """Whether one of the first rows of a table gives a picture of the folder a class."""
    try:
        rows = LabelTable.parse(read_regular(table), table).rows
    except (OSError, FormatError):
        return False
    labelled = [row for row in rows[:PEEK_FILES] if row.label]
    if any(Path(row.file).suffix.lower() in IMAGE_SUFFIXES and is_file(folder / row.file)
           for row in labelled):
        return True
    if not labelled:
        return False
    find = Names(Scan(folder, Manifest.load(folder).layout).run().keys)
    return any(find.key_of(row.file) is not None for row in labelled)


def is_damaged(table: Path) -> bool:
    """Whether a table cannot be read at all, or names pictures without saying in its first line
    what its columns are. One that is about other things is not damaged."""
    try:
        LabelTable.parse(read_regular(table), table)
    except NoLabelTable:
        return _begins_with_pictures(table)
    except (OSError, FormatError):
        return True
    return False


def _begins_with_pictures(table: Path) -> bool:
    """Whether one of the first lines, of two columns, begins with the name of a picture that is
    there."""
    lines = decoded(read_regular(table))[0].splitlines()[:PEEK_FILES]
    cells = [line.split(delimiter_of(line)) for line in lines]
    return any(len(row) == 2 and is_file(table.parent / row[0].strip(" \"")) for row in cells
               if Path(row[0].strip(" \"")).suffix.lower() in IMAGE_SUFFIXES)


def write_labels(folder: Path, changes: Mapping[str, str]) -> Path:
    """Give pictures other classes ("" for none): in the table, which is made where there is none.

    No picture is moved, and what else the table holds stays as it is.

    Raises
    ------
    WorkbenchError
        If the table cannot be read or written; it stays as it was.
    """
    found = read_labels(folder)
    path = found.table or folder / TABLES[0]
    before = read_file(path) if found.table is not None else b""
    table = (LabelTable.parse(before, path, found.keys) if found.table is not None
             else new_table(found.kind))

    def check() -> None:
        now = read_file(path) if path.is_file() else b""
        if now != before:
            raise WorkbenchError("another program has changed it meanwhile", path=path,
                                 kept="Nothing was written; try again.")

    rows = found.by_file({key: label for key, label in changes.items()
                          if key in found.names or found.folders.get(key, "") != label})
    if rows:
        write_atomic(path, table.render(rows), check)
    return path
