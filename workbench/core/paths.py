"""Look whether something is on the disk, without stumbling over what one may not look into.

:meth:`pathlib.Path.is_file` and its sisters raise PermissionError for what lies in a locked folder.
A folder somewhere that one may not enter is nothing out of the ordinary: what cannot be seen is
treated as not there, and whoever lists the folder says that it is locked.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

_ACCESS_KNOWS_RIGHTS = os.name != "nt"
_writable: set[str] = set()  # folders in which files could be made, where only trying tells


DEVICE_NAME = r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?"
"""Matches, in any case, what Windows takes for a device."""


def is_file(path: str | os.PathLike[str]) -> bool:
    """Whether ``path`` is a file, as far as one may see; links are followed."""
    return os.path.isfile(path)


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Whether ``path`` is a folder, as far as one may see; links are followed."""
    return os.path.isdir(path)


def exists(path: str | os.PathLike[str]) -> bool:
    """Whether there is anything called ``path``, as far as one may see; links are followed."""
    return os.path.exists(path)


def may_write(folder: str | os.PathLike[str]) -> bool:
    """Whether files can be made in ``folder``."""
    name = os.fspath(folder)
    if _ACCESS_KNOWS_RIGHTS or name in _writable:
        return os.access(name, os.W_OK)
    probe = os.path.join(name, f".workbench-{os.urandom(8).hex()}.part")
    try:
        os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        os.unlink(probe)
    except OSError:
        return False
    _writable.add(name)
    return True


def start_in(folder: str | os.PathLike[str]) -> str:
    """What paths that were made from ``folder`` begin with, before the names in it: as texts they
    are taken apart ten times as fast. "" for the folder one is in."""
    name = os.fspath(folder)
    return "" if name == os.curdir else os.path.join(name, "")


def path_in(start: str, key: str) -> str:
    """The path of ``key``, a posix path in a folder or an absolute one, where ``start`` is what
    :func:`start_in` says of the folder. As a text: 100,000 paths take longer than their files."""
    return os.path.join(start, key.replace("/", os.sep))


def is_utf8(name: str) -> bool:
    """Whether a name from the disk is text; bytes that are no UTF-8 stand in it as surrogates."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def file_stamp(path: str | os.PathLike[str]) -> tuple[int, int] | None:
    """When a file was changed (ns), and its size in bytes; None where there is none."""
    try:
        state = os.stat(path)
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size


def visible(paths: Iterable[Path]) -> Iterator[Path]:
    """Those of ``paths`` that are not hidden: on disks that other systems wrote, macOS keeps what
    belongs to NAME beside it in ``._NAME``, which is no file of that kind."""
    return (path for path in paths if not path.name.startswith("."))


def folded(name: str) -> str:
    """A name as it is compared where its case and the way its accents are written (composed, as
    most programs do, or apart, as macOS does) say nothing."""
    return unicodedata.normalize("NFC", name).casefold()
