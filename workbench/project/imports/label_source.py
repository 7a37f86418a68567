"""What a reader of labels is told about the folder it reads: its files and its images."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from workbench.core.errors import WorkbenchError
from workbench.formats.image_sets import ImageNames
from workbench.media.images.header import IMAGE_SUFFIXES, ImageInfo, read_image_info
from workbench.project.imports.files import fit_to_copy
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

    Attributes
    ----------
    left
        Links that are not followed.
    used
        What a reader has read besides labels and images.
    """

    def __init__(self, path: Path, scratch: Path, *, follow: bool = False) -> None:
        self.file = None if path.is_dir() else path
        self.folder = path if self.file is None else _root(path)
        self.scratch = scratch
        self._real = "" if follow else os.path.realpath(self.folder)
        self._infos: dict[Path, ImageInfo] = {}
        self.left: list[str] = []
        self.used: set[Path] = set()

    def files(self, *suffixes: str) -> Sequence[Path]:
        wanted = frozenset(suffixes)
        return [self.folder / name for name in self._names
                if os.path.splitext(name)[1].lower() in wanted]  # noqa: PTH122  names, not paths

    def images(self) -> Sequence[Path]:
        return [self.folder / key for key in self._keys]

    def find(self, name: str, near: Path | None = None) -> Path | None:
        name = name.replace("\\", "/").removeprefix("./")
        for base in (near, self.folder):
            key = self._near_key(base / name) if base is not None else None
            if key in self._there:
                return self.folder / key
        found = self._by_name.find(name)
        if len(found) > 1:
            last = name.rpartition("/")[2].casefold()
            found = [key for key in found if key.rpartition("/")[2].casefold() == last] or found
        if len(found) > 1 and near is not None:
            found = [key for key in found if (self.folder / key).is_relative_to(near)]
        return self.folder / found[0] if len(found) == 1 else None

    def key(self, path: Path) -> str | None:
        """Posix path of what lies in the folder; None for all else."""
        return path.relative_to(self.folder).as_posix() if path.is_relative_to(
            self.folder) else None

    def info(self, image: Path) -> ImageInfo:
        """What the header of an image says; read once. Raises WorkbenchError."""
        info = self._infos.get(image)
        if info is None:
            if not fit_to_copy(image, self._real):
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
        for root, folders, files in os.walk(self.folder):
            folders[:] = [name for name in folders if name[0] != "."]
            inside = os.path.relpath(root, self.folder).replace(os.sep, "/")
            prefix = "" if inside == "." else f"{inside}/"
            for name in files:
                if name[0] != ".":
                    led_out = Path(root, name).is_symlink() and not fit_to_copy(
                        Path(root, name), self._real)
                    (self.left if led_out else found).append(prefix + name)
        return list(sort_naturally(found))

    @cached_property
    def _keys(self) -> list[str]:
        return [name for name in self._names
                if os.path.splitext(name)[1].lower() in IMAGE_SUFFIXES]  # noqa: PTH122

    @cached_property
    def _there(self) -> frozenset[str]:
        return frozenset(self._keys)

    @cached_property
    def _by_name(self) -> ImageNames:
        return ImageNames(self._keys, IMAGE_SUFFIXES)

    def _near_key(self, path: Path) -> str:
        """Posix path of ``path`` in the folder; what lies outside is no key."""
        return os.path.relpath(os.path.normpath(path), self.folder).replace(os.sep, "/")


def _root(file: Path) -> Path:
    """The data set's folder of a file of labels."""
    parent = file.absolute().parent
    return parent.parent if parent.name.lower() in _BESIDE else parent
