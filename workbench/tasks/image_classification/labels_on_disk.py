"""The table with the classes of a project's images as it lies on the disk. No Qt in here."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from workbench.core.errors import FormatError
from workbench.formats.label_table import LabelTable
from workbench.project.class_levels import KEY
from workbench.project.edits.saver import read_or_none, unchanged
from workbench.project.manifest import Manifest
from workbench.tasks.image_classification.kind import ID
from workbench.tasks.image_classification.labels import (
    ImageLabels,
    Kind,
    declared_level,
    new_table,
    number_of,
    read_labels,
    says_all,
)
from workbench.tasks.image_classification.recognise import TABLES, find_table

if TYPE_CHECKING:
    from workbench.project.session import Session

_TRIES = 3


class OnDisk(NamedTuple):
    """What was read: the table's bytes (None for no table), and what it and the folders say."""

    path: Path
    data: bytes | None
    table: LabelTable
    found: ImageLabels

    @property
    def problem(self) -> str:
        """Why the table could not be read, or ""."""
        return next((problem.reason for problem in self.found.problems
                     if problem.kind == "unreadable-labels"), "")

    def rows(self, labels: Mapping[str, str], kind: Kind) -> dict[str, str]:
        """Rows, by file, for those of ``labels`` (of ``kind``) that are others than what was
        read."""
        read = {**self.found.of_folders(), **self.found.labels}
        if kind == "number":  # folders and rows that are no numbers are not read as labels
            read = {key: label for key, label in read.items()
                    if key in self.found.names or number_of(label) is not None}
        return self.found.by_file({key: label for key, label in labels.items()
                                   if read.get(key, "") != label})


def said_of_labels(session: Session) -> Manifest:
    """What workbench.toml says of labels, for another thread."""
    said = session.manifest.settings.get(ID, {})
    return Manifest("", settings={ID: dict(said)}, classes=list(session.classes))


def keep_folders(session: Session, disk: OnDisk, edits: int) -> None:
    """Write down which folders are classes before the table has so many rows, with those of
    ``edits``, that it would be taken to say all: after a class of many images was renamed, say."""
    found, manifest = disk.found, session.manifest
    if found.folders and declared_level(manifest) is None and says_all(
            len(found.names) + edits, len(found.keys)):
        manifest.settings.setdefault(ID, {})[KEY] = found.levels.level
        session.manifest_changed()


def read_disk(folder: Path, keys: tuple[str, ...], before: OnDisk | None,
              said: Manifest) -> OnDisk | None:
    """Read table and folders as ``said`` in workbench.toml; None where both are as ``before``."""
    for _ in range(_TRIES):
        path = find_table(folder) or folder / TABLES[0]
        data = read_or_none(path)
        if before is not None and before.data == data and before.path == path \
                and tuple(before.found.keys) == keys:
            return None
        found = read_labels(folder, keys, manifest=said)
        if read_or_none(path) == data:
            break
    read = OnDisk(path, data, new_table(found.kind), found)
    return read if data is None or read.problem else read._replace(
        table=LabelTable.parse(data, path, keys))


def refused(disk: OnDisk, why: str) -> bytes | None:
    """In place of a table's new content: the one on the disk cannot be read, so it stays until
    another program mends it (a conflict, after which it is read again) or it is moved away."""
    unchanged(disk.path, disk.data)()
    raise FormatError(why, kept="Nothing was changed; what you labelled is saved when the file "
                      "is repaired or moved away.")


def all_there(folder: Path, keys: Iterable[str]) -> bool:
    """Whether no image went away since it was listed, as where another window moves images."""
    names: dict[str, set[str]] = {}
    for key in keys:
        parent, _, name = key.rpartition("/")
        names.setdefault(parent, set()).add(name)
    for parent, wanted in names.items():
        try:
            with os.scandir(folder / parent) as entries:
                if not wanted <= {entry.name for entry in entries}:
                    return False
        except OSError:
            return False
    return True
