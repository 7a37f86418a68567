"""Projects that were opened lately, for the start page."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from workbench.core.errors import WorkbenchError
from workbench.core.folders import user_config_folder
from workbench.core.paths import is_folder
from workbench.core.plain import parse_json
from workbench.formats.atomic import write_atomic
from workbench.formats.regular_file import read_regular

_LIMIT = 20


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
    items: dict[str, dict[str, object]] = {path: {
        "name": name or folder.name, "opened": time.time(), "images": images, "picture": picture,
        "sounds": sounds, "videos": videos}}
    items.update((other, item) for other, item in _read().items() if other != path)
    _write(items)


def forget_project(folder: Path) -> None:
    """Take ``folder`` off the list; the folder itself stays."""
    items = _read()
    items.pop(os.path.abspath(folder), None)  # noqa: PTH100
    _write(items)


def _file() -> Path:
    return user_config_folder() / "recent.json"


def _read() -> dict[str, dict[str, object]]:
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
            if isinstance(item, dict) and "\0" not in f"{path}{item.get('picture')}"}


def _write(items: dict[str, dict[str, object]]) -> None:
    kept = dict(list(items.items())[:_LIMIT])
    try:
        _file().parent.mkdir(parents=True, exist_ok=True)
        write_atomic(_file(), json.dumps(kept, indent=1).encode("ascii"))
    except (OSError, WorkbenchError):
        return


def _number(value: object) -> float:
    if isinstance(value, int | float) and 0 <= value < 1e15:
        return float(value)
    return 0.0
