"""The split of a project in the files that other programs read: ``data.yaml`` and its lists for
YOLO, ``ImageSets/Main`` for Pascal VOC."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from workbench.core.errors import ConflictError, FormatError, Problem, WorkbenchError
from workbench.core.paths import is_file
from workbench.core.text import count, tr
from workbench.formats.class_file import is_yaml
from workbench.formats.image_sets import ImageNames, find_image_sets
from workbench.formats.regular_file import read_file
from workbench.formats.scratch import scratch_folder
from workbench.formats.yolo import base_of, part_entries, parts_of
from workbench.formats.yolo_parts import list_lines, with_parts
from workbench.media.images.header import IMAGE_SUFFIXES
from workbench.project.datasets.labelled import LabelledFolder
from workbench.project.datasets.splits import PARTS, Split, default_split
from workbench.project.edits.saver import read_or_none, replace_file
from workbench.project.imports.label_source import FolderSource
from workbench.project.manifest import Manifest

ELSEWHERE = "split-elsewhere"
"""Kind of the finding that files of the data set say another split."""


@dataclass(slots=True)
class SplitFiles:
    """What has to be written so that the files of the data set say the split of the project."""

    source: Path
    """The file, or folder of lists, that says another one."""
    images: int = 0
    """So many are in another part there."""
    files: dict[Path, tuple[bytes | None, bytes]] = field(default_factory=dict)
    """What they hold and will hold, in the order in which they are written."""

    def change(self, path: Path, lines: Iterable[str]) -> None:
        """Let a list have these lines; it keeps its line ends and its byte order mark."""
        before = read_or_none(path)
        mark, ending = (codecs.BOM_UTF8 if before and before.startswith(codecs.BOM_UTF8) else b"",
                        "\r\n" if before and b"\r\n" in before else "\n")
        data = mark + "".join(line + ending for line in lines).encode("utf-8", "surrogateescape")
        if data != before:
            self.files[path] = before, data


def split_files(folder: Path) -> SplitFiles | None:
    """What is to be written; None where the files say the same split, or no file says one.

    Raises
    ------
    WorkbenchError
        If a file cannot be read, or the split cannot be written to them.
    """
    format = Manifest.load(folder).format
    if not is_file(folder / "splits" / "default.json") or format not in ("yolo", "voc") \
            or (format == "voc" and not any(find_image_sets(folder)[0].values())):
        return None
    split, found = default_split(folder), LabelledFolder(folder)
    if split.val_is_train or not split.train:
        return None
    numbers = found.store.numbers
    if format == "yolo" and numbers is not None and is_yaml(numbers.path):
        with scratch_folder("workbench-look-") as scratch:
            source = FolderSource(folder, scratch, follow=True)
            return _yolo(source, numbers.path, found.keys, split)
    return _image_sets(found, split) if format == "voc" else None


def _wanted(split: Split, said: Mapping[str, str]) -> tuple[dict[str, str], int]:
    """The part of each image, and how many of them are in another one: those that the split does
    not know stay where they are."""
    ours = {key: part for part in reversed(PARTS) for key in split.members(part)}
    wanted = {**said, **ours}
    for key in split.left_out:
        wanted.pop(key, None)
    return wanted, sum(said.get(key) != part for key, part in ours.items())


def _lines(before: Iterable[str], key_of: Callable[[str], str | None], wanted: Mapping[str, str],
           parts: tuple[str, ...], line_of: Callable[[str], str]) -> list[str]:
    """The lines of a list: those that stay, as they are written, and then the others."""
    there: set[str | None] = set()
    kept = []
    for line in before:
        key = key_of(line)
        if key is None or wanted.get(key) in parts:
            kept.append(line)
            there.add(key)
    return kept + [line_of(key) for key, part in wanted.items()
                   if part in parts and key not in there]


def _yolo(source: FolderSource, path: Path, keys: Iterable[str], split: Split,
          ) -> SplitFiles | None:
    of_path = parts_of(source, path)
    said = {key: part for image, part in of_path.items()
            if (key := source.key(image)) is not None}
    wanted, images = _wanted(split, said)
    if not images:
        return None
    order = {key: at for at, key in enumerate(keys)}
    wanted = {key: wanted[key] for key in sorted(wanted, key=lambda key: order.get(key, 0))
              if key in order}
    base, entries = base_of(source, path), part_entries(path)
    start = source.key(base / "x")
    if start is None or not all(key.startswith(start[:-1]) for key in wanted):
        raise WorkbenchError(f"its images do not all lie in {base}, where its lists would be",
                             path=path, kept="It was left as it is.")
    found = SplitFiles(path, images)

    def key_of(line: str) -> str | None:
        image = source.find(line, base)
        return None if image is None else source.key(image)

    names = {}
    for part in PARTS:
        names[part] = f"{part}.txt" if part in wanted.values() else ""
        ours = [os.path.normpath(entry) for entry in entries[part]] == [f"{part}.txt"]
        if names[part] or ours:
            place = base / f"{part}.txt"
            before = read_or_none(place)
            if before is not None and not ours:
                raise FormatError(f"it is there already, and {path.name} does not name it",
                                  path=place, kept="It was left as it is.")
            found.change(place, _lines(
                list_lines(before), key_of, wanted, (part,),
                lambda key: f"./{key.removeprefix(start[:-1])}"))
        if ours or not (names[part] or entries[part]):
            names.pop(part)
    data = read_file(path)
    if (after := with_parts(data, path, names)) != data:
        found.files[path] = data, after  # last: until then it names what it did
    return found


def _image_sets(found: LabelledFolder, split: Split) -> SplitFiles | None:
    """Where there are lists for all classes; those of single classes are left."""
    lists = {part: paths[0] for part, paths in find_image_sets(found.folder)[0].items()
             if paths and paths[0].stem.lower() == part}
    names, start = ImageNames(found.keys, IMAGE_SUFFIXES), found.manifest.images

    def key_of(line: str) -> str | None:
        fits = names.find(line)
        return fits[0] if len(fits) == 1 else None

    def line_of(key: str) -> str:
        plain = key.removeprefix(f"{start}/" if start else "").rpartition(".")[0]
        if key_of(plain) != key:
            raise WorkbenchError(f"another image has the name of {key}", path=folder,
                                 kept="The lists were left as they are.")
        return plain

    before = {part: list_lines(read_or_none(path)) for part, path in lists.items()}
    if not before.keys() & {"train", "val", "test"}:
        return None
    folder = next(iter(lists.values())).parent
    said = {key: part for part in PARTS for line in before.get(part, ())
            if (key := key_of(line)) is not None}
    both = "trainval" in before and not before.keys() & {"train", "val"}  # a list for the two
    if both:
        ours = {key: part for part in ("train", "val") for key in split.members(part)}
        said |= {key: ours.get(key, "train") for line in before["trainval"]
                 if (key := key_of(line)) is not None}
    wanted, images = _wanted(split, said)
    if not images:
        return None
    result = SplitFiles(folder, images)
    for part in (*PARTS, "trainval"):
        parts = ("train", "val") if part == "trainval" else (part,)
        if part in lists or (part in wanted.values() and not (both and part in ("train", "val"))):
            result.change(lists.get(part, folder / f"{part}.txt"),
                          _lines(before.get(part, ()), key_of, wanted, parts, line_of))
    return result


def split_problem(folder: Path) -> Problem | None:
    """What ``doctor`` says where the files of the data set say another split."""
    try:
        found = split_files(folder)
    except WorkbenchError as error:
        path = error.path or folder
        return Problem(str(path), "split-not-written", f"the split of splits/default.json cannot "
                       f"be written there: {error.sentence()}", "warning")
    if found is None:
        return None
    name = "ImageSets/Main" if found.source.is_dir() else found.source.name
    images, verb = count(found.images, "image"), "is" if found.images == 1 else "are"
    return Problem(str(found.source), ELSEWHERE, f"{name} says another split than this project "
                   f"trains by: {images} {verb} in another part there.", "warning")


class SplitWritten:
    """The step that writes the split to the files of the data set."""

    key = ""

    def __init__(self, found: SplitFiles) -> None:
        self.text = tr("write the split to {name}", name=found.source.name)
        self._found = found

    def do(self) -> None:
        _replace_all([(path, before, after) for path, (before, after) in self._found.files.items()])

    def undo(self) -> None:
        _replace_all([(path, after, before)
                      for path, (before, after) in reversed(self._found.files.items())])


def _replace_all(files: list[tuple[Path, bytes | None, bytes | None]]) -> None:
    """All or none."""
    done = []
    try:
        for path, before, after in files:
            _replace(path, before, after)
            done.append((path, after, before))
    except WorkbenchError:
        for path, before, after in reversed(done):
            with suppress(WorkbenchError):
                _replace(path, before, after)
        raise


def _replace(path: Path, before: bytes | None, after: bytes | None) -> None:
    def check() -> None:
        if read_or_none(path) not in (before, after):
            raise ConflictError("another program has changed it", path=path,
                                kept="It was left as it is.")

    replace_file(path, after, check)
