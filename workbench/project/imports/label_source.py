"""What a reader of labels is told about the folder it reads: its files and its images."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from workbench.core.errors import WorkbenchError
from workbench.core.paths import folded, start_in
from workbench.formats.image_sets import ImageNames
from workbench.media.images.header import IMAGE_SUFFIXES, ImageInfo, read_image_info
from workbench.project.imports.files import may_copy
from workbench.project.library.scan import sort_naturally

_BESIDE = frozenset({"annotations", "labels", "gt"})
"""Folders of labels whose images lie beside them."""


class FolderSource:
    """A folder, or one file of labels in it; see
    :class:`~workbench.extension.annotation_formats.Source`.

    Parameters
    ----------
    path
        The folder or the file.
    scratch
        An empty folder for images that labels hold within themselves.
    follow
        Whether images may be links that lead out of the folder.
    """

    def __init__(self, path: Path, scratch: Path, *, follow: bool = False) -> None:
        self.file = None if path.is_dir() else path
        self.folder = path if self.file is None else _root(path)
        self.scratch = scratch
        self._base = start_in(self.folder)
        self._real = "" if follow else os.path.realpath(self.folder)
        self._infos: dict[Path, ImageInfo] = {}
        self.left: list[str] = []
        """Links that are not followed."""
        self.used: set[Path] = set()
        """What a reader has read besides labels and images."""

    def files(self, *suffixes: str) -> Sequence[Path]:
        wanted = frozenset(suffixes)
        return [self.folder / name for name in self._names
                if os.path.splitext(name)[1].lower() in wanted]

    def images(self) -> Sequence[Path]:
        return list(self._there.values())

    def find(self, name: str, near: Path | None = None) -> Path | None:
        name = name.replace("\\", "/").removeprefix("./")
        for base in (near, self.folder):
            if base is not None and (path := self._there.get(self._near_key(base, name))):
                return path
        found = self.alike(name)
        if len(found) > 1 and near is not None:
            found = [key for key in found if (self.folder / key).is_relative_to(near)]
        return self._there[found[0]] if len(found) == 1 else None

    def alike(self, name: str) -> Sequence[str]:
        found = self._by_name.find(name)
        last = folded(name.replace("\\", "/").rpartition("/")[2])
        return [key for key in found if folded(key.rpartition("/")[2]) == last] or found

    def key(self, path: Path) -> str | None:
        """Posix path of what lies in the folder; None for all else."""
        name = str(path)  # of 100,000 files: paths are slow
        inside = name.startswith(self._base) and (self._base or not path.is_absolute())
        return name[len(self._base):].replace(os.sep, "/") if inside else None

    def info(self, image: Path) -> ImageInfo:
        """What the header of an image says; read once. Raises WorkbenchError."""
        info = self._infos.get(image)
        if info is None:
            if not may_copy(image, self._real):
                raise WorkbenchError("it is no file of this folder", path=image)
            info = self._infos[image] = read_image_info(image)
        return info

    def size(self, image: Path) -> tuple[int, int]:
        info = self.info(image)
        return info.width, info.height

    # The walk

    @cached_property
    def _names(self) -> list[str]:
        found: list[str] = []
        folders = [""]
        while folders:
            prefix = folders.pop()
            with suppress(OSError), os.scandir(os.path.join(self.folder, prefix)) as entries:
                for entry in entries:
                    if entry.name[0] == ".":
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(f"{prefix}{entry.name}/")
                    elif not entry.is_symlink() or not entry.is_dir():
                        led_out = entry.is_symlink() and not may_copy(entry.path, self._real)
                        (self.left if led_out else found).append(prefix + entry.name)
        return list(sort_naturally(found))

    @cached_property
    def _keys(self) -> list[str]:
        return [name for name in self._names
                if os.path.splitext(name)[1].lower() in IMAGE_SUFFIXES]

    @cached_property
    def _there(self) -> dict[str, Path]:
        """The images by key: each path is made once, since 100,000 of them take a second."""
        return {key: self.folder / key for key in self._keys}

    @cached_property
    def _by_name(self) -> ImageNames:
        return ImageNames(self._keys, IMAGE_SUFFIXES)

    def _near_key(self, base: Path, name: str) -> str:
        """Posix path in the folder of what ``name`` is in ``base``; what lies outside is no key."""
        path = os.path.normpath(os.path.join(base, name))
        if self._base and path.startswith(self._base):
            return path[len(self._base):].replace(os.sep, "/")
        return os.path.relpath(path, self.folder).replace(os.sep, "/")


def _root(file: Path) -> Path:
    """The data set's folder of a file of labels."""
    parent = file.absolute().parent
    return parent.parent if parent.name.lower() in _BESIDE else parent
