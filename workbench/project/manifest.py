"""``workbench.toml``: what a project is called, its classes and where its files lie."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from workbench.core.attributes import Attribute, attribute_of, attribute_table
from workbench.core.classes import class_color
from workbench.core.errors import FormatError, Problem, UsageError, WorkbenchError
from workbench.core.paths import is_file
from workbench.core.skeletons import Skeleton, skeleton_of, table_of
from workbench.formats.atomic import write_atomic
from workbench.formats.toml_file import parse_toml, patch_toml, read_toml_text
from workbench.project.grouping import NOT_GROUPED, Grouping
from workbench.project.grouping import TABLE as SPLIT
from workbench.project.layout import COCO_LABELS, MANIFEST_NAME, Layout, find_layout
from workbench.project.scale_table import NOTHING_SAID, TABLE, PixelSizes, sizes_of_table

__all__ = ["MANIFEST_NAME", "Layout", "Manifest", "find_layout"]

T = TypeVar("T")

_UNSAID = {"choices": None, "classes": None, "of": None}
_UNSAID_POINTS = {"lines": None, "colors": None}
"""What goes from the tables of an attribute, and of key points, where it is not said any more."""
CONVENTIONS = ("as-is", "voc-1-based")
SUFFIXES = {"voc": ".xml", "yolo": ".txt", "coco": ".json"}
"""How files of labels end, by the format that a project keeps."""


@dataclass
class Manifest:
    """The content of ``workbench.toml``, or what it would be for a folder that has none.

    A folder that is only opened gets no such file: it is written when a person first changes
    something. Comments, unknown keys and tables of an existing file are kept.
    """

    name: str
    """Shown in the top bar; the folder's name by default."""
    task: str = ""
    """ "detection", "audio-classification", or "" where nobody has said: then what is in the folder
    decides, see :mod:`workbench.project.task`."""
    classes: list[str] = field(default_factory=list)
    """In their fixed order; a class's number is its position."""
    colors: dict[str, str] = field(default_factory=dict)
    """ "#rrggbb" by class name, where a person chose one."""
    sounds: dict[str, str | bool | int] = field(default_factory=dict)
    """How sounds are labelled, see :class:`workbench.project.library.clip_labels.SoundSettings`."""
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What a task keeps of a project, by the task's id: tables of the file with that name."""
    skeletons: dict[str, Skeleton] = field(default_factory=dict)
    """Key points by class name, from the table ``keypoints``."""
    attributes: tuple[Attribute, ...] = ()
    """What is asked of objects, and of images as a whole, from the table ``attributes``."""
    pixel_sizes: PixelSizes = NOTHING_SAID
    """What people have said of the sizes of pixels, from the table ``scale``."""
    grouping: Grouping = NOT_GROUPED
    """What stays in one part of the split, from the table ``split``."""
    labels: dict[str, Any] = field(default_factory=dict)
    """How the labels of images are kept where that is not Pascal VOC, from the table ``labels``:
    see :mod:`workbench.project.stores.chosen`."""
    voc_convention: str = "as-is"
    """ "as-is" (labelImg) or "voc-1-based"."""
    images: str = ""
    annotations: str = ""
    """Posix paths relative to the project folder, see :class:`Layout`."""
    text: str = ""
    """The file as it was read or last written; "" where there is none."""
    exists: bool = False
    problem: Problem | None = None
    """Why the existing file cannot be used and must not be written, or None."""

    @property
    def layout(self) -> Layout:
        annotations = COCO_LABELS if self.format == "coco" else self.annotations
        return Layout(self.images, annotations, SUFFIXES[self.format])

    @property
    def new_images(self) -> str:
        """The folder that images from elsewhere go into."""
        return _tidy(str(self.labels.get("new_images", self.images)))

    @property
    def format(self) -> str:
        """Which format the labels of images are kept in; "voc" where nobody chose."""
        return str(self.labels.get("format", "voc"))

    def outside(self, folder: Path) -> list[str]:
        """Which of its folders lie outside the project ``folder``: to go there needs a yes."""
        from workbench.project.library.scan import is_outside

        real = os.path.realpath(folder)
        return [name for name in dict.fromkeys((
            self.images, self.annotations, self.new_images, *self._file_folders))
                if name and is_outside(folder / name, real)]

    @property
    def _file_folders(self) -> list[str]:
        """The folders of the file that numbers the classes, and of those that hold labels."""
        files = [self.labels.get("classes", ""), *self.labels.get("files", ())]
        return [str(name).replace("\\", "/").rpartition("/")[0] for name in files]

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        """Read the manifest of ``folder``, or find out what it would be.

        A file that cannot be read does not keep the folder from opening: the manifest then holds
        what was recognised, and ``problem`` says why the file is left alone.
        """
        path = folder / MANIFEST_NAME
        if not is_file(path):
            return cls._recognised(folder)
        try:
            text = read_toml_text(path)
            manifest = cls._from_data(folder, parse_toml(text, path), path)
        except WorkbenchError as error:
            manifest = cls._recognised(folder)
            manifest.exists = True
            manifest.problem = Problem(
                str(path), "unreadable-manifest",
                f"{error.sentence()} Classes and colours are not saved until it is fixed.",
                line=error.line,
            )
            return manifest
        manifest.text = text
        manifest.exists = True
        return manifest

    def class_colors(self, classes: Iterable[str]) -> list[str]:
        """The colour of each class, "#rrggbb"."""
        return [self.colors.get(name) or class_color(index) for index, name in enumerate(classes)]

    @classmethod
    def _recognised(cls, folder: Path) -> Manifest:
        layout = find_layout(folder)
        return cls(_name_of(folder), images=layout.images, annotations=layout.annotations)

    @classmethod
    def _from_data(cls, folder: Path, data: dict[str, Any], path: Path) -> Manifest:
        manifest = cls(_name_of(folder))
        for name in ("name", "task", "voc_convention", "images", "annotations"):
            if name in data:
                setattr(manifest, name, _text(data[name], name, path))
        if manifest.voc_convention not in CONVENTIONS:
            known = " or ".join(f"“{word}”" for word in CONVENTIONS)
            raise FormatError(
                f"voc_convention is “{manifest.voc_convention}”, but it can be {known}", path=path
            )
        if "images" not in data or "annotations" not in data:
            layout = find_layout(folder)
            manifest.images = manifest.images if "images" in data else layout.images
            if "annotations" not in data:
                manifest.annotations = layout.annotations
        manifest.images = _tidy(manifest.images)
        manifest.annotations = _tidy(manifest.annotations)
        manifest.classes = _names(data.get("classes", []), path)
        colors = data.get("colors", {})
        if not isinstance(colors, dict):
            raise FormatError("colors is not a table of class names and colours", path=path)
        manifest.colors = {key: _text(value, f"colors.{key}", path)
                           for key, value in colors.items()}
        sounds = data.get("sounds", {})
        if not isinstance(sounds, dict):
            raise FormatError("sounds is not a table", path=path)
        manifest.sounds = sounds
        manifest.labels = _labels(data.get("labels", {}), path)
        manifest.settings = {name: dict(value) for name, value in data.items()
                             if isinstance(value, dict)
                             and name not in ("colors", "sounds", "keypoints", "attributes",
                                              "labels", TABLE, SPLIT)}
        try:
            manifest.pixel_sizes = sizes_of_table(data.get(TABLE, {}))
        except ValueError as error:
            raise FormatError(str(error), path=path) from error
        manifest.grouping = _grouping(data.get(SPLIT, {}), path)
        skeletons = _tables(data, "keypoints", lambda _name, table: skeleton_of(table), path)
        manifest.skeletons = skeletons
        manifest.attributes = tuple(_tables(data, "attributes", attribute_of, path).values())
        return manifest

    def rename_class(self, old: str, new: str) -> None:
        """Class ``old`` is called ``new`` now: its key points and attributes go with it."""
        self.attributes = tuple(item.renamed_class(old, new) for item in self.attributes)
        if old in self.skeletons and new not in self.skeletons:
            self.skeletons = {new if name == old else name: value
                              for name, value in self.skeletons.items()}

    def merge_class(self, old: str, new: str) -> None:
        """Objects of class ``old`` are ones of ``new`` now: what was asked of them is asked of
        those, and they have their key points where they had none."""
        self.attributes = tuple(
            item._replace(classes=(*item.classes, new))
            if old in item.classes and new not in item.classes else item
            for item in self.attributes)
        if old in self.skeletons and new not in self.skeletons:
            self.skeletons = {**self.skeletons, new: self.skeletons[old]}

    def adopt(self, theirs: Manifest, before: Manifest | None = None) -> None:
        """Take over what another program wrote, but for the classes and their colours, and for
        what was changed here since ``before``, which both began with."""
        for item in fields(self):
            if item.name in ("classes", "colors"):
                continue
            value = getattr(theirs, item.name)
            if before is not None and item.name not in ("text", "exists", "problem"):
                value = _merged(getattr(self, item.name), getattr(before, item.name), value)
            setattr(self, item.name, value)

    def render(self) -> bytes:
        """The file's bytes: the old text with what changed set in it.

        Raises
        ------
        WorkbenchError
            If the existing file could not be read and must be left alone.
        """
        if self.problem is not None:
            raise WorkbenchError(self.problem.reason, kept="The file was left as it is.")
        data: dict[str, Any] = {
            "name": self.name, "voc_convention": self.voc_convention,
            "images": self.images, "annotations": self.annotations, "classes": list(self.classes),
        }
        if self.task:
            data["task"] = self.task
        if self.colors or "colors" in self.text:
            data["colors"] = dict(self.colors)
        if self.labels:
            data["labels"] = dict(self.labels)
        if self.sounds:
            data["sounds"] = dict(self.sounds)
        data |= {name: dict(values) for name, values in self.settings.items() if values}
        if self.skeletons or "keypoints" in self.text:
            data["keypoints"] = {name: {**_UNSAID_POINTS, **table_of(value)}
                                 for name, value in self.skeletons.items()}
        if self.attributes or "attributes" in self.text:
            data["attributes"] = {item.name: {**_UNSAID, **attribute_table(item)}
                                  for item in self.attributes}
        if self.pixel_sizes != NOTHING_SAID or TABLE in self.text:
            data[TABLE] = self.pixel_sizes.table()
        if self.grouping.declared or "group_by" in self.text:
            data[SPLIT] = self.grouping.table()
        whole = ("colors", "keypoints", "attributes", f"{TABLE}.images", f"{TABLE}.frames")
        return patch_toml(self.text, data, whole=whole).encode("utf-8")

    def save(self, folder: Path) -> None:
        """Write the file now; the window leaves that to its saver."""
        data = self.render()
        if data != self.text.encode("utf-8") or not self.exists:
            write_atomic(folder / MANIFEST_NAME, data)
        self.text = data.decode("utf-8")
        self.exists = True


