"""What people have said of the sizes of pixels in a project: the table ``scale`` of workbench.toml.

::

    [scale]
    pixel = "0.32 µm"         # of all images of the project whose file does not know better
    before_files = true       # optional: also of those
    frame = "5 min"           # of time-lapses: from each frame of the project's videos to the next
    [scale.frames]
    "dish/" = "60 s"           # as frame, for the videos of a folder, or for one
    "dish/tour.mp4" = "as filmed"
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
from typing import Any, Literal, NamedTuple, TypeVar

from workbench.core.pixel_size import PixelSize, parse_pixel_size
from workbench.media.images.file_scale import read_pixel_size

TABLE, AS_FILMED = "scale", "as filmed"
T = TypeVar("T")
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
    frames: Mapping[str, float] = field(default_factory=dict)
    """The same by the key of a video, or by a folder for all that are in it."""

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

    def frame_of(self, key: str) -> float:
        """Seconds from each frame of video ``key`` to the next; 0 where it plays as filmed."""
        return self.frames.get(key, self._wide_frame(key)) if self.frames else self.frame

    def _wide_frame(self, key: str) -> float:
        """As :meth:`frame_of`, by what is said of its folders and of the project."""
        return next((self.frames[folder] for folder in folders_of(key) if folder in self.frames),
                    self.frame)

    def frame_scope(self, key: str) -> str:
        """What that is said of: the video, one of its folders, or "" for the project."""
        return next((name for name in (key, *folders_of(key)) if name in self.frames), "")

    def with_frame(self, scope: str, key: str, seconds: float) -> PixelSizes:
        """With other seconds from frame to frame for ``scope`` (the video ``key``, a folder of it,
        or "" for the project) that also count for ``key``: what was said of that one, or of a
        folder between, is forgotten, and so is what says no more than what is said of more.

        Raises
        ------
        ValueError
            As for :meth:`with_image`.
        """
        between = {key, *(name for name in folders_of(key) if len(name) > len(scope))} \
            if scope != key else {key}
        frames = {name: known for name, known in self.frames.items() if name not in between}
        if not scope:
            return replace(self, frame=seconds, frames=frames)
        if not can_be_kept(scope):
            raise ValueError("The video has a name that cannot be written down: say it of the "
                             "whole project")
        frames.pop(scope, None)
        wider = replace(self, frames=frames)
        return wider if wider.frame_of(scope) == seconds else \
            replace(self, frames={**frames, scope: seconds})

    def with_changes(self, before: PixelSizes, after: PixelSizes) -> PixelSizes:
        """With what is other in ``after`` than it was ``before``: what was said here meanwhile, as
        by another window, stays."""
        return PixelSizes(
            after.project if after.project != before.project else self.project,
            after.before_files if after.before_files != before.before_files else self.before_files,
            _changed(self.images, before.images, after.images),
            after.frame if after.frame != before.frame else self.frame,
            _changed(self.frames, before.frames, after.frames))

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
        if names.keys().isdisjoint(self.images) and names.keys().isdisjoint(self.frames):
            return self
        return replace(
            self, images={names.get(key, key): size for key, size in self.images.items()},
            frames={names.get(key, key): frame for key, frame in self.frames.items()})

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
        frames = {key: duration_text(frame) if frame else AS_FILMED
                  for key, frame in self.frames.items()}
        return {"pixel": self.project.text if self.project is not None else None,
                "before_files": True if self.before_files else None, "images": images or None,
                "frame": duration_text(self.frame) if self.frame else None,
                "frames": frames or None}


NOTHING_SAID = PixelSizes()


def _changed(ours: Mapping[str, T], before: Mapping[str, T], after: Mapping[str, T],
             ) -> dict[str, T]:
    """With what is other in ``after`` than it was ``before``."""
    found = dict(ours)
    for key in {*before, *after}:
        if key not in after:
            found.pop(key, None)
        elif key not in before or after[key] != before[key]:
            found[key] = after[key]
    return found


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
    frames = table.get("frames", {})
    if not isinstance(frames, dict):
        raise ValueError("scale.frames is not a table of videos and times")
    pixel, before = table.get("pixel"), table.get("before_files", False)
    if not isinstance(before, bool):
        raise ValueError("scale.before_files is not true or false")
    return PixelSizes(_size("pixel", pixel) if pixel is not None else None, before,
                      {key: _size(f"images.{key}", value) for key, value in images.items()},
                      _frame("frame", table.get("frame")),
                      {key: _frame(f"frames.{key}", value) for key, value in frames.items()})


def _frame(name: str, value: Any) -> float:
    if value is None or value == AS_FILMED:
        return 0.0
    from workbench.core.durations import parse_duration

    try:
        if isinstance(value, str):
            return parse_duration(value)
    except ValueError:
        pass
    raise ValueError(f"scale.{name} is not a time in quotes such as “60 s”")


def _size(name: str, value: Any) -> PixelSize:
    try:
        if isinstance(value, str):
            return parse_pixel_size(value)
    except ValueError:
        pass
    raise ValueError(f"scale.{name} is not a size in quotes such as “0.32 µm”")
