"""What people have said of the sizes of pixels in a project: the table ``scale`` of workbench.toml.

::

    [scale]
    pixel = "0.32 µm"         # of all images of the project whose file does not know better
    before_files = true       # optional: also of those
    frame = "5 min"           # of time-lapses: from each frame of the project's videos to the next
    [scale.images]
    "slides/a.png" = "0.5 µm"  # of one image, whatever its file says
    "slides/40x/" = "0.16 µm"  # as pixel, for the images of a folder

An earlier version of the program keeps the table as it is. It is the one place for every format of
labels, as most of them have none for it.
"""

from __future__ import annotations

from collections.abc import Mapping
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
    frame: float = 0.0
    """Seconds from each frame of the project's videos to the next, where they are time-lapses; 0
    where they play as they were filmed."""

    def known(self, key: str, path: Path) -> KnownSize | None:
        """That of image ``key``, which is the file at ``path``. Reads the header of a TIFF; for
        any thread."""
        return self.of(key, None if key in self.images else read_pixel_size(path))

    def of(self, key: str, told: PixelSize | None) -> KnownSize | None:
        """That of image ``key``: what a person said of it, else what its file has ``told``, else
        what is said of its folder or the project."""
        own = self.images.get(key)
        if own is not None:
            return KnownSize(own, "image")
        wide = self._wide(key)
        if told is not None and (wide is None or not self.before_files):
            return KnownSize(told, "file")
        return wide

    def _wide(self, key: str) -> KnownSize | None:
        """Of the nearest folder that has one, else of the project."""
        found = (self.images.get(folder) for folder in folders_of(key)) if self.images else ()
        nearest = next((size for size in found if size is not None), None)
        if nearest is not None:
            return KnownSize(nearest, "folder")
        return KnownSize(self.project, "project") if self.project is not None else None

    def with_changes(self, before: PixelSizes, after: PixelSizes) -> PixelSizes:
        """With what is other in ``after`` than it was ``before``: what was said here meanwhile, as
        by another window, stays."""
        images = dict(self.images)
        for key in {*before.images, *after.images}:
            size = after.images.get(key)
            if size != before.images.get(key):
                images.pop(key, None)
                images |= {key: size} if size is not None else {}
        return PixelSizes(
            after.project if after.project != before.project else self.project,
            after.before_files if after.before_files != before.before_files else self.before_files,
            images, after.frame if after.frame != before.frame else self.frame)

    def with_image(self, key: str, size: PixelSize | None) -> PixelSizes:
        """With another size for one image, or for a folder ("slides/40x/"); None for none.

        Raises
        ------
        ValueError
            If workbench.toml has no room for this name; the message is a sentence without its full
            stop.
        """
        if not can_be_kept(key):
            raise ValueError("The file has a name that cannot be written down: set the scale for "
                             "the whole project")
        images = {name: known for name, known in self.images.items() if name != key}
        return replace(self, images=images if size is None else {**images, key: size})

    def with_names(self, names: Mapping[str, str]) -> PixelSizes:
        """After images got other names: what they are called, by what they were called."""
        if names.keys().isdisjoint(self.images):
            return self
        return replace(self, images={names.get(key, key): size
                                     for key, size in self.images.items()})

    def with_folder(self, folder: str, key: str, size: PixelSize, *,
                    before_files: bool) -> PixelSizes:
        """With another size for ``folder`` ("slides/40x/", "" for the project) that also counts for
        ``key`` in it: what was said of that one, or of a folder between, is forgotten."""
        between = {key, *(name for name in folders_of(key) if len(name) > len(folder))}
        images = {name: known for name, known in self.images.items() if name not in between}
        sizes = replace(self, images=images, before_files=before_files)
        return sizes.with_image(folder, size) if folder else replace(sizes, project=size)

    def without(self, key: str, told: PixelSize | None = None) -> PixelSizes:
        """Without what counts for image ``key`` now, whoever it was said for; what its file has
        ``told`` stays."""
        known = self.of(key, told)
        if known is None or known.origin == "file":
            return self
        if known.origin == "project":
            return replace(self, project=None)
        own = key if known.origin == "image" else next(
            folder for folder in folders_of(key) if folder in self.images)
        return self.with_image(own, None)

    def table(self) -> dict[str, Any]:
        """What :func:`sizes_of_table` reads; None for what is not said."""
        from workbench.core.durations import duration_text

        images = {key: size.text for key, size in self.images.items()}
        return {"pixel": self.project.text if self.project is not None else None,
                "before_files": True if self.before_files else None, "images": images or None,
                "frame": duration_text(self.frame) if self.frame else None}


NOTHING_SAID = PixelSizes()


def can_be_kept(key: str) -> bool:
    """Whether a name can stand in a TOML file, which holds Unicode alone."""
    try:
        key.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def folders_of(key: str) -> list[str]:
    """The folders that image ``key`` is in, the nearest first: "slides/40x/", "slides/"."""
    parts = key.split("/")[:-1]
    return ["/".join(parts[:number]) + "/" for number in range(len(parts), 0, -1)]


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
                      {key: _size(f"images.{key}", value) for key, value in images.items()},
                      _frame(table.get("frame")))


def _frame(value: Any) -> float:
    if value is None:
        return 0.0
    from workbench.core.durations import parse_duration

    try:
        if isinstance(value, str):
            return parse_duration(value)
    except ValueError:
        pass
    raise ValueError("scale.frame is not a time in quotes such as “60 s”")


def _size(name: str, value: Any) -> PixelSize:
    try:
        if isinstance(value, str):
            return parse_pixel_size(value)
    except ValueError:
        pass
    raise ValueError(f"scale.{name} is not a size in quotes such as “0.32 µm”")
