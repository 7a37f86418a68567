"""The program's entry in the applications menu: added and removed only when a person asks for it.

What was written is kept in ``entry.json`` beside the entry's own files, so that exactly that is
removed again, and the program knows which copy of it the menu starts.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Literal

from workbench.core.errors import WorkbenchError
from workbench.core.folders import user_data_folder
from workbench.core.plain import parse_json
from workbench.desktop import linux, macos, windows
from workbench.desktop.program import this_copy
from workbench.formats.atomic import DiskErrors, write_atomic
from workbench.formats.regular_file import read_regular

State = Literal["none", "this", "other", "gone"]
"""What the menu starts: nothing, this copy, another one that is there, or one that has gone."""
_OWN_FOLDERS = frozenset({"menu", "MacOS", "Resources", "Contents", "Workbench.app"})


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """An entry that was written."""

    python: Path
    """Interpreter of the copy that it starts."""
    folder: Path
    """That copy's folder."""
    files: tuple[Path, ...]
    """All that was written."""


def _system() -> ModuleType:
    return {"win32": windows, "darwin": macos}.get(sys.platform, linux)


def own_folder() -> Path:
    """For what belongs to the entry alone."""
    return user_data_folder() / "menu"


def _record() -> Path:
    return own_folder() / "entry.json"


def entry() -> MenuEntry | None:
    """The entry that was added; None where there is none, or a person has deleted it."""
    try:
        data = parse_json(read_regular(_record()))
    except (OSError, ValueError):
        return None
    if not isinstance(data, dict) or not _system().entry_file().is_file():
        return None
    python, folder, files = (data.get(name) for name in ("python", "folder", "files"))
    if not isinstance(python, str) or not isinstance(folder, str) or not isinstance(files, list):
        return None
    return MenuEntry(Path(python), Path(folder), tuple(Path(str(name)) for name in files))


def state() -> State:
    """What the menu starts."""
    known, here = entry(), this_copy()
    if known is None:
        return "none"
    # the interpreter itself has several names (python3, pythonw.exe)
    if (known.python.parent, known.folder) == (here.python.parent, here.folder):
        return "this"
    return "other" if known.python.exists() and known.folder.is_dir() else "gone"


def add() -> Path:
    """Add an entry that starts this copy, or change the one that is there; gives its file.

    Raises
    ------
    WorkbenchError
        Where a file cannot be written, or the menu has an entry of this name by somebody else.
    """
    system, copy = _system(), this_copy()
    place: Path = system.entry_file()
    if place.exists() and entry() is None and not _is_ours(place):
        raise WorkbenchError("there is an entry of this name that is not Workbench's", path=place,
                             kept="It was left as it is.")
    contents: dict[Path, bytes] = system.files(copy, own_folder())
    with DiskErrors(place):
        for path, data in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(path, data)
        if system is windows:
            windows.make_shortcut(copy, own_folder())
    files = [str(path) for path in {**contents, place: b""}]
    own_folder().mkdir(parents=True, exist_ok=True)
    write_atomic(_record(), json.dumps({"python": str(copy.python), "folder": str(copy.folder),
                                        "files": files}, indent=1).encode("ascii"))
    system.tell_desktop(contents)
    return place


def _is_ours(place: Path) -> bool:
    """Whether an entry was written by this program, of which the record was lost."""
    with suppress(OSError):
        return os.fsencode(own_folder()) in place.read_bytes()
    return False


def remove() -> bool:
    """Take away what :func:`add` has written; returns whether there was an entry.

    Raises
    ------
    WorkbenchError
        Where a file cannot be deleted.
    """
    known = entry()
    if known is None:
        return False
    for path in (*known.files, _record()):
        with DiskErrors(path):
            path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder.name not in _OWN_FOLDERS:
                break
            with suppress(OSError):  # others have put something there
                folder.rmdir()
    _system().tell_desktop(())
    return True