def _name_of(folder: Path) -> str:
    """What a project is called that has no name; bytes that are no text are shown as such."""
    return os.fsencode(folder.name or folder).decode("utf-8", "replace")


def _text(value: Any, name: str, path: Path) -> str:
    if not isinstance(value, str):
        raise FormatError(f"{name} is not a text in quotes", path=path)
    return value


def _grouping(table: Any, path: Path) -> Grouping:
    if not isinstance(table, dict):
        raise FormatError("split is not a table", path=path)
    if not table:
        return NOT_GROUPED
    from workbench.project.grouping_schema import grouping_of

    try:
        return grouping_of(table)
    except UsageError as error:
        raise FormatError(f"split.{error.message}", path=path) from error


def _labels(table: Any, path: Path) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise FormatError("labels is not a table", path=path)
    kept = table.get("format", "voc")
    if kept not in SUFFIXES:
        known = " or ".join(f"“{word}”" for word in SUFFIXES)
        raise FormatError(f"labels.format is “{kept}”, but it can be {known}", path=path)
    for name in ("classes", "shapes", "new_images"):
        _text(table.get(name, ""), f"labels.{name}", path)
    _names(table.get("unused", []), path)
    _names(table.get("files", []), path)
    _names(table.get("left", []), path)
    return dict(table)


