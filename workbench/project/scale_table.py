"""What people have said of the sizes of pixels in a project: the table ``scale`` of workbench.toml.

::

    [scale]
    pixel = "0.32 µm"         # of all images of the project whose file does not know better
    before_files = true       # optional: also of those
    [scale.images]
    "slides/a.png" = "0.5 µm"  # of one image, whatever its file says
    "slides/40x/" = "0.16 µm"  # as pixel, for the images of a folder

An earlier version of the program keeps the table as it is. It is the one place for every format of
labels, as most of them have none for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

from workbench.core.pixel_size import PixelSize, parse_pixel_size
from workbench.media.images.file_scale import read_pixel_size

TABLE = "scale"
Origin = Literal["image", "file", "folder", "project"]


class KnownSize(NamedTuple):
    """The size of an image's pixels, and who says so: a person for this image, its file, or a
    person for its folder or for the project."""

    size: PixelSize
    origin: Origin


@dataclass(frozen=True, slots=True)
class PixelSizes:
    """What people have said of the sizes of pixels in a project."""

    project: PixelSize | None = None
    before_files: bool = False
    """Whether :attr:`project` and those of folders count before what files say."""
    images: Mapping[str, PixelSize] = field(default_factory=dict)
    """By the key of an image, or by a folder ("slides/40x/") for all that are in it."""

    def known(self, key: str, path: Path) -> KnownSize | None:
        """That of image ``key``, which is the file at ``path``: what a person said of it, else
        what the file says, else what is said of its folder or the project. Reads the header of
        a TIFF; for any thread."""
        own = self.images.get(key)
        if own is not None:
            return KnownSize(own, "image")
        wide = self._wide(key)
        if wide is None or not self.before_files:
            told = read_pixel_size(path)
            if told is not None:
                return KnownSize(told, "file")
        return wide

    def _wide(self, key: str) -> KnownSize | None:
        """Of the nearest folder that has one, else of the project."""
        folder = key
        while self.images and (folder := folder.rpartition("/")[0]):
            found = self.images.get(f"{folder}/")
            if found is not None:
                return KnownSize(found, "folder")
        return KnownSize(self.project, "project") if self.project is not None else None

    def with_images(self, keys: Iterable[str], size: PixelSize | None) -> PixelSizes:
        """With another size for some images and folders, or none of their own."""
        images = dict(self.images)
        for key in keys:
            images.pop(key, None)
            if size is not None:
                images[key] = size
        return replace(self, images=images)

    def with_project(self, size: PixelSize | None, *, before_files: bool = False) -> PixelSizes:
        """With another size for the project, or none."""
        return replace(self, project=size, before_files=before_files and size is not None)

    def table(self) -> dict[str, Any]:
        """What :func:`sizes_of_table` reads; None for what is not said."""
        images = {key: size.text for key, size in self.images.items()}
        return {"pixel": self.project.text if self.project is not None else None,
                "before_files": True if self.before_files else None, "images": images or None}


NOTHING_SAID = PixelSizes()


def sizes_of_table(table: Any) -> PixelSizes:
    """What the table of workbench.toml says.

    Raises
    ------
    ValueError
        If it is something else; the message names the key.
    """
    if not isinstance(table, dict):
        raise ValueError("scale is not a table")
    images = table.get("images", {})
    if not isinstance(images, dict):
        raise ValueError("scale.images is not a table of images and sizes")
    pixel, before = table.get("pixel"), table.get("before_files", False)
    if not isinstance(before, bool):
        raise ValueError("scale.before_files is not true or false")
    return PixelSizes(_size("pixel", pixel) if pixel is not None else None, before,
                      {key: _size(f"images.{key}", value) for key, value in images.items()})


def _size(name: str, value: Any) -> PixelSize:
    try:
        if isinstance(value, str):
            return parse_pixel_size(value)
    except ValueError:
        pass
    raise ValueError(f"scale.{name} is not a size in quotes such as “0.32 µm”")
