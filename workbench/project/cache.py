"""What is remembered about a folder between two openings; deleting it loses nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from workbench.core.errors import WorkbenchError
from workbench.core.folders import user_cache_folder
from workbench.core.paths import exists, is_folder, may_write
from workbench.formats.atomic import write_atomic
from workbench.formats.regular_file import MB, read_regular
from workbench.project.layout import MANIFEST_NAME, STATE_FOLDER, Layout

NAMES_FILE = "names"
SUMMARIES_FILE = "index.sqlite"
_MAPS = "maps"  # as formats.sample_maps has it, which needs numpy
_NAMES_VERSION = 1
_NAMES_LIMIT = 1000 * MB


def cache_folder(folder: Path) -> Path:
    """Where things remembered about the project ``folder`` go (index, thumbnails); it exists.

    ``.workbench/`` in a project. A folder that was only looked at, or that cannot be written, is
    not littered: its cache lies in the person's cache folder until there is a ``workbench.toml``.
    """
    place = cache_place(folder)
    if place == folder / STATE_FOLDER:
        _adopt(folder, place)
    return place


def cache_place(folder: Path) -> Path:
    """As :func:`cache_folder`, but nothing moves there that was remembered elsewhere."""
    own = folder / STATE_FOLDER
    if (is_folder(own) or exists(folder / MANIFEST_NAME)) and _usable(own):
        return own
    elsewhere = _elsewhere(folder)
    if _usable(elsewhere):
        return elsewhere
    raise WorkbenchError("there is no place to keep what was found", path=elsewhere)


def _elsewhere(folder: Path) -> Path:
    import hashlib  # 3 ms that only a folder without remembered names has to pay

    digest = hashlib.sha256(os.fsencode(os.path.abspath(folder))).hexdigest()[:16]  # noqa: PTH100
    return user_cache_folder() / "folders" / digest


def _usable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return may_write(folder)


def _adopt(folder: Path, own: Path) -> None:
    """A folder became a project: take along what was already known about it."""
    if exists(own / NAMES_FILE) or not exists((elsewhere := _elsewhere(folder)) / NAMES_FILE):
        return
    import shutil  # happens once in a project's life

    with suppress(OSError):
        # also what a person did: suggestions that were judged, lines that were drawn
        for path in sorted(elsewhere.iterdir(), key=lambda path: path.name == NAMES_FILE):
            if path.is_file() and path.suffix != ".lock" and not exists(own / path.name):
                shutil.copyfile(path, own / path.name)
            elif path.name == _MAPS and not exists(own / path.name):
                shutil.move(path, own / path.name)  # it took minutes; pictures are soon made again
        shutil.rmtree(elsewhere)


def read_names(cache: Path, layout: Layout) -> list[str] | None:
    """The remembered image keys in their order, or None where they are unknown or of no use."""
    try:
        data = read_regular(cache / NAMES_FILE, _NAMES_LIMIT)
        head, _, body = data.partition(b"\n")
        if json.loads(head) != _head(layout):
            return None
        return os.fsdecode(body).split("\0") if body else []
    except (OSError, ValueError):
        return None


def write_names(cache: Path, layout: Layout, keys: Sequence[str]) -> None:
    """Remember ``keys``; one line about the layout, then the names with NUL between them."""
    head = json.dumps(_head(layout)).encode("ascii")
    with suppress(WorkbenchError):  # only a cache: without it the folder is read again
        write_atomic(cache / NAMES_FILE, head + b"\n" + os.fsencode("\0".join(keys)))


def _head(layout: Layout) -> dict[str, object]:
    head = {"version": _NAMES_VERSION, "images": layout.images, "annotations": layout.annotations}
    return head if layout.suffix == ".xml" else {**head, "suffix": layout.suffix}
