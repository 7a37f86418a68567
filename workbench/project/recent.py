"""Projects that were opened lately, for the start page."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from workbench.core.errors import WorkbenchError
from workbench.core.folders import user_config_folder
from workbench.core.paths import file_stamp, is_folder
from workbench.core.plain import parse_json
from workbench.formats.atomic import write_atomic
from workbench.formats.regular_file import read_regular

_LIMIT = 20
_TRIES = 20
_Items = dict[str, dict[str, object]]


@dataclass(frozen=True, slots=True)
class RecentProject:
    """One entry; ``opened`` in seconds since the epoch, ``exists`` False for one that is gone (or
    on a disk that is not connected), ``images``, ``sounds`` and ``videos`` how many there were,
    ``picture`` the path of one image or ""."""

    path: Path
    name: str
    opened: float
    exists: bool
    images: int = 0
    picture: str = ""
    sounds: int = 0
    videos: int = 0


def recent_projects() -> list[RecentProject]:
    """What was opened lately, the last first; a damaged list is put aside, and an empty one."""
    return [
        RecentProject(Path(path), str(item.get("name") or Path(path).name),
                      _number(item.get("opened")), is_folder(path),
                      int(_number(item.get("images"))), str(item.get("picture") or ""),
                      int(_number(item.get("sounds"))), int(_number(item.get("videos"))))
        for path, item in _read().items()
    ]


def remember_project(folder: Path, name: str = "", *, images: int = 0, picture: str = "",
                     sounds: int = 0, videos: int = 0) -> None:
    """Put ``folder`` on top of the list; a list that cannot be written is not worth a message."""
    path = os.path.abspath(folder)  # noqa: PTH100  links stay as the person knows them
    entry: dict[str, object] = {
        "name": name or folder.name, "opened": time.time(), "images": images, "picture": picture,
        "sounds": sounds, "videos": videos}
    _change(lambda items: {path: entry, **{other: item for other, item in items.items()
                                           if other != path}})


def forget_project(folder: Path) -> None:
    """Take ``folder`` off the list; the folder itself stays."""
    path = os.path.abspath(folder)  # noqa: PTH100
    _change(lambda items: {other: item for other, item in items.items() if other != path})


def _file() -> Path:
    return user_config_folder() / "recent.json"


def _read() -> _Items:
    try:
        data = parse_json(read_regular(_file()))
    except OSError:
        return {}
    except ValueError:
        data = None
    if not isinstance(data, dict):
        from workbench.project.imports.files import put_aside  # not before it is needed

        with suppress(WorkbenchError):
            put_aside(_file())
        return {}
    return {path: item for path, item in data.items()
            if path and isinstance(item, dict) and _can_be_path(f"{path}{item.get('picture')}")}


def _can_be_path(text: str) -> bool:
    """Whether the system takes it for a path at all."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


class _OtherList(Exception):
    """Another window has written the list since it was read."""


def _change(change: Callable[[_Items], _Items]) -> None:
    """Write what ``change`` makes of the list, also where other windows write theirs meanwhile."""
    for _ in range(_TRIES):
        with suppress(_OtherList):
            _try_change(change)
            return


def _try_change(change: Callable[[_Items], _Items]) -> None:
    before = file_stamp(_file())

    def check() -> None:
        if file_stamp(_file()) != before:
            raise _OtherList

    kept = dict(list(change(_read()).items())[:_LIMIT])
    with suppress(OSError, WorkbenchError):
        _file().parent.mkdir(parents=True, exist_ok=True)
        write_atomic(_file(), json.dumps(kept, indent=1).encode("ascii"), check)


def _number(value: object) -> float:
    if isinstance(value, int | float) and 0 <= value < 1e15:
        return float(value)
    return 0.0
