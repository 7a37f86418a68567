"""Small things with files that importers share."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from workbench.core.errors import WorkbenchError
from workbench.formats.atomic import TEMP_PREFIX, TEMP_SUFFIX, disk_reason


def numbered(name: str) -> Iterator[str]:
    """Names to try, one after the other: ``a/b.jpg``, ``a/b-2.jpg``, ``a/b-3.jpg`` …"""
    yield name
    stem, dot, suffix = name.rpartition(".")
    number = 2
    while True:
        yield f"{stem}-{number}{dot}{suffix}"
        number += 1


def make_folder(folder: Path) -> None:
    """Make a folder and those above it; WorkbenchError where the disk refuses."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkbenchError(disk_reason(error), path=folder) from error


def copy_file(source: Path, target: Path) -> None:
    """Copy the content whole or not at all; rights are the project's own, so that what was
    copied from a read-only disk can be edited."""
    temp = target.with_name(f"{TEMP_PREFIX}{secrets.token_hex(8)}{TEMP_SUFFIX}")
    try:
        shutil.copyfile(source, temp)
        os.replace(temp, target)  # noqa: PTH105  the same call, without a new Path for each file
    except BaseException:
        temp.unlink(missing_ok=True)
        raise
