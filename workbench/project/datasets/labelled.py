"""Which images of a folder have an annotation file of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from workbench.core.errors import FormatError
from workbench.formats.regular_file import read_regular
from workbench.formats.voc import summarize_voc
from workbench.project.layout import Placement
from workbench.project.library.ownership import owner, shared_files
from workbench.project.library.scan import Scan, sort_naturally
from workbench.project.manifest import Manifest


class Labelled:
    """The images of a folder, separated by whether they are labelled.

    Attributes
    ----------
    keys
        All images in natural order.
    labelled
        Those that have an annotation file, which belongs to them.
    scan
        The walk that found them.

    ``to_import`` also pairs names that differ in case (see :meth:`Placement.pair`); without
    ``follow`` no link that leads out of the folder is followed.
    """

    def __init__(
        self, folder: Path, manifest: Manifest | None = None, *, to_import: bool = False,
        follow: bool = True,
    ) -> None:
        self.folder = folder
        self.manifest = manifest or Manifest.load(folder)
        self.placement = Placement(folder, self.manifest.layout)
        self.scan = Scan(folder, self.manifest.layout, closed=not follow).run()
        self.keys = sort_naturally(self.scan.keys)
        self.placement.pair(self.keys, self.scan.annotations, loosely=to_import)
        self.shared = shared_files(self.keys, self.placement)
        self.labelled = list(self._find())

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
    return Labelled(folder).labelled


def found_classes(folder: Path, keys: Iterable[str]) -> dict[str, dict[str, int]]:
    """Number of objects by class name of each of ``keys``; unreadable ones are left out."""
    placement = Placement(folder, Manifest.load(folder).layout)
    result: dict[str, dict[str, int]] = {}
    for key in keys:
        data = _read(placement.annotation_path(key))
        if data is not None:
            try:
                result[key] = dict(summarize_voc(data)[0])
            except FormatError:
                continue
    return result


def _read(path: Path) -> bytes | None:
    try:
        return read_regular(path)
    except OSError:
        return None  # reported by whoever loads it
