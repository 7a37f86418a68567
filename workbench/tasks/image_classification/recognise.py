"""Whether a folder is about classes of pictures; imported before the window's first paint."""

from __future__ import annotations

import os
from pathlib import Path

from workbench.core.paths import is_file, is_folder
from workbench.media.images.header import IMAGE_SUFFIXES
from workbench.media.images.raw_kinds import RAW_PHOTOS
from workbench.media.images.stack_kinds import UNSHOWN_SUFFIXES
from workbench.project.library.scan import without_masks

TABLES = ("labels.csv", "labels.tsv")
PEEK_FILES = 40
_OWN_FOLDERS = frozenset({"runs", "splits"})
_PEEK_FOLDERS, _PEEK_DEPTH = 60, 4
_PICTURES = IMAGE_SUFFIXES | RAW_PHOTOS.keys() | UNSHOWN_SUFFIXES
"""Also files of which images are made beside them."""


def find_table(folder: Path) -> Path | None:
    """The folder's table of labels, if it has one."""
    return next((path for name in TABLES if is_file(path := folder / name)), None)


def recognise(folder: Path) -> bool:
    """Whether a folder without boxes holds pictures with classes, by a few quick looks.

    It does where ``labels.csv`` gives one of its pictures a class, or is damaged, so that nobody
    knows, or where it has a folder of pictures for each class and no file of boxes. Folders that
    are called like a part of a data set for detection (images, annotations, labels, masks …), or
    like dates and batches, are no classes.
    """
    keys: list[str] = []
    table = find_table(folder)
    boxes = _peek(folder, "", keys, [_PEEK_FOLDERS], _PEEK_DEPTH)
    one_folder = len({key.rpartition("/")[0] for key in keys}) < 2
    if table is None and (boxes or one_folder):
        return False
    from workbench.tasks.image_classification.labels import folder_classes, is_damaged, names_images

    if table is not None and (names_images(folder, table)
                              or (keys and not boxes and is_damaged(table))):
        return True
    classes = list(folder_classes(keys).values())
    several = any(classes.count(name) > 1 for name in set(classes))
    return not boxes and several and len(classes) > len(keys) / 2


def _peek(folder: Path, prefix: str, keys: list[str], left: list[int], depth: int) -> bool:
    """Add the first pictures of a folder and of those below it; whether boxes were met (an XML
    file, or a folder for them)."""
    left[0] -= 1
    folders, files = [], 0
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                suffix = os.path.splitext(entry.name)[1].lower()  # noqa: PTH122  a name, not a path
                if suffix == ".xml":
                    return True
                if suffix in _PICTURES:
                    keys.append(prefix + entry.name)
                    files += 1
                elif not suffix or entry.is_dir():
                    folders.append(entry.name)
                if files >= PEEK_FILES:
                    break
    except OSError:
        return False  # reported by the scan, which meets it again
    return any(_peek(folder / name, f"{prefix}{name}/", keys, left, depth - 1)
               for name in sorted(without_masks(folders))
               if depth and left[0] > 0 and (prefix or name not in _OWN_FOLDERS)
               and is_folder(folder / name))
