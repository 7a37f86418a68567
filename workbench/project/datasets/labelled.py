"""Which images of a folder have an annotation file of their own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from workbench.core.errors import FormatError
from workbench.formats.regular_file import read_regular
from workbench.project.layout import Placement
from workbench.project.library.ownership import owner, shared_files
from workbench.project.library.scan import Scan, sort_naturally, unread_alone
from workbench.project.manifest import Manifest
from workbench.project.stores.base import AnnotationStore, LabelFile
from workbench.project.stores.chosen import store_of


class LabelledFolder:
    """The images of a folder, separated by whether they are labelled.

    ``to_import`` also pairs names that differ in case (see :meth:`Placement.pair`); without
    ``follow`` no link that leads out of the folder is followed.
    """

    def __init__(
        self, folder: Path, manifest: Manifest | None = None, *, to_import: bool = False,
        follow: bool = True,
    ) -> None:
        self.folder = folder
        self.manifest = manifest or Manifest.load(folder)
        self.store = store_of(folder, self.manifest)
        """What reads their labels."""
        self.store.bring_together()
        self.placement = Placement(folder, self.manifest.layout)
        self.scan = Scan(folder, self.manifest.layout, closed=not follow).run()
        """The walk that found them."""
        self.keys = sort_naturally(self.scan.keys)
        """All images in natural order."""
        self.unread = unread_alone(self.keys, self.scan.unread).photos
        """RAW photos, of which images can be made and none are there yet."""
        self.placement.pair(self.keys, self.scan.annotations, loosely=to_import)
        self.shared = shared_files(self.keys, self.placement)
        self.labelled = list(self._find())
        """Those that have an annotation file, which belongs to them."""

    @property
    def all_keys(self) -> list[str]:
        """The images, and the files of which images can be made."""
        return [*self.keys, *self.unread]

    def read(self, key: str) -> LabelFile:
        """The labels of an image that has some; raises WorkbenchError where they cannot be read."""
        return self.store.read(self.placement.annotation_path(key), self.placement.path(key))

    def _find(self) -> Iterator[str]:
        owners: dict[tuple[str, ...], str] = {}
        for key in self.keys:
            annotation = self.placement.annotation(key)
            if annotation not in self.scan.annotations:
                continue
            sharing = self.shared.get(key)
            if sharing is not None and sharing not in owners:
                owners[sharing] = owner(sharing, _read(self.folder / annotation))
            if sharing is None or owners[sharing] == key:
                yield key


def find_labelled(folder: Path) -> list[str]:
    """Keys of the images that have an annotation file, in natural order."""
    return LabelledFolder(folder).labelled


def found_classes(folder: Path, keys: Iterable[str],
                  store: AnnotationStore | None = None) -> dict[str, dict[str, int]]:
    """Number of objects by class name of each of ``keys``; unreadable ones are left out."""
    manifest = Manifest.load(folder)
    placement, store = Placement(folder, manifest.layout), store or store_of(folder, manifest)
    result: dict[str, dict[str, int]] = {}
    for key in keys:
        data = _read(placement.annotation_path(key))
        if data is not None:
            try:
                counts = json.dumps(dict(store.summarize(data).counts))
                result[key] = json.loads(store.named(counts))
            except FormatError:
                continue
    return result


def _read(path: Path) -> bytes | None:
    try:
        return read_regular(path)
    except OSError:
        return None  # reported by whoever loads it