def _tables(data: dict[str, Any], key: str, read: Callable[[str, Any], T],
            path: Path) -> dict[str, T]:
    """What ``read`` makes of each table in the table ``key``, by name."""
    tables = data.get(key, {})
    if not isinstance(tables, dict):
        raise FormatError(f"{key} is not a table of names", path=path)
    found = {}
    for name, value in tables.items():
        try:
            found[name] = read(name, value)
        except ValueError as error:
            raise FormatError(f"{key}.{name}: {error}", path=path) from error
    return found


def _tidy(folder: str) -> str:
    tidy = folder.replace("\\", "/").rstrip("/")
    return "" if tidy in (".", "") else tidy.removeprefix("./")


def _names(value: Any, path: Path) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise FormatError("classes is not a list of names in quotes", path=path)
    return list(dict.fromkeys(value))


def _merged(ours: Any, before: Any, theirs: Any) -> Any:
    """``theirs``, with what is other in ``ours`` than it was ``before``."""
    if ours == before:
        return theirs
    if isinstance(ours, PixelSizes):
        return theirs.with_changes(before, ours)
    if not all(isinstance(value, dict) for value in (ours, before, theirs)):
        return ours
    merged = {key: value for key, value in theirs.items() if key in ours or key not in before}
    for key, value in ours.items():
        if key not in before or value != before[key]:
            merged[key] = _merged(value, before.get(key, {}), theirs.get(key, {}))
    return merged
